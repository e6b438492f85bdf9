"""When people are called: in their own working hours, however late the bot comes to it, and each of them once."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import pulse, pulse_answer, pulse_call, pulse_close, pulse_progress, pulse_roster
from bot.domain.pulse import Terms, Wave
from bot.domain.pulse_call import ASK, RESULT, Page, time_to_call
from bot.domain.workday import is_working_time, next_working_time
from bot.slack.outcome import Sent
from bot.storage.database import Database
from bot.storage.pulse import Guest
from bot.storage.vault import Vault
from tests.faults.pulse_town import HOUR, zones_at_work
from tests.meetingroom import clear, utc
from tests.pulse_stage import MONDAY, SECRET
from tests.storage.outbox_stage import came_out, put, take_one

VAULT = Vault(SECRET)
MADRID, SINGAPORE, BOGOTA = "Europe/Madrid", "Asia/Singapore", "America/Bogota"
DAY = timedelta(days=1)
zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds the zone)


class Call(NamedTuple):
    """Somebody was called."""

    at: datetime
    number: int
    person: str


class Office:
    """A survey of five people a zone, and a bot that looks after it when a test says so."""

    def __init__(
        self,
        database: Database,
        zones: Sequence[str],
        opens: datetime,
        *,
        days: int = 7,
        remind: tuple[int, ...] = (),
    ) -> None:
        self.calls: list[Call] = []
        self.zones = {f"{zone}-{n}": zone for zone in zones for n in range(5)}
        self._database = database
        terms = Terms("Pulse", ("desk",), 1, (), False, False, days, remind, 5, "none")
        self.wave: Wave = database.write(pulse.plan_wave, terms, "U0ANA", opens, opens)

    def open(self, now: datetime) -> None:
        """Gather its people and open it."""
        self._database.write(pulse_roster.begin, now)
        guests = [Guest(person, "desk", zone) for person, zone in self.zones.items()]
        write, number = self._database.write, self.wave.id
        write(pulse_roster.seat, number, "", guests, pulse_roster.READ)
        self.wave = write(pulse_roster.open_wave, VAULT, number, {}, now)

    def look(self, now: datetime, pages: int = 100, most: int = 100) -> list[str]:
        """Call whoever is due, so many pages of so many people at most; return whom."""
        before = len(self.calls)
        while pages and (page := self._page(now, most)):
            pages -= 1
            self.calls += [Call(now, page.number, person) for person in page.people]
        return [call.person for call in self.calls[before:]]

    def answer(self, person: str, now: datetime) -> None:
        """Let somebody answer."""
        given = {"statement0": "4"}
        self._database.write(pulse_answer.answer, VAULT, self.wave.id, person, given, now)

    def close(self, now: datetime) -> None:
        """Close it."""
        assert self._database.write(pulse_close.close_due, VAULT, now)

    def people(self, *zones: str) -> list[str]:
        """Return who lives in some zones."""
        return [person for person, zone in self.zones.items() if zone in zones]

    def _page(self, now: datetime, most: int) -> Page | None:
        return self._database.write(pulse_call.next_page, VAULT, now, most)


def at(moment: str, zone: str) -> datetime:
    """Return "2026-11-24 09:00" by the clocks of a zone."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.both_databases
class TestLate:
    """What becomes of calls whose time came while nobody made them."""

    def test_down_over_the_evening(self, database):
        """Madrid was to be asked at noon and Bogota in its morning; the bot comes back at their night and asks each next morning."""
        office = Office(database, (MADRID, SINGAPORE, BOGOTA), MONDAY)
        office.open(MONDAY)
        back = utc("2026-11-24 00:30")
        assert office.look(back) == []
        for morning in (SINGAPORE, MADRID, BOGOTA):
            nine = at("2026-11-24 09:00", morning)
            assert office.look(nine - timedelta(minutes=1)) == []
            assert office.look(nine) == office.people(morning)

    def test_opened_late(self, database):
        """It should have opened at noon on Friday, and opens on Saturday: people hear on Monday."""
        friday = utc("2026-11-27 12:00")
        office = Office(database, (MADRID,), friday)
        office.open(friday + DAY)
        assert office.look(friday + DAY) == []
        assert office.look(at("2026-11-30 09:00", MADRID)) == office.people(MADRID)

    def test_slow_asking_goes_on_next_morning(self, database):
        """From where it was left, and nobody hears twice."""
        office = Office(database, (MADRID,), MONDAY)
        office.open(MONDAY)
        one, two, *others = office.people(MADRID)
        assert office.look(at("2026-11-23 16:59", MADRID), pages=2, most=1) == [one, two]
        assert office.look(at("2026-11-23 17:00", MADRID), most=1) == []
        assert office.look(at("2026-11-24 08:59", MADRID), most=1) == []
        assert office.look(at("2026-11-24 09:00", MADRID), most=1) == others

    def test_asked_at_once_where_it_closes_first(self, database):
        """Late is better than never; but not after the close."""
        office = Office(database, (MADRID,), MONDAY, days=1)
        office.open(MONDAY)
        one, *_ = office.people(MADRID)
        tuesday = at("2026-11-24 13:00", MADRID)
        assert office.look(tuesday - 5 * HOUR) == []  # at eight, and it closes at one
        assert office.look(tuesday - 3 * HOUR, pages=1, most=1) == [one]
        assert office.look(tuesday, most=1) == []

        friday_evening = at("2026-11-27 20:00", SINGAPORE)
        weekend = Office(database, (SINGAPORE,), friday_evening, days=2)
        weekend.open(friday_evening)
        assert weekend.look(friday_evening) == weekend.people(SINGAPORE)

    def test_a_reminder_waits_for_the_morning(self, database):
        """Then it goes to those who have not answered by then."""
        office = Office(database, (MADRID,), MONDAY, remind=(1,))
        office.open(MONDAY)
        office.look(MONDAY)
        office.answer(office.people(MADRID)[0], MONDAY)
        assert office.look(at("2026-11-24 22:00", MADRID)) == []
        office.answer(office.people(MADRID)[1], at("2026-11-24 23:00", MADRID))
        assert office.look(at("2026-11-25 09:00", MADRID)) == office.people(MADRID)[2:]

    def test_a_reminder_that_would_come_after_the_close_is_dropped(self, database):
        """It closes at half past eight; nobody is woken for it, and no manager is told that it will come."""
        opens = at("2026-11-23 08:30", MADRID)
        office = Office(database, (MADRID,), opens, days=2, remind=(1,))
        office.open(opens)
        office.look(opens + HOUR)
        night = at("2026-11-24 22:00", MADRID)
        assert office.look(night) == []
        assert database.read(pulse_progress.standing, VAULT, office.wave.id, night).reminders == ()
        assert office.look(at("2026-11-25 08:29", MADRID)) == []

    def test_two_in_one_breath(self, database):
        """Down from the opening until all reminders but the last are due: it asks, and reminds on the last day alone."""
        office = Office(database, (MADRID,), MONDAY, days=14, remind=(1, 2, 7))
        office.open(MONDAY)
        back = at("2026-11-25 20:00", MADRID)
        assert office.look(back) == []
        for day in range(1, 12):
            office.look(at("2026-11-25 09:00", MADRID) + day * DAY)
        assert Counter(call.person for call in office.calls) == dict.fromkeys(office.zones, 2)
        assert {call.at for call in office.calls} == {at("2026-11-26 09:00", MADRID), at("2026-11-30 09:00", MADRID)}  # fmt: skip

    def test_a_reminder_before_the_question(self, database):
        """Whose question is still on its way when it is due, or was, is not reminded; the others of the zone are."""
        office = Office(database, (MADRID,), MONDAY, remind=(1, 2))
        office.open(MONDAY)
        office.look(MONDAY)
        tuesday = MONDAY + DAY
        waits, late, *heard = office.people(MADRID)
        for person, ended in ((heard[0], MONDAY), (late, tuesday)):
            put(database, f"pulse:{office.wave.id}:0:{person}")
            came_out(database, take_one(database), Sent("D0", "1.0"), ended)
        put(database, f"pulse:{office.wave.id}:0:{waits}")
        assert office.look(tuesday) == heard
        assert office.look(tuesday + DAY) == [late, *heard]

    def test_two_reminders_in_one_breath(self, database):
        """Whoever missed both hears one."""
        office = Office(database, (MADRID,), MONDAY, remind=(1, 2))
        office.open(MONDAY)
        office.look(MONDAY)
        office.look(at("2026-11-25 20:00", MADRID))
        assert office.look(at("2026-11-26 10:00", MADRID)) == office.people(MADRID)
        assert office.look(at("2026-11-27 10:00", MADRID)) == []

    def test_a_result_waits_as_long_as_it_takes(self, database):
        """It closes on a Monday at noon; the bot is away until Friday night."""
        office = Office(database, (MADRID, BOGOTA), MONDAY)
        office.open(MONDAY)
        office.close(office.wave.closes_at)
        assert office.look(at("2026-12-04 23:00", BOGOTA)) == []
        assert office.look(at("2026-12-07 09:00", MADRID)) == office.people(MADRID)
        assert office.look(at("2026-12-07 09:00", BOGOTA)) == office.people(BOGOTA)


@given(
    st.sampled_from((ASK, 1, RESULT)),
    zones,
    moments,
    st.timedeltas(-DAY, 10 * DAY),
)
def test_when_somebody_may_be_called(
    number: int, zone: ZoneInfo, now: datetime, left: timedelta
) -> None:
    """In working hours, before the close; at once only to be asked, and only where no working hours come before the close."""
    closes_at = now + left
    called = time_to_call(number, zone, closes_at, now)
    come_in_time = next_working_time(now, zone) < closes_at
    if called is None:
        assert number != RESULT
        assert not come_in_time
        assert number != ASK or left <= timedelta(0)
    elif not is_working_time(called, zone):
        assert (number, called) == (ASK, now)
        assert not come_in_time
    assert called is None or called >= now
    assert called is None or number == RESULT or called < closes_at


@st.composite
def offices(draw: st.DrawFn) -> tuple[list[str], datetime, int, tuple[int, ...]]:
    """Draw in which zones people live, when a survey opens, for how many days, and on which of them it reminds."""
    where = draw(st.lists(zones.map(str), min_size=1, max_size=3, unique=True))
    opens = MONDAY + draw(st.integers(0, 7 * 24)) * HOUR
    days = draw(st.integers(1, 6))
    remind = st.sets(st.sampled_from(range(1, days)), max_size=3) if days > 1 else st.just(set())
    return where, opens, days, tuple(sorted(draw(remind)))


looks = st.tuples(st.integers(0, 40), st.sampled_from(((1, 2), (3, 3), (50, 100))))


@settings(max_examples=60, deadline=None)
@given(offices(), st.lists(looks, min_size=2, max_size=30))
def test_nobody_is_called_outside_their_hours(
    cleared_database: Database,
    chosen: tuple[list[str], datetime, int, tuple[int, ...]],
    looked: list[tuple[int, tuple[int, int]]],
) -> None:
    """Whenever the bot looks and however little it gets done; all are asked, none twice, and nobody hears two things at once."""
    clear(cleared_database)
    where, opens, days, remind = chosen
    office = Office(cleared_database, where, opens, days=days, remind=remind)
    closes = office.wave.closes_at
    office.open(opens + looked[0][0] * HOUR / 2)
    now = opens
    for half_hours, how_much in looked:
        now += half_hours * HOUR / 2
        if now < closes:
            office.look(now, *how_much)
    office.look(closes - timedelta(seconds=1))
    office.close(closes)
    for later in range(0, 24 * 5, 7):
        office.look(closes + later * HOUR)

    said = Counter((number, person) for _, number, person in office.calls)
    assert {who for number, who in said if number == ASK} == set(office.zones)
    assert {who for number, who in said if number == RESULT} == set(office.zones)
    assert set(said.values()) == {1}
    assert {*Counter((when, person) for when, _, person in office.calls).values()} == {1}
    for when, number, person in office.calls:
        zone = ZoneInfo(office.zones[person])
        is_last_chance = number == ASK and next_working_time(when, zone) >= closes
        assert is_working_time(when, zone) or is_last_chance, (when, number, person)


def test_the_people_of_the_kill_tests_are_asked_at_any_hour() -> None:
    """At night and on weekends too, each zone at once."""
    for hour in range(7 * 24):
        now = MONDAY + hour * HOUR + timedelta(minutes=59)
        with freeze_time(now):
            three = [ZoneInfo(name) for name in zones_at_work()]
        assert [time_to_call(ASK, zone, now + 2 * HOUR, now) for zone in three] == [now] * 3
        assert {now.astimezone(zone).hour for zone in three} == {11, 12, 13}
