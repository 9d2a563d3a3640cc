"""Imports: whole rows or none, the same file twice changes nothing, a killed one is finished by the next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import actor as kit
from app.listings import imports
from app.listings.imports import Report, content_of, import_technologies, parse
from app.settings import ROOT
from tests.listings import drafts
from tests.support import market as m

ACTOR = kit.system("import")
DATA = Path(os.environ.get("SANTEX_DATA") or ROOT.parent / "shared" / "data")


def row(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"t-{n}",
        "kind": "patent",
        "lang": "en",
        "title": f"A device number {n}",
        "abstract": f"It works. {n}",
        "owner": f"Firm {n % 3}",
        "owner_type": "company",
        "country": "US",
        "ipc": ["C12N 15/82", "junk"],
        "patent_number": f"US{n:07}",
        "status": "granted",
        "trl_current": 1 + n % 9,
        "url": f"https://x.example/{n}",
    } | changes


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(rows: Iterable[Any]) -> Path:
        path = tmp_path / "rows.jsonl"
        lines = [r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in rows]
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path

    return write


async def everything() -> str:
    """All that an import writes, in one hash: listings, parts, organisations, histories, audit, queue."""
    tables = (
        "listing",
        "listing_owner",
        "listing_right",
        "listing_offer",
        "organisation",
        "state_change",
        "audit_entry",
        "procrastinate_jobs",
    )
    parts = [
        await m.scalar(f"SELECT md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) FROM {t} t")
        for t in tables
    ]
    return ":".join(parts)


async def content_hash() -> str:
    """What the listings say, without ids and moments: equal for two ways to the same end."""
    found = await m.scalar(
        "SELECT md5(string_agg(concat_ws('|', l.source_id, source_hash, l.status, version, title_vi, title_en,"
        " summary_en, story::text, ipc::text, trl, keywords::text, o.name_vi,"
        " (SELECT string_agg(r.registration_no || r.office, ',') FROM listing_right r WHERE r.listing_id = l.id)),"
        " ';' ORDER BY l.source_id)) FROM listing l JOIN organisation o ON o.id = l.org_id"
    )
    return str(found)


async def test_a_file_comes_in_once_and_again_changes_nothing(db: Any, file: Any, drain: Any, client: Any) -> None:
    path = file(row(n) for n in range(40))
    report = await import_technologies(ACTOR, path)
    assert (report.read, report.created, report.updated, report.unchanged, report.rejected) == (40, 40, 0, 0, [])
    assert await m.scalar("SELECT count(*) FROM organisation WHERE source = 'import'") == 3
    await m.sound()
    await drain()
    found = (await client.get("/api/v1/listings", params={"q": "device number 7"})).json()
    assert found["items"][0]["title_en"] == "A device number 7"
    before = await everything()
    again = await import_technologies(ACTOR, path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 40)
    assert await everything() == before


async def test_a_changed_row_is_updated_alone(db: Any, file: Any, drain: Any, client: Any) -> None:
    await import_technologies(ACTOR, file(row(n) for n in range(10)))
    ids = {r[0]: r[1] for r in await m.rows("SELECT source_id, id FROM listing")}
    before = {k: await drafts.trace(v) for k, v in ids.items()}
    changed = row(4, title="A better device", trl_current=9, patent_number="US7777777")
    report = await import_technologies(ACTOR, file(changed if n == 4 else row(n) for n in range(11)))
    assert (report.created, report.updated, report.unchanged) == (1, 1, 9)
    for key, id_ in ids.items():
        assert ((await drafts.trace(id_))[:5] == before[key][:5]) == (key != "t-4")
    kept = await m.row("SELECT title_en, trl, version, reviewed_version, status FROM listing WHERE source_id = 't-4'")
    assert tuple(kept) == ("A better device", 9, 2, 2, "published")
    rights = await m.rows("SELECT registration_no FROM listing_right WHERE listing_id = :id", id=ids["t-4"])
    assert [r[0] for r in rights] == ["US7777777"]
    assert (await drafts.audited(ids["t-4"])) == ["listing.import", "listing.import_update"]
    await drain()
    found = (await client.get("/api/v1/listings", params={"q": "better device"})).json()
    assert [i["id"] for i in found["items"]] == [str(ids["t-4"])]
    await m.sound()


BAD: dict[str, tuple[Any, str, str]] = {
    "no JSON": (b'{"id": "x", "title": ', "", "Expecting"),
    "no object": (b"[1, 2]", "", "no JSON object"),
    "no UTF-8": (b'{"id": "x", "title": "caf\xe9 con chim"}', "", "utf-8"),
    "no id": ({"title": "A title without an id"}, "", "id: Field required"),
    "an empty id": (row(1, id="  "), "  ", "id:"),
    "no title": ({"id": "x"}, "x", "title: Field required"),
    "a short title": (row(1, id="x", title="ab"), "x", "title:"),
    "a level beyond the scale": (row(1, id="x", trl_current=12), "x", "trl_current:"),
    "a country of three letters": (row(1, id="x", country="USA"), "x", "country:"),
    "a country there is not": (row(1, id="x", country="QQ"), "x", "office"),
    "a number for a title": (row(1, id="x", title=5), "x", "title:"),
    "half a surrogate": (b'{"id": "x", "title": "A title \\ud800 broken"}', "x", "title"),
    "twice the same id": (row(2), "t-2", "stands twice"),
    "a line too long": (row(1, id="x", abstract="x" * 2_000_100), "x", "longer than"),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_row_is_reported_and_leaves_nothing(db: Any, file: Any, what: str) -> None:
    bad, id_, reason = BAD[what]
    report = await import_technologies(ACTOR, file([row(1), row(2), b"", bad, row(3)]))
    assert (report.read, report.created) == (4, 3)
    assert [(r.line, r.id) for r in report.rejected] == [(4, id_)]
    assert any(reason in r for r in report.rejected[0].reasons), report.rejected
    kept = [r[0] for r in await m.rows("SELECT source_id FROM listing ORDER BY 1")]
    assert kept == ["t-1", "t-2", "t-3"]
    assert await m.scalar("SELECT count(*) FROM state_change") == 3
    await m.sound()


async def test_a_row_gone_bad_leaves_what_was_there(db: Any, file: Any) -> None:
    await import_technologies(ACTOR, file([row(1), row(2)]))
    before = await content_hash()
    report = await import_technologies(ACTOR, file([row(1), row(2, title="")]))
    assert (report.unchanged, len(report.rejected)) == (1, 1)
    assert await content_hash() == before


@given(
    lines=st.lists(st.one_of(st.binary(max_size=60), st.just(json.dumps(row(1)).encode()), st.just(b"  ")), max_size=8)
)
def test_reading_never_stops_at_a_line(lines: list[bytes]) -> None:
    report = Report()
    good = list(parse(lines, report))
    assert len(good) + len(report.rejected) == report.read
    assert all(1 <= r.line <= len(lines) and r.reasons for r in report.rejected)


@given(
    data=st.fixed_dictionaries(
        {"id": st.text(min_size=1, max_size=20), "title": st.text(min_size=3, max_size=300)},
        optional={k: st.text(max_size=2500) for k in ("abstract", "owner", "category", "benefits", "patent_number")}
        | {
            "kind": st.sampled_from(["patent", "software", "solution", "x"]),
            "country": st.sampled_from(["", "VN", "WO"]),
            "lang": st.sampled_from(["vi", "en"]),
            "title_vi": st.text(max_size=300),
            "trl_current": st.integers(1, 9),
        },
    )
)
def test_any_row_becomes_a_listing_or_a_reason(data: dict[str, Any]) -> None:
    report = Report()
    made = list(parse([json.dumps(data).encode()], report))
    assert len(made) + len(report.rejected) == 1
    for source, _, content in made:
        assert content.title_vi
        assert content_of(source) == content


async def test_a_killed_import_is_finished_by_the_next(db: Any, file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    path = file(row(n) for n in range(45))
    write, batches = imports._write, 0

    class Killed(BaseException):
        """As a signal would end it: between two batches, and in the middle of one."""

    async def killed(*args: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise Killed
        await write(*args)

    monkeypatch.setattr(imports, "_write", killed)
    with pytest.raises(Killed):
        await import_technologies(ACTOR, path)
    assert await m.scalar("SELECT count(*) FROM listing") == 20
    await m.sound()
    monkeypatch.setattr(imports, "_write", write)

    insert = imports.repository.insert_listings

    async def half(session: Any, rows: Any) -> None:
        await insert(session, rows)
        raise Killed

    with monkeypatch.context() as inside:
        inside.setattr(imports.repository, "insert_listings", half)
        with pytest.raises(Killed):
            await import_technologies(ACTOR, path)
    assert await m.scalar("SELECT count(*) FROM listing") == 20
    await m.sound()

    report = await import_technologies(ACTOR, path)
    assert (report.created, report.unchanged, report.rejected) == (25, 20, [])
    assert await m.scalar("SELECT count(*) FROM state_change WHERE workflow = 'listing'") == 45
    await m.sound()
    found = await content_hash()
    again = await import_technologies(ACTOR, path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 45)
    assert await content_hash() == found


async def test_a_vietnamese_row_is_vietnamese_and_nothing_is_invented(db: Any, file: Any) -> None:
    source = row(
        1,
        kind="solution",
        lang="vi",
        title="HR software",
        title_vi="Phần mềm nhân sự",
        abstract_vi="Quản lý nhân sự.",
        owner_vi="Công ty Thử",
        country="VN",
        patent_number="",
        trl_current=None,
        category_vi="Phần mềm",
    )
    await import_technologies(ACTOR, file([source]))
    kept = await m.row("SELECT lang, title_vi, title_en, summary_vi, trl, field, priority, funding FROM listing")
    assert tuple(kept) == ("vi", "Phần mềm nhân sự", "HR software", "Quản lý nhân sự.", None, None, None, None)
    assert await m.scalar("SELECT name_vi FROM organisation WHERE source = 'import'") == "Công ty Thử"
    assert await m.scalar("SELECT count(*) FROM listing_right") == 0


@pytest.mark.slow
@pytest.mark.skipif(
    not (DATA / "technologies.jsonl").is_file(),
    reason=f"no {DATA / 'technologies.jsonl'}: set SANTEX_DATA to the folder that holds the real technologies",
)
async def test_the_real_rows_come_in_whole(db: Any, client: Any, drain: Any) -> None:
    path = DATA / "technologies.jsonl"
    seen: list[int] = []
    report = await import_technologies(ACTOR, path, progress=seen.append)
    assert report.read == 3425
    assert report.created + len(report.rejected) == 3425
    assert len(report.rejected) == 0, report.rejected[:5]
    assert seen[-1] == path.stat().st_size
    await m.sound()
    with path.open(encoding="utf-8") as lines:
        source = {r["id"]: r for r in map(json.loads, lines)}
    kept = await m.rows("SELECT source_id, lang, title_vi, title_en, trl, source_url FROM listing")
    assert {r[0] for r in kept} == source.keys()
    for id_, lang, title_vi, title_en, trl, url in kept:
        real = source[id_]
        assert trl == real.get("trl_current")
        assert url == real.get("url")
        if len(real["title"]) <= 200 and lang == "en":
            assert title_vi == title_en == " ".join(real["title"].split())
    again = await import_technologies(ACTOR, path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3425)
    await drain()
    total = (await client.get("/api/v1/listings", params={"limit": "1"})).json()["total"]
    assert total == 3425
