"""Factories of what is confidential: agreements in force, papers in a room, others who take part."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pypdf
from PIL import Image

from app.deals import Capacity, deals
from app.demo import papers
from app.disclosure import disclosure
from app.disclosure.schemas import AddDocument, Decline, Grant, ProposeNda, SignNda
from app.kit.actor import Actor
from app.kit.ids import new_id
from app.listings import Tier, listings
from tests.support import market as m

PURPOSE = "xem xét dùng công nghệ màng lọc trong nhà máy của bên mua"
SECRET = "Tỷ lệ phối trộn hạt nano là 3,7 phần nghìn và nung ở 412 độ."
PDF = papers.contract("01/2026", "Viện Công nghệ Thử nghiệm", "Công ty Thử nghiệm")


def pdf(pages: int = 1) -> bytes:
    """A document of several pages, each a copy of one that has text."""
    source, out, writer = pypdf.PdfReader(io.BytesIO(PDF)), io.BytesIO(), pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_page(source.pages[0])
    writer.write(out)
    return out.getvalue()


def png(wide: int = 300, high: int = 200) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (wide, high), "white").save(out, "PNG")
    return out.getvalue()


@dataclass(slots=True)
class Room:
    """A deal with its room: the owner's people, the buyer's, and the ids of what is in it."""

    market: m.Market
    document_id: UUID | None = None
    grant_id: UUID | None = None
    nda_id: UUID | None = None

    @property
    def seller(self) -> Actor:
        return self.market.seller

    @property
    def buyer(self) -> Actor:
        return self.market.buyer

    @property
    def deal_id(self) -> UUID:
        return self.market.deal_id

    @property
    def listing_id(self) -> UUID:
        return self.market.listing_id


async def propose(actor: Actor, deal_id: UUID, **changes: Any) -> UUID:
    values = {"kind": "mutual", "purpose": PURPOSE, "term_months": 24} | changes
    return await disclosure.propose_nda(actor, deal_id, ProposeNda.model_validate(values))


async def confirmation(actor: Actor, nda_id: UUID) -> SignNda:
    """What somebody who has read the text types and sends."""
    digest = await m.scalar("SELECT sha256 FROM nda WHERE id = :id", id=nda_id)
    return SignNda(typed_name=actor.person_name, sha256=digest)


async def sign(actor: Actor, nda_id: UUID) -> None:
    await disclosure.sign_nda(actor, nda_id, await confirmation(actor, nda_id))


async def adhere(actor: Actor, nda_id: UUID) -> None:
    await disclosure.adhere_nda(actor, nda_id, await confirmation(actor, nda_id))


async def in_force(deal_id: UUID, seller: Actor, buyer: Actor, **changes: Any) -> UUID:
    nda_id = await propose(seller, deal_id, **changes)
    await sign(buyer, nda_id)
    await sign(seller, nda_id)
    return nda_id


async def document(owner: Actor, listing_id: UUID, data: bytes = PDF, name: str = "quy-trinh.pdf", **how: Any) -> UUID:
    values = {"title": "Quy trình chế tạo màng", "stage": 1} | how
    return (await disclosure.add_document(owner, listing_id, AddDocument.model_validate(values), name, data)).id


async def grant(owner: Actor, listing_id: UUID, deal_id: UUID, **what: Any) -> UUID:
    return await disclosure.grant(
        owner, listing_id, Grant.model_validate({"deal_id": deal_id} | (what or {"stage": 1}))
    )


async def room(**how: Any) -> Room:
    """A market whose agreement is in force, with a paper of stage 1 that is open to the buyer."""
    table = await m.market()
    made = Room(table)
    made.nda_id = await in_force(table.deal_id, table.seller, table.buyer)
    made.document_id = await document(table.seller, table.listing_id, **how)
    made.grant_id = await grant(table.seller, table.listing_id, table.deal_id)
    return made


async def broker(deal_id: UUID, capacity: Capacity = Capacity.buyer_broker) -> Actor:
    made = replace(await m.acting("intermediary"), person_name="Người Môi Giới")
    assert made.org_id is not None
    await deals.join(m.OPERATOR, deal_id, made.org_id, capacity, handler_id=None)
    return made


def decline(code: str = "other", reason: str | None = None) -> Decline:
    return Decline.model_validate({"reason_code": code, "reason": reason})


async def log(deal_id: UUID, *kinds: str) -> list[Any]:
    """Rows of the log, oldest first: (kind, person, org, document, version, page, detail)."""
    rows = await m.rows(
        "SELECT kind, person_name, org_id, document_id, version, page, detail FROM room_log WHERE deal_id = :d"
        " ORDER BY id",
        d=deal_id,
    )
    return [r for r in rows if not kinds or r.kind in kinds]


def colleague(actor: Actor, role: Any) -> Actor:
    return replace(actor, person_id=new_id(), role=role, person_name="Đồng nghiệp")


async def listing_file(owner: Actor, listing_id: UUID, data: bytes = PDF, tier: Tier = Tier.nda) -> UUID:
    """A file of the listing itself, at a tier of its own."""
    return (await listings.attach(owner, listing_id, "quy-trinh.pdf", data, tier)).id
