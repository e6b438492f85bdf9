"""Messages and the conversations that hold them.

A message is known by (conversation, ts). An ts is unique and rising in its conversation, even while the clock stands still.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.workspace.feed import Payload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """The four kinds of conversation, as scopes and payloads tell them apart."""

    CHANNEL = "channel"
    PRIVATE = "private"
    DM = "dm"
    GROUP = "mpim"


@dataclass(slots=True)
class Message:
    """One message. `only_for` makes it ephemeral: one person sees it, history never does."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Payload] = field(default_factory=list)
    attachments: list[Payload] = field(default_factory=list)
    bot_id: str = ""
    app_id: str = ""
    team_id: str = ""
    subtype: str = ""
    thread_ts: str = ""
    is_broadcast: bool = False
    only_for: str = ""
    edited: Payload | None = None
    metadata: Payload | None = None
    files: list[Payload] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    reply_users: list[str] = field(default_factory=list)
    pinned: bool = False
    inputs: dict[str, dict[str, Payload]] = field(default_factory=dict)  # person → what they chose

    @property
    def is_reply(self) -> bool:
        """Say whether it stands in a thread and not in the conversation itself."""
        return bool(self.thread_ts) and self.thread_ts != self.ts and not self.is_broadcast

    def as_payload(self, *, with_metadata: bool = True) -> Payload:
        """Return it as Slack's message object."""
        body: Payload = {"type": "message", "ts": self.ts, "user": self.user, "text": self.text}
        optional: Payload = {
            "subtype": self.subtype,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "team": self.team_id,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "edited": self.edited,
            "files": self.files,
            "metadata": self.metadata if with_metadata else None,
        }
        body.update({key: value for key, value in optional.items() if value})
        return body | self._thread_part() | self._marks()

    def as_seen(self) -> Payload:
        """Return it as the page gets it: with its conversation and its marks."""
        marks = {"channel": self.channel, "ephemeral": bool(self.only_for), "pinned": self.pinned}
        return self.as_payload() | marks

    def _thread_part(self) -> Payload:
        if not self.replies:
            return {}
        return {
            "thread_ts": self.ts,
            "reply_count": len(self.replies),
            "reply_users": list(self.reply_users),
            "reply_users_count": len(self.reply_users),
            "latest_reply": self.replies[-1],
        }

    def _marks(self) -> Payload:
        marks: Payload = {}
        if self.reactions:
            marks["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if self.pinned:
            marks["pinned_to"] = [self.channel]
        return marks


@dataclass(slots=True)
class Conversation:
    """A channel or a direct message, with all that was said in it."""

    id: str
    kind: Kind
    name: str
    created: int
    creator: str = ""
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    is_archived: bool = False
    is_ext_shared: bool = False
    is_read_only: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)
    bookmarks: dict[str, Payload] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)
    last_stamp: int = 0

    def stamp(self, at: datetime) -> str:
        """Return the next ts: the instant in microseconds, later than every one before."""
        micros = (at - EPOCH) // timedelta(microseconds=1)
        self.last_stamp = max(micros, self.last_stamp + 1)
        return f"{self.last_stamp // 1_000_000}.{self.last_stamp % 1_000_000:06d}"

    def put_in_order(self) -> None:
        """Sort what was posted out of turn, and stamp what comes after everything that is here."""
        self.messages = dict(sorted(self.messages.items()))
        for ts in self.messages:
            self.last_stamp = max(self.last_stamp, int(ts.replace(".", "")))

    def find(self, ts: str) -> Message | None:
        """Return the message with this ts, ephemeral or not."""
        return self.messages.get(ts) or self.ephemerals.get(ts)

    def replies_to(self, ts: str) -> list[Message]:
        """Return the replies of a thread, oldest first."""
        parent = self.messages.get(ts)
        return [self.messages[reply] for reply in parent.replies] if parent else []

    def seen_by(self, person: str) -> list[Message]:
        """Return what this person sees in the conversation itself, oldest first."""
        own = [m for m in self.ephemerals.values() if m.only_for == person]
        shown = [*self.messages.values(), *own]
        return sorted((m for m in shown if not m.is_reply), key=lambda m: m.ts)

    def thread_seen_by(self, person: str, ts: str) -> list[Message]:
        """Return a thread as this person sees it, the parent first."""
        parent = self.find(ts)
        if parent is None or parent.only_for not in ("", person):
            return []
        own = [
            m
            for m in self.ephemerals.values()
            if m.only_for == person and m.thread_ts == ts != m.ts
        ]
        return [parent, *sorted([*self.replies_to(ts), *own], key=lambda m: m.ts)]

    def unread_by(self, person: str) -> list[Message]:
        """Return what others said since this person last looked."""
        return list(self._since_read(person))

    def _since_read(self, person: str) -> Iterator[Message]:
        looked = self.last_read.get(person, "")
        for message in reversed(self.messages.values()):
            if message.ts <= looked:
                return
            if message.user != person and not message.is_reply:
                yield message
