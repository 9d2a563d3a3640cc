"""What a click does: an invitation, the proposal with the technology chosen, a refusal that needs its reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from app.matching import matching
from tests.support import demand, jobs, market
from tests.support.people import Org, Person

pytestmark = pytest.mark.usefixtures("db")


async def test_clicks(
    make_person: Callable[..., Awaitable[Person]], make_organisation: Callable[..., Awaitable[Org]]
) -> None:
    asker = await make_person(role="owner", org=await make_organisation(kind="company"))
    seller = await make_person(role="owner", org=await make_organisation(kind="university"))
    listing_id = await market.publish(seller.actor)
    need_id = await demand.published(asker.actor, blind=True)
    await jobs.drain(long=True)
    match_id = (await matching.of_need(asker.actor, need_id)).items[0].id

    page = await (await asker.browser()).get(f"/needs/{need_id}/matches")
    assert "TRL từ 6" in page.text
    refused = await (await asker.browser()).post_form(f"/matches/{match_id}/dismiss", fields={"reason_code": "other"})
    assert refused.status_code == 422
    assert "Hãy viết một dòng" in refused.text
    answer = await (await asker.browser()).post_form(f"/matches/{match_id}/interest", fields={})
    assert answer.headers["location"] == f"/needs/{need_id}/matches"

    theirs = await (await seller.browser()).get(f"/listings/{listing_id}/matches")
    assert "mời bạn đề xuất" in theirs.text
    assert asker.actor.org_name not in theirs.text
    answer = await (await seller.browser()).post_form(f"/matches/{match_id}/interest", fields={})
    assert answer.headers["location"] == f"/needs/{need_id}/propose?listing={listing_id}"
    form = await (await seller.browser()).get(answer.headers["location"])
    assert f'value="{listing_id}" selected' in form.text
