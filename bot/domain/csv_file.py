"""A stranger's CSV file: its header, its rows with the lines they begin on, and the cells that all imports read alike.

Nothing here touches the database; a file is streamed, a row at a time.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.domain.words import suggest
from bot.errors import Refused

_LINES_AND_QUOTES = (
    "look for a quote that is opened and not closed, and for lines that end in CR alone"
)


@dataclass(frozen=True, slots=True)
class BadCell:
    """One thing that is wrong in a file: the line it begins on, the column's name, and why, with what would work."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose header has been understood: the columns it has, those that mean nothing here, and its rows."""

    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: Iterator[tuple[int, list[str]]]


def open_csv(lines: Iterable[str], columns: Sequence[str], required: Sequence[str]) -> Opened:
    """Read the header of a CSV file with `,` or `;`; `Refused` says what is wrong with it."""
    stream = iter(lines)
    header = next(stream, "")
    if not header.strip():
        raise Refused(f"The file is empty. Its first line names the columns: {', '.join(columns)}.")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = tuple(name.strip().casefold() for name in _cells_of(header, delimiter))
    _check_header(names, columns, required)
    ignored = tuple(name for name in names if name not in columns)
    return Opened(names, ignored, _numbered(stream, delimiter))


def _check_header(names: Sequence[str], columns: Sequence[str], required: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise Refused(
                f"The header names {name or 'an empty column'!r} twice; keep one of them."
            )
        near = suggest(name, columns)
        if name not in columns and near is not None and near not in names:
            raise Refused(
                f"The header names a column {name!r}, which is not known. Did you mean {near!r}?"
            )
    missing = [name for name in required if name not in names]
    if missing:
        are = "is" if len(required) == 1 else "are"
        raise Refused(
            f"The header lacks {' and '.join(missing)}. The columns are: {', '.join(columns)} ({', '.join(required)} {are} required)."
        )


def _cells_of(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter, strict=True))
    except csv.Error:
        raise Refused(f"Line 1 cannot be read as CSV; {_LINES_AND_QUOTES}.") from None


def _numbered(stream: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the number of the line each begins on; the header was line 1."""
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    begins = 2
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused(
                f"Nothing from line {begins} on can be read as CSV; {_LINES_AND_QUOTES}."
            ) from None
        if any(row):
            yield begins, row
        begins = reader.line_num + 2


# --- Cells; a ValueError says why one cannot be used ---


def read_instant(zone: ZoneInfo | None, text: str, fold: int = 0) -> datetime:
    """Return a time in UTC; `zone` is that of times without an offset, without it such times are wrong."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shortened(text)} is not a time; write 2026-10-01T09:30:00Z") from None
    if at.tzinfo is None:
        if zone is None:
            raise ValueError(
                f"{shortened(text)} has no offset; write {at:%Y-%m-%dT%H:%M}Z or say --timezone Europe/Berlin"
            )
        at = at.replace(tzinfo=zone, fold=fold)
    if not 2000 <= at.year < 2100:
        raise ValueError(f"{shortened(text)} is not between the years 2000 and 2100")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def read_text(longest: int, text: str) -> str:
    """Return a text that fits."""
    if len(text) > longest:
        raise ValueError(f"has {len(text)} characters; {longest} fit")
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text


def show_instant(at: datetime) -> str:
    """Return an instant as a reason names it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def shortened(text: str) -> str:
    """Return a cell as a reason repeats it."""
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"
