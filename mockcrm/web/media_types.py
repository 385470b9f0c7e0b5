"""The media types of bodies."""

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
