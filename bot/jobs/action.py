"""Looks after everybody who has to do with action items: each is told what is due on their working mornings."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.blocks.reminder import morning_message
from bot.domain.colleague import Staff, is_known, remember
from bot.domain.reminder import take_morning, who_is_awake
from bot.errors import Refused
from bot.jobs.clockwork import Job
from bot.services import Services, promise
from bot.slack.people import People
from bot.vocabulary import Priority

_EVERY = timedelta(minutes=1)
_AT_ONCE = 500  # people; whoever is left is looked after in the next minute


def jobs(services: Services, people: People) -> list[Job]:
    """Return the job that looks after people."""

    async def run() -> None:
        now = await services.read(services.now)
        trouble: Exception | None = None
        for person in await services.read(who_is_awake, now, _AT_ONCE):
            try:
                await _meet(services, people, person)
                await services.write(remind, person, services.staff, now)
            except Exception as error:  # noqa: BLE001 (the others are looked after all the same)
                trouble = error
        if trouble is not None:
            raise trouble

    return [Job("action", _EVERY, run)]


async def _meet(services: Services, people: People, person: str) -> None:
    """Ask Slack for the zone of a lead or a manager who has never been at the door."""
    if await services.read(is_known, person):
        return
    with suppress(Refused):  # the settings do not name them
        await services.write(remember, await people.person(person, "", ""))


def remind(session: Session, person: str, staff: Staff, now: datetime) -> bool:
    """Promise a person what they are to be told today, if anything; return whether something was promised."""
    morning = take_morning(session, person, staff, now)
    if morning is None:
        return False
    return promise(
        session,
        to=person,
        message=morning_message(morning),
        key=f"action:{person}:{morning.day}",
        priority=Priority.SCHEDULED,
        until=morning.until,
    )
