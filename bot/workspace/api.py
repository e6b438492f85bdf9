"""The app's doors: the Web API in any of Slack's three forms, response URLs, and the bytes of uploads.

In the Web API nothing but rate limits (429) and outages (5xx) uses another status than 200.
"""

import asyncio
import json
from time import perf_counter

from aiohttp import web

from bot.workspace.call import Args, Call, Method, RateLimited
from bot.workspace.chaos import Fault, Mishap
from bot.workspace.feed import Payload
from bot.workspace.methods import METHODS
from bot.workspace.parts import Parts
from bot.workspace.posting import respond
from bot.workspace.refusal import ApiError

SPENT = frozenset({"used_url", "expired_url", "invalid_url"})


class Api:
    """Answers `/api/<method>`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, good day or bad."""
        started, name = perf_counter(), request.match_info["method"]
        mishap = self._parts.chaos.next_for(name)
        values = await read_values(request)
        if mishap is not None and not mishap.processed:
            body, status, headers = _fault_answer(mishap)
        else:
            body, status, headers = self._answer(name, values, _token(request, values))
        self._note(name, values, body, perf_counter() - started)
        if mishap is not None and mishap.processed:
            return await _after(request, mishap, body)
        if mishap is not None and mishap.fault is Fault.DROPPED:
            return _hang_up(request)
        return web.json_response(body, status=status, headers=headers)

    def _answer(
        self, name: str, values: Payload, token: str
    ) -> tuple[Payload, int, dict[str, str]]:
        try:
            return {"ok": True, **self._run(name, values, token)}, 200, self._headers()
        except RateLimited as refusal:
            return refusal.body(), 429, {"Retry-After": str(refusal.retry_after)}
        except ApiError as refusal:
            return refusal.body(), 200, self._headers()

    def _run(self, name: str, values: Payload, token: str) -> Payload:
        method = METHODS.get(name)
        if method is None or name in self._parts.chaos.unknown_methods:
            raise ApiError("unknown_method", req_method=name)
        self._check_token(method, token)
        seconds = self._parts.limits.wait_for_call(name)
        if seconds:
            raise RateLimited(seconds)
        call = Call(self._parts, name, Args(values))
        call.need_scopes(*method.scopes)
        return method.run(call)

    def _check_token(self, method: Method, token: str) -> None:
        if method.caller == "anyone":
            return
        if not token:
            raise ApiError("not_authed")
        app = self._parts.workspace.app
        if app is None or token not in (app.bot_token, app.app_token):
            raise ApiError("invalid_auth")
        wanted = app.bot_token if method.caller == "bot" else app.app_token
        if token != wanted:
            raise ApiError("not_allowed_token_type")

    def _headers(self) -> dict[str, str]:
        app = self._parts.workspace.app
        return {"X-OAuth-Scopes": ",".join(sorted(app.scopes))} if app else {}

    def _note(self, name: str, values: Payload, body: Payload, seconds: float) -> None:
        status = "ok" if body.get("ok") else str(body.get("error"))
        payload: Payload = {"request": values, "answer": body}
        summary = str(values.get("channel") or values.get("user_id") or "")
        ms = round(seconds * 1000, 1)
        self._parts.traffic.note("from_app", "web_api", name, payload, summary, status, ms)


async def read_values(request: web.Request) -> Payload:
    """Return the arguments of a request: query, then form or JSON."""
    values: Payload = dict(request.query)
    if request.method != "POST" or not request.can_read_body:
        return values
    if request.content_type == "application/json":
        return values | await _json_body(request)
    return values | dict(await request.post())


async def _json_body(request: web.Request) -> Payload:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _token(request: web.Request, values: Payload) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else str(values.get("token", ""))


def _fault_answer(mishap: Mishap) -> tuple[Payload, int, dict[str, str]]:
    if mishap.fault is Fault.RATE_LIMITED:
        retry = {"Retry-After": str(mishap.retry_after)}
        return {"ok": False, "error": "ratelimited"}, 429, retry
    return {"ok": False, "error": "internal_error"}, 500, {}


async def _after(request: web.Request, mishap: Mishap, body: Payload) -> web.StreamResponse:
    if mishap.fault is Fault.DROPPED:
        return _hang_up(request)
    if mishap.fault is Fault.SLOW:
        await asyncio.sleep(mishap.seconds)
        return web.json_response(body)
    return web.Response(status=500, text=json.dumps({"ok": False, "error": "internal_error"}))


def _hang_up(request: web.Request) -> web.StreamResponse:
    # What is returned is never written: the transport is gone before aiohttp starts the answer.
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


class Hooks:
    """Answers posts to response URLs and upload addresses, and hands files out."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def respond(self, request: web.Request) -> web.Response:
        """Take one post to a response URL."""
        started = perf_counter()
        values = await read_values(request)
        status, word, headers = self._respond(request.match_info["secret"], values)
        name, ms = f"hooks/{request.match_info['door']}", (perf_counter() - started) * 1000
        self._parts.traffic.note(
            "from_app", "response_url", name, values, "", f"{status} {word}", round(ms, 1)
        )
        return web.Response(status=status, text=word, headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file, raw or as a form; the address alone is the permission."""
        stored = self._parts.workspace.files.get(request.match_info["file"])
        if stored is None or stored.secret != request.match_info["secret"] or stored.is_complete:
            return web.Response(status=404, text="no such upload")
        content = await _uploaded_bytes(request)
        if len(content) != stored.length:
            return web.Response(status=400, text="length differs from what was announced")
        stored.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.Request) -> web.Response:
        """Hand a private file to whoever brings the bot token; others get a page to log in, as from Slack."""
        app = self._parts.workspace.installed
        if request.headers.get("Authorization") != f"Bearer {app.bot_token}":
            return web.Response(text="<html><body>Sign in</body></html>", content_type="text/html")
        return self.file(request)

    def file(self, request: web.Request) -> web.Response:
        """Return a completed file."""
        stored = self._parts.workspace.files.get(request.match_info["file"])
        if stored is None or not stored.is_complete:
            raise web.HTTPNotFound
        return web.Response(
            body=stored.content,
            content_type=stored.mimetype,
            headers={
                "Content-Disposition": f'attachment; filename="{stored.id}-{_plain(stored.name)}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _respond(self, secret: str, values: Payload) -> tuple[int, str, dict[str, str]]:
        try:
            respond(self._parts, self._parts.passes.use_response_url(secret), values)
        except RateLimited as refusal:
            return 429, refusal.code, {"Retry-After": str(refusal.retry_after)}
        except ApiError as refusal:
            return (404 if refusal.code in SPENT else 400), refusal.code, {}
        return 200, "ok", {}


async def _uploaded_bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "._-"))
