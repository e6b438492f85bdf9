"""When customers suffered: the stretches in which an incident hurt each service that it affects.

An incident has an end that counts and, where it was reopened, earlier stretches that were over; the time in between is
no impact. A service's own times, where it has any, win over the incident's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.domain.incident import EVERYBODY, Affected, Incident, find_incidents, incidents_of
from bot.storage import incident as rows
from bot.storage.incident import IncidentRow
from bot.vocabulary import Customers, Effect, IncidentKind

APART = timedelta(days=31)
"""A service's own times may lie outside its incident's, but are not looked for further away than this."""
_BEARABLE = (Effect.WORKAROUND, Effect.COSMETIC)


class Window(NamedTuple):
    """A stretch of time, its end not included."""

    start: datetime
    end: datetime


def hurts_customers(incident: Incident) -> bool:
    """Whether customers suffered: something was down or degraded, for at least one of them.

    What nobody has said is taken for the worse, so that silence makes no figure better.
    """
    return incident.counts and _hurt(incident)


def _hurt(incident: Incident) -> bool:
    return incident.customers is not Customers.NONE and incident.effect not in _BEARABLE


def impact_windows(incident: Incident, now: datetime) -> dict[str, list[Window]]:
    """Return, for each service that an incident affects, the stretches in which it hurt; open ones go on until now."""
    found: dict[str, list[Window]] = {}
    for each in incident.affected:  # a service stands there twice where two duplicates name it
        found.setdefault(each.service, []).extend(_windows(incident, each, now))
    return found


def has_known_start(incident: Incident) -> bool:
    """Whether it is known for every affected service when it began to hurt."""
    began = incident.times.impact_began
    return began is not None or all(each.started_at for each in incident.affected)


def impacts(session: Session, start: datetime, end: datetime) -> list[Incident]:
    """Return the incidents that everybody may know of and that may have hurt between two instants.

    Each has also the services that only its duplicates name.
    """
    i = IncidentRow
    counts = (i.void.is_(None), rows.is_a(IncidentKind.REAL))
    # Ordered by the end so that SQLite looks them up by it: nearly all incidents began before a month ended
    by_end = (i.resolved_at,)
    found: list[Incident] = []
    for over in (i.resolved_at > start, i.resolved_at.is_(None)):
        found += find_incidents(session, EVERYBODY, over, i.began_at < end, *counts, order=by_end)
    aside = {
        *rows.find_ids(session, EVERYBODY, i.resolved_at.between(start - APART, start), *counts),
        *rows.find_ids(session, EVERYBODY, i.began_at.between(end, end + APART), *counts),
    }
    if apart := rows.with_stretches(session, sorted(aside)):
        found += find_incidents(session, EVERYBODY, i.id.in_(apart))
    found.sort(key=lambda each: (each.times.began, each.id))
    return _with_duplicates(session, [each for each in found if each.counts])


def _with_duplicates(session: Session, incidents: Sequence[Incident]) -> list[Incident]:
    """Add to incidents what their duplicates say of services that they do not name themselves.

    Where it is not known of a duplicate when it began or ended, it did with its original.
    """
    duplicates = incidents_of(
        session, rows.duplicates_of(session, [each.id for each in incidents], EVERYBODY)
    )
    original = {each.id: each.duplicate_of for each in duplicates}
    more: dict[int, list[Affected]] = {}
    for each in duplicates:
        if each.kind is IncidentKind.REAL and _hurt(each):
            of = each.id
            while (above := original.get(of)) is not None:
                of = above
            more.setdefault(of, []).extend(_own_times(each))
    return [_joined(each, more[each.id]) if each.id in more else each for each in incidents]


def _own_times(incident: Incident) -> list[Affected]:
    times = incident.times
    return [
        Affected(
            each.service,
            each.started_at or times.impact_began,
            each.ended_at or times.impact_ended,
        )
        for each in incident.affected
    ]


def _joined(incident: Incident, more: Iterable[Affected]) -> Incident:
    named = incident.services
    others = (each for each in more if each.service not in named)
    return replace(incident, affected=(*incident.affected, *others))


def _windows(incident: Incident, own: Affected, now: datetime) -> list[Window]:
    times = incident.times
    began = own.started_at or times.impact_began
    if times.reopened is not None:
        earlier = _earlier(incident, own)
        began = max(times.reopened, own.started_at or times.reopened)
    else:
        earlier = []
    if began is not None:
        ended = own.ended_at or times.impact_ended or now
        earlier.append(Window(began, min(ended, now)))
    return [window for window in earlier if window.start < window.end]


def _earlier(incident: Incident, own: Affected) -> list[Window]:
    """Return the stretches before an incident was reopened; the first begins when the incident is now said to have."""
    known = own.started_at or incident.times.impact_began
    windows = []
    for place, spell in enumerate(incident.spells):
        since = own.started_at or spell.started_at
        start = known or spell.started_at if place == 0 else max(since, spell.started_at)
        windows.append(Window(start, min(own.ended_at or spell.ended_at, spell.ended_at)))
    return windows


# --- Stretches of time ---


def union(windows: Iterable[Window]) -> list[Window]:
    """Return the time that stretches cover, each instant once, in order."""
    covered: list[Window] = []
    for window in sorted(windows):
        if covered and window.start <= covered[-1].end:
            covered[-1] = Window(covered[-1].start, max(covered[-1].end, window.end))
        elif window.start < window.end:
            covered.append(window)
    return covered


def within(windows: Iterable[Window], start: datetime, end: datetime) -> list[Window]:
    """Return the parts of stretches that lie between two instants."""
    cut = (Window(max(each.start, start), min(each.end, end)) for each in windows)
    return [each for each in cut if each.start < each.end]


def without(windows: Iterable[Window], holes: Sequence[Window]) -> list[Window]:
    """Return what is left of stretches when others are taken out."""
    left: list[Window] = []
    taken = union(holes)
    for window in union(windows):
        start = window.start
        for hole in within(taken, *window):
            left.append(Window(start, hole.start))
            start = hole.end
        left.append(Window(start, window.end))
    return [each for each in left if each.start < each.end]


def length(windows: Iterable[Window]) -> timedelta:
    """Return how long stretches that do not overlap are together."""
    return sum((each.end - each.start for each in windows), timedelta())
