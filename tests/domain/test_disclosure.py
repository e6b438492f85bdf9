"""The audit of what is told: it passes what the rule tells, and refuses what it would not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.disclosure import Plan, Reading, audit, bounds, find_leak, tell, witness
from bot.errors import Refused
from bot.vocabulary import Scale
from tests.reader import find_pinned

ALL, LEFT, RIGHT = frozenset(range(4)), frozenset({0, 1}), frozenset({2, 3})


@st.composite
def plans(
    draw: st.DrawFn, scales: Iterable[Scale] = Scale, largest: int = 7, most: int = 7
) -> tuple[Plan, list[int]]:
    """Draw blocks of at least three answers, any groups of them, and the sum of each block, often an extreme one."""
    scale = draw(st.sampled_from(list(scales)))
    sizes = draw(st.lists(st.integers(3, largest), min_size=1, max_size=most))
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


@pytest.mark.parametrize(("scale", "most"), [(Scale.STATEMENT, 5), (Scale.ENPS, 3)])
def test_trying_all_sums_pins_no_small_set(scale: Scale, most: int):
    """All sums of a few blocks that are told the same leave open how many of fewer than three gave an answer."""

    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(plans([scale], largest=4, most=most))
    def check(drawn: tuple[Plan, list[int]]) -> None:
        plan, sums = drawn
        assert all(
            find_pinned(s, plan.sizes, 3) is None for s in could_be(plan, tell(plan, sums), tell)
        )

    check()


def test_trying_all_sums_pins_somebody_where_all_groups_are_told_exactly():
    """A control: two teams by two roles."""
    plan = Plan(Scale.STATEMENT, (4, 4, 4, 4), (ALL, LEFT, RIGHT, frozenset({0, 2})))

    def tell_all(plan: Plan, sums: Sequence[int]) -> tuple[int, ...]:
        return tuple(sum(sums[block] for block in group) for group in plan.groups)

    (favourable,) = could_be(plan, tell_all(plan, [4, 2, 1, 0]), tell_all)
    assert find_pinned(favourable, plan.sizes, 3) is not None


def could_be(
    plan: Plan, said: object, tell: Callable[[Plan, Sequence[int]], object]
) -> Iterator[list[list[tuple[int, int]]]]:
    """Yield, by kind of answer, the least and the most of it in each block for all sums that are told the same."""
    ranges = [range(0 if plan.scale is Scale.STATEMENT else -size, size + 1) for size in plan.sizes]
    same = [sums for sums in product(*ranges) if tell(plan, sums) == said]
    kinds = [favourable] if plan.scale is Scale.STATEMENT else [promoters, passives, detractors]
    for kind in kinds:
        yield [[kind(s, n) for s, n in zip(sums, plan.sizes, strict=True)] for sums in same]


def favourable(total: int, _: int) -> tuple[int, int]:
    return total, total


def promoters(total: int, size: int) -> tuple[int, int]:
    return max(total, 0), (size + total) // 2


def detractors(total: int, size: int) -> tuple[int, int]:
    return promoters(-total, size)


def passives(total: int, size: int) -> tuple[int, int]:
    return (size + total) % 2, size - abs(total)


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
