"""Factories of valuation cases: providers with their people, and a case brought to any of its states."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor, Role
from app.kit.ids import new_id
from app.valuations import valuations
from app.valuations.schemas.commands import (
    AcceptQuote,
    AddDocument,
    Assign,
    IssueReport,
    OfferQuote,
    RequestValuation,
    SaveSheet,
    SignReport,
    Submit,
)
from tests.support import market, registry
from tests.support.people import Org, Person

PDF = b"%PDF-1.7\n% accounts\n%%EOF\n"
FEE = 40_000_000
INPUTS: dict[str, Any] = {
    "discount_rate": "0.1", "tax_basis": "before_tax", "profit_with": ["1000000000", "1105000000"],
    "profit_without": ["400000000", "500000000"],
}  # fmt: skip
MakePerson = Callable[..., Awaitable[Person]]
MakeOrg = Callable[..., Awaitable[Org]]


@dataclass(slots=True)
class Firm:
    """A provider: its manager (who signs for it), two appraisers, and their records."""

    manager: Person
    first: Person
    second: Person
    provider_id: UUID

    @property
    def org_id(self) -> UUID:
        assert self.manager.org
        return self.manager.org.id


async def firm(person: MakePerson, organisation: MakeOrg, service: str = "valuation") -> Firm:
    """Listed with the service; for an appraisal with a checked licence."""
    org = await organisation("intermediary")
    manager = await person("owner", org)
    first, second = await person("member", org), await person("member", org)
    provider_id = await registry.listed(manager.actor, services=registry.services(service, "advice"))
    if service == "price_appraisal":
        await registry.licensed(manager.actor, provider_id, service)
    return Firm(manager, first, second, provider_id)


def asking(*firms: Firm, **changes: Any) -> RequestValuation:
    today = clock.today()
    fields = {
        "kind": "estimate", "purpose": "contribution", "value_date": today - timedelta(days=3),
        "providers": [f.org_id for f in firms], "quotes_until": today + timedelta(days=14),
    }  # fmt: skip
    return RequestValuation.model_validate(fields | changes)


def quote(fee: int = FEE, **changes: Any) -> OfferQuote:
    fields = {"fee": fee, "days": 20, "valid_until": clock.today() + timedelta(days=10)}
    return OfferQuote.model_validate(fields | changes)


def sheet(revision: int = 1, **changes: Any) -> SaveSheet:
    """Profits of two years with and without the technology, every input with its origin."""
    fields = {
        "revision": revision,
        "calculations": [
            {"key": "income", "method": "with_and_without", "inputs": INPUTS, "notes": [
                {"path": "profit_with", "origin": "declared", "source": "Kế hoạch kinh doanh"},
                {"path": "profit_without", "origin": "declared"},
                {"path": "discount_rate", "origin": "assumed"}, {"path": "tax_basis", "origin": "assumed"},
            ]}
        ],
    }  # fmt: skip
    return SaveSheet.model_validate(fields | changes)


@dataclass(slots=True)
class Case:
    """A case and its people; each step is named by the state it reaches and starts from the one before it."""

    requester: Actor
    firm: Firm
    listing_id: UUID
    kind: str = "estimate"
    deal_id: UUID | None = None
    id: UUID = field(default_factory=new_id)
    version: int = 1

    async def requested(self, *others: Firm, **changes: Any) -> Case:
        command = asking(self.firm, *others, kind=self.kind, deal_id=self.deal_id, **changes)
        self.id = await valuations.request(self.requester, self.listing_id, command)
        return self

    async def quote_id(self, who: Firm | None = None) -> UUID:
        view = await valuations.read(self.requester, self.id)
        return next(q.id for q in view.quotes if q.org_id == (who or self.firm).org_id)

    async def offered(self, **changes: Any) -> Case:
        await self.requested(**changes)
        await valuations.offer(self.firm.manager.actor, self.id, quote())
        return self

    async def agreed(self, **changes: Any) -> Case:
        await self.offered(**changes)
        await valuations.accept(self.requester, self.id, await self.quote_id(), AcceptQuote(fee=FEE))
        return self

    def people(self, **changes: Any) -> Assign:
        cards = ("TĐV-0101", "TĐV-0202") if self.kind == "appraisal" else (None, None)
        fields = {
            "appraisers": [
                {"person_id": p.id, "card_number": c}
                for p, c in zip((self.firm.first, self.firm.second), cards, strict=True)
            ],
            "representative_id": self.firm.manager.id if self.kind == "appraisal" else None,
        }  # fmt: skip
        return Assign.model_validate(fields | changes)

    async def working(self, **changes: Any) -> Case:
        await self.agreed(**changes)
        await valuations.assign(self.firm.manager.actor, self.id, self.people())
        return self

    async def attach(self, actor: Actor | None = None, data: bytes = PDF) -> UUID:
        command = AddDocument(kind="financial", title="Sổ chi phí")
        return await valuations.attach(actor or self.requester, self.id, command, "so.pdf", data)

    async def drafted(self, **changes: Any) -> Case:
        await self.working(**changes)
        self.version = await valuations.begin_sheet(self.firm.first.actor, self.id)
        await valuations.save(self.firm.first.actor, self.id, self.version, sheet())
        return self

    async def in_review(self, **changes: Any) -> Case:
        await self.drafted(**changes)
        await valuations.submit(self.firm.first.actor, self.id, self.version, Submit(revision=2))
        return self

    async def approved(self, **changes: Any) -> Case:
        await self.in_review(**changes)
        await valuations.approve(self.firm.second.actor, self.id, self.version)
        return self

    async def issue(self, number: str = "12/2026/ĐG") -> None:
        certificate = "34/2026/CT" if self.kind == "appraisal" else None
        command = IssueReport(number=number, certificate_number=certificate)
        await valuations.issue(self.firm.manager.actor, self.id, command)

    async def reported(self, **changes: Any) -> Case:
        await self.approved(**changes)
        await self.issue()
        return self

    async def sign(self, who: Person) -> None:
        report = (await valuations.read(who.actor, self.id)).reports[-1]
        await valuations.sign(who.actor, self.id, SignReport(sha256=report.sha256, typed_name=who.name))

    async def signed(self, **changes: Any) -> Case:
        await self.reported(**changes)
        await self.sign(self.firm.first)
        if self.kind == "appraisal":
            await self.sign(self.firm.manager)
        return self

    async def delivered(self, **changes: Any) -> Case:
        await self.signed(**changes)
        await valuations.deliver(self.firm.manager.actor, self.id)
        return self

    async def status(self) -> str:
        return str(await market.scalar("SELECT status FROM valuation WHERE id = :id", id=self.id))


async def case(person: MakePerson, organisation: MakeOrg, kind: str = "estimate") -> Case:
    """A published technology, its owner, and a firm that offers the service; nothing is asked yet."""
    owner = await market.acting("university", Role.owner)
    service = "price_appraisal" if kind == "appraisal" else "valuation"
    return Case(owner, await firm(person, organisation, service), await market.publish(owner), kind)
