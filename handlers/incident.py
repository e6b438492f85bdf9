"""`/incident`: declare, take, tell, resolve; the card and its buttons, the timeline and its pushpins."""

import asyncio

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import incident as blocks
from bot.blocks import incident_form as forms
from bot.blocks.help import Help, help_message
from bot.blocks.incident_export import file_name, incident_markdown
from bot.blocks.incident_window import DECLARED
from bot.blocks.kit import Block, truncate
from bot.blocks.notice import notice
from bot.domain.draft import Draft
from bot.domain.errand import plain_text
from bot.domain.incident import Incident, is_watched
from bot.domain.incident_form import FORMS, DeclareForm, instant
from bot.domain.incident_request import FORMS as ASKS
from bot.domain.incident_request import WINDOWS, Request, Verb, parse_request
from bot.domain.incident_steps import is_account
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.timeline import is_pinned, pinned_words, reword
from bot.errors import FormErrors, Refused
from bot.logs import error_code
from bot.outgoing import incident_desk as desk
from bot.outgoing.incident_desk import Asked, Pinned
from bot.services import Services
from bot.slack import files
from bot.slack.answer import Answer
from bot.slack.form import read_form
from bot.slack.people import WhoIs, names_of, refuse_guests
from bot.slack.place import find_place, pack_place
from bot.slack.router import Payload, Router
from bot.slack.said import as_said
from bot.vocabulary import IncidentKind, Role

HELP = Help(
    command="/incident",
    purpose="Incidents: declare one in ten seconds, lead it, keep everybody informed, and have times that hold.",
    examples=(
        ("/incident", "declare one; `/incident api gateway down` has the title filled in"),
        ("/incident list", "what is open, who leads it, and what was lately"),
        ("/incident 7", "one incident, with everything that can be done (`INC-7` and `#7` work too)"),
        ("/incident resolve 7", "so do take, update, severity, times, timeline, note, export, reopen and close"),
        ("/incident late", "write down one that is over, with its times"),
        ("/incident drill database gone", "an exercise: its own number, in no figure"),
    ),
    notes=(
        "“File as incident” in a message's menu declares one from that message. A 📌 on a message in the thread of a card puts it into the timeline, at the time it was written.",
        "Every member may declare, take the lead, tell updates, judge the severity, say what is affected and that it is mitigated, and reopen. Its lead and managers resolve, close and correct times.",
        "Security incidents are known only to whom they name: choose that kind when you declare, or restrict one from its card's “More”.",
    ),
)  # fmt: skip

router = Router()

_PINS = ("pushpin", "round_pushpin")
_GONE = ("thread_not_found", "message_not_found")
_TO_DECLARE = "declare incidents"
_TITLE_WORDS = 12
_LONGEST_TITLE = 100  # from a message; its first words say what it is about


# --- Declaring ---


@router.command(
    "/incident",
    description="Declare an incident, or see how one stands",
    usage_hint="[what is wrong] | list | 7 | late | drill … | help",
    scopes=files.SCOPES,
)
async def run(
    words: str,
    command: Payload,
    services: Services,
    whois: WhoIs,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Open the form, also where Slack does not say who asks; or do what is asked, for the asker alone."""
    request = parse_request(words)
    if form := _form_for(request, services):
        await refuse_guests(str(command["user_id"]), whois, _TO_DECLARE)
        await client.views_open(trigger_id=command["trigger_id"], view=form)
        return
    person = await whois(str(command["user_id"]))
    match request.verb:
        case Verb.HELP:
            await answer(help_message(HELP))
        case Verb.LIST:
            await answer(await services.read(desk.listed, services, person))
        case _:
            incident = await services.read(desk.named, services, request.label, person)
            asked = Asked(request.verb, incident.id, words=request.text)
            await _do(asked, command, services, person, whois, answer, client, trigger)


def _form_for(request: Request, services: Services) -> Block | None:
    known = (services.settings.services, services.severities)
    match request.verb:
        case Verb.DECLARE:
            return forms.declare_form(*known, title=request.title, hint=request.hint)
        case Verb.DRILL:
            return forms.declare_form(*known, title=request.title, kind=IncidentKind.DRILL)
        case Verb.LATE:
            return forms.late_form(*known, title=request.title)
    return None


@router.action(blocks.DECLARE)
async def open_declare(
    body: Payload, services: Services, whois: WhoIs, client: AsyncWebClient
) -> None:
    """Open the form from a button."""
    await refuse_guests(_who(body), whois, _TO_DECLARE)
    form = forms.declare_form(services.settings.services, services.severities)
    await _show_window(client, body, form)


@router.shortcut(
    "declare_incident",
    name="Declare an incident",
    description="Something is wrong: write it down and get people on it",
)
async def declare_anywhere(
    shortcut: Payload, services: Services, whois: WhoIs, client: AsyncWebClient
) -> None:
    """Open the form from Slack's menu."""
    await refuse_guests(_who(shortcut), whois, _TO_DECLARE)
    form = forms.declare_form(services.settings.services, services.severities)
    await client.views_open(trigger_id=shortcut["trigger_id"], view=form)


@router.shortcut(
    "late_log",
    name="Late log",
    description="Write down an incident that has happened already, with its times",
)
async def log_late(
    shortcut: Payload, services: Services, whois: WhoIs, client: AsyncWebClient
) -> None:
    """Open the form for what has happened already."""
    await refuse_guests(_who(shortcut), whois, _TO_DECLARE)
    form = forms.late_form(services.settings.services, services.severities)
    await client.views_open(trigger_id=shortcut["trigger_id"], view=form)


@router.shortcut(
    "file_as_incident",
    name="File as incident",
    description="Declare an incident from this message, with a link back to it",
    kind="message",
    scopes=["channels:read"],  # what the link's place is asked with
)
async def file_message(
    shortcut: Payload, services: Services, whois: WhoIs, client: AsyncWebClient
) -> None:
    """Open the form with a message's first words in it, and when it was written."""
    await refuse_guests(_who(shortcut), whois, _TO_DECLARE)
    said = plain_text((shortcut.get("message") or {}).get("text") or "")
    form = forms.declare_form(
        services.settings.services,
        services.severities,
        title=_first_words(said),
        noticed_at=instant(str(shortcut["message_ts"])),
        place=pack_place(shortcut),
    )
    await client.views_open(trigger_id=shortcut["trigger_id"], view=form)


def _who(body: Payload) -> str:
    return str(body["user"]["id"])


def _first_words(said: str) -> str:
    words = said.split()
    more = " …" if len(words) > _TITLE_WORDS else ""
    return truncate(" ".join(words[:_TITLE_WORDS]) + more, _LONGEST_TITLE)


@router.view(forms.DECLARE_FORM)
async def submit_declare(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Write the incident down once, and show its number and what is like it in the form's place."""
    person.must_be(Role.MEMBER, _TO_DECLARE)
    form = read_form(view, DeclareForm)
    people, place = await asyncio.gather(
        _members(form, whois), find_place(client, str(view.get("private_metadata") or ""))
    )
    is_late = str(view["callback_id"]).endswith(f":{forms.LATE}")
    window = await services.write(
        desk.declare,
        services,
        form,
        person,
        trigger,
        place,
        is_late=is_late,
        owner=people.get(form.owner or ""),
    )
    await ack(response_action="update", view=window)


# --- Buttons ---


@router.action(blocks.PRESS)
async def press(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Do what a button says, on the incident as it stands now."""
    await _do(_asked(action), body, services, person, whois, answer, client, trigger)


def _asked(action: Payload) -> Asked:
    _, _, verb = str(action["action_id"]).partition(":")
    number, _, other = str(action.get("value") or "").partition(":")
    try:
        return Asked(Verb(verb.partition(":")[0]), int(number), int(other) if other else None)
    except ValueError:
        raise Refused("This button is from an earlier version of me. Please ask again.") from None


async def _do(
    asked: Asked,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    if asked.verb is Verb.EXPORT:
        await services.write(once, f"file:{trigger}")
        name = await _send_file(asked.number, services, person, whois, client)
        if _window_of(body) is None:
            await answer(notice(f"I have sent you {name} in a direct message."))
            return
    if asked.verb is Verb.SHOW and _window_of(body) is None:
        await answer(await services.read(desk.shown, services, asked.number, person))
        return
    if asked.verb in ASKS or asked.verb in WINDOWS:
        origin = forms.ON_CARD if _is_on_card(body) else ""
        await _show_window(
            client, body, await services.read(desk.window, services, asked, person, origin)
        )
        return
    incident = await services.write(desk.do, services, asked, person, trigger)
    await _show_done(incident, body, services, person, answer, client)
    if asked.verb is Verb.CLOSE:
        await _say_what_is_missing(incident, services, person, answer)


async def _say_what_is_missing(
    incident: Incident, services: Services, person: Person, answer: Answer
) -> None:
    """Tell whoever has closed an incident what its analysis still lacks: the paperwork is not done yet."""
    if missing := await services.read(desk.left_open, services, incident.id, person):
        said = (
            f"{incident.label} is closed. {missing} It is asked for until somebody has reviewed it."
        )
        await answer(notice(said))


async def _send_file(
    number: int, services: Services, person: Person, whois: WhoIs, client: AsyncWebClient
) -> str:
    """Send somebody all that they may know of an incident; return what the file is called."""
    found = await services.read(desk.dossier, services, number, person)
    called = await names_of(filter(is_account, found.people), whois)
    text = incident_markdown(found, services.severities, person.zone, called)
    name = file_name(found.incident)
    comment = f"Here is {found.incident.label}, as it stands now."
    await files.send_file(client, person.id, name, text, found.incident.label, comment)
    return name


async def _show_done(
    incident: Incident,
    body: Payload,
    services: Services,
    person: Person,
    answer: Answer,
    client: AsyncWebClient,
) -> None:
    """Let whoever pressed see what came of it; where everybody sees the card, its edit says it."""
    window = _window_of(body)
    if window is not None and str(window.get("private_metadata") or "").startswith(DECLARED):
        now = await services.read(services.now)
        view = await services.read(desk.declared, services, incident, now)
        await _show_window(client, body, view)
    elif window is not None:
        asked = Asked(Verb.SHOW, incident.id)
        await _show_window(
            client, body, await services.read(desk.window, services, asked, person, "")
        )
    elif not _is_on_card(body):
        await answer.replace(await services.read(desk.shown, services, incident.id, person))


@router.view(forms.FORM)
async def submit(
    ack: AsyncAck, view: Payload, services: Services, person: Person, whois: WhoIs, trigger: str
) -> None:
    """Do what a form says; where everybody sees the card it closes, elsewhere it gives way to the card."""
    verb, carried = _form_of(view)
    form = read_form(view, FORMS[verb])
    people = await _members(form, whois)
    incident = await services.write(
        desk.fill, services, verb, carried, form, person, trigger, people
    )
    if carried.origin == forms.ON_CARD:
        return
    asked = Asked(Verb.TIMELINE if verb is Verb.NOTE else Verb.SHOW, incident.id)
    window = await services.read(desk.window, services, asked, person, "")
    await ack(response_action="update", view=window)


def _form_of(view: Payload) -> tuple[Verb, forms.Carried]:
    _, _, verb = str(view["callback_id"]).partition(":")
    try:
        return Verb(verb), forms.read_carried(str(view.get("private_metadata") or ""))
    except ValueError:
        raise Refused("This form is from an earlier version of me. Please open it again.") from None


async def _members(form: Draft, whois: WhoIs) -> dict[str, Person]:
    """Return whom a form names, by id; `FormErrors` where somebody is no member of this workspace."""
    named = {field: _several(getattr(form, field, None)) for field in _PEOPLE}
    ids = sorted({one for people in named.values() for one in people})
    found = dict(zip(ids, await asyncio.gather(*map(whois, ids)), strict=True))
    for field, people in named.items():
        for person in (found[one] for one in people):
            if not person.may(Role.MEMBER):
                said = f"{person.name} is no member of this workspace. Choose somebody who is."
                raise FormErrors({field: said})
    return found


_PEOPLE = ("to", "owner", "people", "named")


def _several(named: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (named,) if isinstance(named, str) else named or ()


def _window_of(body: Payload) -> Payload | None:
    view = body.get("view") or {}
    return view if view.get("type") == "modal" else None


def _is_on_card(body: Payload) -> bool:
    """Return whether a button was pressed on a message that everybody sees."""
    container = body.get("container") or {}
    return container.get("type") == "message" and not container.get("is_ephemeral")


async def _show_window(client: AsyncWebClient, body: Payload, view: Block) -> None:
    """Open a window, or show it in the place of the one in which a button was pressed: only three can be stacked."""
    if window := _window_of(body):
        await client.views_update(view_id=window["id"], view=view)
    else:
        await client.views_open(trigger_id=body["trigger_id"], view=view)


# --- Pushpins ---


@router.event("reaction_added", scopes=["reactions:read"])
async def pin(
    event: Payload, services: Services, whois: WhoIs, client: AsyncWebClient, trigger: str
) -> None:
    """A 📌 takes a message into the timeline."""
    await _follow_pins(event, services, whois, client, trigger)


@router.event("reaction_removed", scopes=["reactions:read"])
async def unpin(
    event: Payload, services: Services, whois: WhoIs, client: AsyncWebClient, trigger: str
) -> None:
    """Without its last 📌 a message goes out of the timeline again."""
    await _follow_pins(event, services, whois, client, trigger)


async def _follow_pins(
    event: Payload, services: Services, whois: WhoIs, client: AsyncWebClient, trigger: str
) -> None:
    """Let the timeline have a message just as long as anybody's pushpin is on it, in whatever order the news arrive."""
    item = event.get("item") or {}
    if event.get("reaction") not in _PINS or item.get("type") != "message":
        return
    channel, ts = str(item["channel"]), str(item["ts"])
    if not await services.read(is_watched, channel):  # most are about something else
        return
    person = await whois(str(event["user"]))
    if not person.may(Role.MEMBER):
        return
    message = await _look_up(client, channel, ts)
    if message is not None:
        seen = _pinned(message, channel, ts, await _words(message, whois))
        await services.write(desk.pinned, services, seen, person, trigger)


async def follow_change(
    event: Payload, services: Services, whois: WhoIs, client: AsyncWebClient
) -> None:
    """Let a message in a timeline say what it says in Slack now, in whatever order the news of its edits arrive."""
    ts = (event.get("message") or {}).get("ts") or event.get("deleted_ts")
    if event.get("subtype") not in ("message_changed", "message_deleted") or not ts:
        return
    place = str(event["channel"]), str(ts)
    if not await services.read(is_pinned, *place):  # most are in no timeline
        return
    message = await _look_up(client, *place)
    words = None if message is None else await _words(message, whois)
    await services.write(reword, *place, words)


router.event("message.channels", scopes=["channels:history"])(follow_change)
router.event("message.groups", scopes=["groups:history"])(follow_change)


async def _look_up(client: AsyncWebClient, channel: str, ts: str) -> Payload | None:
    """Return a message as Slack has it now, wherever it stands; None where it is gone."""
    try:
        said = await client.conversations_replies(
            channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=2
        )
    except SlackApiError as error:
        if error_code(error) in _GONE:
            return None
        raise
    messages: list[Payload] = said.get("messages") or []
    found = next((one for one in messages if one.get("ts") == ts), None)
    return None if found and found.get("subtype") == "tombstone" else found


async def _words(message: Payload, whois: WhoIs) -> str:
    said = await as_said(str(message.get("text") or ""), whois)
    return pinned_words(said, is_edited=bool(message.get("edited")))


def _pinned(message: Payload, channel: str, ts: str, said: str) -> Pinned:
    marks = {one["name"].partition("::")[0] for one in message.get("reactions") or ()}
    author = message.get("user") or message.get("bot_id") or "somebody"
    thread = str(message.get("thread_ts") or ts)
    return Pinned(channel, ts, thread, str(author), said, not marks.isdisjoint(_PINS))
