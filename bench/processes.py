"""Servers under measurement: started as their own processes, watched through the kernel, ended by their number."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.settings import ROOT

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    base: str
    pid: int
    first_200: float  # seconds from starting the process to its first good answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(base: str, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    host, port = base.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@contextmanager
def running(arguments: list[str], env: Mapping[str, str], port: int, path: str, log: Path) -> Iterator[Server]:
    """`python ARGUMENTS`, from its start to the first 200 at `path`, and ended when the block does."""
    base = f"http://127.0.0.1:{port}"
    with log.open("ab") as out:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        try:
            yield Server(base, process.pid, _up(process, base, path, started, log))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _up(process: subprocess.Popen[bytes], base: str, path: str, started: float, log: Path) -> float:
    while time.perf_counter() - started < START_SECONDS:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {log.read_text()[-2000:]}")
        try:
            if fetch(base, path)[0] == 200:
                return time.perf_counter() - started
        except OSError:
            pass
        time.sleep(0.005)
    raise RuntimeError(f"no answer within {START_SECONDS:.0f} s: {log.read_text()[-2000:]}")


def cpu_seconds(pid: int | None) -> float:
    """CPU time of a process, of those under it and of those that ended under it."""
    if pid is None:
        return 0.0
    total = 0.0
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    for member in family:
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mib(pid: int) -> dict[str, float]:
    found = psutil.Process(pid).memory_full_info()
    return {"rss": round(found.rss / 2**20, 1), "pss": round(found.pss / 2**20, 1)}


def machine_busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait


def environment(**settings: str) -> dict[str, str]:
    """The environment of a server: this one's, without settings that would change what is measured."""
    from app.settings import Settings

    names = {name.upper() for name in Settings.model_fields}
    kept = {k: v for k, v in os.environ.items() if k.upper() not in names}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | settings
