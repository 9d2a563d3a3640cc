"""The demo's brokerage: mandates, sealed introductions, a claim with its decision, a statement of commission.

Mandates are dated back; introductions are sealed by the database's own clock, so what follows from them is of today.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.brokerage import claims, introductions, mandates
from app.brokerage.mandating import add_months
from app.brokerage.registry import offers_brokerage
from app.brokerage.schemas.claims import AnswerClaim, DecideClaim, OpenClaim
from app.brokerage.schemas.introductions import AcceptIntroduction, SealIntroduction
from app.brokerage.schemas.mandates import MandateTerms, ProposeMandate, SignMandate
from app.deals import ExpressInterest, deals
from app.deals.schemas import ReportContract
from app.demo import papers
from app.intermediaries import intermediaries
from app.intermediaries.offering import ProviderKind
from app.intermediaries.schemas import BeginProvider, SaveProvider
from app.kit import clock
from app.kit.actor import Actor
from app.offers import Terms, offers
from app.offers.schemas import SendOffer
from app.platform.db import unit_of_work
from app.settings import ROOT

CONTENT = ROOT / "demo" / "brokerage.json"


class Brokerage:
    """`world` is the demo's cast: who may bind whom, what is published."""

    def __init__(self, world: Any, content: dict[str, Any]) -> None:
        self.world, self.content = world, content
        self.mandates: dict[str, UUID] = {}
        self.introductions: dict[str, UUID] = {}

    async def load(self) -> None:
        """All of it or nothing: a load that was killed begins this part anew."""
        if any(m.is_demo for m in (await mandates.own(self.world.operator)).items):
            return
        async with unit_of_work():
            for row in self.content["providers"]:
                await self._provider(row)
            for row in self.content["mandates"]:
                await self._mandate(row)
            for row in self.content["introductions"]:
                await self._introduction(row)
            await self._claim(self.content["claim"])
            for row in self.content["introductions"]:
                await self._follow(row)

    async def _provider(self, row: dict[str, Any]) -> None:
        """Brokers stand in the registry; one that does already is left as it is."""
        org_id, owner = self.world.orgs[row["org"]], self.world.binder(row["org"])
        if await offers_brokerage(org_id):
            return
        with clock.frozen(clock.now() - timedelta(days=100)):
            provider_id = await intermediaries.begin(owner, BeginProvider(kind=ProviderKind.organisation), is_demo=True)
            services = {"services": {"brokerage": {"kind": "agreed"}}, "languages": ["vi"]}
            await intermediaries.save(owner, provider_id, SaveProvider.model_validate(row | services))
            await intermediaries.submit(owner, provider_id)
            await intermediaries.approve(self.world.operator, provider_id)

    async def _mandate(self, row: dict[str, Any]) -> None:
        client, broker = self.world.binder(row["client"]), self.world.binder(row["broker"])
        fields = dict(row["terms"])
        keys = fields.pop("listing_keys", [])
        if keys:
            named = [str(self.world.published[k]) for k in keys]
            fields["scope"] = fields["scope"] | {"listing_ids": named}
        with clock.frozen(clock.now() - timedelta(days=row["days_ago"])):
            today = clock.today()
            ends = add_months(today, row["months"])
            terms = MandateTerms.model_validate(fields | {"starts_on": today, "ends_on": ends})
            command = ProposeMandate(client_org_id=client.org_id, broker_org_id=broker.org_id, terms=terms)
            id_ = await mandates.propose(client, command, is_demo=True)
        self.mandates[row["key"]] = id_
        for hours, actor in enumerate((client, broker) if row["sign"] else ()):
            with clock.frozen(clock.now() - timedelta(days=row["days_ago"]) + timedelta(hours=20 + 4 * hours)):
                await mandates.sign(actor, id_, SignMandate(sha256=(await mandates.read(actor, id_)).sha256))

    async def _introduction(self, row: dict[str, Any]) -> None:
        mandate_id = self.mandates[row["mandate"]]
        broker = self._broker(row["mandate"])
        command = SealIntroduction(
            mandate_id=mandate_id,
            listing_id=self.world.published[row["listing_key"]],
            counterparty_org_id=self.world.orgs[row["to"]],
            message=row["message_vi"],
        )
        self.introductions[row["key"]] = await introductions.seal(broker, command, is_demo=True)

    def _broker(self, mandate: str) -> Actor:
        row = next(m for m in self.content["mandates"] if m["key"] == mandate)
        found: Actor = self.world.binder(row["broker"])
        return found

    async def _claim(self, row: dict[str, Any]) -> None:
        brokers = {i["key"]: self._broker(i["mandate"]) for i in self.content["introductions"]}
        claimant = brokers.pop(row["introduction"])
        holder = next(a for key, a in brokers.items() if row["introduction"].startswith(key))
        opened = OpenClaim(reason=row["reason_vi"], evidence=row["evidence_vi"])
        claim_id = await claims.open(claimant, self.introductions[row["introduction"]], opened, is_demo=True)
        await claims.answer(holder, claim_id, AnswerClaim(answer=row["answer_vi"]))
        decided = DecideClaim.model_validate(
            {"outcome": row["outcome"], "claimant_percent": row["claimant_percent"], "reason": row["decision_vi"]}
        )
        await claims.decide(self.world.operator, claim_id, decided)

    async def _follow(self, row: dict[str, Any]) -> None:
        """What the introduced party does: accepts, or opens the deal by itself."""
        other = self.world.binder(row["to"])
        if "accept_vi" in row:
            command = AcceptIntroduction(message=row["accept_vi"])
            deal_id = await introductions.accept(other, self.introductions[row["key"]], command)
            if deal_id is not None and "contract" in row:
                await self._contract(row, deal_id, other)
        elif "interest_vi" in row:
            interest = ExpressInterest(message=row["interest_vi"])
            await deals.express_interest(other, self.world.published[row["listing_key"]], interest, is_demo=True)

    async def _contract(self, row: dict[str, Any], deal_id: UUID, buyer: Actor) -> None:
        """The deal goes through, so that there is a statement of commission to look at."""
        mandate = next(m for m in self.content["mandates"] if m["key"] == row["mandate"])
        seller = self.world.binder(mandate["client"])
        terms = Terms.model_validate(
            {"mode": "licence", "exclusivity": "non_exclusive", "term_years": 5} | row["contract"]
        )
        offer_id = await offers.send(seller, deal_id, SendOffer(terms=terms, valid_days=14))
        if offer_id is None:
            raise RuntimeError("the demo's seller needs no approvals")
        await offers.accept(buyer, offer_id)
        deal = await deals.read(seller, deal_id)
        command = ReportContract(number="23/2026/HĐCGCN-MH", signed_on=clock.today(), value=deal.agreed_value or 0)
        paper = papers.contract(command.number, deal.seller.name_vi, deal.buyer.name_vi)
        await deals.report_contract(seller, deal_id, command, "hop-dong-minh-hoa.pdf", paper)
        await deals.confirm_contract(buyer, deal_id)


async def load(world: Any) -> None:
    """Brokers and what they do in the demo."""
    await Brokerage(world, json.loads(CONTENT.read_text(encoding="utf-8"))).load()
