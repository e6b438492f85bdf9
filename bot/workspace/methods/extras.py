"""Decoration in the Web API: reactions, pins, bookmarks; and `blocks.validate`, which asks for no token."""

import re

from bot.workspace.call import Call, Method
from bot.workspace.feed import Payload
from bot.workspace.message import Message
from bot.workspace.refusal import ApiError
from bot.workspace.validator import Problem, check_blocks, check_message, check_view

EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")
PIN_LIMIT = 100
BOOKMARK_LIMIT = 100


def reactions_add(call: Call) -> Payload:
    """Put an emoji on a message."""
    message, name = _message(call), _emoji(call)
    users = message.reactions.setdefault(name, [])
    if call.bot in users:
        raise ApiError("already_reacted")
    users.append(call.bot)
    call.workspace.changed(message)
    return {}


def reactions_remove(call: Call) -> Payload:
    """Take an emoji off a message."""
    message, name = _message(call), _emoji(call)
    users = message.reactions.get(name, [])
    if call.bot not in users:
        raise ApiError("no_reaction")
    users.remove(call.bot)
    if not users:
        del message.reactions[name]
    call.workspace.changed(message)
    return {}


def reactions_get(call: Call) -> Payload:
    """Return a message with the emoji on it."""
    message = _message(call)
    return {"type": "message", "channel": message.channel, "message": message.as_payload()}


def pins_add(call: Call) -> Payload:
    """Pin a message to its channel."""
    message = _message(call)
    conversation = call.workspace.conversations[message.channel]
    if message.pinned:
        raise ApiError("already_pinned")
    if len(conversation.pins) >= PIN_LIMIT:
        raise ApiError("too_many_pins")
    conversation.pins.append(message.ts)
    message.pinned = True
    call.workspace.changed(message)
    return {}


def pins_remove(call: Call) -> Payload:
    """Take a pin away."""
    message = _message(call)
    if not message.pinned:
        raise ApiError("no_pin")
    call.workspace.conversations[message.channel].pins.remove(message.ts)
    message.pinned = False
    call.workspace.changed(message)
    return {}


def pins_list(call: Call) -> Payload:
    """Return what is pinned."""
    conversation = call.joined()
    pinned = [conversation.messages[ts] for ts in conversation.pins if ts in conversation.messages]
    return {"items": [_pin(message) for message in reversed(pinned)]}


def _pin(message: Message) -> Payload:
    return {"type": "message", "channel": message.channel, "message": message.as_payload()}


def bookmarks_add(call: Call) -> Payload:
    """Add a link to the bar on top of a channel."""
    conversation = _bookmarked(call)
    if len(conversation) >= BOOKMARK_LIMIT:
        raise ApiError("too_many_bookmarks")
    title, link = call.args.need("title"), call.args.text("link")
    if call.args.need("type") == "link" and not link.startswith(("http://", "https://")):
        raise ApiError("invalid_link")
    bookmark: Payload = {
        "id": call.workspace.new_id("Bk"),
        "channel_id": call.args.need("channel_id"),
        "title": title,
        "link": link,
        "emoji": call.args.text("emoji"),
        "type": call.args.text("type"),
    }
    conversation[bookmark["id"]] = bookmark
    return {"bookmark": bookmark}


def bookmarks_edit(call: Call) -> Payload:
    """Let a link have another title or go elsewhere."""
    bookmark = _bookmarked(call).get(call.args.need("bookmark_id"))
    if bookmark is None:
        raise ApiError("not_found")
    for part in ("title", "link", "emoji"):
        bookmark[part] = call.args.text(part) or bookmark[part]
    return {"bookmark": bookmark}


def bookmarks_remove(call: Call) -> Payload:
    """Take a link away."""
    if _bookmarked(call).pop(call.args.need("bookmark_id"), None) is None:
        raise ApiError("not_found")
    return {}


def bookmarks_list(call: Call) -> Payload:
    """Return the links of a channel."""
    return {"bookmarks": list(_bookmarked(call).values())}


def blocks_validate(call: Call) -> Payload:
    """Check exactly one of blocks, a view or a message."""
    given = [key for key in ("blocks", "view", "message") if key in call.args]
    if len(given) != 1:
        raise ApiError("invalid_arguments", ["[ERROR] give exactly one of blocks, view, message"])
    problems = _check(call, given[0])
    if problems:
        raise ApiError(f"invalid_{given[0]}", errors=[problem.as_error() for problem in problems])
    return {}


def _check(call: Call, what: str) -> list[Problem]:
    if what == "blocks":
        return check_blocks(call.args.listed("blocks", "invalid_blocks") or [], "message")
    body = call.args.mapped(what, f"invalid_{what}") or {}
    return check_view(body) if what == "view" else check_message(body)


def _message(call: Call) -> Message:
    conversation = call.joined()
    message = conversation.messages.get(call.args.need("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    return message


def _emoji(call: Call) -> str:
    name = call.args.need("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise ApiError("invalid_name")
    return name


def _bookmarked(call: Call) -> dict[str, Payload]:
    values = {**call.args.values, "channel": call.args.need("channel_id")}
    return Call(call.parts, call.method, type(call.args)(values)).joined().bookmarks


METHODS = {
    "blocks.validate": Method(blocks_validate, caller="anyone"),
    "bookmarks.add": Method(bookmarks_add, ("bookmarks:write",)),
    "bookmarks.edit": Method(bookmarks_edit, ("bookmarks:write",)),
    "bookmarks.list": Method(bookmarks_list, ("bookmarks:read",)),
    "bookmarks.remove": Method(bookmarks_remove, ("bookmarks:write",)),
    "pins.add": Method(pins_add, ("pins:write",)),
    "pins.list": Method(pins_list, ("pins:read",)),
    "pins.remove": Method(pins_remove, ("pins:write",)),
    "reactions.add": Method(reactions_add, ("reactions:write",)),
    "reactions.get": Method(reactions_get, ("reactions:read",)),
    "reactions.remove": Method(reactions_remove, ("reactions:write",)),
}
