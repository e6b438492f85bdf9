"""How the practice Slack says no to an app: Slack's error codes, with what goes beside them."""

from collections.abc import Sequence
from typing import Any

from bot.errors import StewardError


class ApiError(StewardError):
    """A Web API call is refused with one of Slack's codes."""

    def __init__(self, code: str, messages: Sequence[str] = (), **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """Return the answer as Slack words it."""
        answer: dict[str, Any] = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            answer["response_metadata"] = {"messages": self.messages}
        return answer


class NoSuchThing(StewardError):
    """A person reached for something that is not on their screen; the sentence says what."""
