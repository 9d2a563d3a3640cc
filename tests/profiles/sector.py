"""Enterprises of one sector with profiles, campaigns of it, and an invented score table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.kit import clock
from app.kit.actor import Actor
from app.profiles import campaigns, profiles
from app.profiles.questionnaire import Kind, questionnaire
from app.profiles.schemas import GiveAnswer, PlanCampaign, SaveProfile
from tests.support import market as m

YEAR = clock.today().year
INVENTED = """
# INVENTED for the tests: no figure here comes from any circular.
document = "Bảng thử (bịa)"
article = "không có"
in_force_from = 2020-01-01
checked = false
{sectors}
coefficient = "min(T / 30, E / 20, O / 19, R / 17, I / 14) / max(T / 30, E / 20, O / 19, R / 17, I / 14)"
{points}
[[class]]
vi = "Thử cao"
en = "Test high"
total_from = 80
coefficient_from = "0.9"

[[class]]
vi = "Thử thấp"
en = "Test low"
total_from = 0
coefficient_from = 0
"""


def answers(number: int = 40, **changes: Any) -> dict[str, GiveAnswer]:
    """Every criterion answered: numbers are `number`, options the last one; `answers(T1=None)` leaves one out."""
    given: dict[str, Any] = {
        c.code: list(c.options)[-1] if c.options else number for c in questionnaire().criteria.values()
    }
    return {code: GiveAnswer(value=v) for code, v in (given | changes).items() if v is not None}


async def declared(number: int = 40, *, section: str = "C", year: int = YEAR, **changes: Any) -> Actor:
    """An enterprise with a declared profile."""
    actor = await m.acting()
    await saved(actor, number, section=section, year=year, **changes)
    await profiles.declare(actor, year)
    return actor


async def saved(actor: Actor, number: int = 40, *, section: str = "C", year: int = YEAR, **changes: Any) -> None:
    await profiles.save(actor, year, SaveProfile(section=section, answers=answers(number, **changes)))


async def planned(section: str = "C", division: str | None = None, year: int = YEAR) -> UUID:
    today = clock.today()
    command = PlanCampaign(
        year=year, section=section, division=division, opens_on=today, closes_on=today + timedelta(days=30)
    )
    return await campaigns.plan(m.DEPARTMENT, command)


async def opened(section: str = "C", division: str | None = None) -> UUID:
    id_ = await planned(section, division)
    await campaigns.open(m.DEPARTMENT, id_)
    return id_


def invented_table(folder: Path, sectors: str = "", name: str = "invented.toml") -> Path:
    """A whole, sound and wholly invented table: the last option or 20 and more gives all the points of a criterion."""
    asked, points = questionnaire(), []
    for group in asked.groups.values():
        criteria = asked.of(group.code)
        each, rest = divmod(group.max_points, len(criteria))
        for n, c in enumerate(criteria):
            top = each + (rest if n == 0 else 0)
            points.append(f"[points.{c.code}]")
            if c.kind in (Kind.choice, Kind.yes_no):
                last = len(c.options) - 1
                points.append(
                    "options = { "
                    + ", ".join(f"{k} = {top if i == last else 0}" for i, k in enumerate(c.options))
                    + " }"
                )
            else:
                points.append(f"steps = [[0, 0], [20, {top}]]")
            if c.benchmark:
                points.append('benchmark = "100"')
    path = folder / name
    path.write_text(INVENTED.format(points="\n".join(points), sectors=sectors), encoding="utf-8")
    return path
