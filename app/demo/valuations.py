"""The demo's valuation cases: an estimate that was delivered and is shown, and an appraisal that waits for its quote.

They go through the real verbs; only the calendar is turned back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from app.demo import papers
from app.kit import clock
from app.kit.actor import Actor
from app.settings import ROOT
from app.valuations import valuations
from app.valuations.schemas.commands import (
    AcceptQuote,
    AddDocument,
    AddRemark,
    Assign,
    IssueReport,
    OfferQuote,
    RequestValuation,
    SaveSheet,
    SignReport,
    Submit,
)

CONTENT = ROOT / "demo" / "valuations.json"


class World(Protocol):
    """What of the demo's world is needed here."""

    orgs: dict[str, UUID]
    published: dict[str, UUID]
    actors: dict[str, list[Actor]]

    def binder(self, org: str) -> Actor: ...


async def load(world: World) -> None:
    """Each case of the content whose owner has none about that technology yet."""
    content = json.loads(CONTENT.read_text(encoding="utf-8"))
    for name, kind in (("delivered", "estimate"), ("requested", "appraisal")):
        row = content[name]
        owner, listing_id = world.binder(row["owner"]), world.published[row["listing_key"]]
        if (await valuations.of_listing(owner, listing_id)).items:
            continue
        start = clock.now() - timedelta(days=row["days_ago"])
        with clock.frozen(start):
            command = RequestValuation(
                kind=kind, purpose=row["purpose"], value_date=clock.today(), providers=[world.orgs[row["firm"]]],
                quotes_until=clock.today() + timedelta(days=14),
            )  # fmt: skip
            case_id = await valuations.request(owner, listing_id, command, is_demo=True)
        if name == "delivered":
            await _deliver(world, row, case_id, owner)


async def _deliver(world: World, row: dict[str, Any], case_id: UUID, owner: Actor) -> None:
    """From the quote to the report on the technology's page."""
    people = world.actors[row["firm"]]
    manager, author, second = people[0], people[1], people[2]
    start = clock.now() - timedelta(days=row["days_ago"])
    with clock.frozen(start + timedelta(days=2)):
        until = clock.today() + timedelta(days=14)
        quote = OfferQuote(fee=row["fee"], days=row["days"], valid_until=until, terms=row["terms_vi"])
        await valuations.offer(manager, case_id, quote)
    with clock.frozen(start + timedelta(days=4)):
        quote_id = (await valuations.read(owner, case_id)).quotes[0].id
        await valuations.accept(owner, case_id, quote_id, AcceptQuote(fee=row["fee"]))
        named = [{"person_id": p.person_id} for p in (author, second)]
        await valuations.assign(manager, case_id, Assign.model_validate({"appraisers": named}))
    with clock.frozen(start + timedelta(days=6)):
        paper = row["document"]
        data = papers.page(paper["lines"])
        command = AddDocument(kind=paper["kind"], title=paper["title_vi"])
        await valuations.attach(owner, case_id, command, "so-chi-phi.pdf", data)
    with clock.frozen(start + timedelta(days=15)):
        await _work(row, case_id, author, second)
    with clock.frozen(start + timedelta(days=18)):
        await valuations.issue(manager, case_id, IssueReport(number=row["number"]))
        digest = (await valuations.read(author, case_id)).reports[0].sha256
        await valuations.sign(author, case_id, SignReport(sha256=digest, typed_name=author.person_name))
        await valuations.deliver(manager, case_id)
    with clock.frozen(start + timedelta(days=19)):
        await valuations.receive(owner, case_id)
        await valuations.show(owner, case_id)


async def _work(row: dict[str, Any], case_id: UUID, author: Actor, second: Actor) -> None:
    """The sheet with its evidence, a remark, and the second person's approval."""
    version = await valuations.begin_sheet(author, case_id)
    evidence = (await valuations.read(author, case_id)).documents[0].sha256
    calculations = json.loads(json.dumps(row["calculations"]))
    for calculation in calculations:
        for note in calculation["notes"]:
            if note["origin"] == "measured":
                note["evidence"] = evidence
    draft = {"revision": 1, "calculations": calculations, "synthesis": row["synthesis"]}
    revision = await valuations.save(author, case_id, version, SaveSheet.model_validate(draft))
    await valuations.submit(author, case_id, version, Submit(revision=revision))
    remark = AddRemark(calculation=calculations[0]["key"], path="materials", body=row["remark_vi"])
    await valuations.remark(second, case_id, version, remark)
    await valuations.approve(second, case_id, version)
