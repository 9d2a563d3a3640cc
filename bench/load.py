"""Asking a server many times and timing it: with wrk when it is installed, else with a small asyncio client.

Closed loop: each connection sends its next request after its last answer. Loopback only, bounded in time or number.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_SECONDS = 120
TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def raw(self, host: str) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Timing:
    requests: int
    seconds: float
    p50: float
    p95: float
    failed: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


def address(base: str) -> tuple[str, int]:
    parts = urlsplit(base)
    if parts.hostname not in LOOPBACK or not parts.port:
        raise ValueError(f"only loopback is measured, not {base}")
    return parts.hostname, parts.port


def with_wrk() -> bool:
    return shutil.which("wrk") is not None


def for_seconds(base: str, requests: Sequence[Request], connections: int, seconds: float) -> Timing:
    seconds = min(seconds, MOST_SECONDS)
    if with_wrk():
        return _wrk(base, requests, connections, max(1, round(seconds)))
    return asyncio.run(_client(base, itertools.cycle(requests), connections, time.perf_counter() + seconds))


def each_once(base: str, requests: Sequence[Request], connections: int) -> Timing:
    """Every request exactly once: for writes, which cannot be repeated."""
    return asyncio.run(_client(base, iter(requests), connections, time.perf_counter() + MOST_SECONDS))


_DONE = """
local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency, _)
  local errors = summary.errors
  print(string.format('@@{"requests":%d,"seconds":%.4f,"p50":%.3f,"p95":%.3f,"failed":%d}', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


def _lua(raw: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in raw) + '"'


def _wrk(base: str, requests: Sequence[Request], connections: int, seconds: int) -> Timing:
    host = "{}:{}".format(*address(base))
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "requests.lua"
        script.write_text("requests = {" + ",\n".join(_lua(r.raw(host)) for r in requests) + "}\n" + _DONE)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT}s", "-s", str(script), base]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 2 * TIMEOUT, check=False)
    found = re.search(r"^@@(.*)$", ran.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(f"wrk failed: {ran.stdout[-500:]}{ran.stderr[-500:]}")
    return Timing(**json.loads(found[1]))


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
    elif b"chunked" in head.lower():
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head[9:12])


async def _client(base: str, requests: Iterator[Request], connections: int, until: float) -> Timing:
    host, port = address(base)
    taken: list[float] = []
    failed = 0

    async def connection() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(host, port)
        try:
            for request in requests:
                if time.perf_counter() >= until:
                    return
                sent = time.perf_counter()
                writer.write(request.raw(f"{host}:{port}"))
                status = await asyncio.wait_for(_answer(reader), TIMEOUT)
                taken.append((time.perf_counter() - sent) * 1000)
                failed += status >= 400
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    seconds = time.perf_counter() - started
    taken.sort()

    def part(percent: int) -> float:
        return round(taken[min(len(taken) - 1, len(taken) * percent // 100)], 3) if taken else 0.0

    return Timing(len(taken), seconds, part(50), part(95), failed)
