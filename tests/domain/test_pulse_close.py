"""What is kept of answers after the close: their cells only where each has enough of them."""

from dataclasses import replace

import pytest
from freezegun import freeze_time

from bot.domain import pulse, pulse_answer, pulse_close, pulse_roster
from bot.domain.grouping import EVERYBODY
from bot.domain.pulse import Terms
from bot.domain.pulse_close import NO_CELL
from bot.storage import pulse as rows
from bot.storage.ballot import Ballot
from bot.storage.pulse import Guest
from bot.storage.vault import Vault
from bot.vocabulary import Withheld
from tests.pulse_stage import MONDAY, SECRET, later

VAULT = Vault(SECRET)
TERMS = Terms("Pulse", ("desk", "cloud"), 1, (), False, False, 7, (), 5, "teams")
GROUPS = {"desk": ("Desk", ["desk"]), "cloud": ("Cloud", ["cloud"])}


@pytest.fixture
def wave(database):
    """A survey that asks six people of each of two teams."""
    made = database.write(pulse.plan_wave, TERMS, "U0ANA", MONDAY, MONDAY)
    database.write(pulse_roster.begin, MONDAY)
    guests = [Guest(f"U{team}{at}", team, "UTC") for team in TERMS.teams for at in range(6)]
    database.write(pulse_roster.seat, made.id, "", guests, pulse_roster.READ)
    return database.write(pulse_roster.open_wave, VAULT, made.id, GROUPS, MONDAY)


def closed(database, wave, desks: int, clouds: int) -> list[Ballot]:
    """Let so many of each team answer, close, and return what is kept of their answers."""
    for team, count in (("desk", desks), ("cloud", clouds)):
        for at in range(count):
            given = {"statement0": "4"}
            args = (VAULT, wave.id, f"U{team}{at}", given, MONDAY)
            database.write(pulse_answer.answer, *args)
    database.write(pulse_close.close_due, VAULT, later(days=7))
    return database.read(rows.answers, wave.id)


@freeze_time(MONDAY)
@pytest.mark.parametrize(("desks", "clouds", "keeps"), [(6, 5, True), (6, 0, True), (6, 4, False), (1, 1, False), (0, 0, True)])  # fmt: skip
def test_cells_are_kept_where_each_has_enough(database, wave, desks, clouds, keeps):
    """The only answer of a cell would be that of whoever is known to have answered there."""
    kept = closed(database, wave, desks, clouds)
    assert len(kept) == desks + clouds
    assert all((said.cell != NO_CELL) is keeps for said in kept)


def test_deleted_after_their_time(database, wave):
    """What was published stays."""
    closed(database, wave, 6, 6)
    database.write(rows.forget_answers, later(days=7, seconds=1))
    assert not database.read(rows.answers, wave.id)
    _, result = database.read(pulse_close.result_of, wave.id)
    assert result.release.figures


@freeze_time(MONDAY)
def test_a_change_that_would_tell_a_number_behind_a_word(database):
    """All agree in one of two surveys: neither says by how much that was more; and other statements are said to be others."""
    trends = []
    for week, given in enumerate(("4", "4", "3")):
        now = later(days=8 * week)
        made = database.write(pulse.plan_wave, TERMS, "U0ANA", now, now)
        database.write(pulse_roster.begin, now)
        guests = [Guest(f"U{team}{at}", team, "UTC") for team in TERMS.teams for at in range(6)]
        database.write(pulse_roster.seat, made.id, "", guests, pulse_roster.READ)
        database.write(pulse_roster.open_wave, VAULT, made.id, GROUPS, now)
        for at, guest in enumerate(guests):
            said = {"statement0": given if at % 2 else "5" if given == "4" else "1"}
            database.write(pulse_answer.answer, VAULT, made.id, guest.person, said, now)
        database.write(pulse_close.close_due, VAULT, later(days=8 * week + 7))
        _, result = database.read(pulse_close.result_of, made.id)
        trends.append([one for one in result.trends if one.group == EVERYBODY])
    assert trends[0] == []
    assert [(one.change, one.why) for one in trends[1]] == [(None, Withheld.WORD)]
    assert all(one.asked_others for one in trends[1])


def test_an_answer_stays_with_its_question(database):
    """A manager's own statement that the bank has too is asked once, and each answer counts for what it answered."""
    terms = replace(
        TERMS, count=4, own=("I have the tools that I need for my work.",), asks_enps=True
    )
    for _ in range(3):
        wave = database.write(pulse.plan_wave, terms, "U0ANA", MONDAY, MONDAY)
        assert len({one.slug for one in wave.statements}) == 5
