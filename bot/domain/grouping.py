"""Which groups may be reported beside one another, so that no subtraction leaves fewer than k people.

The rule: cut everybody along the borders of all groups that are reported. Each piece, here called a block, is empty or
has at least k people. Whatever somebody adds and subtracts of the reported sums treats all people of a block alike, so
it never comes down to a set of fewer than k: the rank test of every such set is passed without searching. The rule
looks at who is where and at how many answered, never at an answer, so it tells nothing about answers either. Leaving
out one more group only makes blocks larger; a choice that is safe stays so.

It is stricter than the rank test, which lets blocks of fewer than k stand where groups cross, and there bounds betray.
Two teams by two roles, 4 answers in each of the four blocks, k = 5: 6 and 1 of 8 favourable by team and 5 and 2 of 8 by
role have one solution (4, 2, 1 and 0), though no group is unanimous and no sum isolates a block.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from bot.errors import Refused
from bot.vocabulary import Withheld

EVERYBODY = "*"  # stands for the group of all, which is not declared
SMALLEST_K, USUAL_K = 3, 5
MOST_GROUPS = 12  # declared ones; which to leave out is searched among all 2^12 choices

Member = TypeVar("Member", bound=Hashable)


def check_limits(k: int, groups: int) -> None:
    """Refuse a minimum group below the floor, and more groups than can be audited."""
    if k < SMALLEST_K:
        raise Refused(f"The minimum group is {k}; it must be at least {SMALLEST_K}.")
    if groups > MOST_GROUPS:
        raise Refused(
            f"{groups} groups are to be reported; at most {MOST_GROUPS} can be checked against "
            "each other. Choose fewer."
        )


def bits(numbers: Iterable[int]) -> int:
    """Return a set of small numbers as the bits of one."""
    return sum(1 << number for number in numbers)


def signature(member: Member, groups: Sequence[frozenset[Member]]) -> int:
    """Return in which groups somebody is: bit i for the i-th."""
    return bits(number for number, group in enumerate(groups) if member in group)


def blocks(sizes: Mapping[int, int], shown: int) -> dict[int, int]:
    """Return the blocks of the groups that are shown: their signature within these, and their size.

    `sizes` has the size of each finest piece by its signature, `shown` the shown groups as bits.
    """
    found: dict[int, int] = {}
    for signature_, size in sizes.items():
        block = signature_ & shown
        found[block] = found.get(block, 0) + size
    return found


def cut(
    members: Iterable[Member], groups: Sequence[frozenset[Member]]
) -> tuple[frozenset[Member], ...]:
    """Return the blocks of these groups as sets, in the order of their signatures."""
    by_signature: dict[int, set[Member]] = {}
    for member in members:
        by_signature.setdefault(signature(member, groups), set()).add(member)
    return tuple(frozenset(by_signature[found]) for found in sorted(by_signature))


def inside(pieces: Sequence[frozenset[Member]], group: frozenset[Member]) -> frozenset[int]:
    """Return the numbers of the pieces that make up a group."""
    return frozenset(number for number, piece in enumerate(pieces) if piece <= group)


def is_safe(sizes: Mapping[int, int], shown: int, k: int) -> bool:
    """Return whether these groups may be shown beside each other and beside everybody together."""
    return all(size == 0 or size >= k for size in blocks(sizes, shown).values())


def choose(sizes: Sequence[int], is_safe: Callable[[int], bool]) -> int:
    """Return, as bits, the groups to show: as many as are safe together; then the smallest and the last are left out.

    `sizes` are those of the groups; an empty one is not shown. `is_safe` judges a choice; the empty one must be safe,
    and with a choice all that is part of it.
    """
    alone = [number for number, size in enumerate(sizes) if size and is_safe(1 << number)]
    clashes = [pair for pair in map(bits, combinations(alone, 2)) if not is_safe(pair)]

    def is_possible(choice: int) -> bool:
        return not any(pair & choice == pair for pair in clashes) and is_safe(choice)

    def cost(choice: int) -> tuple[int, int]:
        return -sum(size for number, size in enumerate(sizes) if choice >> number & 1), choice

    for count in range(len(alone), 0, -1):
        possible = [
            choice for choice in map(bits, combinations(alone, count)) if is_possible(choice)
        ]
        if possible:
            return min(possible, key=cost)
    return 0


def rivals(group: int, shown: int, is_safe: Callable[[int], bool]) -> tuple[int, ...]:
    """Return the fewest shown groups beside which one that was left out cannot stand; none if everybody suffices."""
    others = [number for number in range(shown.bit_length()) if shown >> number & 1]
    for count in range(len(others) + 1):
        for found in combinations(others, count):
            if not is_safe(bits(found) | 1 << group):
                return found
    raise ValueError(f"group {group} may be shown")


@dataclass(frozen=True, slots=True)
class Unfit:
    """A group that cannot be reported, why, and what could be instead.

    `beside` names the groups with whose figures, and those of everybody, its own would single out fewer than k people.
    `merge` names groups that, made one with it, could be reported in their place; nothing where it has to be left out.
    """

    group: str
    why: Withheld
    beside: tuple[str, ...]
    merge: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """A roster cut into cells of at least k people; of an answer nothing but its cell needs to be kept.

    `groups` has the numbers of the cells that make up each group that can be reported; all others are in `unfit`.
    """

    cells: tuple[frozenset[str], ...]
    groups: dict[str, frozenset[int]]
    unfit: tuple[Unfit, ...]


def coarsen(roster: Iterable[str], groups: Mapping[str, Iterable[str]], k: int = USUAL_K) -> Cells:
    """Return the cells of a wave that opens, as fine as the groups need and never below k people.

    Where borders of groups cut out fewer than k people, that piece is merged with its neighbours by giving up the
    border of a group, as few and as small ones as will do; such a group is no union of cells and is told as unfit.
    People of a group who are not on the roster do not count. Refused: too small a roster or k, too many groups.
    """
    check_limits(k, len(groups))
    people = frozenset(roster)
    if len(people) < k:
        raise Refused(f"{len(people)} people are asked; a pulse needs at least {k}.")
    members = [people & frozenset(group) for group in groups.values()]
    opening = _Opening(tuple(groups), Counter(signature(who, members) for who in people), k)
    shown = opening.choose()
    fit = {name: members[n] for n, name in enumerate(groups) if shown >> n & 1}
    cells = cut(people, list(fit.values()))
    return Cells(
        cells,
        {name: inside(cells, group) for name, group in fit.items()},
        tuple(opening.unfit(n, shown) for n in range(len(members)) if not shown >> n & 1),
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    """A wave that opens: the groups that somebody wants reported, and how many people share each signature."""

    names: tuple[str, ...]
    sizes: Mapping[int, int]
    k: int

    def choose(self) -> int:
        """Return the groups that can be reported, as bits."""
        return choose([self._size(1 << n) for n in range(len(self.names))], self._is_safe)

    def unfit(self, number: int, shown: int) -> Unfit:
        """Return why a group cannot be reported, and a proposal."""
        merge = self._named(self._proposal(number, shown))
        if self._size(1 << number) < self.k:
            return Unfit(self.names[number], Withheld.TOO_FEW, (), merge)
        beside = self._named(rivals(number, shown, self._is_safe))
        return Unfit(self.names[number], Withheld.SUBTRACTION, beside, merge)

    def _is_safe(self, choice: int) -> bool:
        return is_safe(self.sizes, choice, self.k)

    def _size(self, union: int) -> int:
        """Return how many people are in at least one of these groups."""
        return sum(size for found, size in self.sizes.items() if found & union)

    def _named(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.names[number] for number in numbers)

    def _proposal(self, number: int, shown: int) -> tuple[int, ...]:
        """Return the fewest groups, of these the smallest, that make one with it which can be reported."""
        others = [n for n in range(len(self.names)) if n != number and self._size(1 << n)]
        merges = [*combinations(others, 1), *combinations(others, 2)]
        possible = [merge for merge in merges if self._would_do(bits((number, *merge)), shown)]
        return min(possible, key=lambda m: (len(m), self._size(bits((number, *m))), m), default=())

    def _would_do(self, union: int, shown: int) -> bool:
        """Return whether one group made of these tells something and could be reported in their place."""
        kept, new = shown & ~union, 1 << len(self.names)
        sizes: Counter[int] = Counter()
        for found, size in self.sizes.items():
            sizes[found & kept | (new if found & union else 0)] += size
        tells = self._size(union) < sum(self.sizes.values())
        return tells and is_safe(sizes, kept | new, self.k)
