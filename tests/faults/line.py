"""A line between the bot and Slack that breaks where it is told, and on which one call can be given another answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import ClientSession, web

Moment = Literal["before", "after"]


@dataclass(slots=True)
class Blow:
    """A blow that falls just before a call arrives or just after: the `nth` one of a method that is `wanted`, from now on."""

    method: str
    moment: Moment
    nth: int = 1
    wanted: Callable[[dict[str, Any]], bool] = lambda _: True


class Line:
    """Passes the bot's calls on to Slack, and strikes by its list of `blows`, one after another.

    `strike` is told the method, and says whether there was anybody to strike: what the dead have sent still arrives, and is no time for a blow.
    `refusals` are Slack's words for people to whom a message is refused, by their ids.
    """

    def __init__(self, api_url: str, strike: Callable[[str], bool]) -> None:
        self.blows: list[Blow] = []
        self.refusals: dict[str, str] = {}
        self._api_url, self._strike = api_url, strike

    async def open(self) -> str:
        """Listen, and return the address of the Web API on this end."""
        self._session = ClientSession()
        application = web.Application()
        application.router.add_route("*", "/api/{method}", self._pass_on)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"

    async def close(self) -> None:
        """Listen no longer."""
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        method, body = request.match_info["method"], await request.read()
        said = json.loads(body) if request.content_type == "application/json" else {}
        blow = self._falls_on(method, said)
        if blow is not None and blow.moment == "before" and self._lands(blow):
            return web.Response()  # to nobody
        if refusal := self.refusals.get(str(said.get("channel"))):
            return web.json_response({"ok": False, "error": refusal})
        answer = await self._ask(request, method, body)
        if blow is not None and blow.moment == "after":
            self._lands(blow)
        return answer

    def _falls_on(self, method: str, said: dict[str, Any]) -> Blow | None:
        """Return the next blow if this is the call for which it waits."""
        if not self.blows or self.blows[0].method != method or not self.blows[0].wanted(said):
            return None
        self.blows[0].nth -= 1
        return self.blows[0] if self.blows[0].nth <= 0 else None

    def _lands(self, blow: Blow) -> bool:
        has_struck = blow in self.blows and self._strike(blow.method)
        if has_struck:
            self.blows.remove(blow)
        return has_struck

    async def _ask(self, request: web.Request, method: str, body: bytes) -> web.Response:
        headers = {name: request.headers[name] for name in _PASSED if name in request.headers}
        async with self._session.request(
            request.method, self._api_url + method,
            params=request.query, data=body, headers=headers, allow_redirects=False,
        ) as answer:  # fmt: skip
            said = await answer.read()
        kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        return web.Response(status=answer.status, body=said, headers=kept)


_PASSED = ("Authorization", "Content-Type")
_KEPT = ("Content-Type", "Retry-After", "X-OAuth-Scopes")
