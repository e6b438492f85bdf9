"""What people do in the practice Slack, one method an act; the page and the tests use the same ones."""

import asyncio
import html
import re
from collections.abc import Mapping

from bot.workspace.delivery import Reply
from bot.workspace.feed import News, Payload
from bot.workspace.message import Conversation, Message
from bot.workspace.message import Kind as Place
from bot.workspace.outcome import (
    PRESS_TROUBLE,
    Answer,
    Kind,
    Outcome,
    command_trouble,
    shown_to,
    unknown_command,
)
from bot.workspace.passes import ResponseUrl
from bot.workspace.payloads import command_payload, message_shortcut_payload, shortcut_payload
from bot.workspace.posting import change_event, message_event, respond
from bot.workspace.refusal import ApiError, NoSuchThing
from bot.workspace.touches import Touches

MENTION = re.compile(r"@([\w.-]*[\w-])")
CHANNEL_NAME = re.compile(r"(?<![\w&])#([\w-]+)")
BROADCAST_WORDS = ("channel", "here", "everyone")
HOME_WAIT = 0.3  # for an app that acknowledges first and publishes its very first Home afterwards


class Acts(Touches):
    """Everything a person can do. Each act returns when the app has answered, or has not in time."""

    async def command(self, user: str, channel: str, text: str) -> Outcome:
        """Type a slash command."""
        conversation = self._place(user, channel)
        command, _, rest = text.strip().partition(" ")
        described = self._parts.workspace.installed.commands.get(command)
        if described is None:
            return Outcome(ok=False, error=unknown_command(command))
        if described.get("should_escape"):
            rest = self.escaped(rest, named=True)
        payload = command_payload(self._parts, user, conversation, command, rest.strip())
        with self._parts.feed.heard() as news:
            answer = await self._delivery.send(Kind.COMMAND, payload)
            error = self._show_answer(user, conversation, text.strip(), answer)
        return self._outcome(user, news, error)

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> Outcome:
        """Write a message."""
        conversation = self._place(user, channel)
        self._refuse_writing(user, conversation)
        workspace = self._parts.workspace
        message = workspace.blank_message(conversation, user, self.escaped(text))
        message.thread_ts = self._thread(conversation, thread_ts)
        with self._parts.feed.heard() as news:
            workspace.post(message)
            await self._delivery.event(message_event(conversation, message))
        return self._outcome(user, news)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Give a message of one's own other words."""
        message = self._own_message(user, channel, ts)
        before, conversation = message.as_payload(), self._place(user, channel)
        message.text = self.escaped(text)
        stamp = conversation.stamp(self._parts.workspace.now())
        message.edited = {"user": user, "ts": stamp}
        self._parts.workspace.changed(message)
        await self._delivery.event(change_event(conversation, before, message))

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Take a message of one's own away; where it has answers, a sign of that stays."""
        message = self._own_message(user, channel, ts)
        before, conversation = message.as_payload(), self._place(user, channel)
        self._parts.workspace.remove(message)
        left = message if message.subtype == "tombstone" else None
        await self._delivery.event(change_event(conversation, before, left))

    async def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Choose a global shortcut."""
        self._need_shortcut(callback_id, "global")
        return await self._interact(user, shortcut_payload(self._parts, user, callback_id))

    async def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Outcome:
        """Choose a shortcut from the menu of a message."""
        self._need_shortcut(callback_id, "message")
        message = self._message(user, channel, ts)
        payload = message_shortcut_payload(self._parts, user, callback_id, message)
        return await self._interact(user, payload)

    async def open_home(self, user: str) -> Outcome:
        """Open the app's Home tab, and see what it shows."""
        views = self._parts.views
        event: Payload = {
            "type": "app_home_opened",
            "user": user,
            "channel": self._parts.workspace.direct(user).id,
            "tab": "home",
        }
        shown = views.home(user)
        with self._parts.feed.heard() as news:
            answer = await self._delivery.event(event | ({"view": shown} if shown else {}))
            if answer.is_ok and "app_home_opened" in self._parts.workspace.installed.events:
                await self._first_home(user)
        return self._outcome(user, news)

    async def react(self, user: str, channel: str, ts: str, name: str) -> Outcome:
        """Put an emoji on a message."""
        message = self._message(user, channel, ts)
        users = message.reactions.setdefault(name.strip(":"), [])
        if user in users:
            return Outcome()
        users.append(user)
        return await self._reacted(user, message, name.strip(":"), "reaction_added")

    async def unreact(self, user: str, channel: str, ts: str, name: str) -> Outcome:
        """Take it off again."""
        message = self._message(user, channel, ts)
        users = message.reactions.get(name.strip(":"), [])
        if user not in users:
            return Outcome()
        users.remove(user)
        if not users:
            del message.reactions[name.strip(":")]
        return await self._reacted(user, message, name.strip(":"), "reaction_removed")

    async def join(self, user: str, channel: str) -> Outcome:
        """Walk into a public channel."""
        conversation = self._place(user, channel)
        if user in conversation.members:
            return Outcome()
        self._parts.workspace.join(conversation, user)
        event = {"type": "member_joined_channel", "user": user, "channel": channel}
        kind = "C" if conversation.kind is Place.CHANNEL else "G"
        team = self._parts.workspace.team.id
        await self._delivery.event(event | {"channel_type": kind, "team": team})
        return Outcome()

    def read(self, user: str, channel: str) -> None:
        """Look at a conversation: nothing in it is unread any more."""
        conversation = self._place(user, channel)
        conversation.last_read[user] = next(reversed(conversation.messages), "")
        body: Payload = {"channel": channel, "unread": 0, "mention": False}
        self._parts.feed.tell(News("unread", body, lambda person: person == user))

    def seen(self, user: str, channel: str) -> list[Payload]:
        """Return what this person sees in a conversation, what only they see included."""
        return [message.as_seen() for message in self._parts.workspace.seen(user, channel)]

    def thread(self, user: str, channel: str, ts: str) -> list[Payload]:
        """Return a thread as this person sees it, the parent first."""
        conversation = self._place(user, channel)
        return [message.as_seen() for message in conversation.thread_seen_by(user, ts)]

    # --- raw doors, for what no person does ---

    async def deliver(self, kind: Kind | str, payload: Payload) -> Answer:
        """Send any payload: a replay, a duplicate, a malformed one."""
        return await self._delivery.send(Kind(kind), payload)

    async def event(self, event: Payload) -> Answer:
        """Send any event the app subscribed to, in an envelope of its own; failures are retried."""
        return await self._delivery.event(event)

    async def signed_request(
        self,
        body: str | bytes,
        *,
        timestamp: int | None = None,
        secret: str | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Post a raw form body in HTTP mode, signed with any secret at any time."""
        return await self._delivery.signed_request(
            body, timestamp=timestamp, secret=secret, url=url, headers=dict(headers or {})
        )

    # --- inside ---

    def escaped(self, typed: str, *, named: bool = False) -> str:
        """Return typed text as Slack keeps it: entities, and names turned into mentions.

        What follows a command has mentions that still say the name (slack-platform.md §1.2).
        """
        text = html.escape(typed, quote=False)
        text = MENTION.sub(lambda found: self._mention(found, named=named), text)
        return CHANNEL_NAME.sub(self._channel_link, text)

    def _mention(self, found: re.Match[str], *, named: bool) -> str:
        word = found[1]
        if word in BROADCAST_WORDS:
            return f"<!{word}>"
        for person in self._parts.workspace.people.values():
            if word.lower() in (person.name.lower(), person.display_name.lower()):
                return f"<@{person.id}|{person.name}>" if named else f"<@{person.id}>"
        for group in self._parts.workspace.usergroups.values():
            if word == group.handle:
                return f"<!subteam^{group.id}>"
        return found[0]

    def _channel_link(self, found: re.Match[str]) -> str:
        conversation = self._parts.workspace.find_channel(found[1])
        if conversation is None or conversation.kind is not Place.CHANNEL:
            return found[0]
        return f"<#{conversation.id}|{conversation.name}>"

    def _place(self, user: str, channel: str) -> Conversation:
        if user not in self._parts.workspace.people:
            raise NoSuchThing(f"There is nobody with the id {user}.")
        conversation = self._parts.workspace.conversations.get(channel)
        if conversation is None or not self._parts.workspace.can_see(user, conversation):
            raise NoSuchThing(f"{user} does not see the conversation {channel}.")
        return conversation

    def _own_message(self, user: str, channel: str, ts: str) -> Message:
        message = self._message(user, channel, ts)
        if message.user != user:
            raise NoSuchThing("Only its author can change or delete a message.")
        return message

    def _refuse_writing(self, user: str, conversation: Conversation) -> None:
        if conversation.is_archived:
            raise NoSuchThing("This channel is archived; nobody can write in it.")
        if user not in conversation.members:
            raise NoSuchThing(f"Join #{conversation.name} before you write in it.")
        app = self._parts.workspace.app
        is_direct = conversation.kind is Place.DM
        if is_direct and app is not None and (app.is_read_only or not app.has_messages_tab):
            raise NoSuchThing("Sending messages to this app has been turned off.")

    def _thread(self, conversation: Conversation, thread_ts: str | None) -> str:
        if not thread_ts:
            return ""
        parent = conversation.messages.get(thread_ts)
        if parent is None:
            raise NoSuchThing(f"There is no message {thread_ts} to reply to.")
        return parent.thread_ts or parent.ts

    def _show_answer(
        self, user: str, conversation: Conversation, typed: str, answer: Answer
    ) -> str | None:
        """Show what a command's acknowledgement says; return Slack's sentence if it came to nothing."""
        command = typed.split(" ", 1)[0]
        if answer.failure is not None:
            return command_trouble(command, answer.failure)
        if answer.body.get("response_type") == "in_channel":
            workspace = self._parts.workspace
            workspace.post(workspace.blank_message(conversation, user, typed))
        if not any(answer.body.get(key) for key in ("text", "blocks", "attachments")):
            return None
        once = ResponseUrl(user, conversation.id, self._parts.workspace.now())
        try:
            respond(self._parts, once, answer.body)
        except ApiError as refusal:
            self._parts.traffic.note(
                "from_app", "refused", command, refusal.body(), refusal.code, "refused"
            )
            return command_trouble(command, refusal.code)
        return None

    async def _interact(self, user: str, payload: Payload) -> Outcome:
        with self._parts.feed.heard() as news:
            answer = await self._delivery.send(Kind.INTERACTION, payload)
        return self._outcome(user, news, None if answer.is_ok else PRESS_TROUBLE)

    def _need_shortcut(self, callback_id: str, kind: str) -> None:
        shortcut = self._parts.workspace.installed.shortcuts.get(callback_id)
        if shortcut is None or shortcut.get("type") != kind:
            raise NoSuchThing(f"The app has no {kind} shortcut {callback_id!r}.")

    async def _reacted(self, user: str, message: Message, name: str, kind: str) -> Outcome:
        self._parts.workspace.changed(message)
        event: Payload = {
            "type": kind,
            "user": user,
            "reaction": name,
            "item_user": message.user,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        }
        with self._parts.feed.heard() as news:
            await self._delivery.event(event)
        seen = shown_to(user, news)
        return Outcome(messages=seen, views=self._parts.views.stack(user))

    async def _first_home(self, user: str) -> None:
        if user in self._parts.views.homes:
            return
        published = asyncio.Event()
        stop = self._parts.feed.listen(lambda n: published.set() if n.type == "home" else None)
        try:
            await asyncio.wait_for(published.wait(), HOME_WAIT)
        except TimeoutError:
            return
        finally:
            stop()
