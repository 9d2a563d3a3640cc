"""Write the pictures of docs/ anew from what the code says: layers from the import contracts, diagrams from the tables.

    python tools/docs.py            write them
    python tools/docs.py --check    say which are stale, and leave with 1

A picture stands between two marks: `<!-- made: NAME -->` and `<!-- end -->`. Everything else in the documents is
written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.accounts.workflow import ORGANISATION  # noqa: E402 - the folder above is put on the path first
from app.brokerage.workflow import CLAIM, INTRODUCTION, MANDATE  # noqa: E402
from app.deals.workflow import DEAL  # noqa: E402
from app.desk.workflow import MESSAGE, TASK  # noqa: E402
from app.disclosure.workflow import NDA, NDA_TEMPLATE, QUESTION  # noqa: E402
from app.independence.workflow import FINDING  # noqa: E402
from app.intermediaries.workflow import LICENCE, PROVIDER, RATING_PAIR, REMARK  # noqa: E402
from app.kit.workflow import Workflow  # noqa: E402
from app.listings.workflow import LISTING  # noqa: E402
from app.matching.workflow import MATCH, SIDE, WEIGHTS  # noqa: E402
from app.needs.workflow import NEED  # noqa: E402
from app.offers.workflow import APPROVAL, MEMORANDUM, OFFER  # noqa: E402
from app.outcomes.workflow import PROMPT  # noqa: E402
from app.profiles.workflow import CAMPAIGN, PROFILE  # noqa: E402
from app.proposals.workflow import PROPOSAL  # noqa: E402
from app.rounds.workflow import DEPOSIT, ENTRY, ROUND  # noqa: E402
from app.valuations.workflow import COMPLAINT, SHEET, VALUATION  # noqa: E402
from app.valuations.workflow import QUOTE as VALUATION_QUOTE  # noqa: E402

DOCS = ROOT / "docs"
PART = re.compile(r"(<!-- made: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
WORKFLOWS = (
    ORGANISATION, LISTING, NEED, MATCH, SIDE, WEIGHTS, PROPOSAL, PROFILE, CAMPAIGN, DEAL, OFFER, APPROVAL, MEMORANDUM,
    FINDING, PROMPT, PROVIDER, LICENCE, RATING_PAIR, REMARK, MANDATE, INTRODUCTION, CLAIM, NDA, NDA_TEMPLATE, QUESTION,
    ROUND, ENTRY, DEPOSIT, VALUATION, VALUATION_QUOTE, SHEET, COMPLAINT, MESSAGE, TASK,
)  # fmt: skip


def contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


def layers() -> str:
    """Boxes from high to low; an arrow means "may import"; parts of one box never import one another. A part in
    round brackets has its place in the order and is not built yet; it is not drawn."""
    laid: list[str] = next(c["layers"] for c in contracts() if c["type"] == "layers")
    parts = [[p.strip().removeprefix("app.") for p in row.split("|") if "(" not in p] for row in laid]
    rows = [" | ".join(row) for row in parts if row]
    lines = ["flowchart TB"]
    lines += [f'    L{n}["{names}"]' for n, names in enumerate(rows)]
    lines += [f"    L{n} --> L{n + 1}" for n in range(len(rows) - 1)]
    return fenced("\n".join(lines))


def vendors() -> str:
    """Which package may be imported where."""
    lines = ["| Package | Imported only in |", "|---|---|"]
    for contract in contracts():
        if contract["type"] == "protected" and not contract["id"].startswith("door-"):
            what = ", ".join(f"`{m}`" for m in contract["protected_modules"])
            where = ", ".join(f"`{m}`" for m in contract["allowed_importers"])
            lines.append(f"| {what} | {where} |")
    return "\n".join(lines) + "\n"


def fenced(picture: str) -> str:
    return f"```mermaid\n{picture}\n```\n"


def diagram(workflow: Workflow) -> Callable[[], str]:
    return lambda: fenced(workflow.mermaid()) + "\n" + states(workflow)


def states(workflow: Workflow) -> str:
    lines = ["| State | Tiếng Việt | English |", "|---|---|---|"]
    lines += [f"| `{s.key}` | {s.label.vi} | {s.label.en} |" for s in workflow.states.values()]
    return "\n".join(lines) + "\n"


PICTURES: dict[str, Callable[[], str]] = {
    "layers": layers,
    "vendors": vendors,
    **{f"workflow-{w.name}": diagram(w) for w in WORKFLOWS},
}


def renewed(text: str) -> str:
    """The document with every picture as the code has it now. KeyError when a mark names none."""
    return PART.sub(lambda m: m.group(1) + PICTURES[m.group("name")]() + m.group(3), text)


def stale() -> list[Path]:
    return [p for p in sorted(DOCS.glob("**/*.md")) if renewed(p.read_text("utf-8")) != p.read_text("utf-8")]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is stale")
    check = parser.parse_args().check
    found = stale()
    for path in found:
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(renewed(path.read_text("utf-8")), "utf-8")
    return 1 if check and found else 0


if __name__ == "__main__":
    raise SystemExit(main())
