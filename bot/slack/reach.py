"""How far the bot reaches in Slack: whether it is known there, what it may do, and in which channels.

Every look is bounded in time and changes nothing. What Slack does not say is said as such, never guessed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks.health import Finding, bad, good, poor
from bot.domain.duration import format_duration
from bot.logs import error_code
from bot.settings import Settings
from bot.slack.connection import TROUBLE, token_trouble

T = TypeVar("T")

SKEW = timedelta(seconds=5)  # between two clocks before it is worth a word
_PAGES, _PAGE_SIZE = 5, 999
_MOST_ASKED = 20  # channels one by one: fifty calls a minute are allowed, and others call too
_MANIFEST = "`python -m bot manifest` prints the manifest that has it; update the app with it and install it again"
_NETWORK = "look at the network, and at SLACK_API_URL if it is set"

# By kind of conversation: the scope without which the bot may not read there, and how the kind is called.
_HISTORY = {
    "public": ("channels:history", "public channels"),
    "private": ("groups:history", "private channels"),
    "im": ("im:history", "direct messages"),
    "mpim": ("mpim:history", "group messages"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A channel that the bot posts in: what for, and what chooses another."""

    channel: str
    use: str
    choice: str


@dataclass(frozen=True, slots=True)
class Greeting:
    """What Slack says of the bot itself; `granted` is None where nobody is there."""

    findings: list[Finding]
    granted: frozenset[str] | None


class _NoAnswer(Exception):
    """Slack did not say; `code` is its word for why, "" where nothing was heard."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def words(self) -> str:
        return f"Slack does not say ({self.code})" if self.code else "Slack does not answer"


async def _ask(asking: Awaitable[T], seconds: float) -> T:
    try:
        return await asyncio.wait_for(asking, seconds)
    except SlackApiError as error:
        raise _NoAnswer(error_code(error)) from None
    except (*TROUBLE, AttributeError):  # the last is slack_sdk's way to say that this is no JSON
        raise _NoAnswer("") from None


# --- The bot itself ---


async def greet(client: AsyncWebClient, seconds: float) -> Greeting:
    """Ask Slack who the bot is, what it may do, and what time it is."""
    try:
        said = await _ask(client.auth_test(), seconds)
    except _NoAnswer as silence:
        return Greeting([_stranger(silence)], None)
    headers = {name.lower(): value for name, value in (said.headers or {}).items()}
    known = good("Slack", f"{said.get('team')}, as @{said.get('user')}")
    granted = _words(headers.get("x-oauth-scopes", ""))
    return Greeting([known, _clock(headers.get("date", ""))], granted)


def _stranger(silence: _NoAnswer) -> Finding:
    if trouble := token_trouble(silence.code, "SLACK_BOT_TOKEN"):
        fix = "the app's page has the bot token, under OAuth & Permissions"
        return bad("Slack", trouble, fix)
    if silence.code:
        return poor(
            "Slack", f"does not say who I am ({silence.code})", "look again in a few minutes"
        )
    return bad("Slack", "cannot be reached from here", _NETWORK)


def _clock(header: str) -> Finding:
    try:
        there = parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return good("Clock", "Slack does not say what time it is")
    return _compared(there)


def _compared(there: datetime) -> Finding:
    apart = abs(clock.now() - there)
    if apart <= SKEW:
        return good("Clock", "agrees with Slack's")
    words = f"this machine's and Slack's are {format_duration(apart.total_seconds())} apart"
    fix = "set the clock by NTP; beyond five minutes Slack's requests are refused"
    return poor("Clock", words, fix)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


async def knock(client: AsyncWebClient, app_token: str, seconds: float) -> Finding:
    """Ask whether Slack takes the app-level token; the connection that it offers is left alone."""
    try:
        await _ask(client.apps_connections_open(app_token=app_token), seconds)
    except _NoAnswer as silence:
        if trouble := token_trouble(silence.code, "SLACK_APP_TOKEN"):
            fix = "the app's page has it, under Basic Information"
            return bad("Socket Mode", trouble, fix)
        if silence.code == "missing_scope":
            fix = "make another on the app's page, with this scope"
            return bad("Socket Mode", "SLACK_APP_TOKEN lacks the scope connections:write", fix)
        return poor("Socket Mode", silence.words, "look again in a few minutes")
    return good("Socket Mode", "Slack takes the app-level token")


# --- Scopes ---


def check_scopes(
    wanted: Collection[str], granted: Collection[str], kinds: Collection[str]
) -> Iterator[Finding]:
    """Return what the app may not do; where it may not read matters only for kinds of conversation in use."""
    if not granted:
        yield good("Scopes", "Slack does not say what the token may do")
        return
    reading = {scope for scope, _ in _HISTORY.values()}
    missing = sorted(set(wanted) - set(granted) - reading)
    unread = [_HISTORY[kind] for kind in _HISTORY if kind in kinds]
    unread = [(scope, where) for scope, where in unread if scope not in granted]
    if missing:
        yield bad("Scopes", f"the app lacks {', '.join(missing)}", _MANIFEST)
    if unread:
        yield _unread(unread)
    if not missing and not unread:
        yield good("Scopes", "the app has all that it needs")


def _unread(lacking: Sequence[tuple[str, str]]) -> Finding:
    scopes = ", ".join(scope for scope, _ in lacking)
    places = " and ".join(where for _, where in lacking)
    words = (
        f"the app lacks {scopes}, so I cannot read in {places}: a message of which nobody knows whether it arrived "
        "stays uncertain, and replies to an agenda do not become notes"
    )
    return poor("History", words, _MANIFEST)


# --- Channels ---


def places_of(settings: Settings, agendas: Mapping[str, Sequence[int]]) -> list[Place]:
    """Return the channels that the operator's page and agendas name, each once."""
    named = settings.channels.model_dump(exclude_none=True)
    places = {
        channel: Place(channel, f"{name} in {settings.file}", f"choose another in {settings.file}")
        for name, channel in named.items()
    }
    for target, numbers in agendas.items():
        if target.startswith(("C", "G")):
            use = f"agenda {', '.join(f'#{number}' for number in numbers)}"
            choice = f"choose another with `/agenda edit #{numbers[0]}`"
            places.setdefault(target, Place(target, use, choice))
    return list(places.values())


async def look_at_channels(
    client: AsyncWebClient, places: Sequence[Place], bot: str, seconds: float
) -> tuple[list[Finding], set[str]]:
    """Return whether the bot may post in its channels, and which kinds of channel they are."""
    if not places:
        return [], set()
    try:
        joined = await _ask(_joined(client), seconds)
    except _NoAnswer as silence:
        if not silence.code:
            return [poor("Channels", silence.words, _NETWORK)], set()
        joined = {}  # not allowed to list them: each is asked for by itself
    others = [place for place in places if place.channel not in joined]
    looks = (_look_at(client, place, bot, seconds) for place in others[:_MOST_ASKED])
    found = await asyncio.gather(*looks)
    ill = [finding for finding, _ in found if finding is not None]
    kinds = {_kind(joined[place.channel]) for place in places if place.channel in joined}
    unseen = len(others[_MOST_ASKED:])
    summary = _summary(len(places) - unseen, unseen, is_well=not ill)
    return [*ill, *summary], kinds | {kind for _, kind in found if kind}


async def _joined(client: AsyncWebClient) -> dict[str, Mapping[str, Any]]:
    """Return the open channels that the bot is in."""
    joined: dict[str, Mapping[str, Any]] = {}
    cursor = ""
    for _ in range(_PAGES):
        page = await client.users_conversations(
            types="public_channel,private_channel",
            exclude_archived=True,
            limit=_PAGE_SIZE,
            cursor=cursor,
        )
        joined |= {str(channel["id"]): channel for channel in page.get("channels") or ()}
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return joined


def _kind(channel: Mapping[str, Any]) -> str:
    return "private" if channel.get("is_private") else "public"


async def _look_at(
    client: AsyncWebClient, place: Place, bot: str, seconds: float
) -> tuple[Finding | None, str]:
    """Return what is wrong with a channel, and its kind as far as it is known."""
    try:
        said = await _ask(client.conversations_info(channel=place.channel), seconds)
    except _NoAnswer as silence:
        if silence.code == "channel_not_found":
            return _absent(place, "I am not in it, or it is gone", bot), ""
        words = f"{silence.words}, whether I am in it"
        return _about(place, words, "look again in a few minutes", poor), ""
    channel: Mapping[str, Any] = said.get("channel") or {}
    if channel.get("is_archived"):
        fix = f"unarchive it, or {place.choice}"
        return _about(place, "it is archived, and nothing can be posted there", fix), ""
    if not channel.get("is_member"):
        return _absent(place, "I am not in it", bot), _kind(channel)
    return None, _kind(channel)


def _absent(place: Place, words: str, bot: str) -> Finding:
    return _about(place, words, f"type `/invite @{bot}` there, or {place.choice}")


def _about(
    place: Place, words: str, fix: str, make: Callable[[str, str, str, str], Finding] = bad
) -> Finding:
    return make("Channel", f"({place.use}): {words}", fix, place.channel)


def _summary(seen: int, unseen: int, *, is_well: bool) -> Iterator[Finding]:
    if is_well:
        count = "the one" if seen == 1 else f"all {seen}"
        rest = f"; {unseen} more were not looked at" if unseen else ""
        yield good("Channels", f"I am in {count} that I post in{rest}")
    elif unseen:
        yield poor("Channels", f"{unseen} more were not looked at", "mend these first")
