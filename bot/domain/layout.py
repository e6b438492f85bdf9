"""Which groups of a closed wave are told of, decided by counts alone: how many answered, how many commented, where.

Each answer knows only its cell. Nothing in here sees an answer, so nothing that is left out says anything about one.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.grouping import EVERYBODY, blocks, choose, cut, inside, is_safe, rivals, signature
from bot.vocabulary import Withheld

COMMENT_PEOPLE, COMMENTS = 5, 3  # comments are shown from so many people, and so many comments, on
Groups = tuple[tuple[str, frozenset[int]], ...]  # names, and numbers of cells
Why = tuple[Withheld, tuple[str, ...]]  # and the groups beside which it cannot be told


@dataclass(frozen=True, slots=True)
class Layout:
    """Told groups (everybody first) as numbers of blocks, blocks as numbers of cells, and why other groups are not told."""

    told: dict[str, frozenset[int]]
    blocks: tuple[frozenset[int], ...]
    hidden: dict[str, Why]


@lru_cache(maxsize=64)
def lay_out(groups: Groups, counts: tuple[int, ...], k: int) -> Layout:
    """Return which groups may be told, given how many answered in each cell."""
    if sum(counts) < k:
        return Layout({}, (), _all_hidden(groups, Withheld.TOO_FEW))
    totals, sizes = _totals(groups, counts), _sizes(groups, counts)
    few = {name: Withheld.TOO_FEW for name, total in totals.items() if total < k}
    shown, hidden = _sort_out(totals, lambda choice: is_safe(sizes, choice, k), few)
    cells = frozenset(cell for cell, count in enumerate(counts) if count)
    told = {EVERYBODY: cells, **{name: group & cells for name, group in groups if name in shown}}
    pieces = cut(cells, list(told.values()))
    return Layout({name: inside(pieces, group) for name, group in told.items()}, pieces, hidden)


def lay_out_comments(
    groups: Groups, people: Sequence[int], comments: Sequence[int], k: int
) -> tuple[tuple[str, ...], dict[str, Why]]:
    """Return the groups whose comments are shown, and why others' are not.

    Comments need a group of 5, and of k, people who answered and 3 comments. One that is among everybody's but not among
    a group's comes from the rest: so each block has that many, or no comment at all.
    """
    crowd, most = {EVERYBODY: sum(people), **_totals(groups, people)}, max(k, COMMENT_PEOPLE)
    written = {EVERYBODY: sum(comments), **_totals(groups, comments)}
    few = {
        name: Withheld.TOO_FEW_COMMENTS
        for name in written
        if crowd[name] < most or written[name] < COMMENTS
    }
    if EVERYBODY in few:
        return (), _all_hidden(groups, Withheld.TOO_FEW_COMMENTS)
    is_safe = _comment_rule(_sizes(groups, people), _sizes(groups, comments), most)
    shown, hidden = _sort_out(_totals(groups, comments), is_safe, few)
    return (EVERYBODY, *(name for name, _ in groups if name in shown)), hidden


def _comment_rule(
    people: Mapping[int, int], comments: Mapping[int, int], most: int
) -> Callable[[int], bool]:
    """Return what judges a choice of groups whose comments are shown."""

    def is_safe(choice: int) -> bool:
        crowd, written = blocks(people, choice), blocks(comments, choice)
        return all(
            not count or (count >= COMMENTS and crowd[block] >= most)
            for block, count in written.items()
        )

    return is_safe


def _all_hidden(groups: Groups, why: Withheld) -> dict[str, Why]:
    return dict.fromkeys([EVERYBODY, *dict(groups)], (why, ()))


def _totals(groups: Groups, counts: Sequence[int]) -> dict[str, int]:
    return {name: sum(counts[cell] for cell in group) for name, group in groups}


def _sizes(groups: Groups, counts: Sequence[int]) -> Counter[int]:
    """Return how many there are with each signature."""
    sizes: Counter[int] = Counter()
    for cell, count in enumerate(counts):
        sizes[signature(cell, [group for _, group in groups])] += count
    return sizes


def _sort_out(
    totals: Mapping[str, int], is_safe: Callable[[int], bool], few: Mapping[str, Withheld]
) -> tuple[frozenset[str], dict[str, Why]]:
    """Return the groups to be told, and why the others are not, `few` being too small by themselves."""
    names = list(totals)
    choice = choose(list(totals.values()), is_safe)
    shown = frozenset(name for number, name in enumerate(names) if choice >> number & 1)
    hidden: dict[str, Why] = {}
    for number, name in enumerate(names):
        if name in few:
            hidden[name] = few[name], ()
        elif name not in shown:
            beside = rivals(number, choice, is_safe)
            hidden[name] = Withheld.SUBTRACTION, tuple(names[rival] for rival in beside)
    return shown, hidden
