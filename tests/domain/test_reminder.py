"""Who hears of an action item when: on working mornings, once a day, until it is verified."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain import action as actions
from bot.domain.action import ActionDraft
from bot.domain.action_item import Source
from bot.domain.colleague import Staff
from bot.domain.person import Person
from bot.domain.reminder import Morning, take_morning, who_is_awake
from bot.errors import FormErrors, Refused
from bot.storage import action as storage
from bot.storage import schema
from bot.storage.action import WakeRow
from bot.storage.database import Database
from bot.vocabulary import ActionState, Role

LONDON, PRAGUE, SINGAPORE = (
    ZoneInfo(name) for name in ("Europe/London", "Europe/Prague", "Asia/Singapore")
)
ANA = Person("U0ANA", "Ana", Role.MANAGER, LONDON)
LEA = Person("U0LEA", "Lea", Role.LEAD, PRAGUE, "emea")
BO = Person("U0BO", "Bo", Role.MEMBER, LONDON, "emea")
TIM = Person("U0TIM", "Tim", Role.MEMBER, LONDON)
STAFF = Staff(("U0ANA",), {"emea": "U0LEA"}, {}, LONDON)

FRIDAY_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Stage:
    """A database and a clock that ticks; what people are told is kept with the instant."""

    database: Database
    clock: freeze_time  # type: ignore[valid-type]
    staff: Staff = STAFF
    told: list[tuple[datetime, Morning]] = field(default_factory=list)
    _count: int = 0

    @property
    def now(self) -> datetime:
        """The instant it is."""
        return self.clock().replace(tzinfo=UTC)  # type: ignore[operator, no-any-return]

    def trigger(self) -> str:
        """Return a trigger that has not been used."""
        self._count += 1
        return str(self._count)

    def add(
        self,
        text: str = "x",
        due: date | None = None,
        owner: Person = BO,
        by: Person = TIM,
        source: Source = actions.NOWHERE,
    ) -> int:
        """Add an action."""
        draft = ActionDraft(text=text, owner=owner.id, due=due)
        add = actions.add_action
        return self.database.write(add, draft, owner, by, self.trigger(), source).id

    def done(self, number: int, by: Person = BO) -> None:
        """Mark it done."""
        self.database.write(actions.mark_done, number, by, self.trigger(), self.staff)

    def tick(self) -> None:
        """Let the job look after everybody who is awake, and then after those whom that has woken."""
        while awake := self.database.read(who_is_awake, self.now, 100):
            for person in awake:
                morning = self.database.write(take_morning, person, self.staff, self.now)
                if morning is not None:
                    self.told.append((self.now, morning))

    def wait_until(self, until: datetime, *, down: bool = False) -> list[str]:
        """Let the clock run, the job tick whenever somebody is awake, and at the end; return what people were told.

        While it is `down`, it ticks at the end alone.
        """
        before = len(self.told)
        while not down and (at := self.database.read(next_wake)) and at <= until:
            self.clock.move_to(max(at, self.now))  # type: ignore[attr-defined]
            self.tick()
        self.clock.move_to(until)  # type: ignore[attr-defined]
        self.tick()
        return [show(at, morning) for at, morning in self.told[before:]]

    def days(self, count: int) -> list[str]:
        """Let so many days go by."""
        return self.wait_until(self.now + timedelta(days=count))


def next_wake(session: Session) -> datetime | None:
    """Return when somebody is awake next."""
    return session.scalar(select(func.min(WakeRow.at)))


def show(at: datetime, morning: Morning) -> str:
    """Return one message in a line: "Mon 23 09:00 U0BO due 1, verify 2, late 3"."""
    parts = (("due", morning.due), ("verify", morning.to_verify), ("late", morning.late))
    named = (f"{part} {' '.join(str(one.id) for one in items)}" for part, items in parts if items)
    return f"{at:%a %d %H:%M} {morning.person} {', '.join(named)}"


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A stage on which it is Friday noon."""
    with freeze_time(FRIDAY_NOON) as clock:
        yield Stage(database, clock)


def test_an_owner_hears_the_working_day_before_on_the_day_and_every_working_day_after(
    stage: Stage,
) -> None:
    """At nine where they are; weekends are quiet."""
    stage.add(due=date(2026, 11, 26))  # a Thursday
    assert stage.days(12) == [
        "Wed 25 09:00 U0BO due 1",
        "Thu 26 09:00 U0BO due 1",
        "Fri 27 09:00 U0BO due 1",
        "Mon 30 09:00 U0BO due 1",
        "Tue 01 09:00 U0BO due 1",
        "Tue 01 09:00 U0LEA late 1",  # three working days late
        "Wed 02 09:00 U0BO due 1",
    ]


def test_at_nine_where_everybody_is(stage: Stage) -> None:
    """In Singapore that is one o'clock in the night here."""
    here = Person("U0SIN", "Sin", Role.MEMBER, SINGAPORE)
    stage.add(due=date(2026, 11, 24), owner=here)
    assert stage.days(5) == [
        "Mon 23 01:00 U0SIN due 1",
        "Tue 24 01:00 U0SIN due 1",
        "Wed 25 01:00 U0SIN due 1",
    ]


def test_what_is_due_at_the_weekend_or_on_monday_is_told_on_friday(stage: Stage) -> None:
    """The working day before."""
    stage.wait_until(FRIDAY_NOON + timedelta(days=4))  # Tuesday
    for day in (28, 29, 30):
        stage.add(due=date(2026, 11, day))
    assert stage.days(7) == [
        "Fri 27 09:00 U0BO due 1 2 3",
        "Mon 30 09:00 U0BO due 1 2 3",
        "Tue 01 09:00 U0BO due 1 2 3",
    ]


def test_nobody_is_reminded_on_the_day_they_are_given_something(stage: Stage) -> None:
    """They have just been told."""
    stage.add(due=date(2026, 11, 20))
    assert stage.days(4) == ["Mon 23 09:00 U0BO due 1", "Tue 24 09:00 U0BO due 1"]


def test_what_has_no_day_is_told_on_mondays(stage: Stage) -> None:
    """It is not forgotten, and it does not nag."""
    stage.add()
    assert stage.days(12) == ["Mon 23 09:00 U0BO due 1", "Mon 30 09:00 U0BO due 1"]


@pytest.mark.both_databases
def test_several_actions_are_one_message(stage: Stage) -> None:
    """Everything a person has to do with: theirs, what they verify, what is late with others."""
    stage.add(due=date(2026, 11, 23), owner=LEA)
    stage.add(due=date(2026, 11, 23), owner=LEA)
    late = stage.add(due=date(2026, 11, 20), owner=BO)
    stage.wait_until(FRIDAY_NOON + timedelta(days=5))  # Wednesday: its third working day
    stage.done(stage.add(owner=BO, by=LEA))
    told = stage.days(1)
    assert f"Thu 26 08:00 U0LEA due 1 2, verify 4, late {late}" in told


def test_a_snooze_is_quiet_and_ends_in_a_reminder(stage: Stage) -> None:
    """Also where the action would not be due for a reminder yet."""
    stage.add(due=date(2026, 11, 24))
    later = stage.add(due=date(2026, 12, 24))
    stage.days(3)  # Monday noon
    for number in (1, later):
        stage.database.write(actions.snooze, number, date(2026, 11, 26), BO, stage.trigger())
    assert stage.days(5) == [
        "Thu 26 09:00 U0BO due 1 2",
        "Fri 27 09:00 U0BO due 1",
        "Fri 27 09:00 U0LEA late 1",
    ]


def test_a_late_action_is_told_to_the_lead_once_and_then_to_a_manager_every_week(
    stage: Stage,
) -> None:
    """However long it is snoozed."""
    stage.add(due=date(2026, 11, 20))
    stage.database.write(actions.snooze, 1, date(2027, 2, 1), BO, stage.trigger())
    assert stage.days(25) == [
        "Wed 25 09:00 U0LEA late 1",
        "Wed 02 09:00 U0ANA late 1",
        "Wed 09 09:00 U0ANA late 1",
    ]


@pytest.mark.parametrize(
    ("owner", "boss"), [(BO, "U0LEA"), (LEA, "U0ANA"), (TIM, "U0ANA"), (ANA, None)]
)
def test_who_hears_of_what_is_late(stage: Stage, owner: Person, boss: str | None) -> None:
    """The lead of the owner's team, or else a manager; never the owner."""
    stage.add(due=date(2026, 11, 20), owner=owner)
    stage.days(6)
    late = {morning.person for _, morning in stage.told if morning.late}
    assert late == ({boss} if boss else set())


def test_a_private_action_is_escalated_to_its_audience_alone(stage: Stage) -> None:
    """A manager of a 1:1 hears of it, and nobody who was not there."""
    stage.add(
        due=date(2026, 11, 20), source=Source("s:1", "1:1", None, frozenset({"U0ANA"})), by=BO
    )
    stage.add(due=date(2026, 11, 20), source=Source("s:2", "1:1", None, frozenset()), by=BO)
    stage.days(8)
    assert [(m.person, *(item.id for item in m.late)) for _, m in stage.told if m.late] == [
        ("U0ANA", 1)
    ]


def test_moving_the_day_starts_anew(stage: Stage) -> None:
    """The lead hears of it when the new day has passed for so long."""
    stage.add(due=date(2026, 11, 20))
    stage.days(6)
    stage.database.write(actions.change_due, 1, date(2026, 12, 1), BO, stage.trigger())
    late = [line for line in stage.days(10) if "late" in line]
    assert late == ["Fri 04 09:00 U0LEA late 1"]


@pytest.mark.both_databases
def test_whoever_made_it_is_asked_to_verify_until_they_do(stage: Stage) -> None:
    """On the next working morning, and then on every third working day."""
    stage.done(stage.add())
    assert stage.days(8) == ["Mon 23 09:00 U0TIM verify 1", "Thu 26 09:00 U0TIM verify 1"]
    stage.database.write(actions.verify, 1, TIM, stage.trigger())
    assert stage.days(14) == []


def test_a_reopened_action_is_chased_again(stage: Stage) -> None:
    """From the next working day on; nobody is asked to verify it meanwhile."""
    stage.done(stage.add(due=date(2026, 11, 20)))
    stage.days(3)
    stage.database.write(actions.reopen, 1, TIM, stage.trigger())
    assert stage.days(1) == ["Tue 24 09:00 U0BO due 1"]


def test_the_new_owner_is_chased_and_the_old_one_is_not(stage: Stage) -> None:
    """From the day after it was given."""
    stage.add(due=date(2026, 11, 20))
    stage.days(3)
    stage.database.write(actions.reassign, 1, TIM, BO, stage.trigger())
    assert stage.days(1) == ["Tue 24 09:00 U0TIM due 1"]


def test_a_bot_that_was_down_in_the_morning_tells_it_later_that_day(stage: Stage) -> None:
    """But not in the evening, and never twice."""
    stage.add(due=date(2026, 11, 23))
    afternoon, evening = (
        datetime(2026, 11, 23, 14, tzinfo=UTC),
        datetime(2026, 11, 24, 20, tzinfo=UTC),
    )
    assert stage.wait_until(afternoon, down=True) == ["Mon 23 14:00 U0BO due 1"]
    assert stage.wait_until(evening, down=True) == []
    assert stage.days(1) == ["Wed 25 09:00 U0BO due 1"]


def test_nothing_is_told_of_what_is_over(stage: Stage) -> None:
    """Dropped before it was due."""
    stage.add(due=date(2026, 11, 23))
    stage.database.write(actions.drop, 1, TIM, stage.trigger(), "obsolete")
    assert stage.days(7) == []


def test_the_clock_change_moves_nothing(stage: Stage) -> None:
    """Nine in London is nine before and after the night of 28 March."""
    with freeze_time(datetime(2027, 3, 25, 12, tzinfo=UTC)) as clock:
        spring = Stage(stage.database, clock)
        spring.add(due=date(2027, 3, 29))
        assert spring.days(5) == [
            "Fri 26 09:00 U0BO due 1",
            "Mon 29 08:00 U0BO due 1",
            "Tue 30 08:00 U0BO due 1",
        ]


def test_a_manager_known_by_e_mail_alone_hears_of_it_once_seen(stage: Stage) -> None:
    """Until the bot has met one, there is nobody to tell."""
    stage.staff = Staff((), {}, {}, LONDON, has_others=True)
    stage.add(due=date(2026, 11, 20), owner=TIM)
    assert not [line for line in stage.days(6) if "late" in line]
    stage.add(owner=ANA, by=ANA)
    assert [line for line in stage.days(1) if "late" in line] == ["Fri 27 09:00 U0ANA late 1"]


@pytest.mark.both_databases
def test_who_was_called_while_being_looked_after_is_not_forgotten(stage: Stage) -> None:
    """Between looking and falling asleep another machine may have given them something."""
    stage.add(due=date(2026, 11, 20))
    seen = stage.database.read(storage.look_at, "U0BO")
    stage.add(due=date(2026, 11, 20))
    stage.database.write(storage.let_sleep, "U0BO", seen, None)
    assert stage.database.read(who_is_awake, stage.now, 10) == ["U0BO"]


@pytest.mark.both_databases
def test_two_machines_tell_everybody_once(stage: Stage, database_url: str) -> None:
    """They look after the same people at the same moment, while others are at work on the same actions."""
    people = [Person(f"U0P{number}", "P", Role.MEMBER, LONDON, "emea") for number in range(12)]
    for person, boss in zip(people, [*people[1:], LEA], strict=True):
        stage.add(due=date(2026, 11, 20), owner=person, by=boss)
    stage.clock.move_to(datetime(2026, 11, 25, 9, tzinfo=UTC))  # type: ignore[attr-defined]
    other, start = Database(database_url), threading.Barrier(3)

    def look_after(database: Database, some: list[Person]) -> list[Morning | None]:
        start.wait(20)
        return [database.write(take_morning, one.id, STAFF, stage.now) for one in some]

    def work() -> None:
        start.wait(20)
        for number, person in enumerate(people[:6], 1):
            stage.done(number, person)

    with ThreadPoolExecutor(3) as threads:
        working = threads.submit(work)
        both = threads.map(look_after, (stage.database, other), (people, people[::-1]))
        told = [morning.person for found in both for morning in found if morning]
        working.result(20)
    other.close()
    assert len(told) == len(set(told))
    assert {person.id for person in people[6:]} <= set(told)


# Nobody is nagged twice on one day, whatever happens.

PEOPLE = (BO, TIM, LEA, ANA)
ZONES = (
    "Europe/London",
    "Asia/Singapore",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "Asia/Kolkata",
)
numbers, people = st.integers(1, 4), st.sampled_from((BO, BO, BO, TIM, LEA, ANA))
near_days = st.none() | st.integers(0, 6)
happenings = st.one_of(
    st.tuples(st.just("add"), people, people, near_days),
    st.tuples(st.just("done"), numbers, people),
    st.tuples(st.just("verify"), numbers, people),
    st.tuples(st.just("reopen"), numbers, people),
    st.tuples(st.just("drop"), numbers, people),
    st.tuples(st.just("snooze"), numbers, people, near_days),
    st.tuples(st.just("due"), numbers, people, near_days),
    st.tuples(st.just("give"), numbers, people, people),
    st.tuples(st.just("fly"), people, st.sampled_from(ZONES)),
    *[st.tuples(st.just("wait"), st.sampled_from([1, 3, 20, 24, 27]))] * 3,
)
BEGINNING = [("add", owner, TIM, 0) for owner in (BO, BO, LEA)] + [("wait", 72)]


def happen(stage: Stage, zones: dict[str, ZoneInfo], what: tuple) -> None:  # type: ignore[type-arg]
    """Do one thing of a story; what is refused does not happen."""

    def now(person: Person) -> Person:
        return Person(person.id, person.name, person.role, zones[person.id], person.team)

    def day(ahead: int | None) -> date | None:
        return None if ahead is None else stage.now.date() + timedelta(days=ahead)

    write, trigger = stage.database.write, stage.trigger()
    match what:
        case ("add", owner, by, ahead):
            stage.add(due=day(ahead), owner=now(owner), by=now(by))
        case ("done", number, by):
            write(actions.mark_done, number, now(by), trigger, stage.staff)
        case ("verify", number, by):
            write(actions.verify, number, now(by), trigger)
        case ("reopen", number, by):
            write(actions.reopen, number, now(by), trigger)
        case ("drop", number, by):
            write(actions.drop, number, now(by), trigger, "obsolete")
        case ("snooze", number, by, ahead):
            write(actions.snooze, number, day(ahead), now(by), trigger)
        case ("due", number, by, ahead):
            write(actions.change_due, number, day(ahead), now(by), trigger)
        case ("give", number, by, owner):
            write(actions.reassign, number, now(owner), now(by), trigger)
        case ("fly", person, zone):
            zones[person.id] = ZoneInfo(zone)
            write(actions.remember, now(person))
        case ("wait", hours):
            stage.wait_until(stage.now + timedelta(hours=hours))


@pytest.fixture(scope="module")
def empty_database() -> Iterator[bytes]:
    """An empty database as bytes, migrated once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{path}")
        schema.upgrade(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        database.close()
        yield path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(story=st.lists(happenings, min_size=5, max_size=30))
def test_nobody_is_told_twice_on_one_day_and_always_at_work(
    empty_database: bytes,
    story: list[tuple],  # type: ignore[type-arg]
) -> None:
    """Whatever is added, done, moved, snoozed and given away, and wherever people fly meanwhile."""
    with TemporaryDirectory() as folder, freeze_time(FRIDAY_NOON) as clock:
        path = Path(folder) / "steward.db"
        path.write_bytes(empty_database)
        stage = Stage(Database(f"sqlite:///{path}"), clock)
        zones = {person.id: person.zone for person in PEOPLE}
        seen = {person.id: [] for person in PEOPLE}
        for what in [*BEGINNING, *story, ("wait", 72)]:
            before = len(stage.told)
            with suppress(Refused, FormErrors):
                happen(stage, zones, what)
            for at, morning in stage.told[before:]:
                check_told(at, morning, zones[morning.person], seen[morning.person])
                seen[morning.person].append(at)
        stage.database.close()


def check_told(at: datetime, morning: Morning, zone: ZoneInfo, earlier: list[datetime]) -> None:
    """Assert that a message came at work, as the first of its day, and about what still matters."""
    local = at.astimezone(zone)
    assert local.weekday() < 5
    assert time(9) <= local.time() < time(17)
    assert local.date() not in [one.astimezone(zone).date() for one in earlier]
    assert all(
        item.state is ActionState.OPEN and item.owner == morning.person for item in morning.due
    )
    assert all(
        item.state is ActionState.DONE and item.verifier == morning.person
        for item in morning.to_verify
    )
    assert all(item.is_overdue and item.owner != morning.person for item in morning.late)
