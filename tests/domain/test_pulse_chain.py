"""Surveys one after another: with which one each is compared, who hears what came of it, and when it is forgotten who was asked."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain import pulse_call, pulse_close
from bot.domain.grouping import EVERYBODY
from bot.domain.pulse_call import RESULT
from bot.domain.pulse_close import Trend
from bot.domain.release import OVERALL
from bot.storage import pulse as rows
from bot.storage.database import Database
from bot.storage.pulse import PulsePlanRow
from bot.storage.vault import Vault
from bot.vocabulary import Withheld
from tests.pulse_book import SECRET, PulseBook

pytestmark = pytest.mark.both_databases

VAULT = Vault(SECRET)
FRIDAY_EVENING = datetime(2026, 11, 20, 18, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
SOON = timedelta(minutes=5)
DAY = timedelta(days=1)
HALF = ["55", "44", "42", "25", "22", "11"]
MOST = ["55", "44", "44", "45", "22", "11"]


@pytest.fixture
def book(database: Database) -> PulseBook:
    """Where past surveys are written down."""
    return PulseBook(database)


def tell(database: Database, now: datetime) -> Counter[int]:
    """Tell whoever is due what came of their survey, and return how many of each heard it."""
    told: Counter[int] = Counter()
    while page := database.write(pulse_call.next_page, VAULT, now, 4):
        assert page.number == RESULT
        told[page.wave.id] += len(page.people)
    return told


def known(database: Database, *waves: int) -> list[int]:
    """Return of how many people of each survey it is known that they were asked."""
    return [len(database.read(rows.guests, wave)) for wave in waves]


def trends(database: Database, wave: int) -> dict[str, Trend]:
    """Return how satisfaction moved, by group."""
    _, result = database.read(pulse_close.result_of, wave)
    return {one.group: one for one in result.trends if one.question == OVERALL}


class TestWhoHears:
    """Everybody who was asked hears what came of it, whatever closes meanwhile."""

    @pytest.mark.parametrize("second", ["cloud", "desk"])
    def test_of_two_that_close_in_one_evening(self, database, book, second):
        """Of the same team or of another."""
        one = book.close(FRIDAY_EVENING, {"desk": HALF})
        other = book.close(FRIDAY_EVENING + SOON, {second: HALF})
        database.write(pulse_close.forget_guests)
        assert tell(database, MONDAY_MORNING) == {one: 6, other: 6}

    def test_in_their_working_hours(self, database, book):
        """What closes in the evening wakes nobody and nothing before the next working morning."""
        book.close(FRIDAY_EVENING, {"desk": HALF})
        assert not database.read(rows.is_any_due, MONDAY_MORNING - timedelta(seconds=1))
        assert database.read(rows.is_any_due, MONDAY_MORNING)


class TestForgotten:
    """Who was asked is forgotten when everybody has heard the result and no survey to come is compared with this one."""

    def test_when_the_next_has_closed_and_all_have_heard(self, database, book):
        """Not while a page of them is still to be told; and never that of the last."""
        one, other = (book.close(FRIDAY_EVENING + n * SOON, {"desk": HALF}) for n in (0, 1))
        database.write(pulse_call.next_page, VAULT, MONDAY_MORNING, 4)
        database.write(pulse_close.forget_guests)
        assert known(database, one, other) == [6, 6]
        tell(database, MONDAY_MORNING)
        database.write(pulse_close.forget_guests)
        assert known(database, one, other) == [0, 6]

    def test_the_last_of_each_kind_stays(self, database, book):
        """Of other teams, by other groups, in a series: each is what its next is compared with."""
        kinds = [{}, {"grouping": "none"}, {"plan": database.write(add_plan)}]
        waves = [
            *(book.close(FRIDAY_EVENING + n * SOON, {"desk": HALF}, **how) for n, how in enumerate(kinds)),
            book.close(FRIDAY_EVENING + 4 * SOON, {"cloud": HALF}),
        ]  # fmt: skip
        tell(database, MONDAY_MORNING)
        database.write(pulse_close.forget_guests)
        assert known(database, *waves) == [6, 6, 6, 6]


class TestComparedWith:
    """A survey by itself is compared with the last that asked the same teams, by the same groups."""

    def test_one_of_others(self, database, book):
        """Disjoint people are no trend, however many have changed; and it is said why."""
        book.close(FRIDAY_EVENING, {"desk": HALF})
        wave = book.close(FRIDAY_EVENING + DAY, {"cloud": MOST})
        assert set(trends(database, wave).values()) == {
            Trend(EVERYBODY, OVERALL, None, Withheld.ASKED_OTHERS),
            Trend("cloud", OVERALL, None, Withheld.ASKED_OTHERS),
        }

    def test_one_by_other_groups(self, database, book):
        """Teams are no roles."""
        book.close(FRIDAY_EVENING, {"desk": HALF, "cloud": HALF})
        both = {"desk": MOST, "cloud": MOST}
        wave = book.close(FRIDAY_EVENING + DAY, both, grouping="roles")
        assert trends(database, wave)[EVERYBODY].why is Withheld.ASKED_OTHERS

    def test_over_one_of_others(self, database, book):
        """The one of others between them is passed over, whichever order the teams were named in."""
        first = book.close(FRIDAY_EVENING, {"desk": HALF, "cloud": HALF})
        book.close(FRIDAY_EVENING + DAY, {"desk": ["11"] * 6})
        wave = book.close(FRIDAY_EVENING + 2 * DAY, {"cloud": MOST, "desk": MOST})
        told = trends(database, wave)
        assert {group: (one.change.low, one.change.high) for group, one in told.items()} == {
            EVERYBODY: (17, 17),
            "desk": (17, 17),
            "cloud": (17, 17),
        }
        _, result = database.read(pulse_close.result_of, wave)
        assert result.before == first

    def test_the_first(self, database, book):
        """It has none before it, and nothing is said."""
        assert trends(database, book.close(FRIDAY_EVENING, {"desk": HALF})) == {}

    @pytest.mark.parametrize(
        ("was", "least", "changed", "is_told"),
        [(3, 3, 2, True), (3, 5, 2, False), (5, 3, 2, False), (5, 3, 3, True), (5, 5, 3, True), (3, 3, 1, False), (6, 3, 0, True)],
    )  # fmt: skip
    def test_what_either_promised(self, database, book, was, least, changed, is_told):
        """Two left and two came: fewer than the five that one of the surveys promised; of each group too."""
        book.close(FRIDAY_EVENING, {"desk": HALF, "cloud": HALF}, least=was)
        now = {"desk": MOST, "cloud": MOST}
        new = {"desk": changed}
        wave = book.close(FRIDAY_EVENING + DAY, now, least=least, newcomers=new)
        why = None if is_told else Withheld.GROUP_CHANGED
        told = trends(database, wave)
        assert (told[EVERYBODY].why, told["desk"].why, told["cloud"].why) == (why, why, None)


def add_plan(session: Session) -> int:
    """Keep a series that plans no further, and return its number."""
    row = PulsePlanRow(
        owner="U0ANA", terms="{}", first="2026-11-20T18:00", zone="UTC", rule="FREQ=MONTHLY",
        is_active=False, made_at=FRIDAY_EVENING,
    )  # fmt: skip
    return rows.add_plan(session, row).id
