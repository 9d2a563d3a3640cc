"""The proxy engine against a simulator that recomputes everything from the whole history, with Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.rounds.proxy import Rules, Standing, Step, place, settle

PEOPLE = [UUID(int=n) for n in range(1, 5)]


@dataclass
class Sent:
    bidder: UUID
    amount: int
    maximum: int


def rising(steps: list[tuple[int, int]], price: int) -> int:
    return [step for since, step in steps if price >= since][-1]


def simulated(steps: list[tuple[int, int]], history: list[Sent]) -> tuple[int, UUID, int]:
    """(price, leader, maximum) from all that was accepted, without any state carried along.

    The leader is who first gave the highest maximum. The price is the least that beats everybody else: a step above
    each other maximum that the leader's own named amount did not beat, but no more than the leader's maximum."""

    top: Sent = max(history, key=lambda s: s.maximum)  # the first of equal ones
    # The bid by which the leader took the lead, since when only the maximum was raised.
    at = history.index(top)
    while True:
        earlier = [n for n in range(at) if history[n].bidder == top.bidder]
        between = history[earlier[-1] + 1 : at] if earlier else []
        if not earlier or any(s.maximum > history[earlier[-1]].maximum for s in between):
            break
        others = [s.maximum for s in history[: earlier[-1]] if s.bidder != top.bidder]
        if others and max(others) >= history[earlier[-1]].maximum:
            break
        at = earlier[-1]
    named = history[at].amount
    price = named
    for n, sent in enumerate(history):
        if sent.bidder == top.bidder:
            continue
        if n > at:
            # Against the maximum the leader had by then.
            had = max(s.maximum for s in history[:n] if s.bidder == top.bidder)
            price = max(price, min(had, sent.maximum + rising(steps, sent.maximum)))
        elif sent.maximum >= named:
            price = max(price, min(history[at].maximum, sent.maximum + rising(steps, sent.maximum)))
    return price, top.bidder, top.maximum


BIDS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 400), st.one_of(st.just(0), st.integers(1, 900))), max_size=25
)
TABLES = st.sampled_from([[(0, 1)], [(0, 10)], [(0, 7), (300, 25), (1000, 100)], [(0, 100)]])


@settings(max_examples=600)
@given(bids=BIDS, steps=TABLES, start=st.integers(1, 300))
def test_the_engine_agrees_with_the_simulator(
    bids: list[tuple[UUID, int, int]], steps: list[tuple[int, int]], start: int
) -> None:
    rules, standing = Rules(start, steps), Standing()
    history: list[Sent] = []
    run: list[Step] = []
    for bidder, above, more in bids:
        if standing.leader == bidder:
            assert standing.maximum is not None
            if more <= 0:
                continue
            sent = Sent(bidder, standing.maximum + more, standing.maximum + more)
        else:
            amount = rules.least(standing) + above
            sent = Sent(bidder, amount, amount + more)
        before = standing
        standing, rose = place(rules, standing, bidder, sent.amount, sent.maximum)
        history.append(sent)
        run += rose
        assert standing.maximum is not None
        assert standing.price is not None
        assert standing.price <= standing.maximum
        assert bool(rose) == (bidder != before.leader)
        assert (standing.price, standing.leader, standing.maximum) == simulated(steps, history)
    prices = [s.price for s in run]
    assert prices == sorted(set(prices)), "each rise is higher than the one before"
    if run:
        assert (run[-1].price, run[-1].bidder) == (standing.price, standing.leader)
    for step in run:  # nobody is made to bid beyond what they said
        assert step.price <= max(s.maximum for s in history if s.bidder == step.bidder)


def test_examples_from_the_document() -> None:
    rules = Rules(1000, [(0, 100)])
    an, binh, chi = PEOPLE[:3]
    standing, rose = place(rules, Standing(), an, 1000, 5000)
    assert (standing.price, rose) == (1000, [Step(1000, an, automatic=False)])
    standing, rose = place(rules, standing, binh, 1500, 1500)
    assert rose == [Step(1500, binh, automatic=False), Step(1600, an, automatic=True)]
    standing, rose = place(rules, standing, binh, 1700, 5000)  # as high, but later
    assert rose == [Step(5000, an, automatic=True)]
    standing, rose = place(rules, standing, chi, 5100, 9000)
    assert (standing.leader, standing.price) == (chi, 5100)
    assert settle(standing, 8000) == Step(8000, chi, automatic=True)
    assert settle(standing, 9001) is None
    assert settle(standing, 5100) is None
    assert settle(Standing(), 1) is None
