"""What somebody wrote in Slack, as words: mentions and links become what people read, so that they cannot act again."""

import re

from bot.errors import Refused
from bot.slack.people import WhoIs

_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)")  # what Slack adds to what people type
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


async def as_said(text: str, whois: WhoIs) -> str:
    """Return a message's text as it reads: "@Bo look at #ops" for "<@U0BO> look at <#C0OPS|ops>"."""
    mentioned = {found[2] for found in _MARK.finditer(text) if found[1] == "@"}
    names = {person: await _name(person, whois) for person in sorted(mentioned)}
    said = _MARK.sub(lambda found: _words(found, names), text)
    for escape, sign in _ESCAPES:
        said = said.replace(escape, sign)
    return said


async def _name(person: str, whois: WhoIs) -> str:
    try:
        return (await whois(person)).name
    except Refused:
        return ""


def _words(found: re.Match[str], names: dict[str, str]) -> str:
    kind, what, label = found[1], found[2], found[3]
    match kind:
        case "@":
            return f"@{names.get(what) or label or what}"
        case "#":
            return f"#{label or what}"
        case "!":
            return _special(what, label)
    return label if label and _SCHEME.sub("", what) == label else _link(what, label)


def _link(what: str, label: str | None) -> str:
    return f"{label} ({what})" if label and label != what else what


def _special(what: str, label: str | None) -> str:
    word, *rest = what.split("^")
    if word == "date" and label:
        return label
    return label or f"@{rest[0] if word == 'subteam' and rest else word}"
