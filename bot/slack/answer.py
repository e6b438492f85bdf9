"""Answers to one knock: private to the person by default, shared in the channel when they ask for it.

An answer goes through the response_url, which needs no membership of the channel; when that is spent or missing,
through the Web API. What Slack refuses because of a chart is sent again without, and what it refuses for coming too
soon is sent once more after the pause it asks for; nothing public is ever sent twice.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Literal

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.blocks.kit import Message
from bot.blocks.notice import message_window, notice, notice_window
from bot.errors import Refused, StewardError
from bot.logs import error_code, whereabouts
from bot.slack.connection import TROUBLE, Closed, Connection, pause_in
from bot.slack.knock import Kind, Knock, Payload

log = logging.getLogger(__name__)

_QUIETLY: Payload = {"unfurl_links": False, "unfurl_media": False}
_UNKNOWN = "unconfirmed"  # sent, but nobody knows whether it arrived
_TOO_SOON = "ratelimited"
_USUAL_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_BLOCKS_REFUSED = ("invalid_blocks", "msg_blocks_too_long")
_Method = Literal["chat.postEphemeral", "chat.postMessage", "chat.update"]

_SHARE_REFUSED = {
    "no_channel": "There is no channel here to share it in. Ask in a channel, and share it there.",
    "channel_not_found": "I am not in this channel. Invite me with /invite, then share again.",
    "is_archived": "This channel is archived; nothing can be posted in it.",
    "not_in_channel": "I am not in this channel. Invite me with /invite, then share again.",
    "restricted_action": "Only some people may post in this channel, and I am not one of them.",
    "restricted_action_read_only_channel": "Only some people may post in this channel, and I am not one of them.",
    _TOO_SOON: "Slack is busy and did not take it; nothing was shared. Please share it again in a minute.",
    _UNKNOWN: "Slack did not confirm that this was shared. Look in the channel before you share it again.",
}


class NotAnswered(StewardError):
    """Slack took the answer in no way; what was asked for may have been done."""


class _CameTooSoon(Exception):
    """Slack took nothing and asks to come again after so many seconds."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.seconds = min(pause_in(headers, otherwise=_USUAL_PAUSE), _LONGEST_PAUSE)


class Answer:
    """How to answer one knock: `await answer(message)`, `answer.share(message)`, `answer.replace(message)`."""

    def __init__(self, connection: Connection, knock: Knock) -> None:
        self._connection = connection
        self._knock = knock

    async def __call__(self, message: Message) -> None:
        """Show a message to the person alone."""
        extra = {"response_type": "ephemeral", "replace_original": False, **self._thread()}
        if not await self._respond(message, extra):
            return
        if self._is_from_page() and await self._open_window(message_window(message)):
            return
        await self._tell_through_api(message)

    async def share(self, message: Message) -> None:
        """Show a message to everybody in the channel; `Refused` says why that cannot be."""
        extra = {"response_type": "in_channel", "replace_original": False, **self._thread()}
        refused = await self._respond(message, extra)
        if refused not in ("", _UNKNOWN, _TOO_SOON):
            refused = await self._post(message)
        if refused:
            raise Refused(
                _SHARE_REFUSED.get(refused, f"Slack did not let me share this here ({refused}).")
            )

    async def replace(self, message: Message) -> None:
        """Put a message in the place of the one whose button was pressed; answer privately where there is none."""
        if not self._is_from_message():
            return await self(message)
        if not await self._respond(message, {"replace_original": True}):
            return None
        if self._knock.message and not await self._call(
            "chat.update", message, ts=self._knock.message
        ):
            return None
        return await self._tell_through_api(message)

    async def tell(self, sentence: str) -> None:
        """Say one sentence where the person is looking: in the channel, in a small window, or in their messages."""
        knock = self._knock
        is_nowhere = not knock.response_url and not knock.channel
        if is_nowhere and knock.trigger_id and await self._open_window(notice_window(sentence)):
            return
        await self(notice(sentence))

    def _is_from_message(self) -> bool:
        return self._knock.kind is Kind.ACTION and bool(
            self._knock.response_url or self._knock.message
        )

    def _thread(self) -> Payload:
        return {"thread_ts": self._knock.thread} if self._knock.thread else {}

    async def _tell_through_api(self, message: Message) -> None:
        """Show a message to the person alone where they are; failing that, in their direct messages."""
        knock = self._knock
        if not knock.user:
            raise NotAnswered("nobody to answer")
        if knock.channel and not await self._call(
            "chat.postEphemeral", message, user=knock.user, **self._thread()
        ):
            return
        if refused := await self._call("chat.postMessage", message, channel=knock.user):
            log.warning("an answer could not be delivered (%s)", refused)
            raise NotAnswered(refused)

    async def _post(self, message: Message) -> str:
        if not self._knock.channel:
            return "no_channel"
        return await self._call("chat.postMessage", message, **self._thread())

    async def _respond(self, message: Message, extra: Payload) -> str:
        """Send through the response_url; return why Slack refused, or ""."""
        if not self._knock.response_url:
            return "no_response_url"
        return await _first_taken(message, lambda said: self._post_to_url({**said, **extra}))

    async def _call(self, method: _Method, message: Message, **more: Any) -> str:
        """Send through the Web API; return why Slack refused, or ""."""
        where = {"channel": self._knock.channel, **more}
        return await _first_taken(
            message, lambda said: self._post_to_api(method, {**said, **where})
        )

    async def _post_to_url(self, body: Payload) -> str:
        try:
            posting = self._connection.session.post(
                self._knock.response_url, json=body, proxy=self._connection.proxy
            )
            async with posting as said:
                if said.status == HTTPStatus.TOO_MANY_REQUESTS:
                    raise _CameTooSoon(said.headers)
                return _refusal(said.status, await said.text())
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, Closed):
            return "unreachable"
        except TROUBLE as error:
            log.warning("an answer may not have arrived (%s)", whereabouts(error))
            return _UNKNOWN

    async def _post_to_api(self, method: _Method, body: Payload) -> str:
        try:
            await self._connection.client.api_call(method, json=body)
        except SlackApiError as error:
            if _is_too_soon(error):
                raise _CameTooSoon(error.response.headers) from None
            return error_code(error) or "refused"
        except TROUBLE as error:
            log.warning("an answer may not have arrived (%s)", whereabouts(error))
            return _UNKNOWN
        return ""

    def _is_from_page(self) -> bool:
        """Return whether a button was pressed at Home or in a window, where no message can appear."""
        return self._knock.kind is Kind.ACTION and "view" in self._knock.body

    async def _open_window(self, view: Payload) -> bool:
        """Open a window, on top of the one in which a button was pressed."""
        knock, client = self._knock, self._connection.client
        pressed_in = knock.body.get("view") or {}
        is_in_form = knock.kind is Kind.ACTION and pressed_in.get("type") == "modal"
        opening = client.views_push if is_in_form else client.views_open
        try:
            await opening(trigger_id=knock.trigger_id, view=view)
        except TROUBLE:  # the handler may have used the trigger, or three seconds have gone
            return False
        return True


async def _first_taken(message: Message, send: Callable[[Payload], Awaitable[str]]) -> str:
    """Send a message as it is or, where Slack refuses its blocks, without charts, and at last its text alone."""
    for said in message.ever_plainer():
        refused = await _patiently(send, {**said.as_payload(), **_QUIETLY})
        if not any(word in refused for word in _BLOCKS_REFUSED):
            return refused
        log.warning("Slack refused the blocks of an answer (%s)", refused)
    return refused


async def _patiently(send: Callable[[Payload], Awaitable[str]], said: Payload) -> str:
    """Send, and once more after a pause when it came too soon; then nothing of it was posted."""
    try:
        return await send(said)
    except _CameTooSoon as refused:
        log.info("Slack asks an answer to wait for %.0f s", refused.seconds)
        await asyncio.sleep(refused.seconds)
    try:
        return await send(said)
    except _CameTooSoon:
        return _TOO_SOON


def _is_too_soon(error: SlackApiError) -> bool:
    status = getattr(error.response, "status_code", None)
    return status == HTTPStatus.TOO_MANY_REQUESTS or error_code(error) == _TOO_SOON


def _refusal(status: int, text: str) -> str:
    """Return why a response_url refused: its own word for it, or the HTTP status."""
    word = text.strip()
    if word.startswith("{"):
        try:
            said = json.loads(word)
        except ValueError:
            said = {}
        word = "ok" if said.get("ok") else str(said.get("error") or "")
    if status == 200 and word in ("ok", ""):
        return ""
    return word if word.isidentifier() and word != "ok" else f"http_{status}"
