"""Needs from a file: whole rows or none, told twice changes nothing, killed half-way carries on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.kit.actor import ANONYMOUS
from app.needs import browse, imports, needs
from app.needs.browse import NeedParams
from app.needs.imports import content_of, import_needs, read
from tests.support import jobs
from tests.support.market import OPERATOR, scalar

ROW: dict[str, Any] = {
    "id": "need-1", "kind": "topic", "lang": "en", "title": "A low noise amplifier for ground stations",
    "description": "Signal noise limits the link. " * 60, "organisation": "Ministry of Tests / Radio", "country": "US",
    "topic_code": "MT15-1", "programme": "Tests", "keywords": ["LNA", "Ka-band"], "date_close": "February 18, 2015",
    "url": "https://needs.example/1", "source": "Tests 2015",
}  # fmt: skip


def _file(folder: Path, *rows: Any) -> Path:
    path = folder / "needs.jsonl"
    path.write_bytes(b"\n".join(r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows))
    return path


def test_what_the_source_does_not_say_stays_empty() -> None:
    content = content_of(read(ROW)[0], date(2026, 11, 24))
    assert (content.lang, content.deadline, content.criteria, content.budget_max) == ("en", None, [], None)
    assert content.keywords == ["MT15-1", "LNA", "Ka-band"]
    assert len(content.summary or "") <= 600
    later = content_of(read(ROW | {"date_close": "June 1, 2030"})[0], date(2026, 11, 24))
    assert later.deadline == date(2030, 6, 1)
    translated = ROW | {"title_vi": "Bộ khuếch đại nhiễu thấp", "description_vi": "Nhiễu."}
    both = content_of(read(translated)[0], date(2026, 11, 24))
    assert (both.lang, both.title, both.title_en) == ("vi", "Bộ khuếch đại nhiễu thấp", ROW["title"])


@pytest.mark.usefixtures("db")
async def test_twice_is_once_and_bad_rows_are_reported(tmp_path: Path) -> None:
    rows = [ROW | {"id": f"need-{n}"} for n in range(60)]
    path = _file(tmp_path, *rows, {"id": "bad", "title": "x"}, b"{no json", ROW | {"id": "need-3"})
    first = await import_needs(OPERATOR, path)
    assert (first.read, first.created, len(first.rejected)) == (63, 60, 3)
    assert [r.line for r in first.rejected] == [61, 62, 63]
    again = await import_needs(OPERATOR, path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 60)
    changed = _file(tmp_path, rows[0] | {"title": "A quieter amplifier for ground stations"})
    assert (await import_needs(OPERATOR, changed)).updated == 1
    await jobs.drain()
    found = await browse.find(NeedParams(q="quieter amplifier"), "en")
    assert found.page.items[0].title.startswith("A quieter")
    assert (await browse.find(NeedParams(), "vi")).page.total == 60
    view = await needs.read(ANONYMOUS, found.page.items[0].id)
    assert view.content.ordering_authority == "Ministry of Tests / Radio"
    assert await scalar("SELECT count(*) FROM organisation WHERE name_vi = 'Ministry of Tests / Radio'") == 1


@pytest.mark.usefixtures("db")
async def test_a_batch_that_fails_leaves_nothing_and_the_next_run_carries_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    path = _file(tmp_path, *(ROW | {"id": f"need-{n}"} for n in range(25)))
    note, calls = imports.state.note_many, 0

    async def killed(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError("the plug")
        await note(*args)

    with monkeypatch.context() as inside:
        inside.setattr(imports.state, "note_many", killed)
        with pytest.raises(ConnectionError):
            await import_needs(OPERATOR, path)
    assert await scalar("SELECT count(*) FROM need") == 10
    done = await import_needs(OPERATOR, path)
    assert (done.created, done.unchanged) == (15, 10)
