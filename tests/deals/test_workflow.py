"""The tables of deals: which action leaves which state, who may do what, which evidence stands where."""

import pytest

from app.deals import REASONS, EvidenceLevel, Side, policy
from app.deals.workflow import DEAL, LIVE
from app.kit.actor import ANONYMOUS, Actor, Role, Staff
from app.kit.errors import Conflict
from app.kit.ids import new_id

MOVES = {
    ("interested", "negotiate"): "negotiating",
    ("interested", "agree"): "agreed",
    ("interested", "close"): "closed",
    ("negotiating", "agree"): "agreed",
    ("negotiating", "close"): "closed",
    ("agreed", "contract"): "contracted",
    ("agreed", "close"): "closed",
}
SELLER, BUYER, THIRD, PERSON = new_id(), new_id(), new_id(), new_id()


@pytest.mark.parametrize("state", DEAL.states)
@pytest.mark.parametrize("action", DEAL.transitions)
def test_every_state_and_action(state, action):
    target = MOVES.get((state, action))
    if target:
        assert DEAL.check(action, state).target == target
        return
    with pytest.raises(Conflict) as refusal:
        DEAL.check(action, state)
    assert refusal.value.code == "deal.not_now"
    assert DEAL.label(state).vi in refusal.value.text.vi
    assert DEAL.label(state).en in refusal.value.text.en


def test_the_table_is_whole():
    assert {*DEAL.states} == {"interested", "negotiating", "agreed", "contracted", "closed"}
    assert DEAL.initial == "interested"
    assert {s for s in DEAL.states if "close" in [t.action for t in DEAL.actions_from(s)]} == set(LIVE)
    assert not DEAL.actions_from("closed")
    assert not DEAL.actions_from("contracted")


def actor(org=SELLER, role=Role.owner, staff=(), scopes=None):
    return Actor(person_id=PERSON, org_id=org, role=role, staff=frozenset(staff), scopes=scopes)


# who, their side, may they see the deal, may they bind the side
WHO = [
    ("nobody", ANONYMOUS, None, False, False),
    ("somebody without an organisation", Actor(person_id=PERSON), None, False, False),
    ("a stranger's owner", actor(THIRD), None, False, False),
    ("a former member", Actor(person_id=PERSON, org_id=SELLER), None, False, False),
    ("a seller's viewer", actor(role=Role.viewer), Side.seller, True, False),
    ("a seller's member", actor(role=Role.member), Side.seller, True, False),
    ("a seller's manager", actor(role=Role.manager), Side.seller, True, True),
    ("a seller's owner", actor(), Side.seller, True, True),
    ("a buyer's viewer", actor(BUYER, Role.viewer), Side.buyer, True, False),
    ("a buyer's member", actor(BUYER, Role.member), Side.buyer, True, False),
    ("a buyer's manager", actor(BUYER, Role.manager), Side.buyer, True, True),
    ("a buyer's owner", actor(BUYER), Side.buyer, True, True),
    ("an owner with a reading key", actor(scopes=frozenset({"read"})), Side.seller, True, False),
    ("the operator", Actor(person_id=PERSON, staff=frozenset({Staff.operator})), None, True, False),
    ("an administrator", Actor(person_id=PERSON, staff=frozenset({Staff.admin})), None, True, False),
    ("the Department", Actor(person_id=PERSON, staff=frozenset({Staff.department})), None, True, False),
    ("an operator who sells", actor(staff=[Staff.operator]), Side.seller, True, True),
]


@pytest.mark.parametrize(("who", "side", "sees", "binds"), [w[1:] for w in WHO], ids=[w[0] for w in WHO])
def test_who_may_see_and_bind(who, side, sees, binds):
    found = policy.side_of(who, SELLER, BUYER)
    assert (found, policy.may_see(who, found), policy.may_bind(who, found)) == (side, sees, binds)
    for status in DEAL.states:
        for contract in (None, ("reported", BUYER), ("reported", SELLER), ("disputed", BUYER)):
            shown = policy.actions(who, found, status, contract)
            assert bool(shown) == (binds and status in LIVE), (status, contract)


@pytest.mark.parametrize(
    ("status", "contract", "buttons"),
    [
        ("interested", None, {"close"}),
        ("negotiating", None, {"close"}),
        ("agreed", None, {"report_contract", "close"}),
        ("agreed", ("disputed", SELLER), {"report_contract", "close"}),
        ("agreed", ("disputed", BUYER), {"report_contract", "close"}),
        ("agreed", ("reported", SELLER), {"close"}),
        ("agreed", ("reported", BUYER), {"confirm_contract", "dispute_contract", "close"}),
        ("contracted", ("confirmed", BUYER), set()),
        ("closed", None, set()),
        ("closed", ("reported", BUYER), set()),
    ],
)
def test_buttons_of_the_seller(status, contract, buttons):
    assert set(policy.actions(actor(), Side.seller, status, contract)) == buttons


@pytest.mark.parametrize("role", [*Role, None])
def test_who_may_express_interest(role):
    expected = role in (Role.owner, Role.manager, Role.member)
    assert policy.may_express_interest(actor(BUYER, role)) == expected
    assert not policy.may_express_interest(Actor(person_id=PERSON, role=role))


def test_evidence_and_reasons_are_labelled_in_both_languages():
    assert [level.label.vi[:2] for level in EvidenceLevel] == ["L0", "L1", "L2", "L3", "L4", "L5"]
    for choice in (*EvidenceLevel, *REASONS, *Side):
        assert choice.label.vi
        assert choice.label.en
        assert choice.label.vi != choice.label.en


def test_sides_face_each_other():
    assert [s.other for s in Side] == [Side.buyer, Side.seller]
