"""From records to dated ties: what the exchange knows about those who take part in a deal.

Whose word counts: what an organisation of the deal (or one above it, by its own word) says of itself, and what its own
people say, is certain. What an outsider claims about it is possible, so that nobody is shut out of a deal by a
stranger's declaration; and so is everything that rests on an equal name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from app import accounts, reference
from app.independence import repository
from app.independence.graph import Edge, Node, Tie
from app.independence.models import InterestDeclaration
from app.kit.text import one_line
from app.listings import co_owners, owner_names
from app.platform.db import reading

THRESHOLD_RULE = "conflict_shareholding_percent"
YEARS_RULE = "conflict_co_inventor_years"
_DEFAULTS = {THRESHOLD_RULE: Decimal(10), YEARS_RULE: Decimal(3)}
# Academic and polite words before a name; without them two writings of one name are equal.
_TITLES = re.compile(r"^(?:(?:gs|pgs|ts|tskh|ths|ks|cn|bs|ds|dr|prof|ông|bà)\b[.,]?\s*)+", re.IGNORECASE)
_PERSONAL = {
    "employment": Tie.employment, "co_inventor": Tie.co_inventor, "family": Tie.family, "other": Tie.interest,
}  # fmt: skip


def threshold(day: date) -> Decimal:
    return _value(THRESHOLD_RULE, day)


def co_inventor_years(day: date) -> int:
    return int(_value(YEARS_RULE, day))


def rules_checked(day: date) -> bool:
    found = [reference.rule(code, day) for code in _DEFAULTS]
    return all(r is not None and r.checked for r in found)


def _value(code: str, day: date) -> Decimal:
    found = reference.rule(code, day)
    return found.value if found else _DEFAULTS[code]


def org(id_: UUID) -> Node:
    return ("org", str(id_))


def person(id_: UUID) -> Node:
    return ("person", str(id_))


def name(written: str) -> Node:
    return ("name", plain_name(written))


def matter(deal_id: UUID) -> Node:
    return ("matter", str(deal_id))


def plain_name(written: str) -> str:
    return _TITLES.sub("", one_line(written)).casefold()


def years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


@dataclass(slots=True)
class Facts:
    """Ties, and the words for their nodes (for the operator only)."""

    edges: list[Edge] = field(default_factory=list)
    words: dict[Node, str] = field(default_factory=dict)


async def around(
    deal_id: UUID, listing_id: UUID, seller_org_id: UUID, orgs: Iterable[UUID], handlers: Iterable[tuple[UUID, UUID]],
    day: date,
) -> Facts:  # fmt: skip
    """Everything known around the organisations of a deal. `handlers`: (organisation, person)."""
    facts = Facts()
    wanted = set(orgs)
    trusted, all_orgs = await _above(facts, wanted, day)
    await _people(facts, all_orgs, trusted, deal_id, listing_id, list(handlers), day)
    await _owners(facts, listing_id, seller_org_id, day)
    async with reading() as session:
        known = await accounts.organisations_by_id(session, all_orgs)
    for id_, view in known.items():
        facts.words[org(id_)] = view.name_vi
        _namesake(facts, org(id_), view.name_vi)
    return facts


async def _above(facts: Facts, orgs: set[UUID], day: date) -> tuple[set[UUID], set[UUID]]:
    """The ties of holding above these organisations: (whose own word counts, everybody met)."""
    trusted, met, frontier = set(orgs), set(orgs), set(orgs)
    rows: dict[UUID, InterestDeclaration] = {}
    while frontier:
        async with reading() as session:
            found = await repository.holding_of(session, frontier)
        new = {d.id: d for d in found if d.id not in rows and _holds(d, day)}
        rows |= new
        frontier = {h for d in new.values() if (h := d.org_id if d.kind == "holding" else d.other_org_id)} - met
        met |= frontier
    # A parent named by the child itself speaks as well; a holder known by its own claim alone does not.
    grows = True
    while grows:
        named = {
            d.other_org_id for d in rows.values() if d.kind != "holding" and d.org_id in trusted and d.other_org_id
        }
        grows = not named <= trusted
        trusted |= named
    for d in rows.values():
        child, holder = (d.other_org_id, d.org_id) if d.kind == "holding" else (d.org_id, d.other_org_id)
        if child is None:
            continue
        above = org(holder) if holder else name(d.other_name or "")
        if holder is None:
            facts.words.setdefault(above, d.other_name or "")
        facts.edges.append(
            Edge(
                org(child), above, Tie.parent if d.kind == "parent" else Tie.share, d.since, d.until, d.percent,
                certain=d.org_id in trusted, source=f"declaration:{d.id}",
            )
        )  # fmt: skip
    return trusted, met


def _holds(d: InterestDeclaration, day: date) -> bool:
    return (d.since is None or d.since <= day) and (d.until is None or day <= d.until)


async def _people(
    facts: Facts, orgs: Collection[UUID], trusted: set[UUID], deal_id: UUID, listing_id: UUID,
    handlers: list[tuple[UUID, UUID]], day: date,
) -> None:  # fmt: skip
    async with reading() as session:
        members = await accounts.members_of(session, orgs)
        rows = await repository.about_people(session, orgs, listing_id, deal_id)
        ids = {p for _, p in handlers} | {i for d in rows for i in (d.person_id, d.member_id) if i}
        names = {m[1]: m[2] for m in members} | await accounts.people_names(session, ids)
    for org_id, person_id, _ in members:
        facts.edges.append(Edge(org(org_id), person(person_id), Tie.member, source=f"membership:{org_id}:{person_id}"))
    for org_id, person_id in handlers:
        facts.edges.append(Edge(org(org_id), person(person_id), Tie.handler, source=f"handler:{org_id}:{person_id}"))
    inside = {p for o, p, _ in members if o in trusted} | {p for _, p in handlers}
    inside |= {d.member_id for d in rows if d.member_id and d.org_id in trusted}
    for d in rows:
        facts.edges += _declared(facts, d, inside, trusted, deal_id, listing_id, day)
    for id_, written in names.items():
        facts.words[person(id_)] = written
        _namesake(facts, person(id_), written)


def _declared(
    facts: Facts, d: InterestDeclaration, inside: set[UUID], trusted: set[UUID], deal_id: UUID, listing_id: UUID,
    day: date,
) -> list[Edge]:  # fmt: skip
    source = f"declaration:{d.id}"
    if d.kind == "key_person" and d.org_id:
        who = person(d.member_id) if d.member_id else name(d.other_name or "")
        if d.member_id is None:
            facts.words.setdefault(who, d.other_name or "")
        return [Edge(org(d.org_id), who, Tie.key_person, d.since, d.until, certain=d.org_id in trusted, source=source)]
    if d.person_id is None:
        return []
    until = d.until
    if d.kind == "co_inventor" and d.since:
        last = years_after(d.since, co_inventor_years(day))
        until = min(until, last) if until and d.ended_at else last
    sure, tie, made = d.person_id in inside, _PERSONAL[d.kind], []
    if d.other_org_id:
        made.append(Edge(org(d.other_org_id), person(d.person_id), tie, d.since, until, certain=sure, source=source))
    if d.deal_id == deal_id or (d.listing_id and d.listing_id == listing_id):
        made.append(
            Edge(matter(deal_id), person(d.person_id), Tie.interest, d.since, until, certain=sure, source=source)
        )
    return made


async def _owners(facts: Facts, listing_id: UUID, seller_org_id: UUID, day: date) -> None:
    """Who is named as owner of the technology, and who is named beside whom on recent ones. Names only: possible."""
    written = sorted({w for n, w in facts.words.items() if n[0] == "person"})
    async with reading() as session:
        owners = await owner_names(session, [listing_id])
        beside = await co_owners(session, written, years_after(day, -co_inventor_years(day)))
    for id_, owner in owners:
        facts.words.setdefault(name(owner), owner)
        facts.edges.append(Edge(org(seller_org_id), name(owner), Tie.owner, certain=False, source=f"listing:{id_}"))
    together: dict[UUID, list[tuple[str, date]]] = {}
    for id_, owner, filed in beside:
        together.setdefault(id_, []).append((owner, filed))
        facts.words.setdefault(name(owner), owner)
    for id_, named in together.items():
        for n, (left, filed) in enumerate(named):
            for right, _ in named[n + 1 :]:
                until = years_after(filed, co_inventor_years(day))
                facts.edges.append(
                    Edge(name(left), name(right), Tie.co_owner, filed, until, certain=False, source=f"listing:{id_}")
                )


def _namesake(facts: Facts, node: Node, written: str) -> None:
    other = name(written)
    facts.edges.append(Edge(node, other, Tie.namesake, certain=False, source=f"name:{other[1]}"))
    facts.words.setdefault(other, written)
