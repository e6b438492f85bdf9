"""A million rows come in while people go on working."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import pytest

from tests.front_door import ANA, BO, FrontDoor
from tests.many import write_csv

pytestmark = pytest.mark.long

ROWS = 1_000_000
MIDWAY = 20  # rounds
PATIENCE = 3.0  # seconds; what Slack gives a command


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with the bot in it."""
    with FrontDoor(database_url, tmp_path, rate_limits=False) as door:
        yield door


def is_running(process: subprocess.Popen[str]) -> bool:
    """Return whether a process runs on; people type five times a second, not more."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=0.2)
    return process.poll() is None


def test_people_are_answered_while_a_million_rows_come_in(door, database_url, tmp_path):
    """The writer's place is held only briefly: a read and a write by command never take three seconds.

    The answer is looked at, not only its acknowledgement. A target that durations are counted against changes midway,
    so that the import has to count again.
    """
    export = write_csv(tmp_path / "tickets.csv", ROWS)
    command = [sys.executable, "-m", "bot", "import", "tickets", str(export)]
    environ = {
        **os.environ,
        "DATABASE_URL": database_url,
        "STEWARD_CONFIG": str(tmp_path / "app.yaml"),
    }
    slowest = dict.fromkeys(("/kpi csat october", "/kpi target csat", "/kpi target frt"), 0.0)

    def ask(typed: str, value: str, by: str, answered: str) -> None:
        began = perf_counter()
        said = door.command(f"{typed} {value}".strip(), by=by)
        if not said.messages:  # acknowledged by the door, and answered later
            door.wait_until(lambda: door.seen(by)[-1]["text"].startswith(answered))
        slowest[typed] = max(slowest[typed], perf_counter() - began)
        assert door.seen(by)[-1]["text"].startswith(answered)

    rounds = 0
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as importing:
        while is_running(importing):
            rounds += 1
            ask("/kpi csat october", "", BO, "CSAT")
            target = 50 + rounds % 2
            ask("/kpi target csat", str(target), ANA, f"CSAT: the target is now {target} %")
            if rounds == MIDWAY:
                ask("/kpi target frt", "45m", ANA, "First response: the target is now 45 min")
        told = importing.stdout.read() if importing.stdout else ""
    print(f"{rounds} rounds; slowest answers during the import: {slowest}")
    assert told.startswith("1,000,000 new, 0 changed, 0 unchanged, 0 refused"), told
    assert rounds > MIDWAY
    assert max(slowest.values()) < PATIENCE
    plain = door.command("/kpi frt october", by=BO).plain()
    assert "being counted anew" not in plain
