"""Who may bid in a public round: ties of a bidder with the owner, with those who stand between, with other bidders.

A round has no deal until it is won, so these ties are asked for a listing and become no finding of a deal; the
operator's decision is kept with the application.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.deals import Capacity
from app.independence import facts, policy, repository
from app.independence.graph import Graph, Node
from app.independence.schemas import BidderTie
from app.independence.wording import steps_of, words_of
from app.kit import clock
from app.kit.text import Text
from app.platform.db import reading

_RIVAL = Text("bên đăng ký khác của phiên", "another applicant of the round")


class Bidding:
    async def bidder_ties(
        self,
        listing_id: UUID,
        seller_org_id: UUID,
        asked: Mapping[UUID, UUID | None],
        rivals: Collection[UUID] = (),
    ) -> dict[UUID, list[BidderTie]]:
        """Ties of each organisation asked about (with the person who acts for it) with the owner, with the owner's
        brokers and the valuers and appraisers in live deals over the listing, with the listing itself, and with the
        rivals; what refuses comes first. Whoever calls has asked whether the actor may know."""
        day = clock.today()
        async with reading() as session:
            seated = await repository.seated_on(session, listing_id)
        sides: list[tuple[str, UUID]] = [(Capacity.seller, seller_org_id), *((c, o) for o, c, _ in seated)]
        sides += [(policy.RIVAL, o) for o in rivals]
        orgs = {*asked, *(o for _, o in sides)}
        handlers = [(o, p) for o, p in asked.items() if p] + [(o, p) for o, _, p in seated if p]
        # The listing stands in for the deal there is not yet: an interest declared in it is met as in a deal.
        known = await facts.around(listing_id, listing_id, seller_org_id, orgs, handlers, day)
        graph = Graph(known.edges, day, facts.threshold(day))
        return {org_id: _ties(graph, known, org_id, sides, facts.matter(listing_id)) for org_id in asked}


def _ties(
    graph: Graph, known: facts.Facts, org_id: UUID, sides: Sequence[tuple[str, UUID]], matter: Node
) -> list[BidderTie]:
    me, found = facts.org(org_id), []
    nodes = [(c, facts.org(o), o) for c, o in sides if c != policy.RIVAL or o != org_id]
    for capacity, node, other in [*nodes, (policy.MATTER, matter, None)]:
        side = _RIVAL if capacity == policy.RIVAL else Capacity(capacity).label if other else None
        found += [
            BidderTie(
                kind=tie.kind, certain=tie.certain, refuses=policy.bars_bidder(capacity, tie.kind, tie.certain),
                other_org_id=other, rival=capacity == policy.RIVAL, words=words_of(tie.kind, side),
                path=steps_of(tie.path, known, me),
            )
            for tie in graph.related(me, node)
        ]  # fmt: skip
    return sorted(found, key=lambda t: (not t.refuses, not t.certain))
