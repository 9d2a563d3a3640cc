"""Pages: filled in and sent as a browser does; nothing typed is lost; few statements however long the list."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.intermediaries import intermediaries, licences
from app.kit import clock
from tests.support import registry as r
from tests.support.market import OPERATOR, PDF, acting, scalar
from tests.test_routes import PROFILE_FORM

FORM = PROFILE_FORM | {"headline_vi": "Người giúp trạm nước nhỏ mua đúng công nghệ"}


@pytest.fixture
async def owner(make_organisation, make_person):
    return await make_person("owner", await make_organisation("intermediary", "Trung tâm Thử Nghiệm"))


async def test_from_the_account_page_into_the_directory(owner, make_person, client):
    browser = await owner.browser()
    page = await browser.get("/account/intermediary")
    assert page.text.count("Lập hồ sơ") >= 2
    began = await browser.post_form("/account/intermediary", {"kind": "organisation"})
    assert began.status_code == 303
    edit = began.headers["location"]
    base = edit.removesuffix("/edit")
    wanting = await browser.post_form(f"{base}/submit", {})
    assert wanting.status_code == 422
    assert f"{base}/edit#f-story_vi" in wanting.text
    saved = await browser.post_form(edit, FORM)
    assert (saved.status_code, saved.headers["location"]) == (303, base)
    assert re.search(r"800\.000\s₫ một giờ", (await browser.get(base)).text)
    assert (await browser.post_form(f"{base}/submit", {})).status_code == 303
    reviewer = await (await make_person(None, staff=["operator"])).browser()
    assert "Trung tâm Thử Nghiệm" in (await reviewer.get("/intermediaries/review")).text
    assert (await reviewer.post_form(f"{base}/approve", {})).status_code == 303
    found = await client.get("/intermediaries?q=thu+nghiem&service=advice&field=2&language=vi&province=1")
    assert "Trung tâm Thử Nghiệm" in found.text
    assert "Không tìm thấy hồ sơ phù hợp" in (await client.get("/intermediaries?service=inspection")).text
    assert (await client.get("/intermediaries?service=nonsense&province=x&field=99")).status_code == 200
    profile = await client.get(f"/intermediaries/{owner.org.id}")
    assert "Tư vấn" in profile.text
    assert "chưa đủ số liệu" in profile.text
    assert f"/intermediaries/{owner.org.id}" in (await client.get(f"/organisations/{owner.org.id}")).text
    english = await client.get(f"/intermediaries/{owner.org.id}?lang=en")
    assert "Services offered today" in english.text


async def test_what_was_typed_stays_when_something_is_wrong(owner):
    browser = await owner.browser()
    id_ = await r.draft(owner.actor)
    wrong = FORM | {"services.valuation.offered": "true", "services.valuation.kind": "percent",
                    "services.valuation.low": "140", "ipc": "C02F, zzz"}  # fmt: skip
    answer = await browser.post_form(f"/providers/{id_}/edit", wrong)
    assert answer.status_code == 422
    for kept in ("Người giúp trạm nước nhỏ", 'value="140"', "C02F, zzz"):
        assert kept in answer.text
    assert "Tỷ lệ từ 0 đến 100" in answer.text
    assert (await intermediaries.read(owner.actor, id_)).headline_vi == r.PROFILE["headline_vi"]


async def test_boxes_that_are_not_ticked_are_empty(owner):
    browser = await owner.browser()
    id_ = await r.draft(owner.actor, regions=[1, 48])
    form = {k: v for k, v in FORM.items() if k != "languages"}
    assert (await browser.post_form(f"/providers/{id_}/edit", form)).status_code == 303
    view = await intermediaries.read(owner.actor, id_)
    assert (view.regions, view.languages, [s.service for s in view.services]) == ([], [], ["advice"])


async def test_a_licence_is_declared_checked_and_opened(owner, make_person, client):
    browser = await owner.browser()
    id_ = await r.listed(owner.actor, services=r.services("inspection", "advice"))
    ends = clock.today() + timedelta(days=20)
    form = {"kind": "business", "number": "12/GCN", "issuer": "Cục Thử nghiệm", "issued_on": "2026-01-15",
            "expires_on": ends.isoformat(), "services": "inspection"}  # fmt: skip
    to, pdf = f"/providers/{id_}/licences", "application/pdf"
    wrong = await browser.post_form(to, form, files={"file": ("x.pdf", b"no", pdf)})
    assert wrong.status_code == 422
    assert "Giấy phép phải là tệp PDF" in wrong.text
    assert 'value="12/GCN"' in wrong.text
    sent = await browser.post_form(to, form, files={"file": ("x.pdf", PDF, pdf)})
    assert sent.status_code == 303
    licence_id = await scalar("SELECT id FROM provider_licence")
    assert "Giám định công nghệ chưa hiện với khách" in (await browser.get(f"/providers/{id_}")).text
    reviewer = await (await make_person(None, staff=["operator"])).browser()
    no_reason = await reviewer.post_form(f"/providers/{id_}/licences/{licence_id}/refuse", {"reason": ""})
    assert no_reason.status_code == 422
    opened = await reviewer.get(f"/providers/{id_}/licences/{licence_id}/file")
    assert (opened.content, opened.headers["content-type"]) == (PDF, "application/pdf")
    assert (await reviewer.post_form(f"/providers/{id_}/licences/{licence_id}/check", {})).status_code == 303
    public = (await client.get(f"/intermediaries/{owner.org.id}")).text
    assert "Giám định công nghệ" in public
    assert "12/GCN" in public
    assert "x.pdf" not in public
    assert "hết hạn sau 20 ngày" in (await browser.get(f"/providers/{id_}")).text


async def test_rating_a_broker_in_the_browser(owner, make_organisation, make_person):
    seller = await make_person("owner", await make_organisation("university"))
    table = await r.contracted(owner.actor)
    await r.joined(table, seller.actor)  # joined after the contract: nothing to rate
    late = await (await seller.browser()).get(f"/deals/{table.deal_id}/ratings")
    assert late.status_code == 403
    browser = await owner.browser()
    page = await browser.get(f"/deals/{table.deal_id}/ratings")
    assert page.text.count("Viết đánh giá") == 2
    assert f"/deals/{table.deal_id}/ratings" in (await browser.get("/account/intermediary")).text
    marks = {"speed": "4", "clarity": "9", "integrity": "5"}
    form = {"ratee_org_id": str(table.buyer.org_id), **marks, "words": "Rõ ràng."}
    wrong = await browser.post_form(f"/deals/{table.deal_id}/ratings", form)
    assert wrong.status_code == 422
    assert "Rõ ràng." in wrong.text
    assert re.search(r'name="speed" value="4" checked', wrong.text)
    sent = await browser.post_form(f"/deals/{table.deal_id}/ratings", form | {"clarity": "5", "result": "3"})
    assert sent.status_code == 303
    again = await browser.post_form(f"/deals/{table.deal_id}/ratings", form | {"clarity": "5", "result": "3"})
    assert again.status_code == 409
    assert "Đã gửi. Công bố khi bên kia đánh giá xong" in again.text


@pytest.mark.usefixtures("db")
async def test_the_directory_takes_two_statements_however_long(client):
    async def statements() -> int:
        answer = await client.get("/intermediaries")
        return int(re.search(r'sql;desc="(\d+)"', answer.headers["server-timing"])[1])

    for _ in range(2):
        await r.listed(await acting("intermediary"))
    few = await statements()
    for _ in range(6):
        id_ = await r.listed(owner := await acting("intermediary"), services=r.services("inspection", "advice"))
        await r.licensed(owner, id_, "inspection")
    assert await statements() == few <= 2
    assert await licences.keep_dates() == 0
    assert await intermediaries.queue(OPERATOR)
