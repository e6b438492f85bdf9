"""What the practice workspace knows: people, conversations, the app. All of it in memory.

Every change that somebody could see is told to the feed, in the same breath.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from bot.workspace.feed import Feed, News, Payload
from bot.workspace.installation import Installation
from bot.workspace.message import Conversation, Kind, Message
from bot.workspace.roster import Channel, Person, Roster, Usergroup

SLACKBOT = "USLACKBOT"
BROADCASTS = ("<!channel>", "<!here>", "<!everyone>")


@dataclass(slots=True)
class StoredFile:
    """An uploaded file; it is nobody's until its upload is completed."""

    id: str
    name: str
    length: int
    secret: str
    content: bytes = b""
    mimetype: str = "application/octet-stream"
    title: str = ""
    is_complete: bool = False
    shares: dict[str, list[str]] = field(default_factory=dict)


class Workspace:
    """Looks things up and changes them; it knows no permissions and no protocol."""

    def __init__(self, roster: Roster, now: Callable[[], datetime], feed: Feed) -> None:
        self.team = roster.team
        self.now = now
        self.feed = feed
        self.people: dict[str, Person] = {person.id: person for person in roster.people}
        self.usergroups: dict[str, Usergroup] = {group.id: group for group in roster.usergroups}
        self.conversations: dict[str, Conversation] = {}
        self.files: dict[str, StoredFile] = {}
        self.app: Installation | None = None
        self._numbers = count(1)
        self._direct: dict[str, str] = {}  # person → their conversation with the app
        for channel in roster.channels:
            self._open_described(channel)

    def new_id(self, prefix: str) -> str:
        """Return an id nobody has yet, in Slack's form."""
        return f"{prefix}0P{next(self._numbers):08d}"

    @property
    def installed(self) -> Installation:
        """The installed app; asking before `install` is a mistake of the caller."""
        if self.app is None:
            raise LookupError("No app is installed in this workspace.")
        return self.app

    def admit(self, person: Person) -> None:
        """Add an account, or replace what is known of it."""
        self.people[person.id] = person
        self.feed.tell(News("conversations"))

    def deactivate(self, person: str) -> None:
        """Close an account."""
        self.admit(replace(self.people[person], deleted=True))

    # --- conversations ---

    def find_channel(self, name: str) -> Conversation | None:
        """Return a channel by its name, with or without #."""
        bare = name.removeprefix("#")
        named = (c for c in self.conversations.values() if c.name == bare and bare)
        return next(named, None)

    def open_conversation(
        self, kind: Kind, name: str, members: Iterable[str], creator: str = "", new_id: str = ""
    ) -> Conversation:
        """Make a conversation of any kind."""
        made = Conversation(
            id=new_id or self.new_id("D" if kind is Kind.DM else "C"),
            kind=kind,
            name=name,
            created=int(self.now().timestamp()),
            creator=creator,
            members=list(dict.fromkeys(members)),
        )
        self.conversations[made.id] = made
        self.tell_conversations(made)
        return made

    def direct(self, person: str) -> Conversation:
        """Return the conversation between a person and the app, made when first needed."""
        if person not in self._direct:
            pair = [person, self.installed.bot_user]
            made = self.open_conversation(Kind.DM, "", pair, new_id=_id_for("D", pair))
            self._direct[person] = made.id
        return self.conversations[self._direct[person]]

    def has_direct(self, person: str) -> bool:
        """Say whether that conversation exists already."""
        return person in self._direct

    def group(self, people: Sequence[str]) -> Conversation:
        """Return the conversation between several people and the app, made when first needed."""
        members = [self.installed.bot_user, *dict.fromkeys(people)]
        known = self.conversations.get(_id_for("C", members))
        if known is not None:
            return known
        names = "--".join(self.people[person].name for person in people)
        creator, new_id = self.installed.bot_user, _id_for("C", members)
        return self.open_conversation(Kind.GROUP, f"mpdm-{names}-1", members, creator, new_id)

    def can_see(self, person: str, conversation: Conversation) -> bool:
        """Say whether a person has this conversation on their screen at all."""
        if person in conversation.members:
            return True
        account = self.people.get(person)
        is_insider = account is not None and not account.is_guest and not account.team_id
        return is_insider and conversation.kind is Kind.CHANNEL

    def join(self, conversation: Conversation, person: str) -> None:
        """Add a member."""
        if person not in conversation.members:
            conversation.members.append(person)
            self.tell_conversations(conversation)

    def leave(self, conversation: Conversation, person: str) -> None:
        """Take a member away."""
        conversation.members.remove(person)
        self.feed.tell(News("conversations"))

    def tell_conversations(self, conversation: Conversation) -> None:
        """Tell everybody who sees this conversation that their list has changed."""
        self.feed.tell(
            News("conversations", audience=lambda person: self.can_see(person, conversation))
        )

    # --- messages ---

    def seen(self, person: str, channel: str) -> list[Message]:
        """Return what one person sees in a conversation, ephemeral messages included."""
        conversation = self.conversations[channel]
        return conversation.seen_by(person) if self.can_see(person, conversation) else []

    def post(self, message: Message) -> Message:
        """Put a message where it belongs and tell those who see it."""
        conversation = self.conversations[message.channel]
        if message.only_for:
            conversation.ephemerals[message.ts] = message
        else:
            conversation.messages[message.ts] = message
            conversation.last_read[message.user] = message.ts
            self._tie_to_thread(conversation, message)
        self._tell("message", message)
        return message

    def changed(self, message: Message) -> None:
        """Tell those who see it that a message looks different now."""
        self._tell("message_changed", message)

    def remove(self, message: Message) -> None:
        """Take a message away; a thread's parent leaves a tombstone while replies stand."""
        conversation = self.conversations[message.channel]
        if message.replies:
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.user, message.bot_id = SLACKBOT, ""
            message.blocks, message.attachments, message.files = [], [], []
            self._tell("message_changed", message)
            return
        conversation.messages.pop(message.ts, None)
        conversation.ephemerals.pop(message.ts, None)
        self._untie(conversation, message)
        self._tell("message_deleted", message)

    def unread(self, person: str, conversation: Conversation) -> tuple[int, bool]:
        """Return how many messages a person has not read, and whether one speaks to them."""
        waiting = conversation.unread_by(person)
        is_direct = conversation.kind in (Kind.DM, Kind.GROUP)
        calls = (f"<@{person}>", *BROADCASTS)
        named = any(call in message.text for message in waiting for call in calls)
        return len(waiting), bool(waiting) and (is_direct or named)

    def blank_message(self, conversation: Conversation, user: str, text: str) -> Message:
        """Return a message stamped for this conversation, not yet posted."""
        author = self.people.get(user)
        return Message(
            channel=conversation.id,
            ts=conversation.stamp(self.now()),
            user=user,
            text=text,
            team_id=(author.team_id if author else "") or self.team.id,
        )

    def app_message(self, conversation: Conversation, text: str) -> Message:
        """Return a message of the app, not yet posted."""
        app = self.installed
        message = self.blank_message(conversation, app.bot_user, text)
        message.bot_id, message.app_id = app.bot_id, app.app_id
        return message

    def _tell(self, what: str, message: Message) -> None:
        conversation = self.conversations[message.channel]

        def audience(person: str) -> bool:
            if message.only_for:
                return person == message.only_for
            return self.can_see(person, conversation)

        body: Payload = {"channel": message.channel, "message": message.as_seen()}
        self.feed.tell(News(what, body, audience))

    def _tie_to_thread(self, conversation: Conversation, message: Message) -> None:
        parent = conversation.messages.get(message.thread_ts)
        if parent is None or parent is message:
            return
        parent.thread_ts = parent.ts
        parent.replies.append(message.ts)
        if message.user not in parent.reply_users:
            parent.reply_users.append(message.user)
        self._tell("message_changed", parent)

    def _untie(self, conversation: Conversation, message: Message) -> None:
        parent = conversation.messages.get(message.thread_ts)
        if parent is None or message.ts not in parent.replies:
            return
        parent.replies.remove(message.ts)
        standing = [conversation.messages[ts].user for ts in parent.replies]
        parent.reply_users = list(dict.fromkeys(standing))
        self._tell("message_changed", parent)

    def _open_described(self, channel: Channel) -> None:
        kind = Kind.PRIVATE if channel.is_private else Kind.CHANNEL
        made = self.open_conversation(kind, channel.name, channel.members, new_id=channel.id)
        made.topic = channel.topic
        made.is_archived = channel.is_archived
        made.is_ext_shared = channel.is_ext_shared
        made.is_read_only = channel.is_read_only


def _id_for(prefix: str, members: Iterable[str]) -> str:
    """Return the id of a direct conversation: the same people have the same one, whenever they meet again."""
    digest = hashlib.sha256(",".join(sorted(members)).encode()).hexdigest()
    return f"{prefix}0P{digest[:9].upper()}"
