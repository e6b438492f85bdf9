"""Dealing people into sealed boxes: by chance, but of each cell a box has nobody, or as many as the smallest group shown.

Answers in a box know their cell. A single person of a cell in a box would therefore be found by whoever opens one copy of
it, which the boxes are there to prevent.
"""

import heapq
import secrets
from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

FULL_BOX = 25
"""How many people share a box at least, where so many are asked."""

_Part: TypeAlias = list[tuple[str, int]]
_chance = secrets.SystemRandom()


def deal(cells: Sequence[Collection[str]], least: int) -> list[list[tuple[str, int]]]:
    """Return boxes of people, each with the number of their cell; cells have at least `least` people.

    As many boxes as can have `FULL_BOX` people or more, and about alike: at most some 60.
    """
    parts = [part for cell, members in enumerate(cells) for part in _cut(cell, members, least)]
    _chance.shuffle(parts)
    parts.sort(key=len, reverse=True)
    most = max(sum(map(len, parts)) // FULL_BOX, 1)
    tried = (_spread(parts, count) for count in range(most, 1, -1))
    full = (boxes for boxes in tried if min(map(len, boxes)) >= FULL_BOX)
    return next(full, _spread(parts, 1))


def _cut(cell: int, members: Collection[str], least: int) -> Iterator[_Part]:
    """Cut a cell into parts of at least `least`, and less than twice as many, by chance."""
    people = [(person, cell) for person in members]
    _chance.shuffle(people)
    count = max(len(people) // least, 1)
    return (people[start::count] for start in range(count))


def _spread(parts: Sequence[_Part], count: int) -> list[list[tuple[str, int]]]:
    """Put each part, the largest first, into the box that has the fewest people."""
    boxes: list[_Part] = [[] for _ in range(count)]
    by_size = [(0, number) for number in range(count)]
    for part in parts:
        size, number = by_size[0]
        boxes[number] += part
        heapq.heapreplace(by_size, (size + len(part), number))
    return boxes
