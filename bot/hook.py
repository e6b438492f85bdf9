"""Doors for other systems: each pushes JSON to a path of its own, and one token opens all of them.

What comes without the token is not read. What goes wrong is logged without a word of what was sent.
"""

import base64
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import web

from bot.errors import AlreadyDone, Refused
from bot.logs import whereabouts

log = logging.getLogger(__name__)

Hook = Callable[[Mapping[str, str], Any], Awaitable[tuple[int, str]]]
"""What takes a push: the headers, whose case does not matter, and the JSON; it returns an HTTP status and a sentence."""


class HookDoor:
    """One path of the web server: it lets in who has the token, reads the body and hands it to the hook."""

    def __init__(self, hook: Hook, token: str) -> None:
        self._hook = hook
        self._token = token

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one push with a status and a sentence."""
        if not self._token:
            return web.Response(status=404, text="not enabled: set STEWARD_HOOK_TOKEN")
        if not has_token(self._token, request.headers, request.query):
            asked = {"WWW-Authenticate": 'Basic realm="steward"'}
            return web.Response(status=401, text="the token is missing or wrong", headers=asked)
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError):
            return web.Response(status=400, text="the body is not JSON")
        status, sentence = await self._take(request, body)
        return web.Response(status=status, text=sentence)

    async def _take(self, request: web.Request, body: Any) -> tuple[int, str]:
        try:
            return await self._hook(request.headers, body)
        except AlreadyDone:
            return 200, "done before"
        except Refused as refused:
            return 422, refused.sentence
        except Exception as error:  # noqa: BLE001 (whatever it is, the other system may try again)
            log.error("what was pushed to %s was not taken: %s", request.path, whereabouts(error))  # noqa: TRY400
            return 500, "something went wrong on my side; nothing was changed"


def has_token(token: str, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Return whether a request carries the token: as a bearer, as Basic's password or as `?token=`.

    How long it takes tells nothing about the token.
    """
    given = _given(headers, query)
    return any(hmac.compare_digest(_bytes(one), _bytes(token)) for one in given)


def _given(headers: Mapping[str, str], query: Mapping[str, str]) -> Iterator[str]:
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            yield rest.strip()
        case "basic":
            yield _password(rest.strip())
    if "token" in query:
        yield query["token"]


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _bytes(text: str) -> bytes:
    return text.encode(errors="backslashreplace")  # what a header may hold is not always text
