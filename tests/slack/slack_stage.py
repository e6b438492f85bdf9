"""A stand-in for Slack's servers that says what a test tells it to, and a bot that is sent what Slack sends, signed.

ANA manages by her id and HAL by his e-mail address, LEA leads, BO works the desk, CY is a guest account, DI is of
another workspace.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot import clock
from bot.app import House, build
from bot.services import Services
from bot.settings import Settings
from bot.slack.router import Router
from bot.storage.database import Database

ANA, HAL, LEA, BO, CY, DI = "U0ANA", "U0HAL", "U0LEA", "U0BO", "U0CY", "U0DI"
OURS, THEIRS = "T0OURS", "T0THEIRS"
DESK = "C0DESK"
SECRET = "not-the-real-secret"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

BROKEN: dict[str, Any] = {}  # an answer that never comes: the line breaks

Payload = dict[str, Any]
Answer = Payload | Callable[[Payload], Any]

PEOPLE: dict[str, Payload] = {
    ANA: {"profile": {"display_name": "Ana"}, "tz": "Europe/Berlin"},
    HAL: {"real_name": "Hal Noor", "profile": {"email": "Hal@Example.com"}, "tz": "Asia/Tokyo"},
    LEA: {"profile": {"display_name": "", "real_name": "Lea Moss"}, "tz": "Nowhere/Land"},
    BO: {"name": "bo", "profile": {}},
    CY: {"profile": {"display_name": "Cy"}, "is_ultra_restricted": True},
}


class SlackStandIn:
    """Slack's Web API, response_urls and Socket Mode on this machine; what it is asked is kept in `calls`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Payload]] = []
        self.answers: dict[str, Answer] = {
            "auth.test": {"ok": True, "team_id": OURS, "user_id": "U0BOT", "bot_id": "B0BOT"},
            "users.info": _user,
        }
        self.response_url_answers: deque[tuple[int, str]] = deque()
        self.wait_for: dict[
            str, asyncio.Event
        ] = {}  # by method, what must happen before the answer
        self.retry_after = "0"  # what a 429 of a response_url asks for
        self.socket_handlers: deque[Callable[[web.WebSocketResponse], Any]] = deque()
        self.url = ""

    async def start(self) -> None:
        """Listen on a free port."""
        application = web.Application()
        application.router.add_route("*", "/api/{method}", self._api)
        application.router.add_post("/respond", self._respond)
        application.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Listen no longer."""
        await self._runner.cleanup()

    def asked(self, method: str) -> list[Payload]:
        """Return the arguments of all calls of one method, or of posts to response_urls ("respond")."""
        return [arguments for name, arguments in self.calls if name == method]

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.content_type == JSON:
            arguments = await request.json()
        else:
            arguments = {**request.query, **await request.post()}
        self.calls.append((method, arguments))
        if method in self.wait_for:
            await self.wait_for[method].wait()
        answer = self.answers.get(method, {"ok": True})
        said = answer(arguments) if callable(answer) else answer
        if said is BROKEN:
            return _drop(request)
        return said if isinstance(said, web.StreamResponse) else web.json_response(said)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(("respond", await request.json()))
        answers = self.response_url_answers
        status, text = answers.popleft() if answers else (200, "ok")
        headers = {"Retry-After": self.retry_after} if status == 429 else None
        return web.Response(status=status, text=text, headers=headers) if status else _drop(request)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self.socket_handlers.popleft()(socket)
        return socket


def _drop(request: web.Request) -> web.StreamResponse:
    """Break the line after the request was taken."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def refusal(code: str) -> Payload:
    """Return Slack's way to say no."""
    return {"ok": False, "error": code}


def _user(arguments: Payload) -> Payload:
    user = PEOPLE.get(arguments["user"])
    if user is None:
        return refusal("user_not_found")
    return {"ok": True, "user": {"id": arguments["user"], "team_id": OURS, **user}}


def settings(slack: SlackStandIn, folder: Path, **more: Any) -> Settings:
    """Return settings that lead to the stand-in, with everybody in their place."""
    given = {
        "slack_bot_token": "xoxb-test",
        "slack_signing_secret": SECRET,
        "slack_api_url": f"{slack.url}/api/",
        "database_url": f"sqlite:///{folder / 'steward.db'}",
        "host": "127.0.0.1",
        "port": 0,
        "managers": [ANA, "hal@example.com"],
        "teams": {
            "desk": {
                "role": "support_engineer",
                "lead": LEA,
                "members": [BO],
                "timezone": "Europe/Lisbon",
            }
        },
        **more,
    }
    return Settings.model_validate(given)


class Stage:
    """The bot with a test's own handlers, and the ways in which Slack knocks at it."""

    def __init__(
        self, slack: SlackStandIn, chosen: Settings, routers: Iterable[Router], **how: Any
    ) -> None:
        self.slack = slack
        self.services = Services(Database(chosen.database_url), chosen, {})
        self.house: House = build(chosen, self.services, routers, winds_the_clock=False, **how)

    async def close(self) -> None:
        """Stop whatever was started."""
        await self.house.stop()
        self.services.database.close()

    async def send(self, body: str, content_type: str = FORM, **how: Any) -> BoltResponse:
        """Send a signed request as Slack does."""
        headers = signed_headers(body, content_type, **how)
        request = AsyncBoltRequest(body=body, headers=headers)  # type: ignore[arg-type]
        return await self.house.bolt.async_dispatch(request)

    async def command(self, text: str, by: str = BO, team: str = OURS, **more: str) -> BoltResponse:
        """Type a slash command."""
        name, _, words = text.partition(" ")
        fields = {
            "command": name,
            "text": words,
            "user_id": by,
            "team_id": team,
            "channel_id": DESK,
            "trigger_id": "1.2.abc",
            "response_url": f"{self.slack.url}/respond",
            **more,
        }
        return await self.send(urlencode(fields))

    async def interact(
        self, kind: str, by: str = BO, team: str = OURS, **more: Any
    ) -> BoltResponse:
        """Press, submit, close or choose: everything that Slack sends as an interaction."""
        payload = {
            "type": kind,
            "user": {"id": by, "team_id": team},
            "team": {"id": OURS},
            "trigger_id": "1.2.abc",
            **more,
        }
        return await self.send(urlencode({"payload": json.dumps(payload)}))

    async def press(self, action_id: str | None, by: str = BO, **more: Any) -> BoltResponse:
        """Press a button under a message in the desk's channel."""
        action = {"type": "button", "block_id": "b", "value": "v", "action_ts": "1.0"}
        if action_id is not None:
            action["action_id"] = action_id
        where: Payload = {
            "container": {
                "type": "message",
                "message_ts": "7.7",
                "channel_id": DESK,
                "is_ephemeral": False,
            },
            "channel": {"id": DESK},
            "response_url": f"{self.slack.url}/respond",
        }
        return await self.interact("block_actions", by, actions=[action], **{**where, **more})

    async def submit(
        self, callback_id: str, fields: Iterable[str] = (), **more: Any
    ) -> BoltResponse:
        """Submit a form that has these input fields."""
        blocks = [
            {"type": "section", "block_id": "words"},
            *({"type": "input", "block_id": name} for name in fields),
        ]
        view = {
            "id": "V1",
            "hash": "h1",
            "type": "modal",
            "callback_id": callback_id,
            "blocks": blocks,
        }
        return await self.interact("view_submission", view=view, **more)

    async def event(self, event: Payload, **more: Any) -> BoltResponse:
        """Deliver an event."""
        body = {
            "type": "event_callback",
            "team_id": OURS,
            "event_id": "Ev1",
            "event": event,
            **more,
        }
        return await self.send(json.dumps(body), JSON)


def signed_headers(
    body: str, content_type: str, *, secret: str = SECRET, age_seconds: int = 0
) -> dict[str, str]:
    """Return the headers with which Slack proves that a request is its own."""
    at = str(int(clock.now().timestamp()) - age_seconds)
    signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body)
    assert signature is not None
    return {
        "content-type": content_type,
        "x-slack-request-timestamp": at,
        "x-slack-signature": signature,
    }


def said(response: BoltResponse) -> Any:
    """Return what the acknowledgement carries: a dictionary, or the text."""
    return json.loads(response.body) if response.body.startswith("{") else response.body
