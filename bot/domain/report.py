"""Reports: what one is, how it is asked for, and what it gathers, pure data from which a message and files are made.

A file in `kpis/reports/` makes one `Report`; its name is the slug. What several people will read is gathered for all
of them: a report never holds what only some may know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.kpi import plain_name
from bot.domain.period import Period, describe, parse_period, query
from bot.domain.person import Person
from bot.domain.severity import Severities
from bot.domain.target import Counting
from bot.domain.words import quoted, suggest
from bot.errors import PluginWrong, Refused
from bot.vocabulary import Role

__all__ = [
    "Fact",
    "Facts",
    "Gathered",
    "Report",
    "Scope",
    "Session",
    "Table",
]  # what a plug-in is made with

_LONGEST = 200
_AROUND = ",.;:!\"'`‘’“”"  # noqa: RUF001 (what phones make of quotes)


class Fact(NamedTuple):
    """One line: what it is, and what it comes to, in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Lines under a heading."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading, all as long as `columns`; `empty` is said where there are none.

    The first table of a report is Slack's own; Slack takes one a message, so that further ones become lines there.
    `amounts` are further columns for spreadsheets, which add up numbers and no words: the name, and a cell a row.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    empty: str = "None."
    amounts: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a report found: the whole news in one sentence, its parts, and what must be known to read them."""

    headline: str
    parts: tuple[Facts | Table, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about: which days, as of when, and what the organisation counts and judges by."""

    counting: Counting
    severities: Severities
    period: Period
    as_of: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's zone, in which days begin and end."""
        return self.counting.zone

    @property
    def today(self) -> date:
        """The day it is, there."""
        return self.as_of.astimezone(self.zone).date()

    @property
    def when(self) -> str:
        """The period as one says it today: "November 2026 so far"."""
        return describe(self.period, self.today)


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its name, what it tells in one sentence, and how it gathers that."""

    name: str
    about: str
    gather: Callable[[Session, Scope], Gathered]
    aliases: tuple[str, ...] = ()
    least_role: Role = Role.MEMBER
    slug: str = ""

    @property
    def typed(self) -> str:
        """How its name is typed: `customer-support`."""
        return self.slug.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Page:
    """A report as it was gathered."""

    report: Report
    scope: Scope
    gathered: Gathered

    @property
    def title(self) -> str:
        """Its name and its days."""
        return f"{self.report.name} · {self.scope.when}"

    @property
    def words(self) -> str:
        """What brings the same report back, its period made absolute."""
        return f"{self.report.typed} {query(self.scope.period)}"


def make_page(session: Session, report: Report, scope: Scope) -> Page:
    """Gather a report."""
    return Page(report, scope, report.gather(session, scope))


def name_reports(found: Mapping[str, Report]) -> dict[str, Report]:
    """Give each report its slug; two that answer to one word are refused."""
    reports = {slug: replace(report, slug=slug) for slug, report in found.items()}
    taken: dict[str, str] = {}
    for slug, report in reports.items():
        for word in _answers_to(report):
            if (other := taken.setdefault(word, slug)) != slug:
                raise PluginWrong(
                    f"kpis/reports/{slug}.py: {word!r} already means {other}; choose another name or alias."
                )
    return reports


def visible_reports(reports: Mapping[str, Report], person: Person) -> list[Report]:
    """Return the reports that a person may see."""
    person.must_be(Role.MEMBER, "see reports")
    return [report for report in reports.values() if person.may(report.least_role)]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of `/report`: help, the list of them (no report), or one of them for a period."""

    report: Report | None = None
    period: Period | None = None
    is_help: bool = False


def read_request(text: str, reports: Mapping[str, Report], today: date) -> Request:
    """Read what follows `/report`; `Refused` says which word was not understood and what would work."""
    if len(text) > _LONGEST:
        raise Refused("That is too long. Try `/report incident last month`, or `/report help`.")
    words = [stripped for word in text.split() if (stripped := word.strip(_AROUND))]
    plain = [plain_name(word) for word in words]
    if plain in (["help"], ["?"], ["help?"]):
        return Request(is_help=True)
    if plain in ([], ["list"], ["all"]):
        return Request()
    report, rest = _take_report(words, reports)
    if report is None:
        raise _which(" ".join(words), reports, today)
    return Request(report, parse_period(rest, today) if rest else None)


def _take_report(words: list[str], reports: Mapping[str, Report]) -> tuple[Report | None, str]:
    """Take the longest run of words that names a report, wherever it stands: "incident q3", "q3 incident"."""
    names = {word: report for report in reports.values() for word in _answers_to(report)}
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            end = start + length
            if report := names.get(plain_name(" ".join(words[start:end]))):
                return report, " ".join(_without_filler([*words[:start], *words[end:]]))
    return None, ""


def _without_filler(words: list[str]) -> list[str]:
    """Leave out "report" where it stands beside the name: "incident report for october"."""
    return [word for word in words if plain_name(word) not in ("report", "reports", "show", "me")]


def _which(text: str, reports: Mapping[str, Report], today: date) -> Refused:
    there_are = f"There are: {', '.join(f'`{one.typed}`' for one in reports.values())}."
    try:
        parse_period(text, today)
    except Refused:
        pass
    else:
        first = next(iter(reports.values())).typed
        return Refused(f"Which report? For example `/report {first} {text}`. {there_are}")
    names = {word: report for report in reports.values() for word in _answers_to(report)}
    first_word = plain_name(text.split()[0])
    near = suggest(plain_name(text), names) or suggest(first_word, names)
    hint = f" Did you mean `{names[near].typed}`?" if near else ""
    return Refused(f"No report is called {quoted(text)}.{hint} {there_are}")


def _answers_to(report: Report) -> set[str]:
    words = {plain_name(word) for word in (report.slug, report.name, *report.aliases)}
    return words | {f"{word} report" for word in words if not word.endswith(" report")}
