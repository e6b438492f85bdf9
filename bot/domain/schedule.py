"""Planning the meetings of a series one by one.

A meeting is known by where its rule or its calendar puts it in local time, so that planning twice, on any machine, is
planning once. The next meeting is planned when the one before it has been dealt with.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.domain import ics
from bot.domain.recurrence import starts
from bot.domain.series import (
    LOCAL,
    MOST_HOLIDAYS,
    Meeting,
    Series,
    Terms,
    local_time,
    next_dates,
    read_local,
    upcoming,
)
from bot.domain.walltime import to_utc
from bot.errors import Refused
from bot.storage import series as rows
from bot.storage.series import CalendarRow, MeetingRow
from bot.vocabulary import MeetingState

_HORIZON = timedelta(days=100)  # how far ahead a calendar is looked at
_CANCELLED = "cancelled in its calendar"
_HOLIDAY = "holiday: "
OF_ITSELF = (_HOLIDAY, _CANCELLED)
"""How the reasons begin for which a meeting is left out without that a person has decided it."""


def plan_from(session: Session, series: Series, now: datetime) -> None:
    """Plan the next meeting from now on, on a later day than any on which this series has met.

    Such a day is over for it, even where the time of day has been changed since.
    """
    waiting = [MeetingState.PLANNED, MeetingState.CANCELLED, MeetingState.SKIPPED]
    last = rows.last_local(session, series.id, waiting)
    after = local_time(now, series.terms.zone)
    if last is not None:
        after = max(after, _end_of_day(read_local(last)))
    plan_after(session, series, after, not_before=now)


def _end_of_day(local: datetime) -> datetime:
    return datetime.combine(local.date(), time.max)


def plan_after(
    session: Session, series: Series, after: datetime, *, not_before: datetime | None = None
) -> None:
    """Plan the first meeting by rule after a local time; what falls on a holiday before it is recorded as skipped.

    A day that was skipped stays so, and one whose meeting was moved has no other. A meeting whose agenda should have been posted by `not_before` has it posted then,
    and nobody is told that it is late.
    """
    if series.terms.rule is None:
        return
    decided = rows.days_decided(session, series.id, after.date().isoformat())
    for tried, local in enumerate(starts(series.terms.rule, after)):
        starts_at = to_utc(local, series.terms.zone)
        is_over = not_before is not None and starts_at <= not_before  # a time that came twice
        if is_over or local.date().isoformat() in decided:
            continue
        if plan_one(session, series, local, starts_at, not_before) or tried > MOST_HOLIDAYS:
            return


def plan_one(
    session: Session,
    series: Series,
    local: datetime,
    starts_at: datetime,
    not_before: datetime | None,
) -> bool:
    """Plan one meeting, or record that it falls on a holiday; return whether it is the next one, where its rule puts it.

    What has become of one that is there already stays.
    """
    holiday = series.terms.holidays.name_on(local.date())
    values = {
        "series_id": series.id,
        "local": local.strftime(LOCAL),
        "starts_at": starts_at,
        "post_at": post_at(series, starts_at, not_before),
        "state": MeetingState.SKIPPED if holiday else MeetingState.PLANNED,
        "reason": f"{_HOLIDAY}{holiday}" if holiday else None,
    }
    if rows.plan(session, values):
        return holiday is None
    row = rows.meeting_by_rule(session, series.id, local.strftime(LOCAL))
    return row is not None and row.state == MeetingState.PLANNED and not row.is_moved


def post_at(series: Series, starts_at: datetime, not_before: datetime | None) -> datetime:
    """Return when the agenda of a meeting is due: its lead before, but not before somebody wanted it."""
    due = starts_at - series.terms.lead
    return max(due, not_before) if not_before else due


def plan_next(session: Session, series: Series, done: Meeting, now: datetime) -> None:
    """Plan the meeting after one that has been dealt with."""
    wanted = None if done.is_moved else done.post_at  # the one after it was not asked for before
    if series.terms.rule is not None:
        plan_after(session, series, _end_of_day(done.local), not_before=wanted)
    else:
        follow(session, series, now, since=min(done.starts_at, now), not_before=wanted)


def keep_calendar(session: Session, series_id: int, text: str, now: datetime) -> None:
    """Keep what the calendar of a series says."""
    session.merge(
        CalendarRow(series_id=series_id, text=text, read_at=now, tried_at=now, error=None)
    )
    session.flush()


def read_calendar(text: str, terms: Terms, now: datetime) -> str:
    """Return what of a calendar belongs to a series; `Refused` unless it has a meeting that is still to come."""
    own = ics.sift(text, terms.title)
    said = ics.meetings(own, now, now + _HORIZON, terms.zone)
    if all(meeting.is_cancelled for meeting in said):
        raise Refused("This calendar has no meeting in the next hundred days.")
    return own


def coming(session: Session, series: Series, now: datetime, count: int = 3) -> list[datetime]:
    """Return when the next meetings begin: those that are planned, and those that its rule or calendar has after them."""
    planned = upcoming(session, series, count)
    last = max([now, *(meeting.starts_at for meeting in planned if not meeting.is_moved)])
    later = next_dates(series.terms, last, count) or _by_calendar(session, series, last)
    return sorted([*(meeting.starts_at for meeting in planned), *later])[:count]


def meets_at(session: Session, series: Series, at: datetime) -> bool:
    """Return whether a series meets at an instant, be the meeting planned already or not."""
    waiting = [MeetingState.PLANNED, MeetingState.POSTED]
    if any(row.starts_at == at for row in rows.meetings_of(session, series.id, waiting, 100)):
        return True
    local = local_time(at, series.terms.zone).strftime(LOCAL)
    if rows.meeting_by_rule(session, series.id, local) is not None:
        return False  # it was moved from there, skipped or cancelled
    before = at - timedelta(minutes=1)
    return at in (next_dates(series.terms, before, 1) or _by_calendar(session, series, before)[:1])


def _by_calendar(session: Session, series: Series, after: datetime) -> list[datetime]:
    kept = session.get(CalendarRow, series.id)
    if kept is None or series.terms.calendar_url is None:
        return []
    said = ics.meetings(kept.text, after, after + _HORIZON, series.terms.zone)
    return [
        meeting.starts_at
        for meeting in said
        if not meeting.is_cancelled and meeting.starts_at > after
    ]


def take_stale(session: Session, before: datetime, now: datetime) -> list[tuple[int, str]]:
    """Return the number and address of series whose calendar was not asked since `before`, for one machine to ask."""
    return rows.take_stale_calendars(session, before, now)


def read_again(session: Session, series: Series, text: str, now: datetime) -> None:
    """Keep what a calendar says now, and follow what it has changed; `Refused` where it cannot be read any more."""
    own = ics.sift(text, series.terms.title)
    ics.meetings(own, now, now + _HORIZON, series.terms.zone)
    keep_calendar(session, series.id, own, now)
    follow(session, series, now)


def keep_failure(session: Session, series_id: int, why: str, now: datetime) -> datetime | None:
    """Keep that the calendar of a series could not be read, and return when it last was.

    What it said then still holds.
    """
    row = session.get(CalendarRow, series_id)
    if row is None:
        return None
    row.tried_at, row.error = now, why[:300]
    return row.read_at


def follow(
    session: Session,
    series: Series,
    now: datetime,
    *,
    since: datetime | None = None,
    not_before: datetime | None = None,
) -> None:
    """Plan the next meeting as the calendar has it, and move or cancel what it has moved or cancelled since.

    What begins after `since` is still to come, and wanted from `not_before` on; both are now without it.
    """
    kept = session.get(CalendarRow, series.id)
    if kept is None or series.terms.calendar_url is None:
        return
    since, zone = since or now, series.terms.zone
    said = ics.meetings(kept.text, since, now + _HORIZON, zone)
    by_local = {meeting.key: meeting for meeting in said if not meeting.is_cancelled}
    for row in rows.meetings_of(session, series.id, [MeetingState.PLANNED], 100, locked=True):
        _keep_up(row, by_local, series, now)
    session.flush()
    for meeting in by_local.values():
        if meeting.starts_at > since and _is_next(session, series, meeting, now, not_before or now):
            return


def _keep_up(
    row: MeetingRow, said: Mapping[datetime, ics.Meeting], series: Series, now: datetime
) -> None:
    """Bring a planned meeting to what its calendar says."""
    meeting = said.get(read_local(row.local))
    if row.starts_at <= now or row.is_moved:
        return  # its time has come, or a person has decided
    if meeting is None:
        row.state, row.reason = MeetingState.CANCELLED, _CANCELLED
    elif meeting.starts_at != row.starts_at:
        row.starts_at, row.post_at = meeting.starts_at, post_at(series, meeting.starts_at, now)


def _is_next(
    session: Session, series: Series, meeting: ics.Meeting, now: datetime, not_before: datetime
) -> bool:
    """Plan a meeting that the calendar has, or bring back one that it had cancelled; return whether it is the next one."""
    if plan_one(session, series, meeting.key, meeting.starts_at, not_before):
        return True
    row = rows.meeting_by_rule(session, series.id, meeting.key.strftime(LOCAL))
    if row is None or row.reason != _CANCELLED or meeting.starts_at <= now:
        return False
    row.state, row.reason = MeetingState.PLANNED, None
    row.starts_at, row.post_at = meeting.starts_at, post_at(series, meeting.starts_at, now)
    return True
