"""What people are called, and where a text says it: by a capital letter, for many a name is a word as well."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

_BESIDE = re.compile(r"[(\[{|/@•:;–—]|\s-\s")
"""Where in a directory a name ends and something else begins: (she/her), | Support, @ Lisbon."""
_IN_NAMES, _IN_WORDS = "_.-'’·", "'’-"
"""Signs that stand within."""
_BEFORE = re.compile(r"^[\W\d_]+")
_POSSESSIVE = re.compile(r"['’]s$")
_TITLES = frozenset(("dr", "prof", "mr", "mrs", "ms", "mx", "sir", "herr", "frau"))


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OPENINGS = _listed(
    """a al all an as at bin da das de den der des di die do du el es hay he her his il in it
    its la le lo los man may me mi min most my no of on or our san se so son st su that the
    they this to un una use van von we when with work yo you"""
)
"""Words with which sentences begin, and which are parts of names: there they say nothing."""
_CAPITALS = _listed(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday easter christmas english french
    german spanish italian dutch irish welsh scott london paris berlin sydney austin houston
    jordan israel india china chelsea holland america europe asia java ruby jenkins slack apple
    emea apac"""
)
"""Words that have a capital letter whatever they mean: only a whole name with them is a name."""
_WORDS = _listed(
    """angel archer art baker bank barber bauer bell berg best bill bishop black bond booker bright
    brook brown bush butler cash chance chase christian church clay close coach cook cooper cross
    customer day dean desk drew drum english fair faith farmer field fine fischer fisher flowers
    ford forest fox frank free freeman freedom friend gale gardener gene glad glass gold good grace
    grant gray green grey guy hall hand hardy harmony head heart help hill holiday hope house
    hunter iris ivy jack jewel joy judge justice kaiser king koch kurz lake lane lang law lead
    leader lily long love major manager mark marsh mason max meister merit merry miles mill miller
    noble norm north page park parker pat patience peace pearl penny people peters pike pleasant
    pool porter post potter power price pride prince quick ray reason reed rich richter rob robin
    rock rose rush sage schneider sharp shepherd short silver skip smart snow south spring star
    stein stern still stone storm strong sue summer sunny support swift taylor team trainer true
    turner underwood victor vogel walker ward waters weaver weber west white will winner winter wise
    wolf wood woods work worth young zimmermann"""
)
"""Words that are names as well, some of them nouns that German begins with a capital letter."""
_DETERMINERS = _listed(
    """a an any das dein dem den der des die ein eine einem einen einer every her his its kein
    keine mein meine meinem meinen meiner my no our some the their this unser unsere unserem
    unseren unserer your"""
)
_ACTS = _listed(
    """acts always answers asks believes can cares could decides does encourages explains gets gives
    has helps inspires is keeps knows leads lets likes listens looks makes manages motivates
    never notices often praises respects responds runs says sees shares should shows speaks supports
    takes talks teaches tells thanks thinks treats trusts understands usually wants was works would"""
)
"""What people do, in statements about one of them."""


class _Said(NamedTuple):
    """A word in a text, without its 's; `before` and `after` are its neighbours in small letters, "" at the end of a sentence."""

    word: str
    before: str
    after: str
    owns: bool


def called(said: str) -> str:
    """Return what a person is called, without what directories put beside it: "Larsson, Bo (he/him)" is Bo Larsson; "" where it has no letters."""
    name = _BESIDE.split(unicodedata.normalize("NFKC", said), maxsplit=1)[0]
    last, _, first = (part.strip() for part in name.partition(","))
    words = _runs(f"{first} {last}" if first and " " not in last else last, _IN_NAMES)
    words = [word for word in words if word.casefold().strip(".") not in _TITLES] or words
    shown = " ".join(words)
    return shown.title() if len(words) > 1 and shown.isupper() else shown


def is_of_word(sign: str, others: str) -> bool:
    """Return whether a sign may stand in a word: a letter, a number, a mark on one, what nobody sees, or one of `others`."""
    return (
        sign.isalnum() or sign in others or unicodedata.category(sign) in ("Mn", "Mc", "Me", "Cf")
    )


def name_in(text: str, names: Iterable[str]) -> str | None:
    """Return the name in a text: a whole one of several words however it is written, or a single part as it is written.

    A part that is a word as well counts where a word would have no capital letter. Where a sentence begins every word may
    have one: there a part counts if what follows is what people do, in small letters too unless it is a word as well. A whole name made of such words counts as it is written.
    """
    said = list(_words(text))
    as_written = f" {' '.join(each.word for each in said)} "
    in_small = as_written.casefold()
    is_title = sum(each.word[0].isupper() for each in said) * 2 > len(said) > 1
    telling = {each.word.casefold() for each in said if _is_telling(each, is_title=is_title)}
    for name in names:
        parts = name.split()
        whole = f" {' '.join(parts)} "
        is_there = len(parts) > 1 and whole.casefold() in in_small
        if is_there and (whole in as_written or not all(map(_is_word, parts))):
            return name
        if found := next((part for part in parts if part.casefold() in telling), None):
            return found
    return None


def _is_telling(said: _Said, *, is_title: bool) -> bool:
    """Return whether a word, if anybody has it in their name, is that name here."""
    word = said.word
    small = word.casefold()
    if len(word) < 2 or small in _CAPITALS:
        return False
    if not word[0].isupper():
        return not said.before and said.after in _ACTS and not _is_word(word)
    if not said.before and small in _OPENINGS:
        return False
    if not said.before:
        return said.owns or said.after in _ACTS
    if said.owns or not _is_word(word):
        return True
    return not is_title and said.before not in _DETERMINERS


def _is_word(part: str) -> bool:
    return part.casefold() in _WORDS | _OPENINGS | _CAPITALS


def _runs(text: str, others: str) -> list[str]:
    """Return the words of a text, from their first letter on."""
    runs = groupby(text, lambda sign: is_of_word(sign, others))
    words = (_BEFORE.sub("", "".join(signs)) for is_word, signs in runs if is_word)
    return [word for word in words if word]


def _words(text: str) -> Iterator[_Said]:
    """Yield the words of a text; a sentence ends with . ! ? or :."""
    for sentence in re.split(r"[.!?:]\s", text):
        found = _runs(sentence, _IN_WORDS)
        words = [_POSSESSIVE.sub("", word) for word in found]
        small = ["", *(word.casefold() for word in words), ""]
        for at, word in enumerate(words):
            yield _Said(word, small[at], small[at + 2], owns=word != found[at])
