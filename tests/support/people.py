"""Factories: organisations and people who can act, call the API and use a browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2

from app.accounts import accounts, passwords
from app.accounts.schemas import CreateKey, SignIn
from app.kit import actor as kit
from app.kit.actor import Actor, Role, Staff
from app.kit.ids import new_id
from app.web.csrf import SESSION_COOKIE
from tests.support.browser import COOKIE_DOMAIN, Browser

PASSWORD = "mot cau dai chi minh biet 42"
SYSTEM = kit.system("tests")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Org:
    id: UUID
    name: str
    kind: str


@dataclass(slots=True)
class Person:
    """Someone with an account. `actor` acts as a signed-in browser would, `key` is an API key that may write."""

    id: UUID
    email: str
    name: str
    org: Org | None
    role: Role | None
    staff: frozenset[Staff]
    key: str
    _open: Callable[[], Browser] = field(repr=False)
    password: str = PASSWORD

    @property
    def actor(self) -> Actor:
        return Actor(
            person_id=self.id,
            org_id=self.org.id if self.org else None,
            role=self.role,
            staff=self.staff,
            person_name=self.name,
            org_name=self.org.name if self.org else "",
            org_kind=self.org.kind if self.org else "",
        )

    @property
    def headers(self) -> dict[str, str]:
        """For `client.get(url, headers=person.headers)` on the API."""
        return {"Authorization": f"Bearer {self.key}"}

    def api(self, key: str | None = None) -> httpx2.AsyncClient:
        """A client of the API that carries the key."""
        client = self._open()
        client.headers["Authorization"] = f"Bearer {key or self.key}"
        return client

    async def browser(self) -> Browser:
        """A browser in which this person is signed in."""
        client = self._open()
        command = SignIn(email=self.email, password=self.password)  # type: ignore[arg-type]
        token = await accounts.sign_in(command, address="127.0.0.1", user_agent="tests")
        client.cookies.set(SESSION_COOKIE, token, domain=COOKIE_DOMAIN, path="/")
        return client


class Factory:
    """Made afresh for each test; `open_browser` gives clients that the fixture closes."""

    def __init__(self, open_browser: Callable[[], Browser]) -> None:
        self.open_browser = open_browser

    async def organisation(
        self, kind: str = "company", name: str | None = None, *, verified: bool = True, **values: Any
    ) -> Org:
        name = name or f"Công ty Thử nghiệm {next(_numbers)}"
        id_ = await accounts.import_organisation("tests", str(new_id()), name_vi=name, kind=kind, **values)
        if verified:
            await accounts.change_standing(SYSTEM, id_, "verify")
        return Org(id_, name, kind)

    async def person(
        self,
        role: Role | str | None = Role.owner,
        org: Org | None = None,
        *,
        staff: Iterable[Staff | str] = (),
        email: str | None = None,
        name: str | None = None,
        locale: str = "vi",
    ) -> Person:
        """`org` is made when not given; `role=None` gives a person without an organisation."""
        number = next(_numbers)
        email, name = email or f"nguoi{number}@thunghiem.example", name or f"Người Thử {number}"
        wanted = Role(role) if role else None
        if wanted and org is None:
            org = await self.organisation()
        if wanted is None:
            org = None
        id_ = await accounts.add_person(
            SYSTEM,
            email=email,
            name=name,
            password_hash=await passwords.hasher().hash(PASSWORD),
            org_id=org.id if org else None,
            role=wanted or Role.member,
        )
        duties = frozenset(Staff(s) for s in staff)
        for duty in duties:
            await accounts.grant_duty(SYSTEM, email, duty)
        made = Person(id_, email, name, org, wanted, duties, "", self.open_browser)
        made.key = (await accounts.create_key(made.actor, CreateKey(name="tests"))).key
        return made
