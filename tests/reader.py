"""A reader of a published pulse who wants to know what few people said: by trying all answers, and by linear algebra.

It shares no code with the bot. It knows who answered, and is told what a wave prints as a function of the answers.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import TypeVar

Answer = TypeVar("Answer")


def find_determined(
    given: Sequence[Answer],
    choices: Sequence[Sequence[Answer]],
    traits: Sequence[Callable[[Answer], bool]],
    k: int,
    prints: Callable[[tuple[Answer, ...]], Hashable],
) -> tuple[int, ...] | None:
    """Return fewer than k people of whose answers the print leaves one possible number with some trait.

    All that each of them may have answered (`choices`) is tried; possible is what prints the same as what was given. A
    trait tells of nobody all or none of whose choices have it. None: nobody is determined.
    """
    seen = prints(tuple(given))
    possible = [other for other in product(*choices) if prints(other) == seen]
    for trait in traits:
        masks = {sum(1 << i for i, a in enumerate(other) if trait(a)) for other in possible}
        open_ = [i for i, could in enumerate(choices) if len({trait(a) for a in could}) == 2]
        for few in small_sets(open_, k):
            inside = sum(1 << person for person in few)
            if len({(mask & inside).bit_count() for mask in masks}) == 1:
                return few
    return None


Range = tuple[int, int]


def find_pinned(
    possible: Sequence[Sequence[Range]], sizes: Sequence[int], k: int
) -> tuple[int, ...] | None:
    """Return how many people of each block make fewer than k of whom it is known how many gave some answer.

    `possible` has, for all that prints the same, the least and the most in each block who gave it. Of a block with S of
    n, t people hold between t − (n − S) and t, and between nought and S.
    """
    for few in product(*(range(min(k, size + 1)) for size in sizes)):
        if 0 < sum(few) < k:
            blocks = [list(zip(few, sizes, ranges, strict=True)) for ranges in possible]
            least = min(sum(max(0, t - n + low) for t, n, (low, _) in block) for block in blocks)
            most = max(sum(min(t, high) for t, _, (_, high) in block) for block in blocks)
            if least == most:
                return few
    return None


def small_sets(people: Sequence[int], k: int) -> Iterator[tuple[int, ...]]:
    """Yield all sets of fewer than k people, the largest first."""
    for size in range(min(k - 1, len(people)), 0, -1):
        yield from combinations(people, size)


def find_combination(
    rows: Sequence[Sequence[int]], sizes: Sequence[int], k: int
) -> tuple[int, ...] | None:
    """Return cells of fewer than k people in all to which some sum and difference of rows comes down; None without."""
    cells = [cell for cell, size in enumerate(sizes) if size]
    full = rank([[row[cell] for cell in cells] for row in rows])
    small = [cell for cell in cells if sizes[cell] < k]
    for count in range(1, len(small) + 1):
        for few in combinations(small, count):
            rest = [cell for cell in cells if cell not in few]
            is_small = sum(sizes[cell] for cell in few) < k
            if is_small and rank([[row[cell] for cell in rest] for row in rows]) < full:
                return few
    return None


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Return the rank of a matrix, by elimination row by row in fractions."""
    left = [[Fraction(entry) for entry in row] for row in rows]
    found = 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((row for row in left[found:] if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        found += 1
        for row in left[found:]:
            factor = row[column] / pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
    return found
