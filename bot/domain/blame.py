"""Words that say who instead of what: found in an analysis, with neutral ones to put in their place.

It only ever advises. The list is short and its own; nothing is looked up anywhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """Words that blame somebody, and what could be written instead."""

    found: str
    instead: str


_WHO = (
    r"(?:the |an? |our |some )?(?:(?:on-?call|junior|senior|night|network|cloud|support|new) )*"
    r"(?:engineer|operator|admin(?:istrator)?|developer|technician|agent|colleague|intern|contractor|"
    r"employee|team lead|manager|somebody|someone)|he|she|they|@[\w.-]+|<@[A-Z0-9]+>"
)
_NAME = r"(?!The\b|It\b|We\b|This\b|That\b|Nobody\b|And\b|But\b|When\b)[A-Z][a-z]+(?: [A-Z][a-z]+)?"
_BLAMES = (
    r"forgot|neglected|ignored|messed up|screwed up|botched|should(?:n['’]t| not)? have|"
    r"(?:did not|didn['’]t) (?:bother|think|care|pay attention|follow|read|check)|"
    r"failed to (?:follow|check|read|notice|tell|ask|test|verify|inform)|made (?:a|the) mistake|"
    r"was (?:careless|negligent|sloppy|lazy|inattentive|distracted|reckless|at fault|to blame)"
)
_UNKIND = (
    r"careless(?:ness|ly)?|negligen(?:ce|t|tly)|sloppy|sloppiness|lazy|laziness|incompeten(?:ce|t)|"
    r"reckless(?:ly|ness)?|inattenti(?:on|ve)|stupid(?:ity)?|unprofessional"
)
_HINDSIGHT = (
    r"should have (?:known|noticed|checked|tested|asked)|common sense|"
    r"lack of (?:attention|care|discipline|diligence)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, flags), instead)
    for pattern, instead, flags in (
        (
            r"\b(?:human|user|operator|pilot|engineer|admin) (?:error|mistake|failure)s?\b",
            "what made this step easy to get wrong, and what let it through unnoticed",
            re.IGNORECASE,
        ),
        (
            rf"\b(?:{_UNKIND})\b",
            "what the situation looked like to those in it: time, tools, what they could see",
            re.IGNORECASE,
        ),
        (
            r"\b(?:(?:at|whose|his|her|their) fault|to blame|is guilty|was guilty|culprit|blunder)\b",
            "which conditions had to come together",
            re.IGNORECASE,
        ),
        (
            rf"(?<!\w)(?:{_WHO}) (?:{_BLAMES})(?!\w)",
            "“the procedure did not say …”, “nothing checked …”, with the role instead of the person",
            re.IGNORECASE,
        ),
        (
            rf"\b{_NAME} (?:{_BLAMES})(?!\w)",
            "“the procedure did not say …”, “nothing checked …”, with the role instead of the name",
            re.NOFLAG,
        ),
        (
            rf"\b(?:{_HINDSIGHT})\b",
            "what would have made it visible at the time",
            re.IGNORECASE,
        ),
    )
)
_MOST = 5
_LONGEST_FOUND = 60


def find_blame(texts: Iterable[str | None]) -> list[Hint]:
    """Return what in some texts says who instead of what, each wording once, the first few."""
    found: dict[str, Hint] = {}
    for text in texts:
        for pattern, instead in _RULES:
            for match in pattern.finditer(text or ""):
                words = " ".join(match[0].split())[:_LONGEST_FOUND]
                if not any(words.casefold() in known for known in found):
                    found.setdefault(words.casefold(), Hint(words, instead))
    return list(found.values())[:_MOST]
