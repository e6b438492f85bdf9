"""The chat family of the Web API: messages of the app, posted, changed and taken away."""

from bot.workspace.call import Call, Method
from bot.workspace.content import Content, read_content
from bot.workspace.feed import Payload
from bot.workspace.installation import Installation
from bot.workspace.message import Conversation, Kind, Message
from bot.workspace.posting import pace, post_content
from bot.workspace.refusal import ApiError
from bot.workspace.roster import Person

UPDATE_LIMIT = 4_000


def chat_post_message(call: Call) -> Payload:
    """Post a message; a person's id opens the direct conversation with them."""
    conversation = destination(call)
    refuse_posting(call, conversation)
    content = _content(call)
    thread = _thread(call, conversation)
    pace(call.parts, conversation)
    message = post_content(
        call.parts,
        conversation,
        content,
        thread_ts=thread,
        is_broadcast=bool(thread) and call.args.flag("reply_broadcast"),
    )
    answer: Payload = {"channel": conversation.id, "ts": message.ts}
    return answer | {"message": message.as_payload()} | _warnings(content)


def chat_post_ephemeral(call: Call) -> Payload:
    """Show a message to one person of a conversation; history never has it."""
    conversation = destination(call)
    user = call.args.need("user")
    refuse_posting(call, conversation)
    if call.bot not in conversation.members:
        raise ApiError("not_in_channel")
    if user not in conversation.members:
        raise ApiError("user_not_in_channel")
    content = _content(call)
    if len(content.text or "") > UPDATE_LIMIT:
        raise ApiError("msg_too_long")
    thread = call.args.text("thread_ts")
    message = post_content(call.parts, conversation, content, thread_ts=thread, only_for=user)
    return {"message_ts": message.ts}


def chat_update(call: Call) -> Payload:
    """Change a message of the app."""
    conversation = _by_id(call)
    if conversation.is_archived:
        raise ApiError("is_inactive")
    message = _own_message(call, conversation, "cant_update_message")
    content = read_content(call.args.values, call.parts.chaos)
    if len(content.text or "") > UPDATE_LIMIT:
        raise ApiError("msg_too_long")
    if content == Content():
        raise ApiError("no_text")
    content.fill(message)
    stamp = conversation.stamp(call.workspace.now())
    message.edited = {"user": call.bot, "ts": stamp}
    call.workspace.changed(message)
    answer: Payload = {"channel": conversation.id, "ts": message.ts, "text": message.text}
    return answer | {"message": message.as_payload()}


def chat_delete(call: Call) -> Payload:
    """Take a message of the app away."""
    conversation = _by_id(call)
    message = _own_message(call, conversation, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": conversation.id, "ts": message.ts}


def chat_get_permalink(call: Call) -> Payload:
    """Return the address of a message."""
    conversation = call.conversation()
    ts = call.args.need("message_ts")
    if ts not in conversation.messages:
        raise ApiError("message_not_found")
    page = f"{call.parts.base_url}/archives/{conversation.id}/p{ts.replace('.', '')}"
    return {"channel": conversation.id, "permalink": page}


def destination(call: Call) -> Conversation:
    """Return where a message goes; a person's id means the direct conversation."""
    name = call.args.need("channel")
    person = call.workspace.people.get(name)
    if person is None:
        return call.conversation()
    _refuse_direct(call.workspace.installed, person)
    return call.workspace.direct(person.id)


def refuse_posting(call: Call, conversation: Conversation) -> None:
    """Refuse to post where the app may not."""
    if conversation.is_archived:
        raise ApiError("is_archived")
    if conversation.is_read_only:
        raise ApiError("restricted_action")
    if conversation.kind is Kind.DM and not call.workspace.installed.has_messages_tab:
        raise ApiError("messages_tab_disabled")
    scopes = call.workspace.installed.scopes
    if call.bot not in conversation.members and "chat:write.public" not in scopes:
        raise ApiError("not_in_channel")


def _refuse_direct(app: Installation, person: Person) -> None:
    if not app.has_messages_tab:
        raise ApiError("messages_tab_disabled")
    if person.is_bot:
        raise ApiError("cannot_dm_bot")
    if person.deleted or person.team_id:
        raise ApiError("channel_not_found")  # Slack's word for people the app may not reach


def _by_id(call: Call) -> Conversation:
    if call.args.need("channel") not in call.workspace.conversations:
        raise ApiError("channel_not_found")
    return call.conversation()


def _content(call: Call) -> Content:
    content = read_content(call.args.values, call.parts.chaos)
    if content.is_empty:
        raise ApiError("no_text")
    return content


def _thread(call: Call, conversation: Conversation) -> str:
    wanted = call.args.text("thread_ts")
    if not wanted:
        return ""
    parent = conversation.messages.get(wanted)
    if parent is None:
        raise ApiError("thread_not_found")
    return parent.thread_ts or parent.ts


def _own_message(call: Call, conversation: Conversation, refusal: str) -> Message:
    message = conversation.messages.get(call.args.need("ts"))
    if message is None:
        raise ApiError("message_not_found")  # an ephemeral one is not found either
    if message.user != call.bot:
        raise ApiError(refusal)
    return message


def _warnings(content: Content) -> Payload:
    if not content.warnings:
        return {}
    joined = ",".join(content.warnings)
    return {"warning": joined, "response_metadata": {"warnings": content.warnings}}


METHODS = {
    "chat.postMessage": Method(chat_post_message, ("chat:write",)),
    "chat.postEphemeral": Method(chat_post_ephemeral, ("chat:write",)),
    "chat.update": Method(chat_update, ("chat:write",)),
    "chat.delete": Method(chat_delete, ("chat:write",)),
    "chat.getPermalink": Method(chat_get_permalink),
}
