"""The timeline of an incident: its steps, updates, notes and pinned messages, and how regularly people were told.

The bot's own steps hold its own words alone, with people as Slack writes them; what people say is kept as they said it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.incident import Incident
from bot.domain.severity import Severity
from bot.errors import Refused
from bot.storage import incident as rows
from bot.storage.incident import ChangeRow, EntryRow, IncidentRow, Reader
from bot.vocabulary import Entry

LONGEST_ENTRY = 3_000
_EDITED, _NO_WORDS, _DELETED = " (edited)", "(no words)", "(this message was deleted)"
_LATE_AFTER = timedelta(minutes=5)  # an entry is called late when it was written so long after
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline: what happened when, and who wrote it down when."""

    kind: Entry
    at: datetime
    said_at: datetime
    author: str
    text: str
    channel: str | None = None
    ts: str | None = None

    @property
    def is_backdated(self) -> bool:
        """Whether it was written down well after it happened; a pinned message has its own time."""
        return self.kind is not Entry.PIN and self.said_at - self.at > _LATE_AFTER


@dataclass(frozen=True, slots=True)
class Correction:
    """One change of what was known: who, when, which part, from what to what, and why."""

    at: datetime
    who: str
    part: str
    before: str | None
    after: str | None
    why: str | None


def timeline(session: Session, incident: Incident, reader: Reader) -> list[Line]:
    """Return an incident's timeline in the order in which things happened."""
    return [_line(entry) for entry in rows.entries_of(session, _seen(session, incident, reader))]


def last_update(session: Session, incident: Incident) -> Line | None:
    """Return what those concerned were told last of an incident that has been found for whoever reads it."""
    entry = rows.last_entry(session, incident.id, Entry.UPDATE)
    return _line(entry) if entry else None


def corrections(session: Session, incident: Incident, reader: Reader) -> list[Correction]:
    """Return what was corrected, the oldest first."""
    found = rows.changes_of(session, _seen(session, incident, reader))
    return [Correction(c.at, c.who, c.part, c.before, c.after, c.why) for c in found]


def write(
    session: Session,
    row: IncidentRow,
    kind: Entry,
    author: str,
    text: str,
    now: datetime,
    *,
    at: datetime | None = None,
    place: tuple[str, str] | None = None,
) -> bool:
    """Add a line to a locked incident's timeline; return False where the same message is in it already."""
    channel, ts = place or (None, None)
    entry = EntryRow(
        kind=kind, at=at or now, said_at=now, author=author, text=text, channel=channel, ts=ts
    )
    return rows.add_entry(session, row, entry)


def pinned_words(said: str, *, is_edited: bool) -> str:
    """Return a message as a line of the timeline has it: as it stands, and marked where it was edited."""
    words = said.strip()[:LONGEST_ENTRY] or _NO_WORDS
    return f"{words}{_EDITED}" if is_edited else words


def is_pinned(session: Session, channel: str, ts: str) -> bool:
    """Return whether the message at a place in Slack is in any timeline."""
    return bool(rows.entries_at(session, channel, ts))


def reword(session: Session, channel: str, ts: str, words: str | None) -> None:
    """Let a message in a timeline have other words, or (None) say that it was deleted.

    It stands there as its author lets it stand: earlier words are not kept, nor are those of what was deleted.
    """
    for entry in rows.entries_at(session, channel, ts, for_change=True):
        entry.text = _DELETED if words is None else words


def correct(
    session: Session,
    row: IncidentRow,
    by: str,
    part: str,
    before: object,
    after: object,
    why: str | None,
    now: datetime,
) -> None:
    """Add a change to a locked incident's log."""
    sides = (_kept(before), _kept(after))
    rows.add_change(
        session,
        ChangeRow(
            incident_id=row.id,
            at=now,
            who=by,
            part=part,
            before=sides[0],
            after=sides[1],
            why=why or None,
        ),
    )


def told(row: IncidentRow, severity: Severity, now: datetime) -> None:
    """Count that those concerned were told now, and when they are to be told next."""
    _count(row, severity, now)
    row.told_at = now
    row.next_update_at = now + severity.update_every if severity.update_every else None


def ended(row: IncidentRow, severity: Severity, at: datetime) -> None:
    """Count the last silence, until it was over; nobody had to be told any more from then on."""
    _count(row, severity, at, is_end=True)
    row.next_update_at = None


def begun(row: IncidentRow, severity: Severity, now: datetime) -> None:
    """Let the updates begin, or begin again."""
    row.told_at = now
    row.next_update_at = now + severity.update_every if severity.update_every else None


def _count(row: IncidentRow, severity: Severity, now: datetime, *, is_end: bool = False) -> None:
    silence = now - (row.told_at or row.declared_at)
    row.longest_silence = max(row.longest_silence, silence // _SECOND)
    due, every = row.next_update_at, severity.update_every
    if due is None or every is None:
        return
    if now <= due:
        row.intervals += not is_end  # one that was not over yet was neither kept nor missed
        row.intervals_kept += not is_end
    else:
        row.intervals += 1 + (now - due) // every


def _seen(session: Session, incident: Incident, reader: Reader) -> IncidentRow:
    row = rows.find_row(session, incident.id, reader)
    if row is None:
        raise Refused("I know of no such incident.")
    return row


def _line(entry: EntryRow) -> Line:
    return Line(
        Entry(entry.kind),
        entry.at,
        entry.said_at,
        entry.author,
        entry.text,
        entry.channel,
        entry.ts,
    )


def _kept(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)
