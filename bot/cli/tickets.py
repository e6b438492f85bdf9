"""`python -m bot import tickets FILE.csv`: a helpdesk's export, all of it or nothing."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import settings
from bot.app import open_services, page_problems, prepare
from bot.cli.importing import reading, tell
from bot.cli.speech import sentences
from bot.domain.intake import Outcome, import_tickets
from bot.domain.ticket_file import COLUMNS, open_file
from bot.domain.walltime import zone_named
from bot.services import Services


def tickets(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help=f"A CSV file, UTF-8, with `,` or `;`. Columns: {', '.join(COLUMNS)}.",
        ),
    ],
    timezone: Annotated[
        str | None,
        typer.Option(help="The zone of times without an offset, for example Europe/Berlin."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows and list the bad ones.")
    ] = False,
) -> None:
    """Import tickets: new ones are added, known ids are replaced, the same file twice changes nothing."""
    with sentences():
        zone = None if timezone is None else zone_named(timezone)
        services = open_services(settings.load(further=[page_problems]))
        try:
            prepare(services)
            outcome = _import(services, file, zone, skip_bad=skip_bad)
        except KeyboardInterrupt:
            typer.echo("Interrupted. Nothing was written.", err=True)
            raise typer.Exit(130) from None
        finally:
            services.database.close()
    tell(outcome, skip_bad=skip_bad)


def _import(services: Services, path: Path, zone: ZoneInfo | None, *, skip_bad: bool) -> Outcome:
    with reading(path) as file:
        opened = open_file(file.lines, zone)
        file.tell_ignored(opened.ignored)
        return import_tickets(
            services.database,
            services.counting,
            opened,
            source=path.name,
            skip_bad=skip_bad,
            on_progress=file.show,
        )
