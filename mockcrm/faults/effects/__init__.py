"""The effects of fault rules: one module for each, and the table that lists them all."""
