"""`import incidents` and `export incidents` in a terminal: what they write, print and refuse."""

import json
from pathlib import Path

import pytest
from freezegun import freeze_time
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.domain.incident import EVERYBODY, find_incidents, find_named
from bot.storage.database import Database, database_now
from bot.vocabulary import IncidentKind
from tests.helpdesk import MONDAY_0930
from tests.incident_book import IncidentBook

FILE = """id,title,services,severity,started_at,detected_at,resolved_at,repeat_of,root_cause
INC-7,API down,api-gateway;dns,sev1,2026-10-01T09:00Z,2026-10-01T09:30Z,2026-10-01T11:30Z,,Network configuration
,Console slow,console,SEV3 medium,,2026-10-02T09:00Z,2026-10-02T10:00Z,INC-7?,
DRILL-2,We lose a region,,sev2,,2026-10-03T09:00Z,2026-10-03T10:00Z,,
"""


@pytest.fixture(autouse=True)
def _frozen():
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930):
        yield


class Terminal:
    """A terminal in a folder of its own, with a database and a page."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        (folder / "app.yaml").write_text(
            "timezone: Europe/Berlin\nservices: [api-gateway, console]\n", encoding="utf-8"
        )
        self.environ = {
            "DATABASE_URL": database_url,
            "STEWARD_CONFIG": str(folder / "app.yaml"),
            "NO_COLOR": "1",
        }

    def __call__(self, *words: str) -> Result:
        """Type a command."""
        return CliRunner().invoke(app, list(words), env=self.environ, prog_name="python -m bot")

    def file(self, text: str, name: str = "incidents.csv") -> str:
        """Write a file and return its path."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


@pytest.fixture
def terminal(tmp_path: Path, database_url: str) -> Terminal:
    """A terminal."""
    return Terminal(tmp_path, database_url)


def test_an_import_ends_with_counts(terminal, database):
    """New the first time, unchanged the second, with the numbers of the file and the next one free."""
    path = terminal.file(FILE)
    assert (
        terminal("import", "incidents", path).stdout
        == "3 new, 0 changed, 0 unchanged, 0 refused.\n"
    )
    assert (
        terminal("import", "incidents", path).stdout
        == "0 new, 0 changed, 3 unchanged, 0 refused.\n"
    )
    labels = [each.label for each in database.read(find_incidents, EVERYBODY)]
    assert labels == ["DRILL-002", "INC-008", "INC-007"]
    assert IncidentBook(database, MONDAY_0930).add(detected=MONDAY_0930).label == "INC-009"


def test_bad_rows_are_listed_and_nothing_is_written(terminal, database):
    """Each with its line, column and reason; exit code 2."""
    result = terminal("import", "incidents", terminal.file(FILE + "SEC-1,,,,,,,,\n"))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-2:] == [
        (
            "line 5, id: names a restricted incident; those do not come in from files; title: is empty, and it is required of a new one; "
            "severity: is empty, and so are customers or effect, which would give it; "
            "started_at: is empty, and so are detected_at and declared_at; one of them must say when it began"
        ),
        "1 row is wrong, so nothing was written. Mend it, or import the others with --skip-bad.",
    ]
    assert database.read(find_incidents, EVERYBODY) == []


def test_good_rows_come_in_with_skip_bad(terminal):
    """And the bad ones are still listed."""
    path = terminal.file(FILE + "INC-9,Bad,,sev1,soon,,,,\n")
    result = terminal("import", "incidents", path, "--skip-bad")
    assert (result.exit_code, result.stdout) == (0, "3 new, 0 changed, 0 unchanged, 1 refused.\n")
    assert "line 5, started_at: “soon” is not a time" in result.stderr


def test_times_without_an_offset_need_a_zone(terminal, database):
    """As in a file of tickets."""
    path = terminal.file("title,severity,started_at\nAPI down,sev1,2026-10-01 09:00\n")
    assert "say --timezone Europe/Berlin" in terminal("import", "incidents", path).stderr
    terminal("import", "incidents", path, "--timezone", "Europe/Berlin")
    assert (
        f"{database.read(find_named, 'INC-1', EVERYBODY).times.started}"
        == "2026-10-01 07:00:00+00:00"
    )


def test_an_export_comes_back_unchanged(terminal):
    """Of one incident, of a period, of all of them."""
    terminal("import", "incidents", terminal.file(FILE))
    for chosen in ([], ["--period", "2026-10"], ["--id", "inc-7"]):
        path = str(terminal.folder / "out.csv")
        assert terminal("export", "incidents", *chosen, "-o", path).exit_code == 0
        assert terminal("import", "incidents", path).stdout.startswith("0 new, 0 changed,")


def test_one_incident_is_told_in_markdown(terminal):
    """To the terminal, in the organisation's zone."""
    terminal("import", "incidents", terminal.file(FILE))
    said = terminal("export", "incidents", "--id", "INC-8").stdout
    assert said.startswith("# INC-008 Console slow\n")
    assert "- Severity: SEV3 medium\n" in said
    assert "- Repeats INC-007, not confirmed\n" in said
    assert "| Detected | 2 October 2026, 11:00 CEST |\n" in said


def test_a_period_is_told_in_json(terminal):
    """For programs: what nobody knows is null."""
    terminal("import", "incidents", terminal.file(FILE))
    found = json.loads(
        terminal("export", "incidents", "--period", "2026-10-02", "--format", "json").stdout
    )
    assert [
        (one["id"], one["started_at"], one["to_detect"], one["to_resolve"]) for one in found
    ] == [("INC-008", None, None, 3_600)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--id", "INC-99"], "I know of no INC-099.\n"),
        (["--id", "SEC-1"], "I know of no SEC-001.\n"),
        (["--id", "SEC-2"], "I know of no SEC-002.\n"),
        (["--id", "soon"], "“soon” is no incident."),
        (["--id", "INC-1", "--period", "q3"], "Say --period or --id, not both.\n"),
        (["--period", "soonish"], "“soonish” is not a period I know"),
        (["-o", "/nowhere/at/all.csv"], "all.csv cannot be written (No such file or directory).\n"),
    ],
)
def test_what_cannot_be_exported_gets_a_sentence(terminal, database, words, sentence):
    """A restricted incident reads like one that is not there."""
    IncidentBook(database, MONDAY_0930).add(kind=IncidentKind.SECURITY, detected=MONDAY_0930)
    result = terminal("export", "incidents", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith(sentence)


def test_restricted_incidents_are_in_no_file(terminal, database: Database):
    """Not one word of them, in no format."""
    book = IncidentBook(database, MONDAY_0930)
    book.add("Keys in a public place", kind=IncidentKind.SECURITY, detected=MONDAY_0930)
    book.add("API down", detected=MONDAY_0930)
    for form in ("md", "csv", "json"):
        said = terminal("export", "incidents", "--format", form).stdout
        assert "API down" in said
        assert "Keys" not in said
        assert "SEC" not in said


def test_services_that_nobody_knows_are_told(terminal, database):
    """A slip counts apart in uptime, and a retired one is meant: both are taken, and said."""
    path = terminal.file(
        "title,services,severity,detected_at\n"
        "API down,API-Gateway;consle,sev1,2026-10-01T09:00Z\n"
        "Old mail,consle;mail-2009,sev3,2026-10-02T09:00Z\n"
    )
    result = terminal("import", "incidents", path)
    assert result.stdout == "2 new, 0 changed, 0 unchanged, 0 refused.\n"
    told = " ".join(result.stderr.split())
    assert (
        "“consle” in 2 rows is no service of `app.yaml`; it is taken as it stands. "
        "Did you mean console?"
    ) in told
    assert "“mail-2009” in 1 row is no service of `app.yaml`; it is taken as it stands." in told
    assert "gateway" not in told.casefold()
    assert database.read(find_named, "INC-1", EVERYBODY).services == ("api-gateway", "consle")


def test_a_file_without_titles_changes_those_that_are_known(terminal, database):
    """It says nothing of their titles; a new one cannot be without."""
    terminal("import", "incidents", terminal.file(FILE))
    result = terminal(
        "import", "incidents", terminal.file("id,lead,resolved_at\nINC-7,U0ANA,2026-10-01T12:00Z\n")
    )
    assert result.stdout == "0 new, 1 changed, 0 unchanged, 0 refused.\n"
    found = database.read(find_named, "INC-7", EVERYBODY)
    assert (found.title, found.lead) == ("API down", "U0ANA")
    result = terminal(
        "import", "incidents", terminal.file("id,detected_at\nINC-70,2026-10-01T12:00Z\n")
    )
    assert "title: is empty, and it is required of a new one" in result.stderr


def test_when_it_was_declared_is_when_it_was_written_down_here(terminal, database):
    """A file that does not say it makes no instant up; the same file again changes nothing."""
    before = database.read(database_now)
    terminal("import", "incidents", terminal.file(FILE))
    found = database.read(find_named, "INC-7", EVERYBODY)
    assert before <= found.times.declared <= database.read(database_now)
    assert found.is_backdated
