"""Importing a file: all or nothing, once, and never in anybody's way."""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.count import record_tickets, recount
from bot.domain.intake import CHUNK, Outcome, import_tickets
from bot.domain.period import parse_period
from bot.domain.snapshot import Figure, take_snapshot
from bot.domain.target import Counting
from bot.domain.ticket import Ticket
from bot.domain.ticket_file import open_file
from bot.storage import ticket as tickets
from bot.storage.database import Database

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADER = "id,created_at,solved_at,rating,rated_at,team,status\n"
FIRST = HEADER + "".join(
    f"T-{n},2026-10-{n:02}T09:00Z,2026-10-{n:02}T11:00Z,{'good' if n % 4 else 'bad'},2026-10-{n:02}T12:00Z,emea,solved\n"
    for n in range(1, 13)
)


@pytest.fixture
def counting(kpis) -> Counting:
    """What the organisation counts by."""
    return Counting(kpis, ZoneInfo("UTC"), frozenset({"urgent"}), {})


def take_in(
    database: Database, counting: Counting, text: str, *, skip_bad: bool = False, chunk: int = CHUNK
) -> Outcome:
    """Import a file that holds `text`."""
    file = open_file(io.StringIO(text, newline=""), None)
    return import_tickets(
        database, counting, file, source="test.csv", skip_bad=skip_bad, chunk=chunk
    )


def csat(database: Database, counting: Counting) -> Figure:
    """Return October's CSAT."""
    period = parse_period("2026-10", NOW.date())
    return database.read(take_snapshot, counting, counting.kpis["csat"], period, as_of=NOW).figure


def test_an_import_is_counted_at_once(database, counting):
    """Twelve tickets, three of them rated badly."""
    outcome = take_in(database, counting, FIRST)
    assert (outcome.new, outcome.changed, outcome.unchanged, outcome.refused) == (12, 0, 0, 0)
    assert (csat(database, counting).numerator, csat(database, counting).n) == (9, 12)


def test_the_same_file_twice_changes_nothing(database, counting):
    """Not even the ledger: nothing came in."""
    take_in(database, counting, FIRST)
    before = database.read(tickets.ledger_version)
    outcome = take_in(database, counting, FIRST)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 12)
    assert database.read(tickets.ledger_version) == before
    assert csat(database, counting).n == 12


def test_a_known_id_replaces_its_record(database, counting):
    """A rating that moved to another month leaves the old one."""
    take_in(database, counting, FIRST)
    outcome = take_in(
        database, counting, HEADER + "T-1,2026-10-01T09:00Z,,good,2026-11-02T12:00Z,emea,solved\n"
    )
    assert (outcome.new, outcome.changed) == (0, 1)
    assert (csat(database, counting).numerator, csat(database, counting).n) == (8, 11)


def test_a_deleted_ticket_counts_nowhere(database, counting):
    """Status `deleted` takes a ticket out of every figure, and another status brings it back."""
    take_in(database, counting, FIRST)
    gone = "T-4,2026-10-04T09:00Z,2026-10-04T11:00Z,bad,2026-10-04T12:00Z,emea,Deleted\n"
    take_in(database, counting, HEADER + gone)
    assert (csat(database, counting).numerator, csat(database, counting).n) == (9, 11)
    take_in(database, counting, FIRST)
    assert (csat(database, counting).numerator, csat(database, counting).n) == (9, 12)


def test_a_bad_row_stops_everything(database, counting):
    """Nothing at all is written, and the list says what is wrong."""
    outcome = take_in(database, counting, FIRST + "T-99,nonsense,,,,,\n")
    assert (outcome.written, outcome.refused, outcome.bad[0][0].line) == (False, 1, 14)
    assert database.read(tickets.count_tickets) == 0


def test_bad_rows_can_be_left_out(database, counting):
    """The good ones come in and the bad ones are still listed."""
    outcome = take_in(database, counting, FIRST + "T-99,nonsense,,,,,\n", skip_bad=True)
    assert (outcome.new, outcome.refused, len(outcome.bad)) == (12, 1, 1)
    assert csat(database, counting).n == 12


def test_only_the_first_bad_rows_are_kept_but_all_are_counted(database, counting):
    """A file of nonsense does not fill the memory."""
    outcome = take_in(database, counting, HEADER + "x,nonsense,,,,,\n" * 50)
    assert (len(outcome.bad), outcome.refused) == (20, 50)


def test_the_last_row_of_a_repeated_id_counts(database, counting):
    """Within one file, in one chunk or across chunks, a later row replaces an earlier one."""
    twice = FIRST + FIRST.removeprefix(HEADER).replace("good", "bad")
    outcome = take_in(database, counting, twice, chunk=5)
    assert (outcome.new, outcome.repeated) == (12, 12)
    assert (csat(database, counting).numerator, csat(database, counting).n) == (0, 12)


def interrupted(lines: int) -> Iterator[str]:
    """Yield some lines of a file, then the person presses Ctrl-C."""
    yield from FIRST.splitlines(keepends=True)[:lines]
    raise KeyboardInterrupt


def test_an_interrupted_import_leaves_everything_as_it_was(database, counting):
    """What was staged is gone with its connection, and the next import begins afresh."""
    with pytest.raises(KeyboardInterrupt):
        import_tickets(database, counting, open_file(interrupted(8), None), source="test.csv")
    assert database.read(tickets.count_tickets) == 0
    assert take_in(database, counting, FIRST).new == 12


def test_tickets_that_change_during_an_import_are_counted_rightly(database, counting):
    """What another process writes between comparing and moving in is compared again."""

    def lines() -> Iterator[str]:
        yield from FIRST.splitlines(keepends=True)
        ticket = Ticket(
            "T-1",
            datetime(2026, 10, 1, tzinfo=UTC),
            rating="bad",
            rated_at=datetime(2026, 10, 5, tzinfo=UTC),
        )
        database.write(record_tickets, counting, [ticket], "elsewhere")

    recount(database, counting)
    import_tickets(database, counting, open_file(lines(), None), source="test.csv")
    assert (csat(database, counting).numerator, csat(database, counting).n) == (9, 12)


def test_staging_keeps_nobody_waiting(database, counting):
    """While rows are being staged, another writer is served at once."""
    served = threading.Event()

    def lines() -> Iterator[str]:
        yield from FIRST.splitlines(keepends=True)
        writer = threading.Thread(
            target=lambda: (database.write(tickets.lock_ledger), served.set())
        )
        writer.start()
        writer.join(timeout=5)
        assert served.is_set()

    recount(database, counting)
    assert import_tickets(database, counting, open_file(lines(), None), source="test.csv").written
