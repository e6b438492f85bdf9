"""Modals and Home tabs: stacks of three, hashes, and external ids that nobody else uses."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.workspace.feed import Feed, News, Payload
from bot.workspace.inputs import Values, here, state_of
from bot.workspace.refusal import ApiError
from bot.workspace.state import Workspace

STACK_LIMIT = 3
WRITTEN = ("blocks", "private_metadata", "callback_id", "external_id")
ON_MODALS = ("title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")


@dataclass(slots=True)
class View:
    """One view on one person's screen: what the app wrote, and what the person filled in."""

    id: str
    user: str
    body: Payload
    hash: str
    root_id: str
    previous_id: str | None = None
    channel: str = ""  # where the person stood when it opened
    chosen: Values = field(default_factory=dict)

    @property
    def blocks(self) -> list[Payload]:
        """Its blocks."""
        return list(self.body["blocks"])

    @property
    def external_id(self) -> str:
        """The app's own name for it."""
        return str(self.body.get("external_id") or "")

    @property
    def values(self) -> Values:
        """Its full `state.values`."""
        return state_of(self.blocks, self.chosen)

    def asks_notice(self) -> bool:
        """Say whether the app wants to hear of it being closed."""
        return bool(self.body.get("notify_on_close"))


class Views:
    """All views of the workspace: one stack of modals a person, and one Home."""

    def __init__(self, workspace: Workspace, now: Callable[[], datetime], feed: Feed) -> None:
        self._workspace = workspace
        self._now = now
        self._feed = feed
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def as_payload(self, view: View, values: Values | None = None) -> Payload:
        """Return it as Slack's view object."""
        app = self._workspace.installed
        team = self._workspace.team.id
        return {
            "id": view.id,
            "team_id": team,
            "type": view.body["type"],
            **self._written(view),
            "state": {"values": view.values if values is None else values},
            "hash": view.hash,
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
            "app_id": app.app_id,
            "app_installed_team_id": team,
            "bot_id": app.bot_id,
        }

    def stack(self, user: str) -> list[Payload]:
        """Return a person's open modals, bottom first."""
        return [self.as_payload(view) for view in self.stacks.get(user, ())]

    def home(self, user: str) -> Payload | None:
        """Return a person's Home, if one was published."""
        view = self.homes.get(user)
        return self.as_payload(view) if view else None

    def on_screen(self, user: str) -> list[View]:
        """Return everything a person has open: their modals, and their Home."""
        home = self.homes.get(user)
        return [*self.stacks.get(user, ()), *([home] if home else [])]

    def find(self, view_id: str = "", external_id: str = "") -> View:
        """Return an open view by either of its names."""
        for view in self._all():
            if view_id == view.id or (external_id and external_id == view.external_id):
                return view
        raise ApiError("not_found")

    def open(self, user: str, body: Payload, channel: str = "") -> View:
        """Open a modal as the first of a new stack."""
        self._need_free_external_id(body)
        view = self._make(user, body, channel)
        self.stacks[user] = [view]
        self._tell_stack(user)
        return view

    def push(self, user: str, body: Payload) -> View:
        """Put a modal on top of a person's stack."""
        stack = self.stacks[user]
        if len(stack) >= STACK_LIMIT:
            raise ApiError("push_limit_reached")
        self._need_free_external_id(body)
        view = self._make(user, body, stack[-1].channel)
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        self._tell_stack(user)
        return view

    def update(self, view: View, body: Payload, expected_hash: str = "") -> View:
        """Rewrite an open view; what was filled in stays where block, action and type are the same."""
        if expected_hash and expected_hash != view.hash:
            raise ApiError("hash_conflict")
        self._need_free_external_id(body, besides=view)
        view.body, view.hash = body, self._new_hash()
        self._tell(view)
        return view

    def publish(self, user: str, body: Payload, expected_hash: str = "") -> View:
        """Write a person's Home."""
        if user in self.homes:
            return self.update(self.homes[user], body, expected_hash)
        self._need_free_external_id(body)
        self.homes[user] = view = self._make(user, body)
        self._tell(view)
        return view

    def close(self, view: View) -> None:
        """Take one modal off the screen."""
        stack = self.stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)
            self._tell_stack(view.user)

    def clear(self, user: str) -> None:
        """Take a person's whole stack off the screen."""
        if self.stacks.pop(user, None):
            self._tell_stack(user)

    def fill(self, view: View, values: Values) -> None:
        """Remember what a person filled in."""
        for block_id, said in values.items():
            view.chosen.setdefault(block_id, {}).update(said)

    def _all(self) -> Iterator[View]:
        for stack in self.stacks.values():
            yield from stack
        yield from self.homes.values()

    def _written(self, view: View) -> Payload:
        empty: Payload = {"private_metadata": "", "callback_id": "", "external_id": ""}
        if view.body["type"] == "modal":
            empty |= {"submit": None, "close": None, "submit_disabled": False}
            empty |= {"clear_on_close": False, "notify_on_close": False}
        keys = (*WRITTEN, *ON_MODALS)
        return empty | {key: view.body[key] for key in keys if key in view.body}

    def _make(self, user: str, body: Payload, channel: str = "") -> View:
        new_id = self._workspace.new_id("V")
        chosen = here(body["blocks"], channel)
        return View(new_id, user, body, self._new_hash(), new_id, channel=channel, chosen=chosen)

    def _new_hash(self) -> str:
        return f"{self._now().timestamp():.0f}.{secrets.token_hex(4)}"

    def _need_free_external_id(self, body: Payload, besides: View | None = None) -> None:
        wanted = body.get("external_id")
        if wanted and any(v.external_id == wanted and v is not besides for v in self._all()):
            raise ApiError("duplicate_external_id")

    def _tell(self, view: View) -> None:
        if view.body["type"] != "home":
            self._tell_stack(view.user)
            return
        body: Payload = {"view": self.as_payload(view)}
        self._feed.tell(News("home", body, lambda person: person == view.user))

    def _tell_stack(self, user: str) -> None:
        body: Payload = {"stack": self.stack(user)}
        self._feed.tell(News("views", body, lambda person: person == user))
