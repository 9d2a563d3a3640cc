"""The web process and PostgreSQL are killed while work is under way. After the next start nothing that was answered
as done is lost, nothing half-done is there, and every invariant holds."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx2
import psycopg
import pytest

from app.platform import db, embedded
from app.platform.embedded import place
from tests.journeys.conftest import sent
from tests.support import market
from tests.support.site import Site, made_folder

pytestmark = pytest.mark.slow
DEALS = 10
ROWS = 1500


@pytest.fixture
def site() -> Iterator[Site]:
    """With the embedded server, as `make demo` runs it: every commit reaches the disk."""
    folder = made_folder()
    made = Site(folder)
    try:
        made.start()
        yield made
    finally:
        made.end(signal.SIGKILL)
        embedded.remove(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


def count(site: Site, sql: str) -> int:
    with psycopg.connect(db.libpq_url(place.find(site.folder / "postgres").url("santex")), autocommit=True) as c:
        found = c.execute(sql.encode()).fetchone()
        assert found
        return int(found[0])


def until(happens: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def kill_postgres(site: Site) -> None:
    pid = embedded.status(site.folder / "postgres").pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    site.end(signal.SIGKILL)


def whole(site: Site) -> None:
    done = site.santex("invariants", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def offers_on_the_table(site: Site) -> tuple[httpx2.Client, list[tuple[str, str]]]:
    """The seller, and (deal, offer) of a buyer's open offers."""
    site.officers(operator=("duyet@thunghiem.example", "Phạm Thị Duyệt"))
    operator = site.enter("duyet@thunghiem.example")
    seller = site.join("ban@thunghiem.example", "Trần Thị Bán", "Viện Bán", "institute")
    buyer = site.join("mua@thunghiem.example", "Lê Văn Mua", "Công ty Mua", "company")
    scores = {"advantages": 4, "clarity": 4, "cooperation": 4, "language": 4, "screening": "clear"}
    made = []
    for n in range(DEALS):
        title = f"Công nghệ thử số {n}"
        listing = sent(seller.post("/listings", json={"title_vi": title}))["id"]
        sent(seller.patch(f"/listings/{listing}", json=market.CONTENT | {"title_vi": title}))
        sent(seller.post(f"/listings/{listing}/submit"))
        sent(operator.post(f"/listings/{listing}/approve", json=scores))
        deal = sent(buyer.post(f"/listings/{listing}/interest", json={"message": market.MESSAGE}))["id"]
        terms = market.TERMS | {"exclusivity": "exclusive"}
        room = sent(buyer.post(f"/deals/{deal}/offers", json={"terms": terms, "valid_days": 14}))
        made.append((deal, room["offers"][-1]["id"]))
    operator.close()
    buyer.close()
    return seller, made


def accept_until_killed(seller: httpx2.Client, offers: list[str], enough: int, kill: Callable[[], None]) -> set[str]:
    """Accept them all at once; kill when `enough` have been answered. Those that were answered as done."""
    done: set[str] = set()
    some = Event()

    def accept(offer: str) -> None:
        with contextlib.suppress(httpx2.HTTPError):
            if seller.post(f"/offers/{offer}/accept").status_code == 200:
                done.add(offer)
        if len(done) >= enough:
            some.set()

    with ThreadPoolExecutor(4) as pool:
        for offer in offers:
            pool.submit(accept, offer)
        assert some.wait(30), "no accept was answered"
        kill()
    return done


def rows(path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for n in range(ROWS):
            row = {"id": f"row-{n}", "lang": "vi", "title": f"Công nghệ nhập số {n}", "owner": f"Viện {n % 7}",
                   "abstract": "Mô tả đủ dài để thành một bản tóm tắt đọc được của công nghệ này. " * 3}  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


IMPORTED = "SELECT count(*) FROM listing WHERE source = 'crash'"


def import_beside(site: Site, file: Path) -> subprocess.Popen[bytes]:
    return site.santex_beside("import", "technologies", str(file), "--source", "crash", "--no-index")


def test_killed_in_the_middle(site: Site, tmp_path: Path) -> None:
    seller, made = offers_on_the_table(site)
    offers = [offer for _, offer in made]

    # --- accepts, and the web process is killed ---
    done = accept_until_killed(seller, offers[: DEALS // 2], 2, lambda: site.end(signal.SIGKILL))
    file = rows(tmp_path / "rows.jsonl")

    # --- an import, and the web process is killed again; then PostgreSQL under the import ---
    site.start()
    whole(site)
    running = import_beside(site, file)
    until(lambda: count(site, IMPORTED) > 0)
    site.end(signal.SIGKILL)
    seen = count(site, IMPORTED)
    kill_postgres(site)
    assert running.wait(30) != 0, "the import was over before the server was killed"
    site.start()
    assert count(site, IMPORTED) >= seen, "what was committed is there"
    assert count(site, IMPORTED) % 250 in (0, ROWS % 250), "whole batches or none"
    whole(site)

    # --- accepts, and PostgreSQL is killed ---
    done |= accept_until_killed(seller, offers[DEALS // 2 :], 2, lambda: kill_postgres(site))
    site.start()
    seller.headers["Connection"] = "close"
    for deal, offer in made:
        room = sent(seller.get(f"/deals/{deal}/room"))
        status = next(o["status"] for o in room["offers"] if o["id"] == offer)
        assert status == "accepted" or offer not in done, "an acceptance that was answered is lost"
        assert (room["deal"]["status"], status) in (("agreed", "accepted"), ("negotiating", "open")), (
            "half an acceptance"
        )

    # --- the import carries on where it stopped ---
    again = site.santex("import", "technologies", str(file), "--source", "crash", "--no-index")
    assert count(site, IMPORTED) == ROWS, again.stdout
    assert "rejected 0" in again.stdout
    whole(site)
    seller.close()
