"""What clients asked and got: the journal, matchers of requests, and verification."""
