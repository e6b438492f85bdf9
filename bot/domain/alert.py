"""Alerts, as Prometheus' Alertmanager pushes them (its webhook, version 4), and the incident that follows from them.

An incident was detected when its first alert began to fire, and had started by then. Since when customers suffered an
annotation may say.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from bot.domain.declaration import Declaration, suggested_services
from bot.domain.incident import LONGEST_TITLE
from bot.domain.incident_times import EARLIEST, Times
from bot.domain.person import MONITOR, Person
from bot.domain.severity import Severities
from bot.domain.words import storable
from bot.vocabulary import Noticed, Role

WATCHMAN = Person(MONITOR, "Alertmanager", Role.MEMBER, ZoneInfo("UTC"))
"""Whoever declares what monitoring has noticed."""

MOST_ALERTS = 1_000
_LONGEST_LINE = 500
_LONGEST_LABELS = 300
_FIRST_YEAR = EARLIEST.year  # Go's zero is the year 1: not known
_SERVICE_LABELS = ("service", "job", "app", "instance")
_STARTED = ("started_at", "started")  # annotations that may say since when customers suffer
_RANKS = {
    **dict.fromkeys(("critical", "page", "emergency", "fatal", "disaster"), 0),
    **dict.fromkeys(("error", "major", "high"), 1),
    **dict.fromkeys(("warning", "warn", "minor", "average"), 2),
    **dict.fromkeys(("info", "informational", "notice", "low", "none"), 3),
}  # what people write into the label, and which severity from the worst it is
_USUAL_RANK = 2


def _clean(said: object) -> object:
    """Return what was said so that it can be kept: a push that cannot be is sent again for ever."""
    return storable(said) if isinstance(said, str) else said


Said = Annotated[str, BeforeValidator(_clean)]
Labels = dict[Said, Said]
_MOMENT: TypeAdapter[AwareDatetime] = TypeAdapter(AwareDatetime)


class _Pushed(BaseModel):
    """Something Alertmanager sends; what we do not read is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Alert(_Pushed):
    """One alert of a push."""

    status: Literal["firing", "resolved"]
    labels: Labels = {}
    annotations: Labels = {}
    starts_at: Annotated[AwareDatetime, Field(alias="startsAt")]
    ends_at: Annotated[AwareDatetime | None, Field(alias="endsAt")] = None
    generator_url: Annotated[Said, Field(alias="generatorURL")] = ""
    given_fingerprint: Annotated[Said, Field(alias="fingerprint", max_length=200)] = ""

    @property
    def fingerprint(self) -> str:
        """What tells it from others: Alertmanager's, or where an old one sends none, one made of its labels."""
        if self.given_fingerprint:
            return self.given_fingerprint
        return sha256(json.dumps(self.labels, sort_keys=True).encode()).hexdigest()

    @property
    def is_firing(self) -> bool:
        """Whether it fires."""
        return self.status == "firing"

    @property
    def title(self) -> str:
        """What it says in one line."""
        return _in_a_line(self.annotations.get("summary"), self.labels.get("alertname"), "An alert")

    @property
    def line(self) -> str:
        """What the timeline says of it: its title, what it tells of itself, and where it comes from."""
        about = " ".join(self.annotations.get("description", "").split())[:_LONGEST_LINE]
        source = self.generator_url if self.generator_url.startswith("http") else ""
        return "\n".join(part for part in (self.title, about, source[:_LONGEST_LINE]) if part)

    def began(self, now: datetime) -> datetime:
        """Return when it began to fire; other clocks may be ahead of ours."""
        at = self.starts_at
        return now if at.year < _FIRST_YEAR else min(at.astimezone(UTC), now)

    def ended(self, now: datetime) -> datetime:
        """Return when it ended."""
        at = self.ends_at
        if at is None or at.year < _FIRST_YEAR:
            return now
        return max(min(at.astimezone(UTC), now), self.began(now))


class Push(_Pushed):
    """One push: the alerts of one group, those that fire and those that have ended."""

    version: Literal["4"]
    group_key: Annotated[Said, Field(alias="groupKey")]
    group_labels: Annotated[Labels, Field(alias="groupLabels")] = {}
    common_annotations: Annotated[Labels, Field(alias="commonAnnotations")] = {}
    alerts: Annotated[list[Alert], Field(min_length=1, max_length=MOST_ALERTS)]

    def name(self, alert: Alert) -> str:
        """Return an alert's title with the labels that tell it from others of its group: in every push the same.

        The labels by which Alertmanager groups, and what the title says already, are left out.
        """
        mine = alert.labels.items()
        shared = self.group_labels
        own = [
            f"{key}={said}" for key, said in mine if key not in shared and said not in alert.title
        ]
        apart = ", ".join(" ".join(one.split()) for one in own)[:_LONGEST_LABELS]
        return f"{alert.title} ({apart})" if apart else alert.title

    def by_fingerprint(self) -> list[Alert]:
        """Return the alerts, each once, in an order in which two machines cannot block each other."""
        found = {alert.fingerprint: alert for alert in self.alerts}
        return [found[one] for one in sorted(found)]


class Unreadable(Exception):
    """What was pushed is not Alertmanager's; the sentence says where."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_push(body: object) -> Push:
    """Return a push; `Unreadable` where it is none."""
    if not isinstance(body, Mapping):
        raise Unreadable("This is no push of Alertmanager's: I expect a JSON object.")
    try:
        return Push.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        sentence = f"This is no push of Alertmanager's (version 4): {place}: {first['msg']}."
        raise Unreadable(sentence) from None


def declaration_of(
    push: Push,
    alerts: Sequence[Alert],
    services: Sequence[str],
    severities: Severities,
    now: datetime,
) -> Declaration:
    """Return what an incident is declared with that some alerts of a push open."""
    detected = min(alert.began(now) for alert in alerts)
    return Declaration(
        title=_title(push, alerts),
        services=_services(alerts, services),
        severity=severity_of(alerts, severities),
        noticed=Noticed.MONITORING,
        started=stated_start(alerts, detected, now),
        fired=detected,
        detected=detected,
        source=MONITOR,
    )


def severity_of(alerts: Sequence[Alert], severities: Severities) -> str:
    """Return the worst severity that alerts name: one of the settings' own, or what people usually write."""
    slugs = list(severities.all)
    said = (alert.labels.get("severity", "").strip().lower() for alert in alerts)
    return slugs[min(_rank(word, slugs) for word in said)]


def _rank(word: str, slugs: Sequence[str]) -> int:
    if word in slugs:
        return slugs.index(word)
    return min(_RANKS.get(word, _USUAL_RANK), len(slugs) - 1)


def _title(push: Push, alerts: Sequence[Alert]) -> str:
    if len(alerts) == 1:
        return alerts[0].title
    shared = (push.common_annotations.get("summary"), push.group_labels.get("alertname"))
    return _in_a_line(*shared, alerts[0].title)


def _in_a_line(*said: str | None) -> str:
    """Return the first that says anything, as a title."""
    lines = (" ".join(text.split()) for text in said if text)
    return next(filter(None, lines), "")[:LONGEST_TITLE]


def _services(alerts: Sequence[Alert], services: Sequence[str]) -> tuple[str, ...]:
    """Return the services that labels name: `api-gateway`, or `api-gateway-1:9090`."""
    said = (alert.labels.get(label, "") for alert in alerts for label in _SERVICE_LABELS)
    found = (one for text in said for one in suggested_services(text, services))
    return tuple(dict.fromkeys(found))


def stated_start(alerts: Sequence[Alert], detected: datetime, now: datetime) -> datetime | None:
    """Return the earliest start that annotations of alerts say; None without any, and where it cannot be."""
    said = [
        at
        for alert in alerts
        for name in _STARTED
        if (at := _moment(alert.annotations.get(name, ""))) is not None
    ]
    earliest = min(said, default=None)
    return None if Times(now, earliest, detected).wrong(now) else earliest


def _moment(text: str) -> datetime | None:
    try:
        at = _MOMENT.validate_python(text)
    except ValidationError:
        return None
    return at.astimezone(UTC) if at.year >= _FIRST_YEAR else None
