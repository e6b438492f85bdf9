"""A practice workspace where incidents happen: whoever declares one or works on it does so in one transaction, as at a door."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.domain.declaration import Declaration
from bot.domain.incident import HOUSE, Incident, find_incident
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.outgoing import incident as outgoing
from bot.storage.incident import StepRow, for_shown
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Customers, Effect, IncidentKind, Role
from bot.workspace.message import Conversation, Kind
from tests import front_door
from tests.front_door import CAST, DESK, PAGE, FrontDoor

INCIDENTS = DESK
ANA = Person(front_door.ANA, "Ana", Role.MANAGER, ZoneInfo("Europe/Madrid"))
BO = Person(front_door.BO, "Bo", Role.MEMBER, ZoneInfo("Asia/Singapore"))
LEA = Person(front_door.LEA, "Lea", Role.LEAD, ZoneInfo("Europe/Prague"))
INCIDENT_PAGE = f"""{PAGE}
services: [api-gateway, database]
channels: {{incidents: {INCIDENTS}, operators: {INCIDENTS}}}
incidents: {{archive_days: 7}}
"""
DOWN = Declaration("API gateway down", ("api-gateway",), Customers.ALL, Effect.DOWN)
SMALL = Declaration("A typo on a page", ("api-gateway",), Customers.ONE, Effect.COSMETIC)
BREACH = Declaration(
    "Customer data leaked",
    ("database",),
    Customers.ONE,
    Effect.DOWN,
    kind=IncidentKind.SECURITY,
)


class Ward:
    """The front door, and who comes through it with incidents."""

    def __init__(self, door: FrontDoor) -> None:
        self.door = door
        self._presses = map("press {}".format, count(1))

    @property
    def slack(self) -> Any:
        """The practice Slack."""
        return self.door.slack

    def declare(self, said: Declaration = DOWN, by: Person = BO) -> Incident:
        """Declare an incident."""

        def act(session: Session) -> Incident:
            services = self.door.services
            return outgoing.declare(session, services, said, by, next(self._presses), clock.now())

        return self.door.write(act)

    def does(self, by: Person, incident: Incident, act: Callable[..., Any], *args: Any) -> Incident:
        """Let somebody do something with an incident, and the card follow."""

        def carry_out(session: Session) -> Incident:
            services = self.door.services
            reader = services.reader(by)
            work = Work(session, incident.id, by, reader, next(self._presses), clock.now())
            done: Incident = act(work, *args)
            outgoing.refresh(session, services, done)
            return done

        return self.door.write(carry_out)

    def act(self, by: Person, incident: Incident, do: Callable[..., Any], *args: Any) -> Incident:
        """Let somebody do what decides, shows and promises by itself."""

        def carry_out(session: Session) -> Incident:
            services = self.door.services
            reader = services.reader(by)
            work = Work(session, incident.id, by, reader, next(self._presses), clock.now())
            done: Incident = do(session, services, work, *args)
            return done

        return self.door.write(carry_out)

    def now(self, incident: Incident) -> Incident:
        """Return an incident as it stands."""
        return self.door.services.database.read(find_incident, incident.id, HOUSE)

    def tick(self, times: int = 1) -> None:
        """Let the bot look after its incidents, and say what it has to say."""
        for _ in range(times):
            self.door.tick("incident rooms")

    # --- What there is ---

    def rooms(self) -> list[Conversation]:
        """Return the channels that the bot has opened."""
        bot = self.slack.app.bot_user
        kinds = (Kind.CHANNEL, Kind.PRIVATE)
        every = self.slack.workspace.conversations.values()
        return [one for one in every if one.creator == bot and one.kind in kinds]

    def room(self) -> Conversation:
        """Return the only one."""
        (found,) = self.rooms()
        return found

    def steps(self, incident: Incident) -> dict[str, str]:
        """Return what became of every step: "done", "waits" or Slack's reason for giving up."""

        def look(session: Session) -> dict[str, str]:
            found = session.scalars(
                for_shown(select(StepRow).where(StepRow.incident_id == incident.id))
            )
            return {
                row.step: "done" if row.done_at else "waits" if row.next_at else row.error or "?"
                for row in found
            }

        return self.door.services.database.read(look)

    def said(self, channel: str = INCIDENTS, by: str = front_door.ANA) -> list[str]:
        """Return the words of every message that somebody sees in a channel and its threads."""
        if not self.slack.workspace.can_see(by, self.slack.workspace.conversations[channel]):
            return []
        shown = self.door.seen(by, channel)
        threads = [self.slack.acts.thread(by, channel, m["ts"]) or [m] for m in shown]
        return [str(message["text"]) for thread in threads for message in thread]

    def outbox(self) -> list[OutboxRow]:
        """Return every message that was promised."""

        def look(session: Session) -> Sequence[OutboxRow]:
            return session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()

        return list(self.door.services.database.read(look))


@contextmanager
def ward(database_url: str, folder: Path, **chosen: Any) -> Iterator[Ward]:
    """Open a workspace where incidents happen."""
    chosen = {"page": INCIDENT_PAGE, "roster": CAST, **chosen}
    with FrontDoor(database_url, folder, **chosen) as door:
        yield Ward(door)
