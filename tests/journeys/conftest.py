"""A site that runs, a Chromium to visit it with, and people who have been there before."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.kit import clock
from app.settings import ROOT
from tests.support import demand, market, registry, secrets
from tests.support.databases import Databases
from tests.support.scenes import WEIGHTS
from tests.support.site import PASSWORD, Site, made_folder

CHROMIUM = next((p for p in (shutil.which("chromium"), shutil.which("chromium-browser"), "/usr/bin/chromium") if p), "")
AXE = ROOT / "static" / "vendor" / "axe.min.js"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Reading the whole API's description takes a minute: not for the browser's tests, which leave it out."""
    return True if collection_path.name == "test_api_contract.py" and config.option.markexpr == "browser" else None


@dataclass(slots=True)
class World:
    """The running site with something in it of every kind, and the e-mail of everyone who acts on it."""

    site: Site
    people: dict[str, str] = field(default_factory=dict)
    clients: dict[str, httpx2.Client] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def sent(answer: httpx2.Response) -> Any:
    assert answer.status_code < 300, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json() if answer.content else None


def survey(world: World) -> None:
    """The company's profile, counted in a campaign that is open."""
    company, department = world.clients["company"], world.clients["department"]
    year = clock.today().year
    body = {"section": "C", "division": "13", "answers": {"T1": {"value": 12}, "T4": {"value": 250_000_000}}}
    sent(company.patch(f"/organisation/profiles/{year}", json=body))
    world.ids["profile"] = sent(company.post(f"/organisation/profiles/{year}/declare"))["id"]
    dates = {"opens_on": f"{year}-01-01", "closes_on": f"{year + 1}-01-01"}
    world.ids["campaign"] = sent(department.post("/campaigns", json={"year": year, "section": "C"} | dates))["id"]
    sent(department.post(f"/campaigns/{world.ids['campaign']}/open"))
    world.ids["year"] = str(year)


def furnish(world: World) -> None:
    """Listings in the states that have pages of their own, and deals from interest to a reported contract."""
    university, company, operator = (world.clients[who] for who in ("university", "company", "operator"))

    def listing(title: str, state: str, **changes: Any) -> str:
        made: str = sent(university.post("/listings", json={"title_vi": title}))["id"]
        content = market.CONTENT | {"title_vi": title, "title_en": f"{title} (English)"} | changes
        sent(university.patch(f"/listings/{made}", json=content))
        if state != "draft":
            sent(university.post(f"/listings/{made}/submit"))
        if state == "published":
            scores = {"advantages": 4, "clarity": 4, "cooperation": 4, "language": 4, "screening": "clear"}
            sent(operator.post(f"/listings/{made}/approve", json=scores))
        return made

    def deal(listing_id: str) -> str:
        made: str = sent(company.post(f"/listings/{listing_id}/interest", json={"message": market.MESSAGE}))["id"]
        return made

    def offer(deal_id: str, **changes: Any) -> str:
        terms = market.TERMS | changes
        room = sent(company.post(f"/deals/{deal_id}/offers", json={"terms": terms, "valid_days": 14}))
        made: str = room["offers"][-1]["id"]
        return made

    ids = world.ids
    right = {"kind": "invention", "status": "granted", "office": "VN", "registration_no": "1-0012345",
             "granted": "2022-05-10", "expires": "2040-05-10"}  # fmt: skip
    ids["published"] = listing("Xử lý nước thải dệt nhuộm bằng vi tảo", "published", rights=[right])
    ids["other"] = listing("Cảm biến độ ẩm đất dùng năng lượng mặt trời", "published", field="2", trl=8)
    ids["spare"] = listing("Chế phẩm sinh học giữ ẩm đất cát", "published", field="4", trl=6)
    ids["submitted"] = listing("Bao bì phân hủy sinh học từ bã mía", "submitted")
    ids["draft"] = listing("Vật liệu cách nhiệt từ trấu", "draft")
    ids["search"] = sent(company.post("/me/searches", json={"query": "q=nước thải&trl_min=5"}))["id"]
    over_needs = {"scope": "needs", "query": "q=nước thải&due=30"}
    ids["search_needs"] = sent(company.post("/me/searches", json=over_needs))["id"]
    ids["deal"] = deal(ids["published"])
    ids["offer"] = offer(ids["deal"])
    terms = market.TERMS | {"upfront": 650_000_000}
    room = sent(university.post(f"/offers/{ids['offer']}/counter", json={"terms": terms, "valid_days": 10}))
    ids["countered"] = room["offers"][-1]["id"]
    ids["agreed"] = deal(ids["other"])
    sent(university.post(f"/offers/{offer(ids['agreed'])}/accept"))
    desk_of(world)
    needs_of(world)
    room_of(world)


def desk_of(world: World) -> None:
    """A deal that is talked about: messages of both sides with a file, a late task, a note."""
    university, company = world.clients["university"], world.clients["company"]
    deal, today = world.ids["deal"], clock.today()
    file = {"files": ("ket-qua-do.pdf", market.PDF, "application/pdf")}
    sent(
        company.post(
            f"/deals/{deal}/messages", data={"body": "Chúng tôi gửi kết quả đo.\n\n- pH 9\n- COD 480"}, files=file
        )
    )
    sent(university.post(f"/deals/{deal}/messages", data={"body": "Cảm ơn. Tuần sau chúng tôi trả lời."}))
    late = {"title": "Gửi bản vẽ mặt bằng", "due_on": (today - timedelta(days=2)).isoformat()}
    tasks = sent(company.post(f"/deals/{deal}/tasks", json=late | {"channel": "all"}))
    world.ids["task"] = tasks["items"][0]["id"]
    sent(company.post(f"/deals/{deal}/tasks/suggested"))
    noted = sent(company.post(f"/deals/{deal}/notes", json={"body": "Giá trần 2 tỷ", "scope": "organisation"}))
    world.ids["note"] = noted["items"][0]["id"]


def needs_of(world: World) -> None:
    """A draft with suggestions, one in review, and a blind one that the university has answered."""
    university, company, operator = (world.clients[who] for who in ("university", "company", "operator"))

    def need(title: str, **changes: Any) -> str:
        content = demand.NEED | {"title": title, "deadline": demand.deadline().isoformat()} | changes
        made: str = sent(company.post("/needs", json={"title": title}))["id"]
        sent(company.patch(f"/needs/{made}", json=content))
        sent(company.post(f"/needs/{made}/submit"))
        return made

    text = "Lò hơi tốn than, cần giảm than dùng từ 9 tấn/ngày xuống 6 tấn/ngày. Ngân sách dưới 2 tỷ, TRL 7."
    world.ids["need_draft"] = sent(company.post("/needs", json={"description": text}))["id"]
    world.ids["need_submitted"] = need("Khử màu nước thải nhuộm trong 120 m2")
    world.ids["need"] = need("Thu hồi nhiệt nước thải nóng", blind=True)
    sent(operator.post(f"/needs/{world.ids['need']}/approve"))
    answer = demand.answering().model_dump(mode="json", exclude_defaults=True)
    world.ids["proposal"] = sent(university.post(f"/needs/{world.ids['need']}/proposals", json=answer))["id"]


def room_of(world: World) -> None:
    """A data room that is open to the company, with a question; an agreement that waits for the other deal."""
    university, company, operator = (world.clients[who] for who in ("university", "company", "operator"))
    ids, listing = world.ids, world.ids["published"]
    nda = {"kind": "mutual", "purpose": secrets.PURPOSE, "term_months": 12}
    made = sent(company.post(f"/deals/{ids['deal']}/ndas", json=nda))
    ids["nda"] = made["id"]
    for client, name in ((company, "Lê Văn Bình"), (university, "Trần Thị Hoa")):
        sent(client.post(f"/ndas/{ids['nda']}/sign", json={"typed_name": name, "sha256": made["sha256"]}))
    sent(university.post(f"/listings/{listing}/room/folders", json={"name": "Kỹ thuật"}))
    paper = university.post(
        f"/listings/{listing}/room/documents",
        files={"file": ("quy-trinh.pdf", secrets.pdf(2), "application/pdf")},
        data={"title": "Quy trình nuôi vi tảo", "download": "original"},
    )
    ids["document"] = sent(paper)["id"]
    sent(university.post(f"/listings/{listing}/room/grants", json={"deal_id": ids["deal"], "stage": 1}))
    question = {"question": "Tảo chịu được nước thải có màu đến mức nào?", "document_id": ids["document"]}
    sent(company.post(f"/deals/{ids['deal']}/room/questions", json=question))
    ids["nda_waiting"] = sent(university.post(f"/deals/{ids['agreed']}/ndas", json=nda))["id"]
    ids["template"] = sent(operator.get("/nda-templates"))["items"][0]["id"]


def matches_of(world: World) -> None:
    """The match of the need and the university's listing, once the worker has found it; a draft of weights."""
    company, operator = world.clients["company"], world.clients["operator"]
    for _ in range(120):
        found = sent(company.get(f"/needs/{world.ids['need']}/matches"))["items"]
        if found:
            break
        time.sleep(0.5)
    world.ids["match"] = found[0]["id"]
    world.ids["version"] = str(sent(operator.post("/matching/weights", json=WEIGHTS))["version"])


def provider_of(world: World, who: str) -> str:
    """The listed profile of an intermediary that offers brokerage."""
    helper = world.clients[who]
    world.ids[who] = sent(helper.get("/me"))["org_id"]
    made: str = sent(helper.post("/providers", json={"kind": "organisation"}))["id"]
    sent(helper.patch(f"/providers/{made}", json=registry.PROFILE | {"ipc": ["C02F"], "regions": [1, 48]}))
    sent(helper.post(f"/providers/{made}/submit"))
    sent(world.clients["operator"].post(f"/providers/{made}/approve"))
    return made


def registry_of(world: World) -> None:
    """A listed intermediary with a licence that waits for the operator."""
    helper = world.clients["intermediary"]
    made = provider_of(world, "intermediary")
    licence = {"kind": "business", "number": "12/GCN", "issuer": "Cục Thử nghiệm", "issued_on": "2026-01-15",
               "services": "brokerage"}  # fmt: skip
    file = {"file": ("giay-phep.pdf", market.PDF, "application/pdf")}
    sent(helper.post(f"/providers/{made}/licences", data=licence, files=file))
    world.ids["provider"] = made


def brokerage_of(world: World) -> None:
    """Two brokers of the university who introduced the company to two technologies; of one, the second claims what the
    first holds, with a file. A mandate that waits for its answer, a name that stands on both sides of a deal, a
    question of outcomes is left to the clock."""
    ids, today = world.ids, clock.today()
    university, company = world.clients["university"], world.clients["company"]
    me = sent(university.get("/me"))["org_id"]
    provider_of(world, "second_broker")
    terms = {"side": "seller", "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=365)).isoformat(),
             "commission": {"tiers": [{"percent": "5"}], "minimum": 20_000_000}}  # fmt: skip
    for who in ("intermediary", "second_broker"):
        broker = world.clients[who]
        body = {"client_org_id": me, "broker_org_id": ids[who], "terms": terms}
        mandate = sent(broker.post("/mandates", json=body))
        for client in (broker, university):
            sent(client.post(f"/mandates/{mandate['id']}/sign", json={"sha256": mandate["sha256"]}))
        other = sent(company.get("/me"))["org_id"]
        body = {"mandate_id": mandate["id"], "counterparty_org_id": other, "listing_id": ids["spare"]}
        ids[f"introduction_{who}"] = sent(broker.post("/introductions", json=body))["id"]
        again = sent(broker.post("/introductions", json=body | {"listing_id": ids["other"]}))
        ids[f"mandate_{who}"] = mandate["id"]
    ids["introduction_unclaimed"] = again["id"]
    accepted = {"message": "Chúng tôi muốn xem thử công nghệ này tại nhà máy."}
    sent(company.post(f"/introductions/{ids['introduction_intermediary']}/accept", json=accepted))
    reason = "Chúng tôi đã giới thiệu hai bên tại hội chợ từ tháng trước, trước cả bên kia."
    claim = {"reason": reason, "evidence": "Thư mời và biên bản gặp ngày mồng ba, có chữ ký hai bên."}
    address = f"/introductions/{ids['introduction_second_broker']}/claim"
    ids["claim"] = sent(world.clients["second_broker"].post(address, json=claim))["id"]
    file = {"files": ("bien-ban-gap-mat.pdf", market.PDF, "application/pdf")}
    sent(world.clients["second_broker"].post(f"/introduction-claims/{ids['claim']}/files", files=file))
    waiting = {"client_org_id": other, "broker_org_id": ids["intermediary"], "terms": terms | {"side": "buyer"}}
    ids["mandate_waiting"] = sent(world.clients["intermediary"].post("/mandates", json=waiting))["id"]
    sent(company.post("/me/interests", json={"kind": "key_person", "other": "Vũ Thị Môi"}))
    for _ in range(120):  # until the worker has found the name among those who broker for the other side
        found = sent(world.clients["operator"].get("/conflicts"))["items"]
        if found:
            break
        time.sleep(0.5)
    ids["finding"] = found[0]["id"]


@pytest.fixture(scope="session")
def world(throwaway: Databases) -> Iterator[World]:
    folder = made_folder()
    try:
        with throwaway.copy() as url:
            site = Site(folder, url)
            site.start()
            made = World(site)
            try:
                _people(made)
                furnish(made)
                survey(made)
                registry_of(made)
                brokerage_of(made)
                matches_of(made)
                yield made
            finally:
                for client in made.clients.values():
                    client.close()
                site.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _people(world: World) -> None:
    site = world.site
    officers = {
        "operator": ("operator@thunghiem.example", "Phạm Thị Duyệt"),
        "department": ("department@thunghiem.example", "Ngô Văn Sở"),
    }
    site.officers(**officers)
    for duty, (email, _) in officers.items():
        world.people[duty], world.clients[duty] = email, site.enter(email)
    for who, name, organisation, kind in (
        ("university", "Trần Thị Hoa", "Trường Đại học Bách khoa Thử nghiệm", "university"),
        ("company", "Lê Văn Bình", "Công ty Dệt may Thử nghiệm", "company"),
        ("intermediary", "Vũ Thị Môi", "Trung tâm Môi giới Thử nghiệm", "intermediary"),
        ("second_broker", "Đinh Văn Giới", "Công ty Kết nối Thử nghiệm", "intermediary"),
    ):
        world.people[who] = f"{who}@thunghiem.example"
        world.clients[who] = site.join(world.people[who], name, organisation, kind)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not CHROMIUM or not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make env-dev")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="session")
def shoot() -> Callable[[Any, str], None]:
    """`shoot(page, name)` keeps a screenshot for people in the folder SCREENSHOTS names; without it, none is taken
    (they are half of a page's time, and no test reads them)."""
    given = os.environ.get("SCREENSHOTS")

    def keep(page: Any, name: str) -> None:
        if given:
            Path(given).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(given) / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def visit(chromium: Any, world: World) -> Iterator[Callable[..., Any]]:
    """`visit("company")` opens a page of a context of its own, signed in; no name: a stranger. Every request that
    leaves the site, every error of a script and every refusal of the security policy fails the test."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_(who: str = "", *, locale: str = "vi", scheme: str = "light", width: int = 1280, **options: Any) -> Any:
        context = new_context(chromium, world.site, locale, width, color_scheme=scheme, **options)
        contexts.append(context)
        page = watched(context.new_page(), world.site, wrong)
        if who:
            sign_in(page, world.people[who])
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def new_context(chromium: Any, site: Site, locale: str, width: int, **options: Any) -> Any:
    """Somebody's browser: its own cookies and cache, no animation."""
    context = chromium.new_context(
        base_url=site.url,
        viewport={"width": width, "height": 900},
        locale={"vi": "vi-VN", "en": "en-GB"}[locale],
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": "locale", "value": locale, "url": site.url}] if locale != "vi" else [])
    return context


def watched(page: Any, site: Site, wrong: list[str]) -> Any:
    """The page, whose errors, refusals by the security policy and requests that leave the site come into `wrong`."""
    page.on("pageerror", lambda e: wrong.append(f"{page.url}: {e}"))
    page.on("console", lambda m: wrong.append(f"{page.url}: {m.text}") if _matters(m) else None)
    page.on("request", lambda r: None if inside(site, r.url) else wrong.append(f"left the site: {r.url}"))
    return page


def inside(site: Site, url: str) -> bool:
    return url.startswith((f"{site.url}/", "data:", "about:", "blob:"))


def _matters(message: Any) -> bool:
    # Chromium also logs each answer of 4xx as an "error": those are asked for on purpose.
    return message.type == "error" and not re.match(r"Failed to load resource: .* status of 4\d\d", message.text)


def sign_in(page: Any, email: str) -> None:
    page.goto("/sign-in")
    page.fill("form[action='/sign-in'] [name=email]", email)
    page.fill("form[action='/sign-in'] [name=password]", PASSWORD)
    page.click("form[action='/sign-in'] button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
