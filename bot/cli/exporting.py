"""`python -m bot export incidents`: one incident, a period's or all, for people, spreadsheets and programs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot import clock, settings
from bot.app import open_services, page_problems, prepare
from bot.blocks.incident_export import (
    incident_markdown,
    incidents_csv,
    incidents_json,
    incidents_markdown,
)
from bot.cli.speech import sentences
from bot.domain.incident import EVERYBODY, Incident, find_named
from bot.domain.incident_dossier import dossiers, find_begun, outlines
from bot.domain.incident_figures import bounds
from bot.domain.period import Period, parse_period
from bot.errors import Refused
from bot.services import Services

app = typer.Typer(help="Take records out into files.", no_args_is_help=True)


class Format(StrEnum):
    """What a file is for: people, spreadsheets, programs."""

    MD = "md"
    CSV = "csv"
    JSON = "json"


@app.callback()
def take_out() -> None:
    """Take records out into files."""


@app.command()
def incidents(
    period: Annotated[
        str | None,
        typer.Option(
            help="Those that began in it: `last month`, q3, 2026-10; all without it and --id."
        ),
    ] = None,
    number: Annotated[str | None, typer.Option("--id", help="One incident, such as INC-7.")] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="md for people, csv for spreadsheets and `import incidents`, json for programs; "
            "without it as the name after -o ends, or md.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", dir_okay=False, help="A file to write.")
    ] = None,
) -> None:
    """Export incidents with times, timeline, corrections, analysis and actions; never restricted ones."""
    with sentences():
        if period and number:
            raise Refused("Say --period or --id, not both.")
        services = open_services(settings.load(further=[page_problems]))
        try:
            prepare(services)
            text = services.database.read(
                _export, services, period, number, form or _form_of(output)
            )
        finally:
            services.database.close()
        _write(text, output)


def _export(
    session: Session, services: Services, period: str | None, number: str | None, form: Format
) -> str:
    zone = services.settings.zone
    days = parse_period(period, clock.today(zone)) if period else None
    found = _find(session, services, days, number)
    match form:
        case Format.CSV:
            return incidents_csv(outlines(session, found, EVERYBODY))
        case Format.JSON:
            return incidents_json(dossiers(session, found, EVERYBODY))
        case Format.MD:
            full = dossiers(session, found, EVERYBODY)
            if number:
                return incident_markdown(full[0], services.severities, zone)
            title = f"Incidents · {days.label}" if days else "Incidents"
            return incidents_markdown(full, services.severities, zone, title)


def _find(
    session: Session, services: Services, days: Period | None, number: str | None
) -> list[Incident]:
    """Return what is asked for, as far as everybody may know of it."""
    if number:
        return [find_named(session, number, EVERYBODY)]
    if days is None:
        return find_begun(session, EVERYBODY)
    return find_begun(session, EVERYBODY, *bounds(days, services.settings.zone))


def _form_of(output: Path | None) -> Format:
    ending = output.suffix.lower().removeprefix(".") if output else ""
    return Format(ending) if ending in [*Format] else Format.MD


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refused(f"{output.name} cannot be written ({reason}).") from None
