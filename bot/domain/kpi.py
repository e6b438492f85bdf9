"""What a KPI is: words that define it, and the measures that count records for it.

A file in `kpis/` makes one `Kpi`; its name is the slug. Nothing here knows how records are kept or figures shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.domain.duration import parse_duration
from bot.domain.words import quoted, suggest
from bot.errors import PluginWrong, Refused
from bot.vocabulary import Better, Kra, Role, Unit

_THOUSANDS = re.compile(
    r"(?<=\d)[,.\s](?=\d{3}(?:\D|$))"
)  # 12,500 is twelve thousand, whoever writes it how


class Source(StrEnum):
    """Which records a KPI is counted from, and so what its measures are handed with the rules.

    Tickets are many: they are counted as they come in, and figures are read from tallies. Incidents are few: they are
    read and counted whenever somebody asks, always those that everybody may know of. Of surveys nothing is counted here:
    a KPI shows what was published when one closed.
    """

    TICKETS = "tickets"  # each `Ticket`
    INCIDENTS = "incidents"  # each `Case` that was resolved, on the day of its last resolution
    IMPACT = "impact"  # each `Incident` that may have hurt: the time that services were up
    PULSE = (
        "pulse"  # each `Closed` survey, on the day it closed: what was published of it, no finer
    )


class Kind(StrEnum):
    """How a measure is pooled: what its parts are."""

    SHARE = "share"  # hits ÷ counted
    DURATION = "duration"  # merged buckets of seconds → median, p90; sum ÷ counted → mean
    COUNT = "count"  # how many
    UPTIME = "uptime"  # seconds up ÷ seconds, of the worst service; never rounded up
    PUBLISHED = "published"  # as the last survey of the period has told it; never pooled


class Counted(NamedTuple):
    """What one record adds to a measure: the instant that decides the day, and what happened.

    `seconds` is a whole number of seconds, for durations.
    """

    at: datetime
    hit: bool = True
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What counting depends on beside the record: which priorities are critical, and the target in seconds, if any."""

    critical: frozenset[str]
    threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is counted from records, at most once a record: `count` is handed the record and the rules.

    `by_clock`: it happens by time alone (a target falls due), so it may lie in the future and a snapshot cuts it at
    its "as of", to the minute. `uses_target`: it counts against the KPI's target (`Rules.threshold`), so a new target
    means counting anew. `noun` completes "1,000 …". `missing` says what is not known of a record that is not counted.
    `question`: of a survey, whose published figure it is; none for how many of those asked have answered.
    """

    kind: Kind
    count: Callable[..., Counted | None]
    noun: str
    label: str = ""
    name: str = ""
    by_clock: bool = False
    uses_target: bool = False
    missing: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: its main measure, further lines on its card, and everything `/kpi why` prints.

    `target` is the default in the KPI's own unit (percent, seconds, count); `target_from` says who asks for it.
    With `planned` the target is a plan for a calendar month that is shown, never coloured. `team_role` is who may see a
    single team's figure, beside being at least `least_role`.
    """

    name: str
    short: str
    kra: Kra
    unit: Unit
    better: Better
    main: Measure
    definition: str
    formula: str
    dated_by: str
    excluded: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    target: float | None = None
    target_from: str = ""
    planned: bool = False
    clock: str = ""
    lines: tuple[Measure, ...] = ()
    least_role: Role = Role.MEMBER
    team_role: Role = Role.MEMBER
    source: Source = Source.TICKETS
    slug: str = ""
    digest: str = ""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All that is counted for it, the main measure first."""
        return (self.main, *self.lines)

    def key(self, measure: Measure) -> str:
        """Return the name under which a measure's tallies are kept."""
        return f"{self.slug}.{measure.name}" if measure.name else self.slug


def seconds_between(start: datetime, end: datetime) -> int:
    """Return the whole seconds from `start` to `end`, by the calendar; nought where the clocks disagree."""
    return max(0, int((end - start).total_seconds()))


def make_catalogue(found: Mapping[str, Kpi], digests: Mapping[str, str]) -> dict[str, Kpi]:
    """Give each KPI its slug and digest; two KPIs that answer to one word are refused."""
    kpis = {slug: replace(kpi, slug=slug, digest=digests[slug]) for slug, kpi in found.items()}
    taken: dict[str, str] = {}
    for slug, kpi in kpis.items():
        for word in _answers_to(kpi):
            other = taken.setdefault(word, slug)
            if other != slug:
                raise PluginWrong(
                    f"kpis/{slug}.py: {word!r} already means {other}; choose another name or alias."
                )
    return kpis


def _answers_to(kpi: Kpi) -> set[str]:
    return {plain_name(word) for word in (kpi.slug, kpi.name, kpi.short, *kpi.aliases)}


def plain_name(text: str) -> str:
    """Return a name as it is compared: lower case, no quotes, words parted by single spaces."""
    return " ".join(re.sub(r"[_\-\"'`]", " ", text.casefold()).split())


def names_of(kpis: Iterable[Kpi]) -> dict[str, Kpi]:
    """Return every word that means a KPI, in its compared form."""
    return {word: kpi for kpi in kpis for word in _answers_to(kpi)}


def find_kpi(text: str, kpis: Mapping[str, Kpi]) -> Kpi:
    """Return the KPI that `text` names; `Refused` with the nearest match otherwise."""
    names = names_of(kpis.values())
    wanted = plain_name(text)
    if wanted in names:
        return names[wanted]
    near = suggest(wanted, names)
    hint = f" Did you mean `{names[near].slug}`?" if near else ""
    raise Refused(f"No KPI is called {quoted(text)}.{hint} There are: {', '.join(kpis)}.")


def read_target(kpi: Kpi, text: str) -> float:
    """Return the target that a person typed, in the KPI's own unit; `Refused` says what would work."""
    match kpi.unit:
        case Unit.SECONDS:
            return float(parse_duration(text))
        case Unit.PERCENT:
            return _number(
                kpi,
                text.removesuffix("%").strip(),
                0,
                100,
                "a percentage from 0 to 100, for example 92",
            )
        case Unit.COUNT:
            return _number(kpi, text, 0, 1e9, "a whole number, for example 500")
        case Unit.POINTS:
            plain = text.replace("−", "-")
            return _number(kpi, plain, -100, 100, "a score from -100 to 100, for example 20")


def _number(kpi: Kpi, text: str, low: float, high: float, what: str) -> float:
    plain = _THOUSANDS.sub("", text) if kpi.unit is Unit.COUNT else text.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        value = float("nan")
    if not low <= value <= high or (kpi.unit is Unit.COUNT and value != int(value)):
        raise Refused(f"{quoted(text)} cannot be a target for {kpi.short}: it takes {what}.")
    return value
