"""Replicas are killed and frozen while they post to a Slack that has a bad day: nothing is lost, nothing comes twice.

Each run posts until everything promised is in Slack. The control shows that the window is hit: with a Slack in whose
history nothing is found again, the same kills make doubles.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.vocabulary import Delivery
from tests.databases import SqliteFiles
from tests.faults.cluster import Cluster
from tests.faults.stand_in import Mood, SlackStandIn

pytestmark = pytest.mark.asyncio

BAD_DAY = Mood(
    broken_line=0.04,
    error=0.04,
    too_fast=0.01,
    slow=0.03,
    seconds=(0.01, 0.08),
    slow_seconds=(0.5, 2),
)
BLIND = Mood(seconds=(0.02, 0.1), is_blind=True)


AT_ONCE = 10  # posts under way, which a blow does not hold up; the last falls while there are more


@dataclass(frozen=True)
class Plan:
    """What is promised, how many replicas post it how fast, and how often the poster is struck down."""

    posts: int
    channels: int
    over: timedelta
    replicas: int
    kills: int
    freezes: int = 0
    rate: float = 30.0
    seed: int = 1


@dataclass(frozen=True)
class Story:
    """What happened."""

    promised: int
    times_posted: Counter[str]
    counts: dict[Delivery, int]
    blows: int  # that fell while there was something left to post

    @property
    def lost(self) -> list[str]:
        """What was promised and is not in Slack."""
        return [f"post {n}" for n in range(self.promised) if not self.times_posted[f"post {n}"]]

    @property
    def doubled(self) -> list[str]:
        """What is in Slack more than once."""
        return [text for text, times in self.times_posted.items() if times > 1]


@asynccontextmanager
async def open_stage(
    plan: Plan, mood: Mood, database_url: str, folder: Path
) -> AsyncIterator[tuple[Cluster, SlackStandIn]]:
    """Run a stand-in for Slack and replicas that talk to it; the first of them is the courier already."""
    slack = SlackStandIn(mood, plan.seed)
    api_url = await slack.start()
    cluster = Cluster(database_url, api_url, folder, rate=plan.rate, lease_seconds=1)
    try:
        await cluster.start(plan.replicas)
        await cluster.courier()
        yield cluster, slack
    finally:
        await cluster.stop()
        await slack.stop()


async def play(plan: Plan, mood: Mood, database_url: str, folder: Path) -> Story:
    """Promise, let it be posted, and strike the poster down in the middle of its work again and again."""
    chance = Random(plan.seed)  # noqa: S311 (it chooses moments)
    blows: list[Blow] = [kill] * plan.kills + [freeze] * plan.freezes
    chance.shuffle(blows)
    fallen = 0
    async with open_stage(plan, mood, database_url, folder) as (cluster, slack):
        await asyncio.to_thread(cluster.promise, plan.posts, plan.channels, plan.over)
        for strike in blows:
            victim = await cluster.courier()
            share = (plan.posts - len(slack.posts) - AT_ONCE) // (len(blows) - fallen + 1)
            pause = chance.randint(1, max(1, 2 * (share - AT_ONCE)))
            await slack.wait_for_posts(min(len(slack.posts) + pause, plan.posts))
            await asyncio.sleep(chance.uniform(0, 0.03))  # in the middle of an answer
            fallen += len(slack.posts) < plan.posts
            await strike(cluster, victim)
        counts = await cluster.settled()
    times_posted = Counter(post.text for post in slack.posts)
    return Story(plan.posts, times_posted, counts, fallen)


Blow = Callable[[Cluster, int], Awaitable[None]]


async def kill(cluster: Cluster, victim: int) -> None:
    """Kill a replica, and start another in its place."""
    await cluster.kill(victim)
    await cluster.start()


async def freeze(cluster: Cluster, victim: int) -> None:
    """Freeze a replica until another has taken over, and let it go on."""
    cluster.freeze(victim)
    await cluster.wait_for_another(victim)
    cluster.thaw(victim)


def assert_exactly_once(story: Story, plan: Plan) -> None:
    """Everything that was promised is in Slack, once, and known to be; every blow fell in the middle of the work."""
    assert (story.lost, story.doubled) == ([], [])
    assert story.counts == {Delivery.SENT: story.promised}
    assert story.blows == plan.kills + plan.freezes


async def test_killed_in_the_middle(
    postgresql_url: str, sqlite_files: SqliteFiles, tmp_path: Path
) -> None:
    """Three replicas on PostgreSQL, one process on SQLite that is started again, and the control, all at once.

    In the control the history shows no keys: nothing is found again, and what was under way comes twice.
    """
    cluster = Plan(90, 30, timedelta(seconds=3), replicas=3, kills=2, freezes=1)
    alone = Plan(60, 20, timedelta(seconds=2), replicas=1, kills=2)
    blind = Plan(40, 20, timedelta(seconds=1), replicas=1, kills=1)
    folders = [tmp_path / name for name in ("cluster", "alone", "blind")]
    for folder in folders:
        folder.mkdir()

    stories = await asyncio.gather(
        play(cluster, BAD_DAY, postgresql_url, folders[0]),
        play(alone, BAD_DAY, sqlite_files.copy(folders[1]), folders[1]),
        play(blind, BLIND, sqlite_files.copy(folders[2]), folders[2]),
    )

    assert_exactly_once(stories[0], cluster)
    assert_exactly_once(stories[1], alone)
    assert stories[2].lost == []
    assert stories[2].doubled


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("database_url", "replicas"), [("postgresql_url", 3), ("sqlite_url", 1)])
async def test_twenty_kills(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, replicas: int, seed: int
) -> None:
    """300 posts in 60 channels, due over ten seconds: of three replicas, and of one process on one machine."""
    plan = Plan(300, 60, timedelta(seconds=10), replicas=replicas, kills=20, rate=20, seed=seed)

    story = await play(plan, BAD_DAY, request.getfixturevalue(database_url), tmp_path)

    assert_exactly_once(story, plan)


@pytest.mark.long
async def test_freezing_three_replicas(postgresql_url: str, tmp_path: Path) -> None:
    """Whoever wakes up finds that another has its office, and sends nothing any more."""
    plan = Plan(300, 60, timedelta(seconds=10), replicas=3, kills=0, freezes=12, rate=20)

    story = await play(plan, BAD_DAY, postgresql_url, tmp_path)

    assert_exactly_once(story, plan)


@pytest.mark.long
async def test_twenty_kills_without_looking(postgresql_url: str, tmp_path: Path) -> None:
    """The control of the long runs."""
    plan = Plan(300, 60, timedelta(seconds=10), replicas=3, kills=20, rate=20)

    story = await play(plan, BLIND, postgresql_url, tmp_path)

    assert story.lost == []
    assert len(story.doubled) >= plan.kills / 2
    print(f"{plan.kills} kills, and {len(story.doubled)} doubled without looking")
