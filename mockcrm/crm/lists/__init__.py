"""Lists as a client asks for them: parameters, pages, and page tokens."""
