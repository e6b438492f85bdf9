"""The doctor: looks at everything the bot depends on, and says what would mend it.

Every look is bounded in time and none of them changes anything, so that it can be taken beside a running bot.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.blocks.health import Finding, bad, good, poor
from bot.domain import delivery, incident_steps
from bot.domain.delivery import Deliveries
from bot.domain.duration import format_duration
from bot.domain.series import places_in_use
from bot.services import Services
from bot.slack import reach
from bot.storage import trouble
from bot.storage.database import database_now
from bot.storage.schema import Age, age
from bot.vocabulary import Delivery

_LATE = timedelta(minutes=2)
_RUN = "start `python -m bot run`"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, and the outbox where it could be read."""

    findings: Sequence[Finding]
    deliveries: Deliveries | None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs mending."""
        return all(finding.is_well for finding in self.findings)


@dataclass(slots=True)
class _Records:
    """What the database says, as far as it could be asked."""

    findings: list[Finding] = field(default_factory=list)
    deliveries: Deliveries | None = None
    agendas: Mapping[str, Sequence[int]] = field(default_factory=dict)


async def examine(
    services: Services, client: AsyncWebClient | None, seconds: float, app_token: str = ""
) -> Report:
    """Look at database, schema, courier and outbox and, with a client, at token, scopes and channels.

    With an app-level token it is looked whether Slack takes that too; a bot that is asked in Slack need not ask.
    Nothing is waited for longer than `seconds`; there are at most four such waits one after another.
    """
    if client is None:
        records = await _look_at_database(services, seconds)
        return Report(records.findings, records.deliveries)
    records, greeting = await asyncio.gather(
        _look_at_database(services, seconds), reach.greet(client, seconds)
    )
    findings = [*records.findings, *greeting.findings]
    if greeting.granted is not None:
        if app_token:
            findings.append(await reach.knock(client, app_token, seconds))
        findings += await _look_around(services, client, records, greeting.granted, seconds)
    return Report(findings, records.deliveries)


async def _look_around(
    services: Services,
    client: AsyncWebClient,
    records: _Records,
    granted: frozenset[str],
    seconds: float,
) -> list[Finding]:
    """Look at what the app may do, and at its channels."""
    settings = services.settings
    places = reach.places_of(settings, records.agendas)
    channels, kinds = await reach.look_at_channels(client, places, settings.slack.name, seconds)
    kinds |= {"im", *("mpim" for target in records.agendas if "," in target)}
    return [*reach.check_scopes(services.scopes, granted, kinds), *channels]


# --- The database and what is in it ---


async def _look_at_database(services: Services, seconds: float) -> _Records:
    records = _Records()
    try:
        async with asyncio.timeout(seconds):
            await _read(services, records)
    except TimeoutError:
        fix = "look whether it runs, and can be reached from here"
        records.findings.append(bad("Database", f"does not answer within {seconds:g} s", fix))
    except OSError as error:
        why = error.strerror or type(error).__name__
        fix = "look at DATABASE_URL, and at the permissions of its folder"
        records.findings.append(bad("Database", f"its file cannot be looked at ({why})", fix))
    except SQLAlchemyError as error:
        records.findings.append(bad("Database", *trouble.in_words(error)))
    return records


async def _read(services: Services, records: _Records) -> None:
    """Read one thing after another, up to the first without which the next cannot be read."""
    file = services.database.file
    if file is not None and not file.exists():
        fix = f"{_RUN}, which makes it; or look at DATABASE_URL"
        records.findings.append(bad("Database", f"there is no file {file} yet", fix))
        return
    records.findings.append(await _database(services))
    schema = _schema(await services.read(age))
    records.findings.append(schema)
    if not schema.is_well:
        return
    deliveries, records.agendas = await services.read(_outbox_and_agendas, services)
    records.deliveries = deliveries
    records.findings += _outbox(deliveries)
    records.findings += _rooms(await services.read(incident_steps.given_up))


def _outbox_and_agendas(
    session: Session, services: Services
) -> tuple[Deliveries, Mapping[str, Sequence[int]]]:
    return delivery.look(session, services.now(session)), places_in_use(session)


async def _database(services: Services) -> Finding:
    began = time.monotonic()
    there = await services.read(database_now)
    took = time.monotonic() - began
    kind = "SQLite, for one machine" if services.database.is_sqlite else "PostgreSQL"
    apart = abs(there - clock.now()) - timedelta(seconds=took)
    if apart > reach.SKEW:
        words = f"its clock and this machine's are {format_duration(apart.total_seconds())} apart"
        return poor("Database", words, "set both by NTP; what is due goes by the database's")
    return good("Database", f"{kind}; answers in {took * 1000:.0f} ms")


def _schema(found: Age) -> Finding:
    match found:
        case Age.CURRENT:
            return good("Migrations", "the tables are this version's")
        case Age.NONE:
            return bad("Migrations", "there are no tables yet", f"{_RUN}, which makes them")
        case Age.OLDER:
            fix = f"{_RUN} with this version, which brings them up to date"
            return bad("Migrations", "the tables are an older version's", fix)
        case Age.UNKNOWN:
            fix = "use the version of the bot that runs on this database"
            return bad("Migrations", "the tables are another version's, most likely a newer", fix)


def _outbox(deliveries: Deliveries) -> Iterator[Finding]:
    yield _courier(deliveries)
    yield _waiting(deliveries)
    yield _lost(deliveries)


def _courier(deliveries: Deliveries) -> Finding:
    held = deliveries.lease
    if not held.holder:
        return bad("Courier", "no bot has ever run on this database", _RUN)
    if not deliveries.has_courier:
        ago = format_duration((deliveries.at - held.until).total_seconds())
        words = f"nobody has been sending for {ago}; the last was {held.holder}"
        return bad("Courier", words, f"{_RUN}, or look why it stopped")
    since = format_duration((deliveries.at - held.taken_at).total_seconds())
    return good("Courier", f"{held.holder} has been sending for {since}")


def _waiting(deliveries: Deliveries) -> Finding:
    counts = deliveries.counts
    words = f"{counts[Delivery.WAITING]:,} waiting, {counts[Delivery.SENT]:,} delivered"
    if counts[Delivery.SENDING]:
        words = f"{counts[Delivery.SENDING]:,} under way, {words}"
    if deliveries.late_by > _LATE:
        late = format_duration(deliveries.late_by.total_seconds())
        fix = "look at what else is said here; a long backlog clears by itself"
        return poor("Outbox", f"{words}; the oldest is {late} late", fix)
    return good("Outbox", words)


def _lost(deliveries: Deliveries) -> Finding:
    failed, uncertain, _ = deliveries.lost
    parts = []
    if failed:
        parts.append(f"{failed:,} could not be delivered")
    if uncertain:
        parts.append(f"{uncertain:,} may or may not have arrived")
    if not parts:
        return good("Lost messages", "none")
    fix = "below is what each of them needs; then `/playbook retry` or `python -m bot doctor --retry` tries them again"
    return poor("Lost messages", ", ".join(parts), fix)


def _rooms(given_up: Mapping[str, int]) -> Iterator[Finding]:
    """Say what the channels of open incidents lack; nothing where they lack nothing."""
    if given_up:
        reasons = ", ".join(f"{number:,} × {reason}" for reason, number in sorted(given_up.items()))
        fix = "mend what Slack says (a missing scope is listed below); then `/playbook retry`, `python -m bot doctor --retry` or a restart tries them again"
        yield poor("Incident channels", f"steps that Slack refused: {reasons}", fix)
