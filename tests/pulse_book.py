"""The book of past surveys: lived through by the house's own rules, at instants that a test chooses."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import pulse, pulse_answer, pulse_close, pulse_roster
from bot.domain.pulse import Grouping, Terms
from bot.storage.database import Database
from bot.storage.pulse import Guest
from bot.storage.vault import Vault
from bot.vocabulary import WaveState

SECRET = "a secret of the tests, long enough"
ROLES = {
    "desk": ("support_engineer", "Support engineers"),
    "cloud": ("cloud_engineer", "Cloud engineers"),
}
_OPEN = timedelta(days=7)


class PulseBook:
    """Writes down surveys of two teams that are over."""

    def __init__(self, database: Database, secret: str = SECRET) -> None:
        self._database, self._vault = database, Vault(secret)

    def close(
        self,
        at: datetime,
        answers: Mapping[str, Sequence[str]],
        *,
        name: str = "Pulse",
        statements: int = 2,
        grouping: Grouping = "teams",
        least: int = 5,
        plan: int | None = None,
        all_teams: Sequence[str] | None = None,
        newcomers: Mapping[str, int] | None = None,
    ) -> int:
        """Let a survey close at an instant, and return its number.

        `answers` are those of each team's people: a digit a statement, then the eNPS after a bar; "" of whoever does not
        answer; "_" skips a statement. Where no eNPS is among them, none is asked. Of each team's people the first
        `newcomers` were in no survey before. `all_teams` are those that there are when it opens; without them that is not
        kept.
        """
        asks_enps = any("|" in said for people in answers.values() for said in people)
        terms = Terms(
            name, tuple(answers), statements, (), asks_enps, False, 7, (), least, grouping
        )  # fmt: skip
        new = newcomers or {}
        people = {
            team: [f"{team}{'-new' if place < new.get(team, 0) else ''}{place}" for place in range(len(said))]
            for team, said in answers.items()
        }  # fmt: skip
        return self._database.write(self._live, terms, people, answers, at, plan, all_teams)

    def _live(
        self,
        session: Session,
        terms: Terms,
        people: Mapping[str, Sequence[str]],
        answers: Mapping[str, Sequence[str]],
        at: datetime,
        plan: int | None,
        all_teams: Sequence[str] | None,
    ) -> int:
        opens = at - _OPEN
        wave = pulse.plan_wave(session, terms, "U0ANA", opens, opens, plan)
        pulse_roster.begin(session, opens)
        guests = [Guest(one, team, "UTC") for team, some in people.items() for one in some]
        pulse_roster.seat(session, wave.id, "", guests, pulse_roster.READ)
        groups = _groups(terms)
        pulse_roster.open_wave(session, self._vault, wave.id, groups, opens, all_teams)
        for team, some in people.items():
            for one, said in zip(some, answers[team], strict=True):
                if said:
                    given = _given(said)
                    pulse_answer.answer(session, self._vault, wave.id, one, given, opens)
        closed = pulse_close.close_due(session, self._vault, at)
        assert closed is not None
        assert (closed.id, closed.state) == (wave.id, WaveState.CLOSED)
        return closed.id


def _groups(terms: Terms) -> dict[str, tuple[str, Sequence[str]]]:
    match terms.grouping:
        case "none":
            return {}
        case "teams":
            return {team: (team.title(), [team]) for team in terms.teams}
    return {ROLES[team][0]: (ROLES[team][1], [team]) for team in terms.teams}


def _given(said: str) -> dict[str, str]:
    statements, _, score = said.partition("|")
    given = {f"statement{n}": mark for n, mark in enumerate(statements) if mark != "_"}
    return {**given, "enps": score} if score else given
