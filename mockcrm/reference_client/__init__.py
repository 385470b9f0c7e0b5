"""A careful two-way sync client, and the safeguards that can be taken from it one by one."""
