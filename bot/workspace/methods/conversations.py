"""Reading conversations in the Web API: which there are, who is in them, what was said."""

from bot.workspace.call import Call, Method, page_of
from bot.workspace.feed import Payload
from bot.workspace.message import Conversation, Kind, Message
from bot.workspace.refusal import ApiError

READ = {
    Kind.CHANNEL: ("channels:read",),
    Kind.PRIVATE: ("groups:read",),
    Kind.DM: ("im:read",),
    Kind.GROUP: ("mpim:read",),
}
HISTORY = {
    Kind.CHANNEL: ("channels:history",),
    Kind.PRIVATE: ("groups:history",),
    Kind.DM: ("im:history",),
    Kind.GROUP: ("mpim:history",),
}
TYPES = {
    "public_channel": Kind.CHANNEL,
    "private_channel": Kind.PRIVATE,
    "im": Kind.DM,
    "mpim": Kind.GROUP,
}
GROUP_LIMIT = 8


def conversations_list(call: Call) -> Payload:
    """Return the conversations the app can see, of the kinds asked for."""
    return _listed(call, call.bot, only_joined=False)


def users_conversations(call: Call) -> Payload:
    """Return the conversations a person is in, as far as the app can see them."""
    return _listed(call, call.args.text("user", call.bot), only_joined=True)


def conversations_info(call: Call) -> Payload:
    """Return one conversation."""
    conversation = call.conversation(READ)
    body = conversation_payload(call, conversation)
    if call.args.flag("include_num_members"):
        body["num_members"] = len(conversation.members)
    return {"channel": body}


def conversations_members(call: Call) -> Payload:
    """Return who is in a conversation."""
    members = [{"id": member} for member in call.conversation(READ).members]
    page, metadata = page_of(members, call.args)
    return {"members": [member["id"] for member in page], **metadata}


def conversations_history(call: Call) -> Payload:
    """Return what was said, newest first; replies in threads and ephemeral messages are not in it."""
    conversation = call.joined(HISTORY)
    spoken = [m for m in conversation.messages.values() if not m.is_reply]
    newest_first = [m for m in reversed(spoken) if _is_within(call, m)]
    return _page_of_messages(call, newest_first)


def conversations_replies(call: Call) -> Payload:
    """Return a thread, its parent first."""
    conversation = call.joined(HISTORY)
    wanted = conversation.messages.get(call.args.need("ts"))
    if wanted is None:
        raise ApiError("thread_not_found")
    parent = conversation.messages.get(wanted.thread_ts, wanted)
    replies = [m for m in conversation.replies_to(parent.ts) if _is_within(call, m)]
    return _page_of_messages(call, [parent, *replies])


def conversations_open(call: Call) -> Payload:
    """Open a direct conversation with one person, or with several."""
    if "channel" in call.args:
        return _opened(call, call.conversation(), was_open=True)
    users = call.args.names("users")
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > GROUP_LIMIT:
        raise ApiError("too_many_users")
    _refuse_people(call, users)
    if len(users) > 1:
        return _open_group(call, users)
    call.need_scopes("im:write")
    was_open = call.workspace.has_direct(users[0])
    return _opened(call, call.workspace.direct(users[0]), was_open=was_open)


def conversation_payload(call: Call, conversation: Conversation) -> Payload:
    """Return a conversation as Slack's object."""
    kind = conversation.kind
    body: Payload = {
        "id": conversation.id,
        "created": conversation.created,
        "creator": conversation.creator,
        "is_archived": conversation.is_archived,
        "is_channel": kind in (Kind.CHANNEL, Kind.PRIVATE),
        "is_group": False,
        "is_im": kind is Kind.DM,
        "is_mpim": kind is Kind.GROUP,
        "is_private": kind is not Kind.CHANNEL,
        "is_member": call.bot in conversation.members,
        "is_ext_shared": conversation.is_ext_shared,
        "is_shared": conversation.is_ext_shared,
        "is_general": conversation.name == "general",
    }
    if kind is Kind.DM:
        return body | {"user": next(m for m in conversation.members if m != call.bot)}
    return body | {
        "name": conversation.name,
        "name_normalized": conversation.name,
        "topic": _said(conversation, conversation.topic),
        "purpose": _said(conversation, conversation.purpose),
    }


def _said(conversation: Conversation, value: str) -> Payload:
    return {"value": value, "creator": conversation.creator, "last_set": conversation.created}


def _listed(call: Call, member: str, *, only_joined: bool) -> Payload:
    kinds = _kinds(call)
    shown = [
        conversation_payload(call, c) | {"num_members": len(c.members)}
        for c in call.workspace.conversations.values()
        if c.kind in kinds
        and (member in c.members or (c.kind is Kind.CHANNEL and not only_joined))
        and (call.bot in c.members or c.kind is Kind.CHANNEL)
        and not (c.is_archived and call.args.flag("exclude_archived"))
    ]
    page, metadata = page_of(shown, call.args)
    return {"channels": page, **metadata}


def _kinds(call: Call) -> set[Kind]:
    names = call.args.names("types") or ["public_channel"]
    if any(name not in TYPES for name in names):
        raise ApiError("invalid_types")
    kinds = {TYPES[name] for name in names}
    for kind in sorted(kinds):
        call.need_scopes(*READ[kind])
    return kinds


def _is_within(call: Call, message: Message) -> bool:
    oldest, latest = call.args.text("oldest", "0"), call.args.text("latest", "9" * 12)
    stamp = float(message.ts)
    if call.args.flag("inclusive"):
        return _moment(oldest) <= stamp <= _moment(latest)
    return _moment(oldest) < stamp < _moment(latest)


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ApiError("invalid_ts_oldest") from None


def _page_of_messages(call: Call, messages: list[Message]) -> Payload:
    with_metadata = call.args.flag("include_all_metadata")
    bodies = [m.as_payload(with_metadata=with_metadata) for m in messages]
    page, metadata = page_of(bodies, call.args)
    following = bool(metadata["response_metadata"]["next_cursor"])
    return {"messages": page, "has_more": following} | (metadata if following else {})


def _refuse_people(call: Call, users: list[str]) -> None:
    for user in users:
        person = call.workspace.people.get(user)
        if person is None:
            raise ApiError("user_not_found")
        if person.deleted:
            raise ApiError("user_disabled")
        if person.team_id:
            raise ApiError("user_not_visible")
        if person.is_bot:
            raise ApiError("cannot_dm_bot")


def _open_group(call: Call, users: list[str]) -> Payload:
    call.need_scopes("mpim:write")
    known = set(call.workspace.conversations)
    group = call.workspace.group(users)
    return _opened(call, group, was_open=group.id in known)


def _opened(call: Call, conversation: Conversation, *, was_open: bool) -> Payload:
    full = call.args.flag("return_im")
    body = conversation_payload(call, conversation) if full else {"id": conversation.id}
    return {"channel": body} | ({"no_op": True, "already_open": True} if was_open else {})


METHODS = {
    "conversations.history": Method(conversations_history),
    "conversations.info": Method(conversations_info),
    "conversations.list": Method(conversations_list),
    "conversations.members": Method(conversations_members),
    "conversations.open": Method(conversations_open),
    "conversations.replies": Method(conversations_replies),
    "users.conversations": Method(users_conversations),
}
