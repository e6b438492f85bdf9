"""Socket Mode: what Slack sends through a web socket is answered on it, and a lost connection is replaced."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_stage import BO, OURS, SlackStandIn, Stage, refusal

from bot.errors import SettingsWrong
from bot.slack.router import Payload, Router

pytestmark = pytest.mark.asyncio

Open = Callable[..., Stage]
HELLO = {"type": "hello", "num_connections": 1}


def asking() -> tuple[Router, asyncio.Event]:
    """Return a router with a quick command, a slow one, and what lets the slow one go on."""
    router, may_go_on = Router(), asyncio.Event()

    @router.command("/quick", description="Answers at once")
    async def quick(ack: AsyncAck) -> None:
        await ack("quick")

    @router.command("/slow", description="Waits")
    async def slow(ack: AsyncAck) -> None:
        await may_go_on.wait()
        await ack("slow")

    @router.event("team_join")
    async def fail() -> None:
        raise ValueError

    return router, may_go_on


def typed(name: str) -> Payload:
    """Return the envelope of a slash command, named after it."""
    payload = {"command": name, "text": "", "user_id": BO, "team_id": OURS, "channel_id": "C1"}
    return {
        "envelope_id": name,
        "type": "slash_commands",
        "accepts_response_payload": True,
        "payload": payload,
    }


class Line:
    """One connection as Slack holds it: greets, sends what a test says, keeps the acknowledgements."""

    def __init__(self, *first: Payload) -> None:
        self.first = first or (HELLO,)
        self.opened = asyncio.Event()
        self.closed = asyncio.Event()
        self.acks: asyncio.Queue[Payload] = asyncio.Queue()
        self.socket = web.WebSocketResponse()

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Hold the connection until the bot lets go."""
        self.socket = socket
        for frame in self.first:
            await socket.send_json(frame)
        self.opened.set()
        async for frame in socket:
            self.acks.put_nowait(json.loads(frame.data))
        self.closed.set()

    async def send(self, *frames: Payload | str) -> None:
        """Send frames, objects as JSON."""
        for frame in frames:
            await self.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))


@pytest.fixture
def lines(slack: SlackStandIn) -> list[Line]:
    """Four connections that Slack will hold, one after the other, each address good for one."""
    made = [Line() for _ in range(4)]
    slack.socket_handlers.extend(line.serve for line in made)
    slack.answers["apps.connections.open"] = lambda _: {"ok": True, "url": f"{slack.url}/socket"}
    return made


def connected(stage: Open, *routers: Router) -> Stage:
    """Return a bot that uses Socket Mode and does not dawdle between attempts."""
    bot = stage(*routers, slack_app_token="xapp-test")
    assert bot.house.sockets is not None
    bot.house.sockets.first_pause = 0
    return bot


async def test_what_slack_sends_is_acknowledged_with_its_answer(
    stage: Open, lines: list[Line]
) -> None:
    """Each envelope gets its own ack, whichever is done first; an empty ack has no payload."""
    router, may_go_on = asking()
    bot = connected(stage, router)
    await bot.house.start()

    await lines[0].send(typed("/slow"), typed("/quick"), "not json", "[1]", {"type": "strange"})
    assert await lines[0].acks.get() == {"envelope_id": "/quick", "payload": {"text": "quick"}}
    may_go_on.set()
    assert await lines[0].acks.get() == {"envelope_id": "/slow", "payload": {"text": "slow"}}


async def test_an_unknown_command_is_answered_in_blocks(stage: Open, lines: list[Line]) -> None:
    """A JSON ack travels as an object."""
    await connected(stage, asking()[0]).house.start()

    await lines[0].send(typed("/nope"))

    ack = await lines[0].acks.get()
    assert ack["payload"]["response_type"] == "ephemeral"
    assert ack["payload"]["blocks"][0]["type"] == "section"


async def test_an_event_that_failed_is_not_acknowledged(stage: Open, lines: list[Line]) -> None:
    """Slack delivers it again."""
    await connected(stage, asking()[0]).house.start()
    event = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": {"type": "team_join", "user": {"id": BO}},
    }

    await lines[0].send(
        {"envelope_id": "event", "type": "events_api", "payload": event}, typed("/quick")
    )

    assert (await lines[0].acks.get())["envelope_id"] == "/quick"


async def test_a_new_connection_stands_before_the_old_one_goes(
    stage: Open, lines: list[Line]
) -> None:
    """Slack warns before it closes: what is under way is still acknowledged where it came from."""
    router, may_go_on = asking()
    await connected(stage, router).house.start()

    await lines[0].send(typed("/slow"), {"type": "disconnect", "reason": "warning"})
    await lines[1].opened.wait()
    assert not lines[0].socket.closed
    await lines[1].send(typed("/quick"))
    assert (await lines[1].acks.get())["envelope_id"] == "/quick"
    may_go_on.set()
    assert (await lines[0].acks.get())["envelope_id"] == "/slow"
    await lines[0].closed.wait()


async def test_a_broken_connection_is_replaced(
    stage: Open, slack: SlackStandIn, lines: list[Line]
) -> None:
    """Each attempt asks for an address of its own; what came on the broken line is acknowledged on the next."""
    router, may_go_on = asking()
    await connected(stage, router).house.start()

    await lines[0].send(typed("/slow"), typed("/quick"))
    await lines[0].acks.get()
    await lines[0].socket.close()
    await lines[1].opened.wait()
    may_go_on.set()

    assert (await lines[1].acks.get())["envelope_id"] == "/slow"
    assert len(slack.asked("apps.connections.open")) == 2


async def test_attempts_go_on_until_slack_is_back(
    stage: Open, slack: SlackStandIn, lines: list[Line], caplog: pytest.LogCaptureFixture
) -> None:
    """A running bot never gives up; after five failures it raises its voice, and no token is in the log."""
    bot = connected(stage, asking()[0])
    await bot.house.start()
    opening = slack.answers["apps.connections.open"]
    bad: list[Any] = [
        refusal("invalid_auth"),
        refusal("internal_error"),
        web.Response(text="no Slack at all"),
        {"ok": True, "url": "http://127.0.0.1:1/?ticket=secret"},
    ]
    slack.answers["apps.connections.open"] = lambda call: bad.pop(0) if bad else opening(call)  # type: ignore[operator]
    slack.socket_handlers.appendleft(
        Line({"type": "disconnect", "reason": "too_many_websockets"}).serve
    )
    slack.socket_handlers.appendleft(Line({"type": "disconnect", "reason": "link_disabled"}).serve)

    await lines[0].socket.close()
    await lines[1].opened.wait()

    assert "attempt 6 failed" in caplog.text
    assert "too_many_websockets" in caplog.text
    assert [
        record.levelname for record in caplog.records if "attempt 6" in record.getMessage()
    ] == ["ERROR"]
    assert not any(word in caplog.text for word in ("xapp", "xoxb", "secret", "ticket"))


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type"])
async def test_an_app_token_that_will_never_do_stops_the_start(
    stage: Open, slack: SlackStandIn, code: str
) -> None:
    """One sentence for the operator."""
    slack.answers["apps.connections.open"] = refusal(code)

    with pytest.raises(SettingsWrong, match=rf"SLACK_APP_TOKEN does not work: .*\({code}\)"):
        await connected(stage).house.start()


async def test_stopping_opens_no_new_connection(
    stage: Open, slack: SlackStandIn, lines: list[Line]
) -> None:
    """Slack may end the connection while the last answer is under way; nobody is left to read another."""
    router, may_go_on = asking()
    bot = connected(stage, router)
    await bot.house.start()
    await lines[0].send(typed("/slow"), typed("/quick"))
    await lines[0].acks.get()

    stopping = asyncio.create_task(bot.house.stop())
    for _ in range(10):
        await lines[0].send({"type": "disconnect", "reason": "warning"}, typed("/quick"))
        await lines[0].acks.get()
    may_go_on.set()
    await stopping

    assert len(slack.asked("apps.connections.open")) == 1
    assert not lines[1].opened.is_set()


async def test_stopping_answers_what_has_arrived(stage: Open, lines: list[Line]) -> None:
    """What a person has asked is answered before the bot hangs up."""
    router, may_go_on = asking()
    bot = connected(stage, router)
    await bot.house.start()
    await lines[0].send(typed("/slow"), typed("/quick"))
    await lines[0].acks.get()

    stopping = asyncio.create_task(bot.house.stop())
    may_go_on.set()
    await stopping

    assert lines[0].acks.get_nowait()["envelope_id"] == "/slow"
    assert bot.house.sockets is not None
    assert not bot.house.sockets.is_connected
