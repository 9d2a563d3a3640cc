"""Cross-site request forgery: a masked token bound to the session (or to a cookie of an anonymous visitor) in every
form, plus the browser's own word on where the request came from (Sec-Fetch-Site, Origin)."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.requests import Request

from app.kit.errors import Forbidden
from app.kit.text import Text
from app.web import signing

FIELD = "csrf_token"
HEADER = "x-csrf-token"
SESSION_COOKIE = "santex_session"
VISITOR_COOKIE = "santex_visitor"

REFUSED = Text(
    "Biểu mẫu đã hết hạn hoặc không được gửi từ trang này. Hãy tải lại trang rồi gửi lại.",
    "The form has expired or did not come from this site. Reload the page and send it again.",
)


def _binding(request: Request) -> str:
    session = request.cookies.get(SESSION_COOKIE)
    if session:
        return f"s{session}"
    visitor = request.cookies.get(VISITOR_COOKIE) or getattr(request.state, "new_visitor", None)
    if not visitor:
        visitor = signing.new_token()
        request.state.new_visitor = visitor  # the response sets the cookie
    return f"v{visitor}"


def token(request: Request) -> str:
    return signing.mask(signing.digest("csrf", _binding(request)))


def field(request: Request) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token(request))


def same_origin(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return True  # a client that is no browser; the token still decides


async def protect(request: Request) -> AsyncIterator[None]:
    """Dependency of every page router: refuses an unsafe request without the right token (Forbidden), and closes the
    files of a form when the request is over."""
    try:
        await _check(request)
        yield
    finally:
        await request.close()


async def _check(request: Request) -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if not same_origin(request):
        raise Forbidden("csrf", REFUSED)
    given = request.headers.get(HEADER)
    if given is None:
        value = (await request.form(max_files=20, max_fields=1000)).get(FIELD)
        given = value if isinstance(value, str) else ""
    if not hmac.compare_digest(signing.unmask(given), signing.digest("csrf", _binding(request))):
        raise Forbidden("csrf", REFUSED)


async def same_origin_only(request: Request) -> None:
    """For a harmless POST (language, theme) that every visitor may send without a token."""
    if not same_origin(request):
        raise Forbidden("csrf", REFUSED)
