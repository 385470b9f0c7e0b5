"""The effects of fault rules: a module for each, on the base `effect`, and the `table` of them all."""
