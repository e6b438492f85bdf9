"""`python -m bot demo`: a practice Slack in the browser, a made-up company, and the bot connected to it as to Slack."""

import asyncio
import os
import secrets
import sys
import webbrowser
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.progress import track
from sqlalchemy.orm import Session

from bot import clock, logs, settings
from bot.app import build, find_routers, open_services, prepare
from bot.cli.demo_feedback import show_digest, tell_each_other
from bot.cli.demo_incidents import live_through, show_cards
from bot.cli.demo_meetings import (
    Shown,
    call_the_next,
    hold_meetings,
    read_shown,
    show_meetings,
    write_shown,
)
from bot.cli.demo_pulses import ask_around
from bot.cli.running import until_told
from bot.cli.speech import sentences
from bot.domain.count import record_tickets
from bot.errors import SettingsWrong
from bot.services import Services
from bot.slack.manifest import manifest
from bot.slack.router import combine
from bot.workspace import company
from bot.workspace.chatter import announcements, post_announcements
from bot.workspace.server import PracticeSlack

_PORT = 8765
_PORTS_TRIED = 20
_CHUNK = 2_000
_ENVIRON = {"SLACK_BOT_TOKEN": "xoxb-practice", "SLACK_APP_TOKEN": "xapp-practice"}
_BEGAN = "began"
_SHOWN = "meetings.json"
_SEAL = "seal"
# What a demo keeps. The mark that it is a demo's folder goes last, should the deleting be interrupted.
_FILES = ("app.yaml", _SHOWN, _SEAL, "steward.db-wal", "steward.db-shm", "steward.db", _BEGAN)
_BOT_IS_IN = (
    *("general", "support", "incidents", "cloud-engineering", "operators", "managers"),
    "shared-quillmoor-foods",
)

_console = Console(highlight=False)


def demo(
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help=f"The page's port on this machine; without it {_PORT}, or the next that is free.",
        ),
    ] = None,
    folder: Annotated[
        Path, typer.Option(file_okay=False, help="Where the demo keeps its data.")
    ] = Path("demo-data"),
    *,
    reset: Annotated[
        bool, typer.Option("--reset", help="Throw the demo's data away and begin anew.")
    ] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open a browser.")
    ] = False,
) -> None:
    """Try everything in a practice Slack: no accounts, no tokens, no network."""
    with sentences(), suppress(KeyboardInterrupt):
        asyncio.run(_demo(port, folder, reset=reset, opens_browser=not no_browser))
    _console.print("\nStopped. The demo keeps what you changed; --reset begins anew.")


async def _demo(port: int | None, folder: Path, *, reset: bool, opens_browser: bool) -> None:
    slack = PracticeSlack(company.roster())
    await _listen(slack, port)
    services = None
    try:
        claim(folder, reset=reset)
        logs.set_up()
        services = await asyncio.to_thread(_move_in, folder, slack)
        routers = list(find_routers().values())
        slack.install(manifest(services.settings, combine(routers)))
        slack.invite_app(*_BOT_IS_IN)
        await asyncio.to_thread(services.database.write, _have_incidents, services, slack, folder)
        began = _began(folder) or clock.now().date()
        await asyncio.to_thread(services.database.write, ask_around, services, began, clock.now())
        await asyncio.to_thread(services.database.write, tell_each_other, services, began)
        show_digest(services, slack, began)
        before = read_shown(folder / _SHOWN)
        shown = await asyncio.to_thread(
            services.database.write, _hold_meetings, services, slack, before
        )
        write_shown(folder / _SHOWN, shown)
        house = build(services.settings, services, routers, listen=False)
        await until_told(house, lambda: _welcome(slack.url, folder, opens_browser=opens_browser))
    finally:
        await slack.stop()
        if services is not None:
            services.database.close()


async def _listen(slack: PracticeSlack, port: int | None) -> None:
    """Open the page's port; a chosen one that is taken is refused, the usual one gives way to the next."""
    tried = [port] if port else range(_PORT, _PORT + _PORTS_TRIED)
    for each in tried:
        with suppress(OSError):
            await slack.start(port=each)
            return
    raise SettingsWrong([f"Port {tried[0]} is taken; choose another with --port."])


def claim(folder: Path, *, reset: bool) -> None:
    """Make the folder the demo's own, and with `reset` delete what the demo left there.

    One that holds anything else is refused: an operator's page or database is never touched.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if _began(folder) is None and any(folder.iterdir()):
            raise SettingsWrong(
                [f"{folder} holds what the demo did not make; choose another with --folder."]
            )
        for name in _FILES if reset else ():
            (folder / name).unlink(missing_ok=True)
        _begin(folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsWrong(
            [f"{folder} cannot be used ({reason}); choose another with --folder."]
        ) from None


def _began(folder: Path) -> date | None:
    """Return the day on which the demo in this folder began, if one did."""
    with suppress(FileNotFoundError, ValueError):
        return date.fromisoformat((folder / _BEGAN).read_text("utf-8").strip())
    return None


def _begin(folder: Path) -> None:
    if _began(folder) is None:
        (folder / _BEGAN).write_text(f"{clock.now().date()}\n", "utf-8")


def _move_in(folder: Path, slack: PracticeSlack) -> Services:
    """Bring the company's page, people's talk and tickets into the demo's own folder."""
    now = clock.now()
    anchor = _began(folder) or now.date()  # its story is told up to there, and goes on from there
    page = folder / "app.yaml"
    page.write_text(yaml.safe_dump(company.settings_document(), allow_unicode=True), "utf-8")
    environ = {
        **_ENVIRON,
        "DATABASE_URL": f"sqlite:///{folder.resolve() / 'steward.db'}",
        "SLACK_API_URL": slack.api_url,
        "STEWARD_SECRET": _secret(folder / _SEAL),
    }
    services = open_services(settings.load(page, environ))
    prepare(services)
    post_announcements(slack.workspace, announcements(anchor, now))
    tickets = list(company.tickets(anchor, now))
    chunks = [tickets[start : start + _CHUNK] for start in range(0, len(tickets), _CHUNK)]
    for chunk in track(chunks, "Fourteen months of tickets", console=_console, transient=True):
        services.database.write(record_tickets, services.counting, chunk, "the demo company")
    return services


def _secret(file: Path) -> str:
    """Return the secret that seals answers, made on first use and readable for this user alone."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), "utf-8")
    return file.read_text("utf-8")


def _have_incidents(
    session: Session, services: Services, slack: PracticeSlack, folder: Path
) -> None:
    now = clock.now()
    live_through(session, services, _began(folder) or now.date(), now)
    show_cards(session, services, slack)


def _hold_meetings(
    session: Session, services: Services, slack: PracticeSlack, before: list[Shown]
) -> list[Shown]:
    now = clock.now()
    held = hold_meetings(session, services, slack, now)
    call_the_next(session, now)
    return show_meetings(session, services, slack, held or before)


def _welcome(url: str, folder: Path, *, opens_browser: bool) -> None:
    _console.print(f"\n[bold]The practice workspace is open:[/bold] {url}\n")
    _console.print(
        "You are Ana, who manages support. Type [bold]/kpi csat[/bold] in #support, or /playbook for the rest. "
        "In a minute the agenda of the support weekly arrives there."
    )
    _console.print(f"Data is kept in {folder}; nothing leaves this machine. Ctrl-C stops.")
    if opens_browser and _has_browser():
        webbrowser.open(url)


def _has_browser() -> bool:
    """Return whether a browser would open a window, rather than take over this terminal."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    with suppress(webbrowser.Error):
        webbrowser.get()
        return True
    return False
