"""Incidents in a CSV file: every cell is checked, and each wrong one is named by line, column and reason.

The columns are those that an export writes, so that a file can be taken out, mended in a spreadsheet and brought in.
Nothing here touches the database; what only it can know is checked by `incident_intake`.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.domain.csv_cell import restored
from bot.domain.csv_file import BadCell, Opened, open_csv, read_instant, read_text, shortened
from bot.domain.incident import LONGEST_TITLE, read_label
from bot.domain.words import suggest
from bot.errors import Refused
from bot.vocabulary import Customers, Effect, IncidentKind, Moment, Noticed, Void

TIMES: Mapping[Moment, str] = {moment: f"{moment.value}_at" for moment in Moment}
"""Which column holds which instant."""
COLUMNS = (
    *("id", "title", "services", "severity", "customers", "effect", "noticed"),
    *TIMES.values(),
    *("lead", "void", "duplicate_of", "repeat_of", "root_cause"),
)

_LONGEST_SERVICE, _MOST_SERVICES = 75, 50
_LONGEST_CAUSE = 3_000
_MAY_HAVE_LINES = "root_cause"
_PERSON = re.compile(r"[UW][A-Z0-9]{2,48}")
_PARTING = re.compile(r"[;|]")

Label = tuple[IncidentKind, int]
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Record:
    """One incident as a file tells it; what its row leaves empty is None (a title: empty), and nothing is said of it.

    `label` is its kind and number, None for a new one. A `repeat_of` that is only suspected is not confirmed.
    """

    line: int
    title: str
    label: Label | None = None
    services: tuple[str, ...] = ()
    severity: str | None = None
    customers: Customers | None = None
    effect: Effect | None = None
    noticed: Noticed | None = None
    times: Mapping[Moment, datetime] = field(default_factory=dict)
    lead: str | None = None
    void: Void | None = None
    duplicate_of: Label | None = None
    repeat_of: Label | None = None
    repeat_is_confirmed: bool = False
    root_cause: str | None = None


class Flawed(list[BadCell]):
    """What is wrong with the cells of a row, with what can be read of it: more may be wrong that only the database tells."""

    def __init__(self, cells: Iterable[BadCell], record: Record) -> None:
        super().__init__(cells)
        self.record = record


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """An opened file whose header has been understood; `services` are those that the organisation names."""

    opened: Opened
    zone: ZoneInfo | None
    services: Collection[str] = ()

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that mean nothing here."""
        return self.opened.ignored

    def records(self) -> Iterator[Record | list[BadCell]]:
        """Yield each row as a record, or as what is wrong with it."""
        for line, row in self.opened.rows:
            yield self._read(line, row)

    def _read(self, line: int, row: list[str]) -> Record | list[BadCell]:
        names = self.opened.columns
        if len(row) != len(names):
            wrong = f"has {len(row)} cells where the header has {len(names)}"
            return [BadCell(line, "row", wrong)]
        cells = {name: restored(text.strip()) for name, text in zip(names, row, strict=True)}
        return _Row(line, cells, self.zone, self.services).read()


def open_incident_file(
    lines: Iterable[str], zone: ZoneInfo | None, services: Collection[str] = ()
) -> IncidentFile:
    """Read the header of a CSV file with `,` or `;`; `Refused` says what is wrong with it.

    `zone` is that of times without an offset; without it such times are wrong.
    """
    opened = open_csv(lines, COLUMNS, ())
    if "title" not in opened.columns and "id" not in opened.columns:
        raise Refused(
            f"The header lacks title; a file without it can change known incidents alone, by their id. The columns are: {', '.join(COLUMNS)}."
        )
    return IncidentFile(opened, zone, services)


def strange_services(
    read: Iterable[Record | list[BadCell]], services: Collection[str]
) -> Iterator[str]:
    """Yield a sentence for each service that a file names and the organisation does not, if it names any at all.

    Nothing is wrong with it: what was retired since stands in old incidents.
    """
    known = {name.casefold() for name in services}
    named = Counter(
        name
        for one in read
        if isinstance(one, Record)
        for name in one.services
        if known and name.casefold() not in known
    )
    for name, rows in named.items():
        near = suggest(name, services)
        hint = f" Did you mean {near}?" if near else ""
        in_rows = "1 row" if rows == 1 else f"{rows:,} rows"
        yield f"{shortened(name)} in {in_rows} is no service of `app.yaml`; it is taken as it stands.{hint}"


class _Row:
    """One row that is being read."""

    def __init__(
        self, line: int, cells: Mapping[str, str], zone: ZoneInfo | None, services: Collection[str]
    ) -> None:
        self._line, self._cells, self._zone = line, cells, zone
        self._services = {name.casefold(): name for name in services}
        self._bad: list[BadCell] = []

    def read(self) -> Record | list[BadCell]:
        self._refuse_lines()
        title = self._cell("title", _title)
        repeat_of, is_confirmed = self._cell("repeat_of", _repeat) or (None, False)
        record = Record(
            self._line,
            title or "",
            self._cell("id", _own_label),
            self._cell("services", self._read_services) or (),
            self._cell("severity", partial(read_text, 40)),
            self._cell("customers", partial(_word, Customers)),
            self._cell("effect", partial(_word, Effect)),
            self._cell("noticed", partial(_word, Noticed)),
            self._times(),
            self._cell("lead", _person),
            self._cell("void", partial(_word, Void)),
            self._cell("duplicate_of", _label),
            repeat_of,
            is_confirmed,
            self._cell("root_cause", _cause),
        )
        if not title and record.label is None and not (self._is_bad("title") or self._is_bad("id")):
            self._wrong("title", "is empty, and it is required")
        if record.duplicate_of is not None and record.void is Void.FALSE_ALARM:
            self._wrong("void", "is false_alarm, and duplicate_of says that it is another incident")
        return Flawed(self._bad, record) if self._bad else record

    def _cell(self, name: str, read: Callable[[str], Any]) -> Any:
        text = self._cells.get(name, "")
        if not text or self._is_bad(name):
            return None
        try:
            return read(text)
        except ValueError as error:
            self._wrong(name, str(error))
        return None

    def _times(self) -> dict[Moment, datetime]:
        read = partial(_instant, self._zone)
        told = {moment: self._cell(name, read) for moment, name in TIMES.items()}
        return {moment: at for moment, at in told.items() if at is not None}

    def _read_services(self, text: str) -> tuple[str, ...]:
        names = [name.strip() for name in _PARTING.split(text) if name.strip()]
        if len(names) > _MOST_SERVICES:
            raise ValueError(f"names {len(names)} services; {_MOST_SERVICES} fit")
        for name in names:
            read_text(_LONGEST_SERVICE, name)
        return tuple(dict.fromkeys(self._services.get(name.casefold(), name) for name in names))

    def _refuse_lines(self) -> None:
        for name, text in self._cells.items():
            if "\n" in text and name in COLUMNS and name != _MAY_HAVE_LINES:
                self._wrong(name, "runs over several lines; is a quote left open?")

    def _is_bad(self, name: str) -> bool:
        return any(cell.column == name for cell in self._bad)

    def _wrong(self, name: str, reason: str) -> None:
        self._bad.append(BadCell(self._line, name, reason))


# --- Cells; a ValueError says why one cannot be used ---


def _instant(zone: ZoneInfo | None, text: str) -> datetime:
    """Return a time in UTC; one that a clock change leaves out or has twice is wrong: nobody can know which is meant."""
    at = read_instant(zone, text)
    if zone is not None and at != read_instant(zone, text, fold=1):
        has_it = at.astimezone(zone).replace(tzinfo=None) == datetime.fromisoformat(text)
        why = "exists twice" if has_it else "does not exist"
        raise ValueError(f"{shortened(text)} {why} in {zone.key}; write its offset")
    return at


def _own_label(text: str) -> Label:
    kind, number = _label(text)
    if kind is IncidentKind.SECURITY:
        raise ValueError("names a restricted incident; those do not come in from files")
    return kind, number


def _label(text: str) -> Label:
    try:
        return read_label(text)
    except Refused:
        raise ValueError(
            f"{shortened(text)} is not an incident; write INC-7 or DRILL-2, or leave it empty"
        ) from None


def _repeat(text: str) -> tuple[Label, bool]:
    """Read `INC-3`, or `INC-3?` where nobody has confirmed it."""
    return _label(text.rstrip("? ")), not text.endswith("?")


def _title(text: str) -> str:
    return " ".join(read_text(LONGEST_TITLE, text).split())


def _cause(text: str) -> str:
    return read_text(_LONGEST_CAUSE, "\n".join(text.splitlines()))


def _person(text: str) -> str:
    if not _PERSON.fullmatch(text):
        raise ValueError(f"{shortened(text)} is not a person's Slack id, such as U0123ABCD")
    return text


def _word(words: type[E], text: str) -> E:
    try:
        return words("_".join(text.casefold().split()))
    except ValueError:
        choices = ", ".join(word.value for word in words)
        raise ValueError(f"{shortened(text)} is not known here; it takes {choices}") from None
