"""The headers of every answer of the server: no other site may frame a page, and none loads anything from elsewhere."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

POLICY = "; ".join(
    (
        "default-src 'self' data: blob:",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",  # components come as scripts, charts compile
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self' ws://127.0.0.1:* ws://localhost:* data: blob:",  # to Safari, a socket of ours is not 'self'
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),  # what older browsers know instead
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # an address may hold what a reader typed
]


class Headers:
    """Middleware (ASGI) that adds HEADERS to every answer, and leaves out what the server set under their names."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        """Answer a request; what is no HTTP passes as it is."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in HEADERS}
                own = [pair for pair in message.get("headers", []) if pair[0].lower() not in ours]
                message = {**message, "headers": [*own, *HEADERS]}
            await send(message)

        await self._app(scope, receive, answer if scope["type"] == "http" else send)
