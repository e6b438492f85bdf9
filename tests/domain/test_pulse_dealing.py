"""How people are dealt into boxes, so that opening one says of nobody more than of their whole cell."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pulse_dealing import FULL_BOX, deal


@st.composite
def rosters(draw: st.DrawFn) -> tuple[int, list[list[str]]]:
    """Draw the smallest group, and cells of at least so many people."""
    least = draw(st.integers(3, 10))
    sizes = draw(st.lists(st.integers(least, 60), min_size=1, max_size=24))
    return least, [[f"{cell}.{one}" for one in range(size)] for cell, size in enumerate(sizes)]


@given(rosters())
def test_nobody_is_alone_of_their_cell_in_a_box(roster):
    """Everybody has one place; a box has nobody of a cell or enough, and enough in all where so many are asked."""
    least, cells = roster
    boxes = deal(cells, least)

    placed = [place for box in boxes for place in box]
    assert sorted(placed) == sorted((one, cell) for cell, own in enumerate(cells) for one in own)
    assert all(count >= least for box in boxes for count in Counter(c for _, c in box).values())
    assert len(boxes) == 1 or min(map(len, boxes)) >= FULL_BOX
    assert max(map(len, boxes)) < 3 * FULL_BOX


def test_boxes_are_about_alike():
    """Of ten thousand people in ten teams."""
    boxes = deal([[f"{team}.{one}" for one in range(1_000)] for team in range(10)], least=5)
    sizes = [len(box) for box in boxes]
    assert FULL_BOX <= min(sizes) <= max(sizes) < 2 * FULL_BOX


def test_chance_decides_who_shares_a_box():
    """Dealt anew, the same people sit together otherwise."""
    cells = [[f"{one}" for one in range(100)]]
    assert len({frozenset(person for person, _ in deal(cells, 5)[0]) for _ in range(5)}) > 1
