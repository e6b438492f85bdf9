"""The helpdesk of the tests: tickets by the dozen, told to the bot as an import would."""

from datetime import UTC, datetime, timedelta
from itertools import count

from bot.domain.ticket import Ticket
from tests.front_door import FrontDoor

MONDAY_0930 = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Helpdesk:
    """Makes tickets and lets them come in."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door
        self._numbers = count(1)

    def answers(
        self,
        satisfied: int,
        unsatisfied: int = 0,
        *,
        on: datetime = MONDAY_0930 - 3 * HOUR,
        team: str | None = "emea",
    ) -> None:
        """Let customers rate their tickets."""
        ratings = ["good"] * satisfied + ["bad"] * unsatisfied
        self._door.tickets(
            Ticket(self._id(), on - HOUR, rating=rating, rated_at=on, team=team)
            for rating in ratings
        )

    def replies(
        self, *waits: timedelta, on: datetime = MONDAY_0930 - 3 * HOUR, team: str | None = "emea"
    ) -> None:
        """Let the desk answer new tickets after these waits."""
        self._door.tickets(
            Ticket(self._id(), on - wait, first_response_at=on, team=team) for wait in waits
        )

    def opens(self, tickets: int, *, on: datetime = MONDAY_0930 - 3 * HOUR, **more: object) -> None:
        """Let customers open tickets."""
        self._door.tickets(Ticket(self._id(), on, **more) for _ in range(tickets))  # type: ignore[arg-type]

    def _id(self) -> str:
        return f"T-{next(self._numbers)}"
