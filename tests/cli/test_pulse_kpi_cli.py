"""Figures of surveys in a terminal."""

import json
from datetime import UTC, datetime
from pathlib import Path

from freezegun import freeze_time
from typer.testing import CliRunner

from bot.cli import app
from bot.storage.database import Database
from tests.pulse_book import PulseBook

CLOSED = datetime(2026, 11, 20, 12, tzinfo=UTC)
HALF = ["55|9", "44|9", "42|7", "25|5", "22|3", "11|0"]


@freeze_time("2026-11-23T12:00:00Z")
def test_a_survey_in_a_terminal(tmp_path: Path, database: Database, database_url: str) -> None:
    """As a card, and as JSON that holds what was published, beside how many answered."""
    PulseBook(database).close(CLOSED, {"desk": HALF, "cloud": [*HALF, ""]})
    (tmp_path / "app.yaml").write_text("timezone: UTC\n", encoding="utf-8")
    environ = {"DATABASE_URL": database_url, "STEWARD_CONFIG": str(tmp_path / "app.yaml")}

    def typed(*words: str) -> str:
        answer = CliRunner().invoke(app, ["kpi", *words], env=environ)
        assert answer.exit_code == 0, answer.output
        return answer.stdout

    assert "−17 (12 of 13 answered)" in typed("enps")
    told = json.loads(typed("enps", "--json"))
    assert (told["unit"], told["value"], told["numerator"], told["n"]) == ("points", -17, None, 12)
    assert told["lines"]["response"]["n"] == 13
    assert told["survey"] == {
        "number": "#1",
        "name": "Pulse",
        "closed_on": "2026-11-20",
        "group": None,
        "low": -17,
        "high": -17,
        "answers": 12,
        "answered": 12,
        "invited": 13,
        "withheld": None,
        "before": None,
        "change": None,
    }
    assert json.loads(typed("enps", "--json", "--period", "october"))["value"] is None
