"""A practice workspace outside the bot's process, where incidents happen while the bot is killed and started again.

The bot is a process on one database, reached over Socket Mode or signed HTTP. Between it and Slack is a `Line`, on which
it dies just before a call arrives or just after, without having heard the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot import settings
from bot.domain import incident_steps
from bot.domain.incident import HOUSE, Incident, find_incident, find_incidents
from bot.slack.manifest import manifest
from bot.slack.router import combine
from bot.storage.database import Database, Row, UtcDateTime, database_now
from bot.storage.incident import StepRow, for_shown
from bot.storage.outbox import OutboxRow
from bot.vocabulary import SETTLED, Delivery
from bot.web import SLACK_PATH
from bot.workspace.message import Conversation, Kind, Message
from bot.workspace.outcome import Outcome
from bot.workspace.server import PracticeSlack
from tests.faults.nest import Nest, kill
from tests.faults.relay import Relay
from tests.front_door import BO, PAGE, ROUTERS, Mode, Seen
from tests.incident_front import DECLARED, INC, ROSTER, SERVICES

STEPS = frozenset(
    {
        *("chat.postMessage", "chat.update", "conversations.create", "conversations.setTopic"),
        *("conversations.setPurpose", "conversations.invite", "bookmarks.add", "pins.add"),
        "conversations.archive",
    }
)
"""What the bot does in Slack on its own for an incident."""
LOOKS = frozenset(
    {
        *("conversations.history", "conversations.replies", "users.conversations"),
        *("chat.getPermalink", "bookmarks.list"),
    }
)
"""What it asks on the way."""
TOWN_PAGE = f"""
{PAGE.replace("posts_per_second: 1000", "posts_per_second: 1000, lease_seconds: 1")}
{SERVICES}
channels: {{incidents: {INC}}}
"""
SECRETS = {"SLACK_BOT_TOKEN": "xoxb-practice"}
BY_MODE: dict[Mode, dict[str, str]] = {
    "socket": {"SLACK_APP_TOKEN": "xapp-practice"},
    "http": {"SLACK_SIGNING_SECRET": "practice-signing-secret"},
}
LEASE = timedelta(seconds=1)  # of the courier's office, by the page

Blow = Literal["before", "after"]


class Line(Relay):
    """Passes the bot's calls on to Slack, and strikes where it is told: each call once before and once after it.

    A call is known by its method and what it says, so that its repetition after a restart is the same call; one that
    only asks is known by its method.
    """

    def __init__(self, api_url: str, strike: Callable[[], None]) -> None:
        super().__init__(api_url)
        self.blows: frozenset[Blow] = frozenset()
        self.struck: list[tuple[str, Blow]] = []
        self._strike = strike
        self._known: set[tuple[str, str, Blow]] = set()
        self.aims_at: frozenset[str] = STEPS

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Answer a call, unless the bot dies around it."""
        method, body = request.match_info["method"], await request.read()
        call = (method, "" if method in LOOKS else body.decode())
        if self._is_next(call, "before"):
            return web.Response()  # to nobody
        answer = await self.ask(request, method, body)
        self._is_next(call, "after")
        return answer

    def _is_next(self, call: tuple[str, str], blow: Blow) -> bool:
        method, said = call
        if method not in self.aims_at or blow not in self.blows or (*call, blow) in self._known:
            return False
        self._known.add((method, said, blow))
        self.struck.append((method, blow))
        self._strike()
        return True


class Town:
    """The workspace, the line, the bot, and the people who press again when Slack tells them to."""

    def __init__(self, nest: Nest, database_url: str, folder: Path, mode: Mode) -> None:
        folder.mkdir(exist_ok=True)
        self.slack = PracticeSlack(ROSTER, retry_delays=(0, 0, 0), rate_limits=False)
        self.database = Database(database_url)
        self.starts = 0
        self._nest, self._mode, self._folder = nest, mode, folder
        self._page = folder / "app.yaml"
        self._page.write_text(TOWN_PAGE, encoding="utf-8")
        self._environ = {
            **SECRETS,
            **BY_MODE[mode],
            "STEWARD_CONFIG": str(self._page),
            "DATABASE_URL": database_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
        }
        self._pid: int | None = None
        self.line: Line

    async def __aenter__(self) -> "Town":
        await self.slack.start()
        self.line = Line(self.slack.api_url, self.kill)
        self._environ["SLACK_API_URL"] = await self.line.open()
        self._install(None)
        self.slack.invite_app(INC)
        await self.wake()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.line.blows = frozenset()
        self.kill()
        await self.line.close()
        await self.slack.stop()
        self.database.close()

    # --- The bot ---

    def kill(self) -> None:
        """End the bot in the middle of whatever it does."""
        if self._pid is not None:
            kill(self._pid)
            self._pid = None

    async def start(self) -> None:
        """Start the bot if it is dead; what it held then is free."""
        if self._pid is None:
            await asyncio.to_thread(self.database.write, _let_go)
            self.starts += 1
            self._pid = await self._nest.hatch(self._environ, self._log)

    async def wake(self) -> None:
        """Start the bot if it is dead, and wait until Slack can reach it."""
        await self.start()
        while not await self._is_reached():
            await asyncio.sleep(0.01)
            await self.start()

    async def _is_reached(self) -> bool:
        if self._mode == "socket":
            return self.slack.sockets.count > 0 and self._pid is not None
        if not self._log.exists() or "listening on" not in (told := self._log.read_text("utf-8")):
            return False
        place = told.partition("listening on ")[2].split()[0]
        self._install(f"http://{place}{SLACK_PATH}")
        return True

    @property
    def _log(self) -> Path:
        return self._folder / f"{self.starts}.log"

    def told(self) -> str:
        """Return what all that ran have logged."""
        return "".join(one.read_text("utf-8") for one in sorted(self._folder.glob("*.log")))

    def _install(self, url: str | None) -> None:
        environ = {**self._environ, "SLACK_API_URL": self.slack.api_url}
        chosen = settings.load(self._page, environ)
        content = manifest(chosen, combine(ROUTERS.values()), request_url=url)
        self.slack.install(content, request_url=url)

    async def quiet(self) -> None:
        """Wait until nothing is due or under way any more; whenever the bot dies it is started again."""
        await self.until(lambda: self.database.read(_is_quiet))

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something; whenever the bot dies it is started again."""
        while not await asyncio.to_thread(holds) or self._pid is None:
            await self.start()
            await asyncio.sleep(0.02)

    def let_pass(self, span: timedelta) -> None:
        """Let time pass while the bot is dead: everything in the database is so much older."""
        assert self._pid is None
        self.database.write(_grow_older, span)

    # --- People ---

    async def insist(self, act: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Do something, and again when Slack says that the bot did not answer."""
        while True:
            await self.wake()
            outcome = await act()
            if outcome.error is None:
                return outcome

    async def open_form(self, by: str = BO) -> str:
        """Open the form that declares an incident, and return its id."""
        opened = await self.insist(lambda: self.slack.acts.command(by, INC, "/incident"))
        return str(opened.views[-1]["id"])

    async def declare(self, by: str = BO, **values: Any) -> None:
        """Let somebody declare an incident, however often it takes."""
        await self.send(await self.open_form(by), by, **{**DECLARED, "customers": "all", **values})

    async def send(self, form: str, by: str, **values: Any) -> Outcome:
        """Send a form until the bot has answered, and return what came of it; it has been taken."""
        acts = self.slack.acts

        async def again() -> Outcome:
            return await acts.submit(by, form, values)

        outcome = await self.insist(again)
        assert outcome.errors == {}, outcome.errors
        return outcome

    async def press(self, label: str, by: str) -> Outcome:
        """Press a button of the card."""
        seen = Seen(Outcome(messages=[{**self.card.as_seen(), "channel": INC}]), by)
        button = seen.button(label)
        ids = (button["action_id"], None)
        touch = self.slack.acts.press
        return await self.insist(lambda: touch(by, seen.message, *ids, block_id=button["block_id"]))

    async def fill(self, label: str, by: str, **values: Any) -> None:
        """Press a button of the card, and send the form that it opens."""
        opened = await self.press(label, by)
        await self.send(str(opened.views[-1]["id"]), by, **values)

    # --- What there is ---

    @property
    def incidents(self) -> list[Incident]:
        """Every incident, the first first."""
        return sorted(self.database.read(find_incidents, HOUSE), key=lambda one: one.id)

    def incident(self, number: int = 1) -> Incident:
        """Return an incident by its id."""
        return self.database.read(find_incident, number, HOUSE)

    @property
    def posts(self) -> list[Message]:
        """What the bot has posted, wherever."""
        every = self.slack.workspace.conversations.values()
        return [one for place in every for one in place.messages.values() if one.metadata]

    @property
    def card(self) -> Message:
        """The only message of the bot in the channel for incidents that is in no thread."""
        place = self.slack.workspace.conversations[INC]
        (found,) = [one for one in place.messages.values() if one.metadata and not one.is_reply]
        return found

    @property
    def room(self) -> Conversation:
        """The only channel that the bot has opened."""
        every = self.slack.workspace.conversations.values()
        (found,) = [
            one
            for one in every
            if one.creator == self.slack.app.bot_user and one.kind is Kind.CHANNEL
        ]
        return found

    def steps(self) -> dict[str, str]:
        """Return what became of every step: "done", "waits", or why it was given up."""
        return self.database.read(_steps)

    def deliveries(self) -> set[str]:
        """Return the states of all that was promised for now."""

        def look(session: Session) -> set[str]:
            due = select(OutboxRow.state).where(OutboxRow.due_at <= database_now(session))
            return {str(state) for state in session.scalars(due)}

        return self.database.read(look)


def _is_quiet(session: Session) -> bool:
    now = database_now(session)
    # What is promised for later, such as for somebody's morning, is not waited for whatever the hour
    due = (OutboxRow.due_at <= now, OutboxRow.state.not_in(SETTLED))
    is_said = not session.scalar(select(select(OutboxRow.id).where(*due).exists()))
    soon = now + timedelta(minutes=30)  # what has to be tried again is not over
    return is_said and not incident_steps.is_any_due(session, soon)


def _steps(session: Session) -> dict[str, str]:
    found = session.scalars(for_shown(select(StepRow)))
    return {
        row.step: "done" if row.done_at else "waits" if row.next_at else row.error or "?"
        for row in found
    }


def _let_go(session: Session) -> None:
    """Free what a dead process holds, as time would: its office, the messages under way, and the step it had taken."""
    for table, column, held, span in (
        ("lease", "until", "TRUE", LEASE),
        ("outbox", "next_at", f"state = '{Delivery.SENDING}'", LEASE),
        ("incident_step", "next_at", "next_at IS NOT NULL", incident_steps.LEASE),
    ):
        sooner = _minus(session, column, span)
        freeing = f"UPDATE {table} SET {column} = {sooner} WHERE {held}"  # noqa: S608
        session.execute(for_shown(text(freeing)))


def _grow_older(session: Session, span: timedelta) -> None:
    for table in Row.metadata.sorted_tables:
        instants = [one.name for one in table.columns if isinstance(one.type, UtcDateTime)]
        older = ", ".join(f"{one} = {_minus(session, one, span)}" for one in instants)
        if older:
            session.execute(for_shown(text(f"UPDATE {table.name} SET {older}")))  # noqa: S608


def _minus(session: Session, column: str, span: timedelta) -> str:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    less = (
        round(span.total_seconds() * 1_000_000)
        if is_sqlite
        else f"interval '{span.total_seconds()} s'"
    )
    return f"{column} - {less}"
