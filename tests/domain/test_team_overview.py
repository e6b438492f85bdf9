"""KPIs of incidents and surveys beside those of a team: told for the whole organisation, and saying so."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.blocks.kpi import in_one_line
from bot.domain import consult
from bot.domain.consult import Desk
from bot.domain.kpi import Kpi
from bot.domain.question import Question, Verb
from bot.domain.target import Counting
from bot.storage.database import Database
from tests.incident_book import NOON, IncidentBook
from tests.pulse_book import PulseBook


def test_a_teams_agenda_tells_incidents_for_all(database: Database, kpis: dict[str, Kpi]) -> None:
    """An incident belongs to services, so that a team's figure would be made up."""
    IncidentBook(database).took(30, until=NOON - timedelta(hours=3))
    counting = Counting(kpis, ZoneInfo("UTC"), frozenset({"urgent"}), {}, ("api-gateway",))
    desk = Desk(counting, ("emea",), NOON)
    asked = Question(Verb.LIST, team="emea")
    csat, mttr = database.read(consult.overview, desk, asked, [kpis["csat"], kpis["mttr"]])
    assert (csat.team, csat.is_widened) == ("emea", False)
    assert (mttr.team, mttr.is_widened) == (None, True)
    assert in_one_line(mttr) == "🟡 MTTR 30 min median in November 2026 so far, target 2 h, too close to call, for the whole organisation"  # fmt: skip


def test_a_teams_agenda_tells_surveys_for_all(database: Database, kpis: dict[str, Kpi]) -> None:
    """It stands in a channel, and what a team says in a survey is for leads and managers."""
    answers = ["55|9", "44|9", "42|7", "25|5", "22|3", "11|0"]
    asked = {"emea": answers, "apac": ["55|9", "45|9", "42|9", "25|9", "42|8", "11|7"]}
    PulseBook(database).close(NOON - timedelta(hours=3), asked)
    counting = Counting(kpis, ZoneInfo("UTC"), frozenset(), {})
    desk = Desk(counting, ("emea",), NOON)
    question = Question(Verb.LIST, team="emea")
    esat, enps = database.read(
        consult.overview, desk, question, [kpis["employee_satisfaction"], kpis["enps"]]
    )
    assert (esat.team, esat.is_widened) == (None, True)
    assert in_one_line(enps) == "⚪ eNPS +33.5 (+25 to +42, 12 of 12 answered) in November 2026 so far, no target set, of all who were asked"  # fmt: skip
