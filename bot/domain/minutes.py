"""What came of meetings: closing one, its minutes, and what keeps coming up.

How often a point was carried over is counted when a meeting is closed, by a person or by the next one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.action_item import ActionItem, Place, Source
from bot.domain.action_list import for_source
from bot.domain.person import Person
from bot.domain.point import LASTS, Point, point_of
from bot.domain.series import Meeting, Series, find, hold, meeting_of
from bot.domain.topic import repeated
from bot.errors import Refused
from bot.storage import point as points
from bot.storage import series as rows
from bot.storage.series import MeetingRow
from bot.vocabulary import MeetingState, PointKind

_OFTEN = 2  # meetings over which a point was carried, so that it counts as coming up
_LOOKED_BACK = 52  # meetings


@dataclass(frozen=True, slots=True)
class Minutes:
    """What came of a meeting."""

    series: Series
    meeting: Meeting
    discussed: tuple[Point, ...]
    decisions: tuple[Point, ...]
    notes: tuple[Point, ...]
    carried: tuple[Point, ...] = ()  # points that wait for the next meeting
    actions: tuple[ActionItem, ...] = ()  # made in this meeting, or for it


def close_meeting(
    session: Session, meeting_id: int, by: Person, now: datetime, channel: str = ""
) -> Minutes:
    """Close a meeting and return what came of it; what was not discussed waits for the next one, and that is counted."""
    known = session.get(MeetingRow, meeting_id)
    series = hold(session, known.series_id) if known else None
    row = rows.locked_meeting(session, meeting_id)
    if (
        row is None
        or series is None
        or not series.is_seen_by(by, channel, is_here=row.channel == channel)
    ):
        raise Refused("That meeting is not there any more.")
    if row.state == MeetingState.CLOSED:
        how = "" if row.closed_by else " when the next agenda was posted"
        raise Refused(f"This meeting was closed already{how}.")
    if row.state != MeetingState.POSTED:
        raise Refused(f"This meeting cannot be closed: it is {row.state}.")
    row.state, row.closed_at, row.closed_by = MeetingState.CLOSED, now, by.id
    _carry_over(session, row)
    session.flush()
    return minutes(session, meeting_id)


def _carry_over(session: Session, row: MeetingRow) -> None:
    """Count one meeting more for what waits and was said before this one ended."""
    for point in points.open_points(session, row.series_id):
        if point.said_at <= row.starts_at + LASTS:
            point.carried += 1


def minutes(session: Session, meeting_id: int) -> Minutes:
    """Return what came of a meeting, what others may not see left out."""
    row = session.get_one(MeetingRow, meeting_id)
    return _minutes(session, find(session, row.series_id), row)


def minutes_for(session: Session, meeting_id: int, person: Person, channel: str) -> Minutes:
    """Return what came of a meeting, to somebody who may know of it."""
    row = session.get(MeetingRow, meeting_id)
    if row is None or not find(session, row.series_id).is_seen_by(
        person, channel, is_here=row.channel == channel
    ):
        raise Refused("That meeting is not there any more.")
    return minutes(session, meeting_id)


def _minutes(session: Session, series: Series, row: MeetingRow) -> Minutes:
    said = [point_of(each) for each in points.of_meeting(session, row.id) if not each.seen_by]
    waiting = [
        point_of(each) for each in points.open_points(session, series.id) if not each.seen_by
    ]
    return Minutes(
        series,
        meeting_of(row),
        tuple(each for each in said if each.kind is PointKind.POINT),
        tuple(each for each in said if each.kind is PointKind.DECISION),
        tuple(each for each in said if each.kind is PointKind.NOTE),
        tuple(waiting),
        _made_in(session, series, row),
    )


def _made_in(session: Session, series: Series, row: MeetingRow) -> tuple[ActionItem, ...]:
    """Return the actions of a series that were made between this agenda's posting and the next one's."""
    if row.posted_at is None:
        return ()
    until = rows.next_posting(session, row)
    made = for_source(session, source_ref(series), set(series.people), unfinished=False)
    return tuple(
        item
        for item in made
        if row.posted_at <= item.created_at and (until is None or item.created_at < until)
    )


def source_ref(series: Series) -> str:
    """Return the reference of a series as the source of actions."""
    return f"series:{series.id}"


def source_of(session: Session, place: Place) -> Source | None:
    """Return the meeting in whose thread a message stands, as the source of an action; None elsewhere.

    Where not everybody can read, only those who take part see the action.
    """
    row = rows.meeting_at(session, place.channel, place.thread or place.ts)
    if row is None:
        return None
    series = find(session, row.series_id)
    local = row.starts_at.astimezone(series.terms.zone)
    label = f"{series.terms.title}, {local.day} {local:%B}"
    is_open = place.channel_name is not None and not series.terms.is_private
    audience = None if is_open else frozenset(series.people)
    return Source(source_ref(series), label, place.link, audience)


def close_earlier(session: Session, row: MeetingRow, now: datetime) -> None:
    """Close the meetings that are over and that nobody has closed; what was said before they ended is carried over."""
    for earlier in rows.meetings_of(
        session, row.series_id, [MeetingState.POSTED], 100, locked=True
    ):
        if earlier.id == row.id or now < earlier.starts_at + LASTS:
            continue
        earlier.state, earlier.closed_at = MeetingState.CLOSED, now
        _carry_over(session, earlier)


def last_minutes(
    session: Session, series: Series, meeting: Meeting, most: int
) -> tuple[Minutes, ...]:
    """Return what came of the meetings before one, the newest first."""
    states = [MeetingState.POSTED, MeetingState.CLOSED]
    found = rows.meetings_of(session, series.id, states, most + 1, newest=True)
    return tuple(_minutes(session, series, row) for row in found if row.id != meeting.id)[:most]


def said_often(session: Session, series_id: int) -> tuple[tuple[str, int], ...]:
    """Return what came up in several meetings of a series, and in how many.

    What was carried over twice or more came up in every meeting that it was carried over.
    """
    said = [
        (row.meeting_id or 0, row.text)
        for row in points.said_lately(session, series_id)
        if not row.seen_by
    ]
    return repeated([*said, *_carried_often(session, series_id)])


def _carried_often(session: Session, series_id: int) -> Iterator[tuple[int, str]]:
    closed = rows.meetings_of(session, series_id, [MeetingState.CLOSED], _LOOKED_BACK, newest=True)
    for point in points.open_points(session, series_id):
        if point.carried >= _OFTEN and not point.seen_by:
            yield from ((meeting.id, point.text) for meeting in closed[: point.carried])
