"""Taking in a file of tickets: all of it or nothing, with the writer's place held only for the last moment.

Rows are checked, compared with what is kept, counted and staged first. Then one transaction moves them in together
with their tallies. Should tickets or targets have changed meanwhile, the rows are compared and counted again before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy.orm import Session

from bot import clock
from bot.domain.count import Calendar, Tallying, counters_by_basis, recount
from bot.domain.csv_file import BadCell
from bot.domain.target import Counting
from bot.domain.ticket import Ticket
from bot.domain.ticket_file import TicketFile
from bot.storage import staging, tally
from bot.storage import ticket as tickets
from bot.storage.database import Database
from bot.storage.staging import Staging

CHUNK = 5_000
SHOWN = 20  # bad rows that are kept for the list; the rest are counted
_ATTEMPTS = 3
_SLOTS = 1 << 24

T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """What an import did, in rows: `refused` ones are wrong, `repeated` ones were replaced by a later row of the file.

    `bad` holds what is wrong with the first refused rows.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: int = 0
    future: int = 0
    bad: list[list[BadCell]] = field(default_factory=list)
    written: bool = False


@dataclass(slots=True)
class _Work:
    """An import under way: what it will change, and the state of the ground it was compared with.

    `seen` marks the slot of every id so far: an id whose slot is marked may be repeated, and is looked up. A set of a
    million ids would cost four times the memory.
    """

    outcome: Outcome
    tallying: Tallying
    version: int
    bases: dict[str, tally.Basis]
    seen: bytearray = field(default_factory=lambda: bytearray(_SLOTS))


def import_tickets(
    database: Database,
    counting: Counting,
    file: TicketFile,
    *,
    source: str,
    skip_bad: bool = False,
    chunk: int = CHUNK,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Take in a file; nothing is written where a row is wrong, unless `skip_bad` leaves the wrong ones out.

    `source` names it in `/kpi why`; `chunk` rows are compared at a time, and `on_progress` is called after each chunk
    with the number of rows read so far.
    """
    recount(database, counting)
    with staging.staging(database) as place:
        work = _stage_all(place, counting, file, chunk, on_progress)
        outcome = work.outcome
        if (outcome.refused and not skip_bad) or not (outcome.new or outcome.changed):
            return outcome
        _move_in(place, counting, work, source)
        outcome.written = True
    return outcome


def _stage_all(
    place: Staging,
    counting: Counting,
    file: TicketFile,
    size: int,
    on_progress: Callable[[int], None],
) -> _Work:
    with place.filling() as session:
        work = _begin(session, counting)
    rows = 0
    for chunk in _chunks(file.tickets(), size):
        good = [row for row in chunk if isinstance(row, Ticket)]
        _note_bad(work.outcome, [row for row in chunk if not isinstance(row, Ticket)])
        with place.filling() as session:
            _compare(session, work, good)
        rows += len(chunk)
        on_progress(rows)
    return work


def _begin(session: Session, counting: Counting) -> _Work:
    tallying = Tallying(counters_by_basis(session, counting), Calendar(counting.zone))
    return _Work(Outcome(), tallying, tickets.ledger_version(session), tally.read_bases(session))


def _note_bad(outcome: Outcome, rows: Sequence[list[BadCell]]) -> None:
    outcome.refused += len(rows)
    outcome.bad += rows[: SHOWN - len(outcome.bad)]


def _compare(session: Session, work: _Work, good: Sequence[Ticket]) -> None:
    """Count what a chunk changes against what is staged and kept, and stage it."""
    ids = [ticket.id for ticket in good]
    again = [id_ for id_ in ids if work.seen[hash(id_) % _SLOTS]]
    for id_ in ids:
        work.seen[hash(id_) % _SLOTS] = 1
    staged = {id_: Ticket(*row) for id_, row in staging.find_staged(session, again).items()}
    kept = {
        row.id: Ticket(*row) for row in tickets.find_tickets(session, ids if work.version else ())
    }
    before, changed = _changes(work.outcome, good, staged, kept)
    work.tallying.take(before)
    work.tallying.add(changed)
    now = clock.now()
    work.outcome.future += sum(ticket.created_at > now for ticket in changed)
    if changed:
        staging.lay_out(session, changed)


def _changes(
    outcome: Outcome,
    good: Sequence[Ticket],
    staged: dict[str, Ticket],
    kept: dict[str, Ticket],
) -> tuple[list[Ticket], list[Ticket]]:
    """Return the records that a chunk replaces, and those it brings; both hold what is repeated within it."""
    before, changed = [], []
    for ticket in good:
        old = staged.get(ticket.id) or kept.get(ticket.id)
        if ticket.id in staged:
            outcome.repeated += 1
        elif old is None:
            outcome.new += 1
        elif old == ticket:
            outcome.unchanged += 1
        else:
            outcome.changed += 1
        if old != ticket:
            if old is not None:
                before.append(old)
            changed.append(ticket)
            staged[ticket.id] = ticket
    return before, changed


def _move_in(place: Staging, counting: Counting, work: _Work, source: str) -> None:
    """Make the staged rows count, comparing them again, outside the writer, as long as the ground moves."""
    for _ in range(_ATTEMPTS - 1):
        with place.moving_in() as session:
            if _stands(session, work):
                _write(session, work, source)
                return
        with place.filling() as session:
            _compare_again(session, counting, work)
    with place.moving_in() as session:
        if not _stands(session, work):
            _compare_again(session, counting, work)
        _write(session, work, source)


def _stands(session: Session, work: _Work) -> bool:
    """Lock the ledger, and return whether all is as it was when the rows were compared."""
    version = tickets.lock_ledger(session)
    return version == work.version and tally.read_bases(session) == work.bases


def _write(session: Session, work: _Work, source: str) -> None:
    staging.move_in(session)
    tally.apply_deltas(session, work.tallying.deltas)
    tickets.mark_changed(session, source, clock.now())


def _compare_again(session: Session, counting: Counting, work: _Work) -> None:
    """Count all that is staged against what is kept now, because it is not what it was."""
    work.version, work.bases = tickets.ledger_version(session), tally.read_bases(session)
    work.tallying = Tallying(counters_by_basis(session, counting), Calendar(counting.zone))
    for rows in staging.every_staged(session):
        kept = tickets.find_tickets(session, [row.id for row in rows])
        work.tallying.take(Ticket(*row) for row in kept)
        work.tallying.add(Ticket(*row) for row in rows)


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk
