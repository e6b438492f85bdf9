"""Ticket records as the helpdesk told them last, and the ledger that says how often they have changed.

Every change of tickets goes through `lock_ledger`: it makes writers of tickets wait for one another, and its
version lets slow work prepare outside and notice, in its short transaction, that the ground has moved.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Select, String, Table, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, UtcDateTime, insert_into

LEDGER, TARGETS = "tickets", "targets"
_SOURCE_LENGTH = 200


class TicketRow(Row):
    """One ticket: times in UTC, texts as the helpdesk has them, lower-cased where they are compared."""

    __tablename__ = "ticket"
    __table_args__ = {"sqlite_with_rowid": False}  # half the pages to write for an import

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_response_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority: Mapped[str | None] = mapped_column(String(100))
    team: Mapped[str | None] = mapped_column(String(100))
    customer: Mapped[str | None] = mapped_column(String(500))
    rating: Mapped[str | None] = mapped_column(String(4))
    rated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sla_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sla_met: Mapped[bool | None] = mapped_column(Boolean)
    reopens: Mapped[int | None] = mapped_column(Integer)
    article: Mapped[str | None] = mapped_column(String(500))
    status: Mapped[str | None] = mapped_column(String(100))


class LedgerRow(Row):
    """How often a kind of record has changed, when last, and where the last change came from."""

    __tablename__ = "ledger"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    source: Mapped[str | None] = mapped_column(String(_SOURCE_LENGTH))


TICKETS: Table = TicketRow.__table__  # type: ignore[assignment]


def ledger_version(session: Session) -> int:
    """Return how often tickets have changed so far."""
    return session.scalar(select(LedgerRow.version).where(LedgerRow.name == LEDGER)) or 0


def ledger_source(session: Session) -> tuple[str, datetime] | None:
    """Return where the last change of tickets came from and when; None before the first."""
    row = session.execute(
        select(LedgerRow.source, LedgerRow.changed_at).where(LedgerRow.name == LEDGER)
    ).one_or_none()
    if row is None or row.source is None or row.changed_at is None:
        return None
    return row.source, row.changed_at


def lock_ledger(session: Session, name: str = LEDGER) -> int:
    """Wait for other writers of a kind of record, keep them out until this transaction ends; return tickets' version."""
    session.execute(
        update(LedgerRow).where(LedgerRow.name == name).values(version=LedgerRow.version)
    )
    return ledger_version(session)


def mark_changed(session: Session, source: str, at: datetime) -> None:
    """Note in the locked ledger that tickets have changed now, and where the change came from."""
    session.execute(
        update(LedgerRow)
        .where(LedgerRow.name == LEDGER)
        .values(version=LedgerRow.version + 1, changed_at=at, source=source[:_SOURCE_LENGTH])
    )


def find_tickets(session: Session, ids: Collection[str], table: Table = TICKETS) -> Sequence[Any]:
    """Return the records of those of `ids` that exist, as tuples in the order of the columns."""
    return session.execute(select(table).where(table.c.id.in_(ids))).all()


def every_ticket(
    session: Session, table: Table = TICKETS, chunk: int = 5_000
) -> Iterator[Sequence[Any]]:
    """Yield all records as tuples in the order of the columns, a chunk at a time."""
    found = select(table).execution_options(yield_per=chunk)
    return iter(session.execute(found).partitions())


def count_tickets(session: Session) -> int:
    """Return how many records there are, deleted ones included."""
    return session.scalar(select(func.count()).select_from(TICKETS)) or 0


def keep_tickets(session: Session, records: Sequence[dict[str, Any]]) -> None:
    """Insert records, each in the place of an earlier one with its id."""
    if records:
        session.execute(upsert_of(session, TICKETS), records)


def upsert_of(session: Session, table: Table, rows: Select[Any] | None = None) -> Any:
    """Return the statement that inserts records (given ones, or those of a select), replacing those with known ids."""
    adding = insert_into(session, table)
    if rows is not None:
        adding = adding.from_select([column.name for column in table.c], rows)
    columns = {c.name: adding.excluded[c.name] for c in table.c if not c.primary_key}
    return adding.on_conflict_do_update(index_elements=[table.c.id], set_=columns)
