"""Root cause analyses: opened from an incident, written page by page, reviewed, and asked after weeks later."""

from contextlib import suppress
from datetime import date
from typing import Annotated

from pydantic import Field
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import rca as blocks
from bot.blocks import rca_form as forms
from bot.blocks import rca_look as look_blocks
from bot.blocks import rca_news as news
from bot.blocks.help import Help
from bot.blocks.kit import Block
from bot.domain.action import ActionDraft
from bot.domain.blame import find_blame
from bot.domain.draft import Draft
from bot.domain.errand import LONGEST_TEXT as LONGEST_ACTION
from bot.domain.incident import Incident, not_found
from bot.domain.person import Person
from bot.domain.rca import Deed
from bot.domain.rca_work import FIELDS, LONGEST_TEXT, Page
from bot.errors import AlreadyDone, Refused
from bot.outgoing import rca as outgoing
from bot.services import Services
from bot.slack.answer import Answer
from bot.slack.files import SCOPES, send_file
from bot.slack.form import open_form, read_form
from bot.slack.people import WhoIs, names_of
from bot.slack.place import find_place
from bot.slack.router import Payload, Router
from bot.vocabulary import CauseClass, Remedy

HELP = Help(
    command="Root cause analysis",
    purpose="Opened from a resolved incident, written page by page, reviewed by somebody else, its actions chased.",
    examples=(),
)

router = Router()
router.scopes.update(SCOPES)

_LONGEST_NUMBER = 18  # digits, which every database takes
_Words = Annotated[str | None, Field(max_length=LONGEST_TEXT)]
_STALE = "Somebody else has changed this page since you began. Yours is not kept yet: send it again to replace theirs."


class PageDraft(Draft):
    """Whatever a page of the form holds; what is left empty is not known yet."""

    summary: _Words = None
    impact: _Words = None
    detection: _Words = None
    factors: _Words = None
    cause_class: CauseClass | None = None
    root_cause: _Words = None
    repeat: str | None = None
    went_well: _Words = None
    went_badly: _Words = None
    lucky: _Words = None
    no_action: _Words = None


class PlanDraft(Draft):
    """An action of the plan as somebody fills it in."""

    text: Annotated[str, Field(max_length=LONGEST_ACTION)]
    owner: str
    due: date
    remedy: Remedy
    note: Annotated[str | None, Field(max_length=1_500)] = None


class BackDraft(Draft):
    """What is missing or unclear in an analysis."""

    words: Annotated[str, Field(max_length=2_000)]


class AppointDraft(Draft):
    """Who is to write an analysis."""

    owner: str


# --- Opening and reading ---


@router.action(news.OPEN)
async def open_it(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open an analysis, or say that nobody writes it yet."""
    await open_form(client, body, await services.read(outgoing.look, services, _id(action), person))


@router.action(blocks.LIST)
async def list_them(services: Services, person: Person, answer: Answer) -> None:
    """Show the analyses that are not reviewed yet."""
    await answer(await services.read(outgoing.waiting_for, services, person))


@router.action(blocks.MARKDOWN)
async def send_markdown(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
    answer: Answer,
) -> None:
    """Send an analysis as a file to whoever asks."""
    rca = await services.read(outgoing.find_shown, services, _id(action), person)
    severity = services.severities.of(rca.incident.severity).name
    name, title, text = blocks.rca_file(rca, severity, await names_of(rca.people, whois))
    await send_file(client, person.id, name, text, title, f"{title}.")
    if body.get("view"):
        await _show(client, body, services, person, _id(action), "📄 I have sent you the file.")
    else:
        await answer.tell("I have sent you the file.")


# --- Who writes it ---


@router.action(blocks.VOLUNTEER)
async def volunteer(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Let whoever presses write it, and show what there is to write."""
    number = _id(action)
    await services.write(
        outgoing.appoint_by_form, services, number, person, person, trigger, is_told=False
    )
    await _show(client, body, services, person, number, "✅ You write it.")


@router.action(news.APPOINT)
async def open_appoint(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Ask who writes it."""
    incident, rca = await services.read(outgoing.find_to_appoint, services, _id(action), person)
    await open_form(client, body, forms.appoint_form(incident, rca.owner if rca else None))


@router.view(forms.APPOINT_FORM)
async def submit_appoint(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Let somebody write it."""
    named = read_form(view, AppointDraft).owner
    owner, number = await whois(named), _number(view["private_metadata"])
    await services.write(outgoing.appoint_by_form, services, number, owner, person, trigger)
    shown = await services.read(
        outgoing.look, services, number, person, f"✅ <@{owner.id}> writes it."
    )
    await _back_to(ack, client, view, shown)


# --- Writing ---


@router.action(news.WRITE)
async def write(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form at its first page."""
    form = await services.read(outgoing.page, services, _id(action), Page.HAPPENED, person)
    await _put(client, body, form)


@router.view(forms.PAGE_FORM)
async def submit_page(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Keep a page, and show the next; or this one again, where its words could be kinder."""
    await ack(
        response_action="update", view=await _turn(view, services, person, trigger, has_advice=True)
    )


@router.action(forms.KEEP)
async def keep_words(
    body: Payload, services: Services, person: Person, client: AsyncWebClient, trigger: str
) -> None:
    """Keep a page as it is, and show the next."""
    view = body["view"]
    shown = await _turn(view, services, person, trigger, has_advice=False)
    await client.views_update(view_id=view["id"], view=shown)


@router.action(forms.BACK)
async def go_back(
    body: Payload, services: Services, person: Person, client: AsyncWebClient, trigger: str
) -> None:
    """Keep a page, and show the one before."""
    view = body["view"]
    page = forms.page_before(forms.unpack(view["private_metadata"]).page)
    shown = await _turn(view, services, person, trigger, has_advice=False, to=page)
    await client.views_update(view_id=view["id"], view=shown)


async def _turn(
    view: Payload,
    services: Services,
    person: Person,
    trigger: str,
    *,
    has_advice: bool,
    to: Page | None = None,
) -> Block:
    """Keep a page and return what is shown after it: this page again with advice, the next, or the whole."""
    place, typed = forms.unpack(view["private_metadata"]), _typed(view)
    number, page = place.incident, place.page
    is_kept = True
    with suppress(AlreadyDone):  # the same page once more, which people see as the first time
        is_kept = await services.write(
            outgoing.save, services, number, page, typed, place.seen, person, trigger
        )
    if not is_kept:
        return await services.read(
            outgoing.page, services, number, page, person, typed=typed, note=_STALE
        )
    hints = find_blame(typed.values()) if has_advice else []
    if any(hint.found.casefold() not in place.kept for hint in hints):
        return await services.read(
            outgoing.page, services, number, page, person, typed=typed, hints=hints
        )
    following = to or forms.next_page(page)
    if following is None:
        return await services.read(outgoing.look, services, number, person, "✅ Saved.")
    return await services.read(outgoing.page, services, number, following, person)


def _typed(view: Payload) -> dict[str, str | None]:
    draft = read_form(view, PageDraft)
    page = forms.unpack(view["private_metadata"]).page
    return {name: getattr(draft, name) for name in FIELDS[page]}


# --- The plan ---


@router.action(forms.PLAN)
async def open_plan(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for one action, on top of the page."""
    rca = await services.read(outgoing.find_for, services, _id(action), person, Deed.WRITE)
    await open_form(client, body, forms.action_form(rca.incident, person.id))


@router.view(forms.ACTION_FORM)
async def submit_action(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Add an action, and show it on the page below."""
    draft, number = read_form(view, PlanDraft), _number(view["private_metadata"])
    owner = person if draft.owner == person.id else await whois(draft.owner)
    rca = await services.read(outgoing.find_for, services, number, person, Deed.WRITE)
    note = ". ".join(part for part in (draft.remedy.capitalize(), draft.note) if part)
    said = ActionDraft(text=draft.text, owner=owner.id, due=draft.due, note=note)
    link = await _link(client, rca.incident)
    await services.write(outgoing.plan_action, services, number, said, owner, link, person, trigger)
    page = await services.read(outgoing.page, services, number, Page.PLAN, person)
    await _back_to(ack, client, view, page)


async def _link(client: AsyncWebClient, incident: Incident) -> str | None:
    """Return the address of an incident's card, as far as Slack says."""
    if not incident.card_channel or not incident.card_ts:
        return None
    place = await find_place(client, f"{incident.card_channel}|{incident.card_ts}")
    return place.link if place else None


# --- How far it is ---


@router.action(blocks.SUBMIT)
async def submit(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Submit it for review, or say all that is missing."""
    number = _id(action)
    said = await services.write(outgoing.submit, services, number, person, trigger)
    await _show(client, body, services, person, number, said)


@router.action(blocks.TAKE_BACK)
async def take_back(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Let it be a draft again."""
    number = _id(action)
    said = await services.write(outgoing.take_back, services, number, person, trigger)
    await _show(client, body, services, person, number, said)


@router.action(blocks.REVIEW)
async def review(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Say that it holds; it is published in the thread."""
    number = _id(action)
    said = await services.write(outgoing.review, services, number, person, trigger)
    await _show(client, body, services, person, number, said)


@router.action(blocks.SEND_BACK)
async def open_send_back(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Ask what is missing."""
    rca = await services.read(outgoing.find_for, services, _id(action), person, Deed.SEND_BACK)
    await open_form(client, body, forms.send_back_form(rca.incident))


@router.view(forms.BACK_FORM)
async def submit_send_back(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Send it back to its owner."""
    words, number = read_form(view, BackDraft).words, _number(view["private_metadata"])
    said = await services.write(outgoing.send_back, services, number, words, person, trigger)
    shown = await services.read(outgoing.look, services, number, person, said)
    await _back_to(ack, client, view, shown)


# --- Did it work? ---


@router.action(look_blocks.GONE)
async def has_not_come_back(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Keep that it has not come back."""
    await _answer(action, None, services, person, answer, trigger)


@router.action(look_blocks.CAME)
async def has_come_back(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Keep as which incident it came back."""
    chosen = _number(str((action.get("selected_option") or {}).get("value")))
    await _answer(action, chosen, services, person, answer, trigger)


async def _answer(
    action: Payload,
    returned_as: int | None,
    services: Services,
    person: Person,
    answer: Answer,
    trigger: str,
) -> None:
    _, number, days = f"{action['action_id']}::".split(":")[:3]
    said = await services.write(
        outgoing.answer, services, _number(number), _number(days), returned_as, person, trigger
    )
    await answer.replace(said)


# --- Windows ---


def _id(action: Payload) -> int:
    """Return which incident a button is about: what follows the first colon of its action id, or its value."""
    _, _, number = str(action["action_id"]).partition(":")
    return _number(number or str(action.get("value") or ""))


def _number(said: str) -> int:
    """Return which incident a button or a form carries; nobody has been given anything else than a number."""
    if not (said.isascii() and said.isdecimal() and len(said) < _LONGEST_NUMBER):
        raise Refused(not_found("this incident"))
    return int(said)


async def _show(
    client: AsyncWebClient,
    body: Payload,
    services: Services,
    person: Person,
    number: int,
    said: str,
) -> None:
    """Show an analysis as it stands now, in the window in which a button was pressed or in a new one."""
    await _put(client, body, await services.read(outgoing.look, services, number, person, said))


async def _put(client: AsyncWebClient, body: Payload, window: Block) -> None:
    """Put a window in the place of the one in which a button was pressed; open it where there is none."""
    pressed_in = body.get("view") or {}
    if pressed_in.get("type") == "modal":
        await client.views_update(view_id=pressed_in["id"], view=window)
    else:
        await client.views_open(trigger_id=body["trigger_id"], view=window)


async def _back_to(ack: AsyncAck, client: AsyncWebClient, view: Payload, window: Block) -> None:
    """Close a small form and show what has come of it in the window below, or in its place where there is none."""
    below = view.get("previous_view_id")
    if below is None:
        await ack(response_action="update", view=window)
        return
    await client.views_update(view_id=below, view=window)
    await ack()
