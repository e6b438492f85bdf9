"""What incidents need by themselves: their channels are looked after every second, and those who lead are reminded."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from bot.domain import incident_steps as steps
from bot.domain.incident_steps import Later
from bot.jobs.clockwork import Job
from bot.outgoing import incident as outgoing
from bot.outgoing import incident_reminder, incident_room
from bot.services import Services, Settle
from bot.slack.pace import steady
from bot.slack.people import People
from bot.slack.rooms import Rooms

_TICK, _REMIND_EVERY = timedelta(seconds=1), timedelta(seconds=10)
_MOST_A_TICK = 50

SETTLE: Mapping[str, Settle] = {"incident": outgoing.settled}
"""Who hears how the messages of this feature ended, by the first word of their keys."""


def jobs(services: Services, people: People) -> list[Job]:
    """Return what has to be done from time to time."""
    return [
        Job("incident rooms", _TICK, Chores(services, Rooms(people.client)).run),
        Job("incident reminders", _REMIND_EVERY, partial(remind, services)),
    ]


async def remind(services: Services) -> None:
    """Promise the reminders that are due, one incident a transaction."""
    for incident_id in await services.read(incident_reminder.who_waits, services):
        await services.write(incident_reminder.remind, services, incident_id)


class Chores:
    """Carries out what is due in Slack, one step after another.

    When it is woken first, what was given up is tried once more: the operator may have mended it. After Slack has said
    "too fast" nothing is asked of it for as long as it wants.
    """

    def __init__(self, services: Services, rooms: Rooms) -> None:
        self._services = services
        self._rooms = rooms
        self._is_new = True
        self._rests_until = steady()

    async def run(self) -> None:
        """Do what is due."""
        if self._is_new:
            await self._services.write(steps.try_again)
            self._is_new = False
        for _ in range(_MOST_A_TICK):
            if steady() < self._rests_until or not await self._do_one():
                return

    async def _do_one(self) -> bool:
        services = self._services
        if not await services.read(incident_room.is_any_due, services):
            return False
        taken = await services.write(incident_room.take, services)
        if taken is None:
            return False
        step, errand = taken
        outcome = await self._rooms.carry_out(errand)
        if isinstance(outcome, Later) and outcome.wait:
            self._rests_until = steady() + outcome.wait
        await services.write(incident_room.settle, services, step, errand, outcome)
        return True
