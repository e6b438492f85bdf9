"""The courier: takes promised messages from the outbox to Slack, each once.

Every machine has one and one of them acts, by a lease. Slack cannot be told that it has heard something before; so a
message carries a key, and when nobody knows how its sending ended, the courier looks in Slack for the key before it
sends again. Where it may not look, the message is left uncertain.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from bot.logs import whereabouts
from bot.services import Keep, Receipt, Services, Settle
from bot.slack.connection import Connection
from bot.slack.delivery import Deliveries
from bot.slack.outcome import InDoubt, NotSent, Outcome, write_down
from bot.slack.pace import steady
from bot.slack.patience import Patience
from bot.slack.tenure import Tenure
from bot.storage import courier as desk
from bot.storage import lease
from bot.storage.courier import Ended, Room, Taken
from bot.storage.database import give_way, is_in_the_way
from bot.vocabulary import Delivery

log = logging.getLogger(__name__)

SCOPES = (
    *("chat:write", "im:write", "mpim:write"),
    *("channels:history", "groups:history", "im:history", "mpim:history"),
)
"""What Slack must allow: to post, to open conversations with people, and to look for what may have been posted."""

_NAP_SECONDS = 0.25  # between two looks at the outbox while something is under way
_A_LITTLE = 0.005
_MOST_IN_DOUBT = 200


@dataclass(frozen=True, slots=True)
class Manners:
    """How the courier behaves; tests are in more of a hurry."""

    in_flight: int = 10  # posts at once, and as many edits
    spacing_seconds: float = 1.0  # between two posts to one target
    farewell_seconds: float = 8.0


class _Round(NamedTuple):
    """What one transaction brought: messages to send, messages to look for, and whether any had come too late.

    `unwritten` are those that somebody else is changing just now; what came of them is written down next time.
    """

    unwritten: frozenset[int]
    taken: list[Taken]
    lost: list[Taken]
    has_expired: bool


USUAL = Manners()
_NO_ROOM = Room(0, 0)


class Courier:
    """Sends what is due while it holds the lease: `tick` does all there is to do, `stop` ends it.

    `settle` says by the first word of a message's key what follows when it has ended, and `keep` which messages are
    kept however long ago they ended.
    """

    def __init__(
        self,
        services: Services,
        connection: Connection,
        settle: Mapping[str, Settle] | None = None,
        manners: Manners = USUAL,
        keep: Sequence[Keep] = (),
    ) -> None:
        delivery = services.settings.delivery
        self._services = services
        self._settle = settle or {}
        self._keep = keep
        self._manners = manners
        self._lease_length = timedelta(seconds=delivery.lease_seconds)
        self._tenure = Tenure(services, desk.LEASE, self._lease_length)
        self._patience = Patience(delivery.posts_per_second, manners.spacing_seconds)
        self._deliveries = Deliveries(connection, self._patience, self._tenure.is_on)
        self._last_term: int | None = None
        self._under_way: dict[int, Taken] = {}  # until what came of it is written down
        self._sending: set[asyncio.Task[None]] = set()
        self._looking: set[asyncio.Task[None]] = set()
        self._came_out: list[tuple[Taken, Outcome]] = []
        self._ticking = asyncio.Lock()
        self._is_stopping = False
        self._is_called = False

    @property
    def stopped_by(self) -> str:
        """Slack's word for why it takes nothing until the operator has mended it, "" while all is well."""
        return self._patience.stopped_by

    @property
    def is_in_office(self) -> bool:
        """Whether this machine's courier is the one that sends, right now."""
        return self._tenure.is_on()

    def call(self) -> None:
        """Say that something has been promised: the next tick takes it without looking first whether there is any."""
        self._is_called = True

    async def tick(self) -> None:
        """Send what is due, and go on until nothing is due or under way."""
        async with self._ticking:
            while not self._is_stopping and await self._seek_office():
                has_moved = await self._turn()
                if not has_moved and not self._tasks:
                    return
                await self._wait(_NAP_SECONDS, asyncio.FIRST_COMPLETED)
            if self._came_out:  # no longer in office: what is known is still worth writing down
                await self._write(_NO_ROOM)

    async def stop(self) -> None:
        """Finish what is under way, write down how it ended, and let the next one in."""
        self._is_stopping = True
        async with self._ticking:
            try:
                await self._finish()
                await self._leave_office()
            except Exception as error:  # noqa: BLE001 (the next one will look for what was under way)
                log.warning("the courier's last words were lost: %s", whereabouts(error))

    async def _finish(self) -> None:
        """Wait for what is under way, in office: nobody may look for it while it may still arrive."""
        end = steady() + self._manners.farewell_seconds
        while self._tasks and steady() < end and await self._tenure.seek():
            await self._wait(_NAP_SECONDS, asyncio.ALL_COMPLETED)
        for task in self._tasks:
            task.cancel()
        known = {taken.id for taken, _ in self._came_out}
        unknown = [taken for taken in self._under_way.values() if taken.id not in known]
        self._came_out += [(taken, InDoubt("stopped")) for taken in unknown]

    async def tidy(self) -> None:
        """Forget messages that ended long ago, and that nobody counts any more."""
        while await self._services.write(self._prune):
            pass

    def _prune(self, session: Session) -> int:
        days = self._services.settings.retention.deliveries
        before = self._services.now(session) - timedelta(days=days)
        kept = [beginning for keep in self._keep for beginning in keep(session)]
        return desk.prune(session, before, kept)

    @property
    def _tasks(self) -> set[asyncio.Task[None]]:
        return self._sending | self._looking

    async def _wait(self, seconds: float, until: str) -> None:
        """Wait for what is under way; what comes out a little later is written down together with the first."""
        if tasks := self._tasks:
            await asyncio.wait(tasks, timeout=seconds, return_when=until)
        if tasks := self._tasks:
            await asyncio.wait(tasks, timeout=_A_LITTLE)

    async def _seek_office(self) -> bool:
        is_on = await self._tenure.seek()
        if is_on and self._tenure.term != self._last_term:
            self._last_term = self._tenure.term
            self._patience.begin()
            log.info("this process is the courier now (term %s)", self._last_term)
        return is_on

    async def _leave_office(self) -> None:
        if self._came_out:
            await self._write(_NO_ROOM)
        await self._tenure.end()

    # One turn: write down what came out, take what is next, send it on its way.

    async def _turn(self) -> bool:
        """Write down what came out and take what is next; return whether there was anything."""
        is_called, self._is_called = self._is_called, False
        has_work = is_called or bool(self._came_out)
        if not has_work and not await self._services.read(self._is_any_due, self._room()):
            return False
        found = await self._write(self._room())
        for one in found.taken:
            self._set_off(one)
        self._search(found.lost)
        is_unsure = not self._tenure.is_on()  # of its office: it asks again at once
        return found.has_expired or bool(self._came_out) or is_unsure

    def _room(self) -> Room:
        now = steady()
        free = 1 if self._patience.is_tried else self._manners.in_flight
        free = max(free - len(self._sending), 0)
        posts, edits = self._patience.posts.room(now), self._patience.edits.room(now)
        written = {one.id for one, _ in self._came_out}
        busy = frozenset(one.target for one in self._under_way.values() if one.id not in written)
        resting = self._patience.spacing.resting(now)
        return Room(min(posts, free), min(edits, free), busy, resting)

    def _is_any_due(self, session: Session, room: Room) -> bool:
        now = self._services.now(session)
        return desk.is_any_due(session, room, now, now - self._lease_length)

    async def _write(self, room: Room) -> _Round:
        came_out = list(self._came_out)
        # What is taken is about to be posted: should the power fail then, it must be known to look for it.
        found = await self._services.write_lastingly(self._write_and_take, came_out, room)
        self._came_out[: len(came_out)] = [
            (one, outcome) for one, outcome in came_out if one.id in found.unwritten
        ]
        for one, _ in came_out:
            if one.id not in found.unwritten:
                self._under_way.pop(one.id, None)
        return found

    def _write_and_take(
        self, session: Session, came_out: Sequence[tuple[Taken, Outcome]], room: Room
    ) -> _Round:
        """Write down what came of attempts; return the next messages to send, and those to look for."""
        give_way(session, self._lease_length)
        now = self._services.now(session)
        ended, unwritten = write_down(session, came_out, now)
        self._tell(session, ended, now)
        term = self._tenure.term
        if term is None or not lease.is_held(session, desk.LEASE, self._tenure.holder, term):
            self._tenure.doubt()
            return _Round(unwritten, [], [], has_expired=False)
        taken, expired = desk.take(session, room, term, now)
        self._tell(session, expired, now)
        lost = desk.doubtful(session, now - self._lease_length, _MOST_IN_DOUBT)
        return _Round(unwritten, taken, lost, has_expired=bool(expired))

    def _tell(self, session: Session, ended: Iterable[Ended], now: datetime) -> None:
        """Tell those whose messages ended; what they do wrong does not undo that it ended.

        Where somebody's change is in the way, all of it is written down again later, or it would never be told.
        """
        for one in ended:
            settle = self._settle.get(one.key.partition(":")[0])
            is_told = not one.is_edit or one.state is Delivery.FAILED
            if settle is None or not is_told:
                continue
            receipt = Receipt(one.key, one.state, one.channel, one.ts, one.error, now)
            try:
                with session.begin_nested():
                    settle(session, self._services, receipt)
            except Exception as error:  # what was sent must not be sent again for it
                if is_in_the_way(error):
                    raise
                log.error("what follows a delivery failed: %s", whereabouts(error))  # noqa: TRY400

    # What is under way.

    def _set_off(self, taken: Taken) -> None:
        pace = self._patience.edits if taken.is_edit else self._patience.posts
        pace.spend(steady())
        self._start(self._sending, [taken], self._send(taken))

    async def _send(self, taken: Taken) -> list[Outcome]:
        outcome = await self._deliveries.send(taken)
        if not taken.is_edit:
            self._patience.spacing.note(taken.target, steady())
        return [outcome]

    def _search(self, lost: Iterable[Taken]) -> None:
        """Look for messages of which nobody knows how their sending ended, place by place."""
        places: dict[tuple[str, str | None], list[Taken]] = defaultdict(list)
        for one in lost:
            if one.id in self._under_way:
                continue
            if one.is_edit:  # editing twice is editing once
                self._under_way[one.id] = one
                self._came_out.append((one, NotSent()))
            else:
                places[(one.channel or one.target, one.thread_ts)].append(one)
        room = min(self._patience.looks.room(steady()), self._manners.in_flight)
        for group in list(places.values())[: max(room - len(self._looking), 0)]:
            self._start(self._looking, group, self._deliveries.look_for(group))

    def _start(
        self,
        tasks: set[asyncio.Task[None]],
        group: list[Taken],
        work: Coroutine[Any, Any, list[Outcome]],
    ) -> None:
        async def run() -> None:
            self._came_out.extend(zip(group, await work, strict=True))

        self._under_way |= {one.id: one for one in group}
        task = asyncio.create_task(run())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
