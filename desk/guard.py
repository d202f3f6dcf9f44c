"""Keeps everybody out but the user's own browser.

Any program and any web page on the machine can send requests to a local port. Let in is who knows the token, from the
address or from the cookie that it is exchanged for, and who calls the desk by a name of this machine: a foreign site
whose name was made to lead here (DNS rebinding) gives its own name as the host.
"""

from __future__ import annotations

import hmac

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = frozenset({"127.0.0.1", "localhost"})
"""What the desk may be called."""
TOKEN = "token"
"""The parameter of the address that holds the token."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NO_TOKEN = "Open the address that `copytaster label` printed: this one lacks its token, or has that of another run.\n"
_FOREIGN = "Refused: the request comes from another site, or by a name that is not this machine's.\n"


class Guard:
    """An application behind the guard.

    Args:
        app: The application.
        token: The token.
        cookie: What the cookie is called. Cookies do not know ports: a desk on another needs another name.
    """

    def __init__(self, app: ASGIApp, token: str, cookie: str) -> None:
        self._app = app
        self._token = token
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application do it."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, send_guarded)

    def _answer(self, request: Request) -> Response | None:
        """What to answer instead of the application; None where it may."""
        host = request.headers.get("host", "")
        origin = request.headers.get("origin")
        if host.partition(":")[0] not in HOSTS or (origin is not None and origin != f"http://{host}"):
            return PlainTextResponse(_FOREIGN, 403)
        if self._is_token(request.query_params.get(TOKEN)):
            # On to an address without the token, which should not stay in the history.
            response = RedirectResponse("/", 303)
            response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
            return response
        if not self._is_token(request.cookies.get(self._cookie)):
            return PlainTextResponse(_NO_TOKEN, 403)
        return None

    def _is_token(self, given: str | None) -> bool:
        return given is not None and hmac.compare_digest(given.encode(), self._token.encode())
