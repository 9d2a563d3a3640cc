"""What is told about valuation cases, to the side that has something to do or to read. No figure goes by mail."""

from __future__ import annotations

from uuid import UUID

from app.notifications.telling import tell
from app.platform import outbox
from app.valuations import ValuationView, valuations

# Event of the case -> whom it is told.
TOLD: dict[str, tuple[str, ...]] = {
    "valuation.agree": ("provider",),
    "valuation.assign": ("requester",),
    "valuation.issue": ("provider",),
    "valuation.sign": ("provider",),
    "valuation.deliver": ("requester",),
    "valuation.reopen": ("requester",),
    "valuation.cancel": ("requester", "provider"),
    "valuation.expire": ("requester", "provider"),
    "valuation.lapse": ("requester",),
    "valuation.asset_changed": ("requester", "provider"),
}


def _orgs(view: ValuationView, sides: tuple[str, ...]) -> list[UUID]:
    found = {"requester": view.requester_org_id, "provider": view.provider_org_id}
    return [org for side in sides if (org := found[side])]


def _on_case(event: str, sides: tuple[str, ...]) -> None:
    async def tell_case(valuation_id: str) -> None:
        view = await valuations.peek(UUID(valuation_id))
        # A case may be reopened, signed and delivered again: each time is told.
        told = f"{event}:{view.status_at.isoformat()}"
        await tell(_orgs(view, sides), "valuation", view.id, told, view.url, view=view, step=event.split(".")[1])

    tell_case.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell_case)


for name, whom in TOLD.items():
    _on_case(name, whom)


def _on_quote(event: str, side: str) -> None:
    async def tell_quote(valuation_quote_id: str) -> None:
        quote_id = UUID(valuation_quote_id)
        valuation_id, org_id = await valuations.of_quote(quote_id)
        view = await valuations.peek(valuation_id)
        quote = next(q for q in view.quotes if q.id == quote_id)
        told = f"{event}:{quote.status_at.isoformat()}"
        org = org_id if side == "asked" else view.requester_org_id
        await tell([org], "valuation_quote", quote_id, told, view.url, view=view, quote=quote, step=event.split(".")[1])

    tell_quote.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell_quote)


for name, whose in (
    ("valuation_quote.ask", "asked"), ("valuation_quote.offer", "requester"), ("valuation_quote.refuse", "requester"),
    ("valuation_quote.decline", "asked"),
):  # fmt: skip
    _on_quote(name, whose)


def _on_complaint(event: str, side: str) -> None:
    async def tell_complaint(valuation_complaint_id: str) -> None:
        complaint_id = UUID(valuation_complaint_id)
        view = await valuations.peek(await valuations.of_complaint(complaint_id))
        complaint = next(c for c in view.complaints if c.id == complaint_id)
        await tell(_orgs(view, (side,)), "valuation_complaint", complaint_id, event, view.url, view=view,
                   complaint=complaint)  # fmt: skip

    tell_complaint.__qualname__ = f"tell_{event.replace('.', '_')}"
    outbox.subscribe(event)(tell_complaint)


for name, whose in (
    ("valuation_complaint.file", "provider"), ("valuation_complaint.answer", "requester"),
    ("valuation_complaint.uphold", "requester"),
):  # fmt: skip
    _on_complaint(name, whose)
