"""The valuation case: who may do what and see what, what the law of the day asks, and what the calendar does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from app.deals import Capacity, deals
from app.independence import independence
from app.independence.schemas import DeclareInterest
from app.integrations.signing import signing
from app.integrations.storage import storage
from app.intermediaries import intermediaries, licences
from app.kit import clock
from app.kit.actor import Actor, Role
from app.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unauthenticated
from app.listings import listings
from app.listings.schemas import UpdateListing
from app.valuations import valuations
from app.valuations.base import last_valid_day, months_after
from app.valuations.schemas.commands import (
    AcceptQuote,
    AddDocument,
    AddRemark,
    AnswerComplaint,
    CancelValuation,
    Complain,
    IssueReport,
    SignReport,
    Submit,
    TurnDown,
    Why,
)
from tests.support import jobs, market, valuing
from tests.support.market import OPERATOR, acting, execute, row, scalar
from tests.support.valuing import FEE, Case, Firm, quote, sheet

pytestmark = pytest.mark.usefixtures("db")
Make = Callable[..., Awaitable[Any]]
WORDS = "Dòng tiền năm thứ hai không khớp với số liệu chúng tôi gửi."


@pytest.fixture
def start(make_person: Make, make_organisation: Make) -> Callable[..., Awaitable[Case]]:
    async def made(kind: str = "estimate") -> Case:
        return await valuing.case(make_person, make_organisation, kind)

    return made


@pytest.fixture
def firm(make_person: Make, make_organisation: Make) -> Callable[..., Awaitable[Firm]]:
    async def made(service: str = "valuation") -> Firm:
        return await valuing.firm(make_person, make_organisation, service)

    return made


Start = Callable[..., Awaitable[Case]]
MakeFirm = Callable[..., Awaitable[Firm]]


async def refused(kind: type[DomainError], code: str, verb: Awaitable[Any]) -> DomainError:
    """The refusal; and neither a case nor its history has changed by it."""
    before = await row("SELECT md5(string_agg(v::text, '' ORDER BY id)) FROM valuation v"), await moves()
    with pytest.raises(kind) as error:
        await verb
    assert error.value.code == code
    after = await row("SELECT md5(string_agg(v::text, '' ORDER BY id)) FROM valuation v"), await moves()
    assert after == before
    return error.value


async def moves() -> int:
    return int(await scalar("SELECT count(*) FROM state_change WHERE workflow LIKE 'valuation%'"))


# --- the whole way ---


async def test_an_estimate_from_request_to_receipt(start: Start) -> None:
    case = await (await start()).in_review()
    await valuations.remark(
        case.firm.second.actor,
        case.id,
        1,
        AddRemark(calculation="income", path="discount_rate", body="Nêu cơ sở của tỷ suất."),
    )
    await valuations.send_back(case.firm.second.actor, case.id, 1, Why(reason="Tỷ suất chưa có cơ sở."))
    assert await case.status() == "working"
    # What was submitted is never edited: the writer goes on in a new version that starts as a copy.
    await refused(Conflict, "valuation.sheet_changed", valuations.save(case.firm.first.actor, case.id, 1, sheet(2)))
    assert await valuations.begin_sheet(case.firm.first.actor, case.id) == 2
    view = await valuations.sheet(case.firm.first.actor, case.id, 2)
    assert view.paper["calculations"][0]["inputs"]["discount_rate"] == "0.1"
    await valuations.submit(case.firm.first.actor, case.id, 2, Submit(revision=1))
    await valuations.approve(case.firm.second.actor, case.id, 2)
    await case.issue()
    await case.sign(case.firm.first)
    assert await case.status() == "signed"
    await valuations.deliver(case.firm.manager.actor, case.id)
    await valuations.receive(case.requester, case.id)
    read = await valuations.read(case.requester, case.id)
    # 600 million more after one year and 605 million after two, at 10 %.
    exact = Decimal(600_000_000) / Decimal("1.1") + Decimal(605_000_000) / Decimal("1.21")
    assert read.amounts.value == exact.quantize(Decimal(1))
    assert (read.status, read.received_at is not None, len(read.reports)) == ("delivered", True, 1)
    assert read.reports[0].certificate_number is None
    assert "không phải chứng thư" in read.kind_says
    await jobs.drain()
    told = {m.subject.split(":")[0] for m in jobs.mails() if m.to == case.firm.manager.email}
    assert told >= {"Mời báo giá", "Báo giá của bạn được chấp nhận", "Báo cáo chờ ký", "Báo cáo đã đủ chữ ký"}
    steps = [c.action for c in await valuations.history(case.requester, case.id)]
    assert steps == ["request", "agree", "assign", "review", "rework", "review", "approve", "issue", "sign", "deliver"]


async def test_an_appraisal_needs_two_signatures_and_a_certificate(start: Start) -> None:
    case = await (await start("appraisal")).approved()
    bare = IssueReport(number="9/2026")
    await refused(Invalid, "valuation.certificate", valuations.issue(case.firm.manager.actor, case.id, bare))
    await case.issue()
    await case.sign(case.firm.first)
    assert await case.status() == "reported", "one signature is not two"
    await refused(Conflict, "valuation.signed_already", case.sign(case.firm.first))
    await case.sign(case.firm.second)  # a second appraiser's is welcome and is not the firm's
    assert await case.status() == "reported"
    await case.sign(case.firm.manager)
    assert await case.status() == "signed"
    report = (await valuations.read(case.firm.manager.actor, case.id)).reports[0]
    assert {s.part.value for s in report.signatures} == {"appraiser", "representative"}
    assert {s.sha256 for s in report.signatures} == {report.sha256}
    assert report.certificate_number == "34/2026/CT"


async def test_an_estimate_never_carries_a_certificate(start: Start) -> None:
    case = await (await start()).approved()
    command = IssueReport(number="1/2026", certificate_number="2/2026")
    await refused(Invalid, "valuation.no_certificate", valuations.issue(case.firm.manager.actor, case.id, command))


async def test_who_signs_says_what_they_read(start: Start) -> None:
    case = await (await start()).reported()
    who = case.firm.first
    digest = (await valuations.read(who.actor, case.id)).reports[0].sha256
    other = SignReport(sha256="0" * 64, typed_name=who.name)
    await refused(Conflict, "valuation.other_document", valuations.sign(who.actor, case.id, other))
    named = SignReport(sha256=digest, typed_name="Người Khác")
    await refused(Invalid, "valuation.other_name", valuations.sign(who.actor, case.id, named))
    mine = SignReport(sha256=digest, typed_name=case.firm.manager.name)
    await refused(Forbidden, "forbidden", valuations.sign(case.firm.manager.actor, case.id, mine))


# --- the request ---


async def test_only_an_owner_or_a_party_asks(start: Start, firm: MakeFirm) -> None:
    case = await start()
    outsider, buyer = await acting(), await acting()
    ask = valuing.asking(case.firm)
    await refused(Forbidden, "valuation.not_a_party", valuations.request(outsider, case.listing_id, ask))
    await refused(Unauthenticated, "sign_in_required", valuations.request(Actor(), case.listing_id, ask))
    deal_id = await market.open_deal(buyer, case.listing_id)
    with_deal = valuing.asking(case.firm, deal_id=deal_id)
    await refused(Invalid, "valuation.wrong_deal", valuations.request(outsider, case.listing_id, with_deal))
    bought = await valuations.request(buyer, case.listing_id, with_deal)
    assert (await valuations.read(buyer, bought)).deal_id == deal_id
    with pytest.raises(NotFound):
        await valuations.read(case.requester, bought)  # the seller learns nothing of the buyer's valuation
    own = valuing.asking(case.firm, providers=[case.requester.org_id])
    await refused(Invalid, "valuation.own_provider", valuations.request(case.requester, case.listing_id, own))


async def test_days_lie_where_they_can(start: Start) -> None:
    case, today = await start(), clock.today()
    for field, day in (
        ("value_date", months_after(today, -6)), ("value_date", today + timedelta(days=91)),
        ("quotes_until", today - timedelta(days=1)), ("quotes_until", today + timedelta(days=91)),
    ):  # fmt: skip
        with pytest.raises(Invalid) as error:
            await valuations.request(case.requester, case.listing_id, valuing.asking(case.firm, **{field: day}))
        assert set(error.value.fields) == {field}


def test_months_are_counted_by_the_calendar() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2026, 7, 15), -6) == date(2026, 1, 15)
    assert last_valid_day(date(2026, 12, 1)) == date(2027, 6, 1)


async def test_only_a_licensed_firm_is_asked_and_only_while_it_is(start: Start, firm: MakeFirm) -> None:
    """An estimate needs no licence; an appraisal needs one that is checked and in force, at each step."""
    case = await start("appraisal")
    plain = await firm("valuation")
    refusal = await refused(
        Invalid, "valuation.unqualified",
        valuations.request(case.requester, case.listing_id, valuing.asking(plain, kind="appraisal")),
    )  # fmt: skip
    assert plain.manager.org
    assert plain.manager.org.name in refusal.fields["providers"].vi
    await case.agreed()
    licence_id = await scalar("SELECT id FROM provider_licence WHERE provider_id = :p", p=case.firm.provider_id)
    await licences.withdraw(case.firm.manager.actor, case.firm.provider_id, licence_id)
    await refused(
        Conflict, "valuation.unqualified_now", valuations.assign(case.firm.manager.actor, case.id, case.people())
    )
    assert await case.status() == "agreed"


async def test_suspended_before_the_acceptance(start: Start) -> None:
    case = await (await start()).offered()
    await intermediaries.suspend(OPERATOR, case.firm.provider_id, "Đang kiểm tra khiếu nại.")
    accept = valuations.accept(case.requester, case.id, await case.quote_id(), AcceptQuote(fee=FEE))
    await refused(Conflict, "valuation.unqualified_now", accept)


async def test_the_rule_counts_certified_appraisers(start: Start) -> None:
    case = await (await start("appraisal")).agreed()
    manager, first, second = case.firm.manager, case.firm.first, case.firm.second
    one = case.people(appraisers=[{"person_id": first.id, "card_number": "TĐV-1"}, {"person_id": second.id}])
    refusal = await refused(Invalid, "valuation.too_few", valuations.assign(manager.actor, case.id, one))
    assert "Nghị định 76/2018/NĐ-CP" in refusal.fields["appraisers"].vi
    nobody = case.people(representative_id=None)
    await refused(Invalid, "valuation.representative", valuations.assign(manager.actor, case.id, nobody))
    stranger = case.people(appraisers=[{"person_id": UUID(int=7), "card_number": "TĐV-1"}])
    await refused(Invalid, "valuation.not_colleagues", valuations.assign(manager.actor, case.id, stranger))


# --- the firewall ---


async def test_a_tie_with_the_owner_refuses_with_the_reason(start: Start) -> None:
    """No deal is needed: who holds the owner's shares, or has a relative there, does not value its technology."""
    case = await (await start()).agreed()
    declared = DeclareInterest.model_validate({"kind": "holding", "other": str(case.requester.org_id), "percent": 40})
    await independence.declare(case.firm.manager.actor, declared)
    refusal = await refused(
        Conflict, "valuation.not_independent", valuations.assign(case.firm.manager.actor, case.id, case.people())
    )
    assert "quan hệ sở hữu" in refusal.text.vi


async def test_a_person_with_an_interest_in_the_technology(start: Start) -> None:
    case = await (await start()).agreed()
    interest = DeclareInterest.model_validate({"kind": "other", "listing_id": str(case.listing_id)})
    await independence.declare(case.firm.second.actor, interest)
    await refused(
        Conflict, "valuation.not_independent", valuations.assign(case.firm.manager.actor, case.id, case.people())
    )


async def test_an_equal_name_waits_for_the_operator(start: Start, make_person: Make) -> None:
    """One of the firm's people bears the name of an owner of the technology: possible, so the operator looks."""
    case = await start()
    assert case.firm.manager.org
    namesake = await make_person("member", case.firm.manager.org, name="Nguyễn Thị Bưởi")
    owners = UpdateListing.model_validate({"owners": [{"name": "TS. Nguyễn Thị Bưởi", "share": "100"}]})
    await listings.update(case.requester, case.listing_id, owners)
    case.firm.second = namesake
    await case.requested()
    offer = valuations.offer(case.firm.manager.actor, case.id, quote())
    await refused(Conflict, "valuation.undecided", offer)
    assert "clear" in (await valuations.read(OPERATOR, case.id)).actions
    why = Why(reason="Hai người khác nhau, đã đối chiếu năm sinh.")
    await refused(Forbidden, "forbidden", valuations.clear(case.firm.manager.actor, case.id, why))
    await valuations.clear(OPERATOR, case.id, why)
    await valuations.offer(case.firm.manager.actor, case.id, quote())
    await valuations.accept(case.requester, case.id, await case.quote_id(), AcceptQuote(fee=FEE))
    await valuations.assign(case.firm.manager.actor, case.id, case.people())
    assert await case.status() == "working"


async def test_in_a_deal_the_provider_takes_its_seat(start: Start) -> None:
    case = await start("appraisal")
    case.deal_id = await market.open_deal(await acting(), case.listing_id)
    await case.working()
    seats = {p.org_id: p.capacity for p in (await deals.access(OPERATOR, case.deal_id)).participants}
    assert seats[case.firm.org_id] is Capacity.appraiser
    await valuations.cancel(case.requester, case.id, CancelValuation(reason_code="not_needed"))
    seats = {p.org_id: p.capacity for p in (await deals.access(OPERATOR, case.deal_id)).participants}
    assert case.firm.org_id not in seats


async def test_who_brokers_the_deal_does_not_value_it(start: Start) -> None:
    case = await start()
    case.deal_id = await market.open_deal(await acting(), case.listing_id)
    await case.agreed()
    await deals.join(OPERATOR, case.deal_id, case.firm.org_id, Capacity.seller_broker)
    with pytest.raises(Conflict):
        await valuations.assign(case.firm.manager.actor, case.id, case.people())
    assert await case.status() == "agreed"


# --- who sees what ---


async def test_to_others_a_case_does_not_exist(start: Start, firm: MakeFirm) -> None:
    case, stranger, other = await start(), await acting(), await firm()
    await case.requested(other)
    await valuations.offer(case.firm.manager.actor, case.id, quote())
    await valuations.accept(case.requester, case.id, await case.quote_id(), AcceptQuote(fee=FEE))
    third = await firm()
    for who in (stranger, third.manager.actor, market.DEPARTMENT):
        for verb in (
            valuations.read(who, case.id),
            valuations.attach(who, case.id, AddDocument(kind="other"), "a.pdf", valuing.PDF),
            valuations.cancel(who, case.id, CancelValuation(reason_code="not_needed")),
        ):
            await refused(NotFound, "not_found", verb)
    document_id = await case.attach()
    asked = await valuations.read(other.manager.actor, case.id)
    assert (asked.side, asked.documents, asked.provider_name, len(asked.quotes)) == ("asked", [], None, 1)
    with pytest.raises(NotFound):
        await valuations.open_document(other.manager.actor, case.id, document_id)
    await refused(
        Forbidden, "forbidden", valuations.attach(
            other.manager.actor, case.id, AddDocument(kind="other"), "a.pdf", valuing.PDF
        )
    )  # fmt: skip
    assert (await valuations.open_document(case.firm.first.actor, case.id, document_id)).size == len(valuing.PDF)


async def test_working_papers_are_the_providers_until_delivery_gives_the_report(start: Start) -> None:
    case = await (await start()).signed()
    before = await valuations.read(case.requester, case.id)
    assert (before.sheets, before.reports, before.amounts.value) == ([], [], None)
    with pytest.raises(NotFound):
        await valuations.sheet(case.requester, case.id, 1)
    for version in (2, 10**9):
        with pytest.raises(NotFound):
            await valuations.sheet(case.firm.first.actor, case.id, version)
    report_id = (await valuations.read(case.firm.first.actor, case.id)).reports[0].id
    with pytest.raises(NotFound):
        await valuations.open_report(case.requester, case.id, report_id, "json")
    await valuations.deliver(case.firm.manager.actor, case.id)
    assert (await valuations.open_report(case.requester, case.id, report_id, "json")).size > 100


async def test_files_are_what_their_bytes_say(start: Start) -> None:
    case = await (await start()).agreed()
    add = AddDocument(kind="technical")
    await refused(
        Invalid,
        "listing.bad_file",
        valuations.attach(case.requester, case.id, add, "ban-ve.pdf", b"MZ\x90\x00 a program"),
    )
    await case.attach()
    with pytest.raises(Conflict):
        await case.attach(case.firm.manager.actor)  # the same bytes again


async def test_what_the_owner_shows(start: Start) -> None:
    case = await (await start()).delivered()
    assert (await valuations.of_listings([case.listing_id]))[case.listing_id] == []
    await refused(Forbidden, "forbidden", valuations.show(case.firm.manager.actor, case.id))
    await valuations.show(case.requester, case.id)
    shown = (await valuations.shown(Actor(), case.listing_id)).items
    assert [(s.kind.value, s.amounts.currency, s.asset_changed) for s in shown] == [("estimate", "VND", False)]
    assert "inputs" not in shown[0].model_dump_json()
    with clock.frozen(clock.now() + timedelta(days=200)):
        assert (await valuations.of_listings([case.listing_id]))[case.listing_id] == []
    await valuations.hide(case.requester, case.id)
    assert (await valuations.shown(Actor(), case.listing_id)).items == []


# --- work sheets ---


async def test_every_input_says_where_it_comes_from(start: Start) -> None:
    case = await (await start()).drafted()
    who, digest = case.firm.first.actor, "a" * 64
    bad = sheet(2).model_dump()
    notes = bad["calculations"][0]["notes"]
    notes[:2] = [{"path": "profit_with", "origin": "measured", "evidence": digest}]
    await valuations.save(who, case.id, 1, sheet(2, calculations=bad["calculations"]))
    refusal = await refused(Invalid, "valuation.unsupported", valuations.submit(who, case.id, 1, Submit(revision=3)))
    assert set(refusal.fields) == {
        "calculations.0.notes.profit_without.origin", "calculations.0.notes.profit_with.evidence"
    }  # fmt: skip
    document_id = await case.attach()
    found = next(d for d in (await valuations.read(who, case.id)).documents if d.id == document_id)
    notes[0]["evidence"] = found.sha256
    notes.append({"path": "profit_without", "origin": "registry"})
    await valuations.save(who, case.id, 1, sheet(3, calculations=bad["calculations"]))
    refusal = await refused(Invalid, "valuation.unsupported", valuations.submit(who, case.id, 1, Submit(revision=4)))
    assert set(refusal.fields) == {"calculations.0.notes.profit_without.source"}
    notes[-1]["source"] = "Báo cáo tài chính đã nộp"
    await valuations.save(who, case.id, 1, sheet(4, calculations=bad["calculations"]))
    await valuations.submit(who, case.id, 1, Submit(revision=5))
    notes = (await valuations.sheet(who, case.id, 1)).paper["calculations"][0]["notes"]
    assert {n["path"] for n in notes} > set(valuing.INPUTS), "defaults nobody typed are noted as assumed"


async def test_a_draft_may_be_incomplete_and_says_what_is_lacking(start: Start) -> None:
    case = await (await start()).drafted()
    who = case.firm.first.actor
    half = sheet(2).model_dump()["calculations"]
    half[0]["inputs"] = valuing.INPUTS | {"discount_rate": "-5"}
    await valuations.save(who, case.id, 1, sheet(2, calculations=half))
    view = await valuations.sheet(who, case.id, 1)
    assert view.outcome is None
    assert "calculations.0.inputs.discount_rate" in view.errors
    with pytest.raises(Invalid):
        await valuations.submit(who, case.id, 1, Submit(revision=3))
    assert await case.status() == "working"


async def test_nobody_approves_what_they_wrote(start: Start) -> None:
    case = await (await start()).drafted()
    # A second hand in the draft makes a second author.
    await valuations.save(case.firm.second.actor, case.id, 1, sheet(2))
    await valuations.submit(case.firm.first.actor, case.id, 1, Submit(revision=3))
    for author in (case.firm.first, case.firm.second):
        await refused(Forbidden, "valuation.own_sheet", valuations.approve(author.actor, case.id, 1))
        why = Why(reason="Cần xem lại tỷ suất.")
        await refused(Forbidden, "valuation.own_sheet", valuations.send_back(author.actor, case.id, 1, why))
    await valuations.approve(case.firm.manager.actor, case.id, 1)
    with pytest.raises(IntegrityError):  # and the table itself would refuse it
        await execute("UPDATE valuation_sheet SET reviewer_id = submitted_by")


async def test_the_tables_keep_what_was_submitted_and_signed(start: Start) -> None:
    await (await start()).signed()
    for sql in (
        "UPDATE valuation_sheet SET paper = '{}'",
        "DELETE FROM valuation_sheet",
        "UPDATE valuation_signature SET name = 'x'",
        "UPDATE valuation_report SET files = '[]'",
        "DELETE FROM valuation_report",
    ):
        with pytest.raises(IntegrityError):
            await execute(sql)


# --- complaint, expiry, change of the asset ---


async def test_a_complaint_may_reopen_the_case_for_a_new_version(start: Start) -> None:
    case = await (await start()).delivered()
    await refused(Forbidden, "forbidden", valuations.complain(case.firm.manager.actor, case.id, Complain(words=WORDS)))
    await valuations.complain(case.requester, case.id, Complain(words=WORDS))
    await refused(
        Conflict, "valuation.complaint_over", valuations.complain(case.requester, case.id, Complain(words=WORDS))
    )
    redo = AnswerComplaint(answer="redo", reason="Đúng là thiếu chi phí năm hai; chúng tôi làm lại.")
    await valuations.answer_complaint(case.firm.manager.actor, case.id, redo)
    assert await case.status() == "working"
    first = (await valuations.read(case.requester, case.id)).reports
    assert len(first) == 1, "what was delivered stays readable"
    case.version = await valuations.begin_sheet(case.firm.first.actor, case.id)
    await valuations.submit(case.firm.first.actor, case.id, case.version, Submit(revision=1))
    await valuations.approve(case.firm.second.actor, case.id, case.version)
    await refused(Invalid, "valuation.number_taken", case.issue())
    await case.issue("13/2026/ĐG")
    await case.sign(case.firm.first)
    await valuations.deliver(case.firm.manager.actor, case.id)
    reports = (await valuations.read(case.requester, case.id)).reports
    assert [(r.number, r.current) for r in reports] == [("12/2026/ĐG", False), ("13/2026/ĐG", True)]
    await valuations.complain(case.requester, case.id, Complain(words=WORDS))  # the new report may be complained of


async def test_a_complaint_has_its_days(start: Start) -> None:
    case = await (await start()).delivered()
    last = (await valuations.read(case.requester, case.id)).complain_until
    assert last == clock.today() + timedelta(days=30)
    with clock.frozen(clock.now() + timedelta(days=31)):
        await refused(
            Conflict, "valuation.complaint_over", valuations.complain(case.requester, case.id, Complain(words=WORDS))
        )


async def test_a_result_expires_by_the_rule_on_reading_and_by_the_sweep(start: Start) -> None:
    case = await (await start()).delivered()
    view = await valuations.read(case.requester, case.id)
    assert view.expires_on == last_valid_day(view.value_date)
    days = (view.expires_on - clock.today()).days
    with clock.frozen(clock.now() + timedelta(days=days)):
        assert await valuations.sweep() == 0, "the last day is a day of it"
    with clock.frozen(clock.now() + timedelta(days=days + 1)):
        late = await valuations.read(case.requester, case.id)
        assert (late.status, late.may_renew) == ("expired", True)
        assert await case.status() == "delivered", "reading changes nothing"
        assert await valuations.sweep() == 1
        assert await valuations.sweep() == 0
    assert await case.status() == "expired"


async def test_expiry_beats_a_late_signature_and_a_late_delivery(start: Start) -> None:
    case = await (await start()).reported()
    days = ((await valuations.read(case.requester, case.id)).expires_on - clock.today()).days
    with clock.frozen(clock.now() + timedelta(days=days + 1)):
        await refused(Conflict, "valuation.valid_no_more", case.sign(case.firm.first))
    await case.sign(case.firm.first)
    with clock.frozen(clock.now() + timedelta(days=days + 1)):
        await refused(Conflict, "valuation.valid_no_more", valuations.deliver(case.firm.manager.actor, case.id))


async def test_a_request_nobody_was_chosen_for_lapses(start: Start) -> None:
    case = await (await start()).offered()
    with clock.frozen(clock.now() + timedelta(days=15)):
        assert await valuations.sweep() == 1
    assert await case.status() == "lapsed"
    assert await scalar("SELECT status FROM valuation_quote") == "lapsed"


async def test_an_edited_asset_marks_the_valuation_and_offers_a_new_one(start: Start) -> None:
    case = await (await start()).delivered()
    await listings.update(case.requester, case.listing_id, UpdateListing(trl=8))
    await jobs.drain()
    view = await valuations.read(case.requester, case.id)
    assert view.asset_changed_at is not None
    assert view.may_renew
    assert await valuations.asset_edited(case.listing_id) == 0, "marked once"
    again = valuing.asking(case.firm, previous_id=case.id)
    renewed = await valuations.request(case.requester, case.listing_id, again)
    fresh = await valuations.read(case.requester, renewed)
    assert (fresh.previous_id, fresh.asset["trl"], view.asset["trl"]) == (case.id, 8, 7)


# --- races ---


async def both(first: Awaitable[Any], second: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(first, second, return_exceptions=True)


async def test_of_two_quotes_accepted_at_once_one_wins(start: Start, firm: MakeFirm) -> None:
    case, other = await start(), await firm()
    await case.requested(other)
    for who in (case.firm, other):
        await valuations.offer(who.manager.actor, case.id, quote())
    ids = [await case.quote_id(who) for who in (case.firm, other)]
    done = await both(*(valuations.accept(case.requester, case.id, q, AcceptQuote(fee=FEE)) for q in ids))
    assert sorted(type(d).__name__ for d in done) == ["Conflict", "NoneType"]
    states = await market.rows("SELECT status FROM valuation_quote ORDER BY 1")
    assert [s for (s,) in states] == ["accepted", "lapsed"]
    assert await scalar("SELECT count(*) FROM state_change WHERE action = 'agree'") == 1


async def test_a_changed_fee_is_not_accepted_by_mistake(start: Start) -> None:
    case = await (await start()).offered()
    await valuations.take_back(case.firm.manager.actor, case.id)
    await valuations.offer(case.firm.manager.actor, case.id, quote(FEE * 2))
    accept = valuations.accept(case.requester, case.id, await case.quote_id(), AcceptQuote(fee=FEE))
    await refused(Conflict, "valuation.quote_changed", accept)


async def test_submitting_against_editing(start: Start) -> None:
    """Whoever comes second is told so; what is in review is what its submitter read."""
    case = await (await start()).drafted()
    first, second = case.firm.first.actor, case.firm.second.actor
    dearer = sheet(2).model_dump()["calculations"]
    dearer[0]["inputs"] = dearer[0]["inputs"] | {"discount_rate": "0.2"}
    done = await both(
        valuations.submit(first, case.id, 1, Submit(revision=2)),
        valuations.save(second, case.id, 1, sheet(2, calculations=dearer)),
    )
    assert sum(isinstance(d, Conflict) for d in done) == 1, done
    status, rate = await row(
        "SELECT status, paper #>> '{calculations,0,inputs,discount_rate}' FROM valuation_sheet WHERE version = 1"
    )
    assert (status, rate) in {("submitted", "0.1"), ("draft", "0.2")}


async def test_delivered_once(start: Start) -> None:
    case = await (await start()).signed()
    done = await both(*(valuations.deliver(case.firm.manager.actor, case.id) for _ in range(2)))
    assert sorted(type(d).__name__ for d in done) == ["Conflict", "NoneType"]
    assert await scalar("SELECT count(*) FROM state_change WHERE action = 'deliver'") == 1


async def test_signing_against_expiry(start: Start) -> None:
    case = await (await start()).reported()
    days = ((await valuations.read(case.requester, case.id)).expires_on - clock.today()).days
    with clock.frozen(clock.now() + timedelta(days=days + 1)):
        done = await both(case.sign(case.firm.first), valuations.sweep())
    assert isinstance(done[0], Conflict)
    assert await case.status() == "expired"
    assert await scalar("SELECT count(*) FROM valuation_signature") == 0


async def test_of_two_who_sign_at_once_nothing_is_lost(start: Start) -> None:
    """Both sign over the same bytes: the second is told to reload, signs again, and both signatures stand in the file
    that is kept. What the refused attempt had written is gone."""
    case = await (await start("appraisal")).reported()
    people = (case.firm.first, case.firm.manager)
    kept: set[str] = set()
    put, delete = type(storage()).put, type(storage()).delete

    async def watched_put(self: Any, key: str, data: bytes) -> None:
        await put(self, key, data)
        kept.add(key)

    async def watched_delete(self: Any, key: str) -> None:
        await delete(self, key)
        kept.discard(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(storage()), "put", watched_put)
        patch.setattr(type(storage()), "delete", watched_delete)
        done = await both(*(case.sign(p) for p in people))
        late = [p for p, d in zip(people, done, strict=True) if d is not None]
        assert all(isinstance(d, Conflict) and d.code == "valuation.other_document" for d in done if d), done
        assert len(late) <= 1
        for person in late:
            assert await case.status() == "reported"
            await case.sign(person)
    assert await case.status() == "signed"
    assert await scalar("SELECT count(*) FROM state_change WHERE action = 'sign'") == 1
    report = (await valuations.read(case.firm.manager.actor, case.id)).reports[0]
    assert {s.name for s in report.signatures} == {p.name for p in people}
    stored = await market.rows("SELECT file->>'storage_key' FROM valuation_signature")
    assert {key for (key,) in stored} == kept
    signed = await valuations.open_report(case.firm.manager.actor, case.id, report.id, "signed")
    printed = await valuations.open_report(case.firm.manager.actor, case.id, report.id, "pdf")
    data, before = [b"".join([c async for c in d.chunks]) for d in (signed, printed)]
    assert data.startswith(before)
    judged = await asyncio.to_thread(signing().verify, data)
    assert {s.signer for s in judged} == {p.name for p in people}
    assert all(s.intact for s in judged)


async def test_declining_and_refusing_tell_a_coded_reason(start: Start, firm: MakeFirm) -> None:
    case, other = await start(), await firm()
    await case.requested(other)
    await valuations.refuse(other.manager.actor, case.id, TurnDown(reason_code="no_capacity"))
    await valuations.offer(case.firm.manager.actor, case.id, quote())
    with pytest.raises(ValueError, match="reason"):
        TurnDown.model_validate({"reason_code": "other"})
    await valuations.decline(case.requester, case.id, await case.quote_id(), TurnDown(reason_code="price"))
    own = (await valuations.read(case.firm.manager.actor, case.id)).quotes
    assert [(q.status, q.reason_code) for q in own] == [("declined", "price")]
    viewer = Actor(**{f: getattr(case.requester, f) for f in ("person_id", "org_id")}, role=Role.viewer)
    cancel = CancelValuation(reason_code="not_needed")
    await refused(Forbidden, "forbidden", valuations.cancel(viewer, case.id, cancel))
