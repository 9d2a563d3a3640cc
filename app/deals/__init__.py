"""Deals (hồ sơ giao dịch): the thread from first interest to use.

A deal ties one listing, its seller (bên chào bán) and one buyer (bên mua). It carries who else takes part (brokers,
valuers, appraisers, advisers: one live capacity an organisation), the stage, whose turn it is and until when, the
evidence reached (bậc chứng cứ L0-L5, never added together) and the timeline.

Verbs: express_interest, close, report_contract, confirm_contract, dispute_contract; called by offers inside their
unit of work: negotiate, agree, set_turn, open_between (an award of the exchange), record_memorandum; called by those
who admit and dismiss others: join, leave; of every participant: hand_over. Prices paid, for statistics alone: settled.
"""

from app.deals.repository import reference_of, settled, timeline
from app.deals.schemas import (
    LEVEL_LABELS,
    REASONS,
    Access,
    Capacity,
    Concluded,
    DealView,
    Engagement,
    EvidenceLevel,
    ExpressInterest,
    HandOver,
    Participant,
    ReasonCode,
    Settled,
    Side,
    TimelineEvent,
)
from app.deals.service import Deals, deals
from app.deals.workflow import DEAL

__all__ = [
    "DEAL",
    "LEVEL_LABELS",
    "REASONS",
    "Access",
    "Capacity",
    "Concluded",
    "DealView",
    "Deals",
    "Engagement",
    "EvidenceLevel",
    "ExpressInterest",
    "HandOver",
    "Participant",
    "ReasonCode",
    "Settled",
    "Side",
    "TimelineEvent",
    "deals",
    "reference_of",
    "settled",
    "timeline",
]
