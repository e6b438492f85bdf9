"""What people ask of `/incident`, by words or by a button: a verb, and which incident or title it is about.

Whatever is neither a verb nor the number of an incident is the title of a new one: nobody has to learn anything
before they can declare. A verb with a number is no title, whatever stands behind the two.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.incident import is_label, read_label
from bot.domain.words import quoted, suggest
from bot.errors import Refused


class Verb(StrEnum):
    """What is to be done; the value is what a button carries, and mostly what people type."""

    DECLARE = "declare"
    DRILL = "drill"
    LATE = "late"
    LIST = "list"
    HELP = "help"

    SHOW = "show"
    TIMELINE = "timeline"
    MORE = "more"

    UPDATE = "update"
    SEVERITY = "severity"
    TIMES = "times"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    NOTE = "note"
    LEAD = "lead"
    COMMS = "comms"
    PEOPLE = "people"
    WHAT = "title"
    SNOOZE = "snooze"
    DUPLICATE = "duplicate"
    RESTRICT = "restrict"
    SERVICE = "service"

    TAKE = "take"
    JOIN = "join"
    LEAVE = "leave"
    MITIGATE = "mitigate"
    CLOSE = "close"
    FALSE_ALARM = "false_alarm"
    UNVOID = "unvoid"
    REPEAT = "repeat"
    NO_REPEAT = "no_repeat"
    SAME = "same"
    REPOST = "repost"
    PUSH = "push"
    EXPORT = "export"


WINDOWS = frozenset({Verb.SHOW, Verb.TIMELINE, Verb.MORE, Verb.EXPORT})
"""What ends in a window to read in."""
FORMS = frozenset(
    {
        *(Verb.UPDATE, Verb.SEVERITY, Verb.TIMES, Verb.RESOLVE, Verb.REOPEN, Verb.NOTE),
        *(Verb.LEAD, Verb.COMMS, Verb.PEOPLE, Verb.WHAT, Verb.SNOOZE),
        *(Verb.DUPLICATE, Verb.RESTRICT, Verb.SERVICE),
    }
)
"""What opens a form to fill in. The rest is done at once."""

_ALONE = {
    **dict.fromkeys(("list", "open", "all", "ls", "recent"), Verb.LIST),
    **dict.fromkeys(("help", "?"), Verb.HELP),
    **dict.fromkeys(("late", "late log", "log"), Verb.LATE),
    **dict.fromkeys(("drill", "exercise", "test"), Verb.DRILL),
    **dict.fromkeys(("declare", "new", "file", "report"), Verb.DECLARE),
}
_WITH_TITLE = {"late": Verb.LATE, "drill": Verb.DRILL, "declare": Verb.DECLARE}
_ON_ONE = {
    **dict.fromkeys(("show", "card", "status"), Verb.SHOW),
    **dict.fromkeys(("take", "lead"), Verb.TAKE),
    **dict.fromkeys(("resolve", "resolved", "solve", "solved", "done"), Verb.RESOLVE),
    **dict.fromkeys(("severity", "sev"), Verb.SEVERITY),
    **dict.fromkeys(("times", "time"), Verb.TIMES),
    **dict.fromkeys(("service", "service times"), Verb.SERVICE),
    **dict.fromkeys(("timeline", "history"), Verb.TIMELINE),
    **dict.fromkeys(("note", "pin"), Verb.NOTE),
    **dict.fromkeys(("title", "rename", "services"), Verb.WHAT),
    **dict.fromkeys(("mitigate", "mitigated"), Verb.MITIGATE),
    **dict.fromkeys(("hand over", "handover"), Verb.LEAD),
    **dict.fromkeys(("false alarm", "false_alarm"), Verb.FALSE_ALARM),
    **{
        verb.value: verb
        for verb in (
            *(Verb.UPDATE, Verb.REOPEN, Verb.CLOSE, Verb.JOIN, Verb.LEAVE),
            *(Verb.SNOOZE, Verb.PUSH, Verb.RESTRICT, Verb.DUPLICATE, Verb.MORE, Verb.EXPORT),
        )
    },
}
_SPOILT = re.compile(
    r"#\S*|[0-9]+|(?:inc|incident|drill|sec)[-_#]\S*|(?:inc|sec)[0-9]+\S*", re.IGNORECASE
)

_POLITE = re.compile(r"[ ,.!]+(?:please|pls|thanks|thank you)[ .!]*$", re.IGNORECASE)
_FILLING = frozenset(
    ("incident", "incidents", "me", "the")
)  # beside words such as "list" and "open"
_TITLES_TOO = frozenset(("card", "lead", "pin", "service", "services", "sev", "severity", "status", "time"))  # fmt: skip
"""Verbs that begin many a title: "sev 1 outage", "status 500 from the api"."""
_VERBS = "|".join(sorted(_ON_ONE, key=len, reverse=True))
_NUMBERS = r"(?:(?:inc(?:ident)?|drill|sec)[ _#-]*|#)?[0-9]{1,9}"
_WITH_WORDS = re.compile(
    rf"(?:(?P<verb>{_VERBS}) (?P<label>{_NUMBERS})|(?P<number>{_NUMBERS}) (?P<then>{_VERBS}))"
    r"(?:[:,;.!]+ ?| )(?P<text>\S.*)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?P<label>(?:#|(?:inc(?:ident)?|drill|sec)[ _#-]*)[0-9]{1,9})[:,;.!]* .+", re.IGNORECASE
)
_BESIDE_NUMBER = re.compile(r"(?P<typed>[^\W\d]+(?: [^\W\d]+)?) (?P<label>\S*\d)")


@dataclass(frozen=True, slots=True)
class Request:
    """A verb; the incident it is about, as it was typed; the title of a new one; and what else may have been meant.

    `text` is what stands behind a verb and a number.
    """

    verb: Verb
    label: str = ""
    title: str = ""
    hint: str = ""
    text: str = ""


def parse_request(words: str) -> Request:
    """Read what follows `/incident`; `Refused` for what can only be a slip, with what would work."""
    words = " ".join(words.split())
    if not words:
        return Request(Verb.DECLARE)
    plain = _POLITE.sub("", words)
    spelling = plain.casefold().strip(" .,:;!")
    if verb := _alone(spelling):
        return Request(verb)
    if is_label(spelling):
        return Request(Verb.SHOW, spelling)
    if spelling in _ON_ONE:
        raise Refused(f"Which one? `/incident {spelling} 7` works; `/incident list` has them.")
    if about := _about_one(spelling) or _with_words(plain):
        return about
    if _SPOILT.fullmatch(spelling):
        read_label(words)  # says what would work
    return _new(words)


def _alone(spelling: str) -> Verb | None:
    """Read "list", "list open", "open incidents"."""
    if spelling in _ALONE:
        return _ALONE[spelling]
    said = {_ALONE.get(word) for word in spelling.split() if word not in _FILLING}
    return said.pop() if len(said) == 1 else None


def _about_one(spelling: str) -> Request | None:
    """Read "resolve 7" and "7 resolve"."""
    front, _, last = spelling.rpartition(" ")
    first, _, rest = spelling.partition(" ")
    for verb, label in ((first, rest), (front, last), (last, front), (rest, first)):
        if verb in _ON_ONE and is_label(label):
            return Request(_ON_ONE[verb], label)
    return None


def _with_words(words: str) -> Request | None:
    """Read "update 7 we are back": the words behind are for the form; what has none takes no words."""
    found = _WITH_WORDS.fullmatch(words)
    if found is None:
        return None
    typed = (found["verb"] or found["then"]).casefold()
    label = (found["label"] or found["number"]).casefold()
    verb = _ON_ONE[typed]
    if typed in _TITLES_TOO:
        hint = f"Did you mean `/incident {typed} {label}`? This form declares {quoted(words)}."
        return Request(Verb.DECLARE, title=words, hint=hint)
    if verb not in FORMS | WINDOWS:
        raise Refused(
            f"`/incident {typed} {label}` takes no more words: it is done at once. To declare {quoted(words)}, write `/incident declare` before it."
        )
    return Request(verb, label, text=found["text"])


def _named_in(words: str) -> str:
    """Return the incident with whose number a title begins: "INC-7 is back"."""
    found = _NAMED.fullmatch(words)
    return found["label"] if found else ""


def _half_said(first: str, rest: str) -> str:
    """Return what was meant by "resolve seven" or "7 8", which name no one incident."""
    if is_label(first) and is_label(rest):
        return first
    verb = first.casefold()
    return f"{verb} NUMBER" if verb in _ON_ONE and rest and " " not in rest else ""


def _new(words: str) -> Request:
    first, _, rest = words.partition(" ")
    verb = _WITH_TITLE.get(first.casefold().strip(":,"))
    if verb and rest:
        return Request(verb, title=rest.strip())
    typed, number = words, ""
    if (one := _BESIDE_NUMBER.fullmatch(words)) and is_label(one["label"]):
        typed, number = one["typed"], f" {one['label']}"
    known = list(_ON_ONE) if number else [*_ALONE, *_ON_ONE]
    near = suggest(typed, known) if (not rest or number) and len(typed) > 2 else None
    near = near + number if near else _named_in(words) or _half_said(first, rest)
    hint = f"Did you mean `/incident {near}`? This form declares {quoted(words)}." if near else ""
    return Request(Verb.DECLARE, title=words, hint=hint)
