"""Meetings as their agendas are posted: taking one that is due, and composing what it says.

What was live is kept when an agenda is posted, so that writing it again changes what people said and no figure.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import agenda as agendas
from bot.domain.action_item import ActionItem
from bot.domain.action_list import for_source, open_for, overdue_for
from bot.domain.agenda import Agenda, Facts, Live, Scene
from bot.domain.minutes import Minutes, close_earlier, last_minutes, said_often, source_ref
from bot.domain.person import Person
from bot.domain.point import Point, open_points, shown_points
from bot.domain.schedule import plan_next
from bot.domain.series import Meeting, Series, find, hold, meeting_of, upcoming
from bot.domain.target import Counting
from bot.errors import Refused
from bot.storage import series as rows
from bot.storage.series import MeetingRow
from bot.vocabulary import MeetingState

_A_WEEK = timedelta(days=7)
_EARLY = timedelta(seconds=3)
_PUNCTUAL = timedelta(minutes=2)
_TODAY = timedelta(hours=24)
_NOT_RUNNING = "I was not running in time to post it"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the news in an agenda comes from: the house's catalogues, and what the organisation counts by."""

    counting: Counting
    agendas: Mapping[str, Agenda]
    lives: Mapping[str, Live]
    team_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on one meeting's agenda."""

    series: Series
    meeting: Meeting
    agenda: Agenda
    facts: Facts
    points: tuple[Point, ...] = ()
    actions: tuple[ActionItem, ...] = ()  # of the series, and what its people have overdue

    @property
    def is_closed(self) -> bool:
        """Whether what came of the meeting has been summed up."""
        return self.meeting.state is MeetingState.CLOSED

    @property
    def is_over(self) -> bool:
        """Whether nothing on it is pressed any more: it is closed, or not held."""
        return self.is_closed or self.is_off

    @property
    def is_off(self) -> bool:
        """Whether the meeting is left out, after its agenda was posted."""
        return self.meeting.state is MeetingState.SKIPPED

    @property
    def late_by(self) -> timedelta | None:
        """How long after it was due the agenda was posted, where that is worth telling."""
        if self.meeting.posted_at is None:
            return None
        late = self.meeting.posted_at - self.meeting.post_at
        return late if late > _PUNCTUAL else None


@dataclass(frozen=True, slots=True)
class Brief:
    """What the owner of a one-on-one reads before it, and nobody else."""

    series: Series
    meeting: Meeting
    points: tuple[Point, ...]
    before: tuple[Minutes, ...]  # the last three meetings
    repeated: tuple[tuple[str, int], ...]  # what was said in several meetings, and in how many
    facts: Facts
    actions: tuple[ActionItem, ...] = ()  # of the people in it
    team: str = ""  # whose figures, by its name


def take_due(session: Session, now: datetime) -> Meeting | None:
    """Take one meeting whose agenda is due, mark it as posted and plan the one after it; None where none is due.

    One is taken a little early, so that the courier has it on time. Where it is too late (nobody ran in time) the
    meeting is recorded as skipped; its state says which.
    """
    number = due(session, now)
    return None if number is None else take(session, number, now)


def due(session: Session, now: datetime) -> int | None:
    """Return a meeting whose agenda is due, and keep others from it until this transaction ends; None where none is."""
    row = rows.due_meeting(session, now + _EARLY)
    return row.id if row else None


def take(session: Session, meeting_id: int, now: datetime) -> Meeting:
    """Take a meeting that is due, as `take_due` does."""
    row = session.get_one(MeetingRow, meeting_id)
    if now < meeting_of(row).too_late_at:
        return _post(session, row, now)
    row.state, row.reason = MeetingState.SKIPPED, _NOT_RUNNING
    session.flush()
    plan_next(session, find(session, row.series_id), meeting_of(row), now)
    return meeting_of(row)


def missed(session: Session, series: Series, now: datetime) -> tuple[Meeting, Meeting] | None:
    """Return a meeting of today that Slack has taken no agenda for and that has begun, and the one whose turn is not yet.

    Whoever asks for an agenda now means the first, and would get the second. None where all is well.
    """
    last = rows.last_begun(session, series.id, now)
    following = next(iter(upcoming(session, series)), None)
    if last is None or last.state != MeetingState.FAILED or now - last.starts_at > _TODAY:
        return None
    if following is None or following.post_at <= now:
        return None
    return meeting_of(last), following


def series_next(session: Session, meeting_id: int) -> Series:
    """Return the series whose next meeting one is; `Refused` where it is that no more."""
    row = session.get(MeetingRow, meeting_id)
    if row is not None:
        series = hold(session, row.series_id)
        if [each.id for each in upcoming(session, series)] == [meeting_id]:
            return series
    raise Refused("That meeting is not the next one any more.")


def post_now(session: Session, series_id: int, by: Person, now: datetime) -> Meeting:
    """Take the next meeting of a series as if its agenda were due, or one that Slack would not take before."""
    series = hold(session, series_id)
    series.must_be_changed_by(by)
    series.must_be_running()
    states = [MeetingState.PLANNED, MeetingState.FAILED]
    found = rows.meetings_of(session, series_id, states, 100, locked=True)
    row = next((each for each in found if each.starts_at > now), None)
    if row is None:
        raise Refused(f"“{series.terms.title}” has no next meeting to post an agenda for.")
    row.post_at, row.reason = now, None
    return _post(session, row, now)


def _post(session: Session, row: MeetingRow, now: datetime) -> Meeting:
    row.state, row.posted_at = MeetingState.POSTED, now
    close_earlier(session, row, now)
    session.flush()
    plan_next(session, find(session, row.series_id), meeting_of(row), now)
    return meeting_of(row)


def put_off(session: Session, meeting_id: int, now: datetime) -> Meeting:
    """Try a meeting that is due again in a minute: something is wrong with its agenda, and others are waiting."""
    row = session.get_one(MeetingRow, meeting_id)
    row.post_at = now + timedelta(minutes=1)
    return meeting_of(row)


def compose(session: Session, sources: Sources, meeting: Meeting, now: datetime) -> Sheet:
    """Return the agenda of a meeting that is being posted, with what is live now, which is kept."""
    sheet = _sheet(session, sources, meeting, _live(session, sources, meeting, now))
    session.get_one(MeetingRow, meeting.id).facts = json.dumps(sheet.facts)
    return sheet


def preview(session: Session, sources: Sources, series: Series, now: datetime) -> Sheet:
    """Return the agenda that would be posted now for the next meeting; nothing is kept."""
    planned = upcoming(session, series)
    if not planned:
        raise Refused(f"“{series.terms.title}” has no next meeting to preview.")
    return _sheet(session, sources, planned[0], _live(session, sources, planned[0], now))


def sheet_of(session: Session, sources: Sources, meeting_id: int) -> Sheet:
    """Return the agenda of a meeting as it stands now, with the figures of when it was posted."""
    row = session.get_one(MeetingRow, meeting_id)
    return _sheet(session, sources, meeting_of(row), json.loads(row.facts or "{}"))


def brief(session: Session, sources: Sources, meeting: Meeting, now: datetime) -> Brief:
    """Return what the owner should have in mind before a one-on-one."""
    series = find(session, meeting.series_id)
    scene = _scene(session, sources, series, meeting, now)
    live = sources.lives.get("standing")
    return Brief(
        series,
        meeting,
        open_points(session, series.id),
        last_minutes(session, series, meeting, 3),
        said_often(session, series.id),
        {"standing": list(live.tell(session, scene))} if live else {},
        tuple(open_for(session, series.people, {series.owner})),
        sources.team_names.get(series.terms.team or "", series.terms.team or ""),
    )


def delivered(session: Session, meeting_id: int, channel: str, ts: str) -> None:
    """Keep where a meeting's agenda stands in Slack."""
    row = rows.locked_meeting(session, meeting_id)
    if row is not None:
        row.channel, row.ts = channel, ts
        if row.state == MeetingState.FAILED:  # somebody has tried it again
            row.state, row.reason = MeetingState.POSTED, None


def not_delivered(
    session: Session, meeting_id: int, state: MeetingState, why: str
) -> Meeting | None:
    """Record that a meeting's agenda never came to Slack, and return it; None where that is news to nobody."""
    row = rows.locked_meeting(session, meeting_id)
    if row is None or row.ts is not None or row.state == MeetingState.SKIPPED:
        return None
    row.state, row.reason = state, why
    return meeting_of(row)


def keep_parts(session: Session, meeting_id: int, parts: int) -> None:
    """Keep how many messages a meeting's agenda takes."""
    session.get_one(MeetingRow, meeting_id).parts = parts


def forget_news(session: Session, word: str) -> list[int]:
    """Forget every line of news that has a word in it, and the first of its topic, which counts them all.

    Return the meetings whose agendas stand in Slack with it.
    """
    is_meant = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])").search
    told = []
    for row in rows.meetings_telling(session, word):
        facts: Facts = json.loads(row.facts or "{}")
        left = {
            topic: [line for line in lines[1:] if not is_meant(line)]
            if any(map(is_meant, lines))
            else lines
            for topic, lines in facts.items()
        }
        if left != facts:
            row.facts = json.dumps(left)
            told += [row.id] if row.ts else []
    return told


def _sheet(session: Session, sources: Sources, meeting: Meeting, facts: Facts) -> Sheet:
    series = find(session, meeting.series_id)
    agenda = _agenda(session, sources, series)
    shown = shown_points(session, meeting)
    return Sheet(series, meeting, agenda, facts, shown, _actions(session, series))


def _actions(session: Session, series: Series) -> tuple[ActionItem, ...]:
    """Return what everybody in the meeting may see: what comes from its series, and what its people have overdue."""
    people = set(series.people)
    own = for_source(session, source_ref(series), people)
    late = overdue_for(session, people, people if series.terms.is_private else None)
    found = {item.id: item for item in (*own, *late)}
    return tuple(sorted(found.values(), key=lambda item: (not item.is_overdue, item.id)))


def _live(session: Session, sources: Sources, meeting: Meeting, now: datetime) -> Facts:
    series = find(session, meeting.series_id)
    scene = _scene(session, sources, series, meeting, now)
    return agendas.gather(session, _agenda(session, sources, series), scene, sources.lives)


def _agenda(session: Session, sources: Sources, series: Series) -> Agenda:
    """Return the template of a series; a blank one where its file is gone."""
    known = agendas.every_agenda(session, sources.agendas)
    return known.get(series.terms.template) or Agenda(series.terms.title, "", ())


def _scene(
    session: Session, sources: Sources, series: Series, meeting: Meeting, now: datetime
) -> Scene:
    kras = _agenda(session, sources, series).kras
    since = rows.last_met(session, series.id, before=meeting.starts_at) or now - _A_WEEK
    return Scene(sources.counting, kras, series.terms.team, since, now)
