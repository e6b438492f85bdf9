"""`/report` from the front door: what people type and press, and what they see and are sent."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from bot.vocabulary import IncidentKind, Noticed
from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, CY, PAGE, FrontDoor, Seen, text
from tests.helpdesk import MONDAY_0930
from tests.incident_analyst import analyse
from tests.incident_book import IncidentBook

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def frozen():
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True):
        yield


@pytest.fixture
def book(slack: FrontDoor) -> IncidentBook:
    """What incidents are written down in."""
    return IncidentBook(slack.services.database, MONDAY_0930)


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    """Return an hour of a day of this year."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def november(book: IncidentBook) -> None:
    """Write down a month in which something of everything happened; the playbook's two first."""
    gateway = book.took(
        120, at(5), unseen=30, title="API Gateway Downtime", noticed=Noticed.MONITORING
    )
    analyse(
        book.database,
        gateway,
        MONDAY_0930,
        cause="Network Configuration",
        plan="Update network settings",
    )
    latency = book.took(
        180,
        at(12),
        unseen=60,
        title="Database Latency",
        services=("database",),
        noticed=Noticed.CUSTOMER,
    )
    analyse(book.database, latency, MONDAY_0930, cause="High Query Load", plan="Optimize queries")
    again = book.add("Gateway down again", detected=at(16, 8), resolved=at(16, 9))
    book.repeat(again, gateway)
    back = book.took(45, at(17, 9), title="Login <!channel> slow", services=("console", "database"))
    book.resolve(book.reopen(back, at(17, 10)), at(17, 11))
    book.add(
        "Resolvers answer late", ("dns",), started=MONDAY_0930 - timedelta(days=6), detected=at(18)
    )
    book.void(book.took(5, at(18), title="Nothing after all"))
    book.void(book.took(5, at(5), title="Nobody can reach the API"), of=gateway)
    book.took(20, at(19), title="Drill: we lose a server", kind=IncidentKind.DRILL)
    book.took(900, at(20), title="Keys in a public place", kind=IncidentKind.SECURITY)


def shown(seen: Seen) -> str:
    """Return a message as text, once Slack's own limits are kept."""
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    return seen.plain()


NOTES = """
        ~ The number of incidents goes by the day on which they began; MTTD, MTTR, recurrence, communication and what is known by the day of their last resolution. The table has both.
        MTTD: from the start to the detection. MTTR: from the detection to the last resolution; what is open is left out.
        Recurrence: confirmed repeats ÷ incidents resolved; a repeat has the same cause as one resolved at most 90 days before.
        Not reliable: known for less than 80 % of them. Open incidents and overdue analyses are as of now.
        ~ As of 23 November 2026, 09:30 UTC
"""


def test_the_incident_report_tells_the_month(slack, book):
    """The playbook's table, and what it adds up to; of a restricted incident not even that it was."""
    november(book)

    seen = slack.command("/report incident", by=BO)

    assert seen.is_private
    assert seen.text == (
        "Incident report · November 2026 so far: 5 incidents began, 4 were resolved. "
        "MTTD not reliable, MTTR 2 h 23 min (medians). 1 is open, oldest 6 d."
    )
    assert shown(seen) == text(f"""
        # Incident report · November 2026 so far
        | 5 incidents began, 4 were resolved. MTTD not reliable, MTTR 2 h 23 min (medians). 1 is open, oldest 6 d.
        | *Incidents*
        | Incident ID | Description           | MTTD    | MTTR       | Root Cause            | Action Plan
        | INC-001     | API Gateway Downtime  | 30 min  | 2 h        | Network Configuration | Update network settings
        | INC-002     | Database Latency      | 1 h     | 3 h        | High Query Load       | Optimize queries
        | INC-003     | Gateway down again    | unknown | 1 h        | not known yet         | none
        | INC-004     | Login <!channel> slow | 5 min   | 2 h 45 min | not known yet         | none
        | INC-005     | Resolvers answer late | 1 d 3 h | open       | not known yet         | none
        | *Number of incidents*
        | All: 5
        | By severity: SEV3 medium 5
        | By service: api-gateway 2 · database 2 · console 1 · dns 1
        | Noticed first by a customer: 50.0 % (1 of 2); not reliable, known for 2 of 5
        | In no figure: 1 drill, 1 duplicate, 1 false alarm
        | *How long they took*
        | MTTD: median 30 min, mean 32 min, p90 54 min, n 3 of 4 (75.0 %); not reliable
        | MTTR: median 2 h 23 min, mean 2 h 11 min, p90 2 h 56 min, n 4 of 4 (100.0 %)
        | *Recurrence*
        | Confirmed repeats: 25.0 % (1 of 4): INC-003 of INC-001; not reliable, known for 1 of 4
        | Suspected, not counted: none
        | Same cause more than 90 days before, not counted: none
        | Cause not judged yet: 3 of 4
        | Reopened: 25.0 % (1 of 4)
        | *Longest to resolve*
        | INC-002 · Database Latency · 3 h
        | INC-004 · Login <!channel> slow · 2 h 45 min
        | INC-001 · API Gateway Downtime · 2 h
        | *Communication*
        | Updates in time, of incidents resolved: none
        | Longest silence, of incidents resolved: none
        | Open, with an update overdue: none
        | *How much is known of those resolved*
        | Detection time: 100.0 % (4 of 4)
        | Started time: 75.0 % (3 of 4); not reliable
        | Root cause: 50.0 % (2 of 4); not reliable
        | Actions: 50.0 % (2 of 4); not reliable
        | *Open, oldest 6 d*
        | INC-005 · Resolvers answer late · SEV3 medium · 6 d
        | *Root cause analyses*
        | Overdue: 2: INC-001 since Thu 12 Nov, INC-002 since Thu 19 Nov{NOTES.rstrip()}
        [Share here] [CSV] [Markdown]
    """)


def test_an_empty_month_says_none(slack):
    """No nought, and nothing that is not a number."""
    assert shown(slack.command("/report incident", by=BO)) == text(f"""
        # Incident report · November 2026 so far
        | No incident began or was resolved.
        | *Incidents*
        | None.
        | *Open*
        | None.
        | *Root cause analyses*
        | Overdue: none{NOTES.rstrip()}
        [Share here] [CSV] [Markdown]
    """)


def test_counts_go_by_the_beginning_and_durations_by_the_end(slack, book):
    """One that began in October and was resolved in November is one of October's and its MTTR November's."""
    book.add("Over the border", started=at(31, 22, 10), detected=at(31, 23, 10), resolved=at(1, 1))
    october = shown(slack.command("/report incident october", by=BO))
    november = shown(slack.command("/report incident", by=BO))
    assert "| 1 incident began, 0 were resolved.\n" in october
    assert "| All: 1\n" in october
    assert "| MTTR: none\n" in october
    assert "| 0 incidents began, 1 was resolved. MTTD 1 h, MTTR 2 h (medians).\n" in november
    assert "| All: none\n" in november
    for both in (october, november):
        assert "| INC-001     | Over the border | 1 h  | 2 h  | not known yet | none\n" in both


def test_days_begin_where_the_organisation_is(mode, database_url, tmp_path):
    """In Berlin the first of November began an hour before it did in UTC."""
    page = PAGE.replace("timezone: UTC", "timezone: Europe/Berlin")
    with FrontDoor(database_url, tmp_path, mode=mode, page=page) as slack:
        book = IncidentBook(slack.services.database, MONDAY_0930)
        book.add("Just before", started=at(31, 22, 10), detected=at(31, 22, 10))
        book.add("Just after", started=at(31, 23, 10), detected=at(31, 23, 10))
        listed = shown(slack.command("/report incident", by=BO))
    assert "Just after" in listed
    assert "Just before" not in listed.split("*Open")[0]


@pytest.mark.parametrize(
    ("day", "month"),
    [(datetime(2026, 12, 1, 9, tzinfo=UTC), "November 2026"), (datetime(2026, 12, 7, 9, tzinfo=UTC), "November 2026"),
     (datetime(2026, 12, 8, 9, tzinfo=UTC), "December 2026 so far")],
)  # fmt: skip
def test_a_young_month_gives_way_to_the_last(slack, day, month):
    """In the first seven days nothing has happened yet."""
    with freeze_time(day, real_asyncio=True):
        titled = slack.command("/report incident", by=BO).plain().splitlines()[0]
    assert titled == f"# Incident report · {month}"


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("incident last month", "October 2026"),
        ("incidents q3", "Q3 2026"),
        ("2026-W40 incident report", "week 40 of 2026 (28 Sep–4 Oct)"),
        ("incident 30d", "25 October–23 November 2026"),
    ],
)
def test_any_period_can_be_asked_for(slack, typed, title):
    """Those that `/kpi` reads."""
    assert (
        slack.command(f"/report {typed}", by=BO).plain().startswith(f"# Incident report · {title}")
    )


def test_the_list_says_which_there_are(slack):
    """And how each is typed."""
    seen = slack.command("/report", by=BO)
    assert seen.is_private
    assert "| `/report incident`  Every incident with its times" in shown(seen)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("incidnt q3", "No report is called “incidnt q3”. Did you mean `incident`?"),
        ("q3", "Which report? For example `/report incident q3`."),
        ("incident soonish", "“soonish” is not a period I know"),
        ("incident 2027", "2027 has not begun yet"),
    ],
)
def test_clumsy_words_get_a_sentence(slack, typed, sentence):
    """What was not understood, and what would have worked."""
    assert slack.command(f"/report {typed}", by=BO).text.startswith(sentence)


@pytest.mark.parametrize("typed", ["", " incident"])
def test_guests_see_no_report(slack, typed):
    """Members may."""
    assert slack.command(f"/report{typed}", by=CY).text.startswith(
        "Only members of this workspace can see"
    )


def test_a_report_is_shared_once(slack, book):
    """However often somebody presses; the channel sees by whom."""
    november(book)
    seen = slack.command("/report incident", by=BO)
    shared = slack.press(seen, "Share here")
    assert not shared.is_private
    assert shared.plain().endswith(f"~ Shared by <@{BO}>\n[CSV] [Markdown]")
    assert slack.press(seen, "Share here").text.startswith("You have shared this report already.")
    assert [m["text"] for m in slack.seen(ANA)] == [shared.text]
    assert "Keys in a public place" not in str(slack.seen(ANA))
    assert "SEC" not in shared.plain()


def test_files_come_by_direct_message(slack, book):
    """The whole report, to whoever pressed, from a shared report too."""
    november(book)
    shared = slack.press(slack.command("/report incident", by=BO), "Share here")

    told = slack.press(shared, "CSV", by=ANA)

    assert [m["text"] for m in told.messages] == [
        "Here is the report you asked for.",
        "I have sent you incident-2026-11.csv in a direct message.",
    ]
    name, content = slack.file_sent(ANA)
    assert name == "incident-2026-11.csv"
    assert content.splitlines()[:3] == [
        "Incident ID,Description,MTTD,MTTR,Root Cause,Action Plan,MTTD in seconds,MTTR in seconds",
        "INC-001,API Gateway Downtime,30 min,2 h,Network Configuration,Update network settings,1800,7200",
        "INC-002,Database Latency,1 h,3 h,High Query Load,Optimize queries,3600,10800",
    ]
    listed = list(csv.DictReader(io.StringIO(content.partition("\n\n")[0])))
    assert [one["MTTD in seconds"] for one in listed] == ["1800", "3600", "", "300", "95400"]
    assert sum(int(one["MTTR in seconds"] or 0) for one in listed) == 31_500
    assert (
        "Incident ID,Description,MTTR,MTTR in seconds\nINC-002,Database Latency,3 h,10800"
        in content
    )
    assert "By service,api-gateway 2 · database 2 · console 1 · dns 1" in content

    slack.press(shared, "Markdown", by=BO)

    name, content = slack.file_sent(BO)
    assert name == "incident-2026-11.md"
    assert content.startswith("# Incident report · November 2026 so far\n")
    assert (
        "| INC-004 | Login \\<!channel\\> slow | 5 min | 2 h 45 min | not known yet | none |"
        in content
    )
    for who in (ANA, BO):
        assert "Keys in a public place" not in slack.file_sent(who)[1]


def test_a_guest_gets_no_file(slack):
    """The press is judged, not the button's being there."""
    shared = slack.press(slack.command("/report incident", by=BO), "Share here")
    assert (
        slack.press(shared, "CSV", by=CY).text
        == "Only members of this workspace can see the incident report."
    )
    assert slack.letters(CY) == []
