"""What people do with messages: presses, choices, suggestions, shortcuts, reactions; and what response URLs allow."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from freezegun import freeze_time
from slack_sdk.web.async_client import AsyncWebClient
from workspace_stage import ANA, BO, CY, DESK, DI, Connect, bolt, button, field, modal, real_client

from bot.workspace.inputs import SHAPES
from bot.workspace.outcome import Kind
from bot.workspace.refusal import NoSuchThing
from bot.workspace.server import PracticeSlack

Payload = dict[str, Any]


async def post(url: str, **payload: Any) -> tuple[int, str]:
    """Post to a response URL."""
    async with ClientSession() as session, session.post(url, json=payload) as answer:
        return answer.status, await answer.text()


@pytest.mark.asyncio
async def test_a_press_carries_who_where_and_what(slack: PracticeSlack, connect: Connect) -> None:
    """The app hears of the button, the message and the person, whose team is their own."""
    app, heard = bolt(slack), []

    @app.action("go")
    async def go(ack: Any, body: Payload, respond: Any) -> None:
        heard.append(body)
        await respond(text="done", replace_original=True)
        await ack()

    await connect(app)
    sent = await real_client(slack).chat_postMessage(channel=DESK, text="x", blocks=[button()])
    outcome = await slack.acts.press(DI, {"channel": DESK, "ts": sent["ts"]}, "go")

    body = heard[0]
    assert outcome.ok
    assert body["actions"][0]["value"] == "1"
    assert body["container"] == {
        "type": "message",
        "message_ts": sent["ts"],
        "channel_id": DESK,
        "is_ephemeral": False,
    }
    assert (body["user"]["team_id"], body["team"]["id"]) == ("T0OTHER", "T0PRACTICE")
    assert body["message"]["text"] == "x"
    assert [(m["text"], "blocks" in m) for m in slack.seen(BO, DESK)] == [("done", False)]
    assert [m["text"] for m in outcome.messages] == ["done"]


@pytest.mark.asyncio
async def test_an_ephemeral_source_comes_without_its_content(
    slack: PracticeSlack, connect: Connect
) -> None:
    """The app gets the ts only; a response URL replaces and deletes what nothing else can."""
    app, heard = bolt(slack), []

    @app.action("go")
    async def go(ack: Any, body: Payload) -> None:
        heard.append(body)
        await ack()

    await connect(app)
    client = real_client(slack)
    await client.chat_postEphemeral(channel=DESK, user=CY, text="psst", blocks=[button()])
    whisper = slack.seen(CY, DESK)[0]
    await slack.acts.press(CY, whisper, "go")
    url = heard[0]["response_url"]
    assert "text" not in heard[0]["message"]
    assert heard[0]["container"]["is_ephemeral"] is True

    assert await post(url, replace_original="true", text="changed") == (200, "ok")
    assert [(m["text"], m["ephemeral"]) for m in slack.seen(CY, DESK)] == [("changed", True)]
    assert await post(url, delete_original=True) == (200, "ok")
    assert slack.seen(CY, DESK) == []
    with pytest.raises(NoSuchThing):
        await slack.acts.press(BO, whisper, "go")


@pytest.mark.asyncio
async def test_a_response_url_takes_five_posts_in_thirty_minutes(
    slack: PracticeSlack, connect: Connect
) -> None:
    """The sixth post is refused, and so is a late one; both work outside the app's channels."""
    app, urls = bolt(slack), []

    @app.command("/kpi")
    async def answer(ack: Any, command: Payload) -> None:
        urls.append(command["response_url"])
        await ack()

    await connect(app)
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True) as frozen:
        await slack.acts.command(ANA, "C0LOUNGE", "/kpi")
        answers = [await post(urls[0], text=str(n)) for n in range(6)]
        await slack.acts.command(ANA, "C0LOUNGE", "/kpi")
        frozen.tick(timedelta(minutes=31))
        late = await post(urls[1], text="late")

    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert late == (404, "expired_url")
    assert [m["ephemeral"] for m in slack.seen(ANA, "C0LOUNGE")] == [True] * 5
    assert await post(f"{slack.url}/hooks/commands/nobody", text="x") == (404, "invalid_url")


@pytest.mark.asyncio
async def test_a_response_url_speaks_in_the_channel_and_in_threads(
    slack: PracticeSlack, connect: Connect
) -> None:
    """`in_channel` is for everybody; the press came from a thread, so the answer goes there."""
    app, urls = bolt(slack), []

    @app.action("go")
    async def go(ack: Any, body: Payload) -> None:
        urls.append(body["response_url"])
        await ack()

    await connect(app)
    client = real_client(slack)
    parent = (await client.chat_postMessage(channel=DESK, text="parent"))["ts"]
    reply = await client.chat_postMessage(
        channel=DESK, text="reply", thread_ts=parent, blocks=[button()]
    )
    await slack.acts.press(ANA, {"channel": DESK, "ts": reply["ts"]}, "go")
    await post(urls[0], text="out loud", response_type="in_channel", replace_original=False)

    assert [m["text"] for m in slack.seen(BO, DESK)] == ["parent"]
    assert [m["text"] for m in slack.acts.thread(BO, DESK, parent)][-1] == "out loud"
    assert (await post(urls[0]))[0] == 400


@pytest.mark.asyncio
async def test_a_person_chooses_in_every_kind_of_element(
    slack: PracticeSlack, connect: Connect
) -> None:
    """The action and the state say the same, each in its element's own shape."""
    app, heard = bolt(slack), []

    @app.action("it")
    async def it(ack: Any, body: Payload) -> None:
        heard.append(body)
        await ack()

    await connect(app)
    options = [_option("a"), _option("b")]
    elements: dict[str, tuple[Payload, object, object]] = {
        "static_select": ({"options": options}, "b", {"text": _text("B"), "value": "b"}),
        "multi_static_select": ({"options": options}, ["a"], [_option("a")]),
        "checkboxes": ({"options": options}, ["a", "b"], options),
        "users_select": ({}, BO, BO),
        "multi_conversations_select": ({}, [DESK], [DESK]),
        "datepicker": ({}, "2026-11-23", "2026-11-23"),
        "datetimepicker": ({}, 1795426200, 1795426200),
    }
    for kind, (extra, choose, said) in elements.items():
        element = {"type": kind, "action_id": "it", **extra}
        blocks = [{"type": "actions", "block_id": "row", "elements": [element]}]
        sent = await real_client(slack).chat_postMessage(channel=DESK, text=kind, blocks=blocks)
        where = {"channel": DESK, "ts": sent["ts"]}
        assert (await slack.acts.press(ANA, where, "it", choose)).ok
        key = SHAPES[kind].key
        action, state = heard[-1]["actions"][0], heard[-1]["state"]["values"]["row"]["it"]
        assert _plain(action[key]) == _plain(state[key]) == _plain(said), kind
        assert state["type"] == action["type"] == kind


@pytest.mark.asyncio
async def test_an_input_tells_the_app_only_where_asked(
    slack: PracticeSlack, connect: Connect
) -> None:
    """Typing into an ordinary input stays in the form; with dispatch_action it is told at once."""
    app, heard = bolt(slack), []

    @app.action("it")
    async def it(ack: Any, body: Payload) -> None:
        heard.append(body["view"]["state"]["values"])
        await ack()

    await connect(app)
    trigger = slack.parts.passes.mint_trigger(ANA)
    view = modal(field("quiet"), field("loud", dispatch_action=True))
    form = (await real_client(slack).views_open(trigger_id=trigger, view=view))["view"]["id"]
    await slack.acts.press(ANA, form, "it", "one", block_id="quiet")
    await slack.acts.press(ANA, form, "it", "two", block_id="loud")

    assert len(heard) == 1
    assert heard[0]["quiet"]["it"]["value"] == "one"
    assert heard[0]["loud"]["it"]["value"] == "two"


@pytest.mark.asyncio
async def test_a_select_asks_for_its_options(slack: PracticeSlack, connect: Connect) -> None:
    """What is typed goes to the app, and its options come back."""
    app = bolt(slack)

    @app.options("it")
    async def offer(ack: Any, payload: Payload) -> None:
        await ack(options=[_option(payload["value"])])

    await connect(app)
    element = {"type": "external_select", "action_id": "it", "placeholder": _text("Find")}
    trigger = slack.parts.passes.mint_trigger(ANA)
    opened = await real_client(slack).views_open(
        trigger_id=trigger, view=modal(field("who", element))
    )
    outcome = await slack.acts.suggest(ANA, opened["view"]["id"], "it", "ab")
    assert outcome.options == {"options": [_option("ab")]}


@pytest.mark.asyncio
async def test_shortcuts_and_reactions_reach_the_app(
    slack: PracticeSlack, connect: Connect
) -> None:
    """A message shortcut carries its message; a reaction is an event."""
    app, heard = bolt(slack), []

    @app.shortcut("file_as")
    async def file_as(ack: Any, body: Payload) -> None:
        heard.append(body["message"]["text"])
        await ack()

    @app.event("reaction_added")
    async def reacted(event: Payload) -> None:
        heard.append(event["reaction"])

    await connect(app)
    await slack.acts.say(ANA, DESK, "the gateway is down")
    ts = slack.seen(BO, DESK)[-1]["ts"]
    await slack.acts.message_shortcut(BO, "file_as", DESK, ts)
    await slack.acts.react(BO, DESK, ts, "pushpin")
    await slack.acts.react(BO, DESK, ts, "pushpin")

    assert heard == ["the gateway is down", "pushpin"]
    assert slack.seen(CY, DESK)[-1]["reactions"] == [{"name": "pushpin", "users": [BO], "count": 1}]
    await slack.acts.unreact(BO, DESK, ts, "pushpin")
    assert "reactions" not in slack.seen(CY, DESK)[-1]
    with pytest.raises(NoSuchThing):
        await slack.acts.shortcut(ANA, "file_as")


@pytest.mark.asyncio
async def test_mentions_and_direct_messages_are_events(
    slack: PracticeSlack, connect: Connect
) -> None:
    """The app hears what is said to it, once, and nothing of what it says itself."""
    app, heard = bolt(slack), []

    @app.event("app_mention")
    async def mentioned(event: Payload) -> None:
        heard.append(event["text"])

    @app.event("message")
    async def told(event: Payload, say: Any) -> None:
        heard.append(event["channel_type"])
        await say("thanks")

    await connect(app)
    await slack.acts.say(ANA, DESK, "@steward hello")
    await slack.acts.say(ANA, DESK, "nobody hears this")
    direct = slack.workspace.direct(ANA).id
    outcome = await slack.acts.say(ANA, direct, "hello")
    await slack.settle()

    assert heard == ["<@U0PRACTICE> hello", "im"]
    assert [m["text"] for m in outcome.messages] == ["thanks"]


@pytest.mark.asyncio
async def test_should_escape_turns_names_into_ids(slack: PracticeSlack, connect: Connect) -> None:
    """A command that asks for it gets mentions; one that does not gets what was typed."""
    app, texts = bolt(slack), []

    async def take(ack: Any, command: Payload) -> None:
        texts.append(command["text"])
        await ack()

    app.command("/who")(take)
    app.command("/kpi")(take)
    await connect(app)
    await slack.acts.command(ANA, DESK, "/who @bo in #desk @nobody")
    await slack.acts.command(ANA, DESK, "/kpi @bo in #desk <b>")
    assert texts == [f"<@{BO}|bo> in <#{DESK}|desk> @nobody", "@bo in #desk <b>"]


@pytest.mark.asyncio
async def test_five_slow_people_at_once(slack: PracticeSlack, connect: Connect) -> None:
    """Each gets their own answer."""
    app, gate = bolt(slack), asyncio.Event()
    waiting: list[str] = []

    @app.command("/kpi")
    async def answer(ack: Any, command: Payload) -> None:
        waiting.append(command["user_id"])
        if len(waiting) == 5:
            gate.set()
        await gate.wait()
        await ack(command["text"])

    await connect(app)
    typed = [slack.acts.command(ANA, DESK, f"/kpi {n}") for n in range(5)]
    outcomes = await asyncio.gather(*typed)
    assert all(outcome.ok for outcome in outcomes)
    assert sorted(m["text"] for m in slack.seen(ANA, DESK)) == list("01234")


@pytest.mark.asyncio
async def test_hand_made_payloads_pass_the_raw_door(slack: PracticeSlack, connect: Connect) -> None:
    """A replay and a malformed payload arrive as they are; the app's answer comes back."""
    app, heard = bolt(slack), []

    @app.command("/kpi")
    async def answer(ack: Any, body: Payload) -> None:
        heard.append(body["trigger_id"])
        await ack("again")

    await connect(app)
    payload = {"command": "/kpi", "trigger_id": "1.2.ab", "team_id": "T0PRACTICE", "user_id": ANA}
    first = await slack.acts.deliver(Kind.COMMAND, payload)
    second = await slack.acts.deliver("slash_commands", payload)
    assert heard == ["1.2.ab", "1.2.ab"]
    assert first.body == second.body == {"text": "again"}


@pytest.mark.asyncio
async def test_what_is_not_on_the_screen_cannot_be_touched(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """A guest does not see other channels, and nobody presses what is not there."""
    sent = await client.chat_postMessage(channel=DESK, text="x", blocks=[button()])
    for act in (
        slack.acts.command(CY, "C0LOUNGE", "/kpi"),
        slack.acts.say(CY, "C0LOUNGE", "hi"),
        slack.acts.say(ANA, "C0OLD", "hi"),
        slack.acts.press(ANA, {"channel": DESK, "ts": sent["ts"]}, "stop"),
        slack.acts.submit(ANA, "V0"),
    ):
        with pytest.raises(NoSuchThing):
            await act


def _text(text: str) -> Payload:
    return {"type": "plain_text", "text": text}


def _option(value: str) -> Payload:
    return {"text": _text(value.upper()), "value": value}


def _plain(said: Any) -> Any:
    """Return what was said without what Slack adds to text objects."""
    if isinstance(said, list):
        return [_plain(item) for item in said]
    return said["value"] if isinstance(said, dict) else said
