"""Every unsafe page route needs the token of the session it is sent from."""

import re

import pytest

from app.accounts.pages import guarded
from app.web import csrf

ROUTES = sorted(
    {
        re.sub(r"\{[^}]+\}", "01900000-0000-7000-8000-000000000000", r.path)
        for r in guarded.routes
        if "POST" in r.methods
    }
)


def test_there_are_routes_to_try():
    assert len(ROUTES) > 15


@pytest.mark.parametrize("url", ROUTES)
async def test_missing_and_wrong_tokens_are_refused(make_person, open_browser, url):
    browser = await (await make_person()).browser()
    other = await (await make_person()).browser()
    visitor = open_browser()
    tokens = ["", "garbage", "AAAA", other.csrf_token(), visitor.csrf_token(), "ế"]
    for token in tokens:
        answer = await browser.post(url, data={csrf.FIELD: token, "email": "a@b.example", "name": "x"})
        assert answer.status_code == 403, (url, token)
    assert (await browser.post(url)).status_code == 403
    assert (await browser.post(url, json={csrf.FIELD: browser.csrf_token()})).status_code == 403
    assert (await browser.get("/account")).status_code == 200  # nothing happened: still signed in


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_right_token_from_another_site_is_refused(make_person, header):
    browser = await (await make_person()).browser()
    answer = await browser.post_form("/account/profile", {"name": "Tên Mới"}, headers=header)
    assert answer.status_code == 403
    assert "Tên Mới" not in (await browser.get("/account")).text


async def test_the_token_may_come_in_a_header(make_person):
    browser = await (await make_person()).browser()
    headers = {csrf.HEADER: browser.csrf_token(), "Sec-Fetch-Site": "same-origin", "Origin": "https://testserver"}
    assert (await browser.post("/account/profile", data={"name": "Tên Mới"}, headers=headers)).status_code == 303


async def test_a_token_looks_different_at_every_use(client):
    pages = [(await client.get("/sign-in")).text for _ in range(2)]
    found = [re.search(rf'name="{csrf.FIELD}" value="([^"]+)"', p)[1] for p in pages]
    assert found[0] != found[1]


async def test_the_api_takes_no_cookie(make_person):
    browser = await (await make_person()).browser()
    assert (await browser.get("/api/v1/me")).status_code == 401
    assert (await browser.post("/api/v1/me/keys", json={"name": "x"})).status_code == 401
