"""A stand-in for Slack that keeps what is posted, and has bad days: it breaks lines, answers late, fails, says "too fast".

What it does wrong it does at random, by the numbers of its `Mood`; what it has stored it never loses, as Slack does not.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web

from bot import clock

BOT = {"team_id": "T0OURS", "user_id": "U0BOT", "bot_id": "B0BOT", "team": "Ours", "user": "bot"}

Payload = dict[str, Any]


@dataclass
class Mood:
    """How likely a call goes wrong, and how long answers take; the line breaks and 500s come before or after the deed."""

    broken_line: float = 0.0
    error: float = 0.0
    too_fast: float = 0.0
    slow: float = 0.0
    seconds: tuple[float, float] = (0.0, 0.0)  # every answer takes so long
    slow_seconds: tuple[float, float] = (0.5, 2.0)
    is_blind: bool = False  # its history shows no metadata: nothing is found there again


@dataclass(frozen=True)
class Post:
    """A message as it was stored, and when."""

    channel: str
    thread_ts: str
    ts: str
    text: str
    metadata: Payload
    at: float = field(default_factory=lambda: clock.now().timestamp())

    def as_payload(self, *, with_metadata: bool) -> Payload:
        """Return it as history shows it."""
        shown = {"type": "message", "ts": self.ts, "text": self.text, "bot_id": BOT["bot_id"]}
        return shown | ({"metadata": self.metadata} if with_metadata else {})


class SlackStandIn:
    """Answers on this machine between `start` and `stop`."""

    def __init__(self, mood: Mood, seed: int) -> None:
        self.mood = mood
        self.posts: list[Post] = []
        self.calls: Counter[str] = Counter()
        self._random = Random(seed)  # noqa: S311 (it only chooses what goes wrong)
        self._news = asyncio.Condition()
        self._methods = {
            "auth.test": lambda _: BOT,
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.open": lambda asked: {"channel": {"id": "D" + asked["users"]}},
        }

    async def start(self) -> str:
        """Listen on a free port, and return the address of the Web API."""
        application = web.Application()
        application.router.add_route("*", "/api/{method}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"

    async def stop(self) -> None:
        """Listen no longer."""
        await self._runner.cleanup()

    async def wait_for_posts(self, many: int) -> None:
        """Wait until so many have been stored; their senders need not know it yet."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.posts) >= many)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        asked = dict(request.query)
        if request.content_type == "application/json":
            asked |= await request.json()
        else:
            asked |= dict(await request.post())
        mood, dice = self.mood, self._random.random()
        if method == "auth.test":
            return web.json_response({"ok": True, **BOT})
        if dice < mood.too_fast:
            headers = {"Retry-After": "1"}
            return web.json_response(_refusal("ratelimited"), status=429, headers=headers)
        breaks, fails = self._happens(mood.broken_line), self._happens(mood.error)
        comes_before = self._happens(0.5)
        if breaks and comes_before:
            return _break(request)
        if fails and comes_before:
            return web.json_response(_refusal("internal_error"), status=500)
        said = self._methods[method](asked)
        if method == "chat.postMessage":
            async with self._news:
                self._news.notify_all()
        await asyncio.sleep(self._random.uniform(*self._delay()))
        if breaks:
            return _break(request)
        if fails:
            return web.Response(status=503, text="<html>upstream</html>", content_type="text/html")
        return web.json_response({"ok": True, **said})

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance

    def _delay(self) -> tuple[float, float]:
        return self.mood.slow_seconds if self._happens(self.mood.slow) else self.mood.seconds

    def _post(self, asked: Payload) -> Payload:
        ts = f"{len(self.posts) + 1_800_000_000}.000100"
        thread = str(asked.get("thread_ts") or "")
        post = Post(asked["channel"], thread, ts, asked["text"], asked["metadata"])
        self.posts.append(post)
        return {"channel": post.channel, "ts": post.ts}

    def _history(self, asked: Payload) -> Payload:
        return self._page(asked, "")

    def _replies(self, asked: Payload) -> Payload:
        return self._page(asked, asked["ts"])

    def _page(self, asked: Payload, thread: str) -> Payload:
        with_metadata = bool(asked.get("include_all_metadata")) and not self.mood.is_blind
        here = [
            post.as_payload(with_metadata=with_metadata)
            for post in reversed(self.posts)
            if post.channel == asked["channel"] and post.thread_ts == thread
        ]
        return {"messages": here[: int(asked["limit"])]}


def _refusal(code: str) -> Payload:
    return {"ok": False, "error": code}


def _break(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:  # it may have been killed meanwhile
        request.transport.abort()
    return web.Response()


async def _serve() -> None:
    print(await SlackStandIn(Mood(), 0).start(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":  # outside the process that is measured, as Slack is
    asyncio.run(_serve())
