"""Feedback in time: the pool's digest on Mondays, whichever machine comes first, and what is erased when its time is over.

Without the secret that seals texts there is no pool, and the form says so.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot import clock
from bot.jobs.clockwork import Job
from bot.outgoing import feedback as outgoing
from bot.services import Receipt, Services, Settle
from bot.slack.people import People
from bot.storage import ballot
from bot.storage import feedback as rows

_TICK, _SWEEP, _TIDY = timedelta(seconds=20), timedelta(minutes=1), timedelta(hours=1)


def jobs(services: Services, _people: People) -> list[Job]:
    """Return what has to be done from time to time."""
    tidy = Job("old feedback", _TIDY, partial(services.write, outgoing.forget_old, services))
    if services.settings.steward_secret is None:
        return [tidy]
    return [
        Job("feedback digest", _TICK, partial(services.write, outgoing.digest_due, services)),
        Job("feedback traces", _SWEEP, partial(sweep, services)),
        tidy,
    ]


def _nothing(_session: Session, _services: Services, _receipt: Receipt) -> None:
    """Do nothing: the giver has been told, or could not be."""


SETTLE: Mapping[str, Settle] = {
    outgoing.KEY: outgoing.settled,
    outgoing.DIGEST: outgoing.digest_settled,
    outgoing.NEWS: _nothing,
}
"""Who hears how the messages of this feature ended, by the first word of their keys."""


async def sweep(services: Services) -> None:
    """Leave nothing on the disk of boxes that are gone, and of what was posted."""
    over = await services.read(outgoing.to_sweep, services)
    if over:
        scrub = partial(services.database.scrub, *ballot.TABLES, "outbox")
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(services.database.writers, scrub):
            await services.write(rows.mark_pools_swept, over, clock.now())
