"""The rest of the Web API: people, channels, files, decoration; limits, and bad days."""

from datetime import timedelta

import pytest
from aiohttp import ClientSession, ServerDisconnectedError
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
    SCOPES,
    button,
    manifest,
    modal,
    practice,
    real_client,
    refusal_of,
)

from bot.workspace.server import PracticeSlack


@pytest.mark.asyncio
async def test_the_app_learns_who_it_is(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """auth.test names the bot; the header names its scopes."""
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == (slack.app.bot_user, slack.app.bot_id)
    assert answer["team_id"] == "T0PRACTICE"
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]


@pytest.mark.asyncio
async def test_people_and_their_email(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """Everybody of this workspace is listed; e-mail only with its own scope."""
    people = [p async for page in await client.users_list(limit=2) for p in page["members"]]
    assert [p["id"] for p in people] == [ANA, BO, CY, GONE, slack.app.bot_user]
    ana = (await client.users_info(user=ANA))["user"]
    assert (ana["tz"], ana["profile"]["display_name"]) == ("Europe/Berlin", "Ana")
    assert "email" not in ana["profile"]
    assert (await client.users_info(user=DI))["user"]["team_id"] == "T0OTHER"
    assert await refusal_of(client.users_info(user="U0NOBODY")) == "user_not_found"

    slack.install(manifest(scopes=[*SCOPES, "users:read.email"]))
    assert (await client.users_info(user=ANA))["user"]["profile"]["email"] == "ana@example.com"
    found = await client.users_lookupByEmail(email="BO@example.com")
    assert found["user"]["id"] == BO
    assert await refusal_of(client.users_lookupByEmail(email="x@y.z")) == "users_not_found"


@pytest.mark.asyncio
async def test_user_groups(client: AsyncWebClient) -> None:
    """A group is listed with its handle, and its people all at once."""
    groups = (await client.usergroups_list())["usergroups"]
    assert [(g["id"], g["handle"]) for g in groups] == [("S0DESK", "desk")]
    assert (await client.usergroups_users_list(usergroup="S0DESK"))["users"] == [ANA, BO]
    lost = client.usergroups_users_list(usergroup="S0")
    assert await refusal_of(lost) == "no_such_subteam"


@pytest.mark.asyncio
async def test_conversations_are_listed_as_the_app_sees_them(client: AsyncWebClient) -> None:
    """Public ones all, private ones only from inside, archived ones unless excluded."""
    listed = await client.conversations_list(exclude_archived=True)
    assert [c["name"] for c in listed["channels"]] == ["desk", "lounge", "news"]
    private = await client.conversations_list(types="private_channel")
    assert private["channels"] == []
    info = (await client.conversations_info(channel=DESK, include_num_members=True))["channel"]
    assert (info["is_member"], info["is_ext_shared"], info["num_members"]) == (True, True, 5)
    members = await client.conversations_members(channel=LOUNGE)
    assert members["members"] == [ANA, BO]
    assert await refusal_of(client.conversations_info(channel=BOARD)) == "channel_not_found"
    assert await refusal_of(client.conversations_list(types="rooms")) == "invalid_types"


@pytest.mark.asyncio
async def test_direct_conversations(client: AsyncWebClient) -> None:
    """With one person, or with several; not with accounts that are closed or elsewhere."""
    one = (await client.conversations_open(users=ANA, return_im=True))["channel"]
    several = (await client.conversations_open(users=[ANA, BO]))["channel"]
    again = await client.conversations_open(users=[BO, ANA])
    assert one["user"] == ANA
    assert again["already_open"] is True
    assert again["channel"]["id"] == several["id"]
    assert await refusal_of(client.conversations_open(users=GONE)) == "user_disabled"
    assert await refusal_of(client.conversations_open(users="U0NOBODY")) == "user_not_found"
    assert await refusal_of(client.conversations_open(users=DI)) == "user_not_visible"
    listed = await client.conversations_list(types="im")
    assert [c["id"] for c in listed["channels"]] == [one["id"]]


@pytest.mark.asyncio
async def test_an_incident_channel_from_birth_to_archive(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Create, invite, topic, pin, bookmark, archive; each repeated step has its own word."""
    made = (await client.conversations_create(name="inc-7"))["channel"]["id"]
    assert await refusal_of(client.conversations_create(name="inc-7")) == "name_taken"
    assert await refusal_of(client.conversations_create(name="Inc 7")) == "invalid_name_specials"
    await client.conversations_invite(channel=made, users=[ANA, BO])
    with pytest.raises(SlackApiError) as refused:
        await client.conversations_invite(channel=made, users=[ANA, CY])
    assert refused.value.response["errors"] == [
        {"user": ANA, "ok": False, "error": "already_in_channel"},
        {"user": CY, "ok": False, "error": "ura_max_channels"},
    ]
    await client.conversations_setTopic(channel=made, topic="gateway down")
    long = client.conversations_setTopic(channel=made, topic="x" * 251)
    assert await refusal_of(long) == "too_long"
    ts = (await client.chat_postMessage(channel=made, text="card"))["ts"]
    await client.pins_add(channel=made, timestamp=ts)
    assert await refusal_of(client.pins_add(channel=made, timestamp=ts)) == "already_pinned"
    await client.bookmarks_add(channel_id=made, title="Status", type="link", link="https://s.test")
    (link,) = (await client.bookmarks_list(channel_id=made))["bookmarks"]
    moved = {"channel_id": made, "link": "https://t.test"}
    await client.bookmarks_edit(bookmark_id=link["id"], **moved)
    (changed,) = (await client.bookmarks_list(channel_id=made))["bookmarks"]
    assert (changed["title"], changed["link"]) == ("Status", "https://t.test")
    assert await refusal_of(client.bookmarks_edit(bookmark_id="Bk0", **moved)) == "not_found"
    await client.reactions_add(channel=made, timestamp=ts, name="eyes")
    again = client.reactions_add(channel=made, timestamp=ts, name="eyes")
    assert await refusal_of(again) == "already_reacted"
    looked = await client.reactions_get(channel=made, timestamp=ts)
    assert looked["message"]["reactions"] == [
        {"name": "eyes", "users": [slack.app.bot_user], "count": 1}
    ]
    assert await refusal_of(client.reactions_get(channel=made, timestamp="1.1")) == (
        "message_not_found"
    )
    await client.conversations_archive(channel=made)
    assert await refusal_of(client.chat_postMessage(channel=made, text="x")) == "is_archived"
    card = slack.seen(ANA, made)[0]
    assert (card["pinned"], card["reactions"][0]["name"]) == (True, "eyes")


@pytest.mark.asyncio
async def test_joining_is_for_public_channels(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """The app walks into a public channel and becomes able to speak."""
    await client.conversations_join(channel=LOUNGE)
    await client.chat_postMessage(channel=LOUNGE, text="here")
    await client.conversations_leave(channel=LOUNGE)
    assert await refusal_of(client.chat_postMessage(channel=LOUNGE, text="x")) == "not_in_channel"
    slack.invite_app("board")
    assert await refusal_of(client.conversations_join(channel=BOARD)) == (
        "method_not_supported_for_channel_type"
    )


@pytest.mark.asyncio
async def test_a_file_is_uploaded_in_three_steps(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """slack_sdk's own helper uploads; the file is shared, and opened with the token only."""
    sent = await client.files_upload_v2(
        channel=DESK, content="a,b\n1,2\n", filename="kpi.csv", title="KPIs", initial_comment="Here"
    )
    message = slack.seen(ANA, DESK)[-1]
    url = message["files"][0]["url_private"]
    async with ClientSession() as session:
        with_token = await session.get(url, headers={"Authorization": f"Bearer {client.token}"})
        without = await session.get(url)
        page = await session.get(message["files"][0]["permalink"])
        bodies = [await answer.text() for answer in (with_token, without, page)]
    assert (message["text"], message["files"][0]["title"]) == ("Here", "KPIs")
    assert bodies[0] == bodies[2] == "a,b\n1,2\n"
    assert "Sign in" in bodies[1]
    assert without.content_type == "text/html"
    file_id = sent["files"][0]["id"]
    shared = (await client.files_info(file=file_id))["file"]["shares"]["public"]
    assert shared[DESK][0]["ts"] == message["ts"]
    twice = client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=DESK)
    assert await refusal_of(twice) == "file_not_found"


@pytest.mark.asyncio
async def test_a_deleted_file_is_gone_from_its_messages(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Words that stood above it stay; a message that was nothing else goes with it."""
    for words in ("Here", None):
        sent = await client.files_upload_v2(
            channel=DESK, content="a,b", filename="kpi.csv", title="KPIs", initial_comment=words
        )
        await client.files_delete(file=sent["file"]["id"])
        assert await refusal_of(client.files_delete(file=sent["file"]["id"])) == "file_not_found"
    ours = [one for one in slack.seen(ANA, DESK) if one["user"] == slack.app.bot_user]
    assert [(one["text"], one.get("files", [])) for one in ours] == [("Here", [])]


@pytest.mark.asyncio
async def test_blocks_validate_needs_no_token(slack: PracticeSlack) -> None:
    """It checks one thing at a time and names each problem by pointer."""
    nobody = real_client(slack, "xoxb-nobody")
    call = nobody.api_call
    assert (await call("blocks.validate", params={"blocks": "[]"}))["ok"]
    with pytest.raises(SlackApiError) as refused:
        await call("blocks.validate", json={"view": modal(title={"type": "plain_text"})})
    answer = refused.value.response
    assert answer["error"] == "invalid_view"
    assert answer["errors"][0]["pointer"] == "/title"
    both = call("blocks.validate", json={"blocks": [], "view": {}})
    assert await refusal_of(both) == "invalid_arguments"


@pytest.mark.asyncio
async def test_a_tier_lets_go_after_a_while(client: AsyncWebClient) -> None:
    """The 21st users.list within a minute waits; other methods do not."""
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True) as frozen:
        for _ in range(20):
            await client.users_list()
        with pytest.raises(SlackApiError) as refused:
            await client.users_list()
        await client.users_info(user=ANA)
        frozen.tick(timedelta(seconds=3))
        await client.users_list()
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "3"
    assert refused.value.response["error"] == "ratelimited"


@pytest.mark.asyncio
async def test_one_message_a_second_in_a_channel(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """After the burst one a second; other conversations are free."""
    slack.limits.channel_burst = 2
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True) as frozen:
        for _ in range(2):
            await client.chat_postMessage(channel=DESK, text="x")
        third = client.chat_postMessage(channel=DESK, text="x")
        assert await refusal_of(third) == "ratelimited"
        await client.chat_postMessage(channel=ANA, text="x")
        frozen.tick(timedelta(seconds=1))
        await client.chat_postMessage(channel=DESK, text="x")


@pytest.mark.asyncio
async def test_posts_at_a_rate_that_a_test_chooses(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Two a second, and no more than two at once; how often it was too much is counted."""
    slack.limits.posts_per_minute, slack.limits.post_burst = 120, 1 / 60
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True) as frozen:
        for channel in (DESK, ANA):
            await client.chat_postMessage(channel=channel, text="x")
        assert await refusal_of(client.chat_postMessage(channel=DESK, text="x")) == "ratelimited"
        frozen.tick(timedelta(seconds=0.5))
        await client.chat_postMessage(channel=DESK, text="x")
    assert slack.limits.refusals == {"chat.postMessage": 1}


@pytest.mark.asyncio
async def test_slack_may_give_fewer_than_were_asked_for(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """The list goes on at the cursor all the same."""
    slack.limits.people_a_page = 1
    first = await client.users_list(limit=100)
    second = await client.users_list(limit=100, cursor=first["response_metadata"]["next_cursor"])
    assert len(first["members"]) == len(second["members"]) == 1
    assert first["members"] != second["members"]


@pytest.mark.asyncio
async def test_what_one_person_alone_is_shown_does_not_count(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """The rule is about messages that the channel keeps; chat.postEphemeral has a limit of its own."""
    slack.limits.channel_burst = 1
    with freeze_time("2026-11-23 09:30:00", real_asyncio=True):
        for _ in range(100):
            await client.chat_postEphemeral(channel=DESK, user=ANA, text="psst")
        await client.chat_postMessage(channel=DESK, text="x")
        too_many = client.chat_postEphemeral(channel=DESK, user=ANA, text="psst")
        assert await refusal_of(too_many) == "ratelimited"


@pytest.mark.asyncio
async def test_limits_can_be_switched_off() -> None:
    """A test that is about something else is not held up."""
    async with practice(rate_limits=False) as slack:
        client = real_client(slack)
        with freeze_time("2026-11-23 09:30:00", real_asyncio=True):
            for _ in range(30):
                await client.chat_postMessage(channel=DESK, text="x")
        assert len(slack.seen(ANA, DESK)) == 30


@pytest.mark.asyncio
async def test_bad_answers_on_purpose(slack: PracticeSlack, client: AsyncWebClient) -> None:
    """Errors before and after the work was done; then all is well again."""
    slack.chaos.rate_limit("chat.postMessage", retry_after=7)
    slack.chaos.fail("chat.postMessage")
    slack.chaos.fail("chat.postMessage", processed=True)
    slack.chaos.delay("chat.postMessage", seconds=0.01)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=DESK, text="429")
    assert limited.value.response.headers["Retry-After"] == "7"
    for text in ("500", "500 but done"):
        with pytest.raises(SlackApiError) as failed:
            await client.chat_postMessage(channel=DESK, text=text)
        assert failed.value.response.status_code == 500
    await client.chat_postMessage(channel=DESK, text="slow")
    assert [m["text"] for m in slack.seen(ANA, DESK)] == ["500 but done", "slow"]


@pytest.mark.asyncio
async def test_an_answer_lost_after_the_work_was_done(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """The connection closes, the message stands: who sends again posts twice."""
    slack.chaos.drop("chat.postMessage")
    with pytest.raises(ServerDisconnectedError):
        await client.chat_postMessage(channel=DESK, text="once")
    slack.chaos.drop("chat.postMessage", processed=False)
    with pytest.raises(ServerDisconnectedError):
        await client.chat_postMessage(channel=DESK, text="never")
    assert [m["text"] for m in slack.seen(ANA, DESK)] == ["once"]


@pytest.mark.asyncio
async def test_blocks_and_methods_that_this_slack_lacks(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Older servers refuse newer blocks, and know fewer methods."""
    slack.chaos.refuse_blocks("actions")
    slack.chaos.forget_methods("bookmarks.add")
    refused = client.chat_postMessage(channel=DESK, text="x", blocks=[button()])
    assert await refusal_of(refused) == "invalid_blocks"
    unknown = client.bookmarks_add(channel_id=DESK, title="x", type="link", link="https://x.test")
    assert await refusal_of(unknown) == "unknown_method"
    url = slack.parts.passes.mint_response_url(slack.url, "commands", ANA, DESK)
    async with ClientSession() as session:
        answer = await session.post(url, json={"text": "x", "blocks": [button()]})
        assert (answer.status, await answer.text()) == (400, "invalid_blocks")
    slack.chaos.clear()
    await client.chat_postMessage(channel=DESK, text="x", blocks=[button()])


@pytest.mark.asyncio
async def test_the_traffic_log_keeps_no_secret(
    slack: PracticeSlack, client: AsyncWebClient
) -> None:
    """Every exchange is written down, in both directions, without tokens."""
    await client.api_call(
        "chat.postMessage", data={"token": client.token, "channel": DESK, "text": "x"}
    )
    await slack.acts.command(ANA, DESK, "/kpi")
    written = str([entry.payload for entry in slack.traffic.entries])
    assert "xoxb" not in written
    assert "/hooks/commands" not in written
    assert [e.direction for e in slack.traffic.entries] == ["from_app", "to_app", "from_app"]
    assert [e.number for e in slack.traffic.entries] == [1, 2, 3]
