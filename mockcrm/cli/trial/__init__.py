"""The command that tries a sync client, and the forms of its report."""
