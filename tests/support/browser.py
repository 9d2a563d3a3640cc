"""A browser without a screen: cookies, CSRF tokens, and the forms of a page as people would fill them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

from app.web import csrf, signing
from tests.support.environment import BASE_URL

COOKIE_DOMAIN = "testserver.local"  # where Python's cookie jar files the cookies of a host without a dot


class Browser(httpx2.AsyncClient):
    """Cookies are Secure, so the address is https. `post_form` adds the CSRF token a page would have carried."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(transport=httpx2.ASGITransport(app), base_url=BASE_URL, **options)

    def csrf_token(self) -> str:
        session = self.cookies.get(csrf.SESSION_COOKIE)
        if session:
            return signing.mask(signing.digest("csrf", f"s{session}"))
        if not self.cookies.get(csrf.VISITOR_COOKIE):
            self.cookies.set(csrf.VISITOR_COOKIE, signing.new_token(), domain=COOKIE_DOMAIN, path="/")
        return signing.mask(signing.digest("csrf", f"v{self.cookies[csrf.VISITOR_COOKIE]}"))

    async def post_form(self, url: str, fields: Mapping[str, Any] | None = None, **options: Any) -> httpx2.Response:
        """POST as a page's own form would; the answer is not followed (a redirect is what one asserts)."""
        data = {csrf.FIELD: self.csrf_token(), **(fields or {})}
        return await self.post(url, data=data, **options)

    async def submit(self, form: Form, **changes: Any) -> httpx2.Response:
        """Send a form found in a page, with some fields filled in; names with dots through `**{"a.b": ...}`."""
        values = {**form.fields, **changes}
        if form.method == "get":
            return await self.get(form.action, params=values)
        return await self.post(form.action, data=values)


@dataclass(slots=True)
class Form:
    """`fields` are the values as the page stands; an unticked box is not among them."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)  # names of all its controls, in order


class _Reader(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: tuple[str, bool] | None = None
        self._first: str | None = None
        self._quiet = 0

    def _add(self, name: str, value: str) -> None:
        assert self._form is not None
        known = self._form.fields.get(name)
        if known is None:
            self._form.fields[name] = value
        else:
            self._form.fields[name] = [*(known if isinstance(known, list) else [known]), value]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: C901, PLR0912
        a = {k: v if v is not None else "" for k, v in attrs}
        if tag in ("script", "style", "template"):
            self._quiet += 1
        if tag == "form" and a.get("method") != "dialog":
            self._form = Form(a.get("action") or self.here, a.get("method", "get").lower())
            self.forms.append(self._form)
        name = a.get("name")
        if self._form is None:
            return
        if tag in ("input", "textarea", "select") and name:
            self._form.labels.append(name)
        if tag == "input" and name:
            kind = a.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in a:
                    self._add(name, a.get("value", "on"))
            elif kind not in ("submit", "button", "file", "image"):
                self._add(name, a.get("value", ""))
        elif tag == "textarea" and name:
            self._area = name
            self._add(name, "")
        elif tag == "select" and name:
            self._select, self._first = (name, False), None
        elif tag == "option" and self._select:
            value = a.get("value", "")
            if self._first is None:
                self._first = value
            if "selected" in a:
                self._add(self._select[0], value)
                self._select = (self._select[0], True)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._quiet -= 1
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select" and self._select:
            name, chosen = self._select
            if not chosen and self._first is not None:
                self._add(name, self._first)
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area and self._form:
            self._form.fields[self._area] += data
        if not self._quiet and data.strip():
            self.text.append(" ".join(data.split()))


def _read(page: httpx2.Response) -> _Reader:
    reader = _Reader(page.request.url.raw_path.decode())
    reader.feed(page.text)
    for form in reader.forms:  # a text area's first line break is the markup's, not the text's
        for name, value in form.fields.items():
            if isinstance(value, str) and value.startswith("\n"):
                form.fields[name] = value[1:]
    return reader


def forms(page: httpx2.Response) -> list[Form]:
    return _read(page).forms


def form(page: httpx2.Response, action: str) -> Form:
    """The one form of the page that goes to `action`."""
    found = [f for f in forms(page) if f.action.split("?")[0] == action]
    assert len(found) == 1, f"{len(found)} forms to {action}; the page has {[f.action for f in forms(page)]}"
    return found[0]


def text(page: httpx2.Response) -> str:
    """What a reader sees, without markup, on one line."""
    return " ".join(_read(page).text)
