"""Puts the house together: settings and catalogues in, a bot that can be started and stopped out.

Nothing is built at import, and building calls nobody: the network is first touched by `start`.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from bot import catalog
from bot.blocks.help import Help
from bot.domain.agenda import Agenda, Live, name_agendas
from bot.domain.count import forget_others, recount
from bot.domain.delivery import Deliveries, look
from bot.domain.kpi import Kpi, make_catalogue, read_target
from bot.domain.report import Report, name_reports
from bot.errors import SettingsWrong
from bot.hook import Hook, HookDoor
from bot.jobs import action, agenda, claim, delivery, feedback, incident, people, pulse, rca
from bot.jobs.clockwork import Clockwork, Job
from bot.outgoing import alert
from bot.services import Keep, Services, Settle
from bot.settings import Settings, problems_with_incidents, problems_with_kpis
from bot.slack.connection import QUIET, TROUBLE, Connection
from bot.slack.courier import USUAL, Courier, Manners
from bot.slack.door import PATIENCE_SECONDS, Door
from bot.slack.manifest import scopes
from bot.slack.people import People
from bot.slack.router import Router, combine
from bot.slack.sockets import Sockets
from bot.storage.database import Database, database_now
from bot.storage.schema import upgrade
from bot.web import Check, Web

# What the bot does by itself: a line for each file in `bot/jobs/`, in both tables.
Jobs = Callable[[Services, People], Iterable[Job]]
JOBS: Sequence[Jobs] = (
    action.jobs,
    agenda.jobs,
    claim.jobs,
    delivery.jobs,
    feedback.jobs,
    incident.jobs,
    people.jobs,
    pulse.jobs,
    rca.jobs,
)
SETTLE: Mapping[str, Settle] = {
    **agenda.SETTLE,
    **feedback.SETTLE,
    **incident.SETTLE,
    **pulse.SETTLE,
}  # by the first word of a message's key

# Which messages are kept for longer than others.
KEEP: Sequence[Keep] = (pulse.KEEP,)

# Other systems that push to the bot, by path.
Hooks = Mapping[str, Callable[[Services], Hook]]
HOOKS: Hooks = {alert.PATH: alert.hook}

_TICK, _TIDY = timedelta(milliseconds=250), timedelta(hours=1)
_FAREWELL_SECONDS = 5.0

# Bolt reads these from the environment whatever it is given: the first two would switch it to OAuth and drop our
# token, a token beside a client is complained about, and a verification token makes its check of SSL fail
# (slack-platform: 10.1).
_NOT_FOR_BOLT = (
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_BOT_TOKEN",
    "SLACK_VERIFICATION_TOKEN",
)


class House:
    """The bot, put together: `bolt` answers a request from Slack, `start` and `stop` open and close its doors."""

    def __init__(
        self,
        bolt: AsyncApp,
        connection: Connection,
        door: Door,
        courier: Courier,
        clockwork: Clockwork,
        web: Web | None,
        sockets: Sockets | None,
        *,
        winds_the_clock: bool,
    ) -> None:
        self.bolt = bolt
        self.connection = connection
        self.courier = courier
        self.clockwork = clockwork
        self.web = web
        self.sockets = sockets
        self.door = door
        self._winds_the_clock = winds_the_clock

    async def start(self) -> None:
        """Open the doors, wait until Slack knows us, and wind the clock; `SettingsWrong` when it never will."""
        if self.web is not None:
            await self.web.start()
        await self.connection.sign_in()
        if self.sockets is not None:
            await self.sockets.start()
        if self._winds_the_clock:
            self.clockwork.start()

    async def stop(self) -> None:
        """Finish what is under way and close the doors; safe after a start that failed half-way."""
        try:
            await asyncio.gather(self._stop_work(), self._close_doors())
        finally:
            await self.connection.close()

    async def _stop_work(self) -> None:
        await self.courier.stop()
        await self.clockwork.stop()

    async def _close_doors(self) -> None:
        if self.sockets is not None:
            await self.sockets.stop()
        if self.web is not None:
            await self.web.stop()
        await self.door.settle(_FAREWELL_SECONDS)


def build(
    settings: Settings,
    services: Services,
    routers: Iterable[Router],
    *,
    listen: bool = True,
    patience_seconds: float = PATIENCE_SECONDS,
    jobs: Iterable[Jobs] = JOBS,
    settle: Mapping[str, Settle] = SETTLE,
    hooks: Hooks = HOOKS,
    manners: Manners = USUAL,
    winds_the_clock: bool = True,
) -> House:
    """Build the bot: Socket Mode when there is an app-level token, HTTP otherwise.

    With `listen` it also serves HTTP on the settings' host and port, for Slack's requests, for health checks and for
    what other systems push: `hooks`. `jobs` are what the clock wakes beside the courier, `settle` what follows a
    delivery. Without the clock nothing happens by itself: a test wakes what it wants.
    """
    connection = Connection(_secret(settings.slack_bot_token), settings.slack_api_url)
    bolt = _bolt(settings, connection)
    register = People(connection.client, settings)
    door = Door(combine(routers), services, register, connection, patience_seconds)
    bolt.use(door)
    courier = Courier(services, connection, settle, manners, KEEP)
    chores = [job for made in jobs for job in made(services, register)]
    own = (Job("courier", _TICK, courier.tick), Job("tidy the outbox", _TIDY, courier.tidy))
    clockwork = Clockwork([*own, *chores])
    services.bell.hang(partial(_call, courier, clockwork))
    by_socket = settings.slack_app_token is not None
    sockets = Sockets(bolt, connection, _secret(settings.slack_app_token)) if by_socket else None
    checks = _checks(services, connection, sockets, courier)
    figures = partial(services.read, _look_at_deliveries, services)
    own_bolt = None if by_socket else bolt
    token = _secret(settings.steward_hook_token)
    doors = {path: HookDoor(made(services), token) for path, made in hooks.items()}
    web = Web(settings.host, settings.port, checks, own_bolt, figures, doors) if listen else None
    return House(
        bolt, connection, door, courier, clockwork, web, sockets, winds_the_clock=winds_the_clock
    )


def page_problems(settings: Settings) -> list[str]:
    """Return what on the operator's page does not fit the KPIs there are, or itself, one sentence each."""
    kpis = find_kpis()
    readers = {slug: partial(read_target, kpi) for slug, kpi in kpis.items()}
    planned = [slug for slug, kpi in kpis.items() if kpi.planned]
    return [*problems_with_kpis(settings, readers, planned), *problems_with_incidents(settings)]


def open_services(
    settings: Settings, now: Callable[[Session], datetime] = database_now
) -> Services:
    """Return the shared things, with every KPI there is; `now` decides what is due, for all machines alike.

    `SettingsWrong` where the operator's page does not fit them, or DATABASE_URL names no database that can be opened from here.
    """
    if problems := page_problems(settings):
        raise SettingsWrong(problems)
    return Services(
        _open_database(settings.database_url),
        settings,
        find_kpis(),
        find_agendas(),
        find_lives(),
        find_help(),
        frozenset(scopes(settings, combine(find_routers().values()))),
        now,
        reports=find_reports(),
    )


def _open_database(url: str) -> Database:
    try:
        return Database(url)
    except ModuleNotFoundError as error:
        raise SettingsWrong([_missing_driver(error)]) from None
    except (ArgumentError, ValueError):  # what they say may hold the password
        raise SettingsWrong(
            ["DATABASE_URL is not an address that can be read: look at its driver and its port."]
        ) from None


def _missing_driver(error: ModuleNotFoundError) -> str:
    if error.name == "psycopg":
        return "PostgreSQL needs the extra: pip install -e '.[postgres]'"
    return f"DATABASE_URL asks for the driver {error.name}, which is not installed."


def prepare(services: Services) -> None:
    """Bring the database to today's schema, and the tallies to today's definitions."""
    _make_folder(services.database)
    upgrade(services.database)
    services.database.write(forget_others, services.counting)
    recount(services.database, services.counting)


def _make_folder(database: Database) -> None:
    try:
        database.make_folder()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsWrong(
            [f"The database's folder cannot be made ({reason}): look at DATABASE_URL."]
        ) from None


def find_kpis() -> dict[str, Kpi]:
    """Return every KPI in `kpis/` by slug."""
    found = catalog.find("kpis", "KPI", Kpi)
    return make_catalogue(found, {slug: catalog.digest(f"kpis.{slug}") for slug in found})


def find_agendas() -> dict[str, Agenda]:
    """Return every meeting template in `agendas/` by slug."""
    return name_agendas(catalog.find("agendas", "AGENDA", Agenda))


def find_lives() -> dict[str, Live]:
    """Return every topic in `agendas/live/` by slug."""
    return catalog.find("agendas.live", "LIVE", Live)


def find_reports() -> dict[str, Report]:
    """Return every report in `kpis/reports/` by slug."""
    return name_reports(catalog.find("kpis.reports", "REPORT", Report))


def find_routers() -> dict[str, Router]:
    """Return the router of every file in `handlers/`."""
    return catalog.find("handlers", "router", Router)


def find_help() -> dict[str, Help]:
    """Return the help of every file in `handlers/`."""
    return catalog.find("handlers", "HELP", Help)


def _bolt(settings: Settings, connection: Connection) -> AsyncApp:
    with _hidden(_NOT_FOR_BOLT):
        return AsyncApp(
            name="steward",
            logger=QUIET,
            client=connection.client,
            authorize=_Authorize(connection),
            signing_secret=_secret(settings.slack_signing_secret),
            process_before_response=True,
        )


@contextmanager
def _hidden(names: Iterable[str]) -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def _call(courier: Courier, clockwork: Clockwork) -> None:
    courier.call()
    clockwork.nudge("courier")


class _Authorize(AsyncAuthorize):
    """Tells Bolt who the bot is, asking Slack once; when Slack does not say, the request is answered all the same."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 (Bolt's signature)
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,  # noqa: ARG002 (Bolt's signature)
        actor_enterprise_id: str | None = None,  # noqa: ARG002
        actor_team_id: str | None = None,  # noqa: ARG002
        actor_user_id: str | None = None,  # noqa: ARG002
    ) -> AuthorizeResult:
        try:
            us = await self._connection.identify()
        except TROUBLE:
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                bot_token=self._connection.client.token,
            )
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=us.team_id,
            bot_user_id=us.user_id,
            bot_id=us.bot_id,
            bot_token=self._connection.client.token,
        )


def _checks(
    services: Services, connection: Connection, sockets: Sockets | None, courier: Courier
) -> Mapping[str, Check]:
    async def database_answers() -> bool:
        return await services.read(_answers)

    async def slack_knows_us() -> bool:
        return connection.identity is not None

    async def slack_reaches_us() -> bool:
        return sockets is None or sockets.is_connected

    async def slack_takes_messages() -> bool:
        return not courier.stopped_by

    return {
        "database": database_answers,
        "token": slack_knows_us,
        "connection": slack_reaches_us,
        "courier": slack_takes_messages,
    }


def _look_at_deliveries(session: Session, services: Services) -> Deliveries:
    return look(session, services.now(session))


def _answers(session: Session) -> bool:
    return session.execute(text("SELECT 1")).scalar() == 1


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
