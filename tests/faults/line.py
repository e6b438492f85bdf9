"""A line between the bot and Slack that breaks where it is told, and on which one call can be given another answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from tests.faults.relay import Relay

Moment = Literal["before", "after"]


@dataclass(slots=True)
class Blow:
    """A blow that falls just before a call arrives or just after: the `nth` one of a method that is `wanted`, from now on."""

    method: str
    moment: Moment
    nth: int = 1
    wanted: Callable[[dict[str, Any]], bool] = lambda _: True


class Line(Relay):
    """Passes the bot's calls on to Slack, and strikes by its list of `blows`, one after another.

    `strike` is told the method, and says whether there was anybody to strike: what the dead have sent still arrives, and is no time for a blow.
    `refusals` are Slack's words for people to whom a message is refused, by their ids.
    """

    def __init__(self, api_url: str, strike: Callable[[str], bool]) -> None:
        super().__init__(api_url)
        self.blows: list[Blow] = []
        self.refusals: dict[str, str] = {}
        self._strike = strike

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Answer a call, unless it is struck down or refused."""
        method, body = request.match_info["method"], await request.read()
        said = json.loads(body) if request.content_type == "application/json" else {}
        blow = self._falls_on(method, said)
        if blow is not None and blow.moment == "before" and self._lands(blow):
            return web.Response()  # to nobody
        if refusal := self.refusals.get(str(said.get("channel"))):
            return web.json_response({"ok": False, "error": refusal})
        answer = await self.ask(request, method, body)
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
