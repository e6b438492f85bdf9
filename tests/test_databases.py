"""The databases of the tests: other processes may use them, and a PostgreSQL server goes when its run goes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.storage import ticket as tickets

CSV = "id,created_at\nT-1,2026-10-01T09:00Z\nT-2,2026-10-02T09:00Z\n"
PATIENCE = 20  # seconds
HOLD_A_SERVER = """
from tests.postgres import postgres_server
with postgres_server() as address:
    print(address, flush=True)
    input()
"""


@pytest.mark.both_databases
def test_another_process_works_on_the_same_database(database, database_url, tmp_path):
    """Tests that start the program hand it the address."""
    (tmp_path / "app.yaml").write_text("timezone: UTC\n", encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(CSV, encoding="utf-8")
    environ = {
        **os.environ,
        "DATABASE_URL": database_url,
        "STEWARD_CONFIG": str(tmp_path / "app.yaml"),
    }
    command = [sys.executable, "-m", "bot", "import", "tickets", str(tmp_path / "tickets.csv")]
    told = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert told.stdout == "2 new, 0 changed, 0 unchanged, 0 refused.\n", told.stderr
    assert database.read(tickets.count_tickets) == 2


def test_a_server_goes_when_its_run_is_killed():
    """Not even SIGKILL leaves a server or a folder behind."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        address = run.stdout.readline().strip()
        with psycopg.connect(address, autocommit=True) as session:
            (data,) = session.execute("SHOW data_directory").fetchone()
            run.kill()
            with pytest.raises(psycopg.OperationalError):  # the server goes from under it
                session.execute(f"SELECT pg_sleep({PATIENCE})")
    for folder in (Path(data), Path(make_url(address).query["host"])):
        wait_until_gone(folder)


def wait_until_gone(folder: Path) -> None:
    """Wait until a folder is no more."""
    for _ in range(PATIENCE * 100):
        if not folder.exists():
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{folder} is still there")
