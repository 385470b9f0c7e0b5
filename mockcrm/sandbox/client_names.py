"""Under which names a sandbox knows its clients."""


class ClientNames:
    """The names of a sandbox's clients: those in their requests, or that of its only client.

    If `one` is true, all requests are those of one client, as in a trial. It keeps the name of its first request, also
    when it comes with other credentials.

    >>> names = ClientNames(one=True)
    >>> names.called("token-1a2b3c4d"), names.called("token-5e6f7a8b")
    ('token-1a2b3c4d', 'token-1a2b3c4d')
    """

    def __init__(self, *, one: bool = False) -> None:
        self._one = one
        self._first: dict[bool, str] = {}

    def called(self, name: str) -> str:
        """The name of the client whose request has some name. Any thread may ask."""
        # Of requests that come at the same time, `setdefault` has one be the first.
        return self._first.setdefault(self._one, name) if self._one else name
