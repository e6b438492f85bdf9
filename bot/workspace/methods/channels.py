"""Making and keeping channels in the Web API: create, invite, join, rename, archive, topics."""

import re

from bot.workspace.call import Call, Method, ScopesByKind
from bot.workspace.feed import Payload
from bot.workspace.message import Conversation, Kind
from bot.workspace.methods.conversations import conversation_payload
from bot.workspace.refusal import ApiError

MANAGE = {Kind.CHANNEL: ("channels:manage",), Kind.PRIVATE: ("groups:write",)}
INVITE = {
    Kind.CHANNEL: ("channels:write.invites", "channels:manage"),
    Kind.PRIVATE: ("groups:write.invites", "groups:write"),
}
TOPIC = {
    Kind.CHANNEL: ("channels:write.topic", "channels:manage"),
    Kind.PRIVATE: ("groups:write.topic", "groups:write"),
    Kind.DM: ("im:write.topic", "im:write"),
    Kind.GROUP: ("mpim:write.topic", "mpim:write"),
}
NAME = re.compile(r"[a-z0-9_-]+")
NAME_LENGTH = 80
TOPIC_LENGTH = 250
INVITED_AT_ONCE = 100


def conversations_create(call: Call) -> Payload:
    """Make a channel; the app is its first member."""
    kind = Kind.PRIVATE if call.args.flag("is_private") else Kind.CHANNEL
    call.need_scopes(*MANAGE[kind])
    name = _free_name(call)
    made = call.workspace.open_conversation(kind, name, [call.bot], call.bot)
    return _answer(call, made)


def conversations_rename(call: Call) -> Payload:
    """Give a channel another name."""
    conversation = _channel(call, MANAGE)
    if conversation.creator != call.bot:
        raise ApiError("not_authorized")
    conversation.name = _free_name(call)
    call.workspace.tell_conversations(conversation)
    return _answer(call, conversation)


def conversations_invite(call: Call) -> Payload:
    """Bring people in; with `force` those who can come do."""
    conversation = _channel(call, INVITE)
    _refuse_archived(conversation)
    users = call.args.names("users")
    if not users:
        raise ApiError("no_user")
    if len(users) > INVITED_AT_ONCE:
        raise ApiError("too_many_users")
    refused = {user: code for user in users if (code := _invite_refusal(call, conversation, user))}
    if refused and not call.args.flag("force"):
        errors = [{"user": user, "ok": False, "error": code} for user, code in refused.items()]
        raise ApiError(next(iter(refused.values())), errors=errors)
    for user in users:
        if user not in refused:
            _bring_in(call, conversation, user)
    return _answer(call, conversation)


def conversations_join(call: Call) -> Payload:
    """Walk into a public channel."""
    call.need_scopes("channels:join")
    conversation = call.conversation()
    if conversation.kind is not Kind.CHANNEL:
        raise ApiError("method_not_supported_for_channel_type")
    _refuse_archived(conversation)
    if call.bot in conversation.members:
        return _answer(call, conversation) | {"warning": "already_in_channel"}
    _bring_in(call, conversation, call.bot)
    return _answer(call, conversation)


def conversations_leave(call: Call) -> Payload:
    """Walk out."""
    conversation = call.conversation(MANAGE)
    if call.bot not in conversation.members:
        return {"not_in_channel": True}
    if conversation.name == "general":
        raise ApiError("cant_leave_general")
    call.workspace.leave(conversation, call.bot)
    return {}


def conversations_kick(call: Call) -> Payload:
    """Send somebody out."""
    conversation = _channel(call, MANAGE)
    user = call.args.need("user")
    if user == call.bot:
        raise ApiError("cant_kick_self")
    if user not in conversation.members:
        raise ApiError("not_in_channel")
    call.workspace.leave(conversation, user)
    return {}


def conversations_archive(call: Call) -> Payload:
    """Close a channel for good; its name stays taken."""
    conversation = _channel(call, MANAGE)
    if conversation.is_archived:
        raise ApiError("already_archived")
    if conversation.name == "general":
        raise ApiError("cant_archive_general")
    conversation.is_archived = True
    call.workspace.tell_conversations(conversation)
    return {}


def conversations_unarchive(call: Call) -> Payload:
    """Open an archived channel again."""
    conversation = call.conversation(MANAGE)
    if not conversation.is_archived:
        raise ApiError("not_archived")
    conversation.is_archived = False
    call.workspace.tell_conversations(conversation)
    return {}


def conversations_set_topic(call: Call) -> Payload:
    """Write a channel's topic."""
    return _write_about(call, "topic")


def conversations_set_purpose(call: Call) -> Payload:
    """Write what a channel is for."""
    return _write_about(call, "purpose")


def _write_about(call: Call, key: str) -> Payload:
    conversation = call.joined(TOPIC)
    _refuse_archived(conversation)
    if key not in call.args:
        raise ApiError("invalid_arguments", [f"[ERROR] missing required field: {key}"])
    text = call.args.text(key)
    if len(text) > TOPIC_LENGTH:
        raise ApiError("too_long")
    setattr(conversation, key, text)
    call.workspace.tell_conversations(conversation)
    return _answer(call, conversation) | {key: text}


def _answer(call: Call, conversation: Conversation) -> Payload:
    return {"channel": conversation_payload(call, conversation)}


def _channel(call: Call, scopes: ScopesByKind) -> Conversation:
    conversation = call.joined(scopes)
    if conversation.kind not in (Kind.CHANNEL, Kind.PRIVATE):
        raise ApiError("method_not_supported_for_channel_type")
    return conversation


def _refuse_archived(conversation: Conversation) -> None:
    if conversation.is_archived:
        raise ApiError("is_archived")


def _free_name(call: Call) -> str:
    name = call.args.text("name")
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > NAME_LENGTH:
        raise ApiError("invalid_name_maxlength")
    if not NAME.fullmatch(name):
        raise ApiError("invalid_name_specials")
    if not any(character.isalnum() for character in name):
        raise ApiError("invalid_name_punctuation")
    if call.workspace.find_channel(name) is not None:
        raise ApiError("name_taken")
    return name


def _invite_refusal(call: Call, conversation: Conversation, user: str) -> str | None:
    person = call.workspace.people.get(user)
    if person is None:
        return "user_not_found"
    if user == call.bot:
        return "cant_invite_self"
    if user in conversation.members:
        return "already_in_channel"
    if person.deleted or (person.team_id and not conversation.is_ext_shared):
        return "cant_invite"
    is_full = person.is_ultra_restricted and _is_in_a_channel(call, user)
    return "ura_max_channels" if is_full else None


def _is_in_a_channel(call: Call, user: str) -> bool:
    channels = (Kind.CHANNEL, Kind.PRIVATE)
    places = call.workspace.conversations.values()
    return any(user in place.members for place in places if place.kind in channels)


def _bring_in(call: Call, conversation: Conversation, user: str) -> None:
    call.workspace.join(conversation, user)
    event: Payload = {"type": "member_joined_channel", "user": user, "channel": conversation.id}
    kind = "C" if conversation.kind is Kind.CHANNEL else "G"
    team = call.workspace.team.id
    stamp = conversation.stamp(call.workspace.now())
    call.parts.tell_app(
        event | {"channel_type": kind, "team": team, "inviter": call.bot, "event_ts": stamp}
    )


METHODS = {
    "conversations.archive": Method(conversations_archive),
    "conversations.create": Method(conversations_create),
    "conversations.invite": Method(conversations_invite),
    "conversations.join": Method(conversations_join),
    "conversations.kick": Method(conversations_kick),
    "conversations.leave": Method(conversations_leave),
    "conversations.rename": Method(conversations_rename),
    "conversations.setPurpose": Method(conversations_set_purpose),
    "conversations.setTopic": Method(conversations_set_topic),
    "conversations.unarchive": Method(conversations_unarchive),
}
