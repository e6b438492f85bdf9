"""Feedback in time: the pool's digest on Mondays, whichever machine comes first, and what is erased when its time is over.

Without the secret that seals texts there is no pool, and the form says so.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot import clock
from bot.jobs.clockwork import Job
from bot.logs import whereabouts
from bot.outgoing import feedback as outgoing
from bot.outgoing import feedback_pool as pool
from bot.services import Receipt, Services, Settle
from bot.slack.channels import kept_out_by
from bot.slack.connection import TROUBLE
from bot.slack.names import PATIENCE
from bot.slack.people import People
from bot.storage import ballot, outbox
from bot.storage import feedback as rows

log = logging.getLogger(__name__)

_TICK, _SWEEP, _TIDY = timedelta(seconds=20), timedelta(minutes=1), timedelta(hours=1)
_REST = timedelta(minutes=5)  # before a channel that takes nothing is looked at again


def jobs(services: Services, people: People) -> list[Job]:
    """Return what has to be done from time to time."""
    tidy = Job("old feedback", _TIDY, partial(services.write, outgoing.forget_old, services))
    if services.settings.steward_secret is None:
        return [tidy]
    return [
        Job("feedback digest", _TICK, Digests(services, people).go_on),
        Job("feedback traces", _SWEEP, partial(sweep, services)),
        tidy,
    ]


def _nothing(_session: Session, _services: Services, _receipt: Receipt) -> None:
    """Do nothing: the giver has been told, or could not be."""


SETTLE: Mapping[str, Settle] = {
    outgoing.KEY: outgoing.settled,
    pool.DIGEST: pool.digest_settled,
    outgoing.NEWS: _nothing,
}
"""Who hears how the messages of this feature ended, by the first word of their keys."""


class Digests:
    """Makes digests when their time has come, and only while the managers' channel takes messages.

    What a box held could not be put back under the names of those who wrote it; so it is not opened in vain.
    """

    def __init__(self, services: Services, people: People) -> None:
        self._services = services
        self._people = people
        self._looks_again_at = clock.now()

    async def go_on(self) -> None:
        """Open a pool where none is open, and make the digest that is due."""
        is_due = await self._services.read(pool.is_due, self._services)
        can_post = is_due and await self._knows_names() and await self._can_post()
        names = self._people.name_list.names
        await self._services.write(pool.digest_due, self._services, can_post=can_post, names=names)

    async def _knows_names(self) -> bool:
        """Return whether Slack has said what people are called; without that a digest waits, but not for long."""
        if await self._people.name_list.read_to_end():
            return True
        return await self._services.read(pool.is_due, self._services, late=PATIENCE)

    async def _can_post(self) -> bool:
        channel = self._services.settings.channels.managers
        if channel is None:
            return True
        if clock.now() < self._looks_again_at:
            return False
        kept_out = await self._ask(channel)
        if kept_out:
            await self._services.write(pool.tell_held, self._services, channel, kept_out)
        if kept_out != "":
            self._looks_again_at = clock.now() + _REST
        return kept_out == ""

    async def _ask(self, channel: str) -> str | None:
        """Return what keeps the bot out of a channel, "" if nothing does, None where Slack does not say just now."""
        try:
            return await kept_out_by(self._people.client, channel)
        except TROUBLE as error:
            log.warning("Slack did not say whether a digest can be posted (%s)", whereabouts(error))
            return None


async def sweep(services: Services) -> None:
    """Leave nothing on the disk of boxes that are gone, and of what was posted."""
    over = await services.read(pool.to_sweep, services)
    if over:
        scrub = partial(services.database.scrub, *ballot.TABLES, outbox.TABLE)
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(services.database.writers, scrub):
            await services.write(rows.mark_pools_swept, over, clock.now())
