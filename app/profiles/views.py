"""Rows as views: the questionnaire with or without answers, a sector by its name."""

from __future__ import annotations

from decimal import Decimal

from app import reference
from app.kit.text import Text
from app.profiles import scoring
from app.profiles.models import EnterpriseProfile, ProfileAnswer, ProfileCampaign
from app.profiles.questionnaire import Criterion, Value, questionnaire
from app.profiles.schemas import (
    AnswerView,
    CampaignBrief,
    CriterionView,
    GroupView,
    QuestionnaireView,
    ScoreView,
)


def sector(section: str | None, division: str | None) -> Text | None:
    """ "C.10 Manufacturing": the division by its number, because its name is not at hand."""
    if section is None:
        return None
    name = reference.industries()[section]
    code = f"{section}.{division}" if division else section
    return Text(f"{code} · {name.vi}", f"{code} · {name.en}")


def sector_of(row: EnterpriseProfile) -> Text | None:
    return sector(row.section, row.division) if row.section else None


def campaign_brief(row: ProfileCampaign) -> CampaignBrief:
    return CampaignBrief(
        id=row.id, year=row.year, section=row.section, division=row.division,
        sector=sector(row.section, row.division), opens_on=row.opens_on, closes_on=row.closes_on,
        status=row.status,
    )  # fmt: skip


def score_of(profile: EnterpriseProfile | None, answers: dict[str, Value]) -> scoring.Score | None:
    table = scoring.table_for(profile.section, profile.division, profile.year) if profile else None
    return scoring.score(table, answers) if table else None


def score_view(score: scoring.Score | None) -> ScoreView | None:
    if score is None:
        return None
    return ScoreView(
        document=score.table.document, article=score.table.article, checked=score.table.checked,
        total=score.total, coefficient=score.coefficient, grade=score.grade,
    )  # fmt: skip


def questionnaire_view(
    answers: dict[str, ProfileAnswer] | None = None, score: scoring.Score | None = None
) -> QuestionnaireView:
    asked, given = questionnaire(), answers or {}
    groups = [
        GroupView(
            code=g.code,
            name=g.name,
            max_points=g.max_points,
            answered=sum(c.code in given for c in asked.of(g.code)),
            criteria=[_criterion(c, given.get(c.code), score) for c in asked.of(g.code)],
            points=score.groups.get(g.code) if score else None,
        )
        for g in asked.groups.values()
    ]
    return QuestionnaireView(
        document=asked.document, article=asked.article, in_force_from=asked.in_force_from, checked=asked.checked,
        scored=score is not None if answers is not None else bool(scoring.tables(scoring.FOLDER)), groups=groups,
    )  # fmt: skip


def _criterion(c: Criterion, row: ProfileAnswer | None, score: scoring.Score | None) -> CriterionView:
    return CriterionView(
        code=c.code,
        number=c.number,
        kind=c.kind,
        name=c.name,
        hint=c.hint,
        unit=c.bare_unit,
        benchmark=c.benchmark,
        checked=c.checked,
        options=dict(c.options),
        answer=_answer(c, row) if row else None,
        points=score.points.get(c.code) if score else None,
    )


def _answer(c: Criterion, row: ProfileAnswer) -> AnswerView:
    label = c.options.get(row.option) if row.option else None
    return AnswerView(number=tidy(row.number), option=row.option, option_label=label, year=row.year, note=row.note)


def tidy(number: Decimal | None) -> Decimal | None:
    """Without the zeros the column adds: 12.00 -> 12."""
    if number is None:
        return None
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
