"""The demo's agreements and its data room: one that is open to a buyer, one that waits for signatures."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from app.deals import deals
from app.demo import papers
from app.disclosure import disclosure
from app.disclosure.schemas import AddDocument, AddFolder, Answer, Ask, Grant, ProposeNda, Publish, SignNda
from app.kit import clock
from app.kit.actor import Actor
from app.listings import listings
from app.settings import ROOT

CONTENT = ROOT / "demo" / "disclosure.json"


class World(Protocol):
    orgs: dict[str, UUID]
    published: dict[str, UUID]
    operator: Actor

    def binder(self, org: str) -> Actor: ...


async def load(world: World) -> None:
    for row in json.loads(CONTENT.read_text(encoding="utf-8")):
        await _deal(world, row)


async def _deal(world: World, row: dict[str, Any]) -> None:
    listing_id, buyer = world.published[row["listing_key"]], world.binder(row["buyer"])
    card = (await listings.cards([listing_id]))[listing_id]
    owner = world.binder(next(key for key, org_id in world.orgs.items() if org_id == card.org_id))
    found = (await deals.list(buyer, listing_id=listing_id, limit=1)).items
    if not found or (await disclosure.ndas(buyer, found[0].id)).items:
        return  # loaded before, or that deal is not in this demo
    deal_id = found[0].id
    with clock.frozen(clock.now() - timedelta(days=row["days_ago"])):
        command = ProposeNda(kind=row["kind"], purpose=row["purpose"], term_months=row["term_months"])
        nda_id = await disclosure.propose_nda(buyer, deal_id, command)
        if row["state"] != "in_force":
            return
        digest = (await disclosure.nda(owner, nda_id)).sha256
        for actor in (buyer, owner):
            await disclosure.sign_nda(actor, nda_id, SignNda(typed_name=actor.person_name, sha256=digest))
        await _room(owner, buyer, deal_id, listing_id, row)


async def _room(owner: Actor, buyer: Actor, deal_id: UUID, listing_id: UUID, row: dict[str, Any]) -> None:
    folders = {n: await disclosure.add_folder(owner, listing_id, AddFolder(name=n)) for n in row["folders"]}
    kept = []
    for paper in row["documents"]:
        command = AddDocument(
            title=paper["title"], stage=paper["stage"], download=paper["download"], folder_id=folders[paper["folder"]]
        )
        data = papers.sheets(paper["pages"])
        kept.append(await disclosure.add_document(owner, listing_id, command, paper["name"], data))
    until = clock.today() + timedelta(days=row["grant"]["days"])
    await disclosure.grant(owner, listing_id, Grant(deal_id=deal_id, stage=row["grant"]["stage"], until=until))
    for document in kept[:2]:
        await disclosure.open_document(buyer, deal_id, document.id)
    for document, page in row["looks"]:
        await disclosure.page(buyer, deal_id, kept[document].id, page)
    await disclosure.fields(buyer, deal_id)
    for said in row["questions"]:
        about = kept[said["document"]].id if "document" in said else None
        question_id = await disclosure.ask(buyer, deal_id, Ask(question=said["question"], document_id=about))
        if "answer" in said:
            await disclosure.answer(owner, question_id, Answer(answer=said["answer"]))
        if "publish" in said:
            await disclosure.publish(owner, question_id, Publish(question=said["publish"]))
