"""The stage for feedback: that of surveys, with a channel in which the manager alone reads what is said to the leadership."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.workspace.roster import Channel
from tests import pulse_stage
from tests.front_door import ANA, DESK
from tests.pulse_stage import PulseDoor

MANAGERS = "C0MANAGERS"
TEAMS = pulse_stage.TEAMS.replace(f"managers: {DESK}", f"managers: {MANAGERS}")
_READING = Channel(MANAGERS, "leadership", members=(ANA,), is_private=True)
_ROSTER = replace(pulse_stage.ROSTER, channels=(*pulse_stage.ROSTER.channels, _READING))


class FeedbackDoor(PulseDoor):
    """A front door behind which people can write to the leadership, who do not read it."""

    def __init__(self, database_url: str, folder: Path, *, page: str = TEAMS, **how: Any) -> None:
        super().__init__(database_url, folder, page=page, **{"roster": _ROSTER, **how})

    def __enter__(self) -> "FeedbackDoor":
        super().__enter__()
        self.slack.invite_app(MANAGERS)
        return self
