"""Feedback at the front door: read by the two alone, told to the leadership by nobody's name, and gone when it is erased."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time

from bot.workspace.validator import check_message
from tests.front_door import ANA, Seen
from tests.pulse_stage import DESKS, MONDAY, PulseDoor, well_made

DAN, EVE, FAY = DESKS[:3]


@pytest.fixture(autouse=True)
def clock() -> Iterator[object]:
    """It is Monday noon."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace with two teams and their manager."""
    with PulseDoor(database_url, tmp_path) as opened:
        yield opened


def checked(seen: Seen) -> Seen:
    """Assert that Slack takes a message."""
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    return seen


def give(door: PulseDoor, by: str, to: str, words: str, **values: object) -> Seen:
    """Give somebody feedback, and return the window that says what became of it."""
    form = door.command(f"/feedback @{to.lower()} {words}", by=by)
    assert form.outcome.views, form.text
    well_made(form)
    done = door.submit(form, **{"level": "two", "kind": "praise", "to": to, **values})
    return done


def test_first(door):
    done = give(door, DAN, EVE, "You saved my night.")
    assert "Sent to" in well_made(done).window()
    door.tick()
    letter = checked(door.letters(EVE)[-1])
    print(letter.plain())
    assert "You saved my night." in letter.plain()
    print(checked(door.command("/feedback", by=DAN)).plain())
    print(checked(door.command("/feedback", by=EVE)).plain())
    print(checked(door.command("/feedback how", by=EVE)).plain())
    print(checked(door.command("/feedback erase 1", by=EVE)).plain())
    print(door.command("/feedback 1", by=ANA).text)
