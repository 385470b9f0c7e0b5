"""Fault rules: which requests they apply to, and what such a request is to suffer."""
