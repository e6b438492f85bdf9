"""How often an app may call: tiers a method (slack-platform.md §8.2), and one message a second in a conversation.

Buckets fill by the workspace's clock. Bursts are generous, as Slack's are; every number is an attribute that a test may set.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}  # calls a minute
TIER_OF: dict[str, int] = {
    "apps.connections.open": 3,
    "bookmarks.add": 2,
    "bookmarks.edit": 2,
    "bookmarks.list": 3,
    "bookmarks.remove": 2,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.archive": 2,
    "conversations.create": 2,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.invite": 3,
    "conversations.join": 3,
    "conversations.kick": 3,
    "conversations.leave": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.rename": 2,
    "conversations.replies": 3,
    "conversations.setPurpose": 2,
    "conversations.setTopic": 2,
    "conversations.unarchive": 2,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "pins.add": 2,
    "pins.list": 2,
    "pins.remove": 2,
    "reactions.add": 3,
    "reactions.get": 3,
    "reactions.remove": 2,
    "team.info": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.conversations": 3,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
POSTS = "chat.postMessage"


@dataclass(slots=True)
class Bucket:
    """A token bucket: so many at once, so many a second after that."""

    size: float
    per_second: float
    level: float
    filled_at: datetime

    def take(self, now: datetime) -> int:
        """Take one and return 0, or return how many seconds to wait."""
        passed = max((now - self.filled_at).total_seconds(), 0.0)
        self.level = min(self.size, self.level + passed * self.per_second)
        self.filled_at = now
        if self.level >= 1:
            self.level -= 1
            return 0
        return max(1, ceil((1 - self.level) / self.per_second))


class Limits:
    """Counts the calls of the app."""

    def __init__(self, now: Callable[[], datetime], *, enabled: bool = True) -> None:
        self._now = now
        self.enabled = enabled
        self.posts_per_minute = 300.0  # "several hundred": Slack does not say
        self.post_burst = 1.0  # minutes' worth of posts that may come at once
        self.channel_burst = 20
        self.tier_burst = 1.0  # minutes' worth of calls that may come at once
        self.people_a_page = 999  # Slack may give fewer than were asked for
        self.refusals: Counter[str] = (
            Counter()
        )  # how often a method, or a conversation, was too fast
        self._buckets: dict[str, Bucket] = {}

    def wait_for_call(self, method: str) -> int:
        """Return 0 if the call may pass, else the seconds after which to try again."""
        if method == POSTS:
            size = self.posts_per_minute * self.post_burst
            return self._take(method, size, self.posts_per_minute / 60)
        per_minute = self._tier(method)
        if per_minute is None:
            return 0
        return self._take(method, per_minute * self.tier_burst, per_minute / 60)

    def wait_for_channel(self, channel: str) -> int:
        """Count one message in a conversation; the same answer as `wait_for_call`."""
        return self._take(f"#{channel}", self.channel_burst, 1.0)

    def _tier(self, method: str) -> int | None:
        tier = TIER_OF.get(method)
        return TIERS[tier] if tier else None

    def _take(self, key: str, size: float, per_second: float) -> int:
        if not self.enabled:
            return 0
        now = self._now()
        if key not in self._buckets:
            self._buckets[key] = Bucket(size, per_second, size, now)
        seconds = self._buckets[key].take(now)
        if seconds:
            self.refusals[key] += 1
        return seconds
