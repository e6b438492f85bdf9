"""`/action`: who has promised to do what by when, from adding it until somebody else has verified it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks import action as blocks
from bot.blocks import action_form as forms
from bot.blocks import action_news as news
from bot.blocks import reminder as mornings
from bot.blocks.action import Said
from bot.blocks.help import Help, help_message
from bot.blocks.kit import Message, truncate
from bot.blocks.notice import message_window
from bot.domain import action as actions
from bot.domain import action_list as lists
from bot.domain import feedback
from bot.domain.action import LONGEST_NOTE, ActionDraft, Change, DropDraft
from bot.domain.action_item import (
    NOWHERE,
    ActionItem,
    Deed,
    Place,
    Source,
    message_source,
    must_be_able,
)
from bot.domain.colleague import Staff
from bot.domain.errand import LISTS, LONGEST_TEXT, Errand, Verb, parse_errand, plain_text
from bot.domain.minutes import source_of
from bot.domain.person import Person
from bot.domain.reminder import Morning
from bot.services import Services, promise
from bot.slack.answer import Answer
from bot.slack.form import open_form, read_form
from bot.slack.people import WhoIs
from bot.slack.place import find_place, pack_place
from bot.slack.router import Payload, Router
from bot.vocabulary import ActionState, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HELP = Help(
    command="/action",
    purpose="Action items: who does what by when. I remind owners on their working mornings until somebody else has verified it.",
    examples=(
        ("/action", "what is on your plate: to do, to verify, waiting"),
        ("/action add @bo update the runbook by friday", "give somebody something to do; without a name it is yours"),
        ("/action overdue", "what is overdue: yours; everybody's for team leads and managers"),
        ("/action all", "team leads and managers: everything that is not finished; `all @bo` for one person"),
        ("/action 12", "one action with its history (`#12` and `ACT-12` work too)"),
        ("/action snooze 12 3d", "leave me in peace: 1d, 3d, monday, 2026-12-04; `off` ends it"),
        ("/action due 12 next friday", "move its day: tomorrow, friday, in 3 days, 4 dec, 2026-12-04; `none` takes it away"),
        ("/action give 12 @bo", "it is somebody else's from now on"),
        ("/action done 12", "it is done; somebody else is asked to verify it"),
        ("/action verify 12", "yes, it is done: whoever made it, a team lead or a manager"),
        ("/action reopen 12", "it is not done after all, or not dropped"),
        ("/action drop 12 not needed any more", "give it up, with the reason: whoever made it or a manager"),
    ),
    notes=(
        "`/action add` alone opens a form. “Make an action” in a message's menu makes one from that message.",
        "One message a day at most, between nine and five on your working days: the working day before it is due, on the day, and then every working day. Three working days late, your lead hears of it.",
    ),
)  # fmt: skip

router = Router()


@router.command(
    "/action",
    description="Action items: who does what by when, chased until verified",
    usage_hint="[mine|overdue|12] | add @name what by friday | done 12 | verify 12 | snooze 12 3d | help",
    mentions=True,
)
async def run(
    words: str,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Do what was asked, and show what came of it to the asker alone."""
    errand = parse_errand(words, clock.today(person.zone))
    if errand.verb is Verb.HELP:
        await answer(help_message(HELP))
    elif errand.verb is Verb.ADD and not errand.text:
        person.must_be(Role.MEMBER, "add action items")
        await open_form(client, body, forms.add_form(errand.owner or person.id, due=errand.day))
    else:
        look, said = await _carry_out(errand, services, person, whois, trigger)
        await answer(await services.read(show, look, person, said))


@router.action(blocks.DO)
@router.action(blocks.MENU)
async def press(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    answer: Answer,
    trigger: str,
) -> None:
    """Do what a button or a menu's option says, and show the list, card or morning anew in which it stood."""
    words = (action.get("selected_option") or action).get("value") or ""
    errand = parse_errand(words, clock.today(person.zone))
    if errand.verb is Verb.SHOW:
        await answer(await services.read(show, errand, person))
        return
    look, said = await _carry_out(errand, services, person, whois, trigger)
    origin = action["action_id"].split(":")[1]
    if origin == mornings.MORNING:
        numbers = mornings.numbers_in(body.get("message") or {})
        await answer.replace(await services.read(show_morning, numbers, person, said))
        return
    if errand.verb not in LISTS:
        look = parse_errand(origin, clock.today(person.zone))
    await answer.replace(await services.read(show, look, person, said))


@router.action(blocks.NEW)
async def open_new(body: Payload, person: Person, client: AsyncWebClient) -> None:
    """Open the form for a new action."""
    person.must_be(Role.MEMBER, "add action items")
    await open_form(client, body, forms.add_form(person.id))


@router.action(blocks.EDIT)
async def open_edit(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form that changes an action."""
    item = await services.read(find_for, int(action["value"]), person, Deed.CHANGE)
    await open_form(client, body, forms.edit_form(item))


@router.action(blocks.DROP)
async def open_drop(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form that asks why an action is dropped."""
    item = await services.read(find_for, int(action["value"]), person, Deed.DROP)
    await open_form(client, body, forms.drop_form(item))


@router.shortcut(
    "make_action",
    name="Make an action",
    description="Make an action item from this message, with a link back to it",
    kind="message",
    scopes=["channels:read"],  # whether everybody here can read the channel
)
async def make_action(shortcut: Payload, person: Person, client: AsyncWebClient) -> None:
    """Open the form with a message's words in it."""
    person.must_be(Role.MEMBER, "add action items")
    said = plain_text((shortcut.get("message") or {}).get("text") or "")
    is_long = len(said) > LONGEST_TEXT
    form = forms.add_form(
        person.id,
        text=truncate(said, LONGEST_TEXT),
        note=truncate(said, LONGEST_NOTE) if is_long else "",
        place=pack_place(shortcut),
    )
    await open_form(client, shortcut, form)


@router.view(forms.ADD_FORM)
async def submit_new(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Add what the form says, and show it in the form's place."""
    draft = read_form(view, ActionDraft)
    owner = await _owner(draft.owner, person, whois)
    origin = str(view.get("private_metadata") or "")
    place = await find_place(client, origin)
    item = await services.write(add, draft, owner, person, trigger, place, origin)
    await _show_in_place(ack, item.id, services, person, news.added(item, person))


@router.view(forms.EDIT_FORM)
async def submit_edit(
    ack: AsyncAck, view: Payload, services: Services, person: Person, whois: WhoIs, trigger: str
) -> None:
    """Change what the form says differently, and show the action in the form's place."""
    draft, number = read_form(view, ActionDraft), int(view["private_metadata"])
    owner = await _owner(draft.owner, person, whois)
    await services.write(edit, number, draft, owner, person, trigger)
    await _show_in_place(ack, number, services, person)


@router.view(forms.DROP_FORM)
async def submit_drop(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Drop an action with the reason in the form, and show it in the form's place."""
    draft, number = read_form(view, DropDraft), int(view["private_metadata"])
    errand = Errand(Verb.DROP, number, text=draft.reason)
    change = await services.write(carry_out, errand, person, person, trigger, services.staff)
    await _show_in_place(ack, number, services, person, news.dropped(change))


async def _carry_out(
    errand: Errand, services: Services, person: Person, whois: WhoIs, trigger: str
) -> tuple[Errand, Said | None]:
    """Do what is asked; return what is to be looked at afterwards, and what there is to say."""
    if errand.verb in LISTS or errand.verb is Verb.SHOW:
        return errand, None
    owner = await _owner(errand.owner, person, whois)
    if errand.verb is Verb.ADD:
        draft = ActionDraft(text=errand.text, owner=owner.id, due=errand.day)
        item = await services.write(add, draft, owner, person, trigger)
        return Errand(Verb.SHOW, item.id), news.added(item, person)
    change = await services.write(carry_out, errand, owner, person, trigger, services.staff)
    return Errand(Verb.SHOW, errand.number), news.said_of(errand.verb, change, person)


async def _owner(named: str | None, person: Person, whois: WhoIs) -> Person:
    return person if named in (None, person.id) else await whois(str(named))


async def _show_in_place(
    ack: AsyncAck, number: int, services: Services, person: Person, said: Said | None = None
) -> None:
    """Show an action in the place of the form that was about it."""
    card = await services.read(show, Errand(Verb.SHOW, number), person, said)
    await ack(response_action="update", view=message_window(card, f"Action #{number}"))


# What is kept or lost together: each is one transaction.


def add(
    session: Session,
    draft: ActionDraft,
    owner: Person,
    by: Person,
    trigger: str,
    place: Place | None = None,
    origin: str = "",
) -> ActionItem:
    """Add an action, and promise its owner a word about it."""
    item = actions.add_action(
        session, draft, owner, by, trigger, _source(session, place, origin, by, owner)
    )
    if owner.id != by.id:
        _tell(session, item, news.given_message(item, by), trigger)
    return item


def edit(
    session: Session, number: int, draft: ActionDraft, owner: Person, by: Person, trigger: str
) -> Change:
    """Change an action, and promise whoever has it then a word about it."""
    change = actions.edit_action(session, number, draft, owner, by, trigger)
    _tell_owners(session, change, by, trigger)
    return change


def carry_out(
    session: Session, errand: Errand, owner: Person, by: Person, trigger: str, staff: Staff
) -> Change:
    """Do with one action what an errand says, and promise its owner a word where somebody else did it."""
    change = _do(session, errand, owner, by, trigger, staff)
    _tell_owners(session, change, by, trigger)
    return change


def show(session: Session, errand: Errand, by: Person, said: Said | None = None) -> Message:
    """Return the list or the card that is looked at."""
    match errand.verb:
        case Verb.MINE:
            return blocks.mine_message(lists.mine(session, by), by, errand, said)
        case Verb.OVERDUE:
            found = lists.overdue(session, by, errand.owner)
            return blocks.list_message(found, by, errand, said)
        case Verb.ALL:
            found = lists.everybody(session, by, errand.owner)
            return blocks.list_message(found, by, errand, said)
    number = errand.number or 0
    item = actions.find_action(session, number, by)
    return blocks.card_message(item, actions.history(session, number, by), by, said)


def show_morning(
    session: Session, numbers: dict[str, list[int]], by: Person, said: Said | None
) -> Message:
    """Return a morning's message with its actions as they stand now."""
    found = {part: lists.find_actions(session, some, by) for part, some in numbers.items()}
    today = clock.today(by.zone)
    morning = Morning(by.id, today, clock.now(), *(tuple(found[part]) for part in numbers))
    return mornings.morning_message(morning, said)


def find_for(session: Session, number: int, by: Person, deed: Deed) -> ActionItem:
    """Return an action with which a person may do something now."""
    item = actions.find_action(session, number, by)
    must_be_able(deed, item, by)
    return item


def _do(
    session: Session, errand: Errand, owner: Person, by: Person, trigger: str, staff: Staff
) -> Change:
    number = errand.number or 0
    match errand.verb:
        case Verb.DONE:
            return actions.mark_done(session, number, by, trigger, staff, errand.text)
        case Verb.VERIFY:
            return actions.verify(session, number, by, trigger, errand.text)
        case Verb.REOPEN:
            return actions.reopen(session, number, by, trigger, errand.text)
        case Verb.DROP:
            return actions.drop(session, number, by, trigger, errand.text)
        case Verb.SNOOZE:
            return actions.snooze(session, number, errand.day, by, trigger)
        case Verb.DUE:
            return actions.change_due(session, number, errand.day, by, trigger)
        case Verb.GIVE:
            return actions.reassign(session, number, owner, by, trigger)
    raise AssertionError(f"{errand.verb} changes nothing")


def _source(
    session: Session, place: Place | None, origin: str, by: Person, owner: Person
) -> Source:
    """Return where an action comes from: the meeting in whose thread its message stands, the message, feedback, or nowhere."""
    if place is None:
        return feedback.source_of(session, origin, by, owner.id) or NOWHERE
    return source_of(session, place) or message_source(place, by.id)


def _tell_owners(session: Session, change: Change, by: Person, trigger: str) -> None:
    """Promise a word to whoever has and had an action, where somebody else gave, opened, moved or dropped it."""
    before, after = change.before, change.after
    is_given = after.owner != before.owner
    if is_given and before.owner != by.id:
        _tell(session, before, news.taken_message(change, by), trigger)
    if after.owner == by.id:
        return
    if is_given:
        _tell(session, after, news.given_message(after, by), trigger)
    elif after.state in _TOLD and _shown(after) != _shown(before):
        _tell(session, after, news.changed_message(change, by), trigger)


_TOLD = (ActionState.OPEN, ActionState.DROPPED)


def _shown(item: ActionItem) -> tuple[object, ...]:
    return item.state, item.text, item.note, item.due_on


def _tell(session: Session, item: ActionItem, message: Message, trigger: str) -> None:
    promise(session, item.owner, message, key=f"action:{item.id}:{item.owner}:{trigger}")
