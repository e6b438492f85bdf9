"""`python -m bot import tickets FILE.csv`: a helpdesk's export, all of it or nothing."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from bot.cli.importing import SkipBad, Timezone, csv_file, importing, reading, tell
from bot.domain.intake import Outcome, import_tickets
from bot.domain.ticket_file import COLUMNS, open_file
from bot.services import Services


def tickets(
    file: Annotated[Path, csv_file(COLUMNS)],
    timezone: Timezone = None,
    skip_bad: SkipBad = False,
) -> None:
    """Import tickets: new ones are added, known ids are replaced, the same file twice changes nothing."""
    with importing(timezone) as (services, zone):
        outcome = _import(services, file, zone, skip_bad=skip_bad)
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
