"""Taking in a file of incidents: all of it or nothing, in one transaction, and each change written down.

New ones are late logs: they keep the numbers they have in the file, and nothing is posted. A known one changes only in
what the file says of it. The same file again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import incident_family, timeline
from bot.domain.csv_file import BadCell
from bot.domain.incident import Affected, Incident, incidents_of, times_of
from bot.domain.incident_case import Case, Cases
from bot.domain.incident_family import INHERITABLE
from bot.domain.incident_file import TIMES, Flawed, Label, Record
from bot.domain.intake import SHOWN, Outcome
from bot.domain.severity import Severities
from bot.domain.words import storable
from bot.storage import incident as rows
from bot.storage import incident_file as files
from bot.storage.incident import EntryRow, IncidentRow, RcaRow
from bot.vocabulary import Entry, IncidentKind, Moment, RcaState, Void

IMPORT = "import"
"""Who has done what a file did: nobody in Slack."""

_OVER = (Moment.RESOLVED, Moment.CLOSED)
_LONGEST_SOURCE = 200
_BEGINNING = {"duplicate of", *(moment.value for moment in INHERITABLE)}
_Part = tuple[str, object, object]
"""One thing that differs: what it is, what is kept, and what the file says."""


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did, and the known incidents that it changed."""

    outcome: Outcome
    changed: tuple[Incident, ...] = ()


def import_incidents(
    session: Session,
    read: Sequence[Record | list[BadCell]],
    severities: Severities,
    now: datetime,
    *,
    source: str,
    skip_bad: bool = False,
) -> Import:
    """Take in what was read from a file; nothing is written where a row is wrong, unless `skip_bad` leaves those out.

    `source` is the file's name.
    """
    cases = Cases(
        session, [one for one in read if isinstance(one, Record | Flawed)], severities, now
    )
    bad = [*(one for one in read if not isinstance(one, Record | Flawed)), *cases.bad]
    bad.sort(key=lambda cells: cells[0].line)
    outcome = Outcome(repeated=cases.repeated, refused=len(bad), bad=bad[:SHOWN])
    if bad and not skip_bad:
        return Import(outcome)
    changed = _Intake(session, cases, now, storable(source)[:_LONGEST_SOURCE]).write(outcome)
    return Import(outcome, tuple(incidents_of(session, changed)))


class _Intake:
    """An import that is being written."""

    def __init__(self, session: Session, cases: Cases, now: datetime, source: str) -> None:
        self._session, self._now, self._source = session, now, source
        self._cases, self._known = cases.good, cases.known
        self._giving: list[IncidentRow] = []
        self._left: list[int] = []
        self._made: set[IncidentRow] = set()

    def write(self, outcome: Outcome) -> list[IncidentRow]:
        """Write what is new and what differs, and count it; return the rows that were known and have changed."""
        new = [case for case in self._cases if case.row is None]
        known = [(case, case.row) for case in self._cases if case.row is not None]
        self._add(new)
        changed = [row for case, row in known if self._change(case, row)]
        outcome.new, outcome.changed = len(new), len(changed)
        outcome.unchanged = len(known) - len(changed)
        outcome.written = bool(new or changed)
        originals = [row for row in self._pass_on() if row not in self._made]
        self._session.flush()
        return [*dict.fromkeys([*changed, *originals])]

    def _pass_on(self) -> list[IncidentRow]:
        """Let what the new duplicates, and those that began otherwise, are the same as begin with them; return that."""
        for of in self._left:
            incident_family.part(self._session, of, IMPORT, self._now)
        return [
            original
            for row in self._giving
            for original in incident_family.inherit(
                self._session, row, INHERITABLE, IMPORT, self._now, lambda _: True
            )
        ]

    def _add(self, new: Sequence[Case]) -> None:
        self._reserve_numbers(new)
        made = [(case, self._row(case)) for case in new]
        self._made = {row for _, row in made}
        files.add_rows(self._session, [(row, case.record.services) for case, row in made])
        self._known |= {case.record.label: row for case, row in made if case.record.label}
        for case, row in made:
            self._link(case.record, row)
            if row.duplicate_of is not None:
                self._correct(row, "void", None, row.void)
                self._giving.append(row)
        files.add_all(self._session, [self._entry(row) for _, row in made])
        causes = [(row, case.record.root_cause) for case, row in made]
        files.add_all(self._session, [self._analysis(row, cause) for row, cause in causes if cause])

    def _reserve_numbers(self, new: Sequence[Case]) -> None:
        """Let the counters go on after the numbers that the file brings."""
        labels = [case.record.label for case in new if case.record.label]
        for kind in IncidentKind:
            if numbers := [number for of_kind, number in labels if of_kind is kind]:
                rows.reserve_numbers(self._session, kind, max(numbers))

    def _row(self, case: Case) -> IncidentRow:
        record, times = case.record, case.sound_times
        kind, number = record.label or (
            IncidentKind.REAL,
            rows.next_number(self._session, IncidentKind.REAL),
        )
        return IncidentRow(
            kind=kind,
            number=number,
            title=record.title,
            severity=case.severity,
            customers=record.customers,
            effect=record.effect,
            noticed=record.noticed,
            state=times.state(),
            is_restricted=False,
            is_backdated=True,
            void=_void(record),
            repeat_is_confirmed=False,
            began_at=times.began,
            started_at=times.started,
            detected_at=times.detected,
            declared_at=times.declared,
            acknowledged_at=times.acknowledged,
            mitigated_at=times.mitigated,
            resolved_at=times.resolved,
            closed_at=times.closed,
            reopens=0,
            declared_by=record.lead or IMPORT,
            source=self._source,
            lead=record.lead,
            intervals=0,
            intervals_kept=0,
            longest_silence=0,
        )

    def _entry(self, row: IncidentRow) -> EntryRow:
        return EntryRow(
            incident_id=row.id,
            kind=Entry.STEP,
            at=self._now,
            said_at=self._now,
            author=IMPORT,
            text="came in from a file",
        )

    def _analysis(self, row: IncidentRow, cause: str) -> RcaRow:
        """Return an analysis that holds a cause; of what is over nobody is asked for more."""
        is_over = row.resolved_at is not None
        return RcaRow(
            incident_id=row.id,
            state=RcaState.REVIEWED if is_over else RcaState.DRAFT,
            owner=row.lead or IMPORT,
            root_cause=cause,
            no_repeat=False,
        )

    def _link(self, record: Record, row: IncidentRow) -> None:
        row.duplicate_of = self._id_of(record.duplicate_of)
        row.repeat_of = self._id_of(record.repeat_of)
        row.repeat_is_confirmed = row.repeat_of is not None and record.repeat_is_confirmed

    def _id_of(self, of: Label | None) -> int | None:
        return self._known[of].id if of is not None else None

    def _change(self, case: Case, row: IncidentRow) -> bool:
        """Write what the file says otherwise of a known incident; return whether anything is."""
        parts = [
            *self._plain_parts(case, row),
            *self._time_parts(case, row),
            *self._services_part(case, row),
            *self._cause_part(case, row),
        ]
        for part, before, after in parts:
            self._correct(row, part, before, after)
            if part == "duplicate of" and isinstance(before, int):
                self._left.append(before)
        if row.duplicate_of is not None and _BEGINNING.intersection(part for part, *_ in parts):
            self._giving.append(row)
        return bool(parts)

    def _correct(self, row: IncidentRow, part: str, before: object, after: object) -> None:
        why = f"imported from {self._source}"
        timeline.correct(self._session, row, IMPORT, part, before, after, why, self._now)

    def _plain_parts(self, case: Case, row: IncidentRow) -> Iterator[_Part]:
        record = case.record
        said: Mapping[str, object] = {
            "title": record.title or None,
            "severity": case.severity,
            "customers": record.customers,
            "effect": record.effect,
            "noticed": record.noticed,
            "lead": record.lead,
            "void": _void(record),
            "duplicate_of": self._id_of(record.duplicate_of),
            "repeat_of": self._id_of(record.repeat_of),
        }
        for column, after in said.items():
            before = getattr(row, column)
            if after is not None and before != after:
                setattr(row, column, after)
                yield column.replace("_", " "), before, after
        if row.void is not None:
            row.next_update_at = None
        if record.repeat_of is not None and row.repeat_is_confirmed != record.repeat_is_confirmed:
            row.repeat_is_confirmed = record.repeat_is_confirmed
            yield "repeat confirmed", not record.repeat_is_confirmed, record.repeat_is_confirmed

    def _time_parts(self, case: Case, row: IncidentRow) -> Iterator[_Part]:
        before, after = times_of(row, case.spells), case.sound_times
        if before == after:
            return
        for moment, column in TIMES.items():
            if before.at(moment) != after.at(moment):
                setattr(row, column, after.at(moment))
                yield moment.value, before.at(moment), after.at(moment)
        row.began_at, row.state = after.began, after.state()
        if any(after.at(moment) for moment in _OVER):
            row.next_update_at = None

    def _services_part(self, case: Case, row: IncidentRow) -> Iterator[_Part]:
        said, before = case.record.services, [each.service for each in case.services]
        if not said or _folded(said) == _folded(before):
            return
        kept = {each.service.casefold(): each for each in case.services}
        affected = [kept.get(name.casefold(), Affected(name, None, None)) for name in said]
        rows.set_services(self._session, row, affected)
        yield "services", ", ".join(before) or None, ", ".join(each.service for each in affected)

    def _cause_part(self, case: Case, row: IncidentRow) -> Iterator[_Part]:
        cause, rca = case.record.root_cause, case.rca
        before = rca.root_cause if rca else None
        if cause is None or cause == normal(before or ""):
            return
        if rca is None:
            files.add_all(self._session, [self._analysis(row, cause)])
        else:
            rca.root_cause = cause
        yield "root cause", before, cause


def normal(cause: str) -> str:
    """Return a root cause as a file holds it: its lines parted alike, nothing around them."""
    return "\n".join(cause.strip().splitlines())


def _folded(services: Sequence[str]) -> set[str]:
    return {service.casefold() for service in services}


def _void(record: Record) -> Void | None:
    return Void.DUPLICATE if record.duplicate_of is not None else record.void
