"""The forms of incidents as they come back: each field is named as its block, and reads into what the domain takes.

A time that nobody touched keeps its seconds: pickers know only minutes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.domain.declaration import Declaration
from bot.domain.draft import Draft
from bot.domain.incident_request import Verb
from bot.domain.incident_times import EARLIEST, Times
from bot.errors import FormErrors
from bot.vocabulary import Customers, Effect, IncidentKind, Moment, Noticed

NOW, AT, UNKNOWN = "now", "at", "unknown"
_CLOCKS_DIFFER = timedelta(minutes=2)
_LONG_AGO = timedelta(days=366)
_PICKERS_BEGIN = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)  # Slack's pickers show nothing earlier


class DeclareForm(Draft):
    """An incident as somebody declares it, or (`is_late`, by the form's own name) writes it down afterwards."""

    title: str = ""
    services: tuple[str, ...] = ()
    customers: Customers | None = None
    effect: Effect | None = None
    severity: str | None = None
    why: str | None = None
    began: Literal["now", "at", "unknown"] | None = None
    started: datetime | None = None
    detected: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None
    noticed: Noticed | None = None
    kind: IncidentKind = IncidentKind.REAL
    named: tuple[str, ...] = ()
    owner: str | None = None

    def declaration(self, now: datetime, *, is_late: bool) -> Declaration:
        """Return what is said, if nothing is `wrong` with it."""
        return Declaration(
            title=self.title,
            services=self.services,
            customers=self.customers,
            effect=self.effect,
            severity=self.severity,
            why=self.why,
            noticed=self.noticed,
            started=_not_ahead(self._started(now), now),
            detected=_not_ahead(self.detected, now),
            mitigated=self.mitigated,
            resolved=self.resolved,
            kind=self.kind,
            is_late=is_late,
            named=frozenset(self.named),
        )

    def wrong(self, now: datetime, *, is_late: bool) -> dict[str, str]:
        """Return what two fields say differently, what is missing and what is no news, by field."""
        wrong = dict(self._too_old(now)) if not is_late else {}
        if self.named and self.kind is not IncidentKind.SECURITY:
            wrong["named"] = (
                "Only a security incident is kept among those named. Choose that kind, or name nobody."
            )
        if self.severity and not self.why and not (self.customers and self.effect):
            wrong["why"] = "Say why, or say which customers it touches and how instead."
        if is_late and self.started is None and self.detected is None:
            wrong["started"] = "Say at least when it started or was noticed."
        if self.began in (NOW, UNKNOWN) and self.started is not None:
            words = "just now" if self.began == NOW else "nobody knows"
            wrong["started"] = (
                f"You chose “{words}” and a time. Choose “at a time”, or take the time away."
            )
        if self.began == AT and self.started is None:
            wrong["started"] = "Say at what time, or choose “nobody knows yet”."
        return wrong

    def _too_old(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Yield what is so long ago that it is no news, if it was not meant to be another year."""
        for name, at in (("started", self.started), ("detected", self.detected)):
            if at is not None and EARLIEST <= at < now - _LONG_AGO:
                yield (
                    name,
                    "This is more than a year ago. Is the year right? `/incident late` takes what is over.",
                )

    def _started(self, now: datetime) -> datetime | None:
        return now if self.began == NOW else self.started


def _not_ahead(at: datetime | None, now: datetime) -> datetime | None:
    """Return a time that is not later than now where only the clocks differ."""
    return now if at is not None and now < at <= now + _CLOCKS_DIFFER else at


class UpdateForm(Draft):
    """What those concerned are told."""

    text: str


class NoteForm(Draft):
    """A line of the timeline, perhaps of something that happened earlier."""

    text: str
    at: datetime | None = None


class SeverityForm(Draft):
    """Another severity, and why."""

    severity: str
    why: str


class TimesForm(Draft):
    """When things happened, as somebody corrects it; `nobody_knows` are the moments that are not known after all."""

    started: datetime | None = None
    detected: datetime | None = None
    acknowledged: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None
    nobody_knows: tuple[Moment, ...] = ()
    why: str = ""

    def changes(self, shown: "Shown") -> dict[Moment, datetime | None]:
        """Return what was changed of the times that the form showed; `FormErrors` where a field says two things."""
        changed: dict[Moment, datetime | None] = {}
        for moment in shown.moments:
            said: datetime | None = getattr(self, moment.value)
            is_touched = shown.is_touched(moment, said)
            if moment in self.nobody_knows:
                if is_touched and said is not None:
                    why = "This has a time and is ticked as unknown. Keep one of the two."
                    raise FormErrors({moment.value: why})
                changed[moment] = None
            elif is_touched:
                changed[moment] = said
        return changed


class ResolveForm(Draft):
    """When it was over, with what else is known by now, and who analyses it."""

    resolved: datetime | None = None
    started: datetime | None = None
    detected: datetime | None = None
    mitigated: datetime | None = None
    owner: str | None = None

    def times(self, shown: "Shown") -> dict[Moment, datetime | None]:
        """Return the times that are said."""
        said = {moment: getattr(self, moment.value) for moment in _ENDING}
        return {moment: shown.exact(moment, at) for moment, at in said.items() if at is not None}


_ENDING = (Moment.STARTED, Moment.DETECTED, Moment.MITIGATED, Moment.RESOLVED)


class ReopenForm(Draft):
    """Since when it is back."""

    since: datetime


class HandOverForm(Draft):
    """Who has the lead or the communication from now on."""

    to: str


class PeopleForm(Draft):
    """Who else works on it."""

    people: tuple[str, ...]


class WhatForm(Draft):
    """What it is called, and what it affects."""

    title: str
    services: tuple[str, ...] = ()


class ServiceForm(Draft):
    """When one service was hurt, where that was not all the time that the incident went on."""

    service: str
    began: datetime | None = None
    ended: datetime | None = None
    why: str = ""


class SnoozeForm(Draft):
    """When the next update is due."""

    until: datetime


class DuplicateForm(Draft):
    """Which incident it is the same as."""

    of: str


class RestrictForm(Draft):
    """Who else may know of it."""

    named: tuple[str, ...] = ()


FORMS: Mapping[Verb, type[Draft]] = {
    Verb.UPDATE: UpdateForm,
    Verb.NOTE: NoteForm,
    Verb.SEVERITY: SeverityForm,
    Verb.TIMES: TimesForm,
    Verb.RESOLVE: ResolveForm,
    Verb.REOPEN: ReopenForm,
    Verb.LEAD: HandOverForm,
    Verb.COMMS: HandOverForm,
    Verb.PEOPLE: PeopleForm,
    Verb.WHAT: WhatForm,
    Verb.SNOOZE: SnoozeForm,
    Verb.DUPLICATE: DuplicateForm,
    Verb.RESTRICT: RestrictForm,
    Verb.SERVICE: ServiceForm,
}
"""How each form is read."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The times that a form showed, to the second, so that one which nobody touched changes nothing."""

    times: Mapping[Moment, datetime | None]

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Which times the form asked for."""
        return tuple(self.times)

    def is_touched(self, moment: Moment, said: datetime | None) -> bool:
        """Return whether somebody chose another minute than the one that was shown."""
        known = self.times.get(moment)
        if said is None:
            return known is not None and known >= _PICKERS_BEGIN
        if known is None:
            return True
        return _minute(known) != _minute(said)

    def exact(self, moment: Moment, said: datetime) -> datetime:
        """Return a time to the second where nobody touched it."""
        known = self.times.get(moment)
        return said if known is None or self.is_touched(moment, said) else known

    def packed(self) -> str:
        """Return these for a form to carry."""
        return json.dumps(
            {moment.value: at.isoformat() if at else None for moment, at in self.times.items()}
        )


def shown_times(times: Times, moments: Iterable[Moment]) -> Shown:
    """Return what a form shows of an incident's times."""
    return Shown({moment: times.at(moment) for moment in moments})


def unpacked(text: str) -> Shown:
    """Return the times that a form carried."""
    said: dict[str, str | None] = json.loads(text or "{}")
    return Shown(
        {Moment(name): datetime.fromisoformat(at) if at else None for name, at in said.items()}
    )


def not_before(said: datetime, known: datetime | None) -> datetime:
    """Return a time to the second where it names the minute of one that it cannot be before."""
    return known if known is not None and said < known and _minute(said) == _minute(known) else said


def instant(ts: str) -> datetime:
    """Return when a message was written, by its place in Slack."""
    return datetime.fromtimestamp(float(ts), UTC)


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
