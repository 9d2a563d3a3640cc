"""`santex search evaluate`: how good the answers of an engine are, measured in an index that is thrown away.

Without files the demo's listings and its labelled queries (demo/search/queries.json, see docs/search-evaluation.md);
with files, passages and questions in the shape of XQuAD: `{"id", "title", "text_vi", "text_en"}` and
`{"id", "question_vi", "question_en", "passage_id"}` a line.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.kit.errors import Invalid
from app.kit.text import Text, sort_key
from app.listings import tiers
from app.listings.schemas import Content
from app.listings.search import document
from app.platform import db
from app.settings import ROOT, settings
from search.documents import LISTINGS, ListingDocument
from search.evaluation import Labelled, Variant, asking, by_title, measured, varied
from search.meilisearch import MeilisearchEngine, Server
from search.port import SearchEngine
from search.postgres import PostgresEngine, create_all_for_tests

DEMO = ROOT / "demo"
START = datetime(2026, 1, 1, tzinfo=UTC)
LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents under the keys that judgements speak of, the titles of the baseline, and the queries."""

    name: str
    documents: Mapping[str, ListingDocument]
    titles: Mapping[str, str]
    queries: Sequence[Labelled]
    locale: str = "vi"


def _id(key: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"evaluation/{key}")


# --- collections --------------------------------------------------------------------------------------------------


def demo() -> Collection:
    organisations = {o["key"]: o for o in _json(DEMO / "organisations.json")["organisations"]}
    rows = [row for path in sorted((DEMO / "listings").glob("*.json")) for row in _json(path)]
    documents = {row["key"]: _demo_document(n, row, organisations[row["org"]]) for n, row in enumerate(rows)}
    queries = [
        Labelled(q["id"], q["q"], q["judgements"], q["kind"]) for q in _json(DEMO / "search/queries.json")["queries"]
    ]
    titles = {row["key"]: f"{row['title_vi']} {row.get('title_en') or ''}" for row in rows}
    return Collection("demo", documents, titles, queries)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _demo_document(number: int, row: Mapping[str, Any], owner: Mapping[str, Any]) -> ListingDocument:
    content = Content.model_validate({k: v for k, v in row.items() if k in Content.model_fields})
    return document_of(row["key"], number, content, owner)


def document_of(key: str, number: int, content: Content, owner: Mapping[str, Any]) -> ListingDocument:
    """What the index holds of a listing once it is published; only ids, dates and the number differ."""
    at = START + timedelta(hours=number)
    public, _, _ = tiers.split(content)
    rights = [n for r in content.rights for n in (r.application_no, r.registration_no) if n]
    offer = content.offers[0] if content.offers else None
    price = (offer.price_policy, offer.price_from, offer.price_to) if offer else (None, None, None)
    return document((
        _id(key), "vi", content.title_vi, content.title_en, content.summary_vi, content.summary_en, public,
        content.keywords, content.ipc, content.field, content.priority, content.trl, [r.kind for r in content.rights],
        [o.mode for o in content.offers], *price, content.province, at, at, _id(owner["name_vi"]), owner["name_vi"],
        owner.get("name_en"), owner["kind"], content.tiers, number + 1, "published", None, rights,
    ))  # fmt: skip


def from_files(passages: Path, queries: Path, asked: str = "vi", read: str = "vi") -> Collection:
    """Questions in the language `asked` over texts in the language `read`."""
    rows, questions = list(_lines(passages)), list(_lines(queries))
    documents = {row["id"]: _passage(n, row, read) for n, row in enumerate(rows)}
    labelled = [Labelled(q["id"], q[f"question_{asked}"], {q["passage_id"]: 1}) for q in questions]
    lost = [q.id for q in labelled if not documents.keys() & q.judgements.keys()]
    if lost:
        raise Invalid(
            "unknown_passage",
            Text(f"Câu hỏi không có đoạn văn: {lost[0]}.", f"The passage of question {lost[0]} is not in the file."),
        )
    titles = {row["id"]: row["title"] for row in rows}
    return Collection(f"{passages.stem} {asked}->{read}", documents, titles, labelled, read)


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _passage(number: int, row: Mapping[str, Any], language: str) -> ListingDocument:
    at = START + timedelta(hours=number)
    title = {f"title_{language}": row["title"]}
    return ListingDocument(
        id=_id(row["id"]),
        **({"title_vi": ""} | title),
        body=row[f"text_{language}"],
        published_at=at,
        refreshed_at=at,
        sort_title=sort_key(row["title"]),
    )


# --- engines ------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _postgres() -> AsyncIterator[SearchEngine]:
    async with db.apart():
        await create_all_for_tests()
        yield PostgresEngine()


@contextlib.asynccontextmanager
async def _meilisearch() -> AsyncIterator[SearchEngine]:
    s = settings()
    if not s.meili_url:
        raise Invalid(
            "no_meilisearch",
            Text("Hãy đặt MEILI_URL và MEILI_KEY trước.", "Set MEILI_URL and MEILI_KEY first."),
        )
    server = Server(s.meili_url, s.meili_key.get_secret_value())
    # A name within what the site's key is for.
    made = MeilisearchEngine(server, prefix=f"{s.meili_prefix}_evaluation_{uuid.uuid4().hex[:8]}")
    try:
        yield made
    finally:
        for name in await server.names(f"{made.prefix}_"):
            await server.drop(name)
        await made.close()


# An engine that is thrown away: nothing of it meets the index in use.
ENGINES = {"postgres": _postgres, "meilisearch": _meilisearch}


# --- the verb -----------------------------------------------------------------------------------------------------


async def evaluate(
    collection: Collection, *, engine: str = "postgres", variant: Variant = Variant.AS_IS
) -> dict[str, Any]:
    if engine not in ENGINES:
        known = ", ".join(ENGINES)
        raise Invalid("unknown_engine", Text(f"Chỉ có: {known}.", f"Engines at hand: {known}."))
    queries = [Labelled(q.id, varied(q, variant), q.judgements, q.kind) for q in collection.queries]

    async def every() -> AsyncIterator[ListingDocument]:
        for each in collection.documents.values():
            yield each

    names = {d.id: key for key, d in collection.documents.items()}
    async with ENGINES[engine]() as made:
        await made.rebuild(LISTINGS, every())
        found, kinds = await measured(asking(made, LISTINGS, names, collection.locale), queries)
    baseline, _ = await measured(by_title(collection.titles), queries)
    return {
        "collection": collection.name,
        "documents": len(collection.documents),
        "engine": engine,
        "variant": variant.value,
        "figures": found.plain(),
        "baseline": {"name": "title substring", **baseline.plain()},
        "kinds": {kind: figures.plain() for kind, figures in kinds.items()},
    }
