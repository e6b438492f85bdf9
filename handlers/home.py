"""App Home: what a person finds under the app's name in the sidebar."""

from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks.help import Help
from bot.blocks.home import home_view
from bot.domain import action_list, consult, series
from bot.domain.consult import Desk
from bot.domain.person import Person
from bot.domain.question import Question, Verb
from bot.services import Services
from bot.slack.router import Payload, Router
from bot.vocabulary import Role

HELP = Help(
    command="App Home",
    purpose="Your own page: click my name in the sidebar.",
    examples=(),
)

router = Router()


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
    view = home_view(person.name, snapshots, meetings, actions.open if actions else ())
    await client.views_publish(user_id=person.id, view=view)
