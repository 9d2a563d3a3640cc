"""A whole valuation case in Chromium: request, quote, acceptance, people, documents, work sheet, the second person's
review, report, signature, delivery."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.journeys.conftest import AXE, World, sent
from tests.journeys.test_in_the_browser import confirm, fill, press
from tests.support import registry
from tests.support.site import PASSWORD

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
FIRM, COLLEAGUE = "Hoàng Thị Định", "Bùi Văn Soát"
PDF = b"%PDF-1.7\n% the books of the journey\n%%EOF\n"


def firm_of(world: World) -> None:
    """A firm that offers estimates, with a second person who joined by invitation."""
    world.people |= {"firm": "dinhgia@thunghiem.example", "colleague": "soatxet@thunghiem.example"}
    firm = world.clients["firm"] = world.site.join(
        world.people["firm"], FIRM, "Công ty Định giá Thử nghiệm", "intermediary"
    )
    made = sent(firm.post("/providers", json={"kind": "organisation"}))["id"]
    sent(firm.patch(f"/providers/{made}", json=registry.PROFILE | {"services": registry.services("valuation")}))
    sent(firm.post(f"/providers/{made}/submit"))
    sent(world.clients["operator"].post(f"/providers/{made}/approve"))
    email = world.people["colleague"]
    world.site.santex("user", "add", email, COLLEAGUE, stdin=f"{PASSWORD}\n")
    sent(firm.post("/organisation/members", json={"email": email}))
    world.clients["colleague"] = world.site.enter(email)
    sent(world.clients["colleague"].post(f"/invitations/{token_of(world, email)}/accept"))


def token_of(world: World, email: str) -> str:
    """The invitation's, out of the mail that carried it."""
    for _ in range(120):
        for file in (world.site.folder / "mailbox").glob("*"):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            found = re.search(r"/invitations/([\w.-]+)", body.get_content()) if body else None
            if email in str(mail["To"]) and found:
                return found.group(1)
        time.sleep(0.25)
    raise AssertionError("the invitation never came")


def looked_at(page: Any) -> None:
    """Accessible, and no wider than a phone."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    assert [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found] == []
    page.set_viewport_size({"width": 320, "height": 900})
    over = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert over <= 0, f"{page.url} is {over} px too wide"


def yes(page: Any, text: str) -> None:
    press(page, text)
    confirm(page)
    page.wait_for_load_state()


def test_a_case_from_request_to_delivery(world: World, visit: Visit) -> None:
    firm_of(world)
    owner, firm, colleague = visit("university"), visit("firm"), visit("colleague")

    # --- request, quote, acceptance ---
    owner.goto(f"/listings/{world.ids['published']}/valuations")
    owner.get_by_role("link", name="Yêu cầu định giá", exact=True).click()
    assert owner.get_by_text("không phải chứng thư thẩm định giá").count()
    owner.select_option("[name=purpose]", "contribution")
    owner.get_by_label("Công ty Định giá Thử nghiệm").check(force=True)
    press(owner, "Gửi yêu cầu")
    owner.wait_for_url(re.compile(r"/valuations/[0-9a-f-]{36}$"))
    case = "/valuations/" + owner.url.rsplit("/", 1)[1]
    firm.goto(case)
    fill(firm, {"fee": "35.000.000", "days": "15"})
    press(firm, "Gửi báo giá")
    firm.wait_for_url(f"**{case}")
    owner.goto(case)
    assert "35.000.000" in owner.locator("main").inner_text()
    looked_at(owner)
    yes(owner, "Chấp nhận báo giá")

    # --- people, documents, the work sheet ---
    firm.goto(case)
    for name in (FIRM, COLLEAGUE):
        firm.get_by_label(name, exact=True).check(force=True)
    press(firm, "Phân công")
    firm.get_by_role("button", name="Bảng tính mới").wait_for()
    owner.goto(case)
    owner.select_option("[name=kind]", "financial")
    owner.set_input_files("[name=file]", {"name": "so.pdf", "mimeType": "application/pdf", "buffer": PDF})
    fill(owner, {"title": "Sổ chi phí nghiên cứu"})
    press(owner, "Thêm tài liệu")
    owner.get_by_role("link", name="Sổ chi phí nghiên cứu").wait_for()
    press(firm, "Bảng tính mới")
    firm.wait_for_url("**/sheets/1")
    firm.select_option("[name=method]", "reproduction_cost")
    press(firm, "Lưu bản nháp")
    firm.locator("[name='calculations.0.inputs.materials']").wait_for()
    firm.goto(f"{case}/evidence")
    firm.get_by_text("Không đủ mẫu").first.wait_for()
    looked_at(firm)
    firm.goto(f"{case}/sheets/1")
    fill(firm, {"calculations.0.inputs.materials": "1,2 tỷ"})
    press(firm, "Lưu và gửi soát xét")
    # An input without its origin is not sent on.
    firm.locator(".summary-errors").get_by_text("nguồn gốc").first.wait_for()
    firm.select_option("[name='calculations.0.notes.materials.origin']", "measured")
    firm.select_option("[name='calculations.0.notes.materials.evidence']", label="Sổ chi phí nghiên cứu")
    looked_at(firm)
    press(firm, "Lưu và gửi soát xét")
    firm.wait_for_url(f"**{case}")

    # --- the second person; never the author ---
    firm.goto(f"{case}/sheets/1")
    assert firm.get_by_role("button", name="Duyệt bảng tính").count() == 0
    colleague.goto(case)
    colleague.get_by_role("link", name="Bản 1").click()
    colleague.wait_for_url("**/sheets/1")
    colleague.get_by_text("Nhận xét", exact=True).first.click()
    fill(colleague, {"body": "Đã đối chiếu với sổ chi phí."})
    press(colleague, "Ghi nhận xét")
    colleague.get_by_text("Đã đối chiếu với sổ chi phí.").first.wait_for()
    looked_at(colleague)
    yes(colleague, "Duyệt bảng tính")

    # --- report, signature, delivery ---
    firm.goto(case)
    fill(firm, {"number": "01/2026/ĐG"})
    press(firm, "Lập báo cáo")
    firm.locator("[name=typed_name]").wait_for()
    owner.goto(case)
    assert owner.get_by_text("01/2026/ĐG").count() == 0, "the requester has the report from delivery on"
    fill(firm, {"typed_name": FIRM})
    press(firm, "Ký báo cáo")
    firm.get_by_role("button", name="Giao báo cáo").wait_for()
    yes(firm, "Giao báo cáo")
    owner.goto(case)
    text = owner.locator("main").inner_text()
    assert "01/2026/ĐG" in text
    assert FIRM in text
    assert owner.locator(".stat .value").first.inner_text().strip().endswith("₫")
    client = world.clients["university"]
    view = sent(client.get(case))
    files = {f["format"]: client.get(f"{case}/reports/{view['reports'][0]['id']}/{f['format']}") for f in
             view["reports"][0]["files"]}  # fmt: skip
    assert files.keys() == {"pdf", "xlsx", "json", "signed"}
    assert files["signed"].content.startswith(files["pdf"].content), "a signature is an update behind what was read"
    report = json.loads(files["json"].content)
    assert report["paper"]["calculations"][0]["inputs"]["materials"] == "1200000000"
    press(owner, "Xác nhận đã nhận báo cáo")
    owner.get_by_text("Bên yêu cầu đã nhận lúc").wait_for()
    looked_at(owner)
    firm.goto(f"{case}/evidence")
    firm.get_by_text("Không đủ mẫu").first.wait_for()
    looked_at(firm)
