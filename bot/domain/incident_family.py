"""Incidents that are the same: the original begins when the earliest of them did (incidents.md D4).

What a duplicate gives is in the original's log as given, and is worked out anew whenever one of them joins, is corrected
or is parted from it. What somebody has said of the original itself since a duplicate joined stays as they said it.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.domain import timeline
from bot.domain.incident import HOUSE, Incident, incident_of, times_of
from bot.domain.timeline import correct
from bot.storage import incident as rows
from bot.storage.incident import ChangeRow, IncidentRow
from bot.vocabulary import Entry, Moment

INHERITABLE = (Moment.STARTED, Moment.DETECTED)
"""The instants that an original has of its duplicates."""

_INHERITED = "its duplicate began earlier"
_LATER = "its duplicate began later than it seemed"
_TAKEN_BACK = "what began earlier is another incident"
_GIVEN = (_INHERITED, _LATER, _TAKEN_BACK)
_JOINED = ("void", "duplicate of")


def inherit(
    session: Session,
    duplicate: IncidentRow,
    moments: Collection[Moment],
    who: str,
    now: datetime,
    may_correct: Callable[[Incident], bool],
) -> list[IncidentRow]:
    """Let the original of a duplicate begin with it, now that some of its instants are known; and its own in turn.

    Where whoever says so may not correct the original, its timeline tells those who may. Returns these originals.
    """
    originals = []
    while (original := _original(session, duplicate)) is not None:
        giver = duplicate if may_correct(incident_of(session, original)) else None
        _settle(session, original, who, now, giver, later=_LATER)
        for moment in moments:
            _tell_earlier(session, original, duplicate, moment, who, now)
        originals.append(duplicate := original)
    return originals


def part(session: Session, original_id: int, who: str, now: datetime) -> None:
    """Take back what an incident has of those that are not its duplicates any more; and its own original in turn."""
    original = rows.locked_row(session, original_id, HOUSE)
    while original is not None:
        _settle(session, original, who, now, later=_TAKEN_BACK)
        original = _original(session, original)


def own_beginning(session: Session, row: IncidentRow) -> dict[Moment, datetime | None]:
    """Return the instants of an incident as people have said them of it, without what its duplicates gave."""
    log = rows.changes_of(session, row)
    return {one: _own(one, times_of(row).at(one), log).at for one in INHERITABLE}


def _original(session: Session, duplicate: IncidentRow) -> IncidentRow | None:
    if duplicate.duplicate_of is None:
        return None
    found = rows.locked_row(session, duplicate.duplicate_of, HOUSE)
    return found if found and found.is_restricted == duplicate.is_restricted else None


class _Own(NamedTuple):
    """What people have said of an instant, when they did last, and by which acts others were given since."""

    at: datetime | None
    said_at: datetime | None
    given: frozenset[tuple[datetime, str]]


def _own(moment: Moment, known: datetime | None, log: Iterable[ChangeRow]) -> _Own:
    given: set[tuple[datetime, str]] = set()
    for change in reversed([one for one in log if one.part == moment]):
        if change.why not in _GIVEN:
            return _Own(known, change.at, frozenset(given))
        known = datetime.fromisoformat(change.before) if change.before else None
        if change.why == _INHERITED:
            given.add((change.at, change.who))
    return _Own(known, None, frozenset(given))


def _settle(
    session: Session,
    original: IncidentRow,
    who: str,
    now: datetime,
    giver: IncidentRow | None = None,
    *,
    later: str,
) -> None:
    """Let an incident begin with the earliest of its family; `giver` is a duplicate that may give from now on."""
    theirs = incident_of(session, original).times
    earliest = _earliest(session, original, giver)
    for some in (INHERITABLE, *((one,) for one in INHERITABLE)):
        changed = {one: earliest[one] for one in some if earliest[one] != theirs.at(one)}
        if not theirs.but(changed).wrong(now):  # what was corrected since may not go with it
            break
    else:
        return
    for one, at in changed.items():
        before = theirs.at(one)
        is_earlier = at is not None and (before is None or at < before)
        setattr(original, one.value + "_at", at)
        why = _INHERITED if is_earlier else later
        correct(session, original, who, one.value, before, at, why, now)
    original.began_at = theirs.but(changed).began


def _earliest(
    session: Session, original: IncidentRow, giver: IncidentRow | None
) -> dict[Moment, datetime | None]:
    """Return when the earliest of a family began, of those that may give."""
    log = rows.changes_of(session, original)
    found = rows.find_rows(session, HOUSE, IncidentRow.duplicate_of == original.id)
    same = [one for one in found if one.is_restricted == original.is_restricted]
    logs = {one.id: rows.changes_of(session, one) for one in same}
    earliest: dict[Moment, datetime | None] = {}
    for moment in INHERITABLE:
        own = _own(moment, times_of(original).at(moment), log)
        told = [
            times_of(one).at(moment)
            for one in same
            if _has_given(own, logs[one.id])
            or (giver is not None and one.id == giver.id and _may_give(own, logs[one.id]))
        ]
        earliest[moment] = min((at for at in (own.at, *told) if at is not None), default=None)
    return earliest


def _has_given(own: _Own, log: Iterable[ChangeRow]) -> bool:
    acts = {(one.at, one.who) for one in log if one.part in (*_JOINED, *INHERITABLE)}
    return not own.given.isdisjoint(acts)


def _may_give(own: _Own, log: Iterable[ChangeRow]) -> bool:
    joined = max((one.at for one in log if one.part in _JOINED), default=None)
    return own.said_at is None or joined is None or joined >= own.said_at


def _tell_earlier(
    session: Session,
    original: IncidentRow,
    duplicate: IncidentRow,
    moment: Moment,
    who: str,
    now: datetime,
) -> None:
    """Say in the timeline of an incident that a duplicate began before it, for whoever leads it."""
    at, known = times_of(duplicate).at(moment), times_of(original).at(moment)
    if at is None or (known is not None and known <= at):
        return
    what = "started" if moment is Moment.STARTED else "was detected"
    told = f"{at.astimezone(UTC):%H:%M} UTC on {at.astimezone(UTC):%d %B %Y}"
    words = (
        f"says that another incident is the same and {what} earlier, at {told};"
        " whoever leads this incident can correct its times"
    )
    timeline.write(session, original, Entry.STEP, who, words, now)
