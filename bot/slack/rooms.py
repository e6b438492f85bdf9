"""The channels of incidents: what is asked of Slack to open, fill, empty and archive one, and what came of it.

Every call here may be made twice. What Slack says has been done before counts as done, and a channel whose opening
ended nobody knows how is looked for before another is opened; so is a file before it is shared again.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import incident_steps as steps
from bot.domain.incident_steps import Done, Errand, GivenUp, Later, Outcome
from bot.logs import error_code
from bot.slack.connection import TROUBLE
from bot.slack.files import upload
from bot.slack.verdict import Course, Verdict, judge

log = logging.getLogger(__name__)

SCOPES = (
    *("channels:manage", "channels:read", "groups:read", "groups:write"),
    *("bookmarks:read", "bookmarks:write", "files:write", "pins:write"),
)
"""What Slack must allow: to open and keep channels, to find those that are ours, to pin, to bookmark, to share files."""

_STOPPED_SECONDS = 60.0
_USUAL_PAUSE = 5.0
_PAGE_SIZE, _PAGES = 200, 25
_NAMES = 9  # of one channel: with a counter after the first
_CLOCKS_DIFFER = 120  # seconds
_TAKEN = "name_taken"
_NOT_YET = "message_not_in_slack"
_DONE_BEFORE = {
    steps.INVITE: {"already_in_channel", "cant_invite_self"},
    steps.REMOVE: {"not_in_channel", "user_not_found", "channel_not_found"},
    steps.PIN: {"already_pinned"},
    steps.ARCHIVE: {"already_archived", "is_archived", "channel_not_found"},
    steps.UNARCHIVE: {"not_archived"},
    steps.HIDE: {"already_archived", "is_archived", "channel_not_found"},
    steps.SWEEP: {"channel_not_found", "thread_not_found"},
    steps.BLOT: {"channel_not_found", "thread_not_found"},
    steps.UNSHARE: {"file_not_found", "file_deleted"},
}


class Rooms:
    """Carries out one step after another; it remembers nothing but who the bot is."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._own_id = ""

    async def carry_out(self, errand: Errand) -> Outcome:
        """Do one thing in Slack, and say what came of it."""
        try:
            return await self._do(errand)
        except (*TROUBLE, SlackRequestError, AttributeError) as error:
            # The last is slack_sdk's way to say: no JSON
            code = error_code(error)
            if code in _DONE_BEFORE.get(errand.kind, ()):
                return Done()
            outcome = _what_follows(judge(error, errand.kind))
            log.warning("an incident's step %s was not taken (%s)", errand.kind, outcome.reason)
            return outcome

    async def _do(self, errand: Errand) -> Outcome:
        client, channel = self._client, errand.channel
        match errand.kind:
            case steps.CARD:
                pass  # the courier posts it, promised when this is settled
            case steps.CHANNEL:
                return Done(await self._open(errand))
            case steps.TOPIC:
                await client.conversations_setTopic(channel=channel, topic=errand.text)
            case steps.PURPOSE:
                await client.conversations_setPurpose(channel=channel, purpose=errand.text)
            case steps.INVITE:
                await client.conversations_invite(channel=channel, users=errand.of)
            case steps.REMOVE:
                await client.conversations_kick(channel=channel, user=errand.of)
            case steps.PIN:
                await client.pins_add(channel=channel, timestamp=errand.of)
            case steps.BOOKMARK:
                return await self._bookmark(errand)
            case steps.FILE:
                return await self._share(errand)
            case steps.UNSHARE:
                await client.files_delete(file=errand.of)
            case steps.ARCHIVE:
                await client.conversations_archive(channel=channel)
            case steps.UNARCHIVE:
                await client.conversations_unarchive(channel=channel)
            case steps.HIDE:
                await self._hide(errand.of)
            case steps.SWEEP:
                await self._sweep_thread(*errand.of.split(":", 1))
            case steps.BLOT:
                await self._blot(*errand.of.split(":", 2))
            case _:
                return GivenUp("unknown_step")
        return Done()

    # --- Opening ---

    async def _open(self, errand: Errand) -> str:
        """Return the channel: the one that an earlier try has opened, or a new one."""
        if errand.is_again and (ours := await self._find(errand)):
            return ours
        for number in range(1, _NAMES + 1):
            name = _numbered(errand.text, number)
            try:
                made = await self._client.conversations_create(
                    name=name, is_private=errand.is_private
                )
            except SlackApiError as error:
                if error_code(error) != _TAKEN or number == _NAMES:
                    raise
                if number == 1 and (ours := await self._find(errand)):
                    return ours
                continue
            channel: dict[str, Any] = made["channel"]
            return str(channel["id"])
        raise AssertionError("the last name either was free or raised")

    async def _find(self, errand: Errand) -> str | None:
        """Return the channel that we have opened for this incident, if we may look and there is one.

        It is ours when we made it, after the incident was declared, and its name has the incident's number.
        """
        kind = "private_channel" if errand.is_private else "public_channel"
        try:
            own_id = await self._who_we_are()
            async for channel in self._our_channels(kind):
                is_own = channel.get("creator") == own_id and not channel.get("is_archived")
                age = int(channel.get("created") or 0) + _CLOCKS_DIFFER
                if is_own and age >= errand.since.timestamp() and _is_for(channel, errand.text):
                    return str(channel["id"])
        except SlackApiError as error:
            if judge(error, errand.kind).course is not Course.GIVE_UP:
                raise
        return None

    async def _who_we_are(self) -> str:
        if not self._own_id:
            said = await self._client.auth_test()
            self._own_id = str(said["user_id"])
        return self._own_id

    async def _our_channels(self, kind: str) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(_PAGES):
            page = await self._client.users_conversations(
                types=kind, exclude_archived=True, limit=_PAGE_SIZE, cursor=cursor
            )
            found: list[dict[str, Any]] = page["channels"]
            for channel in found:
                yield channel
            cursor = _cursor(page)
            if not cursor:
                return

    # --- Keeping ---

    async def _bookmark(self, errand: Errand) -> Outcome:
        if errand.place is None:
            return Later(_NOT_YET)
        where, ts = errand.place
        permalink = await self._client.chat_getPermalink(channel=where, message_ts=ts)
        bookmark = {"channel_id": errand.channel, "title": errand.text}
        bookmark["link"] = str(permalink["permalink"])
        found = await self._client.bookmarks_list(channel_id=errand.channel)
        before: list[dict[str, Any]] = [
            one for one in found["bookmarks"] if one.get("title") == errand.text
        ]
        if not before:
            await self._client.bookmarks_add(**bookmark, type="link")
        elif before[0].get("link") != bookmark["link"]:
            await self._client.bookmarks_edit(**bookmark, bookmark_id=str(before[0]["id"]))
        return Done()

    async def _share(self, errand: Errand) -> Outcome:
        """Share a file under a card, unless an earlier try has."""
        if errand.upload is None:
            return Done()
        if errand.place is None:
            return Later(_NOT_YET)
        channel, thread = errand.place
        name = errand.upload.name
        if errand.is_again and (ours := await self._find_file(channel, thread, name, errand.of)):
            return Done(file=ours)
        said = (errand.upload.text, errand.upload.title)
        return Done(file=await upload(self._client, channel, name, *said, thread=thread))

    async def _find_file(self, channel: str, thread: str, name: str, after: str) -> str | None:
        """Return the file of a name that we have shared in a thread after the message that stands there."""
        own_id = await self._who_we_are()
        for message in await self._said_in(channel, thread):
            if message.get("user") == own_id and float(message["ts"]) > float(after):
                for file in message.get("files") or ():
                    if file.get("name") == name:
                        return str(file["id"])
        return None

    # --- Taking away ---

    async def _hide(self, channel: str) -> None:
        """Take what we have said out of a public channel, forget what it was about, and archive it."""
        client = self._client
        await self._sweep_channel(channel)
        name = f"closed-{channel.lower()}"
        for change in (
            lambda: client.conversations_setTopic(channel=channel, topic=""),
            lambda: client.conversations_setPurpose(channel=channel, purpose=""),
            lambda: client.conversations_rename(channel=channel, name=name),
        ):
            await _if_allowed(change)
        await client.conversations_archive(channel=channel)

    async def _sweep_channel(self, channel: str) -> None:
        for message in await self._said_in(channel, None):
            if message.get("reply_count"):
                await self._sweep_thread(channel, str(message["ts"]))
            else:
                await self._delete_own(channel, message)

    async def _sweep_thread(self, channel: str, ts: str) -> None:
        """Delete what we have said in a thread, what began it last: without its answers it leaves nothing behind."""
        for message in reversed(await self._said_in(channel, ts)):
            await self._delete_own(channel, message)

    async def _blot(self, channel: str, ts: str, words: str) -> None:
        """Delete those answers of ours in a thread that hold some words."""
        for message in await self._said_in(channel, ts):
            said = f"{message.get('text')} {message.get('blocks')}"
            if message.get("ts") != ts and words in said:
                await self._delete_own(channel, message)

    async def _said_in(self, channel: str, thread: str | None) -> list[dict[str, Any]]:
        """Return what was said in a channel, or in a thread of it with what began it first."""
        said: list[dict[str, Any]] = []
        cursor = ""
        for _ in range(_PAGES):
            page = await (
                self._client.conversations_history(channel=channel, limit=_PAGE_SIZE, cursor=cursor)
                if thread is None
                else self._client.conversations_replies(
                    channel=channel, ts=thread, limit=_PAGE_SIZE, cursor=cursor
                )
            )
            said += page["messages"]
            cursor = _cursor(page)
            if not cursor:
                break
        return said

    async def _delete_own(self, channel: str, message: dict[str, Any]) -> None:
        if message.get("user") != await self._who_we_are():
            return
        for file in message.get("files") or ():
            await _if_allowed(partial(self._client.files_delete, file=str(file["id"])))
        await _if_allowed(partial(self._client.chat_delete, channel=channel, ts=str(message["ts"])))


class _Refused(Exception):
    """Slack will not do this, now or later."""


async def _if_allowed(call: Callable[[], Awaitable[Any]]) -> None:
    with suppress(_Refused):
        await _or_refused(call)


async def _or_refused(call: Callable[[], Awaitable[Any]]) -> None:
    try:
        await call()
    except SlackApiError as error:
        if judge(error, "").course is Course.GIVE_UP:
            raise _Refused from error
        raise


def _numbered(name: str, number: int) -> str:
    """Return a channel's name, with a counter where the plain one is somebody else's."""
    if number == 1:
        return name
    ending = f"-{number}"
    return name[: 80 - len(ending)] + ending


def _is_for(channel: dict[str, Any], name: str) -> bool:
    """Return whether a channel has the number that begins a name: `inc-007`, alone or followed by words."""
    number = "-".join(name.split("-")[:2])
    found = str(channel.get("name") or "")
    return found == number or found.startswith(f"{number}-")


def _cursor(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


def _what_follows(verdict: Verdict) -> Later | GivenUp:
    match verdict.course:
        case Course.STOP:
            return Later(verdict.reason, _STOPPED_SECONDS, counts=False)
        case Course.LATER if verdict.is_too_fast:
            return Later(verdict.reason, verdict.wait or _USUAL_PAUSE, counts=False)
        case Course.LATER | Course.LOOK:
            return Later(verdict.reason, verdict.wait)
    return GivenUp(verdict.reason)
