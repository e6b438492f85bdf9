"""Whether the bot may post in a channel, and the sentence that helps where it may not; who is in it."""

import asyncio
import logging

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Refused
from bot.logs import error_code, whereabouts
from bot.slack.connection import TROUBLE

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1.0  # a form waits for the answer
_PAGE, _MOST_PAGES = 999, 5  # of members
_UNSEEN = frozenset({"channel_not_found", "not_in_channel"})
_MAY_NOT_ASK = frozenset({"missing_scope", "unknown_method"})


async def kept_out_by(client: AsyncWebClient, channel: str) -> str:
    """Return Slack's word for what keeps the bot from posting in a channel; "" where nothing does, as far as it may ask.

    One of `TROUBLE` is raised where Slack does not say.
    """
    asking = client.conversations_info(channel=channel)
    try:
        said = await asyncio.wait_for(asking, _PATIENCE_SECONDS)
    except SlackApiError as error:
        if error_code(error) in _MAY_NOT_ASK:
            return ""  # posting will tell
        if error_code(error) in _UNSEEN:
            return "not_in_channel"
        raise
    found = said.get("channel") or {}
    if found.get("is_archived"):
        return "is_archived"
    return "" if found.get("is_member") else "not_in_channel"


async def must_be_in(client: AsyncWebClient, channel: str, bot_name: str) -> None:
    """Raise `Refused` unless the bot is in a channel that takes messages; it says the exact `/invite`."""
    try:
        said = await asyncio.wait_for(client.conversations_info(channel=channel), _PATIENCE_SECONDS)
    except SlackApiError as error:
        if error_code(error) in _MAY_NOT_ASK:
            return  # posting will tell
        if error_code(error) in _UNSEEN:
            raise Refused(_invite(bot_name)) from None
        raise Refused(
            "Slack did not say whether I am in this channel. Try again in a moment."
        ) from None
    except TROUBLE:
        raise Refused(
            "Slack did not say whether I am in this channel. Try again in a moment."
        ) from None
    found = said.get("channel") or {}
    if found.get("is_archived"):
        raise Refused("This channel is archived; nothing can be posted in it. Choose another.")
    if found.get("is_ext_shared"):
        raise Refused(
            "This channel is shared with another organisation, whose people would read your figures. Choose another."
        )
    if not found.get("is_member"):
        raise Refused(_invite(bot_name))


async def members_of(client: AsyncWebClient, channel: str) -> frozenset[str] | None:
    """Return who is in a channel; None where Slack does not say all of it within a second, or may not be asked."""
    try:
        return await asyncio.wait_for(_members(client, channel), _PATIENCE_SECONDS)
    except TROUBLE as error:
        log.warning("Slack did not say who is in a channel (%s)", whereabouts(error))
        return None


async def _members(client: AsyncWebClient, channel: str) -> frozenset[str] | None:
    found: set[str] = set()
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = await client.conversations_members(channel=channel, limit=_PAGE, cursor=cursor)
        found.update(page.get("members") or ())
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return frozenset(found)
    return None


def _invite(bot_name: str) -> str:
    return f"I am not in this channel. Type /invite @{bot_name} there, then submit this again."
