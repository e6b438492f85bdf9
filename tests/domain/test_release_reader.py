"""A reader who tries all answers that print the same, knowing every rule, determines those of no small set."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st

from bot.domain.grouping import EVERYBODY, Cells, coarsen
from bot.domain.release import Cell, Release, Wave, release
from bot.vocabulary import Scale
from tests.reader import find_combination, find_determined

KINDS = {Scale.STATEMENT: (2, 5), Scale.ENPS: (3, 7, 10)}
MOST_ANSWERS = {Scale.STATEMENT: 11, Scale.ENPS: 7}
PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
T = TypeVar("T")
Answers = tuple[int | None, ...]  # of one person to each question; None: skipped


def named(things: Sequence[T]) -> dict[str, T]:
    """Return things by the names of questions."""
    return {f"q{number}": thing for number, thing in enumerate(things)}


class Opened:
    """A wave that was opened: k, its cells, and in which of them each person is who answered."""

    def __init__(self, k: int, cells: Cells, where: Sequence[int], scales: Sequence[Scale]) -> None:
        self.k, self.cells, self.where, self.scales = k, cells, where, scales
        self._release = cache(self._release_heaps)

    def __repr__(self) -> str:
        invited = [len(cell) for cell in self.cells.cells]
        return f"Opened(k={self.k}, {invited}, {self.cells.groups}, {self.where}, {self.scales})"

    def publish(self, given: tuple[Answers, ...]) -> Release:
        """Return what the bot publishes when people have answered this."""
        return self._release(
            tuple(self._heap(given, cell) for cell in range(len(self.cells.cells)))
        )

    def publish_all(self, given: tuple[Answers, ...]) -> tuple[object, ...]:
        """Return, as a control, the exact counts of each group with at least k answers to a question."""
        groups = [frozenset(range(len(self.cells.cells))), *self.cells.groups.values()]
        heaps = [
            [answers[q] for where, answers in zip(self.where, given, strict=True) if where in group]
            for group in groups
            for q in range(len(self.scales))
        ]
        return tuple(tuple(sorted(heap)) for heap in heaps if len(heap) >= self.k)

    def _heap(self, given: tuple[Answers, ...], cell: int) -> tuple[tuple[int, ...], ...]:
        """Return the answers in a cell to each question, in order."""
        here = [answers for where, answers in zip(self.where, given, strict=True) if where == cell]
        return tuple(
            tuple(sorted(a for a in question if a is not None))
            for question in zip(*here, strict=True)
        )

    def _release_heaps(self, heaps: tuple[tuple[tuple[int, ...], ...], ...]) -> Release:
        cells = tuple(
            Cell(len(people), self.where.count(number), named(heap))
            for number, (people, heap) in enumerate(zip(self.cells.cells, heaps, strict=True))
        )
        return release(Wave(self.k, cells, self.cells.groups, named(self.scales)))


@st.composite
def opened(draw: st.DrawFn, most: int, *scales: Scale) -> Opened:
    """Draw groups among up to fourteen people, cut into cells, and who of them answered."""
    k = draw(st.sampled_from([3, 3, 4]))
    roster = [f"U{n}" for n in range(draw(st.integers(k, 14)))]
    members = st.sets(st.sampled_from(roster), min_size=1)
    groups = draw(st.dictionaries(st.sampled_from("abcde"), members, max_size=5))
    cells = coarsen(roster, groups, k)
    answered = [draw(st.integers(0, len(cell))) for cell in cells.cells]
    assume(k <= sum(answered) <= most)
    where = [cell for cell, people in enumerate(answered) for _ in range(people)]
    return Opened(k, cells, where, scales)


@st.composite
def answered(
    draw: st.DrawFn, most: int, *scales: Scale
) -> tuple[Opened, list[list[Answers]], tuple[Answers, ...]]:
    """Draw a wave, what each person may have answered (some skip a question), and what they did, often alike."""
    wave = draw(opened(most, *scales))
    kinds: list[list[tuple[int | None, ...]]] = []
    for _ in wave.where:
        skipped = [len(scales) > 1 and draw(st.integers(0, 3)) == 0 for _ in scales]
        kinds.append([(None,) if s else KINDS[q] for s, q in zip(skipped, scales, strict=True)])
    choices = [list(product(*kind)) for kind in kinds]
    usual = draw(st.integers(0, 2))
    given = [draw(st.just(c[min(usual, len(c) - 1)]) | st.sampled_from(c)) for c in choices]
    return wave, choices, tuple(given)


def traits(scales: Sequence[Scale]) -> list[Callable[[Answers], bool]]:
    """Return all that there is to know of one person's answer to one question."""
    return [
        lambda answers, number=number, kind=kind: answers[number] == kind
        for number, scale in enumerate(scales)
        for kind in KINDS[scale]
    ]


@pytest.mark.parametrize("scale", Scale)
def test_trying_all_answers_determines_no_small_set(scale: Scale):
    """Nobody's kind of answer, and in no set of fewer than k people how many gave it."""

    @PATIENT
    @given(answered(MOST_ANSWERS[scale], scale))
    def check(drawn) -> None:
        wave, choices, answers = drawn
        assert find_determined(answers, choices, traits([scale]), wave.k, wave.publish) is None

    check()


@PATIENT
@given(answered(5, Scale.STATEMENT, Scale.STATEMENT))
def test_two_statements_with_skips_and_the_overall_figure_determine_no_small_set(drawn):
    """Answers to both are tried together, and the overall figure has to be the same as well."""
    wave, choices, answers = drawn
    known = traits(wave.scales)
    assert find_determined(answers, choices, known, wave.k, wave.publish) is None


@pytest.mark.parametrize("scale", Scale)
def test_same_reader_wins_where_everything_is_published(scale: Scale):
    """A control: groups of at least k answers, each told exactly."""

    def is_caught(drawn) -> bool:
        wave, choices, answers = drawn
        return bool(find_determined(answers, choices, traits([scale]), wave.k, wave.publish_all))

    found = find(
        answered(MOST_ANSWERS[scale], scale), is_caught, settings=settings(PATIENT, database=None)
    )
    wave, choices, answers = found
    assert find_determined(answers, choices, traits([scale]), wave.k, wave.publish) is None


@st.composite
def large_waves(draw: st.DrawFn) -> tuple[Wave, list[list[int]]]:
    """Draw sixty people in teams, roles and any groups beside, of whom some have answered one statement."""
    roster = [f"U{n}" for n in range(60)]
    teams, roles = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    groups = {f"team{t}": set(roster[t::teams]) for t in range(teams)}
    groups |= {
        f"role{r}": {p for n, p in enumerate(roster) if n * 7 // 60 % roles == r}
        for r in range(roles)
    }
    groups |= draw(st.dictionaries(st.sampled_from("abc"), st.sets(st.sampled_from(roster))))
    cells = coarsen(roster, groups, 5)
    answers = [
        draw(st.lists(st.sampled_from([2, 5, 5]), max_size=len(cell))) for cell in cells.cells
    ]
    made = [Cell(len(c), len(a), {"q": a}) for c, a in zip(cells.cells, answers, strict=True)]
    return Wave(5, tuple(made), cells.groups, {"q": Scale.STATEMENT}), answers


@PATIENT
@given(large_waves())
def test_no_sums_and_differences_come_down_to_few_people(drawn):
    """As if every figure that is told were exact."""
    wave, answers = drawn
    cells = range(len(wave.cells))
    groups = {EVERYBODY: frozenset(cells), **wave.groups}
    rows = [[int(cell in groups[one.group]) for cell in cells] for one in release(wave).figures]
    assert find_combination(rows, [len(a) for a in answers], wave.k) is None


def test_same_algebra_finds_the_group_that_is_left():
    """A control: everybody and all teams but one, which has four answers."""
    rows = [[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert find_combination(rows, [6, 9, 5, 4], 5) == (3,)


@PATIENT
@given(large_waves())
def test_in_a_large_wave_no_cell_that_answered_as_one_shows_it(drawn):
    """One of them could have answered otherwise, and somebody in at most one other cell as well, and nothing changed."""
    wave, answers = drawn
    published = release(wave)
    for number, heap in enumerate(answers):
        if published.figures and len(set(heap)) == 1:
            other_waves = (release(other) for other in moves(wave, answers, number))
            assert any(other == published for other in other_waves)


def moves(wave: Wave, answers: list[list[int]], cell: int) -> Iterator[Wave]:
    """Yield the wave with another answer in a cell, then also with the reverse in each other cell."""
    was, becomes = answers[cell][0], 7 - answers[cell][0]
    once = with_answer(wave, cell, was, becomes)
    yield once
    for other, heap in enumerate(answers):
        if other != cell and becomes in heap:
            yield with_answer(once, other, becomes, was)


def with_answer(wave: Wave, number: int, was: int, becomes: int) -> Wave:
    """Return a wave in which somebody in a cell has answered otherwise."""
    heap = list(wave.cells[number].answers["q"])
    heap[heap.index(was)] = becomes
    cell = replace(wave.cells[number], answers={"q": heap})
    return replace(wave, cells=(*wave.cells[:number], cell, *wave.cells[number + 1 :]))
