"""The tables: what moves what, and who may, decided without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.intermediaries import policy
from app.intermediaries.workflow import LICENCE, PROVIDER, RATING_PAIR, REMARK
from app.kit.actor import ANONYMOUS, Actor, Role, Staff
from app.kit.errors import Conflict
from app.kit.ids import new_id

ORG, PERSON = new_id(), new_id()
OWNER = Actor(person_id=PERSON, org_id=ORG, role=Role.owner)
OPERATOR = Actor(person_id=new_id(), staff=frozenset({Staff.operator}))
MOVES = {
    PROVIDER: {
        "draft": {"submit": "submitted"},
        "submitted": {"take_back": "draft", "approve": "listed", "request_changes": "changes_requested"},
        "changes_requested": {"submit": "submitted"},
        "listed": {"approve": "listed", "request_changes": "changes_requested", "unlist": "draft",
                   "suspend": "suspended"},
        "suspended": {"restore": "listed"},
    },
    LICENCE: {
        "declared": {"check": "checked", "refuse": "refused", "expire": "expired", "withdraw": "withdrawn"},
        "checked": {"refuse": "refused", "expire": "expired", "withdraw": "withdrawn"},
        "refused": {}, "expired": {}, "withdrawn": {},
    },
    RATING_PAIR: {"open": {"publish": "published"}, "published": {}},
    REMARK: {
        "shown": {"report": "reported", "hide": "hidden"},
        "reported": {"keep": "shown", "hide": "hidden"},
        "hidden": {},
    },
}  # fmt: skip


@pytest.mark.parametrize("workflow", MOVES, ids=lambda w: w.name)
def test_moves(workflow):
    found = {state: {t.action: t.target for t in workflow.actions_from(state)} for state in workflow.states}
    assert found == MOVES[workflow]
    for state, possible in found.items():
        for action in workflow.transitions.keys() - possible.keys():
            with pytest.raises(Conflict):
                workflow.check(action, state)


@pytest.mark.parametrize(("role", "status", "expected"), [
    (Role.owner, "draft", {"edit", "submit", "declare_licence"}),
    (Role.manager, "draft", {"edit", "submit", "declare_licence"}),
    (Role.member, "draft", {"edit"}),
    (Role.viewer, "draft", set()),
    (Role.owner, "submitted", {"take_back", "declare_licence"}),
    (Role.owner, "changes_requested", {"edit", "submit", "declare_licence"}),
    (Role.owner, "listed", {"edit", "unlist", "declare_licence"}),
    (Role.owner, "suspended", set()),
])  # fmt: skip
def test_an_organisation_s_buttons(role, status, expected):
    actor = replace(OWNER, role=role)
    own = policy.is_own(actor, ORG, None)
    assert set(policy.actions(actor, own, False, status, unseen=True)) == expected


def test_an_expert_speaks_for_themselves_whatever_their_role():
    viewer, colleague = replace(OWNER, role=Role.viewer), replace(OWNER, person_id=new_id())
    assert policy.is_own(viewer, ORG, PERSON)
    assert not policy.is_own(colleague, ORG, PERSON)
    assert set(policy.actions(viewer, True, True, "draft", unseen=True)) == {"edit", "submit", "declare_licence"}
    assert policy.actions(replace(viewer, scopes=frozenset({"read"})), True, True, "draft", unseen=True) == []


@pytest.mark.parametrize(("status", "unseen", "expected"), [
    ("draft", True, set()),
    ("submitted", True, {"approve", "request_changes"}),
    ("listed", True, {"approve", "request_changes", "suspend"}),
    ("listed", False, {"request_changes", "suspend"}),
    ("suspended", False, {"restore"}),
])  # fmt: skip
def test_the_operator_s_buttons(status, unseen, expected):
    assert set(policy.actions(OPERATOR, False, False, status, unseen=unseen)) == expected
    assert policy.actions(ANONYMOUS, False, False, status, unseen=unseen) == []


@pytest.mark.parametrize(("who", "status", "expected"), [
    (OWNER, "declared", {"withdraw"}),
    (OWNER, "checked", {"withdraw"}),
    (OWNER, "expired", set()),
    (replace(OWNER, role=Role.member), "declared", set()),
    (OPERATOR, "declared", {"check", "refuse"}),
    (OPERATOR, "checked", {"refuse"}),
    (OPERATOR, "refused", set()),
])  # fmt: skip
def test_buttons_of_a_licence(who, status, expected):
    assert set(policy.licence_actions(who, policy.is_own(who, ORG, None), False, status)) == expected


@pytest.mark.parametrize(("who", "status", "words", "published", "expected"), [
    (OWNER, "shown", True, True, {"report"}),
    (OWNER, "shown", True, False, set()),
    (OWNER, "shown", False, True, set()),
    (OWNER, "reported", True, True, set()),
    (replace(OWNER, role=Role.member), "shown", True, True, set()),
    (replace(OWNER, org_id=new_id()), "shown", True, True, set()),
    (OPERATOR, "shown", True, True, {"hide"}),
    (OPERATOR, "reported", True, True, {"keep", "hide"}),
    (OPERATOR, "hidden", True, True, set()),
])  # fmt: skip
def test_buttons_of_a_remark(who, status, words, published, expected):
    assert set(policy.remark_actions(who, ORG, status, words=words, published=published)) == expected
