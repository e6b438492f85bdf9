"""The HTTP door: Slack's requests where it can reach this machine, other systems', whether the bot is well, and figures.

A request that is not Slack's own learns nothing but that it was refused.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import MappingProxyType

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.domain.delivery import Deliveries
from bot.errors import SettingsWrong
from bot.hook import HookDoor
from bot.logs import whereabouts

log = logging.getLogger(__name__)

SLACK_PATH = "/slack/events"
Check = Callable[[], Awaitable[bool]]
Figures = Callable[[], Awaitable[Deliveries]]

_CHECK_SECONDS = 2.0
_FAREWELL_SECONDS = 5.0
_LARGEST_BODY = 4 * 1024 * 1024


class Web:
    """The web server; it listens between `start` and `stop`.

    `bolt` answers Slack's requests, None when they come by Socket Mode; `checks` say by name what must hold for the
    bot to be of use, `figures` how far messages have come; `hooks` take by path what other systems push.
    """

    def __init__(
        self,
        host: str,
        port: int,
        checks: Mapping[str, Check],
        bolt: AsyncApp | None = None,
        figures: Figures | None = None,
        hooks: Mapping[str, HookDoor] = MappingProxyType({}),
    ) -> None:
        self.host, self.port = host, port
        self._checks = checks
        self._figures = figures
        self._bolt = bolt
        self._hooks = hooks
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; `port` is then the one that was chosen, where it was 0."""
        runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=_FAREWELL_SECONDS
        )
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except OSError as error:
            await self.stop()
            raise SettingsWrong([_cannot_listen(self.host, self.port, error)]) from None
        self.port = runner.addresses[0][1]
        log.info("listening on %s:%d", self.host, self.port)

    async def stop(self) -> None:
        """Answer what has arrived, then stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        if self._figures is not None:
            application.router.add_get("/metrics", self._metrics)
        if self._bolt is not None:
            application.router.add_post(SLACK_PATH, self._slack)
        for path, hook in self._hooks.items():
            application.router.add_post(path, hook.answer)
        return application

    async def _slack(self, request: web.Request) -> web.StreamResponse:
        assert self._bolt is not None  # noqa: S101 (the route exists only then)
        try:
            asked = await to_bolt_request(request)
        except (ValueError, AttributeError, RecursionError):  # no text, no JSON, or no object
            return web.Response(status=400, text="not a request from Slack")
        if not request.headers.get("X-Slack-Request-Timestamp", "").isdecimal():
            return web.json_response(
                {"error": "invalid request"}, status=401
            )  # Bolt would fail on it
        return await to_aiohttp_response(await self._bolt.async_dispatch(asked))

    async def _healthz(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"alive": True})

    async def _readyz(self, _: web.Request) -> web.StreamResponse:
        found = await self._check()
        is_ready = all(found.values())
        return web.json_response({"ready": is_ready, **found}, status=200 if is_ready else 503)

    async def _check(self) -> dict[str, bool]:
        holds = await asyncio.gather(*(_holds(name, check) for name, check in self._checks.items()))
        return dict(zip(self._checks, holds, strict=True))

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        assert self._figures is not None  # noqa: S101 (the route exists only then)
        lines = [*_checked(await self._check())]
        try:
            lines += _counted(await asyncio.wait_for(self._figures(), _CHECK_SECONDS))
        except Exception as error:  # noqa: BLE001 (what could be checked is worth telling)
            log.warning("no figures of the outbox (%s)", whereabouts(error))
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(text="\n".join([*lines, ""]), headers=headers)


async def _holds(name: str, check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), _CHECK_SECONDS)
    except Exception as error:  # noqa: BLE001 (whatever is wrong, the answer is: not ready)
        log.warning("not ready: %s (%s)", name, whereabouts(error))
        return False


def _checked(found: Mapping[str, bool]) -> Iterator[str]:
    """Return what holds as Prometheus reads it."""
    yield "# HELP steward_ready Whether this process has what it needs to be of use."
    yield "# TYPE steward_ready gauge"
    yield from (f'steward_ready{{check="{name}"}} {holds:d}' for name, holds in found.items())


def _counted(found: Deliveries) -> Iterator[str]:
    """Return the outbox, which all processes share, as Prometheus reads it."""
    yield "# HELP steward_outbox_messages Messages by how far they have come."
    yield "# TYPE steward_outbox_messages gauge"
    for state, number in found.counts.items():
        yield f'steward_outbox_messages{{state="{state}"}} {number}'
    for name, said, value in (
        ("outbox_late_seconds", "For how long the oldest message that is due has waited.", found.late_by.total_seconds()),
        ("outbox_lost_messages", "Messages that will not arrive by themselves.", found.lost.total),
        ("courier_elected", "Whether some process sends what is due.", int(found.has_courier)),
    ):  # fmt: skip
        yield f"# HELP steward_{name} {said}"
        yield f"# TYPE steward_{name} gauge"
        yield f"steward_{name} {value}"


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    return f"Nobody can be reached on {host}, port {port} ({error.strerror or 'it is taken'}): set HOST and PORT to an address that is free."
