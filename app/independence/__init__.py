"""Independence (tính độc lập): who may take part in a deal, and the interests from which that is known.

The same organisation, its parent or sister, or a person shared by two is never broker, valuer and appraiser of one
deal, nor tied to a side it does not serve. Interests are declared (khai báo lợi ích) by organisations and people or
derived from what the exchange holds (memberships, names of owners); a tie that is certain refuses, one that is only
possible waits for the operator's decision (xem xét), one that may be consented to waits for both parties (đồng ý bằng
văn bản). Others take part in a deal through `admit` alone; who bids in a public round is asked with `bidder_ties`.

Verbs: declare, end; conflicts, admit, bidder_ties; clear, uphold (operator); consent (a party); recheck.
"""

from app.independence.graph import Kind
from app.independence.schemas import BidderTie, Conflict, FindingView, StatementView, Verdict
from app.independence.service import Independence, independence
from app.independence.workflow import FINDING

__all__ = [
    "FINDING",
    "BidderTie",
    "Conflict",
    "FindingView",
    "Independence",
    "Kind",
    "StatementView",
    "Verdict",
    "independence",
]
