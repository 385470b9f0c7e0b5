"""The description of the API, made from what the views declare."""
