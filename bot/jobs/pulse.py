"""Pulse surveys in time: waves open, people are asked and reminded, waves close; whichever machine comes first.

Without the secret that seals answers nothing is done, and `/pulse start` says so.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from slack_sdk.errors import SlackApiError
from sqlalchemy.orm import Session

from bot import clock
from bot.domain import pulse_close, pulse_roster
from bot.domain.person import Person
from bot.domain.pulse import Wave
from bot.domain.pulse_progress import Progress, news
from bot.domain.pulse_roster import Obstacle
from bot.errors import AlreadyDone
from bot.jobs.clockwork import Job
from bot.logs import error_code, whereabouts
from bot.outgoing import pulse as outgoing
from bot.services import Keep, Receipt, Services, Settle
from bot.slack.names import PATIENCE
from bot.slack.pace import steady
from bot.slack.people import GroupsRefused, People
from bot.slack.verdict import Course, judge
from bot.storage import ballot, outbox
from bot.storage import pulse as rows
from bot.storage.pulse import Guest

log = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)
_PROGRESS, _SWEEP = timedelta(seconds=15), timedelta(minutes=1)
_PAGES_A_TICK = 20
_REST = timedelta(minutes=1)  # for a wave whose people Slack does not tell
_WAITS = (Course.LATER, Course.LOOK)  # what may be over in a minute, and nobody has to mend


def jobs(services: Services, people: People) -> list[Job]:
    """Return what has to be done from time to time."""
    if services.settings.steward_secret is None:
        return []
    return [
        Job("pulses", _TICK, partial(call_due, services, people)),
        Job("pulse people", _TICK, Gathering(services, people).go_on),
        Job("pulse traces", _SWEEP, partial(sweep, services)),
        Job("pulse progress", _PROGRESS, partial(tell_progress, services)),
    ]


def settled(session: Session, _: Services, receipt: Receipt) -> None:
    """Let what is over follow when a message has ended."""
    outgoing.settled(session, receipt)


SETTLE: Mapping[str, Settle] = dict.fromkeys(("pulse", "pulse-progress", "pulse-result"), settled)
"""Who hears how the messages of this feature ended, by the first word of their keys."""

KEEP: Keep = outgoing.kept
"""Which messages of this feature are kept however long ago they ended."""


async def call_due(services: Services, people: People) -> None:
    """Close what is due, and promise the messages of those whose time has come, a page a transaction."""
    if not await services.read(_is_any_due, services):
        return
    if await services.read(_is_any_to_close, services):
        await _close(services, people)
    for _ in range(_PAGES_A_TICK):
        if not await services.write(outgoing.call_some, services):
            return


async def _close(services: Services, people: People) -> None:
    """Close what is due; while Slack does not say what people are called, that waits, but not for long."""
    late = timedelta() if await people.name_list.read_to_end() else PATIENCE
    while await services.write(outgoing.close_one, services, people.name_list.names, late):
        pass


async def sweep(services: Services) -> None:
    """Leave nothing on the disk of boxes and reminders that are gone, and delete answers and who was asked when their time is over."""
    await services.write(_forget_answers, services)
    over = await services.read(outgoing.to_sweep)
    if over:
        loop = asyncio.get_running_loop()
        is_done = await loop.run_in_executor(services.database.writers, _scrub, services)
        if is_done:
            await services.write(rows.mark_swept, over, clock.now())


def _forget_answers(session: Session, services: Services) -> None:
    kept = timedelta(days=services.settings.retention.answers)
    rows.forget_answers(session, services.now(session) - kept)
    pulse_close.forget_guests(session)


def _scrub(services: Services) -> bool:
    return services.database.scrub(*ballot.TABLES, outbox.TABLE)


async def tell_progress(services: Services) -> None:
    """Tell the owners of open waves how far the asking has come, where it has come further."""
    for wave, progress in await services.read(_news, services):
        await services.write(outgoing.tell_progress, wave, progress)


class Gathering:
    """Reads Slack's list of people for the waves that are due, and opens those whose list has been read.

    Where Slack asks for a pause it gets one. What Slack refuses one wave stands in no other's way.
    """

    def __init__(self, services: Services, people: People) -> None:
        self._services = services
        self._people = people
        self._rests_until = steady()
        self._waves_rest_until: dict[int, datetime] = {}

    async def go_on(self) -> None:
        """Read on, for every wave that gathers its people, from where whoever read before has come; and call the first."""
        if steady() < self._rests_until or not await self._services.read(
            _is_any_to_open, self._services
        ):
            return
        while await self._services.write(_begin, self._services):
            pass
        for wave, cursor in await self._services.read(pulse_roster.gathering):
            if clock.now() < self._waves_rest_until.get(wave.id, wave.opens_at):
                continue
            try:
                await self._gather(wave, cursor)
            except SlackApiError as error:
                await self._let_rest(wave, error)
            except GroupsRefused as refused:
                await self._let_rest(wave, refused.error, refused.teams)
            if steady() < self._rests_until:
                return
            await call_due(self._services, self._people)

    async def _let_rest(
        self, wave: Wave, error: SlackApiError, teams: tuple[str, ...] = ()
    ) -> None:
        """Leave a wave alone for a while, and tell its owner what is in its way where somebody has to mend it."""
        verdict = judge(error)
        if verdict.is_too_fast:
            self._rests_until = steady() + verdict.wait
            return
        log.warning("pulse #%d cannot open yet (%s)", wave.id, whereabouts(error))
        self._waves_rest_until[wave.id] = clock.now() + _REST
        if verdict.course not in _WAITS:
            obstacle = Obstacle(verdict.reason, teams)
            await self._services.write(outgoing.tell_stuck, self._services, wave, obstacle)

    async def _gather(self, wave: Wave, cursor: str) -> None:
        """Read from `cursor` on, a page a transaction; whoever comes after a crash goes on where it ended.

        For one that should have closed by now nothing is read: it ends unopened.
        """
        is_over = wave.closes_at <= await self._services.read(self._services.now)
        while cursor != pulse_roster.READ and not is_over:
            found, following = await self._page(wave, cursor)
            guests = [
                Guest(one.id, one.team, one.zone.key)
                for one in found
                if one.team in wave.terms.teams
            ]
            seat = partial(pulse_roster.seat, number=wave.id, after=cursor, guests=guests)
            if not await self._services.write(seat, cursor=following):
                return
            cursor = following
        with suppress(AlreadyDone):  # by another machine, which came first
            await self._services.write(_open, self._services, wave)

    async def _page(self, wave: Wave, cursor: str) -> tuple[Sequence[Person], str]:
        """Return some people and where the next begin; where Slack has forgotten the place, they are read anew."""
        try:
            found, following = await self._people.page(cursor, wave.terms.teams)
        except SlackApiError as error:
            if cursor and error_code(error) == "invalid_cursor":
                return (), ""
            raise
        return found, following or pulse_roster.READ


def _news(session: Session, services: Services) -> list[tuple[Wave, Progress]]:
    return news(session, services.now(session))


def _is_any_due(session: Session, services: Services) -> bool:
    return rows.is_any_due(session, services.now(session))


def _is_any_to_close(session: Session, services: Services) -> bool:
    return rows.is_any_to_close(session, services.now(session))


def _is_any_to_open(session: Session, services: Services) -> bool:
    return rows.is_any_to_open(session, services.now(session))


def _begin(session: Session, services: Services) -> Wave | None:
    return pulse_roster.begin(session, services.now(session))


def _open(session: Session, services: Services, wave: Wave) -> None:
    groups = services.groups(wave.terms)
    now = services.now(session)
    teams = services.settings.teams
    opened = pulse_roster.open_wave(session, services.vault, wave.id, groups, now, teams)
    outgoing.tell_opened(session, services, opened)
