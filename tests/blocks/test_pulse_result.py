"""What came of a survey, in words and as a file: how it moved, and no count of fewer people than are told of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks.plain import plain
from bot.blocks.pulse_result import result_csv, result_markdown, result_message, short_message
from bot.domain.grouping import EVERYBODY
from bot.domain.pulse import Terms, Wave
from bot.domain.pulse_answer import ENPS
from bot.domain.pulse_close import Result, Trend
from bot.domain.question_bank import BANK
from bot.domain.release import OVERALL, Cell, Change, release
from bot.domain.release import Wave as Counts
from bot.vocabulary import Scale, WaveState, Withheld
from tests.pulse_stage import MONDAY

ONE = BANK[0]
TERMS = Terms("Pulse", ("desk", "cloud"), 1, (), False, False, 7, (), 5, "teams")
WAVE = Wave(2, TERMS, (ONE,), WaveState.CLOSED, "U0ANA", MONDAY, MONDAY + timedelta(days=7), 14, 10, is_planned=False)  # fmt: skip


def result(desks: int, clouds: int, *trends: Trend) -> Result:
    """Return a result of two teams of seven, of whom so many have answered."""
    cells = tuple(Cell(7, n, {ONE.slug: ([5, 5, 2, 2, 5, 2, 2])[:n]}) for n in (desks, clouds))
    groups = {"desk": frozenset({0}), "cloud": frozenset({1})}
    told = release(Counts(5, cells, groups, {ONE.slug: Scale.STATEMENT}))
    return Result(told, {"desk": "Desk", "cloud": "Cloud"}, {ONE.slug: ONE.text}, {}, trends, {}, 1)


def test_a_file_counts_no_fewer_than_are_told_of():
    """Of four who answered it says that they are fewer than five, as the message does; of all together, and of six, how many."""
    rows = [row for row in result_csv(WAVE, result(6, 4)).splitlines() if "all statements" in row]
    assert rows == [
        "Cloud,all statements,7,under 5,,,,,fewer than 5 answered",
        "Desk,all statements,7,6,,,,,beside the others it would single out a few people",
        "Everybody,all statements,14,10,10,50,50,50 %,",
    ]
    assert "| Cloud     | under 5 of 7 " in plain(result_message(WAVE, result(6, 4)))
    assert "Everybody,all statements,14,3,,,,,fewer than 5 answered" in result_csv(
        WAVE, result(2, 1)
    )


@pytest.mark.parametrize(
    ("change", "why", "alone", "in_a_series"),
    [
        (Change(5, 5), None, "+5 against the last one of the same teams", "+5 against the last one"),
        (Change(0, 0), None, "as the last one of the same teams", "as the last one"),
        (Change(-1, 3), None, "between −1 and +3 against the last one of the same teams", "between −1 and +3 against the last one"),
        (None, Withheld.ASKED_OTHERS, "no comparison, for the last one asked other teams, or grouped them otherwise", "no comparison, for the last one asked other teams, or grouped them otherwise"),
        (None, Withheld.GROUP_CHANGED, "group changed, no comparison", "group changed, no comparison"),
        (None, Withheld.NO_FIGURE, "no comparison with the last one of the same teams", "no comparison with the last one"),
    ],
)  # fmt: skip
def test_how_it_moved(change, why, alone, in_a_series):
    """Against which one is said, and why where it is not."""
    told = result(6, 6, Trend(EVERYBODY, OVERALL, change, why))
    series = replace(WAVE, is_planned=True)
    for show in (result_message, short_message):
        assert f"satisfied · {alone}, 12 of 14" in show(WAVE, told).text
        assert f"satisfied · {in_a_series}, 12 of 14" in show(series, told).text


def test_a_span_is_explained():
    """In the message, in what those who were asked hear, and in the document; only where there is one."""
    moved = result(6, 6, Trend(EVERYBODY, OVERALL, Change(-1, 3), None))
    still = result(6, 6, Trend(EVERYBODY, OVERALL, Change(3, 3), None))
    assert all(one.percent[0] == one.percent[1] for one in still.release.figures)
    for show in (
        lambda told: plain(result_message(WAVE, told)),
        lambda told: plain(short_message(WAVE, told)),
        lambda told: result_markdown(WAVE, told),
    ):
        assert "the figure lies somewhere in it" in show(moved)
        assert "the figure lies somewhere in it" not in show(still)


def test_a_figure_below_zero_is_a_number_in_a_file():
    """A spreadsheet can compute with it; the words beside it are those of the message."""
    scores = {ENPS: [0, 0, 10, 0, 10, 7, 0]}
    cells = (Cell(7, 7, scores), Cell(7, 7, scores))
    groups = {"desk": frozenset({0}), "cloud": frozenset({1})}
    told = release(Counts(5, cells, groups, {ENPS: Scale.ENPS}))
    sheet = result_csv(WAVE, Result(told, {"desk": "Desk", "cloud": "Cloud"}, {}, {}, (), {}, 1))
    assert "Everybody,eNPS,14,14,14,-29,-29,−29," in sheet
