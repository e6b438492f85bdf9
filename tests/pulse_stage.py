"""The stage for pulse surveys: two teams of six and their manager, asked by direct message."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.workspace.roster import Channel, Person, Roster, Team
from bot.workspace.validator import check_message, check_view
from tests.front_door import ANA, DESK, FrontDoor, Seen

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
DESKS = tuple(f"U0DESK{number}" for number in range(6))
CLOUDS = tuple(f"U0CLOUD{number}" for number in range(6))
GUEST, AWAY = "U0GUEST", "U0AWAY"
SECRET = "a secret of the tests, long enough"
TEAMS = f"""
timezone: UTC
managers: [U0ANA]
teams:
  desk: {{role: support_engineer, name: Desk, members: [{", ".join(DESKS)}, {GUEST}]}}
  cloud: {{role: cloud_engineer, name: Cloud, members: [{", ".join(CLOUDS)}]}}
channels: {{managers: {DESK}}}
delivery: {{posts_per_second: 1000}}
"""
ROSTER = Roster(
    Team("T0HOME", "Home"),
    people=(
        Person(ANA, "ana", "Ana Ruiz", tz="Europe/Madrid"),
        *(Person(one, one.lower(), one.title(), tz="Europe/Madrid") for one in DESKS),
        *(Person(one, one.lower(), one.title(), tz="Asia/Singapore") for one in CLOUDS),
        Person(GUEST, "guest", "Gil Guest", is_restricted=True),
        Person(AWAY, "away", "Abe Away", team_id="T0AWAY"),
    ),
    channels=(Channel(DESK, "managers", members=(ANA, *DESKS, *CLOUDS, GUEST, AWAY)),),
)
_SENT = ("type", "title", "submit", "close", "blocks", "callback_id", "private_metadata")
STARTED: dict[str, Any] = {
    "name": "Autumn pulse",
    "teams": ["desk", "cloud"],
    "count": "3",
    "extras": ["enps", "comment"],
    "days": "7",
    "remind": "3",
    "least": "5",
    "grouping": "teams",
}
ANSWER = {"statement0": "5", "statement1": "4", "statement2": "2", "enps": "9"}


class PulseDoor(FrontDoor):
    """A front door behind which people can be asked."""

    def __init__(self, database_url: str, folder: Path, *, page: str = TEAMS, **how: Any) -> None:
        environ = {"STEWARD_SECRET": SECRET, **how.pop("environ", {})}
        chosen = {"roster": ROSTER, "rate_limits": False, **how}
        super().__init__(database_url, folder, page=page, environ=environ, **chosen)

    def start(self, **values: Any) -> Seen:
        """Let the manager start a survey, its people be gathered, and the first be asked."""
        seen = self.submit(self.command("/pulse start", by=ANA), **{**STARTED, **values})
        self.wait(self.slack.acts.close(ANA, seen.view["id"]))
        self.advance()
        return seen

    def advance(self) -> None:
        """Let everything that is due happen and be sent."""
        for _ in range(2):  # what the first round opens, the second asks
            self.tick()

    def asked(self, person: str) -> Seen:
        """Return the last message that asks a person, as Slack takes it."""
        letters = [one for one in self.letters(person) if "Pulse survey" in one.text]
        assert letters, f"{person} was not asked"
        message = letters[-1]
        assert check_message({"text": message.text, "blocks": message.message["blocks"]}) == []
        return message

    def press_by_number(self, person: str, number: int) -> Seen:
        """Let a person press Answer under a survey in their list, whatever messages they have."""
        listed = self.command("/pulse", by=person)
        button = next(
            block["accessory"]
            for block in listed.message["blocks"]
            if block.get("accessory", {}).get("value") == str(number)
        )
        where = listed.message
        act = self.slack.acts.press(person, where, button["action_id"], None, block_id=next(
            block["block_id"] for block in where["blocks"] if block.get("accessory") is button
        ))  # fmt: skip
        return Seen(self.wait(act), person)

    def answer(self, person: str, **values: Any) -> Seen:
        """Let a person answer, and return what the form turns into."""
        form = well_made(self.press(self.asked(person), "Answer", by=person))
        return well_made(self.submit(form, **(values or ANSWER)))


def well_made(seen: Seen) -> Seen:
    """Assert that Slack takes the window in front."""
    view = {key: seen.view[key] for key in _SENT if seen.view.get(key)}
    assert check_view(view) == []
    return seen


def code_in(seen: Seen) -> str:
    """Return the receipt code that a window shows."""
    return seen.window().split("receipt code is `")[1].split("`")[0]


def later(**time: float) -> datetime:
    """Return an instant after Monday noon."""
    return MONDAY + timedelta(**time)
