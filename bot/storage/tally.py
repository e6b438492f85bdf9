"""Daily tallies: for each measure, team and local day its parts, never a ratio.

They are changed by deltas in the transaction that changes the records. A delta is linear: what a record counted
before is taken away, what it counts now is added, so a late, edited or deleted record changes the right day.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage import lanes
from bot.storage.database import Row, UtcDateTime, insert_into

_CHUNK = 500


class TallyRow(Row):
    """The parts of one measure on one local day for one team ("" where a record names none)."""

    __tablename__ = "tally"

    measure: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    team: Mapped[str] = mapped_column(String(100), primary_key=True)
    numerator: Mapped[int] = mapped_column(BigInteger)  # hits, or the sum of seconds
    denominator: Mapped[int] = mapped_column(BigInteger)  # how many were counted
    durations: Mapped[bytes | None] = mapped_column(LargeBinary)  # lanes by logarithmic bucket
    due_by_minute: Mapped[bytes | None] = mapped_column(LargeBinary)  # lanes by minute of the day
    hits_by_minute: Mapped[bytes | None] = mapped_column(LargeBinary)


class BasisRow(Row):
    """What a measure's tallies were counted by; where it differs from today's definition they are counted anew."""

    __tablename__ = "tally_basis"

    measure: Mapped[str] = mapped_column(String(100), primary_key=True)
    digest: Mapped[str] = mapped_column(String(100))
    threshold: Mapped[int | None] = mapped_column(
        Integer
    )  # seconds; for measures that count against the target
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)


TALLIES: Table = TallyRow.__table__  # type: ignore[assignment]
_KEY = (TALLIES.c.measure, TALLIES.c.day, TALLIES.c.team)


CellKey = tuple[str, date, str]  # measure, local day, team


@dataclass(slots=True)
class Cell:
    """What is to be added to one tally."""

    numerator: int = 0
    denominator: int = 0
    durations: dict[int, int] = field(default_factory=dict)  # by bucket
    due: dict[int, int] = field(default_factory=dict)  # by minute of the day
    hits: dict[int, int] = field(default_factory=dict)

    def is_empty(self) -> bool:
        """Return whether adding this changes nothing."""
        return not (
            self.numerator
            or self.denominator
            or any(self.durations.values())
            or any(self.due.values())
            or any(self.hits.values())
        )


Deltas = dict[CellKey, Cell]
Basis = tuple[str, int | None]  # fingerprint of the definition, threshold in seconds


class DayTally(NamedTuple):
    """The parts of one measure on one day for one team, as they are read."""

    measure: str
    day: date
    team: str
    numerator: int
    denominator: int
    durations: bytes | None


def apply_deltas(session: Session, deltas: Mapping[CellKey, Cell]) -> None:
    """Add deltas to the tallies, locking their rows in one order so that two writers never wait in a circle."""
    keys = sorted(key for key, cell in deltas.items() if not cell.is_empty())
    for start in range(0, len(keys), _CHUNK):
        _apply_chunk(session, keys[start : start + _CHUNK], deltas)


def _apply_chunk(session: Session, keys: Sequence[CellKey], deltas: Mapping[CellKey, Cell]) -> None:
    _insert_missing(session, keys)
    kept = {
        (row.measure, row.day, row.team): row
        for row in session.execute(
            select(TALLIES).where(tuple_(*_KEY).in_(keys)).order_by(*_KEY).with_for_update()
        )
    }
    session.execute(
        update(TALLIES).where(
            TALLIES.c.measure == bindparam("of_measure"),
            TALLIES.c.day == bindparam("of_day"),
            TALLIES.c.team == bindparam("of_team"),
        ),
        [_sum(key, kept[key], deltas[key]) for key in keys],
    )
    session.execute(delete(TALLIES).where(tuple_(*_KEY).in_(keys), TALLIES.c.denominator == 0))


def _insert_missing(session: Session, keys: Sequence[CellKey]) -> None:
    rows = [{**_named(key), "numerator": 0, "denominator": 0} for key in keys]
    session.execute(insert_into(session, TALLIES).on_conflict_do_nothing(), rows)


def _named(key: CellKey) -> dict[str, Any]:
    return dict(zip(("measure", "day", "team"), key, strict=True))


def _sum(key: CellKey, kept: Any, cell: Cell) -> dict[str, Any]:
    return {
        **{f"of_{name}": part for name, part in _named(key).items()},
        "numerator": kept.numerator + cell.numerator,
        "denominator": kept.denominator + cell.denominator,
        "durations": _sum_lanes(kept.durations, cell.durations),
        "due_by_minute": _sum_lanes(kept.due_by_minute, cell.due),
        "hits_by_minute": _sum_lanes(kept.hits_by_minute, cell.hits),
    }


def _sum_lanes(kept: bytes | None, counters: Mapping[int, int]) -> bytes | None:
    return lanes.to_bytes(lanes.from_bytes(kept) + lanes.pack(counters)) if counters else kept


def replace_tallies(
    session: Session, measures: Collection[str], deltas: Mapping[CellKey, Cell]
) -> None:
    """Throw the tallies of some measures away and write these in their place."""
    session.execute(delete(TALLIES).where(TALLIES.c.measure.in_(measures)))
    rows = [_whole(key, cell) for key, cell in deltas.items() if not cell.is_empty()]
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(TALLIES), rows[start : start + _CHUNK])


def _whole(key: CellKey, cell: Cell) -> dict[str, Any]:
    return {
        **_named(key),
        "numerator": cell.numerator,
        "denominator": cell.denominator,
        "durations": lanes.to_bytes(lanes.pack(cell.durations)),
        "due_by_minute": lanes.to_bytes(lanes.pack(cell.due)),
        "hits_by_minute": lanes.to_bytes(lanes.pack(cell.hits)),
    }


_OF_DAYS = select(
    TALLIES.c.measure,
    TALLIES.c.day,
    TALLIES.c.team,
    TALLIES.c.numerator,
    TALLIES.c.denominator,
    TALLIES.c.durations,
).where(
    TALLIES.c.measure.in_(bindparam("measures", expanding=True)),
    TALLIES.c.day >= bindparam("start"),
    TALLIES.c.day < bindparam("end"),
)
_OF_MINUTES = select(TALLIES.c.team, TALLIES.c.due_by_minute, TALLIES.c.hits_by_minute).where(
    TALLIES.c.measure == bindparam("measure"), TALLIES.c.day == bindparam("day")
)
_OF_TEAM = TALLIES.c.team == bindparam("team")
# Built once: making a statement costs as much as running it, and every card runs these


def read_days(
    session: Session, measures: Collection[str], start: date, end: date, team: str | None
) -> Iterable[DayTally]:
    """Return the tallies of some measures from `start` up to, not including, `end`; of one team or of all."""
    found = _OF_DAYS if team is None else _OF_DAYS.where(_OF_TEAM)
    given = {"measures": list(measures), "start": start, "end": end, "team": team}
    return (DayTally(*row) for row in session.connection().execute(found, given))


def read_minutes(
    session: Session, measure: str, day: date, team: str | None
) -> Iterable[tuple[str, int, int]]:
    """Return, for each team on one day, what falls due and what of it is a hit, as packed lanes by minute."""
    found = _OF_MINUTES if team is None else _OF_MINUTES.where(_OF_TEAM)
    given = {"measure": measure, "day": day, "team": team}
    return (
        (row.team, lanes.from_bytes(row.due_by_minute), lanes.from_bytes(row.hits_by_minute))
        for row in session.connection().execute(found, given)
    )


_FIRST_DAY = select(func.min(TALLIES.c.day)).where(TALLIES.c.measure == bindparam("measure"))


def first_day(session: Session, measure: str) -> date | None:
    """Return the first day that anything was counted on for a measure."""
    day: date | None = session.connection().scalar(_FIRST_DAY, {"measure": measure})
    return day


def tallied_teams(session: Session) -> set[str]:
    """Return every team that any tally knows, "" left out."""
    return {team for (team,) in session.execute(select(TALLIES.c.team).distinct()) if team}


def read_bases(session: Session) -> dict[str, Basis]:
    """Return, for each measure that has been counted, the digest and threshold it was counted by."""
    rows = session.execute(select(BasisRow.measure, BasisRow.digest, BasisRow.threshold))
    return {row.measure: (row.digest, row.threshold) for row in rows}


def write_bases(session: Session, bases: Mapping[str, Basis], at: datetime) -> None:
    """Keep what some measures have been counted by."""
    session.execute(delete(BasisRow).where(BasisRow.measure.in_(bases)))
    session.execute(
        insert(BasisRow),
        [
            {"measure": measure, "digest": digest, "threshold": threshold, "counted_at": at}
            for measure, (digest, threshold) in bases.items()
        ],
    )


def forget_measures(session: Session, known: Collection[str]) -> None:
    """Remove what was tallied for measures that no longer exist."""
    session.execute(delete(TALLIES).where(TALLIES.c.measure.not_in(known)))
    session.execute(delete(BasisRow).where(BasisRow.measure.not_in(known)))
