"""What is swept away when surveys are over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.storage import pulse as rows
from bot.storage.pulse import PulseWaveRow
from tests.front_door import Mode
from tests.pulse_book import PulseBook
from tests.pulse_stage import DESKS, MONDAY, PulseDoor, later

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
        door.tick("pulses")
        door.tick("pulse traces")
        assert database.read(rows.guests, one) == []
        assert len(database.read(rows.guests, other)) == 6


@pytest.mark.parametrize("says", ["something", "nothing"])
def test_who_was_asked_while_a_result_is_on_its_way(door, says):
    """It was promised and does not leave before the evening: all hear it next morning, and then the first are forgotten."""
    with freeze_time(MONDAY, real_asyncio=True) as clock:
        database = door.services.database
        team = DESKS[0].rstrip("0")
        waves = [PulseBook(database).close(later(hours=hour), {team: SAID}) for hour in (-2, -1)]
        if says == "nothing":
            database.write(hold_results_back)
        for job in ("pulses", "pulse traces"):  # the courier is away
            door.wait(door.house.clockwork.wake(job))
        assert [len(database.read(rows.guests, wave)) for wave in waves] == [6, 6]
        for hours in (6, 22):  # at six in the evening by their clocks, and at ten next morning
            clock.move_to(later(hours=hours))
            door.advance()
        assert [len(door.letters(one)) for one in DESKS] == [2] * 6
        door.tick("pulse traces")
        assert database.read(rows.guests, waves[0]) == []


def hold_results_back(session: Session) -> None:
    """Let all surveys be some of which nothing could be told."""
    session.execute(update(PulseWaveRow).values(result=None))
