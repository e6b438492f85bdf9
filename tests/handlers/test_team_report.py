"""`/report team` from the front door: the survey of all teams and the resolution rate, against their targets."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot.workspace.validator import check_message
from tests.front_door import ANA, Mode
from tests.pulse_book import PulseBook
from tests.pulse_stage import DESKS, MONDAY, PulseDoor

MIXED = ["55|9", "44|9", "42|7", "25|5", "22|3", "11|0"]
GLAD = ["55|9", "54|10", "42|8", "25|9", "32|6", "31|7"]


@pytest.fixture(autouse=True)
def clock() -> Iterator[object]:
    """It is Monday noon."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace with two teams and their manager, in each mode of delivery."""
    with PulseDoor(database_url, tmp_path, mode=mode) as opened:
        yield opened


def test_what_the_last_survey_said_stands_against_the_targets(door):
    """With how many answered, how it moved, and the survey that asked one team alone left out."""
    book = PulseBook(door.services.database)
    book.close(MONDAY - timedelta(days=40), {"desk": MIXED, "cloud": MIXED})
    book.close(MONDAY - timedelta(days=10), {"desk": MIXED, "cloud": [*GLAD[:5], ""]}, name="A <b>")
    book.close(MONDAY - timedelta(days=3), {"desk": GLAD}, name="Desk alone")
    seen = door.command("/report team", by=ANA)
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    shown = seen.plain()
    assert "Team performance report · November 2026 so far" in shown
    rows = {
        cells[1].strip(): [cell.strip() for cell in cells[2:]]
        for line in shown.splitlines()
        if len(cells := line.split("|")) == 6
    }
    assert rows["Employee satisfaction"] == [
        "85 %", "55 % (11 of 12 answered)", "off target", "up 5 points"
    ]  # fmt: skip
    assert rows["Employee net promoter score"] == [
        "none", "+9 (11 of 12 answered)", "no target set", "up 26 points"
    ]  # fmt: skip
    assert rows["Ticket resolution rate"][1] == "no data"
    assert "#2 A <b>, closed Fri 13 Nov" in shown
    assert "11 of 12 (91.7 %)" in shown
    assert "#3 Desk alone" in shown
    assert "Support engineers" not in shown  # no group's figure, whoever reads it


def test_an_empty_period_says_so(door):
    """To a member too."""
    shown = door.command("/report team 2026-09", by=DESKS[0]).plain()
    assert "Nothing was counted, and no survey of all teams closed." in shown
    assert "none closed" in shown
