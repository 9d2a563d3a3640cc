"""The tables: which action leaves which state, and who may do what."""

from dataclasses import replace
from itertools import product

import pytest

from app.kit.actor import ANONYMOUS, Actor, Role, Staff
from app.kit.errors import Conflict
from app.kit.ids import new_id
from app.profiles import policy
from app.profiles.workflow import CAMPAIGN, PROFILE

ORG = new_id()
OWNER = Actor(person_id=new_id(), org_id=ORG, role=Role.owner, org_kind="company")
WHO = {
    "owner": OWNER,
    "manager": replace(OWNER, role=Role.manager),
    "member": replace(OWNER, role=Role.member),
    "viewer": replace(OWNER, role=Role.viewer),
    "read-only key": replace(OWNER, scopes=frozenset({"read"})),
    "cooperative": replace(OWNER, org_kind="cooperative"),
    "university": replace(OWNER, org_kind="university"),
    "other": replace(OWNER, org_id=new_id()),
    "operator": Actor(person_id=new_id(), staff=frozenset({Staff.operator})),
    "department": Actor(person_id=new_id(), staff=frozenset({Staff.department})),
    "department's reader": Actor(person_id=new_id(), staff=frozenset({Staff.department}), scopes=frozenset({"read"})),
    "anonymous": ANONYMOUS,
}
MOVES = {
    PROFILE: {("draft", "declare"): "declared", ("declared", "reopen"): "draft", ("declared", "lock"): "locked"},
    CAMPAIGN: {("planned", "open"): "open", ("open", "close"): "closed", ("planned", "withdraw"): "withdrawn"},
}
BUTTONS = {
    "owner": ["declare", "reopen"], "manager": ["declare", "reopen"], "cooperative": ["declare", "reopen"],
    "member": ["reopen"],
}  # fmt: skip
EDITS = {"owner", "manager", "member", "cooperative"}


@pytest.mark.parametrize("workflow", MOVES, ids=lambda w: w.name)
def test_every_state_and_action(workflow):
    for state, action in product(workflow.states, workflow.transitions):
        target = MOVES[workflow].get((state, action))
        if target:
            assert workflow.check(action, state).target == target
        else:
            with pytest.raises(Conflict):
                workflow.check(action, state)


@pytest.mark.parametrize("who", WHO)
def test_buttons_of_a_profile(who):
    for state in PROFILE.states:
        shown = policy.actions(WHO[who], ORG, state, PROFILE.actions_from(state))
        expected = [a for a in BUTTONS.get(who, []) if (state, a) in MOVES[PROFILE]]
        if state == "draft" and who in EDITS:
            expected.insert(0, "edit")
        assert shown == expected, state


@pytest.mark.parametrize("who", WHO)
def test_buttons_of_a_campaign(who):
    for state in CAMPAIGN.states:
        shown = policy.campaign_actions(WHO[who], state, CAMPAIGN.actions_from(state))
        expected = []
        if who in ("operator", "department"):
            expected = [a for s, a in MOVES[CAMPAIGN] if s == state]
            expected += ["reschedule", "invite"] if state in ("planned", "open") else []
        assert sorted(shown) == sorted(expected), state


@pytest.mark.parametrize("who", WHO)
def test_raw_answers_of_others(who):
    allowed = {("open", "declared"), ("closed", "locked")}
    staff = who in ("operator", "department", "department's reader")
    for campaign, profile in product(CAMPAIGN.states, PROFILE.states):
        expected = staff and (campaign, profile) in allowed
        assert policy.may_read_answers(WHO[who], campaign, profile) == expected
