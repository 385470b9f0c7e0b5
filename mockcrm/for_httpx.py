"""`httpx` to a CRM in this process, without a socket (`docs/client.md`)."""

import anyio.to_thread
import httpx

from mockcrm.transport import App, NoAnswer, exchange


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """What a client of either kind has for its transport to reach a WSGI application.

    A connection that a fault rule breaks is an `httpx.ReadError`. Timeouts are not watched.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of `httpx.Client`."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of `httpx.AsyncClient`, for which a thread waits."""
        return await anyio.to_thread.run_sync(self._answer, request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        try:
            told = exchange(self._app, request.method, target, request.headers, body)
        except NoAnswer as error:
            raise httpx.ReadError(str(error), request=request) from error
        return httpx.Response(told.status, headers=dict(told.headers), content=told.body)
