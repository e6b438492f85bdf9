"""What a person asks of `/action`, read forgivingly from words; the same words come back from its buttons.

`done 12`, `#12 done`, `ACT-12 is done` and `mark 12 as done` are one errand. People are mentions, as Slack sends them
to a command that asks for them; in what is to be done, mentions and links become plain words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.day import parse_day, take_day
from bot.domain.words import quoted, suggest
from bot.errors import Refused

LONGEST_TEXT = 500
_LONGEST = 3_000


class Verb(StrEnum):
    """What is to be done; the value is how it is written."""

    MINE = "mine"
    OVERDUE = "overdue"
    ALL = "all"
    ADD = "add"
    SHOW = "show"
    DONE = "done"
    VERIFY = "verify"
    REOPEN = "reopen"
    DROP = "drop"
    SNOOZE = "snooze"
    DUE = "due"
    GIVE = "give"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked: a verb and, as far as they were said, the action's number, words, a person and a day.

    `text` is what is to be done, or the reason or remark to a change; `day` the due day or the end of a snooze, None
    for none at all; `start` how many lines of a list are left out.
    """

    verb: Verb
    number: int | None = None
    text: str = ""
    owner: str | None = None
    day: date | None = None
    start: int = 0

    def words(self) -> str:
        """Return words that `parse_errand` reads back as this list, or as the look at one action."""
        parts = [
            self.verb if self.number is None else str(self.number),
            f"<@{self.owner}>" if self.owner else "",
            f"from {self.start + 1}" if self.start else "",
        ]
        return " ".join(part for part in parts if part)


_WORDS = {
    **{verb.value: verb for verb in Verb},
    **dict.fromkeys(("my", "me", "list", "todo", "open"), Verb.MINE),
    "late": Verb.OVERDUE,
    **dict.fromkeys(("everybody", "everyone", "team"), Verb.ALL),
    **dict.fromkeys(("new", "create"), Verb.ADD),
    **dict.fromkeys(("info", "details", "history"), Verb.SHOW),
    **dict.fromkeys(("did", "finish", "finished", "complete", "completed", "close"), Verb.DONE),
    **dict.fromkeys(("closed", "solved", "resolve", "resolved", "✅", "✓"), Verb.DONE),
    **dict.fromkeys(("verified", "confirm", "confirmed", "approve", "accept"), Verb.VERIFY),
    **dict.fromkeys(("undo", "undone", "back"), Verb.REOPEN),
    **dict.fromkeys(("dropped", "cancel", "delete", "remove", "wontdo"), Verb.DROP),
    **dict.fromkeys(("later", "remind"), Verb.SNOOZE),
    **dict.fromkeys(("deadline", "postpone", "move", "until"), Verb.DUE),
    **dict.fromkeys(("assign", "reassign", "pass", "owner"), Verb.GIVE),
    "?": Verb.HELP,
}
LISTS = frozenset({Verb.MINE, Verb.OVERDUE, Verb.ALL})
_FILLING = frozenset(
    ("action", "item", "number", "nr", "no", "#", "mark", "set", "please", "the", "is", "as", "to")
)
_NUMBER = re.compile(
    r"(?:#|act(?:ion)?[-#]?|nr\.?)?(?P<number>[0-9]{1,9})[:.,;!?)]*", re.IGNORECASE
)
_NOTHING = frozenset({"none", "never", "no", "nothing", "off", "open", "no date", "no due date"})
_FROM = re.compile(r"(?:^|\s+)from (?P<first>[0-9]{1,6})$")

_PERSON = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)(?:\|(?P<name>[^<>]*))?>")
_MARKUP = re.compile(r"<(?P<sign>[@#!]?)(?P<what>[^<>|]*)(?:\|(?P<name>[^<>]*))?>")


def parse_errand(text: str, today: date) -> Errand:
    """Read what follows `/action`; `Refused` says which word was not understood and what would work."""
    if len(text) > _LONGEST:
        raise Refused(f"That is too long. Keep it under {LONGEST_TEXT} characters.")
    words = text.split()
    if not words:
        return Errand(Verb.MINE)
    verb, number, rest = _read(words)
    if verb is None and _PERSON.fullmatch(words[0]):
        verb, rest = (Verb.ALL, words) if len(words) == 1 else (Verb.ADD, words)
    if verb is None and number is not None and not rest:
        verb = Verb.SHOW
    if verb is None:
        raise Refused(_not_understood(text, words, number))
    return _BY_VERB.get(verb, _about_one)(_Asked(verb, number, rest, today))


def plain_text(marked: str) -> str:
    """Return Slack's mrkdwn as plain words: mentions by their names, links by their addresses, nothing that pings."""
    unescaped = _MARKUP.sub(_said, marked)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        unescaped = unescaped.replace(entity, sign)
    return " ".join(unescaped.split())


def _said(found: re.Match[str]) -> str:
    sign, what, name = found["sign"], found["what"], found["name"]
    match sign:
        case "@":
            return f"@{(name or 'somebody').removeprefix('@')}"
        case "#":
            return f"#{name or 'a channel'}"
        case "!":
            return name or f"@{what.partition('^')[0]}"
    return what if re.match(r"https?://|mailto:", what) else found[0]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An errand half read: the verb and number, the words that are left, and the day it is."""

    verb: Verb
    number: int | None
    rest: list[str]
    today: date
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(self.rest))


def _read(words: list[str]) -> tuple[Verb | None, int | None, list[str]]:
    """Take a verb and a number from the front, in either order, with or without words that fill in."""
    verb: Verb | None = None
    number: int | None = None
    for place, word in enumerate(words):
        plain = word.casefold()
        as_number = _NUMBER.fullmatch(word)
        if as_number and number is None:
            number = int(as_number["number"])
        elif verb is None and (meant := _verb(plain)):
            verb = meant
            if verb is Verb.ADD:
                return verb, None, words[place + 1 :]
        elif plain not in _FILLING:
            return verb, number, words[place:]
        if verb is not None and number is not None:
            return verb, number, words[place + 1 :]
    return verb, number, []


def _verb(word: str) -> Verb | None:
    return _WORDS.get(word) or _WORDS.get(word.strip(":.,;!?"))


def _not_understood(text: str, words: list[str], number: int | None) -> str:
    if number is not None:
        return (
            f"{quoted(text)} does not say what to do with #{number}. Try `/action done {number}`, "
            f"`/action snooze {number} 3d` or `/action help`."
        )
    meant = suggest(words[0], _WORDS)
    if meant and len(words) <= 2 and _may_follow(_WORDS[meant], words[1:]):
        whole = quoted(" ".join([_WORDS[meant], *words[1:]]))[1:-1]
        return (
            f"I do not know {quoted(words[0])}. Did you mean `/action {whole}`? See `/action help`."
        )
    if len(words) == 2 and (about := _NUMBER.fullmatch(words[1])):
        return (
            f"I do not know {quoted(words[0])}. `/action {about['number']}` shows that action and "
            "what can be done with it. See `/action help`."
        )
    if len(words) > 1:
        return f"To add it, write `add` before it: `/action add {quoted(text)[1:-1]}`. See `/action help`."
    return f"I do not know {quoted(words[0])}. Try `/action`, `/action add`, `/action done 12` or `/action help`."


def _may_follow(verb: Verb, rest: list[str]) -> bool:
    """Return whether a verb can be meant before these words: a list takes nobody's number."""
    return verb not in LISTS or not any(_NUMBER.fullmatch(word) for word in rest)


# What each verb wants to know.


def _list(asked: _Asked) -> Errand:
    text = asked.text.strip("?!. ")
    found = _FROM.search(text)
    start = max(int(found["first"]) - 1, 0) if found else 0
    text = re.sub(r"^of ", "", text[: found.start()] if found else text)
    owner = _PERSON.fullmatch(text)
    if owner and asked.verb is not Verb.MINE:
        return Errand(asked.verb, owner=owner["id"], start=start)
    if text and not set(text.casefold().split()) <= {"actions", "action", "items", "all", "open"}:
        raise Refused(
            f"I do not know {quoted(text)} there. Try `/action {asked.verb}`, or `/action help`."
        )
    return Errand(asked.verb, start=start)


def _help(_: _Asked) -> Errand:
    return Errand(Verb.HELP)


def _add(asked: _Asked) -> Errand:
    text, owner = _leading_owner(asked.text)
    text, day = take_day(text, asked.today)
    if owner is None:
        text, owner = _trailing_owner(text)
        text, day = (text, day) if day else take_day(text, asked.today)
    text = plain_text(text)
    if len(text) > LONGEST_TEXT:
        raise Refused(
            f"Keep what is to be done under {LONGEST_TEXT} characters; `/action add` alone opens a form with room for a note."
        )
    return Errand(Verb.ADD, text=text, owner=owner, day=day)


def _leading_owner(text: str) -> tuple[str, str | None]:
    found = _PERSON.match(text)
    if found is None:
        if text.startswith("@"):
            raise Refused(
                f"Slack does not know {quoted(text.split()[0])}. Type @ and choose the person from the list."
            )
        return text, None
    rest = text[found.end() :].lstrip(" :,;-")
    if _PERSON.match(re.sub(r"^(?:and|&|\+) ", "", rest)):
        raise Refused("An action has one owner. Add it once for each of them.")
    return re.sub(r"^(?:to|should|must|will) ", "", rest), found["id"]


_FOR = re.compile(rf"\s+(?:for|to|owner:?)?\s*{_PERSON.pattern}$", re.IGNORECASE)


def _trailing_owner(text: str) -> tuple[str, str | None]:
    found = _FOR.search(text)
    return (text[: found.start()].rstrip(" ,;:-"), found["id"]) if found else (text, None)


def _about_one(asked: _Asked) -> Errand:
    number = _number(asked)
    remark = plain_text(re.sub(r"^(?:reason:?|[:,-])\s+", "", asked.text, flags=re.IGNORECASE))
    if asked.verb is not Verb.DROP and re.match(r"(?:and |, ?)?#?[0-9]+\b", asked.text):
        raise Refused(f"One at a time, please: `/action {asked.verb} {number}`.")
    return Errand(asked.verb, number, text=remark[:LONGEST_TEXT])


def _snooze(asked: _Asked) -> Errand:
    number, text = _number(asked), _when(asked)
    if text.casefold() in _NOTHING:
        return Errand(Verb.SNOOZE, number)
    return Errand(Verb.SNOOZE, number, day=parse_day(text or "tomorrow", asked.today))


def _due(asked: _Asked) -> Errand:
    number, text = _number(asked), _when(asked)
    if not text:
        raise Refused(f"Due when? For example `/action due {number} friday`, or `none`.")
    if text.casefold() in _NOTHING:
        return Errand(Verb.DUE, number)
    return Errand(Verb.DUE, number, day=parse_day(text, asked.today))


def _give(asked: _Asked) -> Errand:
    number = _number(asked)
    found = _PERSON.search(asked.text)
    if found is None:
        raise Refused(
            f"Give it to whom? For example `/action give {number} @bo`: type @ and choose from the list."
        )
    return Errand(Verb.GIVE, number, owner=found["id"])


def _number(asked: _Asked) -> int:
    if asked.number is not None:
        return asked.number
    found = next(filter(None, map(_NUMBER.fullmatch, asked.rest)), None)
    if found is None:
        raise Refused(
            f"Which action? For example `/action {asked.verb} 12`; `/action` lists yours with their numbers."
        )
    return int(found["number"])


def _when(asked: _Asked) -> str:
    return re.sub(r"^(?:for|to|till|until|by|on)\s+|[.!?]+$", "", asked.text, flags=re.IGNORECASE)


_BY_VERB: dict[Verb, Callable[[_Asked], Errand]] = {
    **dict.fromkeys(LISTS, _list),
    Verb.HELP: _help,
    Verb.ADD: _add,
    Verb.SNOOZE: _snooze,
    Verb.DUE: _due,
    Verb.GIVE: _give,
}
