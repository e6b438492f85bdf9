"""The stage of the Slack surface's tests: the stand-in for Slack, and bots made with each test's own handlers."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
from slack_stage import SlackStandIn, Stage, settings

from bot.app import HOOKS, Hooks
from bot.slack.router import Router

Open = Callable[..., Stage]


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """Slack's servers, as far as a test tells them what to say."""
    stand_in = SlackStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest_asyncio.fixture
async def stage(slack: SlackStandIn, tmp_path: Path) -> AsyncIterator[Open]:
    """Make a bot: `stage(router, …)`, with settings by name."""
    stages: list[Stage] = []

    def open_stage(
        *routers: Router,
        listen: bool = False,
        patience_seconds: float = 30,
        hooks: Hooks = HOOKS,
        **chosen: Any,
    ) -> Stage:
        how = {"listen": listen, "patience_seconds": patience_seconds, "hooks": hooks}
        stages.append(Stage(slack, settings(slack, tmp_path, **chosen), routers, **how))
        return stages[-1]

    yield open_stage
    for one in stages:
        await one.close()
