"""A stranger's CSV file: what is understood, and how each wrong cell is named."""

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.csv_file import BadCell
from bot.domain.ticket import Ticket
from bot.domain.ticket_file import COLUMNS, TicketFile, open_file
from bot.errors import Refused

BERLIN = ZoneInfo("Europe/Berlin")


def opened(text: str, zone: ZoneInfo | None = None) -> TicketFile:
    """Open a file that holds `text`."""
    return open_file(io.StringIO(text, newline=""), zone)


def rows(text: str, zone: ZoneInfo | None = None) -> list[Ticket | list[BadCell]]:
    """Read a file that holds `text`."""
    return list(opened(text, zone).tickets())


def reasons(text: str, zone: ZoneInfo | None = None) -> list[str]:
    """Return everything that is wrong in `text`, in words."""
    return [str(cell) for row in rows(text, zone) if isinstance(row, list) for cell in row]


def test_a_full_row_is_understood():
    """Every column ends in its field; times come out in UTC and words in small letters."""
    header = ",".join(COLUMNS)
    line = "T-1,2026-10-01T09:00:00+02:00,2026-10-01T07:20:00Z,2026-10-01T10:00Z,Urgent,EMEA,Müller & Co,Good,2026-10-02T08:00Z,2026-10-01T15:00Z,yes,2,KB-7,Solved"
    assert rows(f"{header}\n{line}\n") == [
        Ticket(
            id="T-1",
            created_at=datetime(2026, 10, 1, 7, tzinfo=UTC),
            first_response_at=datetime(2026, 10, 1, 7, 20, tzinfo=UTC),
            solved_at=datetime(2026, 10, 1, 10, tzinfo=UTC),
            priority="urgent",
            team="emea",
            customer="Müller & Co",
            rating="good",
            rated_at=datetime(2026, 10, 2, 8, tzinfo=UTC),
            sla_due_at=datetime(2026, 10, 1, 15, tzinfo=UTC),
            sla_met=True,
            reopens=2,
            article="KB-7",
            status="solved",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "id;created_at\nT-1;2026-10-01T09:00Z\n",
        "id,created_at\r\nT-1,2026-10-01T09:00Z\r\n",
        " ID , Created_At \n\nT-1,2026-10-01T09:00Z\n\n",
        'created_at,id\n2026-10-01T09:00Z,"T-1"',
    ],
    ids=["semicolons", "windows", "spaces and blank lines", "other order, no last newline"],
)
def test_shapes_of_files_that_people_have(text):
    """Separators, line ends, order and blank lines do not matter."""
    assert rows(text) == [Ticket("T-1", datetime(2026, 10, 1, 9, tzinfo=UTC))]


def test_naive_times_are_read_in_the_zone_that_was_named():
    """9:00 in Berlin is 7:00 UTC in summer and 8:00 in winter."""
    text = "id,created_at\na,2026-07-01 09:00\nb,2026-12-01 09:00\n"
    assert [row.created_at.hour for row in rows(text, BERLIN) if isinstance(row, Ticket)] == [7, 8]


def test_the_hour_that_autumn_has_twice():
    """A reply at 2:10 to a ticket of 2:50 came twenty minutes later, in the second of the two hours."""
    text = "id,created_at,first_response_at\na,2026-10-25 02:50,2026-10-25 02:10\n"
    (row,) = rows(text, BERLIN)
    assert isinstance(row, Ticket)
    assert row.first_response_at == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert row.created_at == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)


def test_naive_times_without_a_zone_are_refused():
    """Guessing an hour would make every figure arguable."""
    assert reasons("id,created_at\na,2026-07-01 09:00\n") == [
        "line 2, created_at: “2026-07-01 09:00” has no offset; write 2026-07-01T09:00Z or say --timezone Europe/Berlin"
    ]


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("", ",2026-10-01T09:00Z", "line 2, id: is empty, and it is required"),
        ("", "T-1,", "line 2, created_at: is empty, and it is required"),
        ("", "T-1,yesterday", "line 2, created_at: “yesterday” is not a time; write 2026-10-01T09:30:00Z"),
        ("", "T-1,1026-10-01T09:00Z", "line 2, created_at: “1026-10-01T09:00Z” is not between the years 2000 and 2100"),
        ("", "T-1", "line 2, row: has 1 cells where the header has 2"),
        (",rating,rated_at", "T-1,2026-10-01T09:00Z,6,2026-10-02T09:00Z", "line 2, rating: “6” is not a rating; it takes good, bad, 1 to 5, or nothing"),
        (",rating", "T-1,2026-10-01T09:00Z,good", "line 2, rating: has no rated_at, nor a solved_at to date it by"),
        (",sla_met", "T-1,2026-10-01T09:00Z,true", "line 2, sla_met: has no sla_due_at, the day it would count on"),
        (",solved_at", "T-1,2026-10-01T09:00Z,2026-10-01T08:59Z", "line 2, solved_at: 2026-10-01 08:59 UTC is before created_at, 2026-10-01 09:00 UTC"),
        (",reopens", "T-1,2026-10-01T09:00Z,-1", "line 2, reopens: “-1” is not a whole number from 0 to 10,000"),
        (",reopens", "T-1,2026-10-01T09:00Z,00000000000000000009", "line 2, reopens: “00000000000000000009” is not a whole number from 0 to 10,000"),
        (",sla_met", "T-1,2026-10-01T09:00Z,perhaps", "line 2, sla_met: “perhaps” is neither yes nor no; it takes true, false, or nothing"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_by_line_column_and_reason(header, cells, said):
    """What was wrong, where, and what would work."""
    assert reasons(f"id,created_at{header}\n{cells}\n") == [said]


def test_a_rating_without_its_time_is_dated_by_the_solve():
    """Many helpdesks export no time of rating."""
    text = "id,created_at,solved_at,rating\na,2026-10-01T09:00Z,2026-10-03T09:00Z,5\n"
    (row,) = rows(text)
    assert isinstance(row, Ticket)
    assert row.rated_at == datetime(2026, 10, 3, 9, tzinfo=UTC)


def test_a_quote_left_open_swallows_nothing_in_silence():
    """A row over several lines is wrong, and what follows it is still named by its own line."""
    text = 'id,created_at,customer\na,2026-10-01T09:00Z,"two\nlines"\nb,nonsense,\n'
    assert reasons(text) == [
        "line 2, row: runs over several lines; is a quote left open?",
        "line 4, created_at: “nonsense” is not a time; write 2026-10-01T09:30:00Z",
    ]


@pytest.mark.parametrize(
    "text",
    [
        'a,2026-10-01T09:00Z,"never closed\nb,2026-10-01T09:00Z,\n',
        'a,2026-10-01T09:00Z,"x"y\n',
    ],
)
def test_what_is_no_csv_is_refused_with_its_line(text):
    """Rather than read as something else."""
    with pytest.raises(Refused, match="from line 2 on can be read as CSV"):
        rows(f"id,created_at,customer\n{text}")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "The file is empty."),
        ("id,customer", "lacks created_at"),
        ("id,created_at,id", "names 'id' twice"),
        ("id,created_at,solvedat", "Did you mean 'solved_at'?"),
    ],
)
def test_a_wrong_header_is_refused_at_once(header, said):
    """A mistyped column must not lose its data in silence."""
    with pytest.raises(Refused) as refused:
        opened(f"{header}\n" if header else "")
    assert said in refused.value.sentence


def test_columns_that_mean_nothing_here_are_left_out_and_named():
    """Exports hold more than we need."""
    file = opened("id,created_at,channel\na,2026-10-01T09:00Z,chat\n")
    assert file.ignored == ("channel",)
    assert list(file.tickets()) == [Ticket("a", datetime(2026, 10, 1, 9, tzinfo=UTC))]


@given(st.lists(st.lists(st.text(max_size=30), min_size=14, max_size=14), max_size=5))
def test_any_text_is_either_a_ticket_or_has_reasons(table):
    """No cell, whatever is in it, raises anything."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *table])
    for row in rows(out.getvalue()):
        assert isinstance(row, Ticket) or all(isinstance(cell, BadCell) for cell in row)
