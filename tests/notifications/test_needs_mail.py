"""What askers and proposers are told by mail: once, and without the other side's name."""

from __future__ import annotations

from typing import Any

import pytest

from app.needs import needs
from app.needs.schemas import CloseNeed
from app.notifications import notifications
from app.proposals import proposals
from app.proposals.schemas import DeclineProposal
from tests.support import demand
from tests.support.market import OPERATOR, scalar


@pytest.fixture
async def sides(make_person: Any, make_organisation: Any) -> tuple[Any, Any]:
    asker = await make_person(org=await make_organisation(name="Công ty Cổ phần Dệt Sông Ẩn"))
    seller = await make_person(org=await make_organisation(name="Viện Vật liệu Đồi Vắng"))
    return asker, seller


def _to(mails: Any, person: Any) -> list[str]:
    return [f"{m.subject}\n{m.body}" for m in mails() if m.to == person.email]


async def test_the_operators_answers_reach_the_asker(sides: tuple[Any, Any], drain: Any, mails: Any) -> None:
    asker, _ = sides
    need_id = await demand.submitted(asker.actor)
    await needs.request_changes(OPERATOR, need_id, "Hãy nêu mức điện đang dùng.")
    await drain()
    assert "Hãy nêu mức điện đang dùng." in _to(mails, asker)[0]
    await needs.submit(asker.actor, need_id)
    await needs.approve(OPERATOR, need_id)
    await drain()
    assert len(_to(mails, asker)) == 2
    await notifications.need_event(need_id, "need.approve")
    assert len(_to(mails, asker)) == 2


async def test_neither_side_is_named(sides: tuple[Any, Any], drain: Any, mails: Any) -> None:
    asker, seller = sides
    need_id = await demand.published(asker.actor, blind=True)
    first = await demand.proposed(seller.actor, need_id, sealed=True)
    await proposals.shortlist(asker.actor, first)
    await proposals.consent(asker.actor, first)
    second = await demand.proposed(seller.actor, need_id, sealed=True)
    await proposals.decline(asker.actor, second, DeclineProposal(reason_code="price", reason="Lý do riêng"))
    await needs.close(asker.actor, need_id, CloseNeed(reason_code="budget_gone"))
    await drain()
    told = _to(mails, seller)
    assert {t.split(":")[0] for t in told} == {
        "Đề xuất vào vòng xét", "Danh tính đã mở", "Đề xuất không được chọn", "Đề xuất hết hiệu lực"
    }  # fmt: skip
    assert not [t for t in told if "Sông Ẩn" in t or "Lý do riêng" in t]
    assert not [t for t in _to(mails, asker) if "Đồi Vắng" in t]
    assert len([t for t in _to(mails, asker) if t.startswith("Có đề xuất mới")]) == 2
    assert await scalar("SELECT count(*) FROM need_reveal") == 1
