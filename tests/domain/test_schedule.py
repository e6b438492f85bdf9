"""Meetings are planned one by one: at the right instant across clock changes, once, and none is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import schedule
from bot.domain.meeting import sheet_of
from bot.domain.recurrence import Repeat
from bot.domain.series import Series, next_dates
from bot.errors import Refused
from bot.outgoing import agenda as outgoing
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.storage.series import CalendarRow
from bot.vocabulary import MeetingState
from tests.meetingroom import (
    DAY,
    HOUR,
    MINUTE,
    WEEK,
    MeetingRoom,
    calendar,
    event,
    terms,
    utc,
)

SECOND = timedelta(seconds=1)
POSTED, SKIPPED, PLANNED = MeetingState.POSTED, MeetingState.SKIPPED, MeetingState.PLANNED
SUNDAY, THURSDAY = utc("2026-11-22 12:00"), utc("2026-11-26 12:00")
NOT_RUNNING = "I was not running in time to post it"

# Weekly meetings at nine on Mondays: the last before a change of the clocks and the first after it, in both directions.
# Their instants are worked out by hand from the offset that is in force that day.
THROUGH_CHANGES = {
    "Europe/Berlin": [  # +2 until 25 October, +1 until 28 March
        ("2026-10-19", "2026-10-19 07:00"),
        ("2026-10-26", "2026-10-26 08:00"),
        ("2027-03-22", "2027-03-22 08:00"),
        ("2027-03-29", "2027-03-29 07:00"),
    ],
    "America/New_York": [  # -4 until 1 November, -5 until 14 March
        ("2026-10-26", "2026-10-26 13:00"),
        ("2026-11-02", "2026-11-02 14:00"),
        ("2027-03-08", "2027-03-08 14:00"),
        ("2027-03-15", "2027-03-15 13:00"),
    ],
    "Australia/Sydney": [  # +10 until 4 October, +11 until 4 April; nine there is the evening before in UTC
        ("2026-09-28", "2026-09-27 23:00"),
        ("2026-10-05", "2026-10-04 22:00"),
        ("2027-03-29", "2027-03-28 22:00"),
        ("2027-04-05", "2027-04-04 23:00"),
    ],
    "Australia/Lord_Howe": [  # +10:30 until 4 October, +11 until 4 April: half an hour
        ("2026-09-28", "2026-09-27 22:30"),
        ("2026-10-05", "2026-10-04 22:00"),
        ("2027-03-29", "2027-03-28 22:00"),
        ("2027-04-05", "2027-04-04 22:30"),
    ],
    "America/Santiago": [  # -3 until 4 April at midnight, -4 until 6 September at midnight
        ("2026-03-30", "2026-03-30 12:00"),
        ("2026-04-06", "2026-04-06 13:00"),
        ("2026-08-31", "2026-08-31 13:00"),
        ("2026-09-07", "2026-09-07 12:00"),
    ],
    "Africa/Cairo": [  # +2 until Friday 24 April at midnight, +3 until Thursday 29 October at midnight
        ("2026-04-20", "2026-04-20 07:00"),
        ("2026-04-27", "2026-04-27 06:00"),
        ("2026-10-26", "2026-10-26 06:00"),
        ("2026-11-02", "2026-11-02 07:00"),
    ],
}

# A time that the clocks jump over: a week before, on the day of the change, a week after.
GAPS = [
    ("Europe/Berlin", "02:30", ("2027-03-21", "2027-03-28", "2027-04-04"),
     ("2027-03-21 01:30", "2027-03-28 01:00", "2027-04-04 00:30")),
    ("America/New_York", "02:30", ("2027-03-07", "2027-03-14", "2027-03-21"),
     ("2027-03-07 07:30", "2027-03-14 07:00", "2027-03-21 06:30")),
    ("Australia/Sydney", "02:30", ("2026-09-27", "2026-10-04", "2026-10-11"),
     ("2026-09-26 16:30", "2026-10-03 16:00", "2026-10-10 15:30")),
    ("Australia/Lord_Howe", "02:15", ("2026-09-27", "2026-10-04", "2026-10-11"),
     ("2026-09-26 15:45", "2026-10-03 15:30", "2026-10-10 15:15")),
    ("America/Santiago", "00:00", ("2026-08-30", "2026-09-06", "2026-09-13"),
     ("2026-08-30 04:00", "2026-09-06 04:00", "2026-09-13 03:00")),
    ("Africa/Cairo", "00:30", ("2026-04-17", "2026-04-24", "2026-05-01"),
     ("2026-04-16 22:30", "2026-04-23 22:00", "2026-04-30 21:30")),
]  # fmt: skip

# A time that comes twice.
FOLDS = [
    ("Europe/Berlin", "02:30", ("2026-10-18", "2026-10-25", "2026-11-01"),
     ("2026-10-18 00:30", "2026-10-25 00:30", "2026-11-01 01:30")),
    ("America/New_York", "01:30", ("2026-10-25", "2026-11-01", "2026-11-08"),
     ("2026-10-25 05:30", "2026-11-01 05:30", "2026-11-08 06:30")),
    ("Australia/Sydney", "02:30", ("2027-03-28", "2027-04-04", "2027-04-11"),
     ("2027-03-27 15:30", "2027-04-03 15:30", "2027-04-10 16:30")),
    ("Australia/Lord_Howe", "01:45", ("2027-03-28", "2027-04-04", "2027-04-11"),
     ("2027-03-27 14:45", "2027-04-03 14:45", "2027-04-10 15:15")),
    ("America/Santiago", "23:30", ("2026-03-28", "2026-04-04", "2026-04-11"),
     ("2026-03-29 02:30", "2026-04-05 02:30", "2026-04-12 03:30")),
    ("Africa/Cairo", "23:30", ("2026-10-22", "2026-10-29", "2026-11-05"),
     ("2026-10-22 20:30", "2026-10-29 20:30", "2026-11-05 21:30")),
]  # fmt: skip


class TestClockChanges:
    """The time on the wall is what people agreed on."""

    @pytest.mark.parametrize("zone", THROUGH_CHANGES)
    def test_a_weekly_meeting_keeps_its_local_time(self, room, zone):
        """Through both changes of a year; each meeting is there once, and each is posted an hour before it begins."""
        known = THROUGH_CHANGES[zone]
        weekly = room.book(utc(known[0][1]) - 2 * DAY, first=known[0][0], at="09:00", zone=zone)
        weeks = (datetime.fromisoformat(known[-1][0]) - datetime.fromisoformat(known[0][0])) // WEEK
        for _ in range(weeks + 1):
            due = room.next(weekly).post_at
            assert room.tick(due - MINUTE) == []
            (posted,) = room.tick(due)
            assert (posted.state, posted.posted_at) == (POSTED, due)
        *held, _ = room.meetings(weekly)
        assert len(held) == weeks + 1
        instants = {each.local.date().isoformat(): each.starts_at for each in held}
        assert {day: instants[day] for day, _ in known} == {day: utc(at) for day, at in known}
        assert {each.starts_at - each.post_at for each in held} == {HOUR}
        assert {
            each.starts_at.astimezone(ZoneInfo(zone)).strftime("%a %H:%M") for each in held
        } == {"Mon 09:00"}

    @pytest.mark.parametrize(("zone", "at", "days", "instants"), GAPS, ids=[gap[0] for gap in GAPS])
    def test_a_time_that_is_skipped_is_its_first_minute_after(self, room, zone, at, days, instants):
        """One agenda that day, at the minute when the clocks have jumped; the weeks beside it are as always."""
        self.check(room, zone, at, days, instants)

    @pytest.mark.parametrize(
        ("zone", "at", "days", "instants"), FOLDS, ids=[fold[0] for fold in FOLDS]
    )
    def test_a_time_that_comes_twice_is_the_first(self, room, zone, at, days, instants):
        """One agenda that day, and none an hour later."""
        self.check(room, zone, at, days, instants)

    @staticmethod
    def check(room: MeetingRoom, zone: str, at: str, days: tuple, instants: tuple) -> None:
        """Wake the bot every five minutes around each of the meetings, and see when it posts."""
        weekly = room.book(utc(instants[0]) - DAY, first=days[0], at=at, zone=zone, lead=0)
        for day, instant in zip(days, instants, strict=True):
            due = utc(instant)
            posted = room.tick_through(due - 2 * HOUR, due + 2 * HOUR, 5 * MINUTE)
            assert [(each.local.isoformat()[:16], each.posted_at) for each in posted] == [
                (f"{day}T{at}", due)
            ]
        assert room.story(weekly)[:-1] == [f"{day}T{at} posted" for day in days]

    @pytest.mark.parametrize(
        ("zone", "at", "days", "instants"),
        [*GAPS, *FOLDS],
        ids=[f"{each[0]} {each[2][1]}" for each in [*GAPS, *FOLDS]],
    )
    def test_a_daily_meeting_is_held_on_the_day_of_a_change_too(
        self, room, zone, at, days, instants
    ):
        """Three days, three meetings, however long the days are."""
        change = datetime.fromisoformat(days[1])
        first = (change - DAY).date().isoformat()
        daily = room.book(
            utc(instants[1]) - 2 * DAY, first=first, at=at, zone=zone, lead=0, weekdays=range(7)
        )
        due = [room.tick(room.next(daily).post_at)[0].posted_at for _ in range(3)]
        assert due[1] == utc(instants[1])
        assert room.story(daily)[:3] == [
            f"{(change + day * DAY).date()}T{at} posted" for day in (-1, 0, 1)
        ]

    def test_a_series_made_between_the_two_does_not_begin_in_the_past(self, room):
        """It is 2:15 for the second time; the meeting at 2:30 was half an hour ago."""
        now = utc("2026-10-25 01:15")
        weekly = room.book(now, first="2026-10-25", at="02:30", zone="Europe/Berlin")
        assert room.tick(now) == []
        assert room.story(weekly) == ["2026-11-01T02:30 planned"]
        assert next_dates(weekly.terms, now, 1) == [utc("2026-11-01 01:30")]


class TestPosting:
    """When an agenda is due, and when it is too late for it."""

    def test_it_is_due_its_lead_before_the_meeting(self, room):
        """Neither earlier nor twice; the next one is planned at the same moment."""
        weekly = room.book(SUNDAY)
        assert room.tick(utc("2026-11-23 07:59")) == []
        assert [each.state for each in room.tick(utc("2026-11-23 08:00"))] == [POSTED]
        assert room.tick(utc("2026-11-23 08:00")) == []
        assert room.tick(utc("2026-11-23 09:00")) == []
        assert room.story(weekly) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]

    def test_it_is_taken_a_moment_early_for_the_courier(self, room):
        """Three seconds, so that it is in Slack on time; it is not late then, nor has its hour changed."""
        weekly = room.book(SUNDAY)
        due = utc("2026-11-23 08:00")
        assert room.tick(due - 4 * SECOND) == []
        (posted,) = room.tick(due - 3 * SECOND)
        assert posted.post_at == due
        assert self.late_by(room, weekly) is None

    @pytest.mark.parametrize(
        ("lead", "now", "state", "late"),
        [
            (60, "2026-11-23 08:02:00", POSTED, None),
            (60, "2026-11-23 08:02:01", POSTED, timedelta(minutes=2, seconds=1)),
            (60, "2026-11-23 08:40:00", POSTED, timedelta(minutes=40)),
            (60, "2026-11-23 08:59:59", POSTED, timedelta(minutes=59, seconds=59)),
            (60, "2026-11-23 09:00:00", SKIPPED, None),
            (60, "2026-11-23 09:30:00", SKIPPED, None),
            (1440, "2026-11-22 09:00:00", POSTED, None),
            (1440, "2026-11-23 08:59:59", POSTED, timedelta(hours=23, minutes=59, seconds=59)),
            (1440, "2026-11-23 09:00:00", SKIPPED, None),
            (0, "2026-11-23 09:00:00", POSTED, None),
            (0, "2026-11-23 09:04:59", POSTED, timedelta(minutes=4, seconds=59)),
            (0, "2026-11-23 09:05:00", SKIPPED, None),
        ],
    )
    def test_late_is_told_and_too_late_is_recorded(self, room, lead, now, state, late):
        """An agenda is of use until its meeting begins; one that is posted then, for five minutes more."""
        weekly = room.book(utc("2026-11-20 12:00"), lead=lead)
        (dealt_with,) = room.tick(utc(now))
        assert dealt_with.state is state
        assert self.late_by(room, weekly) == late
        assert room.reasons(weekly) == (
            {"2026-11-23T09:00": NOT_RUNNING} if state is SKIPPED else {}
        )
        assert room.story(weekly)[1:] == ["2026-11-30T09:00 planned"]

    @staticmethod
    def late_by(room: MeetingRoom, weekly: Series) -> timedelta | None:
        """Return how late the first agenda says that it is."""
        first = room.meetings(weekly)[0]
        return room.read(sheet_of, room.sources, first.id).late_by

    def test_a_series_made_after_its_agenda_was_due_posts_it_at_once(self, room):
        """And nobody is told that it is late: it could not have been there before."""
        now = utc("2026-11-23 08:40")
        weekly = room.book(now)
        (posted,) = room.tick(now + SECOND)
        assert posted.local.isoformat() == "2026-11-23T09:00:00"
        assert self.late_by(room, weekly) is None

    @pytest.mark.parametrize("now", ["2026-11-23 09:00", "2026-11-23 11:00"])
    def test_a_series_made_after_its_meeting_began_begins_next_week(self, room, now):
        """The one that is being held is nobody's business any more."""
        weekly = room.book(utc(now))
        assert room.tick(utc(now)) == []
        assert room.story(weekly) == ["2026-11-30T09:00 planned"]

    def test_a_lead_longer_than_the_interval(self, room):
        """Every weekday at nine, a day and a half ahead: each is posted once, on time, and none says that it is late."""
        daily = room.book(utc("2026-11-20 12:00"), first="2026-11-23", weekdays=range(5), lead=2160)
        posted = room.tick_through(utc("2026-11-20 12:00"), utc("2026-11-27 12:00"), HOUR)
        assert [(each.local.day, f"{each.posted_at:%a %H}") for each in posted] == [
            (23, "Sat 21"), (24, "Sun 21"), (25, "Mon 21"), (26, "Tue 21"), (27, "Wed 21"),
        ]  # fmt: skip
        assert {each.state for each in posted} == {POSTED}
        assert room.next(daily).local.day == 30

    def test_a_lead_of_weeks_on_a_new_series(self, room):
        """Two agendas are due when it is made: both come at once, and neither is late."""
        now = utc("2026-11-20 12:00")
        weekly = room.book(now, lead=14 * 1440)
        posted = room.tick(now + SECOND)
        assert [each.local.day for each in posted] == [23, 30]
        sheets = [room.read(sheet_of, room.sources, each.id) for each in posted]
        assert [sheet.late_by for sheet in sheets] == [None, None]
        assert room.tick(now + HOUR) == []
        assert room.next(weekly).post_at == utc("2026-11-23 09:00")


class TestDowntime:
    """The bot was not running."""

    @pytest.mark.parametrize("weeks", [1, 2, 5, 100])
    def test_each_missed_meeting_is_recorded_once(self, room, weeks):
        """However many: as skipped, with the reason; the one that has not begun is posted, and says how late it is."""
        weekly = room.book(SUNDAY)
        back = utc("2026-11-23 08:40") + weeks * WEEK
        *missed, posted = room.tick(back)
        assert [each.state for each in missed] == [SKIPPED] * weeks
        assert (posted.state, posted.starts_at) == (POSTED, back + 20 * MINUTE)
        assert room.read(sheet_of, room.sources, posted.id).late_by == 40 * MINUTE
        assert len(room.story(weekly)) == weeks + 2
        assert list(room.reasons(weekly).values()) == [NOT_RUNNING] * weeks
        assert room.tick(back) == []

    def test_when_the_last_one_has_begun_too(self, room):
        """Then all are recorded, and the next one waits for its time."""
        weekly = room.book(SUNDAY)
        room.tick(utc("2026-12-07 09:00"))
        assert room.story(weekly) == [
            "2026-11-23T09:00 skipped",
            "2026-11-30T09:00 skipped",
            "2026-12-07T09:00 skipped",
            "2026-12-14T09:00 planned",
        ]

    def test_a_hundred_meetings_of_a_daily_series(self, room):
        """Twenty weeks of weekdays, across a change of the clocks."""
        daily = room.book(
            utc("2026-10-04 12:00"),
            first="2026-10-05",
            zone="Europe/Berlin",
            weekdays=range(5),
            lead=15,
        )
        room.tick(utc("2027-02-20 12:00"))
        story = room.story(daily)
        assert len(story) == len(set(story)) == 101
        assert {line.split()[1] for line in story[:-1]} == {"skipped"}
        assert story[-1] == "2027-02-22T09:00 planned"

    def test_a_holiday_that_passed_meanwhile_is_a_holiday(self, room):
        """It was not skipped because nobody was there."""
        weekly = room.book(SUNDAY, holidays="2026-11-30")
        room.tick(utc("2026-12-08 12:00"))
        assert room.reasons(weekly) == {
            "2026-11-23T09:00": NOT_RUNNING,
            "2026-11-30T09:00": "holiday: day off",
            "2026-12-07T09:00": NOT_RUNNING,
        }


class TestHolidays:
    """Days on which nobody meets."""

    def test_a_holiday_is_recorded_and_the_next_one_is_planned(self, room):
        """The history says why nothing was posted."""
        weekly = room.book(SUNDAY, holidays="2026-11-30")
        room.tick(utc("2026-11-23 08:00"))
        assert room.story(weekly) == [
            "2026-11-23T09:00 posted",
            "2026-11-30T09:00 skipped",
            "2026-12-07T09:00 planned",
        ]
        assert room.reasons(weekly) == {"2026-11-30T09:00": "holiday: day off"}

    def test_a_run_of_holidays(self, room):
        """The first meeting after them is the next."""
        daily = room.book(
            utc("2026-12-18 12:00"),
            first="2026-12-18",
            weekdays=range(5),
            holidays="2026-12-21..2027-01-08",
        )
        assert [line.split()[1] for line in room.story(daily)] == [*["skipped"] * 15, "planned"]
        assert room.next(daily).local.isoformat() == "2027-01-11T09:00:00"

    def test_the_holiday_is_the_day_on_the_wall(self, room):
        """It is Sunday in UTC when the meeting of Monday is held in Sydney."""
        weekly = room.book(
            utc("2026-11-20 12:00"), at="09:00", zone="Australia/Sydney", holidays="2026-11-23"
        )
        assert room.story(weekly) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]

    def test_the_holidays_of_a_country(self, room):
        """By their names."""
        weekly = room.book(
            utc("2026-12-20 12:00"), first="2026-12-25", zone="Europe/Berlin", holidays="DE-BY"
        )
        assert room.reasons(weekly) == {
            "2026-12-25T09:00": "holiday: Christmas Day",
            "2027-01-01T09:00": "holiday: New Year's Day",
        }
        assert room.next(weekly).local.isoformat() == "2027-01-08T09:00:00"

    def test_what_is_shown_leaves_them_out_too(self):
        """The form says back when the next meetings are."""
        agreed = terms(holidays="2026-11-30")
        assert next_dates(agreed, SUNDAY) == [
            utc("2026-11-23 09:00"),
            utc("2026-12-07 09:00"),
            utc("2026-12-14 09:00"),
        ]


class TestRules:
    """Rules that are not every week, and rules that end."""

    def test_a_meeting_that_is_held_once(self, room):
        """It is posted, and then there is nothing more."""
        once = room.book(SUNDAY, repeat=Repeat.ONCE)
        room.tick(utc("2026-11-23 08:00"))
        assert room.tick(utc("2027-11-23 08:00")) == []
        assert room.story(once) == ["2026-11-23T09:00 posted"]
        with pytest.raises(Refused, match="has no next meeting"):
            room.skip(once, utc("2026-11-23 09:00"))

    def test_a_meeting_that_was_held_once_while_the_bot_was_down(self, room):
        """It is recorded."""
        once = room.book(SUNDAY, repeat=Repeat.ONCE)
        room.tick(utc("2026-11-24 08:00"))
        assert room.story(once) == ["2026-11-23T09:00 skipped"]

    @pytest.mark.parametrize(
        ("more", "days"),
        [
            ({"every": 2}, ["2026-11-23", "2026-12-07", "2026-12-21"]),
            ({"weekdays": (0, 3)}, ["2026-11-23", "2026-11-26", "2026-11-30"]),
            ({"first": "2026-11-26", "repeat": Repeat.MONTHLY_BY_WEEKDAY}, ["2026-11-26", "2026-12-24", "2027-01-28"]),
            ({"first": "2026-11-30", "repeat": Repeat.MONTHLY_BY_DATE}, ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28", "2027-03-30"]),
        ],
        ids=["every other week", "two days a week", "fourth Thursday", "the 30th"],
    )  # fmt: skip
    def test_what_follows_what(self, room, more, days):
        """Each is posted in its turn."""
        series = room.book(SUNDAY, **more)
        for _ in days:
            room.tick(room.next(series).post_at)
        assert room.story(series)[:-1] == [f"{day}T09:00 posted" for day in days]

    def test_series_do_not_hinder_one_another(self, room):
        """Three are due at the same moment, one is paused, one is gone."""
        due = [room.book(SUNDAY, title=f"Meeting {number}") for number in range(5)]
        room.pause(due[1], SUNDAY)
        room.cancel(due[3], SUNDAY)
        posted = room.tick(utc("2026-11-23 08:00"))
        assert [each.series_id for each in posted] == [due[0].id, due[2].id, due[4].id]


class TestSeveralMachines:
    """Every replica asks the same database."""

    @pytest.fixture
    def other(self, room):
        """Another machine."""
        other = Database(room.database.url.render_as_string(hide_password=False))
        yield MeetingRoom(other)
        other.close()

    @staticmethod
    def race(rooms: list[MeetingRoom], nows: list[datetime]) -> list[int]:
        """Let each machine post what is due by its own clock, all at once; return the meetings, by who was first."""
        start = Barrier(len(rooms))

        def work(room: MeetingRoom, now: datetime) -> list[int]:
            start.wait()
            done = []
            while (taken := room.write(outgoing.post_due, room.sources, now)) is not None:
                done.append(taken.id)
            return done

        with ThreadPoolExecutor(len(rooms)) as machines:
            return [number for found in machines.map(work, rooms, nows) for number in found]

    @staticmethod
    def promised(room: MeetingRoom) -> list[str]:
        """Return the keys of all that is promised."""

        def keys(session: Session) -> list[str]:
            return list(session.scalars(select(OutboxRow.key)).all())

        return sorted(room.read(keys), key=lambda key: int(key.split(":")[1]))

    def test_two_that_wake_at_once(self, room, other):
        """Twenty meetings are due: each is posted by one of them, promised once, and followed by one other."""
        due = utc("2026-11-23 08:00")
        many = [room.book(SUNDAY, title=f"Meeting {number}") for number in range(20)]
        taken = self.race([room, other], [due, due])
        assert len(taken) == len(set(taken)) == 20
        assert self.promised(room) == [f"agenda:{number}" for number in sorted(taken)]
        for series in many:
            assert room.story(series) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]

    @pytest.mark.parametrize("behind", [0, 1])
    def test_two_whose_clocks_differ_by_a_minute(self, room, other, behind):
        """The fast one takes it a minute early, and the message waits; the slow one finds nothing to do."""
        due = utc("2026-11-23 08:00")
        weekly = room.book(SUNDAY)
        clocks = [due, due - MINUTE] if behind else [due - MINUTE, due]
        first = self.race([room, other], clocks)
        then = self.race([room, other], [each + MINUTE for each in clocks])
        assert (len(first), then) == (1, [])
        assert self.promised(room) == [f"agenda:{first[0]}"]
        assert room.story(weekly) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]

    def test_two_that_come_back_after_weeks(self, room, other):
        """What was missed is recorded by one of them, whichever; the last is posted once."""
        weekly = room.book(SUNDAY)
        back = utc("2026-12-14 08:40")
        taken = self.race([room, other], [back, back + MINUTE])
        assert len(taken) == len(set(taken)) == 4
        assert room.story(weekly) == [
            "2026-11-23T09:00 skipped",
            "2026-11-30T09:00 skipped",
            "2026-12-07T09:00 skipped",
            "2026-12-14T09:00 posted",
            "2026-12-21T09:00 planned",
        ]
        assert len(self.promised(room)) == 1

    def test_a_skip_and_a_tick_at_once(self, room, other):
        """Whoever is first decides, and it is either skipped or posted; the week after it is planned once in any case."""
        due = utc("2026-11-23 08:00")
        for number in range(10):
            weekly = room.book(SUNDAY, title=f"Meeting {number}")
            start = Barrier(2)

            def skip(start: Barrier = start, weekly: Series = weekly) -> None:
                start.wait()
                other.skip(weekly, due)

            def tick(start: Barrier = start) -> None:
                start.wait()
                room.tick(due)

            with ThreadPoolExecutor(2) as people:
                for done in [people.submit(skip), people.submit(tick)]:
                    done.result()
            story = room.story(weekly)
            assert story in (
                ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"],
                ["2026-11-23T09:00 posted", "2026-11-30T09:00 skipped", "2026-12-07T09:00 planned"],
            )


WEEKLY = event("2026-11-23 09:00", rule="FREQ=WEEKLY")


class TestCalendars:
    """A calendar says when."""

    def test_meetings_follow_it(self, room):
        """One after the other, each an hour before it begins."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        for _ in range(3):
            assert len(room.tick(room.next(series).post_at)) == 1
        assert room.story(series) == [
            "2026-11-23T09:00 posted",
            "2026-11-30T09:00 posted",
            "2026-12-07T09:00 posted",
            "2026-12-14T09:00 planned",
        ]
        assert room.next(series).post_at == utc("2026-12-14 08:00")

    def test_the_zone_is_the_calendars(self, room):
        """Nine in Berlin, through the change of the clocks, whatever zone the series was given."""
        said = calendar(event("2026-10-19 09:00", rule="FREQ=WEEKLY", zone="Europe/Berlin"))
        series = room.book(utc("2026-10-18 12:00"), calendar=said)
        for _ in range(2):
            room.tick(room.next(series).post_at)
        assert [each.starts_at for each in room.meetings(series)] == [
            utc("2026-10-19 07:00"),
            utc("2026-10-26 08:00"),
            utc("2026-11-02 08:00"),
        ]

    def test_a_meeting_that_is_moved_is_posted_where_it_is(self, room):
        """Once, before its new time; it stays the meeting that it was."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        moved = event("2026-11-24 15:00", was="2026-11-23 09:00", version=1)
        room.calendar_says(series, calendar(WEEKLY, moved), utc("2026-11-22 13:00"))
        assert room.tick(utc("2026-11-23 08:00")) == []
        (posted,) = room.tick(utc("2026-11-24 14:00"))
        assert (posted.state, posted.starts_at) == (POSTED, utc("2026-11-24 15:00"))
        assert room.story(series) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]

    def test_one_that_is_moved_to_within_its_lead_is_not_late(self, room):
        """At noon the meeting of three o'clock is moved to half past: its agenda comes now, and nobody has slept."""
        series = room.book(SUNDAY, calendar=calendar(event("2026-11-23 15:00", rule="FREQ=WEEKLY")))
        earlier = event("2026-11-23 12:30", was="2026-11-23 15:00", version=1)
        weekly = event("2026-11-23 15:00", rule="FREQ=WEEKLY")
        now = utc("2026-11-23 12:00")
        room.calendar_says(series, calendar(weekly, earlier), now)
        (posted,) = room.tick(now + SECOND)
        assert posted.starts_at == utc("2026-11-23 12:30")
        assert room.read(sheet_of, room.sources, posted.id).late_by is None

    def test_a_new_series_within_its_lead_is_not_late(self, room):
        """As for one that has a rule."""
        now = utc("2026-11-23 08:40")
        room.book(now, calendar=calendar(WEEKLY))
        (posted,) = room.tick(now + SECOND)
        assert room.read(sheet_of, room.sources, posted.id).late_by is None

    @pytest.mark.parametrize("how", ["cancelled", "taken out"])
    def test_a_meeting_that_is_cancelled_is_not_posted(self, room, how):
        """It is in the history, and the next one is planned."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        gone = {
            "cancelled": [WEEKLY, event("2026-11-23 09:00", was="2026-11-23 09:00", cancelled=True, version=1)],
            "taken out": [event("2026-11-23 09:00", rule="FREQ=WEEKLY", without=["2026-11-23 09:00"])],
        }[how]  # fmt: skip
        room.calendar_says(series, calendar(*gone), utc("2026-11-22 13:00"))
        assert room.tick(utc("2026-11-23 08:30")) == []
        assert room.story(series) == ["2026-11-23T09:00 cancelled", "2026-11-30T09:00 planned"]
        assert room.reasons(series) == {"2026-11-23T09:00": "cancelled in its calendar"}

    def test_a_cancelled_meeting_can_come_back(self, room):
        """Somebody has thought again: it is posted, and so is the one after it."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        cancelled = event("2026-11-23 09:00", was="2026-11-23 09:00", cancelled=True, version=1)
        room.calendar_says(series, calendar(WEEKLY, cancelled), utc("2026-11-22 13:00"))
        room.calendar_says(series, calendar(WEEKLY), utc("2026-11-22 14:00"))
        room.tick(utc("2026-11-23 08:00"))
        room.tick(utc("2026-11-30 08:00"))
        assert room.story(series)[:2] == ["2026-11-23T09:00 posted", "2026-11-30T09:00 posted"]

    def test_a_meeting_that_is_added_before_the_next_one_is_posted(self, room):
        """The calendar has one more this week."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        room.tick(utc("2026-11-23 08:00"))
        more = event("2026-11-26 16:00", uid="more@x")
        room.calendar_says(series, calendar(WEEKLY, more), utc("2026-11-24 12:00"))
        room.tick(utc("2026-11-26 15:00"))
        room.tick(utc("2026-11-30 08:00"))
        assert room.story(series) == [
            "2026-11-23T09:00 posted",
            "2026-11-26T16:00 posted",
            "2026-11-30T09:00 posted",
            "2026-12-07T09:00 planned",
        ]

    def test_a_calendar_whose_meetings_have_vanished(self, room):
        """The planned one is cancelled, and nothing more is posted until there is something to post."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        other = event("2020-01-06 09:00", uid="old@x")
        room.calendar_says(series, calendar(other), utc("2026-11-22 13:00"))
        assert room.tick(utc("2026-12-31 08:00")) == []
        assert room.story(series) == ["2026-11-23T09:00 cancelled"]
        room.calendar_says(series, calendar(WEEKLY), utc("2027-01-01 13:00"))
        assert room.next(series).local.isoformat() == "2027-01-04T09:00:00"

    def test_a_calendar_that_cannot_be_read_any_more(self, room):
        """What it said before still holds, and the list says that something is wrong."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        now = utc("2026-11-24 13:00")
        room.tick(utc("2026-11-23 08:00"))
        with pytest.raises(Refused, match="is no calendar"):
            room.calendar_says(series, "<html>Please sign in</html>", now)
        since = room.write(schedule.keep_failure, series.id, "It is a web page.", now)
        assert since == SUNDAY
        room.tick(utc("2026-11-30 08:00"))
        assert room.story(series)[1:] == ["2026-11-30T09:00 posted", "2026-12-07T09:00 planned"]
        with room.database.reading() as session:
            kept = session.get_one(CalendarRow, series.id)
            assert (kept.error, kept.tried_at, kept.read_at) == ("It is a web page.", now, SUNDAY)
        room.calendar_says(series, calendar(WEEKLY), now + HOUR)
        with room.database.reading() as session:
            assert session.get_one(CalendarRow, series.id).error is None

    def test_reading_the_same_again_changes_nothing(self, room):
        """Every quarter of an hour, before and after posting."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        for now in ("2026-11-23 07:59", "2026-11-23 08:01", "2026-11-23 09:30", "2026-11-29 09:30"):
            room.tick(utc(now))
            room.calendar_says(series, calendar(WEEKLY), utc(now))
        assert room.story(series) == ["2026-11-23T09:00 posted", "2026-11-30T09:00 planned"]

    def test_what_was_missed_is_recorded(self, room):
        """Each meeting once, as for a rule."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        room.tick(utc("2026-12-14 08:40"))
        assert room.story(series) == [
            "2026-11-23T09:00 skipped",
            "2026-11-30T09:00 skipped",
            "2026-12-07T09:00 skipped",
            "2026-12-14T09:00 posted",
            "2026-12-21T09:00 planned",
        ]

    def test_holidays_count_for_it_too(self, room):
        """A calendar of a company seldom knows them."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY), holidays="2026-11-23, 2026-11-30")
        assert room.story(series) == [
            "2026-11-23T09:00 skipped",
            "2026-11-30T09:00 skipped",
            "2026-12-07T09:00 planned",
        ]

    def test_one_that_a_person_has_postponed_stays_there(self, room):
        """The calendar still has it at nine; and it does not make the meeting after it disappear."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        room.postpone(series, utc("2026-12-01 10:00"), SUNDAY)
        room.calendar_says(series, calendar(WEEKLY), utc("2026-11-22 13:00"))
        for now in ("2026-11-23 08:00", "2026-11-30 08:00", "2026-12-01 09:00"):
            room.tick(utc(now))
            room.calendar_says(series, calendar(WEEKLY), utc(now))
        assert room.story(series) == [
            "2026-11-23T09:00 posted",
            "2026-11-30T09:00 posted",
            "2026-12-07T09:00 planned",
        ]
        assert room.at(series, "2026-11-23T09:00").starts_at == utc("2026-12-01 10:00")

    def test_one_that_a_person_has_skipped_stays_skipped(self, room):
        """Though the calendar has it."""
        series = room.book(SUNDAY, calendar=calendar(WEEKLY))
        room.skip(series, SUNDAY)
        room.calendar_says(series, calendar(WEEKLY), utc("2026-11-22 13:00"))
        assert room.tick(utc("2026-11-23 08:30")) == []
        assert room.story(series) == ["2026-11-23T09:00 skipped", "2026-11-30T09:00 planned"]

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            (calendar(event("2020-01-06 09:00")), "no meeting in the next hundred days"),
            (calendar(event("2026-11-23 09:00", cancelled=True)), "no meeting in the next hundred"),
            (calendar(event("2027-06-01 09:00")), "no meeting in the next hundred days"),
            (calendar(), "This calendar is empty"),
            ("", "What is behind this address is no calendar"),
            (calendar(WEEKLY)[:-20], "This calendar breaks off in the middle"),
        ],
    )
    def test_one_without_a_meeting_is_refused(self, said, sentence):
        """Before the series is made."""
        with pytest.raises(Refused, match=sentence):
            schedule.read_calendar(said, terms(repeat=None), SUNDAY)

    def test_one_with_a_meeting_is_taken(self):
        """What belongs to the series is kept, and nothing else of a calendar that somebody shares with us."""
        other = event("2026-11-24 09:00", uid="doctor@x").replace("Support weekly", "My doctor")
        kept = schedule.read_calendar(calendar(WEEKLY, other), terms(repeat=None), SUNDAY)
        assert "Support weekly" in kept
        assert "doctor" not in kept

    def test_each_stale_calendar_is_handed_to_one_machine(self, room):
        """The longest unread first; a cancelled series is not asked for, a paused one is."""
        made = [
            room.book(SUNDAY + number * HOUR, calendar=calendar(WEEKLY), title=f"Meeting {number}")
            for number in range(4)
        ]
        ruled = room.book(SUNDAY)
        room.cancel(made[1], SUNDAY)
        room.pause(made[2], SUNDAY)
        now = SUNDAY + 4 * HOUR
        taken = room.write(schedule.take_stale, now - HOUR, now)
        assert [number for number, _ in taken] == [made[0].id, made[2].id]
        assert ruled.id not in [number for number, _ in taken]
        assert room.write(schedule.take_stale, now - HOUR, now) == []
