"""Small counts that must not be told, and those by which they could be worked out. Pure.

What is published is a tree: a year, its reasons, their stages, their fields; each node is the sum of its children,
and no other total of the same exits is published here. So there is one equation a parent: what is hidden under it
adds up to the parent less what is shown. The rule: hidden children of a shown parent are none with anything in it, or
at least two places, and together at least `LEAST` organisations stand behind them. Below a hidden node everything is
hidden. A place without any exit looks like a hidden one, so that counting hidden places tells nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

LEAST = 5
K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Count:
    """Exits, and the organisations that said no."""

    exits: int = 0
    orgs: set[UUID] = field(default_factory=set)

    def add(self, exits: int, org: UUID) -> None:
        self.exits += exits
        self.orgs.add(org)


def shown(children: Mapping[K, Count], places: Sequence[K], *, parent_shown: bool = True) -> set[K]:
    """Of all `places` under one node those whose count may be told. `children` holds those with anything in them."""
    if not parent_shown:
        return set()
    told = {k for k in places if k in children and len(children[k].orgs) >= LEAST}
    hidden = [k for k in places if k not in told]
    behind: set[UUID] = set().union(*(children[k].orgs for k in hidden if k in children))
    # Take back the smallest told ones until what is hidden is itself a figure that could be told.
    for k in sorted(told, key=lambda k: (len(children[k].orgs), children[k].exits, str(k))):
        if not behind or (len(behind) >= LEAST and len(hidden) > 1):
            break
        told.remove(k)
        hidden.append(k)
        behind |= children[k].orgs
    return told
