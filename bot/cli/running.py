"""`python -m bot run` and `python -m bot manifest`: the bot against Slack, or a server that speaks like it."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Annotated

import typer

from bot import logs, settings
from bot.app import House, build, find_routers, open_services, page_problems, prepare
from bot.cli.speech import sentences
from bot.slack.manifest import as_yaml, creation_link
from bot.slack.manifest import manifest as make_manifest
from bot.slack.router import combine


def run() -> None:
    """Run the bot: by Socket Mode with SLACK_APP_TOKEN, else by HTTP with SLACK_SIGNING_SECRET."""
    with sentences():
        chosen = settings.load(further=(settings.problems_for_running, page_problems))
        logs.set_up()
        services = open_services(chosen)
        try:
            prepare(services)
            asyncio.run(until_told(build(chosen, services, find_routers().values())))
        finally:
            services.database.close()


def manifest(
    url: Annotated[
        str | None,
        typer.Option(
            help="Where Slack's requests go, for HTTP: https://…/slack/events. Without it, Socket Mode."
        ),
    ] = None,
) -> None:
    """Print the Slack app manifest for the handlers that exist, and a link that creates the app."""
    with sentences():
        chosen = settings.load(further=[page_problems])
        content = make_manifest(chosen, combine(find_routers().values()), request_url=url)
    print(f"# Create the app in one click: {creation_link(content)}")
    print(as_yaml(content), end="")


async def until_told(house: House, when_ready: Callable[[], None] = lambda: None) -> None:
    """Run a house until it is told to stop, by Ctrl-C or SIGTERM; `when_ready` is called once it is open."""
    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends the loop instead
            asyncio.get_running_loop().add_signal_handler(name, told.set)
    stopping, starting = asyncio.create_task(told.wait()), asyncio.create_task(house.start())
    try:
        await asyncio.wait({stopping, starting}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            starting.result()  # raises what went wrong
            when_ready()
            await stopping
    finally:
        for task in (starting, stopping):
            task.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await house.stop()
