"""What is read before any of our code runs: image, compose file, lock files, Makefile, CI. All of it statically."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import ROOT, Settings

PYTHON_LOCKS = sorted(p.name for p in ROOT.glob("requirements*.lock"))
MADE = ("static/vendor",)  # by the image itself, never from the folder it is built in
SECRET = re.compile(r"(?i)(secret|password|passwd|token|_key)")
ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


# --- the image --------------------------------------------------------------------------------------------------


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, rest), continued lines joined, comments left out."""
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", read("Dockerfile")))
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1].strip()) for line in joined.splitlines() if line]


def final_stage() -> list[tuple[str, str]]:
    found = dockerfile()
    last = max(n for n, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def copies() -> list[tuple[list[str], bool]]:
    """Sources of every COPY, and whether they come from another stage."""
    found = []
    for word, rest in dockerfile():
        assert word != "ADD", "COPY says what is meant"
        if word == "COPY":
            parts = shlex.split(rest)
            found.append(
                ([p for p in parts[:-1] if not p.startswith("--")], any(p.startswith("--from=") for p in parts))
            )
    return found


def ignored(path: str) -> bool:
    """.dockerignore: the last rule that fits the path or a folder above it decides."""
    out = False
    above = [path, *(str(p) for p in Path(path).parents if str(p) != ".")]
    for line in read(".dockerignore").splitlines():
        rule = line.strip()
        if rule and not rule.startswith("#"):
            pattern = rule.lstrip("!").rstrip("/")
            if any(fnmatch.fnmatch(p, pattern) for p in above):
                out = not rule.startswith("!")
    return out


def test_every_copied_file_exists_and_reaches_the_build() -> None:
    for sources, from_stage in copies():
        for source in sources:
            if not from_stage:
                assert (ROOT / source).exists(), f"Dockerfile copies {source}, which is not there"
                assert not ignored(source), f".dockerignore keeps {source} from the build"


def test_stages_copied_from_exist() -> None:
    stages = {rest.split()[-1] for word, rest in dockerfile() if word == "FROM" and " AS " in rest}
    used = {m for word, rest in dockerfile() if word == "COPY" for m in re.findall(r"--from=(\S+)", rest)}
    assert used <= stages


def test_all_that_runs_is_in_the_image() -> None:
    """A folder that holds our code or its data must be copied, or be known to stay out."""
    stays_out = {"tests", "bench", "docs", "tools", "node_modules"}
    tracked = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))}
    copied = {source for sources, from_stage in copies() if not from_stage for source in sources}
    assert tracked - stays_out <= copied


def test_secrets_and_local_data_never_reach_the_build() -> None:
    for path in (".env", ".git/config", ".santex/postgres/PG_VERSION", ".venv/bin/python", "tests/conftest.py", *MADE):
        assert ignored(path), path


def test_images_are_pinned() -> None:
    for word, rest in dockerfile():
        if word == "FROM":
            image = rest.split()[0]
            assert re.search(r":\d", image), f"{image} has no version"


def test_runs_as_an_ordinary_user_and_is_watched() -> None:
    stage = final_stage()
    users = [rest for word, rest in stage if word == "USER"]
    assert users
    assert users[-1].split(":")[0] not in ("", "root", "0")
    words = [word for word, _ in stage]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not [word for word, _ in stage[words.index("USER") :] if word in ("RUN", "COPY")]
    check = next(rest for word, rest in stage if word == "HEALTHCHECK")
    command = json.loads(check.split("CMD", 1)[1])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")
    assert "/healthz" in command[2]


def test_packages_are_installed_by_hash() -> None:
    installs = [rest for word, rest in dockerfile() if word == "RUN" and " install" in rest]
    assert installs
    assert all("--require-hashes" in rest for rest in installs)


def test_image_holds_no_secret() -> None:
    for word, rest in dockerfile():
        if word in ("ENV", "ARG"):
            assert not SECRET.search(rest), f"{word} {rest}"


# --- compose ----------------------------------------------------------------------------------------------------


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
    return found


SERVICES: dict[str, dict[str, Any]] = compose()["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def test_services() -> None:
    assert {"web", "worker", "postgres", "meilisearch"} <= set(SERVICES)
    assert len({SERVICES[name]["image"] for name in OURS}) == 1, "one image, several commands"
    assert "--no-analytics" in SERVICES["meilisearch"]["command"]


@pytest.mark.parametrize("name", SERVICES)
def test_service(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":v?\d", service["image"]), "pinned"
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), f"{name} opens {port} to the network"
    assert "network_mode" not in service
    assert not service.get("privileged")
    if name not in OURS or service.get("restart") != "no":
        assert service.get("healthcheck", {"test": "of the image"})["test"]
    for other, wanted in service.get("depends_on", {}).items():
        assert other in SERVICES
        assert wanted["condition"] in ("service_healthy", "service_completed_successfully")
    declared = compose()
    for volume in service.get("volumes", []):
        assert volume.split(":")[0] in declared["volumes"], "named volumes only"
    assert set(service["networks"]) <= set(declared["networks"])


def test_only_our_services_reach_outside() -> None:
    assert compose()["networks"]["inside"]["internal"] is True
    for name, service in SERVICES.items():
        assert ("outside" in service["networks"]) == (name in OURS)


@pytest.mark.parametrize("name", OURS)
def test_our_service_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_outside_and_have_no_default(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        # Without a key for Meilisearch PostgreSQL answers, and it can only be made when the server runs.
        may_be_empty = key.startswith("SMTP_") or key == "MEILI_KEY"
        if key == "DATABASE_URL" or (SECRET.search(key) and not may_be_empty):
            assert re.search(r"\$\{[A-Z_]+:\?[^}]+\}", value), f"{key} of {name} must be asked for"
        if SECRET.search(key):
            assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]+|:-)\}", value), f"{key} of {name} holds a value"


def test_the_master_key_is_in_no_process_that_stays() -> None:
    holding = {name for name in OURS if "MEILI_MASTER_KEY" in str(SERVICES[name].get("environment"))}
    assert holding == {"search-key"}
    assert SERVICES["search-key"]["profiles"] == ["setup"]


def test_settings_are_ones_we_read() -> None:
    known = {field.upper() for field in Settings.model_fields} | {"MEILI_MASTER_KEY"}
    given = {key for name in OURS for key in SERVICES[name]["environment"]}
    given |= {part.split("=")[0] for word, rest in final_stage() if word == "ENV" for part in shlex.split(rest)}
    assert given - {"PATH"} - {g for g in given if g.startswith("PYTHON")} <= known


# --- lock files -------------------------------------------------------------------------------------------------


def requirements(name: str) -> list[str]:
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", read(name)))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def pins(name: str) -> set[str]:
    return {line.split(" --hash", 1)[0].strip() for line in requirements(name)}


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_lock_pins_by_hash_and_names_no_address(name: str) -> None:
    assert not ADDRESS.search(read(name))
    found = requirements(name)
    assert found
    for line in found:
        assert re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*==\S+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


def test_locks_agree() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock"), "run `make lock`"


def test_locks_hold_every_dependency() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    for lock, wanted in (
        ("requirements.lock", project["project"]["dependencies"]),
        ("requirements-dev.lock", project["dependency-groups"]["dev"]),
    ):
        held = {pin.split("==")[0] for pin in pins(lock)}
        for name in wanted:
            plain = re.split(r"[\[<>=~!; ]", name)[0].lower().replace("_", "-")
            assert plain in held, f"{plain} is not in {lock}: run `make lock`"


def test_node_lock_has_hashes_and_no_addresses() -> None:
    lock = json.loads(read("package-lock.json"))
    wanted = json.loads(read("package.json"))
    root = lock["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert root.get(kind, {}) == wanted.get(kind, {}), "run `make lock`"
    for name, entry in lock["packages"].items():
        if name:
            assert "resolved" not in entry, name
            assert entry["integrity"].startswith("sha512-"), name
    assert "omit-lockfile-registry-resolved=true" in read(".npmrc")


# --- Makefile, CI, scripts --------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z][a-z-]*):", read("Makefile")))


def test_targets_the_project_promises() -> None:
    promised = "demo test sure serve worker migrate reindex bench lint types assets lock clean help"
    assert set(promised.split()) <= targets()


@pytest.mark.parametrize("name", sorted({"README.md", *(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))}))
def test_targets_named_in_the_documents_exist(name: str) -> None:
    named = re.findall(
        r"`make ([a-z][a-z-]*)|^\s*(?:\$ )?make ([a-z][a-z-]*)(?: +(?:#|[A-Z]+=).*)?$", read(name), re.MULTILINE
    )
    assert {one or two for one, two in named} <= targets()


def test_every_target_is_phony_and_explained() -> None:
    makefile = read("Makefile")
    phony = set(re.findall(r"(?m)^\.PHONY: (.*)$", makefile)[0].split())
    assert targets() == phony
    listed = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    for target in targets() - {"env", "env-dev", "assets-dev"}:
        assert f"make {target} " in listed


@pytest.mark.parametrize("name", [".ci/run", "bin/santex"])
def test_scripts_can_be_run(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK), f"chmod +x {name}"


@pytest.mark.parametrize(("name", "shell"), [(".ci/run", "bash"), ("bin/santex", "sh"), ("tools/bootstrap.sh", "sh")])
def test_scripts_parse(name: str, shell: str) -> None:
    subprocess.run([shell, "-n", str(ROOT / name)], check=True)


def test_ci_runs_what_people_run() -> None:
    assert read(".ci/run").rstrip().endswith("exec make sure")


def test_bootstrap_says_which_python_it_needs(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\nif [ "$1" = -V ]; then echo Python 3.9.2; else exit 1; fi\n')
    old.chmod(0o755)
    for python, said in ((str(old), "3.11 or newer is needed, and"), (str(tmp_path / "none"), "there is no")):
        done = subprocess.run(
            ["sh", "tools/bootstrap.sh", "runtime"],
            cwd=ROOT, env=os.environ | {"PYTHON": python}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert said in done.stderr


def test_the_command_works_from_any_folder_even_one_with_an_app_of_its_own(tmp_path: Path) -> None:
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("there is no .venv: make it with `make env-dev`")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('not ours')")
    link = tmp_path / "santex"
    link.symlink_to(ROOT / "bin" / "santex")
    done = subprocess.run([link, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("santex ")
