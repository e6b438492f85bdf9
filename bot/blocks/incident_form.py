"""The forms of incidents: declaring one, writing one down afterwards, and whatever is asked while it goes on.

A field's block is named as the draft's field in `bot.domain.incident_form`, so that errors stand beside it. A form
carries the incident's id, where it was opened, and the times that it showed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.incident import CUSTOMERS, EFFECTS, NOTICED, moment
from bot.blocks.kit import Block
from bot.domain.declaration import suggested_services
from bot.domain.incident import Affected, Incident
from bot.domain.incident_form import AT, NOW, UNKNOWN, Shown, unpacked
from bot.domain.incident_request import Verb
from bot.domain.severity import Severities
from bot.domain.timeline import LONGEST_ENTRY
from bot.domain.words import quoted
from bot.vocabulary import IncidentKind, Moment

DECLARE_FORM, FORM = "incident.declare", "incident.form"
LATE = "late"
ON_CARD = "card"
"""Where a form was opened that need not show what came of it: everybody sees the card."""

_LONGEST_TITLE = 300  # so that what is too long is told, and not cut
_LONGEST_WHY = 500
_NOTICED_AT = (
    "The first alert, or the first person who noticed. Empty: not known yet; resolving asks."
)
_LONGEST_TOLD = 1_500


# --- Declaring ---


def declare_form(
    services: Sequence[str],
    severities: Severities,
    *,
    title: str = "",
    kind: IncidentKind = IncidentKind.REAL,
    hint: str = "",
    noticed_at: datetime | None = None,
    place: str = "",
) -> Block:
    """Return the short form; `place` is the message that it is made from, and `noticed_at` when that was written."""
    blocks = [
        *([kit.context(kit.escape(hint))] if hint else []),
        *_what(title, services),
        *_impact(),
        kit.input_block("When did it start?", _began(), block_id="began"),
        _time(
            "Start time",
            "started",
            hint="Only where you chose “at a time”. It is shown in your own time zone.",
        ),
        _time(
            "When was it noticed?",
            "detected",
            noticed_at,
            hint="The time of the message." if noticed_at else _NOTICED_AT,
        ),
        kit.input_block("Who noticed it?", _noticed(), block_id="noticed"),
        *_judgement(severities),
        *_kind(kind),
    ]
    words = "Declare a drill" if kind is IncidentKind.DRILL else "Declare an incident"
    return kit.modal(
        words, blocks, callback_id=DECLARE_FORM, submit="Declare", private_metadata=place or None
    )


def late_form(services: Sequence[str], severities: Severities, *, title: str = "") -> Block:
    """Return the form for what is over already, or was never written down."""
    hint = "Leave it empty where nobody knows."
    blocks = [
        kit.context(
            "For what has happened already. It counts, and is marked as written down afterwards."
        ),
        *_what(title, services),
        *_impact(),
        _time("It started", "started", hint=hint),
        _time(
            "It was detected", "detected", hint="The first alert, or the first person who noticed."
        ),
        _time("It was mitigated", "mitigated", hint="Customers suffered no more."),
        _time("It was resolved", "resolved", hint="Leave it empty while it goes on."),
        kit.input_block("Who noticed it?", _noticed(), block_id="noticed", optional=True),
        *_judgement(severities),
        *_kind(IncidentKind.REAL),
        kit.input_block(
            "Who analyses the cause?",
            kit.users_select("owner"),
            block_id="owner",
            optional=True,
            hint="Asked for where it is over and its severity needs it; without a choice it is you.",
        ),
    ]
    callback = f"{DECLARE_FORM}:{LATE}"
    return kit.modal("Late log", blocks, callback_id=callback, submit="Write it down")


def _what(title: str, services: Sequence[str]) -> list[Block]:
    typed = kit.text_input(
        "title", initial=title, placeholder="API gateway answers 502", max_length=_LONGEST_TITLE
    )
    return [
        kit.input_block("What is wrong?", typed, block_id="title"),
        *_services(services, suggested_services(title, services)),
    ]


def _services(services: Sequence[str], chosen: Sequence[str]) -> list[Block]:
    if not services and not chosen:
        said = "`app.yaml` lists no services yet (`services:`). Name what is affected in the title."
        return [kit.context(said)]
    first = list(dict.fromkeys([*chosen, *services]))
    offered = first[: kit.SELECT_OPTIONS]
    hint = None
    if len(first) > len(offered):
        hint = f"These are {len(offered)} of {len(first)}. One that the title names is among them."
    menu = kit.multi_static_select(
        "services",
        [kit.option(one, one) for one in offered],
        placeholder="Choose services",
        initial=chosen,
    )
    return [
        kit.input_block("What is affected?", menu, block_id="services", optional=True, hint=hint)
    ]


def _impact() -> list[Block]:
    customers = [kit.option(words, each.value) for each, words in CUSTOMERS.items()]
    effects = [kit.option(words, each.value) for each, words in EFFECTS.items()]
    menus = (
        ("Which customers?", kit.static_select("customers", customers), "customers"),
        ("What does it do to them?", kit.static_select("effect", effects), "effect"),
    )
    hint = "Needed, unless you choose a severity below and say why."
    return [
        kit.input_block(label, menu, block_id=name, optional=True, hint=hint)
        for label, menu, name in menus
    ]


def _began() -> Block:
    words = ((NOW, "Just now"), (AT, "At a time: choose it below"), (UNKNOWN, "Nobody knows yet"))
    return kit.radio_buttons("began", [kit.option(text, value) for value, text in words])


def _noticed() -> Block:
    return kit.radio_buttons(
        "noticed", [kit.option(words, each.value) for each, words in NOTICED.items()]
    )


def _judgement(severities: Severities) -> list[Block]:
    menu = kit.static_select("severity", _severities(severities), placeholder="As it follows")
    return [
        kit.input_block(
            "Severity",
            menu,
            block_id="severity",
            optional=True,
            hint="It follows from customers and effect. Choose one only to judge otherwise, and say why.",
        ),
        _why("Why another severity?", optional=True),
    ]


def _severities(severities: Severities) -> list[Block]:
    found = list(severities.all.items())[: kit.SELECT_OPTIONS]
    return [kit.option(each.name, slug) for slug, each in found]


def _kind(kind: IncidentKind) -> list[Block]:
    words = (
        (IncidentKind.REAL, "An incident"),
        (IncidentKind.DRILL, "A drill: it counts in no figure"),
        (IncidentKind.SECURITY, "A security incident: only you and those named know of it"),
    )
    menu = kit.static_select(
        "kind", [kit.option(text, each.value) for each, text in words], initial=kind.value
    )
    return [
        kit.input_block("What is it?", menu, block_id="kind"),
        kit.input_block(
            "Who else may know of it?",
            kit.multi_users_select("named"),
            block_id="named",
            optional=True,
            hint="For a security incident alone. Beside you and them, the managers whom `app.yaml` lists for restricted incidents see it, and nobody else.",
        ),
    ]


def _time(
    label: str, name: str, initial: datetime | None = None, *, hint: str | None = None
) -> Block:
    picker = kit.datetimepicker(name, initial=initial)
    return kit.input_block(label, picker, block_id=name, optional=True, hint=hint)


def _why(label: str, *, optional: bool = False) -> Block:
    typed = kit.text_input("why", max_length=_LONGEST_WHY)
    return kit.input_block(label, typed, block_id="why", optional=optional)


# --- What a form carries ---


class Carried(NamedTuple):
    """What a form about one incident carries: whose it is, where it was opened, and which times it showed."""

    number: int
    origin: str
    shown: Shown


def read_carried(metadata: str) -> Carried:
    """Return what a form carried."""
    number, _, rest = metadata.partition("|")
    origin, _, packed = rest.partition("|")
    return Carried(int(number), origin, unpacked(packed))


def _form(
    incident: Incident,
    verb: Verb,
    origin: str,
    title: str,
    submit: str,
    fields: Iterable[Block],
    shown: Shown | None = None,
) -> Block:
    head = kit.section(f"*{incident.label}* {kit.literal(incident.title)}")
    return kit.modal(
        title,
        [head, *fields],
        callback_id=f"{FORM}:{verb.value}",
        submit=submit,
        private_metadata=f"{incident.id}|{origin}|{shown.packed() if shown else ''}",
    )


def with_words(form: Block, verb: Verb, words: str) -> Block:
    """Return a form with the words in it that were typed behind its verb; where it has no field for them it says so."""
    field = _FOR_WORDS.get(verb)
    if not words:
        return form
    if field is None:
        said = f"{quoted(words)} is not written down by this form: `/incident update` tells it, and `/incident note` keeps it in the timeline."
        head, *rest = form["blocks"]
        return {**form, "blocks": [head, kit.context(kit.escape(said)), *rest]}
    return {**form, "blocks": [_filled(one, field, words) for one in form["blocks"]]}


def _filled(block: Block, field: str, words: str) -> Block:
    if block.get("block_id") != field:
        return block
    return {**block, "element": {**block["element"], "initial_value": words}}


_FOR_WORDS = {Verb.UPDATE: "text", Verb.NOTE: "text", Verb.WHAT: "title"}


# --- While it goes on ---


def update_form(incident: Incident, origin: str) -> Block:
    """Return the form for what those concerned are told."""
    words = _words("What is known, what is being done, what customers notice")
    field = kit.input_block(
        "What is the news?", words, block_id="text", hint="It stands on the card and in its thread."
    )
    return _form(incident, Verb.UPDATE, origin, "Update", "Tell it", [field])


def note_form(incident: Incident, origin: str) -> Block:
    """Return the form for a line of the timeline."""
    when = _time("When was it?", "at", hint="Empty: now. It is shown in your own time zone.")
    fields = [kit.input_block("What happened?", _words(), block_id="text"), when]
    return _form(incident, Verb.NOTE, origin, "Add to the timeline", "Add", fields)


def severity_form(incident: Incident, origin: str, severities: Severities) -> Block:
    """Return the form that judges it anew."""
    now = kit.escape(severities.of(incident.severity).name)
    menu = kit.static_select("severity", _severities(severities))
    fields = [
        kit.context(f"It is {now} now."),
        kit.input_block("What is it?", menu, block_id="severity"),
        _why("Why?"),
    ]
    return _form(incident, Verb.SEVERITY, origin, "Change severity", "Change", fields)


TIMES = {
    Moment.STARTED: "It started",
    Moment.DETECTED: "It was detected",
    Moment.ACKNOWLEDGED: "Somebody took it",
    Moment.MITIGATED: "It was mitigated",
    Moment.RESOLVED: "It was resolved",
    Moment.CLOSED: "It was closed",
}


def _when(moment: Moment) -> str:
    return f"When {TIMES[moment][:1].lower()}{TIMES[moment][1:]}"


_FIRED = "While nobody says it, impact is counted from the alert, and it counts in no MTTD."


def times_form(incident: Incident, origin: str, shown: Shown) -> Block:
    """Return the form that corrects when things happened."""
    hints = {Moment.STARTED: _FIRED} if incident.times.fired else {}
    fields = [
        _time(TIMES[one], one.value, shown.times[one], hint=hints.get(one)) for one in shown.moments
    ]
    forgettable = [one for one in shown.moments if one not in (Moment.RESOLVED, Moment.CLOSED)]
    ticks = kit.checkboxes(
        "nobody_knows", [kit.option(_when(one), one.value) for one in forgettable]
    )
    fields += [
        kit.input_block(
            "Not known after all",
            ticks,
            block_id="nobody_knows",
            optional=True,
            hint="What is unknown counts in no figure; that is better than a guess.",
        ),
        _why("Why is it corrected?"),
    ]
    return _form(incident, Verb.TIMES, origin, "Times", "Correct", fields, shown)


def _unsaid(incident: Incident) -> str:
    return "impact is counted from its alert" if incident.times.fired else "nobody knows"


def resolve_form(
    incident: Incident, origin: str, shown: Shown, zone: ZoneInfo, *, owner: str | None
) -> Block:
    """Return the form that ends it; `owner` is suggested for the analysis, None where none is needed."""
    declared = show_moment(incident.times.declared, zone)
    hints = {
        Moment.STARTED: f"When customers or the service began to suffer. Empty: {_unsaid(incident)}, and it counts in no MTTD.",
        Moment.DETECTED: f"The first alert, or the first person who noticed. It was declared on {declared}. Empty: nobody knows, and it counts in no MTTD or MTTR.",
        Moment.MITIGATED: "Customers suffered no more. Empty: they did until it was resolved.",
    }
    fields = [
        _time(TIMES[one], one.value, shown.times[one], hint=hints.get(one))
        for one in (Moment.RESOLVED, Moment.STARTED, Moment.DETECTED, Moment.MITIGATED)
        if one in shown.moments
    ]
    if owner is not None:
        who = kit.users_select("owner", initial=owner)
        hint = "Its severity asks for a root cause analysis; this is who writes it."
        fields.append(kit.input_block("Who analyses the cause?", who, block_id="owner", hint=hint))
    return _form(incident, Verb.RESOLVE, origin, "Resolve", "Resolve", fields, shown)


def reopen_form(incident: Incident, origin: str, now: datetime) -> Block:
    """Return the form that asks since when it is back."""
    picker = kit.datetimepicker("since", initial=now)
    field = kit.input_block("Since when is it back?", picker, block_id="since")
    return _form(incident, Verb.REOPEN, origin, "Reopen", "Reopen", [field])


def hand_over_form(incident: Incident, origin: str, verb: Verb) -> Block:
    """Return the form that asks who has the lead or the communication from now on."""
    is_lead = verb is Verb.LEAD
    label = "Who leads it from now on?" if is_lead else "Who tells those concerned from now on?"
    field = kit.input_block(label, kit.users_select("to"), block_id="to")
    title = "Hand over the lead" if is_lead else "Hand over comms"
    return _form(incident, verb, origin, title, "Hand over", [field])


def people_form(incident: Incident, origin: str) -> Block:
    """Return the form that brings people in."""
    menu = kit.multi_users_select("people")
    field = kit.input_block("Who else works on it?", menu, block_id="people")
    return _form(incident, Verb.PEOPLE, origin, "Bring people in", "Bring in", [field])


def what_form(incident: Incident, origin: str, services: Sequence[str]) -> Block:
    """Return the form for its title and services."""
    typed = kit.text_input("title", initial=incident.title, max_length=_LONGEST_TITLE)
    fields = [
        kit.input_block("What is wrong?", typed, block_id="title"),
        *_services(services, incident.services),
    ]
    return _form(incident, Verb.WHAT, origin, "Title and services", "Save", fields)


def service_form(incident: Incident, origin: str) -> Block:
    """Return the form for when one of its services was hurt; it tells what is known of each."""
    services = incident.affected[: kit.SELECT_OPTIONS]
    menu = kit.static_select("service", [kit.option(one.service, one.service) for one in services])
    told = [_own_times(one) for one in services if one.started_at or one.ended_at]
    hint = "Empty: as the incident, whatever was said before. It is shown in your own time zone."
    fields = [
        *([kit.context(kit.truncate("\n".join(told), _LONGEST_TOLD))] if told else []),
        kit.input_block("Which service?", menu, block_id="service"),
        _time("It was hurt from", "began", hint=hint),
        _time("It was hurt until", "ended", hint=hint),
        _why("Why is it corrected?"),
    ]
    return _form(incident, Verb.SERVICE, origin, "Times of one service", "Correct", fields)


def _own_times(own: Affected) -> str:
    sides = [("from", own.started_at), ("until", own.ended_at)]
    said = " ".join(f"{word} {moment(at, ZoneInfo('UTC'))}" for word, at in sides if at is not None)
    return f"{kit.escape(own.service)} was hurt {said}."


def snooze_form(incident: Incident, origin: str, until: datetime) -> Block:
    """Return the form that moves the next update."""
    picker = kit.datetimepicker("until", initial=until)
    hint = "Those concerned know then when to expect it. It is shown in your own time zone."
    field = kit.input_block("When is the next update due?", picker, block_id="until", hint=hint)
    return _form(incident, Verb.SNOOZE, origin, "Next update", "Move it", [field])


def duplicate_form(incident: Incident, origin: str) -> Block:
    """Return the form that asks which incident it is the same as."""
    typed = kit.text_input("of", placeholder="INC-7", max_length=40)
    hint = "It counts in no figure then, and the other one begins when the earlier of them did."
    field = kit.input_block("Which one is it?", typed, block_id="of", hint=hint)
    return _form(incident, Verb.DUPLICATE, origin, "The same incident", "It is that one", [field])


def restrict_form(
    incident: Incident, origin: str, knowing: Sequence[str], watchers: Sequence[str]
) -> Block:
    """Return the form that restricts it: `knowing` are those whom it names then, `watchers` see every such incident."""
    managers = [one for one in watchers if one not in knowing]
    said = f"Who knows of it then: {_people(knowing)}."
    if managers:
        said += f" So do those who see every restricted incident: {_people(managers)}."
    menu = kit.multi_users_select("named")
    fields = [
        kit.section(
            "It gets a number of its own kind, and its card and whatever I said under it are taken out of the channel. *Its duplicates go with it*: they tell of the same. *What people wrote there themselves stays*: ask them to delete it. What was shared elsewhere before, a report, a figure or a file, stays as it was shared. This cannot be taken back."
        ),
        kit.section(kit.truncate(said, kit.TEXT_LENGTH)),
        kit.input_block(
            "Who else may know of it?",
            menu,
            block_id="named",
            optional=True,
            hint="Beside those above.",
        ),
    ]
    return _form(incident, Verb.RESTRICT, origin, "Restrict", "Restrict it", fields)


def _people(ids: Iterable[str]) -> str:
    return ", ".join(f"<@{one}>" for one in ids)


def _words(placeholder: str | None = None) -> Block:
    return kit.text_input(
        "text",
        placeholder=placeholder,
        multiline=True,
        max_length=min(LONGEST_ENTRY, kit.INPUT_LENGTH),
    )
