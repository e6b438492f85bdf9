"""`/maintenance`: when services may be down because it was announced, so that it counts in no uptime."""

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks import maintenance as blocks
from bot.blocks.help import Help, help_message
from bot.blocks.kit import Message
from bot.blocks.notice import message_window
from bot.domain.maintenance import MaintenanceDraft, announce, announced, cancel, read_number
from bot.domain.person import Person
from bot.domain.words import quoted, suggest
from bot.errors import Refused
from bot.services import Services
from bot.slack.answer import Answer
from bot.slack.form import open_form, read_form
from bot.slack.router import Payload, Router
from bot.vocabulary import Role

HELP = Help(
    command="/maintenance",
    purpose="Announced maintenance: time in which a service may be down, and which counts in no uptime.",
    examples=(
        ("/maintenance", "what is announced and not over"),
        ("/maintenance announce", "team leads and managers: a form for the service, from, to and why"),
        ("/maintenance database", "the same form, with that service chosen"),
        ("/maintenance cancel 3", "team leads and managers: take it back; what goes on ends now"),
    ),
    notes=("It is announced before it begins: what was down unannounced counts as down. The services are those in `app.yaml`.",),
)  # fmt: skip

router = Router()

_VERBS = {
    **dict.fromkeys(("", "list", "show", "all"), "list"),
    **dict.fromkeys(("announce", "add", "new", "schedule", "plan"), "announce"),
    **dict.fromkeys(("cancel", "drop", "delete", "end", "stop"), "cancel"),
    **dict.fromkeys(("help", "?"), "help"),
}


@router.command(
    "/maintenance",
    description="Announced maintenance of services",
    usage_hint="[announce|database|cancel 3|help]",
)
async def run(
    words: str,
    body: Payload,
    services: Services,
    person: Person,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Do what was asked, and show what is announced to the asker alone."""
    verb, _, rest = words.strip().partition(" ")
    by_spelling = {one.casefold(): one for one in services.settings.services}
    match _VERBS.get(verb.casefold()):
        case "help":
            await answer(help_message(HELP))
        case "announce":
            await _open(
                body, services, person, client, by_spelling.get(rest.strip().casefold(), "")
            )
        case "cancel":
            await answer(await _cancel(read_number(rest), services, person, trigger))
        case "list":
            await answer(await _listed(services, person))
        case _ if chosen := by_spelling.get(words.strip().casefold()):
            await _open(body, services, person, client, chosen)
        case _:
            near = suggest(verb, [*_VERBS, *by_spelling])
            meant = _VERBS.get(near or "") or by_spelling.get(near or "")
            hint = f" Did you mean `/maintenance {meant}`?" if meant else ""
            raise Refused(f"I do not know {quoted(verb)} here.{hint} `/maintenance help` says what can be typed.")  # fmt: skip


@router.action(blocks.ANNOUNCE)
async def open_announce(
    body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form."""
    await _open(body, services, person, client)


@router.action(blocks.CANCEL)
async def press_cancel(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Take an announcement back, and show the list anew."""
    number = read_number(str(action.get("value", "")))
    await answer.replace(await _cancel(number, services, person, trigger))


@router.view(blocks.FORM)
async def submit(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Announce what the form says, and show it in the form's place."""
    draft = read_form(view, MaintenanceDraft)
    known = services.settings.services
    made = await services.write(announce, draft, person, known, trigger, clock.now())
    shown = await _listed(services, person, blocks.announced_news(made))
    await ack(response_action="update", view=message_window(shown))


async def _open(
    body: Payload, services: Services, person: Person, client: AsyncWebClient, chosen: str = ""
) -> None:
    person.must_be(Role.LEAD, "announce maintenance")
    known = services.settings.services
    if not known:
        raise Refused(
            "No services are listed yet. Whoever runs me lists them under `services` in `app.yaml`."
        )
    await open_form(client, body, blocks.announce_form(known, chosen))


async def _cancel(number: int, services: Services, person: Person, trigger: str) -> Message:
    gone = await services.write(cancel, number, person, trigger, clock.now())
    return await _listed(services, person, blocks.cancelled_news(gone))


async def _listed(services: Services, person: Person, news: str = "") -> Message:
    person.must_be(Role.MEMBER, "see announced maintenance")
    now = clock.now()
    found = await services.read(announced, now)
    return blocks.list_message(found, now, may_change=person.may(Role.LEAD), news=news)
