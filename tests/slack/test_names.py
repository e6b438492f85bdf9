"""What people are called is read by pages before anybody needs it, at Slack's pace, and forgotten with the process."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from freezegun import freeze_time
from slack_stage import SlackStandIn, refusal

from bot.slack.connection import Connection
from bot.slack.names import NameList

pytestmark = pytest.mark.asyncio

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PAGES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "": ([{"profile": {"display_name": "bo", "real_name": "Larsson, Bo (he/him)"}}], "two"),
    "two": ([{"real_name": "A Robot", "is_bot": True}, {"real_name": "Eve Gone", "deleted": True}], "three"),
    "three": ([{"real_name": "Gil Guest", "is_restricted": True}, {}], ""),
}  # fmt: skip
EVERYBODY = {"bo", "Bo Larsson", "Eve Gone", "Gil Guest"}


def page(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a page of the workspace's list."""
    users, following = PAGES[arguments.get("cursor", "")]
    return {"ok": True, "members": users, "response_metadata": {"next_cursor": following}}


@pytest_asyncio.fixture
async def names(slack: SlackStandIn) -> AsyncIterator[NameList]:
    """A list of which nothing has been read."""
    slack.answers["users.list"] = page
    connection = Connection("xoxb-test", f"{slack.url}/api/")
    yield NameList(connection.client)
    await connection.close()


async def test_a_page_at_a_time(names: NameList, slack: SlackStandIn) -> None:
    """Then no more for half a day; who has gone is forgotten when the list has been read anew."""
    with freeze_time(MONDAY, real_asyncio=True) as time:
        await names.read_on()
        assert names.names == {"bo", "Bo Larsson"}
        for _ in range(5):
            await names.read_on()
        assert names.names == EVERYBODY
        assert len(slack.asked("users.list")) == 3

        time.tick(timedelta(hours=12))
        slack.answers["users.list"] = {"ok": True, "members": [{"real_name": "Di New"}]}
        await names.read_on()
        assert names.names == {"Di New"}


async def test_to_its_end(names: NameList, slack: SlackStandIn) -> None:
    """From where somebody else has come, and once."""
    await names.page("")
    await names.page("two")
    assert await names.read_to_end()
    assert await names.read_to_end()
    assert names.names == EVERYBODY
    assert len(slack.asked("users.list")) == 3


@pytest.mark.parametrize("code", ["ratelimited", "missing_scope", "invalid_cursor"])
async def test_where_slack_does_not_say(names: NameList, slack: SlackStandIn, code: str) -> None:
    """What was read counts, and Slack is left alone for a while."""
    await names.read_on()
    slack.answers["users.list"] = refusal(code)
    for _ in range(3):
        assert not await names.read_to_end()
    assert names.names == {"bo", "Bo Larsson"}
    assert len(slack.asked("users.list")) == 2
