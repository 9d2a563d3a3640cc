"""What the database itself refuses, whoever asks: the last line when code is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.deals import deals
from app.deals.schemas import CloseDeal
from app.kit import clock
from app.kit.ids import new_id
from app.offers import offers
from app.platform import audit
from tests.support import market as m


async def forbidden(sql: str, match: str, **values: object) -> None:
    before = await m.traces()
    with pytest.raises(IntegrityError, match=match):
        await m.execute(sql, **values)
    assert await m.traces() == before


@pytest.mark.parametrize(
    "change",
    [
        "terms = terms || '{\"upfront\": 1}'",
        "terms_hash = 'x'",
        "note = 'không nói vậy'",
        "side = 'buyer'",
        "round = 9",
        "exclusive = true",
        "valid_until = valid_until + interval '1 day'",
        "sent_at = sent_at - interval '1 day'",
        "scope_territory = '{LA}'",
        "scope_fields = '{ford.2}'",
        "person_id = NULL",
        "org_id = (SELECT id FROM organisation WHERE id <> offer.org_id LIMIT 1)",
    ],
)
async def test_what_was_sent_cannot_be_edited(db, change):
    table = await m.market()
    offer_id = await m.send_offer(table.seller, table.deal_id)
    await forbidden(f"UPDATE offer SET {change}", "was sent and cannot be edited")
    await offers.accept(table.buyer, offer_id)
    await forbidden(f"UPDATE offer SET {change}", "was sent and cannot be edited")
    await forbidden(f"UPDATE offer SET {change}, status = 'open'", "was sent and cannot be edited")


async def test_an_offer_is_kept(db):
    table = await m.market()
    await m.send_offer(table.seller, table.deal_id)
    await forbidden("DELETE FROM offer", "append-only")


@pytest.mark.parametrize("table_name", ["state_change", "audit_entry", "deal_transaction"])
async def test_history_is_append_only(db, table_name):
    table = await m.agreed()
    await m.report(table.seller, table.deal_id)
    await deals.confirm_contract(table.buyer, table.deal_id)
    column = {"state_change": "action = 'x'", "audit_entry": "entry = '{}'", "deal_transaction": "amount = 0"}[
        table_name
    ]
    await forbidden(f"UPDATE {table_name} SET {column}", "append-only")
    await forbidden(f"DELETE FROM {table_name}", "append-only")
    assert (await audit.verify()).sound


async def test_one_exclusive_right_at_a_time(db, drain):
    """Even a program that forgot every rule could not accept two."""
    table, rival = await m.market(), await m.acting()
    other = await m.open_deal(rival, table.listing_id)
    mine = await m.send_offer(table.seller, table.deal_id, exclusivity="exclusive")
    theirs = await m.send_offer(table.seller, other, exclusivity="sole")
    await offers.accept(table.buyer, mine)
    take = "UPDATE offer SET status = 'accepted', binding = true WHERE id = :o"
    await forbidden(take, "an exclusive grant of listing .* meets another", o=theirs)
    # Once the first deal is closed and worked off, the right is free again.
    await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="other"))
    await forbidden(take, "an exclusive grant of listing .* meets another", o=theirs)
    await drain()
    await offers.accept(rival, theirs)
    await m.sound()


async def test_one_question_and_one_answer_a_deal(db):
    table = await m.market()
    first = await m.send_offer(table.seller, table.deal_id)
    second = await offers.counter(table.buyer, first, m.proposal(upfront=1))
    await forbidden("UPDATE offer SET status = 'open' WHERE id = :o", "uq_offer_open", o=first)
    await forbidden("UPDATE offer SET status = 'frozen' WHERE id = :o", "uq_offer_open", o=first)
    await offers.accept(table.seller, second)
    await forbidden("UPDATE offer SET status = 'accepted' WHERE id = :o", "uq_offer_accepted", o=first)


INSERT = """
    INSERT INTO offer (id, deal_id, listing_id, round, side, org_id, status, status_at, sent_at, valid_until, exclusive,
      binding, terms, terms_hash, scope_territory, scope_fields)
    VALUES (:id, :deal, :listing, :round, :side, :org, 'declined', :now, :now, :until, false, false, '{}', 'x', '{""}',
      '{""}')
"""


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"side": "broker"}, "ck_offer_side"),
        ({"until": 0}, "ck_offer_validity"),
        ({"round": 1}, "uq_offer_deal_id_round"),
    ],
)
async def test_an_offer_has_two_sides_a_term_and_its_own_round(db, wrong, match):
    table, now = await m.market(), clock.now()
    await m.send_offer(table.seller, table.deal_id)
    values = {
        "id": new_id(), "deal": table.deal_id, "listing": table.listing_id, "round": 2, "side": "seller",
        "org": table.seller.org_id, "now": now, "until": 1,
    }  # fmt: skip
    values |= wrong
    values["until"] = now + timedelta(days=values["until"])
    await forbidden(INSERT, match, **values)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("seller_org_id = buyer_org_id", "ck_deal_two_parties"),
        ("turn = 'broker'", "ck_deal_turn"),
        ("evidence_level = 6", "ck_deal_evidence"),
    ],
)
async def test_a_deal_has_two_parties_a_turn_and_a_level(db, change, match):
    await m.market()
    await forbidden(f"UPDATE deal SET {change}", match)


async def test_one_live_deal_a_buyer_and_listing(db):
    table = await m.market()
    await deals.close(table.buyer, table.deal_id, CloseDeal(reason_code="other"))
    await m.open_deal(table.buyer, table.listing_id)
    for status in ("interested", "negotiating", "agreed"):
        await forbidden("UPDATE deal SET status = :s WHERE id = :d", "uq_deal_live", s=status, d=table.deal_id)


async def test_the_books_take_a_contract_once_and_reverse_it_once(db):
    table = await m.agreed()
    await m.report(table.seller, table.deal_id)
    await deals.confirm_contract(table.buyer, table.deal_id)
    booked = await m.scalar("SELECT id FROM deal_transaction")
    copy = (
        "INSERT INTO deal_transaction (id, deal_id, evidence_id, kind, reverses_id, amount, currency, signed_on, at)"
        " SELECT :id, deal_id, evidence_id, :kind, CAST(:of AS uuid), :sign * amount, currency, signed_on, at"
        " FROM deal_transaction WHERE id = :booked"
    )
    common = {"id": new_id(), "booked": booked}
    await forbidden(copy, "uq_deal_transaction_completion", kind="completion", of=None, sign=1, **common)
    await forbidden(copy, "ck_deal_transaction_reversal", kind="reversal", of=None, sign=-1, **common)
    await deals.reverse_transaction(m.OPERATOR, booked, "Báo nhầm hồ sơ.")
    await forbidden(copy, "uq_deal_transaction_reversal", kind="reversal", of=booked, sign=-1, **common)
