"""Incidents in agendas: told when one is posted, and taken out of it again when one is restricted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.domain import booking
from tests.front_door import BO, DESK, LEA, Mode
from tests.incident_front import IncidentDoor
from tests.meetingroom import ANA, terms, utc

SUNDAY = utc("2026-11-22 12:00")


@pytest.fixture(autouse=True)
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on the day before."""
    with freeze_time(SUNDAY, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[IncidentDoor]:
    """A workspace where the cloud team meets on Monday at nine, in both modes of delivery."""
    with IncidentDoor(database_url, tmp_path, mode=mode, rate_limits=False) as front:
        weekly = terms(template="cloud_team", title="Cloud weekly")
        front.write(booking.create, weekly, ANA, "form", SUNDAY)
        yield front


def agenda(door: IncidentDoor) -> str:
    """Return what everybody reads in the channel."""
    door.deliver()
    return str(door.seen(LEA, DESK))


def test_restricting_takes_it_out_of_the_agenda(
    door: IncidentDoor, frozen: FrozenDateTimeFactory
) -> None:
    """Nobody reads of it there any more, and the other incident stays."""
    door.declare(title="Keys leaked")
    door.declare(title="DNS is slow")
    frozen.move_to(utc("2026-11-23 08:00"))
    door.tick("agendas")
    assert "INC-001 SEV1 Keys leaked" in agenda(door)

    card = door.cards()[0]
    more = door.press(card, "More", by=BO)
    done = door.submit(door.press(more, "Restrict"), named=[LEA])
    assert done.outcome.errors == {}

    assert "Keys leaked" not in agenda(door)
    assert "INC-001" not in agenda(door)
    assert "INC-002 SEV1 DNS is slow" in agenda(door)
    assert "2 incidents" not in agenda(door)


def test_the_only_incident_leaves_no_count_behind(
    door: IncidentDoor, frozen: FrozenDateTimeFactory
) -> None:
    """A number without a line would say that there was one."""
    door.declare(title="Keys leaked")
    frozen.move_to(utc("2026-11-23 08:00"))
    door.tick("agendas")
    assert "1 incident began since the last meeting, none resolved; 1 open." in agenda(door)
    more = door.press(door.cards()[0], "More", by=BO)
    door.submit(door.press(more, "Restrict"), named=[LEA])
    assert "since the last meeting" not in agenda(door)
