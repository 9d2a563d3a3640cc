"""Is the index what the database says? Compared document by document, by id and version, and mended where it is not."""

# ruff: noqa: S608 - names from search.documents.INDEXES, never anything a user sent

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from app.platform import db
from search.documents import INDEXES, Document, number
from search.fallback import FallbackEngine
from search.meilisearch import MeilisearchEngine, Poisoned
from search.meilisearch.writing import micros
from search.port import SearchEngine
from search.postgres.run import run
from search.postgres.tables import TABLES
from search.sources import Source

log = logging.getLogger("santex.search")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """`wanted` and `held` are hashes over every id and its version, equal when nothing differs."""

    engine: str
    index: str
    documents: int
    held_documents: int
    wanted: str
    held: str
    missing: tuple[UUID, ...]
    surplus: tuple[UUID, ...]
    other: tuple[UUID, ...]

    @property
    def ids(self) -> list[UUID]:
        return sorted({*self.missing, *self.surplus, *self.other})


def parts(engine: SearchEngine) -> tuple[SearchEngine, ...]:
    return engine.engines if isinstance(engine, FallbackEngine) else (engine,)


def _hash(versions: Mapping[UUID, str]) -> str:
    return hashlib.sha256("\n".join(f"{i} {versions[i]}" for i in sorted(versions)).encode()).hexdigest()[:16]


async def _held(engine: SearchEngine, index: str) -> dict[UUID, str]:
    if isinstance(engine, MeilisearchEngine):
        return await engine.held(index)
    async with db.reading() as session:
        slot = await run(session, f"SELECT slot FROM search_index WHERE name = '{index}'")
        columns = ", ".join(("id", "fresh", *INDEXES[index].numbers))
        rows = await run(session, f"SELECT {columns} FROM {TABLES[index, slot[0][0] if slot else 'a'][0].name}")
    return {row[0]: " ".join(map(str, row[1:])) for row in rows}


def _version(engine: SearchEngine, index: str, document: Document) -> str:
    """A digest of the whole document where the engine keeps one, else when it was last confirmed, and its numbers."""
    if isinstance(engine, MeilisearchEngine):
        return engine.version(index, document)
    return " ".join(map(str, (micros(document.refreshed_at), *(number(document, n) for n in INDEXES[index].numbers))))


async def compare(engine: SearchEngine, index: str, source: Source) -> list[Difference]:
    """One comparison for each engine. What is being written at the moment may show as different."""
    engines = parts(engine)
    wanted: list[dict[UUID, str]] = [{} for _ in engines]
    async for document in source.every():
        for part, versions in zip(engines, wanted, strict=True):
            versions[document.id] = _version(part, index, document)
    found = []
    for part, versions in zip(engines, wanted, strict=True):
        held = await _held(part, index)
        found.append(
            Difference(
                engine=part.name,
                index=index,
                documents=len(versions),
                held_documents=len(held),
                wanted=_hash(versions),
                held=_hash(held),
                missing=tuple(sorted(versions.keys() - held.keys())),
                surplus=tuple(sorted(held.keys() - versions.keys())),
                other=tuple(sorted(i for i in versions.keys() & held.keys() if versions[i] != held[i])),
            )
        )
    return found


def _alone(engine: SearchEngine, part: SearchEngine, index: str) -> AbstractAsyncContextManager[None]:
    """As the only writer of a server, or an edit under way could be overwritten by what was read before it."""
    if isinstance(engine, FallbackEngine) and part is engine.first:
        return engine.syncing(index)
    return nullcontext()


async def mend(engine: SearchEngine, index: str, source: Source) -> list[Difference]:
    """What differed; every difference is read again from the database and written anew."""
    found = await compare(engine, index, source)
    for part, difference in zip(parts(engine), found, strict=True):
        if not difference.ids:
            continue
        log.warning(
            "%s of %s: %d missing, %d too many, %d other than in the database; mending",
            index, difference.engine, len(difference.missing), len(difference.surplus), len(difference.other),
        )  # fmt: skip
        async with _alone(engine, part, index):
            for start in range(0, len(difference.ids), BATCH):
                ids = difference.ids[start : start + BATCH]
                shown = await source.read(ids)
                try:
                    await part.upsert(index, shown)
                except Poisoned as poisoned:
                    log.error("not taken into %s: %s", index, poisoned)
                await part.delete(index, sorted(set(ids) - {d.id for d in shown}))
    return found
