"""Payloads on their way to the app: over Socket Mode, or over HTTP with real v0 signatures.

Commands and interactions are sent once. Events are sent again on Slack's schedule (at once, after one minute, after five)
until the app says 2xx or asks for no more.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TooManyRedirects

from bot.workspace.feed import Payload
from bot.workspace.outcome import Answer, Failure, Kind, Retry
from bot.workspace.parts import Parts
from bot.workspace.payloads import envelope_of, name_of, wanted_events
from bot.workspace.sockets import Sockets

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
REDIRECTS = 2
RETRY_REASONS = {
    Failure.TIMEOUT: "http_timeout",
    Failure.DISPATCH: "connection_failed",
    Failure.REDIRECTS: "too_many_redirects",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an HTTP request to the app came back with."""

    status: int
    text: str
    refuses_retry: bool = False


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's v0 signature of a raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Delivery:
    """Sends payloads and waits for answers; what it starts in the background it also ends."""

    def __init__(
        self, parts: Parts, sockets: Sockets, ack_timeout: float, retry_delays: Sequence[float]
    ) -> None:
        self._parts = parts
        self._sockets = sockets
        self._ack_timeout = ack_timeout
        self._retry_delays = retry_delays
        self._session: ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Open what HTTP mode needs."""
        self._session = ClientSession(timeout=ClientTimeout(total=self._ack_timeout))

    async def stop(self) -> None:
        """End what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settle(self) -> None:
        """Wait until nothing is under way: every event delivered, every retry made."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send(self, kind: Kind, payload: Payload, retry: Retry | None = None) -> Answer:
        """Deliver one payload and wait for the answer."""
        if self._parts.chaos.takes_duplicate():
            first = await self._send_once(kind, payload, retry)
            await self._send_once(kind, payload, retry)
            return first
        return await self._send_once(kind, payload, retry)

    async def event(self, event: Payload) -> Answer:
        """Deliver an event, if the app wants it; return the answer to the first attempt."""
        answer = Answer()
        for wanted in wanted_events(self._parts.workspace, event):
            payload = envelope_of(self._parts.workspace, wanted)
            answer = await self.send(Kind.EVENT, payload)
            if not answer.is_ok and not answer.refuses_retry:
                self._keep(self._retry(payload, answer))
        return answer

    def event_soon(self, event: Payload) -> None:
        """Deliver an event without waiting for it."""
        if wanted_events(self._parts.workspace, event):
            self._keep(self.event(event))

    async def verify_url(self) -> bool:
        """Make Slack's url_verification handshake; say whether the challenge came back."""
        challenge = "practice-challenge"
        body: Payload = {"type": "url_verification", "token": "practice", "challenge": challenge}
        reply = await self.signed_request(json.dumps(body), content_type=JSON)
        return reply.status == 200 and challenge in reply.text

    async def signed_request(
        self,
        body: str | bytes,
        *,
        timestamp: int | None = None,
        secret: str | None = None,
        url: str | None = None,
        content_type: str = FORM,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Post a raw body to the app, signed; a wrong secret or an old timestamp is the caller's wish."""
        app = self._parts.workspace.installed
        raw = body.encode() if isinstance(body, str) else body
        moment = timestamp or int(self._parts.workspace.now().timestamp())
        signed = {
            "X-Slack-Request-Timestamp": str(moment),
            "X-Slack-Signature": sign(secret or app.signing_secret, str(moment), raw),
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        target = url or app.events_url or app.interactivity_url
        if self._session is None or target is None:
            raise LookupError("There is no request URL to post to.")
        posted = self._session.post(
            target, data=raw, headers=signed | (headers or {}), max_redirects=REDIRECTS
        )
        async with posted as response:
            no_retry = response.headers.get("X-Slack-No-Retry") == "1"
            return Reply(response.status, await response.text(), no_retry)

    async def _send_once(self, kind: Kind, payload: Payload, retry: Retry | None) -> Answer:
        name, started = name_of(kind, payload), perf_counter()
        self._parts.traffic.note(
            "to_app", kind, name, payload, f"retry {retry.number}" if retry else ""
        )
        if self._parts.workspace.installed.is_socket_mode:
            answer = await self._sockets.send(kind, payload, retry)
        else:
            answer = await self._post(kind, payload, retry)
        ms = round((perf_counter() - started) * 1000, 1)
        self._parts.traffic.note("from_app", "ack", name, answer.body, "", answer.status_word, ms)
        return answer

    async def _post(self, kind: Kind, payload: Payload, retry: Retry | None) -> Answer:
        url = self._url(kind, payload)
        if url is None:
            return Answer(Failure.DISPATCH)
        body, content_type = _encoded(kind, payload)
        try:
            reply = await self.signed_request(
                body, url=url, content_type=content_type, headers=_retry_headers(retry)
            )
        except TooManyRedirects:
            return Answer(Failure.REDIRECTS)
        except TimeoutError:
            return Answer(Failure.TIMEOUT)
        except ClientError:
            return Answer(Failure.DISPATCH)
        return _read(reply)

    def _url(self, kind: Kind, payload: Payload) -> str | None:
        app = self._parts.workspace.installed
        if kind is Kind.COMMAND:
            return app.command_url(payload.get("command", ""))
        if kind is Kind.EVENT:
            return app.events_url
        is_options = payload.get("type") == "block_suggestion"
        return app.options_url if is_options and app.options_url else app.interactivity_url

    async def _retry(self, payload: Payload, answer: Answer) -> None:
        for number, delay in enumerate(self._retry_delays, 1):
            await asyncio.sleep(delay)
            reason = RETRY_REASONS.get(answer.failure or Failure.TIMEOUT, "http_error")
            answer = await self.send(Kind.EVENT, payload, Retry(number, reason))
            if answer.is_ok or answer.refuses_retry:
                return

    def _keep(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _encoded(kind: Kind, payload: Payload) -> tuple[str, str]:
    match kind:
        case Kind.COMMAND:
            return urlencode(payload), FORM
        case Kind.INTERACTION:
            return urlencode({"payload": json.dumps(payload)}), FORM
        case Kind.EVENT:
            return json.dumps(payload), JSON


def _retry_headers(retry: Retry | None) -> dict[str, str]:
    if retry is None:
        return {}
    return {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}


def _read(reply: Reply) -> Answer:
    if reply.status >= 500:
        return Answer(Failure.SERVICE_ERROR, {}, reply.status, reply.refuses_retry)
    if not 200 <= reply.status < 300:
        return Answer(Failure.CLIENT_ERROR, {}, reply.status, reply.refuses_retry)
    return Answer(None, _body(reply.text), reply.status)


def _body(text: str) -> Payload:
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
