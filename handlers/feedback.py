"""`/feedback`: between two people, as a note to oneself, or to the leadership without a name."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.blocks import action_form
from bot.blocks import feedback as blocks
from bot.blocks import feedback_pool as pool_blocks
from bot.blocks.feedback import Blank
from bot.blocks.help import Help, help_message
from bot.blocks.kit import truncate
from bot.blocks.notice import notice
from bot.domain import feedback as pieces
from bot.domain import feedback_pool as pool
from bot.domain import series
from bot.domain.draft import Draft
from bot.domain.feedback import OPENING, WORDS, FeedbackForm, read_number
from bot.domain.feedback_questions import (
    LEADERSHIP,
    NOT_CHOSEN,
    Party,
    Prompt,
    Relation,
    goes_down,
    note_prompts,
    prompts_for,
    relation_of,
)
from bot.domain.person import Person
from bot.domain.receipt import RECEIPT
from bot.domain.words import quoted, readable, suggest
from bot.errors import FormErrors, Refused
from bot.outgoing import feedback as outgoing
from bot.services import Services
from bot.slack import files
from bot.slack.answer import Answer
from bot.slack.channels import members_of
from bot.slack.form import filled, open_form, read_form
from bot.slack.people import WhoIs, names_of
from bot.slack.router import Payload, Router
from bot.vocabulary import FeedbackKind, FeedbackLevel, Role

HELP = Help(
    command="/feedback",
    purpose="Feedback between two people, notes to yourself, and what the leadership hears without your name.",
    examples=(
        ("/feedback", "what you gave and were given, and buttons"),
        ("/feedback @bo your handover notes saved my night", "a form with the playbook's questions for the two of you, your words in it"),
        ("/feedback note @bo", "the same as a note that only you read; without a name it is about nobody"),
        ("/feedback leadership", "sealed, and posted to the managers among others, without your name"),
        ("/feedback how", "how each of the three is kept, and what remains possible"),
        ("/feedback with @bo", "only what is between the two of you"),
        ("/feedback 12", "one of yours, whole"),
        ("/feedback export", "all of yours as a file, to you"),
        ("/feedback erase 12", "erase what you gave or were given; it says first what that means"),
        ("/feedback change", "what you wrote to the leadership, with your receipt code, until it is posted; /feedback withdraw takes it back"),
    ),
    notes=("Nobody reads what is between two people but the two: not a manager either.",),
)  # fmt: skip

router = Router()

_VERBS = {
    **dict.fromkeys(("", "list", "show", "mine", "history", "all"), "list"),
    **dict.fromkeys(("give", "new", "write", "add", "to", "for"), "give"),
    **dict.fromkeys(("note", "notes", "private"), "note"),
    **dict.fromkeys(("leadership", "managers", "pool", "anonymous", "anonymously"), "leadership"),
    **dict.fromkeys(("with", "between"), "with"),
    **dict.fromkeys(("erase", "delete", "remove", "forget"), "erase"),
    **dict.fromkeys(("export", "download"), "export"),
    **dict.fromkeys(("change", "edit"), "change"),
    **dict.fromkeys(("withdraw", "retract"), "withdraw"),
    **dict.fromkeys(("how", "privacy", "kept"), "how"),
    **dict.fromkeys(("help", "?"), "help"),
}
_PERSON = re.compile(r"(?:(?:for|to|about) )?<@(?P<id>[UW][A-Z0-9]+)(?:\|[^<>]*)?>[:,]?\s*")
_MENTION = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_NAME = re.compile(r"[\w.'-]{1,40}")
_NUMBER = re.compile(r"#?[0-9]{1,9}")
_NAMES_AT_ONCE = 100
_FILE = "feedback.md"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the form is about: the questions that follow from who gives and who receives."""

    to: Person | None
    relation: Relation
    them: str
    prompts: tuple[Prompt, ...]


@router.command(
    "/feedback",
    description="Feedback: between the two of you, to yourself, or to the leadership without your name",
    usage_hint="@name words | note @name | leadership | with @name | export | erase 12 | how | help",
    scopes=(
        "users:read",
        "channels:read",
        "groups:read",
        *files.SCOPES,
    ),  # who is in the digest's channel
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
) -> None:
    """Do what was asked, and show it to the asker alone."""
    person.must_be(Role.MEMBER, "use /feedback")
    verb, rest = _read(words)
    match verb:
        case "help":
            await answer(help_message(HELP))
        case "how":
            await answer(pool_blocks.kept_message())
        case "list":
            await answer(await services.read(outgoing.listed, person))
        case "with":
            other, _ = _named(rest)
            if other is None:
                raise Refused("With whom? For example `/feedback with @bo`.")
            await answer(await services.read(outgoing.listed, person, other))
        case "give":
            await _open(FeedbackLevel.TWO, *_named(rest), body, services, person, whois, client)
        case "note":
            await _open(FeedbackLevel.NOTE, *_named(rest), body, services, person, whois, client)
        case "leadership":
            pool.must_not_read_it(person)
            readers, said = await asyncio.gather(
                _readers(services, client), _with_names(rest, whois)
            )
            pool.must_not_read_it(person, readers)
            await _open(FeedbackLevel.POOL, None, said, body, services, person, whois, client)
        case "one":
            given = await services.read(pieces.find, read_number(rest), person)
            await answer(blocks.card_message(given, person.id))
        case "erase":
            if not rest:
                raise Refused("Which one? Type its number, for example `/feedback erase 12`; `/feedback` lists yours.")  # fmt: skip
            given = await services.read(pieces.find, read_number(rest), person)
            await answer(blocks.erase_message(given, person.id))
        case "export":
            await _export(services, person, whois, client, answer)
        case "change":
            await open_form(client, body, pool_blocks.change_form())
        case "withdraw":
            await open_form(client, body, pool_blocks.withdraw_form())
        case _:
            raise AssertionError(verb)


# --- Giving ---


@router.action(blocks.GIVE)
async def press_give(
    action: Payload,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
) -> None:
    """Open the form: in a one-on-one's agenda for the other of the two."""
    person.must_be(Role.MEMBER, "give feedback")
    value = _value(action)
    if value.startswith("series:"):
        number, channel = read_number(value.removeprefix("series:")), _channel(body)
        meeting = await services.read(series.find_seen, number, person, channel)
        others = [one for one in meeting.people if one != person.id]
        value = others[0] if len(others) == 1 else ""
    to, _ = _named(f"<@{value}>")
    await _open(FeedbackLevel.TWO, to, "", body, services, person, whois, client)


async def _open(
    level: FeedbackLevel,
    to: str | None,
    words: str,
    body: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    client: AsyncWebClient,
) -> None:
    asked, said = await asyncio.gather(
        _asked(level, to, services, person, whois), _with_names(words, whois)
    )
    typed = {OPENING: truncate(said, pieces.LONGEST_ANSWER)} if said else {}
    await open_form(client, body, blocks.give_form(_blank(level, to, asked, typed, services)))


class _Chosen(Draft):
    level: FeedbackLevel = FeedbackLevel.TWO
    to: str | None = None


@router.action(blocks.TO)
@router.action(blocks.LEVEL)
async def ask_anew(
    body: Payload, services: Services, person: Person, whois: WhoIs, client: AsyncWebClient
) -> None:
    """Ask what the playbook asks now that somebody else, or another level, is chosen; what was typed stays."""
    view = body.get("view") or {}
    if not view.get("id"):
        return
    chosen, given = read_form(view, _Chosen), filled(view)
    to = chosen.to or view.get("private_metadata") or None  # chosen before the field was hidden
    asked = await _asked(chosen.level, to, services, person, whois)
    form = blocks.give_form(_blank(chosen.level, to, asked, given, services))
    await client.views_update(view_id=view["id"], view=form)


@router.view(blocks.FORM)
async def submit_form(
    ack: AsyncAck,
    view: Payload,
    services: Services,
    person: Person,
    whois: WhoIs,
    trigger: str,
    client: AsyncWebClient,
) -> None:
    """Keep what was given, and show that in the form's place; for the leadership its receipt, and nothing else is written."""
    form, given = read_form(view, FeedbackForm), filled(view)
    asked = await _asked(form.level, form.to, services, person, whois)
    answers = pieces.read_answers(asked.prompts, asked.them, given)
    if form.level is FeedbackLevel.POOL:
        pool.must_be_allowed(person, await _readers(services, client))
        if form.to:
            raise FormErrors({"to": "To the leadership nobody is chosen. Take the name out here; whom it is about can be said in the text."})  # fmt: skip
        code = await _seal(form.kind, pool.pooled_text(answers), services, person)
        await ack(response_action="update", view=pool_blocks.thanks_window(code))
        return
    made = await services.write(
        outgoing.give, form, person, asked.to, asked.relation, answers, trigger, clock.now()
    )
    await ack(response_action="update", view=blocks.done_window(made))


async def _seal(kind: FeedbackKind, text: str, services: Services, person: Person) -> str:
    """Put a text into the pool; `FormErrors` where the person has written, so that nothing typed is lost."""
    vault = services.vault
    if not await services.read(pool.is_open):  # in the first seconds of a bot's life
        zone = services.settings.zone
        await services.write(pool.ensure_open, vault, clock.now(), zone)
    code = await services.write(pool.contribute, vault, person, kind, text)
    if code is None:
        raise FormErrors({"level": pool.HAS_WRITTEN})
    return code


async def _readers(services: Services, client: AsyncWebClient) -> frozenset[str] | None:
    """Return who reads the digest in its channel, nobody where none is named; None where Slack does not say just now."""
    channel = services.settings.channels.managers
    return frozenset() if channel is None else await members_of(client, channel)


# --- What is said to the leadership ---


class _Changed(Draft):
    kind: FeedbackKind
    text: str
    receipt: str


@router.view(pool_blocks.CHANGE_FORM)
async def submit_change(ack: AsyncAck, view: Payload, services: Services, person: Person) -> None:
    """Put a text in the place of the one that the receipt names."""
    changed = read_form(view, _Changed)
    text = pool.pooled_text([pieces.Answered(pool_blocks.TEXT, "", readable(changed.text))])
    vault = services.vault
    await services.write(pool.change, vault, person, changed.kind, text, changed.receipt)
    await ack(response_action="update", view=pool_blocks.changed_window())


@router.view(pool_blocks.WITHDRAW_FORM)
async def submit_withdraw(ack: AsyncAck, view: Payload, services: Services, person: Person) -> None:
    """Take back the text that the receipt names."""
    receipt = filled(view).get(RECEIPT, "")
    await services.write(pool.withdraw, services.vault, person, receipt)
    await ack(response_action="update", view=pool_blocks.withdrawn_window())


# --- What can be done with a piece of it ---


@router.action(blocks.PAGE)
async def turn_page(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show another page, in the place of this one."""
    start, _, other = _value(action).partition(":")
    page = await services.read(outgoing.listed, person, other, read_number(start))
    await answer.replace(page)


@router.action(blocks.SHOW)
async def show_one(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Show one piece whole."""
    given = await services.read(pieces.find, read_number(_value(action)), person)
    await answer(blocks.card_message(given, person.id))


@router.action(blocks.ANSWER)
async def open_answer(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for an answer."""
    given = await services.read(pieces.find_received, read_number(_value(action)), person)
    await open_form(client, body, blocks.answer_form(given))


@router.view(blocks.ANSWER_FORM)
async def submit_answer(
    ack: AsyncAck, view: Payload, services: Services, person: Person, trigger: str
) -> None:
    """Send the answer to whoever gave what it answers."""
    number, text = read_number(view["private_metadata"]), filled(view).get(WORDS, "")
    made = await services.write(outgoing.answer, number, person, text, trigger, clock.now())
    await ack(response_action="update", view=blocks.done_window(made))


@router.action(blocks.ACTION)
async def open_action(
    action: Payload, body: Payload, services: Services, person: Person, client: AsyncWebClient
) -> None:
    """Open the form for an action that those see who read the feedback, and whoever is given it: without the feedback's words."""
    given = await services.read(pieces.find, read_number(_value(action)), person)
    form = action_form.add_form(
        person.id, place=pieces.ref_of(given.id), hint=blocks.action_hint(given)
    )
    await open_form(client, body, form)


@router.action(blocks.AGENDA)
async def put_on_agenda(
    action: Payload, services: Services, person: Person, answer: Answer, trigger: str
) -> None:
    """Put it on the agenda of the one-on-one that the two share."""
    number = read_number(_value(action))
    await answer(await services.write(outgoing.put_on_agenda, services, number, person, trigger))


@router.action(blocks.ERASE)
async def erase(action: Payload, services: Services, person: Person, answer: Answer) -> None:
    """Erase it for whoever reads it."""
    given = await services.write(outgoing.erase, read_number(_value(action)), person, clock.now())
    await answer.replace(notice(blocks.erased(given)))


@router.action(blocks.HOW)
async def show_how(answer: Answer) -> None:
    """Say how feedback is kept."""
    await answer(pool_blocks.kept_message())


async def _export(
    services: Services, person: Person, whois: WhoIs, client: AsyncWebClient, answer: Answer
) -> None:
    found = await services.read(pieces.history, person)
    others = dict.fromkeys(other for each in found if (other := each.other(person.id)))
    some = list(others)[:_NAMES_AT_ONCE]
    known = await asyncio.gather(*(whois(other) for other in some))
    names = {**{other: other for other in others}, **{one.id: one.name for one in known}}
    named = {**names, person.id: person.name}
    text = blocks.export_markdown(found, person.id, named, person.zone)
    comment = "Here is the feedback that you gave, were given and noted."
    await files.send_file(client, person.id, _FILE, text, "Feedback", comment)
    await answer(notice(f"I have sent you {_FILE} in a direct message."))


# --- Reading what was asked ---


def _read(words: str) -> tuple[str, str]:
    """Return what is to be done, and the rest."""
    text = words.strip()
    if _PERSON.match(text):
        return "give", text
    if _NUMBER.fullmatch(text):
        return "one", text
    first, _, rest = text.partition(" ")
    verb = _VERBS.get(first.casefold())
    if verb == "list" and _NUMBER.fullmatch(rest.strip()):
        return "one", rest
    if verb is None:
        near = suggest(first, _VERBS)
        hint = f" Did you mean `/feedback {_VERBS[near]}`?" if near else ""
        name = first if _NAME.fullmatch(first) else "bo"
        raise Refused(f"I do not know {quoted(first)} here.{hint} For a person, put an @ before the name and choose them: `/feedback @{name} …`. `/feedback help` says what else can be typed.")  # fmt: skip
    return verb, rest.strip()


def _named(text: str) -> tuple[str | None, str]:
    """Return whom words begin with, and the words after."""
    found = _PERSON.match(text)
    return (found["id"], text[found.end() :]) if found else (None, text)


async def _with_names(text: str, whois: WhoIs) -> str:
    """Return words with the names of those who are mentioned; whom Slack does not name stays a mention."""
    names = await names_of({found["id"] for found in _MENTION.finditer(text)}, whois)
    return _MENTION.sub(lambda found: _name_or_mention(names[found["id"]], found), text)


def _name_or_mention(name: str, found: re.Match[str]) -> str:
    return found[0] if name == found["id"] else name


async def _asked(
    level: FeedbackLevel, to: str | None, services: Services, person: Person, whois: WhoIs
) -> _Asked:
    """Return the questions for whoever is chosen; nobody is, for the leadership and for a note about nobody."""
    chosen = await whois(to) if to and level is not FeedbackLevel.POOL else None
    other = chosen if chosen is not None and chosen.id != person.id else None
    giver, receiver = _party(services, person), _party(services, other) if other else None
    relation, down = relation_of(giver, receiver), goes_down(giver, receiver)
    them = other.name if other else LEADERSHIP if level is FeedbackLevel.POOL else NOT_CHOSEN
    is_for_oneself = chosen is not None and other is None
    if level is FeedbackLevel.NOTE or is_for_oneself:
        prompts = note_prompts(relation, other.name if other else "", down=down)
    else:
        prompts = prompts_for(relation, them, down=down)
    return _Asked(chosen, relation, them, prompts)


def _party(services: Services, person: Person) -> Party:
    team = services.settings.teams.get(person.team or "")
    return Party(person.role, team.role if team else None)


def _blank(
    level: FeedbackLevel,
    to: str | None,
    asked: _Asked,
    typed: Mapping[str, str],
    services: Services,
) -> Blank:
    can_seal = services.settings.steward_secret is not None
    return Blank(level, to, asked.prompts, typed, typed.get("kind"), can_seal=can_seal)


def _value(action: Payload) -> str:
    return str(action.get("value") or "")


def _channel(body: Payload) -> str:
    return str((body.get("channel") or {}).get("id") or "")
