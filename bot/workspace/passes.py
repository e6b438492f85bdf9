"""What an app is handed to answer with: trigger ids and response URLs.

A trigger id lives three seconds and is good for one exchange; a response URL takes five posts in thirty minutes. Both clocks
are the workspace's, so a test that moves the clock moves them.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Literal

from bot.workspace.message import Message
from bot.workspace.refusal import ApiError

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_POSTS = 5
TRIGGER_FORM = re.compile(r"\d+\.\d+\.[0-9a-f]+")

Door = Literal["commands", "actions", "app"]


@dataclass(slots=True)
class Trigger:
    """Leave to open one view for the person who did something, where they did it."""

    user: str
    expires: datetime
    channel: str = ""
    view_id: str = ""  # the open modal it came from, if it came from one
    is_spent: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Leave to post where somebody did something; `source` is the message they touched."""

    user: str
    channel: str
    expires: datetime
    source: Message | None = None
    thread_ts: str = ""
    posts_left: int = RESPONSE_URL_POSTS


class Passes:
    """Hands both out and takes them back."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = count(1)
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def mint_trigger(self, user: str, channel: str = "", view_id: str = "") -> str:
        """Return a fresh trigger id."""
        moment = self._now()
        key = f"{moment.timestamp():.0f}.{next(self._numbers)}.{secrets.token_hex(16)}"
        self._triggers[key] = Trigger(user, moment + TRIGGER_LIFE, channel, view_id)
        return key

    def exchange(self, trigger_id: str) -> Trigger:
        """Return what stands behind a trigger id, and spend it."""
        if not TRIGGER_FORM.fullmatch(trigger_id) or trigger_id not in self._triggers:
            raise ApiError("invalid_trigger_id")
        trigger = self._triggers[trigger_id]
        if trigger.is_spent:
            raise ApiError("exchanged_trigger_id")
        if self._now() > trigger.expires:
            raise ApiError("expired_trigger_id")
        trigger.is_spent = True
        return trigger

    def mint_response_url(
        self, base_url: str, door: Door, user: str, channel: str, source: Message | None = None
    ) -> str:
        """Return an absolute URL of this server: the app's webhook client ignores its base URL."""
        secret = secrets.token_hex(12)
        thread = source.thread_ts if source and source.is_reply else ""
        expires = self._now() + RESPONSE_URL_LIFE
        self._urls[secret] = ResponseUrl(user, channel, expires, source, thread)
        return f"{base_url}/hooks/{door}/{secret}"

    def use_response_url(self, secret: str) -> ResponseUrl:
        """Return what stands behind a response URL, one post poorer."""
        found = self._urls.get(secret)
        if found is None:
            raise ApiError("invalid_url")
        if self._now() > found.expires:
            raise ApiError("expired_url")
        if found.posts_left <= 0:
            raise ApiError("used_url")
        found.posts_left -= 1
        return found
