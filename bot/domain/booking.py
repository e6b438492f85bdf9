"""Making and changing series of meetings.

Every change is in the audit log. What people said belongs to the series: skipping, pausing, postponing and cancelling
lose nothing.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.recurrence import Repeat, fields_of, next_starts, starts
from bot.domain.schedule import (
    OF_ITSELF,
    follow,
    keep_calendar,
    meets_at,
    plan_from,
    plan_next,
    post_at,
)
from bot.domain.series import (
    FARTHEST,
    LOCAL,
    Meeting,
    Series,
    Terms,
    describe,
    meeting_of,
    nothing_called,
    series_of,
    write_terms,
)
from bot.domain.walltime import to_utc
from bot.errors import FormErrors, Refused
from bot.storage import audit
from bot.storage import point as points
from bot.storage import series as rows
from bot.storage.series import MeetingRow, SeriesRow
from bot.vocabulary import MeetingState, Role, SeriesState

WHAT = "agenda series"
_WITH_SERIES = "the series was cancelled"


def create(
    session: Session,
    terms: Terms,
    by: Person,
    trigger: str,
    now: datetime,
    calendar: str | None = None,
) -> Series:
    """Make a series and plan its first meeting; `calendar` is what its calendar says, where it follows one.

    `AlreadyDone` when the same form arrives again.
    """
    by.must_be(Role.LEAD, "schedule agendas")
    once(session, f"series:{trigger}")
    row = SeriesRow(owner=by.id, state=SeriesState.ACTIVE, created_by=by.id, created_at=now)
    write_terms(row, terms)
    session.add(row)
    session.flush()
    series = series_of(row)
    _plan(session, series, now, calendar)
    _log(session, series, by, now, None, describe(terms))
    return series


def edit(
    session: Session,
    series_id: int,
    terms: Terms,
    by: Person,
    trigger: str,
    now: datetime,
    calendar: str | None = None,
) -> Series:
    """Change what a series agrees on, and plan anew what has not been posted yet.

    What was said between people stays between them: others come into a private series only before its first meeting.
    Where it becomes private, what is said from now on is not for those who read its last agenda. A meeting that somebody
    has moved stays where it is, unless it is the only one: that is held when it is agreed now.
    """
    row, before = _locked(session, series_id, by)
    _must_stay_between(session, before, terms)
    once(session, f"series:{trigger}")
    write_terms(row, terms)
    session.flush()
    after = series_of(row)
    if terms.is_private and before.terms.target != terms.target:
        _close_posted(session, series_id, by, now)
    if _when(before.terms) != _when(terms):
        is_rule_new = _rule(before.terms) != _rule(terms)
        left_out = (*OF_ITSELF, _WITH_SERIES) if is_rule_new else OF_ITSELF
        also_moved = is_rule_new and (_is_single(before.terms) or _is_single(terms))
        rows.forget_plans(session, series_id, now, left_out, also_moved=also_moved)
        for moved in _planned(session, series_id):
            moved.post_at = post_at(after, moved.starts_at, now)
        _plan(session, after, now, calendar)
    _log(session, after, by, now, describe(before.terms), describe(terms))
    return after


def must_be_the_only_one(session: Session, series: Series, now: datetime) -> None:
    """Raise `FormErrors` where another series posts the same agenda at the same place and time."""
    terms, live = series.terms, (SeriesState.ACTIVE, SeriesState.PAUSED)
    for row in rows.series_at(session, terms.target, terms.template, live):
        other = series_of(row)
        if other.id != series.id and _meets_with(other.terms, terms, now):
            sentence = (
                f"#{other.id} “{other.terms.title}” has this template, place and time already. "
                f"Change it with /agenda edit #{other.id}, or choose another template, place or time."
            )
            raise FormErrors({"template": sentence})


def left_at_their_time(session: Session, series: Series, now: datetime) -> list[Meeting]:
    """Return the meetings to come whose agenda is out, and which the rule of their series would not have there any more."""
    posted = map(meeting_of, rows.meetings_of(session, series.id, [MeetingState.POSTED], 100))
    return [each for each in posted if each.starts_at > now and not _stands(series, each)]


def pause(session: Session, series_id: int, by: Person, now: datetime) -> Series:
    """Post nothing until somebody resumes it; what people add meanwhile is kept."""
    return _turn(session, series_id, by, now, SeriesState.PAUSED, "It is paused already.")


def cancel(session: Session, series_id: int, by: Person, now: datetime) -> Series:
    """End a series; its points and history stay, and `resume` brings it back."""
    series = _turn(session, series_id, by, now, SeriesState.CANCELLED, "It is cancelled already.")
    for row in _planned(session, series_id):
        row.state, row.reason = MeetingState.CANCELLED, f"{_WITH_SERIES} by <@{by.id}>"
    return series


def resume(session: Session, series_id: int, by: Person, now: datetime) -> Series:
    """Go on with a series; meetings that fell into the pause are recorded as skipped.

    Meetings that were cancelled with it, and are still to come, take place after all.
    """
    series = _turn(session, series_id, by, now, SeriesState.ACTIVE, "It is running already.")
    for row in rows.meetings_of(session, series_id, [MeetingState.CANCELLED], 100, newest=True):
        if row.starts_at > now and (row.reason or "").startswith(_WITH_SERIES):
            row.state, row.reason = MeetingState.PLANNED, None
            row.post_at = post_at(series, row.starts_at, now)  # its lead may have changed meanwhile
    session.flush()
    _record_missed(session, series, now)
    for row in _planned(session, series_id):
        row.post_at = max(row.post_at, now)
    session.flush()
    _plan(session, series, now)
    return series


def _record_missed(session: Session, series: Series, now: datetime) -> None:
    while missed := [row for row in _planned(session, series.id) if row.starts_at <= now]:
        for row in missed:
            row.state, row.reason = MeetingState.SKIPPED, "the series was paused"
            session.flush()
            plan_next(session, series, meeting_of(row), now)


def skip(session: Session, series_id: int, by: Person, now: datetime) -> Meeting:
    """Leave the next meeting out, be its agenda out or not; open points wait for the one after it."""
    _, series = _locked(session, series_id, by)
    row = _next(session, series, now)
    is_planned = row.state == MeetingState.PLANNED
    _forget_failure(row)
    row.state, row.reason = MeetingState.SKIPPED, f"skipped by <@{by.id}>"
    session.flush()
    meeting = meeting_of(row)
    if is_planned:
        plan_next(session, series, meeting, now)
    _log(session, series, by, now, _day(meeting), "skipped")
    return meeting


def unskip(session: Session, meeting_id: int, by: Person, now: datetime) -> Meeting:
    """Take back that a meeting was skipped, as long as it has not begun."""
    row = session.get(MeetingRow, meeting_id)
    if row is None:
        raise Refused("That meeting is not there any more.")
    _, series = _locked(session, row.series_id, by)
    session.refresh(row)
    if (
        row.state != MeetingState.SKIPPED
        or row.starts_at <= now
        or not _stands(series, meeting_of(row))
    ):
        raise Refused("That cannot be taken back any more.")
    row.state = MeetingState.PLANNED if row.posted_at is None else MeetingState.POSTED
    row.reason = None
    row.post_at = max(row.post_at, now) if row.posted_at is None else row.post_at
    session.flush()
    _log(session, series, by, now, "skipped", _day(meeting_of(row)))
    return meeting_of(row)


def postpone(
    session: Session, series_id: int, to: datetime, by: Person, trigger: str, now: datetime
) -> Meeting:
    """Hold the next meeting at another time, be its agenda out or not; the ones after it stay where they are."""
    _, series = _locked(session, series_id, by)
    once(session, f"postpone:{trigger}")
    if to <= now:
        raise Refused("That time has passed; choose one that is still to come.")
    if to > now + FARTHEST:
        raise Refused(f"{to.year} is too far ahead; choose an earlier time.")
    row = _next(session, series, now)
    before = meeting_of(row)
    if to == before.starts_at:
        raise Refused("That is when it is held already; choose another time.")
    if meets_at(session, series, to):
        raise Refused(
            f"It meets then already. Choose another time; /agenda skip #{series.id} leaves this one out."
        )
    _forget_failure(row)
    row.starts_at, row.is_moved = to, True
    if row.state == MeetingState.PLANNED:
        row.post_at = post_at(series, to, now)
    session.flush()
    if before.state is MeetingState.PLANNED:
        plan_next(session, series, before, now)  # it may now come before this one
    after = meeting_of(row)
    _log(session, series, by, now, before.starts_at.isoformat(), after.starts_at.isoformat())
    return after


def _plan(session: Session, series: Series, now: datetime, calendar: str | None = None) -> None:
    if calendar is not None:
        keep_calendar(session, series.id, calendar, now)
    if series.terms.rule is not None:
        plan_from(session, series, now)
    else:
        follow(session, series, now)


def _turn(
    session: Session, series_id: int, by: Person, now: datetime, to: SeriesState, already: str
) -> Series:
    row, before = _locked(session, series_id, by)
    if before.state is to:
        raise Refused(already)
    row.state = to
    session.flush()
    _log(session, before, by, now, before.state, to)
    return series_of(row)


def _locked(session: Session, series_id: int, by: Person) -> tuple[SeriesRow, Series]:
    row = rows.locked_series(session, series_id)
    if row is None:
        raise Refused(nothing_called(f"#{series_id}"))
    series = series_of(row)
    series.must_be_changed_by(by)
    return row, series


def _planned(session: Session, series_id: int) -> Sequence[MeetingRow]:
    return rows.meetings_of(session, series_id, [MeetingState.PLANNED], 100, locked=True)


def _must_stay_between(session: Session, before: Series, terms: Terms) -> None:
    others = set(terms.attendees) - set(before.people)
    is_opened = not terms.is_private or bool(others)
    if before.terms.is_private and is_opened and _is_under_way(session, before):
        sentence = (
            "What was said in this meeting is for the people in it alone. "
            "Schedule a new one for others, and cancel this one."
        )
        raise FormErrors({"people" if terms.is_private else "channel": sentence})


def _meets_with(other: Terms, terms: Terms, now: datetime) -> bool:
    """Return whether two series meet at the same times, once both have begun."""
    if other.rule is None or terms.rule is None:
        return _rule(other) == _rule(terms)
    left, right = other.rule, terms.rule
    if (left.at, left.zone, left.rrule) != (right.at, right.zone, right.rrule):
        return False
    later = to_utc(datetime.combine(max(left.first, right.first), time()), left.zone)
    since = max(now, later - timedelta(seconds=1))
    both = [next(next_starts(rule, since), None) for rule in (left, right)]
    return both[0] == both[1] is not None


def _is_under_way(session: Session, series: Series) -> bool:
    """Return whether people have met, or something waits to be talked about."""
    states = [MeetingState.POSTED, MeetingState.CLOSED]
    has_met = bool(rows.meetings_of(session, series.id, states, 1))
    return has_met or points.is_anything_said(session, series.id)


def _close_posted(session: Session, series_id: int, by: Person, now: datetime) -> None:
    for row in rows.meetings_of(session, series_id, [MeetingState.POSTED], 100, locked=True):
        row.state, row.closed_at, row.closed_by = MeetingState.CLOSED, now, by.id
    session.flush()


def _stands(series: Series, meeting: Meeting) -> bool:
    """Return whether the rule of a series still puts a meeting where it was."""
    if series.terms.rule is None:
        return True
    if not meeting.is_moved and to_utc(meeting.local, series.terms.zone) != meeting.starts_at:
        return False  # it has another zone now
    a_little_before = meeting.local - timedelta(minutes=1)
    return next(starts(series.terms.rule, a_little_before), None) == meeting.local


def _next(session: Session, series: Series, now: datetime) -> MeetingRow:
    series.must_be_running()
    row = rows.next_to_be_held(session, series.id, now, locked=True)
    if row is None:
        raise Refused(f"“{series.terms.title}” has no next meeting.")
    return row


def _forget_failure(row: MeetingRow) -> None:
    """Plan a meeting again whose agenda Slack would not take."""
    if row.state == MeetingState.FAILED:
        row.state, row.reason, row.posted_at = MeetingState.PLANNED, None, None


def _log(
    session: Session, series: Series, by: Person, now: datetime, before: str | None, after: str
) -> None:
    audit.record(session, audit.AuditEntry(now, by.id, WHAT, str(series.id), before, after))


def _when(terms: Terms) -> tuple[object, ...]:
    return (*_rule(terms), terms.lead, terms.holidays)


def _rule(terms: Terms) -> tuple[object, ...]:
    of_calendar = terms.title if terms.calendar_url else None  # says which of its meetings
    return (terms.rule, terms.calendar_url, of_calendar, terms.zone)


def _is_single(terms: Terms) -> bool:
    return terms.rule is not None and fields_of(terms.rule)[0] is Repeat.ONCE


def _day(meeting: Meeting) -> str:
    return meeting.local.strftime(LOCAL)
