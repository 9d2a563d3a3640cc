"""Looking for the matches of one need or one listing: candidates from the index, scores, and one set written.

A look is bounded whatever the stock: some hundreds of candidates are compared as texts, the best of them are read and
scored, the best of those are kept. Looking again changes nothing where nothing has changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import search
from app import needs
from app.kit import clock
from app.kit.actor import ANONYMOUS, system
from app.kit.errors import NotFound
from app.listings import Card, Content, listings
from app.matching import repository
from app.matching.facts import Asked, asked_of, document_passage, reasons, tech_of
from app.matching.models import Match
from app.matching.scoring import DEFAULT, Component, Weights, score
from app.matching.textfit import LexicalIndex, Passage, Statistics
from app.matching.workflow import MATCH
from app.needs import OPEN, Whole
from app.platform import state
from app.platform.db import reading, unit_of_work
from app.profiles import absorptive
from search.documents import LISTINGS, NEEDS, ListingDocument
from search.port import Query
from search.sources import sources

PAGE = 100
CANDIDATES = 400
READ = 80
KEEP = 50
NEEDS_OF_A_LISTING = 60
SAMPLE = 1000
SAMPLE_NEEDS = 300
BACKGROUND_AGE = timedelta(hours=12)
QUERY_LENGTH = 230
FINDER = system("santex matching")


@dataclass(slots=True)
class Background:
    """How rare words are, measured on a steady sample of the stock; a process measures it twice a day."""

    technologies: Statistics
    asked: Statistics
    until: Any
    size: int


_background: Background | None = None


async def background() -> Background:
    global _background  # noqa: PLW0603 - one a process
    async with reading() as session:
        ids = await repository.sample_listings(session, SAMPLE)
        need_ids = await repository.open_needs(session, SAMPLE_NEEDS)
    size = len(ids)
    kept = _background
    if kept and kept.until > clock.now() and size <= kept.size * 1.1 and kept.size <= size * 1.1:
        return kept
    passages = [document_passage(d) for d in await _documents(ids)]
    asked = [asked_of(n).passage for n in await needs.needs.whole(need_ids)]
    told = await asyncio.to_thread(lambda: (_counted(passages), _counted(asked)))
    _background = Background(*told, until=clock.now() + BACKGROUND_AGE, size=size)
    return _background


def _counted(passages: Iterable[Passage]) -> Statistics:
    made = Statistics()
    for passage in passages:
        made.add(passage)
    return made


async def _documents(ids: Sequence[UUID]) -> list[ListingDocument]:
    found = await sources()[LISTINGS].read(ids) if ids else []
    return [d for d in found if isinstance(d, ListingDocument)]


async def weights_in_force() -> Weights:
    async with reading() as session:
        row = await repository.in_force(session)
    if row is None:
        return DEFAULT
    return Weights(f"v{row.version}", row.version, {Component(k): Decimal(v) for k, v in row.shares.items()})


# --- candidates ---


def _queries(
    title: str, other: str, keywords: Sequence[str], body: str, narrow: Mapping[str, frozenset[str]]
) -> list[Query]:
    """The texts, each loosely; then what stands in the same class of IPC or field, newest first."""
    words = " ".join(keywords)
    texts = dict.fromkeys(t[:QUERY_LENGTH] for t in (f"{title} {words}", title, other, words, body) if t.strip())
    made = [Query(text=t, limit=PAGE, highlight=False) for t in texts]
    made += [
        Query(filters={name: values}, sort="newest", limit=PAGE, highlight=False) for name, values in narrow.items()
    ]
    return made


async def _candidates(index: str, queries: Sequence[Query]) -> list[UUID]:
    found: dict[UUID, None] = {}
    for query in queries:
        answer = await search.engine().search(index, query)
        found.update(dict.fromkeys(h.id for h in answer.hits))
        if len(found) >= CANDIDATES:
            break
    return list(found)[:CANDIDATES]


def _narrow(field: str | None, ipc: Sequence[str]) -> dict[str, frozenset[str]]:
    made = {}
    if ipc:
        made["ipc"] = frozenset(" ".join(i.split())[:4] for i in ipc)
    if field:
        made["fields"] = frozenset({field})
    return made


# --- one need ---


@dataclass(frozen=True, slots=True)
class Scored:
    listing_id: UUID
    owner_org_id: UUID
    values: dict[str, Any]


async def _capacity(org_id: UUID) -> dict[str, float] | None:
    async with reading() as session:
        found = (await absorptive(session, [org_id])).get(org_id)
    return found.shares if found else None


async def _read(ids: Sequence[UUID]) -> list[tuple[Card, Content]]:
    """The public reading of these listings, those that are offered now."""
    made = []
    for id_ in ids:
        try:
            view = await listings.read(ANONYMOUS, id_)
        except NotFound:
            continue
        if view.status == "published":
            made.append((view.card, view.content))
    return made


def _scored(asked: Asked, card: Card, content: Content, fit: float, weights: Weights) -> Scored:
    tech = tech_of(card, content, asked)
    on = clock.today()
    own = score(asked.own, tech, fit, weights, on=on)
    shared = score(asked.shared, tech, fit, weights, on=on)
    return Scored(
        card.id,
        card.org_id,
        {
            "weights_version": weights.version, "score": own.score, "confidence": own.confidence,
            "violates": bool(own.violated), "components": {k.value: v for k, v in own.components.items()},
            "criteria": reasons(own.criteria, asked, tech, shared=False), "shared_score": shared.score,
            "shared_confidence": shared.confidence, "shared_violates": bool(shared.violated),
            "shared_criteria": reasons(shared.criteria, asked, tech, shared=True),
        },
    )  # fmt: skip


def best(found: Sequence[Scored]) -> list[Scored]:
    """What is kept: the best by the shared reading alone, those that break a must-have after all others."""

    def place(s: Scored) -> tuple[bool, float, float, str]:
        v = s.values
        return (v["shared_violates"], -v["shared_score"], -v["shared_confidence"], str(s.listing_id))

    return sorted(found, key=place)[:KEEP]


async def look_for_need(need_id: UUID) -> int:
    """Bring the matches of one need in line with it and with the stock; how many stand."""
    began = time.perf_counter()
    found = await needs.needs.whole([need_id])
    if not found or found[0].status not in OPEN:
        await lapse(need_id=need_id)
        return 0
    need = found[0]
    asked = asked_of(need, await _capacity(need.org_id))
    c = need.content
    vi, en = (c.title or "", c.title_en or "")
    body = c.summary or asked.passage.body_vi or asked.passage.body_en
    ids = await _candidates(LISTINGS, _queries(vi, en, c.keywords, body, _narrow(c.field, c.ipc)))
    documents = [d for d in await _documents(ids) if d.owner_id != need.org_id]
    kept = await background()
    fits = await asyncio.to_thread(_fits, asked.passage, documents, kept)
    near = sorted(fits, key=lambda id_: (-fits[id_], str(id_)))[:READ]
    weights = await weights_in_force()
    offered = await _read(near)
    # Scores quote the texts: long enough to leave the loop to others meanwhile.
    scored = await asyncio.to_thread(lambda: [_scored(asked, c, text, fits[c.id], weights) for c, text in offered])
    standing = await _write(need, best(scored))
    await _note("need", need_id, weights, len(documents), standing, began)
    return standing


def _fits(asked: Passage, documents: Sequence[ListingDocument], kept: Background) -> dict[UUID, float]:
    index: LexicalIndex[UUID] = LexicalIndex(statistics=kept.technologies, asked=kept.asked)
    for d in documents:
        index.add(d.id, document_passage(d))
    return index.fit(asked)


async def _note(
    kind: str, id_: UUID, weights: Weights, candidates: int, kept: int, began: float, seen: str = ""
) -> None:
    async with unit_of_work() as session:
        await repository.note_run(
            session, kind=kind, subject_id=id_, at=clock.now(), weights_version=weights.version,
            candidates=candidates, kept=kept, milliseconds=round((time.perf_counter() - began) * 1000),
            seen=seen,
        )  # fmt: skip


async def _write(need: Whole, found: Sequence[Scored]) -> int:
    """One set, whoever else looks at the same time; only what differs is written."""
    async with unit_of_work() as session:
        await repository.lock_need(session, need.id)
        kept = await repository.of_need_kept(session, need.id)
        wanted = {s.listing_id: s for s in found}
        held = await repository.wanted(session, [m.id for m in kept.values()])
        gone = [
            m.id for m in kept.values() if m.listing_id not in wanted and m.status == "current" and m.id not in held
        ]
        back = [m.id for m in kept.values() if m.listing_id in wanted and m.status == "lapsed"]
        for listing_id, s in wanted.items():
            if listing_id in kept and _differs(kept[listing_id], s.values):
                await repository.write(session, kept[listing_id].id, s.values)
        await _add(session, need, [s for s in found if s.listing_id not in kept])
        await state.transition_many(session, Match, gone, MATCH, "lapse", FINDER)
        await state.transition_many(session, Match, back, MATCH, "revive", FINDER)
        return len(await repository.current_of(session, need_id=need.id))


async def _add(session: Any, need: Whole, found: Sequence[Scored]) -> None:
    now = clock.now()
    rows = [
        {
            "need_id": need.id, "listing_id": s.listing_id, "asker_org_id": need.org_id,
            "owner_org_id": s.owner_org_id, "status": MATCH.initial, "status_at": now, "found_at": now, **s.values,
        }
        for s in found
    ]  # fmt: skip
    if rows:
        ids = await repository.add(session, rows)
        await state.note_many(session, MATCH, ids, "find", MATCH.initial, FINDER)


def _differs(row: Match, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


# --- one listing ---


async def look_for_listing(listing_id: UUID) -> int:
    """Bring one listing's matches in line: with the needs it has, and with those the index finds for it."""
    began = time.perf_counter()
    documents = await _documents([listing_id])
    read = await _read([listing_id])
    weights = await weights_in_force()
    if not documents or not read:
        await lapse(listing_id=listing_id)
        await _note("listing", listing_id, weights, 0, 0, began)
        return 0
    card, content = read[0]
    d = documents[0]
    shown = hashlib.sha256(f"{d!r}{content.model_dump_json()}".encode()).hexdigest()
    async with reading() as session:
        # Several jobs may tell of one change; what changes on the other side has jobs of its own.
        if await repository.seen(session, "listing", listing_id) == shown:
            return len(await repository.current_of(session, listing_id=listing_id))
    queries = _queries(
        d.title_vi or d.title_en,
        d.title_en,
        list(d.keywords),
        d.summary_vi or d.summary_en,
        _narrow(card.field, card.ipc),
    )
    found = await _candidates(NEEDS, queries)
    async with reading() as session:
        had = await repository.needs_of_listing(session, listing_id)
    ids = list(dict.fromkeys([*had, *found]))[:CANDIDATES]
    asked = [(n, asked_of(n)) for n in await needs.needs.whole(ids) if n.status in OPEN and n.org_id != card.org_id]
    kept = await background()
    fits = await asyncio.to_thread(_fits_of_needs, document_passage(d), asked, kept)
    near = sorted(asked, key=lambda pair: (-fits.get(pair[0].id, 0.0), str(pair[0].id)))
    standing = 0
    for need, _ in near[:NEEDS_OF_A_LISTING]:
        if fits.get(need.id):
            whole = asked_of(need, await _capacity(need.org_id))
            standing += await _place(need, _scored(whole, card, content, fits[need.id], weights))
    await _note("listing", listing_id, weights, len(asked), standing, began, shown)
    return standing


def _fits_of_needs(technology: Passage, asked: Sequence[tuple[Whole, Asked]], kept: Background) -> dict[UUID, float]:
    """The fit of one technology to each need, counted as when the need is looked at."""
    index: LexicalIndex[int] = LexicalIndex(statistics=kept.technologies, asked=kept.asked)
    index.add(0, technology)
    return {need.id: fit for need, a in asked if (fit := index.fit(a.passage).get(0))}


async def _place(need: Whole, found: Scored) -> bool:
    """Write one pair, when it is among the best of its need; the one it pushes out lapses."""
    async with unit_of_work() as session:
        await repository.lock_need(session, need.id)
        kept = await repository.of_need_kept(session, need.id)
        row = kept.get(found.listing_id)
        others = [
            Scored(m.listing_id, m.owner_org_id, {
                "shared_violates": m.shared_violates, "shared_score": m.shared_score,
                "shared_confidence": m.shared_confidence,
            })
            for m in kept.values() if m.status == "current" and m.listing_id != found.listing_id
        ]  # fmt: skip
        chosen = {s.listing_id for s in best([*others, found])}
        held = await repository.wanted(session, [m.id for m in kept.values()])
        gone = [
            m.id for m in kept.values() if m.status == "current" and m.id not in held and m.listing_id not in chosen
        ]
        await state.transition_many(session, Match, gone, MATCH, "lapse", FINDER)
        if found.listing_id not in chosen:
            return False
        if row is None:
            await _add(session, need, [found])
            return True
        if _differs(row, found.values):
            await repository.write(session, row.id, found.values)
        if row.status == "lapsed":
            await state.transition_many(session, Match, [row.id], MATCH, "revive", FINDER)
        return True


async def lapse(*, need_id: UUID | None = None, listing_id: UUID | None = None) -> None:
    """A side has left the market: its matches go out of sight."""
    async with unit_of_work() as session:
        if need_id:
            await repository.lock_need(session, need_id)
        ids = await repository.current_of(session, need_id=need_id, listing_id=listing_id)
        await state.transition_many(session, Match, ids, MATCH, "lapse", FINDER)
