"""One payload from Slack, read once: what kind it is, who knocks, where, and by which name it is routed.

Reading never fails: what is missing or strange becomes an empty value, so that even a payload nobody knows is
answered.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]


class Kind(StrEnum):
    """What Slack can send; the value is the word for it in a log line."""

    COMMAND = "command"
    ACTION = "action"
    VIEW = "view"
    VIEW_CLOSED = "view_closed"
    SHORTCUT = "shortcut"
    OPTIONS = "options"
    EVENT = "event"
    OTHER = "other"  # legacy dialogs and attachments, and whatever Slack invents next


@dataclass(frozen=True, slots=True)
class Knock:
    """What Slack sent and who caused it.

    `name` is what the router looks up; `payload` the part of `body` that concerns the handler; `trigger` stays the
    same when the same press, command, form or event is delivered again; `user_team` is the workspace the person
    belongs to, where the payload says so; `message` the message that carries the pressed button, if the Web API can
    change it.
    """

    kind: Kind
    name: str
    body: Payload
    payload: Payload
    trigger: str
    user: str = ""
    user_team: str = ""
    channel: str = ""
    thread: str = ""
    message: str = ""

    @property
    def response_url(self) -> str:
        """Where answers go without being a member of the channel; empty for forms, Home and events."""
        return _text(self.body.get("response_url"))

    @property
    def trigger_id(self) -> str:
        """Slack's permission to open one form in the next three seconds."""
        return _text(self.body.get("trigger_id"))


def read_knock(body: Payload) -> Knock:
    """Return what `body` says."""
    if isinstance(body.get("command"), str):
        return _command(body)
    match body.get("type"):
        case "block_actions":
            return _action(body)
        case "view_submission":
            return _view(body, Kind.VIEW)
        case "view_closed":
            return _view(body, Kind.VIEW_CLOSED)
        case "shortcut" | "message_action":
            return _shortcut(body)
        case "block_suggestion":
            return _options(body)
        case "event_callback":
            return _event(body)
    return _other(body)


def _command(body: Payload) -> Knock:
    return Knock(
        kind=Kind.COMMAND,
        name=body["command"],
        body=body,
        payload=body,
        trigger=_text(body.get("trigger_id")) or _fingerprint(body),
        user=_text(body.get("user_id")),
        user_team=_text(body.get("team_id")),
        channel=_text(body.get("channel_id")),
    )


def _action(body: Payload) -> Knock:
    actions = body.get("actions")
    action = _dict(actions[0]) if isinstance(actions, list) and actions else {}
    container, message = _dict(body.get("container")), _dict(body.get("message"))
    thread = container.get("thread_ts") or message.get("thread_ts")
    if thread == container.get("message_ts"):
        thread = None  # it begins the thread: whoever pressed looks at the channel
    return Knock(
        kind=Kind.ACTION,
        name=_text(action.get("action_id")),
        body=body,
        payload=action,
        trigger=_text(body.get("trigger_id")) or _fingerprint(body),
        user=_person(body),
        user_team=_team_of_person(body),
        channel=_channel(body) or _text(container.get("channel_id")),
        thread=_text(thread),
        message="" if container.get("is_ephemeral") else _text(container.get("message_ts")),
    )


def _view(body: Payload, kind: Kind) -> Knock:
    view = _dict(body.get("view"))
    # A form that is sent again after a time-out has a new trigger_id, but is the same form in the same state.
    key = f"{_text(view.get('id'))}:{_text(view.get('hash'))}"
    return Knock(
        kind=kind,
        name=_text(view.get("callback_id")),
        body=body,
        payload=view,
        trigger=key if key != ":" else _fingerprint(body),
        user=_person(body),
        user_team=_team_of_person(body),
    )


def _shortcut(body: Payload) -> Knock:
    return Knock(
        kind=Kind.SHORTCUT,
        name=_text(body.get("callback_id")),
        body=body,
        payload=body,
        trigger=_text(body.get("trigger_id")) or _fingerprint(body),
        user=_person(body),
        user_team=_team_of_person(body),
        channel=_channel(body),
        thread=_text(_dict(body.get("message")).get("thread_ts")),
    )


def _options(body: Payload) -> Knock:
    return Knock(
        kind=Kind.OPTIONS,
        name=_text(body.get("action_id")),
        body=body,
        payload=body,
        trigger=_fingerprint(body),
        user=_person(body),
        user_team=_team_of_person(body),
        channel=_channel(body),
    )


def _event(body: Payload) -> Knock:
    event = _dict(body.get("event"))
    user = event.get("user") or event.get("user_id")
    own = user if isinstance(user, dict) else {}  # team_join and user_change carry the whole person
    return Knock(
        kind=Kind.EVENT,
        name=_event_name(event),
        body=body,
        payload=event,
        trigger=_text(body.get("event_id")) or _fingerprint(body),
        user=_text(own.get("id")) or _text(user),
        user_team=_text(own.get("team_id"))
        or _text(event.get("user_team"))
        or _text(event.get("team")),
        channel=_text(event.get("channel")),
    )


_MESSAGES_IN = {
    "im": "message.im",
    "mpim": "message.mpim",
    "channel": "message.channels",
    "group": "message.groups",
}


def _event_name(event: Payload) -> str:
    """Return the event's name as one subscribes to it: a message is named after where it was written."""
    kind = _text(event.get("type"))
    return _MESSAGES_IN.get(_text(event.get("channel_type")), kind) if kind == "message" else kind


def _other(body: Payload) -> Knock:
    return Knock(
        kind=Kind.OTHER,
        name=_text(body.get("type")),
        body=body,
        payload=body,
        trigger=_text(body.get("trigger_id")) or _fingerprint(body),
        user=_person(body),
        user_team=_team_of_person(body),
        channel=_channel(body),
    )


def _person(body: Payload) -> str:
    return _text(_dict(body.get("user")).get("id"))


def _team_of_person(body: Payload) -> str:
    return _text(_dict(body.get("user")).get("team_id")) or _text(_dict(body.get("team")).get("id"))


def _channel(body: Payload) -> str:
    return _text(_dict(body.get("channel")).get("id"))


def _dict(value: object) -> Payload:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _fingerprint(body: Payload) -> str:
    """Return a key for a payload without one of its own: the same content, the same key."""
    return hashlib.sha256(repr(sorted(body.items())).encode()).hexdigest()[:32]


# What phones and desks put in the place of what was meant (slack-platform: 1.2), and what nobody can have meant:
# control characters and invisible marks that turn the direction of writing. Joiners stay, emoji are made with them.
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u00b4"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_CONTROLS = map(chr, (*range(9), *range(14, 28), 127))
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(_DOUBLE_QUOTES, '"'),
        **dict.fromkeys(_SINGLE_QUOTES, "'"),
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys((*_INVISIBLE, *_CONTROLS), ""),
    }
)
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ESCAPED = re.compile("|".join(_ESCAPES))


def plain_words(text: str) -> str:
    """Return what a person typed after a command as a rule wants to read it: straight quotes, single spaces."""
    unescaped = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
    return " ".join(unescaped.translate(_PLAIN).split())
