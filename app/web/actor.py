"""Who is asking. The composition root registers how a session cookie and an API key are resolved (accounts)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.kit.actor import ANONYMOUS, Actor
from app.kit.errors import Forbidden, Unauthenticated
from app.kit.text import DEFAULT_LOCALE, LOCALES, Text
from app.web.csrf import SESSION_COOKIE

LOCALE_COOKIE = "locale"
Resolver = Callable[[str, str], Awaitable[Actor | None]]
_resolvers: dict[str, Resolver] = {}

BAD_KEY = Text(
    "Khóa API không hợp lệ, đã hết hạn hoặc đã bị thu hồi.", "The API key is unknown, expired or was revoked."
)
READ_ONLY_KEY = Text(
    "Khóa API này chỉ được đọc. Hãy tạo một khóa được ghi.", "This API key may only read. Create one that may write."
)


def configure(*, session: Resolver, api_key: Resolver) -> None:
    """Resolvers take (secret, locale) and return the actor, or None when the secret does not hold."""
    _resolvers.update(session=session, api_key=api_key)


def locale_of(request: Request) -> str:
    """The visitor's own choice; Vietnamese first. The API follows Accept-Language."""
    chosen = request.query_params.get("lang") or request.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return chosen
    if request.url.path.startswith("/api/") and request.headers.get("accept-language", "").lower().startswith("en"):
        return "en"
    return DEFAULT_LOCALE


def client_address(request: Request) -> str:
    """The peer as the server saw it; behind a proxy uvicorn's trusted forwarding fills it."""
    return request.client.host if request.client else "-"


async def page_actor(request: Request) -> Actor:
    """The actor of a page request (session cookie), once per request."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    locale = locale_of(request)
    cookie = request.cookies.get(SESSION_COOKIE)
    actor = await _resolvers["session"](cookie, locale) if cookie else None
    if actor is None:
        actor = Actor(locale=locale) if locale != ANONYMOUS.locale else ANONYMOUS
    request.state.actor = actor
    return actor


async def signed_in(request: Request) -> Actor:
    """The actor of a page that asks for a sign-in. Unauthenticated when nobody is signed in."""
    actor = await page_actor(request)
    if actor.anonymous:
        raise Unauthenticated
    return actor


_bearer = HTTPBearer(auto_error=False, description="API key: `santex token create --user EMAIL`")


async def _api_actor(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> Actor:
    locale = locale_of(request)
    if credentials is None:
        actor: Actor | None = Actor(locale=locale)
    else:
        actor = await _resolvers["api_key"](credentials.credentials, locale)
    if actor is None:
        raise Unauthenticated("bad_api_key", BAD_KEY)
    if not actor.can_write and request.method not in ("GET", "HEAD", "OPTIONS"):
        # Here once for every route: a verb that forgets to ask about scopes must not make a read-only key write.
        raise Forbidden("read_only_key", READ_ONLY_KEY)
    request.state.actor = actor
    return actor


async def _page_dependency(request: Request) -> Actor:
    return await page_actor(request)


ApiActor = Annotated[Actor, Depends(_api_actor)]
PageActor = Annotated[Actor, Depends(_page_dependency)]
