"""Finding messages in Slack by the key that each of them carries in its metadata."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.connection import Call, Identity
from bot.storage.courier import Taken

EVENT_TYPE = "steward_delivery"
_PAGE, _MOST_PAGES = 200, 50
_CLOCKS_DIFFER = timedelta(minutes=5)  # Slack's, the database's and this machine's
_ON_ITS_WAY = timedelta(minutes=1)  # longer than a call may take

Look = Callable[[Call], Awaitable[AsyncSlackResponse]]


class TooMuch(Exception):
    """More was said there than can be read; what was not found may be there all the same."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: a channel, or one thread in it."""

    channel: str
    thread_ts: str | None


def key_of(token: str) -> dict[str, Any]:
    """Return the metadata by which a message is found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": token}}


async def find(
    look: Look, us: Identity | None, place: Place, lost: Sequence[Taken]
) -> dict[str, str]:
    """Return the `ts` of those that are in Slack, by token; `TooMuch` where there was no end of messages."""
    wanted = {taken.token for taken in lost}
    how: dict[str, Any] = {"limit": _PAGE, "include_all_metadata": True, **_span(lost)}
    found: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        page = await look(partial(_read, place=place, how=how))
        found |= _keys_in(page.get("messages") or (), us, wanted)
        metadata: Mapping[str, Any] = page.get("response_metadata") or {}
        how["cursor"] = metadata.get("next_cursor")
        if not how["cursor"] or len(found) == len(wanted):
            return found
    raise TooMuch


async def _read(client: AsyncWebClient, *, place: Place, how: dict[str, Any]) -> AsyncSlackResponse:
    if place.thread_ts:
        return await client.conversations_replies(channel=place.channel, ts=place.thread_ts, **how)
    return await client.conversations_history(channel=place.channel, **how)


def _span(lost: Iterable[Taken]) -> dict[str, str]:
    """Return from when to when they may have arrived, generously."""
    first = min(taken.tried_at or taken.taken_at for taken in lost) - _CLOCKS_DIFFER
    last = max(taken.taken_at for taken in lost) + _ON_ITS_WAY + _CLOCKS_DIFFER
    return {"oldest": _moment(first), "latest": _moment(last)}


def _moment(instant: datetime) -> str:
    return f"{instant.timestamp():.6f}"


def _keys_in(
    messages: Iterable[Mapping[str, Any]], us: Identity | None, wanted: set[str]
) -> dict[str, str]:
    """Return the wanted keys in messages of our own; anybody could have copied one into theirs."""
    found: dict[str, str] = {}
    for message in messages:
        metadata = message.get("metadata") or {}
        key = (metadata.get("event_payload") or {}).get("key")
        is_ours = us is None or message.get("bot_id") == us.bot_id
        if is_ours and metadata.get("event_type") == EVENT_TYPE and key in wanted:
            found[key] = str(message["ts"])
    return found
