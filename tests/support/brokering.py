"""Factories of brokerage: brokers, mandates in their states, introductions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts import accounts
from app.brokerage import introductions, mandates
from app.brokerage.schemas.introductions import SealIntroduction
from app.brokerage.schemas.mandates import MandateTerms, ProposeMandate, SignMandate
from app.intermediaries import intermediaries
from app.intermediaries.schemas import BeginProvider, SaveProvider
from app.kit import clock
from app.kit.actor import Actor
from app.kit.actor import system as kit_system
from tests.support import market as m

COMMISSION: dict[str, Any] = {"tiers": [{"up_to": "1.000.000.000", "percent": "5"}, {"percent": "3"}]}
SYSTEM = kit_system("tests")
WORDS = "Chúng tôi đã gặp bên mua từ tháng ba, có biên bản và thư từ kèm theo."


async def offering(actor: Actor) -> None:
    """The actor's organisation offers brokerage in the registry from now on."""
    provider_id = await intermediaries.begin(actor, BeginProvider(kind="organisation"))
    command = SaveProvider.model_validate(
        {
            "headline_vi": "Môi giới công nghệ nước và môi trường",
            "story_vi": "Đưa công nghệ của trường, viện đến doanh nghiệp cần dùng, theo đến khi ký hợp đồng. " * 3,
            "services": {"brokerage": {"kind": "agreed"}}, "fields": ["2"], "languages": ["vi"],
        }
    )  # fmt: skip
    await intermediaries.save(actor, provider_id, command)
    await intermediaries.submit(actor, provider_id)
    await intermediaries.approve(m.OPERATOR, provider_id)


async def broker() -> Actor:
    """An intermediary that offers brokerage in the registry."""
    actor = await m.acting("intermediary")
    await accounts.change_standing(SYSTEM, actor.org_id, "verify")  # type: ignore[arg-type]
    await offering(actor)
    return actor


def terms(**changes: Any) -> MandateTerms:
    """A seller's mandate of a year for everything, not exclusive; `terms(exclusive=True)` changes it."""
    today = clock.today()
    fields: dict[str, Any] = {
        "side": "seller", "starts_on": today, "ends_on": today + timedelta(days=365), "commission": COMMISSION,
    }  # fmt: skip
    return MandateTerms.model_validate(fields | changes)


async def proposed(client: Actor, broker_: Actor, *, swapped: bool = False, **changes: Any) -> UUID:
    """By the client; `swapped`: the first one is the broker, and proposes."""
    ours, theirs = (broker_, client) if swapped else (client, broker_)
    assert ours.org_id
    assert theirs.org_id
    command = ProposeMandate(client_org_id=ours.org_id, broker_org_id=theirs.org_id, terms=terms(**changes))
    return await mandates.propose(client, command)


async def sign(actor: Actor, mandate_id: UUID) -> None:
    view = await mandates.read(actor, mandate_id)
    await mandates.sign(actor, mandate_id, SignMandate(sha256=view.sha256))


async def signed(client: Actor, broker_: Actor, **changes: Any) -> UUID:
    """Signed by the client alone."""
    mandate_id = await proposed(client, broker_, **changes)
    await sign(client, mandate_id)
    return mandate_id


async def active(client: Actor, broker_: Actor, **changes: Any) -> UUID:
    mandate_id = await signed(client, broker_, **changes)
    await sign(broker_, mandate_id)
    return mandate_id


async def introduced(broker_: Actor, mandate_id: UUID, other: Actor, subject: UUID, *, need: bool = False) -> UUID:
    """A sealed introduction of `other` about a technology, or a need, of the mandate's client."""
    assert other.org_id
    named: dict[str, Any] = {"need_id": subject} if need else {"listing_id": subject}
    command = SealIntroduction(mandate_id=mandate_id, counterparty_org_id=other.org_id, **named)
    return await introductions.seal(broker_, command)
