"""What comes of it: the app's answer to a payload, and what a person notices, with the sentences Slack shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.workspace.feed import News, Payload

MESSAGE_NEWS = frozenset({"message", "message_changed", "message_deleted"})
FORM_TROUBLE = "We had some trouble connecting. Try again?"
PRESS_TROUBLE = "Something went wrong: the app did not respond. Please try again."


class Kind(StrEnum):
    """The kinds of payload, by the names Socket Mode gives them."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


class Failure(StrEnum):
    """Why an app's answer did not come, in Slack's words."""

    TIMEOUT = "operation_timeout"
    DISPATCH = "dispatch_failed"
    CLIENT_ERROR = "http_client_error"
    SERVICE_ERROR = "http_service_error"
    REDIRECTS = "too_many_redirects"


@dataclass(frozen=True, slots=True)
class Answer:
    """An app's answer to a payload. `body` is empty for a plain ack."""

    failure: Failure | None = None
    body: Payload = field(default_factory=dict)
    status: int | None = None  # over HTTP
    refuses_retry: bool = False
    had_unwanted_body: bool = False  # an ack of an event may not say anything

    @property
    def is_ok(self) -> bool:
        """Say whether the app acknowledged in time."""
        return self.failure is None

    @property
    def status_word(self) -> str:
        """Return how it went, for the inspector."""
        word = "ack" if self.failure is None else str(self.failure)
        word += ", payload refused" if self.had_unwanted_body else ""
        return f"{self.status} {word}" if self.status else word


@dataclass(frozen=True, slots=True)
class Retry:
    """Which repetition of an event this is, and why it is repeated."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an act ended for the person: what they were shown, and what went wrong in words."""

    ok: bool = True
    error: str | None = None
    messages: list[Payload] = field(default_factory=list)  # new or changed, in the order shown
    views: list[Payload] = field(default_factory=list)  # the open modals, bottom first
    errors: dict[str, str] = field(default_factory=dict)  # block id → sentence beside the field
    home: Payload | None = None
    options: Payload = field(default_factory=dict)  # a select's answer: options or option_groups


def command_trouble(command: str, failure: Failure | str) -> str:
    """Return Slack's sentence for a command that came to nothing (slack-platform.md §1.6)."""
    if failure is Failure.TIMEOUT:
        return (
            f"{command} failed because the app did not respond. "
            "Please try again or contact the app developer."
        )
    return f'{command} failed with the error "{failure}"'


def unknown_command(command: str) -> str:
    """Return Slackbot's sentence for a command nobody has."""
    return (
        f"{command} is not a valid command. "
        "In Slack, a message that starts with “/” is treated as a command."
    )


def shown_to(person: str, news: Iterable[News]) -> list[Payload]:
    """Return the messages a person saw appear or change, each in its last form."""
    shown: dict[tuple[str, str], Payload] = {}
    for item in news:
        if item.type not in MESSAGE_NEWS or not item.audience(person):
            continue
        message = item.body["message"]
        key = (item.body["channel"], message["ts"])
        if item.type == "message_deleted":
            shown.pop(key, None)
        else:
            shown[key] = message
    return [message for message in shown.values() if message.get("user") != person]
