"""A tie in words: for the parties its kind and the other side's capacity, for the operator every fact of the way."""

from __future__ import annotations

from app.deals import Capacity
from app.independence import facts
from app.independence.graph import Kind, Node, Path, Tie
from app.independence.schemas import Step
from app.kit.text import Text

_MATTER = Text("công nghệ hoặc giao dịch này", "this technology or deal")


def words_of(kind: Kind, other: Capacity | Text | None) -> Text:
    """The tie as the parties may read it: its kind and the other side, no name and no figure. None: the deal itself."""
    label = other.label if isinstance(other, Capacity) else other
    side = Text(_lower(label.vi), _lower(label.en)) if label else _MATTER
    article = "the " if label and not side.en.startswith("another ") else ""
    return Text(f"{kind.label.vi} {side.vi}", f"{kind.label.en} {article}{side.en}")


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def steps_of(path: Path, known: facts.Facts, at: Node) -> list[Step]:
    """The facts in the order one walks them, from the one who asks to the other side."""
    return [
        Step(
            left=known.words.get(e.a, e.a[1]), words=e.tie.label, right=known.words.get(e.b, e.b[1]),
            percent=e.percent if e.tie is Tie.share else None, since=e.since, until=e.until, certain=e.certain,
            source=e.source,
        )
        for e in path
    ]  # fmt: skip
