"""The schema's steps: each goes up and down with data in the tables, and the last is what the rows say."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

import migrations
from bot.blocks.kit import Message
from bot.domain.action import ActionDraft, add_action
from bot.domain.agenda import Agenda, Section, keep_own
from bot.domain.booking import create
from bot.domain.count import record_tickets, recount
from bot.domain.holiday import Holidays
from bot.domain.kpi import Kpi
from bot.domain.period import parse_period
from bot.domain.person import Person
from bot.domain.point import add_point
from bot.domain.series import Terms
from bot.domain.snapshot import Figure, take_snapshot
from bot.domain.target import Counting, set_target
from bot.domain.ticket import Ticket
from bot.domain.timeline import correct, write
from bot.errors import AlreadyDone, FormErrors
from bot.services import promise
from bot.storage import feedback, schema
from bot.storage import incident as incidents
from bot.storage import pulse as pulses
from bot.storage import ticket as tickets
from bot.storage.ballot import Ballot, make_boxes
from bot.storage.database import Database, Row
from bot.storage.incident import IncidentRow, for_shown
from bot.storage.vault import Vault
from bot.vocabulary import Entry, IncidentKind, IncidentState, RcaState, Role, WaveState

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))
PATIENCE = 20  # seconds
STEPS = [  # from the newest to the first
    step.revision
    for step in ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()
]


@pytest.fixture
def counting(kpis: dict[str, Kpi]) -> Counting:
    """What the organisation counts by."""
    return Counting(kpis, ZoneInfo("UTC"), frozenset({"urgent"}), {})


@pytest.fixture
def replica(database_url: str) -> Iterator[Database]:
    """A second process on the same database."""
    other = Database(database_url)
    yield other
    other.close()


def work(database: Database, counting: Counting) -> None:
    """Put something into every table: tickets and their tallies, a target, its claim and log, a message, an action."""
    recount(database, counting)
    records = [
        Ticket(f"T-{number}", NOON - timedelta(days=1), rating="good", rated_at=NOON, team="emea")
        for number in range(25)
    ]
    database.write(record_tickets, counting, records, "helpdesk.csv")
    database.write(set_target, counting, counting.kpis["csat"], 92.5, ANA, "trigger")
    hold_a_meeting(database)
    database.write(promise, "C0DESK", Message("Good morning."), "test:1")
    draft = ActionDraft(text="Update the runbook", owner=ANA.id)
    database.write(add_action, draft, ANA, ANA, "trigger")
    database.write(have_an_incident)
    database.write(run_a_survey)
    database.write(give_feedback)


def give_feedback(session: Session) -> None:
    """Keep a piece of feedback with an answer to it, and a pool."""
    said = {
        "relation": "anybody",
        "kind": "praise",
        "level": "two",
        "answers": "[]",
        "given_at": NOON,
    }
    given = feedback.add_row(session, feedback.FeedbackRow(giver=ANA.id, receiver="U0BO", **said))
    feedback.add_row(
        session, feedback.FeedbackRow(giver="U0BO", receiver=ANA.id, reply_to=given.id, **said)
    )
    pool = {"id": feedback.next_pool(session), "seats": 100, "opened_at": NOON, "due_at": NOON}
    assert feedback.add_pool(session, feedback.FeedbackPoolRow(ballot="", **pool))


def run_a_survey(session: Session) -> None:
    """Keep a plan, a wave of it with a guest, a call and a sealed box, and an answer of one that is over."""
    when = {"opens_at": NOON, "closes_at": NOON + timedelta(days=5), "made_at": NOON}
    terms = {"owner": ANA.id, "terms": "{}"}
    plan = pulses.PulsePlanRow(**terms, first="2026-11-23T12:00", zone="UTC", rule="FREQ=WEEKLY", is_active=True, made_at=NOON)  # fmt: skip
    session.add(plan)
    session.flush()
    ballot = make_boxes(session, Vault("a secret of the tests, long enough"), [25], 10)
    row = pulses.PulseWaveRow(**terms, **when, statements="[]", state=WaveState.OPEN, ballot=ballot)
    wave = pulses.add_wave(session, row)
    pulses.add_guests(session, wave.id, [pulses.Guest(ANA.id, "emea", "UTC")])
    call = {"number": 1, "zone": "UTC", "due_at": NOON, "reached": "", "is_done": False}
    pulses.add_calls(session, [pulses.PulseCallRow(wave_id=wave.id, **call)])
    pulses.add_answers(session, wave.id, [Ballot(0, (5, 4, None))])


def have_an_incident(session: Session) -> None:
    """Keep an incident with everything that can hang on one, and announced maintenance."""
    number = incidents.next_number(session, IncidentKind.REAL)
    row = incidents.add_row(
        session,
        IncidentRow(
            kind=IncidentKind.REAL,
            number=number,
            title="API gateway down",
            severity="sev1",
            state=IncidentState.RESOLVED,
            began_at=NOON,
            is_restricted=False,
            is_backdated=False,
            repeat_is_confirmed=False,
            declared_at=NOON,
            resolved_at=NOON,
            reopens=1,
            declared_by=ANA.id,
            source="slack",
            intervals=0,
            intervals_kept=0,
            longest_silence=0,
        ),
        ["api-gateway"],
    )
    at = {"started_at": NOON, "ended_at": NOON}
    incidents.add_spell(session, row, incidents.Spell(NOON, NOON))
    incidents.add_responder(session, row, ANA.id, NOON)
    write(session, row, Entry.NOTE, ANA.id, "It is the network.", NOON)
    correct(session, row, ANA.id, "severity", "sev2", "sev1", "all customers", NOON)
    session.add_all(
        [
            incidents.StepRow(incident_id=row.id, step="channel", tries=0),
            incidents.AlertRow(
                incident_id=row.id,
                fingerprint=f"f{row.id}",
                is_firing=True,
                heard_at=NOON,
                times=1,
                **at,
            ),
            incidents.RcaRow(
                incident_id=row.id, state=RcaState.DRAFT, owner=ANA.id, no_repeat=False
            ),
            incidents.CheckRow(incident_id=row.id, days=30, due_on=NOON.date()),
            incidents.MaintenanceRow(
                service="dns",
                starts_at=NOON,
                ends_at=NOON,
                reason="a new disk",
                made_by=ANA.id,
                made_at=NOON,
            ),
        ]
    )


def hold_a_meeting(database: Database) -> None:
    """Keep a series with its calendar, its next meeting, a point, and a template of one's own."""
    day = datetime(2026, 11, 25, 9, tzinfo=UTC)
    event = f"BEGIN:VEVENT\nUID:1\nSUMMARY:Weekly\nDTSTART:{day:%Y%m%dT%H%M%SZ}\nEND:VEVENT\n"
    calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-\n{event}END:VCALENDAR\n"
    zone, no_days = ZoneInfo("UTC"), Holidays()
    terms = Terms(
        "cloud_team",
        "Weekly",
        "C0DESK",
        (),
        zone,
        None,
        "https://example.com/weekly.ics",
        timedelta(0),
        no_days,
    )
    with suppress(AlreadyDone):  # a test works twice, with the same presses
        series = database.write(create, terms, ANA, "form", NOON, calendar)
        database.write(add_point, series, ANA, "the rota", "press", NOON)
    with suppress(FormErrors):  # the second time the name is taken
        cloud = Agenda("Cloud", "", (Section("News"),), slug="cloud_team")
        database.write(keep_own, {}, cloud, "Ours", "News", ANA, NOON, is_new=True)


def csat(database: Database, counting: Counting) -> Figure:
    """Return today's CSAT."""
    kpi, today = counting.kpis["csat"], parse_period("today", NOON.date())
    return database.read(take_snapshot, counting, kpi, today, as_of=NOON).figure


def tables(database: Database) -> set[str]:
    """Return the names of all tables, Alembic's own left out."""
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def rows(database: Database) -> dict[str, int]:
    """Return how many rows every table of the program has."""
    with database.reading() as session:
        return {
            name: session.scalar(for_shown(select(func.count()).select_from(table))) or 0
            for name, table in Row.metadata.tables.items()
        }


def test_the_schema_is_what_the_rows_say(database):
    """Alembic finds nothing to do between the migrated tables and the classes, types included."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []
    assert tables(database) == set(Row.metadata.tables)
    assert schema.is_current(database)


def test_a_program_can_work_on_it(database, counting):
    """Every table has a row once somebody has used it."""
    work(database, counting)
    assert all(rows(database).values()), rows(database)
    assert csat(database, counting).n == 25


def test_the_newest_step_goes_down_and_up_with_data(database, counting):
    """After the way back nothing of it is left, and after the way up the program works as before."""
    work(database, counting)
    schema.downgrade(database, "-1")
    assert not schema.is_current(database)
    schema.upgrade(database)
    assert schema.is_current(database)
    recount(database, counting)
    if not database.read(
        tickets.count_tickets
    ):  # the step that goes was the one that made the tables
        assert csat(database, counting).n == 0
        work(database, counting)
    assert csat(database, counting).n == 25


def test_an_incident_begins_with_its_alert_from_the_step_on_that_knows_it(database):
    """On the way up the moment comes from the alerts; on the way back it begins with what people know."""
    database.write(have_an_incident)
    fired = NOON - timedelta(minutes=20)

    def known(session: Session) -> tuple[datetime | None, datetime]:
        query = select(IncidentRow.fired_at, IncidentRow.began_at)
        at, began = session.execute(for_shown(query)).one()
        return at, began

    def fire(session: Session) -> None:
        (row,) = session.scalars(for_shown(select(IncidentRow)))
        (alert,) = session.scalars(for_shown(select(incidents.AlertRow)))
        alert.started_at = row.fired_at = row.began_at = fired

    database.write(fire)
    schema.downgrade(database, "0007")
    schema.upgrade(database)
    assert database.read(known) == (fired, fired)

    def say(session: Session) -> None:
        (row,) = session.scalars(for_shown(select(IncidentRow)))
        row.started_at = row.began_at = NOON

    database.write(say)
    schema.downgrade(database, "0007")
    schema.upgrade(database)
    assert database.read(known) == (fired, NOON)


def test_every_step_goes_down_and_up(database, counting):
    """One by one to nothing, and one by one to the newest; from the newest on the program works."""
    work(database, counting)
    for _ in STEPS:
        schema.downgrade(database, "-1")
    assert tables(database) == set()
    for step in reversed(STEPS):
        assert not schema.is_current(database)
        schema.upgrade(database, step)
    assert schema.is_current(database)
    work(database, counting)
    assert csat(database, counting).n == 25


def test_a_new_ledger_begins_at_nought(database):
    """Nobody has said yet where tickets come from."""
    assert database.read(tickets.ledger_version) == 0
    assert database.read(tickets.ledger_source) is None


def test_upgrading_again_keeps_everything(database, counting):
    """Every start upgrades; on a current database that does nothing."""
    work(database, counting)
    before = rows(database)
    schema.upgrade(database)
    assert rows(database) == before


def test_there_is_one_way_up():
    """Two steps after the same one would leave it open which is the newest."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_two_replicas_upgrade_at_once(database, replica, counting):
    """One does it and the other waits; both go on to count, and nothing is done twice."""
    work(database, counting)
    schema.downgrade(database, "base")
    start = threading.Barrier(2)

    def begin(one: Database) -> int:
        start.wait(PATIENCE)
        schema.upgrade(one)
        return recount(one, counting)

    with ThreadPoolExecutor(2) as threads:
        counted = [*threads.map(begin, (database, replica), timeout=PATIENCE)]

    assert schema.is_current(database)
    assert database.read(tickets.ledger_version) == 0
    measures = sum(len(kpi.measures) for kpi in counting.tallied)
    assert sorted(counted) == [0, measures]
    work(replica, counting)
    assert csat(database, counting).n == 25


def test_a_replica_starts_while_another_works(database, replica, counting):
    """A rolling restart: the newcomer finds the schema as it should be, and takes nothing away."""
    work(database, counting)
    schema.upgrade(replica)
    assert recount(replica, counting) == 0
    assert csat(replica, counting).n == 25


def test_what_was_sampled_of_messages_is_dropped_and_nothing_is_rewritten(postgresql_url):
    """PostgreSQL would keep for ever whom reminders were for; and a large outbox is not to stand still for that."""
    database = Database(postgresql_url)
    schema.downgrade(database, "0008")
    sampled = ("key", "target", "body")
    with database.writing() as session:
        for column in sampled:
            session.execute(text(f"ALTER TABLE outbox ALTER COLUMN {column} SET STATISTICS -1"))
        for number in range(50):
            promise(session, f"U0DAN{number}", Message("Please."), f"pulse:1:1:U0DAN{number}")
        session.execute(text("ANALYZE outbox"))
    assert set(sampled) < database.read(sampled_columns)
    files = database.read(files_of_outbox)

    schema.upgrade(database)
    assert not database.read(sampled_columns) & set(sampled)
    assert database.read(files_of_outbox) == files
    with database.writing() as session:
        session.execute(text("ANALYZE outbox"))
    assert not database.read(sampled_columns) & {"key", "target"}
    database.close()


def sampled_columns(session: Session) -> set[str]:
    """Return the columns of which PostgreSQL keeps samples."""
    found = "SELECT attname FROM pg_stats WHERE tablename = 'outbox'"
    return set(session.scalars(text(found)))


def files_of_outbox(session: Session) -> dict[str, int]:
    """Return where the table and its indexes are on the disk: somewhere else when they have been rewritten."""
    found = """
        SELECT relname, pg_relation_filenode(oid) FROM pg_class
        WHERE oid = 'outbox'::regclass
        OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'outbox'::regclass)
    """
    return dict(session.execute(text(found)).all())
