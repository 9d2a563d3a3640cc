"""The tables of offers: which action leaves which state, and who may do what."""

import pytest

from app.deals import Side
from app.deals.workflow import DEAL
from app.kit.actor import Role
from app.kit.errors import Conflict
from app.offers import policy
from app.offers.workflow import OFFER
from tests.deals.test_workflow import BUYER, SELLER, WHO, actor

MOVES = {
    ("open", "accept"): "accepted",
    ("open", "counter"): "countered",
    ("open", "decline"): "declined",
    ("open", "withdraw"): "withdrawn",
    ("open", "expire"): "expired",
    ("open", "freeze"): "frozen",
    ("open", "lapse"): "lapsed",
    ("frozen", "withdraw"): "withdrawn",
    ("frozen", "expire"): "expired",
    ("frozen", "thaw"): "open",
    ("frozen", "lapse"): "lapsed",
}


@pytest.mark.parametrize("state", OFFER.states)
@pytest.mark.parametrize("action", OFFER.transitions)
def test_every_state_and_action(state, action):
    target = MOVES.get((state, action))
    if target:
        assert OFFER.check(action, state).target == target
        return
    with pytest.raises(Conflict) as refusal:
        OFFER.check(action, state)
    assert refusal.value.code == "offer.not_now"


def test_what_was_answered_stays_answered():
    final = {"countered", "accepted", "declined", "withdrawn", "expired", "lapsed"}
    assert {k for k, s in OFFER.states.items() if s.final} == final
    assert set(OFFER.states) == final | {"open", "frozen"}
    assert not [s for s in final if OFFER.actions_from(s)]


@pytest.mark.parametrize("offered_by", Side)
@pytest.mark.parametrize(("who", "side", "sees", "binds"), [w[1:] for w in WHO], ids=[w[0] for w in WHO])
def test_buttons_of_an_offer(who, side, sees, binds, offered_by):
    assert policy.may_bind(who, side) == binds
    for status in OFFER.states:
        shown = policy.actions(who, side, offered_by, status)
        if not binds:
            expected = []
        elif side is offered_by:
            expected = ["withdraw"] if status in ("open", "frozen") else []
        else:
            expected = ["accept", "counter", "accept_terms", "decline"] if status == "open" else []
        assert shown == expected, status


@pytest.mark.parametrize(("who", "side", "sees", "binds"), [w[1:] for w in WHO], ids=[w[0] for w in WHO])
def test_who_may_read_terms(who, side, sees, binds):
    """The parties, down to their viewers, and the operator; never the Department or a stranger."""
    assert policy.may_read_terms(who, side) == (side is not None or who.is_operator)


@pytest.mark.parametrize("status", DEAL.states)
@pytest.mark.parametrize("lies_open", [False, True])
def test_who_may_send(status, lies_open):
    expected = status in ("interested", "negotiating") and not lies_open
    assert policy.may_send(actor(), Side.seller, status, lies_open) == expected
    assert policy.may_send(actor(BUYER, Role.manager), Side.buyer, status, lies_open) == expected
    assert not policy.may_send(actor(SELLER, Role.member), Side.seller, status, lies_open)
    assert not policy.may_send(actor(), None, status, lies_open)
