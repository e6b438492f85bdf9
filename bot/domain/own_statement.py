"""Statements that managers write themselves for a pulse: what cannot be asked, and what could be asked better."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from bot.domain.naming import name_in
from bot.domain.question_bank import BANK, Statement, Theme
from bot.domain.words import storable
from bot.errors import Refused

SHORTEST, LONGEST = 10, 120  # characters
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"\b(?:and|or|as well as)\b|[&/;]", re.IGNORECASE),
        "This may ask two things at once, and nobody could tell which one was answered. One subject a statement reads best.",
    ),
    (
        re.compile(r"\b(?:not|never|no|nobody|hardly|rarely|cannot|\w+n['’]t)\b", re.IGNORECASE),
        "Agreeing counts as good news. Word it so that 5 is what you hope for.",
    ),
)


def own_statement(text: str, names: Iterable[str] = ()) -> Statement:
    """Return what a manager wrote as a statement; the same words always make the same one, the bank's own if it has them.

    `Refused` where it is too short or too long, asks a question, mentions anybody, or has one of the people's `names` in
    it, as `bot.domain.naming` finds them. The bank's own statements name nobody, whatever people are called.
    """
    words = " ".join(
        "".join(sign if sign.isprintable() else " " for sign in storable(text)).split()
    )
    known = next((each for each in BANK if _plain(each.text) == _plain(words)), None)
    if problem := _problem(words, () if known else names):
        raise Refused(problem)
    return known or Statement(_own_slug(words), words, Theme.OWN)


def hints(text: str) -> tuple[str, ...]:
    """Return what would make a statement better; none of it must be followed."""
    return tuple(hint for pattern, hint in _HINTS if pattern.search(text))


def _problem(words: str, names: Iterable[str]) -> str | None:
    """Return why a text cannot be asked, and what would work."""
    plain = unicodedata.normalize("NFKC", words)
    if len(words) < SHORTEST or not re.search(r"[^\W\d_]", words):
        return "Write a whole statement, for example “I have the tools that I need for my work.”"
    if len(words) > LONGEST:
        return f"A statement can have {LONGEST} characters; this one has {len(words)}."
    if plain.rstrip(" \"'”’)").endswith(("?", "\N{ARABIC QUESTION MARK}")):
        return "People agree or disagree with it, so write a statement rather than a question: “I get enough time for training.”"
    if re.search(r"@|<[#!]", plain):
        return "A statement mentions nobody: leave out whatever begins with @ or stands in <…>."
    if name := name_in(plain, names):
        return f"A statement names nobody: leave out {name}, or say the role instead."
    return None


def _own_slug(words: str) -> str:
    return f"own_{hashlib.sha256(_plain(words).encode()).hexdigest()[:12]}"


def _plain(text: str) -> str:
    """Return a text as it is compared: without case, punctuation and spacing, but with every mark on a letter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(" " if _is_sign(each) else each for each in folded).split())


def _is_sign(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSZ"
