"""Who may do what in a valuation case: pure predicates on the actor and the facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.kit.actor import Actor
from app.valuations.schemas.choices import Side

REQUESTER = {"cancel", "receive", "complain", "show", "hide", "accept", "decline"}
ASKED = {"offer", "refuse", "take_back"}
PROVIDER = {"assign", "begin_sheet", "issue", "deliver", "answer_complaint", "cancel"}
WITH_DOCUMENTS = ("agreed", "working", "in_review", "approved")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision rests on. `appraisers` and `representative` are people named at assignment; `signed` those who
    signed the current report; `own_quote` the state of the actor's organisation's quote."""

    requester_org_id: UUID
    provider_org_id: UUID | None
    owner_org_id: UUID
    kind: str
    status: str
    today: date
    expires_on: date
    complain_until: date | None = None
    received: bool = False
    shown: bool = False
    asked: Collection[UUID] = ()
    own_quote: str | None = None
    quotes_open: bool = False
    appraisers: Collection[UUID] = ()
    representative: UUID | None = None
    signed: Collection[UUID] = field(default=())
    sheet_live: bool = False
    complaint_open: bool = False
    complained: bool = False
    undecided: bool = False


def side_of(actor: Actor, facts: Facts) -> Side | None:
    """Whose affair it is to the actor. The requester is never asked to quote for its own request."""
    if actor.anonymous or actor.role is None or actor.org_id is None:
        return None
    if actor.org_id == facts.requester_org_id:
        return Side.requester
    if actor.org_id == facts.provider_org_id:
        return Side.provider
    return Side.asked if actor.org_id in facts.asked else None


def may_see(actor: Actor, side: Side | None) -> bool:
    """Its parties, those asked to quote, and the operator; to everyone else, the Department too, it does not exist."""
    return side is not None or actor.is_operator


def sees_documents(actor: Actor, side: Side | None) -> bool:
    return side in (Side.requester, Side.provider) or actor.is_operator


def sees_sheets(actor: Actor, side: Side | None) -> bool:
    """Working papers are the provider's own."""
    return side is Side.provider or actor.is_operator


def sees_report(actor: Actor, side: Side | None, delivered: bool) -> bool:
    """The provider from the moment it is made, the requester from delivery on."""
    return side is Side.provider or actor.is_operator or (side is Side.requester and delivered)


def may_request(actor: Actor) -> bool:
    return actor.can_manage and actor.org_id is not None


def may_attach(actor: Actor, side: Side | None) -> bool:
    return side in (Side.requester, Side.provider) and actor.can_edit


def may_write_sheet(actor: Actor, side: Side | None, appraisers: Collection[UUID]) -> bool:
    """The appraisers named at assignment, nobody else of the provider."""
    return side is Side.provider and actor.can_edit and actor.person_id in appraisers


def may_review(actor: Actor, side: Side | None, appraisers: Collection[UUID], authors: Collection[UUID]) -> bool:
    """A second person of the provider: another named appraiser, or who manages there. Never one who wrote in it."""
    if side is not Side.provider or not actor.can_edit or actor.person_id in authors:
        return False
    return actor.can_manage or actor.person_id in appraisers


def parts_of(actor: Actor, side: Side | None, facts: Facts) -> list[str]:
    """As what the actor may sign. One person signs once: the two signatures of an appraisal are of two people."""
    if side is not Side.provider or not actor.can_write or actor.person_id in facts.signed:
        return []
    # Who is both signs for the firm: another appraiser is there for the other signature.
    found = ["representative"] if actor.person_id == facts.representative else []
    return found + (["appraiser"] if actor.person_id in facts.appraisers else [])


def signatures_complete(kind: str, parts: Collection[str]) -> bool:
    """An estimate needs an appraiser's; an appraisal the legal representative's as well."""
    return {"appraiser"} <= set(parts) and (kind != "appraisal" or "representative" in parts)


def may(actor: Actor, side: Side | None, action: str, facts: Facts) -> bool:
    """Whether this is the actor's to do at all, whatever the state (403 otherwise)."""
    if action == "attach":
        return may_attach(actor, side)
    if action == "sign":
        named = {*facts.appraisers, facts.representative}
        return side is Side.provider and actor.can_write and actor.person_id in named
    if action == "begin_sheet":
        return may_write_sheet(actor, side, facts.appraisers)
    if action == "clear":
        return actor.is_operator and actor.can_write and side is None
    if not actor.can_manage:
        return False
    if action in ("show", "hide"):
        return side is Side.requester and actor.org_id == facts.owner_org_id
    if side is Side.requester:
        return action in REQUESTER
    if side is Side.provider:
        return action in PROVIDER
    return side is Side.asked and action in ASKED


def possible(action: str, facts: Facts) -> bool:
    """Whether the state allows it now; buttons are what is possible and permitted."""
    f, valid = facts, facts.today <= facts.expires_on
    table = {
        "offer": f.status == "requested" and f.own_quote == "asked" and f.quotes_open,
        "take_back": f.status == "requested" and f.own_quote == "offered",
        "refuse": f.status == "requested" and f.own_quote in ("asked", "offered"),
        "assign": f.status == "agreed" and valid,
        "attach": f.status in WITH_DOCUMENTS,
        "begin_sheet": f.status == "working" and not f.sheet_live and valid,
        "issue": f.status == "approved" and valid,
        "sign": f.status == "reported" and valid,
        "deliver": f.status == "signed" and valid,
        "receive": f.status == "delivered" and not f.received,
        "complain": f.status == "delivered" and not f.complaint_open and not f.complained
        and f.complain_until is not None and f.today <= f.complain_until,
        "answer_complaint": f.status == "delivered" and f.complaint_open,
        "show": f.status == "delivered" and valid and not f.shown,
        "hide": f.shown,
        "cancel": f.status in ("requested", "agreed", "working", "in_review", "approved"),
        "clear": f.undecided and f.status in ("requested", "agreed"),
    }  # fmt: skip
    return table[action]


ACTIONS = (
    "offer", "take_back", "refuse", "assign", "attach", "begin_sheet", "issue", "sign", "deliver", "receive",
    "complain", "answer_complaint", "show", "hide", "cancel", "clear",
)  # fmt: skip


def actions(actor: Actor, facts: Facts) -> list[str]:
    """Buttons on the case."""
    side = side_of(actor, facts)
    found = [a for a in ACTIONS if may(actor, side, a, facts) and possible(a, facts)]
    return [a for a in found if a != "sign" or parts_of(actor, side, facts)]


def quote_actions(actor: Actor, side: Side | None, status: str, quote: str) -> list[str]:
    """Buttons of the requester on one quote."""
    if side is not Side.requester or not actor.can_manage or status != "requested" or quote != "offered":
        return []
    return ["accept", "decline"]


def sheet_actions(
    actor: Actor, side: Side | None, status: str, case_status: str, appraisers: Collection[UUID],
    authors: Collection[UUID],
) -> list[str]:  # fmt: skip
    if status == "draft" and case_status == "working" and may_write_sheet(actor, side, appraisers):
        return ["save", "submit"]
    if status == "submitted" and case_status == "in_review" and may_review(actor, side, appraisers, authors):
        return ["remark", "return", "approve"]
    return []
