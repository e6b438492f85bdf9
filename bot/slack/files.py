"""Giving a person or a channel a text file, in Slack's three steps: ask where to, send the bytes, share it.

A handler that does so registers with `scopes=SCOPES`. Nothing is sent twice: where Slack does not confirm the last
step, the person is told to look.
"""

import logging

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Refused
from bot.logs import error_code, whereabouts
from bot.slack.connection import TROUBLE

log = logging.getLogger(__name__)

SCOPES = ("files:write",)

_NOT_HERE = "I am not in this channel. Invite me with /invite, then ask for the file again."
_NO_SCOPE = "I may not send files: whoever operates me has to install the app again, with the scope files:write."
_TOO_SOON = "Slack is busy and did not take the file. Please ask for it again in a minute."
_NOT_FOR_US = "Only some people may post in this channel, and I am not one of them."
_UNKNOWN = "Slack did not confirm that the file was sent. Look whether it is there before you ask for it again."
_NO_WAY_TO = "Slack does not let me write to this person, so the file was not sent."
_SENTENCES = {
    "channel_not_found": _NOT_HERE,
    "file_type_not_allowed": "This workspace does not allow files of this type.",
    "file_upload_size_restricted": "The file is larger than this workspace allows.",
    "file_uploads_disabled": "This workspace does not allow files.",
    "is_archived": "This channel is archived; nothing can be posted in it.",
    "messages_tab_disabled": _NO_WAY_TO,
    "missing_scope": _NO_SCOPE,
    "not_in_channel": _NOT_HERE,
    "ratelimited": _TOO_SOON,
    "restricted_action": _NOT_FOR_US,
    "restricted_action_read_only_channel": _NOT_FOR_US,
    "storage_limit_reached": "This workspace has no room left for files.",
    "user_disabled": _NO_WAY_TO,
    "user_not_found": _NO_WAY_TO,
    "user_not_visible": _NO_WAY_TO,
}


async def send_file(
    client: AsyncWebClient,
    channel_or_user: str,
    name: str,
    text: str,
    title: str,
    comment: str,
) -> None:
    """Share a file named `name` in a channel, or with a person in their conversation with the bot.

    `comment` stands above it, in Slack's markup. `Refused` says why Slack did not take it.
    """
    try:
        channel = await _channel(client, channel_or_user)
        await upload(client, channel, name, text, title, comment=comment)
    except SlackApiError as error:
        raise _refusal(error) from None
    except (*TROUBLE, SlackRequestError) as error:
        log.warning("nobody knows whether a file was sent (%s)", whereabouts(error))
        raise Refused(_UNKNOWN) from None


async def upload(
    client: AsyncWebClient,
    channel: str,
    name: str,
    text: str,
    title: str,
    *,
    comment: str | None = None,
    thread: str | None = None,
) -> str:
    """Share a file in a channel or a thread of it, and return its id."""
    answer = await client.files_upload_v2(
        channel=channel,
        filename=name,
        content=text,
        title=title,
        initial_comment=comment,
        thread_ts=thread,
    )
    return str((answer.get("file") or {}).get("id") or "")


async def _channel(client: AsyncWebClient, channel_or_user: str) -> str:
    """Return where to share it: a file cannot be shared with a person's id alone."""
    if not channel_or_user.startswith(("U", "W")):
        return channel_or_user
    opened = await client.conversations_open(users=channel_or_user)
    return str((opened.get("channel") or {})["id"])


def _refusal(error: SlackApiError) -> Refused:
    code = error_code(error) or "no reason"
    log.warning("Slack did not take a file (%s)", code)
    return Refused(_SENTENCES.get(code, f"Slack did not take the file ({code})."))
