"""The owner's record of who looked at what: the page, the counts a party, the files for a spreadsheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.deals import reference_of
from app.disclosure import exporting, policy, repository
from app.disclosure.schemas import LogKind, LogPage, LogRow, Paper, PartyCount
from app.kit import clock, paging
from app.kit.actor import Actor
from app.kit.errors import Forbidden, NotFound, Unauthenticated
from app.kit.text import Text
from app.listings import listings
from app.platform import audit
from app.platform.db import reading, unit_of_work

MOST_ROWS = 50_000
HEAD = (
    Text("Thời điểm", "Time"), Text("Hồ sơ", "Deal"), Text("Tổ chức", "Organisation"), Text("Người", "Person"),
    Text("Việc", "Action"), Text("Tài liệu", "Document"), Text("Phiên bản", "Version"), Text("Trang", "Page"),
    Text("Chi tiết", "Detail"),
)  # fmt: skip


def _row_id(value: str) -> int:
    """ValueError when it cannot be a number of a row."""
    number = int(value)
    if not 0 < number < 2**63:
        raise ValueError("no row has this number")
    return number


class Logs:
    async def log(
        self,
        actor: Actor,
        listing_id: UUID,
        *,
        deal_id: UUID | None = None,
        org_id: UUID | None = None,
        kind: LogKind | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> LogPage:
        """Looks and refusals, the newest first, with counts a party. The owner reads it; so does the operator, whose
        look is written into the audit log. The Department does not."""
        await self._reader(actor, listing_id)
        limit = paging.clamp(limit)
        before = paging.only(cursor, _row_id) if cursor else None
        async with reading() as session:
            rows = await repository.log_rows(
                session, listing_id, deal_id=deal_id, org_id=org_id, kind=kind, before=before, limit=limit + 1
            )
            counts = await repository.log_counts(session, listing_id, deal_id)
        items = [self._row(r) for r in rows[:limit]]
        return LogPage(
            items=items,
            counts=[
                PartyCount(
                    org_id=r[0], org_name=r[1], deal_id=r[2], deal_reference=reference_of(r[3]), views=r[4],
                    downloads=r[5], refusals=r[6], last_at=r[7],
                )
                for r in counts
            ],
            next_cursor=paging.encode([str(items[-1].id)]) if len(rows) > limit else None,
        )  # fmt: skip

    async def export_log(self, actor: Actor, listing_id: UUID, form: str, *, deal_id: UUID | None = None) -> Paper:
        """The whole log as CSV or XLSX (`form`), the newest rows first, 50,000 at most."""
        card = await self._reader(actor, listing_id)
        async with reading() as session:
            rows = await repository.log_rows(
                session, listing_id, deal_id=deal_id, org_id=None, kind=None, before=None, limit=MOST_ROWS
            )
        head = [h.get(actor.locale) for h in HEAD]
        lines = [self._line(self._row(r), actor.locale) for r in rows]
        if form == "xlsx":
            data, media = exporting.xlsx(head, lines), exporting.XLSX
        else:
            data, media = exporting.csv_file(head, lines), "text/csv; charset=utf-8"
        async with unit_of_work() as session:
            audit.record(session, actor, "room.export_log", "listing", listing_id, {"rows": len(lines), "form": form})
        return Paper(name=f"{card.reference}-nhat-ky.{form}", media_type=media, data=data)

    @staticmethod
    def _row(r: Any) -> LogRow:
        return LogRow(
            id=r[0], at=r[1], deal_id=r[2], deal_reference=reference_of(r[3]), kind=LogKind(r[4]), org_id=r[5],
            org_name=r[6], person_name=r[7], document_id=r[8], title=r[9], version=r[10], page=r[11], detail=r[12],
        )  # fmt: skip

    @staticmethod
    def _line(r: LogRow, locale: str) -> list[object]:
        at = r.at.astimezone(clock.VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
        return [
            at, r.deal_reference, r.org_name, r.person_name, r.kind.label.get(locale), r.title or "",
            r.version if r.version is not None else "", r.page if r.page is not None else "", r.detail or "",
        ]  # fmt: skip

    @staticmethod
    async def _reader(actor: Actor, listing_id: UUID) -> Any:
        """The owner, or the operator with an audit entry; to a deal's other parties the log does not exist."""
        if actor.anonymous:
            raise Unauthenticated
        card = (await listings.cards([listing_id])).get(listing_id)
        if card is None:
            raise NotFound
        owner = card.org_id == actor.org_id and actor.role is not None
        if not policy.may_read_log(actor, owner):
            raise Forbidden if actor.is_department else NotFound
        if not owner:
            async with unit_of_work() as session:
                audit.record(session, actor, "room.read_log", "listing", listing_id)
        return card
