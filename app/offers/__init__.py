"""Offers (đề nghị): typed terms, counter-offers and acceptance.

Inside a deal the parties take turns: an offer is open until the other side counters, accepts, declines, or it is
withdrawn or expires. What was sent cannot be edited. Accepting is one transaction: the listing reserved when rights
are exclusive, competing offers frozen, the deal advanced, the outbox written.

Verbs: send, counter, accept, decline, withdraw, expire; award (called by rounds inside their unit of work); freeze,
thaw, lapse follow from what happens elsewhere.
"""

from app.offers.present import form_values, sheet
from app.offers.schemas import OfferView, Terms
from app.offers.service import Offers, offers

__all__ = ["OfferView", "Offers", "Terms", "form_values", "offers", "sheet"]
