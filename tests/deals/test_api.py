"""A deal over the JSON API, from the first interest to the confirmed contract, with its refusals."""

from __future__ import annotations

import hashlib

import pytest

from app.accounts import accounts
from app.accounts.schemas import CreateKey
from app.kit.ids import new_id
from tests.support import market as m

API = "/api/v1"
LICENCE = {**m.TERMS, "upfront": "500.000.000"}


@pytest.fixture
async def sides(make_organisation, make_person):
    seller = await make_person("owner", await make_organisation(kind="university"))
    buyer = await make_person()
    return seller, buyer, await m.publish(seller.actor)


def problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    return body


def ok(answer, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    return answer.json()


async def refused(call, status: int, code: str) -> dict:
    """The call answers with this problem, and nothing moved."""
    before = await m.traces()
    body = problem(await call, status, code)
    assert await m.traces() == before
    return body


async def test_from_interest_to_contract(sides, make_person, open_browser, drain, mails):
    seller_person, buyer_person, listing_id = sides
    seller, buyer, nobody = seller_person.api(), buyer_person.api(), open_browser()
    member = (await make_person("member", buyer_person.org)).api()
    stranger = (await make_person()).api()

    # Interest.
    to_interest = f"{API}/listings/{listing_id}/interest"
    words = {"message": m.MESSAGE, "intended_use": "Trạm nước ở Cần Giờ"}
    await refused(nobody.post(to_interest, json=words), 401, "sign_in_required")
    await refused(seller.post(to_interest, json=words), 403, "deal.own_listing")
    short = await refused(buyer.post(to_interest, json={"message": "ngắn"}), 422, "invalid")
    assert [e["field"] for e in short["errors"]] == ["message"]
    await refused(buyer.post(f"{API}/listings/{new_id()}/interest", json=words), 404, "not_found")
    deal = ok(await member.post(to_interest, json=words), 201)
    assert (deal["status"], deal["side"], deal["turn"], deal["evidence_level"]) == ("interested", "buyer", "seller", 0)
    assert ok(await buyer.post(to_interest, json=words), 201)["id"] == deal["id"]
    at = f"{API}/deals/{deal['id']}"
    assert [d["id"] for d in ok(await seller.get(f"{API}/deals"))["items"]] == [deal["id"]]

    # The first offer.
    offer = {"terms": LICENCE, "note": "Trả trong 30 ngày", "valid_days": 10}
    await refused(stranger.post(f"{at}/offers", json=offer), 404, "not_found")
    await refused(member.post(f"{at}/offers", json=offer), 403, "forbidden")
    await refused(nobody.post(f"{at}/offers", json=offer), 404, "not_found")
    wrong = {"terms": {"mode": "licence", "royalty_percent": "3,5", "upfront": -1}, "valid_days": 0}
    body = await refused(buyer.post(f"{at}/offers", json=wrong), 422, "invalid")
    assert {e["field"] for e in body["errors"]} >= {"terms.upfront", "valid_days"}
    room = ok(await buyer.post(f"{at}/offers", json=offer), 201)
    [first] = room["offers"]
    assert (first["round"], first["side"], first["value"], first["actions"]) == (1, "buyer", 500_000_000, ["withdraw"])
    assert not room["may_send"]

    # The counter-offer.
    to_first = f"{API}/offers/{first['id']}"
    await refused(buyer.post(f"{to_first}/accept"), 403, "offer.own")
    await refused(seller.post(f"{at}/offers", json=offer), 409, "offer.not_your_turn")
    await refused(seller.post(f"{to_first}/counter", json=offer), 422, "offer.nothing_changed")
    await refused(stranger.post(f"{to_first}/accept"), 404, "not_found")
    await refused(seller.post(f"{to_first}/withdraw", json={"reason_code": "other"}), 403, "offer.not_own")
    body = await refused(seller.post(f"{to_first}/decline", json={"reason_code": "because"}), 422, "invalid")
    assert [e["field"] for e in body["errors"]] == ["reason_code"]
    better = {"terms": {**LICENCE, "upfront": 600_000_000, "exclusivity": "exclusive"}}
    room = ok(await seller.post(f"{to_first}/counter", json=better), 201)
    second = room["offers"][-1]
    assert [o["status"] for o in room["offers"]] == ["countered", "open"]
    assert second["changed"] == ["exclusivity", "upfront"]
    assert {c["term"]: (c["before"], c["after"]) for c in room["difference"] if c["kind"] == "changed"} == {
        "exclusivity": ("non_exclusive", "exclusive"),
        "upfront": (500_000_000, 600_000_000),
    }

    # Acceptance.
    await refused(member.post(f"{API}/offers/{second['id']}/accept"), 403, "forbidden")
    await refused(seller.post(f"{to_first}/accept"), 409, "offer.not_now")
    room = ok(await buyer.post(f"{API}/offers/{second['id']}/accept"))
    deal = room["deal"]
    assert (deal["status"], deal["evidence_level"], deal["agreed_value"]) == ("agreed", 1, 600_000_000)
    assert deal["agreed_offer_id"] == second["id"]
    assert deal["listing"]["status"] == "reserved"
    await refused(buyer.post(f"{API}/offers/{second['id']}/accept"), 409, "offer.not_now")
    body = await refused(stranger.post(to_interest, json=words), 409, "listing.not_offered")
    english = await stranger.post(to_interest, json=words, headers={"Accept-Language": "en"})
    assert problem(english, 409, "listing.not_offered")["detail"] != body["detail"]

    # The contract.
    paper = {"number": "01/2026/HĐCN", "signed_on": str(m.clock.today()), "value": "600.000.000"}
    pdf, text = ("hop-dong.pdf", m.PDF, "application/pdf"), ("hop-dong.pdf", b"not one", "application/pdf")
    await refused(seller.post(f"{at}/confirm-contract"), 403, "deal.other_side_confirms")
    body = await refused(buyer.post(f"{at}/report-contract", data=paper, files={"file": text}), 422, "invalid")
    assert [e["field"] for e in body["errors"]] == ["file"]
    future = paper | {"signed_on": "2999-01-01"}
    body = await refused(buyer.post(f"{at}/report-contract", data=future, files={"file": pdf}), 422, "invalid")
    assert [e["field"] for e in body["errors"]] == ["signed_on"]
    await refused(buyer.post(f"{at}/report-contract", data=paper), 422, "invalid")
    deal = ok(await buyer.post(f"{at}/report-contract", data=paper, files={"file": pdf}))
    evidence = deal["evidence"][-1]
    assert (evidence["status"], evidence["value"], deal["evidence_level"]) == ("reported", 600_000_000, 1)
    assert evidence["sha256"] == hashlib.sha256(m.PDF).hexdigest()
    file = await seller.get(f"{at}/evidence/{evidence['id']}")
    assert (file.status_code, file.content, file.headers["content-type"]) == (200, m.PDF, "application/pdf")
    await refused(stranger.get(f"{at}/evidence/{evidence['id']}"), 404, "not_found")
    await refused(buyer.post(f"{at}/confirm-contract"), 403, "deal.other_side_confirms")
    await refused(seller.post(f"{at}/dispute-contract", json={"reason": "sai"}), 422, "invalid")
    deal = ok(await seller.post(f"{at}/dispute-contract", json={"reason": "Thiếu phụ lục số 2."}))
    assert deal["evidence"][-1]["status"] == "disputed"
    ok(await buyer.post(f"{at}/report-contract", data=paper, files={"file": pdf}))
    deal = ok(await seller.post(f"{at}/confirm-contract"))
    assert (deal["status"], deal["evidence_level"], deal["turn"]) == ("contracted", 2, None)
    await refused(buyer.post(f"{at}/close", json={"reason_code": "other"}), 409, "deal.not_now")

    actions = [e["action"] for e in ok(await buyer.get(f"{at}/room"))["timeline"]]
    assert actions == ["express_interest", "send", "negotiate", "counter", "send", "accept", "agree", "contract"]
    assert await m.scalar("SELECT amount FROM deal_transaction") == 600_000_000
    await drain()
    assert len(mails(seller_person.email)) >= 5
    await m.sound()


async def test_closing_over_the_api(sides, make_person):
    seller_person, buyer_person, listing_id = sides
    seller, buyer = seller_person.api(), buyer_person.api()
    deal_id = await m.open_deal(buyer_person.actor, listing_id)
    at = f"{API}/deals/{deal_id}"
    body = await refused(buyer.post(f"{at}/close", json={"reason_code": "because"}), 422, "invalid")
    assert [e["field"] for e in body["errors"]] == ["reason_code"]
    await refused((await make_person()).api().post(f"{at}/close", json={"reason_code": "price"}), 404, "not_found")
    deal = ok(await seller.post(f"{at}/close", json={"reason_code": "too_early", "reason": "Cần thêm một năm."}))
    assert (deal["status"], deal["reason_code"], deal["actions"]) == ("closed", "too_early", [])
    await refused(buyer.post(f"{at}/offers", json={"terms": LICENCE}), 409, "deal.not_now")
    last = ok(await buyer.get(f"{at}/timeline"))["items"][-1]
    assert (last["action"], last["reason"]) == ("close", "Cần thêm một năm.")


async def test_the_department_reads_deals_but_not_terms(sides, make_person):
    seller_person, buyer_person, listing_id = sides
    official = (await make_person(None, staff=["department"])).api()
    deal_id = await m.open_deal(buyer_person.actor, listing_id)
    offer_id = await m.send_offer(seller_person.actor, deal_id)
    assert ok(await official.get(f"{API}/deals/{deal_id}"))["status"] == "negotiating"
    assert ok(await official.get(f"{API}/deals/{deal_id}/offers"))["items"] == []
    assert "upfront" not in (await official.get(f"{API}/deals/{deal_id}/room")).text
    for call in (
        official.post(f"{API}/offers/{offer_id}/accept"),
        official.post(f"{API}/deals/{deal_id}/close", json={"reason_code": "price"}),
    ):
        problem(await call, 403, "forbidden")


async def test_a_reading_key_reads(sides):
    _, buyer_person, listing_id = sides
    made = await accounts.create_key(buyer_person.actor, CreateKey(name="đọc", read_only=True))
    deal_id = await m.open_deal(buyer_person.actor, listing_id)
    reader = buyer_person.api(made.key)
    assert ok(await reader.get(f"{API}/deals/{deal_id}"))["id"] == str(deal_id)
    await refused(reader.post(f"{API}/deals/{deal_id}/offers", json={"terms": LICENCE}), 403, "read_only_key")
