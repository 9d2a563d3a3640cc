"""Ties of those who want to bid: what keeps out, what waits for the operator, and who reads which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.independence import BidderTie, independence
from app.kit.actor import Actor
from app.platform.db import reading
from app.rounds import errors, policy
from app.rounds.models import Entry, Round
from app.rounds.repository import entries
from app.rounds.schemas import EntryView, TieView


async def refuse(row: Round, org_id: UUID, person_id: UUID | None) -> None:
    """Conflict with the tie in words when one keeps this organisation out. Other bidders are not looked at here: a
    refusal would tell who they are."""
    found = (await independence.bidder_ties(row.listing_id, row.org_id, {org_id: person_id}))[org_id]
    if found and found[0].refuses:
        raise errors.tied(found[0].words)


async def weighed(session: Any, row: Round, entry: Entry, reason: str | None) -> Sequence[BidderTie]:
    """The ties that stand, other bidders among them: Conflict for one that forbids, Invalid without a reason for the
    others. With the round locked, so that of two tied bidders the second is seen beside the first."""
    rivals = [e.org_id for e in await entries.of_round(session, row.id, ("approved",))]
    asked = {entry.org_id: entry.person_id}
    found = (await independence.bidder_ties(row.listing_id, row.org_id, asked, rivals))[entry.org_id]
    if found and found[0].refuses:
        raise errors.tied(found[0].words)
    if found and not reason:
        raise errors.weigh(found[0].sentence)
    return found


async def show(actor: Actor, views: Sequence[EntryView], rows: Sequence[Entry], rounds: Mapping[UUID, Round]) -> None:
    """Write the ties into the applications that wait: all for the operator, an applicant's own without its rivals."""
    waiting = [e for e in rows if e.status == "applied" and e.round_id in rounds]
    by_id = {v.id: v for v in views}
    for round_id in dict.fromkeys(e.round_id for e in waiting):
        row, here = rounds[round_id], [e for e in waiting if e.round_id == round_id]
        rivals: list[UUID] = []
        if policy.may_operate(actor):
            async with reading() as session:
                rivals = [e.org_id for e in await entries.of_round(session, round_id, ("approved",))]
        asked = {e.org_id: e.person_id for e in here}
        found = await independence.bidder_ties(row.listing_id, row.org_id, asked, rivals)
        for e in here:
            by_id[e.id].ties = [
                TieView(words=t.sentence, certain=t.certain, refuses=t.refuses) for t in found[e.org_id]
            ]
