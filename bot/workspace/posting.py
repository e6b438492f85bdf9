"""Messages of the app on their way into a conversation: by method, by response URL, or as the answer to a command.

All ways of posting share one message a second in a conversation (with a burst). What one person alone is shown is
not kept there and does not count.
"""

from bot.workspace.call import RateLimited
from bot.workspace.content import Content, read_content
from bot.workspace.feed import Payload
from bot.workspace.message import Conversation, Kind, Message
from bot.workspace.parts import Parts
from bot.workspace.passes import ResponseUrl
from bot.workspace.refusal import ApiError

CHANNEL_TYPES = {
    Kind.CHANNEL: "channel",
    Kind.PRIVATE: "group",
    Kind.DM: "im",
    Kind.GROUP: "mpim",
}


def pace(parts: Parts, conversation: Conversation) -> None:
    """Count one message in a conversation, or refuse it for coming too soon."""
    seconds = parts.limits.wait_for_channel(conversation.id)
    if seconds:
        raise RateLimited(seconds)


def post_content(
    parts: Parts,
    conversation: Conversation,
    content: Content,
    *,
    thread_ts: str = "",
    is_broadcast: bool = False,
    only_for: str = "",
) -> Message:
    """Post as the app."""
    message = parts.workspace.app_message(conversation, content.text or "")
    content.fill(message)
    message.thread_ts, message.is_broadcast = thread_ts, is_broadcast
    message.subtype = "thread_broadcast" if is_broadcast else ""
    message.only_for = only_for
    parts.workspace.post(message)
    if not only_for:
        parts.tell_app(message_event(conversation, message))
    return message


def message_event(conversation: Conversation, message: Message) -> Payload:
    """Return the event that tells an app of a message."""
    place = {"channel": conversation.id, "channel_type": CHANNEL_TYPES[conversation.kind]}
    return message.as_payload() | place | {"event_ts": message.ts}


def change_event(conversation: Conversation, before: Payload, after: Message | None) -> Payload:
    """Return the event that tells an app that a message has other words now, or (None) is gone."""
    place = {"channel": conversation.id, "channel_type": CHANNEL_TYPES[conversation.kind]}
    told = {"type": "message", "hidden": True, "previous_message": before, **place}
    if after is None:
        return {**told, "subtype": "message_deleted", "deleted_ts": before["ts"]}
    return {**told, "subtype": "message_changed", "message": after.as_payload()}


def respond(parts: Parts, url: ResponseUrl, payload: Payload) -> Message | None:
    """Do what a post to a response URL asks: replace, delete, or say something new."""
    source = _standing(parts, url)
    if is_set(payload, "delete_original") and source is not None:
        parts.workspace.remove(source)
        if not any(payload.get(key) for key in ("text", "blocks", "attachments")):
            return None
    content = read_content(payload, parts.chaos)
    if content.is_empty:
        raise ApiError("no_text")
    if is_set(payload, "replace_original") and source is not None:
        return _replace(parts, source, content)
    return _say(parts, url, payload, content)


def is_set(payload: Payload, key: str) -> bool:
    """Read a yes or no that may come as the word."""
    return str(payload.get(key, "")).lower() in ("true", "1")


def _standing(parts: Parts, url: ResponseUrl) -> Message | None:
    if url.source is None:
        return None
    return parts.workspace.conversations[url.source.channel].find(url.source.ts)


def _replace(parts: Parts, message: Message, content: Content) -> Message:
    message.blocks, message.attachments = [], []
    content.fill(message)
    parts.workspace.changed(message)
    return message


def _say(parts: Parts, url: ResponseUrl, payload: Payload, content: Content) -> Message:
    conversation = parts.workspace.conversations[url.channel]
    is_public = payload.get("response_type") == "in_channel"
    if is_public:
        pace(parts, conversation)
    return post_content(
        parts,
        conversation,
        content,
        thread_ts=str(payload.get("thread_ts") or url.thread_ts),
        only_for="" if is_public else url.user,
    )
