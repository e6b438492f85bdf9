"""`/report`: every report for any period, here, shared, or as a file for whoever asked."""

from collections.abc import Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks import report as blocks
from bot.blocks.help import Help, help_message
from bot.blocks.notice import notice
from bot.domain.consult import Desk
from bot.domain.once import once, once_for
from bot.domain.person import Person
from bot.domain.report import Page, Request, Scope, make_page, read_request, visible_reports
from bot.errors import Refused
from bot.services import Services
from bot.slack import files
from bot.slack.answer import Answer
from bot.slack.router import Payload, Router

HELP = Help(
    command="/report",
    purpose="A report for any period. The answer is yours alone until you share it; files come to you in a direct message.",
    examples=(
        ("/report", "the reports there are"),
        ("/report incident", "incidents of this month so far; in its first seven days, of last month"),
        ("/report incident last month", "any period: october, 2026-10, q3, last quarter, 2026-W40, 30d, 2026-10-01..2026-10-15, ytd"),
    ),
    notes=("Share here posts it in the channel. CSV and Markdown send the whole report as a file, nothing cut.",),
)  # fmt: skip

router = Router()

_SHARED = "You have shared this report already. Ask again for a fresh one."


@router.command(
    "/report",
    description="Reports for any period: here, or as a file",
    usage_hint="[incident] [last month|q3|2026-10|30d] | help",
    scopes=files.SCOPES,
)
async def ask(words: str, services: Services, person: Person, answer: Answer) -> None:
    """Answer whatever was asked, to the asker alone."""
    request = _read(words, services)
    if request.is_help:
        await answer(help_message(HELP))
    elif request.report is None:
        await answer(blocks.report_list(visible_reports(services.reports, person)))
    else:
        await answer(blocks.report_message(await _gather(request, services, person)))


@router.action(blocks.SHARE)
async def share(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    answer: Answer,
    trigger: str,
) -> None:
    """Post a report where it was asked for: once, however often its button is pressed or the press arrives."""
    page = await _gather(_pressed(action, services), services, person)
    shown = f"shared:{body.get('container', {}).get('message_ts', trigger)}:{person.id}"
    await services.write(once_for, f"share:{trigger}", shown, _SHARED)
    await answer.share(blocks.report_message(page, shared_by=person.id))


@router.action(blocks.CSV)
async def send_csv(
    action: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    answer: Answer,
    trigger: str,
) -> None:
    """Send a report to whoever pressed, for a spreadsheet."""
    page = await _gather(_pressed(action, services), services, person)
    await services.write(once, f"file:{trigger}")
    await _send(page, "csv", blocks.report_csv, person, client, answer)


@router.action(blocks.MARKDOWN)
async def send_markdown(
    action: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    answer: Answer,
    trigger: str,
) -> None:
    """Send a report to whoever pressed, for a document."""
    page = await _gather(_pressed(action, services), services, person)
    await services.write(once, f"file:{trigger}")
    await _send(page, "md", blocks.report_markdown, person, client, answer)


async def _send(
    page: Page,
    ending: str,
    make: Callable[[Page], str],
    person: Person,
    client: AsyncWebClient,
    answer: Answer,
) -> None:
    name = blocks.file_name(page, ending)
    comment = "Here is the report you asked for."
    await files.send_file(client, person.id, name, make(page), page.title, comment)
    await answer(notice(f"I have sent you {name} in a direct message."))


def _read(words: str, services: Services) -> Request:
    return read_request(words, services.reports, clock.today(services.settings.zone))


def _pressed(action: Payload, services: Services) -> Request:
    """Read the report that a button carries."""
    return _read(str(action.get("value", "")), services)


async def _gather(request: Request, services: Services, person: Person) -> Page:
    report = request.report
    if report is None:
        raise Refused("This button is from an earlier version of me. Please ask again.")
    person.must_be(report.least_role, f"see the {report.name.lower()}")
    desk = Desk(services.counting, (), clock.now())
    period = request.period or desk.telling_month
    scope = Scope(services.counting, services.severities, period, desk.as_of)
    return await services.read(make_page, report, scope)
