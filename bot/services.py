"""What every door is handed: the database, the settings and the catalogues, and how to reach them from async code.

Here too is how a door says something on its own: it promises a message in the transaction that decided it.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from bot import clock
from bot.blocks.help import Help
from bot.blocks.kit import Message
from bot.domain.agenda import Agenda, Live
from bot.domain.colleague import Staff
from bot.domain.count import recount
from bot.domain.incident import Reader
from bot.domain.kpi import Kpi, read_target
from bot.domain.meeting import Sources
from bot.domain.person import Person
from bot.domain.pulse import Terms
from bot.domain.report import Report
from bot.domain.severity import Severities, Severity
from bot.domain.target import Counting
from bot.errors import Refused
from bot.logs import whereabouts
from bot.settings import Settings
from bot.storage import outbox
from bot.storage.database import Database, database_now
from bot.storage.outbox import Place
from bot.storage.vault import Vault
from bot.vocabulary import Customers, Delivery, Effect, Priority, Role

P = ParamSpec("P")
T = TypeVar("T")

__all__ = [
    "Place",
    "Receipt",
    "Services",
    "Settle",
    "forget_words",
    "promise",
    "promise_all",
    "promise_edit",
    "promise_removal",
    "withdraw",
]

log = logging.getLogger(__name__)

_HAS_PROMISED = "steward_has_promised"


class Bell:
    """Rung when something has been promised in this process, so that nobody waits for the courier's next look."""

    def __init__(self) -> None:
        self._ring: Callable[[], None] = lambda: None

    def hang(self, ring: Callable[[], None]) -> None:
        """Say what happens when it is rung, in the event loop."""
        self._ring = ring

    def ring(self) -> None:
        """Tell that there is something to send."""
        self._ring()


@dataclass(frozen=True)
class Services:
    """The house's shared things; built once in `bot.app`, handed to every door.

    `read` and `write` run a plain synchronous function with a session in a worker thread and one transaction, so
    that no door waits inside the event loop. On SQLite all writes of a process queue for one thread.
    """

    database: Database
    settings: Settings
    kpis: Mapping[str, Kpi]
    agendas: Mapping[str, Agenda] = field(default_factory=dict)
    lives: Mapping[str, Live] = field(default_factory=dict)
    helps: Mapping[str, Help] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    """What Slack must allow for all that the handlers and the courier do."""
    now: Callable[[Session], datetime] = database_now
    """What time it is for all machines together: it decides what is due, and comes from the database's clock."""
    bell: Bell = field(default_factory=Bell)
    reports: Mapping[str, Report] = field(default_factory=dict)

    @cached_property
    def counting(self) -> Counting:
        """What the organisation counts by, as the settings have it."""
        return Counting(
            self.kpis,
            self.settings.zone,
            frozenset(self.settings.critical),
            _default_targets(self.settings, self.kpis),
            self.settings.services,
            int(self.settings.incidents.trend_from),
            timedelta(days=self.settings.incidents.repeat_days),
            tuple(self.settings.teams),
        )

    @cached_property
    def sources(self) -> Sources:
        """Where the news in an agenda comes from."""
        return Sources(self.counting, self.agendas, self.lives, self.settings.team_names)

    @cached_property
    def staff(self) -> Staff:
        """Who leads whom, as the settings have it."""
        return _staff(self.settings)

    @cached_property
    def severities(self) -> Severities:
        """How bad incidents can be, as the settings have it."""
        return _severities(self.settings)

    @cached_property
    def vault(self) -> Vault:
        """What seals answers; `Refused` where nobody has set the secret for it."""
        secret = self.settings.steward_secret
        if secret is None:
            raise Refused(
                "Answers are sealed with a secret, and none is set. Whoever runs me sets STEWARD_SECRET to at least 32 characters from chance."
            )
        return Vault(secret.get_secret_value())

    def groups(self, terms: Terms) -> dict[str, tuple[str, Sequence[str]]]:
        """Return the groups that a pulse is to show, by slug: what each is called, and its teams."""
        match terms.grouping:
            case "none":
                return {}
            case "teams":
                names = self.settings.team_names
                return {slug: (names[slug], [slug]) for slug in terms.teams if slug in names}
        teams = {slug: team for slug, team in self.settings.teams.items() if slug in terms.teams}
        found: dict[str, tuple[str, list[str]]] = {}
        for slug, team in teams.items():
            name = team.role.replace("_", " ").capitalize() + "s"
            found.setdefault(team.role, (name, []))[1].append(slug)
        return dict(found)

    def reader(self, person: Person) -> Reader:
        """Return what a person may read of incidents: the restricted ones that name them, all of them if listed."""
        is_listed = person.id in self.settings.incidents.restricted_to
        return Reader(person.id, sees_restricted=is_listed and person.may(Role.MANAGER))

    async def read(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `do(session, …)` in a thread, in a transaction that only reads."""
        work = partial(self.database.read, do, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.database.readers, work)

    async def write(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `do(session, …)` in a thread, in one transaction that is committed when it returns."""

        def work(session: Session) -> tuple[T, bool]:
            return do(session, *args, **kwargs), bool(session.info.get(_HAS_PROMISED))

        loop = asyncio.get_running_loop()
        result, has_promised = await loop.run_in_executor(
            self.database.writers, self.database.write, work
        )
        if has_promised:
            self.bell.ring()
        return result

    async def write_lastingly(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do as `write` does, and outlast a loss of power: for what something follows from that cannot be undone."""
        work = partial(self.database.write_lastingly, do, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.database.writers, work)

    def recount_soon(self) -> None:
        """Bring the tallies to a changed target in the background; a restart would do it too."""
        done = self.database.readers.submit(recount, self.database, self.counting)
        done.add_done_callback(_tell_trouble)


def promise(
    session: Session,
    to: str,
    message: Message,
    key: str,
    *,
    due: datetime | None = None,
    priority: Priority = Priority.INTERACTIVE,
    until: datetime | None = None,
    in_thread_of: str | None = None,
    thread_at: Place | None = None,
    broadcast: bool = False,
) -> bool:
    """Promise a message in this transaction; return False where `key` has been promised before.

    `to` is a channel's id, a person's, or several people's parted by commas. The courier sends it once, when `due`
    (now without it) and not after `until`. With `in_thread_of`, another message's key, it is posted in that message's
    thread, after it; `thread_at` says where that stands, for when the outbox has forgotten it, and `broadcast` shows it
    in the channel as well. The first word of the key, up to ":", says whose message it is: see `Receipt`.
    """
    body = {**message.as_payload(), **({"reply_broadcast": True} if broadcast else {})}
    parcel = outbox.Parcel(key, to, body, priority, due, until, in_thread_of)
    session.info[_HAS_PROMISED] = True
    return outbox.put(session, parcel, clock.now(), thread_at)


def promise_all(
    session: Session,
    to: Mapping[str, str],
    message: Message,
    *,
    priority: Priority = Priority.BULK,
    until: datetime | None = None,
) -> None:
    """Promise the same message to many in one statement: `to` says to whom, by the keys; see `promise`."""
    parcel = outbox.Parcel("", "", message.as_payload(), priority, until=until)
    session.info[_HAS_PROMISED] = True
    outbox.put_all(session, parcel, to, clock.now())


def promise_edit(
    session: Session,
    of: str,
    message: Message,
    *,
    priority: Priority = Priority.INTERACTIVE,
    at: Place | None = None,
) -> None:
    """Promise new words for the message with the key `of`; of several edits only the newest is sent.

    `at` says where it stands, for when the outbox has forgotten it.
    """
    session.info[_HAS_PROMISED] = True
    outbox.put_edit(session, of, message.as_payload(), priority, clock.now(), at)


def promise_removal(
    session: Session,
    key: str,
    *,
    priority: Priority = Priority.INTERACTIVE,
    at: Place | None = None,
) -> None:
    """Promise that a message is taken out of Slack again, with all that was promised in answer to it.

    What has not been sent is dropped, what is just being sent is deleted when it has arrived; edits and answers that
    come later are dropped too. The words are gone from the outbox when this transaction ends. `at` says where the
    message stands, for when the outbox has forgotten it.
    """
    session.info[_HAS_PROMISED] = True
    outbox.put_removal(session, key, priority, clock.now(), at)


def forget_words(session: Session, prefix: str) -> None:
    """Forget what messages said that have ended: the one with the key `prefix`, and all whose keys go on with ":".

    They stay in Slack.
    """
    outbox.forget_words(session, prefix)


def withdraw(session: Session, key: str) -> None:
    """Let a message that never came to Slack be promised again; any other is left alone."""
    outbox.withdraw(session, key)


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a promised message ended; handed, in the same transaction, to whoever its key's first word names.

    `channel` and `ts` are its place in Slack, where it got there; `error` says in Slack's words why not. Of an edit only
    that Slack did not take it is told: `edit_of` is the key of the message, whose place is told then.
    """

    key: str
    state: Delivery
    channel: str | None
    ts: str | None
    error: str | None
    at: datetime

    @property
    def edit_of(self) -> str:
        """The key of the message that this edit was for; "" where it is a message itself."""
        return outbox.edited_by(self.key)


Settle = Callable[[Session, Services, Receipt], None]
"""What is done when a message has ended: it may decide, and promise, but not call Slack."""

Keep = Callable[[Session], Collection[str]]
"""Says which messages that have ended are still counted, or edited: their keys, or with what before a ":" these begin."""


def _tell_trouble(recounted: Future[int]) -> None:
    error = recounted.exception()
    if error is not None:
        words = "tallies could not be counted anew; the next start will do it: %s"
        log.error(words, whereabouts(error))


def _staff(settings: Settings) -> Staff:
    teams = settings.teams.items()
    by_id = tuple(manager for manager in settings.managers if "@" not in manager)
    return Staff(
        by_id,
        {slug: team.lead for slug, team in teams if team.lead},
        {slug: team.zone for slug, team in teams if team.zone},
        settings.zone,
        has_others=len(by_id) < len(settings.managers),
    )


def _severities(settings: Settings) -> Severities:
    found = {
        slug: Severity(
            slug,
            each.name or slug.upper(),
            rank,
            _minutes(each.update_minutes),
            _minutes(each.acknowledge_minutes),
            None if each.rca_workdays is None else int(each.rca_workdays),
            each.own_channel,
        )
        for rank, (slug, each) in enumerate(settings.severities.items())
    }
    matrix = {
        Customers(customers): {Effect(effect): slug for effect, slug in row.items()}
        for customers, row in settings.incidents.matrix.items()
    }
    return Severities(found, matrix)


def _minutes(number: float | None) -> timedelta | None:
    return None if number is None else timedelta(minutes=number)


def _default_targets(settings: Settings, kpis: Mapping[str, Kpi]) -> dict[str, float]:
    """Return the targets and plans that `app.yaml` names, in each KPI's own unit."""
    targets: dict[str, float] = {}
    for slug, chosen in settings.kpis.items():
        if chosen.plan is not None:
            targets[slug] = float(chosen.plan)
        if chosen.target is not None:
            targets[slug] = read_target(kpis[slug], str(chosen.target))
    return targets
