"""A state is a table: states, actions and the transitions between them, and nothing else.

Policies say who may take an action; `app.platform.db.transition` takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.kit.errors import Conflict
from app.kit.text import Text


@dataclass(frozen=True, slots=True)
class Transition:
    """`action` moves any of `sources` to `target`. `needs_reason` asks for a coded or written reason."""

    action: str
    sources: tuple[str, ...]
    target: str
    label: Text
    needs_reason: bool = False
    tone: str = "secondary"  # how its button looks: primary | secondary | danger


@dataclass(frozen=True, slots=True)
class State:
    key: str
    label: Text
    tone: str = "draft"  # draft | waiting | moving | agreed | closed | refused | stale
    final: bool = False
    step: bool = True  # shown in a stepper


class Workflow:
    """`initial` is a state key. ValueError at import time when the table is not sound."""

    def __init__(self, name: str, initial: str, states: Sequence[State], transitions: Sequence[Transition]):
        self.name = name
        self.initial = initial
        self.states = {s.key: s for s in states}
        self.transitions = {t.action: t for t in transitions}
        if len(self.transitions) != len(transitions) or len(self.states) != len(states):
            raise ValueError(f"{name}: a state or an action stands twice")
        named = {initial, *(t.target for t in transitions), *(s for t in transitions for s in t.sources)}
        if named - self.states.keys():
            raise ValueError(f"{name}: unknown states {sorted(named - self.states.keys())}")
        for t in transitions:
            if any(self.states[s].final for s in t.sources):
                raise ValueError(f"{name}: {t.action} leaves a final state")

    def actions_from(self, state: str) -> list[Transition]:
        return [t for t in self.transitions.values() if state in t.sources]

    def check(self, action: str, state: str) -> Transition:
        """The transition, or Conflict with the state's name: the action is not possible now."""
        t = self.transitions[action]
        if state not in t.sources:
            raise self.refusal(action, state)
        return t

    def refusal(self, action: str, state: str) -> Conflict:
        t, label = self.transitions[action], self.states[state].label
        return Conflict(
            f"{self.name}.not_now",
            Text(
                f"Không thể “{t.label.vi}” khi tình trạng là “{label.vi}”. Hãy tải lại trang.",
                f"“{t.label.en}” is not possible while the status is “{label.en}”. Reload the page.",
            ),
        )

    def label(self, state: str) -> Text:
        return self.states[state].label

    def mermaid(self) -> str:
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {s} --> {t.target}: {t.action}" for t in self.transitions.values() for s in t.sources]
        lines += [f"    {s.key} --> [*]" for s in self.states.values() if s.final]
        return "\n".join(lines)


class Choice(StrEnum):
    """An enumeration whose members carry a label; subclasses give `__labels__` right after their members."""

    @property
    def label(self) -> Text:
        return LABELS[type(self)][self]


LABELS: dict[type[Choice], dict[str, Text]] = {}


def labels(kind: type[Choice], **texts: tuple[str, str]) -> None:
    """Register the labels of every member of `kind`; ValueError when one is missing or unknown."""
    members = {m.name: m for m in kind}
    if members.keys() != texts.keys():
        raise ValueError(f"{kind.__name__}: labels differ from members: {members.keys() ^ texts.keys()}")
    LABELS[kind] = {members[name]: Text(vi, en) for name, (vi, en) in texts.items()}
