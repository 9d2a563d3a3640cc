"""Factories of what is traded: published listings, deals, offers; and parties who exist only as actors.

`acting()` and `market()` make organisations without people, so that two hundred of them cost little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app import invariants
from app.accounts import accounts
from app.deals import deals
from app.deals.schemas import DisputeContract, ExpressInterest, ReportContract
from app.kit import clock
from app.kit.actor import Actor, Role, Staff
from app.kit.ids import new_id
from app.listings import listings
from app.listings.schemas import Approve, CreateListing, UpdateListing
from app.offers import Terms, offers
from app.offers.schemas import AcceptTerms, DeclineOffer, SendOffer, WithdrawOffer
from app.platform.db import reading, unit_of_work

OPERATOR = Actor(person_id=new_id(), staff=frozenset({Staff.operator}), person_name="Người Duyệt")
DEPARTMENT = Actor(person_id=new_id(), staff=frozenset({Staff.department}), person_name="Cán bộ Sở")
MESSAGE = "Chúng tôi muốn dùng công nghệ này trong nhà máy ở Thủ Đức."
PDF = b"%PDF-1.7\n% a contract\n%%EOF\n"

CONTENT: dict[str, Any] = {
    "title_vi": "Màng lọc nano cho nước nhiễm mặn",
    "title_en": "A nano membrane for brackish water",
    "summary_vi": "Màng lọc nano tách muối ở áp suất thấp, dùng cho trạm nước nhỏ vùng ven biển. " * 2,
    "field": "2",
    "problem_vi": "Trạm nước nhỏ ở vùng ven biển phải mua nước ngọt trong mùa khô vì lọc mặn quá đắt. " * 2,
    "solution_vi": "Màng polyamide phủ hạt nano giữ muối lại ở áp suất 4 bar, thay vì 15 bar như màng thường. " * 3,
    "advantages_vi": "Điện năng giảm 60 %, tuổi thọ màng 5 năm, nước sau lọc đạt quy chuẩn nước sinh hoạt. " * 2,
    "trl": 7,
    "owners": [{"name": "Viện Công nghệ Thử nghiệm", "share": "100"}],
    "offers": [{"mode": "licence", "price_policy": "negotiable"}],
}
TERMS: dict[str, Any] = {
    "mode": "licence",
    "exclusivity": "non_exclusive",
    "term_years": 5,
    "upfront": 500_000_000,
    "royalty_percent": "3.5",
    "royalty_base": "net_sales",
    "training_days": 10,
}


def terms(**changes: Any) -> Terms:
    """A licence of five years; `terms(exclusivity="exclusive", upfront=1)` changes it."""
    return Terms.model_validate(TERMS | changes)


def proposal(
    valid_days: int = 14, note: str | None = None, unlock: dict[str, str] | None = None, **changes: Any
) -> SendOffer:
    return SendOffer(terms=terms(**changes), valid_days=valid_days, note=note, unlock=unlock or {})


async def acting(kind: str = "company", role: Role = Role.owner) -> Actor:
    """An organisation and somebody who acts for it, without an account."""
    name = f"Tổ chức {new_id().hex[-8:]}"
    org_id = await accounts.import_organisation("tests", str(new_id()), name_vi=name, kind=kind)
    return Actor(person_id=new_id(), org_id=org_id, role=role, person_name="Người Thử", org_name=name, org_kind=kind)


async def publish(owner: Actor, **content: Any) -> UUID:
    """A listing of the owner's organisation, written, submitted, reviewed and shown."""
    fields = CONTENT | content
    listing_id = await listings.create(owner, CreateListing(title_vi=fields["title_vi"]))
    await listings.update(owner, listing_id, UpdateListing.model_validate(fields))
    await listings.submit(owner, listing_id)
    scores = Approve(advantages=4, clarity=4, cooperation=4, language=4, screening="clear")
    await listings.approve(OPERATOR, listing_id, scores)
    return listing_id


async def open_deal(buyer: Actor, listing_id: UUID, message: str = MESSAGE) -> UUID:
    return await deals.express_interest(buyer, listing_id, ExpressInterest(message=message))


async def send_offer(actor: Actor, deal_id: UUID, **changes: Any) -> UUID:
    """`send_offer(buyer, deal, exclusivity="exclusive", valid_days=3)`."""
    sent = await offers.send(actor, deal_id, proposal(**changes))
    assert sent is not None, "it waits for approval"
    return sent


@dataclass(frozen=True, slots=True)
class Market:
    """A published listing with its seller, a buyer, and the deal between them."""

    seller: Actor
    buyer: Actor
    listing_id: UUID
    deal_id: UUID

    def side(self, name: str) -> Actor:
        return self.seller if name == "seller" else self.buyer


async def market(seller: Actor | None = None, buyer: Actor | None = None) -> Market:
    seller = seller or await acting("university")
    buyer = buyer or await acting()
    listing_id = await publish(seller)
    return Market(seller, buyer, listing_id, await open_deal(buyer, listing_id))


async def agreed(exclusivity: str = "non_exclusive", **changes: Any) -> Market:
    """A deal whose terms are agreed: the seller's offer, accepted by the buyer."""
    table = await market()
    offer_id = await send_offer(table.seller, table.deal_id, exclusivity=exclusivity, **changes)
    await offers.accept(table.buyer, offer_id)
    return table


async def report(
    actor: Actor, deal_id: UUID, *, number: str = "01/2026/HĐCN", value: int = 500_000_000, data: bytes = PDF
) -> None:
    command = ReportContract(number=number, signed_on=clock.today(), value=value)
    await deals.report_contract(actor, deal_id, command, "hop-dong.pdf", data)


def decline(reason_code: str = "price", reason: str | None = None) -> DeclineOffer:
    return DeclineOffer(reason_code=reason_code, reason=reason)


def withdraw(reason_code: str = "other", reason: str | None = None) -> WithdrawOffer:
    return WithdrawOffer(reason_code=reason_code, reason=reason)


def agreeing(*terms: str) -> AcceptTerms:
    return AcceptTerms(terms=list(terms))


def dispute() -> DisputeContract:
    return DisputeContract(reason="Số tiền trong tệp không đúng.")


async def row(sql: str, **values: Any) -> Any:
    async with reading() as session:
        return (await session.execute(text(sql), values)).one()


async def rows(sql: str, **values: Any) -> list[Any]:
    async with reading() as session:
        return list((await session.execute(text(sql), values)).all())


async def scalar(sql: str, **values: Any) -> Any:
    return (await row(sql, **values))[0]


async def execute(sql: str, **values: Any) -> None:
    """Past every service, straight at the tables."""
    async with unit_of_work() as session:
        await session.execute(text(sql), values)


async def traces() -> tuple[Any, ...]:
    """All that a refusal must leave alone: offers, deals, listings, histories, audit log, queue, evidence."""
    found = await row(
        "SELECT (SELECT md5(coalesce(string_agg(o::text, ';' ORDER BY id), '')) FROM offer o),"
        " (SELECT md5(coalesce(string_agg(d::text, ';' ORDER BY id), '')) FROM deal d),"
        " (SELECT md5(coalesce(string_agg(l.id || l.status, ';' ORDER BY id), '')) FROM listing l),"
        " (SELECT md5(coalesce(string_agg(e::text, ';' ORDER BY id), '')) FROM deal_evidence e),"
        " (SELECT count(*) FROM deal_transaction), (SELECT count(*) FROM state_change),"
        " (SELECT seq FROM audit_head), (SELECT count(*) FROM procrastinate_jobs)"
    )
    return tuple(found)


async def sound() -> None:
    """Every invariant holds, the audit chain among them."""
    broken = [f"{f.name}: {f.detail}" for f in await invariants.check() if not f.holds]
    assert not broken, broken
