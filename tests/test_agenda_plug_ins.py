"""Every meeting template and every live topic keeps its promises; the playbook's four ask exactly what it asks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.app import find_agendas, find_lives
from bot.blocks import kit
from bot.blocks.agenda import agenda_messages
from bot.blocks.series import template_form
from bot.domain.agenda import Agenda, Scene, gather, read_sections, write_sections
from bot.domain.count import record_tickets, recount
from bot.domain.declaration import Declaration, declare
from bot.domain.incident import Incident
from bot.domain.kpi import Kpi
from bot.domain.meeting import Sheet
from bot.domain.series import Meeting, Series
from bot.domain.severity import Severities, Severity
from bot.domain.target import Counting
from bot.domain.ticket import Ticket
from bot.storage.database import Database
from bot.storage.incident import RcaRow
from bot.vocabulary import IncidentKind, Kra, MeetingState, RcaState, SeriesState
from bot.workspace.validator import check_message, check_view
from tests.meetingroom import ANA, clear, terms, utc

AGENDAS, LIVES = find_agendas(), find_lives()
LATER = {
    "infrastructure",
    "compliance",
    "incidents",
    "improvements",
    "training",
}  # nobody tells them yet
MONDAY = utc("2026-11-23 08:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")

# Section 4 of the playbook, to the word; only its headings are capitalised otherwise.
PLAYBOOK = {
    "manager_one_on_one": {
        "Progress Updates": ["What are your team's current priorities?", "Any blockers or challenges?"],
        "Team Development": ["How is your team performing?", "What support do they need?"],
        "Feedback": ["What feedback do you have for me or the leadership team?"],
        "Goals": ["What are your short-term and long-term goals?"],
    },
    "cloud_team": {
        "Infrastructure Updates": ["Any recent changes or issues with cloud infrastructure?"],
        "Incident Review": ["Review major incidents and discuss root cause analysis."],
        "Collaboration": ["How can we improve collaboration with support teams?"],
        "Feedback": ["What feedback do you have for me or the team?"],
    },
    "support_team": {
        "Ticket Review": ["Review ticket volume and resolution times."],
        "Process Improvements": ["Discuss any process improvements or automation opportunities."],
        "Training Needs": ["Identify any training needs for the team."],
        "Feedback": ["What feedback do you have for me or the team?"],
    },
    "architect_one_on_one": {
        "Architecture Updates": ["Any recent changes or updates to the cloud architecture?"],
        "Incident Review": ["Review major incidents and discuss architectural improvements."],
        "Collaboration": ["How can we improve collaboration with support and engineering teams?"],
        "Feedback": ["What feedback do you have for me or the team?"],
    },
}  # fmt: skip


@pytest.mark.parametrize("slug", PLAYBOOK)
def test_the_playbooks_templates_ask_what_it_asks(slug):
    """Every section and every question, in its order, and nothing besides."""
    sections = {part.title.casefold(): list(part.questions) for part in AGENDAS[slug].sections}
    assert list(sections.items()) == [
        (title.casefold(), questions) for title, questions in PLAYBOOK[slug].items()
    ]


def test_which_are_there():
    """The playbook's four and a retrospective; two of them between two people."""
    assert AGENDAS.keys() == {*PLAYBOOK, "retrospective"}
    assert {slug for slug, agenda in AGENDAS.items() if agenda.is_one_on_one} == {
        "manager_one_on_one",
        "architect_one_on_one",
    }


@pytest.mark.parametrize("slug", AGENDAS)
class TestTemplate:
    """One file of `agendas/`."""

    def test_it_is_explained(self, slug):
        """Words for people; its file's name is its slug, and nothing was made from nothing."""
        agenda = AGENDAS[slug]
        assert (agenda.slug, agenda.base) == (slug, "")
        assert agenda.name.strip() == agenda.name != ""
        assert agenda.about.endswith(".")
        assert len(agenda.name) <= kit.OPTION_LENGTH
        assert len(agenda.about) <= kit.OPTION_LENGTH  # both are read in a menu

    def test_its_sections(self, slug):
        """There are some, each with a heading and a question; headings differ, so that an own one keeps its topics."""
        sections = AGENDAS[slug].sections
        assert sections
        assert all(part.title.strip() == part.title != "" for part in sections)
        assert all(part.questions for part in sections)
        assert all(question.strip() == question and question[-1] in "?." for part in sections for question in part.questions)  # fmt: skip
        assert len({part.title.casefold() for part in sections}) == len(sections)

    def test_its_topics_and_areas(self, slug):
        """Each topic is told by a file, or will be; the areas are the organisation's."""
        agenda = AGENDAS[slug]
        topics = [*agenda.topics, *(topic for part in agenda.sections for topic in part.topics)]
        assert all(isinstance(topic, str) for topic in topics)
        assert set(topics) <= LIVES.keys() | LATER
        assert len(set(topics)) == len(topics)
        assert "kpis" in agenda.topics
        assert agenda.kras
        assert all(isinstance(kra, Kra) for kra in agenda.kras)

    def test_an_own_one_can_be_made_of_it(self, slug):
        """Its words fit into the form, and come back as they were."""
        agenda = AGENDAS[slug]
        assert len(write_sections(agenda)) <= kit.INPUT_LENGTH
        assert read_sections(write_sections(agenda), agenda) == agenda.sections
        assert check_view(template_form(agenda, is_new=True)) == []

    def test_it_can_be_posted(self, slug):
        """In one message."""
        local = datetime(2026, 11, 23, 9)  # noqa: DTZ001 (local by design)
        meeting = Meeting(7, 3, local, MONDAY + HOUR, MONDAY, MeetingState.POSTED)
        series = Series(3, "U0ANA", terms(template=slug), SeriesState.ACTIVE)
        facts = {topic: ["A fact"] for topic in LIVES}
        messages = agenda_messages(Sheet(series, meeting, AGENDAS[slug], facts), LIVES)
        assert [check_message(message.as_payload()) for message in messages] == [[]]


# --- What is live ---


class Desk:
    """A helpdesk, and what a meeting is told of it."""

    def __init__(self, database: Database, kpis: dict[str, Kpi]) -> None:
        self.database = database
        self.counting = Counting(kpis, UTC_ZONE, frozenset({"urgent"}), {})
        recount(database, self.counting)

    def tickets(self, tickets: Iterable[Ticket]) -> None:
        """Let tickets come in."""
        self.database.write(record_tickets, self.counting, list(tickets), "test.csv")

    def rated(self, good: int, of: int, on: datetime, team: str = "emea") -> None:
        """Let customers rate tickets."""
        self.tickets(
            Ticket(f"R{on:%d%H}{team}-{number}", on - HOUR, rating="good" if number < good else "bad", rated_at=on, team=team)
            for number in range(of)
        )  # fmt: skip

    def opened(self, count: int, on: datetime, **more: object) -> None:
        """Let customers open tickets."""
        self.tickets(Ticket(f"T{on:%d%H}-{number}", on, **more) for number in range(count))  # type: ignore[arg-type]

    def tell(
        self,
        topic: str,
        *,
        kras: tuple[Kra, ...] = tuple(Kra),
        team: str | None = None,
        since: datetime = MONDAY - 7 * DAY,
        now: datetime = MONDAY,
    ) -> Sequence[str]:
        """Return what a topic tells for a meeting."""
        scene = Scene(self.counting, kras, team, since, now)
        return self.database.read(LIVES[topic].tell, scene)


@pytest.fixture
def desk(cleared_database: Database, kpis: dict[str, Kpi]) -> Desk:
    """An empty helpdesk."""
    clear(cleared_database)
    return Desk(cleared_database, kpis)


def test_which_topics_are_told():
    """`standing` is for briefs alone."""
    assert LIVES.keys() == {"incidents", "kpis", "standing", "tickets"}


@pytest.mark.parametrize("topic", LIVES)
class TestTopic:
    """One file of `agendas/live/`."""

    def test_it_has_a_heading(self, topic):
        """As it stands above its news."""
        heading = LIVES[topic].heading
        assert heading.strip() == heading != ""
        assert len(heading) <= 50
        assert not heading.endswith((".", ":"))

    def test_before_the_first_ticket(self, desk, topic):
        """There is nothing to say, for any areas and any team."""
        for team in (None, "emea", "no such team"):
            for kras in ((), tuple(Kra)):
                assert list(desk.tell(topic, team=team, kras=kras)) == []

    @pytest.mark.parametrize("team", [None, "emea", "no such team"])
    def test_whenever_it_is_asked(self, desk, topic, team):
        """Sentences that fit into a line and mean nothing to Slack; the same again when it is asked again."""
        self.months(desk)
        moments = ("2026-11-23 08:00", "2026-12-01 08:00", "2026-12-31 23:59", "2027-03-01 00:00")
        for now in map(utc, moments):
            for since in (timedelta(0), HOUR, DAY, 7 * DAY, 400 * DAY):
                told = desk.tell(topic, team=team, since=now - since, now=now)
                assert told == desk.tell(topic, team=team, since=now - since, now=now)
                for sentence in told:
                    assert sentence.strip() == sentence != ""
                    assert len(sentence) <= 300
                    assert not set(sentence) & set("\n<>*_`")

    @staticmethod
    def months(desk: Desk) -> None:
        """Let tickets come in, a few every week."""
        desk.tickets(
            Ticket(
                f"T-{number}",
                at := MONDAY - number * 40 * HOUR,
                first_response_at=at + timedelta(minutes=50),
                solved_at=at + 5 * HOUR,
                priority="urgent",
                team="emea",
                rating="bad" if number % 3 else "good",
                rated_at=at + 6 * HOUR,
                sla_due_at=at + 4 * HOUR,
                status="solved",
            )
            for number in range(30)
        )


class TestKpis:
    """What is off target."""

    def test_what_is_off_target_is_told(self, desk):
        """With its target and how it has changed; what is on target is not."""
        desk.rated(60, 100, MONDAY - 2 * DAY)
        desk.tickets(
            Ticket(f"F-{number}", MONDAY - DAY, first_response_at=MONDAY - DAY + timedelta(minutes=10))
            for number in range(60)
        )  # fmt: skip
        (told,) = desk.tell("kpis", kras=(Kra.CUSTOMER_SUPPORT,))
        assert told.startswith("🔴 CSAT 60.0 %")
        assert "target 90 %" in told

    def test_when_all_is_well(self, desk):
        """One sentence, which counts what was judged."""
        desk.rated(100, 100, MONDAY - 2 * DAY)
        assert desk.tell("kpis", kras=(Kra.CUSTOMER_SUPPORT,)) == [
            "✅ No KPI of this meeting's areas is off target (1 was judged)."
        ]

    def test_only_its_areas_and_its_team(self, desk):
        """A meeting of cloud engineers is not told of CSAT, nor one team of another's."""
        desk.rated(10, 100, MONDAY - 2 * DAY, team="emea")
        assert desk.tell("kpis", kras=(Kra.CLOUD_INFRASTRUCTURE,)) == []
        assert len(desk.tell("kpis", kras=(Kra.CUSTOMER_SUPPORT,), team="emea")) == 1
        assert desk.tell("kpis", kras=(Kra.CUSTOMER_SUPPORT,), team="apac") == []

    def test_in_the_first_days_of_a_month(self, desk):
        """The month before tells more."""
        desk.rated(60, 100, utc("2026-10-20 12:00"))
        (told,) = desk.tell("kpis", kras=(Kra.CUSTOMER_SUPPORT,), now=utc("2026-11-02 08:00"))
        assert "October 2026" in told


class TestStanding:
    """All figures, for a brief."""

    def test_what_is_on_target_too(self, desk):
        """Whatever has been counted."""
        desk.rated(95, 100, MONDAY - 2 * DAY)
        told = desk.tell("standing", kras=(Kra.CUSTOMER_SUPPORT,))
        assert any("CSAT 95.0 %" in line for line in told)


class TestTickets:
    """Volume and resolution times since the last meeting."""

    def test_since_the_last_meeting(self, desk):
        """From its day to yesterday; what came before and today does not count."""
        desk.opened(4, MONDAY - 8 * DAY)
        desk.opened(5, MONDAY - 7 * DAY)
        desk.opened(7, MONDAY - DAY)
        desk.opened(9, MONDAY - HOUR)
        told = desk.tell("tickets")
        assert told[0].startswith("12 tickets created in the last 7 days")

    def test_one_day(self, desk):
        """A daily meeting is told of the day before."""
        desk.opened(5, MONDAY - DAY)
        desk.opened(3, MONDAY - 2 * DAY)
        assert desk.tell("tickets", since=MONDAY - DAY)[0] == (
            "5 tickets created on the day before, up 2 against the day before that"
        )

    def test_met_already_today(self, desk):
        """The day before is the last one that is whole."""
        desk.opened(5, MONDAY - DAY)
        assert desk.tell("tickets", since=MONDAY - HOUR)[0].startswith("5 tickets created on the day before")  # fmt: skip

    def test_a_meeting_of_long_ago(self, desk):
        """Three months at most."""
        desk.opened(5, MONDAY - 92 * DAY)
        desk.opened(3, MONDAY - 93 * DAY)
        assert desk.tell("tickets", since=MONDAY - 400 * DAY)[0].startswith("5 tickets created in the last 92 days")  # fmt: skip

    def test_how_long_solving_took(self, desk):
        """Critical ones and all, as medians."""
        at = MONDAY - 3 * DAY
        desk.tickets(
            Ticket(f"S-{number}", at, solved_at=at + hours * HOUR, priority=priority, status="solved")
            for number, (hours, priority) in enumerate([(2, "urgent"), (3, "urgent"), (4, "urgent"), (9, "low"), (9, "low")])
        )  # fmt: skip
        told = desk.tell("tickets")
        (critical,) = (line for line in told if line.startswith("Critical tickets solved in 3 h"))
        assert critical.endswith("(median of 3)")  # to within one percent, as all medians are
        assert "All tickets solved in 4 h (median of 5)" in told

    def test_of_its_team(self, desk):
        """Another team's tickets are not among them."""
        desk.opened(5, MONDAY - DAY, team="emea")
        desk.opened(7, MONDAY - 2 * DAY, team="apac")
        assert desk.tell("tickets", team="emea")[0].startswith("5 tickets")


SEV2 = Severities({"sev2": Severity("sev2", "SEV2", 0)}, {})


class TestIncidents:
    """What happened since the last meeting, and what is still open; never what only some may know of."""

    def declare(self, desk: Desk, title: str, began: datetime, **more: Any) -> Incident:
        """Let somebody file an incident when it began."""
        said = Declaration(
            title, ("dns",), severity="sev2", started=began, detected=began + 5 * MINUTE, **more
        )
        return desk.database.write(declare, said, ANA, SEV2, title, began + 10 * MINUTE)

    def test_what_happened_since_the_last_meeting(self, desk):
        """The open one first; what was over before it is no news, and a drill and a restricted one are none here."""
        self.declare(desk, "Old", MONDAY - 9 * DAY, resolved=MONDAY - 9 * DAY + 10 * MINUTE)
        self.declare(desk, "Over", MONDAY - 2 * DAY, resolved=MONDAY - 2 * DAY + 10 * MINUTE)
        self.declare(desk, "Still broken", MONDAY - DAY)
        self.declare(desk, "Fire", MONDAY - DAY, kind=IncidentKind.DRILL)
        self.declare(desk, "Keys leaked", MONDAY - DAY, kind=IncidentKind.SECURITY)
        assert desk.tell("incidents") == [
            "2 incidents began since the last meeting, 1 resolved; 1 open.",
            "INC-003 SEV2 Still broken (dns): open for 1 d",
            "INC-002 SEV2 Over (dns): resolved in 5 min after 5 min to detect",
        ]

    def test_what_began_long_ago_and_is_open_is_told(self, desk):
        """However long; what has ended long ago is not."""
        self.declare(desk, "Slow since ever", MONDAY - 500 * DAY)
        self.declare(desk, "Old", MONDAY - 500 * DAY, resolved=MONDAY - 500 * DAY + 10 * MINUTE)
        assert desk.tell("incidents") == [
            "No incidents began since the last meeting, none resolved; 1 open.",
            "INC-001 SEV2 Slow since ever (dns): open for 500 d",
        ]

    def test_how_far_the_analyses_are(self, desk):
        """Due, overdue, in review, or what it was; one of an earlier incident is told once it is late."""
        for number, title in enumerate(("Late", "Due", "Reviewed")):
            began = MONDAY - (20 if title == "Late" else 2) * DAY - number * HOUR
            made = self.declare(desk, title, began, resolved=began + 10 * MINUTE)
            due = (MONDAY + (-5 if title == "Late" else 3) * DAY).date()
            row = RcaRow(
                incident_id=made.id, state=RcaState.DRAFT, owner=ANA.id, due_on=due, no_repeat=False
            )
            if title == "Reviewed":
                row.state, row.reviewed_at, row.root_cause = (
                    RcaState.REVIEWED,
                    MONDAY - DAY,
                    "A cable",
                )
            desk.database.write(lambda session, row=row: session.add(row))
        assert desk.tell("incidents")[1:] == [
            "INC-003 SEV2 Reviewed (dns): resolved in 5 min after 5 min to detect; cause: A cable",
            "INC-002 SEV2 Due (dns): resolved in 5 min after 5 min to detect; analysis due 26 November",
            "Analysis of INC-001 Late: overdue since 18 November",
        ]

    def test_a_quiet_week(self, desk):
        """It is said, where incidents are filed at all."""
        self.declare(desk, "Old", MONDAY - 9 * DAY, resolved=MONDAY - 9 * DAY + 10 * MINUTE)
        assert desk.tell("incidents") == ["No incidents since the last meeting."]


def test_a_topic_is_told_for_its_section(desk):
    """Where a template names it; a brief's own is not asked for an agenda."""
    desk.opened(5, MONDAY - DAY)
    scene = Scene(desk.counting, AGENDAS["support_team"].kras, None, MONDAY - 7 * DAY, MONDAY)
    facts = desk.database.read(gather, AGENDAS["support_team"], scene, LIVES)
    assert facts.keys() == {"kpis", "tickets"}
    assert facts["tickets"]


def test_a_template_of_a_topic_that_nobody_tells(desk):
    """It is left out, and a file that tells it brings it."""
    agenda: Agenda = replace(AGENDAS["manager_one_on_one"], topics=("weather",))
    scene = Scene(desk.counting, agenda.kras, None, MONDAY - 7 * DAY, MONDAY)
    assert desk.database.read(gather, agenda, scene, LIVES) == {}
    told = {"weather": replace(LIVES["kpis"], tell=lambda *_: ["Rain"])}
    assert desk.database.read(gather, agenda, scene, told) == {"weather": ["Rain"]}
