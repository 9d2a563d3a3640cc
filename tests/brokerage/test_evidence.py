"""Files as evidence of a claim: of both brokers, byte for byte, while somebody has yet to decide; for nobody else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from app.brokerage import claims
from app.brokerage.evidence import MAX_OF_A_SIDE, Upload
from app.brokerage.schemas.claims import AppealClaim, DecideClaim, OpenClaim
from app.integrations.storage import StorageError, storage
from app.kit.actor import Actor
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.kit.ids import new_id
from app.platform import audit
from tests.brokerage.test_introductions import WORDS, Table, table
from tests.offers.test_races import race, refusals
from tests.support import brokering as b
from tests.support import market as m
from tests.support.browser import form, text
from tests.support.scenes import PNG

RULING = DecideClaim(outcome="reject", reason=WORDS)


async def claimed(*files: Upload) -> tuple[Table, Any]:
    t = await table()
    await b.introduced(t.one, t.held, t.buyer, t.listing)
    late = await b.introduced(t.other, t.second, t.buyer, t.listing)
    return t, await claims.open(t.other, late, OpenClaim(reason=WORDS, evidence=WORDS), files)


async def test_both_give_files_and_only_they_and_the_operator_open_them(db):
    t, claim_id = await claimed(Upload("../thư mời.pdf", m.PDF))
    await claims.attach(t.one, claim_id, [Upload("ảnh gặp mặt.png", PNG), Upload("biên bản.pdf", m.PDF)])
    told = (await claims.read(m.OPERATOR, claim_id)).files
    assert [(f.standing, f.name, f.media_type) for f in told] == [
        ("claimant", "thư mời.pdf", "application/pdf"),
        ("respondent", "ảnh gặp mặt.png", "image/png"),
        ("respondent", "biên bản.pdf", "application/pdf"),
    ]
    for file, data in zip(told, (m.PDF, PNG, m.PDF), strict=True):
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        for reader in (t.one, t.other, m.OPERATOR):
            opened = await claims.open_file(reader, claim_id, file.id)
            assert b"".join([chunk async for chunk in opened.chunks]) == data
        for stranger in (t.seller, t.buyer, await b.broker(), Actor()):
            with pytest.raises(NotFound):
                await claims.open_file(stranger, claim_id, file.id)
    entries = await m.scalar(
        "SELECT string_agg(entry, '') FROM audit_entry WHERE subject_id = :i AND action LIKE 'introduction_claim.%'",
        i=str(claim_id),
    )
    assert all(f.sha256 in entries for f in told)
    assert (await audit.verify()).sound


async def test_a_file_is_opened_by_its_own_claim_alone(db):
    """Whoever is party to one claim does not reach the files of another by writing their id into its address."""
    _, secret_id = await claimed(Upload("a.pdf", m.PDF))
    t, own_id = await claimed()
    file_id = await m.scalar("SELECT id FROM introduction_claim_file WHERE claim_id = :c", c=secret_id)
    for claim_id in (own_id, secret_id):
        with pytest.raises(NotFound):
            await claims.open_file(t.one, claim_id, file_id)


async def test_evidence_is_given_while_somebody_has_yet_to_decide(db):
    t, claim_id = await claimed()
    file = [Upload("a.pdf", m.PDF)]
    for actor, refusal in (
        (Actor(), Unauthenticated),
        (t.seller, NotFound),
        (m.OPERATOR, Forbidden),
        (await m.acting("intermediary"), NotFound),
    ):
        with pytest.raises(refusal):
            await claims.attach(actor, claim_id, file)
    await claims.decide(m.OPERATOR, claim_id, RULING)
    assert "attach" not in (await claims.read(t.one, claim_id)).actions
    with pytest.raises(Conflict) as decided:
        await claims.attach(t.one, claim_id, file)
    assert decided.value.code == "claim.decided_already"
    await claims.appeal(t.other, claim_id, AppealClaim(reason=WORDS))
    assert "attach" in (await claims.read(t.one, claim_id)).actions
    await claims.attach(t.one, claim_id, file)
    await claims.decide_appeal(replace(m.OPERATOR, person_id=new_id()), claim_id, RULING)
    with pytest.raises(Conflict):
        await claims.attach(t.other, claim_id, file)
    assert len((await claims.read(t.other, claim_id)).files) == 1
    for sql in ("UPDATE introduction_claim_file SET sha256 = ''", "DELETE FROM introduction_claim_file"):
        with pytest.raises(Exception, match="append-only"):
            await m.execute(sql)


@pytest.mark.parametrize(
    "uploads",
    [
        [],
        [Upload("la.pdf", b"MZ\x90\x00 not a document")],
        [Upload("tot.pdf", m.PDF), Upload("trong.pdf", b"")],
        [Upload(f"{n}.pdf", m.PDF) for n in range(6)],
    ],
    ids=["none", "a program", "one empty", "six"],
)
async def test_what_is_not_taken_leaves_nothing(db, uploads):
    t, claim_id = await claimed()
    with pytest.raises(Invalid) as refused:
        await claims.attach(t.one, claim_id, uploads)
    assert set(refused.value.fields) == {"files"}
    assert await m.scalar("SELECT count(*) FROM introduction_claim_file") == 0


async def test_what_is_refused_late_is_taken_out_of_storage_again(db, monkeypatch):
    """The claim is decided between the look and the lock; a second claim on the same introduction."""
    t, claim_id = await claimed()
    put: list[str] = []
    real = storage().put

    async def noted(key: str, data: bytes) -> None:
        put.append(key)
        await real(key, data)

    monkeypatch.setattr(storage(), "put", noted)
    await claims.decide(m.OPERATOR, claim_id, RULING)
    with pytest.raises(Conflict):
        await claims.attach(t.one, claim_id, [Upload("a.pdf", m.PDF)])
    late = await m.scalar("SELECT introduction_id FROM introduction_claim WHERE id = :i", i=claim_id)
    with pytest.raises(Conflict):
        await claims.open(t.other, late, OpenClaim(reason=WORDS, evidence=WORDS), [Upload("b.pdf", m.PDF)])
    assert len(put) == 2
    for key in put:
        with pytest.raises(StorageError):
            _ = [chunk async for chunk in storage().stream(key)]


async def test_two_at_once_do_not_pass_the_bound_of_a_side(db):
    t, claim_id = await claimed(*[Upload(f"{n}.pdf", m.PDF) for n in range(5)])
    for size in (5, 5, 2):
        await claims.attach(t.other, claim_id, [Upload(f"{n}.pdf", m.PDF) for n in range(size)])
    more = [Upload(f"{n}.pdf", m.PDF) for n in range(2)]
    results = await race(*(claims.attach(t.other, claim_id, more) for _ in range(3)))
    refused = refusals(results)
    assert [r.code for r in refused] == ["claim.too_many_files_in_all"] * 2
    await claims.attach(t.one, claim_id, more)  # the other side has its own twenty
    count = "SELECT count(*) FROM introduction_claim_file WHERE claim_id = :c AND org_id = :o"
    assert await m.scalar(count, c=claim_id, o=t.other.org_id) == MAX_OF_A_SIDE - 1
    assert await m.scalar(count, c=claim_id, o=t.one.org_id) == 2


async def test_evidence_by_the_pages(db, make_person, make_organisation):
    """A claim opened with a file that is not taken keeps what was typed; then with one that is; the other adds."""
    seller = await make_person("owner", await make_organisation("university"))
    buyer = await make_person("owner", await make_organisation("company"))
    one, other = [await make_person("owner", await make_organisation("intermediary")) for _ in range(2)]
    listing = await m.publish(seller.actor)
    for broker in (one, other):
        await b.offering(broker.actor)
        held = await b.active(seller.actor, broker.actor)
        late = await b.introduced(broker.actor, held, buyer.actor, listing)
    here, address = await other.browser(), f"/introductions/{late}/claim"
    sheet = form(await here.get(address), address)
    bad = {"files": ("thu-moi.pdf", b"MZ\x90\x00", "application/pdf")}
    wrong = await here.post_form(address, sheet.fields | {"reason": WORDS, "evidence": WORDS}, files=bad)
    assert wrong.status_code == 422
    assert "Chỉ nhận ảnh PNG" in text(wrong)
    assert form(wrong, address).fields["evidence"] == WORDS
    good = {"files": ("thu-moi.pdf", m.PDF, "application/pdf")}
    done = await here.post_form(address, form(wrong, address).fields, files=good)
    assert done.status_code == 303
    there, page = await one.browser(), done.headers["location"]
    assert "thu-moi.pdf" in text(await there.get(page))
    empty = await there.post_form(f"{page}/files", {}, files={"files": ("", b"", "application/octet-stream")})
    assert empty.status_code == 422
    assert "Hãy chọn ít nhất một tệp" in text(empty)
    added = await there.post_form(f"{page}/files", {}, files={"files": ("anh.png", PNG, "image/png")})
    assert added.status_code == 303
    read = await here.get(page)
    assert "anh.png" in text(read)
    file_id = await m.scalar("SELECT id FROM introduction_claim_file WHERE media_type = 'image/png'")
    opened = await here.get(f"{page}/files/{file_id}")
    assert (opened.content, opened.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in opened.headers["content-security-policy"]
