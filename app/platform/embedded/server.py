"""Asking, starting and stopping the server of one place. All but the asking is done under the caller's lock."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq, sql

from app.platform.embedded import binaries
from app.platform.embedded.place import PORT, SUPERUSER, EmbeddedError, Place, make_folder, name

log = logging.getLogger("santex.embedded")

START_SECONDS = 30.0
RECOVERY_SECONDS = 600.0  # replaying a long log after a crash
LEAVING_SECONDS = 2
STOP_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",  # the index of 100,000 listings fits; touched only as data is
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# What a start may stumble over just after a crash, and what passes or can be cleared.
PASSING = re.compile(r'pre-existing shared memory block|lock file ".*" already exists|could not (?:bind|create lock)')

Connection = psycopg.Connection[tuple[Any, ...]]


# --- asking -----------------------------------------------------------------------------------------------------


def connect(place: Place, database: str = SUPERUSER) -> Connection:
    return psycopg.connect(place.conninfo(database), autocommit=True)


def setting(connection: Connection, key: str) -> str:
    row = connection.execute("select current_setting(%s)", [key]).fetchone()
    return str(row[0]) if row else ""


def clients(connection: Connection) -> int:
    """How many others are connected."""
    row = connection.execute(
        "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    ).fetchone()
    return int(row[0]) if row else 0


def _ping(place: Place) -> pq.Ping:
    return pq.Ping(pq.PGconn.ping(place.conninfo().encode()))


def _works_in(pid: int) -> str | None:
    """The working folder of a living process; None when it is gone, a zombie, or not ours to see."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return None


def postmaster(place: Place) -> int | None:
    """The living server of exactly this data directory: the pid file is a hint, the kernel is asked."""
    try:
        pid = int((place.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if _works_in(pid) == str(place.data) else None


def answers(place: Place, database: str, fast_unsafe: bool) -> bool:
    """Whether all is as promised: the server, the database, and no less safety than asked for."""
    if postmaster(place) is None:
        return False
    try:
        with connect(place, database) as connection:
            return fast_unsafe or setting(connection, "fsync") == "on"
    except psycopg.OperationalError:
        return False


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _tail(place: Place, since: int = 0) -> str:
    """The end of the server's log, for an error message."""
    try:
        with place.log.open("rb") as file:
            file.seek(max(since, place.log.stat().st_size - 4000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return f" The end of {place.log}:\n" + "\n".join(lines[-15:])


# --- stopping ---------------------------------------------------------------------------------------------------


def stop(place: Place) -> None:
    for signum, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0)):
        pid = postmaster(place)
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
        if _wait(lambda: postmaster(place) is None, seconds):
            return
    raise EmbeddedError(f"The server of {place.data} (process {pid}) does not stop. End it with: kill -9 {pid}")


def _leftovers(place: Place) -> list[int]:
    """Servers' processes that work in the data directory, also in one that has been deleted beneath them."""
    folders = (str(place.data), f"{place.data} (deleted)")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if _works_in(int(process.name)) in folders and (process / "comm").read_text().strip() == "postgres":
                found.append(int(process.name))
    return found


def _sweep(place: Place) -> None:
    """End what a killed server left: its children go by themselves, unless one is busy computing."""
    for signum, seconds in ((None, 1.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 5.0)):
        left = _leftovers(place)
        if not left:
            return
        if signum is not None:
            log.warning("ending processes a killed server left behind: %s", left)
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signum)
        _wait(lambda: not _leftovers(place), seconds)


# --- starting ---------------------------------------------------------------------------------------------------


def start(place: Place, fast_unsafe: bool) -> None:
    until = time.monotonic() + RECOVERY_SECONDS
    while (pid := postmaster(place)) is not None:
        answer = _ping(place)
        if answer == pq.Ping.OK:
            if _safe_enough(place, fast_unsafe):
                return
            stop(place)
        elif answer == pq.Ping.REJECT:  # starting, recovering or stopping
            if time.monotonic() > until:
                raise EmbeddedError(f"The server of {place.data} (process {pid}) is not ready.{_tail(place)}")
            time.sleep(0.05)
        else:  # its socket was cleaned away, the folder was moved, or it hangs
            log.warning("the server of %s does not answer at %s: starting it again", place.data, place.socket)
            stop(place)
    _sweep(place)
    if not place.made:
        _init(place, fast_unsafe)
    _launch(place, fast_unsafe)


def _safe_enough(place: Place, fast_unsafe: bool) -> bool:
    with connect(place) as connection:
        if fast_unsafe or setting(connection, "fsync") == "on":
            return True
        # A client that has just left is counted until its process has ended.
        until = time.monotonic() + LEAVING_SECONDS
        while (others := clients(connection)) and time.monotonic() < until:
            time.sleep(0.05)
        if others:
            raise EmbeddedError(
                f"The server of {place.data} runs with its safety off (for tests) and {others} others are connected. "
                "Stop them first."
            )
        return False


def _init(place: Place, fast_unsafe: bool) -> None:
    if place.data.exists() and any(place.data.iterdir()):
        raise EmbeddedError(f"{place.data} is neither empty nor a PostgreSQL data directory. Move it away.")
    if place.moved:
        log.warning(
            "user %s cannot get into %s: the database is kept in %s", name(place.uid), place.asked.parent, place.data
        )
        place.asked.parent.mkdir(parents=True, exist_ok=True)
        place.note.write_text(f"The files of this database lie in {place.data}\n", "utf-8")
    tools, major = binaries.find(place)
    # Beside and renamed: a start that was killed half-way leaves nothing that looks like a cluster.
    new = place.data.with_name(f"{place.data.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    make_folder(new, place)
    command: list[str | Path] = [tools / "initdb", "-D", new, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
    builtin = ("--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8")
    command += ["-T", "simple", *(builtin if major >= 17 else ("--locale=C.UTF-8",))]
    if fast_unsafe:
        command.append("--no-sync")
    done = subprocess.run(command, capture_output=True, check=False, **place.as_user())  # noqa: S603 - our own words
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        raise EmbeddedError(f"initdb failed in {place.data.parent}:\n{done.stdout}{done.stderr}")
    new.rename(place.data)


def _launch(place: Place, fast_unsafe: bool) -> None:
    tools, _ = binaries.find(place)
    settings = SETTINGS | (UNSAFE if fast_unsafe else SAFE) | {"unix_socket_directories": str(place.socket)}
    command: list[str | Path] = [tools / "postgres", "-D", place.data, "-p", str(PORT)]
    command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with contextlib.suppress(OSError):
        if place.log.stat().st_size > 10_000_000:
            place.log.rename(place.log.with_suffix(".log.1"))
    # Through a shell that leaves at once: the server is init's child, not ours, and outlives us.
    through = ["/bin/sh", "-c", 'log=$1; shift; "$@" >>"$log" 2>&1 & echo $!', "sh", place.log, *command]
    until = time.monotonic() + START_SECONDS
    while True:
        before = place.log.stat().st_size if place.log.exists() else 0
        done = subprocess.run(through, capture_output=True, check=False, **place.as_user())  # noqa: S603 - our own words
        if done.returncode:
            raise EmbeddedError(f"The server could not be started: {done.stderr}")
        if _came_up(place, int(done.stdout)):
            return
        told = _tail(place, before)
        if not PASSING.search(told) or time.monotonic() > until:
            raise EmbeddedError(f"The server of {place.data} does not start.{told}")
        _sweep(place)
        _clear_stale_locks(place)
        time.sleep(0.2)


def _came_up(place: Place, pid: int) -> bool:
    """Wait until the new server answers (True) or has ended (False)."""
    until = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < until:
        if _works_in(pid) is None:
            return False
        if postmaster(place) == pid and _ping(place) == pq.Ping.OK:
            return True
        time.sleep(0.01)
    raise EmbeddedError(f"The server of {place.data} (process {pid}) is not ready.{_tail(place)}")


def _clear_stale_locks(place: Place) -> None:
    """Remove lock files whose process number now belongs to something else (or to a zombie)."""
    if postmaster(place) is None:
        for stale in (place.data / "postmaster.pid", place.socket / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)


def create(place: Place, database: str) -> None:
    with connect(place) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
