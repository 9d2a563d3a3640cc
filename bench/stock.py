"""A database of the bench's own, filled: the real rows (when they are there), generated listings, people, deals."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import search
from app.accounts import accounts
from app.accounts.schemas import CreateKey
from app.deals import repository as deal_rows
from app.deals.workflow import DEAL
from app.kit import clock
from app.kit.actor import Actor, Role, Staff
from app.kit.ids import new_id
from app.listings import completeness, tasks
from app.listings import repository as listing_rows
from app.listings.imports import import_technologies
from app.listings.workflow import LISTING
from app.platform import db, outbox, state
from app.settings import ROOT
from bench import generate
from search.documents import LISTINGS

ADMIN = Actor(person_name="bench", staff=frozenset({Staff.admin, Staff.operator}))
SOURCE = "bench"
BATCH = 500
ORGANISATIONS = 300
BUYER = "buyer@bench.example"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def real_file() -> tuple[Path | None, str]:
    """The real rows, or what is missing and how to supply it."""
    folder = Path(os.environ.get("SANTEX_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "technologies.jsonl"
    if file.is_file():
        return file, ""
    return None, f"no real rows: {file} is not there; set SANTEX_DATA to the folder that holds technologies.jsonl"


@dataclass(slots=True)
class Stock:
    """What the measured database holds, and how long each part took to write (seconds)."""

    real: int = 0
    generated: int = 0
    missing: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    key: str = ""
    deals: list[UUID] = field(default_factory=list)


class Timed:
    def __init__(self, stock: Stock, name: str) -> None:
        self.stock, self.name = stock, name

    def __enter__(self) -> None:
        say(f"  {self.name} ...")
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.stock.seconds[self.name] = round(time.perf_counter() - self.started, 2)


async def real_rows(stock: Stock) -> None:
    file, stock.missing = real_file()
    if file is None:
        say(f"  {stock.missing}")
        return
    with Timed(stock, "import of the real rows"):
        report = await import_technologies(ADMIN, file, source="real")
    stock.real = report.created
    if report.rejected:
        say(f"  {len(report.rejected)} real rows were rejected, the first: {report.rejected[0]}")


async def generated(stock: Stock, count: int) -> None:
    if not count:
        return
    with Timed(stock, f"{count} generated listings"):
        owners = [
            await accounts.import_organisation(
                SOURCE, o.key, name_vi=o.name_vi, name_en=o.name_en, kind=o.kind, country="VN"
            )
            for o in generate.organisations(ORGANISATIONS)
        ]
        began = datetime(2024, 1, 1, tzinfo=UTC)
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            async with db.unit_of_work() as session:
                rows = []
                for n in numbers:
                    at, content = began + timedelta(minutes=25 * n), generate.listing(n)
                    extra = {
                        "id": new_id(), "org_id": owners[n * 7919 % len(owners)], "created_by": None, "created_at": at,
                        "status": "published", "status_at": at, "published_at": at, "refreshed_at": at, "version": 1,
                        "reviewed_version": 1, "completeness": completeness.assess(content).score,
                        "source": SOURCE, "source_id": str(n),
                    }  # fmt: skip
                    rows.append((extra, content))
                await listing_rows.insert_listings(session, rows)
                ids = [extra["id"] for extra, _ in rows]
                await state.note_many(session, LISTING, ids, "import", "published", ADMIN)
    stock.generated = count


async def indexed(stock: Stock) -> None:
    # Jobs about rows that a rebuild covers anyway: taken off the queue, as the rebuild stands for them.
    async with db.unit_of_work() as session:
        await (await session.connection()).exec_driver_sql("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    with Timed(stock, "rebuild of the index"):
        await search.engine().rebuild(LISTINGS, tasks.every_document())


async def buyer(stock: Stock, deals: int) -> None:
    """A company with an API key, and `deals` deals of it in which it may send an offer."""
    with Timed(stock, f"{deals} open deals"):
        org = await accounts.import_organisation(SOURCE, "buyer", name_vi="Công ty Người mua thử", kind="company")
        await accounts.add_person(ADMIN, email=BUYER, name="Người mua", password_hash="-", org_id=org, role=Role.owner)
        stock.key = (await accounts.key_for(ADMIN, BUYER, CreateKey(name="bench"))).key
        actor = Actor(org_id=org, role=Role.owner, person_name="Người mua")
        now = clock.now()
        async with db.reading() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(
                "SELECT id, org_id FROM listing WHERE status = 'published' ORDER BY id LIMIT %(n)s",
                {"n": deals},
            )
            rows = found.fetchall()
        async with db.unit_of_work() as session:
            for listing_id, seller in rows:
                made = await deal_rows.open_deal(
                    session, id=new_id(), listing_id=listing_id, seller_org_id=seller, buyer_org_id=org,
                    status=DEAL.initial, status_at=now, opened_at=now, message="Xin trao đổi về điều khoản.",
                    turn="seller", turn_since=now, turn_until=now + timedelta(days=14), is_demo=True,
                )  # fmt: skip
                if made:
                    stock.deals.append(made)
            await state.note_many(session, DEAL, stock.deals, "express_interest", DEAL.initial, actor)


async def analysed() -> None:
    """What autovacuum would have done by the time anybody looks."""
    async with db.reading() as session:
        await (await session.connection()).exec_driver_sql("VACUUM ANALYZE")


async def fill(count: int, deals: int, real: bool = True) -> Stock:
    stock = Stock()
    if real:
        await real_rows(stock)
    await generated(stock, count)
    await indexed(stock)
    await buyer(stock, deals)
    await analysed()
    return stock


@dataclass(slots=True)
class Imported:
    rows: int
    rejected: int
    durable_seconds: float
    searchable_seconds: float


async def timed_import(file: Path) -> Imported:
    """`santex import technologies`: until every row is committed, and until the index answers with all of them."""
    before = await search.engine().count(LISTINGS)
    started = time.perf_counter()
    report = await import_technologies(ADMIN, file, source="bench-import")
    durable = time.perf_counter() - started
    await outbox.drain(db.database().url)
    searchable = time.perf_counter() - started
    found = await search.engine().count(LISTINGS) - before
    if found != report.created:
        raise RuntimeError(f"{report.created} rows were imported and {found} became searchable")
    return Imported(report.created, len(report.rejected), round(durable, 2), round(searchable, 2))


def write_import_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in generate.import_rows(rows):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
