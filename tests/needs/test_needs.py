"""The life of a need: drafting, review, what is fixed once published, closing, the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.kit import clock
from app.kit.actor import ANONYMOUS, Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.needs import NEED, needs
from app.needs.schemas import CloseNeed, CreateNeed, NeedKind, UpdateNeed
from tests.support import demand
from tests.support.market import DEPARTMENT, OPERATOR, acting, scalar

pytestmark = pytest.mark.usefixtures("db")

DESCRIPTION = (
    "Xưởng sấy của chúng tôi ở Hưng Yên mất 9 giờ mỗi mẻ. Cần giảm tiêu thụ điện từ 1,2 kWh/kg xuống 0,8 kWh/kg. "
    "Ngân sách khoảng 2 tỷ đồng, công nghệ TRL 7."
)


async def test_a_description_becomes_a_draft_with_suggestions() -> None:
    asker = await acting()
    view = await needs.read(asker, await needs.create(asker, CreateNeed(description=DESCRIPTION)))
    assert view.content.problem == DESCRIPTION
    assert view.content.budget_max == 2_000_000_000
    assert view.content.metrics[0].unit == "kWh/kg"
    assert {"title", "metrics", "budget_max", "province", "trl_min"} <= {s.field for s in view.suggested}
    await needs.update(asker, view.id, UpdateNeed(trl_min=8, province=33))
    left = {s.field for s in (await needs.read(asker, view.id)).suggested}
    assert "metrics" in left
    assert not left & {"trl_min", "province"}


async def test_a_draft_exists_for_its_organisation_and_the_operator_only() -> None:
    asker = await acting()
    need_id = await demand.draft(asker)
    for stranger in (ANONYMOUS, await acting(), DEPARTMENT):
        with pytest.raises(NotFound):
            await needs.read(stranger, need_id)
    assert (await needs.read(OPERATOR, need_id)).status == "draft"


async def test_what_is_missing_blocks_the_submission() -> None:
    asker = await acting()
    need_id = await needs.create(asker, CreateNeed(title="Cần máy sấy nông sản"))
    with pytest.raises(Invalid) as refused:
        await needs.submit(asker, need_id)
    assert {"summary", "problem", "field", "criteria", "deadline"} <= set(refused.value.fields)


async def test_a_deadline_lies_ahead() -> None:
    asker = await acting()
    need_id = await demand.draft(asker, deadline=clock.today())
    with pytest.raises(Invalid) as refused:
        await needs.submit(asker, need_id)
    assert set(refused.value.fields) == {"deadline"}


async def test_the_task_is_fixed_once_published() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    for changes in (
        {"criteria": [{"text": "Một cách đo khác"}]}, {"must_haves": []}, {"metrics": []}, {"title": "Tên khác hẳn"},
        {"blind": True}, {"deadline": demand.deadline(2)}, {"banned": [{"text": "clo"}]},
    ):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            await needs.update(asker, need_id, UpdateNeed.model_validate(changes))
        assert refused.value.code == "need.fixed"
    await needs.update(asker, need_id, UpdateNeed(budget_max=2_000_000_000, keywords=["thẩm thấu ngược"]))
    view = await needs.read(asker, need_id)
    assert view.content.budget_max == 2_000_000_000
    assert view.content.criteria[0].threshold == "0,3 g/l"


async def test_the_deadline_moves_only_to_later() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    with pytest.raises(Invalid):
        await needs.extend(asker, need_id, demand.deadline(3))
    await needs.extend(asker, need_id, demand.deadline(60))
    assert (await needs.read(asker, need_id)).content.deadline == demand.deadline(60)


async def test_public_orders_are_placed_by_agencies_and_named() -> None:
    company, agency = await acting(), await acting("agency")
    with pytest.raises(Forbidden):
        await needs.create(company, CreateNeed(title="Đặt hàng của công ty", kind=NeedKind.public_order))
    with pytest.raises(Invalid):
        await needs.create(agency, CreateNeed(title="Đặt hàng ẩn danh", kind=NeedKind.public_order, blind=True))
    need_id = await demand.published(
        agency, kind="public_order", ordering_authority="UBND phường Ven Sông", programme="Đặt hàng 2026"
    )
    view = await needs.read(ANONYMOUS, need_id)
    assert view.card.ordering_authority == "UBND phường Ven Sông"
    assert view.asker is not None
    own = await demand.draft(company)
    with pytest.raises(Forbidden):
        await needs.update(company, own, UpdateNeed(kind=NeedKind.public_order))


async def test_review_is_the_operators() -> None:
    asker = await acting()
    need_id = await demand.submitted(asker)
    for nobody in (asker, DEPARTMENT):
        with pytest.raises(Forbidden):
            await needs.approve(nobody, need_id)
    with pytest.raises(Unauthenticated):
        await needs.approve(ANONYMOUS, need_id)
    assert [i.id for i in (await needs.queue(OPERATOR)).items] == [need_id]
    await needs.request_changes(OPERATOR, need_id, "Hãy nêu mức điện đang dùng.")
    assert (await needs.read(asker, need_id)).status == "changes_requested"
    await needs.submit(asker, need_id)
    await needs.reject(OPERATOR, need_id, "Trùng với nhu cầu đã có.")
    await needs.reopen(asker, need_id)
    assert (await needs.read(asker, need_id)).status == "draft"
    with pytest.raises(Conflict):
        await needs.approve(OPERATOR, need_id)


async def test_a_viewer_writes_nothing_and_a_member_binds_nothing() -> None:
    asker = await acting()
    need_id = await demand.draft(asker)
    viewer = type(asker)(**{f: getattr(asker, f) for f in asker.__slots__} | {"role": Role.viewer})
    member = type(asker)(**{f: getattr(asker, f) for f in asker.__slots__} | {"role": Role.member})
    with pytest.raises(Forbidden):
        await needs.update(viewer, need_id, UpdateNeed(trl_min=5))
    await needs.update(member, need_id, UpdateNeed(trl_min=5))
    with pytest.raises(Forbidden):
        await needs.submit(member, need_id)


async def test_it_closes_with_a_coded_reason() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    await needs.close(asker, need_id, CloseNeed(reason_code="no_fit", reason="Đều cần quá nhiều điện."))
    view = await needs.read(asker, need_id)
    assert (view.status, view.reason_code) == ("closed", "no_fit")
    assert (await needs.read(ANONYMOUS, need_id)).reason_code is None
    with pytest.raises(Conflict):
        await needs.withdraw(asker, need_id, "Không cần nữa rồi.")


async def test_expiry_beats_a_late_closing() -> None:
    asker = await acting()
    need_id = await demand.published(asker, deadline=demand.deadline(1))
    with clock.frozen(clock.now() + timedelta(days=2)):
        with pytest.raises(Conflict) as late:
            await needs.close(asker, need_id, CloseNeed(reason_code="no_fit"))
        assert late.value.code == "need.expired"
        with pytest.raises(Conflict):
            await needs.extend(asker, need_id, demand.deadline(9))
        with pytest.raises(Conflict):
            await needs.lock_open(need_id)
        assert await needs.expire_due() == 1
        assert await needs.expire_due() == 0
        assert (await needs.read(ANONYMOUS, need_id)).status == "expired"
        await needs.reopen(asker, need_id)
    assert await scalar("SELECT published_at FROM need WHERE id = :id", id=need_id) is None


async def test_every_move_leaves_its_history() -> None:
    asker = await acting()
    need_id = await demand.published(asker)
    moves = await scalar(
        "SELECT string_agg(action, ' ' ORDER BY id) FROM state_change WHERE subject_id = :id", id=need_id
    )
    assert moves == "create submit approve"


def test_the_table_is_sound() -> None:
    assert {t.target for t in NEED.transitions.values()} | {"draft"} == set(NEED.states)
    assert NEED.actions_from("closed") == []
