"""The HTTP door on this machine: Slack's requests, strangers' requests, and whether the bot is of use."""

import re
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_stage import BROKEN, DESK, FORM, JSON, SlackStandIn, Stage, refusal, signed_headers

from bot import clock
from bot.blocks.kit import Message
from bot.errors import SettingsWrong
from bot.services import promise
from bot.slack.router import Router
from bot.storage import schema
from tests.lost import lose

pytestmark = pytest.mark.asyncio

Open = Callable[..., Stage]


def hello() -> Router:
    """Return a router that greets."""
    router = Router()

    @router.command("/hello", description="Greets")
    async def greet(ack: AsyncAck) -> None:
        await ack("Hello.")

    return router


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[ClientSession]:
    """Whoever calls from outside."""
    async with ClientSession() as session:
        yield session


async def started(bot: Stage) -> str:
    """Start a bot, and return where it listens."""
    await bot.house.start()
    assert bot.house.web is not None
    return f"http://127.0.0.1:{bot.house.web.port}"


async def test_slack_is_answered(stage: Open, browser: ClientSession) -> None:
    """A signed request gets its ack over real HTTP; an unsigned one does not."""
    url = await started(stage(hello(), listen=True))
    body = urlencode({"command": "/hello", "text": "", "user_id": "U1", "team_id": "T1"})

    async with browser.post(
        f"{url}/slack/events", data=body, headers=signed_headers(body, FORM)
    ) as answer:
        assert (answer.status, await answer.text()) == (200, "Hello.")
    async with browser.post(f"{url}/slack/events", data=body) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe", FORM),
        (b"{", JSON),
        (b"[1]", JSON),
        (b'"text"', JSON),
        (b"{" * 5000, JSON),
        (b"[" * 200_000, JSON),
        (b"payload=[1]", FORM),
        (b"payload=%7B", FORM),
        (b"", FORM),
    ],
    ids=lambda value: str(value[:12]),
)
async def test_nonsense_is_refused(
    stage: Open, browser: ClientSession, body: bytes, kind: str
) -> None:
    """What is no request from Slack gets a plain no, not a failure."""
    url = await started(stage(hello(), listen=True))

    async with browser.post(
        f"{url}/slack/events", data=body, headers={"content-type": kind}
    ) as answer:
        assert answer.status in (400, 401)


async def test_a_body_without_end_is_refused(stage: Open, browser: ClientSession) -> None:
    """Slack's largest payloads are far below the limit."""
    url = await started(stage(hello(), listen=True))

    async with browser.post(f"{url}/slack/events", data=BytesIO(b"x" * 5_000_000)) as answer:
        assert answer.status == 413


async def test_health_and_readiness(stage: Open, browser: ClientSession) -> None:
    """Alive as long as it answers; ready when database and token are good."""
    url = await started(stage(hello(), listen=True))

    async with browser.get(f"{url}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"alive": True})
    async with browser.get(f"{url}/readyz") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "ready": True,
            "database": True,
            "token": True,
            "connection": True,
            "courier": True,
        }


async def test_not_ready_without_a_database(stage: Open, browser: ClientSession) -> None:
    """A database that does not answer is said, with 503 for whatever balances the load."""
    bot = stage(hello(), listen=True)
    url = await started(bot)
    bot.services.database.close()

    async with browser.get(f"{url}/readyz") as answer:
        assert answer.status == 503
        assert (await answer.json())["database"] is False


async def test_metrics(stage: Open, browser: ClientSession) -> None:
    """What holds for this process, and the outbox that all share, as Prometheus reads them."""
    bot = stage(hello(), listen=True)
    schema.upgrade(bot.services.database)
    url = await started(bot)
    await bot.services.write(promise, DESK, Message("Good morning."), "test:1")
    await bot.services.write(lose, "test:2", DESK, "is_archived", clock.now())

    async with browser.get(f"{url}/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        said = (await answer.text()).splitlines()

    assert 'steward_ready{check="database"} 1' in said
    assert 'steward_ready{check="courier"} 1' in said
    assert 'steward_outbox_messages{state="waiting"} 1' in said
    assert 'steward_outbox_messages{state="sent"} 0' in said
    assert "steward_outbox_lost_messages 1" in said
    assert "steward_courier_elected 0" in said
    assert any(line.startswith("steward_outbox_late_seconds 0.") for line in said)
    names = [line.split()[2] for line in said if line.startswith("# TYPE ")]
    assert len(names) == len(set(names)) == 5
    assert all(re.fullmatch(r"# .*|steward_\w+(\{\w+=\"\w+\"\})? [\d.]+", line) for line in said)


async def test_metrics_without_a_database(stage: Open, browser: ClientSession) -> None:
    """What is known without it is told all the same."""
    bot = stage(hello(), listen=True)
    url = await started(bot)
    bot.services.database.close()

    async with browser.get(f"{url}/metrics") as answer:
        said = await answer.text()

    assert answer.status == 200
    assert 'steward_ready{check="database"} 0' in said
    assert "outbox" not in said


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_a_token_that_will_never_do_stops_the_start(
    stage: Open, slack: SlackStandIn, code: str
) -> None:
    """One sentence for the operator, with Slack's own word for it."""
    slack.answers["auth.test"] = refusal(code)

    with pytest.raises(SettingsWrong, match=rf"SLACK_BOT_TOKEN does not work: .*\({code}\)"):
        await stage(hello()).house.start()


async def test_a_slack_that_cannot_be_reached_is_waited_for(
    stage: Open, slack: SlackStandIn
) -> None:
    """The start goes on when Slack is back."""
    strange = web.Response(text="It works!")
    answers = [BROKEN, BROKEN, refusal("internal_error"), strange, slack.answers["auth.test"]]
    slack.answers["auth.test"] = lambda _: answers.pop(0)
    bot = stage(hello())

    identity = await bot.house.connection.sign_in(first_pause=0)

    assert identity.team_id == "T0OURS"
    assert not answers


async def test_a_port_that_is_taken_is_said(stage: Open) -> None:
    """The sentence names the settings that help."""
    first = stage(hello(), listen=True)
    await started(first)
    assert first.house.web is not None

    with pytest.raises(SettingsWrong, match="set HOST and PORT"):
        await stage(hello(), listen=True, port=first.house.web.port).house.start()
