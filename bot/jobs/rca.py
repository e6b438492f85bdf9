"""What root cause analyses need by themselves: reminders, owners, and a look later whether it came back.

Each chore is found by reading, and taken in a transaction of its own that looks again; so another machine that does
the same at the same moment changes nothing.
"""

from datetime import datetime, timedelta

from bot.domain import rca_look as looks
from bot.domain import rca_reminder as reminders
from bot.jobs.clockwork import Job
from bot.outgoing import rca as outgoing
from bot.services import Services
from bot.slack.people import People

_EVERY = timedelta(minutes=1)


def jobs(services: Services, _: People) -> list[Job]:
    """Return the job that looks after analyses."""

    async def run() -> None:
        now = await services.read(services.now)
        trouble: Exception | None = None
        for find in (_follow, _remind, _ask_whom, _plan, _ask):
            try:
                await find(services, now)
            except Exception as error:  # noqa: BLE001 (the other chores are done all the same)
                trouble = error
        if trouble is not None:
            raise trouble

    return [Job("rca", _EVERY, run)]


async def _follow(services: Services, now: datetime) -> None:
    found = await services.read(reminders.find_changed, services.severities, services.staff)
    for incident_id in found:
        await services.write(outgoing.follow, services, incident_id, now)


async def _remind(services: Services, now: datetime) -> None:
    for incident_id in await services.read(reminders.due_reminders, services.staff, now):
        await services.write(outgoing.remind, services, incident_id, now)


async def _ask_whom(services: Services, now: datetime) -> None:
    for incident_id, person in await services.read(outgoing.find_unasked, services, now):
        await services.write(outgoing.ask_whom, services, incident_id, person, now)


async def _plan(services: Services, now: datetime) -> None:
    for incident_id in await services.read(looks.find_to_plan, now):
        await services.write(looks.plan, incident_id, services.staff)


async def _ask(services: Services, now: datetime) -> None:
    watchers = services.settings.incidents.restricted_to
    for incident_id in await services.read(looks.find_to_ask, services.staff, now, watchers):
        await services.write(outgoing.ask_whether_it_came_back, services, incident_id, now)
