"""A practice Slack on this machine: one server for the Web API, Socket Mode, response URLs, uploads and the page.

Building it touches no network; `start` opens one port on loopback, `stop` closes everything it opened. A foreign site in
a browser on this machine cannot reach in: the host must be a loopback name, and an Origin, where there is one, this server.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Self

from aiohttp import web

from bot import clock
from bot.workspace.acts import Acts
from bot.workspace.api import Api, Hooks
from bot.workspace.chaos import Chaos
from bot.workspace.delivery import Delivery
from bot.workspace.feed import Feed, News, Payload
from bot.workspace.installation import Installation
from bot.workspace.limits import Limits
from bot.workspace.page_routes import PageRoutes
from bot.workspace.parts import Parts
from bot.workspace.passes import Passes
from bot.workspace.roster import Person, Roster
from bot.workspace.sockets import Pick, Sockets
from bot.workspace.state import Workspace
from bot.workspace.traffic import Traffic
from bot.workspace.views import Views

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
UPLOAD_LIMIT = 64 * 1024 * 1024
BOT_USER = "U0PRACTICE"


Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def this_machine_only(request: web.Request, handler: Door) -> web.StreamResponse:
    """Refuse what a foreign site makes a browser send: its own Origin, or its name pointed at this machine."""
    name = request.host if request.host.endswith("]") else request.host.rsplit(":", 1)[0]
    origin = request.headers.get("Origin")
    if name not in LOOPBACK or origin not in (None, f"http://{request.host}"):
        raise web.HTTPForbidden(text="This workspace is driven from this machine only.")
    return await handler(request)


class PracticeSlack:
    """One workspace with one app. `acts` is what people do, `chaos` what goes wrong, `traffic` what was exchanged."""

    def __init__(
        self,
        roster: Roster,
        *,
        now: Callable[[], datetime] = clock.now,
        ack_timeout: float = 3.0,
        retry_delays: Sequence[float] = (0, 60, 300),
        rate_limits: bool = True,
        pick: Pick = secrets.choice,
    ) -> None:
        feed = Feed()
        self.workspace = Workspace(roster, now, feed)
        self.parts = Parts(
            workspace=self.workspace,
            feed=feed,
            views=Views(self.workspace, now, feed),
            passes=Passes(now),
            limits=Limits(now, enabled=rate_limits),
            chaos=Chaos(),
            traffic=Traffic(now, feed),
        )
        self.sockets = Sockets(self.parts, ack_timeout, pick)
        self.delivery = Delivery(self.parts, self.sockets, ack_timeout, retry_delays)
        self.acts = Acts(self.parts, self.delivery)
        self.parts.tell_app = self.delivery.event_soon
        self.parts.new_ticket = self.sockets.new_ticket
        hooks = Hooks(self.parts)
        self._page = PageRoutes(self.parts, self.acts, self.sockets, hooks)
        self._hooks = hooks
        self._runner: web.AppRunner | None = None

    @property
    def chaos(self) -> Chaos:
        """What goes wrong on purpose."""
        return self.parts.chaos

    @property
    def traffic(self) -> Traffic:
        """What was exchanged with the app."""
        return self.parts.traffic

    @property
    def limits(self) -> Limits:
        """How often the app may call."""
        return self.parts.limits

    @property
    def app(self) -> Installation:
        """The installed app."""
        return self.workspace.installed

    @property
    def url(self) -> str:
        """Where it listens, for a browser."""
        return self.parts.base_url

    @property
    def api_url(self) -> str:
        """Where its Web API is, for a client's `base_url`."""
        return f"{self.url}/api/"

    def install(
        self,
        manifest: Payload,
        *,
        bot_token: str = "xoxb-practice",  # noqa: S107 - opens nothing outside this process
        app_token: str = "xapp-practice",  # noqa: S107
        signing_secret: str = "practice-signing-secret",  # noqa: S107
        request_url: str | None = None,
    ) -> Installation:
        """Install the app a manifest describes; a `request_url` means HTTP for everything."""
        app = Installation(
            app_id="A0PRACTICE",
            bot_id="B0PRACTICE",
            bot_user=BOT_USER,
            bot_token=bot_token,
            app_token=app_token,
            signing_secret=signing_secret,
            manifest=manifest,
            request_url=request_url,
        )
        self.workspace.app = app
        name = app.bot_name
        self.workspace.admit(
            Person(BOT_USER, name.lower().replace(" ", "_"), name, name, is_bot=True)
        )
        return app

    def invite_app(self, *channels: str) -> None:
        """Bring the app into channels, by id or name, as `/invite` does."""
        for channel in channels:
            known = self.workspace.conversations.get(channel)
            conversation = known or self.workspace.find_channel(channel)
            if conversation is None:
                raise LookupError(f"There is no channel {channel!r}.")
            self.workspace.join(conversation, self.app.bot_user)

    def toast(self, text: str) -> None:
        """Show a passing sentence on every open page."""
        self.parts.feed.tell(News("toast", {"text": text}))

    def seen(self, user: str, channel: str) -> list[Payload]:
        """Return what one person sees in a conversation, what only they see included."""
        return self.acts.seen(user, channel)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:  # the port is taken: leave nothing open behind
            await runner.cleanup()
            raise
        self._runner = runner
        self.parts.base_url = f"http://{host}:{runner.addresses[0][1]}"
        self.delivery.start()

    async def stop(self) -> None:
        """Close everything."""
        await self._page.close()
        await self.sockets.close()
        await self.delivery.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def settle(self) -> None:
        """Wait until every event under way, retries included, has arrived or was given up."""
        await self.delivery.settle()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD_LIMIT, middlewares=[this_machine_only])
        app.router.add_route("*", "/api/{method}", Api(self.parts).serve)
        app.router.add_get("/link/", self.sockets.serve)
        app.router.add_post("/hooks/{door}/{secret}", self._hooks.respond)
        app.router.add_post("/upload/{file}/{secret}", self._hooks.upload)
        app.router.add_get("/files/{file}", self._hooks.download)
        self._page.add_to(app)
        return app
