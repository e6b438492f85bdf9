"""What Slack sends: commands, presses, forms, shortcuts (slack-platform.md §1 and §4), and events in their envelope (§2.3)."""

from bot.workspace.feed import Payload
from bot.workspace.inputs import Field, Values, state_of
from bot.workspace.message import Conversation, Message
from bot.workspace.message import Kind as Place
from bot.workspace.outcome import Kind
from bot.workspace.parts import Parts
from bot.workspace.passes import Door
from bot.workspace.state import Workspace
from bot.workspace.views import View

CHANNEL_NAMES = {Place.DM: "directmessage", Place.PRIVATE: "privategroup", Place.GROUP: "mpdm"}
MESSAGE_EVENTS = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
SELF_CONTAINED = {
    "app_home_opened",
    "team_join",
    "user_change",
    "app_uninstalled",
    "tokens_revoked",
}


def command_payload(
    parts: Parts, user: str, conversation: Conversation, command: str, text: str
) -> Payload:
    """Return a slash command; every value is a text, as in the form that HTTP mode posts."""
    workspace = parts.workspace
    return {
        "token": "practice",
        "team_id": workspace.team.id,
        "team_domain": workspace.team.domain,
        "channel_id": conversation.id,
        "channel_name": channel_name(conversation),
        "user_id": user,
        "user_name": workspace.people[user].name,
        "command": command,
        "text": text,
        "api_app_id": workspace.installed.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url(parts, "commands", user, conversation),
        "trigger_id": parts.passes.mint_trigger(user, conversation.id),
    }


def response_url(
    parts: Parts, door: Door, user: str, conversation: Conversation, source: Message | None = None
) -> str:
    """Return a fresh response URL."""
    return parts.passes.mint_response_url(parts.base_url, door, user, conversation.id, source)


def on_message(parts: Parts, user: str, message: Message) -> Payload:
    """Return the part of an interaction that says in which message it happened."""
    conversation = parts.workspace.conversations[message.channel]
    container: Payload = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    # An ephemeral message comes without its content: apps must carry what they need in the value.
    shown = {"ts": message.ts} if message.only_for else message.as_payload()
    return {
        **_who(parts, user),
        "trigger_id": parts.passes.mint_trigger(user, message.channel),
        "container": container,
        "channel": {"id": message.channel, "name": channel_name(conversation)},
        "message": shown | {"type": "message"},
    }


def on_view(parts: Parts, user: str, view: View) -> Payload:
    """Return the part of an interaction that says in which view it happened."""
    return {
        **_who(parts, user),
        "trigger_id": _trigger_in(parts, view),
        "container": {"type": "view", "view_id": view.id},
        "view": parts.views.as_payload(view),
    }


def action_payload(parts: Parts, context: Payload, field: Field, said: Payload) -> Payload:
    """Return a `block_actions` payload."""
    action: Payload = {
        "type": field.type,
        "action_id": field.action_id,
        "block_id": field.block_id,
        **{key: field.element[key] for key in ("placeholder", "confirm") if key in field.element},
        **said,
        "action_ts": f"{parts.workspace.now().timestamp():.6f}",
    }
    return {"type": "block_actions", **context, "actions": [action]}


def message_state(message: Message, blocks: list[Payload], user: str) -> Values:
    """Return the state of a message's elements, as this person left them."""
    return state_of(blocks, message.inputs.get(user, {}))


def suggestion_payload(context: Payload, field: Field, typed: str) -> Payload:
    """Return a `block_suggestion`: what a select asks while somebody types."""
    ids = {"action_id": field.action_id, "block_id": field.block_id, "value": typed}
    kept = {key: value for key, value in context.items() if key != "trigger_id"}
    return {"type": "block_suggestion", **kept, **ids}


def submission_payload(parts: Parts, user: str, view: View, urls: list[Payload]) -> Payload:
    """Return a `view_submission`."""
    return {
        "type": "view_submission",
        **_who(parts, user),
        "trigger_id": _trigger_in(parts, view),
        "view": parts.views.as_payload(view),
        "response_urls": urls,
    }


def closed_payload(
    parts: Parts, user: str, view: View, values: Values, *, is_cleared: bool
) -> Payload:
    """Return a `view_closed`."""
    return {
        "type": "view_closed",
        **_who(parts, user),
        "view": parts.views.as_payload(view, values),
        "is_cleared": is_cleared,
    }


def shortcut_payload(parts: Parts, user: str, callback_id: str) -> Payload:
    """Return a global shortcut: no channel, no response URL."""
    return {
        "type": "shortcut",
        **_who(parts, user),
        "callback_id": callback_id,
        "trigger_id": parts.passes.mint_trigger(user),
        "action_ts": f"{parts.workspace.now().timestamp():.6f}",
    }


def message_shortcut_payload(
    parts: Parts, user: str, callback_id: str, message: Message
) -> Payload:
    """Return a message shortcut."""
    conversation = parts.workspace.conversations[message.channel]
    return {
        "type": "message_action",
        **_who(parts, user),
        "callback_id": callback_id,
        "trigger_id": parts.passes.mint_trigger(user, message.channel),
        "action_ts": f"{parts.workspace.now().timestamp():.6f}",
        "message_ts": message.ts,
        "message": message.as_payload(),
        "channel": {"id": message.channel, "name": channel_name(conversation)},
        "response_url": response_url(parts, "app", user, conversation, message),
    }


def channel_name(conversation: Conversation) -> str:
    """Return the name payloads carry; only a public channel's is its own."""
    return CHANNEL_NAMES.get(conversation.kind, conversation.name)


def _who(parts: Parts, user: str) -> Payload:
    workspace = parts.workspace
    account = workspace.people[user]
    return {
        "team": {"id": workspace.team.id, "domain": workspace.team.domain},
        "user": {
            "id": user,
            "username": account.name,
            "name": account.name,
            "team_id": account.team_id or workspace.team.id,
        },
        "api_app_id": workspace.installed.app_id,
        "token": "practice",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _trigger_in(parts: Parts, view: View) -> str:
    is_modal = view.body["type"] == "modal"
    return parts.passes.mint_trigger(view.user, view.channel, view.id if is_modal else "")


# --- events ---


def wanted_events(workspace: Workspace, event: Payload) -> list[Payload]:
    """Return the event, and the mention inside it, as far as the app subscribed and can see them."""
    app = workspace.app
    if app is None or not _is_in_sight(workspace, event):
        return []
    kind = event["type"]
    asked = MESSAGE_EVENTS.get(event.get("channel_type", "")) if kind == "message" else kind
    wanted = [event] if asked in app.events else []
    calls = kind == "message" and f"<@{app.bot_user}>" in event.get("text", "")
    if calls and "app_mention" in app.events and event.get("channel_type") != "im":
        wanted.append({**event, "type": "app_mention"})
    return wanted


def envelope_of(workspace: Workspace, event: Payload) -> Payload:
    """Return the outer body of an event, with an id of its own."""
    app, team = workspace.installed, workspace.team.id
    conversation = _place(workspace, event)
    moment = int(workspace.now().timestamp())
    return {
        "token": "practice",
        "team_id": team,
        "context_team_id": team,
        "context_enterprise_id": None,
        "api_app_id": app.app_id,
        "event": event if "event_ts" in event else event | {"event_ts": f"{moment}.000000"},
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": moment,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": app.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(conversation and conversation.is_ext_shared),
    }


def name_of(kind: Kind, payload: Payload) -> str:
    """Return what a payload is called in the inspector."""
    match kind:
        case Kind.COMMAND:
            return f"{payload.get('command', '')} {payload.get('text', '')}".strip()
        case Kind.EVENT:
            return str((payload.get("event") or payload).get("type", "event"))
        case Kind.INTERACTION:
            return str(payload.get("type", "interaction"))


def _is_in_sight(workspace: Workspace, event: Payload) -> bool:
    if event["type"] in SELF_CONTAINED:
        return True
    conversation = _place(workspace, event)
    return conversation is None or workspace.installed.bot_user in conversation.members


def _place(workspace: Workspace, event: Payload) -> Conversation | None:
    channel = event.get("channel") or (event.get("item") or {}).get("channel")
    return workspace.conversations.get(channel) if isinstance(channel, str) else None
