"""What declaring costs from the sent form until its card stands in Slack, beside a plain Bolt app that posts one message."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.incident_form import DECLARE_FORM
from bot.web import SLACK_PATH, Web
from tests.front_door import BO, DESK, PAGE, FrontDoor

GROUP = "6 · 30 forms over signed HTTP until their message stands in Slack: declare ÷ a bare form that posts one (goal ≤ 2)"
SECRET = "practice-signing-secret"
ROUNDS = 30
NUMBERS = count()


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with the bot in it, its clock wound."""
    page = f"{PAGE}\nchannels: {{incidents: {DESK}}}\nservices: [api-gateway]\n"
    with FrontDoor(
        database_url, tmp_path, mode="http", page=page, rate_limits=False, clockwork=True
    ) as front:
        yield front


def bare_bolt(door: FrontDoor) -> AsyncApp:
    """Return a Bolt app whose form posts one message."""

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id="T0HOME",
            bot_token="xoxb-practice",
            bot_id="B0",
            bot_user_id="U0",
        )

    client = AsyncWebClient("xoxb-practice", base_url=door.slack.api_url)
    app = AsyncApp(
        authorize=authorize, signing_secret=SECRET, process_before_response=True, client=client
    )

    @app.view(DECLARE_FORM)
    async def submit(ack: AsyncAck, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel=DESK, text="API gateway down")

    return app


def form(number: int) -> str:
    """Return a filled form as Slack sends it."""

    def chosen(value: str) -> dict[str, Any]:
        return {"selected_option": {"text": {"type": "plain_text", "text": value}, "value": value}}

    values = {
        "title": {"title": {"type": "plain_text_input", "value": "API gateway down"}},
        "customers": {"customers": {"type": "static_select", **chosen("many")}},
        "effect": {"effect": {"type": "static_select", **chosen("down")}},
    }
    view = {
        "id": f"V0{number}",
        "hash": str(number),
        "type": "modal",
        "callback_id": DECLARE_FORM,
        "private_metadata": "",
        "state": {"values": values},
        "blocks": [],
    }
    who = {"team": {"id": "T0HOME"}, "user": {"id": BO, "team_id": "T0HOME"}}
    payload = {**who, "type": "view_submission", "trigger_id": f"{number}.2.3", "view": view}
    return urlencode({"payload": json.dumps(payload)})


@contextmanager
def sending(door: FrontDoor, app: AsyncApp) -> Iterator[Callable[[], None]]:
    """Serve an app, and yield what sends it forms, each when the message of the one before stands in the channel."""
    verifier = SignatureVerifier(SECRET)
    web = Web("127.0.0.1", 0, {}, app)
    door.wait(web.start())
    posted = asyncio.Event()
    deaf = door.slack.parts.feed.listen(
        lambda news: posted.set() if news.type == "message" else None
    )

    async def many() -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(ROUNDS):
                posted.clear()
                body = form(next(NUMBERS))
                stamp = str(int(datetime.now(UTC).timestamp()))
                signature = verifier.generate_signature(timestamp=stamp, body=body) or ""
                headers = {
                    "X-Slack-Request-Timestamp": stamp,
                    "X-Slack-Signature": signature,
                    "Content-Type": "application/x-www-form-urlencoded",
                }
                url = f"http://127.0.0.1:{web.port}{SLACK_PATH}"
                async with session.post(url, data=body, headers=headers) as said:
                    assert said.status == 200, await said.text()
                await posted.wait()

    yield lambda: door.wait(many())
    deaf()
    door.wait(web.stop())


@pytest.mark.benchmark(group=GROUP)
def test_a_bare_form(benchmark: Any, door: FrontDoor) -> None:
    """Signature, parsing, listener, acknowledgement, one post."""
    with sending(door, bare_bolt(door)) as send:
        benchmark.pedantic(send, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=GROUP)
def test_declaring(benchmark: Any, door: FrontDoor) -> None:
    """All of that, checked, numbered and written once; its card promised and sent by the courier."""
    with sending(door, door.house.bolt) as send:
        benchmark.pedantic(send, rounds=5, warmup_rounds=1)
