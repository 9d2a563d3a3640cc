"""From an approved sheet to a delivered report: issue, sign, deliver, receive. Each locks the case and asks whether the
result is still valid, so expiry beats a late signature."""

from __future__ import annotations

from uuid import UUID

from app import accounts
from app.integrations.storage import storage
from app.kit import clock
from app.kit.actor import Actor
from app.kit.errors import NotFound, Unauthenticated
from app.kit.ids import new_id
from app.kit.text import fold
from app.platform import audit, outbox
from app.platform.db import reading, unit_of_work
from app.settings import settings
from app.valuations import documenting, errors, firewall, policy, repository
from app.valuations.base import Base, status_of
from app.valuations.documents import Download
from app.valuations.models import Valuation, ValuationMember, ValuationReport, ValuationSignature
from app.valuations.paper import make_report, read_paper
from app.valuations.parts import Kind as DocumentOf
from app.valuations.parts import Particulars, Person, Report
from app.valuations.schemas.choices import Kind, Part
from app.valuations.schemas.commands import IssueReport, SignReport
from app.valuations.workflow import VALUATION

LIMITS = {
    Kind.estimate: (
        "Kết quả để tham khảo, không phải chứng thư thẩm định giá.",
        "Chỉ dùng cho đúng mục đích, tài sản, ngày giá trị và thời hạn đã ghi.",
    ),
    Kind.appraisal: ("Chỉ có giá trị với đúng mục đích, tài sản, số lượng và trong thời hạn đã ghi.",),
}


class Reporting(Base):
    async def issue(self, actor: Actor, valuation_id: UUID, command: IssueReport) -> None:
        """Make the report of the approved sheet, with the provider's own numbers; its files are kept with their
        hashes, and what is signed afterwards is exactly this."""
        row, _ = await self._allowed(actor, valuation_id, "issue")
        self._may_issue(row)
        kind = Kind(row.kind)
        if kind is Kind.appraisal and not command.certificate_number:
            raise errors.certificate_needed()
        if kind is Kind.estimate and command.certificate_number:
            raise errors.no_certificate()
        sheet_id, id_ = row.sheet_id, new_id()
        kept = await documenting.make(
            await self._made(row, command), f"valuations/{valuation_id}/reports/{id_}",
            repository.reference_of(row.number),
        )  # fmt: skip
        try:
            async with unit_of_work() as session:
                row = await self._locked(session, valuation_id)
                self._may_issue(row)
                if row.sheet_id != sheet_id:
                    raise errors.sheet_changed()
                made = await repository.add(
                    session, ValuationReport, id=id_, valuation_id=valuation_id, sheet_id=sheet_id,
                    org_id=row.provider_org_id, number=command.number,
                    certificate_number=command.certificate_number, issued_at=clock.now(),
                    issued_by=actor.person_id, files=kept,
                )  # fmt: skip
                if made is None:
                    raise errors.number_taken()
                detail = {"report": str(id_), "files": {f["format"]: f["sha256"] for f in kept}}
                await self._move(session, actor, valuation_id, "issue", detail=detail)
        except BaseException:
            for row_ in kept:
                await storage().delete(row_["storage_key"])
            raise

    @staticmethod
    def _may_issue(row: Valuation) -> None:
        VALUATION.check("issue", status_of(row))
        if row.value_date > clock.today():
            raise errors.not_yet()

    @staticmethod
    async def _made(row: Valuation, command: IssueReport) -> Report:
        async with reading() as session:
            sheet = await repository.sheet_by_id(session, row.sheet_id) if row.sheet_id else None
            members = await repository.members(session, row.id)
            orgs = await accounts.organisations_by_id(
                session, [o for o in (row.requester_org_id, row.provider_org_id) if o]
            )
        assert sheet is not None  # noqa: S101 - an approved case names its sheet
        assert row.provider_org_id is not None  # noqa: S101 - and has its provider
        kind = Kind(row.kind)
        particulars = Particulars(
            kind=DocumentOf.appraisal if kind is Kind.appraisal else DocumentOf.reference,
            number=command.number, certificate=command.certificate_number or "",
            client=orgs[row.requester_org_id].name("vi"), organisation=orgs[row.provider_org_id].name("vi"),
            people=tuple(
                Person(name=m.name, role=Part(m.part).label.vi, card=m.card_number or "") for m in members
            ),
            issued_on=clock.today(), valid_until=row.expires_on, limits=LIMITS[kind],
            site=settings().base_url.rstrip("/"),
        )  # fmt: skip
        return make_report(read_paper(sheet.paper), particulars)

    async def open_report(self, actor: Actor, valuation_id: UUID, report_id: UUID, format_: str) -> Download:
        """A file of a report: for the provider from the moment it is made, for the requester from its delivery on."""
        if actor.anonymous:
            raise Unauthenticated
        row = await self._visible(actor, valuation_id)
        side = policy.side_of(actor, await self._facts(actor, row))
        async with reading() as session:
            found = {r.id: r for r in await repository.reports(session, valuation_id)}.get(report_id)
        if found is None or not policy.sees_report(actor, side, found.delivered_at is not None):
            raise NotFound
        async with reading() as session:
            signatures = await repository.signatures(session, [report_id])
        files = [*found.files, *(s.file for s in signatures[-1:])]
        file = next((f for f in files if f["format"] == format_), None)
        if file is None:
            raise NotFound
        if side is None:
            async with unit_of_work() as session:
                audit.record(session, actor, "valuation.open_report", "valuation", valuation_id, {"format": format_})
        chunks = storage().stream(file["storage_key"])
        return Download(file["name"], file["media_type"], file["size"], file["sha256"], chunks)

    async def sign(self, actor: Actor, valuation_id: UUID, command: SignReport) -> None:
        """Sign what was read, as the appraiser or as the legal representative. The case is signed with the last
        signature that its kind asks for. The signature is set on a copy of the PDF before anything is locked; of two
        who sign at once the second is told to look again."""
        await self._allowed(actor, valuation_id, "sign")
        row, report, member, before = await self._signer(actor, valuation_id, command)
        assert row.provider_org_id is not None  # noqa: S101 - a case with a report has its provider
        async with reading() as session:
            org = (await accounts.organisations_by_id(session, [row.provider_org_id]))[row.provider_org_id]
        now = clock.now()
        file = await documenting.countersigned(
            documenting.newest(report.files, before), f"valuations/{valuation_id}/reports/{report.id}-{new_id()}.pdf",
            name=member.name, organisation=org.name("vi"), reason=Part(member.part).label.vi, at=now,
        )  # fmt: skip
        try:
            async with unit_of_work() as session:
                await self._locked(session, valuation_id)
                row, report, member, given = await self._signer(actor, valuation_id, command)
                if len(given) != len(before):
                    raise errors.other_document()
                made = await repository.add_signature(
                    session, report_id=report.id, person_id=actor.person_id, part=member.part, name=member.name,
                    card_number=member.card_number, sha256=command.sha256, at=now, file=file,
                )  # fmt: skip
                if not made:
                    raise errors.signed_already()
                detail = {"report": str(report.id), "part": member.part, "sha256": command.sha256}
                if policy.signatures_complete(row.kind, [*(s.part for s in given), member.part]):
                    await self._move(session, actor, valuation_id, "sign", detail=detail)
                else:
                    audit.record(session, actor, "valuation.sign_part", "valuation", valuation_id, detail)
                    outbox.publish(session, "valuation.sign_part", valuation_id=valuation_id)
        except BaseException:
            await storage().delete(file["storage_key"])
            raise

    async def _signer(
        self, actor: Actor, valuation_id: UUID, command: SignReport
    ) -> tuple[Valuation, ValuationReport, ValuationMember, list[ValuationSignature]]:
        """Who signs what, after which signatures; refused when it is too late, another document or another name."""
        async with reading() as session:
            row = await repository.peek(session, valuation_id)
            if row is None:
                raise NotFound
            if row.status == "reported" and not firewall.today_is_valid(row):
                raise errors.valid_no_more()
            VALUATION.check("sign", status_of(row))
            facts = await self._facts(actor, row)
            report = (await repository.reports(session, valuation_id))[-1]
            given = await repository.signatures(session, [report.id])
            members = await repository.members(session, valuation_id)
        if command.sha256 != documenting.signed_hash(report.files):
            raise errors.other_document()
        parts = policy.parts_of(actor, policy.side_of(actor, facts), facts)
        if not parts:
            raise errors.signed_already()
        member = next(m for m in members if m.person_id == actor.person_id and m.part == parts[0])
        if fold(command.typed_name) != fold(member.name):
            raise errors.other_name()
        return row, report, member, given

    async def deliver(self, actor: Actor, valuation_id: UUID) -> None:
        """The requester has the signed report from now on; once."""
        await self._allowed(actor, valuation_id, "deliver")
        async with unit_of_work() as session:
            row = await self._locked(session, valuation_id)
            if row.status == "signed" and not firewall.today_is_valid(row):
                raise errors.valid_no_more()
            report = (await repository.reports(session, valuation_id))[-1:]
            now = clock.now()
            await self._move(session, actor, valuation_id, "deliver", values={"delivered_at": now})
            await repository.mark_delivered(session, report[0].id, now)

    async def receive(self, actor: Actor, valuation_id: UUID) -> None:
        """The requester confirms that it has the report."""
        await self._allowed(actor, valuation_id, "receive")
        async with unit_of_work() as session:
            await self._now(session, actor, valuation_id, "receive", "deliver")
            await repository.set_fields(session, valuation_id, received_at=clock.now())
            audit.record(session, actor, "valuation.receive", "valuation", valuation_id)
            outbox.publish(session, "valuation.receive", valuation_id=valuation_id)
