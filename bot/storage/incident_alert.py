"""What a monitor has told: which alerts fire, of which incident, and which have ended.

Of one alert (its fingerprint) only one row fires at a time, whoever adds another at the same moment.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.storage.database import insert_into
from bot.storage.incident import AlertRow, for_shown

__all__ = ["AlertRow"]


def firing(session: Session, fingerprints: Collection[str]) -> dict[str, AlertRow]:
    """Return which of some alerts fire, and keep others from changing them until this transaction ends."""
    found = select(AlertRow).where(AlertRow.is_firing, AlertRow.fingerprint.in_(fingerprints))
    found = found.order_by(AlertRow.fingerprint).with_for_update()
    rows: Sequence[AlertRow] = session.scalars(
        for_shown(found.execution_options(populate_existing=True))
    ).all()
    return {row.fingerprint: row for row in rows}


def last_ended(session: Session, fingerprint: str) -> AlertRow | None:
    """Return how an alert ended last, None where it never did."""
    found = select(AlertRow).where(
        AlertRow.fingerprint == fingerprint, AlertRow.is_firing.is_(False)
    )
    row: AlertRow | None = session.scalars(
        for_shown(found.order_by(AlertRow.id.desc()).limit(1))
    ).one_or_none()
    return row


def add_firing(
    session: Session, incident_id: int, fingerprint: str, started_at: datetime, now: datetime
) -> bool:
    """Keep that an alert fires; return False where somebody else has just done so."""
    row = {
        "incident_id": incident_id,
        "fingerprint": fingerprint,
        "is_firing": True,
        "started_at": started_at,
        "heard_at": now,
        "times": 1,
    }
    adding = insert_into(session, AlertRow).values(row).on_conflict_do_nothing()
    return session.scalar(adding.returning(AlertRow.id)) is not None


def fire_still(session: Session, incident_id: int) -> int:
    """Return how many alerts of an incident fire."""
    counted = select(func.count()).where(AlertRow.incident_id == incident_id, AlertRow.is_firing)
    return session.scalar(for_shown(counted)) or 0


def ended_last_at(session: Session, incident_id: int) -> datetime | None:
    """Return when the last alert of an incident ended."""
    ends = select(AlertRow.ended_at).where(
        AlertRow.incident_id == incident_id, AlertRow.ended_at.is_not(None)
    )
    newest = ends.order_by(AlertRow.ended_at.desc()).limit(1)
    ended_at: datetime | None = session.scalar(for_shown(newest))
    return ended_at
