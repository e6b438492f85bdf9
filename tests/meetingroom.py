"""The meeting room of the tests: series are booked in it, and the clock on its wall is wound by hand.

Nothing here knows how meetings are planned: it asks the domain, as a job or a handler would, and reads what is kept.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.catalog import find
from bot.domain import booking, meeting, minutes, point, schedule
from bot.domain.agenda import Agenda, Live, name_agendas
from bot.domain.holiday import read_holidays
from bot.domain.meeting import Sources
from bot.domain.minutes import Minutes
from bot.domain.person import Person
from bot.domain.point import Point
from bot.domain.recurrence import Repeat, make_rule
from bot.domain.series import Meeting, Series, Terms, meeting_of, upcoming
from bot.domain.target import Counting
from bot.storage import audit
from bot.storage.database import Database, Row
from bot.storage.incident import for_shown
from bot.storage.point import PointRow
from bot.storage.series import MeetingRow
from bot.vocabulary import MeetingState, PointState, Role

T = TypeVar("T")

UTC_ZONE = ZoneInfo("UTC")
ANA = Person("U0ANA", "Ana", Role.MANAGER, UTC_ZONE)  # manages, and owns what is booked
HAL = Person("U0HAL", "Hal", Role.MANAGER, UTC_ZONE)  # manages too
LEA = Person("U0LEA", "Lea", Role.LEAD, UTC_ZONE)
BO = Person("U0BO", "Bo", Role.MEMBER, UTC_ZONE)
CY = Person("U0CY", "Cy", Role.GUEST, UTC_ZONE)
DESK, LOUNGE = "C0DESK", "C0LOUNGE"
NOBODY = "D0NOBODY"  # a conversation in which no agenda stands

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY

AGENDAS = name_agendas(find("agendas", "AGENDA", Agenda))
SOURCES = Sources(Counting({}, UTC_ZONE, frozenset({"urgent"}), {}), AGENDAS, {})


def clear(database: Database) -> None:
    """Forget everything that a test has left."""
    with database.writing() as session:
        for table in reversed(Row.metadata.sorted_tables):
            session.execute(for_shown(table.delete()))


def utc(moment: str) -> datetime:
    """Return "2026-11-23 08:00" as an instant in UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def terms(
    first: str = "2026-11-23",
    at: str = "09:00",
    zone: str = "UTC",
    *,
    repeat: Repeat | None = Repeat.WEEKLY,
    every: int = 1,
    weekdays: Sequence[int] = (),
    lead: int = 60,
    holidays: str = "",
    target: str = DESK,
    attendees: Sequence[str] = (BO.id,),
    title: str = "Support weekly",
    template: str = "support_team",
    team: str | None = None,
    calendar_url: str = "https://calendar.example/meeting.ics",
) -> Terms:
    """Return what a series agrees on: Mondays at nine, unless it is said otherwise; no `repeat` follows a calendar."""
    place = ZoneInfo(zone)
    rule = repeat and make_rule(
        repeat, date.fromisoformat(first), time.fromisoformat(at), place, every, weekdays
    )
    return Terms(
        template,
        title,
        target,
        tuple(attendees),
        place,
        rule,
        None if rule else calendar_url,
        timedelta(minutes=lead),
        read_holidays(holidays),
        team,
    )


ONE_ON_ONE = {
    "target": f"{ANA.id},{BO.id}",
    "title": "Ana and Bo",
    "template": "manager_one_on_one",
    "attendees": (BO.id,),
}


class MeetingRoom:
    """Series, their meetings, and what people say in them."""

    def __init__(self, database: Database, lives: dict[str, Live] | None = None) -> None:
        self.database = database
        self.sources = Sources(SOURCES.counting, AGENDAS, lives or {})
        self._triggers = map("trigger {}".format, count(1))
        self._stamps = map("1700000000.{:06d}".format, count(1))

    def write(self, do: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Do something in a transaction."""
        return self.database.write(do, *args, **kwargs)

    def read(self, do: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Look at something."""
        return self.database.read(do, *args, **kwargs)

    def trigger(self) -> str:
        """Return what tells one press from another."""
        return next(self._triggers)

    # Series.

    def book(
        self, now: datetime, *, by: Person = ANA, calendar: str | None = None, **more: Any
    ) -> Series:
        """Make a series; see `terms` for what may be said about it."""
        agreed, said = _with_calendar(calendar, more, now)
        return self.write(booking.create, agreed, by, self.trigger(), now, said)

    def edit(
        self,
        series: Series,
        now: datetime,
        *,
        by: Person = ANA,
        calendar: str | None = None,
        **more: Any,
    ) -> Series:
        """Change what a series agrees on to what `terms` makes of the rest."""
        agreed, said = _with_calendar(calendar, more, now)
        return self.write(booking.edit, series.id, agreed, by, self.trigger(), now, said)

    def tick(self, now: datetime) -> list[Meeting]:
        """Deal with everything that is due, and return it in the order in which it was dealt with."""
        done = []
        while (taken := self.write(meeting.take_due, now)) is not None:
            done.append(taken)
        return done

    def tick_through(self, first: datetime, last: datetime, step: timedelta) -> list[Meeting]:
        """Let the clock tick from one instant to another, and deal with what comes due; idle ticks are left out."""
        done = []
        while first <= last:
            done += self.tick(first)
            idle = (self._earliest(last) - MINUTE - first) // step
            first += max(idle, 1) * step
        return done

    def _earliest(self, otherwise: datetime) -> datetime:
        """Return when the next agenda is due."""
        planned = select(func.min(MeetingRow.post_at)).where(
            MeetingRow.state == MeetingState.PLANNED
        )
        with self.database.reading() as session:
            return session.scalar(planned) or otherwise

    def skip(self, series: Series, now: datetime, by: Person = ANA) -> Meeting:
        """Leave the next meeting out."""
        return self.write(booking.skip, series.id, by, now)

    def unskip(self, skipped: Meeting, now: datetime, by: Person = ANA) -> Meeting:
        """Take that back."""
        return self.write(booking.unskip, skipped.id, by, now)

    def postpone(self, series: Series, to: datetime, now: datetime, by: Person = ANA) -> Meeting:
        """Hold the next meeting at another time."""
        return self.write(booking.postpone, series.id, to, by, self.trigger(), now)

    def pause(self, series: Series, now: datetime, by: Person = ANA) -> Series:
        """Post nothing."""
        return self.write(booking.pause, series.id, by, now)

    def resume(self, series: Series, now: datetime, by: Person = ANA) -> Series:
        """Go on."""
        return self.write(booking.resume, series.id, by, now)

    def cancel(self, series: Series, now: datetime, by: Person = ANA) -> Series:
        """End a series."""
        return self.write(booking.cancel, series.id, by, now)

    def post_now(self, series: Series, now: datetime, by: Person = ANA) -> Meeting:
        """Take the next meeting as if it were due."""
        return self.write(meeting.post_now, series.id, by, now)

    def calendar_says(self, series: Series, text: str, now: datetime) -> None:
        """Read the calendar of a series again, as the job does."""
        self.write(schedule.read_again, series, text, now)

    # What is kept.

    def story(self, series: Series) -> list[str]:
        """Return what became of each meeting, by where its rule put it: "2026-11-23T09:00 posted".

        One that was closed since was posted too, and nothing here is about closing.
        """
        told = {MeetingState.CLOSED: MeetingState.POSTED}
        return [f"{row.local} {told.get(row.state, row.state)}" for row in self.rows(series)]

    def reasons(self, series: Series) -> dict[str, str]:
        """Return why meetings were not held, by where their rule put them."""
        return {row.local: row.reason for row in self.rows(series) if row.reason}

    def rows(self, series: Series) -> list[MeetingRow]:
        """Return the meetings of a series as they are kept, by where its rule put them."""
        every = select(MeetingRow).where(MeetingRow.series_id == series.id)
        with self.database.reading() as session:
            return list(session.scalars(every.order_by(MeetingRow.local)).all())

    def meetings(self, series: Series) -> list[Meeting]:
        """Return the meetings of a series, by where its rule put them."""
        return [meeting_of(row) for row in self.rows(series)]

    def next(self, series: Series) -> Meeting | None:
        """Return the meeting that is planned next."""
        planned = self.read(upcoming, series)
        return planned[0] if planned else None

    def at(self, series: Series, local: str) -> Meeting:
        """Return the meeting that its rule puts at a local time."""
        (found,) = [each for each in self.meetings(series) if each.local.isoformat()[:16] == local]
        return found

    def changes(self, series: Series) -> list[tuple[str, str | None, str | None]]:
        """Return who changed what about a series to what, the oldest first."""
        entries = self.read(audit.history, booking.WHAT, str(series.id), 100)
        return [(entry.who, entry.before, entry.after) for entry in reversed(entries)]

    # What people say.

    def add(
        self, series: Series, text: str, now: datetime, *, by: Person = BO, private: bool = False
    ) -> Point:
        """Add a point."""
        return self.write(point.add_point, series, by, text, self.trigger(), now, private=private)

    def settle(
        self,
        said: Point,
        to: PointState,
        now: datetime,
        *,
        by: Person = ANA,
        channel: str = DESK,
    ) -> tuple[Point, Meeting | None]:
        """Press a button under a point."""
        return self.write(point.settle, said.id, by, now, to, channel)

    def discuss(self, said: Point, now: datetime, by: Person = ANA) -> Meeting | None:
        """Mark a point discussed, and return the meeting whose agenda shows it."""
        return self.settle(said, PointState.DISCUSSED, now, by=by)[1]

    def stand(self, posted: Meeting, channel: str = DESK) -> str:
        """Let an agenda stand in Slack, and return where."""
        ts = next(self._stamps)
        self.write(meeting.delivered, posted.id, channel, ts)
        return ts

    def reply(
        self, thread: str, text: str, now: datetime, *, by: Person = BO, channel: str = DESK
    ) -> str:
        """Write in a thread, and return where it stands."""
        ts = next(self._stamps)
        self.write(point.note, channel, thread, ts, by.id, text, now)
        return ts

    def close(
        self, held: Meeting, now: datetime, *, by: Person = ANA, channel: str = ""
    ) -> Minutes:
        """Close a meeting."""
        return self.write(minutes.close_meeting, held.id, by, now, channel)

    def waiting(self, series: Series) -> list[str]:
        """Return the points that wait, with how often they were carried: "rota ×2"."""
        return [
            f"{each.text} ×{each.carried}" if each.carried else each.text
            for each in self.read(point.open_points, series.id)
        ]

    def points(self, series: Series) -> list[PointRow]:
        """Return everything that was said for a series, as it is kept."""
        every = select(PointRow).where(PointRow.series_id == series.id).order_by(PointRow.id)
        with self.database.reading() as session:
            return list(session.scalars(every).all())


# Calendars.


def _with_calendar(
    text: str | None, more: dict[str, Any], now: datetime
) -> tuple[Terms, str | None]:
    """Return what a series agrees on, and what of a calendar belongs to it, read as a form reads it."""
    if text is None:
        return terms(**more), None
    agreed = terms(**{**more, "repeat": None})
    return agreed, schedule.read_calendar(text, agreed, now)


def calendar(*events: str) -> str:
    """Return a calendar's text with these events."""
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *events, "END:VCALENDAR", ""]
    )


def event(
    start: str,
    *,
    rule: str = "",
    uid: str = "weekly@x",
    was: str = "",
    cancelled: bool = False,
    without: Sequence[str] = (),
    zone: str = "UTC",
    version: int = 0,
) -> str:
    """Return one event: `was` is where its series had it, `without` what was taken out of it."""
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "SUMMARY:Support weekly",
        f"SEQUENCE:{version}",
        f"DTSTART;TZID={zone}:{_stamp(start)}",
        *([f"RRULE:{rule}"] if rule else []),
        *([f"RECURRENCE-ID;TZID={zone}:{_stamp(was)}"] if was else []),
        *([f"EXDATE;TZID={zone}:{_stamp(day)}" for day in without]),
        *(["STATUS:CANCELLED"] if cancelled else []),
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def _stamp(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%Y%m%dT%H%M%S")
