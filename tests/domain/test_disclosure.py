"""The audit of what is told: it passes what the rule tells, and refuses what it would not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.disclosure import Plan, Reading, audit, bounds, find_leak, tell, witness
from bot.errors import Refused
from bot.vocabulary import Scale

ALL, LEFT, RIGHT = frozenset(range(4)), frozenset({0, 1}), frozenset({2, 3})


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, list[int]]:
    """Draw blocks of at least three answers, any groups of them, and the sum of each block, often an extreme one."""
    scale = draw(st.sampled_from(Scale))
    sizes = draw(st.lists(st.integers(3, 7), min_size=1, max_size=7))
    numbers = range(len(sizes))
    groups = draw(st.lists(st.frozensets(st.sampled_from(numbers), min_size=1), max_size=6))
    shapes = {tuple(block in group for group in groups) for block in numbers}
    if len(shapes) < len(sizes):  # a block is cut out by the groups
        groups += [frozenset({block}) for block in numbers]
    least = [0 if scale is Scale.STATEMENT else -size for size in sizes]
    some = [
        st.sampled_from([low, low + 1, size - 1, size]) | st.integers(low, size)
        for low, size in zip(least, sizes, strict=True)
    ]
    return Plan(scale, tuple(sizes), (frozenset(numbers), *groups)), [draw(s) for s in some]


@given(plans())
def test_what_is_told_is_true_and_passes_the_audit(drawn):
    """Each sum is between the ends that are told of it."""
    plan, sums = drawn
    audit(plan, sums, 3)
    for group, reading in zip(plan.groups, tell(plan, sums), strict=True):
        assert reading.low <= sum(sums[block] for block in group) <= reading.high


@given(plans())
def test_each_block_has_a_witness(drawn):
    """Other sums that are told in the same words, this block's being short of unanimity."""
    plan, sums = drawn
    for block in range(len(sums)):
        other = witness(plan, sums, block)
        assert tell(plan, other) == tell(plan, sums)
        assert bounds(plan, block).low <= other[block] <= bounds(plan, block).high


@given(plans())
def test_everybody_is_told_to_within_one_margin(drawn):
    """However many blocks there are."""
    plan, sums = drawn
    everybody = tell(plan, sums)[0]
    assert everybody.high - everybody.low <= (2 if plan.scale is Scale.STATEMENT else 4)


def test_groups_within_groups_are_sharp_and_one_across_them_is_not():
    """Blocks of 5, 5, 5 and 5 that all answered as one."""
    plan = Plan(Scale.STATEMENT, (5, 5, 5, 5), (ALL, LEFT, RIGHT, frozenset({1, 2, 3})))
    told = tell(plan, [5, 5, 5, 5])
    assert told == (Reading(19, 20), Reading(9, 10), Reading(9, 10), Reading(12, 15))
    assert tell(plan, [4, 5, 4, 4])[:3] == (Reading(17, 18), Reading(9, 10), Reading(8, 8))
    assert tell(plan, [4, 4, 4, 4])[:3] == (Reading(16, 16), Reading(8, 8), Reading(8, 8))


def test_audit_refuses_a_block_of_fewer_than_k():
    """Which no choice of groups lets through."""
    plan = Plan(Scale.STATEMENT, (5, 4), (frozenset({0, 1}), frozenset({0})))
    with pytest.raises(Refused, match="it would tell single answers"):
        audit(plan, [3, 2], 5)


def test_audit_refuses_a_sum_that_cannot_be_kept_open():
    """Of one answer, nought and one are all there is."""
    plan = Plan(Scale.STATEMENT, (1, 1), (frozenset({0, 1}), frozenset({0})))
    with pytest.raises(Refused, match="it would tell single answers"):
        audit(plan, [1, 0], 1)


@pytest.mark.parametrize(
    ("columns", "k", "leak"),
    [
        ({0b1: 4}, 5, {0b1}),
        ({0b1: 5}, 5, None),
        ({0b01: 4, 0b11: 20}, 5, {0b01}),
        ({0b01: 0, 0b11: 20}, 5, None),
        ({0b0: 3, 0b1: 20}, 5, None),  # in nothing that is told
        (
            {0b01: 2, 0b10: 2, 0b11: 9},
            5,
            {0b01, 0b10},
        ),  # their difference is told; together fewer than k
        ({0b011: 3, 0b101: 3, 0b111: 3}, 5, {0b011}),
        ({0b011: 3, 0b101: 3, 0b111: 3, 0b001: 3}, 5, None),
    ],
)
def test_rank_test(columns, k, leak):
    """rank(M without T) < rank(M), with blocks by the rows that count them."""
    assert find_leak(columns, k) == leak
