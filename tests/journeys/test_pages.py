"""Every page, looked at by a machine: accessible in both languages and both schemes, no wider than the screen at any
width, nothing from elsewhere, light on the line. Screenshots for people are kept beside (see `shoot`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.settings import ROOT
from tests.journeys.conftest import AXE, World, inside, new_context, sign_in, watched

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
Shoot = Callable[[Any, str], None]
WIDTHS = (320, 390, 1440)
FIRST_VIEW = 150_000  # bytes over the line, without images

# (template, who looks, address); ids come from the furnished world.
PAGES = [
    ("catalogue/home", "", "/"),
    ("catalogue/results", "", "/listings"),
    ("catalogue/results", "", "/listings?q=nuoc+thai&trl_min=5"),
    ("catalogue/results", "", "/listings?q=khongcogi"),
    ("catalogue/listing", "", "/listings/{published}"),
    ("catalogue/listing", "university", "/listings/{draft}"),
    ("catalogue/compare", "", "/compare?ids={published}&ids={other}"),
    ("catalogue/compare", "", "/compare"),
    ("catalogue/organisations", "", "/organisations"),
    ("catalogue/organisations", "", "/organisations?q=khongcogi"),
    ("catalogue/organisation", "operator", "/organisations/{university}"),
    ("catalogue/searches", "company", "/account/searches"),
    ("catalogue/searches", "university", "/account/searches"),
    ("catalogue/search_new", "company", "/account/searches/new?q=nuoc+thai"),
    ("catalogue/search_new", "company", "/account/searches/new?scope=needs&q=nuoc+thai"),
    ("catalogue/search", "company", "/account/searches/{search}"),
    ("catalogue/search", "company", "/account/searches/{search_needs}"),
    ("catalogue/ipc", "", "/ipc?q=nước"),
    ("catalogue/ipc", "", "/ipc?q=khongcogi"),
    ("catalogue/about", "", "/about"),
    ("catalogue/data_notes", "", "/data-notes"),
    ("catalogue/api_docs", "", "/api/v1/docs"),
    ("accounts/sign_in", "", "/sign-in"),
    ("accounts/sign_up", "", "/sign-up"),
    ("accounts/forgot", "", "/password/forgot"),
    ("accounts/reset", "", "/password/reset?token=x"),
    ("accounts/account", "company", "/account"),
    ("accounts/keys", "company", "/account/keys"),
    ("accounts/organisation", "company", "/account/organisation"),
    ("accounts/no_organisation", "operator", "/account/organisation"),
    ("accounts/mailbox", "", "/mailbox"),
    ("listings/own", "university", "/my/listings"),
    ("listings/new", "university", "/listings/new"),
    ("listings/edit_introduction", "university", "/listings/{draft}/edit/introduction"),
    ("listings/edit_story", "university", "/listings/{draft}/edit/story"),
    ("listings/edit_readiness", "university", "/listings/{draft}/edit/readiness"),
    ("listings/edit_asset", "university", "/listings/{draft}/edit/asset"),
    ("listings/edit_offer", "university", "/listings/{draft}/edit/offer"),
    ("listings/edit_files", "university", "/listings/{draft}/edit/files"),
    ("listings/edit_tiers", "university", "/listings/{draft}/edit/tiers"),
    ("listings/check", "university", "/listings/{draft}/edit/check"),
    ("listings/versions", "university", "/listings/{published}/versions"),
    ("listings/queue", "operator", "/review"),
    ("listings/review", "operator", "/review/{submitted}"),
    ("desk/desk", "company", "/desk"),
    ("desk/desk", "company", "/desk?view=board"),
    ("desk/desk", "operator", "/desk?status=agreed"),
    ("desk/calendar", "company", "/desk/calendar"),
    ("desk/messages", "company", "/deals/{deal}/messages"),
    ("desk/messages", "operator", "/deals/{deal}/messages"),
    ("desk/tasks", "company", "/deals/{deal}/tasks"),
    ("desk/task", "company", "/tasks/{task}/edit"),
    ("desk/note", "company", "/notes/{note}/edit"),
    ("desk/hand_over", "company", "/deals/{deal}/hand-over"),
    ("deals/interest", "company", "/listings/{published}/interest"),
    ("deals/close", "company", "/deals/{deal}/close"),
    ("deals/contract", "company", "/deals/{agreed}/contract"),
    ("offers/room", "company", "/deals/{deal}"),
    ("offers/room", "university", "/deals/{agreed}"),
    ("offers/room", "department", "/deals/{agreed}"),
    ("offers/form", "company", "/offers/{countered}/counter"),
    ("offers/accept", "company", "/offers/{countered}/accept"),
    ("offers/decline", "company", "/offers/{countered}/decline"),
    ("disclosure/documents", "company", "/deals/{deal}/room"),
    ("disclosure/documents", "university", "/deals/{deal}/room"),
    ("disclosure/documents", "company", "/deals/{agreed}/room"),
    ("disclosure/documents", "operator", "/deals/{deal}/room"),
    ("disclosure/figures", "department", "/deals/{deal}/room"),
    ("disclosure/ndas", "company", "/deals/{deal}/room/nda"),
    ("disclosure/fields", "company", "/deals/{deal}/room/fields"),
    ("disclosure/questions", "company", "/deals/{deal}/room/questions"),
    ("disclosure/questions", "university", "/deals/{deal}/room/questions"),
    ("disclosure/viewer", "company", "/deals/{deal}/room/documents/{document}"),
    ("disclosure/propose", "company", "/deals/{agreed}/ndas/new"),
    ("disclosure/nda", "company", "/ndas/{nda}?check=1"),
    ("disclosure/nda", "company", "/ndas/{nda_waiting}"),
    ("disclosure/own", "university", "/listings/{published}/room"),
    ("disclosure/own", "university", "/listings/{other}/room"),
    ("disclosure/own_questions", "university", "/listings/{published}/room/questions"),
    ("disclosure/log", "university", "/listings/{published}/room/log"),
    ("disclosure/templates", "operator", "/nda-templates"),
    ("disclosure/template", "operator", "/nda-templates/{template}"),
    ("disclosure/template_form", "operator", "/nda-templates/new?from={template}"),
    ("offers/withdraw", "university", "/offers/{countered}/withdraw"),
    ("offers/approvals", "company", "/approvals"),
    ("offers/approval_rule", "company", "/account/organisation/approvals"),
    ("offers/memorandum", "company", "/deals/{deal}/memoranda/new"),
    ("offers/overdue", "operator", "/memoranda/overdue"),
    ("brokerage/desk", "intermediary", "/brokerage"),
    ("brokerage/indicators", "intermediary", "/brokerage/indicators"),
    ("brokerage/indicators", "department", "/brokerage/indicators"),
    ("brokerage/mandates", "university", "/mandates"),
    ("brokerage/mandate_form", "university", "/mandates/new"),
    ("brokerage/mandate", "university", "/mandates/{mandate_intermediary}"),
    ("brokerage/mandate", "company", "/mandates/{mandate_waiting}"),
    ("brokerage/introductions", "intermediary", "/introductions"),
    ("brokerage/introduction_form", "intermediary", "/introductions/new?mandate={mandate_intermediary}"),
    ("brokerage/introduction", "intermediary", "/introductions/{introduction_intermediary}"),
    ("brokerage/introduction", "company", "/introductions/{introduction_second_broker}"),
    ("brokerage/verify", "", "/introductions/verify"),
    ("valuations/verify", "", "/valuations/verify"),
    ("brokerage/claims", "second_broker", "/introduction-claims"),
    ("brokerage/claim", "operator", "/introduction-claims/{claim}"),
    ("brokerage/claim", "intermediary", "/introduction-claims/{claim}"),
    ("brokerage/claim_form", "second_broker", "/introductions/{introduction_unclaimed}/claim"),
    ("brokerage/people", "university", "/deals/{deal}/people"),
    ("independence/interests", "company", "/account/interests"),
    ("independence/new", "company", "/account/interests/new?for=organisation"),
    ("independence/queue", "operator", "/conflicts"),
    ("independence/finding", "operator", "/conflicts/{finding}"),
    ("independence/statement", "company", "/deals/{deal}/independence"),
    ("outcomes/own", "company", "/outcomes"),
    ("outcomes/deal", "company", "/deals/{agreed}/outcome"),
    ("outcomes/reasons", "university", "/outcomes/reasons"),
    ("outcomes/reasons", "department", "/outcomes/reasons"),
    ("needs/results", "", "/needs"),
    ("needs/results", "", "/needs?q=khongcogi"),
    ("needs/need", "", "/needs/{need}"),
    ("needs/need", "company", "/needs/{need}"),
    ("needs/need", "operator", "/needs/{need_submitted}"),
    ("needs/new", "company", "/needs/new"),
    ("needs/own", "company", "/my/needs"),
    ("needs/queue", "operator", "/needs/review"),
    ("needs/edit_task", "company", "/needs/{need_draft}/edit/task"),
    ("needs/edit_measure", "company", "/needs/{need_draft}/edit/measure"),
    ("needs/edit_terms", "company", "/needs/{need_draft}/edit/terms"),
    ("needs/edit_privacy", "company", "/needs/{need_draft}/edit/privacy"),
    ("matching/need", "company", "/needs/{need}/matches"),
    ("matching/listing", "university", "/listings/{published}/matches"),
    ("matching/own", "company", "/my/matches"),
    ("matching/match", "company", "/matches/{match}"),
    ("matching/match", "university", "/matches/{match}"),
    ("matching/broker", "operator", "/broker/matches"),
    ("matching/radar", "department", "/matching/radar"),
    ("matching/weights", "operator", "/matching/weights"),
    ("matching/preview", "operator", "/matching/weights/{version}"),
    ("proposals/send", "university", "/needs/{need}/propose"),
    ("proposals/own", "university", "/my/proposals"),
    ("proposals/compare", "company", "/needs/{need}/proposals"),
    ("proposals/proposal", "company", "/proposals/{proposal}"),
    ("profiles/own", "company", "/account/profile"),
    ("profiles/own", "university", "/account/profile"),
    ("profiles/sheet", "company", "/account/profile/{year}"),
    ("profiles/edit", "company", "/account/profile/{year}/edit/T"),
    ("profiles/edit", "company", "/account/profile/{year}/edit/sector"),
    ("profiles/campaigns", "department", "/campaigns"),
    ("profiles/campaign", "department", "/campaigns/{campaign}"),
    ("profiles/sheet", "operator", "/campaigns/{campaign}/profiles/{profile}"),
    ("profiles/comparison", "company", "/campaigns/{campaign}/comparison"),
    ("intermediaries/directory", "", "/intermediaries"),
    ("intermediaries/directory", "", "/intermediaries?service=inspection&language=vi"),
    ("intermediaries/directory", "", "/experts"),
    ("intermediaries/profile", "", "/intermediaries/{intermediary}"),
    ("intermediaries/own", "intermediary", "/account/intermediary"),
    ("intermediaries/edit", "intermediary", "/providers/{provider}/edit"),
    ("intermediaries/sheet", "intermediary", "/providers/{provider}"),
    ("intermediaries/sheet", "operator", "/providers/{provider}"),
    ("intermediaries/queue", "operator", "/intermediaries/review"),
    ("intermediaries/ratings", "company", "/deals/{agreed}/ratings"),
    ("statistics/report", "department", "/statistics"),
    ("statistics/deals", "department", "/statistics/deals?figure=interests"),
    ("statistics/listings", "department", "/statistics/listings"),
    ("statistics/patents", "department", "/statistics/patents"),
    ("statistics/public", "", "/statistics/public"),
    ("valuations/calculators", "", "/valuations/calculators"),
    ("valuations/calculator", "", "/valuations/calculators/comparables?example=1"),
    ("valuations/calculator", "", "/valuations/calculators/monte_carlo?example=1"),
    ("valuations/calculator", "", "/valuations/calculators/relief_from_royalty"),
    ("valuations/first_estimate", "university", "/valuations/first-estimate?listing={draft}"),
    ("valuations/own", "company", "/my/valuations"),
    ("valuations/prices", "", "/valuations/prices?mode=licence&field=2.7"),
    ("valuations/calibration", "department", "/valuations/calibration"),
    ("valuations/of_listing", "university", "/listings/{published}/valuations"),
    ("valuations/request", "university", "/listings/{published}/valuations/new"),
    ("errors/404", "", "/nowhere"),
    ("errors/403", "company", "/statistics"),
]
# Pages that need a link out of a mail, or something that fails; their layouts and parts are those of pages above.
SEEN_ELSEWHERE = {
    "accounts/invitation", "catalogue/unsubscribe",
    "valuations/case", "valuations/sheet", "valuations/evidence",  # in test_valuation_case.py
    *(f"errors/{n}" for n in (400, 401, 409, 422, 429, 500, 503)),
}  # fmt: skip


def test_every_page_is_looked_at() -> None:
    """Those of rounds are looked at in test_rounds.py, where a round is under way."""
    folders = (
        "accounts", "brokerage", "catalogue", "deals", "desk", "disclosure", "errors", "independence", "intermediaries",
        "listings", "matching", "needs", "offers", "outcomes", "profiles", "proposals", "statistics",
        "valuations",
    )  # fmt: skip
    there = {
        f"{folder}/{p.stem}"
        for folder in folders
        for p in (ROOT / "templates" / folder).glob("*.html")
        if not p.name.startswith("_")
    }
    assert there == {template for template, _, _ in PAGES} | SEEN_ELSEWHERE


def address(world: World, path: str) -> str:
    if "{university}" in path:
        me = world.clients["university"].get("/me").json()
        world.ids["university"] = me["org_id"]
    return path.format(**world.ids)


def picture(template: str, path: str) -> str:
    rest = "".join(c if c.isalnum() else "-" for c in path.rsplit("?", maxsplit=1)[-1]) if "?" in path else ""
    return "-".join(part for part in (template.replace("/", "-"), rest[:20]) if part)


@pytest.fixture(scope="module")
def tabs(chromium: Any, world: World, states: dict[str, Any]) -> Iterator[Callable[[str, str], tuple[Any, list[str]]]]:
    """`tabs("company", "en")`: that person's one tab in that language, and what goes wrong in it. A fresh browser for
    each page would load fonts and compile scripts again; `test_first_view_is_light` is the visitor who has nothing."""
    opened: dict[tuple[str, str], tuple[Any, list[str]]] = {}
    contexts = []

    def of(who: str, locale: str) -> tuple[Any, list[str]]:
        if (who, locale) not in opened:
            context = new_context(chromium, world.site, locale, 1440, storage_state=states[who])
            contexts.append(context)
            wrong: list[str] = []
            opened[who, locale] = watched(context.new_page(), world.site, wrong), wrong
        return opened[who, locale]

    yield of
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def states(chromium: Any, world: World) -> dict[str, Any]:
    """Cookies of everybody, signed in once."""
    found: dict[str, Any] = {"": None}
    for who, email in world.people.items():
        context = chromium.new_context(base_url=world.site.url)
        page = context.new_page()
        sign_in(page, email)
        found[who] = context.storage_state()
        context.close()
    return found


def axe(page: Any, *rules: str) -> list[str]:
    """What axe-core finds: rule, first element, and why."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(document, options).then(r => r.violations)", options)
    return [f"{v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:160]} | {_why(v['nodes'][0])}" for v in found]


def _why(node: dict[str, Any]) -> str:
    return " ".join(c["message"] for c in [*node["any"], *node["all"], *node["none"]])[:200]


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize(("template", "who", "path"), PAGES, ids=[f"{p} {w}".strip() for _, w, p in PAGES])
def test_page(
    tabs: Callable[[str, str], tuple[Any, list[str]]],
    world: World,
    shoot: Shoot,
    template: str,
    who: str,
    path: str,
    locale: str,
) -> None:
    page, wrong = tabs(who, locale)
    wrong.clear()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    look_at(page, world, shoot, template, path, locale, wrong)
    assert wrong == []


def look_at(page: Any, world: World, shoot: Shoot, template: str, path: str, locale: str, wrong: list[str]) -> None:
    answer = page.goto(address(world, path))
    expected = int(template.split("/")[1]) if template.startswith("errors/") else 200
    assert answer.status == expected
    assert page.locator("html").get_attribute("lang") == locale
    assert page.locator("h1").count() == 1
    assert page.title().strip(" ·") != ""

    for width in (*WIDTHS[1:], WIDTHS[0]):
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
        if over > 0:
            wide = page.evaluate(
                "() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right >"
                " innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120))"
            )
            wrong.append(f"{over} px too wide at {width}: {wide}")
        if width in (390, 1440) and locale == "vi":
            shoot(page, f"{picture(template, path)}-{width}")

    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate(AXE.read_text("utf-8"))
    wrong += [f"light: {w}" for w in axe(page)]
    if locale == "vi":  # colours and what a narrow screen hides are the same in every language
        page.emulate_media(color_scheme="dark")
        wrong += [f"dark: {w}" for w in axe(page, "color-contrast")]
        shoot(page, f"{picture(template, path)}-dark")
        page.set_viewport_size({"width": 390, "height": 900})
        page.emulate_media(color_scheme="light")
        wrong += [f"narrow: {w}" for w in axe(page)]


@pytest.mark.parametrize("path", ["/", "/listings", "/listings/{published}", "/sign-up"])
def test_first_view_is_light(visit: Visit, world: World, path: str) -> None:
    """A visitor who has nothing in the cache."""
    page = visit()
    seen: list[Any] = []

    def keep(request: Any) -> None:  # playwright takes no built-in method for a listener
        seen.append(request)

    page.on("requestfinished", keep)
    page.goto(address(world, path), wait_until="networkidle")
    sizes = {r.url: r.sizes()["responseBodySize"] for r in seen if r.resource_type != "image"}
    assert sum(sizes.values()) <= FIRST_VIEW, sorted(sizes.items(), key=lambda i: -i[1])
    assert all(inside(world.site, url) for url in sizes)


# --- by keyboard alone ---

FOCUSED = "() => { const e = document.activeElement; return e ? (e.innerText || e.value || e.name || '').trim() : '' }"
VISIBLE = """() => { const e = document.activeElement, s = getComputedStyle(e), l = e.labels && e.labels[0];
  const ring = x => x.outlineStyle !== 'none' && parseFloat(x.outlineWidth) > 0 || x.boxShadow !== 'none';
  return ring(s) || !!l && ring(getComputedStyle(l)) }"""


def tab_to(page: Any, what: str, limit: int = 90) -> None:
    """Press Tab until the element the selector names has the focus; each stop must show that it has it."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement !== document.body"):
            assert page.evaluate(VISIBLE), f"no visible focus on {page.evaluate(FOCUSED)!r}"
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"{what} cannot be reached by Tab on {page.url}")


def test_search_and_interest_by_keyboard(visit: Visit, world: World, states: dict[str, Any]) -> None:
    page = visit(storage_state=states["company"])
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Đến nội dung chính", "the first stop skips to the content"
    page.keyboard.press("Enter")
    tab_to(page, "main input[type=search], main [name=q]")
    page.keyboard.type("cam bien do am dat")
    page.keyboard.press("Enter")
    page.wait_for_url("**/listings?q=*")
    tab_to(page, f"main a[href*='{world.ids['other']}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/listings/{world.ids['other']}*")
    tab_to(page, "main a[href$='/interest']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/interest")
    tab_to(page, "main [name=message]")
    page.keyboard.type("Chúng tôi muốn thử cảm biến này ở hai nông trường tại Củ Chi.")
    tab_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deals/*")
    assert page.locator("h1").count() == 1


def test_along_the_desk_by_j_and_k(visit: Visit, world: World, states: dict[str, Any]) -> None:
    page = visit(storage_state=states["company"])
    page.goto("/desk")
    rows = page.locator("[data-row]").evaluate_all("all => all.map(e => e.getAttribute('href'))")
    assert len(rows) > 1
    here = "() => document.activeElement.getAttribute('href')"
    for key, at in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        assert page.evaluate(here) == rows[at]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{rows[1]}")
