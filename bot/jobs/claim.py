"""Once an hour, what has been acted on long ago is forgotten: no press waits for that."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.jobs.clockwork import Job
from bot.services import Services
from bot.slack.people import People
from bot.storage.claim import forget_claims

_EVERY = timedelta(hours=1)


def jobs(services: Services, _: People) -> Sequence[Job]:
    """Return what is to be woken."""

    async def forget() -> None:
        await services.write(_forget, services)

    return (Job("forget claims", _EVERY, forget),)


def _forget(session: Session, services: Services) -> None:
    forget_claims(session, services.now(session))
