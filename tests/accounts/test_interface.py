"""What the two faces show: no personal data to strangers, both languages whole, the mailbox only at home."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract

from app.accounts import OrganisationView, accounts
from app.accounts.models import Organisation
from app.accounts.schemas import MemberView, UpdateOrganisation
from app.accounts.search import document
from app.kit.actor import ANONYMOUS
from app.kit.ids import new_id
from app.settings import ROOT
from app.web import i18n
from tests.support import browser as pages

TEMPLATES = [
    *sorted((ROOT / "templates/accounts").glob("*.html")),
    ROOT / "templates/mail/invitation.txt",
    ROOT / "templates/mail/password_reset.txt",
]
PRIVATE = {"email", "phone", "tax_code", "person_id", "password_hash", "owner", "members"}


async def test_public_answers_hold_no_personal_data(make_person, client):
    person = await make_person()
    view = await accounts.organisation(ANONYMOUS, person.org.id)
    said = view.model_dump_json()
    assert not PRIVATE & json.loads(said).keys()
    assert person.email not in said
    assert person.name not in said
    assert not PRIVATE & OrganisationView.model_fields.keys()
    assert "email" in MemberView.model_fields  # which only colleagues get:
    for path in ("/organisation", "/organisation/members", "/me", "/me/sessions", "/me/keys"):
        assert (await client.get(f"/api/v1{path}")).status_code == 401


async def test_members_are_seen_by_colleagues_only(make_person, client):
    person, stranger = await make_person(role="viewer"), await make_person(role="owner")
    theirs = (await client.get("/api/v1/organisation/members", headers=stranger.headers)).text
    assert person.email not in theirs
    own = (await client.get("/api/v1/organisation/members", headers=person.headers)).json()["items"]
    assert [(m["email"], m["actions"]) for m in own] == [(person.email, [])]


async def test_refusals_of_the_api_are_problem_documents_in_both_languages(client, db):
    body = {"name": "", "email": "x", "password": "y", "organisation": "z", "kind": "none"}
    for language, sentence in (("vi", "Hãy điền mục này."), ("en", "Use at least 1 characters.")):
        answer = await client.post("/api/v1/accounts", json=body, headers={"Accept-Language": language})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        found = answer.json()
        assert {e["field"] for e in found["errors"]} == {"name", "email", "kind"}
        assert found["code"] == "invalid"
        if language == "en":
            assert next(e["message"] for e in found["errors"] if e["field"] == "name") == sentence


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_every_text_has_its_english(path: Path):
    known = i18n.catalogue("en")
    words, options = {"_": None, "ngettext": (1, 2)}, {"extensions": "jinja2.ext.do", "trim_blocks": "true"}
    with path.open("rb") as file:
        found = [m[1] for m in extract("jinja2.ext:babel_extract", file, words, options=options)]
    found = [m if isinstance(m, str) else m[0] for m in found]
    assert [m for m in found if m not in known] == []
    for message in found:
        english = known[message]
        assert set(re.findall(r"%\(\w+\)s", message)) == set(re.findall(r"%\(\w+\)s", english)), message


async def test_the_pages_read_in_english(make_person, client):
    await client.post("/language", data={"locale": "en"})
    vietnamese = re.compile("[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]")
    person = await make_person(name="Plain Name")
    browser = await person.browser()
    await browser.post("/language", data={"locale": "en"})
    await accounts.update_organisation(person.actor, UpdateOrganisation(name_vi="Plain Ltd"))
    seen = [await client.get(u) for u in ("/sign-in", "/password/forgot", "/password/reset?token=x")]
    seen += [await browser.get(u) for u in ("/account", "/account/keys")]
    for page in seen:
        assert page.status_code == 200
        main = re.search(r"<main.*?</main>", page.text, re.DOTALL)
        body = re.sub(r"<option[^>]*>[^<]*</option>", "", main[0] if main else page.text)
        left = [line.strip() for line in body.splitlines() if vietnamese.search(line)]
        assert left == [], page.request.url


async def test_script_in_names_stays_text(make_person):
    nasty = '"><script>alert(1)</script>'
    person = await make_person(name=nasty)
    browser = await person.browser()
    await browser.post_form("/account/organisation", {"name_vi": nasty, "about_vi": nasty})
    answer = await browser.post_form("/account/profile", {"name": nasty, "locale": nasty})
    assert answer.status_code == 422
    for url in ("/account", "/account/organisation"):
        page = await browser.get(url)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert "<script>alert" not in answer.text


async def test_the_mailbox_shows_mails_with_links_on_a_development_machine(client, make_person, drain):
    person = await make_person(name="<i>Tên</i>")
    assert "Chưa có thư nào" in (await client.get("/mailbox")).text
    await client.post_form("/password/forgot", {"email": person.email})
    await drain()
    page = await client.get("/mailbox")
    assert re.search(r'<a href="https://testserver/password/reset\?token=[^"]+">', page.text)
    assert "<i>Tên</i>" not in page.text


@pytest.mark.parametrize(
    "other",
    [{"MAIL_TRANSPORT": "smtp"}, {"ENVIRONMENT": "production", "SECRET_KEY": "s" * 40}],
    ids=["smtp", "production"],
)
async def test_there_is_no_mailbox_elsewhere(client, settings_changed, other):
    with settings_changed(**other):
        assert (await client.get("/mailbox")).status_code == 404


def test_an_organisations_document_holds_what_is_public():
    at = datetime(2026, 11, 24, tzinfo=UTC)
    row = Organisation(
        id=new_id(), name_vi="Viện A", name_en=None, sort_name="vien a", kind="institute", province=1, country="VN",
        tax_code="0100109106", about_vi="Giới thiệu", about_en=None, website=None, status="verified", status_at=at,
        is_demo=False, created_at=at,
    )  # fmt: skip
    made = document(row, listings=3)
    assert (made.title_vi, made.verified, made.listings, made.province) == ("Viện A", "yes", 3, "1")
    assert "0100109106" not in repr(made)


async def test_operation_ids_are_unique_and_named_after_their_functions(app):
    operations = [
        operation["operationId"]
        for path in app.openapi()["paths"].values()
        for operation in path.values()
        if "accounts" in operation.get("tags", [])
    ]
    assert len(operations) == len(set(operations)) >= 25
    assert all(o.startswith("api_") for o in operations)


async def test_a_person_without_an_organisation_gets_told_what_to_do(make_person):
    browser = await (await make_person(role=None)).browser()
    assert "Bạn chưa thuộc tổ chức nào" in pages.text(await browser.get("/account/organisation"))
    assert (await browser.get("/account")).status_code == 200
    assert (await browser.get("/account/keys")).status_code == 200
