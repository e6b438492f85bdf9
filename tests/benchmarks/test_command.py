"""What `/kpi csat` costs from Slack's request to the answer, beside an empty command of plain Bolt."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.web import SLACK_PATH, Web
from tests.front_door import BO, DESK, FrontDoor
from tests.helpdesk import Helpdesk

GROUP = "3 · 300 signed commands over HTTP through Bolt: /kpi csat ÷ an empty one with as many listeners (goal ≤ 3)"
SECRET = "practice-signing-secret"
ROUNDS = 300
FORM = {
    "command": "/kpi",
    "text": "csat 2026-11",
    "user_id": BO,
    "team_id": "T0HOME",
    "channel_id": DESK,
    "trigger_id": "1.2.3",
}
SLACKS_SIDE = """
import asyncio
from aiohttp import web

async def take(request):
    await request.read()
    return web.Response(text="ok")

async def main():
    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""  # what takes the answers: outside this process, as Slack is


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with the bot in it, and a few weeks of ratings."""
    with FrontDoor(database_url, tmp_path, mode="http", rate_limits=False) as door:
        desk = Helpdesk(door)
        for day in range(1, 22):
            desk.answers(satisfied=45, unsatisfied=5, on=datetime(2026, 11, day, 9, tzinfo=UTC))
        yield door


def empty_bolt(listeners: int) -> AsyncApp:
    """Return a Bolt app whose last listener answers `/kpi` with nothing."""

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id="T0HOME",
            bot_token="xoxb-practice",
            bot_id="B0",
            bot_user_id="U0",
        )

    app = AsyncApp(
        authorize=authorize,
        signing_secret=SECRET,
        process_before_response=True,
        client=AsyncWebClient("xoxb-practice"),
    )
    for number in range(listeners - 1):
        app.action(re.compile(f"other-{number}"))(_nothing)
    app.command("/kpi")(_nothing)
    return app


async def _nothing(ack: AsyncAck) -> None:
    await ack()


@contextmanager
def asking(door: FrontDoor, app: AsyncApp, response_url: str) -> Iterator[Callable[[], None]]:
    """Serve an app on this machine, and yield what sends it signed commands, one after another."""
    verifier = SignatureVerifier(SECRET)
    web = Web("127.0.0.1", 0, {}, app)
    door.wait(web.start())
    body = urlencode({**FORM, "response_url": response_url})

    async def many() -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(ROUNDS):
                stamp = str(int(datetime.now(UTC).timestamp()))
                signature = verifier.generate_signature(timestamp=stamp, body=body) or ""
                headers = {
                    "X-Slack-Request-Timestamp": stamp,
                    "X-Slack-Signature": signature,
                    "Content-Type": "application/x-www-form-urlencoded",
                }
                async with session.post(
                    f"http://127.0.0.1:{web.port}{SLACK_PATH}", data=body, headers=headers
                ) as said:
                    assert said.status == 200, await said.text()

    yield lambda: door.wait(many())
    door.wait(web.stop())


@pytest.mark.benchmark(group=GROUP)
def test_an_empty_command(benchmark, door):
    """Signature, parsing, matching, authorisation, listener, acknowledgement."""
    with asking(door, empty_bolt(listeners=8), "") as ask:
        benchmark.pedantic(ask, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=GROUP)
def test_kpi_csat(benchmark, door):
    """All of that, and a card from the tallies, posted to the response_url of a server on this machine."""
    with subprocess.Popen(
        [sys.executable, "-c", SLACKS_SIDE], stdout=subprocess.PIPE, text=True
    ) as slacks_side:
        assert slacks_side.stdout is not None
        url = slacks_side.stdout.readline().strip()
        with asking(door, door.house.bolt, url) as ask:
            benchmark.pedantic(ask, rounds=5, warmup_rounds=1)
        slacks_side.terminate()
