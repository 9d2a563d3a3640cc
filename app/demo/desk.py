"""What the people of the demo write, plan and note down about their deals; and the clock finds those that lie still."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from app.accounts import accounts, organisations_by_id
from app.demo import papers
from app.desk import desk, messages, notes, todo
from app.desk.messaging import Upload
from app.desk.schemas import AddTask, Audience, HandOver, NoteScope, ReadUpTo, SendMessage, WriteNote
from app.kit import clock
from app.kit.actor import Actor
from app.platform.db import reading
from app.settings import ROOT

CONTENT = ROOT / "demo" / "desk.json"


class World(Protocol):
    """What this needs of the demo's world."""

    orgs: dict[str, UUID]
    actors: dict[str, list[Actor]]
    published: dict[str, UUID]


def scripts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(CONTENT.read_text(encoding="utf-8"))
    return found


async def load(world: World) -> None:
    people = await _people(world)
    for script in scripts():
        buyer = world.actors[script["buyer"]][0]
        mine = await desk.list(buyer, limit=100)
        deal_id = next(d.id for d in mine.items if d.listing_id == world.published[script["listing_key"]])
        if not (await messages.thread(buyer, deal_id)).items:  # a load that was killed goes on where it stopped
            await _deal(deal_id, script, people)
    await desk.find_stalls()


async def _people(world: World) -> dict[str, Actor]:
    """Everybody by their address; the name of their organisation stands beside marks of reading."""
    found = {}
    async with reading() as session:
        orgs = await organisations_by_id(session, world.orgs.values())
    for actors in world.actors.values():
        for actor in actors:
            contact = await accounts.contact(actor.person_id) if actor.person_id else None
            if contact and actor.org_id:
                found[contact[0]] = replace(actor, org_name=orgs[actor.org_id].name_vi)
    return found


async def _deal(deal_id: UUID, script: dict[str, Any], people: dict[str, Actor]) -> None:
    now, today = clock.now(), clock.today()
    for n, said in enumerate(script["messages"]):
        files = [Upload(said["file"][0], papers.page(said["file"][1]))] if "file" in said else []
        command = SendMessage(body=said["text"], channel=Audience.own if said.get("own") else Audience.all)
        with clock.frozen(now - timedelta(days=said["days_ago"], minutes=-37 * n)):
            await messages.send(people[said["who"]], deal_id, command, files)
    for who in script["read"]:
        for audience in Audience:
            await messages.read(people[who], deal_id, ReadUpTo(channel=audience, seq=len(script["messages"])))
    for row in script["tasks"]:
        by, to = people[row["by"]], people.get(row.get("for", ""))
        wanted = AddTask(
            title=row["title"], due_on=today + timedelta(days=row["due_in"]), assignee_id=to.person_id if to else None,
            channel=Audience.all if row.get("shared") else Audience.own,
        )  # fmt: skip
        with clock.frozen(now - timedelta(days=8)):
            task_id = await todo.add(by, deal_id, wanted)
        if "done_by" in row:
            with clock.frozen(now - timedelta(days=1)):
                await todo.finish(people[row["done_by"]], task_id)
    for row in script["notes"]:
        scope = NoteScope.organisation if row.get("organisation") else NoteScope.private
        with clock.frozen(now - timedelta(days=3)):
            await notes.write(people[row["by"]], deal_id, WriteNote(body=row["text"], scope=scope))
    if "hand_over" in script:
        given = script["hand_over"]
        to_id = people[given["to"]].person_id
        if to_id is not None:
            with clock.frozen(now - timedelta(days=2)):
                await desk.hand_over(people[given["by"]], deal_id, HandOver(person_id=to_id, note=given["note"]))
