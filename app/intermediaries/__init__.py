"""Intermediaries (tổ chức trung gian) and experts (chuyên gia): who helps a technology change hands, and how well.

A profile (hồ sơ) belongs to an organisation, or to one of its people as an expert, who agrees to stand here. It names
services (dịch vụ): brokerage (môi giới), price estimate (định giá), statutory price appraisal (thẩm định giá),
assessment (đánh giá), inspection (giám định), advice (tư vấn), promotion (xúc tiến). Licences (giấy phép) are declared
and checked by the operator; a service that the law licenses is offered only while a checked licence covers it. The
track record (kết quả) comes from deals on the exchange; ratings (đánh giá) from the two sides of a settled one,
double-blind.

Verbs: begin, save, submit, take_back, unlist (owner), approve, request_changes, suspend, restore (operator) on
profiles; declare, withdraw (owner), check, refuse (operator) on licences; send, report, keep, hide on ratings.
For others: `offers_service`, `providers`, `cards`, `satisfaction`, `satisfaction_within`.
"""

from app.intermediaries.directory import cards, offers_service, providers, satisfaction, satisfaction_within
from app.intermediaries.licensing import Licences, ToldLicence, licences
from app.intermediaries.offering import INTERMEDIATE, ProviderKind, Service
from app.intermediaries.rating import Ratings, ratings
from app.intermediaries.schemas import ProviderCard, ProviderView, Record, Satisfaction
from app.intermediaries.service import Intermediaries, intermediaries
from app.intermediaries.workflow import LICENCE, PROVIDER, RATING_PAIR, REMARK

__all__ = [
    "INTERMEDIATE",
    "LICENCE",
    "PROVIDER",
    "RATING_PAIR",
    "REMARK",
    "Intermediaries",
    "Licences",
    "ProviderCard",
    "ProviderKind",
    "ProviderView",
    "Ratings",
    "Record",
    "Satisfaction",
    "Service",
    "ToldLicence",
    "cards",
    "intermediaries",
    "licences",
    "offers_service",
    "providers",
    "ratings",
    "satisfaction",
    "satisfaction_within",
]
