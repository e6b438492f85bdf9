"""The clock: wakes every job of this process again and again, each as often as it asks.

It keeps no plan of its own and remembers nothing. Every machine wakes the same jobs at its own moments, and what is due
and who does it is decided by rows in the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from bot import clock
from bot.logs import whereabouts

log = logging.getLogger(__name__)

_SHORTEST_REST, _LONGEST_REST = 0.05, 5.0  # seconds, after a failure

# A job that is still at work when its time comes again is simply not woken; APScheduler would log each time.
_QUIET = logging.getLogger("bot.jobs.apscheduler")
_QUIET.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again: it looks what is due, does it, and returns."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]


class Clockwork:
    """Wakes jobs between `start` and `stop`; a job never runs twice at once, and its failure stops nobody.

    One that fails again and again, because the database is away, is woken less often, but every few seconds.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs = {job.name: job for job in jobs}
        self._failures = dict.fromkeys(self.jobs, 0)  # in a row
        self._rests_until = dict.fromkeys(self.jobs, 0.0)
        self._scheduler: AsyncIOScheduler | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._at_work: set[str] = set()
        self._once_more: set[str] = set()

    def start(self) -> None:
        """Wake every job now, and then as often as it asks."""
        self._scheduler = AsyncIOScheduler(timezone=UTC, logger=_QUIET)
        for job in self.jobs.values():
            self._scheduler.add_job(
                self._wake,
                "interval",
                (job,),
                seconds=job.every.total_seconds(),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=clock.now(),
            )
        self._scheduler.start()

    async def wake(self, name: str) -> None:
        """Run one job now, and raise what it raises."""
        await self.jobs[name].run()

    def nudge(self, name: str) -> None:
        """Wake a job now rather than at its next time; one that is at work looks once more when it has finished."""
        if self._scheduler is None:
            return
        if name in self._at_work:
            self._once_more.add(name)
        else:
            self._begin(self._wake(self.jobs[name]))

    async def stop(self) -> None:
        """Wake nobody any more, and wait until those at work have finished."""
        if self._scheduler is None:
            return
        self._scheduler.remove_all_jobs()
        if self._running:
            await asyncio.wait(self._running)
        self._scheduler.shutdown()
        self._scheduler = None
        await asyncio.sleep(0)  # APScheduler shuts down in the loop's next round

    async def _wake(self, job: Job) -> None:
        if asyncio.get_running_loop().time() < self._rests_until[job.name]:
            return
        await asyncio.shield(self._begin(self._run(job)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run(self, job: Job) -> None:
        if job.name in self._at_work:
            return
        self._at_work.add(job.name)
        try:
            await self._do(job)
        finally:
            self._at_work.discard(job.name)
        if job.name in self._once_more:
            self._once_more.discard(job.name)
            self.nudge(job.name)

    async def _do(self, job: Job) -> None:
        try:
            await job.run()
            self._failures[job.name] = 0
        except Exception as error:  # noqa: BLE001 (it will be woken again)
            log.error("the job %s failed: %s", job.name, whereabouts(error))  # noqa: TRY400
            self._failures[job.name] += 1
            rest = min(_SHORTEST_REST * 2.0 ** min(self._failures[job.name], 10), _LONGEST_REST)
            self._rests_until[job.name] = asyncio.get_running_loop().time() + rest
