"""What a person asks of `/agenda`, read forgivingly from words."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.words import quoted, suggest
from bot.errors import Refused


class Verb(StrEnum):
    """What is to be done."""

    LIST = "list"
    PREVIEW = "preview"
    SCHEDULE = "schedule"
    EDIT = "edit"
    ADD = "add"
    POST = "post now"
    SKIP = "skip"
    POSTPONE = "postpone"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    HISTORY = "history"
    TEMPLATES = "templates"
    HELP = "help"


_VERBS = {
    **{verb.value: verb for verb in Verb},
    "post": Verb.POST,
    "change": Verb.EDIT,
    "new": Verb.SCHEDULE,
    "move": Verb.POSTPONE,
    "show": Verb.PREVIEW,
    "stop": Verb.CANCEL,
    "delete": Verb.CANCEL,
    "remove": Verb.CANCEL,
    "unpause": Verb.RESUME,
    "start": Verb.RESUME,
    "notes": Verb.HISTORY,
    "past": Verb.HISTORY,
    "template": Verb.TEMPLATES,
    "all": Verb.LIST,
    "?": Verb.HELP,
}
_CLOSING = {"close", "closed", "end", "finish"}
_ALONE = {Verb.LIST, Verb.HELP, Verb.TEMPLATES}
_FILLERS = {"next", "the", "now", "meeting", "agenda", "series", "for", "of", "please"}
_NOW = re.compile(r"(?:^|\s+)now\W*$", re.IGNORECASE)
_WHEN = re.compile(r"(?:^|\s+)(?:to|until|till)\s.*$", re.IGNORECASE)
_NEXT = {"one", "it", "this", "that"}  # said of the next meeting, where nothing else is
_NUMBER = re.compile(r"#?(\d{1,9})")
_ADDRESSED = re.compile(
    r"(?:to )?#(\d{1,9})[:,]?(?:\s+|$)|(?:to )?(\d{1,9}):\s+(?=\S)", re.IGNORECASE
)

_PRIVATE = re.compile(r"(?:private(?:ly)?|secret)\s*(?::|[-–—]\s)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """A verb; the series it is about, by number or title, empty where none is named; and what is to be added, for the owner alone or for all."""

    verb: Verb
    series: str = ""
    text: str = ""
    is_private: bool = False


def parse_request(words: str) -> Request:
    """Read what follows `/agenda`; `Refused` says which word was not understood and what would work."""
    verb, rest = _take_verb(words.strip())
    if verb is Verb.ADD:
        return _addition(rest)
    if verb in _ALONE:
        return Request(verb)
    if verb is Verb.POST:  # "post #3 now"
        rest = _NOW.sub("", rest)
    if verb is Verb.POSTPONE:  # "postpone #3 to friday": the form asks when
        rest = _WHEN.sub("", rest)
    return Request(verb, _series(rest))


def _take_verb(words: str) -> tuple[Verb, str]:
    """Take the verb from the front ("skip 3", "post now") or the end ("3 skip")."""
    if not words:
        return Verb.LIST, ""
    for length in (2, 1):
        first = words.split(maxsplit=length)
        if len(first) >= length and (verb := _verb(" ".join(first[:length]))):
            return verb, first[length] if len(first) > length else ""
    for length in (2, 1):
        front, *last = words.rsplit(maxsplit=length)
        if len(last) == length and (verb := _verb(" ".join(last))) not in (None, Verb.ADD):
            return verb, front
    if _NUMBER.fullmatch(words):
        return Verb.PREVIEW, words
    raise Refused(_not_understood(words))


def _verb(word: str) -> Verb | None:
    return _VERBS.get(word.casefold().strip(":.,!"))


def _not_understood(words: str) -> str:
    word = words.split()[0]
    if word.casefold().strip(":.,!") in _CLOSING:
        hint = "The button *Close meeting* of its agenda closes a meeting."
        return f"I do not know {quoted(word)}. {hint} `/agenda help` shows what works."
    near = suggest(word, _VERBS)
    hint = (
        f"Did you mean `/agenda {_VERBS[near]}`?"
        if near
        else f"To add a point, type `/agenda add {' '.join(words.split())[:40]}`."
    )
    return f"I do not know {quoted(word)}. {hint} `/agenda help` shows what works."


def _addition(rest: str) -> Request:
    """Read "#3 the new rota", "private: their pay" and "the new rota"; a number alone belongs to the point: "3 things went wrong"."""
    addressed = _ADDRESSED.match(rest)
    series = (addressed[1] or addressed[2]) if addressed else ""
    text = rest[addressed.end() :] if addressed else rest
    private = _PRIVATE.match(text)
    return Request(Verb.ADD, series, text[private.end() :] if private else text, bool(private))


def _series(rest: str) -> str:
    """Return what is left of a title or number when the words around it are taken away."""
    words = rest.rstrip(" .,;:!?").split()
    if words and words[-1].casefold() == "please":
        words.pop()
    while words and words[0].casefold() in _FILLERS:
        words.pop(0)
    named = " ".join(words).rstrip(" .,;:!?")
    return "" if named.casefold() in _NEXT else named
