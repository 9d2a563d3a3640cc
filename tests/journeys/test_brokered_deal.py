"""From a match to agreed terms in Chromium: a broker, the agreement, the room, two counters, the acceptance."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import World, sent
from tests.journeys.test_in_the_browser import confirm, fill, press
from tests.support import demand, market, secrets

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
TITLE = "Lò hơi tầng sôi đốt trấu cho nhà máy nhuộm"
NEED = "Thay than bằng nhiên liệu sinh khối cho lò hơi nhà máy nhuộm"


def matched(world: World) -> tuple[str, str]:
    """(need, listing) that the worker has matched, named on both sides."""
    university, company, operator = (world.clients[who] for who in ("university", "company", "operator"))
    listing: str = sent(university.post("/listings", json={"title_vi": TITLE}))["id"]
    story = {
        "title_vi": TITLE,
        "summary_vi": "Lò hơi tầng sôi đốt trấu, sinh khối thay than cho nhà máy dệt nhuộm, giảm chi phí. " * 2,
        "problem_vi": "Nhà máy nhuộm dùng lò hơi đốt than, chi phí và phát thải đều cao, cần sinh khối. " * 3,
    }  # fmt: skip
    sent(university.patch(f"/listings/{listing}", json=market.CONTENT | story))
    sent(university.post(f"/listings/{listing}/submit"))
    scores = {"advantages": 4, "clarity": 4, "cooperation": 4, "language": 4, "screening": "clear"}
    sent(operator.post(f"/listings/{listing}/approve", json=scores))
    need: str = sent(company.post("/needs", json={"title": NEED}))["id"]
    asked = {"title": NEED, "deadline": demand.deadline().isoformat(), "field": market.CONTENT["field"]}
    sent(company.patch(f"/needs/{need}", json=demand.NEED | asked))
    sent(company.post(f"/needs/{need}/submit"))
    sent(operator.post(f"/needs/{need}/approve"))
    for _ in range(120):
        if any(m["listing"]["id"] == listing for m in sent(company.get(f"/needs/{need}/matches"))["items"]):
            return need, listing
        time.sleep(0.5)
    raise AssertionError("the worker found no match")


def sign(page: Any, name: str) -> None:
    fill(page, {"typed_name": name})
    page.get_by_role("button", name="Tôi đã đọc và ký").first.click()
    page.wait_for_load_state()


def test_from_match_to_accepted_terms(world: World, visit: Visit) -> None:
    need, listing = matched(world)
    company, university, broker = visit("company"), visit("university"), visit("second_broker")

    # --- the match leads to the deal ---
    company.goto(f"/needs/{need}/matches")
    company.locator(f"main a[href='/listings/{listing}']").first.click()
    company.get_by_role("link", name="Gửi quan tâm").first.click()
    fill(company, {"message": "Chúng tôi muốn thay lò đốt than bằng lò đốt trấu cho hai dây chuyền nhuộm."})
    press(company, "Gửi quan tâm")
    company.wait_for_url("**/deals/*")
    deal = "/deals/" + company.url.split("/deals/")[1].split("?")[0]

    # --- the seller's broker comes in, and binds nobody ---
    broker.goto(deal)
    assert broker.locator("h1").inner_text() != TITLE, "a broker who takes no part sees nothing"
    university.goto(f"{deal}/people")
    university.select_option("[name=org_id]", world.ids["second_broker"])
    press(university, "Mời tham gia")
    university.wait_for_load_state()
    broker.goto(deal)
    assert TITLE in broker.locator("h1").inner_text()
    assert broker.locator(f"a[href='{deal}/offers/new']").count() == 0

    # --- the agreement: both sign, the broker adheres ---
    company.goto(f"{deal}/ndas/new")
    fill(company, {"purpose": "đánh giá khả năng thay lò hơi đốt than tại nhà máy nhuộm", "term_months": "24"})
    press(company, "Gửi để hai bên ký")
    company.goto(f"{deal}/room")
    nda = company.locator("main a[href^='/ndas/']").first.get_attribute("href")
    for page, name in ((company, "Lê Văn Bình"), (university, "Trần Thị Hoa"), (broker, "Đinh Văn Giới")):
        page.goto(nda)
        sign(page, name)
    company.goto(nda)
    assert company.locator(".status", has_text="hiệu lực").count()

    # --- the room: put in, opened, read with the reader's mark ---
    university.goto(f"/listings/{listing}/room")
    upload = university.locator("form[action$='/room/documents']")
    upload.locator("[name=title]").fill("Sơ đồ lò hơi")
    upload.locator("[name=file]").set_input_files(
        {"name": "so-do.pdf", "mimeType": "application/pdf", "buffer": secrets.pdf(1)}
    )
    upload.locator("button[type=submit]").click()
    university.get_by_text("Sơ đồ lò hơi").first.wait_for()
    company.goto(f"{deal}/room")
    assert company.get_by_text("Sơ đồ lò hơi").count() == 0, "not opened yet"
    university.goto(f"{deal}/room")
    university.locator("form[action$='/room/grants'] button[type=submit]").first.click()
    university.wait_for_load_state()
    company.goto(f"{deal}/room")
    company.locator("main a[href*='/room/documents/']").first.click()
    page_one = company.locator(".room-pages img").first
    for _ in range(100):  # a page is drawn anew for each reader
        if page_one.evaluate("image => image.naturalWidth") > 0:
            break
        company.wait_for_timeout(300)
    else:
        raise AssertionError("the page never came")
    university.goto(f"/listings/{listing}/room/log")
    assert university.locator("main table", has_text="Lê Văn Bình").count()

    # --- an offer and two counters, agreed ---
    company.goto(f"{deal}/offers/new")
    fill(company, {"terms.term_years": "5", "terms.upfront": "400.000.000"})
    press(company, "Gửi đề nghị")
    company.wait_for_url(f"**{deal}*")
    for page, price in ((university, "600000000"), (company, "500000000")):
        page.goto(deal)
        assert page.get_by_text("Đến lượt bạn trả lời").count()
        page.locator("a[href$='/counter']").first.click()
        fill(page, {"terms.upfront": price})
        press(page, "Gửi phản hồi")
        page.wait_for_url(f"**{deal}*")
    broker.goto(deal)
    assert "500.000.000" in broker.locator("main").inner_text()
    university.goto(deal)
    university.locator("a[href$='/accept']").first.click()
    university.locator("form[action$='/accept'] button").click()
    confirm(university)
    university.wait_for_url(f"**{deal}*")
    assert university.get_by_text("Hai bên đã thống nhất điều khoản").count()
    rounds = sent(world.clients["company"].get(f"{deal}/offers"))["items"]
    assert [r["status"] for r in rounds] == ["countered", "countered", "accepted"]
