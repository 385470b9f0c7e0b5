"""The control client, the transports of `httpx` and `requests` into a CRM in the process, and reports in text."""
