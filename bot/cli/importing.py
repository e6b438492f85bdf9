"""What every `python -m bot import …` does alike: its options, reading a file with progress, telling what came of it."""

import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bot import settings
from bot.app import open_services, page_problems, prepare
from bot.cli.speech import leave, sentences
from bot.domain.csv_file import BadCell
from bot.domain.intake import Outcome
from bot.domain.walltime import zone_named
from bot.errors import Refused
from bot.services import Services

app = typer.Typer(help="Bring records in from files.", no_args_is_help=True)


@app.callback()
def bring_in() -> None:
    """Bring records in from files."""


Timezone = Annotated[
    str | None,
    typer.Option(help="The zone of times without an offset, for example Europe/Berlin."),
]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Import the good rows and list the bad ones.")
]


def csv_file(columns: Sequence[str]) -> Any:
    """Return the argument that names the file to import."""
    return typer.Argument(
        exists=True,
        dir_okay=False,
        readable=True,
        help=f"A CSV file, UTF-8, with `,` or `;`. Columns: {', '.join(columns)}.",
    )


@contextmanager
def importing(timezone: str | None) -> Iterator[tuple[Services, ZoneInfo | None]]:
    """Yield the house, ready, and the zone that is named; say in a sentence what goes wrong meanwhile."""
    with sentences():
        zone = None if timezone is None else zone_named(timezone)
        services = open_services(settings.load(further=[page_problems]))
        try:
            prepare(services)
            yield services, zone
        except KeyboardInterrupt:
            typer.echo("Interrupted. Nothing was written.", err=True)
            raise typer.Exit(130) from None
        finally:
            services.database.close()


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is being read: its lines, how to show the rows read so far, and how to say something meanwhile."""

    lines: "_Lines"
    show: Callable[[int], None]
    say: Callable[[str], None]

    def tell_ignored(self, columns: Sequence[str]) -> None:
        """Say which columns mean nothing here."""
        if columns:
            self.say(f"Columns left out: {', '.join(columns)}")


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open a file, and show how far it has been read."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with path.open("rb") as binary, bar:
        task = bar.add_task(path.name, total=_size(path))
        lines = _Lines(binary)

        def show(rows: int) -> None:
            bar.update(task, completed=lines.size, description=f"{path.name}: {rows:,} rows")

        def say(words: str) -> None:
            bar.console.print(words, markup=False)

        yield Reading(lines, show, say)


def _size(path: Path) -> int | None:
    """Return how many bytes there will be; nobody knows for a pipe."""
    found = path.stat()
    return found.st_size or None if stat.S_ISREG(found.st_mode) else None


class _Lines:
    """A file's lines as text; a wrong byte is told with its line. `size` is the bytes of those read so far."""

    def __init__(self, binary: BinaryIO) -> None:
        self._binary = binary
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._binary, 1):
            self.size += len(line)
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise Refused(
                    f"Line {number} is not UTF-8; save the file as UTF-8. Nothing was written."
                ) from None


def tell(outcome: Outcome, *, skip_bad: bool) -> None:
    """Print what an import did, and leave with exit code 2 where it did nothing that was asked for."""
    for row in outcome.bad:
        typer.echo(_bad_row(row), err=True)
    if outcome.refused > len(outcome.bad):
        typer.echo(f"… and {outcome.refused - len(outcome.bad):,} more.", err=True)
    if outcome.refused and not skip_bad:
        leave([_nothing_written(outcome.refused)])
    typer.echo(_counts(outcome))
    if outcome.future:
        typer.echo(_dated_ahead(outcome.future))
    if outcome.refused and not (outcome.new or outcome.changed or outcome.unchanged):
        leave(["Not a single row could be imported."])


def _bad_row(row: Sequence[BadCell]) -> str:
    first, *others = row
    return "; ".join([str(first), *(f"{cell.column}: {cell.reason}" for cell in others)])


def _nothing_written(refused: int) -> str:
    wrong, them = ("1 row is", "it") if refused == 1 else (f"{refused:,} rows are", "them")
    return (
        f"{wrong} wrong, so nothing was written. Mend {them}, or import the others with --skip-bad."
    )


def _counts(outcome: Outcome) -> str:
    counts = (
        f"{outcome.new:,} new, {outcome.changed:,} changed, {outcome.unchanged:,} unchanged, "
        f"{outcome.refused:,} refused"
    )
    if outcome.repeated:
        counts += f", {outcome.repeated:,} repeated (the last row of an id counts)"
    return counts + "."


def _dated_ahead(future: int) -> str:
    if future == 1:
        return "1 is dated in the future; it counts when its day comes."
    return f"{future:,} are dated in the future; they count when their day comes."
