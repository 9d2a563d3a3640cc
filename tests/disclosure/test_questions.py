"""Questions in the room: to the asker alone, or to all without who asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from app.disclosure import disclosure
from app.disclosure.schemas import Answer, Ask, Publish
from app.kit.actor import Role
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.support import market as m
from tests.support import secrets as s

QUESTION = "Màng chịu được nước có độ mặn bao nhiêu?"
ANSWER = "Đến 12 gam muối một lít, đo trong 400 giờ."


async def _ask(room: s.Room, text: str = QUESTION, **about: Any) -> Any:
    return await disclosure.ask(room.buyer, room.deal_id, Ask(question=text, **about))


async def _second_party(room: s.Room) -> tuple[Any, Any]:
    """Another buyer to whom the same room is open in a deal of its own."""
    other = await m.acting()
    deal_id = await m.open_deal(other, room.listing_id)
    await s.in_force(deal_id, room.seller, other)
    await s.grant(room.seller, room.listing_id, deal_id)
    return other, deal_id


async def test_a_private_answer_is_the_askers(db: Any) -> None:
    room = await s.room()
    other, other_deal = await _second_party(room)
    id_ = await _ask(room, document_id=room.document_id)
    await disclosure.answer(room.seller, id_, Answer(answer=ANSWER))
    mine = (await disclosure.questions(room.buyer, room.deal_id)).items
    assert [(q.question, q.answer, q.document_title, q.mine) for q in mine] == [
        (QUESTION, ANSWER, "Quy trình chế tạo màng", True)
    ]
    assert (await disclosure.questions(other, other_deal)).items == []
    for verb in (
        disclosure.answer(other, id_, Answer(answer="khác đi")),
        disclosure.publish(other, id_, Publish(question=QUESTION)),
    ):
        with pytest.raises(NotFound):
            await verb
    with pytest.raises(Forbidden):
        await disclosure.answer(room.buyer, id_, Answer(answer="tự trả lời"))


async def test_published_to_all_without_who_asked(db: Any) -> None:
    room = await s.room()
    other, other_deal = await _second_party(room)
    late = await s.document(room.seller, room.listing_id, title="Bản vẽ giai đoạn sau", stage=3)
    await s.grant(room.seller, room.listing_id, room.deal_id, document_id=late)
    id_ = await _ask(room, document_id=late)
    with pytest.raises(Conflict):  # nothing to publish yet
        await disclosure.publish(room.seller, id_, Publish(question=QUESTION))
    await disclosure.answer(room.seller, id_, Answer(answer="sẽ sửa"))
    await disclosure.answer(room.seller, id_, Answer(answer=ANSWER))
    for told in (f"{room.buyer.org_name} hỏi: {QUESTION}", f"{QUESTION} Gọi 0912 345 678."):
        with pytest.raises(Invalid):
            await disclosure.publish(room.seller, id_, Publish(question=told))
    await disclosure.publish(room.seller, id_, Publish(question="Giới hạn độ mặn là bao nhiêu?"))
    seen = (await disclosure.questions(other, other_deal)).items[0]
    assert (seen.question, seen.answer) == ("Giới hạn độ mặn là bao nhiêu?", ANSWER)
    hidden = (seen.asked_by, seen.asked_at, seen.answered_at, seen.deal_id, seen.document_title, seen.document_id)
    assert hidden == (None,) * 6
    assert not seen.mine
    assert room.buyer.org_name not in seen.model_dump_json()
    for verb in (
        disclosure.answer(room.seller, id_, Answer(answer="muộn rồi")),
        disclosure.publish(room.seller, id_, Publish(question="lần nữa?")),
    ):
        with pytest.raises(Conflict):
            await verb
    with pytest.raises(DBAPIError) as refusal:
        await m.execute("UPDATE room_question SET answer = 'khác'")
    assert isinstance(refusal.value.orig, psycopg.errors.RestrictViolation)


async def test_only_a_party_with_access_asks(db: Any) -> None:
    room = await s.room()
    broker = await s.broker(room.deal_id)
    for actor, refusal in (
        (room.seller, Forbidden),
        (s.colleague(room.buyer, Role.viewer), Forbidden),
        (broker, Forbidden),
        (m.OPERATOR, Forbidden),
        (m.DEPARTMENT, Forbidden),
        (await m.acting(), NotFound),
    ):
        with pytest.raises(refusal):
            await disclosure.ask(actor, room.deal_id, Ask(question=QUESTION))
    shut = await s.document(room.seller, room.listing_id, stage=4)
    with pytest.raises(NotFound):  # a document that is closed to them is not there
        await _ask(room, document_id=shut)
    assert await m.scalar("SELECT count(*) FROM room_question") == 0
    assert room.grant_id
    await disclosure.revoke(room.seller, room.listing_id, room.grant_id)
    with pytest.raises(Forbidden):
        await _ask(room)


async def test_unread_marks(db: Any) -> None:
    room = await s.room()
    owner, buyer = room.seller, room.buyer
    assert await disclosure.unread(buyer, room.deal_id) == 0
    id_ = await _ask(room)
    assert await disclosure.unread(owner, room.deal_id) == 1
    await disclosure.questions(owner, room.deal_id)
    assert await disclosure.unread(owner, room.deal_id) == 0
    await disclosure.answer(owner, id_, Answer(answer=ANSWER))
    assert await disclosure.unread(buyer, room.deal_id) == 1
    assert (await disclosure.questions(buyer, room.deal_id)).items[0].unread
    assert not (await disclosure.questions(buyer, room.deal_id)).items[0].unread
    assert await disclosure.unread(replace(buyer, person_id=m.new_id()), room.deal_id) == 1  # each person's own


async def test_mails_carry_no_content(
    db: Any, make_person: Any, make_organisation: Any, drain: Any, mails: Any
) -> None:
    seller = await make_person("owner", await make_organisation("university", name="Viện Thử nghiệm Mật"))
    buyer = await make_person("owner", await make_organisation("company", name="Công ty Người Hỏi"))
    other = await make_person("owner", await make_organisation("company", name="Công ty Thứ Ba"))
    listing_id = await m.publish(seller.actor, confidential_vi=s.SECRET)
    deal_id = await m.open_deal(buyer.actor, listing_id)
    other_deal = await m.open_deal(other.actor, listing_id)
    for deal, who in ((deal_id, buyer), (other_deal, other)):
        await s.in_force(deal, seller.actor, who.actor)
    await drain()
    assert any("đã có hiệu lực" in x.subject for x in mails(buyer.email))
    paper = await s.document(seller.actor, listing_id, title="Quy trình tuyệt mật số bảy")
    for deal in (deal_id, other_deal):
        await s.grant(seller.actor, listing_id, deal)
    await drain()
    assert any("vừa được mở" in x.subject for x in mails(buyer.email))
    id_ = await disclosure.ask(buyer.actor, deal_id, Ask(question=QUESTION, document_id=paper))
    await drain()
    assert any("Câu hỏi mới" in x.subject for x in mails(seller.email))
    await disclosure.answer(seller.actor, id_, Answer(answer=ANSWER))
    await drain()
    assert any("đã được trả lời" in x.subject for x in mails(buyer.email))
    await disclosure.publish(seller.actor, id_, Publish(question=QUESTION))
    await drain()
    assert any("được công bố" in x.subject for x in mails(other.email))
    assert f"/deals/{other_deal}/room/questions" in "".join(x.body for x in mails(other.email))
    everything = "".join(x.subject + x.body for x in mails())
    for secret in (s.SECRET, s.PURPOSE, QUESTION, ANSWER, "tuyệt mật số bảy"):
        assert secret not in everything
    assert "Công ty Người Hỏi" not in "".join(x.subject + x.body for x in mails(other.email))
    told = len(mails())
    await drain()
    assert len(mails()) == told
