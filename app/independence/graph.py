"""Who is tied to whom on a day: a pure function over dated ties. No database, no names of people, no law.

Ties point from what is held to who holds it, and from an organisation to a person who belongs to it:

    up ties      parent, share         organisation -> who controls or holds it (a share counts from the threshold on)
    hard ties    member, employment, key_person, handler, owner      the person is part of the organisation
    soft ties    family, co_inventor, interest                      the person is close to it, and no part of it
    between two  namesake (equal names), co_owner (named beside one another as owners of one technology)

Two sides are related when one holds the other, when somebody holds both, or when a person belongs to one and is tied
to the other. Two soft ties of one outsider relate nobody. A tie that rests on an equal name is never more than
possible, and neither is a chain of shares whose product falls below the threshold.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kit.workflow import Choice, labels

# (kind, key): ("org", id), ("person", id), ("name", folded name), ("matter", id of a deal)
Node = tuple[str, str]
WHOLE = Decimal(100)


class Tie(Choice):
    parent = "parent"
    share = "share"
    member = "member"
    employment = "employment"
    key_person = "key_person"
    handler = "handler"
    owner = "owner"
    family = "family"
    co_inventor = "co_inventor"
    interest = "interest"
    namesake = "namesake"
    co_owner = "co_owner"


labels(
    Tie,
    parent=("có tổ chức mẹ là", "has as its parent"),
    share=("được nắm giữ phần vốn bởi", "is held in part by"),
    member=("có thành viên trên sàn là", "has as a member here"),
    employment=("có người làm việc là", "employs"),
    key_person=("có người giữ vai trò chính là", "has as a key person"),
    handler=("giao việc trong giao dịch cho", "is acted for in the deal by"),
    owner=("chào bán công nghệ mà đồng chủ sở hữu là", "offers a technology also owned by"),
    family=("có người thân của", "has a relative of"),
    co_inventor=("có đồng tác giả của", "has a co-inventor of"),
    interest=("được khai là có lợi ích của", "is declared to matter to"),
    namesake=("trùng tên với", "bears the same name as"),
    co_owner=("đứng tên chung một công nghệ với", "is named beside, as owner of a technology,"),
)
UP = (Tie.parent, Tie.share)
SOFT = (Tie.family, Tie.co_inventor, Tie.interest)
HARD = (Tie.member, Tie.employment, Tie.key_person, Tie.handler, Tie.owner)
BETWEEN = (Tie.namesake, Tie.co_owner)


class Kind(Choice):
    """What relates two sides, as it may be told to the parties."""

    same = "same"
    ownership = "ownership"
    person = "person"
    family = "family"
    co_inventor = "co_inventor"
    interest = "interest"


labels(
    Kind,
    same=("là cùng một tổ chức với", "is the same organisation as"),
    ownership=("có quan hệ sở hữu với", "is tied by ownership to"),
    person=("có người chung với", "shares a person with"),
    family=("có người thân ở", "has a relative at"),
    co_inventor=("có đồng tác giả trong thời gian gần đây ở", "has a recent co-inventor at"),
    interest=("có người đã khai lợi ích ở", "has a person who declared an interest in"),
)


@dataclass(frozen=True, slots=True)
class Edge:
    """One fact. `since` and `until` are whole days, both included; `percent` of a share, None when not told.

    `certain` is False when it rests on an equal name or on the word of an outsider. `source` names the record it was
    read from ("declaration:<id>", "membership"), so that a finding can be traced."""

    a: Node
    b: Node
    tie: Tie
    since: date | None = None
    until: date | None = None
    percent: Decimal | None = None
    certain: bool = True
    source: str = ""

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


Path = tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Two sides are related: by what, by which facts in order, and whether beyond doubt."""

    kind: Kind
    certain: bool
    path: Path


@dataclass(frozen=True, slots=True)
class _Person:
    node: Node
    of: Node  # the organisation it is tied to: the one asked about, or one above it
    soft: Kind | None  # None: part of the organisation
    owns: bool  # holds it, or owns the technology with it, and is not one of its people
    certain: bool
    path: Path


class Graph:
    """The facts that hold on one day. `threshold`: the share in per cent from which holding counts."""

    def __init__(self, edges: Iterable[Edge], day: date, threshold: Decimal) -> None:
        self.threshold = threshold
        self._up: dict[Node, list[Edge]] = defaultdict(list)
        self._people: dict[Node, list[Edge]] = defaultdict(list)
        self._between: dict[Node, list[tuple[Node, Edge]]] = defaultdict(list)
        for edge in edges:
            if not edge.holds(day):
                continue
            if edge.tie in UP:
                if edge.tie is Tie.parent or edge.percent is None or edge.percent >= threshold:
                    self._up[edge.a].append(edge)
            elif edge.tie in BETWEEN:
                self._between[edge.a].append((edge.b, edge))
                self._between[edge.b].append((edge.a, edge))
            else:
                self._people[edge.a].append(edge)

    def related(self, a: Node, b: Node) -> list[Found]:
        """What relates two organisations or persons. Of a kind that is certain the shortest way; of one that is only
        possible every way, because each is a question of its own to whoever decides."""
        if a == b:
            return [Found(Kind.same, True, ())]
        ways: dict[Kind, dict[tuple[str, ...], Found]] = defaultdict(dict)
        for found in sorted(
            itertools.chain(self._by_ownership(a, b), self._by_people(a, b)),
            key=lambda f: (not f.certain, len(f.path), [e.source for e in f.path]),
        ):
            ways[found.kind].setdefault(tuple(sorted({e.source for e in found.path})), found)
        made: list[Found] = []
        for kind in Kind:
            of_kind = list(ways[kind].values())
            made += of_kind[:1] if of_kind and of_kind[0].certain else of_kind
        return made

    def holders(self, node: Node) -> dict[Node, tuple[bool, Path]]:
        """The node and everybody above it, each with the surest and then shortest way there."""
        sure: dict[Node, tuple[bool, Path]] = {}
        # The largest product of shares first; a product only falls, so what drops below the threshold ends there.
        queue: list[tuple[Decimal, int, int, Node, Path]] = [(-WHOLE, 0, 0, node, ())]
        count = itertools.count(1)
        while queue:
            share, _, _, at, path = heapq.heappop(queue)
            if at in sure:
                continue
            sure[at] = (True, path)
            for edge in self._up[at]:
                part = WHOLE if edge.tie is Tie.parent else edge.percent
                if edge.certain and part is not None and -share * part / WHOLE >= self.threshold:
                    heapq.heappush(queue, (share * part / WHOLE, len(path) + 1, next(count), edge.b, (*path, edge)))
        reached = dict(sure)
        waiting: list[tuple[Node, Path]] = [(n, p) for n, (_, p) in sure.items()]
        for at, path in waiting:
            for edge in self._up[at]:
                if edge.b not in reached:
                    reached[edge.b] = (False, (*path, edge))
                    waiting.append((edge.b, (*path, edge)))
        return reached

    def _by_ownership(self, a: Node, b: Node) -> Iterator[Found]:
        above_a, above_b = self.holders(a), self.holders(b)
        for node in above_a.keys() & above_b.keys():
            (sure_a, path_a), (sure_b, path_b) = above_a[node], above_b[node]
            yield Found(Kind.ownership, sure_a and sure_b, path_a + path_b[::-1])

    def _by_people(self, a: Node, b: Node) -> Iterator[Found]:
        of_b: dict[Node, list[_Person]] = defaultdict(list)
        for person in self._people_of(b):
            of_b[person.node].append(person)
        for one in self._people_of(a):
            for other in of_b[one.node]:
                if one.of == other.of or (one.soft and other.soft):
                    continue  # of one that is above both: they are tied by that already
                kind = one.soft or other.soft or (Kind.ownership if one.owns and other.owns else Kind.person)
                yield Found(kind, one.certain and other.certain, one.path + other.path[::-1])
            for beside, edge in self._between[one.node]:
                if edge.tie is Tie.co_owner and not one.soft:
                    for other in of_b[beside]:
                        if not other.soft and one.of != other.of:
                            yield Found(Kind.co_inventor, False, (*one.path, edge, *other.path[::-1]))

    def _people_of(self, node: Node) -> Iterator[_Person]:
        """Everybody tied to the node or to what stands above it; and those of the same name, as a possibility."""
        for at, (sure, path) in self.holders(node).items():
            found = [_Person(at, at, None, True, sure, path)]
            for edge in self._people[at]:
                soft = Kind(edge.tie.value) if edge.tie in SOFT else None
                found.append(_Person(edge.b, at, soft, edge.tie is Tie.owner, sure and edge.certain, (*path, edge)))
            for person in found:
                yield person
                for namesake, edge in self._between[person.node]:
                    if edge.tie is Tie.namesake:
                        yield _Person(namesake, at, person.soft, person.owns, False, (*person.path, edge))
