"""The demo's outcomes: deals that were closed for a reason, and what parties said when they were asked."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from app.deals import ExpressInterest, deals
from app.deals.schemas import CloseDeal
from app.demo.independence import deal_of
from app.kit import clock
from app.outcomes import outcomes
from app.outcomes.schemas import AnswerOutcome
from app.platform.db import unit_of_work
from app.settings import ROOT

CONTENT = ROOT / "demo" / "outcomes.json"


async def load(world: Any) -> None:
    """All of it or nothing, so that a load that was killed begins anew."""
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    async with unit_of_work():
        for row in content["closed"]:
            await _close(world, row)
        for days_ago in content["asked_days_ago"]:
            with clock.frozen(clock.now() - timedelta(days=days_ago)):
                await outcomes.ask_due()
                for row in content["answers"]:
                    if row["days_ago"] == days_ago:
                        await _answer(world, row)


async def _close(world: Any, row: dict[str, Any]) -> None:
    listing_id = world.published[row["listing_key"]]
    buyer = world.binder(row["buyer"])
    with clock.frozen(clock.now() - timedelta(days=row["days_ago"] + row["after_days"])):
        deal_id = await deals.express_interest(
            buyer, listing_id, ExpressInterest(message=row["message_vi"]), is_demo=True
        )
    with clock.frozen(clock.now() - timedelta(days=row["days_ago"])):
        actor = buyer if row["who"] == "buyer" else world.binder(row["seller"])
        await deals.close(actor, deal_id, CloseDeal(reason_code=row["reason"], reason=row["note_vi"]))


async def _answer(world: Any, row: dict[str, Any]) -> None:
    deal_id = await deal_of(world, row["buyer"], row["listing_key"])
    fields = {k: v for k, v in row.items() if k in AnswerOutcome.model_fields}
    if "used_days_ago" in row:
        fields["used_on"] = clock.today() - timedelta(days=row["used_days_ago"])
    await outcomes.answer(world.binder(row["org"]), deal_id, AnswerOutcome.model_validate(fields))
