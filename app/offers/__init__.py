"""Offers (đề nghị): typed terms, counter-offers and acceptance; approvals of each side; memoranda.

Inside a deal the parties take turns: an offer is open until the other side counters, accepts, declines, or it is
withdrawn or expires. What was sent cannot be edited. Terms both sides agree on lock (khóa); a counter that changes one
says why. Accepting is one transaction: competing offers that meet an exclusive grant frozen, the listing reserved
when nothing is left to grant, the deal advanced, the outbox written. An organisation may want approvals of its own
(duyệt nội bộ, n of m) before it sends or accepts; the other side sees nothing of that. Heads of terms (biên bản ghi
nhớ) are evidence L1 with an end and an outcome.

Verbs: send, counter, accept, accept_terms, decline, withdraw, expire; award (called by rounds inside their unit of
work); approve, refuse, withdraw_approval, set_approval_rule; of memoranda: propose, confirm, decline,
withdraw, give_outcome; freeze, thaw, lapse follow from what happens elsewhere.
"""

from app.offers.dates import DATED, DATED_MEMORANDA
from app.offers.heads import Memoranda, memoranda
from app.offers.present import form_values as terms_form_values
from app.offers.present import sheet as terms_sheet
from app.offers.schemas import OfferView, Terms
from app.offers.service import Offers, offers
from app.offers.workflow import APPROVAL, MEMORANDUM, OFFER

__all__ = [
    "APPROVAL",
    "DATED",
    "DATED_MEMORANDA",
    "MEMORANDUM",
    "OFFER",
    "Memoranda",
    "OfferView",
    "Offers",
    "Terms",
    "memoranda",
    "offers",
    "terms_form_values",
    "terms_sheet",
]
