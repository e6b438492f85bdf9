"""The person at the door, as far as a decision needs to know them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.domain import access
from bot.vocabulary import Role

MONITOR = "alertmanager"
"""The id of whoever says what monitoring has noticed: nobody in Slack, never reminded and never spoken to."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who typed, pressed or submitted something.

    `id` is Slack's user id; `team` the slug of the team in `app.yaml` that lists them, if any;
    `zone` is the zone in which they read times.
    """

    id: str
    name: str
    role: Role
    zone: ZoneInfo
    team: str | None = None

    def may(self, least: Role) -> bool:
        """Return whether this person is at least `least`."""
        return access.allows(self.role, least)

    def must_be(self, least: Role, to: str) -> None:
        """Raise `Forbidden` unless this person is at least `least`; `to` says what for."""
        access.require(self.role, least, to)
