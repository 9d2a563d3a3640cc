"""The pages: declaring, ending, what stays typed; the statement of a deal; the operator's queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from app.deals import Capacity
from app.independence import independence
from app.independence.schemas import DeclareInterest
from tests.support import jobs, market
from tests.support.browser import form, text
from tests.support.people import Org, Person

pytestmark = pytest.mark.usefixtures("db")
MakePerson = Callable[..., Awaitable[Person]]
MakeOrganisation = Callable[..., Awaitable[Org]]


async def test_declare_and_end(make_person: MakePerson, make_organisation: MakeOrganisation) -> None:
    owner, parent = await make_person("owner"), await make_organisation(name="Tổng công ty Sông Hậu")
    browser = await owner.browser()
    page = await browser.get("/account/interests/new?for=organisation")
    fields = {"kind": "shareholder", "other": "Tổng công ty Sông", "percent": "12,5", "since": "2024-03-01"}
    again = await browser.submit(form(page, "/account/interests"), **fields)
    assert again.status_code == 422
    assert "Tổng công ty Sông Hậu" in text(again), "the near name is told"
    kept = form(again, "/account/interests").fields
    assert (kept["kind"], kept["other"], kept["percent"], kept["since"]) == tuple(fields.values())
    done = await browser.submit(form(again, "/account/interests"), other=parent.name)
    assert done.status_code == 303
    page = await browser.get("/account/interests")
    said = text(page)
    assert "Tổng công ty Sông Hậu · 12,5 %" in said
    (made,) = (await independence.own(owner.actor)).organisation
    assert made.other_org_id == parent.id
    ended = await browser.submit(form(page, f"/account/interests/{made.id}/end"), until="2026-01-31")
    assert ended.status_code == 303
    assert "đã kết thúc" in text(await browser.get("/account/interests"))
    twice = await browser.post_form(f"/account/interests/{made.id}/end")
    assert twice.status_code == 409


async def test_what_is_missing_is_told_at_its_field(make_person: MakePerson) -> None:
    browser = await (await make_person("owner")).browser()
    for fields, word in (
        ({"kind": "parent"}, "Hãy nêu tổ chức có liên quan."),
        ({"kind": "holding", "other": "Công ty Lạ"}, "Hãy nêu tỷ lệ phần vốn."),
        ({"kind": "co_inventor", "other": "Viện Lạ"}, "Hãy nêu ngày của công trình chung gần nhất."),
        ({"kind": "other"}, "Hãy nêu tổ chức, công nghệ hoặc hồ sơ giao dịch có liên quan."),
    ):
        page = await browser.post_form("/account/interests", fields)
        assert page.status_code == 422
        assert word in text(page)


async def test_a_member_declares_for_oneself_alone(make_person: MakePerson) -> None:
    member = await make_person("member")
    browser = await member.browser()
    assert "for=organisation" not in (await browser.get("/account/interests")).text
    assert (await browser.get("/account/interests/new?for=organisation")).status_code == 403
    done = await browser.post_form("/account/interests", {"kind": "employment", "other": "Viện Chưa Có Trên Sàn"})
    assert done.status_code == 303
    assert [d.other_name for d in (await independence.own(member.actor)).person] == ["Viện Chưa Có Trên Sàn"]


async def test_an_interest_in_a_deal_is_declared_from_its_page(make_person: MakePerson) -> None:
    seller, buyer = await make_person("owner"), await make_person("owner")
    table = await market.market(seller.actor, buyer.actor)
    browser = await buyer.browser()
    statement = await browser.get(f"/deals/{table.deal_id}/independence")
    assert "Độc lập" in text(statement)
    assert f"deal={table.deal_id}" in statement.text
    page = await browser.get(f"/account/interests/new?for=me&deal={table.deal_id}")
    assert "GD-" in text(page)
    done = await browser.submit(form(page, "/account/interests"), note="Tôi giữ cổ phần của bên bán máy.")
    assert done.status_code == 303
    assert [d.deal_id for d in (await independence.own(buyer.actor)).person] == [table.deal_id]
    stranger = await (await make_person("owner")).browser()
    assert (await stranger.get(f"/account/interests/new?for=me&deal={table.deal_id}")).status_code == 404


async def test_the_operator_works_the_queue(make_person: MakePerson) -> None:
    operator = await make_person(None, staff=["operator"])
    seller, valuer = await make_person("owner"), await make_person("owner", name="Bùi Thị Đồng Danh")
    assert valuer.org
    table = await market.market(seller.actor)
    await independence.admit(operator.actor, table.deal_id, valuer.org.id, Capacity.valuer)
    await independence.declare(seller.actor, DeclareInterest(kind="key_person", other="TS. Bùi Thị Đồng Danh"))
    await jobs.drain()
    browser = await operator.browser()
    assert "có thể có người chung với bên chào bán" in text(await browser.get("/conflicts"))
    finding = await market.scalar("SELECT id FROM conflict_finding")
    page = await browser.get(f"/conflicts/{finding}")
    assert "Bùi Thị Đồng Danh" in text(page)
    short = await browser.submit(form(page, f"/conflicts/{finding}/uphold"), reason="Trùng")
    assert short.status_code == 422
    assert form(short, f"/conflicts/{finding}/uphold").fields["reason"] == "Trùng"
    party = text(await (await seller.browser()).get(f"/deals/{table.deal_id}/independence"))
    assert "Bùi Thị" not in party
    reason = "Hai người khác nhau, đã đối chiếu năm sinh và nơi công tác."
    done = await browser.post_form(f"/conflicts/{finding}/clear", {"reason": reason})
    assert done.status_code == 303
    assert reason in text(await (await seller.browser()).get(f"/deals/{table.deal_id}/independence"))


async def test_a_party_consents_on_the_deal_s_page(make_person: MakePerson) -> None:
    buyer, broker = await make_person("owner"), await make_person("owner")
    table = await market.market(buyer=buyer.actor)
    assert broker.org
    await independence.declare(
        broker.actor, DeclareInterest(kind="shareholder", other=str(table.buyer.org_id), percent="30")
    )
    with pytest.raises(Exception, match="consent"):
        await independence.admit(market.OPERATOR, table.deal_id, broker.org.id, Capacity.seller_broker)
    finding = await market.scalar("SELECT id FROM conflict_finding")
    browser = await buyer.browser()
    page = await browser.get(f"/deals/{table.deal_id}/independence")
    again = await browser.submit(form(page, f"/conflicts/{finding}/consent"), note="Chỉ trong vòng này.")
    assert again.status_code == 422
    assert "Chỉ trong vòng này." in again.text
    done = await browser.submit(form(again, f"/conflicts/{finding}/consent"), agreed="true")
    assert done.status_code == 303
    assert "đồng ý lúc" in text(await browser.get(f"/deals/{table.deal_id}/independence"))


async def test_records_are_kept_by_the_database(make_person: MakePerson) -> None:
    owner = await make_person("owner")
    await independence.declare(owner.actor, DeclareInterest(kind="parent", other="Tập đoàn Ở Xa"))
    for sql in ("UPDATE interest_declaration SET other_name = 'khác'", "DELETE FROM interest_declaration"):
        with pytest.raises(Exception, match=r"kept|refused|append|change"):
            await market.execute(sql)
