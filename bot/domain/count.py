"""From tickets to tallies: what a change of records changes in every measure, and counting anew.

The tallies of a measure are always what its basis says: the definition and threshold it was last counted by. New
records are counted by that basis, and only `recount` moves it, so tallies never mix two definitions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot import clock
from bot.domain.kpi import Kind, Kpi, Measure, Rules
from bot.domain.target import Counting, thresholds
from bot.domain.ticket import DELETED, Ticket
from bot.errors import Refused
from bot.storage import tally as tallies
from bot.storage import ticket as tickets
from bot.storage.database import Database
from bot.storage.lanes import duration_lane
from bot.storage.tally import Basis, Cell, Deltas

QUARTER = (
    15  # minutes; zones shift by whole quarters of an hour, so a quarter lies in one local day
)
COUNTING = "1"  # raise it when anything beside the files in kpis/ changes what is counted: lanes, calendar, positive ratings
_ATTEMPTS = 3


def basis_of(counting: Counting, kpi: Kpi, measure: Measure, threshold: int | None) -> Basis:
    """Return the fingerprint of all that decides a measure's tallies, and its threshold in seconds."""
    words = [COUNTING, kpi.digest, counting.zone.key, *sorted(counting.critical)]
    digest = sha256("\n".join(words).encode()).hexdigest()[:32]
    return digest, threshold if measure.uses_target else None


class Calendar:
    """Local days of one zone, remembered by the quarter of an hour.

    `quarters` maps a quarter of an hour since 1970 to its local day and to that day's midnight in minutes since 1970.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.quarters: dict[int, tuple[date, int]] = {}

    def place(self, at: datetime) -> tuple[date, int]:
        """Return the local day of an instant, and the elapsed minutes since that day's midnight.

        A day of 25 hours has minutes up to 1,499.
        """
        minute = int(at.timestamp()) // 60
        day, midnight = self.quarters.get(minute // QUARTER) or self.look_up(at)
        return day, minute - midnight

    def look_up(self, at: datetime) -> tuple[date, int]:
        """Return and remember the day and midnight of an instant."""
        day = at.astimezone(self._zone).date()
        found = day, int(datetime.combine(day, time(), self._zone).timestamp()) // 60
        self.quarters[int(at.timestamp()) // 60 // QUARTER] = found
        return found


@dataclass(frozen=True, slots=True)
class Counter:
    """One measure, ready to count: the key of its tallies, the rules, and the basis that these make."""

    key: str
    measure: Measure
    rules: Rules
    basis: Basis


class Tallying:
    """Adds up, over many tickets, what is to be added to and taken from the tallies."""

    def __init__(self, counters: Sequence[Counter], calendar: Calendar) -> None:
        self.deltas: Deltas = {}
        self._counters = counters
        self._calendar = calendar

    def add(self, tickets: Iterable[Ticket]) -> None:
        """Count tickets in."""
        self._count_all(tickets, 1)

    def take(self, tickets: Iterable[Ticket]) -> None:
        """Count tickets out, exactly as they were counted in."""
        self._count_all(tickets, -1)

    def _count_all(self, tickets: Iterable[Ticket], sign: int) -> None:
        counted = [ticket for ticket in tickets if ticket.status != DELETED]
        for counter in self._counters:
            self._count(counter, counted, sign)

    def _count(self, counter: Counter, tickets: Sequence[Ticket], sign: int) -> None:
        """Count tickets for one measure.

        An import runs this loop ten million times: what it calls is looked up once, and the calendar's usual answer is
        taken without a call.
        """
        key, count, rules, measure = (
            counter.key,
            counter.measure.count,
            counter.rules,
            counter.measure,
        )
        is_duration, by_clock = measure.kind is Kind.DURATION, measure.by_clock
        deltas, quarter_of, look_up = (
            self.deltas,
            self._calendar.quarters.get,
            self._calendar.look_up,
        )
        for ticket in tickets:
            counted = count(ticket, rules)
            if counted is None:
                continue
            at, hit, seconds = counted
            minute = int(at.timestamp()) // 60
            day, midnight = quarter_of(minute // QUARTER) or look_up(at)
            cell_key = (key, day, ticket.team or "")
            cell = deltas.get(cell_key)
            if cell is None:
                cell = deltas[cell_key] = Cell()
            cell.denominator += sign
            if is_duration:
                cell.numerator += sign * seconds
                lane = duration_lane(seconds)
                cell.durations[lane] = cell.durations.get(lane, 0) + sign
            elif hit:
                cell.numerator += sign
            if by_clock:
                minute -= midnight
                cell.due[minute] = cell.due.get(minute, 0) + sign
                if hit:
                    cell.hits[minute] = cell.hits.get(minute, 0) + sign


def every_counter(session: Session, counting: Counting) -> list[Counter]:
    """Return every measure as today's definitions, settings and targets have it."""
    limits = thresholds(session, counting)
    return [
        _counter(counting, kpi, measure, limits[kpi.slug])
        for kpi in counting.tallied
        for measure in kpi.measures
    ]


def counters_by_basis(session: Session, counting: Counting) -> list[Counter]:
    """Return every measure, ready to count as its tallies were counted: by the threshold of its basis.

    `Refused` where another process has counted by another definition, zone or setting: mixing two would be silent.
    """
    bases = tallies.read_bases(session)
    counters = [
        _counter(counting, kpi, measure, bases.get(kpi.key(measure), ("", None))[1])
        for kpi in counting.tallied
        for measure in kpi.measures
    ]
    if any(bases.get(counter.key) != counter.basis for counter in counters):
        raise Refused(
            "The definitions or settings of the KPIs have been changed elsewhere meanwhile. Nothing was written; please start again."
        )
    return counters


def _counter(counting: Counting, kpi: Kpi, measure: Measure, threshold: int | None) -> Counter:
    basis = basis_of(counting, kpi, measure, threshold)
    return Counter(kpi.key(measure), measure, Rules(counting.critical, basis[1]), basis)


def record_tickets(
    session: Session, counting: Counting, new: Iterable[Ticket], source: str
) -> None:
    """Keep tickets, each in the place of an earlier record with its id, and move the tallies with them.

    Records and tallies change in this one transaction; what is known already changes nothing. `source` is where the
    tickets came from, as `/kpi why` prints it.
    """
    tickets.lock_ledger(session)
    latest = {ticket.id: ticket for ticket in new}
    before = {row.id: Ticket(*row) for row in tickets.find_tickets(session, list(latest))}
    changed = [ticket for ticket in latest.values() if before.get(ticket.id) != ticket]
    if not changed:
        return
    tallying = Tallying(counters_by_basis(session, counting), Calendar(counting.zone))
    tallying.take(before[ticket.id] for ticket in changed if ticket.id in before)
    tallying.add(changed)
    tickets.keep_tickets(session, [ticket._asdict() for ticket in changed])
    tallies.apply_deltas(session, tallying.deltas)
    tickets.mark_changed(session, source, clock.now())


def stale_counters(session: Session, counting: Counting) -> list[Counter]:
    """Return the measures whose tallies were counted by another definition, zone, setting or target than today's."""
    bases = tallies.read_bases(session)
    counters = every_counter(session, counting)
    return [counter for counter in counters if bases.get(counter.key) != counter.basis]


def recount(database: Database, counting: Counting) -> int:
    """Bring all tallies to today's definitions; return how many measures were counted anew.

    Tickets are read and counted outside the writer. If they change meanwhile, the count is thrown away and begun
    again; the last attempt keeps writers of tickets out. What is written names the basis it was counted by, so a target
    that changes meanwhile leaves its measures stale, never wrong.
    """
    counted: set[str] = set()
    for _ in range(_ATTEMPTS - 1):
        with database.reading() as session:
            seen, stale, deltas = _count_stale(session, counting)
        if not stale:
            return len(counted)
        if database.write(_replace_if_unmoved, counting, seen, stale, deltas):
            counted |= {counter.key for counter in stale}
    return len(counted | database.write(_recount_locked, counting))


def forget_others(session: Session, counting: Counting) -> None:
    """Remove the tallies of measures that no longer exist, so that one that returns is counted anew."""
    known = [kpi.key(measure) for kpi in counting.tallied for measure in kpi.measures]
    tallies.forget_measures(session, known)


def _count_stale(session: Session, counting: Counting) -> tuple[int, list[Counter], Deltas]:
    seen = tickets.ledger_version(session)
    stale = stale_counters(session, counting)
    tallying = Tallying(stale, Calendar(counting.zone))
    if stale:
        for rows in tickets.every_ticket(session):
            tallying.add([Ticket(*row) for row in rows])
    return seen, stale, tallying.deltas


def _replace_if_unmoved(
    session: Session, counting: Counting, seen: int, counters: list[Counter], deltas: Deltas
) -> bool:
    """Write a count unless tickets, targets or the tallies have changed since; return whether it was written."""
    if tickets.lock_ledger(session) != seen or stale_counters(session, counting) != counters:
        return False
    _replace(session, counters, deltas)
    return True


def _recount_locked(session: Session, counting: Counting) -> set[str]:
    tickets.lock_ledger(session)
    _, stale, deltas = _count_stale(session, counting)
    if stale:
        _replace(session, stale, deltas)
    return {counter.key for counter in stale}


def _replace(session: Session, counters: list[Counter], deltas: Deltas) -> None:
    tallies.replace_tallies(session, [counter.key for counter in counters], deltas)
    tallies.write_bases(session, {counter.key: counter.basis for counter in counters}, clock.now())
