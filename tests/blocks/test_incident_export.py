"""Incidents as files: what people read in Markdown, and what spreadsheets and programs get."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from sqlalchemy.orm import Session

from bot.blocks.incident_export import (
    incident_markdown,
    incidents_csv,
    incidents_json,
    incidents_markdown,
)
from bot.domain import incident_work as work
from bot.domain.incident import EVERYBODY, Incident, find_incident
from bot.domain.incident_dossier import Dossier, dossiers, outlines
from bot.storage.database import Database
from bot.vocabulary import IncidentKind, Moment, Noticed
from tests.front_door import text
from tests.incident_analyst import analyse
from tests.incident_book import NOON, SEVERITIES, IncidentBook

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def book(database: Database) -> IncidentBook:
    """What incidents are written down in."""
    with freeze_time(NOON):
        yield IncidentBook(database)


def lived(book: IncidentBook) -> Incident:
    """Return an incident with something of everything."""
    earlier = book.took(10, NOON - timedelta(days=9))
    known = book.took(
        60,
        NOON - timedelta(hours=30),
        unseen=20,
        title="API <down> | *bold*",
        noticed=Noticed.CUSTOMER,
    )
    book.does(known, work.join, ["U0BO"])
    book.does(
        known, work.note, "We [saw](http://evil.example)\nit late", NOON - timedelta(hours=31)
    )
    book.does(
        known,
        work.correct_times,
        {Moment.MITIGATED: NOON - timedelta(hours=30, minutes=10)},
        "the graph says so",
    )
    book.repeat(known, earlier)
    analyse(
        book.database, known, NOON, cause="Two links\nand one switch", plan="Buy a second switch"
    )
    return known


def dossier(database: Database, incident: Incident) -> Dossier:
    """Return everything about an incident, as everybody may see it."""

    def gather(session: Session) -> Dossier:
        return dossiers(session, [find_incident(session, incident.id, EVERYBODY)], EVERYBODY)[0]

    return database.read(gather)


TOLD = text(r"""
    # INC-002 API \<down\> \| \*bold\*

    - State: resolved
    - Severity: SEV3
    - Affected: api-gateway
    - Customers: many, effect: down
    - Noticed by: customer
    - Lead: nobody
    - Responders: @U0BO
    - Repeats INC-001, confirmed
    - Written down afterwards

    ## Times

    | **What** | **When** |
    | --- | --- |
    | Started | 22 November 2026, 05:40 CET |
    | Detected | 22 November 2026, 06:00 CET |
    | Declared | 23 November 2026, 13:00 CET |
    | Acknowledged | unknown |
    | Mitigated | 22 November 2026, 06:50 CET |
    | Resolved | 22 November 2026, 07:00 CET |
    | Closed | unknown |
    | Start to detection | 20 min |
    | Detection to resolution | 1 h |
    | Start to mitigation | 1 h 10 min |

    ## Timeline

    - 22 November 2026, 06:00 CET (written 23 November 2026, 13:00 CET), @U0ANA, note: We \[saw\](http://evil.example)<br>it late
    - 23 November 2026, 13:00 CET, @U0ANA, step: wrote it down afterwards
    - 23 November 2026, 13:00 CET, @U0ANA, step: brought in @U0BO
    - 23 November 2026, 13:00 CET, @U0ANA, step: it has the same cause as another incident
    - 23 November 2026, 13:00 CET, @U0ANA, step: appointed @U0ANA to analyse its cause

    ## Corrections

    - 23 November 2026, 13:00 CET, @U0ANA: severity SEV1 → SEV3; as the test says
    - 23 November 2026, 13:00 CET, @U0ANA: mitigated nothing → 22 November 2026, 06:50 CET; the graph says so
    - 23 November 2026, 13:00 CET, @U0ANA: repeat of nothing → INC-001

    ## Root cause analysis

    Draft, owner @U0ANA, due 2026-11-27

    **Root cause**

    Two links\
    and one switch

    ## Actions

    - #1 Buy a second switch (@U0ANA, open)
""")


def test_markdown_tells_everything(book: IncidentBook, database: Database) -> None:
    """Times in a zone, what people typed as words, links by their numbers."""
    shown = incident_markdown(dossier(database, lived(book)), SEVERITIES, BERLIN)
    assert shown == f"{TOLD}\n"


def test_several_stand_under_one_title(book: IncidentBook, database: Database) -> None:
    """Each a section, and a word where there is none."""
    both = [dossier(database, book.took(5)), dossier(database, book.took(7))]
    shown = incidents_markdown(both, SEVERITIES, BERLIN, "Incidents · October 2026")
    assert [line for line in shown.splitlines() if line.startswith(("# ", "## "))] == [
        "# Incidents · October 2026",
        "## INC-001 Gateway down",
        "## INC-002 Gateway down",
    ]
    assert (
        incidents_markdown([], SEVERITIES, BERLIN, "Incidents") == "# Incidents\n\nNo incident.\n"
    )


def test_a_csv_computes_nothing(book: IncidentBook, database: Database) -> None:
    """Its columns are those of an import."""
    incident = book.took(60, NOON - timedelta(hours=30), title="=HYPERLINK(0)")

    def gather(session: Session) -> str:
        return incidents_csv(
            outlines(session, [find_incident(session, incident.id, EVERYBODY)], EVERYBODY)
        )

    assert database.read(gather) == text("""
        id,title,services,severity,customers,effect,noticed,started_at,detected_at,declared_at,acknowledged_at,mitigated_at,resolved_at,closed_at,lead,void,duplicate_of,repeat_of,root_cause
        INC-001,'=HYPERLINK(0),api-gateway,sev3,many,down,,2026-11-22T04:55:00Z,2026-11-22T05:00:00Z,2026-11-23T12:00:00Z,,,2026-11-22T06:00:00Z,,,,,,
    """) + "\n"  # fmt: skip


def test_json_holds_seconds_and_null(book: IncidentBook, database: Database) -> None:
    """For programs."""
    [found] = json.loads(incidents_json([dossier(database, lived(book))]))
    assert (found["id"], found["to_detect"], found["to_resolve"], found["to_acknowledge"]) == (
        "INC-002", 1_200, 3_600, None
    )  # fmt: skip
    assert found["repeat_of"] == "INC-001"
    assert found["acknowledged_at"] is None
    assert found["analysis"]["root_cause"] == "Two links\nand one switch"
    assert [action["text"] for action in found["actions"]] == ["Buy a second switch"]
    assert {one["part"] for one in found["corrections"]} == {"severity", "mitigated", "repeat of"}


def test_an_alert_is_told_beside_what_is_said(book: IncidentBook, database: Database) -> None:
    """A file, which is brought in again, holds what was said."""
    began = NOON - timedelta(hours=1)
    found = dossier(database, book.add(fired=began, detected=began))
    assert "| Its first alert fired " in incident_markdown(found, SEVERITIES, BERLIN)
    [told] = json.loads(incidents_json([found]))
    assert (told["started_at"], told["to_detect"]) == (None, None)
    assert told["fired_at"] == told["detected_at"]
    header, cells = (line.split(",") for line in incidents_csv([found.outline]).splitlines())
    row = dict(zip(header, cells, strict=True))
    assert (row["started_at"], row["detected_at"]) == ("", told["detected_at"])


def test_what_is_linked_to_a_restricted_incident_is_not_told(
    book: IncidentBook, database: Database
) -> None:
    """Neither as a link nor in the log."""
    secret = book.took(10, NOON - timedelta(days=2))
    later = book.repeat(book.took(10, NOON - timedelta(days=1)), secret)
    book.does(secret, work.restrict, [])
    for shown in (
        incident_markdown(dossier(database, later), SEVERITIES, BERLIN),
        incidents_json([dossier(database, later)]),
    ):
        assert "SEC" not in shown
        assert "another incident" in shown


def test_a_drill_is_told_like_any_other(book: IncidentBook, database: Database) -> None:
    """By its own number."""
    drill = book.add("Drill", kind=IncidentKind.DRILL, detected=NOON)
    assert incident_markdown(dossier(database, drill), SEVERITIES, BERLIN).startswith(
        "# DRILL-001 Drill\n"
    )
