"""The stage for incidents: a practice workspace with a channel for them, and what people do and see there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.incident import HOUSE, Incident, find_incident, find_incidents
from bot.workspace.message import Conversation
from bot.workspace.outcome import Outcome
from bot.workspace.roster import Channel, Roster
from bot.workspace.validator import check_message, check_view
from tests.front_door import ANA, BO, CAST, CY, LEA, PAGE, FrontDoor, Seen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INC = "C0INCIDENTS"
ROSTER = Roster(
    CAST.team,
    people=CAST.people,
    channels=(*CAST.channels, Channel(INC, "incidents", members=(ANA, BO, LEA, CY))),
)
SERVICES = "services: [api-gateway, database, dns]\n"
WITH_CHANNEL = f"{PAGE}{SERVICES}channels: {{incidents: {INC}}}\n"
DECLARED = {
    "title": "API gateway down",
    "services": ["api-gateway"],
    "customers": "many",
    "effect": "down",
    "began": "now",
    "noticed": "monitoring",
}
_SENT = ("type", "title", "submit", "close", "blocks", "callback_id", "private_metadata")


class IncidentDoor(FrontDoor):
    """A front door whose bot is in the channel for incidents."""

    def __init__(
        self, database_url: str, folder: Path, *, page: str = WITH_CHANNEL, **how: Any
    ) -> None:
        super().__init__(database_url, folder, page=page, roster=ROSTER, **how)

    def __enter__(self) -> "IncidentDoor":
        super().__enter__()
        self.slack.invite_app(INC)
        return self

    @property
    def place(self) -> Conversation:
        """The channel for incidents, as Slack has it."""
        return self.slack.workspace.conversations[INC]

    def declare(self, by: str = BO, **values: Any) -> Seen:
        """Let somebody declare an incident, and let its card be posted."""
        seen = self.submit(self.command("/incident", by=by), **{**DECLARED, **values})
        self.deliver()
        return seen

    def cards(self, by: str = BO) -> list[Seen]:
        """Return the cards in the channel, as somebody sees them."""
        shown = [{**one, "channel": INC} for one in self.seen(by, INC) if not one.get("ephemeral")]
        return [Seen(Outcome(messages=[one]), by) for one in shown]

    def card(self, by: str = BO) -> Seen:
        """Return the only card there is, brought up to date, and as Slack takes it."""
        self.deliver()
        (found,) = self.cards(by)
        assert check_message({"text": found.text, "blocks": found.message["blocks"]}) == []
        return found

    def thread(self) -> list[str]:
        """Return what was said under the first card."""
        self.deliver()
        first = self.seen(BO, INC)[0]["ts"]
        return [one.text for one in self.place.thread_seen_by(BO, first)][1:]

    def fill(self, label: str, by: str = LEA, **values: object) -> Seen:
        """Press a button of the only card and fill in the form that it opens."""
        return self.submit(good(self.press(self.card(), label, by=by)), **values)

    def more(self, label: str, by: str = LEA) -> Seen:
        """Press a button in the window behind "More"."""
        return self.press(good(self.press(self.card(), "More", by=by)), label)

    def every_incident(self) -> list[Incident]:
        """Return every incident, the newest first."""
        return self.services.database.read(find_incidents, HOUSE)

    def incident(self, number: int = 1) -> Incident:
        """Return an incident as it stands, by its id."""
        return self.services.database.read(find_incident, number, HOUSE)


def good(seen: Seen) -> Seen:
    """Assert that Slack takes the window in front."""
    view = {key: seen.view[key] for key in _SENT if seen.view.get(key)}
    assert check_view(view) == []
    return seen


def fields(seen: Seen) -> dict[str, dict[str, Any]]:
    """Return the fields of the form in front, by name."""
    return {
        block["block_id"]: block["element"]
        for block in seen.view["blocks"]
        if block["type"] == "input"
    }


def after(minutes: float) -> datetime:
    """Return an instant so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def picked(minutes: float) -> int:
    """Return it as a picker says it."""
    return int(after(minutes).timestamp())
