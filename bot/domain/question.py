"""What a person asks of `/kpi`, read forgivingly from words; the same words bring a card back from a button."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.kpi import Kpi, find_kpi, names_of, plain_name
from bot.domain.period import Period, parse_period, query
from bot.errors import Refused

_TEAM = re.compile(r"""\bteam\s*[:=]\s*(?:"([^"]*)"|(\S*))""", re.IGNORECASE)
_INSTEAD = re.compile(r"\s+instead of\s+(\S+)$", re.IGNORECASE)
_TRAILING = re.compile(r"(?<=\w)[?!.,;]+\s*$")
_VERSUS = re.compile(r"(?:^|\s)(?:vs\.?|versus|compared (?:to|with))(?:\s|$)", re.IGNORECASE)


class Verb(StrEnum):
    """What is to be done with the KPI that is named."""

    SHOW = "show"
    LIST = "list"
    WHY = "why"
    TREND = "trend"
    TEAMS = "teams"
    TARGET = "target"
    HELP = "help"


_VERBS = {
    **{verb.value: verb for verb in Verb},
    "explain": Verb.WHY,
    "all": Verb.LIST,
    "chart": Verb.TREND,
    "?": Verb.HELP,
}
_LONGEST = 400  # characters; reading tries every run of words, so a novel would hold everybody up
_ALONE = {Verb.LIST, Verb.HELP}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a verb, and as far as they are named the KPI, period, comparison, team and a new target
    (`instead_of` the one that stood there, when a button undoes a change)."""

    verb: Verb
    kpi: Kpi | None = None
    period: Period | None = None
    versus: Period | None = None
    team: str | None = None
    value: str | None = None
    instead_of: str | None = None

    def words(self) -> str:
        """Return words that `parse_question` reads back as this question, periods made absolute."""
        parts = [
            "" if self.verb in (Verb.SHOW, Verb.LIST) and self.kpi else self.verb.value,
            self.kpi.slug if self.kpi else "",
            query(self.period) if self.period else "",
            _written(self.team) if self.team else "",
            f"vs {query(self.versus)}" if self.versus else "",
            self.value or "",
            f"instead of {self.instead_of}" if self.instead_of else "",
        ]
        return " ".join(part for part in parts if part)


def _written(team: str) -> str:
    return f'team:"{team}"' if any(sign.isspace() for sign in team) else f"team:{team}"


def parse_question(text: str, kpis: Mapping[str, Kpi], today: date) -> Question:
    """Read what follows `/kpi`; `Refused` says which word was not understood and what would work."""
    if len(text) > _LONGEST:
        raise Refused(
            "That is too long to be a question about a KPI. Try `/kpi csat last month`, or `/kpi help`."
        )
    team, text = _take_team(text)
    verb, words = _take_verb(_TRAILING.sub("", text).split())
    if verb is Verb.TARGET:
        return _target_question(words, team, kpis)
    before, versus = _take_versus(" ".join(words))
    kpi, rest = _take_kpi(before.split(), kpis, today)
    if verb is None and kpi is not None:
        verb, words = _take_verb(rest.split())
        if verb is Verb.TARGET:
            return _target_question([kpi.slug, *words], team, kpis)
        rest = " ".join(words)
    if kpi is None and verb not in (None, *_ALONE):
        raise Refused(f"Which KPI? For example `/kpi {verb} csat`. There are: {', '.join(kpis)}.")
    return Question(
        verb or (Verb.SHOW if kpi else Verb.LIST),
        kpi,
        parse_period(rest, today) if rest else None,
        parse_period(versus, today) if versus else None,
        team,
    )


def _take_team(text: str) -> tuple[str | None, str]:
    found = _TEAM.search(text)
    if found is None:
        return None, text
    name = found[1] or found[2]
    if not name:
        raise Refused("Which team? Write it right after the colon, for example `team:emea`.")
    return name.casefold(), f"{text[: found.start()]} {text[found.end() :]}"


def _take_verb(words: list[str]) -> tuple[Verb | None, list[str]]:
    """Take the verb from the front ("why csat") or the end ("csat why")."""
    for place in (0, -1):
        verb = _VERBS.get(words[place].casefold().strip(":")) if words else None
        if verb is not None:
            return verb, words[1:] if place == 0 else words[:-1]
    return None, words


def _take_versus(text: str) -> tuple[str, str | None]:
    found = _VERSUS.search(text)
    if found is None:
        return text, None
    after = text[found.end() :].strip()
    if not after:
        raise Refused("Compare with which period? For example `/kpi csat vs 2025-10`.")
    return text[: found.start()], after


def _take_kpi(words: list[str], kpis: Mapping[str, Kpi], today: date) -> tuple[Kpi | None, str]:
    """Take the longest run of first words that names a KPI; what follows is a period."""
    names = names_of(kpis.values())
    for length in range(len(words), 0, -1):
        name = plain_name(" ".join(words[:length]))
        if name in names:
            return names[name], " ".join(words[length:])
    text = " ".join(words)
    if not words or _is_period(text, today):
        return None, text
    return find_kpi(words[0], kpis), " ".join(words[1:])


def _is_period(text: str, today: date) -> bool:
    try:
        parse_period(text, today)
    except Refused:
        return False
    return True


def _target_question(words: list[str], team: str | None, kpis: Mapping[str, Kpi]) -> Question:
    if team is not None:
        raise Refused("Targets are for the whole organisation; leave the team out.")
    names = names_of(kpis.values())
    for length in range(len(words), 0, -1):
        name = plain_name(" ".join(words[:length]))
        if name in names:
            value = " ".join(words[length:]).removeprefix("to ").removeprefix("= ")
            instead = _INSTEAD.search(value)
            value = value[: instead.start()] if instead else value
            return Question(
                Verb.TARGET,
                names[name],
                value=value or None,
                instead_of=instead[1] if instead else None,
            )
    if words:
        find_kpi(words[0], kpis)  # refuses, with the nearest match
    raise Refused(
        "Which KPI's target? For example `/kpi target csat 92` or `/kpi target first_response 45m`."
    )
