"""Factories of what is looked for: needs in their states."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.needs import needs
from app.needs.schemas import CreateNeed, UpdateNeed
from app.proposals import proposals
from app.proposals.schemas import SendProposal
from tests.support.market import OPERATOR

NEED: dict[str, Any] = {
    "title": "Giảm muối trong nước cấp cho trạm ven biển",
    "summary": "Trạm cấp nước nhỏ cần cách lọc mặn rẻ, ít điện, chạy được với người vận hành không chuyên.",
    "problem": "Mùa khô nước nguồn nhiễm mặn, trạm phải mua nước ngọt chở bằng xe bồn với giá gấp bốn lần. ",
    "process": "Đang lọc cát rồi khử trùng; khi mặn vượt ngưỡng thì dừng máy và mua nước.",
    "field": "2.7",
    "keywords": ["lọc mặn", "nước sinh hoạt", "màng lọc"],
    "metrics": [{"name": "Điện năng", "unit": "kWh/m3", "baseline": "4", "target": "1.5", "minimum": "2.5"}],
    "must_haves": [{"kind": "trl_min", "trl": 6}, {"kind": "text", "text": "Không dùng hóa chất độc hại"}],
    "criteria": [{"text": "Chạy thử 30 ngày, độ mặn đầu ra dưới 0,3 g/l", "threshold": "0,3 g/l"}],
    "trl_min": 6,
    "trl_max": 9,
    "budget_min": 500_000_000,
    "budget_max": 1_500_000_000,
    "province": 86,
    "decision_maker": "Giám đốc kỹ thuật Nguyễn Thị Mật",
    "pilot_site": "Trạm số hai, cồn Vắng Tên",
}


def deadline(days: int = 30) -> date:
    return clock.today() + timedelta(days=days)


async def draft(asker: Actor, *, blind: bool = False, **content: Any) -> UUID:
    """A complete draft."""
    fields = NEED | {"deadline": deadline(), "blind": blind} | content
    need_id = await needs.create(asker, CreateNeed(title=fields["title"], blind=blind))
    await needs.update(asker, need_id, UpdateNeed.model_validate(fields))
    return need_id


async def submitted(asker: Actor, **content: Any) -> UUID:
    need_id = await draft(asker, **content)
    await needs.submit(asker, need_id)
    return need_id


async def published(asker: Actor, **content: Any) -> UUID:
    """A need that takes proposals."""
    need_id = await submitted(asker, **content)
    await needs.approve(OPERATOR, need_id)
    return need_id


FIT = [{"key": "must.0", "answer": "met", "text": "TRL 7"}, {"key": "must.1", "answer": "partly"}]


def answering(listing_id: UUID | None = None, *, consent: bool = True, **changes: Any) -> SendProposal:
    """A proposal to `NEED`, with a listing or confidential."""
    fields: dict[str, Any] = {
        "fit": FIT, "pilot": "Chạy thử 30 ngày tại trạm, hai bên cùng đo.", "price_from": 400_000_000,
        "price_to": 700_000_000, "months": 4, "mode": "licence", "consent": consent,
    }  # fmt: skip
    if listing_id:
        fields["listing_id"] = listing_id
    else:
        fields |= {"title": "Màng lọc phủ hạt nano", "description": "Màng chịu muối, chạy ở áp suất thấp, ít bám cặn."}
    return SendProposal.model_validate(fields | changes)


async def proposed(proposer: Actor, need_id: UUID, listing_id: UUID | None = None, **changes: Any) -> UUID:
    return await proposals.send(proposer, need_id, answering(listing_id, **changes))
