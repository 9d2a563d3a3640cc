"""What no file of the repository may hold: secrets, addresses of package registries, paths of somebody's machine."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from app.settings import ROOT

THIS = Path(__file__).relative_to(ROOT)
LOCKS = re.compile(r"(^|/)(requirements[\w-]*\.lock|package-lock\.json)$")

SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b"),
    "a GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b"),
    "a Stripe key": re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}\b"),
    "a Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a JSON web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "a key of ours": re.compile(r"\bstx_[A-Za-z0-9_-]{30,}\b"),
    "a password in an address": re.compile(
        r"\b[a-z][a-z0-9+]*://[^/\s:@{}$<>\"']+:(?![^@]*[{$<])[^@\s/\"']{3,}@[\w.-]+"
    ),
}
# A value given to a name that tells: random enough to be real.
ASSIGNED = re.compile(
    r"(?i)\b\w*(?:secret|passw(?:or)?d|token|api_?key)\w*[\"']?\s*[:=]\s*[\"']([A-Za-z0-9+/=_-]{20,})[\"']"
)
# Assembled, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(re.escape(".".join(h)) for h in (
        ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
        ("crates", "io"), ("proxy", "golang", "org"), ("rubygems", "org"), ("unpkg", "com"), ("jsdelivr", "net"),
        ("cdnjs", "cloudflare", "com"), ("fonts", "googleapis", "com"), ("esm", "sh"),
    ))
)  # fmt: skip
MACHINE = re.compile(r"(?<![\w.$}/])/(?:home|Users|root|work|mnt|workspace)/[\w.-]+")


def _listed() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:  # an unpacked archive: everything but what the tools make
        made = {".venv", ".node", "node_modules", ".santex", "vendor", "__pycache__", ".git"}
        return [p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file() and not made & set(p.parts)]
    return [Path(name) for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def _texts() -> dict[str, str]:
    found = {}
    for path in _listed():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data[:8192]:
            found[str(path)] = data.decode("utf-8")
    return found


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return _texts()


def bits(value: str) -> float:
    """Shannon's entropy of a character, in bits: words have about 3, random base64 more than 4."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def test_no_secrets(texts: dict[str, str]) -> None:
    found = []
    for name, text in texts.items():
        if LOCKS.search(name) or name == str(THIS):
            continue
        for what, pattern in SECRETS.items():
            found += [f"{name}: {what}: {m.group(0)[:24]}..." for m in pattern.finditer(text)]
        found += [f"{name}: {m.group(0)[:60]}" for m in ASSIGNED.finditer(text) if bits(m.group(1)) > 4]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "postgresql://app:" + "hunter22@db.example/x",
        "stx_" + "q7Jf0sDk2LmZ9xWc4VbN8aTgYh1RePuo",
    ],
)
def test_the_scan_finds_secrets(text: str) -> None:
    assert any(p.search(text) for p in SECRETS.values())


def test_the_scan_weighs_values() -> None:
    assert bits("q7Jf0sDk2LmZ9xWc4VbN8aTgYh1RePuo") > 4
    assert bits("mot-cau-dai-chi-minh-biet") < 4


def test_no_registry_is_named(texts: dict[str, str]) -> None:
    assert [f"{n}: {m.group(0)}" for n, t in texts.items() for m in REGISTRIES.finditer(t)] == []


def test_no_machine_is_named(texts: dict[str, str]) -> None:
    found = [f"{n}: {m.group(0)}" for n, t in texts.items() if n != str(THIS) for m in MACHINE.finditer(t)]
    assert found == []


def test_files_are_tidy(texts: dict[str, str]) -> None:
    """UTF-8, line feeds, a last line that ends; nothing large."""
    for name, text in texts.items():
        assert "\r\n" not in text, name
        assert not text or text.endswith("\n"), f"{name}: the last line does not end"
        assert not re.search(r"^(<<<<<<< |=======$|>>>>>>> )", text, re.MULTILINE), f"{name}: a merge half done"
    for path in _listed():
        assert (ROOT / path).stat().st_size < 1_000_000, path


def test_nothing_made_or_fetched_is_kept() -> None:
    kept = [str(p) for p in _listed() if {"node_modules", ".venv", "__pycache__", "vendor", ".santex"} & set(p.parts)]
    assert kept == []


def test_licence() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "SPDX-License-Identifier: Apache-2.0" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text("utf-8")
