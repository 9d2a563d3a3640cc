"""`python -m bench` (or `make bench ARGS=...`): fill, start, ask, and print one JSON document on standard output.

`python -m bench search` measures the search engine by itself, see bench/search.py.

Every workload is measured on santex and on the limit (bench/limit.py) in turn, several rounds each, and medians are
given; `ratio` is santex to limit, `ratio_cpu` the same by CPU time a request (the firmer one on a busy machine).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from app import wiring
from app.catalogue import catalogue
from app.catalogue.schemas import Params
from app.platform import db, embedded, migrate
from bench import generate, limit, load, matching, processes, search, stock, valuation
from bench.load import Request
from bench.stock import say

AIMS = {
    "list": 0.5, "search": 0.5, "json": 0.6, "detail": 0.25, "offer": 0.25, "import_durable_seconds": 15,
    "import_searchable_seconds": 30, "first_200_seconds": 2, "web_rss_mib": 200, "statements_per_list_page": 3,
}  # fmt: skip
TERMS = {
    "mode": "licence", "exclusivity": "non_exclusive", "upfront": 250_000_000, "royalty_percent": "3.5",
    "royalty_base": "net_sales", "term_years": 5, "training_days": 10,
}  # fmt: skip


# Listings that `detail` asks for again and again, as people ask for what is new; `detail_first` asks for the others,
# each once, as a crawler does.
OFTEN = 500


@dataclass(frozen=True, slots=True)
class Options:
    folder: Path
    listings: list[int]
    seconds: int
    rounds: int
    connections: int
    offers: int
    rows: int
    only: set[str]
    real: bool


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    requests: Sequence[Request]
    once: bool = False  # each request is sent one time only: writes, and first visits


def options(arguments: Sequence[str] | None = None) -> tuple[Options, bool]:
    ask = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    sizes = "generated listings beside the real ones; one run for each number (default: 0 30000)"
    ask.add_argument("--listings", type=int, nargs="*", default=[0, 30_000], help=sizes)
    ask.add_argument("--seconds", type=int, default=6, help="length of one measurement (at most 120)")
    ask.add_argument("--rounds", type=int, default=3, help="measurements of each, taken in turn; medians are given")
    ask.add_argument("--connections", type=int, default=8, help="requests under way at once")
    ask.add_argument("--offers", type=int, default=300, help="offers (and first visits) in one round")
    ask.add_argument("--rows", type=int, default=10_000, help="rows of the timed import (0: leave it out)")
    ask.add_argument("--only", nargs="*", default=[], help="list, search, json, detail, detail_first, offer")
    ask.add_argument("--keep", type=Path, help="keep the filled database here and use it again")
    ask.add_argument("--no-real", action="store_true", help="leave the real rows out")
    ask.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how fast")
    given = ask.parse_args(arguments)
    if given.quick:
        given.listings, given.seconds, given.rounds, given.offers, given.rows = [1000], 1, 1, 20, 500
        given.no_real = True
    folder = given.keep or Path(tempfile.mkdtemp(prefix="santex-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    made = Options(
        folder.resolve(), given.listings, min(given.seconds, load.MOST_SECONDS), given.rounds, given.connections,
        given.offers, given.rows, set(given.only), not given.no_real,
    )  # fmt: skip
    return made, given.keep is not None


# --- filling ------------------------------------------------------------------------------------------------------


def _within(url: str, work: Callable[[], Any]) -> Any:
    async def connected() -> Any:
        wiring.start(url)
        try:
            return await work()
        finally:
            await wiring.stop()

    return asyncio.run(connected())


def _maintenance(opt: Options) -> psycopg.Connection[Any]:
    address = db.libpq_url(embedded.ensure(opt.folder / "postgres", database="postgres"))
    return psycopg.connect(address, autocommit=True)


def filled(opt: Options, count: int) -> tuple[str, stock.Stock]:
    """A database with `count` generated listings beside the real ones; made when it is not there yet."""
    name = f"bench_{count}{'' if opt.real else '_invented'}"
    note = opt.folder / f"{name}.json"
    if note.is_file():
        return embedded.ensure(opt.folder / "postgres", database=name), stock.Stock(**json.loads(note.read_text()))
    say(f"filling {name}")
    with _maintenance(opt) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())  # half filled, then stopped
    url = embedded.ensure(opt.folder / "postgres", database=name)
    migrate.upgrade(url)
    made: stock.Stock = _within(url, lambda: stock.fill(count, opt.rounds * opt.offers * 4, real=opt.real))
    note.write_text(json.dumps(asdict(made), default=str))
    return url, made


def _facts(url: str) -> dict[str, Any]:
    with psycopg.connect(db.libpq_url(url), autocommit=True) as connection:
        shown = connection.execute("SELECT id FROM listing WHERE status = 'published' ORDER BY md5(id::text)")
        deals = connection.execute("SELECT id FROM deal WHERE status = 'interested' ORDER BY id")
        connection.execute(limit.OFFERS)
        return {"listings": [str(r[0]) for r in shown], "deals": [str(r[0]) for r in deals]}


# --- workloads ----------------------------------------------------------------------------------------------------


def _queries(count: int) -> list[str]:
    """Addresses of searches; for the real rows alone, words and facets that they hold."""
    made = []
    for wanted in generate.searches() if count else generate.real_searches():
        pairs = [("q", wanted.q)] if wanted.q else []
        made.append(urlencode([*pairs, *wanted.filters]))
    return made


def workloads(opt: Options, count: int, facts: dict[str, Any], key: str) -> list[Workload]:
    queries = _queries(count)
    made = [
        Workload("list", [Request("/listings?")]),
        Workload("search", [Request(f"/listings?{q}") for q in queries]),
        Workload("json", [Request(f"/api/v1/listings?{q}") for q in queries]),
        Workload("detail", [Request(f"/listings/{i}") for i in facts["listings"][:OFTEN]]),
        Workload("detail_first", [Request(f"/listings/{i}") for i in facts["listings"][OFTEN:]], once=True),
        Workload("offer", _offers(facts["deals"], key), once=True),
    ]
    return [w for w in made if not opt.only or w.name in opt.only]


def _offers(deals: Sequence[str], key: str) -> list[Request]:
    body = json.dumps({"terms": TERMS}).encode()
    headers = {"Authorization": f"Bearer {key}"}
    return [Request(f"/api/v1/deals/{d}/offers", "POST", headers, body) for d in deals]


def plan_of_limit(url: str, todo: Sequence[Workload]) -> dict[str, Any]:
    """The statements that the product sends for each search, recorded from the product itself."""

    async def record() -> dict[str, Any]:
        paths = {}
        for work in todo:
            if work.name not in ("list", "search", "json"):
                continue
            for request in work.requests:
                pairs: dict[str, list[str]] = {}
                for k, v in _pairs(request.path):
                    pairs.setdefault(k, []).append(v)
                params = Params.model_validate({k: v[0] if k == "q" else v for k, v in pairs.items()})
                verb = catalogue.page if work.name == "json" else catalogue.search
                paths[request.path] = asdict(await limit.record(db.database().engine, verb(params, "vi")))
        return paths

    return {"database": db.libpq_url(url), "paths": _within(url, record)}


def _pairs(path: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(path.partition("?")[2])


# --- measuring ----------------------------------------------------------------------------------------------------


def measured(
    opt: Options, work: Workload, server: processes.Server, postgres: int | None, share: Iterator[Request]
) -> dict[str, float]:
    before = (processes.cpu_seconds(server.pid), processes.cpu_seconds(postgres), processes.machine_busy())
    if work.once:
        some = [r for _, r in zip(range(opt.offers), share, strict=False)]
        timing = load.each_once(server.base, some, opt.connections)
    else:
        timing = load.for_seconds(server.base, work.requests, opt.connections, opt.seconds)
    after = (processes.cpu_seconds(server.pid), processes.cpu_seconds(postgres), processes.machine_busy())
    web, database, machine = (b - a for a, b in zip(before, after, strict=True))
    n = max(timing.requests, 1)
    return {
        "per_second": round(timing.per_second, 1), "p50_ms": timing.p50, "p95_ms": timing.p95,
        "cpu_ms_web": round(web / n * 1000, 2), "cpu_ms_database": round(database / n * 1000, 2),
        "requests": timing.requests, "failed": timing.failed,
        "busy_cpus": round(machine / timing.seconds, 2) if timing.seconds else 0.0,
    }  # fmt: skip


def median(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    made = {k: round(statistics.median(r[k] for r in rounds), 2) for k in rounds[0] if k not in ("requests", "failed")}
    return made | {"requests": sum(r["requests"] for r in rounds), "failed": sum(r["failed"] for r in rounds)}


def statements(server: processes.Server, requests: Sequence[Request], most: int = 60) -> dict[str, float]:
    """SQL statements a request, as the product itself reports them."""
    counts, size = [], []
    for request in requests[:most]:
        status, headers, body = processes.fetch(server.base, request.path, request.headers)
        if status != 200:
            raise RuntimeError(f"{request.path} answered {status}")
        counts.append(int(headers["server-timing"].split('desc="')[1].split('"')[0]))
        size.append(len(body))
    return {
        "median": statistics.median(counts),
        "most": max(counts),
        "page_kib": round(statistics.mean(size) / 1024, 1),
    }


SHOWN = re.compile(rb'(?:href="/listings/|"id":\s*"|\[")([0-9a-f]{8}-[0-9a-f-]{27})"')


def same(work: Workload, ours: processes.Server, bare: processes.Server) -> None:
    """The limit must show the very listings that the product shows, or it is no limit."""
    for request in work.requests[:: max(1, len(work.requests) // 40)]:
        pages = [processes.fetch(server.base, request.path)[2] for server in (ours, bare)]
        shown = [list(dict.fromkeys(SHOWN.findall(page))) for page in pages]
        if shown[0] != shown[1]:
            raise RuntimeError(
                f"{request.path}: santex shows {len(shown[0])} listings, the limit {len(shown[1])} others"
            )


def compared(opt: Options, work: Workload, ours: processes.Server, bare: processes.Server, postgres: int | None) -> Any:
    say(f"  {work.name}")
    share = iter(work.requests)
    if work.name in ("list", "search", "json"):
        same(work, ours, bare)
    for server in (ours, bare):
        if not work.once:
            load.for_seconds(server.base, work.requests, opt.connections, min(2, opt.seconds))  # warm
            if work.name == "detail":  # a listing asked for often is one asked for before
                load.each_once(server.base, list(work.requests) * 3, opt.connections)
    rounds: dict[str, list[dict[str, float]]] = {"santex": [], "limit": []}
    for _ in range(opt.rounds):
        for name, server in (("santex", ours), ("limit", bare)):
            rounds[name].append(measured(opt, work, server, postgres, share))
    found: dict[str, Any] = {name: median(r) for name, r in rounds.items()}
    both = {n: found[n]["cpu_ms_web"] + found[n]["cpu_ms_database"] for n in rounds}
    found["ratio"] = round(found["santex"]["per_second"] / max(found["limit"]["per_second"], 0.1), 2)
    found["ratio_cpu"] = round(both["limit"] / max(both["santex"], 0.01), 2)
    found["rounds"] = [
        round(a["per_second"] / max(b["per_second"], 0.1), 2)
        for a, b in zip(rounds["santex"], rounds["limit"], strict=True)
    ]
    if not work.once:
        found["statements"] = statements(ours, work.requests)
    return found


def served(opt: Options, count: int) -> dict[str, Any]:
    url, held = filled(opt, count)
    facts = _facts(url)
    todo = workloads(opt, count, facts, held.key)
    plan = opt.folder / "limit.json"
    plan.write_text(json.dumps(plan_of_limit(url, todo), default=str))
    port, other = processes.free_port(), processes.free_port()
    ours = processes.environment(
        ENVIRONMENT="production", SECRET_KEY=secrets.token_hex(32), DATABASE_URL=db.libpq_url(url),
        BASE_URL=f"http://127.0.0.1:{port}", DATA_DIR=str(opt.folder / "data"), WORKER_IN_WEB="false",
    )  # fmt: skip
    bare = processes.environment(BENCH_LIMIT=str(plan))
    log = opt.folder / "servers.log"
    command = ["-P", "-m", "app.cli", "serve", "--port", str(port)]
    naked = ["-m", "uvicorn", "bench.limit:app", "--port", str(other), "--no-access-log", "--log-level", "warning"]
    postgres = embedded.status(opt.folder / "postgres").pid
    say(f"measuring {held.real} real and {held.generated} generated listings")
    starts, cpu = [], []
    for _ in range(3):
        with processes.running(command, ours, port, "/listings", log) as server:
            starts.append(round(server.first_200, 2))
            cpu.append(round(processes.cpu_seconds(server.pid), 2))
    with (
        processes.running(command, ours, port, "/healthz", log) as santex,
        processes.running(naked, bare, other, "/healthz", log) as floor,
    ):
        fresh = processes.memory_mib(santex.pid)
        results = {work.name: compared(opt, work, santex, floor, postgres) for work in todo}
        memory = {"fresh": fresh, "after_load": processes.memory_mib(santex.pid),
                  "limit_after_load": processes.memory_mib(floor.pid)}  # fmt: skip
    return {
        "listings": {"real": held.real, "generated": held.generated, "missing": held.missing or None},
        "filled_in_seconds": held.seconds,
        "first_200_seconds": {"median": statistics.median(starts), "each": starts, "cpu": statistics.median(cpu)},
        "web_memory_mib": memory,
        "workloads": results,
    }


def imported(opt: Options, count: int) -> dict[str, Any]:
    """The import into a copy of the filled database, so that a kept one stays as it is."""
    say(f"importing {opt.rows} rows beside {count} generated listings")
    url, _ = filled(opt, count)
    source = url.split("@/", 1)[1].split("?")[0]
    rows = opt.folder / "import.jsonl"
    stock.write_import_file(rows, opt.rows)
    with _maintenance(opt) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_import WITH (FORCE)")
        connection.execute(f"CREATE DATABASE bench_import TEMPLATE {source}".encode())
        try:
            found = _within(url.replace(f"/{source}?", "/bench_import?"), lambda: stock.timed_import(rows))
        finally:
            connection.execute("DROP DATABASE IF EXISTS bench_import WITH (FORCE)")
    rows.unlink()
    return asdict(found)


def machine() -> dict[str, Any]:
    return {
        "cpus": len(os.sched_getaffinity(0)), "python": platform.python_version(), "system": platform.machine(),
        "load_average": os.getloadavg()[0], "client": "wrk" if load.with_wrk() else "asyncio",
        "note": "client and servers share the CPUs; closed loop; compare santex with the limit of the same run",
    }  # fmt: skip


@contextlib.contextmanager
def scratch(opt: Options, kept: bool) -> Iterator[None]:
    import shutil

    try:
        yield
    finally:
        if kept:
            embedded.stop(opt.folder / "postgres")
        else:
            embedded.remove(opt.folder / "postgres")
            shutil.rmtree(opt.folder, ignore_errors=True)


def main() -> None:
    if sys.argv[1:2] == ["matching"]:
        matching.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["search"]:
        search.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["valuation"]:
        valuation.main(sys.argv[2:])
        return
    opt, kept = options()
    os.environ["DATA_DIR"] = str(opt.folder / "data")
    started = time.perf_counter()
    with scratch(opt, kept):
        result: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "aims": AIMS,
            "connections": opt.connections, "seconds": opt.seconds, "rounds": opt.rounds,
            "sizes": [served(opt, count) for count in opt.listings],
        }  # fmt: skip
        if opt.rows and not opt.only:
            try:
                result["import"] = imported(opt, opt.listings[-1])
            except (psycopg.Error, RuntimeError) as error:  # what was measured before it is not thrown away
                result["import"] = {"error": f"{type(error).__name__}: {error}"}
    result["took_seconds"] = round(time.perf_counter() - started)
    print(json.dumps(result, indent=1, ensure_ascii=False, default=str))
    failed = sum(
        w[who]["failed"] for s in result["sizes"] for w in s["workloads"].values() for who in ("santex", "limit")
    )
    if failed:
        say(f"{failed} requests failed: the figures do not count")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
