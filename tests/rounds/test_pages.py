"""The pages: a round from its plan to its result as people click through it, and what pages never tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.kit import clock
from app.rounds import english, running
from tests.rounds import hall as h
from tests.support import market as m
from tests.support.browser import form, forms, text


def local(**after: float) -> str:
    return (datetime.now(clock.VIETNAM) + timedelta(**after)).strftime("%Y-%m-%dT%H:%M")


def filled(**changes: Any) -> dict[str, Any]:
    """The owner's form as people fill it in; made when it is needed, for it holds times."""
    return TEXTS | {
        "registration_until": local(hours=1), "opens_at": local(hours=1), "ends_at": local(hours=3),
    } | changes  # fmt: skip


TEXTS = {
    "kind": "english",
    "about": "Quyền sử dụng độc quyền trong năm năm, kèm đào tạo mười ngày tại nhà máy của bên nhận.",
    "terms.mode": "licence", "terms.exclusivity": "exclusive", "terms.territory": "VN", "terms.term_years": "5",
    "quorum": "2",
    "start_price": "1.000.000.000", "steps.0.since": "0", "steps.0.step": "50 000 000", "steps.1.since": "",
    "steps.1.step": "", "deposit": "100.000.000", "snipe_minutes": "5", "extend_minutes": "5",
}  # fmt: skip


@pytest.fixture
async def people(make_person: Any, make_organisation: Any) -> dict[str, Any]:
    """Browsers of an owner, two companies and an operator, each verified."""
    found = {n: await make_person("owner", await make_organisation(k)) for n, k in (("seller", "university"),)}
    for name in ("an", "binh"):
        found[name] = await make_person("owner", await make_organisation("company"))
    found["operator"] = await make_person(None, staff=["operator"])
    return found


async def test_an_auction_from_plan_to_result(people, client):
    listing_id = await m.publish(people["seller"].actor)
    b = {name: await p.browser() for name, p in people.items()}

    assert (await b["seller"].get(f"/listings/{listing_id}/rounds/new")).status_code == 200
    wrong = await b["seller"].post_form(f"/listings/{listing_id}/rounds/new", filled(ends_at=local(hours=1)))
    assert wrong.status_code == 422
    assert "mười ngày tại nhà máy" in wrong.text, "what was typed stays"
    made = await b["seller"].post_form(f"/listings/{listing_id}/rounds/new", filled())
    assert made.status_code == 303, made.text
    url = made.headers["location"]
    round_id = url.rsplit("/", 1)[-1]
    assert (await client.get(url)).status_code == 404
    assert (await b["seller"].get(f"{url}/edit")).status_code == 200

    refused = await b["seller"].post_form(f"{url}/announce", {"reserve": "1", "reserve_basis": ""})
    assert refused.status_code == 422
    done = await b["seller"].post_form(f"{url}/announce", {"reserve": "1.500.000.000", "reserve_basis": h.BASIS})
    assert done.status_code == 303, done.text
    for page in ("/rounds", url, f"{url}/live"):
        shown = await client.get(page)
        assert shown.status_code == 200
        assert "1.500.000.000" not in shown.text, "the reserve is kept"
    for name in ("an", "binh"):
        assert (await b[name].post_form(f"{url}/apply", {"message": ""})).status_code == 303
        shown = await b[name].post_form(f"{url}/deposit", {"evidence": "Ngân hàng X, giao dịch 7788"})
        assert shown.status_code == 303
    desk = await b["operator"].get("/rounds/desk")
    waiting = [f for f in forms(desk) if f.action.endswith(("/approve", "/confirm-deposit"))]
    assert len(waiting) == 4
    for f in waiting:
        assert (await b["operator"].submit(f)).status_code == 303

    await h.pass_time(round_id, hours=1, minutes=1)
    bid = form(await b["an"].get(url), f"{url}/bid")
    assert bid.fields["amount"] == "1000000000"
    again = await b["an"].submit(bid, amount="999")
    confirm = form(again, f"{url}/bid")
    late = await b["an"].submit(confirm)
    assert late.status_code == 409
    assert "1.000.000.000" in late.text
    asked = await b["an"].submit(bid, maximum="1.600.000.000")
    assert "Một tỷ đồng" in text(asked), "amounts are read back in words"
    confirm = form(asked, f"{url}/bid")
    assert (await b["an"].submit(confirm)).status_code == 303
    assert (await b["an"].submit(confirm)).status_code == 303, "the same form again is the same bid"
    assert await m.scalar("SELECT count(*) FROM round_bid") == 1
    assert "Bạn đang dẫn đầu" in (await b["an"].get(url)).text
    for name in ("binh", "seller", "operator"):
        assert "1.600.000.000" not in (await b[name].get(url)).text, "a maximum is its owner's"

    await h.pass_time(round_id, hours=3)
    result = await client.get(url)
    assert "Có người trúng" in result.text
    assert "1.500.000.000" in result.text
    assert people["an"].org.name in result.text
    assert people["binh"].org.name not in result.text
    open_data = (await client.get(f"/api/v1/rounds/{round_id}")).json()
    assert (open_data["status"], open_data["result_price"], open_data["deal_id"]) == ("awarded", 1_500_000_000, None)
    assert len(open_data["bids"]) == 1
    await m.sound()


async def test_sealed_bids_over_the_pages(people, make_person, client):
    listing_id = await m.publish(people["seller"].actor)
    b = {name: await p.browser() for name, p in people.items()}
    second = await make_person(None, staff=["operator"])
    b["second"] = await second.browser()
    for name in ("operator", "second"):
        short = await b[name].post_form("/account/officer-key", {"passphrase": h.PASSPHRASE, "repeat": "khac"})
        assert short.status_code == 422
        fields = {"passphrase": h.PASSPHRASE, "repeat": h.PASSPHRASE}
        assert (await b[name].post_form("/account/officer-key", fields)).status_code == 303
    url = (
        await b["seller"].post_form(f"/listings/{listing_id}/rounds/new", filled(kind="sealed", deposit=""))
    ).headers["location"]
    round_id = url.rsplit("/", 1)[-1]
    named = form(await b["operator"].get(f"{url}/officers"), f"{url}/officers")
    ids = [str(people["operator"].id), str(second.id)]
    assert (await b["operator"].submit(named, person_ids=ids)).status_code == 303
    done = await b["seller"].post_form(f"{url}/announce", {"reserve": "0", "reserve_basis": h.BASIS, "start_price": ""})
    assert done.status_code == 422, "the reserve lies below the starting price"
    done = await b["seller"].post_form(f"{url}/announce", {"reserve": "1000000000", "reserve_basis": h.BASIS})
    assert done.status_code == 303, done.text
    for name in ("an", "binh"):
        assert (await b[name].post_form(f"{url}/apply")).status_code == 303
    for f in [f for f in forms(await b["operator"].get("/rounds/desk")) if f.action.endswith("/approve")]:
        await b["operator"].submit(f)
    await h.pass_time(round_id, hours=1, minutes=1)
    sealing = form(await b["an"].get(url), f"{url}/seal")
    confirm = form(await b["an"].submit(sealing, amount="2.345.678.901"), f"{url}/seal")
    before = await m.scalar("SELECT seq FROM audit_head")
    answer = await b["an"].submit(confirm)
    assert answer.status_code == 201
    assert await m.scalar("SELECT seq FROM audit_head") == before
    digest = await m.scalar("SELECT sha256 FROM sealed_envelope")
    assert digest in answer.text.replace("<wbr>", "")
    assert "nằm trong phiên" in (await client.get(f"{url}/receipt?sha256={digest}")).text
    for name in ("binh", "seller", "operator"):
        shown = (await b[name].get(url)).text
        assert "2.345.678.901" not in shown
        assert digest[:16] not in shown
    await h.pass_time(round_id, hours=3)
    wrong = await b["operator"].post_form(f"{url}/turn-key", {"passphrase": "khong phai cau nay"})
    assert wrong.status_code == 422
    for name in ("operator", "second"):
        assert (await b[name].post_form(f"{url}/turn-key", {"passphrase": h.PASSPHRASE})).status_code == 303
    result = await client.get(url)
    assert "2.345.678.901" in result.text
    assert digest[:16] in result.text
    await m.sound()


async def test_an_announcement_with_an_objection(people, client):
    listing_id = await m.publish(people["seller"].actor)
    b = {name: await p.browser() for name, p in people.items()}
    await m.open_deal(people["an"].actor, listing_id)
    fields = filled(
        kind="announcement", intended_org_id=str(people["an"].org.id), intended_price="900000000",
        registration_until=local(minutes=-5),
    )  # fmt: skip
    url = (await b["seller"].post_form(f"/listings/{listing_id}/rounds/new", fields)).headers["location"]
    round_id = url.rsplit("/", 1)[-1]
    assert (await b["seller"].post_form(f"{url}/announce")).status_code == 303
    objection = {"text": "Giá dự kiến thấp hơn nhiều so với giá thị trường của công nghệ tương tự."}
    assert (await b["binh"].post_form(f"{url}/objections", {"text": "ngắn"})).status_code == 422
    assert (await b["binh"].post_form(f"{url}/objections", objection)).status_code == 303
    await h.pass_time(round_id, hours=4)
    await running.sweep()
    assert (await b["seller"].post_form(f"{url}/award")).status_code == 409, "objections come first"
    answer = next(f for f in forms(await b["seller"].get(url)) if f.action.endswith("/answer"))
    assert (await b["seller"].submit(answer, answer="Giá dựa trên chứng thư thẩm định.")).status_code == 303
    assert (await b["seller"].post_form(f"{url}/award")).status_code == 303
    shown = (await client.get(url)).text
    assert "chứng thư thẩm định" in shown
    assert people["an"].org.name in shown
    assert await m.scalar("SELECT agreed_value FROM deal WHERE buyer_org_id = :o", o=people["an"].org.id) == 900_000_000
    await m.sound()


async def test_pages_in_english(people, client):
    hall = await h.opened()
    await english.bid(hall.bidders[0], hall.round_id, h.offer(1000))
    client.cookies.set("locale", "en", domain="testserver.local", path="/")
    for path in ("/rounds", f"/rounds/{hall.round_id}", f"/rounds/{hall.round_id}/live"):
        assert (await client.get(path)).status_code == 200
