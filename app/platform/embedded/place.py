"""Where the server of one data directory lies and as whom it runs. Pure looking, apart from `make_folder`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

SUPERUSER = "postgres"
PORT = 5432  # only a part of the socket's name
SOCKETS = Path("/tmp")  # noqa: S108 - a fixed short place all processes agree on; the folder in it is checked
FALLBACKS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the folder made there belongs to the server's user


class EmbeddedError(RuntimeError):
    """The embedded server cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    asked: Path
    data: Path  # where the files really lie
    socket: Path
    uid: int
    gid: int

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def made(self) -> bool:
        return (self.data / "PG_VERSION").is_file()

    @property
    def moved(self) -> bool:
        return self.data != self.asked

    @property
    def note(self) -> Path:
        """Beside the asked folder, says where a moved database lies."""
        return self.asked.with_name(f"{self.asked.name}.moved.txt")

    def conninfo(self, database: str = SUPERUSER) -> str:
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket), port=PORT, user=SUPERUSER, dbname=database, connect_timeout=5
        )

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{quote(database)}?host={quote(str(self.socket))}&port={PORT}"

    def as_user(self) -> dict[str, Any]:
        """How a tool is called: as the server's user, in a plain environment, away from our terminal."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "OPENSSL_CONF")}
        arguments: dict[str, Any] = {
            "env": {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC"},
            "cwd": "/",
            "stdin": subprocess.DEVNULL,
            "start_new_session": True,
            "umask": 0o077,
            "text": True,
        }
        if os.geteuid() == 0:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return arguments


def find(data_dir: Path) -> Place:
    asked = data_dir.resolve()
    key = hashlib.sha256(os.fsencode(asked)).hexdigest()[:12]
    socket = SOCKETS / f"santex-{key}"
    if os.geteuid() != 0:
        if asked.exists() and (owner := asked.stat().st_uid) != os.geteuid():
            raise EmbeddedError(
                f"{asked} belongs to user {name(owner)}, not to {name(os.geteuid())}. Run this as root or as "
                f"{name(owner)}, or set DATA_DIR to a folder of your own."
            )
        return Place(asked, asked, socket, os.geteuid(), os.getegid())
    elsewhere = [base.resolve() / f"santex-{key}" / asked.name for base in FALLBACKS]
    for data in (asked, *elsewhere):
        # An existing cluster is run as its owner, so that root may take over what a user began.
        if (data / "PG_VERSION").is_file() and (owner := data.stat().st_uid) != 0 and (data == asked or _roots(data)):
            return Place(asked, data, socket, owner, data.stat().st_gid)
    user = _unprivileged()
    if may_enter(asked.parent, user.pw_uid, user.pw_gid):
        return Place(asked, asked, socket, user.pw_uid, user.pw_gid)
    for data in elsewhere:
        if os.access(data.parent.parent, os.W_OK) and (_roots(data) or not data.parent.exists()):
            return Place(asked, data, socket, user.pw_uid, user.pw_gid)
    raise EmbeddedError(
        f"User {user.pw_name} cannot get into {asked.parent}, and neither {elsewhere[0].parent} nor "
        f"{elsewhere[1].parent} can be made. Set DATA_DIR to a folder that is open to him."
    )


def _roots(data: Path) -> bool:
    """Whether a fallback's folder was made by root, not planted by somebody."""
    return data.parent.is_dir() and data.parent.lstat().st_uid == 0


def _unprivileged() -> pwd.struct_passwd:
    for candidate in (SUPERUSER, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(candidate)
    raise EmbeddedError(
        "PostgreSQL does not run as root and this system has neither a user postgres nor a user nobody. "
        "Make one (useradd --system postgres), run santex as an ordinary user, or set DATABASE_URL."
    )


def name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"number {uid}"


def allows(path: Path, uid: int, gid: int, bits: int) -> bool:
    info = path.stat()
    shift = 6 if info.st_uid == uid else 3 if info.st_gid == gid else 0
    return (info.st_mode >> shift) & bits == bits


def may_enter(folder: Path, uid: int, gid: int) -> bool:
    """Whether that user gets into `folder`; folders that do not exist yet will be made so that he does."""
    return all(allows(p, uid, gid, 1) for p in (folder, *folder.parents) if p.exists())


def make_folder(folder: Path, place: Place) -> None:
    """Make `folder` for the server's user alone; missing parents stay ours but let him through."""
    for parent in reversed([p for p in folder.parents if not p.exists()]):
        parent.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            parent.chmod(stat.S_IMODE(parent.stat().st_mode) | 0o011)
    folder.mkdir()
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, place.uid, place.gid)


def make_socket_folder(place: Place) -> None:
    with contextlib.suppress(FileExistsError):
        place.socket.mkdir(mode=0o700)
    info = place.socket.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid not in (place.uid, os.geteuid()):
        raise EmbeddedError(
            f"{place.socket} should be the server's socket folder but is someone else's. Look at it and remove it."
        )
    if info.st_uid != place.uid:
        os.chown(place.socket, place.uid, place.gid)
    if stat.S_IMODE(info.st_mode) != 0o700:
        place.socket.chmod(0o700)
