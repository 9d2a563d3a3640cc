"""Proposals (đề xuất): answers to a need, with an existing listing or a confidential description.

A proposal says how it meets each must-have and criterion, what pilot it offers and on which indicative terms. A blind
need is answered without seeing who asks, and the proposer may be sealed as well; names open to both at once, when both
have agreed (consent). The one that is chosen (winner) closes the need and opens a deal about its listing.

Verbs: send, shortlist, decline, withdraw, accept, consent, attach_listing, open_deal; by what happens to the need:
lapse.
"""

from app.proposals.schemas import ProposalView
from app.proposals.service import Proposals, proposals
from app.proposals.workflow import PROPOSAL

__all__ = ["PROPOSAL", "ProposalView", "Proposals", "proposals"]
