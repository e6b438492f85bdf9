"""The incidents of the tests: written down by the dozen, with the times that a test says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain import declaration
from bot.domain import incident_work as work
from bot.domain.declaration import Declaration
from bot.domain.incident import Incident
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.severity import Severities, Severity
from bot.storage.database import Database
from bot.storage.incident import Reader
from bot.vocabulary import Customers, Effect, Moment, Role

MANAGER = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))
SEVERITIES = Severities(
    {"sev1": Severity("sev1", "SEV1", 0), "sev3": Severity("sev3", "SEV3", 1)}, {}
)
_SEES_ALL = Reader(MANAGER.id, sees_restricted=True)
_PRESSES = count(1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class IncidentBook:
    """Writes incidents down afterwards, each in a transaction of its own; `now` is when."""

    def __init__(self, database: Database, now: datetime = NOON) -> None:
        self.database, self.now = database, now

    def add(
        self,
        title: str = "Gateway down",
        services: tuple[str, ...] = ("api-gateway",),
        *,
        customers: Customers | None = Customers.MANY,
        effect: Effect | None = Effect.DOWN,
        **said: Any,
    ) -> Incident:
        """Write an incident down, with whatever a late log may say of it."""
        draft = Declaration(
            title, services, customers, effect, "sev3", "as the test says", is_late=True, **said
        )
        return self.database.write(
            declaration.declare, draft, MANAGER, SEVERITIES, f"book {next(_PRESSES)}", self.now
        )

    def took(
        self, minutes: float, until: datetime | None = None, unseen: float = 5, **said: Any
    ) -> Incident:
        """Write down an incident that was resolved so many minutes after it was detected, and undetected for `unseen`."""
        resolved = until or self.now - timedelta(hours=3)
        detected = resolved - timedelta(minutes=minutes)
        started = detected - timedelta(minutes=unseen)
        return self.add(started=started, detected=detected, resolved=resolved, **said)

    def does(
        self, incident: Incident, act: Callable[..., Incident], *args: Any, **how: Any
    ) -> Incident:
        """Let a manager do something with an incident."""

        def carry_out(session: Session) -> Incident:
            press = f"book {next(_PRESSES)}"
            return act(
                Work(session, incident.id, MANAGER, _SEES_ALL, press, self.now), *args, **how
            )

        return self.database.write(carry_out)

    def void(self, incident: Incident, of: Incident | None = None) -> Incident:
        """Say that an incident is a duplicate of another, or else that it was a false alarm."""
        return (
            self.does(incident, work.mark_duplicate, of)
            if of
            else self.does(incident, work.false_alarm)
        )

    def reopen(self, incident: Incident, since: datetime) -> Incident:
        """Let an incident come back."""
        return self.does(incident, work.reopen, since, SEVERITIES)

    def resolve(self, incident: Incident, at: datetime) -> Incident:
        """Let an incident be over."""
        return self.does(incident, work.resolve, SEVERITIES, {Moment.RESOLVED: at})

    def repeat(self, incident: Incident, of: Incident, *, confirmed: bool = True) -> Incident:
        """Say that an incident has the same cause as an earlier one."""
        return self.does(incident, work.mark_repeat, of, is_confirmed=confirmed)
