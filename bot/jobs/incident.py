"""What incidents need by themselves: their channels and files are looked after every second, and leads are reminded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.blocks.rca import rca_file
from bot.domain import incident_steps as steps
from bot.domain.incident_steps import Later, Upload
from bot.jobs.clockwork import Job
from bot.outgoing import incident as outgoing
from bot.outgoing import incident_reminder, incident_room
from bot.outgoing.rca import find_published
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
        Job("incident rooms", _TICK, Chores(services, Rooms(people.client), people).run),
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

    def __init__(self, services: Services, rooms: Rooms, people: People) -> None:
        self._services = services
        self._rooms = rooms
        self._people = people
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
        if errand.kind == steps.FILE:
            errand = replace(errand, upload=await self._write_file(step.incident_id))
        outcome = await self._rooms.carry_out(errand)
        if isinstance(outcome, Later) and outcome.wait:
            self._rests_until = steady() + outcome.wait
        await services.write(incident_room.settle, services, step, errand, outcome)
        return True

    async def _write_file(self, incident_id: int) -> Upload | None:
        """Return an analysis as a file, with people by their names; None where it is not published any more."""
        services = self._services
        rca = await services.read(find_published, incident_id)
        if rca is None:
            return None
        names = {one: await self._people.name(one) for one in rca.people}
        severity = services.severities.of(rca.incident.severity).name
        return Upload(*rca_file(rca, severity, names))
