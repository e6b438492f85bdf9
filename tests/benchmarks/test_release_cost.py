"""What the audit of a pulse's release costs beside merely adding up the answers; pytest-benchmark prints the ratios."""

import random
import time

import pytest

from bot.domain.grouping import EVERYBODY, MOST_GROUPS, Cells, coarsen
from bot.domain.layout import lay_out
from bot.domain.release import Cell, Release, Wave, release
from bot.errors import Refused
from bot.vocabulary import Scale

QUESTIONS = {f"s{n}": Scale.STATEMENT for n in range(5)} | {"enps": Scale.ENPS}
PEOPLE = [f"U{n:04}" for n in range(200)]
Groups = dict[str, set[str]]


def teams_and_roles() -> Groups:
    """Return eight teams, and four roles across them."""
    teams = {f"team{t}": set(PEOPLE[t::8]) for t in range(8)}
    return teams | {f"role{r}": set(PEOPLE[r * 50 : r * 50 + 50]) for r in range(4)}


def any_twelve() -> Groups:
    """Return twelve groups that cross everywhere, the hardest to choose from."""
    chance = random.Random(5)  # noqa: S311
    return {f"any{n}": set(chance.sample(PEOPLE, 100)) for n in range(12)}


def wave_of(cells: Cells) -> Wave:
    """Return a closed wave that four of five people answered, some skipping a question."""
    chance = random.Random(7)  # noqa: S311
    made = tuple(answered_cell(chance, len(cell)) for cell in cells.cells)
    return Wave(5, made, cells.groups, QUESTIONS)


def answered_cell(chance: random.Random, people: int) -> Cell:
    """Return a cell that four of five answered."""
    answered = sum(chance.random() < 0.8 for _ in range(people))
    answers = {
        question: [
            chance.choice([2, 3, 4, 4, 5, 5] if scale is Scale.STATEMENT else [3, 7, 9, 10])
            for _ in range(answered)
            if chance.random() < 0.97
        ]
        for question, scale in QUESTIONS.items()
    }
    return Cell(people, answered, answers)


def add_up(wave: Wave) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the plainest aggregation: favourable answers, or promoters less detractors, and answers."""
    groups = {EVERYBODY: range(len(wave.cells)), **wave.groups}
    return {
        (name, question): (
            sum(
                int(a >= 4) if scale is Scale.STATEMENT else (a >= 9) - (a <= 6)
                for cell in cells
                for a in wave.cells[cell].answers[question]
            ),
            sum(len(wave.cells[cell].answers[question]) for cell in cells),
        )
        for name, cells in groups.items()
        for question, scale in QUESTIONS.items()
    }


def publish(wave: Wave) -> Release:
    """Release a wave as for the first time, nothing being remembered."""
    lay_out.cache_clear()
    return release(wave)


@pytest.mark.parametrize("way", [add_up, publish])
def test_release_of_two_hundred_people_in_twelve_groups(benchmark, way):
    """Eight teams and four roles, five statements and an eNPS."""
    wave = wave_of(coarsen(PEOPLE, teams_and_roles()))
    assert len(wave.groups) == MOST_GROUPS
    benchmark.group = "1 · a release of 200 people in 12 groups ÷ adding their answers up"
    told = benchmark(way, wave)
    if isinstance(told, Release):
        print(
            f"\n{len(told.figures)} figures told, {len(told.hidden)} hidden, {spent(wave):.0f} ms"
        )


def spent(wave: Wave) -> float:
    """Return how many milliseconds one release takes."""
    began = time.perf_counter()
    publish(wave)
    return 1000 * (time.perf_counter() - began)


@pytest.mark.parametrize("groups", [teams_and_roles, any_twelve])
def test_cells_of_two_hundred_people_in_twelve_groups(benchmark, groups):
    """What a wave costs to open; of groups that cross everywhere nearly all choices are looked at."""
    benchmark.group = "2 · cells of 200 people in 12 groups: crossing everywhere ÷ teams and roles"
    benchmark(coarsen, PEOPLE, groups())


def test_beyond_the_ceiling_it_is_refused():
    """Thirteen groups are refused when the wave opens and when it closes, at once."""
    groups = teams_and_roles() | {"one more": set(PEOPLE[:100])}
    with pytest.raises(Refused, match="at most 12"):
        coarsen(PEOPLE, groups)
    cells = coarsen(PEOPLE, {})
    with pytest.raises(Refused, match="at most 12"):
        release(Wave(5, wave_of(cells).cells, dict.fromkeys(groups, frozenset({0})), QUESTIONS))
