"""What every door is handed: the database, the settings and the catalogues, and how to reach them from async code."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from bot.domain.count import recount
from bot.domain.kpi import Kpi, read_target
from bot.domain.target import Counting
from bot.logs import whereabouts
from bot.settings import Settings
from bot.storage.database import Database

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """The house's shared things; built once in `bot.app`, handed to every door.

    `read` and `write` run a plain synchronous function with a session in a worker thread and one transaction, so
    that no door waits inside the event loop. On SQLite all writes of a process queue for one thread.
    """

    database: Database
    settings: Settings
    kpis: Mapping[str, Kpi]

    @cached_property
    def counting(self) -> Counting:
        """What the organisation counts by, as the settings have it."""
        return Counting(
            self.kpis,
            self.settings.zone,
            frozenset(self.settings.critical),
            _default_targets(self.settings, self.kpis),
        )

    async def read(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `do(session, …)` in a thread, in a transaction that only reads."""
        work = partial(self.database.read, do, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.database.readers, work)

    async def write(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `do(session, …)` in a thread, in one transaction that is committed when it returns."""
        work = partial(self.database.write, do, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.database.writers, work)

    def recount_soon(self) -> None:
        """Bring the tallies to a changed target in the background; a restart would do it too."""
        done = self.database.readers.submit(recount, self.database, self.counting)
        done.add_done_callback(_tell_trouble)


def _tell_trouble(recounted: Future[int]) -> None:
    error = recounted.exception()
    if error is not None:
        words = "tallies could not be counted anew; the next start will do it: %s"
        log.error(words, whereabouts(error))


def _default_targets(settings: Settings, kpis: Mapping[str, Kpi]) -> dict[str, float]:
    """Return the targets and plans that `app.yaml` names, in each KPI's own unit."""
    targets: dict[str, float] = {}
    for slug, chosen in settings.kpis.items():
        if chosen.plan is not None:
            targets[slug] = float(chosen.plan)
        if chosen.target is not None:
            targets[slug] = read_target(kpis[slug], str(chosen.target))
    return targets
