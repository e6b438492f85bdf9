"""What could not be delivered is news for the operators: at most once an hour, in their channel.

A bot from which Slack takes nothing cannot say so in Slack; that is in its log, and `/readyz` and `/metrics` say it.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.blocks.health import news_message
from bot.domain import delivery
from bot.domain.delivery import News
from bot.jobs.clockwork import Job
from bot.services import Services, promise
from bot.slack.people import People

_TICK = timedelta(minutes=1)


def jobs(services: Services, _: People) -> Iterable[Job]:
    """Return what has to be done from time to time: nothing where `app.yaml` names no channel for it."""
    if channel := services.settings.channels.operators:
        yield Job("lost messages", _TICK, partial(tell_operators, services, channel))


async def tell_operators(services: Services, channel: str) -> None:
    """Promise the operators what is new; whoever else has the same news promises nothing more."""
    if await services.read(_news, services):
        await services.write(_tell, services, channel)


def _news(session: Session, services: Services) -> News | None:
    return delivery.news(session, services.now(session))


def _tell(session: Session, services: Services, channel: str) -> None:
    if news := _news(session, services):
        promise(session, channel, news_message(news.lost), news.key, due=services.now(session))
