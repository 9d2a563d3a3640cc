"""Who may sit beside whom in one deal, as a table; and who may declare, decide and consent. All pure."""

from __future__ import annotations

from uuid import UUID

from app.deals import Capacity
from app.independence.graph import Kind
from app.independence.schemas import Verdict
from app.kit.actor import Actor

MATTER = "matter"  # stands for the deal itself, its technology included: a person may have declared an interest in it

RIVAL = "rival"  # another applicant of one public round

_REFUSE, _CONSENT = Verdict.refuse, Verdict.consent
# Capacity that is asked for -> capacity (or the matter) it is tied to -> what follows. A pair that is not named is
# fine: a broker and whom it serves, the two parties themselves, an adviser and whom it advises.
MATRIX: dict[str, dict[str, Verdict]] = {
    Capacity.seller_broker: {
        # Serves the seller, so a tie with the seller is its business; one with the buyer must be known to both.
        Capacity.buyer: _CONSENT,
        Capacity.buyer_broker: _REFUSE,
        Capacity.valuer: _REFUSE,
        Capacity.appraiser: _REFUSE,
        MATTER: _CONSENT,
    },
    Capacity.buyer_broker: {
        Capacity.seller: _CONSENT,
        Capacity.seller_broker: _REFUSE,
        Capacity.valuer: _REFUSE,
        Capacity.appraiser: _REFUSE,
        MATTER: _CONSENT,
    },
    # Whoever puts a figure or a judgement on the technology serves neither side and no broker.
    Capacity.valuer: {
        Capacity.seller: _REFUSE,
        Capacity.buyer: _REFUSE,
        Capacity.seller_broker: _REFUSE,
        Capacity.buyer_broker: _REFUSE,
        Capacity.valuer: _REFUSE,
        Capacity.appraiser: _REFUSE,
        Capacity.adviser: _REFUSE,
        MATTER: _REFUSE,
    },
    Capacity.appraiser: {
        Capacity.seller: _REFUSE,
        Capacity.buyer: _REFUSE,
        Capacity.seller_broker: _REFUSE,
        Capacity.buyer_broker: _REFUSE,
        Capacity.valuer: _REFUSE,
        Capacity.appraiser: _REFUSE,
        Capacity.adviser: _REFUSE,
        MATTER: _REFUSE,
    },
    # An adviser argues for one party and says so; only those who must be neutral keep away from it.
    Capacity.adviser: {Capacity.valuer: _REFUSE, Capacity.appraiser: _REFUSE},
}
PARTIES = (Capacity.seller, Capacity.buyer)
# Ties that make two one interest; a relative or a joint work is weighed by the operator.
_ONE_INTEREST = (Kind.same, Kind.ownership, Kind.person)


def bars_bidder(capacity: str, kind: Kind, certain: bool) -> bool:
    """Whether a bidder's tie keeps it out of a public round: a certain one of one interest with the owner, its
    broker, or whoever valued or appraised. Everything else, other bidders too, the operator weighs with a reason."""
    return certain and kind in _ONE_INTEREST and capacity not in (MATTER, RIVAL)


def verdict(capacity: str, other: str) -> Verdict:
    """What a tie between two capacities of one deal means; the order of the two does not matter."""
    return MATRIX.get(capacity, {}).get(other) or MATRIX.get(other, {}).get(capacity) or Verdict.fine


def may_declare_for_organisation(actor: Actor) -> bool:
    return actor.org_id is not None and actor.can_manage


def may_end(actor: Actor, org_id: UUID | None, person_id: UUID | None) -> bool:
    """Its own declarations: of the organisation by whoever may bind it, of a person by that person."""
    if person_id is not None:
        return actor.person_id == person_id and actor.can_write
    return org_id is not None and org_id == actor.org_id and actor.can_manage


def may_see_queue(actor: Actor) -> bool:
    return actor.is_operator


def decisions(actor: Actor, status: str, certain: bool, needs: Verdict) -> list[str]:
    """Buttons of the operator. What is declared or certain is not a matter of opinion: it ends, or it is upheld."""
    if not actor.is_operator or not actor.can_write:
        return []
    if status == "open":
        return ["uphold"] if certain and needs is Verdict.refuse else ["clear", "uphold"]
    return ["uphold"] if status == "consented" else []


def is_consenting_party(actor: Actor, parties: tuple[UUID, UUID], needs: Verdict) -> bool:
    """Whoever may bind one of the two parties, where the table lets them consent."""
    return needs is Verdict.consent and actor.can_manage and actor.org_id in parties


def may_consent(actor: Actor, parties: tuple[UUID, UUID], consented: list[UUID], status: str, needs: Verdict) -> bool:
    """Each of the two parties says it once."""
    return status == "open" and is_consenting_party(actor, parties, needs) and actor.org_id not in consented
