"""`python -m bot doctor`: what the bot depends on, looked at from this machine, and what would mend it."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import clock, settings
from bot.app import open_services, page_problems
from bot.blocks.health import (
    INCIDENTS,
    Finding,
    Standing,
    attempts_of,
    bad,
    cause_of,
    feature_of,
    is_of_incident,
    too_old_words,
    utc,
    verdict,
)
from bot.cli.speech import sentences
from bot.domain import delivery
from bot.domain.delivery import DeadLetter, Deliveries
from bot.errors import Refused
from bot.services import Services
from bot.settings import Settings, problems_for_running
from bot.slack.connection import Connection
from bot.slack.doctor import Report, examine

_PATIENCE_SECONDS = 5.0
_OPERATOR = "the operator"
_WIDEST = 100  # longer lines are hard to read
_MARKS = {
    Standing.GOOD: ("✓", "green"),
    Standing.POOR: ("!", "bold yellow"),
    Standing.BAD: ("✗", "bold red"),
}
_COMMAND = re.compile(r"`[^`]+`")


def doctor(
    *,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try every message again that was given up.")
    ] = False,
) -> None:
    """Look at the database, Slack, scopes, channels and deliveries. Looking changes nothing.

    Exit code 0 when all is well, 1 when something needs mending, 2 when the bot would not start with these settings.
    """
    with sentences():
        chosen = settings.load(further=[page_problems])
        services = open_services(chosen)
        try:
            unset = [*_unset(chosen)]
            report = asyncio.run(_examine(services, chosen))
            _print([*unset, *report.findings], report.deliveries, chosen.slack.name)
            if retry:
                typer.echo(_retry(services, report.deliveries))
        finally:
            services.database.close()
    if unset or not report.is_well:
        raise typer.Exit(2 if unset else 1)


async def _examine(services: Services, chosen: Settings) -> Report:
    if chosen.slack_bot_token is None:
        return await examine(services, None, _PATIENCE_SECONDS)
    connection = Connection(_secret(chosen.slack_bot_token), chosen.slack_api_url)
    _ = connection.session  # so that the client uses it, and closes it with the connection
    try:
        app_token = _secret(chosen.slack_app_token)
        return await examine(services, connection.client, _PATIENCE_SECONDS, app_token)
    finally:
        await connection.close()


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _unset(chosen: Settings) -> Iterator[Finding]:
    """Return what the bot would not start for."""
    for problem in problems_for_running(chosen):
        words, _, fix = problem.rstrip(".").partition(": ")
        yield bad("Settings", words, fix)


def _retry(services: Services, deliveries: Deliveries | None) -> str:
    if deliveries is None:
        return "Nothing is tried again: the outbox cannot be read."
    try:
        retried = services.database.write(delivery.retry, None, _OPERATOR, clock.now())
    except Refused:
        return "There is nothing to try again."
    if not retried.tried:
        return f"{too_old_words(retried.too_old)}."
    what = "1 message is" if retried.tried == 1 else f"{retried.tried:,} messages are"
    who = "the bot that runs" if deliveries.has_courier else "the next bot that runs"
    left_out = f" {too_old_words(retried.too_old)}." if retried.too_old else ""
    return f"{what} tried again by {who}; `python -m bot doctor` says how it went.{left_out}"


# --- How it looks ---


def _print(findings: list[Finding], deliveries: Deliveries | None, bot: str) -> None:
    console = Console(highlight=False)
    console.width = min(console.width, _WIDEST)
    console.print(_grid(_row(finding) for finding in findings))
    if deliveries is not None and deliveries.dead:
        rest = deliveries.lost.total - len(deliveries.dead)
        console.print("\nLost messages, the newest first:", style="bold")
        console.print(_grid(_letter(letter, bot, deliveries.at) for letter in deliveries.dead))
        console.print(f"… and {rest:,} more." if rest > 0 else "", end="\n" if rest > 0 else "")
    console.print(f"\n{verdict(findings)}", style="bold")


def _grid(rows: Iterable[tuple[Text, Text, Text]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _row(finding: Finding) -> tuple[Text, Text, Text]:
    mark, style = _MARKS[finding.standing]
    where = f"{finding.channel} " if finding.channel else ""
    told = _told(f"{where}{finding.words}", finding.fix)
    return Text(mark, style), Text(finding.name, "bold"), told


def _letter(letter: DeadLetter, bot: str, now: datetime) -> tuple[Text, Text, Text]:
    cause = cause_of(letter, bot, now)
    what = INCIDENTS if is_of_incident(letter) else f"to {letter.target}"
    told = _told(f"{what}: {cause.words}", cause.fix)
    told.append(f"\n{utc(letter.settled_at)} · {attempts_of(letter)} · {feature_of(letter)}", "dim")
    return Text(" "), Text(str(letter.id), "bold"), told


def _told(words: str, fix: str) -> Text:
    """Return words and, in a line of its own, what would help; commands stand out."""
    told = Text(f"{words}\n→ {fix}" if fix else words)
    told.highlight_regex(_COMMAND, "cyan")
    return told
