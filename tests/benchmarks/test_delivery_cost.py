"""What it costs to deliver: beside the same posts in a bare loop, in time from due to posted, and while nothing is due."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bot.blocks.kit import Message
from bot.services import Services, promise
from bot.settings import load
from bot.slack.connection import Connection
from bot.slack.courier import Courier, Manners
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from tests.faults.cluster import Cluster
from tests.faults.stand_in import Mood, SlackStandIn

pytestmark = pytest.mark.both_databases

POSTS = 300
GROUP = "4 · 300 deliveries ÷ the same HTTP posts in a bare loop (goal ≤ 2)"
IDLE_SECONDS, SOME_SECONDS = 20, 6
RESTS_BELOW = 0.1  # of a core, in a second
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@pytest.fixture
def slack_url() -> Iterator[str]:
    """A Slack in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.stand_in"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as slack:
        assert slack.stdout is not None
        yield slack.stdout.readline().strip()
        slack.terminate()


class Machine:
    """One machine's courier, without the rest of the house."""

    def __init__(self, database_url: str, api_url: str, folder: Path) -> None:
        page = folder / "app.yaml"
        page.write_text("delivery: {posts_per_second: 1000}\n", encoding="utf-8")
        settings = load(page, {"SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_API_URL": api_url})
        self.services = Services(Database(database_url), settings, {})
        self.connection = Connection("xoxb-bench", api_url)
        self.courier = Courier(self.services, self.connection, manners=Manners(spacing_seconds=0))
        self._loop = asyncio.new_event_loop()
        self._numbers = count()

    def run(self, work: Awaitable[None]) -> None:
        """Run something to its end."""
        self._loop.run_until_complete(asyncio.wait_for(work, 60))

    def promise(self) -> None:
        """Promise as many messages, each to a channel of its own."""

        def all_at_once(session: Session) -> None:
            for number in range(POSTS):
                words = Message("Good morning, here is the news.")
                promise(session, f"C0{number}", words, f"bench:{next(self._numbers)}")

        self.services.database.write(all_at_once)

    async def post_barely(self) -> None:
        """Post as many messages, one after another."""
        for number in range(POSTS):
            body = {
                "channel": f"C0{number}",
                "text": "Good morning, here is the news.",
                "blocks": [],
                "metadata": {"event_type": "bench", "event_payload": {"key": "0" * 32}},
            }
            await self.connection.ask(
                lambda client, body=body: client.api_call("chat.postMessage", json=body)
            )

    def close(self) -> None:
        """Stop."""
        self.run(self.courier.stop())
        self.run(self.connection.close())
        self._loop.close()
        self.services.database.close()


@pytest.fixture
def machine(database_url: str, slack_url: str, tmp_path: Path) -> Iterator[Machine]:
    """One machine."""
    made = Machine(database_url, slack_url, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("how", ["bare loop", "courier"])
def test_deliveries(benchmark: Any, machine: Machine, database_name: str, how: str) -> None:
    """Taking, posting and writing down, against posting alone."""
    benchmark.group = f"{GROUP}, {database_name}"
    work: dict[str, tuple[Callable[[], Awaitable[None]], Callable[[], None] | None]] = {
        "bare loop": (machine.post_barely, None),
        "courier": (machine.courier.tick, machine.promise),
    }
    do, setup = work[how]
    benchmark.pedantic(lambda: machine.run(do()), setup=setup, rounds=7, warmup_rounds=1)


# From due to posted, with the program as operators start it.


def lateness(cluster: Cluster, slack: SlackStandIn) -> list[float]:
    """Return by how many seconds each post came after it was due."""

    def due(session: Session) -> dict[str, float]:
        rows = session.execute(select(OutboxRow.key, OutboxRow.due_at))
        return {key.replace("fault:", "post "): at.timestamp() for key, at in rows}

    due_at = cluster.database.read(due)
    return [post.at - due_at[post.text] for post in slack.posts]


async def post_thirty_a_second(
    database_url: str, folder: Path, *, replicas: int, kill_after: int | None
) -> list[float]:
    """Let 300 posts fall due over ten seconds, and perhaps kill the courier in the middle."""
    slack = SlackStandIn(Mood(seconds=(0.05, 0.15)), 1)
    cluster = Cluster(database_url, await slack.start(), folder, rate=100, lease_seconds=6)
    try:
        await cluster.start(replicas)
        await cluster.courier()
        await cluster.started()
        cluster.promise(POSTS, POSTS, timedelta(seconds=10))
        if kill_after is not None:
            await slack.wait_for_posts(kill_after)
            await cluster.kill(await cluster.courier())
        await cluster.settled()
        return lateness(cluster, slack)
    finally:
        await cluster.stop()
        await slack.stop()


def test_from_due_to_posted(database_url: str, tmp_path: Path, capsys: Any) -> None:
    """At thirty posts a second."""
    late = asyncio.run(post_thirty_a_second(database_url, tmp_path, replicas=2, kill_after=None))
    tell(capsys, f"from due to posted at 30 a second: {_spread(late)} (goal: p99 < 0.5 s)")


def test_from_due_to_posted_after_a_kill(database_url: str, tmp_path: Path, capsys: Any) -> None:
    """The same while the courier is killed and another takes over, with the usual lease of six seconds."""
    late = asyncio.run(post_thirty_a_second(database_url, tmp_path, replicas=2, kill_after=100))
    tell(capsys, f"the same with a kill in the middle: {_spread(late)} (goal: p99 < 10 s)")


def _spread(late: list[float]) -> str:
    hundredths = quantiles(late, n=100)
    return f"p50 {median(late):.2f} s, p99 {hundredths[98]:.2f} s, at most {max(late):.2f} s"


# While nothing is due.


class Talk:
    """Counts what is said to a database: statements, and the small talk around them (BEGIN, COMMIT, the pool's ping)."""

    def __init__(self, database: Database) -> None:
        self.statements = self.small_talk = 0
        engines = [database.engine]
        if database.is_sqlite:
            engines.append(database._reading)  # noqa: SLF001 (on a server it is the same)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", self._count_statement)
            for name in ("begin", "commit", "rollback"):
                event.listen(engine, name, self._count_small_talk)
            if not database.is_sqlite:
                event.listen(engine, "checkout", self._count_small_talk)

    def _count_statement(self, *_: object) -> None:
        self.statements += 1

    def _count_small_talk(self, *_: object) -> None:
        self.small_talk += 1


def test_idle_statements(machine: Machine, database_name: str, capsys: Any) -> None:
    """The one who holds the lease, and one who waits for it, tick by tick as the clock wakes them."""
    other = Courier(machine.services, machine.connection)
    machine.run(machine.courier.tick())

    async def idle(courier: Courier) -> None:
        end = time.monotonic() + SOME_SECONDS
        while time.monotonic() < end:
            await courier.tick()
            await asyncio.sleep(0.25)

    for courier, who in ((machine.courier, "holds the lease"), (other, "does not")):
        talk = Talk(machine.services.database)
        machine.run(idle(courier))
        said = f"{talk.statements / SOME_SECONDS:.1f} statements a second (goal ≤ 20)"
        more = f"{talk.small_talk / SOME_SECONDS:.1f} BEGINs, COMMITs and pings"
        tell(capsys, f"an idle replica that {who} says to {database_name} {said} and {more}")


def test_idle_cpu(database_url: str, slack_url: str, tmp_path: Path, capsys: Any) -> None:
    """The whole program, as operators start it."""

    async def measure() -> None:
        cluster = Cluster(database_url, slack_url, tmp_path, rate=3, lease_seconds=6)
        try:
            await cluster.start()
            pid = await cluster.courier()
            await _calm(pid)
            before, began = _cpu_seconds(pid), time.monotonic()
            await asyncio.sleep(IDLE_SECONDS)
            spent = (_cpu_seconds(pid) - before) / (time.monotonic() - began)
        finally:
            await cluster.stop()
        tell(capsys, f"CPU of an idle replica: {spent * 100:.1f} % of a core (goal ≤ 3 %)")

    asyncio.run(measure())


async def _calm(pid: int) -> None:
    """Wait until a process has done all that belongs to its start: until it rests for a second."""
    before = -1.0
    while _cpu_seconds(pid) - before > RESTS_BELOW:
        before = _cpu_seconds(pid)
        await asyncio.sleep(1)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def tell(capsys: Any, sentence: str) -> None:
    """Say what was measured."""
    with capsys.disabled():
        print(f"\n{sentence}", end="")
