"""The product as it is run: a web process on loopback with its worker inside, and the command line beside it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import httpx2

from app.settings import ROOT, Settings

PASSWORD = "mot cau dai chi de thu 42"
PATIENCE = 120


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


class Site:
    """`url` is the address; `database` an address of PostgreSQL, or "" for the embedded server under `folder`."""

    def __init__(self, folder: Path, database: str = "", **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ours = {name.upper() for name in Settings.model_fields}
        self.environment = {k: v for k, v in os.environ.items() if k not in ours} | {
            "ENVIRONMENT": "development",
            "SECRET_KEY": "the-key-of-the-journeys-which-guards-nothing",
            "BASE_URL": self.url,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database,
            "SESSION_COOKIE_SECURE": "false",
            "WORKER_IN_WEB": "true",
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    # --- the web process ---

    def start(self) -> None:
        """Serve; returns once it answers."""
        self._log = (self.folder / "web.log").open("ab")
        command = [*self._santex, "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=self._log, stderr=self._log, start_new_session=True, cwd=self.folder
        )
        until = time.monotonic() + PATIENCE
        # No certificates are read for plain HTTP: they take longer than the answer.
        with httpx2.Client(verify=False, timeout=2) as client:
            while time.monotonic() < until:
                assert self.process.poll() is None, f"the web process ended:\n{self.log()[-3000:]}"
                with contextlib.suppress(httpx2.HTTPError):
                    if client.get(f"{self.url}/readyz").status_code == 200:
                        return
                time.sleep(0.1)
        raise AssertionError(f"no answer within {PATIENCE} s:\n{self.log()[-3000:]}")

    def end(self, how: int = signal.SIGTERM) -> None:
        """End the web process (SIGKILL: without a chance to tidy up)."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.process = None
        if self._log:
            self._log.close()
            self._log = None

    def log(self) -> str:
        return (self.folder / "web.log").read_text("utf-8", "replace")

    # --- the command line ---

    @property
    def _santex(self) -> list[str]:
        # On Linux the kernel ends it with the tests, however they end: 1 is PR_SET_PDEATHSIG, 15 SIGTERM.
        program = (
            "import ctypes, sys; sys.platform == 'linux' and ctypes.CDLL(None).prctl(1, 15);"
            " sys.path.insert(0, sys.argv.pop(1)); from app.cli import app; app()"
        )
        return [sys.executable, "-c", program, str(ROOT)]

    def santex(self, *arguments: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self._santex, *arguments], env=self.environment, input=stdin, capture_output=True, text=True,
            check=False, timeout=120, cwd=self.folder,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"santex {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    def santex_beside(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command that runs while the test does something to it."""
        return subprocess.Popen(
            [*self._santex, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd=self.folder,
        )  # fmt: skip

    def officers(self, **names: tuple[str, str]) -> None:
        """People with duties, `operator=("e-mail", "name")`, made as an administrator makes them (in one process:
        starting Python is what takes long)."""
        commands = [c for duty, (email, name) in names.items()
                    for c in (["user", "add", email, name], ["user", "grant", email, duty])]  # fmt: skip
        program = (
            "import json, sys; sys.path.insert(0, sys.argv[1]); from app.cli import app\n"
            "for arguments in json.loads(sys.argv[2]): app(arguments, standalone_mode=False)"
        )
        subprocess.run(
            [sys.executable, "-c", program, str(ROOT), json.dumps(commands)], env=self.environment, check=True,
            input=f"{PASSWORD}\n" * len(names), text=True, capture_output=True, timeout=120, cwd=self.folder,
        )  # fmt: skip

    # --- the API ---

    def client(self, key: str = "") -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, verify=False)

    def join(self, email: str, name: str, organisation: str, kind: str) -> httpx2.Client:
        """An account with an organisation, and a client that carries its key."""
        with self.client() as anyone:
            account: dict[str, Any] = {
                "name": name, "email": email, "password": PASSWORD, "organisation": organisation, "kind": kind
            }  # fmt: skip
            answer = anyone.post("/accounts", json=account)
            assert answer.status_code == 201, answer.text
        return self.enter(email)

    def enter(self, email: str) -> httpx2.Client:
        with self.client() as anyone:
            key = anyone.post("/tokens", json={"email": email, "password": PASSWORD, "name": "thử"})
            assert key.status_code == 201, key.text
        return self.client(key.json()["key"])


def made_folder() -> Path:
    """A short path: PostgreSQL's socket lies in it."""
    return Path(tempfile.mkdtemp(prefix="santex-site-"))
