"""Points, notes and decisions: what people say for the meetings of a series, and in them.

A point belongs to the series and waits until somebody marks it discussed or drops it. A note belongs to the meeting in
whose thread it was written, and follows its author's edits. What only the owner may see is left out of everything that
others are shown.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.series import Meeting, Series, find, hold, meeting_of
from bot.errors import Forbidden, Refused
from bot.storage import point as points
from bot.storage import series as rows
from bot.storage.point import PointRow
from bot.vocabulary import MeetingState, PointKind, PointState

STALE = 3  # carried so often, a point is offered for dropping
LONGEST_POINT = 1000
LASTS = timedelta(
    hours=4
)  # so long after its start, a meeting that nobody closed is no longer the current one
_DECISION = re.compile(  # "*Decision:* …", ":scales: agreed – …", but not "decision-making …"
    r"^(?::[\w+-]+:|[\W_]){0,3}(?:decisions?|decided|agreed)[*_]{0,2}\s?(?:[:–—]|-(?=\s))[*_]{0,2}\s*(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that somebody said for a meeting, or in it."""

    id: int
    kind: PointKind
    text: str
    author: str
    state: PointState
    carried: int
    is_private: bool  # only the owner of the series sees it
    is_new: bool  # it was said after the meeting's agenda was posted
    ts: str | None = None  # where it stands in Slack as a message of its own

    @property
    def is_stale(self) -> bool:
        """Whether it has been carried over so often that it may as well be dropped."""
        return self.state is PointState.OPEN and self.carried >= STALE


def add_point(
    session: Session,
    series: Series,
    by: Person,
    text: str,
    trigger: str,
    now: datetime,
    *,
    private: bool = False,
) -> Point:
    """Add a point for the next meeting, or the one that is being held."""
    once(session, f"point:{trigger}")
    said = read_point(text)
    if len(said) > LONGEST_POINT:
        raise Refused(f"A point can have {LONGEST_POINT} characters; this one has {len(said):,}.")
    if private and by.id != series.owner:
        raise Forbidden("Only the owner of a series can add private points.")
    hold(session, series.id)
    current_meeting = current(session, series.id, now)
    number = points.keep(
        session,
        {
            "series_id": series.id,
            "kind": PointKind.POINT,
            "text": said,
            "author": by.id,
            "seen_by": series.owner if private else "",
            "said_at": now,
        },
    )
    row = session.get_one(PointRow, number)
    return point_of(row, current_meeting)


def read_point(text: str) -> str:
    """Return what somebody wants to talk about; `Refused` where there is no letter or digit in it."""
    said = " ".join(text.split())
    if not any(sign.isalnum() for sign in said):
        raise Refused(
            "What should be talked about? For example `/agenda add the new on-call rota`."
        )
    return said


def current(session: Session, series_id: int, now: datetime) -> Meeting | None:
    """Return the first meeting whose agenda is posted and which is not over."""
    return next(iter(current_ones(session, series_id, now)), None)


def current_ones(session: Session, series_id: int, now: datetime) -> list[Meeting]:
    """Return every meeting whose agenda is posted and which is not over, the first one first.

    Several are where agendas come long before their meetings; all of them show what waits.
    """
    posted = rows.meetings_of(session, series_id, [MeetingState.POSTED], 100)
    return [meeting_of(row) for row in posted if now < row.starts_at + LASTS]


def settle(
    session: Session, point_id: int, by: Person, now: datetime, to: PointState, channel: str = ""
) -> tuple[Point, Meeting | None]:
    """Mark a point discussed, dropped or open again; return it, and the meeting whose agenda shows it.

    `Refused` where that is its state already.
    """
    row = _locked(session, session.get(PointRow, point_id))
    series = find(session, row.series_id) if row else None
    if row is None or series is None or not _may_see(session, row, series, by, channel):
        raise Refused("That point is not there any more.")
    if PointState(row.state) is to:
        raise Refused(f"That point is {to} already.")
    held = _settle(session, row, by.id, now, to)
    return point_of(row), held


def tick(
    session: Session, channel: str, ts: str, by: str, now: datetime, *, is_on: bool
) -> Meeting | None:
    """Follow a ✅ that was put on a message or taken off it; return the meeting whose agenda shows the point.

    The message is a reply that was kept, or a point's own; a ✅ on anything else changes nothing.
    """
    row = _locked(session, points.said_at_place(session, channel, ts))
    to = PointState.DISCUSSED if is_on else PointState.OPEN
    if row is None or PointState(row.state) in (to, PointState.DROPPED):
        return None
    return _settle(session, row, by, now, to)


def _locked(session: Session, row: PointRow | None) -> PointRow | None:
    """Return a row as it is now, and keep others from changing it and its series until this transaction ends."""
    if row is None:
        return None
    hold(session, row.series_id)
    return session.get(PointRow, row.id, populate_existing=True, with_for_update=True)


def _settle(
    session: Session, row: PointRow, by: str, now: datetime, to: PointState
) -> Meeting | None:
    """Settle what was said; return the meeting whose agenda shows it, where it is a point."""
    held = _on_agenda_of(session, row, now) if row.kind == PointKind.POINT else None
    row.state = to
    if row.kind == PointKind.POINT:
        row.meeting_id = held.id if held and to is PointState.DISCUSSED else None
    row.settled_at, row.settled_by = (None, None) if to is PointState.OPEN else (now, by)
    session.flush()
    return held


def _on_agenda_of(session: Session, row: PointRow, now: datetime) -> Meeting | None:
    """Return the meeting that is being held, or the last one where a point was on its agenda: people tidy up later."""
    held = current(session, row.series_id, now)
    if held is not None:
        return held
    last = rows.last_held(session, row.series_id, before=now)
    return meeting_of(last) if last and row.said_at <= last.starts_at + LASTS else None


def note(
    session: Session, channel: str, thread: str, ts: str, author: str, text: str, now: datetime
) -> Meeting | None:
    """Keep a reply in an agenda's thread as a note or a decision of that meeting; None for any other thread."""
    row = rows.meeting_at(session, channel, thread)
    if row is None:
        return None
    kind, said = _kind(text)
    if said:
        points.keep(
            session,
            {
                "series_id": row.series_id,
                "meeting_id": row.id,
                "kind": kind,
                "text": said[:LONGEST_POINT],
                "author": author,
                "channel": channel,
                "ts": ts,
                "said_at": now,
            },
        )
    return meeting_of(row)


def is_kept(session: Session, channel: str, thread: str) -> bool:
    """Return whether the replies of a thread are kept."""
    return rows.meeting_at(session, channel, thread) is not None


def is_kept_at(session: Session, channel: str, ts: str) -> bool:
    """Return whether what a message says is kept."""
    return points.said_at_place(session, channel, ts) is not None


def correct_note(session: Session, channel: str, ts: str, text: str) -> None:
    """Follow the edit of a reply that was kept; one that leaves no words forgets it."""
    row = points.said_at_place(session, channel, ts)
    kind, said = _kind(text)
    if not said:
        forget_note(session, channel, ts)
    elif row is not None and row.kind != PointKind.POINT:
        row.kind, row.text = kind, said[:LONGEST_POINT]


def forget_note(session: Session, channel: str, ts: str) -> None:
    """Forget a reply that its author has deleted; a point waits, whatever becomes of the message that tells it."""
    points.forget(session, channel, ts, besides=PointKind.POINT)


def shown_points(session: Session, meeting: Meeting) -> tuple[Point, ...]:
    """Return the points that a meeting's agenda shows: what waits, and what was discussed in it.

    What was said after a meeting was closed waits for the next one.
    """
    waiting = [
        row
        for row in points.open_points(session, meeting.series_id)
        if meeting.closed_at is None or row.said_at <= meeting.closed_at
    ]
    done = [row for row in points.of_meeting(session, meeting.id) if row.kind == PointKind.POINT]
    # Those of one meeting keep their places when they are ticked.
    shown = sorted(
        {row.id: row for row in (*waiting, *done)}.values(), key=lambda row: (-row.carried, row.id)
    )
    return tuple(point_of(row, meeting) for row in shown if not row.seen_by)


def placed(session: Session, point_id: int, channel: str, ts: str) -> None:
    """Keep where a point stands in Slack as a message of its own."""
    row = session.get(PointRow, point_id)
    if row is not None:
        row.channel, row.ts = channel, ts


def open_points(session: Session, series_id: int) -> tuple[Point, ...]:
    """Return all points of a series that wait, the owner's private ones too."""
    return tuple(point_of(row) for row in points.open_points(session, series_id))


def _kind(text: str) -> tuple[PointKind, str]:
    said = " ".join(text.split())
    decided = _DECISION.match(said)
    return (PointKind.DECISION, said[decided.end() :]) if decided else (PointKind.NOTE, said)


def _may_see(session: Session, row: PointRow, series: Series, person: Person, channel: str) -> bool:
    is_here = series.id in rows.posted_in(session, channel)
    return series.is_seen_by(person, channel, is_here=is_here) and row.seen_by in ("", person.id)


def point_of(row: PointRow, meeting: Meeting | None = None) -> Point:
    """Return what a row means, beside the meeting whose agenda shows it."""
    posted = meeting.posted_at if meeting else None
    return Point(
        row.id,
        PointKind(row.kind),
        row.text,
        row.author,
        PointState(row.state),
        row.carried,
        bool(row.seen_by),
        posted is not None and row.said_at >= posted,
        row.ts,
    )
