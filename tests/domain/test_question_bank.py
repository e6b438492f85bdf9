"""The question bank: its statements, and whose turn it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.own_statement import hints, own_statement
from bot.domain.question_bank import (
    BANK,
    COMMENT_WARNING,
    ENPS_SCALE,
    LIKERT,
    MOST_STATEMENTS,
    Statement,
    Theme,
    rotate,
)

THEMES = list(dict.fromkeys(each.theme for each in BANK))
THEME_OF = {each.slug: each.theme for each in BANK}


def slugs(statements: tuple[Statement, ...]) -> list[str]:
    """Return what a wave keeps."""
    return [each.slug for each in statements]


def turns(count: int, waves: int) -> list[list[str]]:
    """Return what so many waves ask, each of which lets the rotation choose."""
    asked: list[list[str]] = []
    for _ in range(waves):
        asked.append(slugs(rotate(asked, count)))
    return asked


class TestStatements:
    """Promises that every statement of the bank keeps."""

    @pytest.mark.parametrize("statement", BANK, ids=lambda each: each.slug)
    def test_reads_well(self, statement):
        """One short sentence about one thing, that is good news to agree with; the checks for managers let it through."""
        assert re.fullmatch(r"[A-Z][^.?!]*\.", statement.text)
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", statement.slug)
        assert len(statement.text) <= 80
        assert hints(statement.text) == ()
        assert own_statement(statement.text) == statement

    def test_the_bank_as_a_whole(self):
        """Nothing is there twice, every theme has several statements, and none is a manager's own."""
        assert 25 <= len(BANK) <= 40
        assert len({each.slug for each in BANK}) == len({each.text for each in BANK}) == len(BANK)
        assert [theme for theme in Theme if theme is not Theme.OWN] == THEMES
        assert all(sum(each.theme is theme for each in BANK) >= 3 for theme in THEMES)

    def test_the_other_questions(self):
        """Five answers to a statement, eleven to the eNPS question, and a comment that warns."""
        assert (list(LIKERT), list(ENPS_SCALE)) == ([1, 2, 3, 4, 5], list(range(11)))
        assert "not name people" in COMMENT_WARNING
        assert "style may be recognised" in COMMENT_WARNING


class TestRotation:
    """Which statements come next."""

    def test_the_first_waves(self):
        """Themes take turns in the bank's order, and come again with their next statement."""
        assert turns(3, 5) == [
            ["satisfied", "expectations", "lead_time"],
            ["workload", "help_in_team", "reviews"],
            ["tools", "speak_up", "training_time"],
            ["incident_role", "change_news", "valued"],
            ["priorities", "lead_blockers", "time_per_task"],
        ]

    @pytest.mark.parametrize("count", range(1, MOST_STATEMENTS + 1))
    def test_every_theme_has_its_turn(self, count):
        """No wave asks two of one theme, and between two turns of a theme every other has one."""
        themes = [THEME_OF[slug] for wave in turns(count, 60) for slug in wave]
        for place in range(0, len(themes) - len(THEMES), count):
            assert set(themes[place : place + len(THEMES) + count - 1]) == set(THEMES)
        for place in range(0, len(themes), count):
            assert len(set(themes[place : place + count])) == count

    @pytest.mark.parametrize("count", range(1, MOST_STATEMENTS + 1))
    def test_every_statement_has_its_turn(self, count):
        """The whole bank is used up before any theme begins again with its first statement."""
        asked = [slug for wave in turns(count, 60) for slug in wave]
        for theme in THEMES:
            own = [each.slug for each in BANK if each.theme is theme]
            came = [slug for slug in asked if slug in own]
            assert came[: 2 * len(own)] == (own * 2)[: len(came)]

    def test_what_somebody_has_chosen(self):
        """A theme that is asked already comes last; the managers' own statements move nobody's turn."""
        own = own_statement("I like the coffee in the kitchen.")
        assert slugs(rotate([], 2, ["valued", own.slug])) == ["expectations", "lead_time"]
        assert slugs(rotate([[own.slug], ["retired_long_ago"]], 2)) == ["satisfied", "expectations"]

    @given(
        st.lists(st.lists(st.sampled_from(slugs(BANK)), max_size=5), max_size=30), st.integers(0, 5)
    )
    def test_after_any_history(self, waves, count):
        """The same history gives the same wave, of different themes, none of which waited less than one that is left out."""
        chosen = rotate(waves, count)
        assert rotate([*waves], count) == chosen
        taken = [each.theme for each in chosen]
        assert len(set(taken)) == len(taken) == count

        def waited(theme: Theme) -> int:
            own = {each.slug for each in BANK if each.theme is theme}
            return min(
                (back for back, wave in enumerate(reversed(waves)) if own & {*wave}), default=99
            )

        left = [waited(theme) for theme in THEMES if theme not in taken]
        assert all(waited(theme) >= max(left) for theme in taken)
