"""Drives the bot as Slack does: people type and press in a practice workspace, and the test looks at what they saw.

The bot is the real one, reached over Socket Mode or signed HTTP on this machine. Everything runs in one event loop in
a thread of its own, so that tests read from top to bottom; each act returns when the bot has answered.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal, TypeVar

from bot import settings
from bot.app import House, build, find_routers, open_services, prepare
from bot.blocks.kit import Message
from bot.blocks.plain import plain
from bot.domain.count import record_tickets
from bot.domain.ticket import Ticket
from bot.services import Services
from bot.slack.manifest import manifest
from bot.slack.router import Router, combine
from bot.web import SLACK_PATH
from bot.workspace.outcome import Outcome
from bot.workspace.roster import Channel, Person, Roster, Team
from bot.workspace.server import PracticeSlack

T = TypeVar("T")
Mode = Literal["socket", "http"]

ANA, BO, LEA, CY, DEE = "U0ANA", "U0BO", "U0LEA", "U0CY", "U0DEE"
DESK, PARTNERS = "C0DESK", "C0PARTNERS"

CAST = Roster(
    Team("T0HOME", "Home"),
    people=(
        Person(ANA, "ana", "Ana Ruiz", tz="Europe/Madrid", email="ana@home.example"),  # manages
        Person(BO, "bo", "Bo Chen", tz="Asia/Singapore"),  # works the desk
        Person(LEA, "lea", "Lea Novak", tz="Europe/Prague"),  # leads the desk
        Person(CY, "cy", "Cy Guest", is_restricted=True),  # a guest account
        Person(DEE, "dee", "Dee Partner", team_id="T0AWAY"),  # of another workspace
    ),
    channels=(
        Channel(DESK, "desk", members=(ANA, BO, LEA, CY)),
        Channel(PARTNERS, "partners", members=(ANA, BO, DEE), is_ext_shared=True),
    ),
)

PAGE = """
timezone: UTC
managers: [U0ANA]
teams:
  emea: {role: support_engineer, name: EMEA desk, lead: U0LEA, members: [U0BO]}
  apac: {role: support_engineer, name: APAC desk, lead: U0LEA, members: [U0LEA]}
kpis:
  ticket_volume: {plan: 500}
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one person noticed after an act: the messages they were shown, and Slack's own words where it failed."""

    outcome: Outcome
    by: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages, in the order shown."""
        return self.outcome.messages

    @property
    def message(self) -> dict[str, Any]:
        """The only message."""
        assert self.outcome.error is None, self.outcome.error
        assert len(self.messages) == 1, (
            f"{len(self.messages)} messages: {[m['text'] for m in self.messages]}"
        )
        return self.messages[0]

    @property
    def text(self) -> str:
        """What a phone or a screen reader tells of the only message."""
        return str(self.message["text"])

    @property
    def is_private(self) -> bool:
        """Whether only this person saw it."""
        return bool(self.message.get("ephemeral"))

    def plain(self) -> str:
        """The only message as lines of text."""
        return plain(Message(self.text, self.message["blocks"]))

    def kinds(self) -> list[str]:
        """The types of its blocks."""
        return [block["type"] for block in self.message["blocks"]]

    def button(self, label: str) -> dict[str, Any]:
        """The button with a label, wherever it is."""
        for block in self.message["blocks"]:
            for element in [
                *block.get("elements", []),
                *([block["accessory"]] if "accessory" in block else []),
            ]:
                if element.get("type") == "button" and element["text"]["text"] == label:
                    return {**element, "block_id": block["block_id"]}
        raise AssertionError(f"no button {label!r}")


class FrontDoor:
    """A practice workspace with the bot in it."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        mode: Mode = "socket",
        page: str = PAGE,
        routers: Iterable[Router] | None = None,
        roster: Roster = CAST,
        ack_timeout: float = 3.0,
        rate_limits: bool = True,
    ) -> None:
        (folder / "app.yaml").write_text(page, encoding="utf-8")
        self.mode = mode
        self.slack = PracticeSlack(
            roster, ack_timeout=ack_timeout, retry_delays=(0, 0, 0), rate_limits=rate_limits
        )
        self._routers = list(find_routers().values()) if routers is None else list(routers)
        self._folder, self._database_url = folder, database_url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="front door", daemon=True
        )
        self.house: House
        self.services: Services

    def __enter__(self) -> "FrontDoor":
        self._thread.start()
        self.wait(self.slack.start())
        self.services = open_services(self._settings())
        prepare(self.services)
        self.house = build(
            self.services.settings, self.services, self._routers, listen=self.mode == "http"
        )
        self._install(None)
        self.wait(self.house.start())
        if self.house.web is not None:
            self._install(f"http://127.0.0.1:{self.house.web.port}{SLACK_PATH}")
        self.slack.invite_app(DESK)
        return self

    def __exit__(self, *_: object) -> None:
        self.wait(self.house.stop())
        self.wait(self.slack.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.services.database.close()

    def wait(self, act: Coroutine[Any, Any, T]) -> T:
        """Run something in the loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(timeout=30)

    def wait_all(self, acts: Iterable[Awaitable[T]]) -> list[T]:
        """Run several things at once."""

        async def together() -> list[T]:
            return list(await asyncio.gather(*acts))

        return self.wait(together())

    def command(self, text: str, *, by: str, channel: str = DESK) -> Seen:
        """Type a slash command."""
        return Seen(self.wait(self.slack.acts.command(by, channel, text)), by)

    def press(self, seen: Seen, label: str, *, by: str | None = None) -> Seen:
        """Press a button of a message somebody saw."""
        button = seen.button(label)
        who = by or seen.by
        act = self.slack.acts.press(
            who, seen.message, button["action_id"], block_id=button["block_id"]
        )
        return Seen(self.wait(act), who)

    def press_as(self, seen: Seen, label: str, who: str) -> str:
        """Send the press of a button by somebody who was never shown it, and return what they are told."""
        button = seen.button(label)
        payload = {
            "type": "block_actions",
            "team": {"id": CAST.team.id},
            "user": {"id": who, "team_id": CAST.team.id},
            "trigger_id": f"1.2.{who}",
            "container": {"type": "message", "channel_id": DESK, "message_ts": seen.message["ts"]},
            "channel": {"id": DESK},
            "actions": [{**button, "action_ts": "1.1"}],
        }
        self.wait(self.slack.acts.deliver("interactive", payload))
        return str(self.seen(who)[-1]["text"])

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that happens in the background, ten seconds at most (the clock may be frozen)."""
        for _ in range(1_000):
            if holds():
                return
            threading.Event().wait(0.01)
        raise AssertionError("it did not happen in time")

    def seen(self, user: str, channel: str = DESK) -> list[dict[str, Any]]:
        """Return everything a person sees in a channel."""
        return self.slack.seen(user, channel)

    def tickets(self, tickets: Iterable[Ticket], source: str = "helpdesk.csv") -> None:
        """Let tickets come in from the helpdesk."""
        self.services.database.write(record_tickets, self.services.counting, list(tickets), source)

    def _install(self, url: str | None) -> None:
        content = manifest(self.services.settings, combine(self._routers), request_url=url)
        self.slack.install(content, request_url=url)

    def _settings(self) -> settings.Settings:
        environ: Mapping[str, str] = {
            "SLACK_BOT_TOKEN": "xoxb-practice",
            **(
                {"SLACK_APP_TOKEN": "xapp-practice"}
                if self.mode == "socket"
                else {"SLACK_SIGNING_SECRET": "practice-signing-secret"}
            ),
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self._database_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
        }
        return settings.load(self._folder / "app.yaml", environ)


def text(lines: str) -> str:
    """Return an indented block of a test as the lines it stands for."""
    return dedent(lines).strip("\n")
