"""Who reads what: a unique mark in every field, a random tier for each, and every place a listing is shown.

The marks say where text ended up, whatever path it took. Nothing above an actor's level may appear anywhere; what is
within the level must appear, so that hiding everything does not pass either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.actor import ANONYMOUS, Role
from app.listings import listings, tasks
from app.listings.schemas import STORY, TIERED, Content, Tier, UpdateListing
from app.listings.tiers import split, tier_of
from tests.listings import drafts
from tests.support import market as m

ORDER = ("public", "registered", "nda")
TIERS = st.fixed_dictionaries({name: st.sampled_from(ORDER) for name in TIERED})
FILES = st.tuples(*[st.sampled_from(ORDER)] * 3)
# The amount as a number, in both languages' writing, and in short.
PRICE = ("987654000000", "987.654", "987,654", "987,65", "987.65")
ROYALTY = ("7.125", "7,125")


def mark(name: str) -> str:
    """One word that stands nowhere else, folded or not."""
    return f"zq{''.join(c for c in name if c.isalnum())}x"


def _both(name: str) -> dict[str, str]:
    """Long enough for the gate in Vietnamese."""
    return {f"{name}_vi": mark(f"{name}-vi") + " dài" * 60, f"{name}_en": mark(f"{name}-en")}


def content() -> dict[str, Any]:
    story = {k: v for name in (*STORY, "confidential") for k, v in _both(name).items()}
    row = {
        k: mark(f"so-sanh-{k}")
        for k in (
            "metric_vi",
            "metric_en",
            "ours",
            "theirs",
            "alternative_vi",
            "alternative_en",
            "source_vi",
            "source_en",
        )
    }
    return story | {
        "comparison": [row],
        "rights": [
            {
                "kind": "layout_design",
                "title_vi": mark("quyen-ten"),
                "application_no": mark("quyen-don"),
                "registration_no": mark("quyen-bang"),
                "expires": "2061-03-07",
            }
        ],
        "owners": [{"name": mark("chu-so-huu"), "share": "100"}],
        "funding": "foreign",
        "task_code": mark("nhiem-vu"),
        "offers": [
            {
                "mode": "licence",
                "price_policy": "royalty",
                "price_from": 987_654_000_000,
                "royalty_percent": "7.125",
                "royalty_base": "net_sales",
            }
        ],
    }


def marks_of(name: str) -> tuple[str, ...]:
    """What may not be seen of a field, in any writing."""
    match name:
        case "comparison":
            return tuple(
                mark(f"so-sanh-{k}")
                for k in (
                    "metric_vi",
                    "metric_en",
                    "ours",
                    "theirs",
                    "alternative_vi",
                    "alternative_en",
                    "source_vi",
                    "source_en",
                )
            )
        case "rights":
            return (mark("quyen-ten"), mark("quyen-don"), mark("quyen-bang"), "2061-03-07", "07/03/2061")
        case "owners":
            return (mark("chu-so-huu"),)
        case "funding":
            return (mark("nhiem-vu"),)
        case "price":
            return PRICE + ROYALTY
    return (mark(f"{name}-vi"), mark(f"{name}-en"))


def above(tiers: dict[str, str], level: str) -> list[str]:
    """Fields that open only above `level`; the confidential text opens to nobody but its owner."""
    high = [n for n, t in tiers.items() if ORDER.index(t) > ORDER.index(level)]
    return high if level == "nda" else [*high, "confidential"]


def leaks(text: str, names: Iterable[str]) -> list[str]:
    return [f"{name}: {seen}" for name in names for seen in marks_of(name) if seen in text]


@dataclass(slots=True)
class People:
    """An organisation's owner, and those who look: a name, a level, a browser and a client of the API."""

    owner: Any
    looks: dict[str, tuple[str, Any, Any]]


@pytest.fixture
async def people(make_person: Any, make_organisation: Any, open_browser: Any) -> People:
    org = await make_organisation("university")
    owner = await make_person("owner", org)
    looks: dict[str, tuple[str, Any, Any]] = {"anonymous": ("public", open_browser(), open_browser())}
    for who, made in {
        "stranger": await make_person(),
        "nobody's": await make_person(None),
        "operator": await make_person(None, staff=["operator"]),
        "department": await make_person(None, staff=["department"]),
    }.items():
        looks[who] = ("registered", await made.browser(), made.api())
    viewer = await make_person("viewer", org)
    looks["viewer"] = ("nda", await viewer.browser(), viewer.api())
    looks["owner"] = ("nda", await owner.browser(), owner.api())
    return People(owner, looks)


async def shown(owner: Any, tiers: dict[str, str], files: Iterable[str] = ()) -> UUID:
    """A published listing under these tiers, the only one there is: those of earlier examples are put away."""
    earlier = [r[0] for r in await m.rows("SELECT id FROM listing WHERE status = 'published'")]
    for old in earlier:
        await listings.suspend(m.OPERATOR, old, drafts.REASON)
    await tasks.index(earlier)
    title = "Công nghệ thử phạm vi xem"
    id_ = await m.publish(
        owner, **content() | {"title_vi": title, "title_en": "A technology to test tiers", "tiers": tiers}
    )
    for n, tier in enumerate(files):
        await listings.attach(owner, id_, f"{mark(f'tep-{n}')}.png", drafts.PNG, Tier(tier))
    await tasks.index([id_])
    return id_


@settings(drafts.FEW, max_examples=8)
@given(tiers=TIERS, files=FILES)
async def test_nothing_above_the_actors_level_is_shown(people: People, tiers: dict[str, str], files: list[str]) -> None:
    id_ = await shown(people.owner.actor, tiers, files)
    for who, (level, browser, api) in people.looks.items():
        hidden = above(tiers, level)
        told = set(TIERED) | {"confidential"}
        answer = await api.get(f"/api/v1/listings/{id_}")
        assert answer.status_code == 200
        view = answer.json()
        assert leaks(answer.text, hidden) == [], who
        assert view["locked"] == {n: tiers.get(n, "nda") for n in hidden}, who
        for name in told - set(hidden):
            assert all(seen in answer.text for seen in marks_of(name)[:2] if name != "price"), (who, name)
        assert ("price_from" in json.dumps(view["content"]["offers"]) and "987654000000" in answer.text) == (
            "price" not in hidden
        )
        names = {f["name"].removesuffix(".png") for f in view["files"]}
        wanted = {mark(f"tep-{n}") for n, t in enumerate(files) if ORDER.index(t) <= ORDER.index(level)}
        assert names == wanted, who
        for language in ("vi", "en"):
            page = await browser.get(f"/listings/{id_}?lang={language}")
            assert page.status_code == 200
            assert leaks(page.text, hidden) == [], (who, language)
            for name in set(STORY) - set(hidden):
                assert mark(f"{name}-{language}") in page.text, (who, name)
            seen_files = {n for n in range(3) if mark(f"tep-{n}") in page.text}
            assert seen_files == {n for n, t in enumerate(files) if ORDER.index(t) <= ORDER.index(level)}, who
    _, desk, _ = people.looks["operator"]
    review = await desk.get(f"/review/{id_}")
    assert review.status_code == 200
    assert leaks(review.text, above(tiers, "registered")) == []
    versions = await desk.get(f"/listings/{id_}/versions")
    assert leaks(versions.text, above(tiers, "registered")) == []


@settings(drafts.FEW, max_examples=8)
@given(tiers=TIERS, files=FILES)
async def test_only_what_is_public_leaves_the_listing_itself(
    people: People, tiers: dict[str, str], files: list[str]
) -> None:
    """Cards, lists, the index, feeds and structured data hold the public tier, whoever looks: the owner as well."""
    id_ = await shown(people.owner.actor, tiers, files)
    hidden = above(tiers, "public")
    org = people.owner.org.id
    places = [
        "/",
        "/listings",
        "/listings?q=thu+pham+vi+xem",
        "/listings?q=thu+pham+vi+xem&lang=en",
        "/listings?sort=price",
        "/feeds/listings.atom",
        "/feeds/listings.atom?lang=en",
        f"/compare?id={id_}",
        f"/organisations/{org}",
        "/sitemap.xml",
        "/sitemaps/listings-1.xml",
    ]
    for who in ("anonymous", "stranger", "operator", "owner"):
        _, browser, api = people.looks[who]
        for url in places:
            page = await browser.get(url)
            assert page.status_code == 200, url
            assert leaks(page.text, hidden) == [], (who, url)
        for url in ("/api/v1/listings?q=thu+pham+vi+xem", f"/api/v1/organisations/{org}/listings"):
            answer = await api.get(url)
            assert str(id_) in answer.text, url
            assert leaks(answer.text, hidden) == [], (who, url)
        card = next(c for c in answer.json()["items"] if c["id"] == str(id_))
        assert card["ip_kinds"] == ([] if "rights" in hidden else ["layout_design"])
        assert card["protection_until"] == (None if "rights" in hidden else "2061-03-07")
        assert card["price_from"] == (None if "price" in hidden else 987_654_000_000)
        assert card["price_policy"] == (None if "price" in hidden else "royalty")
    _, browser, api = people.looks["anonymous"]
    page = await browser.get(f"/listings/{id_}")
    found = page.text.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert leaks(found, hidden) == []
    assert ("987654000000" in found) == ("price" not in hidden)
    # Words under a tier find nothing, and are never suggested.
    for name in hidden:
        for word in marks_of(name)[:2]:
            answer = await api.get("/api/v1/listings", params={"q": word})
            assert answer.json()["items"] == [], (name, word)
    for word in (mark("solution-vi"), mark("solution-en")):
        answer = await api.get("/api/v1/listings", params={"q": word})
        assert len(answer.json()["items"]) == ("solution" not in hidden)
    suggested = await api.get("/api/v1/suggestions", params={"q": "zq"})
    assert leaks(suggested.text, hidden) == []


@drafts.FEW
@given(tiers=TIERS)
async def test_the_index_and_the_logs_hold_no_private_word(db: Any, tiers: dict[str, str]) -> None:
    owner = await m.acting("university")
    id_ = await shown(owner, tiers)
    hidden = above(tiers, "public")
    for slot in "ab":
        for row in await m.rows(f"SELECT d::text FROM search_listings_{slot} d WHERE id = :id", id=id_):
            assert leaks(row[0], hidden) == []
            assert mark("solution-vi") in row[0] or "solution" in hidden
        for row in await m.rows(f"SELECT phrase FROM search_listings_phrases_{slot}"):
            assert leaks(row[0], hidden) == []
    for table in ("audit_entry", "state_change", "procrastinate_jobs", "notification"):
        for row in await m.rows(f"SELECT t::text FROM {table} t"):
            assert leaks(row[0], [*TIERED, "confidential"]) == [], table


@given(tiers=TIERS)
def test_each_text_is_stored_in_one_tier_only(tiers: dict[str, str]) -> None:
    parts = split(Content.model_validate(m.CONTENT | content() | {"tiers": tiers}))
    for level, part in zip(ORDER, parts, strict=True):
        text = json.dumps(part, ensure_ascii=False)
        for name in (*STORY, "comparison", "confidential"):
            inside = all(seen in text for seen in marks_of(name)[:2])
            assert inside == (tiers.get(name, "nda") == level), (name, level)
            assert inside or leaks(text, [name]) == []


async def test_moving_a_text_under_nda_takes_it_out_of_the_row_and_the_index(db: Any, drain: Any) -> None:
    owner = await m.acting("university")
    id_ = await m.publish(owner, **content())
    await drain()
    row = "SELECT l::text FROM listing l WHERE id = :id"
    indexed = "SELECT string_agg(d::text, ' ') FROM search_listings_a d WHERE id = :id"
    assert mark("solution-vi") in await m.scalar(row, id=id_)
    assert mark("solution-vi") in await m.scalar(indexed, id=id_)
    await listings.update(owner, id_, UpdateListing(tiers=dict.fromkeys(TIERED, Tier.nda)))
    await drain()
    assert leaks(await m.scalar(row, id=id_), set(TIERED) - {"funding"}) == []
    assert leaks(await m.scalar(indexed, id=id_), TIERED) == []
    kept = json.dumps(await m.scalar("SELECT content FROM listing_confidential WHERE listing_id = :id", id=id_))
    assert mark("solution-vi") in kept
    await listings.update(owner, id_, UpdateListing(tiers={}))
    assert mark("solution-vi") in await m.scalar(row, id=id_)
    kept = json.dumps(await m.scalar("SELECT content FROM listing_confidential WHERE listing_id = :id", id=id_))
    assert mark("solution-vi") not in kept
    assert mark("confidential-vi") in kept


async def test_the_confidential_part_has_no_tier_to_choose(make_person: Any) -> None:
    person = await make_person()
    id_ = await drafts.draft(person.actor, confidential_vi=mark("confidential-vi"))
    api = person.api()
    answer = await api.patch(f"/api/v1/listings/{id_}", json={"tiers": {"confidential": "public", "solution": "nda"}})
    assert answer.status_code == 200
    assert answer.json()["content"]["tiers"] == {"solution": "nda"}
    for wrong in ({"title": "nda"}, {"summary": "nda"}, {"solution": "secret"}, {"nope": "nda"}):
        refused = await api.patch(f"/api/v1/listings/{id_}", json={"tiers": wrong})
        assert refused.status_code == 422, wrong
    assert tier_of({}, "confidential") is Tier.nda


async def test_an_accepted_nda_opens_the_story_but_nobody_loses_a_level(db: Any) -> None:
    owner, stranger = await m.acting("university"), await m.acting()
    id_ = await m.publish(owner, **content(), tiers={"solution": "nda", "limits": "registered"})
    before = await listings.read(stranger, id_)
    assert set(before.locked) == {"solution", "confidential"}
    after = await listings.read(stranger, id_, opened=Tier.nda)
    assert after.locked == {}
    assert after.content.solution_vi == content()["solution_vi"].strip()
    lower = await listings.read(owner, id_, opened=Tier.public)
    assert lower.locked == {}
    assert set((await listings.read(ANONYMOUS, id_)).locked) == {"solution", "limits", "confidential"}


@pytest.mark.parametrize("role", list(Role))
async def test_every_member_of_the_owner_reads_all_of_it(make_person: Any, make_organisation: Any, role: Role) -> None:
    org = await make_organisation("university")
    owner, reader = await make_person("owner", org), await make_person(role, org)
    id_ = await m.publish(owner.actor, **content(), tiers=dict.fromkeys(TIERED, "nda"))
    view = await listings.read(reader.actor, id_)
    assert view.locked == {}
    assert view.content.confidential_vi == content()["confidential_vi"].strip()
