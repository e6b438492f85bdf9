"""Cells of a wave that opens: large enough, as fine as groups need; a group that is no union of them gets a proposal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.grouping import Unfit, coarsen
from bot.errors import Refused
from bot.vocabulary import Withheld

ROSTER = [f"U{n:02}" for n in range(24)]
ROLES = {
    "managers": ROSTER[:4],
    "cloud": ROSTER[4:10],
    "support": ROSTER[10:19],
    "architects": ROSTER[19:],
}


def test_teams_apart_are_their_own_cells():
    """And those in no team make one more."""
    cells = coarsen(ROSTER, {"a": ROSTER[:8], "b": ROSTER[8:16]}, 5)
    assert sorted(map(sorted, cells.cells)) == [ROSTER[:8], ROSTER[8:16], ROSTER[16:]]
    assert {name: [cells.cells[n] for n in group] for name, group in cells.groups.items()} == {
        "a": [frozenset(ROSTER[:8])],
        "b": [frozenset(ROSTER[8:16])],
    }
    assert cells.unfit == ()


def test_small_group_is_merged_and_so_is_the_smallest_beside_it():
    """Four managers are too few, and would be left if all others were told; either can be reported with the other."""
    cells = coarsen(ROSTER, ROLES, 5)
    assert set(cells.groups) == {"cloud", "support"}
    assert cells.unfit == (
        Unfit("managers", Withheld.TOO_FEW, (), ("architects",)),
        Unfit("architects", Withheld.SUBTRACTION, ("cloud", "support"), ("managers",)),
    )
    merged = coarsen(ROSTER, {"cloud": ROLES["cloud"], "rest": ROSTER[:4] + ROSTER[19:]}, 5)
    assert merged.unfit == ()


def test_group_of_all_but_a_few_is_unfit():
    """Everybody less it would leave two, and made one with others it would tell nothing new or as much."""
    cells = coarsen(ROSTER, {"most": ROSTER[:22], "some": ROSTER[:10]}, 5)
    assert cells.unfit == (Unfit("most", Withheld.SUBTRACTION, (), ()),)


def test_where_groups_cross_in_too_few_people_the_smaller_gives_way():
    """Teams of 12 and roles that have 3 of their people in one of them."""
    groups = {"emea": ROSTER[:12], "apac": ROSTER[12:], "desk": ROSTER[9:21]}
    cells = coarsen(ROSTER, groups, 5)
    assert set(cells.groups) == {"emea", "apac"}
    assert cells.unfit == (Unfit("desk", Withheld.SUBTRACTION, ("emea",), ()),)


def test_of_equal_groups_the_last_gives_way():
    """So the order in which groups are declared decides, and it is the same every time."""
    cells = coarsen(ROSTER, {"a": ROSTER[:12], "b": ROSTER[3:15]}, 5)
    assert (set(cells.groups), cells.unfit[0].group) == ({"a"}, "b")


def test_people_who_are_not_asked_do_not_count():
    """A team of nine of whom three are on the roster."""
    cells = coarsen(ROSTER[:10], {"a": [*ROSTER[7:], "U99"], "nobody": ["U98"]}, 5)
    assert [one.why for one in cells.unfit] == [Withheld.TOO_FEW, Withheld.TOO_FEW]
    assert cells.cells == (frozenset(ROSTER[:10]),)


@pytest.mark.parametrize(
    ("people", "groups", "k", "says"),
    [
        (24, 1, 2, "The minimum group is 2; it must be at least 3"),
        (4, 1, 5, "4 people are asked; a pulse needs at least 5"),
        (24, 13, 5, "13 groups are to be reported; at most 12"),
    ],
)
def test_what_cannot_be_kept_apart_is_refused(people, groups, k, says):
    """With what would work."""
    with pytest.raises(Refused, match=says):
        coarsen(ROSTER[:people], {f"g{n}": ROSTER for n in range(groups)}, k)


@given(
    st.integers(3, 6),
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from(ROSTER)), max_size=6),
)
def test_cells_are_large_enough_and_make_up_each_group(k, groups):
    """They part the roster; a group is reported or told as unfit; and what is proposed can be reported."""
    cells = coarsen(ROSTER, groups, k)
    assert sorted(person for cell in cells.cells for person in cell) == ROSTER
    assert min(map(len, cells.cells)) >= k
    for name, group in cells.groups.items():
        assert frozenset().union(*(cells.cells[n] for n in group)) == groups[name]
    assert {one.group for one in cells.unfit} == set(groups) - set(cells.groups)
    for unfit in (one for one in cells.unfit if one.merge):
        merged = set().union(groups[unfit.group], *(groups[name] for name in unfit.merge))
        kept = {name: groups[name] for name in cells.groups if name not in unfit.merge}
        assert not coarsen(ROSTER, {**kept, "merged": merged}, k).unfit
