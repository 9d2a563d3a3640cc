"""The law's cap on what a broker gets of a result made with state money, as it holds on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from app import listings, reference
from app.brokerage import commission, errors
from app.brokerage.schemas.mandates import MandateSide, MandateTerms
from app.kit.text import Text
from app.platform.db import reading
from app.reference import Rule

CODE = "broker_share_maximum_percent"
GONE = ("archived", "transferred")


async def paid_by_state(client_org_id: UUID) -> list[tuple[UUID, str, str | None]]:
    """(id, title, field) of the client's technologies on the market that state money paid for, wholly or partly."""
    async with reading() as session:
        found = await listings.paid_by_state(session, client_org_id)
    return [(id_, title, field) for id_, title, field, status in found if status not in GONE]


async def _in_scope(client_org_id: UUID, terms: MandateTerms) -> list[str]:
    """Titles of those in the mandate's scope. Only what a seller's broker gets is a share of the result's income."""
    if terms.side is not MandateSide.seller:
        return []
    found = await paid_by_state(client_org_id)
    return [title for id_, title, field in found if terms.scope.covers(id_, field)]


async def check(client_org_id: UUID, terms: MandateTerms, on: date | None = None) -> None:
    """Invalid, with the rule's name, when the commission could exceed the cap for a technology in scope."""
    rule = reference.rule(CODE, on)
    if rule is None:
        return
    value = commission.may_exceed(terms.commission, rule.value)
    if value is None:
        return
    titles = await _in_scope(client_org_id, terms)
    if titles:
        raise errors.over_the_cap(rule, f"{rule.value:f}", f"{value:,}".replace(",", ".") + " đồng", titles[0])


async def note(client_org_id: UUID, terms: MandateTerms) -> Text | None:
    """What the page of a mandate says of the cap; None when nothing in scope falls under it."""
    rule = reference.rule(CODE)
    titles = await _in_scope(client_org_id, terms) if rule else []
    return said(rule, len(titles)) if rule and titles else None


def said(rule: Rule, count: int) -> Text:
    percent = f"{rule.value:f}"
    unchecked = Text(
        " Quy định này chưa được đối chiếu với văn bản chính thức.",
        " This rule has not been compared with the official text.",
    )
    return Text(
        f"{count} công nghệ trong phạm vi được tạo ra bằng ngân sách nhà nước: thù lao không quá {percent} % giá trị"
        f" hợp đồng ({rule.document})." + ("" if rule.checked else unchecked.vi),
        f"{count} technologies in scope were made with state money: the commission is at most {percent} % of the"
        f" contract's value ({rule.document})." + ("" if rule.checked else unchecked.en),
    )


async def of_listing(client_org_id: UUID, listing_id: UUID, on: date) -> tuple[Decimal, Rule] | None:
    """The cap for a contract about this technology signed that day, and the rule it comes from."""
    rule = reference.rule(CODE, on)
    if rule is None:
        return None
    async with reading() as session:
        found = await listings.paid_by_state(session, client_org_id)
    return (rule.value, rule) if any(row[0] == listing_id for row in found) else None
