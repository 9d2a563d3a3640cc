"""The first estimate as people and programs meet it: the questions, the answer to the answers, in both languages."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from app import reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.text import Text
from app.platform import rates
from app.valuations import wording
from app.valuations.answers import QUESTIONS, Answers, Question
from app.valuations.calculators import NumberView, number_view
from app.valuations.first_estimate import Estimate, Range, estimate
from app.valuations.methods import METHODS
from app.valuations.methods.base import Approach, Unit

CURRENCY = "VND"
USES, USES_SECONDS = 300, 600
TAX_RULE = "corporate_income_tax_percent"

FIGURES: dict[str, tuple[Text, Unit]] = {
    "royalty": (Text("Phí kỳ vụ của ngành", "Royalty rate of the industry"), Unit.rate),
    "rights": (Text("Hệ số theo phạm vi quyền", "Factor for the rights"), Unit.factor),
    "discount_rate": (Text("Tỷ suất chiết khấu", "Discount rate"), Unit.rate),
    "delay": (Text("Chờ đến khi có doanh thu", "Wait until first sales"), Unit.years),
    "life": (Text("Tuổi đời kinh tế còn lại", "Economic life left"), Unit.years),
    "growth": (Text("Tăng trưởng mỗi năm", "Growth a year"), Unit.rate),
    "revenue": (Text("Doanh thu một năm", "Revenue a year"), Unit.money),
    "reached": (Text("Phần doanh thu dự kiến đạt được", "Part of the expected revenue reached"), Unit.rate),
    "advantage": (Text("Bán đắt hơn hoặc tiết kiệm", "Premium or saving"), Unit.rate),
    "share": (Text("Phần của chủ sở hữu trong lợi ích đó", "The owner's part of that gain"), Unit.rate),
    "spent": (Text("Chi phí tạo ra", "Cost of creation"), Unit.money),
    "profit": (Text("Lợi nhuận của người phát triển", "Developer's profit"), Unit.rate),
    "obsolescence": (Text("Lỗi thời công nghệ", "Technological obsolescence"), Unit.rate),
}


class OptionView(BaseModel):
    value: str
    vi: str
    en: str


class QuestionView(BaseModel):
    """`options` of a question one chooses an answer for; else a number in `unit` (a rate is a fraction of one)."""

    key: str
    vi: str
    en: str
    hint_vi: str
    hint_en: str
    unit: Unit
    options: list[OptionView]


class QuestionList(BaseModel):
    items: list[QuestionView]


class PartView(BaseModel):
    """One method's range; `weight` is its share of the whole. `enough` is false where it could not be used."""

    approach: Approach
    method: str
    vi: str
    en: str
    weight: str
    why_vi: str
    why_en: str
    enough: bool
    low: NumberView | None
    mid: NumberView | None
    high: NumberView | None


class AssumptionView(BaseModel):
    """A figure at its least favourable, middle and most favourable. `origin` is `declared` where it follows from an
    answer, `assumed` where the exchange supposed it."""

    key: str
    question: str
    vi: str
    en: str
    unit: Unit
    origin: str
    bad: str
    mid: str
    good: str


class NarrowingView(BaseModel):
    """By which fraction the range (against its middle) gets narrower when this question is settled: answered where it
    was not, or proved where it was. Found by computing again."""

    question: str
    vi: str
    en: str
    answered: bool
    by: str


class FirstEstimateView(BaseModel):
    """A reference estimate in VND. Without `enough` there is no range, and `missing` names the questions to answer."""

    enough: bool
    currency: str
    low: NumberView | None
    mid: NumberView | None
    high: NumberView | None
    parts: list[PartView]
    assumptions: list[AssumptionView]
    narrowing: list[NarrowingView]
    missing: list[str]
    tax_rule: str = Field(description="The legal rule whose tax rate was used; GET /api/v1/reference/rules tells it.")
    disclaimer_vi: str
    disclaimer_en: str


def options_of(key: str, question: Question) -> list[OptionView]:
    if key == "industry":
        names = reference.royalty_industries().items()
        return [OptionView(value=c, vi=t.vi, en=t.en) for c, t in names if c != "all"]
    return [OptionView(value=m.value, vi=m.label.vi, en=m.label.en) for m in question.choices or ()]


def questions() -> QuestionList:
    """The ten questions, in order."""
    return QuestionList(
        items=[
            QuestionView(
                key=k,
                vi=q.label.vi,
                en=q.label.en,
                hint_vi=q.hint.vi,
                hint_en=q.hint.en,
                unit=q.unit,
                options=options_of(k, q),
            )
            for k, q in QUESTIONS.items()
        ]
    )


def _ends(found: Range | None) -> dict[str, Any]:
    return {k: number_view(getattr(found, k) if found else None, Unit.money, CURRENCY) for k in ("low", "mid", "high")}


def _view(found: Estimate) -> FirstEstimateView:
    parts = [
        PartView(
            approach=p.approach,
            method=p.method,
            vi=METHODS[p.method].vi,
            en=METHODS[p.method].en,
            weight=f"{p.weight.normalize():f}",
            why_vi=p.reason.vi,
            why_en=p.reason.en,
            enough=p.range is not None,
            **_ends(p.range),
        )
        for p in found.parts
    ]
    assumptions = [
        AssumptionView(
            key=f.key,
            question=f.question,
            vi=FIGURES[f.key][0].vi,
            en=FIGURES[f.key][0].en,
            unit=FIGURES[f.key][1],
            origin="declared" if f.declared else "assumed",
            bad=f"{f.span.bad:f}",
            mid=f"{f.span.mid:f}",
            good=f"{f.span.good:f}",
        )
        for f in found.figures
    ]
    narrowing = [
        NarrowingView(
            question=n.question,
            vi=QUESTIONS[n.question].label.vi,
            en=QUESTIONS[n.question].label.en,
            answered=n.answered,
            by=f"{n.by:.4f}",
        )
        for n in found.narrowing
    ]
    return FirstEstimateView(
        enough=found.range is not None,
        currency=CURRENCY,
        **_ends(found.range),
        parts=parts,
        assumptions=assumptions,
        narrowing=narrowing,
        missing=list(found.missing),
        tax_rule=TAX_RULE,
        disclaimer_vi=wording.REFERENCE.vi,
        disclaimer_en=wording.REFERENCE.en,
    )


def tax_rate(on: date | None = None) -> Decimal:
    """The general rate of corporate income tax on a day, a fraction of one."""
    rule = reference.rule(TAX_RULE, on or clock.today())
    if rule is None:
        raise LookupError(TAX_RULE)
    return rule.value / 100


async def first_estimate(actor: Actor, answers: Answers, *, address: str = "-") -> FirstEstimateView:
    """The range that ten answers lead to. Anybody may ask. TooMany."""
    who = str(actor.person_id) if actor.person_id else address
    await rates.hit(f"first-estimate:{who}", USES, USES_SECONDS)
    return _view(await asyncio.to_thread(estimate, answers, tax_rate()))
