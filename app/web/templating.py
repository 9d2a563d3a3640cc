"""Pages: one Jinja2 environment a language, strict about missing names, escaping everything."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.kit.text import Text
from app.settings import ROOT, settings
from app.web import csrf, formats, i18n, jinja, signing
from app.web.actor import page_actor

TEMPLATES = ROOT / "templates"
FLASH_COOKIE = "flash"
PLAIN = frozenset({str, Markup})  # already a label; an enumeration's member is a str of another type


class Site:
    """What every page knows of the exchange it belongs to."""

    def __init__(self) -> None:
        s = settings()
        self.name, self.demo, self.base_url = s.site_name, s.demo, s.base_url.rstrip("/")
        self.mailbox = s.mail_transport == "mailbox"


def _label(value: Any, locale: str) -> str:
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if isinstance(value, Text):
        return value.get(locale)
    label = getattr(value, "label", None)
    return label.get(locale) if isinstance(label, Text) else str(value)


@lru_cache
def environment(locale: str) -> jinja.PageEnvironment:
    env = jinja.PageEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings().development,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    t = i18n.translator(locale)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        t.gettext, t.ngettext, newstyle=True, pgettext=t.pgettext, npgettext=t.npgettext
    )
    env.globals.update(locale=locale, site=Site(), asset=asset)
    said = jinja.sentence(t.gettext)
    env.constants |= {"_": said, "gettext": said}
    if not settings().development:
        env.constants["asset"] = asset
    env.filters.update(
        money=partial(_localised, formats.money, locale),
        money_short=partial(_localised, formats.money_short, locale),
        money_words=formats.money_words,
        date=partial(formats.day, locale=locale),
        datetime=partial(_localised, formats.moment, locale),
        number=partial(formats.number, locale=locale),
        ago=partial(_localised, formats.ago, locale),
        label=partial(_label, locale=locale),
        paragraphs=formats.paragraphs,
    )
    return env


def _localised(function: Any, locale: str, value: Any, *args: Any) -> Any:
    return function(value, locale, *args)


@lru_cache(maxsize=512)
def asset(path: str) -> str:
    """Address of a file under static/, carrying its content's fingerprint so that it may be cached for ever."""
    file = ROOT / "static" / path
    if not file.is_file():
        return f"/static/{path}"
    return f"/static/{path}?v={signing.token_hash(file.read_bytes().hex()).hex()[:12]}"


def url_with(request: Request, **changes: Any) -> str:
    """This page's address with query parameters changed; None or "" removes one, a list repeats one."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k not in changes]
    for key, value in changes.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(key, str(v)) for v in values if v not in (None, "")]
    query = urlencode(pairs)
    return f"{request.url.path}?{query}" if query else request.url.path


async def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    actor = await page_actor(request)
    flash = request.cookies.get(FLASH_COOKIE)
    flashes = (signing.unseal("flash", flash) or []) if flash else []
    body = (
        environment(actor.locale)
        .get_template(template)
        .render(
            actor=actor,
            request_path=request.url.path,
            request_url=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            flashes=flashes,
            csrf_field=lambda: csrf.field(request),
            url_with=partial(url_with, request),
            **(context or {}),
        )
    )
    response = page_of(body, status, headers)
    finish(request, response)
    if flashes:
        response.delete_cookie(FLASH_COOKIE)
    return response


def page_of(body: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    # A page depends on who asks: no shared cache may keep it.
    return HTMLResponse(body, status, headers={"Cache-Control": "private, no-cache", **(headers or {})})


def finish(request: Request, response: Response) -> None:
    visitor = getattr(request.state, "new_visitor", None)
    if visitor:
        set_cookie(response, csrf.VISITOR_COOKIE, visitor, 86_400 * 30)


def set_cookie(response: Response, name: str, value: str, seconds: int, *, http_only: bool = True) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=http_only,
        secure=settings().session_cookie_secure,
        samesite="lax",
        path="/",
    )


def redirect(url: str, flash: tuple[str, Text | str] | None = None, *, locale: str = "vi") -> RedirectResponse:
    """See Other, with an optional message (kind: success | info | warning | error) for the next page."""
    response = RedirectResponse(url, 303)
    if flash:
        kind, text = flash
        said = text.get(locale) if isinstance(text, Text) else text
        set_cookie(response, FLASH_COOKIE, signing.seal("flash", [[kind, said]], 120), 120)
    return response


def local_path(value: str | None, default: str = "/") -> str:
    """A `next` address that stays on this site; anything else becomes the default (no open redirect)."""
    # Browsers drop tabs and line breaks from an address, so "/<tab>/host" would read as "//host".
    if value and value.startswith("/") and not value.startswith(("//", "/\\")) and value.isprintable():
        return value
    return default


def safe_json(value: Markup | str) -> Markup:
    """JSON made safe inside a <script type="application/ld+json"> element."""
    return Markup(str(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704
