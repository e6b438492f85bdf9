"""Words that people mistype: the nearest that would have worked, how a sentence repeats them, and what can be kept."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

_SHOWN = 40
_UNKEPT = re.compile("[\0\ud800-\udfff]")

SMALL_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def suggest(text: str, choices: Iterable[str]) -> str | None:
    """Return the choice nearest to `text`, or None when nothing is near enough to be meant."""
    by_spelling = {choice.casefold(): choice for choice in choices}
    wanted = text.strip().casefold()[: 2 * _SHOWN]
    beginning = [
        spelling for spelling in by_spelling if len(wanted) > 2 and spelling.startswith(wanted)
    ]
    close = beginning[:1] or difflib.get_close_matches(wanted, by_spelling, n=1)
    return by_spelling[close[0]] if close else None


def quoted(text: str) -> str:
    """Return what a person typed as a sentence may repeat it: in quotes, on one line, short."""
    line = " ".join(
        "".join(sign if sign.isprintable() else " " for sign in text[: 4 * _SHOWN]).split()
    )
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"


def storable(text: str) -> str:
    """Return a text without what no database keeps: NUL, which PostgreSQL refuses, and halves of a character's code."""
    return _UNKEPT.sub("", text)


def readable(text: str) -> str:
    """Return free words without control signs other than the end of a line, which no database and no box has room for."""
    kept = (sign for sign in storable(text) if sign == "\n" or unicodedata.category(sign) != "Cc")
    return "".join(kept).strip()
