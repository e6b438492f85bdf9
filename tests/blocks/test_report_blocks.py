"""One page, three faces: the message, the CSV and the Markdown of a report hold the same."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.blocks.plain import plain
from bot.blocks.report import (
    file_name,
    report_csv,
    report_list,
    report_markdown,
    report_message,
)
from bot.domain.period import parse_period
from bot.domain.report import Fact, Facts, Gathered, Page, Report, Scope, Table
from bot.domain.severity import Severities
from bot.domain.target import Counting
from bot.workspace.validator import check_message
from tests.front_door import text

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ROWS = (("INC-001", "=cmd|' /C calc'!A0", "30 min"), ("INC-002", "a | b <@U0ANA> *bold*", "open"))
GATHERED = Gathered(
    "2 incidents began.",
    (
        Facts("Number", (Fact("All", "2"), Fact("By service", "api & dns 2"))),
        Table("Incidents", ("Incident ID", "Description", "MTTR"), ROWS),
        Table("Longest", ("Incident ID", "Took"), (("INC-001", "30 min"),)),
        Table("Open", ("Incident ID", "Age"), (), "None is open."),
    ),
    ("Counted by the day on which they began.",),
)


def page(gathered: Gathered = GATHERED, period: str = "this month") -> Page:
    """Return a report as gathered on a Monday morning."""
    counting = Counting({}, ZoneInfo("Europe/Berlin"), frozenset(), {})
    days = parse_period(period, date(2026, 11, 23))
    scope = Scope(counting, Severities({}, {}), days, NOW)
    return Page(
        Report("Incident report", "", lambda *_: gathered, slug="incident"), scope, gathered
    )


def test_a_message_has_one_table_of_slacks_own() -> None:
    """Further tables are lines; nothing that people typed is markup."""
    message = report_message(page())
    assert message.text == "Incident report · November 2026 so far: 2 incidents began."
    assert plain(message) == text("""
        # Incident report · November 2026 so far
        | 2 incidents began.
        | *Number*
        | All: 2
        | By service: api & dns 2
        | *Incidents*
        | Incident ID | Description           | MTTR
        | INC-001     | =cmd|' /C calc'!A0    | 30 min
        | INC-002     | a | b <@U0ANA> *bold* | open
        | *Longest*
        | INC-001 · 30 min
        | *Open*
        | None is open.
        ~ Counted by the day on which they began.
        ~ As of 23 November 2026, 09:30 UTC
        [Share here] [CSV] [Markdown]
    """)
    assert check_message(message.as_payload()) == []


def test_a_shared_report_says_by_whom() -> None:
    """And is not shared once more; the files can still be asked for."""
    shown = plain(report_message(page(), shared_by="U0ANA"))
    assert shown.endswith("~ Shared by <@U0ANA>\n[CSV] [Markdown]")


@pytest.mark.parametrize(
    ("rows", "size", "left"),
    [(99, 10, 0), (100, 10, 2), (250, 10, 152), (90, 200, 14), (3, 2_000, 0)],
)
def test_what_does_not_fit_is_counted(rows: int, size: int, left: int) -> None:
    """A hundred rows and ten thousand characters are all that Slack takes; the CSV has all."""
    many = tuple((f"INC-{number:03}", "x" * size, "open") for number in range(rows))
    gathered = replace(
        GATHERED, parts=(Table("Incidents", ("Incident ID", "Description", "MTTR"), many),)
    )
    message = report_message(page(gathered))
    assert check_message(message.as_payload()) == []
    shown = plain(message)
    table = next(block for block in message.blocks if block["type"] == "table")
    in_table = sum(row[0]["text"].startswith("INC-") for row in table["rows"])
    said = f"~ {rows - in_table} more did not fit here; the CSV has all of it." in shown
    assert said == (in_table < rows)
    assert rows - in_table == left
    if size > 120:
        assert said or "Long texts are cut here; the CSV has all of it." in shown
    assert report_csv(page(gathered)).count("INC-") == rows


def test_a_csv_begins_with_its_table() -> None:
    """A machine reads to the first empty line; a spreadsheet computes nothing of it."""
    assert report_csv(page()) == text("""
        Incident ID,Description,MTTR
        INC-001,'=cmd|' /C calc'!A0,30 min
        INC-002,a | b <@U0ANA> *bold*,open

        Report,Incident report · November 2026 so far
        As of,"23 November 2026, 10:30 CET"
        In short,2 incidents began.

        Number
        All,2
        By service,api & dns 2

        Longest
        Incident ID,Took
        INC-001,30 min

        Open
        None is open.

        Notes
        Counted by the day on which they began.
    """) + "\n"  # fmt: skip
    assert all(len(row) != 1 or row[0] for row in csv.reader(report_csv(page()).splitlines()))


def test_markdown_keeps_what_people_typed_as_words() -> None:
    """No cell, link or emphasis comes from a title."""
    assert report_markdown(page()) == text(r"""
        # Incident report · November 2026 so far

        2 incidents began.

        ## Number

        - All: 2
        - By service: api & dns 2

        ## Incidents

        | **Incident ID** | **Description** | **MTTR** |
        | --- | --- | --- |
        | INC-001 | =cmd\|' /C calc'!A0 | 30 min |
        | INC-002 | a \| b \<@U0ANA\> \*bold\* | open |

        ## Longest

        | **Incident ID** | **Took** |
        | --- | --- |
        | INC-001 | 30 min |

        ## Open

        None is open.

        ## How to read it

        - Counted by the day on which they began.

        As of 23 November 2026, 10:30 CET
    """) + "\n"  # fmt: skip


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("october", "incident-2026-10.csv"),
        ("q3", "incident-2026-q3.csv"),
        ("2026-10-01..2026-10-15", "incident-2026-10-01-to-2026-10-15.csv"),
    ],
)
def test_a_file_is_named_after_its_days(period: str, name: str) -> None:
    """So that two do not replace one another."""
    assert file_name(page(period=period), "csv") == name


def test_the_list_says_how_each_is_asked_for() -> None:
    """In words that can be typed as they stand."""
    reports = [replace(page().report, slug="customer_support", about="How support does.")]
    shown = plain(report_list(reports))
    assert "| `/report customer-support`  How support does." in shown
