"""Who has put an emoji on a message: an event tells of one person, only Slack knows of all."""

import asyncio
from collections.abc import Collection

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_code

_PATIENCE_SECONDS = 1.0
_WILL_NOT_SAY = frozenset(
    {"message_not_found", "channel_not_found", "not_in_channel", "missing_scope", "unknown_method"}
)


async def who_reacted(
    client: AsyncWebClient, channel: str, ts: str, names: Collection[str]
) -> list[str]:
    """Return who has one of these emoji on a message now; nobody where Slack will never say.

    Where it does not say at the moment the error goes on, so that the event comes again.
    """
    asking = client.reactions_get(channel=channel, timestamp=ts, full=True)
    try:
        said = await asyncio.wait_for(asking, _PATIENCE_SECONDS)
    except SlackApiError as error:
        if error_code(error) in _WILL_NOT_SAY:
            return []
        raise
    found = (said.get("message") or {}).get("reactions") or ()
    return [user for each in found if each.get("name") in names for user in each.get("users") or ()]
