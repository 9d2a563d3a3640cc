"""Pages: a mandate proposed, countered and signed by hand; a receipt downloaded and checked; nothing typed is lost."""

from __future__ import annotations

import json
from datetime import timedelta

from app.kit import clock
from tests.support import brokering as b
from tests.support import market as m
from tests.support.browser import form, text

TODAY = clock.today()


async def cast(make_person, make_organisation):
    seller = await make_person("owner", await make_organisation("university"))
    broker = await make_person("owner", await make_organisation("intermediary"))
    buyer = await make_person("owner", await make_organisation("company"))
    await b.offering(broker.actor)
    return seller, broker, buyer


async def test_the_way_of_a_mandate_and_its_introduction(db, make_person, make_organisation, client):
    seller, broker, buyer = await cast(make_person, make_organisation)
    listing = await m.publish(seller.actor, funding="state")
    here = await seller.browser()
    page = await here.get("/mandates/new")
    sheet = form(page, "/mandates")
    wrong = await here.submit(
        sheet, **{
            "broker_org_id": str(broker.org.id), "commission.tiers.0.percent": "12", "scope.kind": "subjects",
            "scope.listing_ids": str(listing), "duties": "Gặp năm doanh nghiệp.",
        },
    )  # fmt: skip
    assert wrong.status_code == 422
    assert "08/2014" in text(wrong)
    kept = form(wrong, "/mandates").fields
    assert (kept["commission.tiers.0.percent"], kept["duties"]) == ("12", "Gặp năm doanh nghiệp.")
    assert kept["scope.listing_ids"] == str(listing)
    right = await here.submit(form(wrong, "/mandates"), **{"commission.tiers.0.percent": "8"})
    assert right.status_code == 303
    address = right.headers["location"]

    there = await broker.browser()
    page = await there.get(f"{address}/counter")
    sent = await there.submit(form(page, f"{address}/counter"), ends_on=str(TODAY + timedelta(days=90)))
    assert sent.headers["location"] == address
    for browser in (there, here):
        page = await browser.get(address)
        assert (await browser.submit(form(page, f"{address}/sign"))).status_code == 303
    page = await here.get(address)
    assert "Đang hiệu lực" in text(page)
    assert "ngân sách nhà nước" in text(page)

    page = await there.get(f"/introductions/new?mandate={address.rsplit('/', 1)[1]}")
    sheet = form(page, "/introductions")
    lost = await there.submit(sheet, subject=str(listing), party="Không có ai tên này", message="Rất hợp với xưởng.")
    assert lost.status_code == 422
    assert form(lost, "/introductions").fields["message"] == "Rất hợp với xưởng."
    sealed = await there.submit(form(lost, "/introductions"), party=buyer.org.name)
    assert sealed.status_code == 303
    receipt = await there.get(f"{sealed.headers['location']}/receipt")
    assert "attachment" in receipt.headers["content-disposition"]

    checked = await client.post_form("/introductions/verify", {"receipt": receipt.text})
    assert "Khớp với niêm phong" in text(checked)
    file = {"file": ("bien-nhan.json", receipt.content, "application/json")}
    checked = await client.post_form("/introductions/verify", {"receipt": ""}, files=file)
    assert "Khớp với niêm phong" in text(checked)
    forged = json.loads(receipt.text)
    forged["payload"]["introduced"]["name"] = "Công ty Khác"
    checked = await client.post_form("/introductions/verify", {"receipt": json.dumps(forged)})
    assert "biên nhận đã bị sửa" in text(checked)
    for nonsense in ("", "xin chào", "[" * 19_000, "{}", '{"payload": 1}', "x" * 30_000):
        assert (await client.post_form("/introductions/verify", {"receipt": nonsense})).status_code == 422

    other = await buyer.browser()
    page = await other.get(sealed.headers["location"])
    said = await other.submit(form(page, f"{sealed.headers['location']}/accept"))
    assert said.headers["location"].startswith("/deals/")
    assert (await other.get(f"{said.headers['location']}/people")).status_code == 200


async def test_figures_as_a_table_to_keep(db, make_person, make_organisation):
    _, broker, _ = await cast(make_person, make_organisation)
    here = await broker.browser()
    page = await here.get("/brokerage/indicators")
    assert "Chỉ số môi giới" in text(page)
    kept = await here.get("/brokerage/indicators/export")
    rows = kept.content.decode("utf-8-sig").splitlines()
    assert rows[0].startswith("Bên môi giới,Chỉ số,Giá trị")
    assert len(rows) > 10
    wrong = await here.get("/brokerage/indicators?since=2026-12-01&until=2026-11-01")
    assert wrong.status_code == 422
