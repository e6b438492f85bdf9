"""Announced maintenance, one row a stretch; a cancelled one is an empty stretch, so that its number names no other."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.storage.incident import MaintenanceRow

_BY_START = (MaintenanceRow.starts_at, MaintenanceRow.id)


def add_row(session: Session, row: MaintenanceRow) -> MaintenanceRow:
    """Keep a stretch; it has its id afterwards."""
    session.add(row)
    session.flush()
    return row


def locked_row(session: Session, number: int) -> MaintenanceRow | None:
    """Return a stretch, and keep others from changing it until this transaction ends."""
    found = select(MaintenanceRow).where(MaintenanceRow.id == number).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def between(
    session: Session, start: datetime, end: datetime, services: Collection[str] | None = None
) -> Sequence[MaintenanceRow]:
    """Return the stretches that lie at least partly between two instants, the first first; of some services or all."""
    found = select(MaintenanceRow).where(
        MaintenanceRow.starts_at < end,
        MaintenanceRow.ends_at > start,
        MaintenanceRow.ends_at > MaintenanceRow.starts_at,  # cancelled ones are empty
    )
    if services is not None:
        found = found.where(MaintenanceRow.service.in_(services))
    return session.scalars(found.order_by(*_BY_START)).all()
