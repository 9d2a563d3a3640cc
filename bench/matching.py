"""`python -m bench matching`: seconds from a published need to its matches, against a stock in a database of its own.

The real rows (when they are there) and generated ones; needs are worded after listings of the stock. Prints JSON: the
first look of a process (which measures how rare words are), then p50 and max of looks for needs and for listings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import search
from app import wiring
from app.accounts import accounts
from app.kit import clock
from app.kit.actor import Actor, Role, Staff
from app.kit.ids import new_id
from app.matching import finding
from app.needs import needs
from app.needs.schemas import CreateNeed, UpdateNeed
from app.needs.tasks import index
from app.platform import db, embedded, migrate
from bench import generate, stock

OPERATOR = Actor(person_id=new_id(), staff=frozenset({Staff.operator}), person_name="bench")


def options(arguments: Sequence[str]) -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m bench matching", description=__doc__)
    ask.add_argument("--listings", type=int, default=30_000, help="how many in all, real and generated")
    ask.add_argument("--needs", type=int, default=20)
    return ask.parse_args(arguments)


async def need_like(number: int, asker: Actor) -> UUID:
    """A need in the words of a generated listing."""
    like = generate.listing(number)
    fields: dict[str, Any] = {
        "title": f"Tìm giải pháp: {like.title_vi}"[:200], "summary": (like.summary_vi or like.title_vi)[:600],
        "problem": (like.problem_vi or like.summary_vi or "Cần thay công nghệ đang dùng. " * 3)[:2000],
        "field": like.field, "ipc": like.ipc[:3], "keywords": like.keywords[:5],
        "metrics": [{"name": "Chi phí", "unit": "%", "baseline": "100", "target": "80"}],
        "must_haves": [{"kind": "trl_min", "trl": 4}], "criteria": [{"text": "Chạy thử 30 ngày"}], "trl_min": 4,
        "budget_max": 5_000_000_000, "deadline": clock.today().replace(year=clock.today().year + 1),
        "decision_maker": "Giám đốc",
    }  # fmt: skip
    id_ = await needs.create(asker, CreateNeed(title=fields["title"]), is_demo=True)
    await needs.update(asker, id_, UpdateNeed.model_validate(fields))
    await needs.submit(asker, id_)
    await needs.approve(OPERATOR, id_)
    await index([id_])
    return id_


async def timed(look: Callable[[UUID], Awaitable[int]], ids: Sequence[UUID]) -> dict[str, float]:
    took, kept = [], []
    for id_ in ids:
        began = time.perf_counter()
        kept.append(await look(id_))
        took.append(time.perf_counter() - began)
    return {
        "looks": len(ids), "p50_s": round(statistics.median(took), 2), "max_s": round(max(took), 2),
        "kept_mean": round(statistics.fmean(kept), 1),
    }  # fmt: skip


async def measured(count: int, asked: int) -> dict[str, Any]:
    made = stock.Stock()
    await stock.real_rows(made)
    await stock.generated(made, max(count - made.real, 0))
    await stock.indexed(made)
    await stock.analysed()
    org = await accounts.import_organisation(stock.SOURCE, "asker", name_vi="Bên nêu nhu cầu thử", kind="company")
    asker = Actor(person_id=new_id(), org_id=org, role=Role.owner, person_name="bench", org_kind="company")
    ids = [await need_like(n * 977, asker) for n in range(asked)]
    first = await timed(finding.look_for_need, ids[:1])
    looks = await timed(finding.look_for_need, ids)
    async with db.reading() as session:
        connection = await session.connection()
        rows = await connection.exec_driver_sql("SELECT DISTINCT listing_id FROM match ORDER BY 1 LIMIT 20")
        found = [r[0] for r in rows.fetchall()]
    return {
        "listings": await search.engine().count("listings"), "real": made.real, "needs": asked,
        "first_look_of_a_process": first, "need": looks, "listing": await timed(finding.look_for_listing, found),
        "rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


async def run(count: int, asked: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="santex-bench-") as folder:
        url = embedded.ensure(Path(folder), fast_unsafe=True)
        try:
            await asyncio.to_thread(migrate.upgrade, url)
            wiring.start(url)
            return await measured(count, asked)
        finally:
            await wiring.stop()
            embedded.stop(Path(folder))


def main(arguments: Sequence[str]) -> None:
    asked = options(arguments)
    print(json.dumps(asyncio.run(run(asked.listings, asked.needs)), indent=2))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
