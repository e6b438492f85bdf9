"""`/pulse`: surveys that people can answer truthfully: asked by direct message, kept sealed, shown once, at the close."""

from collections.abc import Callable, Mapping

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks import pulse as blocks
from bot.blocks import pulse_manager, pulse_result
from bot.blocks.help import Help, help_message
from bot.blocks.kit import Message
from bot.blocks.notice import message_window, notice
from bot.domain import pulse, pulse_answer, pulse_plan
from bot.domain.person import Person
from bot.domain.pulse import Wave, WaveForm, read_number
from bot.domain.pulse_close import Result
from bot.domain.pulse_plan import PlanForm
from bot.domain.words import quoted, suggest
from bot.errors import Forbidden, Refused
from bot.outgoing import pulse as outgoing
from bot.outgoing import pulse_desk
from bot.services import Services
from bot.slack import files
from bot.slack.answer import Answer
from bot.slack.form import filled, open_form, read_form
from bot.slack.router import Payload, Router
from bot.vocabulary import Role

HELP = Help(
    command="/pulse",
    purpose="Surveys that are safe to answer: kept without names in sealed boxes, shown once, when they close.",
    examples=(
        ("/pulse", "the surveys that ask you, with a button to answer; for managers all of them"),
        ("/pulse 3", "answer that one; for managers how it stands"),
        ("/pulse start", "managers: a form for what is asked, whom, and how long"),
        ("/pulse schedule", "managers: one that comes again, with the statements whose turn it is"),
        ("/pulse end 3", "managers: end the series that it is one of; it asks first"),
        ("/pulse status 3", "managers: how many were asked and have answered, and what could not be sent"),
        ("/pulse result 3", "what came of it, once it has closed"),
        ("/pulse cancel 3", "managers: end this one unread; it asks first, and a series goes on"),
        ("/pulse questions", "the question bank"),
        ("/pulse how", "how an answer is kept, and what remains possible"),
    ),
    notes=(
        "To change or withdraw an answer press Answer again; it takes the receipt code that you were shown.",
        "No group of fewer than the survey's smallest (5, or what its starter chose from 3 up) is ever shown, nor can one be computed from what is shown.",
    ),
)  # fmt: skip

router = Router()

_VERBS = {
    **dict.fromkeys(("", "list", "show", "all"), "list"),
    **dict.fromkeys(("start", "new", "add", "create"), "start"),
    **dict.fromkeys(("schedule", "repeat", "plan"), "schedule"),
    **dict.fromkeys(("end", "unschedule"), "end"),
    **dict.fromkeys(("status", "progress"), "status"),
    **dict.fromkeys(("result", "results"), "result"),
    **dict.fromkeys(("cancel", "stop", "delete", "drop"), "cancel"),
    **dict.fromkeys(("questions", "bank", "statements"), "questions"),
    **dict.fromkeys(("how", "privacy", "kept"), "how"),
    **dict.fromkeys(("change", "withdraw", "receipt"), "change"),
    **dict.fromkeys(("help", "?"), "help"),
}

_DESTROYING = ("end", "cancel")
"""What no mistyped word leads to: somebody may press on without reading."""


@router.command(
    "/pulse",
    description="Surveys that are safe to answer",
    usage_hint="[start|schedule|status 3|result 3|questions|how|help]",
    scopes=("users:read", *files.SCOPES),
)
async def run(
    words: str,
    body: Payload,
    services: Services,
    person: Person,
    answer: Answer,
    client: AsyncWebClient,
) -> None:
    """Do what was asked, and show it to the asker alone."""
    _may_be_asked(person)
    verb, _, rest = words.strip().partition(" ")
    match _VERBS.get(verb.casefold()):
        case "help":
            await answer(help_message(HELP))
        case "how":
            await answer(blocks.kept_message())
        case "change":
            await answer(notice(pulse_answer.CHANGING))
        case "start":
            await _open_start(body, services, person, client, rest.strip())
        case "schedule":
            await _open_schedule(body, services, person, client, rest.strip())
        case "end":
            await answer(await services.read(pulse_desk.may_end, rest, person))
        case "status":
            await answer(await _status(rest, services, person))
        case "cancel":  # its button asks first, for what has been answered is destroyed
            await answer(await _status(_one(rest), services, person, "cancel a survey"))
        case "questions":
            await answer(await services.read(pulse_desk.questions))
        case "result":
            await answer(await services.read(pulse_desk.result, rest, person))
        case "list":
            await answer(await services.read(pulse_desk.listed, person, clock.now()))
        case None if _is_number(verb) and not rest:
            await answer(await services.read(pulse_desk.one, services, verb, person))
        case _:
            near = suggest(verb, [one for one in _VERBS if _VERBS[one] not in _DESTROYING])
            hint = f" Did you mean `/pulse {_VERBS[near]}`?" if near else ""
            raise Refused(f"I do not know {quoted(verb)} here.{hint} `/pulse help` says what can be typed.")  # fmt: skip


@router.action(pulse_manager.START)
async def press_start(
    body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form that starts a survey."""
    await _open_start(body, services, person, client)


@router.action(pulse_manager.SCHEDULE)
async def press_schedule(
    body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for a survey that comes again."""
    await _open_schedule(body, services, person, client)


@router.view(pulse_manager.START_FORM)
async def submit_start(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    trigger: str,
    names: frozenset[str],
) -> None:
    """Plan a survey as the form says, and show it in the form's place."""
    _ = services.vault  # without the secret nothing may be asked
    form = read_form(view, WaveForm)
    teams = services.settings.team_names
    wave = await services.write(pulse.start, form, person, teams, trigger, clock.now(), names)
    shown = pulse_manager.planned_message(wave, teams)
    await ack(response_action="update", view=message_window(shown, "Pulse survey"))


@router.view(pulse_manager.SCHEDULE_FORM)
async def submit_schedule(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    trigger: str,
    names: frozenset[str],
) -> None:
    """Plan a series of surveys as the form says, and show its first in the form's place."""
    _ = services.vault  # without the secret nothing may be asked
    form = read_form(view, PlanForm)
    teams = services.settings.team_names
    plan, wave = await services.write(
        pulse_plan.schedule, form, person, teams, trigger, clock.now(), names
    )
    shown = pulse_manager.planned_message(wave, teams, plan.rhythm, plan.after(wave.opens_at))
    await ack(response_action="update", view=message_window(shown, "Pulse survey"))


@router.action(pulse_manager.STATUS)
async def press_status(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show how a survey stands, in the place of what stood there."""
    await answer.replace(await _status(_value(action), services, person))


@router.action(pulse_manager.CANCEL)
async def press_cancel(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """End a survey unread."""
    await answer.replace(await _cancel(_value(action), services, person, trigger))


@router.action(pulse_manager.END)
async def press_end(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Let a series come no more."""
    number = read_number(_value(action))
    ended = await services.write(pulse_plan.end, number, person, trigger, clock.now())
    await answer.replace(pulse_manager.ended_message(ended))


@router.action(pulse_manager.RESULT)
async def press_result(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show what came of a survey."""
    await answer(await services.read(pulse_desk.result, _value(action), person))


@router.action(pulse_result.CSV)
async def send_csv(
    action: Payload, services: Services, person: Person, client: AsyncWebClient, answer: Answer
) -> None:
    """Send what was published to whoever pressed, for a spreadsheet."""
    await _send(action, "csv", pulse_result.result_csv, services, person, client, answer)


@router.action(pulse_result.MARKDOWN)
async def send_markdown(
    action: Payload, services: Services, person: Person, client: AsyncWebClient, answer: Answer
) -> None:
    """Send what was published to whoever pressed, as a document."""
    await _send(action, "md", pulse_result.result_markdown, services, person, client, answer)


@router.action(blocks.HOW)
async def show_how(action: Payload, services: Services, answer: Answer) -> None:
    """Say how an answer to a survey is kept."""
    wave = await services.read(pulse.find, read_number(_value(action)))
    await answer(blocks.kept_message(wave.terms.least))


@router.action(blocks.OPEN)
async def open_question(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form, or say that the person has answered."""
    _may_be_asked(person)
    number = read_number(_value(action))
    sheet = await services.read(pulse_answer.look, services.vault, number, person.id, clock.now())
    show = blocks.answered_window if sheet.is_answered else blocks.answer_form
    await open_form(client, body, show(sheet.wave))


@router.view(blocks.FORM)
async def submit_answer(ack: AsyncAck, view: Payload, services: Services, person: Person) -> None:
    """Keep an answer, and turn the form into its receipt; nothing else is written or sent."""
    number, now = read_number(view["private_metadata"]), clock.now()
    wave, code = await services.write(
        pulse_answer.answer, services.vault, number, person.id, filled(view), now
    )
    shown = blocks.thanks_window(wave, code) if code else blocks.answered_window(wave)
    await ack(response_action="update", view=shown)


@router.action(blocks.CHANGE)
async def open_change(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for another answer."""
    number = read_number(_value(action))
    sheet = await services.read(pulse_answer.look, services.vault, number, person.id, clock.now())
    await open_form(client, body, blocks.change_form(sheet.wave))


@router.view(blocks.CHANGE_FORM)
async def submit_change(ack: AsyncAck, view: Payload, services: Services, person: Person) -> None:
    """Put an answer in the place of the one that the receipt names."""
    number, given, now = read_number(view["private_metadata"]), filled(view), clock.now()
    unanswered = await services.write(
        pulse_answer.change, services.vault, number, person.id, given, now
    )
    await ack(response_action="update", view=blocks.changed_window(unanswered))


@router.action(blocks.WITHDRAW)
async def open_withdraw(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form in which an answer is taken back."""
    number = read_number(_value(action))
    sheet = await services.read(pulse_answer.look, services.vault, number, person.id, clock.now())
    await open_form(client, body, blocks.withdraw_form(sheet.wave))


@router.view(blocks.WITHDRAW_FORM)
async def submit_withdraw(ack: AsyncAck, view: Payload, services: Services, person: Person) -> None:
    """Take back the answer that the receipt names."""
    number, given, now = read_number(view["private_metadata"]), filled(view), clock.now()
    await services.write(pulse_answer.withdraw, services.vault, number, person.id, given, now)
    await ack(response_action="update", view=blocks.withdrawn_window())


async def _open_start(
    body: Payload, services: Services, person: Person, client: AsyncWebClient, name: str = ""
) -> None:
    await open_form(client, body, pulse_manager.start_form(_teams(services, person), name))


async def _open_schedule(
    body: Payload, services: Services, person: Person, client: AsyncWebClient, name: str = ""
) -> None:
    teams = _teams(services, person)
    form = pulse_manager.schedule_form(teams, person.zone, clock.today(person.zone), name)
    await open_form(client, body, form)


def _teams(services: Services, person: Person) -> Mapping[str, str]:
    """Return the teams that can be asked, for a manager who may ask them; `Refused` where nothing can be sealed."""
    person.must_be(Role.MANAGER, "start a pulse survey")
    _ = services.vault
    teams = services.settings.team_names
    if not teams:
        raise Refused("No teams are listed yet. Whoever runs me lists them under `teams` in `app.yaml`.")  # fmt: skip
    return teams


async def _status(
    text: str, services: Services, person: Person, to: str = "see how a survey stands"
) -> Message:
    return await services.read(pulse_desk.status, services, text, person, to)


def _may_be_asked(person: Person) -> None:
    """Let nobody in whom no survey asks: guests, and people of other workspaces."""
    if not person.may(Role.MEMBER):
        raise Forbidden("Guests, and people of other workspaces, are not asked by our surveys, so there is nothing to answer here.")  # fmt: skip


def _is_number(text: str) -> bool:
    return text.removeprefix("#").isdigit()


def _one(text: str) -> str:
    """Return the number of a survey that has to be named."""
    return str(read_number(text))


async def _cancel(text: str, services: Services, person: Person, trigger: str) -> Message:
    number = read_number(text)
    await services.write(outgoing.cancel, number, person, trigger, clock.now())
    return await _status(str(number), services, person)


async def _send(
    action: Payload,
    ending: str,
    make: Callable[[Wave, Result], str],
    services: Services,
    person: Person,
    client: AsyncWebClient,
    answer: Answer,
) -> None:
    person.must_be(Role.MANAGER, "have the result as a file")
    wave, published = await services.read(pulse_desk.find_result, _value(action))
    name, comment = f"pulse-{wave.id}.{ending}", "Here is the result you asked for."
    text = make(wave, published)
    await files.send_file(client, person.id, name, text, wave.terms.name, comment)
    await answer(notice(f"I have sent you {name} in a direct message."))


def _value(action: Payload) -> str:
    return str(action.get("value", ""))
