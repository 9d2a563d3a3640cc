"""The main job in Chromium: three people in three browsers, and the Department looking on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import World
from tests.support.site import PASSWORD

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
Shoot = Callable[[Any, str], None]

STORY = {
    "summary_vi": "Mô hình học máy dự báo độ mặn trước 7 ngày cho từng trạm bơm, sai số dưới 0,4 g/l. " * 2,
    "keywords": "trí tuệ nhân tạo, xâm nhập mặn, dự báo",
}
PROBLEM = {
    "problem_vi": "Trạm bơm lấy nước theo lịch cố định nên nhiều ngày bơm nhầm nước mặn vào đồng ruộng. " * 2,
    "solution_vi": "Mô hình ghép dữ liệu triều, gió và lưu lượng, tính lại mỗi giờ và gửi lịch bơm cho từng trạm. " * 3,
    "advantages_vi": "- Giảm 60 % số giờ bơm nước mặn\n- Chạy trên máy tính thường\n- Báo trước 7 ngày",
}


def press(page: Any, text: str) -> None:
    page.get_by_role("button", name=text, exact=True).first.click()


def join(page: Any, name: str, organisation: str, kind: str, email: str) -> None:
    page.goto("/sign-up")
    for field, value in (("name", name), ("email", email), ("password", PASSWORD), ("organisation", organisation)):
        page.fill(f"form[action='/sign-up'] [name={field}]", value)
    page.check(f"[name=kind][value={kind}]", force=True)
    page.click("form[action='/sign-up'] button[type=submit]")
    page.wait_for_url(lambda url: "/sign-up" not in url)


def fill(page: Any, values: dict[str, str]) -> None:
    for name, value in values.items():
        page.fill(f"main [name='{name}']", value)


def onward(page: Any) -> None:
    """Save this step of the form and go to the next."""
    before = page.url
    press(page, "Lưu và tiếp tục")
    page.wait_for_url(lambda url: url != before)
    assert page.locator(".summary-errors").count() == 0, page.locator(".summary-errors").inner_text()


def write_listing(page: Any, title: str) -> str:
    page.goto("/listings/new")
    fill(page, {"title_vi": title})
    press(page, "Tạo bản nháp")
    page.wait_for_url("**/edit/introduction")
    listing_id = page.url.split("/listings/")[1].split("/")[0]
    fill(page, STORY)
    page.select_option("[name=field]", index=1)
    onward(page)
    fill(page, PROBLEM)
    onward(page)
    page.check("[name=trl][value='7']", force=True)
    fill(page, {"trl_evidence_vi": "Thử ở bốn trạm bơm tại Bến Tre trong mùa khô 2025."})
    onward(page)
    fill(page, {"owners.0.name": "Trường Đại học Thử nghiệm", "owners.0.share": "100"})
    onward(page)
    page.select_option("[name='offers.0.mode']", "licence")
    fill(page, {"cooperation_vi": "Tìm doanh nghiệp vận hành trạm bơm để chạy thử một mùa khô."})
    onward(page)
    page.goto(f"/listings/{listing_id}/edit/check")
    press(page, "Gửi duyệt")
    page.wait_for_load_state()
    return str(listing_id)


def confirm(page: Any) -> None:
    """Answer yes to the question that scripts put before an act that binds."""
    dialog = page.locator("#confirm[open]")
    if dialog.count():
        dialog.locator("button[value=yes], button.primary, button.danger").first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_whole_job(visit: Visit, world: World, shoot: Shoot, scripts: bool) -> None:
    tag, options = ("js" if scripts else "plain"), {"java_script_enabled": scripts}
    university, company = visit(**options), visit(**options)
    operator, department = visit("operator", **options), visit("department", **options)
    title = f"Trí tuệ nhân tạo dự báo xâm nhập mặn ({tag})"

    join(university, "Vũ Thị Lan", f"Viện Thủy lợi {tag}", "institute", f"lan-{tag}@thunghiem.example")
    listing_id = write_listing(university, title)
    shoot(university, f"job-{tag}-submitted")

    # --- the operator lets it through ---
    operator.goto("/review")
    operator.get_by_role("link", name=title).first.click()
    operator.wait_for_url(f"**/review/{listing_id}")
    for score in ("advantages", "clarity", "cooperation", "language"):
        operator.check(f"[name={score}][value='4']", force=True)
    operator.check("[name=screening][value=clear]", force=True)
    press(operator, "Duyệt đăng")
    operator.wait_for_load_state()

    # --- the enterprise finds it without diacritics and shows interest ---
    join(company, "Đỗ Văn Minh", f"Công ty Thủy nông {tag}", "company", f"minh-{tag}@thunghiem.example")
    for _ in range(30):  # until the worker has indexed it
        company.goto(f"/listings?q=tri+tue+nhan+tao+{tag}")
        if company.get_by_role("link", name=title).count():
            break
        company.wait_for_timeout(300)
    shoot(company, f"job-{tag}-found")
    company.get_by_role("link", name=title).first.click()
    company.get_by_role("link", name="Gửi quan tâm").first.click()
    fill(company, {"message": "Chúng tôi vận hành 12 trạm bơm ở Bến Tre, cần dự báo mặn trước 7 ngày."})
    press(company, "Gửi quan tâm")
    company.wait_for_url("**/deals/*")
    deal = company.url.split("?")[0]

    # --- offer, counter, acceptance ---
    company.goto(f"{deal}/offers/new")
    company.select_option("[name='terms.exclusivity']", "exclusive")
    fill(company, {"terms.term_years": "5", "terms.upfront": "400.000.000"})
    press(company, "Gửi đề nghị")
    company.wait_for_url(deal)
    university.goto(deal)
    university.locator("a[href$='/counter']").first.click()
    fill(university, {"terms.upfront": "550000000", "terms.training_days": "20"})
    press(university, "Gửi phản hồi")
    university.wait_for_url(deal)
    shoot(university, f"job-{tag}-room")
    company.goto(deal)
    assert company.get_by_text("Đến lượt bạn trả lời").count()
    company.locator("a[href$='/accept']").first.click()
    company.locator("form[action$='/accept'] button").click()
    confirm(company)
    company.wait_for_url(deal)
    assert company.get_by_text("Hai bên đã thống nhất điều khoản").count()

    # --- the Department sees the deal, by a figure that opens ---
    department.goto("/statistics")
    department.locator("main a[href*='figure=agreements']").first.click()
    department.wait_for_url("**/statistics/deals?**")
    row = department.locator("main table tr", has_text=title)
    assert row.count() == 1
    assert row.locator("a[href^='/deals/']").get_attribute("href") == deal.removeprefix(deal.split("/deals/")[0])
    department.goto(deal)
    assert department.url == deal
    seen = department.locator("main").inner_text()
    assert title in seen
    assert "Điều khoản là của hai bên" in seen, "terms belong to the parties"
    shoot(department, f"job-{tag}-department")
