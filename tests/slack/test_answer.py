"""Answers reach the person: through the response_url, past its end, without the chart that Slack refuses."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_stage import BO, BROKEN, DESK, SlackStandIn, Stage, refusal, said

from bot.blocks import kit
from bot.blocks.kit import Message
from bot.slack.answer import Answer
from bot.slack.connection import Closed
from bot.slack.router import Payload, Router

pytestmark = pytest.mark.asyncio

Open = Callable[..., Stage]
CHART = kit.line_chart("CSAT", ["W40", "W41"], [("CSAT", [91.0, 92.0])])
MESSAGE = Message("CSAT 92.4 %.", [kit.section("*92.4 %*"), CHART])


def answering(how: str) -> Router:
    """Return a router whose command and button answer with one message, in one of the three ways."""
    router = Router()

    @router.command("/kpi", description="KPIs")
    @router.action("kpi")
    @router.shortcut("kpi", name="KPIs", description="KPIs")
    async def show(ack: AsyncAck, answer: Answer) -> None:
        ways = {"privately": answer, "share": answer.share, "replace": answer.replace}
        await ways[how](MESSAGE)
        await ack()

    return router


def kinds(message: Payload) -> list[str]:
    """Return the kinds of blocks of a message."""
    return [block["type"] for block in message["blocks"]]


async def test_an_answer_is_private(stage: Open, slack: SlackStandIn) -> None:
    """What a command says goes to the person who typed it, text and blocks."""
    response = await stage(answering("privately")).command("/kpi")

    assert (response.status, response.body) == (200, "")
    [message] = slack.asked("respond")
    assert message["response_type"] == "ephemeral"
    assert message["text"] == "CSAT 92.4 %."
    assert kinds(message) == ["section", "data_visualization"]
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)


async def test_a_shared_answer_is_for_everybody_and_leaves_the_private_one(
    stage: Open, slack: SlackStandIn
) -> None:
    """Share here posts in the channel, whether or not the bot is in it."""
    await stage(answering("share")).press("kpi")

    [message] = slack.asked("respond")
    assert (message["response_type"], message["replace_original"]) == ("in_channel", False)


async def test_an_answer_to_a_press_in_a_thread_stays_there(
    stage: Open, slack: SlackStandIn
) -> None:
    """A button in a thread is answered in the thread."""
    container = {"type": "message", "message_ts": "7.7", "thread_ts": "5.5", "channel_id": DESK}

    await stage(answering("privately")).press("kpi", container=container)

    assert slack.asked("respond")[0]["thread_ts"] == "5.5"


async def test_an_answer_to_a_press_above_a_thread_is_seen_in_the_channel(
    stage: Open, slack: SlackStandIn
) -> None:
    """Slack calls a message with replies its own thread; what only one person sees would be hidden in there."""
    container = {"type": "message", "message_ts": "7.7", "thread_ts": "7.7", "channel_id": DESK}

    await stage(answering("privately")).press("kpi", container=container)

    assert "thread_ts" not in slack.asked("respond")[0]


async def test_a_replacing_answer_takes_the_place_of_the_message(
    stage: Open, slack: SlackStandIn
) -> None:
    """A button can change the message that it belongs to; a command has none, and is answered."""
    bot = stage(answering("replace"))
    await bot.press("kpi")
    await bot.command("/kpi")

    pressed, typed = slack.asked("respond")
    assert pressed["replace_original"] is True
    assert "response_type" not in pressed
    assert (typed["replace_original"], typed["response_type"]) == (False, "ephemeral")


@pytest.mark.parametrize(
    "refused",
    [
        (400, "invalid_blocks"),
        (200, '{"ok":false,"error":"invalid_blocks"}'),
        (400, "invalid_blocks_format"),
    ],
)
@pytest.mark.parametrize("how", ["privately", "share", "replace"])
async def test_a_chart_that_slack_refuses_is_left_out(
    stage: Open, slack: SlackStandIn, how: str, refused: tuple[int, str]
) -> None:
    """The same message comes again without its chart."""
    slack.response_url_answers.append(refused)

    await stage(answering(how)).press("kpi")

    first, second = slack.asked("respond")
    assert (kinds(first), kinds(second)) == (["section", "data_visualization"], ["section"])
    assert first["text"] == second["text"]


async def test_blocks_that_slack_refuses_altogether_leave_the_text(
    stage: Open, slack: SlackStandIn
) -> None:
    """The text tells the whole news, so an answer is never lost to a block."""
    slack.response_url_answers.extend([(400, "invalid_blocks"), (400, "invalid_blocks")])

    await stage(answering("privately")).command("/kpi")

    last = slack.asked("respond")[-1]
    assert (last["text"], last["blocks"]) == ("CSAT 92.4 %.", [])


@pytest.mark.parametrize(
    "spent", [(404, "used_url"), (404, "expired_url"), (500, "<html>"), (0, "")]
)
async def test_past_the_response_url_the_answer_goes_through_the_api(
    stage: Open, slack: SlackStandIn, spent: tuple[int, str]
) -> None:
    """Five answers and thirty minutes later the person still reads the answer, privately."""
    slack.response_url_answers.append(spent)
    slack.answers["chat.postEphemeral"] = lambda call: (
        refusal("invalid_blocks") if len(call["blocks"]) > 1 else {"ok": True}
    )

    await stage(answering("privately")).press("kpi")

    first, second = slack.asked("chat.postEphemeral")
    assert (first["channel"], first["user"]) == (DESK, BO)
    assert (kinds(first), kinds(second)) == (["section", "data_visualization"], ["section"])
    assert not slack.asked("chat.postMessage")


async def test_where_the_bot_is_not_in_the_channel_the_answer_comes_as_a_direct_message(
    stage: Open, slack: SlackStandIn
) -> None:
    """The last way to a person are their own messages."""
    slack.response_url_answers.append((404, "used_url"))
    slack.answers["chat.postEphemeral"] = refusal("not_in_channel")

    await stage(answering("privately")).press("kpi")

    [message] = slack.asked("chat.postMessage")
    assert message["channel"] == BO


async def test_a_shortcut_is_answered_in_direct_messages(stage: Open, slack: SlackStandIn) -> None:
    """Where there is no channel, an answer goes to the person."""
    await stage(answering("privately")).interact("shortcut", callback_id="kpi")

    assert [message["channel"] for message in slack.asked("chat.postMessage")] == [BO]


async def test_a_share_past_the_response_url_is_posted(stage: Open, slack: SlackStandIn) -> None:
    """The bot posts in the channel itself."""
    slack.response_url_answers.append((404, "used_url"))

    await stage(answering("share")).press("kpi")

    assert [message["channel"] for message in slack.asked("chat.postMessage")] == [DESK]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("not_in_channel", "Invite me"),
        ("is_archived", "archived"),
        ("restricted_action", "Only some people"),
        ("some_new_code", "some_new_code"),
    ],
)
async def test_a_share_that_cannot_be_is_explained(
    stage: Open, slack: SlackStandIn, code: str, words: str
) -> None:
    """The person reads why, and what would work."""
    slack.response_url_answers.append((404, "used_url"))
    slack.answers["chat.postMessage"] = refusal(code)

    await stage(answering("share")).press("kpi")

    assert words in slack.asked("respond")[-1]["text"]


async def test_nothing_public_is_sent_twice(stage: Open, slack: SlackStandIn) -> None:
    """When nobody knows whether a share arrived, it is not sent again: the person is asked to look."""
    slack.response_url_answers.append((0, ""))

    await stage(answering("share")).press("kpi")

    first, told = slack.asked("respond")
    assert (first["response_type"], told["response_type"]) == ("in_channel", "ephemeral")
    assert "Look in the channel" in told["text"]
    assert not slack.asked("chat.postMessage")


async def test_a_broken_connection_does_not_make_a_post_happen_twice(
    stage: Open, slack: SlackStandIn
) -> None:
    """slack_sdk's own habit would send it again; only a harmless question is asked again."""
    slack.response_url_answers.append((404, "used_url"))
    slack.answers["chat.postMessage"] = slack.answers["auth.test"] = BROKEN

    await stage(answering("share")).press("kpi")

    assert len(slack.asked("chat.postMessage")) == 1
    assert len(slack.asked("auth.test")) == 2
    assert "Look in the channel" in slack.asked("respond")[-1]["text"]


async def test_a_command_whose_answer_arrives_nowhere_says_so(
    stage: Open, slack: SlackStandIn
) -> None:
    """The last word is the ack itself: it does not claim that nothing was done."""
    slack.response_url_answers.append((404, "used_url"))
    slack.answers["chat.postEphemeral"] = slack.answers["chat.postMessage"] = refusal(
        "account_inactive"
    )

    seen = said(await stage(answering("privately")).command("/kpi"))

    assert seen["text"].startswith("Slack did not take my answer (reference ")


async def test_a_spent_response_url_replaces_through_the_api(
    stage: Open, slack: SlackStandIn
) -> None:
    """The message that carried the button is edited; an ephemeral one cannot be, and is answered beside."""
    slack.response_url_answers.extend([(404, "used_url"), (404, "used_url")])
    bot = stage(answering("replace"))

    await bot.press("kpi")
    await bot.press(
        "kpi", container={"message_ts": "8.8", "channel_id": DESK, "is_ephemeral": True}
    )

    assert [(call["channel"], call["ts"]) for call in slack.asked("chat.update")] == [(DESK, "7.7")]
    assert len(slack.asked("chat.postEphemeral")) == 1


@pytest.mark.parametrize("how", ["privately", "share", "replace"])
async def test_an_answer_that_came_too_soon_is_sent_once_more(
    stage: Open, slack: SlackStandIn, how: str
) -> None:
    """Slack took nothing the first time; the answer keeps its place."""
    slack.response_url_answers.append((429, "ratelimited"))

    response = await stage(answering(how)).press("kpi")

    first, second = slack.asked("respond")
    assert first == second
    assert response.status == 200
    assert not any(method.startswith(("chat.", "views.")) for method, _ in slack.calls)


async def test_the_pause_is_the_one_slack_asks_for(stage: Open, slack: SlackStandIn) -> None:
    """Not a moment sooner."""
    slack.response_url_answers.append((429, "ratelimited"))
    slack.retry_after, began = "1", asyncio.get_running_loop().time()

    await stage(answering("privately")).press("kpi")

    assert asyncio.get_running_loop().time() - began >= 1
    assert len(slack.asked("respond")) == 2


def too_soon_at_first(method: str, slack: SlackStandIn) -> None:
    """Let Slack refuse the first call of a method for coming too soon."""
    slack.answers[method] = lambda _: (
        web.json_response(refusal("ratelimited"), status=429, headers={"Retry-After": "0"})
        if len(slack.asked(method)) == 1
        else {"ok": True}
    )


@pytest.mark.parametrize(
    ("how", "method"), [("privately", "chat.postEphemeral"), ("share", "chat.postMessage")]
)
async def test_the_web_api_is_called_once_more_when_it_asks_for_a_pause(
    stage: Open, slack: SlackStandIn, how: str, method: str
) -> None:
    """An answer does not move to another place because the first one was busy."""
    slack.response_url_answers.append((404, "used_url"))
    too_soon_at_first(method, slack)

    await stage(answering(how)).press("kpi")

    chats = [name for name, _ in slack.calls if name.startswith("chat.")]
    assert chats == [method, method]
    assert [call["channel"] for call in slack.asked(method)] == [DESK, DESK]
    assert len(slack.asked("respond")) == 1


async def test_a_share_that_stays_too_soon_is_posted_nowhere_else(
    stage: Open, slack: SlackStandIn
) -> None:
    """The channel is busy for everybody; the person reads that nothing was shared."""
    slack.response_url_answers.extend([(429, "ratelimited"), (429, "ratelimited")])

    await stage(answering("share")).press("kpi")

    *_, told = slack.asked("respond")
    assert told["response_type"] == "ephemeral"
    assert "nothing was shared" in told["text"]
    assert not slack.asked("chat.postMessage")


async def test_a_late_answer_opens_nothing_again(stage: Open, slack: SlackStandIn) -> None:
    """A handler that outlives the bot still answers, without a session that nobody would close."""
    router, may_go_on = Router(), asyncio.Event()

    @router.command("/slow", description="Waits")
    async def slow(answer: Answer) -> None:
        await may_go_on.wait()
        await answer(MESSAGE)

    house = (bot := stage(router, patience_seconds=0.01)).house
    await bot.command("/slow")
    await house.connection.close()
    may_go_on.set()
    await house.door.settle(5)

    assert house.connection.client.session is None
    with pytest.raises(Closed):
        _ = house.connection.session
    assert len(slack.asked("chat.postEphemeral")) == 1
