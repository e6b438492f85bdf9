"""What keeps coming up: which texts are about the same, and in how many meetings it was said.

Two texts are about the same when they are the same but for case and signs, when they share two telling words that
stand side by side ("access requests"), or when all telling words of one are in the other ("Onboarding" and "onboarding
is slow"). Half of the words is no measure: most short sentences about a night rota have those two in common.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

_TELLING = 4  # letters; shorter words are about nothing, or too much
_COMMON = frozenset(
    (
        *("about", "after", "again", "also", "been", "blocker", "blocked", "could", "does", "doing"),
        *("done", "from", "gets", "have", "into", "just", "like", "long", "made", "make", "many"),
        *("more", "most", "much", "need", "next", "only", "over", "people", "should", "some"),
        *("still", "such", "take", "taken", "than", "that", "their", "them", "then", "there"),
        *("these", "they", "this", "those", "time", "took", "until", "very", "want", "week", "were"),
        *("what", "when", "where", "which", "while", "will", "with", "would", "your"),
        *("day", "days", "month", "year", "today", "tomorrow", "yesterday"),
    )
)  # fmt: skip
_ANSWERS = frozenset(("yes", "no", "ok", "okay", "done", "none", "nothing", "thanks", "fine", "same"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """What a text is about: all its words, the telling ones, and which of those stand side by side."""

    words: tuple[str, ...]
    telling: frozenset[str]
    pairs: frozenset[tuple[str, str]]

    def is_like(self, other: "_Said") -> bool:
        if self.pairs & other.pairs:
            return True
        if self.telling and other.telling:
            return self.telling <= other.telling or other.telling <= self.telling
        return self.words == other.words and not _ANSWERS.issuperset(self.words)


@dataclass(slots=True)
class _Topic:
    text: str
    said: list[_Said] = field(default_factory=list)
    meetings: set[int] = field(default_factory=set)


def repeated(said: Iterable[tuple[int, str]], most: int = 5) -> tuple[tuple[str, int], ...]:
    """Return what came up in several meetings, given (meeting, text) pairs: the first wording, and in how many."""
    topics: list[_Topic] = []
    for meeting, text in said:
        about = _read(text)
        topic = next((one for one in topics if any(map(about.is_like, one.said))), None)
        if topic is None:
            topic = _Topic(text)
            topics.append(topic)
        topic.meetings.add(meeting)
        if about not in topic.said:
            topic.said.append(about)
    often = [topic for topic in topics if len(topic.meetings) > 1]
    often.sort(key=lambda topic: -len(topic.meetings))
    return tuple((topic.text, len(topic.meetings)) for topic in often[:most])


def _read(text: str) -> _Said:
    runs = [_words(run) for run in re.split(r"[^\w\s'’-]+", text.casefold())]
    words = tuple(word for run in runs for word in run)
    pairs = (pair for run in runs for pair in pairwise(run) if all(map(_is_telling, pair)))
    return _Said(words, frozenset(filter(_is_telling, words)), frozenset(pairs))


def _words(text: str) -> list[str]:
    """Return words, one and many alike: "request" for "requests"."""
    return [_singular(word) for word in re.findall(r"\w+", text)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _TELLING and re.search(r"[^s]s$", word) else word


def _is_telling(word: str) -> bool:
    return len(word) >= _TELLING and word not in _COMMON
