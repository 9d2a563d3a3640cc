"""Needs (nhu cầu công nghệ): what somebody looks for, as rich as a listing, openly or blind (ẩn danh).

Every field has a tier: gist (mọi người), broker (tổ chức trung gian đã xác minh), matched (bên được mở khi hai bên đồng
ý). A blind need seals its asker (bên nêu nhu cầu) from everybody but the operator, until asker and proposer have both
agreed; each time somebody is let in is a row that the asker can count. A public order (đặt hàng) is an agency's need,
and always named. Acceptance criteria (tiêu chí nghiệm thu) are fixed from publication on.

Verbs: create, update, extend, submit, take_back, approve, request_changes, reject, withdraw, reopen, close; called by
proposals: match, win, reveal; by the clock: expire.
"""

from app.needs.browse import described, newest
from app.needs.browse import from_address as search_of
from app.needs.present import requirement as said
from app.needs.repository import cards, documents, indexable, need_ids, whole_day
from app.needs.schemas import (
    Banned,
    Content,
    Criterion,
    Metric,
    NeedCard,
    NeedKind,
    NeedView,
    Requirement,
    RequirementKind,
    Tier,
    Whole,
)
from app.needs.service import Needs, needs
from app.needs.workflow import NEED, OPEN, VISIBLE

__all__ = [
    "NEED",
    "OPEN",
    "VISIBLE",
    "Banned",
    "Content",
    "Criterion",
    "Metric",
    "NeedCard",
    "NeedKind",
    "NeedView",
    "Needs",
    "Requirement",
    "RequirementKind",
    "Tier",
    "Whole",
    "cards",
    "described",
    "documents",
    "indexable",
    "need_ids",
    "needs",
    "newest",
    "said",
    "search_of",
    "whole_day",
]
