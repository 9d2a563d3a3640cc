"""Valuations (định giá): methods, calculators, and the case from request to signed report.

Two kinds, never mixed: an estimate (định giá) by the exchange's tools is for reference; an appraisal (thẩm định giá)
is the statutory one of a qualified firm and ends in a certificate (chứng thư). A case has a requester (bên yêu cầu)
and a provider (bên thực hiện), work sheets (bảng tính) that reproduce every figure, a review (soát xét) by a second
person, a report (báo cáo) with its signatures.

Verbs: request, cancel, accept, decline, receive, complain, show, hide (requester); offer, take_back, refuse, assign,
begin_sheet, save, submit, remark, send_back, approve, issue, sign, deliver, answer_complaint (provider); attach (both);
clear (operator); by calendar and listing: sweep, asset_edited. For others: `of_listings`.
"""

from app.valuations.schemas.choices import Kind
from app.valuations.schemas.views import ShownValuation, ValuationView
from app.valuations.service import Valuations, valuations
from app.valuations.workflow import COMPLAINT, QUOTE, SHEET, VALUATION

__all__ = [
    "COMPLAINT",
    "QUOTE",
    "SHEET",
    "VALUATION",
    "Kind",
    "ShownValuation",
    "ValuationView",
    "Valuations",
    "valuations",
]
