"""`/agenda`: series of meetings, their agendas, what people add to them, and closing a meeting."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks import agenda as blocks
from bot.blocks import kit
from bot.blocks import series as series_blocks
from bot.blocks.help import Help, help_message
from bot.blocks.kit import Message
from bot.blocks.notice import notice
from bot.calendars import read_address
from bot.domain import agenda as agendas
from bot.domain import point as points
from bot.domain import series as known
from bot.domain.agenda_request import Request, Verb, parse_request
from bot.domain.draft import Draft, read_by
from bot.domain.minutes import minutes_for
from bot.domain.person import Person
from bot.domain.schedule import read_calendar
from bot.domain.series import Series, Terms
from bot.domain.series_form import SeriesForm, read_terms
from bot.domain.walltime import zones_like
from bot.errors import FormErrors, Refused
from bot.outgoing import series as shown
from bot.services import Services
from bot.slack.answer import Answer
from bot.slack.channels import must_be_in
from bot.slack.form import read_form
from bot.slack.people import WhoIs
from bot.slack.reactions import who_reacted
from bot.slack.router import Payload, Router
from bot.slack.said import as_said
from bot.vocabulary import PointState, Role

HELP = Help(
    command="/agenda",
    purpose="Meetings whose agenda posts itself, with the figures already in it.",
    examples=(
        ("/agenda", "the meetings of this channel and your own, with what can be done to each"),
        ("/agenda add the new on-call rota", "a talking point for the next meeting (`#3` before it chooses which; `private:` keeps it for your brief)"),
        ("/agenda preview", "the agenda as it would be posted now; only you see it"),
        ("/agenda schedule", "team leads and managers: a new series, by rule or from a calendar"),
        ("/agenda skip", "the next meeting only; so do `post now` and `postpone` (`skip #3` chooses the series)"),
        ("/agenda pause", "the whole series, until you `resume` it; also `edit` and `cancel`; points are kept"),
        ("/agenda history", "past meetings, what became of them, and their notes"),
        ("/agenda templates", "the playbook's templates; make your own from one"),
    ),
    notes=(
        "Replies in an agenda's thread become the meeting's notes, one that begins with “Decision:” a decision. I keep nothing that is written elsewhere.",
        "What is not marked discussed is carried over to the next meeting.",
    ),
)  # fmt: skip

router = Router()

_CALENDAR_SECONDS = 1.5
_TICKS = ("white_check_mark", "heavy_check_mark", "ballot_box_with_check")


@router.command(
    "/agenda",
    description="Meetings whose agenda posts itself",
    usage_hint="[add …|preview|schedule|skip|postpone|pause|resume|history|templates|help]",
    scopes=("channels:read", "groups:read"),
)
async def ask(
    words: str,
    command: Payload,
    services: Services,
    person: Person,
    answer: Answer,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Do what was asked, and answer the asker alone."""
    person.must_be(Role.MEMBER, "use meetings")
    request = parse_request(words)
    channel = str(command.get("channel_id") or "")
    match request.verb:
        case Verb.SCHEDULE:
            await _open_schedule(
                client, command["trigger_id"], services, person, request.series, channel
            )
        case Verb.EDIT | Verb.POSTPONE:
            series = await services.read(known.pick, person, channel, request.series)
            await _open_form(client, command["trigger_id"], services, person, series, request.verb)
        case Verb.ADD:
            await _add(
                request, services, person, channel, trigger, client, command["trigger_id"], answer
            )
        case _:
            await answer(await _answer(request, services, person, channel))


async def _answer(request: Request, services: Services, person: Person, channel: str) -> Message:
    match request.verb:
        case Verb.HELP:
            return help_message(HELP)
        case Verb.LIST:
            listed = await services.read(known.listed, person, channel, clock.now())
            return series_blocks.series_list(listed, may_schedule=person.may(Role.LEAD))
        case Verb.TEMPLATES:
            found = await services.read(agendas.every_agenda, services.agendas)
            return series_blocks.template_list(found, person)
    gone = request.verb in (Verb.RESUME, Verb.HISTORY)
    series = await services.read(known.pick, person, channel, request.series, gone=gone)
    return await _do(request.verb, services, person, series)


async def _do(verb: Verb, services: Services, person: Person, series: Series) -> Message:
    match verb:
        case Verb.PREVIEW:
            return await services.read(shown.previewed, services, series)
        case Verb.HISTORY:
            past = await services.read(known.past, series)
            return series_blocks.history_message(series, past)
        case Verb.POST:
            return await services.write(shown.posted, services, series, person)
        case Verb.SKIP:
            return await services.write(shown.skipped, services, series, person)
        case Verb.PAUSE | Verb.RESUME | Verb.CANCEL:
            return await services.write(shown.turned, services, verb, series, person)
    raise Refused("That cannot be done from here.")


# --- From the list and the history ---


@router.action(series_blocks.MORE)
async def choose(
    action: Payload, services: Services, person: Person, answer: Answer, body: Payload
) -> None:
    """Do to a series of the list what its menu says."""
    verb, _, number = str(action["selected_option"]["value"]).partition(":")
    words = f"{'post now' if verb == 'post' else verb} #{number}"
    await answer(await _answer(parse_request(words), services, person, _channel(body)))


@router.action(series_blocks.UNSKIP)
async def unskip(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Take back that a meeting is skipped."""
    number = int(action["value"])
    await answer.replace(await services.write(shown.unskipped, services, number, person))


@router.action(series_blocks.POST_NEXT)
async def post_next(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Post an agenda long before its time, after it was said whose it is."""
    number = int(action["value"])
    await answer.replace(await services.write(shown.posted_after_all, services, number, person))


@router.action(series_blocks.NOTES)
async def show_notes(
    action: Payload, services: Services, person: Person, answer: Answer, body: Payload
) -> None:
    """Show what came of a past meeting."""
    minutes = await services.read(minutes_for, int(action["value"]), person, _channel(body))
    await answer(blocks.minutes_message(minutes))


# --- Scheduling ---


@router.action(series_blocks.SCHEDULE)
async def open_schedule(
    body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for a new series."""
    await _open_schedule(client, body["trigger_id"], services, person, "", _channel(body))


async def _open_schedule(
    client: AsyncWebClient,
    trigger_id: str,
    services: Services,
    person: Person,
    template: str,
    channel: str,
) -> None:
    person.must_be(Role.LEAD, "schedule agendas")
    form = await services.read(
        shown.schedule_form, services, person.zone, template=template, channel=channel
    )
    await client.views_open(trigger_id=trigger_id, view=form)


async def _open_form(
    client: AsyncWebClient,
    trigger_id: str,
    services: Services,
    person: Person,
    series: Series,
    verb: Verb,
) -> None:
    series.must_be_changed_by(person)
    if verb is Verb.POSTPONE:
        form = await services.read(shown.move_form, services, series)
    else:
        form = await services.read(shown.schedule_form, services, person.zone, series=series)
    await client.views_open(trigger_id=trigger_id, view=form)


@router.options(series_blocks.ZONE)
async def offer_zones(ack: AsyncAck, options: Payload) -> None:
    """Fill the menu of time zones while somebody types."""
    found = zones_like(str(options.get("value") or ""), kit.SELECT_OPTIONS)
    await ack(options=[kit.option(zone, zone) for zone in found])


@router.view(series_blocks.SCHEDULE_FORM)
async def submit_schedule(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
    trigger: str,
) -> None:
    """Check the form, make or change the series, and say back what was understood."""
    form = read_form(view, SeriesForm)
    number = int(view.get("private_metadata") or 0)
    before = await services.read(known.find, number) if number else None
    agenda = await services.read(agendas.find_agenda, services.agendas, form.template)
    owner = before.owner if before else person.id
    terms = read_terms(
        form,
        owner,
        agenda,
        clock.now(),
        services.settings.team_of,
        before.terms if before else None,
    )
    await _check_channel(client, services, terms)
    await _check_people(form.people if terms.is_private else (), whois)
    calendar = await _calendar(terms)

    window = await services.write(
        shown.scheduled, services, number, terms, person, trigger, calendar
    )
    await ack(response_action="update", view=window)


async def _check_channel(client: AsyncWebClient, services: Services, terms: Terms) -> None:
    if terms.is_private:
        return
    try:
        await must_be_in(client, terms.target, services.settings.slack.name)
    except Refused as refused:
        raise FormErrors({"channel": refused.sentence}) from None


async def _check_people(people: Iterable[str], whois: WhoIs) -> None:
    """Raise `FormErrors` unless everybody who gets the agenda may read its figures: neither guests nor customers may."""
    for named in await asyncio.gather(*(whois(person) for person in people)):
        if not named.may(Role.MEMBER):
            raise FormErrors(
                {"people": f"{named.name} is no member of this workspace. Choose somebody who is."}
            )


async def _calendar(terms: Terms) -> str | None:
    if terms.calendar_url is None:
        return None
    try:
        text = await read_address(terms.calendar_url, _CALENDAR_SECONDS)
        return await asyncio.to_thread(read_calendar, text, terms, clock.now())
    except Refused as refused:
        raise FormErrors({"calendar": refused.sentence}) from None


class _Move(Draft):
    to: datetime


@router.view(series_blocks.MOVE_FORM)
async def submit_move(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Hold the next meeting at another time."""
    move = read_form(view, _Move)
    number = int(view["private_metadata"])
    window = await services.write(shown.moved, services, number, move.to, person, trigger)
    await ack(response_action="update", view=window)


# --- Points ---


async def _add(
    request: Request,
    services: Services,
    person: Person,
    channel: str,
    trigger: str,
    client: AsyncWebClient,
    trigger_id: str,
    answer: Answer,
) -> None:
    choices = await services.read(known.choices, person, channel, request.series)
    if request.text and len(choices) == 1:
        await answer(
            await services.write(
                shown.point_added,
                services,
                choices[0].id,
                person,
                request.text,
                trigger,
                channel,
                private=request.is_private,
            )
        )
        return
    owned = any(series.owner == person.id for series in choices)
    await client.views_open(
        trigger_id=trigger_id,
        view=series_blocks.point_form(
            choices, channel, request.text, owned=owned, private=request.is_private
        ),
    )


@router.action(blocks.ADD)
async def open_point_form(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for a point of the meeting whose agenda this is."""
    person.must_be(Role.MEMBER, "add points")
    number, channel = int(action["value"]), _channel(body)
    series = await services.read(known.find_seen, number, person, channel)  # cancelled or not
    form = series_blocks.point_form([series], channel, owned=series.owner == person.id)
    await client.views_open(trigger_id=body["trigger_id"], view=form)


class _Said(Draft):
    series: int
    text: Annotated[str, Field(max_length=points.LONGEST_POINT), read_by(points.read_point)]
    private: list[str] = []


@router.view(series_blocks.POINT_FORM)
async def submit_point(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Add the point, and say for which meeting it waits."""
    said = read_form(view, _Said)
    told = await services.write(
        shown.point_added,
        services,
        said.series,
        person,
        said.text,
        trigger,
        str(view.get("private_metadata") or ""),
        private=bool(said.private),
    )
    await ack(response_action="update", view=kit.modal("Added", told.blocks, close="Done"))


@router.action(blocks.DISCUSS)
async def discuss(
    action: Payload, body: Payload, services: Services, person: Person, answer: Answer
) -> None:
    """Mark a point discussed; a private one stands in no agenda that would show it, so that it is said."""
    point = await _settle(action, body, services, person, PointState.DISCUSSED)
    if point.is_private:
        await answer(blocks.settled_message(point))


@router.action(blocks.REOPEN)
async def reopen(action: Payload, body: Payload, services: Services, person: Person) -> None:
    """Let a point wait again."""
    await _settle(action, body, services, person, PointState.OPEN)


@router.action(blocks.DROP)
async def drop(action: Payload, body: Payload, services: Services, person: Person) -> None:
    """Let go of a point that nobody gets to."""
    await _settle(action, body, services, person, PointState.DROPPED)


@router.action(blocks.UNDO_POINT)
async def undo_point(
    action: Payload, body: Payload, services: Services, person: Person, answer: Answer
) -> None:
    """Take back a point that was just added."""
    await _settle(action, body, services, person, PointState.DROPPED)
    await answer.replace(notice("The point is taken back."))


async def _settle(
    action: Payload, body: Payload, services: Services, person: Person, to: PointState
) -> points.Point:
    person.must_be(Role.MEMBER, "change points")
    number = int(action["value"])
    return await services.write(shown.point_settled, services, number, person, to, _channel(body))


@router.action(blocks.CLOSE)
async def close(action: Payload, body: Payload, services: Services, person: Person) -> None:
    """Close a meeting: its minutes go to the thread."""
    person.must_be(Role.MEMBER, "close meetings")
    number = int(action["value"])
    await services.write(shown.closed, services, number, person, _channel(body))


# --- Replies and ticks in the thread ---


async def note_reply(event: Payload, services: Services, whois: WhoIs) -> None:
    """Keep a reply in an agenda's thread as a note, and follow its author's edits; everything else is forgotten."""
    match event.get("subtype"):
        case None | "thread_broadcast" | "file_share":
            await _note(event, services, whois)
        case "message_changed":
            message = event.get("message") or {}
            place = str(event["channel"]), str(message.get("ts"))
            if _is_reply(message) and await services.read(points.is_kept_at, *place):
                said = await as_said(str(message.get("text") or ""), whois)
                await services.write(points.correct_note, *place, said)
        case "message_deleted":
            place = str(event["channel"]), str(event.get("deleted_ts"))
            before = event.get("previous_message") or {}
            if _is_reply(before) and await services.read(points.is_kept_at, *place):
                await services.write(points.forget_note, *place)


for _place, _scope in (
    ("message.channels", "channels:history"),
    ("message.groups", "groups:history"),
    ("message.im", "im:history"),
    ("message.mpim", "mpim:history"),
):
    router.event(_place, scopes=[_scope])(note_reply)


def _is_reply(message: Payload) -> bool:
    return message.get("thread_ts") not in (None, message.get("ts"))


async def _note(event: Payload, services: Services, whois: WhoIs) -> None:
    thread, ts = event.get("thread_ts"), event.get("ts")
    if not thread or thread == ts or event.get("bot_id") or not event.get("user"):
        return
    channel = str(event["channel"])
    if not await services.read(points.is_kept, channel, str(thread)):
        return
    author = await whois(str(event["user"]))
    if not author.may(Role.MEMBER):  # the notes of a meeting are its members' own
        return
    said = await as_said(str(event.get("text") or ""), whois)
    await services.write(shown.noted, services, channel, str(thread), str(ts), author.id, said)


@router.event("reaction_added", scopes=["reactions:read"])
async def tick(event: Payload, services: Services, whois: WhoIs) -> None:
    """A ✅ marks what it is put on discussed."""
    if person := await _ticker(event, services, whois):
        await services.write(shown.ticked, services, *_place_of(event), person, is_on=True)


@router.event("reaction_removed", scopes=["reactions:read"])
async def untick(event: Payload, services: Services, whois: WhoIs, client: AsyncWebClient) -> None:
    """Without anybody's ✅ it waits again."""
    person = await _ticker(event, services, whois)
    if person is None:
        return
    others = await who_reacted(client, *_place_of(event), _TICKS)
    if any([(await whois(other)).may(Role.MEMBER) for other in others]):
        return
    await services.write(shown.ticked, services, *_place_of(event), person, is_on=False)


async def _ticker(event: Payload, services: Services, whois: WhoIs) -> Person | None:
    """Return who has put a ✅ on something that is kept, or taken it off; None where it does not count."""
    if event.get("reaction") not in _TICKS or (event.get("item") or {}).get("type") != "message":
        return None
    if not await services.read(points.is_kept_at, *_place_of(event)):  # most are about other things
        return None
    person = await whois(str(event["user"]))
    return person if person.may(Role.MEMBER) else None


def _place_of(event: Payload) -> tuple[str, str]:
    return str(event["item"]["channel"]), str(event["item"]["ts"])


# --- Templates ---


@router.action(series_blocks.COPY)
async def copy_template(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form that makes a template of another."""
    await _open_template(action, body, services, person, client, is_new=True)


@router.action(series_blocks.EDIT_TEMPLATE)
async def edit_template(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form that changes a manager's own template."""
    await _open_template(action, body, services, person, client, is_new=False)


async def _open_template(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    client: AsyncWebClient,
    *,
    is_new: bool,
) -> None:
    person.must_be(Role.LEAD, "make templates")
    agenda = await services.read(agendas.find_agenda, services.agendas, str(action["value"]))
    if not is_new:
        agenda.must_be_changed_by(person)
    form = series_blocks.template_form(agenda, is_new=is_new)
    await client.views_open(trigger_id=body["trigger_id"], view=form)


class _Template(Draft):
    name: Annotated[str, Field(max_length=75)]
    sections: str


@router.view(series_blocks.TEMPLATE_FORM)
async def submit_template(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Keep a template of one's own."""
    filled = read_form(view, _Template)
    verb, _, slug = str(view["private_metadata"]).partition(":")
    window = await services.write(
        shown.template_kept,
        services,
        slug,
        filled.name,
        filled.sections,
        person,
        trigger,
        is_new=verb == "new",
    )
    await ack(response_action="update", view=window)


@router.action(series_blocks.DROP_TEMPLATE)
async def drop_template(
    action: Payload, services: Services, person: Person, answer: Answer
) -> None:
    """Remove a manager's own template."""
    slug = str(action["value"])
    await answer(await services.write(shown.template_dropped, services, slug, person))


def _channel(body: Payload) -> str:
    return str((body.get("channel") or {}).get("id") or "")
