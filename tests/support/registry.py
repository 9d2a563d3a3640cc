"""Factories of intermediaries: profiles in their states, licences, deals with intermediaries in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.deals import Capacity, deals
from app.intermediaries import ProviderKind, intermediaries, licences
from app.intermediaries.schemas import BeginProvider, DeclareLicence, SaveProvider, SendRating
from app.kit import clock
from app.kit.actor import Actor
from tests.support import market
from tests.support.market import OPERATOR, PDF

PROFILE: dict[str, Any] = {
    "headline_vi": "Đưa công nghệ xử lý nước từ phòng thí nghiệm đến trạm cấp nước",
    "headline_en": "Water technology from the laboratory to the plant",
    "story_vi": "Mười hai năm tìm người mua và soạn hợp đồng cho kết quả nghiên cứu về nước ở đồng bằng. " * 2,
    "services": {
        "brokerage": {"kind": "percent", "low": "3", "high": "5"},
        "advice": {"kind": "hourly", "low": 800000},
    },
    "fields": ["2.7"],
    "languages": ["vi", "en"],
    "capacity": 4,
    "consent": True,
}
MARKS = {"speed": 4, "clarity": 5, "integrity": 5, "result": 3}


async def draft(owner: Actor, kind: ProviderKind = ProviderKind.organisation, **changes: Any) -> UUID:
    """A profile with everything that a submission asks for."""
    id_ = await intermediaries.begin(owner, BeginProvider(kind=kind))
    await intermediaries.save(owner, id_, SaveProvider.model_validate(PROFILE | changes))
    return id_


async def listed(owner: Actor, kind: ProviderKind = ProviderKind.organisation, **changes: Any) -> UUID:
    id_ = await draft(owner, kind, **changes)
    await intermediaries.submit(owner, id_)
    await intermediaries.approve(OPERATOR, id_)
    return id_


def services(*names: str) -> dict[str, Any]:
    """`services("inspection", "advice")`, each by agreement."""
    return {name: {"kind": "agreed"} for name in names}


def licence(*covers: str, number: str = "12/GCN-2026", until: date | None = None, **changes: Any) -> DeclareLicence:
    values = {
        "kind": "business", "number": number, "issuer": "Cục Thẩm định Thử nghiệm",
        "issued_on": clock.today() - timedelta(days=30), "expires_on": until, "services": list(covers),
    }  # fmt: skip
    return DeclareLicence.model_validate(values | changes)


async def licensed(owner: Actor, provider_id: UUID, *covers: str, **changes: Any) -> UUID:
    """A licence that the operator has checked."""
    id_ = await licences.declare(owner, provider_id, licence(*covers, **changes), "giay-phep.pdf", PDF)
    await licences.check(OPERATOR, provider_id, id_)
    return id_


async def joined(deal: market.Market, org: Actor, capacity: Capacity = Capacity.seller_broker) -> None:
    assert org.org_id
    await deals.join(OPERATOR, deal.deal_id, org.org_id, capacity)


async def contracted(broker: Actor | None = None, capacity: Capacity = Capacity.seller_broker) -> market.Market:
    """A deal at L2, with the intermediary in it from its terms on."""
    table = await market.agreed()
    if broker:
        await joined(table, broker, capacity)
    await sign(table)
    return table


async def sign(table: market.Market) -> None:
    await market.report(table.seller, table.deal_id)
    await deals.confirm_contract(table.buyer, table.deal_id)


def marks(ratee: Actor, words: str | None = "Trả lời nhanh, giải thích rõ.", **changes: Any) -> SendRating:
    return SendRating.model_validate({"ratee_org_id": ratee.org_id, **MARKS, "words": words, **changes})
