"""Rounds (phiên công khai): announcements (niêm yết), sealed bids (đấu giá kín), English auctions (đấu giá lên).

A round is held over one listing's right by its owner. Terms are fixed but for the price; it opens only with measured
interest; organisations apply, are admitted and declare a deposit; what wins becomes an agreed deal through
`offers.award`, in the same transaction. While bids are taken the listing is off the market for everybody else.
Times are decided by the database's clock. How sealed bids stay sealed: docs/rounds.md.

Verbs: plan, update, name_officers, announce, cancel (planning); apply, withdraw, declare_deposit, approve, reject,
confirm_deposit, question_deposit, file_objection, answer_objection (participants); bid (english); seal, take_back,
make_officer_key, turn_key (sealing); advance, award, conclude (running).
"""

from app.rounds.applications import participants
from app.rounds.dates import DATED_ANNOUNCEMENTS, DATED_BIDDING, DATED_OPENINGS
from app.rounds.english import english
from app.rounds.planning import planning
from app.rounds.running import running
from app.rounds.schemas import EntryView, Kind, Live, RoundCard, RoundView
from app.rounds.sealing import sealing
from app.rounds.service import rounds
from app.rounds.workflow import DEPOSIT, ENTRY, ROUND

__all__ = [
    "DATED_ANNOUNCEMENTS",
    "DATED_BIDDING",
    "DATED_OPENINGS",
    "DEPOSIT",
    "ENTRY",
    "ROUND",
    "EntryView",
    "Kind",
    "Live",
    "RoundCard",
    "RoundView",
    "english",
    "participants",
    "planning",
    "rounds",
    "running",
    "sealing",
]
