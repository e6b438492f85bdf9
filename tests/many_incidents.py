"""Incidents by the hundred thousand, for what must stay quick when there are many: written as rows, not one by one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.storage.incident import IncidentRow, RcaRow, ServiceRow
from bot.vocabulary import IncidentKind, IncidentState, RcaState

MONTH = datetime(2026, 10, 1, tzinfo=UTC)
IN_THE_MONTH = 100
_CHUNK = 5_000
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def fill(session: Session, incidents: int) -> None:
    """Write so many incidents: a hundred of them in October 2026, the others in the years before and after."""
    for first in range(1, incidents + 1, _CHUNK):
        numbers = range(first, min(first + _CHUNK, incidents + 1))
        rows = [_incident(number) for number in numbers]
        session.execute(insert(IncidentRow), rows)
        services = [
            {"incident_id": row["id"], "service": f"service-{row['id'] % 9}"} for row in rows
        ]
        session.execute(insert(ServiceRow), services)
        session.execute(insert(RcaRow), [*map(_analysis, rows)])


def _incident(number: int) -> dict[str, Any]:
    began = _began(number)
    detected, resolved = began + _HOUR / 2, began + 3 * _HOUR
    is_open = number % 10_000 == 7
    return {
        "id": number,
        "kind": IncidentKind.REAL,
        "number": number,
        "title": f"Something is wrong with thing {number % 97}",
        "severity": f"sev{1 + number % 4}",
        "noticed": ("monitoring", "customer", "staff", None)[number % 4],
        "state": IncidentState.DETECTED if is_open else IncidentState.RESOLVED,
        "is_restricted": False,
        "is_backdated": True,
        "repeat_of": number - 1 if number % 10 == 0 else None,
        "repeat_is_confirmed": number % 20 == 0,
        "began_at": began,
        "started_at": began,
        "detected_at": detected,
        "declared_at": detected,
        "resolved_at": None if is_open else resolved,
        "reopens": 0,
        "declared_by": "U0ANA",
        "source": "many.csv",
        "intervals": 5,
        "intervals_kept": 4,
        "longest_silence": 3_600,
    }


def _began(number: int) -> datetime:
    """Return an instant in the month for the first hundred, for the others days before or after it."""
    if number <= IN_THE_MONTH:
        return MONTH + number * 7 * _HOUR
    away = timedelta(days=1 + number % 1_500, minutes=number % 1_440)
    return MONTH - away if number % 2 else MONTH + 31 * _DAY + away


def _analysis(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "incident_id": row["id"],
        "state": RcaState.REVIEWED,
        "owner": "U0ANA",
        "root_cause": f"Cause {row['id'] % 31}",
        "no_repeat": row["id"] % 10 > 5,
    }
