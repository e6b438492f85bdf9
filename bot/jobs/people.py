"""What people are called, learned before anybody needs it: for statements and for words without a name."""

from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.jobs.clockwork import Job
from bot.services import Services
from bot.slack.people import People
from bot.storage import pulse as rows

_OPENING = timedelta(minutes=5)
_TICK = timedelta(seconds=10)  # a page: Slack gives twenty a minute, and surveys read the same list


def jobs(services: Services, people: People) -> list[Job]:
    """Return what has to be done from time to time."""
    if services.settings.steward_secret is None:
        return []
    return [Job("names", _TICK, partial(learn_names, services, people))]


async def learn_names(services: Services, people: People) -> None:
    """Read a page of names, unless a survey that opens reads them just now."""
    if not await services.read(_is_any_opening, services):
        await people.name_list.read_on()


def _is_any_opening(session: Session, services: Services) -> bool:
    now = services.now(session)
    return rows.is_any_to_open(session, now, since=now - _OPENING)
