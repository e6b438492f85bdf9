"""`python -m bot import incidents FILE.csv`: what happened before the bot, or was mended in a spreadsheet."""

from itertools import islice
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.cli.importing import SkipBad, Timezone, csv_file, importing, reading, tell
from bot.domain.csv_file import BadCell
from bot.domain.incident_file import COLUMNS, Record, open_incident_file, strange_services
from bot.domain.incident_intake import import_incidents
from bot.domain.intake import Outcome
from bot.outgoing import incident as outgoing
from bot.services import Services

_SHOWN_EVERY = 500  # rows
_MOST_STRANGE = 20


def incidents(
    file: Annotated[Path, csv_file(COLUMNS)],
    timezone: Timezone = None,
    skip_bad: SkipBad = False,
) -> None:
    """Import incidents: new ones are late logs, a known one changes in what the file says, each change is in its log."""
    with importing(timezone) as (services, zone):
        read = _read(services, file, zone)
        outcome = services.database.write(_import, services, read, file.name, skip_bad=skip_bad)
    tell(outcome, skip_bad=skip_bad)


def _read(services: Services, path: Path, zone: ZoneInfo | None) -> list[Record | list[BadCell]]:
    """Read and check the cells of a file before anything is locked."""
    read: list[Record | list[BadCell]] = []
    with reading(path) as file:
        opened = open_incident_file(file.lines, zone, services.settings.services)
        file.tell_ignored(opened.ignored)
        for one in opened.records():
            read.append(one)
            if len(read) % _SHOWN_EVERY == 0:
                file.show(len(read))
        file.show(len(read))
        for sentence in islice(strange_services(read, services.settings.services), _MOST_STRANGE):
            file.say(sentence)
    return read


def _import(
    session: Session,
    services: Services,
    read: list[Record | list[BadCell]],
    source: str,
    *,
    skip_bad: bool,
) -> Outcome:
    """Take incidents in, and bring the cards of those that changed up to date; new ones get none."""
    now = services.now(session)
    done = import_incidents(
        session, read, services.severities, now, source=source, skip_bad=skip_bad
    )
    for incident in done.changed:
        outgoing.refresh(session, services, incident)
    return done.outcome
