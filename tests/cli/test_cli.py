"""The words typed in a terminal: what they print, and how they refuse."""

import json
import os
import sqlite3
import sys
from pathlib import Path

import pytest
import yaml
from freezegun import freeze_time
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner, Result

from bot.app import find_routers
from bot.cli import app
from bot.cli.speech import sentences
from bot.slack.router import combine
from bot.vocabulary import IncidentKind
from tests.incident_book import IncidentBook

FILE = """id,created_at,solved_at,rating,rated_at,team
T-1,2026-10-01T09:00Z,2026-10-01T10:00Z,good,2026-10-02T10:00Z,emea
T-2,2026-10-02T09:00Z,2026-10-02T10:00Z,bad,2026-10-03T10:00Z,emea
T-3,2026-10-03T09:00Z,,,,apac
"""


class Terminal:
    """A terminal in a folder of its own, with a database and a page."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        (folder / "app.yaml").write_text("timezone: UTC\n", encoding="utf-8")
        self.environ = {
            "DATABASE_URL": database_url,
            "STEWARD_CONFIG": str(folder / "app.yaml"),
            "NO_COLOR": "1",
        }

    def __call__(self, *words: str) -> Result:
        """Type a command."""
        return CliRunner().invoke(app, list(words), env=self.environ, prog_name="python -m bot")

    def file(self, text: str, name: str = "tickets.csv") -> str:
        """Write a file and return its path."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


@pytest.fixture
def terminal(tmp_path: Path, database_url: str) -> Terminal:
    """A terminal."""
    return Terminal(tmp_path, database_url)


def test_an_import_ends_with_counts(terminal):
    """New the first time, unchanged the second."""
    path = terminal.file(FILE)
    assert (
        terminal("import", "tickets", path).stdout == "3 new, 0 changed, 0 unchanged, 0 refused.\n"
    )
    assert (
        terminal("import", "tickets", path).stdout == "0 new, 0 changed, 3 unchanged, 0 refused.\n"
    )
    changed = terminal.file(FILE.replace("bad", "good"))
    assert (
        terminal("import", "tickets", changed).stdout
        == "0 new, 1 changed, 2 unchanged, 0 refused.\n"
    )


def test_bad_rows_are_listed_and_nothing_is_written(terminal):
    """The first twenty with line, column and reason, then a count; exit code 2."""
    bad = FILE + "".join(f"B-{n},nonsense,,,,\n" for n in range(30))
    result = terminal("import", "tickets", terminal.file(bad))
    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if line.startswith("line ")]
    assert len(lines) == 20
    assert lines[0] == "line 5, created_at: “nonsense” is not a time; write 2026-10-01T09:30:00Z"
    assert "… and 10 more." in result.stderr
    assert "30 rows are wrong, so nothing was written." in result.stderr
    assert json.loads(terminal("kpi", "csat", "--json").stdout)["n"] == 0


def test_good_rows_come_in_with_skip_bad(terminal):
    """And the bad ones are still listed."""
    result = terminal("import", "tickets", terminal.file(FILE + "B-1,nonsense,,,,\n"), "--skip-bad")
    assert result.exit_code == 0
    assert result.stdout == "3 new, 0 changed, 0 unchanged, 1 refused.\n"
    assert "line 5, created_at" in result.stderr


def test_a_bad_row_is_one_line_and_alone_it_is_singular(terminal):
    """All that is wrong in it stands together."""
    path = terminal.file(FILE + "B-1,nonsense,soon,,,\n")
    assert terminal("import", "tickets", path).stderr.splitlines()[-2:] == [
        (
            "line 5, created_at: “nonsense” is not a time; write 2026-10-01T09:30:00Z; "
            "solved_at: “soon” is not a time; write 2026-10-01T09:30:00Z"
        ),
        "1 row is wrong, so nothing was written. Mend it, or import the others with --skip-bad.",
    ]


def test_skip_bad_without_a_good_row_is_a_failure(terminal):
    """A script must not take it for an import."""
    path = terminal.file("id,created_at\nB-1,nonsense\nB-2,nonsense\n")
    result = terminal("import", "tickets", path, "--skip-bad")
    assert result.exit_code == 2
    assert result.stdout == "0 new, 0 changed, 0 unchanged, 2 refused.\n"


@freeze_time("2026-10-02 10:00")
def test_what_is_dated_in_the_future_is_counted_in_good_english(terminal):
    """One is, two are."""
    said = terminal("import", "tickets", terminal.file(FILE)).stdout
    assert "1 is dated in the future; it counts when its day comes." in said
    ahead = terminal.file(FILE.replace("T-", "F-").replace("2026-10", "2026-11"))
    said = terminal("import", "tickets", ahead).stdout
    assert "3 are dated in the future; they count when their day comes." in said


def test_a_file_may_come_through_a_pipe(terminal):
    """Its size is not known, and it cannot be asked how far it was read."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write(FILE)
    result = terminal("import", "tickets", f"/dev/fd/{reading}")
    os.close(reading)
    assert result.stdout == "3 new, 0 changed, 0 unchanged, 0 refused.\n"


@freeze_time("2026-11-23 12:00")
def test_a_kpi_of_incidents(terminal, database):
    """The card as in Slack, and as JSON with what was left out."""
    book = IncidentBook(database)
    for minutes in (10, 20, 60):
        book.took(minutes)
    book.took(600, kind=IncidentKind.DRILL)
    book.took(600, kind=IncidentKind.SECURITY, title="Keys leaked")
    card = terminal("kpi", "mttr").stdout
    assert "3 incidents are too few to carry a trend; it takes 20" in card
    assert "Left out: 1 drill" in card
    assert "Keys" not in card
    said = json.loads(terminal("kpi", "mttr", "--json").stdout)
    assert (said["value"], said["mean"], said["known"], said["of"]) == (1200, 1800, 3, 3)
    assert said["left_out"] == {"drill": 1}
    assert said["change"] is None
    up = json.loads(terminal("kpi", "uptime", "--json").stdout)
    assert up["services"]["api-gateway"]["seconds"] == 22 * 86_400 + 43_200
    assert "belong to services" in terminal("kpi", "mttr", "--team", "emea").stderr


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://me:hush@db/x", "PostgreSQL needs the extra: pip install -e '.[postgres]'"),
        ("postgresql+nonsense://me:hush@db/x", "DATABASE_URL is not an address"),
        ("postgresql://me:hush@db:port/x", "DATABASE_URL is not an address"),
        ("sqlite:///{folder}/app.yaml", "The database cannot be used (DatabaseError)"),
        ("sqlite:///{folder}/app.yaml/new/x.db", "The database's folder cannot be made ("),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence(terminal, monkeypatch, address, said):
    """No traceback and no password, whatever DATABASE_URL names."""
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as on a machine without the extra
    (terminal.folder / "app.yaml").write_text("# no database\n" * 100, encoding="utf-8")
    terminal.environ["DATABASE_URL"] = address.format(folder=terminal.folder)
    result = terminal("kpi", "csat")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "hush" not in result.output


def test_a_mistake_of_the_program_is_no_sentence(database):
    """Whoever mends it needs the traceback."""
    with pytest.raises(DatabaseError), sentences(), database.reading() as session:
        session.execute(text("SELECT nothing FROM nowhere"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"id,when\n", "The header lacks created_at"),
        (
            b"id,created_at\nT-\xff,2026-10-01T09:00Z\n",
            "Line 2 is not UTF-8; save the file as UTF-8.",
        ),
        ("id,created_at\n".encode("utf-16"), "Line 1 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(terminal, content, said):
    """No traceback, nothing written, exit code 2."""
    path = terminal.folder / "broken.csv"
    path.write_bytes(content)
    result = terminal("import", "tickets", str(path))
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_a_byte_order_mark_is_no_column(terminal):
    """Excel writes one."""
    path = terminal.folder / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + FILE.replace(",", ";").encode())
    assert terminal("import", "tickets", str(path)).stdout.startswith("3 new")


def test_naive_times_need_a_zone(terminal):
    """And a mistyped zone brings the nearest."""
    path = terminal.file("id,created_at\nT-1,2026-07-01 09:00\n")
    assert "say --timezone Europe/Berlin" in terminal("import", "tickets", path).stderr
    assert (
        "did you mean Europe/Berlin?"
        in terminal("import", "tickets", path, "--timezone", "Europe/Berln").stderr
    )
    assert terminal("import", "tickets", path, "--timezone", "Europe/Berlin").stdout.startswith(
        "1 new"
    )


@freeze_time("2026-11-23 09:30")
def test_json_holds_the_snapshot(terminal):
    """The fields that scripts rely on."""
    terminal("import", "tickets", terminal.file(FILE))
    said = json.loads(terminal("kpi", "csat", "--period", "october", "--json").stdout)
    assert said["interval"] == [pytest.approx(9.45, abs=0.01), pytest.approx(90.55, abs=0.01)]
    assert said["previous"]["value"] is None
    wanted = {
        "slug": "csat",
        "period_start": "2026-10-01",
        "period_end": "2026-10-31",
        "value": 50.0,
        "unit": "percent",
        "numerator": 1,
        "denominator": 2,
        "n": 2,
        "target": 90.0,
        "status": "too_close_to_call",
        "as_of": "2026-11-23T09:30:00+00:00",
    }
    assert {key: said[key] for key in wanted} == wanted


@freeze_time("2026-11-23 09:30")
def test_a_duration_is_in_seconds(terminal):
    """An hour is 3,600."""
    terminal(
        "import",
        "tickets",
        terminal.file(FILE.replace(",team", ",priority").replace("emea", "urgent")),
    )
    said = json.loads(terminal("kpi", "rt", "--period", "2026-10", "--json").stdout)
    assert said["value"] == pytest.approx(3600, rel=0.01)
    assert (said["unit"], said["target"], said["n"]) == ("seconds", 14_400.0, 2)


@freeze_time("2026-11-23 09:30")
def test_a_card_and_the_list_in_words(terminal):
    """The same as in Slack, without its buttons."""
    terminal("import", "tickets", terminal.file(FILE))
    card = terminal("kpi", "csat", "--period", "october", "--team", "EMEA").stdout
    assert card.splitlines()[:2] == [
        "Customer satisfaction · October 2026 · emea",
        "50.0 %   🟡 too close to call (90 %)",
    ]
    assert "Share here" not in card
    assert "Ticket volume" in terminal("kpi").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [(["kpi", "cast"], "Did you mean `csat`?"), (["kpi", "csat", "--period", "soon"], "soon")],
)
def test_what_is_not_understood_is_refused_in_a_sentence(terminal, words, said):
    """Exit code 2, on standard error."""
    result = terminal(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_run_says_all_that_is_missing_at_once(terminal):
    """One sentence each, exit code 2, no traceback."""
    terminal.environ |= {"DATABASE_URL": "nonsense", "PORT": "many"}
    result = terminal("run")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) >= 2
    assert "Traceback" not in result.output
    terminal.environ |= {"DATABASE_URL": "sqlite:///x.db", "PORT": "3000"}
    said = terminal("run").stderr
    assert "SLACK_BOT_TOKEN is missing" in said
    assert "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both missing" in said


def test_the_manifest_is_yaml_for_the_handlers_that_exist(terminal):
    """Commands, scopes and events as Slack's schema has them."""
    said = yaml.safe_load(terminal("manifest").stdout)
    commands = [command["command"] for command in said["features"]["slash_commands"]]
    assert commands == sorted(combine(find_routers().values()).commands)
    events = said["settings"]["event_subscriptions"]["bot_events"]
    assert {"app_home_opened", "message.channels", "reaction_added"} <= set(events)
    scopes = set(said["oauth_config"]["scopes"]["bot"])
    assert {"commands", "chat:write", "users:read", "channels:history", "mpim:write"} <= scopes


def test_a_kpi_in_the_settings_that_does_not_exist(terminal):
    """Checked at start, with the nearest match."""
    (terminal.folder / "app.yaml").write_text(
        "kpis: {csta: {target: 90}, csat: {target: lots}}\n", encoding="utf-8"
    )
    said = terminal("kpi", "csat").stderr
    assert "`kpis.csta` is not a KPI" in said
    assert "`kpis.csat.target`" in said


def test_an_old_sqlite_file_is_brought_up_to_date(terminal, tmp_path):
    """The commands bring the schema along."""
    terminal.environ["DATABASE_URL"] = f"sqlite:///{tmp_path}/new/steward.db"
    assert terminal("import", "tickets", terminal.file(FILE)).stdout.startswith("3 new")
    with sqlite3.connect(tmp_path / "new" / "steward.db") as connection:
        assert connection.execute("SELECT count(*) FROM ticket").fetchone() == (3,)
    connection.close()
