"""Messages that something is made from: carried through a form as ids alone, and looked up when the form comes back.

Whoever sent the form, what is said about the message is what Slack says: its link, which opens only for those who may
read it, and whether its channel is open to everybody here.
"""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.action_item import Place
from bot.slack.connection import TROUBLE
from bot.slack.knock import Payload

_PATIENCE_SECONDS = 1.0  # somebody waits for the form to close


def pack_place(shortcut: Payload) -> str:
    """Return where the message of a message shortcut stands, for a form to carry."""
    message = shortcut.get("message") or {}
    ids = (shortcut["channel"]["id"], shortcut["message_ts"], message.get("thread_ts") or "")
    return "|".join(ids)


async def find_place(client: AsyncWebClient, packed: str) -> Place | None:
    """Return the message that a form carries, as far as Slack says; None where it carries none."""
    channel, _, rest = packed.partition("|")
    ts, _, thread = rest.partition("|")
    if not channel or not ts:
        return None
    link, name = await asyncio.gather(_link(client, channel, ts), _open_channel(client, channel))
    return Place(channel, ts, thread, link, name)


async def _link(client: AsyncWebClient, channel: str, ts: str) -> str | None:
    said = await _ask(client, "chat.getPermalink", channel=channel, message_ts=ts)
    return said.get("permalink")


async def _open_channel(client: AsyncWebClient, channel: str) -> str | None:
    """Return the name of a channel that every member of the workspace can read, None for any other conversation."""
    said = await _ask(client, "conversations.info", channel=channel)
    found = said.get("channel") or {}
    is_open = found.get("is_channel") and not found.get("is_private")
    return str(found.get("name") or "") or None if is_open else None


async def _ask(client: AsyncWebClient, method: str, **arguments: str) -> Payload:
    """Return what Slack says, nothing where it will not or takes too long."""
    try:
        asking = client.api_call(method, params=arguments, http_verb="GET")
        said = await asyncio.wait_for(asking, _PATIENCE_SECONDS)
    except TROUBLE:
        return {}
    return said.data if isinstance(said.data, dict) else {}
