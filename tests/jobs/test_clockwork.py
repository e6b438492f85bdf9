"""The clock wakes each job again and again; a job that fails or takes long stops nobody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.jobs.clockwork import Clockwork, Job

pytestmark = pytest.mark.asyncio

SOON = timedelta(milliseconds=10)
Start = Callable[..., Clockwork]


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """Wind a clock: `start(job=its_function, …)`; each is woken a hundred times a second."""
    clocks: list[Clockwork] = []

    def wind(**jobs: Callable[[], Awaitable[None]]) -> Clockwork:
        made = Clockwork([Job(name, SOON, run) for name, run in jobs.items()])
        clocks.append(made)
        made.start()
        return made

    yield wind
    for one in clocks:
        await one.stop()


class Rounds:
    """A job that counts how often it was woken."""

    def __init__(self) -> None:
        self.many = 0
        self._news = asyncio.Condition()

    async def __call__(self) -> None:
        """Count."""
        async with self._news:
            self.many += 1
            self._news.notify_all()

    async def reach(self, many: int) -> None:
        """Wait until it was woken so often."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: self.many >= many), 10)


HOUR = timedelta(hours=1)


async def test_a_nudge_wakes_at_once() -> None:
    """Nobody waits for its next time."""
    job = Rounds()
    clock = Clockwork([Job("job", HOUR, job)])
    clock.nudge("job")  # before it is wound, nobody is woken
    clock.start()
    await job.reach(1)
    clock.nudge("job")
    await job.reach(2)
    await clock.stop()
    assert job.many == 2


async def test_a_nudge_during_work_is_not_lost() -> None:
    """What came while it was looking elsewhere is looked for once more, and never twice at once."""
    begun, finish, rounds = asyncio.Event(), asyncio.Event(), Rounds()

    async def work() -> None:
        begun.set()
        await finish.wait()
        await rounds()

    clock = Clockwork([Job("job", HOUR, work)])
    clock.start()
    await begun.wait()
    for _ in range(3):
        clock.nudge("job")
    finish.set()
    await rounds.reach(2)
    await clock.stop()
    assert rounds.many == 2


async def test_a_job_is_woken_again_and_again(start: Start) -> None:
    """At once, and then as often as it asks."""
    one, other = Rounds(), Rounds()
    start(one=one, other=other)

    await one.reach(3)
    await other.reach(3)


async def test_a_job_that_fails_is_woken_again_and_stops_nobody(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells its name and where it failed, and nothing of what it said."""
    tried, other = Rounds(), Rounds()

    async def fail() -> None:
        await tried()
        raise ValueError("a secret")

    start(broken=fail, other=other)
    await tried.reach(2)
    await other.reach(2)

    assert "the job broken failed: ValueError at " in caplog.text
    assert "a secret" not in caplog.text


async def test_a_job_that_fails_again_and_again_is_woken_less_often(start: Start) -> None:
    """While the database is away there is no flood of complaints; one success, and all is as before."""
    tried, other = Rounds(), Rounds()

    async def fail_at_first() -> None:
        await tried()
        if tried.many < 4:
            raise ConnectionError

    start(broken=fail_at_first, other=other)
    await tried.reach(4)
    assert other.many > 3 * tried.many
    began = other.many

    await tried.reach(8)
    assert other.many - began < 20


async def test_a_job_never_runs_twice_at_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """While it takes long it is simply not woken, and nobody complains about that."""
    caplog.set_level(logging.DEBUG, "bot")
    may_end, began, other = asyncio.Event(), Rounds(), Rounds()

    async def take_long() -> None:
        await began()
        await may_end.wait()

    start(slow=take_long, other=other)
    await other.reach(10)
    assert began.many == 1

    may_end.set()
    await began.reach(2)
    assert caplog.records == []


async def test_stopping_waits_for_who_is_at_work(start: Start) -> None:
    """And wakes nobody any more."""
    may_end, ended, began, other = asyncio.Event(), asyncio.Event(), Rounds(), Rounds()

    async def take_long() -> None:
        await began()
        await may_end.wait()
        ended.set()

    clock = start(slow=take_long, other=other)
    await began.reach(1)
    await other.reach(2)
    stopping = asyncio.create_task(clock.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    woken = other.many

    may_end.set()
    await stopping

    assert ended.is_set()
    assert other.many <= woken + 1
    await clock.stop()


async def test_one_job_can_be_woken_by_name() -> None:
    """Without winding the clock; what it raises is raised."""
    once = Rounds()

    async def fail() -> None:
        raise ZeroDivisionError

    clock = Clockwork([Job("once", SOON, once), Job("broken", SOON, fail)])
    await clock.wake("once")

    assert once.many == 1
    with pytest.raises(ZeroDivisionError):
        await clock.wake("broken")
    await clock.stop()
