"""Matching (kết nối cung – cầu): which technologies answer a need and which needs a technology answers, with reasons.

How well texts agree (mức phù hợp kỹ thuật) is counted by `LexicalIndex` over `Passage`s (`passage_of` makes one from
facts) with `Statistics` of the stock and of the needs. `score` adds what else counts and says why (tiêu chí: đạt, chưa
rõ, không đạt); `ranked` keeps what violates a hard criterion out. All of it is pure. docs/matching-evaluation.md.
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
from app.matching.textfit import LexicalIndex, Passage, Statistics, merged, passage_of

__all__ = [
    "DEFAULT",
    "Component",
    "Criterion",
    "LexicalIndex",
    "Match",
    "NeedFacts",
    "Passage",
    "Ranking",
    "Requirement",
    "Statistics",
    "TechFacts",
    "Verdict",
    "Wanted",
    "Weights",
    "merged",
    "passage_of",
    "ranked",
    "score",
]
