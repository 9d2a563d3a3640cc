"""One plain ASGI layer: request id, security headers, body limit, figures of the request, cookies of refusals."""

from __future__ import annotations

import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform import telemetry
from app.settings import settings

CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SLACK = 1024 * 1024


class Edge:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.limit = settings().upload_max_bytes + SLACK
        self.room_limit = settings().room_upload_max_bytes + SLACK
        self.headers = dict(SECURITY)
        if settings().base_url.startswith("https://"):
            self.headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace = telemetry.begin(secrets.token_hex(8))
        scope.setdefault("state", {})
        immutable = scope["path"].startswith("/static/") and b"v=" in scope["query_string"]

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = trace.request_id
                if immutable and message["status"] == 200:
                    headers["cache-control"] = "public, max-age=31536000, immutable"
                took = (time.perf_counter() - trace.started) * 1000
                headers["server-timing"] = f'app;dur={took:.1f}, sql;desc="{trace.statements}"'
            await send(message)

        # Documents of a data room may be larger than anything else that is sent.
        limit = max(self.limit, self.room_limit) if "/room/documents" in scope["path"] else self.limit
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            await self._too_large(scope, receive, headed)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    # Chunked and longer than allowed: end the stream; the parser refuses what is cut off.
                    return {"type": "http.disconnect"}
            return message

        await self.app(scope, counted, headed)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = {"type": "about:blank", "title": "Content Too Large", "status": 413, "code": "too_large"}
        await JSONResponse(body, 413, media_type="application/problem+json")(scope, receive, send)
