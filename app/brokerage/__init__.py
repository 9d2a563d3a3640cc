"""Brokerage (môi giới): who may bring parties together, who did, and what is due for it.

A mandate (hợp đồng ủy nhiệm môi giới) stands between a client and a broker, for the client's side of deals: scope,
term, exclusive or not, commission (thù lao) as typed terms; both sign its text. A broker with an active mandate
introduces (giới thiệu) a counterparty: the introduction is sealed (niêm phong) at that moment, so that first contact
can be shown later by its receipt (biên nhận) without telling anybody now. Deals within the window are attributed (ghi
công) to the first seal; who disagrees opens a claim (khiếu nại), which the operator decides with reasons, once
appealable. When the contract is confirmed, statements of commission are written; money does not move here.

Verbs: propose, counter, sign, decline, give_notice, ask_to_end, agree_to_end on mandates; seal, receipt, verify,
accept, decline on introductions; open, attach, answer, withdraw, appeal, decide, decide_appeal on claims; invite,
remove, on the people of a deal. By the clock: extend, end, lapse; by deals: settle.
"""

from app.brokerage.claiming import Claims, claims
from app.brokerage.introducing import Introductions, introductions
from app.brokerage.mandating import Mandates, mandates
from app.brokerage.settling import Attributing, attributing
from app.brokerage.workflow import CLAIM, INTRODUCTION, MANDATE

__all__ = [
    "CLAIM",
    "INTRODUCTION",
    "MANDATE",
    "Attributing",
    "Claims",
    "Introductions",
    "Mandates",
    "attributing",
    "claims",
    "introductions",
    "mandates",
]
