"""`/playbook`: what can be asked of the bot, and, for managers, how the bot itself is doing."""

from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks.health import RETRY, RETRY_ALL, deliveries_message, retried_message
from bot.blocks.help import Help, all_help, help_message
from bot.blocks.kit import Message
from bot.domain import delivery
from bot.domain.person import Person
from bot.domain.words import quoted, suggest
from bot.errors import Refused
from bot.services import Services
from bot.slack.answer import Answer
from bot.slack.doctor import examine
from bot.slack.router import Payload, Router

HELP = Help(
    command="/playbook",
    purpose="What can be asked of me and, for managers, how I am doing.",
    examples=(
        ("/playbook", "every command, with examples"),
        ("/playbook agenda", "all that one command can do"),
        ("/playbook deliveries", "managers: database, Slack, channels, and every message that could not be delivered"),
        ("/playbook retry 12", "managers: try one of them again (`retry` alone: all)"),
    ),
)  # fmt: skip

router = Router()

_PATIENCE_SECONDS = 2.0  # for one look; somebody waits
_VERBS = {
    **dict.fromkeys(("", "all", "commands"), "all"),
    **dict.fromkeys(("help", "?"), "help"),
    **dict.fromkeys(("deliveries", "delivery", "doctor", "status", "health"), "deliveries"),
    **dict.fromkeys(("retry", "again"), "retry"),
}


@router.command(
    "/playbook",
    description="What I can do, and how I am doing",
    usage_hint="[deliveries|retry|help]",
)
async def ask(
    words: str,
    services: Services,
    person: Person,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Answer the asker alone."""
    verb, rest = _read(words)
    match _VERBS.get(verb):
        case "all":
            await answer(all_help(services.helps, HELP))
        case "help":
            await answer(help_message(HELP))
        case "deliveries":
            await answer(await _deliveries(services, person, client))
        case "retry":
            await answer(await _retry(services, person, _number(rest), trigger))
        case _:
            await answer(help_message(_page(verb, services)))


@router.action(RETRY)
async def retry_one(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Try one message again."""
    message = _number(str(action.get("value") or "nothing"))
    await answer(await _retry(services, person, message, trigger))


@router.action(RETRY_ALL)
async def retry_all(services: Services, person: Person, answer: Answer, trigger: str) -> None:
    """Try every message again that was given up."""
    await answer(await _retry(services, person, None, trigger))


def _read(words: str) -> tuple[str, str]:
    """Return what is asked for, and the rest: `help agenda` asks for agenda, `deliveries retry 12` for retry."""
    first, *rest = words.casefold().replace("/", " ").split() or [""]
    if rest and (_VERBS.get(first) == "help" or _VERBS.get(rest[0]) == "retry"):
        first, *rest = rest
    return first, " ".join(rest)


def _page(word: str, services: Services) -> Help:
    """Return the page of one command."""
    pages = {page.command.lstrip("/"): page for page in services.helps.values()}
    if word in pages:
        return pages[word]
    near = suggest(word, [*(verb for verb in _VERBS if len(verb) > 1), *pages])
    hint = f"Did you mean `/playbook {near}`?" if near else "`/playbook help` shows what works."
    raise Refused(f"I do not know {quoted(word)}. {hint}")


async def _deliveries(services: Services, person: Person, client: AsyncWebClient) -> Message:
    delivery.must_operate(person, "see how I am doing")
    report = await examine(services, client, _PATIENCE_SECONDS)
    return deliveries_message(report.findings, report.deliveries, services.settings.slack.name)


async def _retry(services: Services, person: Person, message: int | None, trigger: str) -> Message:
    delivery.must_operate(person, "try messages again")
    retried = await services.write(delivery.retry, message, person.id, clock.now(), trigger)
    return retried_message(message, retried)


def _number(text: str) -> int | None:
    said = text.strip().lstrip("#")
    if said in ("", "all"):
        return None
    if not said.isdecimal() or len(said) > 15:
        raise Refused(f"{quoted(text)} is no message's number. `/playbook deliveries` shows them.")
    return int(said)
