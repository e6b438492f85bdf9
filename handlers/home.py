"""App Home: what a person finds under the app's name in the sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks.help import Help
from bot.blocks.home import Trouble, home_view
from bot.domain import action_list, consult, rca, series
from bot.domain.consult import Desk
from bot.domain.incident import open_incidents
from bot.domain.person import Person
from bot.domain.question import Question, Verb
from bot.services import Services
from bot.slack.router import Payload, Router
from bot.vocabulary import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HELP = Help(
    command="App Home",
    purpose="Your own page: click my name in the sidebar.",
    examples=(),
)

router = Router()

_MOST = 25


@router.event("app_home_opened")
async def show_home(
    event: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Publish a person's page when they look at it."""
    if event.get("tab") != "home":
        return
    visible = [kpi for kpi in services.kpis.values() if person.may(kpi.least_role)]
    desk = Desk(services.counting, services.settings.teams, clock.now())
    snapshots = await services.read(consult.overview, desk, Question(Verb.LIST), visible)
    meetings = await services.read(series.mine, person, clock.now())
    actions = await services.read(action_list.mine, person) if person.may(Role.MEMBER) else None
    trouble = await services.read(_trouble, services, person) if actions else None
    view = home_view(person.name, snapshots, meetings, actions.open if actions else (), trouble)
    await client.views_publish(user_id=person.id, view=view)


def _trouble(session: Session, services: Services, person: Person) -> Trouble:
    """Return the open incidents, the worst first, and a person's analyses; a manager sees everybody's that are late."""
    reader, severities = services.reader(person), services.severities
    now = services.now(session)
    today = now.astimezone(person.zone).date()
    waiting = rca.waiting(session, reader)
    is_manager = person.may(Role.MANAGER)
    theirs = [
        each
        for each in waiting
        if each.owner == person.id or (is_manager and each.is_overdue(today))
    ]
    found = open_incidents(session, reader, _MOST)
    found.sort(key=lambda each: severities.of(each.severity).rank)
    return Trouble(found, theirs, severities, now, today)
