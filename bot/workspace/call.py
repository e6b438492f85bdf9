"""One call of the Web API: its arguments in whatever form they came, its token, its scopes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.workspace.feed import Payload
from bot.workspace.message import Conversation, Kind
from bot.workspace.parts import Parts
from bot.workspace.refusal import ApiError
from bot.workspace.state import Workspace

ScopesByKind = Mapping[Kind, tuple[str, ...]]


class Args:
    """The arguments of a call: JSON keeps its types, forms and queries are text holding JSON."""

    def __init__(self, values: Payload) -> None:
        self.values = values

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self.values.get(key)
        return default if value is None else str(value)

    def need(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if not value:
            raise missing(key)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a yes or no."""
        if key not in self:
            return default
        return str(self.values[key]).lower() in ("true", "1")

    def number(self, key: str, default: int, refusal: str = "invalid_arguments") -> int:
        """Return a whole number."""
        try:
            return int(self.text(key) or default)
        except ValueError:
            raise ApiError(refusal) from None

    def names(self, key: str) -> list[str]:
        """Return a list: JSON's own, or joined by commas."""
        value = self.values.get(key) or []
        parts = value if isinstance(value, list) else str(value).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def parsed(self, key: str, refusal: str = "invalid_arguments") -> object:
        """Return a structure: JSON's own, or JSON inside a text."""
        value = self.values.get(key)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise ApiError(refusal) from None

    def listed(self, key: str, refusal: str = "invalid_arguments") -> list[Payload] | None:
        """Return a list of objects, or None where it was not given."""
        value = self.parsed(key, refusal)
        if value is None:
            return None
        if not isinstance(value, list):
            raise ApiError(refusal)
        return value

    def mapped(self, key: str, refusal: str = "invalid_arguments") -> Payload | None:
        """Return an object, or None where it was not given."""
        value = self.parsed(key, refusal)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ApiError(refusal)
        return value


def missing(key: str) -> ApiError:
    """Return Slack's refusal of a call that lacks an argument."""
    return ApiError("invalid_arguments", [f"[ERROR] missing required field: {key}"])


class RateLimited(ApiError):
    """The call came too early; it may come again after so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Call:
    """One call, by the installed app."""

    parts: Parts
    method: str
    args: Args

    @property
    def workspace(self) -> Workspace:
        """The workspace it is made in."""
        return self.parts.workspace

    @property
    def bot(self) -> str:
        """The app's bot user."""
        return self.workspace.installed.bot_user

    def need_scopes(self, *any_of: str) -> None:
        """Refuse the call unless the app was granted one of these scopes."""
        granted = self.workspace.installed.scopes
        if any_of and not granted.intersection(any_of):
            raise ApiError("missing_scope", needed=any_of[0], provided=",".join(sorted(granted)))

    def conversation(self, scopes: ScopesByKind | None = None) -> Conversation:
        """Return the conversation named by `channel`, as far as the app can see it."""
        name = self.args.need("channel")
        found = self.workspace.conversations.get(name) or self.workspace.find_channel(name)
        if found is None or (found.kind is not Kind.CHANNEL and self.bot not in found.members):
            raise ApiError("channel_not_found")
        if scopes is not None:
            self.need_scopes(*scopes.get(found.kind, ()))
        return found

    def joined(self, scopes: ScopesByKind | None = None) -> Conversation:
        """Return the conversation, refusing one that the app is not in."""
        found = self.conversation(scopes)
        if self.bot not in found.members:
            raise ApiError("not_in_channel")
        return found


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Web API: what it does, and who may call it, with which scopes (any one of them)."""

    run: Callable[[Call], Payload]
    scopes: tuple[str, ...] = ()
    caller: Literal["bot", "app", "anyone"] = "bot"


def page_of(items: list[Payload], args: Args, most: int = 999) -> tuple[list[Payload], Payload]:
    """Return one page of a long list, and the answer's part that says where the next one starts."""
    size = min(max(args.number("limit", 100, "invalid_limit"), 1), most)
    start = _start_of(args.text("cursor"))
    following = f"next:{start + size}" if start + size < len(items) else ""
    return items[start : start + size], {"response_metadata": {"next_cursor": following}}


def _start_of(cursor: str) -> int:
    if not cursor:
        return 0
    word, _, number = cursor.partition(":")
    if word != "next" or not number.isdigit():
        raise ApiError("invalid_cursor")
    return int(number)
