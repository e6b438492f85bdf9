"""Mentions in what people write without their name: of people, whole groups and channels, and addresses."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Set

from bot.domain.naming import is_of_word

_AT = "@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}"
"""What NFKC makes an @: people type it, and Slack may read it."""
_MARKED = rf"<(?:[{_AT}#!]|mailto:)[^>\n]*>"
_TRACE = re.compile(rf"{_MARKED}|[{_AT}]")
_SOMEBODY, _ADDRESS = "(somebody)", "(an address)"
_INSIDE = "_.-'’·"
"""Signs within names and addresses."""
_PARTING = f',“”„«»()[]"*~{_INSIDE}'
_IN_ADDRESSES = "_.-'+%"
_POSSESSIVES = ("'s", "’s")


class Mentions:
    """Takes mentions out of texts, the people whose names are known by their whole names."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = defaultdict[str, list[Set[str]]](list)
        for name in names:
            parts = frozenset(map(_folded, name.split()))
            for part in parts:
                self._names[part].append(parts)

    def taken_out(self, text: str) -> str:
        """Return a text in which nobody and no channel is mentioned, and no address stands.

        What Slack writes as <@U…>, <#C…> or <!…> is one word, "(somebody)", and so is what stands at an @: the word that
        touches it before, and the word after it, with those that go on with a name that is known. A text with neither
        stays as it is.
        """
        kept, begin = list[str](), 0
        for trace in _TRACE.finditer(text):
            if trace.start() < begin:
                continue  # within what was taken out
            start, end, instead = self._span(text, begin, trace)
            kept += [text[begin:start], instead]
            begin = end
        return "".join((*kept, text[begin:]))

    def _span(self, text: str, begin: int, trace: re.Match[str]) -> tuple[int, int, str]:
        """Return from where to where a mention goes, and what stands in its place."""
        at, after = trace.span()
        if after - at > 1:
            return at, after, _ADDRESS if text.startswith("<mailto", at) else _SOMEBODY
        start = at
        while start > begin and is_of_word(text[start - 1], _IN_ADDRESSES):
            start -= 1
        end = _word_end(text, after)
        if start < at and "." in text[after:end]:
            return start, end, _ADDRESS
        if end == after and (end := self._named_end(text, after)) == after:
            return at, after, text[at:after]  # a sign by itself
        return start, self._whole_end(text, after, end), _SOMEBODY

    def _named_end(self, text: str, after: int) -> int:
        """Return where a word that is parted from its @ ends, if it is of a name that is known; else where it was."""
        begin = _gap_end(text, after)
        end = _word_end(text, begin)
        return end if _folded(text[begin:end]) in self._names else after

    def _whole_end(self, text: str, begin: int, end: int) -> int:
        """Return where a name ends whose first word is found from `begin` to `end`: with all words that one known has."""
        first = _folded(text[_gap_end(text, begin) : end])
        said, meant = {first}, self._names.get(first, [])
        while meant:
            begin = _gap_end(text, end)
            following = _word_end(text, begin)
            said.add(_folded(text[begin:following]))
            meant = [parts for parts in meant if begin < following and _are_of(said, parts)]
            end = following if meant else end
        return end


def _are_of(said: Set[str], parts: Set[str]) -> bool:
    """Return whether all words may be of a name: a single letter is the initial of one."""
    return all(
        word in parts or (len(word) == 1 and any(part.startswith(word) for part in parts))
        for word in said
    )


def _folded(word: str) -> str:
    """Return a word as names are compared: without case, marks on letters, and signs that nobody sees."""
    plain = unicodedata.normalize("NFKD", word).casefold().replace("’", "'")
    seen = (sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    return "".join(seen).strip(_INSIDE)


def _word_end(text: str, begin: int) -> int:
    """Return where a word ends that begins somewhere: without the stop and the 's behind it; `begin` where none does."""
    end = begin
    while end < len(text) and is_of_word(text[end], _INSIDE):
        end += 1
    word = text[begin:end].rstrip(_INSIDE.replace("_", ""))
    if not any(sign.isalnum() or sign == "_" for sign in word):
        return begin
    return begin + len(word) - (2 if word.endswith(_POSSESSIVES) else 0)


def _gap_end(text: str, begin: int) -> int:
    """Return where what parts two words of a name ends: spaces, a comma, a quote or bracket, the stop of an initial, signs that nobody sees."""
    while begin < len(text) and _is_gap(text[begin]):
        begin += 1
    return begin


def _is_gap(sign: str) -> bool:
    return sign.isspace() or sign in _PARTING or unicodedata.category(sign) == "Cf"
