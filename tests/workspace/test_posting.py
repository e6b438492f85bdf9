"""Messages of the app: where they may go, what they become, who sees them."""

from datetime import UTC, datetime

import pytest
from freezegun import freeze_time
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from workspace_stage import (
    ANA,
    BO,
    BOARD,
    CY,
    DESK,
    DI,
    GONE,
    LOUNGE,
    NEWS,
    OLD,
    SCOPES,
    button,
    manifest,
    real_client,
    refusal_of,
)

from bot.workspace.server import PracticeSlack


@pytest.mark.asyncio
async def test_a_message_is_echoed_with_what_slack_adds(client: AsyncWebClient) -> None:
    """The answer holds the message, its ts, and a block id for every block."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "hi"}}
    posted = await client.chat_postMessage(channel=DESK, text="hi", blocks=[section])
    assert posted["channel"] == DESK
    assert posted["message"]["text"] == "hi"
    assert posted["message"]["blocks"][0]["block_id"]
    assert posted["message"]["bot_id"] == "B0PRACTICE"


@pytest.mark.asyncio
async def test_ts_rises_while_the_clock_stands_still(client: AsyncWebClient) -> None:
    """Every ts is new and later, also at one frozen moment."""
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True):
        stamps = [(await client.chat_postMessage(channel=DESK, text="x"))["ts"] for _ in range(3)]
    assert stamps == ["1795426200.000000", "1795426200.000001", "1795426200.000002"]


@pytest.mark.asyncio
async def test_a_persons_id_opens_the_direct_conversation(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Posting to a person returns the conversation's own id, the same one every time."""
    first = await client.chat_postMessage(channel=ANA, text="hello")
    second = await client.chat_postMessage(channel=ANA, text="again")
    opened = await client.conversations_open(users=ANA)
    assert first["channel"].startswith("D")
    assert first["channel"] == second["channel"] == opened["channel"]["id"]
    assert opened["already_open"] is True
    assert [m["text"] for m in slack.seen(ANA, first["channel"])] == ["hello", "again"]
    assert slack.seen(BO, first["channel"]) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (LOUNGE, "not_in_channel"),
        (BOARD, "channel_not_found"),
        (OLD, "is_archived"),
        (NEWS, "restricted_action"),
        ("C0NOWHERE", "channel_not_found"),
        (GONE, "channel_not_found"),
        (DI, "channel_not_found"),
        ("U0PRACTICE", "cannot_dm_bot"),
    ],
)
async def test_where_the_app_may_not_post(client: AsyncWebClient, channel: str, code: str) -> None:
    """Each closed door has Slack's own word."""
    assert await refusal_of(client.chat_postMessage(channel=channel, text="x")) == code


@pytest.mark.asyncio
async def test_a_public_channel_needs_membership_or_a_scope(slack: PracticeSlack) -> None:
    """With chat:write.public the app posts where it is not a member; history stays closed."""
    slack.install(manifest(scopes=[*SCOPES, "chat:write.public"]))
    client = real_client(slack)
    assert (await client.chat_postMessage(channel="#lounge", text="x"))["channel"] == LOUNGE
    assert await refusal_of(client.conversations_history(channel=LOUNGE)) == "not_in_channel"


@pytest.mark.asyncio
async def test_the_messages_tab_may_be_off(slack: PracticeSlack) -> None:
    """An app without a Messages tab writes to nobody directly."""
    slack.install(manifest(app_home={"messages_tab_enabled": False}))
    refused = refusal_of(real_client(slack).chat_postMessage(channel=ANA, text="x"))
    assert await refused == "messages_tab_disabled"


@pytest.mark.asyncio
async def test_a_missing_scope_is_named(slack: PracticeSlack) -> None:
    """The refusal says what is needed and what was granted."""
    slack.install(manifest(scopes=["commands", "users:read"]))
    with pytest.raises(SlackApiError) as refused:
        await real_client(slack).chat_postMessage(channel=DESK, text="x")
    answer = refused.value.response
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "chat:write"
    assert answer["provided"] == "commands,users:read"


@pytest.mark.asyncio
async def test_an_ephemeral_message_is_for_one_person(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """One person sees it, history does not, and no method can change it."""
    whispered = await client.chat_postEphemeral(channel=DESK, user=ANA, text="psst")
    ts = whispered["message_ts"]
    assert [m["text"] for m in slack.seen(ANA, DESK)] == ["psst"]
    assert slack.seen(BO, DESK) == []
    assert (await client.conversations_history(channel=DESK))["messages"] == []
    assert await refusal_of(client.chat_update(channel=DESK, ts=ts, text="y")) == (
        "message_not_found"
    )
    stranger = client.chat_postEphemeral(channel=DESK, user=GONE, text="psst")
    assert await refusal_of(stranger) == "user_not_in_channel"


@pytest.mark.asyncio
async def test_a_message_is_changed_and_taken_away(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """The app changes its own messages, not other people's."""
    ts = (await client.chat_postMessage(channel=DESK, text="one", blocks=[button()]))["ts"]
    await client.chat_update(channel=DESK, ts=ts, text="two")
    seen = slack.seen(BO, DESK)[0]
    assert seen["text"] == "two"
    assert seen["blocks"]  # blocks that are not mentioned stay
    assert seen["edited"]["user"] == slack.app.bot_user
    await slack.acts.say(ANA, DESK, "mine")
    theirs = slack.seen(ANA, DESK)[-1]["ts"]
    assert await refusal_of(client.chat_update(channel=DESK, ts=theirs, text="x")) == (
        "cant_update_message"
    )
    assert await refusal_of(client.chat_delete(channel=DESK, ts=theirs)) == "cant_delete_message"
    await client.chat_delete(channel=DESK, ts=ts)
    assert [m["text"] for m in slack.seen(BO, DESK)] == ["mine"]


@pytest.mark.asyncio
async def test_too_long_and_empty_texts(client: AsyncWebClient) -> None:
    """Posting cuts at 40,000 characters and says so; updating refuses above 4,000."""
    posted = await client.chat_postMessage(channel=DESK, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert posted["warning"] == "message_truncated"
    update = client.chat_update(channel=DESK, ts=posted["ts"], text="x" * 4_001)
    assert await refusal_of(update) == "msg_too_long"
    assert await refusal_of(client.api_call("chat.postMessage", json={"channel": DESK})) == (
        "no_text"
    )


@pytest.mark.asyncio
async def test_threads_count_their_replies(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """A reply stands in its thread only; the parent knows how many there are, and by whom."""
    parent = (await client.chat_postMessage(channel=DESK, text="parent"))["ts"]
    await client.chat_postMessage(channel=DESK, text="reply", thread_ts=parent)
    await slack.acts.say(BO, DESK, "answer", thread_ts=parent)
    shown = slack.seen(ANA, DESK)
    thread = slack.acts.thread(ANA, DESK, parent)
    replies = await client.conversations_replies(channel=DESK, ts=parent)
    assert [m["text"] for m in shown] == ["parent"]
    assert (shown[0]["reply_count"], shown[0]["reply_users"]) == (2, [slack.app.bot_user, BO])
    assert [m["text"] for m in thread] == ["parent", "reply", "answer"]
    assert [m["text"] for m in replies["messages"]] == ["parent", "reply", "answer"]
    lost = client.chat_postMessage(channel=DESK, text="x", thread_ts="1.000000")
    assert await refusal_of(lost) == "thread_not_found"


@pytest.mark.asyncio
async def test_a_reply_may_be_shown_in_the_channel_too(client: AsyncWebClient) -> None:
    """It stands in the thread and in history, and says what it is."""
    parent = (await client.chat_postMessage(channel=DESK, text="parent"))["ts"]
    for text, is_shown in (("quiet", False), ("loud", True)):
        await client.chat_postMessage(
            channel=DESK, text=text, thread_ts=parent, reply_broadcast=is_shown
        )

    history = (await client.conversations_history(channel=DESK))["messages"]
    thread = (await client.conversations_replies(channel=DESK, ts=parent))["messages"]

    assert [one["text"] for one in history] == ["loud", "parent"]
    assert [one["text"] for one in thread] == ["parent", "quiet", "loud"]
    assert (history[0]["subtype"], history[0]["thread_ts"]) == ("thread_broadcast", parent)


@pytest.mark.asyncio
async def test_metadata_comes_back_when_asked_for(client: AsyncWebClient) -> None:
    """History carries metadata only on request: that is how a lost message is found again."""
    key = {"event_type": "promise", "event_payload": {"key": "42"}}
    await client.chat_postMessage(channel=DESK, text="x", metadata=key)
    plain = await client.conversations_history(channel=DESK)
    full = await client.conversations_history(channel=DESK, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == key
    wrong = client.chat_postMessage(channel=DESK, text="x", metadata={"event_type": ""})
    assert await refusal_of(wrong) == "invalid_metadata_format"


@pytest.mark.asyncio
async def test_history_is_paged_and_cut_by_time(client: AsyncWebClient) -> None:
    """Newest first, page by page, between two moments."""
    stamps = [(await client.chat_postMessage(channel=DESK, text=str(n)))["ts"] for n in range(5)]
    pages = [
        [m["text"] for m in page["messages"]]
        async for page in await client.conversations_history(channel=DESK, limit=2)
    ]
    middle = await client.conversations_history(channel=DESK, oldest=stamps[1], latest=stamps[3])
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert [m["text"] for m in middle["messages"]] == ["2"]


@pytest.mark.asyncio
async def test_arguments_come_in_any_of_three_forms(client: AsyncWebClient) -> None:
    """JSON, a form and a query say the same."""
    call = client.api_call
    await call("chat.postMessage", json={"channel": DESK, "text": "json"})
    await call("chat.postMessage", data={"channel": DESK, "text": "form", "blocks": "[]"})
    await call("chat.postMessage", http_verb="GET", params={"channel": DESK, "text": "query"})
    history = await client.conversations_history(channel=DESK)
    assert [m["text"] for m in history["messages"]] == ["query", "form", "json"]
    wrong = call("chat.postMessage", data={"channel": DESK, "text": "x", "blocks": "[{"})
    assert await refusal_of(wrong) == "invalid_blocks_format"


@pytest.mark.asyncio
async def test_unknown_methods_and_missing_arguments(client: AsyncWebClient) -> None:
    """Both are refused as Slack refuses them."""
    assert await refusal_of(client.api_call("chat.sing")) == "unknown_method"
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("chat.postMessage", json={"text": "x"})
    assert refused.value.response["error"] == "invalid_arguments"
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel"
    ]


@pytest.mark.asyncio
async def test_wrong_blocks_refuse_the_whole_message(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """One bad block and nothing is posted; the refusal points at it."""
    wrong = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=DESK, text="x", blocks=[button(), wrong])
    assert refused.value.response["error"] == "invalid_blocks"
    messages = refused.value.response["response_metadata"]["messages"]
    assert "[json-pointer:/blocks/1/text/text]" in messages[0]
    assert slack.seen(ANA, DESK) == []


@pytest.mark.asyncio
async def test_people_write_and_are_counted_as_unread(slack: PracticeSlack) -> None:
    """What others said since one looked is unread; a mention is marked."""
    await slack.acts.say(ANA, DESK, "look @bo & <!channel>")
    desk = slack.workspace.conversations[DESK]
    text = slack.seen(BO, DESK)[0]["text"]
    assert text == f"look <@{BO}> &amp; &lt;!channel&gt;"
    assert slack.workspace.unread(BO, desk) == (1, True)
    assert slack.workspace.unread(ANA, desk) == (0, False)
    slack.acts.read(BO, DESK)
    assert slack.workspace.unread(BO, desk) == (0, False)
    assert slack.workspace.can_see(CY, slack.workspace.conversations[LOUNGE]) is False


def test_the_moment_of_the_frozen_clock() -> None:
    """The frozen moment above is the one meant."""
    assert datetime.fromtimestamp(1795426200, UTC).isoformat() == "2026-11-23T09:30:00+00:00"
