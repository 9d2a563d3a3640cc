"""`santex matching evaluate`: how often the technologies known to answer a need are found, on files.

Rows are `{"id", "title", "description"}` (needs), `{"id", "title", "abstract"}` (technologies), either with title_vi,
description_vi, abstract_vi, ipc; `{"need_id", "technology_ids", "link"}` (matches). Only text and IPC classes are read:
who asked, who paid and when are no hint. Half of the needs, by a hash of the id, were there to tune on; both halves are
told.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.kit.errors import Invalid
from app.kit.text import Text, fold
from app.matching.textfit import PARTS, TUNED, LexicalIndex, Passage, Statistics, Tuning, codes_of
from app.matching.words import EN, VI

DEPTHS = (1, 10, 50)
HALVES = ("tuned", "held_out")
LANGUAGES = (VI, EN)


@dataclass(frozen=True, slots=True)
class Labelled:
    id: str
    passage: Passage
    wanted: frozenset[str]
    link: str


def half(need_id: str) -> str:
    """Which half a need belongs to; it never changes."""
    return HALVES[int(hashlib.sha256(need_id.encode()).hexdigest(), 16) % 2]


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def passage(row: Mapping[str, Any], language: str, body: str, *, title: bool = True, marks: bool = True) -> Passage:
    """One row in one language, or in both (`any`)."""

    def held(name: str, spoken: str) -> str:
        if language not in (spoken, "any") or (name == "title" and not title):
            return ""
        text = row.get(f"{name}_vi", "") if spoken == VI else row.get(name, "")
        return text if marks else fold(text)

    return Passage(
        held("title", VI), held(body, VI), held("title", EN), held(body, EN), codes=codes_of((), row.get("ipc", ()))
    )


def evaluate(
    needs: Path,
    technologies: Path,
    matches: Path,
    *,
    link: str | None = None,
    hide_titles: bool = False,
    need_lang: str = EN,
    technology_lang: str = "any",
    marks: bool = True,
    without: Iterable[str] = (),
    ablations: bool = False,
) -> dict[str, Any]:
    left_out = frozenset(without)
    if unknown := left_out - set(PARTS):
        known = ", ".join(PARTS)
        raise Invalid("unknown_part", Text(f"Không có {min(unknown)}; chỉ có: {known}.", f"Parts are: {known}."))
    offered = {r["id"]: passage(r, technology_lang, "abstract") for r in rows(technologies)}
    offered = {key: p for key, p in offered.items() if p.languages()}
    asked = {r["id"]: r for r in rows(needs)}
    background = [passage(r, need_lang, "description", marks=marks) for r in asked.values()]
    labelled = [
        Labelled(m["need_id"], p, wanted, m["link"])
        for m in rows(matches)
        if (link is None or m["link"] == link)
        and (row := asked.get(m["need_id"]))
        and (p := passage(row, need_lang, "description", title=not hide_titles, marks=marks)).languages()
        and (wanted := frozenset(m["technology_ids"]) & offered.keys())
    ]
    if not labelled:
        raise Invalid(
            "nothing_labelled",
            Text(
                "Không có nhu cầu nào vừa có văn bản ở ngôn ngữ này vừa có công nghệ khớp trong tệp.",
                "No need has text in this language and a matching technology in the file.",
            ),
        )
    found: dict[str, Any] = {
        "needs": len(labelled), "technologies": len(offered), "need_lang": need_lang,
        "technology_lang": technology_lang, "variant": "as-is" if marks else "no-diacritics",
        "titles": not hide_titles, "without": sorted(left_out),
    }  # fmt: skip
    measured = _measured(offered, background, labelled, replace(TUNED, without=left_out))
    found |= measured
    if ablations:
        found["ablations"] = {
            part: _measured(offered, background, labelled, replace(TUNED, without=left_out | {part}))["figures"]
            for part in PARTS
            if part not in left_out
        }
    return found


def _measured(
    offered: Mapping[str, Passage], background: Sequence[Passage], labelled: Sequence[Labelled], tuning: Tuning
) -> dict[str, Any]:
    kept = Statistics()
    for each in background:
        kept.add(each, tuning)
    index: LexicalIndex[str] = LexicalIndex(asked=kept, tuning=tuning)
    for key, each in offered.items():
        index.add(key, each)
    places: list[tuple[Labelled, list[int]]] = []
    times: list[float] = []
    for need in labelled:
        began = time.perf_counter()
        fits = index.fit(need.passage)
        ranked = sorted(fits, key=lambda key: (-fits[key], key))
        times.append((time.perf_counter() - began) * 1000)
        places.append((need, [place for place, key in enumerate(ranked, 1) if key in need.wanted]))
    times.sort()
    links = sorted({need.link for need, _ in places})
    return {
        "figures": figures(places),
        "halves": {h: figures([p for p in places if half(p[0].id) == h]) for h in HALVES},
        "links": {name: figures([p for p in places if p[0].link == name]) for name in links},
        "ms_p50": round(statistics.median(times), 1),
        "ms_p95": round(times[min(int(len(times) * 0.95), len(times) - 1)], 1),
    }


def figures(places: Sequence[tuple[Labelled, Sequence[int]]]) -> dict[str, float]:
    """recall@k: share of a need's technologies among the first k (of k, where it has more); MRR: of the first one."""

    def mean(values: Sequence[float]) -> float:
        return round(statistics.fmean(values), 4) if values else 0.0

    out: dict[str, float] = {"needs": len(places)}
    for depth in DEPTHS:
        out[f"recall@{depth}"] = mean(
            [sum(p <= depth for p in found) / min(len(need.wanted), depth) for need, found in places]
        )
    out["mrr"] = mean([1 / found[0] if found else 0.0 for _, found in places])
    return out
