"""Socket Mode, as real clients and a real Bolt app meet it."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from workspace_stage import ANA, DESK, Connect, bolt, practice, real_client

from bot.workspace.server import PracticeSlack


async def ticket(slack: PracticeSlack) -> str:
    """Return a fresh Socket Mode address."""
    app = real_client(slack, slack.app.app_token)
    opened = await app.apps_connections_open(app_token=slack.app.app_token)
    return str(opened["url"])


@pytest.mark.asyncio
async def test_command_is_answered_to_one_person(slack: PracticeSlack, connect: Connect) -> None:
    """A person types a command; the app's answer is shown to that person alone."""
    app = bolt(slack)

    @app.command("/kpi")
    async def answer(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"CSAT is fine: {command['text']}")

    await connect(app)
    outcome = await slack.acts.command(ANA, DESK, "/kpi csat")

    assert outcome.ok
    assert [m["text"] for m in outcome.messages] == ["CSAT is fine: csat"]
    assert slack.seen(ANA, DESK)[-1]["ephemeral"] is True
    assert slack.seen("U0BO", DESK) == []


@pytest.mark.asyncio
async def test_private_answers_are_never_too_many(slack: PracticeSlack, connect: Connect) -> None:
    """The channel does not keep them: an ack and a response_url answer however often people ask."""
    slack.limits.channel_burst = 1
    app = bolt(slack)

    @app.command("/kpi")
    async def answer(ack: Any, respond: Any) -> None:
        await respond("first")
        await ack("second")

    await connect(app)
    outcomes = [await slack.acts.command(ANA, DESK, "/kpi") for _ in range(5)]

    assert [outcome.error for outcome in outcomes] == [None] * 5
    assert [m["text"] for m in slack.seen(ANA, DESK)] == ["first", "second"] * 5


@pytest.mark.asyncio
async def test_the_sdk_client_gets_hello_and_envelopes(slack: PracticeSlack) -> None:
    """slack_sdk's own client connects, is greeted, and acknowledges with a payload."""
    client = SocketModeClient(slack.app.app_token, web_client=real_client(slack))
    seen: list[SocketModeRequest] = []

    async def listen(_client: Any, request: SocketModeRequest) -> None:
        seen.append(request)
        answer = SocketModeResponse(request.envelope_id, payload={"text": "heard"})
        await client.send_socket_mode_response(answer)

    client.socket_mode_request_listeners.append(listen)
    await client.connect()
    await slack.sockets.wait_for(1)
    outcome = await slack.acts.command(ANA, DESK, "/kpi")
    await client.close()

    assert [m["text"] for m in outcome.messages] == ["heard"]
    assert seen[0].type == "slash_commands"
    assert seen[0].accepts_response_payload is True
    assert [e.name for e in slack.traffic.entries if e.kind == "socket"] == ["hello"]


@pytest.mark.asyncio
async def test_a_ticket_opens_one_connection(slack: PracticeSlack) -> None:
    """The address of a connection is good once, and greets with its number."""
    url = await ticket(slack)
    async with ClientSession() as session, session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        second = await session.get(url.replace("ws", "http", 1))

    assert hello["type"] == "hello"
    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": slack.app.app_id}
    assert second.status == 404


@pytest.mark.asyncio
async def test_the_eleventh_connection_is_refused(slack: PracticeSlack) -> None:
    """Ten connections an app; one more is told why and closed."""
    async with ClientSession() as session:
        sockets = [await session.ws_connect(await ticket(slack)) for _ in range(10)]
        await slack.sockets.wait_for(10)
        extra = await session.ws_connect(await ticket(slack))
        told = await extra.receive_json()
        end = await extra.receive()
        for socket in sockets:
            await socket.close()

    assert told["reason"] == "too_many_websockets"
    assert end.type is WSMsgType.CLOSE


@pytest.mark.asyncio
async def test_each_envelope_goes_to_exactly_one_connection() -> None:
    """Two connections, three commands: three envelopes in all."""
    async with practice(ack_timeout=0.05) as slack, ClientSession() as session:
        sockets = [await session.ws_connect(await ticket(slack)) for _ in range(2)]
        for socket in sockets:
            await socket.receive_json()
        await asyncio.gather(*(slack.acts.command(ANA, DESK, f"/kpi {n}") for n in range(3)))
        await slack.sockets.close()
        texts = [frame["payload"]["text"] for s in sockets for frame in await _frames(s)]

    assert sorted(texts) == ["0", "1", "2"]


async def _frames(socket: Any) -> list[Any]:
    return [frame.json() async for frame in socket]


@pytest.mark.asyncio
async def test_no_ack_in_time_is_said_in_slacks_words() -> None:
    """A listener that never acknowledges leaves the person with Slack's sentence."""
    async with practice(ack_timeout=0.02) as slack, ClientSession() as session:
        socket = await session.ws_connect(await ticket(slack))
        await slack.sockets.wait_for(1)
        outcome = await slack.acts.command(ANA, DESK, "/kpi csat")
        await socket.close()

    assert outcome.ok is False
    assert outcome.error == (
        "/kpi failed because the app did not respond. "
        "Please try again or contact the app developer."
    )


@pytest.mark.asyncio
async def test_no_connection_is_a_failed_dispatch(slack: PracticeSlack) -> None:
    """Nobody is connected: the person is told at once."""
    outcome = await slack.acts.command(ANA, DESK, "/kpi")
    assert outcome.error == '/kpi failed with the error "dispatch_failed"'


@pytest.mark.asyncio
async def test_an_unknown_command_is_slackbots_business(slack: PracticeSlack) -> None:
    """A command that no app has never reaches the app."""
    outcome = await slack.acts.command(ANA, DESK, "/nope x")
    assert outcome.ok is False
    assert str(outcome.error).startswith("/nope is not a valid command.")
    assert len(slack.traffic.entries) == 0


@pytest.mark.asyncio
async def test_an_unanswered_event_comes_again_and_says_so() -> None:
    """Events are retried three times with their number; the id stays the same."""
    async with practice(ack_timeout=0.02) as slack, ClientSession() as session:
        socket = await session.ws_connect(await ticket(slack))
        await socket.receive_json()
        await slack.acts.open_home(ANA)
        await slack.settle()
        await slack.sockets.close()
        frames = await _frames(socket)

    assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2, 3]
    assert {frame["retry_reason"] for frame in frames[1:]} == {"http_timeout"}
    assert len({frame["payload"]["event_id"] for frame in frames}) == 1
    assert frames[0]["accepts_response_payload"] is False


@pytest.mark.asyncio
async def test_an_interaction_is_never_sent_again() -> None:
    """A shortcut nobody acknowledges is sent once."""
    async with practice(ack_timeout=0.02) as slack, ClientSession() as session:
        socket = await session.ws_connect(await ticket(slack))
        await socket.receive_json()
        outcome = await slack.acts.shortcut(ANA, "file")
        await slack.settle()
        await slack.sockets.close()
        frames = await _frames(socket)

    assert outcome.ok is False
    assert [frame["payload"]["type"] for frame in frames] == ["shortcut"]
    assert "retry_attempt" not in frames[0]


@pytest.mark.asyncio
async def test_a_payload_in_the_ack_of_an_event_is_refused(slack: PracticeSlack) -> None:
    """Events may be acknowledged, not answered; frames that are no acks are ignored."""
    async with ClientSession() as session:
        socket = await session.ws_connect(await ticket(slack))
        await socket.receive_json()
        opening = asyncio.create_task(slack.acts.open_home(ANA))
        frame = await socket.receive_json()
        for nonsense in ("{", "[]", '{"envelope_id": "unknown"}'):
            await socket.send_str(nonsense)
        await socket.send_json({"envelope_id": frame["envelope_id"], "payload": {"text": "no"}})
        await opening
        await socket.close()

    assert slack.traffic.entries[-1].status == "ack, payload refused"


@pytest.mark.asyncio
async def test_a_warning_makes_the_client_come_back(slack: PracticeSlack) -> None:
    """The client reconnects on the warning; nobody notices."""
    app = SocketModeClient(slack.app.app_token, web_client=real_client(slack))

    async def listen(_client: Any, request: SocketModeRequest) -> None:
        await app.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    app.socket_mode_request_listeners.append(listen)
    await app.connect()
    await slack.sockets.wait_for(1)
    await slack.sockets.warn()
    await slack.sockets.wait_for_change()  # the client hangs up, as it should
    await slack.sockets.wait_for(1)
    outcome = await slack.acts.command(ANA, DESK, "/kpi")
    await app.close()

    assert outcome.ok
    names = [e.name for e in slack.traffic.entries if e.kind == "socket"]
    assert names == ["hello", "disconnect", "hello"]


@pytest.mark.asyncio
async def test_a_connection_that_breaks_fails_what_was_on_it(slack: PracticeSlack) -> None:
    """The person is told at once; nobody waits for the time-out."""
    async with ClientSession() as session:
        socket = await session.ws_connect(await ticket(slack))
        await socket.receive_json()
        typing = asyncio.create_task(slack.acts.command(ANA, DESK, "/kpi"))
        await socket.receive_json()
        await slack.sockets.break_off()
        outcome = await typing
        await socket.close()

    assert outcome.error == '/kpi failed with the error "dispatch_failed"'


@pytest.mark.asyncio
async def test_tokens_open_only_their_own_doors(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """A bot token opens no connection, and an app token posts nothing."""
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token=slack.app.bot_token)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await real_client(slack, slack.app.app_token).auth_test()
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await real_client(slack, "xoxb-somebody-else").auth_test()


@pytest.mark.asyncio
async def test_duplicates_arrive_twice(slack: PracticeSlack, connect: Connect) -> None:
    """On a bad day the same payload comes twice, with the same trigger id."""
    app, triggers = bolt(slack), []

    @app.command("/kpi")
    async def answer(ack: Any, command: dict[str, Any]) -> None:
        triggers.append(command["trigger_id"])
        await ack()

    await connect(app)
    slack.chaos.duplicate()
    await slack.acts.command(ANA, DESK, "/kpi")
    await slack.acts.command(ANA, DESK, "/kpi")

    assert len(triggers) == 3
    assert triggers[0] == triggers[1] != triggers[2]
