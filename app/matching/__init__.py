"""Matching (kết nối cung – cầu): which technologies answer a need and which needs a technology answers, with reasons.

How well texts agree (mức phù hợp kỹ thuật) is counted by `LexicalIndex` over `Passage`s (`passage_of` makes one from
facts) with `Statistics` of the stock and of the needs. `score` adds what else counts and says why (tiêu chí: đạt, chưa
rõ, không đạt); `ranked` keeps what violates a hard criterion out. All of it is pure. docs/matching-evaluation.md.

A match (cặp khớp) is a need and a listing with two readings: the asker's own, and the shared one of what everyone may
read, on which alone it depends whether the pair is kept. Each side answers for itself; a refusal (không phù hợp) has a
coded reason that the other side reads only in sums of three organisations. docs/matching.md.

Verbs: interest, dismiss; draft, enforce, discard (weights); by the jobs: look_for_need, look_for_listing, lapse,
open_digests.
"""

from app.matching.scoring import (
    DEFAULT,
    Component,
    Criterion,
    Match,
    NeedFacts,
    Ranking,
    Requirement,
    TechFacts,
    Verdict,
    Wanted,
    Weights,
    ranked,
    score,
)
from app.matching.service import Matching, matching
from app.matching.textfit import LexicalIndex, Passage, Statistics, merged, passage_of
from app.matching.weighing import Weighing, weighing
from app.matching.workflow import MATCH, SIDE, WEIGHTS

__all__ = [
    "DEFAULT",
    "MATCH",
    "SIDE",
    "WEIGHTS",
    "Component",
    "Criterion",
    "LexicalIndex",
    "Match",
    "Matching",
    "NeedFacts",
    "Passage",
    "Ranking",
    "Requirement",
    "Statistics",
    "TechFacts",
    "Verdict",
    "Wanted",
    "Weighing",
    "Weights",
    "matching",
    "merged",
    "passage_of",
    "ranked",
    "score",
    "weighing",
]
