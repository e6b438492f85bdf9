"""Agendas on time: what is due is promised every second, by whichever machine comes first; calendars are read again
every quarter of an hour, by one of them.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.blocks.notice import notice
from bot.calendars import read_address
from bot.domain import schedule
from bot.domain.series import Meeting, find, hold
from bot.errors import Refused
from bot.jobs.clockwork import Job
from bot.outgoing import agenda as outgoing
from bot.services import Receipt, Services, Settle, promise
from bot.slack.people import People
from bot.vocabulary import Priority

log = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)
_MOST_A_TICK = 200
_LOOK_AT_CALENDARS = timedelta(minutes=1)
_CALENDAR_AGE = timedelta(minutes=15)
_CALENDAR_SECONDS = 20.0
_TELL_AFTER = timedelta(hours=24)


def jobs(services: Services, _: People) -> list[Job]:
    """Return what has to be done from time to time."""
    return [
        Job("agendas", _TICK, partial(post_due, services)),
        Job("calendars", _LOOK_AT_CALENDARS, partial(read_calendars, services)),
    ]


def settled(session: Session, _: Services, receipt: Receipt) -> None:
    """Let follow what follows when a message has ended."""
    outgoing.settled(session, receipt)


SETTLE: Mapping[str, Settle] = {"agenda": settled, "point": settled}
"""Who hears how the messages of this feature ended, by the first word of their keys."""


async def post_due(services: Services) -> None:
    """Promise every agenda that is due, one transaction each."""
    for _ in range(_MOST_A_TICK):
        if await services.write(_post_one, services) is None:
            return


def _post_one(session: Session, services: Services) -> Meeting | None:
    return outgoing.post_due(session, services.sources, services.now(session))


async def read_calendars(services: Services) -> None:
    """Read the calendars that have not been read for a while, and follow what they have changed."""
    for series_id, url in await services.write(_take_stale, services):
        try:
            await _read_calendar(services, series_id, url)
        except Exception:  # whatever is wrong with one calendar, the others are read too
            log.exception("the calendar of a series could not be followed")


async def _read_calendar(services: Services, series_id: int, url: str) -> None:
    try:
        text = await read_address(url, _CALENDAR_SECONDS)
        await services.write(_follow, services, series_id, url, text)
    except Refused as refused:
        await services.write(_keep_failure, services, series_id, url, refused.sentence)


def _take_stale(session: Session, services: Services) -> list[tuple[int, str]]:
    now = services.now(session)
    return schedule.take_stale(session, now - _CALENDAR_AGE, now)


def _follow(session: Session, services: Services, series_id: int, url: str, text: str) -> None:
    series = hold(session, series_id)
    if series.terms.calendar_url == url:  # else it was given another while this one was read
        schedule.read_again(session, series, text, services.now(session))


def _keep_failure(session: Session, services: Services, series_id: int, url: str, why: str) -> None:
    if hold(session, series_id).terms.calendar_url != url:
        return
    now = services.now(session)
    since = schedule.keep_failure(session, series_id, why, now)
    if since is not None and now - since > _TELL_AFTER:
        _tell_owner(session, series_id, since, why, now)


def _tell_owner(session: Session, series_id: int, since: datetime, why: str, now: datetime) -> None:
    series = find(session, series_id)
    sentence = (
        f"The calendar of “{series.terms.title}” (#{series_id}) cannot be read since {since:%d %B %H:%M} UTC: {why} "
        f"I go by what it said then. `/agenda edit #{series_id}` changes its address."
    )
    key = f"calendar:{series_id}:{now:%Y-%m-%d}"  # once a day
    promise(session, series.owner, notice(sentence), key, priority=Priority.SCHEDULED)
