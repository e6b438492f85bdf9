"""A file reaches whoever asked for it, or a sentence says why not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_stage import BROKEN, SlackStandIn, Stage, refusal, said

from bot.domain.person import Person
from bot.slack import files
from bot.slack.router import Router
from tests.front_door import ANA, BO, PARTNERS, FrontDoor

TABLE = "id;service\r\n1;„Datenbank“\r\n"
GET_URL, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"


def exporting() -> Router:
    """Return a router that hands out a table: here, or to the person who asks."""
    router = Router()

    @router.command("/export", description="Exports", scopes=files.SCOPES)
    async def export(client: AsyncWebClient, command: dict[str, Any], person: Person) -> None:
        to = person.id if command["text"] == "me" else command["channel_id"]
        await files.send_file(client, to, "table.csv", TABLE, "The table", "Here it is.")

    return router


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with a bot that hands out files."""
    with FrontDoor(sqlite_url, tmp_path, routers=[exporting()]) as door:
        yield door


def content(door: FrontDoor, message: dict[str, Any]) -> str:
    """Return what is in the only file of a message."""
    [shared] = message["files"]
    return door.slack.workspace.files[shared["id"]].content.decode()


def test_a_channel_is_given_a_file(door: FrontDoor) -> None:
    """With a title and a comment, in one message; its letters and line ends are what they were."""
    door.command("/export", by=ANA)

    [message] = door.seen(BO)
    assert message["text"] == "Here it is."
    assert [(one["name"], one["title"]) for one in message["files"]] == [("table.csv", "The table")]
    assert content(door, message) == TABLE


def test_a_person_is_given_a_file_in_their_own_conversation(door: FrontDoor) -> None:
    """Nobody else sees it."""
    door.command("/export me", by=ANA)

    [letter] = door.letters(ANA)
    assert content(door, letter.message) == TABLE
    assert door.seen(BO) == []


def test_the_app_asks_for_what_it_needs(door: FrontDoor) -> None:
    """The scope is in the manifest as soon as a handler names it."""
    assert "files:write" in door.slack.app.manifest["oauth_config"]["scopes"]["bot"]


def test_where_the_bot_is_not_it_says_what_helps(door: FrontDoor) -> None:
    """It may post in channels that it has not joined, but not share files there."""
    seen = door.command("/export", by=ANA, channel=PARTNERS)

    assert seen.is_private
    assert (
        seen.text
        == "I am not in this channel. Invite me with /invite, then ask for the file again."
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("method", [GET_URL, COMPLETE])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("missing_scope", "with the scope files:write"),
        ("file_uploads_disabled", "does not allow files"),
        ("storage_limit_reached", "no room left"),
        ("is_archived", "is archived"),
        ("what_next", "Slack did not take the file (what_next)."),
    ],
)
async def test_what_slack_refuses_is_said(
    stage: Callable[..., Stage], slack: SlackStandIn, method: str, code: str, words: str
) -> None:
    """In plain words where they are known, and with Slack's own where not."""
    take_files(slack)
    slack.answers[method] = refusal(code)

    answer = said(await stage(exporting()).command("/export"))

    assert words in answer["text"]


@pytest.mark.asyncio
@pytest.mark.parametrize("broken", [GET_URL, "upload", COMPLETE])
async def test_what_slack_does_not_confirm_is_not_sent_again(
    stage: Callable[..., Stage], slack: SlackStandIn, broken: str
) -> None:
    """It may be there: whoever asked is told to look."""
    take_files(slack)
    slack.answers[broken] = BROKEN

    answer = said(await stage(exporting()).command("/export"))

    assert "Look whether it is there" in answer["text"]
    assert len(slack.asked(broken)) == 1


@pytest.mark.asyncio
async def test_a_person_to_whom_the_bot_may_not_write(
    stage: Callable[..., Stage], slack: SlackStandIn
) -> None:
    """The conversation cannot be opened."""
    slack.answers["conversations.open"] = refusal("user_disabled")

    answer = said(await stage(exporting()).command("/export me"))

    assert "does not let me write to this person" in answer["text"]


def take_files(slack: SlackStandIn) -> None:
    """Let the stand-in take files."""
    slack.answers[GET_URL] = {"ok": True, "upload_url": f"{slack.url}/api/upload", "file_id": "F1"}
    slack.answers[COMPLETE] = {"ok": True, "files": [{"id": "F1"}]}
