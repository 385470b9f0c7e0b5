"""The sample project is a user's: its tests run in an environment of their own, and not with these."""

collect_ignore = ["project"]
