"""Pulse surveys: what a wave asks whom and until when; how it is planned, found and cancelled.

What is agreed when a wave is made never changes: questions, teams, and the smallest group that is shown. Who is asked is
frozen when it opens (`bot.domain.pulse_roster`). Managers alone start them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, TypeAdapter
from sqlalchemy.orm import Session

from bot.domain.draft import Draft
from bot.domain.grouping import MOST_GROUPS
from bot.domain.once import once
from bot.domain.own_statement import own_statement
from bot.domain.person import Person
from bot.domain.question_bank import MOST_STATEMENTS, Statement, rotate
from bot.domain.words import quoted, storable
from bot.errors import FormErrors, Refused
from bot.storage import audit
from bot.storage import pulse as rows
from bot.storage.pulse import PulseWaveRow
from bot.vocabulary import Role, WaveState

LONGEST_NAME, LONGEST_COMMENT = 75, 500
LEAST_GROUPS = range(3, 11)
"""The smallest groups that a wave may show (surveys-and-privacy.md B2: 3 is the floor, 5 the default)."""
LONGEST_DAYS = 28
_MOST_REMINDERS = 3
_AHEAD = timedelta(days=366)
_GRACE = timedelta(minutes=5)  # for whoever fills in the form
_WHAT = "pulse"
CLOCK = "clock"
"""Who did it where nobody did: the audit log's name for what falls due."""

Grouping = Literal["teams", "roles", "none"]


class WaveForm(Draft):
    """What the form for one wave asks."""

    name: str
    teams: list[str]
    count: int = 0
    own: str = ""
    extras: list[Literal["enps", "comment"]] = []
    opens: AwareDatetime | None = None
    days: int = 7
    remind: str = ""
    least: int = 5
    grouping: Grouping = "teams"


@dataclass(frozen=True, slots=True)
class Terms:
    """What each wave asks whom: kept with it as it was agreed.

    `count` statements come from the bank beside the `own` ones. `days` says how long it is open, and `remind` on which days
    after its opening those who have not answered are reminded. `least` is the smallest group that is shown.
    """

    name: str
    teams: tuple[str, ...]
    count: int
    own: tuple[str, ...]
    asks_enps: bool
    asks_comment: bool
    days: int
    remind: tuple[int, ...]
    least: int
    grouping: Grouping


@dataclass(frozen=True, slots=True)
class Wave:
    """One survey. `invited` is known when it is open, `answered` when it is closed."""

    id: int
    terms: Terms
    statements: tuple[Statement, ...]
    state: WaveState
    owner: str
    opens_at: datetime
    closes_at: datetime
    invited: int | None
    answered: int | None
    is_planned: bool  # one of a series of waves

    @property
    def number(self) -> str:
        """How people call it."""
        return f"#{self.id}"


_TERMS, _STATEMENTS = TypeAdapter(Terms), TypeAdapter(tuple[Statement, ...])


def start(
    session: Session,
    form: WaveForm,
    by: Person,
    teams: Mapping[str, str],
    trigger: str,
    now: datetime,
    names: Iterable[str] = (),
) -> Wave:
    """Plan one wave; `FormErrors` where the form does not say what can be asked.

    `teams` are the teams' names by slug, and `names` those of people, whom no statement may name.
    """
    by.must_be(Role.MANAGER, "start a pulse survey")
    terms = read_terms(form, teams, now, names)
    once(session, f"pulse:{trigger}")
    wave = plan_wave(session, terms, by.id, max(form.opens or now, now), now)
    log(session, wave, by.id, now, None, "planned")
    return wave


def plan_wave(
    session: Session,
    terms: Terms,
    owner: str,
    opens_at: datetime,
    now: datetime,
    plan: int | None = None,
) -> Wave:
    """Keep a wave that opens at an instant, with the statements whose turn it is."""
    own = tuple(own_statement(text) for text in terms.own)
    from_bank = rotate(_asked(session), terms.count, [statement.slug for statement in own])
    row = PulseWaveRow(
        plan_id=plan,
        owner=owner,
        state=WaveState.PLANNED,
        terms=_TERMS.dump_json(terms).decode(),
        statements=_STATEMENTS.dump_json((*from_bank, *own)).decode(),
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=terms.days),
        made_at=now,
    )
    return as_wave(rows.add_wave(session, row))


def find(session: Session, number: int) -> Wave:
    """Return a wave; `Refused` where there is none of this number."""
    row = rows.find_wave(session, number)
    if row is None:
        raise _unknown(number)
    return as_wave(row)


def hold(session: Session, number: int) -> PulseWaveRow:
    """Return a wave's row and keep it from others until this transaction ends; `Refused` where there is none."""
    row = rows.locked_wave(session, number)
    if row is None:
        raise _unknown(number)
    return row


def recent(session: Session, *states: WaveState) -> list[Wave]:
    """Return the waves in some states, or in all, what opens last first."""
    return [as_wave(row) for row in rows.waves(session, *(states or WaveState))]


def read_number(text: str) -> int:
    """Return which wave `3` or `#3` means."""
    digits = text.strip().removeprefix("#")
    if not digits:
        raise Refused("Which survey? Add its number, such as `3`; `/pulse` lists them.")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise Refused(f"{quoted(text)} is no number of a survey. `/pulse` lists them.")
    return int(digits)


def read_terms(
    form: WaveForm, teams: Mapping[str, str], now: datetime, names: Iterable[str] = ()
) -> Terms:
    """Return what a form agrees on; `FormErrors` beside the fields that cannot be, such as own statements with `names`."""
    own = tuple(line.strip() for line in storable(form.own).splitlines() if line.strip())
    days, wrong = _read_days(form)
    wrong |= _wrong_statements(form, own, names) | _wrong_opening(form, now)
    if not 0 < len(form.name) <= LONGEST_NAME:
        wrong["name"] = f"Give it a name of at most {LONGEST_NAME} characters."
    if unknown := [slug for slug in form.teams if slug not in teams] or not form.teams:
        wrong["teams"] = (
            "Choose the teams that are asked."
            if unknown is True
            else f"There is no team {quoted(unknown[0])}."
        )
    if form.least not in LEAST_GROUPS:
        wrong["least"] = (
            f"A group that is shown has at least {LEAST_GROUPS[0]} people, and at most {LEAST_GROUPS[-1]} can be asked for."
        )
    if form.grouping == "teams" and len(form.teams) > MOST_GROUPS:
        wrong["grouping"] = f"At most {MOST_GROUPS} groups can be checked against one another; choose roles, or fewer teams."  # fmt: skip
    if wrong:
        raise FormErrors(wrong)
    return Terms(
        storable(form.name),
        tuple(slug for slug in teams if slug in form.teams),
        form.count,
        own,
        "enps" in form.extras,
        "comment" in form.extras,
        form.days,
        days,
        form.least,
        form.grouping,
    )


def as_wave(row: PulseWaveRow) -> Wave:
    """Return a wave as the rest of the house knows it."""
    return Wave(
        row.id,
        _TERMS.validate_json(row.terms),
        _STATEMENTS.validate_json(row.statements),
        WaveState(row.state),
        row.owner,
        row.opens_at,
        row.closes_at,
        row.invited,
        row.answered,
        is_planned=row.plan_id is not None,
    )


def log(
    session: Session, wave: Wave, who: str, now: datetime, before: str | None, after: str
) -> None:
    """Write what a manager, or the clock, did to a wave into the audit log; never what anybody else does."""
    words = (
        f"{after}: {wave.terms.name}, {', '.join(wave.terms.teams)}, from {wave.terms.least} people"
    )
    audit.record(session, audit.AuditEntry(now, who, _WHAT, str(wave.id), before, words))


def _asked(session: Session) -> list[tuple[str, ...]]:
    """Return which statements the waves before asked, the first wave first."""
    before = [wave for wave in recent(session) if wave.state is not WaveState.CANCELLED]
    return [tuple(one.slug for one in wave.statements) for wave in reversed(before)]


def _wrong_opening(form: WaveForm, now: datetime) -> dict[str, str]:
    opens_at = form.opens or now
    if opens_at < now - _GRACE:
        return {"opens": "This has passed. Leave it empty to open at once."}
    if opens_at > now + _AHEAD:
        return {"opens": "This is more than a year away."}
    return {}


def _read_days(form: WaveForm) -> tuple[tuple[int, ...], dict[str, str]]:
    """Return on which days after its opening a wave reminds, and what is wrong with that."""
    if not 1 <= form.days <= LONGEST_DAYS:
        return (), {"days": f"A survey is open for 1 to {LONGEST_DAYS} days."}
    words = form.remind.replace(",", " ").replace(";", " ").split()
    if not all(word.isascii() and word.isdigit() for word in words):
        return (), {"remind": "Write the days after the opening, such as 3, 5; or nothing."}
    days = tuple(sorted({int(word) for word in words}))
    if len(days) > _MOST_REMINDERS:
        return (), {"remind": f"At most {_MOST_REMINDERS} reminders; more of them annoy people."}
    if days and not 1 <= days[0] <= days[-1] < form.days:
        return (), {
            "remind": f"It closes after {form.days} days; remind from day 1 to {form.days - 1}."
        }
    return days, {}


def _wrong_statements(form: WaveForm, own: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    count = form.count + len(own)
    if count > MOST_STATEMENTS:
        return {"own": f"At most {MOST_STATEMENTS} statements in all; these are {count}."}
    if not count and "enps" not in form.extras:
        return {"count": "Ask at least one statement, or eNPS."}
    asked: set[str] = set()
    for text in own:
        try:
            slug = own_statement(text, names).slug
        except Refused as refused:
            return {"own": f"{quoted(text)}: {refused.sentence}"}
        if slug in asked:
            return {"own": f"{quoted(text)} stands there twice."}
        asked.add(slug)
    return {}


def _unknown(number: int) -> Refused:
    return Refused(f"There is no pulse #{number}. `/pulse` lists them.")
