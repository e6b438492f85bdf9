"""Declaring incidents: checked, numbered and written once, and the look-alikes that are shown afterwards."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest

from sqlalchemy.orm import Session

from bot.domain import timeline
from bot.domain.colleague import remember
from bot.domain.incident import (
    EVERYBODY,
    LONGEST_TITLE,
    OPEN,
    Incident,
    Reader,
    find_incidents,
    new_incident,
)
from bot.domain.incident_times import Times
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.severity import Severities
from bot.errors import FormErrors
from bot.storage import incident as rows
from bot.storage.incident import IncidentRow
from bot.vocabulary import Customers, Effect, Entry, IncidentKind, Moment, Noticed, Role

_LOOK_BACK = timedelta(days=90)
_ALIKE = 3
_LIKE_ENOUGH = 0.25  # shared words ÷ all words
_OF_THE_SHORTER = 0.5  # so that half of its words are just enough
_WORD = re.compile(r"\w{3,}")
_NOISE = frozenset(("the", "and", "for", "with", "from", "not", "are", "was", "incident", "issue", "problem"))  # fmt: skip
_SYMPTOMS = frozenset(("down", "slow", "broken", "gone", "fails", "failing", "failed", "error", "errors", "late", "timeout", "timeouts", "unavailable"))  # fmt: skip
_WHY_WHAT = "This says why, and no other severity is chosen. Choose it above, or take this away."
_FIELDS = {
    Moment.STARTED: "started",
    Moment.DETECTED: "detected",
    Moment.MITIGATED: "mitigated",
    Moment.RESOLVED: "resolved",
}
"""Which field of the form a sentence about an instant stands beside."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody, a monitor or a file says of an incident.

    `severity` overrides what customers × effect give, and then needs `why`. A late log (`is_late`) tells of the past
    and may say that it is over.
    """

    title: str
    services: tuple[str, ...] = ()
    customers: Customers | None = None
    effect: Effect | None = None
    severity: str | None = None
    why: str | None = None
    noticed: Noticed | None = None
    started: datetime | None = None
    detected: datetime | None = None
    acknowledged: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None
    kind: IncidentKind = IncidentKind.REAL
    fired: datetime | None = None
    is_late: bool = False
    named: frozenset[str] = field(default_factory=frozenset)
    source: str = "slack"


def declare(
    session: Session,
    said: Declaration,
    by: Person,
    severities: Severities,
    trigger: str,
    now: datetime,
) -> Incident:
    """Write an incident down with its number, in this transaction; the same form again is `AlreadyDone`.

    `FormErrors` where what is said cannot be. A time that is not said is unknown: nothing is made up for it.
    """
    by.must_be(Role.MEMBER, "declare incidents")
    if sentences := wrong(said, severities, now):
        raise FormErrors(sentences)
    once(session, f"declare:{trigger}")
    remember(session, by)
    return _add(session, said, severities, by, now)


def declared_before(session: Session, said: Declaration, by: Person) -> Incident | None:
    """Return what somebody has declared last, if it was with these words: the same form may be sent again."""
    own = find_incidents(
        session,
        Reader(by.id),
        IncidentRow.declared_by == by.id,
        most=1,
        order=(IncidentRow.id.desc(),),
    )
    return next((one for one in own if one.title == _title(said)), None)


def wrong(said: Declaration, severities: Severities, now: datetime) -> dict[str, str]:
    """Return everything that cannot be of a declaration, a sentence for each field."""
    found = dict(_wrong_severity(said, severities))
    found |= {_FIELDS.get(moment, ""): why for moment, why in _times(said, now).wrong(now).items()}
    title = _title(said)
    if not title:
        found["title"] = "Say in a few words what is wrong."
    elif len(title) > LONGEST_TITLE:
        found["title"] = f"Keep it under {LONGEST_TITLE} characters; details go into the timeline."
    return found


def look_alikes(session: Session, incident: Incident, now: datetime) -> list[Incident]:
    """Return at most three incidents of the last 90 days with similar words, the likest first.

    Where a service is named they affect the same; where none is, the words alone tell.
    """
    found = rows.find_titles(
        session,
        EVERYBODY,
        incident.services,
        IncidentRow.began_at.between(now - _LOOK_BACK, now),
        IncidentRow.id != incident.id,
        rows.is_a(incident.kind),
        IncidentRow.void.is_(None),
    )
    words = _words(incident.title)
    scored = [(_likeness(words, _words(each.title)), each) for each in found]
    alike = [pair for pair in scored if pair[0] >= _LIKE_ENOUGH]
    best = nsmallest(_ALIKE, alike, key=lambda pair: (-pair[0], -pair[1].id))
    return _in_order(session, [each.id for _, each in best])


def _in_order(session: Session, ids: Sequence[int]) -> list[Incident]:
    if not ids:
        return []
    found = find_incidents(session, EVERYBODY, IncidentRow.id.in_(ids))
    return sorted(found, key=lambda each: ids.index(each.id))


def _add(
    session: Session,
    said: Declaration,
    severities: Severities,
    by: Person,
    now: datetime,
) -> Incident:
    is_restricted = said.kind is IncidentKind.SECURITY
    judged, times = _judged(said, severities), _times(said, now)
    severity = said.severity or judged or ""
    row = IncidentRow(
        kind=said.kind,
        number=rows.next_number(session, said.kind),
        title=_title(said),
        severity=severity,
        customers=said.customers,
        effect=said.effect,
        noticed=said.noticed,
        state=times.state(),
        is_restricted=is_restricted,
        is_backdated=said.is_late,
        repeat_is_confirmed=False,
        began_at=times.began,
        started_at=times.started,
        fired_at=times.fired,
        detected_at=times.detected,
        declared_at=now,
        acknowledged_at=times.acknowledged,
        mitigated_at=times.mitigated,
        resolved_at=times.resolved,
        reopens=0,
        declared_by=by.id,
        source=said.source,
        intervals=0,
        intervals_kept=0,
        longest_silence=0,
    )
    if row.state in OPEN:
        timeline.begun(row, severities.of(severity), now)
    services = sorted({*said.services})
    people = sorted({*said.named, by.id}) if is_restricted else []
    rows.add_row(session, row, services)
    for person in people:
        rows.add_responder(session, row, person, now)
    words = "wrote it down afterwards" if said.is_late else "declared it"
    timeline.write(session, row, Entry.STEP, by.id, words, now)
    if said.why and severity != judged:
        timeline.correct(session, row, by.id, "severity", judged, severity, said.why, now)
    return new_incident(row, services, people)


def _title(said: Declaration) -> str:
    return " ".join(said.title.split())


def _times(said: Declaration, now: datetime) -> Times:
    return Times(
        now,
        said.started,
        said.detected,
        said.acknowledged,
        said.mitigated,
        said.resolved,
        fired=said.fired,
    )


def _judged(said: Declaration, severities: Severities) -> str | None:
    """Return which severity customers and effect make it; None where one of them is not said."""
    if said.customers is None or said.effect is None:
        return None
    return severities.judged(said.customers, said.effect).slug


def _wrong_severity(said: Declaration, severities: Severities) -> Iterator[tuple[str, str]]:
    """Yield what is missing of a severity: it is the one chosen, with a reason, or else what the matrix says."""
    judged = _judged(said, severities)
    if said.severity is None:
        if said.why:
            yield "why", _WHY_WHAT
        if said.customers is None:
            yield "customers", "Say how many customers it touches, or choose a severity."
        if said.effect is None:
            yield "effect", "Say what it does to them, or choose a severity."
    elif said.severity not in severities.all:
        yield "severity", f"Choose one of {', '.join(severities.all)}."
    elif judged is not None and judged != said.severity and not said.why:
        name = severities.of(judged).name
        yield (
            "why",
            f"Customers and effect make it {name}. Say why it is another, or leave the severity to them.",
        )


def _words(title: str) -> frozenset[str]:
    return frozenset(_WORD.findall(title.casefold())) - _NOISE


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how much two titles have in common; half of a short one is enough, if it says what and not only how."""
    if not (one and other):
        return 0.0
    of_the_shorter = len((one & other) - _SYMPTOMS) / min(len(one), len(other))
    return max(len(one & other) / len(one | other), of_the_shorter * _OF_THE_SHORTER)


def suggested_services(title: str, services: Sequence[str]) -> list[str]:
    """Return the services that a title names: "API gateway down" for `api-gateway`."""
    said = f" {' '.join(re.findall(r'[a-z0-9]+', title.casefold()))} "
    return [
        one for one in services if f" {' '.join(re.findall(r'[a-z0-9]+', one.casefold()))} " in said
    ]
