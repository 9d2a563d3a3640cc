"""Price evidence: bands of settled prices for everybody, comparables without parties for those who work on a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import deals, reference
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import Conflict, Invalid
from app.kit.text import Text
from app.platform import audit
from app.platform.db import reading, unit_of_work
from app.reference import TransferMode
from app.valuations import bands, errors, patents, policy, repository
from app.valuations.bands import REST, Cell, Rules
from app.valuations.base import months_after
from app.valuations.models import Valuation
from app.valuations.schemas.commands import DraftCalculation, SaveSheet
from app.valuations.schemas.evidence import (
    AskPrices,
    CaseEvidence,
    OfferedCell,
    OfferedComparable,
    PriceBand,
    PriceBands,
    RuleView,
    TakeComparables,
)
from app.valuations.sheets import Sheets

YEARS = "price_evidence_years"
DEALS, SELLERS = "price_band_minimum_deals", "price_band_minimum_organisations"
FIRST, FIRST_TWO = "price_band_first_percent", "price_band_first_two_percent"
WINDOW, LEAST = "calibration_window_months", "calibration_minimum_deals"
_KNOWN_LAST = {YEARS: 10, DEALS: 5, SELLERS: 5, FIRST: 75, FIRST_TWO: 85, WINDOW: 24, LEAST: 5}
MOST_COMPARABLES = 50
CURRENCY = "VND"
METHOD = "comparables"
_EVERY_FIELD = Text("Các lĩnh vực còn lại", "All other fields")
_WITHIN = Text("{field} (phần còn lại)", "{field} (all other)")
_EVERY_TRL = Text("Các mức còn lại", "All other levels")


def rule_value(code: str, on: date) -> Decimal:
    """What the dated rule says on a day; the value known last where none held."""
    found = reference.rule(code, on)
    return found.value if found else Decimal(_KNOWN_LAST[code])


def _with_value(rule: reference.Rule) -> Text:
    return Text(" ".join((rule.note.vi, str(rule.value))), " ".join((rule.note.en, str(rule.value))))


def rules_of(codes: Sequence[str], on: date) -> list[RuleView]:
    found = [reference.rule(code, on) for code in codes]
    return [
        RuleView(
            code=r.code, text=_with_value(r), value=r.value,
            document=" ".join(x for x in (r.document, r.article) if x),
            checked=r.checked,
        )
        for r in found
        if r
    ]  # fmt: skip


def rules_on(on: date) -> Rules:
    return Rules(
        int(rule_value(DEALS, on)), int(rule_value(SELLERS, on)), rule_value(FIRST, on), rule_value(FIRST_TWO, on)
    )


def first_day(on: date) -> date:
    """The first day whose contracts still serve as evidence."""
    return months_after(on, -12 * int(rule_value(YEARS, on)))


def field_label(code: str, *, rest: bool) -> Text:
    """A field's name; one that stands for what is left of a branch says so."""
    found = reference.fields().get(code)
    if not code or found is None:
        return _EVERY_FIELD if not code else Text(code, code)
    if rest and found.parent is None:
        return Text(_WITHIN.vi.format(field=found.name.vi), _WITHIN.en.format(field=found.name.en))
    return found.name


def trl_label(trl: str) -> Text:
    return _EVERY_TRL if trl == REST else Text(f"TRL {trl}", f"TRL {trl}")


def band_view(cell: Cell) -> PriceBand:
    low, mid, high = bands.quartiles(cell)
    return PriceBand(
        mode=TransferMode(cell.mode), field=cell.field, field_label=field_label(cell.field, rest=cell.trl == REST),
        trl=cell.trl, trl_label=trl_label(cell.trl), count=len(cell.deals), p25=low, p50=mid, p75=high,
    )  # fmt: skip


def _wanted(cell: Cell, ask: AskPrices) -> bool:
    if ask.mode is not None and cell.mode != ask.mode.value:
        return False
    return ask.field is None or cell.field in ("", ask.field, ask.field.split(".")[0])


async def _told(on: date) -> list[Cell]:
    async with reading() as session:
        found = await deals.settled(session, first_day(on), on)
    return bands.cells([d for d in found if d.currency == CURRENCY], rules_on(on))


async def price_bands(ask: AskPrices) -> PriceBands:
    """The bands that may be told today. What is asked for chooses among them and never makes another."""
    today = clock.today()
    told = await _told(today)
    asked = None
    if ask.mode is not None and ask.field is not None:
        asked = bands.covering(told, ask.mode.value, ask.field, ask.trl)
    return PriceBands(
        since=first_day(today), until=today, items=[band_view(c) for c in told if _wanted(c, ask)],
        asked=band_view(asked) if asked else None, enough=asked is not None or ask.mode is None or ask.field is None,
        rules=rules_of((DEALS, SELLERS, FIRST, FIRST_TWO, YEARS), today),
    )  # fmt: skip


def offered(cell: Cell, rules: Rules, listing_id: UUID, on: date) -> OfferedCell | None:
    """A cell's deals without the asset's own; None when those left may not be told."""
    left = [d for d in cell.deals if d.listing_id != listing_id]
    if not left or not bands.safe(left, rules):
        return None
    # By year and price alone: the order must not tell which deal came first.
    rows = sorted(((d.signed_on.year, bands.banded(d.amount)) for d in left), reverse=True)[:MOST_COMPARABLES]
    names, trl = field_label(cell.field, rest=cell.trl == REST), trl_label(cell.trl)
    mode = TransferMode(cell.mode)
    source = f"Chứng cứ giá của sàn: {mode.label.vi}, {names.vi}, {trl.vi}; {len(left)} giao dịch, {on:%d/%m/%Y}"
    made = [
        OfferedComparable(name=f"Giao dịch {n} ({year})", year=year, price=price)
        for n, (year, price) in enumerate(rows, 1)
    ]
    return OfferedCell(mode=mode, field_label=names, trl_label=trl, source=source[:300], comparables=made)


class Evidence(Sheets):
    """Verbs on a case: what is offered, and putting it into the draft."""

    async def _offered(self, case: Valuation) -> list[OfferedCell]:
        if case.currency != CURRENCY:
            return []
        today = clock.today()
        told, rules = await _told(today), rules_on(today)
        found = []
        for mode in dict.fromkeys(str(o["mode"]) for o in case.asset.get("offers", [])):
            cell = bands.covering(told, mode, str(case.asset.get("field") or ""), case.asset.get("trl"))
            offer = offered(cell, rules, case.listing_id, today) if cell else None
            if offer:
                found.append(offer)
        return found

    async def evidence(self, actor: Actor, valuation_id: UUID) -> CaseEvidence:
        """Comparables and facts of rights for the provider's people; to the requester they do not exist."""
        case, facts = await self._of_provider(actor, valuation_id)
        async with reading() as session:
            sheets = await repository.sheets(session, valuation_id)
            papers = await repository.documents(session, valuation_id)
        side = policy.side_of(actor, facts)
        draft = next((s for s in sheets if s.status == "draft"), None)
        writes = draft is not None and "save" in policy.sheet_actions(
            actor, side, draft.status, case.status, facts.appraisers, draft.authors
        )
        title = next((d.sha256 for d in papers if d.kind == "ownership"), None)
        cells = await self._offered(case)
        async with unit_of_work() as session:
            detail = {"comparables": sum(len(c.comparables) for c in cells)}
            audit.record(session, actor, "valuation.read_evidence", "valuation", valuation_id, detail)
        return CaseEvidence(
            valuation_id=valuation_id, reference=repository.reference_of(case.number), cells=cells,
            enough=bool(cells), facts=patents.asset_facts(case.asset, case.value_date, title),
            draft=(draft.version, draft.revision) if draft is not None and writes else None,
            rules=rules_of((DEALS, SELLERS, FIRST, FIRST_TWO, YEARS, *patents.TERMS.values()), case.value_date),
        )  # fmt: skip

    async def take_comparables(self, actor: Actor, valuation_id: UUID, version: int, command: TakeComparables) -> int:
        """Put the comparables of a mode into the draft as one more calculation, with their source; its new revision.
        The writer adds the adjustments: none is guessed."""
        case, row = await self._writer(actor, valuation_id, version)
        if row.status != "draft":
            raise Conflict
        cell = next((c for c in await self._offered(case) if c.mode is command.mode), None)
        if cell is None:
            raise errors.too_few_prices()
        taken = {c["key"] for c in row.paper["calculations"]}
        key = next(k for k in (METHOD, *(f"{METHOD}_{n}" for n in range(2, 22))) if k not in taken)
        added = DraftCalculation.model_validate(
            {"key": key, "method": METHOD, "inputs": {"comparables": [
                {"name": c.name, "price": str(c.price)} for c in cell.comparables
            ]}, "notes": [{"path": "comparables", "origin": "measured", "source": cell.source}]}
        )  # fmt: skip
        if len(taken) >= MOST_CALCULATIONS:
            raise Invalid(fields={"calculations": _TOO_MANY})
        kept: dict[str, Any] = {k: v for k, v in row.paper.items() if k in SaveSheet.model_fields}
        whole = {**kept, "calculations": [*row.paper["calculations"], added.model_dump(exclude_none=True)]}
        return await self.save(
            actor, valuation_id, version, SaveSheet.model_validate(whole | {"revision": command.revision})
        )


MOST_CALCULATIONS = 20
_TOO_MANY = Text("Bảng tính có nhiều nhất 20 phép tính.", "A sheet has at most 20 calculations.")
