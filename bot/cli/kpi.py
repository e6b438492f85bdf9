"""`python -m bot kpi csat`: the same snapshot as in Slack, in a terminal or as JSON."""

import json
import re
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from bot import clock, settings
from bot.app import open_services, page_problems, prepare
from bot.blocks.kit import Message
from bot.blocks.kpi import kpi_card, kpi_list
from bot.blocks.plain import plain
from bot.cli.speech import sentences
from bot.domain import consult
from bot.domain.consult import Desk
from bot.domain.kpi import find_kpi
from bot.domain.period import parse_period
from bot.domain.question import Question, Verb
from bot.domain.snapshot import Snapshot
from bot.domain.survey import Survey
from bot.services import Services

_BOLD = re.compile(r"\*(\S[^*]*)\*")


def kpi(
    name: Annotated[
        str | None, typer.Argument(help="Which KPI, for example csat; all without one.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(help="For example `last month`, 2026-W40, q3 or 30d; this month without it."),
    ] = None,
    team: Annotated[
        str | None, typer.Option(help="One team, by its name in app.yaml or in the tickets.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; durations are in seconds.")
    ] = False,
) -> None:
    """Print a KPI, or all of them, as of now."""
    with sentences():
        services = open_services(settings.load(further=[page_problems]))
        try:
            prepare(services)
            _answer(services, name, period, team, as_json=as_json)
        finally:
            services.database.close()


def _answer(
    services: Services, name: str | None, period: str | None, team: str | None, *, as_json: bool
) -> None:
    desk = Desk(services.counting, services.settings.teams, clock.now())
    asked = parse_period(period, clock.today(services.settings.zone)) if period else None
    team = team.casefold() if team else None
    if name is None:
        question = Question(Verb.LIST, period=asked, team=team)
        snapshots = services.database.read(
            consult.overview, desk, question, list(services.kpis.values())
        )
        _print(
            [snapshot_json(each) for each in snapshots]
            if as_json
            else kpi_list(snapshots, team_name=team)
        )
        return
    question = Question(Verb.SHOW, find_kpi(name, services.kpis), asked, team=team)
    card = services.database.read(consult.card, desk, question)
    _print(
        snapshot_json(card.snapshot)
        if as_json
        else kpi_card(card.snapshot, beside=card.beside, team_name=team)
    )


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as JSON: durations in seconds, shares in percent, instants in UTC, `period_end` inclusive."""
    figure, survey = snapshot.figure, snapshot.survey
    return {
        "slug": snapshot.kpi.slug,
        "team": snapshot.team,
        "period_start": snapshot.window.start.isoformat(),
        "period_end": snapshot.window.last.isoformat(),
        "value": figure.value,
        "unit": snapshot.kpi.unit.value,
        "numerator": None if survey else figure.numerator,
        "denominator": None if survey else figure.denominator,
        "n": figure.n,
        "p90": figure.p90,
        "mean": figure.mean,
        "target": snapshot.target.value if snapshot.target else None,
        "status": snapshot.status.value,
        "interval": [figure.interval.low, figure.interval.high] if figure.interval else None,
        "previous": {
            "period_start": snapshot.compared_with.start.isoformat(),
            "period_end": snapshot.compared_with.last.isoformat(),
            "value": snapshot.previous.value,
            "n": snapshot.previous.n,
        },
        "change": snapshot.change,
        "lines": {
            line.measure.name: {
                "label": line.measure.label,
                "value": line.figure.value,
                "n": line.figure.n,
                "pending": line.pending,
            }
            for line in snapshot.lines
        },
        **_proof_json(snapshot),
        **(_survey_json(survey) if survey else {}),
        **_parts_json(snapshot),
        "as_of": snapshot.as_of.isoformat(),
    }


def _proof_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return of how many incidents a figure is known, what was left out, and each service's seconds; nothing of tickets."""
    if (proof := snapshot.proof) is None:
        return {}
    return {
        "known": proof.known,
        "of": proof.of,
        "left_out": {reason.value: count for reason, count in proof.reasons.items()},
        "services": {
            each.service: {"up": each.up, "seconds": each.seconds} for each in proof.services
        },
    }


def _survey_json(survey: Survey) -> dict[str, Any]:
    """Return what was published by the survey behind a figure: whole percent or points, and counts of people."""
    value, span = survey.figure.value, survey.figure.span
    ends = (span.low, span.high) if span else (value, value)
    low, high = (None if end is None else int(end) for end in ends)
    return {
        "survey": {
            "number": survey.number,
            "name": survey.name,
            "closed_on": survey.closed_on.isoformat(),
            "group": survey.group or None,
            "low": low,
            "high": high,
            "answers": survey.answers,
            "answered": survey.answered,
            "invited": survey.invited,
            "withheld": survey.hidden.value if survey.hidden else None,
            "before": survey.before,
            "change": [survey.change.low, survey.change.high] if survey.change else None,
        }
    }


def _parts_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return the surveys that are left out because they asked some teams and not all; nothing where there are none."""
    parts = [
        {"number": one.number, "name": one.name, "teams": [*one.teams]} for one in snapshot.parts
    ]
    return {"surveys_left_out": parts} if parts else {}


def _print(answer: Message | dict[str, Any] | list[dict[str, Any]]) -> None:
    if not isinstance(answer, Message):
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for line in plain(answer).splitlines():
        if not line.startswith("["):  # buttons are for Slack
            console.print(_styled(re.sub(r"  \[\w+\]$", "", line)), soft_wrap=True)


def _styled(line: str) -> Text:
    """Return a line of a card for a terminal: its marks become bold and dim."""
    mark, text = (line[0], line[2:]) if line[:2] in ("# ", "| ", "~ ") else ("", line)
    styled = Text(style={"#": "bold", "~": "dim"}.get(mark, ""))
    end = 0
    for bold in _BOLD.finditer(text):
        styled.append(text[end : bold.start()]).append(bold[1], style="bold")
        end = bold.end()
    return styled.append(text[end:])
