"""The page's own door: what it reads, what it does, and the stream that keeps it up to date."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import WSMsgType, web

from bot.workspace.acts import Acts
from bot.workspace.api import Hooks
from bot.workspace.feed import News, Payload
from bot.workspace.outcome import Outcome
from bot.workspace.parts import Parts
from bot.workspace.refusal import NoSuchThing
from bot.workspace.snapshot import first_person, snapshot
from bot.workspace.sockets import Sockets

PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self' ws:; form-action 'none'; frame-ancestors 'none'"
)
NEWS_FOR_PAGE = frozenset(
    {
        "message",
        "message_changed",
        "message_deleted",
        "views",
        "home",
        "unread",
        "conversations",
        "traffic",
        "toast",
        "connected",
    }
)
Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageRoutes:
    """Serves the page and what it asks for."""

    def __init__(self, parts: Parts, acts: Acts, sockets: Sockets, hooks: Hooks) -> None:
        self._parts = parts
        self._acts = acts
        self._sockets = sockets
        self._hooks = hooks
        self._streams: set[web.WebSocketResponse] = set()

    def add_to(self, app: web.Application) -> None:
        """Add every route of the page."""
        doors: dict[str, Door] = {
            "/": self.index,
            "/page/static/{file}": self.static,
            "/page/snapshot": self.snapshot,
            "/page/messages": self.messages,
            "/page/thread": self.thread,
            "/page/home": self.home,
            "/page/views": self.views,
            "/page/traffic": self.traffic,
            "/page/file/{file}": self.file,
            "/page/stream": self.stream,
        }
        app.router.add_routes([web.get(path, door) for path, door in doors.items()])
        app.router.add_post("/page/act", self.act)

    async def close(self) -> None:
        """Close every stream."""
        for stream in tuple(self._streams):
            await stream.close()

    async def index(self, request: web.Request) -> web.StreamResponse:
        """Return the page."""
        return _page_file("index.html", request)

    async def static(self, request: web.Request) -> web.StreamResponse:
        """Return a file of the page, and of nothing else."""
        return _page_file(request.match_info["file"], request)

    async def snapshot(self, request: web.Request) -> web.StreamResponse:
        """Return the workspace as one person sees it."""
        connected = self._sockets.count > 0
        app = self._parts.workspace.app
        if app is not None and not app.is_socket_mode:
            connected = app.events_url is not None or app.interactivity_url is not None
        body = snapshot(self._parts.workspace, self._person(request), connected=connected)
        return web.json_response(body)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """Return a conversation as one person sees it."""
        shown = self._acts.seen(self._person(request), self._channel(request))
        return web.json_response({"messages": shown})

    async def thread(self, request: web.Request) -> web.StreamResponse:
        """Return a thread as one person sees it."""
        ts = request.query.get("ts", "")
        shown = self._acts.thread(self._person(request), self._channel(request), ts)
        return web.json_response({"messages": shown})

    async def home(self, request: web.Request) -> web.StreamResponse:
        """Open the Home tab and return what it shows."""
        person = self._person(request)
        if self._parts.workspace.app is not None:
            await self._acts.open_home(person)
        return web.json_response({"view": self._parts.views.home(person)})

    async def views(self, request: web.Request) -> web.StreamResponse:
        """Return the modals a person has open."""
        return web.json_response({"stack": self._parts.views.stack(self._person(request))})

    async def traffic(self, request: web.Request) -> web.StreamResponse:
        """Return the exchanges after a number."""
        after = request.query.get("after", "0")
        entries = self._parts.traffic.after(int(after) if after.isdigit() else 0)
        return web.json_response({"entries": [entry.as_payload() for entry in entries]})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Return an uploaded file."""
        return self._hooks.file(request)

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Do something as a person."""
        body = await _json_object(request)
        run = ACTS.get(str(body.get("do")))
        if run is None:
            return web.json_response(
                {"ok": False, "error": f"Nothing is called {body.get('do')!r}."}
            )
        try:
            outcome = await run(self._acts, body)
        except NoSuchThing as trouble:
            return web.json_response({"ok": False, "error": str(trouble)})
        except (KeyError, TypeError, AttributeError) as lacking:
            raise web.HTTPBadRequest(text=f"The act lacks something: {lacking}") from lacking
        except LookupError as nothing:  # no app is installed
            return web.json_response({"ok": False, "error": str(nothing)})
        return web.json_response(_told(outcome))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send news as it happens, until the page goes away."""
        person = self._person(request)
        socket = web.WebSocketResponse(heartbeat=30, compress=False)
        await socket.prepare(request)
        waiting: asyncio.Queue[Payload] = asyncio.Queue()
        stop = self._parts.feed.listen(lambda news: self._queue(news, person, waiting))
        self._streams.add(socket)
        sender = asyncio.create_task(_send_all(socket, waiting))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.ERROR:
                    break
        finally:
            stop()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._streams.discard(socket)
        return socket

    def _queue(self, news: News, person: str, waiting: "asyncio.Queue[Payload]") -> None:
        if news.type not in NEWS_FOR_PAGE or not news.audience(person):
            return
        waiting.put_nowait(news.as_payload())
        if news.type in ("message", "message_deleted"):
            waiting.put_nowait(self._unread(person, news.body["channel"]))

    def _unread(self, person: str, channel: str) -> Payload:
        conversation = self._parts.workspace.conversations[channel]
        unread, mention = self._parts.workspace.unread(person, conversation)
        return {"type": "unread", "channel": channel, "unread": unread, "mention": mention}

    def _person(self, request: web.Request) -> str:
        person = request.query.get("as") or first_person(self._parts.workspace)
        if person not in self._parts.workspace.people:
            raise web.HTTPBadRequest(text="Say who you are: ?as=<a person's id>.")
        return person

    def _channel(self, request: web.Request) -> str:
        channel = request.query.get("channel", "")
        if channel not in self._parts.workspace.conversations:
            raise web.HTTPNotFound(text="There is no such conversation.")
        return channel


async def _send_all(socket: web.WebSocketResponse, waiting: "asyncio.Queue[Payload]") -> None:
    while not socket.closed:
        await socket.send_json(await waiting.get())


def _page_file(name: str, request: web.Request) -> web.FileResponse:
    path = PAGE / name
    if path.parent != PAGE or not path.is_file() or path.suffix == ".py":
        raise web.HTTPNotFound(text=f"The page has no file {request.path!r}.")
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    return web.FileResponse(path, headers=headers)


async def _json_object(request: web.Request) -> Payload:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON.")
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="That is not JSON.") from None
    if not isinstance(body, dict) or not isinstance(body.get("as"), str):
        raise web.HTTPBadRequest(text="An act is an object and says who acts.")
    return body


def _told(outcome: Outcome) -> Payload:
    body: Payload = {"ok": outcome.ok, **outcome.options}
    if outcome.error:
        body["error"] = outcome.error
    if outcome.errors:
        body["errors"] = outcome.errors
    return body


async def _read(acts: Acts, body: Payload) -> Outcome:
    acts.read(body["as"], body["channel"])
    return Outcome()


Run = Callable[[Acts, Payload], Awaitable[Outcome]]
ACTS: dict[str, Run] = {
    "command": lambda acts, b: acts.command(b["as"], b["channel"], b["text"]),
    "say": lambda acts, b: acts.say(b["as"], b["channel"], b["text"], b.get("thread_ts")),
    "action": lambda acts, b: acts.act(
        b["as"], b["container"], b["block_id"], b["action_id"], b.get("value") or {}, b.get("state")
    ),
    "submit": lambda acts, b: acts.submit(b["as"], b["view_id"], state=b.get("state")),
    "close": lambda acts, b: acts.close(b["as"], b["view_id"], whole_stack=bool(b.get("all"))),
    "shortcut": lambda acts, b: acts.shortcut(b["as"], b["callback_id"]),
    "message_shortcut": lambda acts, b: acts.message_shortcut(
        b["as"], b["callback_id"], b["channel"], b["ts"]
    ),
    "suggest": lambda acts, b: acts.suggest(
        b["as"], b["container"], b["action_id"], b["value"], block_id=b["block_id"]
    ),
    "react": lambda acts, b: acts.react(b["as"], b["channel"], b["ts"], b["name"]),
    "unreact": lambda acts, b: acts.unreact(b["as"], b["channel"], b["ts"], b["name"]),
    "read": _read,
    "join": lambda acts, b: acts.join(b["as"], b["channel"]),
}
