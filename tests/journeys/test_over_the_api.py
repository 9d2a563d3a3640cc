"""The main job over the API: a university lists, the operator lets it through, an enterprise finds it, shows interest
and makes an offer; the university counters; the enterprise accepts; contract; the Department sees the deal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from tests.support import market
from tests.support.browser import Browser
from tests.support.people import Person

Make = Callable[..., Awaitable[Person]]
V1 = "/api/v1"
PASSWORD = "mot cau dai de nho 2026"


async def join(client: httpx2.AsyncClient, name: str, kind: str) -> httpx2.AsyncClient:
    """Sign up and ask for a key, as a program's author would."""
    email = f"{kind}@thunghiem.example"
    account = {"name": name, "email": email, "password": PASSWORD, "organisation": f"{name} – tổ chức", "kind": kind}
    made = await client.post(f"{V1}/accounts", json=account)
    assert made.status_code == 201, made.text
    key = await client.post(f"{V1}/tokens", json={"email": email, "password": PASSWORD, "name": "chương trình"})
    assert key.status_code == 201, key.text
    client.headers["Authorization"] = f"Bearer {key.json()['key']}"
    return client


async def ok(answer: Awaitable[httpx2.Response], status: int = 200) -> Any:
    found = await answer
    assert found.status_code == status, f"{found.request.method} {found.request.url}: {found.text}"
    return found.json() if found.content else None


async def test_the_whole_job(
    open_browser: Callable[[], Browser],
    make_person: Make,
    drain: Callable[[], Awaitable[None]],
    mails: Callable[..., list[Any]],
) -> None:
    university = await join(open_browser(), "Trần Thị Hoa", "university")
    company = await join(open_browser(), "Lê Văn Bình", "company")
    operator = (await make_person(role=None, staff=["operator"])).api()
    department = (await make_person(role=None, staff=["department"])).api()
    anyone = open_browser()

    # --- the university lists ---
    draft = await ok(university.post(f"{V1}/listings", json={"title_vi": "Trí tuệ nhân tạo dự báo xâm nhập mặn"}), 201)
    listing = f"{V1}/listings/{draft['id']}"
    content = market.CONTENT | {"title_vi": "Trí tuệ nhân tạo dự báo xâm nhập mặn", "field": "1"}
    await ok(university.patch(listing, json=content))
    picture = {"file": ("so-do.pdf", market.PDF, "application/pdf")}
    await ok(university.post(f"{listing}/files", data={"tier": "registered"}, files=picture), 201)
    assert (await company.get(listing)).status_code == 404, "a draft is nobody else's business"
    await ok(university.post(f"{listing}/submit"))

    # --- the operator lets it through ---
    queue = await ok(operator.get(f"{V1}/review/listings"))
    assert [item["id"] for item in queue["items"]] == [draft["id"]]
    scores = {"advantages": 4, "clarity": 5, "cooperation": 4, "language": 5, "screening": "clear"}
    await ok(operator.post(f"{listing}/approve", json=scores))
    await drain()

    # --- the enterprise finds it, without diacritics ---
    for q in ("tri tue nhan tao", "trí tuệ nhân tạo", "TRI TUE"):
        found = await ok(anyone.get(f"{V1}/listings", params={"q": q}))
        assert [item["id"] for item in found["items"]] == [draft["id"]], q
    seen = await ok(company.get(listing))
    assert seen["status"] == "published"

    # --- interest, offer, counter, acceptance ---
    interest = {"message": "Chúng tôi vận hành 12 trạm bơm ở Bến Tre và cần dự báo mặn trước 7 ngày."}
    deal = await ok(company.post(f"{listing}/interest", json=interest), 201)
    here = f"{V1}/deals/{deal['id']}"
    assert (deal["status"], deal["evidence_level"]) == ("interested", 0)
    terms = market.TERMS | {"exclusivity": "exclusive", "upfront": 400_000_000}
    room = await ok(company.post(f"{here}/offers", json={"terms": terms, "valid_days": 14}), 201)
    first = room["offers"][-1]["id"]
    assert (await company.post(f"{V1}/offers/{first}/accept")).status_code == 403, "nobody accepts their own offer"
    countered = terms | {"upfront": 550_000_000, "training_days": 20}
    counter = {"terms": countered, "valid_days": 14, "note": "Thêm 10 ngày đào tạo."}
    room = await ok(university.post(f"{V1}/offers/{first}/counter", json=counter), 201)
    second = room["offers"][-1]["id"]
    changed = {c["term"] for c in room["difference"] if c["kind"] != "same"}
    assert changed == {"upfront", "training_days"}
    room = await ok(company.post(f"{V1}/offers/{second}/accept"))
    assert (room["deal"]["status"], room["deal"]["evidence_level"]) == ("agreed", 1)
    assert (await ok(anyone.get(listing)))["status"] == "reserved"
    again = await company.post(f"{V1}/offers/{second}/accept")
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")

    # --- the contract ---
    contract = {"number": "05/2026/HĐCN", "signed_on": "2026-03-01", "value": "550000000"}
    file = {"file": ("hop-dong.pdf", market.PDF, "application/pdf")}
    await ok(company.post(f"{here}/report-contract", data=contract, files=file))
    done = await ok(university.post(f"{here}/confirm-contract"))
    assert (done["status"], done["evidence_level"]) == ("contracted", 2)

    # --- the Department's figures, each a door to the deal ---
    report = await ok(department.get(f"{V1}/statistics"))
    figures = {f["key"]: f["value"] for f in report["figures"]}
    assert (figures["interests"], figures["agreements"], figures["contracts"]) == (1, 1, 1)
    assert figures["value"] == 550_000_000
    rows = await ok(department.get(f"{V1}/statistics/deals", params={"figure": "contracts"}))
    assert len(rows["items"]) == 1
    assert (await company.get(f"{V1}/statistics")).status_code == 403

    # --- what everybody was told, and that all of it holds ---
    await drain()
    told = {m.subject.split(":")[0] for m in mails()}
    assert len(told) >= 4, told
    actions = [e["action"] for e in (await ok(company.get(f"{here}/room")))["timeline"]]
    for action in ("express_interest", "send", "counter", "accept", "agree", "contract"):
        assert action in actions
    await market.sound()
