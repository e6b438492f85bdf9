"""Incidents by the hundred thousand, for what must stay quick when there are many: written as rows, not one by one.

Most are over and done with; `fill_pending` adds those of which the bot still has something to do.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.storage.action import ActionRow
from bot.storage.incident import CheckRow, IncidentRow, RcaRow, ServiceRow
from bot.vocabulary import ActionState, IncidentKind, IncidentState, RcaState, Void

MONTH = datetime(2026, 10, 1, tzinfo=UTC)
IN_THE_MONTH = 100
_CHUNK = 5_000
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def fill(session: Session, incidents: int, quiet: timedelta = timedelta()) -> None:
    """Write so many incidents: a hundred of them in October 2026, the others in the years before and after.

    `quiet` is how long before and after that month nothing happened.
    """
    for first in range(1, incidents + 1, _CHUNK):
        numbers = range(first, min(first + _CHUNK, incidents + 1))
        rows = [_incident(number, quiet) for number in numbers]
        session.execute(insert(IncidentRow), rows)
        services = [
            {"incident_id": row["id"], "service": f"service-{row['id'] % 9}"} for row in rows
        ]
        session.execute(insert(ServiceRow), services)
        session.execute(insert(RcaRow), [*map(_analysis, rows)])


PENDING_FROM = 1_000_000  # the ids of those that still need something


def fill_pending(session: Session, of_each: int, now: datetime, first: int = 0) -> None:
    """Write so many incidents of each kind that the bot looks after: silent, unanalysed, unreviewed, unverified, asked."""
    kinds = (_silent, _unanalysed, _unreviewed, _unverified, _asked)
    for place, add in enumerate(kinds):
        start = PENDING_FROM + place * 10_000 + first
        for number in range(start, start + of_each):
            add(session, number, now)
    session.flush()


def _silent(session: Session, number: int, now: datetime) -> None:
    since = now - _HOUR
    open_ = {"state": IncidentState.ACKNOWLEDGED, "resolved_at": None, "is_backdated": False}
    times = {"began_at": since, "started_at": since, "detected_at": since, "declared_at": since}
    told = {"acknowledged_at": since, "lead": f"U0LEAD{number}", "next_update_at": now - _HOUR / 4}
    _add(session, number, now, **open_, **times, **told)


def _unanalysed(session: Session, number: int, now: datetime) -> None:
    _add(session, number, now, resolved_at=now - _DAY, lead=f"U0LEAD{number}")


def _unreviewed(session: Session, number: int, now: datetime) -> None:
    _add(session, number, now)
    session.add(_rca(number, RcaState.DRAFT, due_on=now.date() + 3 * _DAY))


def _unverified(session: Session, number: int, now: datetime) -> None:
    _add(session, number, now)
    session.add(_rca(number, RcaState.REVIEWED, reviewed_at=now, unplanned_since=now - _DAY))
    session.add(
        ActionRow(
            text="Mend it",
            owner=f"U0OWNER{number}",
            given_on=now.date(),
            state=ActionState.OPEN,
            source=f"incident:{number}",
            source_label="",
            created_by="U0ANA",
            created_at=now,
            nudges=0,
            escalations=0,
        )
    )


def _asked(session: Session, number: int, now: datetime) -> None:
    _add(session, number, now)
    session.add(_rca(number, RcaState.REVIEWED, reviewed_at=now - 30 * _DAY))
    session.add(
        CheckRow(incident_id=number, days=30, due_on=now.date() - _DAY, asks=1, asked_at=now - _DAY)
    )


def _add(session: Session, number: int, now: datetime, **other: Any) -> None:
    began = now - 16 * _DAY
    times = {"began_at": began, "started_at": began, "detected_at": began, "declared_at": began}
    plain = {"severity": "sev1", "repeat_of": None, "void": None, "resolved_at": began + _DAY}
    row = _incident(number) | {"state": IncidentState.RESOLVED} | times | plain | other
    session.add(IncidentRow(**row))
    session.flush()


def _rca(number: int, state: RcaState, **other: Any) -> RcaRow:
    return RcaRow(
        incident_id=number, state=state, owner=f"U0OWNER{number}", no_repeat=True, **other
    )


def _incident(number: int, quiet: timedelta = timedelta()) -> dict[str, Any]:
    began = _began(number, quiet)
    detected, resolved = began + _HOUR / 2, began + 3 * _HOUR
    is_open = number % 10_000 == 7
    is_void = number > IN_THE_MONTH and number % 10 == 3  # and was never said to be over
    return {
        "id": number,
        "kind": IncidentKind.REAL,
        "number": number,
        "title": f"Something is wrong with thing {number % 97}",
        "severity": f"sev{1 + number % 4}",
        "noticed": ("monitoring", "customer", "staff", None)[number % 4],
        "state": IncidentState.DETECTED if is_open or is_void else IncidentState.RESOLVED,
        "is_restricted": False,
        "is_backdated": True,
        "repeat_of": number - 1 if number % 10 == 0 else None,
        "repeat_is_confirmed": number % 20 == 0,
        "began_at": began,
        "started_at": began,
        "detected_at": detected,
        "declared_at": detected,
        "resolved_at": None if is_open or is_void else resolved,
        "void": Void.FALSE_ALARM if is_void else None,
        "reopens": 0,
        "declared_by": "U0ANA",
        "source": "many.csv",
        "intervals": 5,
        "intervals_kept": 4,
        "longest_silence": 3_600,
    }


def _began(number: int, quiet: timedelta) -> datetime:
    """Return an instant in the month for the first hundred, for the others days before or after it."""
    if number <= IN_THE_MONTH:
        return MONTH + number * 7 * _HOUR
    away = quiet + timedelta(days=1 + number % 1_500, minutes=number % 1_440)
    return MONTH - away if number % 2 else MONTH + 31 * _DAY + away


def _analysis(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "incident_id": row["id"],
        "state": RcaState.REVIEWED,
        "owner": "U0ANA",
        "root_cause": f"Cause {row['id'] % 31}",
        "no_repeat": row["id"] % 10 > 5,
    }
