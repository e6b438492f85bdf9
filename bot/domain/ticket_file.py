"""Tickets in a stranger's CSV file: every cell is checked, and each wrong one is named by line, column and reason.

Nothing here touches the database; a file is streamed, a row at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.csv_file import (
    BadCell,
    open_csv,
    read_instant,
    read_text,
    shortened,
    show_instant,
)
from bot.domain.ticket import RATINGS, Ticket

REQUIRED = ("id", "created_at")
COLUMNS = Ticket._fields
_POSITION = {name: place for place, name in enumerate(COLUMNS)}
_ID, _CREATED_AT, _SOLVED_AT, _RATING, _RATED_AT = (
    _POSITION[name] for name in ("id", "created_at", "solved_at", "rating", "rated_at")
)
_LATER = (
    "first_response_at",
    "solved_at",
    "rated_at",
    "sla_due_at",
)  # none of them before created_at
_YES, _NO = {"true", "yes", "y", "1", "met"}, {"false", "no", "n", "0", "missed"}
_LONGEST = {"id": 200, "priority": 100, "team": 100, "customer": 500, "article": 500, "status": 100}
_MOST_REOPENS = 10_000

_Cell = tuple[
    int, int, str, Callable[[str], Any]
]  # place in the row, position in the ticket, name, reader


@dataclass(frozen=True, slots=True)
class TicketFile:
    """An opened file whose header has been understood; `ignored` are columns that mean nothing here."""

    rows: Iterator[tuple[int, list[str]]]
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    zone: ZoneInfo | None

    def tickets(self) -> Iterator[Ticket | list[BadCell]]:
        """Yield each row as a ticket, or as what is wrong with it."""
        cells = [
            (place, _POSITION[name], name, _reader_for(name, self.zone))
            for place, name in enumerate(self.columns)
            if name in _POSITION
        ]
        for line, row in self.rows:
            read = _read_row(line, row, cells, len(self.columns))
            if isinstance(read, list) and self.zone is not None:
                read = self._read_in_second_hour(line, row, cells) or read
            yield read

    def _read_in_second_hour(
        self, line: int, row: list[str], cells: Sequence[_Cell]
    ) -> Ticket | None:
        """Read a row again, what follows its creation in the second of the two hours that autumn's clock change has."""
        later = [
            (
                place,
                position,
                name,
                partial(read_instant, self.zone, fold=1) if name in _LATER else read,
            )
            for place, position, name, read in cells
        ]
        read = _read_row(line, row, later, len(self.columns))
        return read if isinstance(read, Ticket) else None


def open_file(lines: Iterable[str], zone: ZoneInfo | None) -> TicketFile:
    """Read the header of a CSV file with `,` or `;`; `Refused` says what is wrong with it.

    `zone` is that of times without an offset; without it such times are wrong.
    """
    opened = open_csv(lines, COLUMNS, REQUIRED)
    return TicketFile(opened.rows, opened.columns, opened.ignored, zone)


def _read_row(
    line: int, row: list[str], cells: Sequence[_Cell], width: int
) -> Ticket | list[BadCell]:
    if any("\n" in cell for cell in row):
        return [BadCell(line, "row", "runs over several lines; is a quote left open?")]
    if len(row) != width:
        return [BadCell(line, "row", f"has {len(row)} cells where the header has {width}")]
    values: list[Any] = [None] * len(COLUMNS)
    bad: list[BadCell] = []
    for place, position, name, read in cells:
        text = row[place].strip()
        if text:
            try:
                values[position] = read(text)
            except ValueError as error:
                bad.append(BadCell(line, name, str(error)))
    if values[_RATING] is None:
        values[_RATED_AT] = None  # an offered survey that nobody answered
    elif values[_RATED_AT] is None:
        values[_RATED_AT] = values[_SOLVED_AT]  # many exports know no time of rating
    ticket = Ticket(*values)
    if not bad and values[_ID] and values[_CREATED_AT] and _is_sound(ticket):
        return ticket
    bad += [BadCell(line, column, reason) for column, reason in _contradictions(ticket, bad)]
    return bad


def _is_sound(ticket: Ticket) -> bool:
    """Return whether nothing in a ticket contradicts anything; the quick way through for almost every row."""
    _, created, replied, solved, _, _, _, rating, rated, due, met, _, _, _ = ticket
    return (
        (replied is None or replied >= created)
        and (solved is None or solved >= created)
        and (due is None or due >= created)
        and (rated is None or rated >= created)
        and (rating is None or rated is not None)
        and (met is None or due is not None)
    )


def _contradictions(ticket: Ticket, bad: Sequence[BadCell]) -> Iterator[tuple[str, str]]:
    """Yield the columns that contradict another, and how; silent about those that are wrong already."""
    named = {cell.column for cell in bad}
    missing = [name for name in REQUIRED if getattr(ticket, name) is None]
    for name in missing:
        if name not in named:
            yield name, "is empty, and it is required"
    if "created_at" not in missing:
        yield from _too_early(ticket)
    if (
        ticket.rating is not None
        and ticket.rated_at is None
        and not named & {"rated_at", "solved_at"}
    ):
        yield "rating", "has no rated_at, nor a solved_at to date it by"
    if ticket.sla_met is not None and ticket.sla_due_at is None and "sla_due_at" not in named:
        yield "sla_met", "has no sla_due_at, the day it would count on"


def _too_early(ticket: Ticket) -> Iterator[tuple[str, str]]:
    created = ticket.created_at
    for name in _LATER:
        at = getattr(ticket, name)
        if at is not None and at < created:
            yield name, f"{show_instant(at)} is before created_at, {show_instant(created)}"


def _reader_for(name: str, zone: ZoneInfo | None) -> Callable[[str], Any]:
    if name.endswith("_at"):
        return partial(read_instant, zone)
    if name in ("team", "priority", "status"):
        return partial(_read_word, _LONGEST[name])
    readers: dict[str, Callable[[str], Any]] = {
        "rating": _read_rating,
        "sla_met": _read_yes_or_no,
        "reopens": _read_count,
    }
    return readers.get(name) or partial(read_text, _LONGEST[name])


def _read_word(longest: int, text: str) -> str:
    return read_text(longest, text.casefold())


def _read_rating(text: str) -> str:
    rating = text.casefold()
    if rating not in RATINGS:
        raise ValueError(
            f"{shortened(text)} is not a rating; it takes good, bad, 1 to 5, or nothing"
        )
    return rating


def _read_yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"{shortened(text)} is neither yes nor no; it takes true, false, or nothing")


def _read_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > _MOST_REOPENS:
        raise ValueError(f"{shortened(text)} is not a whole number from 0 to {_MOST_REOPENS:,}")
    return int(text)
