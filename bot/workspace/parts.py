"""The parts of the practice Slack, handed together to whoever needs several of them."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.workspace.chaos import Chaos
from bot.workspace.feed import Feed, Payload
from bot.workspace.limits import Limits
from bot.workspace.passes import Passes
from bot.workspace.state import Workspace
from bot.workspace.traffic import Traffic
from bot.workspace.views import Views


@dataclass(slots=True)
class Parts:
    """What the methods of the Web API, the acts of people and the page work on."""

    workspace: Workspace
    feed: Feed
    views: Views
    passes: Passes
    limits: Limits
    chaos: Chaos
    traffic: Traffic
    base_url: str = ""
    tell_app: Callable[[Payload], None] = lambda _event: None  # an event, delivered soon
    new_ticket: Callable[[], str] = lambda: ""  # a one-time Socket Mode URL
