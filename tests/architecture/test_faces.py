"""Both faces: what a page can do, the API can do, and the other way round. The table pairs them by address."""

from __future__ import annotations

from typing import Any

from tests.support.routes import routes

V1 = "/api/v1"
# A page's address -> the API's, where the two are not the same (less the prefix).
OTHER_ADDRESS = {
    "POST /sign-up": "POST /accounts",
    "POST /sign-in": "POST /tokens",  # a session for a person, a key for a program
    "POST /sign-out": "DELETE /me/sessions/{session_id}",
    "POST /account/sessions/{session_id}/end": "DELETE /me/sessions/{session_id}",
    "POST /account/sessions/end-others": "DELETE /me/sessions",
    "POST /password/forgot": "POST /password-resets",
    "POST /password/reset": "POST /password-resets/confirm",
    "POST /account/profile": "PATCH /me",
    "POST /account/password": "POST /me/password",
    "POST /account/keys": "POST /me/keys",
    "POST /account/keys/{key_id}/revoke": "DELETE /me/keys/{key_id}",
    "POST /account/searches": "POST /me/searches",
    "POST /account/searches/{search_id}/delete": "DELETE /me/searches/{search_id}",
    **{
        f"POST /account/searches/{{search_id}}/{verb}": f"POST /me/searches/{{search_id}}/{verb}"
        for verb in ("rename", "frequency", "pause", "resume")
    },
    "POST /account/organisation": "PATCH /organisation",
    "POST /account/organisation/members": "POST /organisation/members",
    "POST /account/organisation/members/{person_id}/remove": "DELETE /organisation/members/{person_id}",
    **{
        f"POST /account/organisation/members/{{person_id}}/make-{role}": (
            f"POST /organisation/members/{{person_id}}/make-{role}"
        )
        for role in ("owner", "manager", "member", "viewer")
    },
    "POST /account/interests": "POST /me/interests",
    "POST /account/interests/{declaration_id}/end": "POST /me/interests/{declaration_id}/end",
    "POST /invitations/{token}": "POST /invitations/{token}/accept",
    "POST /listings/new": "POST /listings",
    "POST /needs/new": "POST /needs",
    "POST /needs/{need_id}/edit/{step}": "PATCH /needs/{need_id}",
    "POST /needs/{need_id}/edit/{step}/autosave": "PATCH /needs/{need_id}",
    "POST /needs/{need_id}/propose": "POST /needs/{need_id}/proposals",
    "POST /listings/{listing_id}/edit/{step}": "PATCH /listings/{listing_id}",
    "POST /listings/{listing_id}/edit/{step}/autosave": "PATCH /listings/{listing_id}",
    "POST /listings/{listing_id}/files/{file_id}/remove": "DELETE /listings/{listing_id}/files/{file_id}",
    "POST /account/profile/{year}/edit/{step}": "PATCH /organisation/profiles/{year}",
    "POST /account/profile/{year}/edit/{step}/autosave": "PATCH /organisation/profiles/{year}",
    "POST /account/profile/{year}/declare": "POST /organisation/profiles/{year}/declare",
    "POST /account/profile/{year}/reopen": "POST /organisation/profiles/{year}/reopen",
    "POST /account/intermediary": "POST /providers",
    "POST /providers/{provider_id}/edit": "PATCH /providers/{provider_id}",
    "POST /deals/{deal_id}/contract": "POST /deals/{deal_id}/report-contract",
    "POST /deals/{deal_id}/offers/new": "POST /deals/{deal_id}/offers",
    "POST /deals/{deal_id}/memoranda/new": "POST /deals/{deal_id}/memoranda",
    "POST /account/organisation/approvals": "PUT /organisation/approvals",
    "POST /listings/{listing_id}/rounds/new": "POST /listings/{listing_id}/rounds",
    "POST /account/officer-key": "POST /me/officer-key",
    "POST /listings/{listing_id}/valuations/new": "POST /listings/{listing_id}/valuations",
    "POST /valuations/{valuation_id}/sheets/{version}": "PUT /valuations/{valuation_id}/sheets/{version}",
    "POST /valuations/calculators/{method}": "POST /valuation-methods/{method}/calculations",
}
# What one face has alone, and why.
PAGES_ALONE = {
    "POST /language": "the language of a visitor is a cookie; a program sends Accept-Language",
    "POST /unsubscribe/{token}": "the sealed link of a mail, for whoever holds it; a program pauses with its key",
    "POST /account/switch": "a key is made for one organisation and keeps it",
}
API_ALONE = {
    "POST /deals/{deal_id}/messages/read": "a page marks what it shows as read; a program says when it has shown it",
    "POST /me/searches/{search_id}/seen": "a page marks what it shows as seen; a program says when it has shown it",
}


def test_every_verb_has_both_faces(app: Any) -> None:
    found = [r for r in routes(app) if r.verb]
    api = {f"{r.method} {r.path.removeprefix(V1)}" for r in found if r.api}
    pages = {str(r) for r in found if not r.api}
    answered = {page: OTHER_ADDRESS.get(page, page) for page in pages - PAGES_ALONE.keys()}
    assert {p: a for p, a in answered.items() if a not in api} == {}, "pages without a JSON route"
    assert api - set(answered.values()) - API_ALONE.keys() == set(), "JSON routes without a page"


def test_the_table_names_what_exists(app: Any) -> None:
    found = {str(r) for r in routes(app)}
    assert set(OTHER_ADDRESS) - found == set()
    assert set(PAGES_ALONE) - found == set()
    assert {k for k, v in OTHER_ADDRESS.items() if k == v} == set(), "the same address needs no entry"


def test_names_are_unique(app: Any) -> None:
    names = [r.name for r in routes(app)]
    assert {n for n in names if names.count(n) > 1} == set()


def test_pages_change_things_by_post_only(app: Any) -> None:
    """A form knows GET and POST; a link or an image must never change anything."""
    assert {r.method for r in routes(app) if not r.api} == {"GET", "POST"}
