"""Tickets by the million, for what must stay quick when there are many."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.ticket_file import COLUMNS

MONTH = datetime(2026, 10, 1, tzinfo=UTC)
_SECONDS = 31 * 86_400 - 1


def write_csv(path: Path, rows: int) -> Path:
    """Write a helpdesk's export of October 2026: answered, mostly solved, a third of them rated."""
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        file.writelines(_lines(rows))
    return path


def _lines(rows: int) -> Iterator[str]:
    draw = random.Random(rows)  # noqa: S311 (nothing secret)
    for number in range(rows):
        created = MONTH + timedelta(seconds=draw.randrange(_SECONDS))
        replied = created + timedelta(seconds=int(draw.lognormvariate(7.5, 1)))
        solved = created + timedelta(seconds=int(draw.lognormvariate(9.5, 1)))
        due = created + timedelta(hours=8)
        rating = draw.choice(("good", "bad", "", "", "", ""))
        yield (
            f"T-{number:07},{_iso(created)},{_iso(replied)},{_iso(solved)},{draw.choice(('low', 'normal', 'high', 'urgent'))},"
            f"{draw.choice(('emea', 'apac', 'americas', 'cloud'))},Customer {number % 999},{rating},{_iso(solved) if rating else ''},"
            f"{_iso(due)},,0,{'' if number % 3 else 'KB-1'},solved\n"
        )


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
