"""Socket Mode: Slack's requests through a web socket that the bot opens, for machines nobody can reach from outside.

A new connection stands before the old one is let go, and each has an address of its own, for an address works once.
What a connection brought is acknowledged on it, or on the next when it has broken.
"""

import asyncio
import json
import logging
import random
from collections.abc import Coroutine
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.logs import whereabouts
from bot.slack.connection import Connection, give_up_on, pause_asked_by

log = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 10.0
_HELLO_SECONDS = 15.0
_FAREWELL_SECONDS = 8.0  # Slack closes a connection about ten seconds after it has warned
_LONGEST_FRAME = 16 * 1024 * 1024  # Slack names no limit (slack-platform: 3.4)
_LONGEST_PAUSE = 60.0
_SHORT_SECONDS = 5.0
_ALARM_AFTER = 5  # failures in a row


class _Line:
    """One web socket, with what it brought and is still being answered."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.is_ending = (
            asyncio.Event()
        )  # Slack has asked for another connection, or this one has broken
        self.answers: set[asyncio.Task[None]] = set()

    async def hang_up(self, most_seconds: float) -> None:
        """Close once everything is answered, or the time is over."""
        if self.answers:
            await asyncio.wait(self.answers, timeout=most_seconds)
        await self.socket.close()


class Sockets:
    """The bot's connection to Slack, renewed for as long as the bot runs."""

    def __init__(
        self, bolt: AsyncApp, connection: Connection, app_token: str, first_pause: float = 1.0
    ) -> None:
        self._bolt = bolt
        self._connection = connection
        self._app_token = app_token
        self.first_pause = first_pause
        self._line: _Line | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """Whether Slack can reach the bot at this moment."""
        return self._line is not None and not self._line.socket.closed

    async def start(self) -> None:
        """Connect, however long it takes; `SettingsWrong` when the app-level token will never do."""
        self._line = await self._connect(is_first=True)
        self._keeper = asyncio.create_task(self._keep(self._line))

    async def stop(self) -> None:
        """Answer what has arrived, then hang up; no connection is opened any more."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._line is not None:
            await self._line.hang_up(_FAREWELL_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, line: _Line) -> None:
        """Replace each connection when it ends."""
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            await line.is_ending.wait()
            if clock() - began < _SHORT_SECONDS:  # a server that greets and hangs up is not stormed
                await asyncio.sleep(self.first_pause)
            old, line = line, await self._connect()
            self._line = line
            self._spawn(old.hang_up(_FAREWELL_SECONDS))

    async def _connect(self, *, is_first: bool = False) -> _Line:
        """Connect, with growing pauses between failures; a bot that runs already never gives up."""
        pause, failures = self.first_pause, 0
        while True:
            try:
                return await self._open()
            except Exception as error:  # noqa: BLE001 (without a connection there is no bot)
                if is_first:
                    give_up_on(error, "SLACK_APP_TOKEN")
                failures += 1
                _complain(failures, error)
                wait = max(pause, pause_asked_by(error))
            await asyncio.sleep(wait * random.uniform(1.0, 1.2))  # noqa: S311 (parts replicas; no secret)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _open(self) -> _Line:
        session = self._connection.session
        opened = await self._connection.client.apps_connections_open(app_token=self._app_token)
        socket = await session.ws_connect(
            str(opened["url"]),
            heartbeat=_HEARTBEAT_SECONDS,
            max_msg_size=_LONGEST_FRAME,
            proxy=self._connection.proxy,
        )
        line = _Line(socket)
        await self._greet(line)
        self._spawn(self._read(line))
        log.info("connected to Slack by Socket Mode")
        return line

    async def _greet(self, line: _Line) -> None:
        """Wait for Slack's hello; anything else means that this connection will not do."""
        frame = await line.socket.receive(_HELLO_SECONDS)
        message = _read_message(frame.data)
        if message.get("type") != "hello":
            log.warning("Slack does not greet: %s", _word(message.get("reason")))
            await line.socket.close()
            raise ConnectionError

    async def _read(self, line: _Line) -> None:
        """Take what Slack sends until the connection ends."""
        try:
            async for frame in line.socket:
                self._take(line, _read_message(frame.data))
        finally:
            line.is_ending.set()

    def _take(self, line: _Line, message: dict[str, Any]) -> None:
        if message.get("type") == "disconnect":
            log.info("Slack asks for a new connection (%s)", _word(message.get("reason")))
            line.is_ending.set()
        elif request := SocketModeRequest.from_dict(message):
            answer = asyncio.create_task(self._answer(line, request))
            line.answers.add(answer)
            answer.add_done_callback(line.answers.discard)

    async def _answer(self, line: _Line, request: SocketModeRequest) -> None:
        try:
            response = await run_async_bolt_app(self._bolt, request)
            if response.status == 200:  # an event that is not acknowledged comes again
                await self._acknowledge(line, _acknowledgement(request, response))
        except Exception as error:  # noqa: BLE001 (one strange frame must not end the connection)
            log.warning("a request from Slack could not be answered (%s)", whereabouts(error))

    async def _acknowledge(self, line: _Line, frame: str) -> None:
        current = self._line if line.socket.closed and self._line is not None else line
        await current.socket.send_str(frame)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _complain(failures: int, error: Exception) -> None:
    say = log.error if failures >= _ALARM_AFTER else log.warning
    say("no Socket Mode connection, attempt %d failed (%s)", failures, whereabouts(error))


def _read_message(data: Any) -> dict[str, Any]:
    try:
        message = json.loads(data)
    except (TypeError, ValueError):
        return {}
    return message if isinstance(message, dict) else {}


def _word(value: object) -> str:
    """Return a word of Slack's own as a log line may show it."""
    return value if isinstance(value, str) and value.isidentifier() else "no reason given"


def _acknowledgement(request: SocketModeRequest, response: BoltResponse) -> str:
    """Return the frame that carries Bolt's response, as Bolt's own Socket Mode handlers make it."""
    frame: dict[str, Any] = {"envelope_id": request.envelope_id}
    if response.body:
        is_json = response.headers.get("content-type", [""])[0].startswith("application/json")
        frame["payload"] = json.loads(response.body) if is_json else {"text": response.body}
    return json.dumps(frame)
