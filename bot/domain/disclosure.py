"""How sums over groups are told so that the answers of no small set follow, and the audit of what is told.

People who answered fall into blocks (see `grouping`): whatever is told treats the people of a block alike, and each
block has at least k of them. Then a set of fewer than k people holds only part of each block, and its answers follow
only where a whole block is known to be unanimous: otherwise, somebody inside the set can change places with somebody
outside. So a block's sum is told only up to its *margin*, the last steps before unanimity:

* favourable answers 0 … n: margin 1. "0 or 1 of n" and "n − 1 or n" are told as such, everything between exactly.
* promoters less detractors −n … n: margin 2. One passive among promoters still tells that nobody detracts; at n − 2
  there may be two passives, or one detractor.

A group's sum is its blocks' sums, and would tell what they leave open: all blocks at the most they can be. So what is
left open is bounded in the same way one storey higher: its last margin stays open too. Groups that lie within each
other or apart make a tree, and each is told to within one margin on each side, however many blocks it has. A group that
cuts across the tree is told as what its blocks tell, added up.

*Proof.* Call a block's told sum its value, what it may be beside that its rest (0 … margin, or −margin … 0). A group's
value is its parts' values and the sum of their rests, clamped so that at either end one margin remains to one part.
Hence for each block, and each value of the root that is told, there are rests of all other parts that make the same
values with this block's rest being nought; downwards the same holds within the parts. In that solution the block is at
most n less the margin and at least its least plus the margin, thus not unanimous. Everything that is told depends on
values alone, never on rests, so knowing this rule, the rounding and the choice of groups helps nobody further. ∎

The audit does not trust the proof: it takes the rank test of what is told, and for each block it makes such other
answers, tells them, and compares.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

from bot.domain.grouping import signature
from bot.errors import Refused
from bot.vocabulary import Scale

MOST_SMALL = 20  # blocks under k that the rank test takes on
_MARGIN = {Scale.STATEMENT: 1, Scale.ENPS: 2}
Blocks = frozenset[int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is told of a sum: it is between these two, both included; exact where they are the same."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who answered one question: how many in each block, and of which blocks each told group consists.

    The first group is everybody. Earlier groups are told more sharply than later ones that cut across them.
    """

    scale: Scale
    sizes: tuple[int, ...]
    groups: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """A value, and how far below and above it the sum may be."""

    value: int
    down: int
    up: int


@dataclass(frozen=True, slots=True)
class _Tree:
    """A group or a single block: the parts of which it consists; a block has none."""

    blocks: Blocks
    parts: tuple["_Tree", ...] = ()


def tell(plan: Plan, sums: Sequence[int]) -> tuple[Reading, ...]:
    """Return what may be told of the sum over each group of a plan, given the sum of each block."""
    told = _tell_tree(plan, sums)
    return tuple(_reading(told, group) for group in plan.groups)


def _reading(told: Mapping[Blocks, _Told], group: Blocks) -> Reading:
    """Return a group's own value if it is in the tree, otherwise what its blocks add up to."""
    parts = [told[group]] if group in told else [told[frozenset({block})] for block in group]
    return Reading(
        sum(part.value - part.down for part in parts), sum(part.value + part.up for part in parts)
    )


def _tell_tree(plan: Plan, sums: Sequence[int]) -> dict[Blocks, _Told]:
    """Return the value of each group and block of the tree, from the blocks upwards."""
    told: dict[Blocks, _Told] = {}
    margin = _MARGIN[plan.scale]
    for node in _upwards(_grow(plan.groups)):
        total = sum(sums[block] for block in node.blocks)
        if node.parts:
            told[node.blocks] = _tell_group(
                [told[part.blocks] for part in node.parts], total, margin
            )
        else:
            (block,) = node.blocks
            told[node.blocks] = _tell_block(bounds(plan, block), total, margin)
    return told


def _tell_block(inner: Reading, total: int, margin: int) -> _Told:
    value = min(max(total, inner.low), inner.high)
    return _Told(value, margin * (value == inner.low), margin * (value == inner.high))


def _tell_group(parts: Sequence[_Told], total: int, margin: int) -> _Told:
    """Return the value of a group; at either end one margin is left open."""
    most, least = sum(part.up for part in parts), -sum(part.down for part in parts)
    top, bottom = max(most - margin, 0), min(least + margin, 0)
    base = sum(part.value for part in parts)
    rest = min(max(total - base, bottom), top)
    down = margin if least < 0 and rest == bottom else 0
    up = margin if most > 0 and rest == top else 0
    return _Told(base + rest, down, up)


def bounds(plan: Plan, block: int) -> Reading:
    """Return the least and the most that a block's sum can be told as: a margin from unanimity."""
    size, margin = plan.sizes[block], _MARGIN[plan.scale]
    least = 0 if plan.scale is Scale.STATEMENT else -size
    return Reading(least + margin, size - margin)


@lru_cache(maxsize=64)
def _grow(groups: tuple[Blocks, ...]) -> _Tree:
    """Return the tree: from everybody, with each group that lies within or apart from all before it."""
    nested: list[Blocks] = []
    for group in groups:
        if all(group <= other or other <= group or not group & other for other in nested):
            nested.append(group)
    return _plant(groups[0], nested)


def _plant(root: Blocks, groups: Sequence[Blocks]) -> _Tree:
    """Return a group with the largest groups within it, and the blocks in none of these."""
    if len(root) == 1:
        return _Tree(root)
    within = [group for group in groups if group < root]
    largest = dict.fromkeys(g for g in within if not any(g < other for other in within))
    loose = sorted(root.difference(*largest))
    leaves = [_Tree(frozenset({block})) for block in loose]
    return _Tree(root, (*(_plant(group, within) for group in largest), *leaves))


def _upwards(tree: _Tree) -> Iterator[_Tree]:
    """Yield parts before what they are part of."""
    for part in tree.parts:
        yield from _upwards(part)
    yield tree


def audit(plan: Plan, sums: Sequence[int], k: int) -> None:
    """Refuse to publish unless what is told of these sums keeps the answers of every set of fewer than k people open.

    It takes the rank test, and a witness for each block: other sums that are told in the very same words and leave
    that block short of unanimity.
    """
    columns: Counter[int] = Counter()
    for block, size in enumerate(plan.sizes):
        columns[signature(block, plan.groups)] += size
    said = tell(plan, sums)
    is_open = all(
        _is_open(plan, witness(plan, sums, block), block, said) for block in range(len(sums))
    )
    if find_leak(columns, k) is not None or not is_open:
        raise Refused("Nothing was published: the audit found that it would tell single answers.")


def _is_open(plan: Plan, other: Sequence[int], block: int, said: tuple[Reading, ...]) -> bool:
    """Return whether other sums could be, are told the same, and leave the block short of unanimity."""
    margin = _MARGIN[plan.scale]
    inner = [bounds(plan, number) for number in range(len(other))]
    could_be = all(
        i.low - margin <= s <= i.high + margin for i, s in zip(inner, other, strict=True)
    )
    is_inside = inner[block].low <= other[block] <= inner[block].high
    return could_be and is_inside and tell(plan, other) == said


def witness(plan: Plan, sums: Sequence[int], block: int) -> tuple[int, ...]:
    """Return other sums of the blocks that are told the same, this block's being its value and no more."""
    told = _tell_tree(plan, sums)
    found: dict[int, int] = {}
    _spread(_grow(plan.groups), 0, block, told, found)
    return tuple(found[number] for number in range(len(sums)))


def _spread(
    node: _Tree, rest: int, fixed: int, told: Mapping[Blocks, _Told], found: dict[int, int]
) -> None:
    """Share out a group's value and rest among its parts, those around the fixed block getting no rest."""
    if not node.parts:
        (block,) = node.blocks
        found[block] = told[node.blocks].value + rest
        return
    left = told[node.blocks].value + rest - sum(told[part.blocks].value for part in node.parts)
    for part in node.parts:
        can = told[part.blocks]
        share = 0 if fixed in part.blocks else min(max(left, -can.down), can.up)
        left -= share
        _spread(part, share, fixed, told, found)


def find_leak(columns: Mapping[int, int], k: int) -> frozenset[int] | None:
    """Return blocks of fewer than k people in all whose sum follows from told sums by linear algebra; None if there are none.

    `columns` has each block's size by the told rows that count it (bit i for the i-th). A set T leaks when some
    combination of rows is not nought inside T and nought outside, that is rank(M without T's columns) < rank(M). A set
    that holds only part of a block leaves an equal column behind and never leaks. Exact: in fractions. Refused: more than
    20 blocks under k.
    """
    small = sorted(mask for mask, size in columns.items() if 0 < size < k)
    if len(small) > MOST_SMALL:
        raise Refused(
            f"Nothing was published: {len(small)} parts of the groups have fewer than {k} answers; "
            f"at most {MOST_SMALL} can be checked. Report fewer groups."
        )
    if not small:
        return None
    present = [mask for mask, size in columns.items() if size]
    rank = _rank(present)
    for count in range(1, k):
        for chosen in combinations(small, count):
            outside = [mask for mask in present if mask not in chosen]
            if sum(columns[mask] for mask in chosen) < k and _rank(outside) < rank:
                return frozenset(chosen)
    return None


def _rank(columns: Sequence[int]) -> int:
    """Return the rank of a matrix of noughts and ones over the fractions; a column's bits are its entries."""
    basis: dict[int, list[Fraction]] = {}
    height = max((mask.bit_length() for mask in columns), default=0)
    for mask in columns:
        column = [Fraction(mask >> row & 1) for row in range(height)]
        for row, pivot in basis.items():
            factor = column[row]
            column = [entry - factor * other for entry, other in zip(column, pivot, strict=True)]
        lead = next((row for row, entry in enumerate(column) if entry), None)
        if lead is not None:
            basis[lead] = [entry / column[lead] for entry in column]
    return len(basis)
