"""The bot's own router: handlers register on it as they would on Bolt, and are found by dictionary.

A handler names what it wants as its parameters. They are looked at once, when it registers, so that a wrong name
stops start-up and not a person. A press is routed by its `action_id` up to the first ":", so that several buttons of
one block can share a handler ("agenda.skip:3"). An event may be heard by several handlers; everything else has one,
since only one can answer.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bot.errors import PluginWrong
from bot.slack.knock import Kind, Knock, Payload

__all__ = ["Command", "Handler", "Payload", "Router", "Shortcut"]

Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])
ShortcutKind = Literal["global", "message"]

_ANYWHERE = frozenset(
    {
        "ack",
        "answer",
        "body",
        "client",
        "names",
        "payload",
        "person",
        "services",
        "trigger",
        "whois",
    }
)
_IN_KIND: Mapping[Kind, frozenset[str]] = {
    Kind.COMMAND: frozenset({"command", "words"}),
    Kind.ACTION: frozenset({"action"}),
    Kind.VIEW: frozenset({"view"}),
    Kind.VIEW_CLOSED: frozenset({"view"}),
    Kind.SHORTCUT: frozenset({"shortcut"}),
    Kind.OPTIONS: frozenset({"options"}),
    Kind.EVENT: frozenset({"event"}),
}
_COMMAND = re.compile(r"/[a-z0-9][a-z0-9_-]{0,30}")


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that answers one knock: what it wants to be given, and the file it is in."""

    kind: Kind
    name: str
    function: Callable[..., Awaitable[Any]]
    wants: frozenset[str]
    file: str


@dataclass(frozen=True, slots=True)
class Command:
    """What Slack shows about a slash command; with `mentions` it sends people and channels as ids."""

    name: str
    description: str
    usage_hint: str
    mentions: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What Slack shows about a shortcut: in its menu, or on a message."""

    callback_id: str
    name: str
    description: str
    kind: ShortcutKind


class Router:
    """The handlers of one feature or, combined, of all of them."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.shortcuts: dict[str, Shortcut] = {}
        self.scopes: set[str] = set()
        self._handlers: dict[tuple[Kind, str], list[Handler]] = {}

    def command(
        self,
        name: str,
        *,
        description: str,
        usage_hint: str = "",
        scopes: Iterable[str] = (),
        mentions: bool = False,
    ) -> Callable[[Function], Function]:
        """Register the handler of a slash command; `description` and `usage_hint` appear in Slack's composer."""
        _check(
            bool(_COMMAND.fullmatch(name)),
            f"{name!r} is no slash command (2 to 32 small letters, digits, - and _)",
        )
        _check_length(f"the description of {name}", description, 2000)
        _check(len(usage_hint) <= 1000, f"the usage hint of {name} is longer than 1000 characters")
        self.commands[name] = Command(name, description, usage_hint, mentions)
        return self._adder(Kind.COMMAND, name, scopes)

    def action(self, action_id: str) -> Callable[[Function], Function]:
        """Register the handler of a button, menu or other element, wherever it is shown."""
        _check(":" not in action_id, f"{action_id!r}: what follows a colon is not routed by")
        _check_length("an action_id", action_id, 255)
        return self._adder(Kind.ACTION, action_id)

    def view(self, callback_id: str) -> Callable[[Function], Function]:
        """Register the handler of a submitted form."""
        _check_length("a callback_id", callback_id, 255)
        return self._adder(Kind.VIEW, callback_id)

    def view_closed(self, callback_id: str) -> Callable[[Function], Function]:
        """Register the handler of a form that was closed without submitting (it needs `notify_on_close`)."""
        _check_length("a callback_id", callback_id, 255)
        return self._adder(Kind.VIEW_CLOSED, callback_id)

    def shortcut(
        self,
        callback_id: str,
        *,
        name: str,
        description: str,
        kind: ShortcutKind = "global",
        scopes: Iterable[str] = (),
    ) -> Callable[[Function], Function]:
        """Register the handler of a shortcut in Slack's menu ("global") or on a message ("message")."""
        _check_length("a callback_id", callback_id, 255)
        _check_length(f"the name of shortcut {callback_id}", name, 24)
        _check_length(f"the description of shortcut {callback_id}", description, 150)
        self.shortcuts[callback_id] = Shortcut(callback_id, name, description, kind)
        return self._adder(Kind.SHORTCUT, callback_id, scopes)

    def options(self, action_id: str) -> Callable[[Function], Function]:
        """Register the handler that fills a menu while somebody types in it; it acks with `options`."""
        _check_length("an action_id", action_id, 255)
        return self._adder(Kind.OPTIONS, action_id)

    def event(self, event: str, *, scopes: Iterable[str] = ()) -> Callable[[Function], Function]:
        """Register a handler of an event, by the name one subscribes to (`message.im`, not `message`).

        Others may hear the same event. Where one of them fails Slack delivers it again, to all of them: doing it twice
        must be doing it once.
        """
        _check_length("an event", event, 255)
        _check(
            event != "message",
            "an event is registered as it is subscribed to, for example 'message.im'",
        )
        return self._adder(Kind.EVENT, event, scopes)

    def find(self, knock: Knock) -> Sequence[Handler]:
        """Return who answers a knock: nobody, one, or all who hear an event."""
        found = self._handlers.get((knock.kind, knock.name))
        if found is None and ":" in knock.name:
            found = self._handlers.get((knock.kind, knock.name.partition(":")[0]))
        return found or ()

    def names(self, kind: Kind) -> list[str]:
        """Return everything of one kind that has a handler, in alphabetical order."""
        return sorted(name for of_kind, name in self._handlers if of_kind is kind)

    def include(self, other: "Router") -> None:
        """Take over all that another router has; what both have is refused, unless it is an event."""
        for handlers in other._handlers.values():  # noqa: SLF001 (its own class)
            for handler in handlers:
                self._add(handler)
        self.commands |= other.commands
        self.shortcuts |= other.shortcuts
        self.scopes |= other.scopes

    def _adder(
        self, kind: Kind, name: str, scopes: Iterable[str] = ()
    ) -> Callable[[Function], Function]:
        def add(function: Function) -> Function:
            self._add(_handler(kind, name, function))
            self.scopes.update(scopes)
            return function

        return add

    def _add(self, handler: Handler) -> None:
        others = self._handlers.setdefault((handler.kind, handler.name), [])
        if handler in others:
            return
        if others and handler.kind is not Kind.EVENT:
            raise PluginWrong(
                f"{handler.file}: the {handler.kind} {handler.name!r} is already handled in {others[0].file}."
            )
        others.append(handler)


def combine(routers: Iterable[Router]) -> Router:
    """Return one router with everything that `routers` have."""
    whole = Router()
    for router in routers:
        whole.include(router)
    return whole


def _handler(kind: Kind, name: str, function: Callable[..., Awaitable[Any]]) -> Handler:
    file = f"{function.__module__.replace('.', '/')}.py"
    said = f"{file}: the handler {function.__name__} of {kind} {name!r}"
    if not inspect.iscoroutinefunction(function):
        raise PluginWrong(f"{said} must be an `async def`.")
    known = _ANYWHERE | _IN_KIND[kind]
    parameters = inspect.signature(function).parameters.values()
    unknown = [
        p.name
        for p in parameters
        if p.name not in known or p.kind in (p.VAR_KEYWORD, p.POSITIONAL_ONLY)
    ]
    if unknown:
        raise PluginWrong(
            f"{said} asks for {', '.join(unknown)}; it can have {', '.join(sorted(known))}."
        )
    return Handler(kind, name, function, frozenset(p.name for p in parameters), file)


def _check(is_right: bool, problem: str) -> None:
    if not is_right:
        raise PluginWrong(f"{problem}.")


def _check_length(what: str, text: str, most: int) -> None:
    _check(1 <= len(text) <= most, f"{what} must have 1 to {most} characters, not {len(text)}")
