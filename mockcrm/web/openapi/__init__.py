"""The description of the API: declarations beside the views, and the OpenAPI document that is made from them."""
