"""`/kpi`: every KPI with its figure, why it is so, how it moves, each team's part, and its target."""

from bot import clock
from bot.blocks import kpi as blocks
from bot.blocks.help import Help, help_message
from bot.blocks.kit import Message
from bot.blocks.proof import INCIDENTS
from bot.domain import consult
from bot.domain.consult import Desk
from bot.domain.kpi import Kpi, read_target
from bot.domain.once import once_for
from bot.domain.person import Person
from bot.domain.question import Question, Verb, parse_question
from bot.domain.target import set_target
from bot.services import Services
from bot.slack.answer import Answer
from bot.slack.router import Payload, Router
from bot.vocabulary import Role

HELP = Help(
    command="/kpi",
    purpose="Ask for a KPI and get a figure you can defend. The answer is yours alone until you share it.",
    examples=(
        ("/kpi", "all KPIs, this month so far"),
        ("/kpi csat", "one KPI, with its target, change and trend"),
        ("/kpi csat last month", "any period: today, yesterday, last week, 2026-W40, october, 2026-10, q3, last quarter, 30d, 2026-10-01..2026-10-15, mtd, ytd"),
        ("/kpi frt q3 team:emea", "one team; short names work too (frt, rt, sla, kb)"),
        ("/kpi csat vs 2025-10", "compared with another period"),
        ("/kpi why csat", "numerator, denominator, definition, what was left out, and who set the target"),
        ("/kpi trend csat", "twelve weeks and thirteen months"),
        ("/kpi teams csat", "every team beside the others"),
        ("/kpi mttr", "incidents: mttd, mttr, recurrence and uptime, with those behind the figure one click away"),
        ("/kpi esat last quarter", "what pulse surveys have published; `/kpi enps` too. A team's: leads and managers"),
        ("/kpi target csat 92", "managers: change the target (`default` brings the old one back)"),
    ),
    notes=("Periods are days in the organisation's time zone. A partial month is compared with the same number of days of the month before.",),
)  # fmt: skip

router = Router()

_SHARED = "You have shared this card already. Ask again for a fresh one."


@router.command(
    "/kpi",
    description="KPIs with target, change and trend",
    usage_hint="[csat|frt|rt|sla|mttr|uptime] [last month|q3|30d] [team:emea] [vs 2025-10] | why | target | help",
)
async def ask(words: str, services: Services, person: Person, answer: Answer, trigger: str) -> None:
    """Answer whatever was asked, to the asker alone."""
    question = parse_question(words, services.kpis, clock.today(services.settings.zone))
    if question.verb is Verb.TARGET and question.value is not None:
        await answer(await _change_target(question, services, person, trigger))
    else:
        await answer(await _look_up(question, services, person))


@router.action(blocks.OPEN)
async def open_card(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show the card of one line of the list."""
    await answer(await _look_up(_pressed(action, services), services, person))


@router.action(blocks.WHY)
async def open_why(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show what a card's figure rests on."""
    await answer(await _look_up(_pressed(action, services, Verb.WHY), services, person))


@router.action(blocks.TREND)
async def open_trend(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show how a card's figure has moved."""
    await answer(await _look_up(_pressed(action, services, Verb.TREND), services, person))


@router.action(blocks.TEAMS)
async def open_teams(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show every team's part in a card's figure."""
    await answer(await _look_up(_pressed(action, services, Verb.TEAMS), services, person))


@router.action(INCIDENTS)
async def list_incidents(
    action: Payload, services: Services, person: Person, answer: Answer
) -> None:
    """List the incidents behind a card's figure; a button of the list itself turns its page."""
    question = _pressed(action, services)
    if question.kpi is not None:
        _must_be_allowed(person, question.kpi, question)
    desk = Desk(services.counting, services.settings.teams, clock.now())
    snapshot = await services.read(consult.proof, desk, question)
    _, turns, place = str(action["action_id"]).partition(":")
    message = blocks.incidents_listed(snapshot, int(place) if place.isdigit() else 0)
    await (answer.replace(message) if turns else answer(message))


@router.action(blocks.SHARE)
async def share(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    answer: Answer,
    trigger: str,
) -> None:
    """Post a card where it was asked for: once, however often its button is pressed or the press arrives."""
    message = await _look_up(_pressed(action, services), services, person, shared=True)
    card = f"shared:{body.get('container', {}).get('message_ts', trigger)}:{person.id}"
    await services.write(once_for, f"share:{trigger}", card, _SHARED)
    await answer.share(message)


@router.action(blocks.UNDO)
async def undo_target(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Return to the target that a change replaced."""
    question = _pressed(action, services, Verb.TARGET)
    await answer(await _change_target(question, services, person, trigger))


def _pressed(action: Payload, services: Services, verb: Verb = Verb.SHOW) -> Question:
    """Read the question that a button carries."""
    words = f"{verb} {action.get('value', '')}"
    return parse_question(words, services.kpis, clock.today(services.settings.zone))


async def _look_up(
    question: Question, services: Services, person: Person, *, shared: bool = False
) -> Message:
    desk = Desk(services.counting, services.settings.teams, clock.now())
    names = services.settings.team_names
    team = names.get(question.team, question.team) if question.team else None
    if question.kpi is not None:
        _must_be_allowed(person, question.kpi, question)
    match question.verb:
        case Verb.HELP:
            return help_message(HELP)
        case Verb.LIST:
            person.must_be(Role.MEMBER, "see KPIs")
            visible = [kpi for kpi in services.kpis.values() if person.may(kpi.least_role)]
            found = await services.read(consult.overview, desk, question, visible)
            return blocks.kpi_list(found, team_name=team)
        case Verb.WHY:
            return blocks.kpi_why(await services.read(consult.why, desk, question), team_name=team)
        case Verb.TARGET:
            return blocks.target_shown(await services.read(consult.why, desk, question))
        case Verb.TREND:
            seen = await services.read(consult.trend, desk, question)
            return blocks.kpi_trend(seen.snapshot, seen.weeks, seen.months, team_name=team)
        case Verb.TEAMS:
            split = await services.read(consult.teams, desk, question)
            return blocks.kpi_teams(split.whole, split.lines, names)
        case Verb.SHOW:
            card = await services.read(consult.card, desk, question)
            return blocks.kpi_card(
                card.snapshot,
                beside=card.beside,
                is_empty=card.is_empty,
                team_name=team,
                shared_by=person.id if shared else None,
            )


def _must_be_allowed(person: Person, kpi: Kpi, question: Question) -> None:
    person.must_be(kpi.least_role, f"see {kpi.name}")
    if question.team or question.verb is Verb.TEAMS:
        person.must_be(kpi.team_role, f"see {kpi.name} by team")


async def _change_target(
    question: Question, services: Services, person: Person, trigger: str
) -> Message:
    kpi, text = question.kpi, question.value
    if kpi is None or text is None:
        raise AssertionError("a target question names its KPI and value")
    value = None if text.casefold() in ("default", "reset") else read_target(kpi, text)
    change = await services.write(
        set_target, services.counting, kpi, value, person, trigger, question.instead_of
    )
    services.recount_soon()
    return blocks.target_changed(change)
