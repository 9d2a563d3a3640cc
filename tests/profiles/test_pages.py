"""The pages: what was typed stays, what is not official is said so, and each reader is led where they may go."""

from __future__ import annotations

import re

import pytest

from app.kit import clock
from app.profiles import profiles, scoring
from tests.profiles import sector
from tests.profiles.sector import YEAR
from tests.support import market as m

pytestmark = pytest.mark.usefixtures("db")
EDIT = f"/account/profile/{YEAR}/edit"


async def test_a_profile_from_the_first_page_to_the_declared_sheet(make_person):
    boss = await make_person("owner")
    browser = await boss.browser()
    assert f'href="{EDIT}/sector"' in (await browser.get("/account/profile")).text
    saved = await browser.post_form(f"{EDIT}/sector", {"section": "C", "division": "10"})
    assert saved.headers["location"] == f"{EDIT}/T"
    typed = {
        "answers.T1.value": "8",
        "answers.T5.value": "4,5",
        "answers.T7.value": "lines",
        "answers.T4.value": "120.000.000",
    }
    saved = await browser.post_form(f"{EDIT}/T", {**typed, "answers.T1.note": "Sổ tài sản", "answers.T2.value": ""})
    assert saved.headers["location"] == f"{EDIT}/E"
    last = await browser.post_form(f"{EDIT}/I", {"answers.I25.value": "2"})
    assert last.headers["location"] == f"/account/profile/{YEAR}"
    sheet = (await browser.get(f"/account/profile/{YEAR}")).text
    assert "C.10 · Công nghiệp chế biến, chế tạo" in sheet
    assert "120.000.000\u00a0₫ / một lao động" in sheet
    assert "Dây chuyền tự động từng công đoạn" in sheet
    assert "chưa được nạp" in sheet
    assert sheet.count("chưa đối chiếu)") == 26
    assert (await browser.post_form(f"/account/profile/{YEAR}/declare")).status_code == 303
    again = await browser.post_form(f"/account/profile/{YEAR}/declare")
    assert again.status_code == 409
    assert "Mở lại để sửa" in again.text


async def test_every_question_says_that_its_wording_is_unchecked(make_person):
    browser = await (await make_person("owner")).browser()
    asked = [(await browser.get(f"{EDIT}/{g}")).text for g in "TEORI"]
    assert sum(page.count("Chưa đối chiếu văn bản chính thức") for page in asked) == 26
    assert (await browser.get(f"{EDIT}/X")).status_code == 404


async def test_what_does_not_fit_stays_in_its_field(make_person):
    boss = await make_person("owner")
    browser = await boss.browser()
    answer = await browser.post_form(f"{EDIT}/T", {"answers.T1.value": "7", "answers.T5.value": "250"})
    assert answer.status_code == 422
    assert 'name="answers.T1.value" type="number" value="7"' in answer.text
    assert 'name="answers.T5.value" type="number" value="250"' in answer.text
    assert "Giá trị phải từ 0 đến 100." in answer.text
    assert (await profiles.own(boss.actor, YEAR)).answered == 0
    wrong = await browser.post_form(f"{EDIT}/sector", {"section": "Z", "division": "1"})
    assert wrong.status_code == 422
    assert wrong.text.count('class="error"') == 2
    assert (await browser.post_form(f"{EDIT}/T/autosave", {"answers.T1.value": "7"})).status_code == 204
    assert (await browser.post_form(f"{EDIT}/T/autosave", {"answers.T1.value": "x"})).status_code == 422
    nothing = await browser.post_form(f"/account/profile/{YEAR}/declare")
    assert nothing.status_code == 422
    assert "Hãy chọn ngành." in nothing.text


async def test_others_are_told_whom_it_is_for(make_person, make_organisation):
    browser = await (await make_person("owner", await make_organisation("university"))).browser()
    page = await browser.get("/account/profile")
    assert page.status_code == 200
    assert "dành cho doanh nghiệp và hợp tác xã" in page.text
    assert f'href="{EDIT}/sector"' not in page.text


async def test_the_departments_way(make_person, make_organisation, drain):
    clerk = await (await make_person(None, staff=["department"])).browser()
    today = clock.today()
    plan = {"year": str(YEAR), "section": "C", "opens_on": str(today), "closes_on": "2020-01-01"}
    assert (await clerk.post_form("/campaigns", plan)).status_code == 422
    made = await clerk.post_form("/campaigns", plan | {"closes_on": str(today)})
    url = made.headers["location"]
    assert (await clerk.post_form("/campaigns", plan | {"closes_on": str(today)})).status_code == 409
    await make_organisation(tax_code="0100109106")
    partly = await clerk.post_form(f"{url}/invite", {"tax_codes": "0100109106\n0000000000"})
    assert partly.status_code == 422
    assert "Đã mời thêm 1 doanh nghiệp." in partly.text
    assert re.search(r"<textarea[^>]*>\s*0000000000</textarea>", partly.text)
    boss = await make_person("owner")
    await sector.saved(boss.actor)
    await profiles.declare(boss.actor, YEAR)
    assert (await clerk.post_form(f"{url}/open")).status_code == 303
    own = await boss.browser()
    led = await own.get(url)
    assert led.headers["location"] == f"{url}/comparison"
    comparison = await own.get(led.headers["location"])
    assert "Chưa đủ 5 doanh nghiệp" in comparison.text
    raw = re.search(rf'href="({url}/profiles/[^"]+)"', (await clerk.get(url)).text)
    assert "Tuổi trung bình" in (await clerk.get(raw[1])).text
    assert (await own.get(raw[1])).status_code == 404
    assert (await clerk.post_form(f"{url}/close")).status_code == 303
    assert (await clerk.post_form(f"{url}/close")).status_code == 409
    assert "không sửa được nữa" in (await own.get(f"/account/profile/{YEAR}")).text


async def test_a_score_is_shown_with_what_it_rests_on(make_person, tmp_path, monkeypatch):
    sector.invented_table(tmp_path)
    monkeypatch.setattr(scoring, "FOLDER", tmp_path)
    boss = await make_person("owner")
    await sector.saved(boss.actor)
    page = (await (await boss.browser()).get(f"/account/profile/{YEAR}")).text
    for said in ("Tổng 100/100 điểm", "Bảng thử (bịa)", "chưa được đối chiếu với văn bản", "Thử cao"):
        assert said in page
    assert "chưa được nạp" not in page


async def test_a_program_asks_and_answers(make_person, client):
    asked = (await client.get("/api/v1/questionnaire")).json()
    assert (asked["scored"], asked["checked"], len(asked["groups"])) == (False, False, 5)
    api = (await make_person("owner")).api()
    url = f"/api/v1/organisation/profiles/{YEAR}"
    body = {"section": "C", "answers": {"T5": {"value": 4.25}, "O15": {"value": True}, "R19": {"value": "12"}}}
    view = (await api.patch(url, json=body)).json()
    assert (view["answered"], view["sector"]["en"]) == (3, "C · Manufacturing")
    refused = await api.patch(url, json={"answers": {"T5": {"value": "nhiều"}, "T99": {"value": 1}}})
    assert refused.status_code == 422
    assert {e["field"] for e in refused.json()["errors"]} == {"answers.T5.value", "answers.T99.value"}
    for value in ([], {}, "x" * 61, 10**400):
        assert (await api.patch(url, json={"answers": {"T5": {"value": value}}})).status_code == 422
    assert (await api.post(f"{url}/declare")).json()["status"] == "declared"
    assert (await api.post(f"{url}/declare")).status_code == 409
    await m.sound()
