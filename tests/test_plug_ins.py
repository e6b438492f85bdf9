"""Every plug-in keeps its promises: each KPI file is explained and works, each handler's help tells what can be typed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from bot.app import find_help, find_kpis, find_reports, find_routers
from bot.blocks.report import report_csv, report_markdown
from bot.domain.action import ActionDraft, add_action
from bot.domain.kpi import Kpi, Source, find_kpi
from bot.domain.period import parse_period
from bot.domain.person import Person
from bot.domain.report import Scope, Table, make_page, read_request
from bot.domain.ticket import Ticket
from bot.slack.knock import Kind
from bot.vocabulary import Better, Role
from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, LEA, FrontDoor, Seen
from tests.helpdesk import HOUR, MONDAY_0930
from tests.incident_book import IncidentBook
from tests.pulse_book import PulseBook

SLUGS = [*find_kpis()]
OF_TICKETS = [slug for slug, kpi in find_kpis().items() if kpi.source is Source.TICKETS]
OF_SURVEYS = [slug for slug, kpi in find_kpis().items() if kpi.source is Source.PULSE]
OF_INCIDENTS = [slug for slug in SLUGS if slug not in (*OF_TICKETS, *OF_SURVEYS)]
REPORTS = find_reports()
HELP = find_help()
EXAMPLES = [typed for page in HELP.values() for typed, _ in page.examples]
APOLOGIES = ("went wrong", "did not take my answer")


@pytest.fixture
def frozen():
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True):
        yield


def ticket(number: int, at: datetime, team: str | None) -> Ticket:
    """Return a ticket that every KPI counts."""
    return Ticket(
        id=f"T-{number}",
        created_at=at,
        first_response_at=at + timedelta(minutes=20 + number % 50),
        solved_at=at + timedelta(minutes=100 + number % 99),
        priority="urgent",
        team=team,
        rating="good" if number % 9 else "bad",
        rated_at=at + 3 * HOUR,
        sla_due_at=at + 4 * HOUR,
        reopens=number % 2,
        article="KB-1" if number % 3 else None,
        status="solved",
    )


def fourteen_months(slack: FrontDoor) -> None:
    """Let tickets come in, one every third day, from two teams and from none."""
    newest = MONDAY_0930 - 6 * HOUR
    slack.tickets(
        ticket(number, newest - timedelta(days=3 * number), ("emea", "apac", None)[number % 3])
        for number in range(140)
    )


def fourteen_months_of_incidents(slack: FrontDoor) -> None:
    """Let incidents have been, one every twelfth day."""
    book = IncidentBook(slack.services.database, MONDAY_0930)
    for number in range(36):
        book.took(30 + number, until=MONDAY_0930 - HOUR - timedelta(days=12 * number))


def fourteen_months_of_surveys(slack: FrontDoor) -> None:
    """Let two desks of six be asked every eighth week."""
    book = PulseBook(slack.services.database)
    answers = ["55|9", "44|9", "42|7", "25|5", "22|3", "11|0"]
    for weeks in range(48, -1, -8):
        asked = {"emea": answers, "apac": answers[::-1]}
        book.close(MONDAY_0930 - HOUR - timedelta(weeks=weeks), asked)


def check_answer(seen: Seen) -> None:
    """Assert that a person was answered: neither an apology nor a refusal, which are a single sentence."""
    assert seen.is_private
    assert not any(word in seen.text for word in APOLOGIES), seen.text
    assert len(seen.message["blocks"]) > 1, seen.text
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []


@pytest.mark.parametrize("slug", SLUGS)
def test_a_kpi_explains_itself(kpis: dict[str, Kpi], slug: str) -> None:
    """Words for people, each a sentence or a phrase, and a target that says who asks for it."""
    kpi = kpis[slug]
    for words in (kpi.name, kpi.short, kpi.definition, kpi.formula, kpi.dated_by):
        assert words.strip() == words != ""
    assert kpi.definition.endswith(".")
    assert not kpi.formula.endswith(".")
    assert kpi.excluded
    assert all(phrase.strip() and not phrase.endswith(".") for phrase in kpi.excluded)
    assert (kpi.target is None) == (not kpi.target_from)
    assert not (kpi.planned and kpi.better is not Better.NEITHER)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_kpis_measures_can_be_told_apart(kpis: dict[str, Kpi], slug: str) -> None:
    """The main one has no name of its own; further ones have one, and words for their line."""
    kpi = kpis[slug]
    keys = [kpi.key(measure) for measure in kpi.measures]
    assert keys[0] == slug
    assert len(set(keys)) == len(keys)
    assert all(len(key) <= 100 for key in keys)  # as wide as the tallies' column
    assert all(measure.noun for measure in kpi.measures)
    assert all(measure.label for measure in kpi.lines)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_kpi_answers_to_its_names(kpis: dict[str, Kpi], slug: str) -> None:
    """Its file's name, its own, its short one and its aliases."""
    kpi = kpis[slug]
    for name in (slug, kpi.name, kpi.short, *kpi.aliases, slug.upper(), slug.replace("_", " ")):
        assert find_kpi(name, kpis) is kpi


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("slug", OF_TICKETS)
def test_a_kpi_can_be_asked_everything(slack: FrontDoor, kpis: dict[str, Kpi], slug: str) -> None:
    """Its card, why, trend, teams and target, before the first ticket and with fourteen months of them."""
    questions = ("show", "why", "trend", "teams", "target")
    for verb in questions:
        check_answer(slack.command(f"/kpi {verb} {slug}", by=BO))
    fourteen_months(slack)
    card, why, trend, teams, target = (
        slack.command(f"/kpi {verb} {slug}", by=BO) for verb in questions
    )
    for seen in (card, why, trend, teams, target):
        check_answer(seen)
    assert "no data" not in f"{card.text} {teams.text}".casefold()
    assert card.kinds().count("data_visualization") == 1
    assert kpis[slug].definition in why.plain()
    assert trend.kinds().count("data_visualization") == 2
    assert "EMEA desk" in teams.plain()


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("slug", OF_INCIDENTS)
def test_a_kpi_of_incidents_can_be_asked_everything(
    slack: FrontDoor, kpis: dict[str, Kpi], slug: str
) -> None:
    """Its card, why, trend and target, before the first incident and with fourteen months of them; of teams it knows nothing."""
    questions = ("show", "why", "trend", "target")
    for verb in questions:
        check_answer(slack.command(f"/kpi {verb} {slug}", by=BO))
    fourteen_months_of_incidents(slack)
    card, why, trend, target = (slack.command(f"/kpi {verb} {slug}", by=BO) for verb in questions)
    for seen in (card, why, trend, target, slack.press(card, "Incidents")):
        check_answer(seen)
    assert "no data" not in card.text.casefold()
    assert kpis[slug].definition in why.plain()
    for asked in (f"teams {slug}", f"{slug} team:emea"):
        assert "belong to services" in slack.command(f"/kpi {asked}", by=BO).text


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("slug", OF_SURVEYS)
def test_a_kpi_of_surveys_can_be_asked_everything(
    slack: FrontDoor, kpis: dict[str, Kpi], slug: str
) -> None:
    """Its card, why, trend, target and teams, before the first survey and with seven of them."""
    questions = ("show", "why", "trend", "target", "teams")
    for verb in questions:
        check_answer(slack.command(f"/kpi {verb} {slug}", by=LEA))
    assert "`/pulse start`" in slack.command(f"/kpi {slug}", by=BO).plain()
    fourteen_months_of_surveys(slack)
    card, why, trend, target, teams = (
        slack.command(f"/kpi {verb} {slug}", by=LEA) for verb in questions
    )
    for seen in (card, why, trend, target, teams):
        check_answer(seen)
    assert "no data" not in f"{card.text} {teams.text}".casefold()
    assert "12 of 12 answered" in card.text
    assert kpis[slug].definition in why.plain()
    assert "as published: " in why.plain()
    assert "Emea" in teams.plain()
    for asked in (f"teams {slug}", f"{slug} team:emea"):
        assert "lead" in slack.command(f"/kpi {asked}", by=BO).text


def test_every_handler_has_a_router_and_help() -> None:
    """One file a feature: what it answers to, and how that is typed."""
    assert find_routers().keys() == HELP.keys()


@pytest.mark.parametrize("name", [*HELP])
def test_help_is_about_what_its_file_handles(name: str) -> None:
    """A page for each command, in whole sentences, and every example begins with it."""
    page, commands = HELP[name], find_routers()[name].names(Kind.COMMAND)
    assert commands in ([page.command], [])
    assert page.purpose.endswith(".")
    assert bool(page.examples) == bool(commands)
    for typed, does in page.examples:
        assert typed.split()[0] == page.command
        assert does
    assert all(note.endswith(".") for note in page.notes)


def twelve_actions(slack: FrontDoor) -> None:
    """Let a dozen action items be there, so that examples can name one."""
    for number in range(12):
        draft = ActionDraft(text=f"Do thing {number}", owner=LEA)
        slack.write(add_action, draft, person(LEA, Role.LEAD), person(BO, Role.MEMBER), str(number))


def person(who: str, role: Role) -> Person:
    """Return somebody of the cast."""
    return Person(who, who, role, ZoneInfo("UTC"))


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("is_empty", [True, False], ids=["no data", "data"])
def test_every_example_can_be_typed(slack: FrontDoor, is_empty: bool) -> None:
    """By a manager, one after another, before the first ticket and after."""
    twelve_actions(slack)
    if not is_empty:
        fourteen_months(slack)
    for typed in EXAMPLES:
        seen = slack.command(typed, by=ANA)
        if seen.outcome.views:  # Slack has taken the form, so that it is a right one
            slack.wait(slack.slack.acts.close(ANA, seen.view["id"]))
        elif typed.startswith("/kpi"):
            check_answer(seen)
        elif any(one.get("files") for one in seen.messages):  # a file, to the asker
            assert len(seen.messages) == 2
        else:  # a sentence may be all there is to say
            assert seen.is_private
            assert not any(word in seen.text for word in APOLOGIES), seen.text


@pytest.mark.parametrize("name", [*HELP])
def test_every_command_has_help_to_ask_for(slack: FrontDoor, name: str) -> None:
    """`help` behind it shows the page."""
    page = HELP[name]
    for command in find_routers()[name].names(Kind.COMMAND):
        seen = slack.command(f"{command} help", by=BO)
        assert seen.text == f"{command}: {page.purpose}"
        assert all(typed in seen.plain() for typed, _ in page.examples)


@pytest.mark.parametrize("slug", [*REPORTS])
def test_a_report_explains_itself(slug: str) -> None:
    """A name, a sentence, and no word that names another thing."""
    report = REPORTS[slug]
    assert report.name.strip() == report.name != ""
    assert report.about.endswith(".")
    today = MONDAY_0930.date()
    for name in (slug, report.name, report.typed, *report.aliases, slug.upper()):
        assert read_request(name, REPORTS, today).report is report
        assert read_request(f"{name} last month", REPORTS, today).period is not None


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("slug", [*REPORTS])
def test_a_report_can_be_had_of_nothing(slack: FrontDoor, slug: str) -> None:
    """Before anything has happened it says so in words, as a message and as files, all three from one page."""
    typed = REPORTS[slug].typed
    check_answer(slack.command(f"/report {typed}", by=ANA))
    scope = Scope(
        slack.services.counting,
        slack.services.severities,
        parse_period("last month", MONDAY_0930.date()),
        MONDAY_0930,
    )
    page = slack.services.database.read(make_page, REPORTS[slug], scope)
    assert page.gathered.headline.endswith(".")
    for part in page.gathered.parts:
        if isinstance(part, Table):
            assert all(len(row) == len(part.columns) for row in part.rows)
            assert part.empty.endswith(".")
    for made in (report_csv(page), report_markdown(page)):
        assert page.gathered.headline.split(".")[0] in made
        assert not any(word in made.casefold() for word in ("nan", "none%", "{", "timedelta"))
