"""How the bot itself is doing: what the doctor found, and what could not be delivered."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.blocks import kit
from bot.blocks.kit import Block, Message
from bot.blocks.notice import notice
from bot.domain.delivery import DeadLetter, Deliveries, Lost, Retried
from bot.vocabulary import Delivery

RETRY, RETRY_ALL = "playbook.retry", "playbook.retry_all"

_LINES_A_SECTION = 2_800  # characters; a text takes 3,000


class Standing(StrEnum):
    """How something stands."""

    GOOD = "good"
    POOR = "poor"  # it works, but not as it should
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it stands and, where that is not well, what would mend it.

    `channel` is the one it is about, if it is about one, and goes before the words; words and fix are plain text.
    """

    name: str
    standing: Standing
    words: str
    fix: str = ""
    channel: str = ""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to mend."""
        return self.standing is Standing.GOOD


def good(name: str, words: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(name, Standing.GOOD, words)


def poor(name: str, words: str, fix: str, channel: str = "") -> Finding:
    """Return a finding that something is not as it should be, and what would mend it."""
    return Finding(name, Standing.POOR, words, fix, channel)


def bad(name: str, words: str, fix: str, channel: str = "") -> Finding:
    """Return a finding that something does not work, and what would mend it."""
    return Finding(name, Standing.BAD, words, fix, channel)


def verdict(findings: Sequence[Finding]) -> str:
    """Return all findings in one sentence."""
    ill = sum(not finding.is_well for finding in findings)
    if not ill:
        return "Everything works."
    return f"{ill} of {len(findings)} {'needs' if ill == 1 else 'need'} mending."


# --- Why a message was lost -------------------------------------------------------------------------------------------


class Cause(NamedTuple):
    """Why a message was lost in words, and what has to be done before it is tried again."""

    words: str
    fix: str = ""


_INVITE = "type `/invite @{bot}` there"
_MANIFEST = (
    "`python -m bot manifest` prints the manifest with it; update the app and install it again"
)
_ELSEWHERE = "choose another channel"
_TOO_OLD = "it is too old to be sent now"

# Slack's codes in words (slack-platform: 8.4), and the courier's own.
_CAUSES = {
    "broke_off": Cause("the sending broke off"),
    "broken_connection": Cause("the connection to Slack broke"),
    "channel_not_found": Cause("I am not in the channel, or it is gone", _INVITE),
    "invalid_blocks": Cause("Slack refused how it looks"),
    "is_archived": Cause("the channel is archived", f"unarchive it, or {_ELSEWHERE}"),
    "look_broke_off": Cause("my look broke off"),
    "message_not_found": Cause("the message to be changed was deleted"),
    "messages_tab_disabled": Cause(
        "direct messages to me are switched off", "switch the app's Messages Tab on"
    ),
    "missing_scope": Cause("the app lacks a scope", _MANIFEST),
    "not_in_channel": Cause("I am not in the channel", _INVITE),
    "restricted_action": Cause("I may not post there", f"let me post there, or {_ELSEWHERE}"),
    "timeout": Cause("Slack did not answer in time"),
    "too_much_history": Cause("more was said there since than I can search"),
    "tried_too_often": Cause("Slack took it at no attempt of a whole day"),
    "unreachable": Cause("Slack could not be reached for a whole day"),
    "user_disabled": Cause("the account is closed"),
    "user_not_found": Cause("Slack knows no such person"),
}


def cause_of(letter: DeadLetter, bot: str, now: datetime) -> Cause:
    """Return why a message was lost, and what would help now; `bot` is how people in Slack call the bot."""
    code = letter.error or "no reason given"
    words, fix = _CAUSES.get(code, Cause(f"Slack says {code}" if letter.error else code))
    if letter.state is Delivery.UNCERTAIN:
        return Cause(f"it may have arrived, and I could not look: {words}", fix.format(bot=bot))
    if letter.is_too_old(now):
        return Cause(f"{words}; {_TOO_OLD}")
    return Cause(words, fix.format(bot=bot))


def too_old_words(number: int) -> str:
    """Return that messages are of no use any more."""
    return "1 is too old to be sent" if number == 1 else f"{number:,} are too old to be sent"


def attempts_of(letter: DeadLetter) -> str:
    """Return how often a message was tried."""
    return "1 attempt" if letter.attempts == 1 else f"{letter.attempts} attempts"


# --- In Slack ---------------------------------------------------------------------------------------------------------

_ICONS = {Standing.GOOD: "✅", Standing.POOR: "⚠️", Standing.BAD: "❌"}


def deliveries_message(
    findings: Sequence[Finding], deliveries: Deliveries | None, bot: str
) -> Message:
    """Return how the bot is doing: what is to be mended first, then the rest, then the lost messages one by one."""
    ill = [finding for finding in findings if not finding.is_well]
    well = [finding for finding in findings if finding.is_well]
    said = verdict(findings)
    blocks = [
        *(kit.header("Deliveries"), kit.section(f"*{said}*")),
        *(kit.section(text) for text in _texts(map(_line, ill))),
        *(kit.context(text) for text in _texts(map(_line, well))),
    ]
    if deliveries is not None and deliveries.dead:
        blocks += [kit.divider(), *_lost_messages(deliveries, bot)]
    told = " ".join(f"{finding.name}{_words(finding)}." for finding in ill)
    return Message(f"{said} {told}".strip(), blocks)


def _line(finding: Finding) -> str:
    fix = f"\n→ {kit.escape(finding.fix)}" if finding.fix else ""
    return f"{_ICONS[finding.standing]} *{finding.name}*{_words(finding)}{fix}"


def _words(finding: Finding) -> str:
    words = kit.escape(finding.words)
    return f" <#{finding.channel}> {words}" if finding.channel else f": {words}"


def _texts(lines: Iterable[str]) -> Iterator[str]:
    """Join lines to as few texts as Slack takes."""
    text = ""
    for line in lines:
        if text and len(text) + len(line) > _LINES_A_SECTION:
            yield text
            text = ""
        text += f"\n{line}" if text else line
    if text:
        yield text


def _lost_messages(deliveries: Deliveries, bot: str) -> Iterator[Block]:
    dead, total = deliveries.dead, deliveries.lost.total
    yield from (_dead_letter(letter, bot, deliveries.at) for letter in dead)
    notes = []
    if total > len(dead):
        notes.append(f"These are the newest {len(dead)} of {total:,}.")
    if deliveries.lost.uncertain:
        notes.append("What may have arrived is looked for before it is sent again.")
    if notes:
        yield kit.context(" ".join(notes))
    yield kit.actions([kit.button("Try all again", RETRY_ALL)])


def _dead_letter(letter: DeadLetter, bot: str, now: datetime) -> Block:
    cause = cause_of(letter, bot, now)
    fix = f"\n→ {kit.escape(cause.fix)}" if cause.fix else ""
    return kit.section(
        f"*{letter.id}* {_what(letter)}: {kit.escape(cause.words)}{fix}\n"
        f"{_when(letter.settled_at)} · {attempts_of(letter)} · {kit.escape(feature_of(letter))}",
        accessory=kit.button("Try again", f"{RETRY}:{letter.id}", value=str(letter.id)),
    )


def _what(letter: DeadLetter) -> str:
    return INCIDENTS if is_of_incident(letter) else f"to {_target(letter.target)}"


INCIDENTS = "an incident’s message"
"""What is said of a message in place of where it was to go: a restricted incident's channel tells of it."""


def is_of_incident(letter: DeadLetter) -> bool:
    """Return whether a message was an incident's, of which whoever operates the bot may not know."""
    return feature_of(letter) == "incident"


def feature_of(letter: DeadLetter) -> str:
    """Return what a message was of; the rest of its key may hold whom and where it is about."""
    return letter.key.partition(":")[0]


def retried_message(message: int | None, retried: Retried) -> Message:
    """Return what is tried again, one message or all, and what is too old for that."""
    if message is not None and retried.too_old:
        return notice(f"Message {message} is too old to be sent; it is left out.")
    left_out = f"{too_old_words(retried.too_old)}." if retried.too_old else ""
    if not retried.tried:
        return notice(left_out)
    what = f"message {message}" if message is not None else f"{retried.tried} of them"
    trying = f"I am trying {what} again; `/playbook deliveries` shows how it goes."
    return notice(" ".join(filter(None, (trying, left_out))))


def _target(target: str) -> str:
    if target.startswith(("C", "G")):
        return f"<#{target}>"
    if target.startswith("D"):
        return "a direct conversation"
    return ", ".join(f"<@{person}>" for person in target.split(","))


def _when(instant: datetime) -> str:
    return kit.date(instant, "{date_short_pretty} {time}", utc(instant))


def utc(instant: datetime) -> str:
    """Return an instant as it is read in UTC."""
    return f"{instant.day} {instant:%B, %H:%M} UTC"


def news_message(lost: Lost) -> Message:
    """Return for the operators what was lost since they last heard of it."""
    since = f" since {utc(lost.since)}" if lost.since else ""
    parts = []
    if lost.failed:
        parts.append(f"{_messages(lost.failed)} could not be delivered")
    if lost.uncertain:
        parts.append(f"{_messages(lost.uncertain)} may or may not have arrived")
    sentence = f"{', and '.join(parts)}{since}."
    ask = "Managers see why with `/playbook deliveries`, and can try again."
    return Message(f"{sentence} {ask}", [kit.section(f"⚠️ *{sentence}*\n{ask}")])


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"
