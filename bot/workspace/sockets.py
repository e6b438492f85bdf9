"""Socket Mode: one-time tickets, `hello`, each envelope to exactly one connection, and the wait for its ack.

Up to ten connections an app; an eleventh is told `too_many_websockets` and closed. An envelope that was on a connection which
closes is not sent again from here: events are retried by the delivery, interactions never.
"""

import asyncio
import json
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from aiohttp import WSMsgType, web

from bot.workspace.feed import News, Payload
from bot.workspace.outcome import Answer, Failure, Kind, Retry
from bot.workspace.parts import Parts

CONNECTION_LIMIT = 10
FRAME_LIMIT = 4 * 1024 * 1024
CONNECTION_SECONDS = 3600
WARNING_SECONDS = (
    10.0  # between Slack's warning and the end of a connection (slack-platform.md §3.3)
)


@dataclass(slots=True, eq=False)
class Connection:
    """One open socket, and the acks awaited on it by envelope id."""

    socket: web.WebSocketResponse
    awaited: dict[str, "asyncio.Future[Answer]"] = field(default_factory=dict)
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    is_leaving: bool = False

    def answer(self, envelope_id: str, answer: Answer) -> None:
        """Hand an ack to whoever awaits it; one that is late or unknown is ignored, as Slack does."""
        future = self.awaited.pop(envelope_id, None)
        if future is not None and not future.done():
            future.set_result(answer)


Pick = Callable[[Sequence[Connection]], Connection]


class Sockets:
    """All Socket Mode connections of the app."""

    def __init__(self, parts: Parts, ack_timeout: float, pick: Pick = secrets.choice) -> None:
        self._parts = parts
        self._ack_timeout = ack_timeout
        self._pick = pick
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._farewells: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def wait_for(self, count: int) -> None:
        """Wait until at least so many connections are open."""
        while sum(c.greeted.is_set() for c in self._connections) < count:
            await self.wait_for_change()

    async def wait_for_change(self) -> None:
        """Wait until the next connection opens or closes."""
        self._changed.clear()
        await self._changed.wait()

    def new_ticket(self) -> str:
        """Return a URL that opens one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        base = self._parts.base_url.replace("http", "ws", 1)
        return f"{base}/link/?ticket={ticket}&app_id={self._parts.workspace.installed.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection from its ticket to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="unknown or used ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(max_msg_size=FRAME_LIMIT, compress=False)
        if self.count < CONNECTION_LIMIT:
            await self._hold(Connection(socket), request)
            return socket
        await socket.prepare(request)
        await self._say(socket, "disconnect", self._farewell("too_many_websockets"))
        await socket.close()
        return socket

    async def send(self, kind: Kind, payload: Payload, retry: Retry | None = None) -> Answer:
        """Put a payload on one connection and wait for its ack."""
        able = [c for c in self._connections if not c.is_leaving and not c.socket.closed]
        if not able:
            return Answer(Failure.DISPATCH)
        connection = self._pick(able)
        envelope = _envelope(kind, payload, retry)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        connection.awaited[envelope["envelope_id"]] = future
        try:
            async with asyncio.timeout(self._ack_timeout):
                await connection.greeted.wait()
                await connection.socket.send_json(envelope)
                answer = await future
            return _without_body(answer) if kind is Kind.EVENT else answer
        except TimeoutError:
            return Answer(Failure.TIMEOUT)
        except ConnectionError:
            return Answer(Failure.DISPATCH)
        finally:
            connection.awaited.pop(envelope["envelope_id"], None)

    async def warn(self, reason: str = "warning", grace: float = WARNING_SECONDS) -> None:
        """Tell every connection that it will be closed, and close it a little later."""
        for connection in tuple(self._connections):
            await self._say(connection.socket, "disconnect", self._farewell(reason))
            task = asyncio.create_task(self._close_after(connection, grace))
            self._farewells.add(task)
            task.add_done_callback(self._farewells.discard)

    async def break_off(self) -> None:
        """Close every connection without a word, as a broken network does."""
        for connection in tuple(self._connections):
            await self._end(connection)

    async def close(self) -> None:
        """Close everything."""
        for task in tuple(self._farewells):
            task.cancel()
        await asyncio.gather(*self._farewells, return_exceptions=True)
        await self.break_off()

    async def _hold(self, connection: Connection, request: web.Request) -> None:
        # It counts before the handshake is over: a client that is through must not find nobody here.
        self._connections.append(connection)
        try:
            await connection.socket.prepare(request)
            await self._say(connection.socket, "hello", self._hello())
            connection.greeted.set()
            self._tell()
            async for frame in connection.socket:
                if frame.type is WSMsgType.TEXT:
                    self._take_ack(connection, _parsed(frame.data))
        finally:
            self._forget(connection)

    def _take_ack(self, connection: Connection, frame: object) -> None:
        if isinstance(frame, dict) and isinstance(frame.get("envelope_id"), str):
            body = frame.get("payload")
            answer = Answer(body=body if isinstance(body, dict) else {})
            connection.answer(frame["envelope_id"], answer)

    async def _close_after(self, connection: Connection, grace: float) -> None:
        await asyncio.sleep(grace)
        await self._end(connection)

    async def _end(self, connection: Connection) -> None:
        connection.is_leaving = True
        await connection.socket.close()
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        for envelope_id in tuple(connection.awaited):
            connection.answer(envelope_id, Answer(Failure.DISPATCH))
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._parts.feed.tell(News("connected", {"connected": self.count > 0}))

    async def _say(self, socket: web.WebSocketResponse, kind: str, frame: Payload) -> None:
        self._parts.traffic.note("to_app", "socket", kind, frame, frame.get("reason", ""))
        await socket.send_json(frame)

    def _hello(self) -> Payload:
        started = self._parts.workspace.now().strftime("%Y-%m-%d %H:%M:%S.000")
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._parts.workspace.installed.app_id},
            "debug_info": {
                "host": "applink-practice",
                "started": started,
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
        }

    def _farewell(self, reason: str) -> Payload:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-practice"}}


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None  # not an ack: ignored, as Slack does


def _without_body(answer: Answer) -> Answer:
    return replace(answer, body={}, had_unwanted_body=bool(answer.body))


def _envelope(kind: Kind, payload: Payload, retry: Retry | None) -> Payload:
    frame: Payload = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind.value,
        "accepts_response_payload": kind is not Kind.EVENT,
        "payload": payload,
    }
    if kind is Kind.EVENT:
        frame["retry_attempt"] = retry.number if retry else 0
        frame["retry_reason"] = retry.reason if retry else ""
    return frame
