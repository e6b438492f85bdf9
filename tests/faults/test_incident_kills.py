"""The bot is killed between the database and each step in Slack of an incident: nothing is lost, nothing comes twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio

from tests.databases import PostgresServer, SqliteFiles
from tests.faults.incident_town import LOOKS, STEPS, Blow, Town
from tests.faults.nest import Nest
from tests.front_door import BO, LEA, Mode
from tests.incident_front import DECLARED

pytestmark = pytest.mark.asyncio

BOTH: frozenset[Blow] = frozenset({"before", "after"})
DECLARING = {
    *("chat.postMessage", "conversations.create", "conversations.setTopic"),
    *("conversations.setPurpose", "conversations.invite", "bookmarks.add", "pins.add"),
}


def assert_all_is_once(town: Town) -> None:
    """Everything that was promised is in Slack, once; every step is done, or waits for its day."""
    times = Counter(str(one.metadata) for one in town.posts)
    assert [key for key, many in times.items() if many > 1] == []
    assert town.deliveries() == {"sent"}
    assert set(town.steps().values()) <= {"done", "waits"}


def assert_room_is_whole(town: Town) -> None:
    """There is one channel, with one of all that belongs to it."""
    incident, room = town.incident(), town.room
    assert incident.channel == room.id
    assert room.name == "inc-001-api-gateway-down"
    assert room.purpose == "Work on INC-001: API gateway down"
    assert BO in room.members
    assert len(room.pins) == len(room.bookmarks) == 1
    assert (incident.card_channel, incident.card_ts) == (town.card.channel, town.card.ts)


async def declaring(town: Town, blows: frozenset[Blow]) -> None:
    """It dies right after the commit, before anybody has heard of it, and then at every step."""
    form = await town.open_form()

    async def die_when_committed() -> None:
        await asyncio.to_thread(_spin, lambda: bool(town.incidents))
        town.kill()
        town.line.blows = blows

    dying = asyncio.create_task(die_when_committed())
    sent = await town.send(form, BO, **{**DECLARED, "customers": "all"})
    await dying
    assert "*INC-001* is written down" in str(sent.views)
    await town.quiet()

    assert {method for method, _ in town.line.struck} >= DECLARING
    assert [one.label for one in town.incidents] == ["INC-001"]
    assert town.incident().title in town.card.text
    assert_room_is_whole(town)
    assert_all_is_once(town)
    town.line.blows = frozenset()
    await town.press("Take lead", LEA)
    await town.quiet()
    assert town.incident().lead == LEA
    assert "acknowledged" in town.room.topic
    await town.declare(customers="one", effect="degraded")
    assert [one.label for one in town.incidents] == ["INC-001", "INC-002"]


async def ending(town: Town, blows: frozenset[Blow]) -> None:
    """It dies at every step of a resolution with its analysis and of archiving; in the long run of all before, too."""
    await town.declare()
    await town.quiet()
    town.line.blows = _in_the_long_run(blows)
    await town.press("Take lead", LEA)
    await town.fill("Update", LEA, text="We roll it back.")
    await town.quiet()
    town.line.blows = blows
    await town.fill("Resolve", LEA)
    await town.quiet()
    town.line.blows = _in_the_long_run(blows)
    close = "/incident close 1"
    await town.insist(lambda: town.slack.acts.command(LEA, town.card.channel, close))
    await town.quiet()
    assert "closed" in town.room.topic
    assert_all_is_once(town)
    town.kill()
    town.line.blows = blows
    town.let_pass(timedelta(days=8))
    await town.until(lambda: town.room.is_archived)
    await town.quiet()

    assert {method for method, _ in town.line.struck} >= {
        *("chat.postMessage", "chat.update", "conversations.setTopic", "conversations.archive"),
    }
    thread = [one.text for one in town.posts if one.is_reply and one.channel == town.card.channel]
    for said in ("We roll it back.", "INC-001 is resolved"):
        assert len([one for one in thread if said in one]) == 1
    assert len([one for one in town.posts if one.text.startswith("You write the root")]) == 1
    assert "closed" in town.card.text
    assert_room_is_whole(town)
    assert_all_is_once(town)


def _in_the_long_run(blows: frozenset[Blow]) -> frozenset[Blow]:
    return blows if blows == BOTH else frozenset()


async def silence(town: Town, _: frozenset[Blow]) -> None:
    """Slack takes nothing for ten minutes, the bot dies within, and people go on working; all of it arrives, once."""
    await town.declare()
    await town.quiet()
    opened = await town.press("Update", BO)
    for method in STEPS | LOOKS | {"auth.test", "apps.connections.open"}:
        town.slack.chaos.fail(method, times=10_000)
    await town.press("Take lead", LEA)
    await town.send(str(opened.views[-1]["id"]), BO, text="Slack is slow.")
    assert town.incident().lead == LEA
    town.kill()
    town.let_pass(timedelta(minutes=5))
    await town.start()
    await town.until(lambda: "Slack does not say who we are" in town.told())
    town.kill()
    town.let_pass(timedelta(minutes=5))
    await town.start()
    town.slack.chaos.clear()
    await town.quiet()

    assert [one.label for one in town.incidents] == ["INC-001"]
    assert "acknowledged" in town.card.text
    assert len([one for one in town.posts if "Slack is slow." in one.text and one.is_reply]) == 1
    assert LEA in town.room.members
    assert_room_is_whole(town)
    assert_all_is_once(town)


async def reminding(town: Town, blows: frozenset[Blow]) -> None:
    """Reminders are rows: who dies while reminding does not remind twice, and nobody is reminded of what is over."""
    await town.declare()
    await town.quiet()
    await town.press("Take lead", LEA)
    await town.quiet()
    town.kill()
    town.let_pass(timedelta(minutes=31))
    town.line.blows = blows
    await town.until(lambda: bool(_reminders(town, "INC-001")))
    await town.quiet()
    town.line.blows = frozenset()
    await town.fill("Resolve", LEA)
    await town.declare(title="DNS is slow", services=["dns"], effect="degraded", customers="many")
    await town.quiet()
    town.kill()
    town.let_pass(timedelta(minutes=31))
    await town.until(lambda: bool(_reminders(town, "INC-002")))
    await town.quiet()

    assert ("chat.postMessage", "after") in town.line.struck
    assert len(_reminders(town, "INC-001")) == 1
    assert_all_is_once(town)


@dataclass(frozen=True)
class Play:
    """A story, how Slack reaches the bot in it, and on which database."""

    story: Callable[[Town, frozenset[Blow]], Awaitable[None]]
    mode: Mode
    database: Literal["sqlite", "postgresql"] = "sqlite"


class Theatre:
    """Where plays are given, all at once and each in a town of its own."""

    def __init__(self, nest: Nest, request: pytest.FixtureRequest, folder: Path) -> None:
        self._nest, self._request, self._folder = nest, request, folder

    async def give(self, plays: list[Play], blows: frozenset[Blow]) -> None:
        """Give plays, and tell how often a bot was started."""
        starts = await asyncio.gather(*(self._give(play, blows) for play in plays))
        print(f"the bot was started {sum(starts)} times")

    async def _give(self, play: Play, blows: frozenset[Blow]) -> int:
        folder = self._folder / f"{play.story.__name__}-{play.database}"
        folder.mkdir()
        with self._database(play, folder) as url:
            async with asyncio.timeout(300), Town(self._nest, url, folder, play.mode) as town:
                town.line.aims_at = STEPS | LOOKS if blows == BOTH else STEPS
                await play.story(town, blows)
                return town.starts

    def _database(self, play: Play, folder: Path) -> AbstractContextManager[str]:
        if play.database == "sqlite":
            files: SqliteFiles = self._request.getfixturevalue("sqlite_files")
            return nullcontext(files.copy(folder))
        server: PostgresServer = self._request.getfixturevalue("postgresql_server")
        return server.copy()


@pytest_asyncio.fixture
async def theatre(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    """A theatre, and what starts its replicas."""
    nest = Nest()
    await nest.open()
    yield Theatre(nest, request, tmp_path)
    await nest.close()


async def test_it_dies_after_each_step(theatre: Theatre) -> None:
    """Slack has done it, and the bot dies before it hears so."""
    plays = [
        Play(declaring, "http"),
        Play(ending, "socket"),
        Play(silence, "http"),
        Play(reminding, "socket"),
    ]
    await theatre.give(plays, frozenset({"after"}))


@pytest.mark.long
async def test_it_dies_before_and_after_each_call(theatre: Theatre) -> None:
    """Also where it only asks, on both databases, and each story in the mode in which it does not play above."""
    plays = [
        Play(declaring, "socket"),
        Play(declaring, "http", "postgresql"),
        Play(ending, "http", "postgresql"),
        Play(silence, "socket", "postgresql"),
        Play(reminding, "http", "postgresql"),
    ]
    await theatre.give(plays, BOTH)


def _reminders(town: Town, label: str) -> list[str]:
    said = [one.text for one in town.posts if label in one.text]
    return [one for one in said if "is due since" in one or "Nobody has taken" in one]


def _spin(holds: Callable[[], bool]) -> None:
    while not holds():
        pass
