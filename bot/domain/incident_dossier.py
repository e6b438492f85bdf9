"""All that is known of an incident, for whoever takes it out: its links, timeline, corrections, analysis and actions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import timeline
from bot.domain.action_item import ActionItem
from bot.domain.action_list import for_sources
from bot.domain.incident import Incident, find_incidents
from bot.domain.rca import Rca, find_rcas, source_ref
from bot.domain.timeline import Correction, Line
from bot.storage.database import in_parts
from bot.storage.incident import IncidentRow, Reader

_LINKS = ("duplicate of", "repeat of")  # corrections that hold the id of another incident


@dataclass(frozen=True, slots=True)
class Outline:
    """An incident and what a row of a table needs beside it; links are numbers that the reader may know of."""

    incident: Incident
    rca: Rca | None = None
    duplicate_of: str | None = None
    repeat_of: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """An incident with everything that hangs on it."""

    outline: Outline
    timeline: tuple[Line, ...]
    corrections: tuple[Correction, ...]
    actions: tuple[ActionItem, ...]

    @property
    def incident(self) -> Incident:
        """The incident itself."""
        return self.outline.incident

    @property
    def people(self) -> frozenset[str]:
        """Who had to do with it, by id."""
        incident, rca = self.incident, self.outline.rca
        found = {incident.lead, incident.comms, *incident.responders, rca.owner if rca else None}
        found |= {line.author for line in self.timeline} | {one.who for one in self.corrections}
        return frozenset(filter(None, found | {item.owner for item in self.actions}))


def find_begun(
    session: Session, reader: Reader, start: datetime | None = None, end: datetime | None = None
) -> list[Incident]:
    """Return the incidents that began from `start` up to `end`, drills and duplicates too, the oldest first."""
    wanted = [
        *([IncidentRow.began_at >= start] if start else []),
        *([IncidentRow.began_at < end] if end else []),
    ]
    return find_incidents(session, reader, *wanted, order=(IncidentRow.began_at, IncidentRow.id))


def outlines(session: Session, shown: Sequence[Incident], reader: Reader) -> list[Outline]:
    """Return incidents that the reader has been shown with their analyses and links."""
    rcas = find_rcas(session, shown, reader)
    linked = {link for each in shown for link in (each.duplicate_of, each.repeat_of) if link}
    labels = _labels(session, linked, reader)
    return [
        Outline(
            each,
            rcas.get(each.id),
            labels.get(each.duplicate_of or 0),
            labels.get(each.repeat_of or 0),
        )
        for each in shown
    ]


def dossiers(session: Session, shown: Sequence[Incident], reader: Reader) -> list[Dossier]:
    """Return incidents that the reader has been shown with everything that they may see of each."""
    readers = {reader.person} if reader.person else None
    actions = for_sources(session, [source_ref(each.id) for each in shown], readers)
    return [
        Dossier(
            outline,
            tuple(timeline.timeline(session, outline.incident, reader)),
            readable(session, timeline.corrections(session, outline.incident, reader), reader),
            tuple(actions[source_ref(outline.incident.id)]),
        )
        for outline in outlines(session, shown, reader)
    ]


def readable(
    session: Session, corrections: Sequence[Correction], reader: Reader
) -> tuple[Correction, ...]:
    """Return corrections with the numbers that people use for other incidents, where the reader may know of them."""
    sides = [side for one in corrections if one.part in _LINKS for side in (one.before, one.after)]
    labels = _labels(session, {int(side) for side in sides if side}, reader)

    def named(side: str | None) -> str | None:
        return labels.get(int(side), "another incident") if side else None

    return tuple(
        replace(one, before=named(one.before), after=named(one.after))
        if one.part in _LINKS
        else one
        for one in corrections
    )


def _labels(session: Session, ids: Collection[int], reader: Reader) -> dict[int, str]:
    """Return the numbers of incidents that a reader may know of."""
    labels = dict[int, str]()
    for some in in_parts(sorted(ids)):
        found = find_incidents(session, reader, IncidentRow.id.in_(some))
        labels |= {each.id: each.label for each in found}
    return labels
