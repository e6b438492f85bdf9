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
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from bot import clock, settings
from bot.app import JOBS, SETTLE, House, build, find_routers, open_services, prepare
from bot.blocks.kit import Message
from bot.blocks.plain import plain
from bot.domain.count import record_tickets
from bot.domain.ticket import Ticket
from bot.jobs.clockwork import Job
from bot.services import Services, Settle
from bot.slack.courier import Manners
from bot.slack.manifest import manifest
from bot.slack.people import People
from bot.slack.router import Router, combine
from bot.web import SLACK_PATH
from bot.workspace.outcome import Outcome
from bot.workspace.roster import Channel, Person, Roster, Team
from bot.workspace.server import PracticeSlack

T = TypeVar("T")
Mode = Literal["socket", "http"]

# Found here, before a test stops the clock: pydantic makes no schema of the dates of a stopped one.
ROUTERS = find_routers()

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
delivery: {posts_per_second: 1000}
"""
HURRIED = Manners(spacing_seconds=0)


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

    @property
    def view(self) -> dict[str, Any]:
        """The form or window in front."""
        assert self.outcome.error is None, self.outcome.error
        assert self.outcome.views, "no window is open"
        return self.outcome.views[-1]

    def window(self) -> str:
        """What the form or window in front says, as lines of text; a field is told by its label."""
        shown = [
            {"type": "section", "text": block["label"]} if block["type"] == "input" else block
            for block in self.view["blocks"]
        ]
        return plain(Message("window", shown))

    def kinds(self) -> list[str]:
        """The types of its blocks."""
        return [block["type"] for block in self.message["blocks"]]

    def button(self, label: str) -> dict[str, Any]:
        """The button with a label, wherever it is."""
        for element in self._elements():
            if element.get("type") == "button" and element["text"]["text"] == label:
                return element
        raise AssertionError(f"no button {label!r}")

    def menu(self, label: str, value: str = "") -> tuple[dict[str, Any], str]:
        """The menu that offers a label, and that option's value; `value` picks it out of several of the same label."""
        for element in self._elements():
            for option in element.get("options", ()):
                if option["text"]["text"] == label and value in ("", option["value"]):
                    return element, option["value"]
        raise AssertionError(f"no menu offers {label!r} {value}")

    def _elements(self) -> list[dict[str, Any]]:
        shown = self.outcome.views[-1] if self.outcome.views else self.message
        return [
            {**element, "block_id": block["block_id"]}
            for block in shown["blocks"]
            for element in [
                *block.get("elements", []),
                *([block["accessory"]] if "accessory" in block else []),
            ]
        ]


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
        clockwork: bool = False,
        jobs: Iterable[Callable[[Services, People], Iterable[Job]]] = JOBS,
        settle: Mapping[str, Settle] = SETTLE,
        manners: Manners = HURRIED,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        (folder / "app.yaml").write_text(page, encoding="utf-8")
        self.mode = mode
        self.slack = PracticeSlack(
            roster, ack_timeout=ack_timeout, retry_delays=(0, 0, 0), rate_limits=rate_limits
        )
        self._routers = [*ROUTERS.values()] if routers is None else list(routers)
        self._how: dict[str, Any] = {
            "jobs": jobs,
            "settle": settle,
            "manners": manners,
            "winds_the_clock": clockwork,
        }
        self._folder, self._database_url, self._environ = folder, database_url, environ
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="front door", daemon=True
        )
        self.house: House
        self.services: Services

    def __enter__(self) -> "FrontDoor":
        self._thread.start()
        self.wait(self.slack.start())
        self.services = open_services(self._settings(), now=lambda _: clock.now())
        prepare(self.services)
        self.house = build(
            self.services.settings,
            self.services,
            self._routers,
            listen=self.mode == "http",
            **self._how,
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
        return self._touch(seen, button, by or seen.by)

    def choose(self, seen: Seen, label: str, value: str = "", *, by: str | None = None) -> Seen:
        """Choose an option of a menu in a message or window somebody saw."""
        menu, chosen = seen.menu(label, value)
        return self._touch(seen, menu, by or seen.by, chosen)

    def submit(self, seen: Seen, **values: object) -> Seen:
        """Fill in the form in front and send it; fields by their names."""
        return Seen(self.wait(self.slack.acts.submit(seen.by, seen.view["id"], values)), seen.by)

    def shortcut_on(self, message: dict[str, Any], callback_id: str, *, by: str) -> Seen:
        """Choose a shortcut from a message's menu."""
        acts = self.slack.acts
        act = acts.message_shortcut(by, callback_id, message["channel"], message["ts"])
        return Seen(self.wait(act), by)

    def say(self, words: str, *, by: str, channel: str = DESK, thread: str = "") -> dict[str, Any]:
        """Write a message, and return it as everybody sees it."""
        self.wait(self.slack.acts.say(by, channel, words, thread or None))
        written = [m for m in self.seen(by, channel) if m.get("user") == by]
        return {**written[-1], "channel": channel}

    def _touch(
        self, seen: Seen, element: dict[str, Any], who: str, chosen: str | None = None
    ) -> Seen:
        where = seen.outcome.views[-1] if seen.outcome.views else seen.message
        ids = (element["action_id"], chosen)
        act = self.slack.acts.press(who, where, *ids, block_id=element["block_id"])
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

    def write(self, do: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Decide something in one transaction, as a job would: `door.write(promise, DESK, message, "key")`."""
        return self.services.database.write(do, *args, **kwargs)

    def deliver(self) -> None:
        """Let the courier send what is due now, and wait until everybody has seen it."""
        self.wait(self.house.courier.tick())
        self.wait(self.slack.settle())

    def tick(self, *names: str) -> None:
        """Wake jobs by name, or all of them, one after another; then deliver what they promised."""
        for name in names or [name for name in self.house.clockwork.jobs if name != "courier"]:
            self.wait(self.house.clockwork.wake(name))
        self.deliver()

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

    def letters(self, user: str) -> list[Seen]:
        """Return the bot's direct messages to a person, each as they see it."""
        channel = self.slack.workspace.direct(user).id
        shown = [{**message, "channel": channel} for message in self.seen(user, channel)]
        return [Seen(Outcome(messages=[message]), user) for message in shown]

    def file_sent(self, user: str) -> tuple[str, str]:
        """Return the name and the text of the last file that the bot sent to a person."""
        [shared] = self.letters(user)[-1].message["files"]
        return shared["name"], self.slack.workspace.files[shared["id"]].content.decode()

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
            **self._environ,
        }
        return settings.load(self._folder / "app.yaml", environ)


def text(lines: str) -> str:
    """Return an indented block of a test as the lines it stands for."""
    return dedent(lines).strip("\n")
