"""Taking in a file of incidents: what is new, what differs, what cannot be, and that what went out comes back unchanged."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks.incident_export import incidents_csv
from bot.domain import incident_work as work
from bot.domain import timeline
from bot.domain.csv_cell import csv_text
from bot.domain.declaration import Declaration, declare
from bot.domain.incident import EVERYBODY, Affected, Incident, find_named
from bot.domain.incident_dossier import find_begun, outlines
from bot.domain.incident_file import open_incident_file
from bot.domain.incident_intake import IMPORT, import_incidents
from bot.domain.intake import Outcome
from bot.domain.rca import find_rca
from bot.storage.database import Database
from bot.vocabulary import IncidentKind, IncidentState, Noticed, RcaState, Void
from tests.incident_analyst import analyse
from tests.incident_book import MANAGER, NOON, SEVERITIES, IncidentBook

pytestmark = pytest.mark.both_databases

BASIC = {"title": "API down", "severity": "sev1", "detected_at": "2026-11-01T09:30Z"}


class Desk:
    """Imports and exports, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOON
        self.book = IncidentBook(database)

    def imports(self, *rows: Mapping[str, str], skip_bad: bool = False) -> Outcome:
        """Take in rows with these cells."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
        return self.takes(csv_text(lines), skip_bad=skip_bad)

    def takes(self, text: str, *, skip_bad: bool = False) -> Outcome:
        """Take in a file."""
        read = list(open_incident_file(io.StringIO(text, newline=""), None).records())
        done = self.database.write(
            import_incidents, read, SEVERITIES, self.now, source="old.csv", skip_bad=skip_bad
        )
        self.changed = [each.label for each in done.changed]
        return done.outcome

    def wrong(self, *rows: Mapping[str, str]) -> list[str]:
        """Return what is wrong with rows of which nothing is taken in."""
        before = self.all()
        outcome = self.imports(*rows)
        assert self.all() == before
        return [str(cell) for cells in outcome.bad for cell in cells]

    def export(self) -> str:
        """Return everything as a file."""

        def write(session):
            return incidents_csv(outlines(session, find_begun(session, EVERYBODY), EVERYBODY))

        return self.database.read(write)

    def all(self) -> list[Incident]:
        """Return every incident, the oldest first."""
        return self.database.read(find_begun, EVERYBODY)

    def one(self, label: str) -> Incident:
        """Return an incident."""
        return self.database.read(find_named, label, EVERYBODY)

    def log(self, label: str) -> list[tuple[str, str | None, str | None, str | None, str]]:
        """Return what was corrected in an incident."""
        found = self.database.read(timeline.corrections, self.one(label), EVERYBODY)
        return [(one.part, one.before, one.after, one.why, one.who) for one in found]


@pytest.fixture
def desk(database: Database) -> Desk:
    """A place where files come in."""
    return Desk(database)


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    """Return what an import did, in rows: new, changed, unchanged, refused."""
    return outcome.new, outcome.changed, outcome.unchanged, outcome.refused


# --- New ones ---


def test_a_new_one_is_a_late_log_with_the_number_of_the_file(desk: Desk) -> None:
    """Nothing is posted, its source is the file, and the counters go on after the highest."""
    outcome = desk.imports({**BASIC, "id": "INC-12", "lead": "U0BO"}, {**BASIC, "id": "DRILL-3"}, {**BASIC, "id": "INC-4"}, {**BASIC, "title": "No number"})  # fmt: skip
    assert counts(outcome) == (4, 0, 0, 0)
    incident = desk.one("INC-12")
    assert (incident.is_backdated, incident.source, incident.declared_by) == (
        True,
        "old.csv",
        "U0BO",
    )
    assert (incident.card_channel, incident.cadence.next_at) == (None, None)
    assert desk.one("INC-4").declared_by == IMPORT
    assert desk.one("DRILL-3").kind is IncidentKind.DRILL
    assert desk.one("INC-13").title == "No number"
    assert desk.book.add(detected=NOON).label == "INC-014"
    told = desk.database.read(timeline.timeline, incident, EVERYBODY)
    assert [(line.text, line.author) for line in told] == [("came in from a file", IMPORT)]


def test_what_is_not_said_of_a_new_one_is_unknown(desk: Desk) -> None:
    """When it was declared, too: it was written down here as it came in."""
    desk.imports({**BASIC, "id": "1"}, {"id": "2", "title": "x", "severity": "sev3", "started_at": "2026-11-01T09:00Z", "resolved_at": "2026-11-01T11:00Z"})  # fmt: skip
    first, second = desk.one("1"), desk.one("2")
    assert first.times.detected == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert first.times.declared == NOON
    assert (first.times.started, first.state) == (None, IncidentState.DETECTED)
    assert second.times.declared == NOON
    assert (second.times.detected, second.state) == (None, IncidentState.RESOLVED)
    assert (second.noticed, second.lead, second.services) == (None, None, ())


def test_customers_and_effect_give_the_severity(desk: Desk) -> None:
    """Where the file says none; a name does as well as its short word."""
    desk.imports(
        {**BASIC, "severity": "", "customers": "many", "effect": "down"},
        {**BASIC, "title": "Other", "severity": "SEV3"},
    )
    assert [each.severity for each in desk.all()] == ["sev1", "sev3"]


def test_a_root_cause_is_kept_as_an_analysis_that_nobody_is_asked_about(desk: Desk) -> None:
    """Of what is over; where it is not, it is a draft."""
    over = {**BASIC, "resolved_at": "2026-11-01T10:00Z", "root_cause": "Two links\nOne switch", "lead": "U0BO"}  # fmt: skip
    desk.imports({**over, "id": "1"}, {**BASIC, "id": "2", "root_cause": "A switch"})
    first, second = (desk.database.read(find_rca, desk.one(label), EVERYBODY) for label in "12")
    assert first is not None
    assert second is not None
    assert (first.root_cause, first.state, first.owner) == (
        "Two links\nOne switch",
        RcaState.REVIEWED,
        "U0BO",
    )
    assert (first.due_on, first.reviewed_at) == (None, None)
    assert (second.root_cause, second.state, second.owner) == ("A switch", RcaState.DRAFT, IMPORT)


def test_links_lead_to_what_is_kept_and_to_the_file(desk: Desk) -> None:
    """Whichever row comes first; a duplicate counts in no figure."""
    kept = desk.book.add(started=NOON - timedelta(days=40))
    desk.imports(
        {**BASIC, "id": "INC-8", "duplicate_of": "INC-9"},
        {**BASIC, "id": "INC-9", "repeat_of": kept.label},
        {**BASIC, "id": "INC-10", "detected_at": "2026-11-02T09:30Z", "repeat_of": "INC-9?"},
    )
    eight, nine, ten = (desk.one(f"INC-{number}") for number in (8, 9, 10))
    assert (eight.void, eight.duplicate_of, eight.counts) == (Void.DUPLICATE, nine.id, False)
    assert (nine.repeat_of, nine.repeat_is_confirmed) == (kept.id, True)
    assert (ten.repeat_of, ten.repeat_is_confirmed) == (nine.id, False)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_duplicate_in_a_file_gives_its_beginning(desk: Desk, is_known: bool) -> None:
    """To one that is kept or in the file as well; the same file again changes nothing, nor does an export."""
    original = {**BASIC, "id": "INC-4", "started_at": "2026-11-01T09:20Z"}
    same = {**BASIC, "id": "INC-5", "started_at": "2026-11-01T09:00Z", "duplicate_of": "INC-4"}
    if is_known:
        desk.imports(original)
    assert desk.imports(original, same).new == 2 - is_known
    assert desk.changed == (["INC-004"] if is_known else [])
    kept = desk.one("INC-4")
    assert f"{kept.times.started:%H:%M}" == f"{kept.times.began:%H:%M}" == "09:00"
    assert desk.log("INC-4")[-1] == (
        "started",
        "2026-11-01T09:20:00+00:00",
        "2026-11-01T09:00:00+00:00",
        "its duplicate began earlier",
        IMPORT,
    )
    before = desk.all()
    assert counts(desk.imports(original, same)) == (0, 0, 2, 0)
    assert counts(desk.takes(desk.export())) == (0, 0, 2, 0)
    assert desk.all() == before

    assert counts(desk.imports({**same, "started_at": "2026-11-01T08:50Z"})) == (0, 1, 0, 0)
    assert f"{desk.one('INC-4').times.started:%H:%M}" == "08:50"
    desk.now += timedelta(hours=1)
    desk.imports({**original, "started_at": "2026-11-01T09:10Z"})
    assert counts(desk.imports({**same, "started_at": "2026-11-01T08:40Z"})) == (0, 1, 0, 0)
    assert f"{desk.one('INC-4').times.started:%H:%M}" == "09:10"


def test_a_duplicate_that_a_file_gives_to_another_takes_its_beginning_there(desk: Desk) -> None:
    """And the first begins as it did before."""
    desk.imports({**BASIC, "id": "INC-4"}, {**BASIC, "id": "INC-6"}, {**BASIC, "id": "INC-5"})
    same = {"id": "INC-5", "title": "", "detected_at": "2026-11-01T09:00Z"}
    desk.imports({**same, "duplicate_of": "INC-4"})
    assert [f"{desk.one(one).times.began:%H:%M}" for one in ("INC-4", "INC-6")] == [
        "09:00",
        "09:30",
    ]
    desk.imports({**same, "duplicate_of": "INC-6"})
    assert [f"{desk.one(one).times.began:%H:%M}" for one in ("INC-4", "INC-6")] == [
        "09:30",
        "09:00",
    ]
    assert desk.wrong(
        {"id": "INC-6", "title": "Slow", "duplicate_of": "INC-5"}, {"id": "INC-5", "title": "Slow"}
    ) == ["line 2, duplicate_of: INC-005 is a duplicate itself"]


# --- Known ones ---


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    """With numbers and without."""
    rows = ({**BASIC, "id": "INC-4", "root_cause": "A switch"}, {**BASIC, "title": "No number"})
    assert counts(desk.imports(*rows)) == (2, 0, 0, 0)
    before = desk.all()
    assert counts(desk.imports(*rows)) == (0, 0, 2, 0)
    assert desk.all() == before
    assert desk.log("INC-4") == []


def test_only_what_the_file_says_changes_and_each_change_is_in_the_log(desk: Desk) -> None:
    """From what to what, by whom and why; what is left empty stays."""
    known = desk.book.took(60, NOON - timedelta(days=2), noticed=Noticed.STAFF)
    analyse(desk.database, known, NOON, cause="A switch")
    outcome = desk.imports(
        {
            "id": known.label,
            "title": "Gateway slow",
            "services": "dns; api-gateway",
            "started_at": "2026-11-21T10:30Z",
            "noticed": "",
            "lead": "U0BO",
            "root_cause": "Two switches",
        },
    )
    assert counts(outcome) == (0, 1, 0, 0)
    assert desk.changed == ["INC-001"]
    why = ("imported from old.csv", IMPORT)
    assert desk.log("INC-1")[1:] == [
        ("title", "Gateway down", "Gateway slow", *why),
        ("lead", None, "U0BO", *why),
        ("started", "2026-11-21T10:55:00+00:00", "2026-11-21T10:30:00+00:00", *why),
        ("services", "api-gateway", "dns, api-gateway", *why),
        ("root cause", "A switch", "Two switches", *why),
    ]
    after = desk.one("INC-1")
    assert (after.noticed, after.severity, after.times.began) == (
        Noticed.STAFF, "sev3", datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
    )  # fmt: skip


def test_a_service_keeps_its_own_times(desk: Desk) -> None:
    """A file does not tell them, so it cannot take them away."""
    known = desk.book.add(started=NOON - timedelta(days=1))
    own = Affected("api-gateway", NOON - timedelta(hours=5), NOON - timedelta(hours=4))
    desk.book.does(known, work.change_services, [own])
    desk.imports({"id": known.label, "title": known.title, "services": "API-gateway;dns"})
    assert desk.one(known.label).affected == (own, Affected("dns", None, None))


def test_ending_an_incident_ends_its_reminders(desk: Desk) -> None:
    """As resolving it would."""
    known = desk.book.add(detected=NOON - timedelta(hours=3))
    desk.book.does(known, work.snooze, NOON + timedelta(hours=1), SEVERITIES.of("sev3"))
    desk.imports({"id": known.label, "title": known.title, "resolved_at": "2026-11-23T11:00Z"})
    after = desk.one(known.label)
    assert (after.state, after.cadence.next_at) == (IncidentState.RESOLVED, None)


def test_a_suspected_repeat_is_confirmed_by_a_file(desk: Desk) -> None:
    """The question mark is gone."""
    first = desk.book.took(10, NOON - timedelta(days=3))
    second = desk.book.repeat(desk.book.took(10, NOON - timedelta(days=1)), first, confirmed=False)
    row = {"id": second.label, "title": second.title, "repeat_of": first.label}
    assert counts(desk.imports({**row, "repeat_of": f"{first.label}?"})) == (0, 0, 1, 0)
    assert counts(desk.imports(row)) == (0, 1, 0, 0)
    assert desk.one(second.label).repeat_is_confirmed
    assert desk.log(second.label)[-1][:3] == ("repeat confirmed", "False", "True")


def test_the_last_row_of_a_number_counts(desk: Desk) -> None:
    """And how many came before is told."""
    outcome = desk.imports({**BASIC, "id": "7"}, {**BASIC, "id": "INC-007", "title": "Later"})
    assert (counts(outcome), outcome.repeated) == ((1, 0, 0, 0), 1)
    assert desk.one("7").title == "Later"


# --- What cannot be ---


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"severity": "sev9"}, "severity: “sev9” is not known here; it takes sev1, sev3"),
        ({"severity": ""}, "severity: is empty, and so are customers or effect, which would give it"),
        ({"detected_at": ""}, "started_at: is empty, and so are detected_at and declared_at; one of them must say when it began"),
        ({"detected_at": "2026-11-24T09:00Z"}, "detected_at: This lies in the future."),
        ({"declared_at": "2026-11-24T09:00Z"}, "declared_at: This lies in the future."),
        ({"started_at": "2026-11-01T10:00Z"}, "detected_at: This is before it started. Correct the one that is wrong."),
        ({"mitigated_at": "2026-11-01T09:00Z"}, "mitigated_at: This is before it was detected. Correct the one that is wrong."),
        ({"closed_at": "2026-11-01T11:00Z"}, "closed_at: It cannot be closed without having been resolved."),
        ({"duplicate_of": "INC-5"}, "duplicate_of: INC-005 cannot be linked to itself"),
        ({"duplicate_of": "INC-99"}, "duplicate_of: I know of no INC-099, and it is not in this file"),
        ({"repeat_of": "SEC-1"}, "repeat_of: I know of no SEC-001, and it is not in this file"),
        ({"repeat_of": "SEC-2"}, "repeat_of: I know of no SEC-002, and it is not in this file"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(desk: Desk, cells: dict[str, str], wrong: str) -> None:
    """With its line and column; a restricted incident reads like none."""
    desk.book.add(kind=IncidentKind.SECURITY, detected=NOON - timedelta(days=30))
    assert desk.wrong({**BASIC, "id": "INC-5", **cells}) == [f"line 2, {wrong}"]


def test_a_repeat_comes_later_and_a_duplicate_is_of_no_duplicate(desk: Desk) -> None:
    """Among those that are kept and in the file alike."""
    kept = desk.book.took(5, NOON - timedelta(days=1))
    double = desk.book.void(desk.book.took(5, NOON - timedelta(days=1)), of=kept)
    rows = [
        {**BASIC, "id": "INC-5", "repeat_of": kept.label},
        {**BASIC, "id": "INC-6", "duplicate_of": double.label},
        {**BASIC, "id": "INC-7", "duplicate_of": "INC-8"},
        {**BASIC, "id": "INC-8", "duplicate_of": kept.label},
        {**BASIC, "id": "INC-9", "repeat_of": "INC-8"},
    ]
    assert desk.wrong(*rows) == [
        "line 2, repeat_of: INC-001 began later; a repeat comes after what it repeats",
        "line 3, duplicate_of: INC-002 is a duplicate itself",
        "line 4, duplicate_of: INC-008 is a duplicate itself",
        "line 6, repeat_of: INC-008 began later; a repeat comes after what it repeats",
    ]


def test_what_links_to_a_wrong_row_is_left_out_with_it(desk: Desk) -> None:
    """However long the chain; the others come in."""
    rows = [
        {**BASIC, "id": "INC-3", "detected_at": "2026-11-03T09:00Z", "repeat_of": "INC-2"},
        {**BASIC, "id": "INC-2", "detected_at": "2026-11-02T09:00Z", "repeat_of": "INC-1"},
        {**BASIC, "id": "INC-1", "severity": "sev9"},
        {**BASIC, "id": "INC-4"},
    ]
    outcome = desk.imports(*rows, skip_bad=True)
    assert counts(outcome) == (1, 0, 0, 3)
    assert [each.label for each in desk.all()] == ["INC-004"]
    assert str(outcome.bad[0][0]) == "line 2, repeat_of: INC-002 is in this file, and wrong itself"


def test_what_is_kept_and_does_not_go_with_the_file_names_the_files_cell(desk: Desk) -> None:
    """The other one is not in it."""
    known = desk.book.took(60, NOON - timedelta(days=2))
    late = {"id": known.label, "title": known.title, "detected_at": "2026-11-22T12:00Z"}
    assert desk.wrong(late) == [
        "line 2, detected_at: does not go with resolved, which is known. This is before it was detected. Correct the one that is wrong."
    ]


def test_when_an_incident_was_declared_here_stays(desk: Desk) -> None:
    """Nobody knows better than the bot; of a late log a file may."""
    known = desk.book.add(detected=NOON - timedelta(days=1))
    row = {"id": known.label, "title": known.title, "declared_at": "2026-11-22T13:00Z"}
    assert counts(desk.imports(row)) == (0, 1, 0, 0)

    now = desk.database.write(
        declare, Declaration("Now", severity="sev3"), MANAGER, SEVERITIES, "press", NOON
    )
    row = {"id": now.label, "title": now.title, "declared_at": "2026-11-22T13:00Z"}
    assert desk.wrong(row) == [
        "line 2, declared_at: it was declared here, and that stays as it was"
    ]


def test_a_number_that_was_given_up_is_not_given_again(desk: Desk) -> None:
    """An incident that was restricted has another number now; its old one reads like one that was never there."""
    desk.imports({**BASIC, "id": "INC-3"}, {**BASIC, "id": "INC-5"})
    secret = desk.database.write(
        declare, Declaration("Keys", severity="sev3"), MANAGER, SEVERITIES, "1", NOON
    )
    desk.database.write(
        declare, Declaration("Down", severity="sev3"), MANAGER, SEVERITIES, "2", NOON
    )
    desk.book.does(secret, work.restrict, [])
    rows = ({**BASIC, "id": f"INC-{number}"} for number in (6, 4, 8))
    why = "is not known, and lies among the numbers that were given out here; leave it empty for a new one"
    assert desk.wrong(*rows) == [f"line 2, id: INC-006 {why}", f"line 3, id: INC-004 {why}"]


# --- There and back ---


def test_what_an_export_writes_comes_back_unchanged(desk: Desk) -> None:
    """Repeats, duplicates, drills, reopened ones, root causes of several lines; of restricted ones there is nothing."""
    lived(desk)
    before, text = desk.all(), desk.export()
    assert counts(desk.takes(text)) == (0, 0, len(before), 0)
    assert desk.all() == before
    assert desk.export() == text
    assert "Keys" not in text


def test_what_came_back_began_before_its_first_end(desk: Desk) -> None:
    """A file does not take away the time that it hurt before: over at 09:00, back at 10:00, and so not detected 09:30."""
    made = desk.book.took(30, NOON - timedelta(hours=3))
    desk.book.reopen(made, NOON - timedelta(hours=2))
    (wrong,) = desk.wrong(
        {"id": made.label, "title": made.title, "detected_at": "2026-11-23T09:30Z"}
    )
    assert wrong == (
        "line 2, detected_at: It was over before that, and came back. It began before its first end."
    )


def lived(desk: Desk) -> None:
    """Let incidents of every kind be there."""
    book = desk.book
    first = book.took(
        60, NOON - timedelta(days=9), title="=cmd|' /C calc'!A0", noticed=Noticed.CUSTOMER
    )
    analyse(desk.database, first, NOON, cause="@home:\r\nnobody\u2028looked")
    book.repeat(book.took(30, NOON - timedelta(days=5), services=("dns", "a, b")), first)
    book.repeat(book.took(30, NOON - timedelta(days=4)), first, confirmed=False)
    book.void(book.took(3, NOON - timedelta(days=3)), of=first)
    book.void(book.took(3, NOON - timedelta(days=3)))
    book.add("A drill", kind=IncidentKind.DRILL, detected=NOON - timedelta(hours=9))
    back = book.took(5, NOON - timedelta(hours=8, microseconds=-7), title="Came back")
    book.reopen(back, NOON - timedelta(hours=5))
    secret = book.took(5, NOON - timedelta(days=2), title="Keys in public")
    book.repeat(book.took(5, NOON - timedelta(days=1)), secret)
    book.does(secret, work.restrict, [])


def test_an_export_fills_another_house(desk: Desk, tmp_path, sqlite_files) -> None:
    """With the same numbers, times and links."""
    lived(desk)
    text = desk.export()
    (tmp_path / "other").mkdir()
    other = Desk(Database(sqlite_files.copy(tmp_path / "other")))
    try:
        assert other.takes(text).refused == 0
        assert other.export() == text
    finally:
        other.database.close()


_NUMBERS = count(1)  # one database for all examples: each brings numbers of its own
MINUTES = st.integers(0, 60 * 24 * 300)
LATER = st.one_of(st.none(), st.integers(0, 10_000))
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")) | st.just(" "), min_size=1, max_size=30).filter(str.strip)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "title": WORDS,
            "services": st.lists(WORDS.filter(lambda text: not set(text) & set(";|")), max_size=3, unique_by=lambda text: text.strip().casefold()),
            "severity": st.sampled_from(("sev1", "sev3")),
            "began": MINUTES,
            "gaps": st.tuples(LATER, LATER, LATER, LATER),
            "noticed": st.sampled_from(("", "customer", "staff")),
            "root_cause": st.one_of(st.just(""), WORDS),
        }
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_any_incidents_come_back_unchanged(desk: Desk, rows: list[dict]) -> None:
    """Whatever people have typed, and whichever instants are known."""
    new = [{**_cells(row), "id": str(next(_NUMBERS))} for row in rows]
    assert desk.imports(*new).refused == 0
    text = desk.export()
    before = desk.all()
    assert counts(desk.takes(text)) == (0, 0, len(before), 0)
    assert (desk.export(), desk.all()) == (text, before)


def _cells(row: dict) -> dict[str, str]:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=row["began"])
    cells = {"started_at": at}
    for moment, gap in zip(
        ("detected_at", "acknowledged_at", "mitigated_at", "resolved_at"), row["gaps"], strict=True
    ):
        if gap is not None:
            at += timedelta(seconds=gap)
            cells[moment] = at
    times = {name: f"{each:%Y-%m-%dT%H:%M:%SZ}" for name, each in cells.items()}
    plain = {name: row[name] for name in ("title", "severity", "noticed", "root_cause")}
    return {**plain, "services": "|".join(row["services"]), **times}


def test_all_that_is_wrong_in_a_row_is_told_together(desk: Desk) -> None:
    """What its cells say, and what only the settings and the order of its times tell."""
    row = {
        **BASIC,
        "severity": "sev9",
        "noticed": "me",
        "resolved_at": "2026-11-01T08:00Z",
    }
    assert [one.partition(":")[0] for one in desk.wrong(row)] == [
        "line 2, noticed",
        "line 2, severity",
        "line 2, resolved_at",
    ]


def test_a_known_one_keeps_a_title_that_the_file_leaves_empty(desk: Desk) -> None:
    """An empty cell says nothing; a new one needs one."""
    desk.imports(BASIC)
    outcome = desk.imports({**BASIC, "id": "INC-1", "title": "", "noticed": "staff"})
    assert (outcome.changed, outcome.refused) == (1, 0)
    assert (desk.one("INC-1").title, desk.one("INC-1").noticed) == ("API down", Noticed.STAFF)
    assert desk.wrong({**BASIC, "id": "INC-9", "title": ""}) == [
        "line 2, title: is empty, and it is required of a new one"
    ]
