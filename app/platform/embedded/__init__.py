"""The embedded PostgreSQL: a real server for one data directory, started when a process needs it.

    ensure(data_dir)          start what is not running, make the database, return its SQLAlchemy URL
    stop_if_idle(data_dir)    this process is done; the last one out stops the server
    stop, status, remove      for the command line and for tests

Several processes may call `ensure` at once: a file lock lets one of them do the work. Whether a server runs is
asked of the server and of the kernel, never of the pid file alone (Linux: /proc). There is no TCP: the socket lies
in a short folder that only the server's user (and root) may enter, which is why the cluster trusts whoever connects.
As root the tools run as an unprivileged user that already exists; nothing is made readable that was not: what that
user may not reach is kept or copied where he may (`place`, `binaries`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

from app.platform.embedded import place as places
from app.platform.embedded import server
from app.platform.embedded.place import EmbeddedError, Place

__all__ = ["EmbeddedError", "Status", "ensure", "remove", "status", "stop", "stop_if_idle"]

# One shared lock a server, held as long as this process uses it. The kernel frees it when the process is killed.
_held: dict[Path, int] = {}


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the server of one data directory."""

    state: Literal["absent", "stopped", "starting", "running"]
    data: Path  # where the files really lie
    socket: Path
    pid: int | None = None
    version: str | None = None
    connections: int | None = None
    unsafe: bool | None = None


def ensure(data_dir: Path, database: str = "santex", fast_unsafe: bool = False) -> str:
    """The URL of `database` on the running server of `data_dir`; both are made when they are missing.

    `fast_unsafe` is for tests: a crash may cost the data, a kill -9 of the server the last commits. A server found
    running without it is used as it is; one found running with it is restarted for a caller that wants safety.
    """
    place = places.find(data_dir)
    places.make_socket_folder(place)
    if place.socket not in _held:
        _held[place.socket] = _locked(place.socket / "users.lock", fcntl.LOCK_SH)
    if not server.answers(place, database, fast_unsafe):
        with _starting(place):
            if not server.answers(place, database, fast_unsafe):
                server.start(place, fast_unsafe)
                server.create(place, database)
    return place.url(database)


def stop_if_idle(data_dir: Path) -> bool:
    """This process is done: stop the server unless another process uses it or is connected. True when stopped."""
    place = places.find(data_dir)
    if not place.socket.is_dir():
        return False
    with _starting(place):
        mine = _held.pop(place.socket, None)
        if mine is None:
            mine = _open(place.socket / "users.lock")
        try:
            fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if server.postmaster(place) is None or _connected(place):
                return False
            server.stop(place)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(mine)


def stop(data_dir: Path) -> bool:
    """Stop the server whoever uses it; True when one was running."""
    place = places.find(data_dir)
    if not place.socket.is_dir():
        return False
    with _starting(place):
        mine = _held.pop(place.socket, None)
        if mine is not None:
            os.close(mine)
        running = server.postmaster(place) is not None
        server.stop(place)
        return running


def remove(data_dir: Path) -> None:
    """Stop the server and delete its files for good, wherever they lie."""
    stop(data_dir)
    place = places.find(data_dir)
    if place.made:
        shutil.rmtree(place.data)
    if place.moved:
        shutil.rmtree(place.data.parent, ignore_errors=True)
        place.note.unlink(missing_ok=True)
    shutil.rmtree(place.socket, ignore_errors=True)


def status(data_dir: Path) -> Status:
    """What runs for `data_dir`; starts nothing and changes nothing."""
    place = places.find(data_dir)
    if not place.made:
        return Status("absent", place.data, place.socket)
    pid = server.postmaster(place)
    if pid is None:
        return Status("stopped", place.data, place.socket)
    try:
        with server.connect(place) as connection:
            version = server.setting(connection, "server_version")
            unsafe = server.setting(connection, "fsync") == "off"
            return Status("running", place.data, place.socket, pid, version, server.clients(connection), unsafe)
    except psycopg.OperationalError:
        return Status("starting", place.data, place.socket, pid)


def _connected(place: Place) -> int:
    try:
        with server.connect(place) as connection:
            return server.clients(connection)
    except psycopg.OperationalError:
        return 0


def _open(path: Path) -> int:
    file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    with contextlib.suppress(PermissionError):  # whatever root's umask, the server's user must get in
        os.fchmod(file, 0o644)
    return file


def _locked(path: Path, how: int) -> int:
    """An open, locked file that is still the one at `path` (a cleaner of old files may have taken it away)."""
    while True:
        file = _open(path)
        fcntl.flock(file, how)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)


@contextlib.contextmanager
def _starting(place: Place) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    file = _locked(place.socket / "start.lock", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(file)
