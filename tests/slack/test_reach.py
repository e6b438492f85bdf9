"""The doctor while Slack or the database hangs: bounded in time, and what could be looked at is told."""

import asyncio
import time
from collections.abc import Callable

import pytest
from slack_stage import SlackStandIn, Stage, refusal
from sqlalchemy.orm import Session

from bot.slack.doctor import Report, examine
from bot.slack.reach import Place, look_at_channels
from bot.storage import schema

pytestmark = pytest.mark.asyncio

Open = Callable[..., Stage]
SECONDS = 0.2
KNOWN = {"ok": True, "team": "Ours", "user": "steward"}
CHANNELS = {"operators": "C0OPS", "incidents": "C0INC"}


async def look(bot: Stage) -> Report:
    """Examine a bot whose tables stand, in no more than four waits."""
    schema.upgrade(bot.services.database)
    _ = bot.house.connection.session
    began = time.monotonic()
    report = await examine(bot.services, bot.house.connection.client, SECONDS)
    assert time.monotonic() - began < 4 * SECONDS + 8  # a busy machine takes its time, too
    return report


def told(report: Report) -> list[str]:
    """Return what is wrong."""
    return [f"{one.name}: {one.words}" for one in report.findings if not one.is_well]


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("auth.test", ["Slack: cannot be reached from here"]),
        ("users.conversations", ["Channels: Slack does not answer"]),
        (
            "conversations.info",
            [
                "Channel: (incidents in app.yaml): Slack does not answer, whether I am in it",
                "Channel: (operators in app.yaml): Slack does not answer, whether I am in it",
            ],
        ),
    ],
)
async def test_a_method_that_hangs(
    stage: Open, slack: SlackStandIn, method: str, said: list[str]
) -> None:
    """Nobody waits for it for long, and the rest is told all the same."""
    slack.answers |= {"auth.test": KNOWN, "users.conversations": {"ok": True, "channels": []}}
    slack.wait_for[method] = asyncio.Event()
    bot = stage(channels=CHANNELS)

    report = await look(bot)

    slack.wait_for[method].set()
    assert told(report) == ["Courier: no bot has ever run on this database", *said]
    assert report.findings[0].name == "Database"
    assert report.deliveries is not None


async def test_a_database_that_hangs(stage: Open, slack: SlackStandIn) -> None:
    """Slack and its channels are looked at meanwhile."""
    slack.answers |= {"auth.test": KNOWN, "users.conversations": {"ok": True, "channels": []}}
    bot = stage(channels={"operators": "C0OPS"})
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def occupy(_: Session) -> None:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

    busy = [asyncio.create_task(bot.services.read(occupy)) for _ in range(8)]  # every reader
    await asyncio.sleep(0)
    report = await look(bot)
    release.set()
    await asyncio.gather(*busy)

    assert told(report) == [
        "Database: does not answer within 0.2 s",
        "Channel: (operators in app.yaml): I am not in it",
    ]
    assert report.deliveries is None


async def test_channels_are_listed_page_by_page(stage: Open, slack: SlackStandIn) -> None:
    """A bot may be in more channels than one answer tells."""

    def page(asked: dict[str, str]) -> dict[str, object]:
        is_last = asked.get("cursor") == "next"
        channel = {"id": "C0OPS" if is_last else "C0INC"}
        cursor = {"next_cursor": "" if is_last else "next"}
        return {"ok": True, "channels": [channel], "response_metadata": cursor}

    slack.answers |= {"auth.test": KNOWN, "users.conversations": page}

    report = await look(stage(channels=CHANNELS))

    assert report.findings[-1].words == "I am in all 2 that I post in"
    assert not slack.asked("conversations.info")


async def test_of_many_channels_that_cannot_be_listed_some_are_looked_at(
    stage: Open, slack: SlackStandIn
) -> None:
    """Where those are well, that some were left out is said, and nothing needs mending."""
    there = {"ok": True, "channel": {"is_member": True}}
    slack.answers |= {"auth.test": KNOWN, "users.conversations": refusal("unknown_method")}
    slack.answers["conversations.info"] = there
    client = stage().house.connection.client
    places = [Place(f"C0NEW{number}", "agenda #1", "") for number in range(25)]

    findings, kinds = await look_at_channels(client, places, "Steward", 5)

    assert [one.words for one in findings] == [
        "I am in all 20 that I post in; 5 more were not looked at"
    ]
    assert kinds == {"public"}
    assert len(slack.asked("conversations.info")) == 20
