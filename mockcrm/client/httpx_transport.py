"""A transport of `httpx` to an application in this process, without a socket (`docs/reference/client.md`)."""

import anyio.to_thread
import httpx

from mockcrm.base.wsgi import App, Broken, call_app


class HttpxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The transport of an `httpx.Client` or `httpx.AsyncClient` that sends its requests to a WSGI application.

    A connection that a fault rule breaks raises the same errors as on a socket. Timeouts and retries of `httpx` have no
    effect: the transport waits for each answer and returns it as it is.

        httpx.Client(transport=HttpxTransport(app), base_url=crm.url)
    """

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of an `httpx.Client`."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of an `httpx.AsyncClient`. A thread waits for it; a cancelled task does not."""
        body = await request.aread()
        return await anyio.to_thread.run_sync(self._answer, request, body, abandon_on_cancel=True)

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        headers = {
            name: value.encode(request.headers.encoding).decode("latin-1") for name, value in request.headers.items()
        }
        try:
            answer = call_app(self._app, request.method, target, headers, body)
        except Broken as error:
            raised = httpx.ReadError if error.reset else httpx.RemoteProtocolError
            raise raised(str(error), request=request) from error
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)
