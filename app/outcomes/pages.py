"""HTML routes of outcomes: one's open questions, the answer, why deals stop."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.deals import REASONS, deals
from app.kit.actor import Actor
from app.kit.errors import Invalid
from app.kit.text import Text
from app.outcomes.schemas import (
    STAGE_DEFINITIONS,
    AnswerOutcome,
    Became,
    ReasonFilters,
    ReasonTable,
    Stage,
)
from app.outcomes.service import first_fields, outcomes
from app.outcomes.workflow import PROMPT
from app.reference import field_label
from app.web import csrf, forms
from app.web.actor import signed_in
from app.web.templating import redirect, render

router = APIRouter(dependencies=[Depends(csrf.protect)])
ANSWERED = Text("Đã ghi nhận câu trả lời. Cảm ơn bạn.", "Your answer is recorded. Thank you.")
REPORT = Text(
    "Đã ghi nhận. Hợp đồng ký ngoài sàn chỉ được tính khi hai bên báo và xác nhận trong hồ sơ.",
    "Recorded. A contract signed outside counts only when both sides report and confirm it in the deal.",
)


@router.get("/outcomes")
async def page_outcomes(request: Request) -> Response:
    actor = await signed_in(request)
    return await render(request, "outcomes/own.html", {"found": await outcomes.mine(actor), "states": PROMPT.states})


async def _outcome(
    request: Request,
    actor: Actor,
    deal_id: UUID,
    *,
    errors: dict[str, Text] | None = None,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    found = await outcomes.of_deal(actor, deal_id)
    mine = next((p for p in found.open if "answer" in p.actions), None)
    context = {
        "found": found,
        "prompt": mine,
        "options": forms.options(mine.options, actor.locale) if mine else [],
        "reasons": forms.options(REASONS, actor.locale),
        "deal": await deals.peek(deal_id),
        "states": PROMPT.states,
        "errors": errors or {},
        "values": values or {},
    }
    return await render(request, "outcomes/deal.html", context, status=status)


@router.get("/deals/{deal_id}/outcome")
async def page_deal_outcome(request: Request, deal_id: UUID) -> Response:
    return await _outcome(request, await signed_in(request), deal_id)


@router.post("/deals/{deal_id}/outcome")
async def page_answer_outcome(request: Request, deal_id: UUID) -> Response:
    actor = await signed_in(request)
    typed = await forms.form_data(request)
    try:
        command = forms.build(AnswerOutcome, typed)
        await outcomes.answer(actor, deal_id, command)
    except Invalid as error:
        return await _outcome(request, actor, deal_id, errors=error.fields, values=typed, status=422)
    said = REPORT if command.kind is Became.contract_outside else ANSWERED
    return redirect(f"/deals/{deal_id}/outcome", ("success", said), locale=actor.locale)


def _anything(table: ReasonTable, stage: Stage) -> bool:
    return any(c.count for r in table.rows for c in r.cells if c.stage is stage)


@router.get("/outcomes/reasons")
async def page_reasons(request: Request) -> Response:
    actor = await signed_in(request)
    query, errors = request.query_params, {}
    year = query.get("year") or ""
    try:
        filters = forms.build(ReasonFilters, {k: query.get(k, "") for k in ("since", "until", "field", "listing_id")})
    except Invalid as error:
        filters, errors = ReasonFilters(), error.fields
    table = await outcomes.reasons(actor, filters, year=int(year) if year.isdecimal() and len(year) == 4 else None)
    context = {
        "table": table,
        # A stage in which nobody said no is no column; where counts are left out, none may be told from another.
        "columns": [s for s in table.stages if table.suppressed or _anything(table, s)],
        "definitions": [(s.label.get(actor.locale), STAGE_DEFINITIONS[s].get(actor.locale)) for s in table.stages],
        "fields": [(f, field_label(f, actor.locale)) for f in first_fields()],
        "errors": errors,
        "sees_all": actor.is_operator or actor.is_department,
    }
    return await render(request, "outcomes/reasons.html", context, status=422 if errors else 200)
