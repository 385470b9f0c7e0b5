"""`httpx` to a CRM in this process, without a socket (`docs/client.md`)."""

import anyio.to_thread
import httpx

from mockcrm.base.wsgi import App, Broken, exchange


class HttpxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """What a client of either kind has for its transport to reach a WSGI application.

    A connection that a fault rule breaks raises what it raises on a socket. Neither timeouts nor retries of `httpx`
    take part: an answer is waited for, and handed on as it came.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of `httpx.Client`."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of `httpx.AsyncClient`, for which a thread waits; who cancels does not."""
        body = await request.aread()
        return await anyio.to_thread.run_sync(self._answer, request, body, abandon_on_cancel=True)

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        headers = {
            name: value.encode(request.headers.encoding).decode("latin-1") for name, value in request.headers.items()
        }
        try:
            told = exchange(self._app, request.method, target, headers, body)
        except Broken as error:
            raised = httpx.ReadError if error.reset else httpx.RemoteProtocolError
            raise raised(str(error), request=request) from error
        return httpx.Response(told.status, headers=dict(told.headers), content=told.body)
