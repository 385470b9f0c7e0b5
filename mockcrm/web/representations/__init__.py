"""What answers look like, and how they are made."""
