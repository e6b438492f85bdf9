"""News of the workspace, told in the order it happens to whoever listens: the page, and acts under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Payload = dict[str, Any]
"""JSON as Slack sends and receives it. It stays at this edge of the house."""

Listener = Callable[["News"], None]


def everybody(person: str) -> bool:  # noqa: ARG001 - an audience is asked about one person
    """The audience of news that anybody may hear."""
    return True


@dataclass(frozen=True, slots=True)
class News:
    """One thing that changed, as the page is told; `audience` says who may hear it."""

    type: str
    body: Payload = field(default_factory=dict)
    audience: Callable[[str], bool] = everybody

    def as_payload(self) -> Payload:
        """Return it as one frame of the page's stream."""
        return {"type": self.type, **self.body}


class Feed:
    """Hands every piece of news to every listener, at once and in order."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def tell(self, news: News) -> None:
        """Pass the news on."""
        for listener in tuple(self._listeners):
            listener(news)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; what is returned takes it away again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def heard(self) -> Iterator[list[News]]:
        """Collect the news of a while."""
        collected: list[News] = []
        stop = self.listen(collected.append)
        try:
            yield collected
        finally:
            stop()
