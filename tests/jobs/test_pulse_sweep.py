"""What is swept away when surveys are over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot.storage import pulse as rows
from tests.front_door import Mode
from tests.pulse_book import PulseBook
from tests.pulse_stage import MONDAY, PulseDoor, later

SAID = ["55", "44", "42", "25", "22", "11"]


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace, in each mode of delivery."""
    with PulseDoor(database_url, tmp_path, mode=mode) as opened:
        yield opened


def test_who_was_asked_before_the_last_one(door):
    """They have heard what came of it, and nothing is compared with it any more; the last one's are still needed."""
    with freeze_time(MONDAY, real_asyncio=True):
        database = door.services.database
        book = PulseBook(database)
        one, other = (book.close(later(hours=hour), {"desk": SAID}) for hour in (-2, -1))
        door.tick("pulse traces")
        assert len(database.read(rows.guests, one)) == 6
        door.tick("pulses", "pulse traces")
        assert database.read(rows.guests, one) == []
        assert len(database.read(rows.guests, other)) == 6
