"""A stranger's CSV file of incidents: what is understood, and how each wrong cell is named."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.csv_cell import csv_text, defused, restored
from bot.domain.csv_file import BadCell
from bot.domain.incident_file import COLUMNS, Record, open_incident_file
from bot.errors import Refused
from bot.vocabulary import Customers, Effect, IncidentKind, Moment, Noticed, Void

BERLIN = ZoneInfo("Europe/Berlin")
SERVICES = ("api-gateway", "Database")


def read(text: str, zone: ZoneInfo | None = None) -> list[Record | list[BadCell]]:
    """Read a file that holds `text`."""
    lines = io.StringIO(text, newline="")
    return list(open_incident_file(lines, zone, SERVICES).records())


def record(zone: ZoneInfo | None = None, **cells: str) -> Record:
    """Read a row with these cells, and expect nothing wrong."""
    [one] = read(csv_text([tuple(cells), tuple(cells.values())]), zone)
    assert isinstance(one, Record), one
    return one


def reasons(**cells: str) -> list[str]:
    """Return what is wrong in a row with these cells."""
    given = {"title": "API down", "noticed": "staff", **cells}
    [one] = read(csv_text([tuple(given), tuple(given.values())]))
    assert isinstance(one, list), one
    return [f"{cell.column}: {cell.reason}" for cell in one]


def test_a_full_row_is_understood() -> None:
    """Every column ends in its field."""
    header = ",".join(COLUMNS)
    line = (
        "inc-7,API  down,API-GATEWAY; database |dns,sev1,Many,down,customer,"
        "2026-10-01T09:00:00+02:00,2026-10-01T07:20Z,2026-10-01T07:25Z,2026-10-01T07:30Z,"
        "2026-10-01T08:00Z,2026-10-01T09:00Z,2026-10-04T09:00Z,"
        'U0ANA,False alarm,,INC-3?,"Two links\nand one switch"'
    )
    [one] = read(f"{header}\n{line}\n")
    assert one == Record(
        line=2,
        title="API down",
        label=(IncidentKind.REAL, 7),
        services=("api-gateway", "Database", "dns"),
        severity="sev1",
        customers=Customers.MANY,
        effect=Effect.DOWN,
        noticed=Noticed.CUSTOMER,
        times={
            Moment.STARTED: datetime(2026, 10, 1, 7, tzinfo=UTC),
            Moment.DETECTED: datetime(2026, 10, 1, 7, 20, tzinfo=UTC),
            Moment.DECLARED: datetime(2026, 10, 1, 7, 25, tzinfo=UTC),
            Moment.ACKNOWLEDGED: datetime(2026, 10, 1, 7, 30, tzinfo=UTC),
            Moment.MITIGATED: datetime(2026, 10, 1, 8, tzinfo=UTC),
            Moment.RESOLVED: datetime(2026, 10, 1, 9, tzinfo=UTC),
            Moment.CLOSED: datetime(2026, 10, 4, 9, tzinfo=UTC),
        },
        lead="U0ANA",
        void=Void.FALSE_ALARM,
        repeat_of=(IncidentKind.REAL, 3),
        repeat_is_confirmed=False,
        root_cause="Two links\nand one switch",
    )


def test_what_is_empty_says_nothing() -> None:
    """Only a title has to be there."""
    assert record(title="API down", severity="", started_at="", services=" ; ") == Record(
        2, "API down"
    )


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("INC-7", (IncidentKind.REAL, 7)),
        ("7", (IncidentKind.REAL, 7)),
        ("#007", (IncidentKind.REAL, 7)),
        ("drill-2", (IncidentKind.DRILL, 2)),
        ("", None),
    ],
)
def test_a_number_is_read_as_people_write_it(
    typed: str, label: tuple[IncidentKind, int] | None
) -> None:
    """Or is left empty, for a new one."""
    assert record(title="API down", id=typed).label == label


@pytest.mark.parametrize("column", ["title", "services", "severity", "root_cause"])
def test_what_no_database_keeps_is_refused(column: str) -> None:
    """PostgreSQL has no NUL; the line that holds one is named."""
    assert reasons(**{column: "a\0b"}) == [f"{column}: holds a NUL character"]


AN_INCIDENT = "is not an incident; write INC-7 or DRILL-2, or leave it empty"


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("id", "T-7", f"“T-7” {AN_INCIDENT}"),
        ("id", "0", f"“0” {AN_INCIDENT}"),
        ("id", "SEC-1", "names a restricted incident; those do not come in from files"),
        ("title", "", "is empty, and it is required"),
        ("title", "x" * 151, "has 151 characters; 150 fit"),
        ("title", "API\ndown", "runs over several lines; is a quote left open?"),
        ("services", "x" * 76, "has 76 characters; 75 fit"),
        ("services", ";".join(f"s{n}" for n in range(51)), "names 51 services; 50 fit"),
        ("severity", "x" * 41, "has 41 characters; 40 fit"),
        ("customers", "some", "“some” is not known here; it takes all, many, one, none"),
        ("effect", "bad", "“bad” is not known here; it takes down, degraded, workaround, cosmetic"),
        ("noticed", "me", "“me” is not known here; it takes monitoring, customer, staff"),
        *(
            (column, "soon", "“soon” is not a time; write 2026-10-01T09:30:00Z")
            for column in COLUMNS
            if column.endswith("_at")
        ),
        ("started_at", "2026-10-01T09:00", "“2026-10-01T09:00” has no offset; write 2026-10-01T09:00Z or say --timezone Europe/Berlin"),
        ("started_at", "1926-10-01T09:00Z", "“1926-10-01T09:00Z” is not between the years 2000 and 2100"),
        ("lead", "Ana", "“Ana” is not a person's Slack id, such as U0123ABCD"),
        ("void", "drill", "“drill” is not known here; it takes duplicate, false_alarm"),
        ("duplicate_of", "the other", f"“the other” {AN_INCIDENT}"),
        ("repeat_of", "??", f"“” {AN_INCIDENT}"),
        ("root_cause", "x" * 3_001, "has 3001 characters; 3000 fit"),
        ("root_cause", "a\0b", "holds a NUL character"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_its_reason(column: str, cell: str, reason: str) -> None:
    """One for every column and what can be wrong in it."""
    assert reasons(**{column: cell}) == [f"{column}: {reason}"]


def test_all_that_is_wrong_in_a_row_is_told_at_once() -> None:
    """Nobody mends a file cell by cell."""
    assert len(reasons(title="", started_at="soon", effect="bad", lead="Ana")) == 4


def test_a_false_alarm_is_no_duplicate() -> None:
    """It is one or the other."""
    assert reasons(void="false alarm", duplicate_of="INC-3") == [
        "void: is false_alarm, and duplicate_of says that it is another incident"
    ]


def test_a_row_has_as_many_cells_as_the_header() -> None:
    """A quote too few shifts them all."""
    [wrong] = read("title,severity\nAPI down,sev1,more\n")
    assert [str(cell) for cell in wrong] == ["line 2, row: has 3 cells where the header has 2"]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("", "The file is empty. Its first line names the columns: id, title,"),
        ("severity,lead", "The header lacks title; a file without it can change known"),
        (
            "title,sevrity",
            "The header names a column 'sevrity', which is not known. Did you mean 'severity'?",
        ),
        ("title,title", "The header names 'title' twice; keep one of them."),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(header: str, sentence: str) -> None:
    """In a sentence that says what would work."""
    with pytest.raises(Refused) as refused:
        read(header)
    assert refused.value.sentence.startswith(sentence)


def test_columns_may_come_in_any_order_with_semicolons() -> None:
    """As spreadsheets write them where the comma parts decimals; unknown ones are left out."""
    lines = io.StringIO("Remark;Severity;TITLE\nx;sev1;API down\n", newline="")
    file = open_incident_file(lines, None)
    assert file.ignored == ("remark",)
    assert list(file.records()) == [Record(2, "API down", severity="sev1")]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2026-10-25 02:30", "exists twice"),
        ("2026-03-29 02:30", "does not exist"),
    ],
)
def test_a_time_that_a_clock_change_spoils_needs_its_offset(cell: str, why: str) -> None:
    """On 25 October 2026 half past two came twice in Berlin, on 29 March never."""
    [wrong] = read(f"title,started_at\nAPI down,{cell}\n", BERLIN)
    assert [str(one) for one in wrong] == [
        f"line 2, started_at: “{cell}” {why} in Europe/Berlin; write its offset"
    ]
    times = record(BERLIN, title="API down", started_at="2026-10-25 02:30+01:00").times
    assert [f"{at:%H:%M}" for at in times.values()] == ["01:30"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "'=1", "''@x", "\t=1", "＝1"])  # noqa: RUF001
def test_no_cell_is_computed(text: str) -> None:
    """An apostrophe stands before it, and is taken away again."""
    assert defused(text) == f"'{text}"
    assert restored(defused(text)) == text


@given(st.text())
def test_defusing_is_reversed_exactly(text: str) -> None:
    """Whatever a text begins with, and nothing that a spreadsheet computes is left."""
    assert restored(defused(text)) == text
    assert defused(text)[:1] not in tuple("=+-@\t\r")


def test_an_apostrophe_of_its_own_stays() -> None:
    """'n Abend."""
    assert defused("'n Abend") == restored("'n Abend") == "'n Abend"
