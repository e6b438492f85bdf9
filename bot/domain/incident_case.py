"""What a file says of incidents beside what is kept of them: which are new, what differs, and what cannot be.

Read for everybody: a restricted incident is neither found nor linked to, as if it were not there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.csv_file import BadCell
from bot.domain.incident import EVERYBODY, Affected, Spell, label, read_label, times_of
from bot.domain.incident_family import own_beginning
from bot.domain.incident_file import TIMES, Flawed, Label, Record
from bot.domain.incident_times import Times
from bot.domain.severity import Severities
from bot.storage import incident as rows
from bot.storage import incident_file as files
from bot.storage import rca as rcas
from bot.storage.incident import IncidentRow, RcaRow
from bot.vocabulary import IncidentKind, Moment, Void

_BEGINNINGS = (Moment.STARTED, Moment.DETECTED, Moment.DECLARED)
_JUDGED_BY = ("severity", "customers", "effect")
_CLOCKS_DIFFER = timedelta(minutes=2)
_IN_FILES = (IncidentKind.REAL, IncidentKind.DRILL)
_IS_AMONG = "lies among the numbers that were given out here; leave it empty for a new one"

_Key = Label | tuple[str, datetime | int]
"""By what an incident is known: its number, or else its title and when it began (or its line, where nobody says)."""


@dataclass(slots=True)
class Case:
    """One record beside what is kept of its incident: the row (None for a new one) and what hangs on it.

    `own` are the instants that it has of no duplicate, where it has any. `times` and `severity` are as they will be; `bad` is what cannot be.
    """

    record: Record
    row: IncidentRow | None = None
    services: tuple[Affected, ...] = ()
    spells: tuple[Spell, ...] = ()
    rca: RcaRow | None = None
    own: Mapping[Moment, datetime | None] = field(default_factory=dict)
    times: Times | None = None
    severity: str = ""
    bad: list[BadCell] = field(default_factory=list)

    def wrong(self, column: str, reason: str) -> None:
        """Say what cannot be."""
        self.bad.append(BadCell(self.record.line, column, reason))

    @property
    def sound_times(self) -> Times:
        """The instants of one with which nothing is wrong."""
        if self.times is None:
            raise AssertionError("a record without a beginning is not taken in")
        return self.times


class Cases:
    """All the records of a file, compared; `known` are the kept incidents that the file names, by their numbers."""

    def __init__(
        self,
        session: Session,
        records: Iterable[Record | Flawed],
        severities: Severities,
        now: datetime,
    ) -> None:
        self._session, self._severities, self._now = session, severities, now
        self._slugs = {
            word.casefold(): one.slug
            for one in severities.all.values()
            for word in (one.slug, one.name)
        }
        self.known: dict[Label, IncidentRow] = {}
        self.repeated = 0
        self._all: dict[_Key, Case] = {}
        for record in records:
            self._take(record)
        self._find()
        self._check_numbers()
        for case in self._all.values():
            self._judge(case)
        self._check_links()

    @property
    def good(self) -> list[Case]:
        """Those with which nothing is wrong, in the order of the file."""
        return [case for case in self._all.values() if not case.bad]

    @property
    def bad(self) -> list[list[BadCell]]:
        """What is wrong with the others."""
        return [case.bad for case in self._all.values() if case.bad]

    def _take(self, record: Record | Flawed) -> None:
        """Keep a record; a later one of the same incident replaces it, and one that is flawed stays to be told of."""
        if isinstance(record, Flawed):
            self._all["", record.record.line] = Case(record.record, bad=[*record])
            return
        key = record.label or _beginning(record)
        self.repeated += key in self._all
        self._all[key] = Case(record)

    def _find(self) -> None:
        """Find what is kept of the incidents that the file names or links to."""
        named = [case.record for case in self._all.values()]
        links = [link for each in named for link in (each.duplicate_of, each.repeat_of) if link]
        wanted = {*(each.label for each in named if each.label), *links}
        for kind in _IN_FILES:
            numbers = {number for of_kind, number in wanted if of_kind is kind}
            found = files.locked_numbers(self._session, kind, numbers, EVERYBODY)
            self.known |= {(kind, number): row for number, row in found.items()}
        self._find_unnumbered()
        for case in self._all.values():
            if case.record.label is not None:
                case.row = self.known.get(case.record.label)
        self._find_parts()

    def _find_unnumbered(self) -> None:
        """Find those without a number by their title and beginning, so that the same file again adds nothing."""
        began = {key[1]: None for key in self._all if isinstance(key[1], datetime)}
        kept = files.began_at(self._session, [*began], EVERYBODY)
        for row in kept:
            if row.kind == IncidentKind.REAL and (row.title, row.began_at) in self._all:
                self._all[row.title, row.began_at].row = row

    def _find_parts(self) -> None:
        """Find the services and root causes of those that are known."""
        known = [case for case in self._all.values() if case.row is not None]
        found = [case.row for case in known if case.row is not None]
        services = rows.affected_by(self._session, found)
        spells = rows.spells_of(self._session, found)
        originals = {
            one.duplicate_of
            for one in rows.duplicates_of(self._session, [row.id for row in found], EVERYBODY)
        }
        analyses = rcas.rcas_of(self._session, [row.id for row in found])
        for case in known:
            if case.row is not None:
                case.services = tuple(services[case.row.id])
                case.spells = tuple(spells[case.row.id])
                case.rca = analyses.get(case.row.id)
                if case.row.id in originals:
                    case.own = own_beginning(self._session, case.row)

    def _check_numbers(self) -> None:
        """Say which numbers cannot be taken: those among which this house has given numbers out.

        What was restricted has given its number up, and a gap that was always there reads the same.
        """
        given_out = {kind: files.highest_declared(self._session, kind) for kind in _IN_FILES}
        for kind, number in map(read_label, files.numbers_given_up(self._session)):
            given_out[kind] = max(given_out.get(kind, 0), number)
        for case in self._all.values():
            of = case.record.label
            if case.row is None and of is not None and of[1] <= given_out.get(of[0], 0):
                case.wrong("id", f"{label(*of)} is not known, and {_IS_AMONG}")

    def _judge(self, case: Case) -> None:
        """Say what is wrong with a record, beside what is kept of its incident."""
        wrong = {cell.column for cell in case.bad}
        if not case.record.title and case.row is None and "title" not in wrong:
            case.wrong("title", "is empty, and it is required of a new one")
        if wrong.isdisjoint(_JUDGED_BY):
            case.severity = self._severity(case)
        if wrong.isdisjoint(TIMES.values()):
            case.times = self._times(case)
            self._judge_order(case)

    def _judge_order(self, case: Case) -> None:
        is_kept = case.row is not None and case.times == times_of(case.row, case.spells)
        if case.times is not None and not is_kept:
            for moment, why in case.times.wrong(self._now).items():
                if moment in case.record.times:
                    case.wrong(TIMES[moment], why)
                else:
                    self._blame(case, moment, why)

    def _blame(self, case: Case, moment: Moment, why: str) -> None:
        """Name a cell of the file where an instant that is kept does not go with it any more."""
        said = [each for each in case.record.times if each is not Moment.DECLARED]
        if said:
            case.wrong(TIMES[said[0]], f"does not go with {moment.value}, which is known. {why}")

    def _severity(self, case: Case) -> str:
        """Return the severity as kept: the one that is said, or what customers × effect make of a new one."""
        record, row = case.record, case.row
        if record.severity is not None:
            if row is not None and record.severity == row.severity:
                return row.severity
            if slug := self._slugs.get(record.severity.casefold()):
                return slug
            choices = ", ".join(self._severities.all)
            case.wrong("severity", f"“{record.severity}” is not known here; it takes {choices}")
            return ""
        if row is not None:
            return row.severity
        if record.customers and record.effect:
            return self._severities.judged(record.customers, record.effect).slug
        case.wrong("severity", "is empty, and so are customers or effect, which would give it")
        return ""

    def _times(self, case: Case) -> Times | None:
        """Return the instants as the file says them, and as they are kept where it says nothing."""
        said, row = case.record.times, case.row
        declared = said.get(Moment.DECLARED)
        if declared is not None and declared > self._now + _CLOCKS_DIFFER:
            case.wrong(TIMES[Moment.DECLARED], "This lies in the future.")
        if row is not None:
            return self._corrected(case, times_of(row, case.spells))
        known = [said[moment] for moment in _BEGINNINGS if moment in said]
        if not known:
            case.wrong(
                TIMES[Moment.STARTED],
                "is empty, and so are detected_at and declared_at; one of them must say when it began",
            )
            return None
        return Times(declared or self._now).but(
            {at: said[at] for at in said if at is not Moment.DECLARED}
        )

    def _corrected(self, case: Case, kept: Times) -> Times:
        said = {
            moment: at
            for moment, at in case.record.times.items()
            if not (_is_same(kept.at(moment), at) or _is_same(case.own.get(moment), at))
        }
        if Moment.DECLARED in said and case.row is not None and not case.row.is_backdated:
            case.wrong(TIMES[Moment.DECLARED], "it was declared here, and that stays as it was")
        return kept.but(said)

    def _check_links(self) -> None:
        """Say which links lead nowhere; what links to a row that cannot be taken in cannot be either."""
        before = -1
        while before != (before := sum(bool(case.bad) for case in self._all.values())):
            for case in self._all.values():
                if not case.bad:
                    self._check_duplicate(case)
                    self._check_repeat(case)

    def _check_duplicate(self, case: Case) -> None:
        of, kept = case.record.duplicate_of, case.row.duplicate_of if case.row else None
        if of is None or self._is_kept(kept, of):
            return
        match self._linked(case, "duplicate_of", of):
            case Case(record=other, row=row):
                void = other.void or (row.void if row else None)
                is_one = other.duplicate_of is not None or void == Void.DUPLICATE
            case IncidentRow() as row:
                is_one = row.void == Void.DUPLICATE
            case None:
                return
        if is_one:
            case.wrong("duplicate_of", f"{label(*of)} is a duplicate itself")

    def _check_repeat(self, case: Case) -> None:
        of, kept = case.record.repeat_of, case.row.repeat_of if case.row else None
        if of is None or self._is_kept(kept, of):
            return
        match self._linked(case, "repeat_of", of):
            case Case(times=times):
                began = times.began if times else None
            case IncidentRow() as row:
                began = row.began_at
            case None:
                return
        if began is not None and began >= case.sound_times.began:
            case.wrong(
                "repeat_of", f"{label(*of)} began later; a repeat comes after what it repeats"
            )

    def _is_kept(self, linked: int | None, of: Label) -> bool:
        """Return whether an incident is linked to another already."""
        return linked is not None and of in self.known and self.known[of].id == linked

    def _linked(self, case: Case, column: str, of: Label) -> "Case | IncidentRow | None":
        """Return what a link leads to, in the file or else among those that are kept."""
        if of == case.record.label:
            case.wrong(column, f"{label(*of)} cannot be linked to itself")
            return None
        in_file = self._all.get(of)
        if in_file is not None and (not in_file.bad or of not in self.known):
            if in_file.bad:
                case.wrong(column, f"{label(*of)} is in this file, and wrong itself")
                return None
            return in_file
        if of in self.known:
            return self.known[of]
        case.wrong(column, f"I know of no {label(*of)}, and it is not in this file")
        return None


def _beginning(record: Record) -> _Key:
    times = record.times
    known = [times[moment] for moment in _BEGINNINGS if moment in times]
    return record.title, known[0] if known else record.line


def _is_same(kept: datetime | None, said: datetime) -> bool:
    """Return whether two instants are the same to the second: files hold no more."""
    return kept is not None and kept.replace(microsecond=0) == said.replace(microsecond=0)
