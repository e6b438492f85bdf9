"""How the bot reaches Slack: one HTTP session, one client, who the bot is there, and what may be sent twice.

Nothing is opened before it is needed. A call that could post or change something twice is never repeated after a
broken connection (slack-platform: 8.10).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection as Connected
from aiohttp.tracing import Trace
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SettingsWrong
from bot.logs import error_code, whereabouts

log = logging.getLogger(__name__)

# What slack_sdk and Bolt would log of their own accord may hold payloads and tickets: only the gravest passes.
QUIET: Final = logging.getLogger("bot.slack.sdk")
QUIET.setLevel(logging.CRITICAL)

# What a call to Slack can end in when nobody here made a mistake.
TROUBLE: Final = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)

_SOON = FixedValueRetryIntervalCalculator(0.1)  # a person may be waiting
_PATIENCE = aiohttp.ClientTimeout(total=30, connect=10)
_LONGEST_PAUSE = 60.0

# Asking again changes nothing: these either only read or say the same thing a second time.
_HARMLESS = frozenset(
    {
        "apps.connections.open",
        "auth.test",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "team.info",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
        "users.list",
        "views.publish",
        "views.update",
    }
)

# Waiting does not mend these: the operator has to.
_TOKEN_SENTENCES = {
    "account_inactive": "the app was removed from the workspace; install it again and use the new token",
    "invalid_auth": "Slack does not know it; copy it again from the app's page",
    "not_allowed_token_type": "it is not the kind of token that the bot needs",
    "not_authed": "it is empty",
    "token_expired": "it has expired",
    "token_revoked": "it was revoked; install the app again and use the new token",
}


class Closed(ConnectionError):
    """The bot has stopped; whoever is late opens nothing again."""


class TooLate(aiohttp.ClientConnectionError):
    """What wanted to go out may no longer; nothing of it was sent."""


Call = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]
_may_go: ContextVar[Callable[[], bool] | None] = ContextVar("may_go", default=None)


class _Doorkeeper(aiohttp.TCPConnector):
    """Lets a request out only if it still may go once there is a line: making one can take seconds."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 (aiohttp's signature)
    ) -> Connected:
        """Return a line that may be used now."""
        line = await super().connect(req, traces, timeout)
        may_go = _may_go.get()
        if may_go is not None and not may_go():
            line.release()
            raise TooLate
        return line


class _LastLook(aiohttp.ClientRequest):
    """Looks once more in the very step that writes: aiohttp writes in a task of its own, one turn of the loop later."""

    async def write_bytes(
        self,
        writer: AbstractStreamWriter,
        conn: Connected,
        content_length: int | None = None,
    ) -> None:
        """Write the request, unless it may no longer go out."""
        may_go = _may_go.get()
        if may_go is None or may_go():
            return await super().write_bytes(writer, conn, content_length)
        if conn.protocol is not None:
            conn.protocol.set_exception(TooLate())
        conn.close()
        return None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in Slack, as `auth.test` says."""

    team_id: str
    user_id: str
    bot_id: str
    team: str
    name: str


class Connection:
    """The one way to Slack; `client` is shared by everybody."""

    def __init__(self, token: str, api_url: str) -> None:
        self.client = AsyncWebClient(
            token=token,
            base_url=api_url,
            logger=QUIET,
            retry_handlers=[_RetryHarmless(interval_calculator=_SOON)],
        )
        self.proxy = self.client.proxy = proxy_for(api_url)
        self.identity: Identity | None = None
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    @property
    def session(self) -> aiohttp.ClientSession:
        """The shared session; opened by whoever needs it first, `Closed` once the bot has let go of it."""
        if self._is_closed:
            raise Closed
        if self._session is None or self._session.closed:
            self._session = self.client.session = aiohttp.ClientSession(
                connector=_Doorkeeper(), request_class=_LastLook, timeout=_PATIENCE
            )
        return self._session

    async def identify(self) -> Identity:
        """Ask Slack who we are; the answer is kept."""
        if self.identity is None:
            said = await self._auth_test()
            words = (
                str(said.get(key) or "") for key in ("team_id", "user_id", "bot_id", "team", "user")
            )
            self.identity = Identity(*words)
        return self.identity

    async def _auth_test(self) -> AsyncSlackResponse:
        return await self.ask(lambda client: client.auth_test())

    async def ask(self, call: Call, may_go: Callable[[], bool] | None = None) -> AsyncSlackResponse:
        """Make a call over the shared session and return the answer; raise one of `TROUBLE` otherwise.

        `may_go` is asked once more when the line stands, just before the request goes out; `TooLate` when it says no.
        """
        _ = self.session  # so that the client uses it
        asked = _may_go.set(may_go)
        try:
            return await call(self.client)
        except AttributeError as error:  # slack_sdk's way to say that this is no JSON
            raise ConnectionError("this is not Slack's Web API") from error
        finally:
            _may_go.reset(asked)

    async def sign_in(self, first_pause: float = 1.0) -> Identity:
        """Wait until Slack says who we are; `SettingsWrong` when the token will never do."""
        pause = first_pause
        while True:
            try:
                return await self.identify()
            except TROUBLE as error:
                give_up_on(error, "SLACK_BOT_TOKEN")
                log.warning("Slack does not say who we are (%s)", whereabouts(error))
                wait = max(pause, pause_asked_by(error))
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self) -> None:
        """Let go of the session, for good."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()
            self._session = self.client.session = None


def give_up_on(error: Exception, variable: str) -> None:
    """Raise `SettingsWrong` when Slack's answer is about the token itself."""
    if trouble := token_trouble(error_code(error), variable):
        raise SettingsWrong([f"{trouble}."]) from None


def token_trouble(code: str, variable: str) -> str:
    """Return what Slack's code says about the token in `variable`; "" when it is about something else."""
    said = _TOKEN_SENTENCES.get(code)
    return f"{variable} does not work: {said} ({code})" if said else ""


def pause_asked_by(error: Exception) -> float:
    """Return how many seconds Slack asks to wait, 0 when it does not say."""
    return pause_in(getattr(getattr(error, "response", None), "headers", None) or {}, otherwise=0.0)


def pause_in(headers: Mapping[str, str], otherwise: float) -> float:
    """Return how many seconds the headers of an answer ask to wait."""
    asked = str(headers.get("Retry-After") or "")
    return float(asked) if asked.isdecimal() else otherwise


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for `url`, if it names one and does not except the host."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1" or proxy_bypass(host):
        return None
    return load_http_proxy_from_env(QUIET)


class _RetryHarmless(AsyncConnectionErrorRetryHandler):
    """Repeats a call once after a broken connection, if doing it twice is the same as doing it once."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        method = request.url.rsplit("/", 1)[-1]
        return method in _HARMLESS and await super()._can_retry_async(
            state=state, request=request, response=response, error=error
        )
