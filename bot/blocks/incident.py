"""What people see of an incident: its card, edited in place as the incident goes on, and the list of them all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message, Style
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.incident_request import Verb
from bot.domain.incident_times import Times
from bot.domain.severity import Severities
from bot.domain.timeline import Line
from bot.vocabulary import Customers, Effect, IncidentKind, IncidentState, Noticed, Void

PRESS, DECLARE, ANALYSIS = "incident.press", "incident.open", "rca.open"

_LONGEST_UPDATE = 600
_ICONS = {
    IncidentState.DETECTED: "🔴",
    IncidentState.ACKNOWLEDGED: "🟠",
    IncidentState.REOPENED: "🔴",
    IncidentState.MITIGATED: "🟡",
    IncidentState.RESOLVED: "🟢",
    IncidentState.CLOSED: "⚪",
}
_VOID = {Void.DUPLICATE: "duplicate", Void.FALSE_ALARM: "false alarm"}
CUSTOMERS = {
    Customers.ALL: "All customers",
    Customers.MANY: "Many customers",
    Customers.ONE: "One customer",
    Customers.NONE: "No customer",
}
EFFECTS = {
    Effect.DOWN: "It is down, or data is at risk",
    Effect.DEGRADED: "It works badly",
    Effect.WORKAROUND: "There is a way around it",
    Effect.COSMETIC: "It only looks wrong",
}
_SUFFERING = {
    Effect.DOWN: "down or data at risk",
    Effect.DEGRADED: "degraded",
    Effect.WORKAROUND: "with a workaround",
    Effect.COSMETIC: "cosmetic",
}
NOTICED = {
    Noticed.MONITORING: "Monitoring",
    Noticed.CUSTOMER: "A customer",
    Noticed.STAFF: "One of us",
}


def value_name(part: str, value: str, severities: Severities) -> str | None:
    """Return what a value that the log keeps is called everywhere else; None where it is people's own words or a time."""
    match part:
        case "severity":
            return severities.of(value).name
        case "duplicate of" | "repeat of" | "number":
            return value
    return _NAMES.get(part, {}).get(value)


_NAMES: Mapping[str, Mapping[str, str]] = {
    "void": {str(each): words for each, words in _VOID.items()},
    "customers": {str(each): words for each, words in CUSTOMERS.items()},
    "effect": {str(each): words for each, words in EFFECTS.items()},
    "noticed": {str(each): words for each, words in NOTICED.items()},
    "repeat confirmed": {"True": "yes", "False": "no"},
}


# --- The card ---


def card_message(
    incident: Incident,
    severities: Severities,
    now: datetime,
    told: Line | None = None,
    related: Mapping[int, str] | None = None,
) -> Message:
    """Return an incident's card as it stands now; `told` is the last update, `related` what other incidents are called."""
    severity = severities.of(incident.severity).name
    blocks = [
        kit.header(f"{icon(incident)} {incident.label} {incident.title}"),
        _facts(incident, severity),
        kit.context(" · ".join(_small_print(incident))),
        *_relations(incident, related or {}),
        *_told(told),
        *_next_update(incident, now),
        kit.actions(_buttons(incident)),
    ]
    return Message(_said(incident, severity, told), blocks)


def icon(incident: Incident) -> str:
    """Return the sign that goes with how far an incident has come; the words always stand beside it."""
    lock = "🔒 " if incident.is_restricted else ""
    return lock + ("⚪" if incident.void else _ICONS[incident.state])


def state_words(incident: Incident) -> str:
    """Return how far an incident has come in words: "mitigated", "drill, resolved", "false alarm"."""
    kind = "drill, " if incident.kind is IncidentKind.DRILL else ""
    return kind + (_VOID[incident.void] if incident.void else incident.state.value)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant that each reader sees in their own zone."""
    return kit.date(at, "{date_short_pretty} at {time}", show_moment(at, zone))


def _when(at: datetime) -> str:
    return moment(at, ZoneInfo("UTC"))


def _said(incident: Incident, severity: str, told: Line | None) -> str:
    lead = f"<@{incident.lead}>" if incident.lead else "nobody yet"
    said = f"{incident.label} {state_words(incident)}, {severity}: {incident.title}."
    last = f" Last update: {_shortened(told.text)}" if told and incident.is_open else ""
    return f"{kit.escape(said)} Lead: {lead}.{kit.escape(last)}"


def _facts(incident: Incident, severity: str) -> Block:
    nobody = "nobody yet" if incident.is_open else "nobody"
    lead = f"<@{incident.lead}>" if incident.lead else nobody
    comms = f"<@{incident.comms}>" if incident.comms else "the lead"
    fields = [
        f"*State*\n{state_words(incident).capitalize()}",
        f"*Severity*\n{kit.escape(severity)}",
        f"*Affected*\n{kit.escape(', '.join(incident.services)) or 'not said'}",
        f"*Impact*\n{_suffering(incident)}",
        f"*Lead*\n{lead}",
        f"*Communication*\n{comms}",
    ]
    return kit.section(fields=fields)


def _suffering(incident: Incident) -> str:
    parts = [CUSTOMERS[incident.customers]] if incident.customers else []
    parts += [_SUFFERING[incident.effect]] if incident.effect else []
    return ", ".join(parts) or "not said"


def _small_print(incident: Incident) -> Iterator[str]:
    times = incident.times
    began = _since(times)
    if incident.is_open or times.resolved is None:
        since = incident.times.reopened or times.began
        words = "Back since" if times.reopened else began
        ago = kit.date(
            since, "{date_short_pretty} at {time} ({ago})", show_moment(since, ZoneInfo("UTC"))
        )
        yield f"{words} {ago}"
    else:
        yield f"{began} {_when(times.began)}, resolved {_when(times.resolved)}"
        yield from _durations(incident)
    yield from _noticed(incident)
    late = " afterwards" if incident.is_backdated else ""
    yield f"declared{late} by {_who(incident.declared_by)}"
    others = [one for one in incident.responders if one not in (incident.lead, incident.comms)]
    if others:
        yield f"with {', '.join(_who(one) for one in others[:10])}"


def _since(times: Times) -> str:
    if times.started:
        return "Since"
    return "Since at the latest" if times.fired else "Start unknown, known since"


def _durations(incident: Incident) -> Iterator[str]:
    times = incident.times
    if times.to_detect is not None:
        yield f"detected after {format_duration(times.to_detect.total_seconds())}"
    if times.to_resolve is not None:
        yield f"resolved {format_duration(times.to_resolve.total_seconds())} after detection"


def _noticed(incident: Incident) -> Iterator[str]:
    by = f"noticed by {NOTICED[incident.noticed].lower()}" if incident.noticed else ""
    if incident.times.detected is not None:
        yield from (by,) if by else ()
    else:
        yield f"{by}, when is unknown" if by else "when it was noticed is unknown"


def _who(person: str) -> str:
    return f"<@{person}>" if person[:1] in ("U", "W") else kit.escape(person)


def _relations(incident: Incident, related: Mapping[int, str]) -> list[Block]:
    said = []
    if original := related.get(incident.duplicate_of or 0):
        said.append(f"The same as {original}; look there.")
    if earlier := related.get(incident.repeat_of or 0):
        words = "Has" if incident.repeat_is_confirmed else "May have"
        said.append(f"{words} the same cause as {earlier}.")
    if incident.reopens:
        said.append(f"Reopened {'once' if incident.reopens == 1 else f'{incident.reopens} times'}.")
    return [kit.context(" ".join(said))] if said else []


def _told(told: Line | None) -> list[Block]:
    blocks: list[Block] = []
    if told is not None:
        head = f"*Last update* {_when(told.at)} by {_who(told.author)}"
        blocks.append(kit.section(f"{head}\n{quote(_shortened(told.text))}"))
    return blocks


def _next_update(incident: Incident, now: datetime) -> list[Block]:
    due = incident.cadence.next_at
    if due is None or due > now or not incident.is_open:
        return _next_due(incident)
    return [kit.context(f"⏰ Update overdue since {_when(due)}")]


def quote(text: str) -> str:
    """Return somebody's words as a quotation in mrkdwn."""
    return "\n".join(f"> {line}" for line in kit.escape(text).splitlines())


def _shortened(text: str) -> str:
    return kit.truncate(text, _LONGEST_UPDATE)


def _buttons(incident: Incident) -> list[Block]:
    if incident.void is not None:
        verbs = [Verb.UNVOID, Verb.TIMELINE]
    elif incident.is_open:
        verbs = [Verb.TAKE, Verb.UPDATE, Verb.SEVERITY, Verb.TIMES, Verb.RESOLVE]
        verbs += [Verb.TIMELINE, Verb.MORE]
    else:
        verbs = [Verb.REOPEN, Verb.TIMES, Verb.TIMELINE]
        verbs += [Verb.CLOSE] if incident.state is IncidentState.RESOLVED else []
        verbs += [Verb.MORE]
    buttons = [_card_button(incident, verb) for verb in verbs]
    if incident.void is None and not incident.is_open:
        of = str(incident.id)
        buttons.insert(-1, kit.button("Analysis", f"{ANALYSIS}:{of}", value=of))
    return buttons


def _card_button(incident: Incident, verb: Verb) -> Block:
    if verb is not Verb.TAKE:
        return button(incident, verb)
    if incident.lead is None:
        return button(incident, verb, style="primary")
    sure = kit.confirm("Take the lead?", f"<@{incident.lead}> leads it now.", yes="Take it")
    return button(incident, verb, confirm=sure)


_LABELS = {
    Verb.SHOW: "Show",
    Verb.TIMELINE: "Timeline",
    Verb.MORE: "More",
    Verb.UPDATE: "Update",
    Verb.SEVERITY: "Change severity",
    Verb.TIMES: "Times",
    Verb.RESOLVE: "Resolve",
    Verb.REOPEN: "Reopen",
    Verb.NOTE: "Add an entry",
    Verb.LEAD: "Hand over lead",
    Verb.COMMS: "Hand over",
    Verb.PEOPLE: "Bring in",
    Verb.WHAT: "Change",
    Verb.SNOOZE: "Move",
    Verb.DUPLICATE: "Choose",
    Verb.RESTRICT: "Restrict",
    Verb.SERVICE: "Service times",
    Verb.TAKE: "Take lead",
    Verb.JOIN: "Join",
    Verb.LEAVE: "Leave",
    Verb.MITIGATE: "Mitigated",
    Verb.CLOSE: "Close",
    Verb.FALSE_ALARM: "False alarm",
    Verb.UNVOID: "It counts after all",
    Verb.REPEAT: "Same cause?",
    Verb.NO_REPEAT: "Another cause",
    Verb.SAME: "It is this one",
    Verb.REPOST: "Post it again",
    Verb.PUSH: "Push 30 min",
    Verb.EXPORT: "Export",
}


def button(
    incident: Incident,
    verb: Verb,
    *,
    label: str = "",
    other: int | None = None,
    style: Style | None = None,
    confirm: Block | None = None,
) -> Block:
    """Return the button that does something with an incident, perhaps in relation to another."""
    value = str(incident.id) if other is None else f"{incident.id}:{other}"
    ending = verb.value if other is None else f"{verb.value}:{other}"
    words = label or _LABELS[verb]
    return kit.button(words, f"{PRESS}:{ending}", value=value, style=style, confirm=confirm)


# --- News in its thread ---


def update_message(incident: Incident, text: str, by: str) -> Message:
    """Return an update as it is told in the thread of the card."""
    blocks = [kit.section(f"*Update* by {_who(by)}\n{quote(text)}"), *_next_due(incident)]
    return Message(f"{incident.label}: {kit.escape(text)}", blocks)


def resolved_message(incident: Incident) -> Message:
    """Return what is told in the thread of the card when it is over."""
    said = f"🟢 {incident.label} is resolved."
    lasted = ", ".join(_durations(incident)).capitalize()
    return Message(said, [kit.section(said), *([kit.context(f"{lasted}.")] if lasted else [])])


def reopened_message(incident: Incident, by: str) -> Message:
    """Return what is told in the thread of the card when it is back."""
    said = f"🔴 {incident.label} is back, says {_who(by)}."
    return Message(said, [kit.section(said), *_next_due(incident)])


def severity_message(incident: Incident, severities: Severities, why: str, by: str) -> Message:
    """Return what is told in the thread of the card when it is judged anew."""
    name = kit.escape(severities.of(incident.severity).name)
    said = f"{incident.label} is {name} now, says {_who(by)}."
    return Message(said, [kit.section(f"{said}\n{quote(why)}"), *_next_due(incident)])


def moved_message(incident: Incident) -> Message:
    """Return what stands in the place of a card that was posted anew further down."""
    return Message(f"{incident.label}: its card stands further down now.")


def unposted_message(incident: Incident, channel: str, reason: str) -> Message:
    """Return what whoever declared an incident is told whose card could not be posted."""
    said = (
        f"{incident.label} is written down, but I could not post its card in <#{channel}>: {reason}. "
        f"`/incident {incident.label}` shows it, with everything that can be done."
    )
    return Message(said, [kit.section(said)])


def stale_message(incident: Incident, channel: str, reason: str) -> Message:
    """Return what whoever has to know is told where a card can be brought up to date no more."""
    said = (
        f"I can no longer bring the card of {incident.label} in <#{channel}> up to date: {reason}. "
        f"`/incident {incident.label}` shows how it stands, with everything that can be done."
    )
    return Message(said, [kit.section(said)])


def _next_due(incident: Incident) -> list[Block]:
    if not incident.is_open or incident.cadence.next_at is None:
        return []
    return [kit.context(f"Next update due {_when(incident.cadence.next_at)}")]


# --- The list ---


def list_message(
    still_open: Sequence[Incident],
    recent: Sequence[Incident],
    severities: Severities,
    now: datetime,
    more: int = 0,
) -> Message:
    """Return the incidents that are open, and those that were lately; `more` are open and not shown."""
    count = len(still_open) + more
    head = f"{count} open incident{'' if count == 1 else 's'}" if count else "No open incident"
    blocks: list[Block] = [kit.header(head)]
    blocks += [row(one, severities, now) for one in still_open]
    if more:
        blocks.append(kit.context(f"{more} more are open; `/incident 7` shows any of them."))
    if not count:
        blocks.append(kit.section("Nothing is wrong that I know of. Something is? Declare it."))
    if recent:
        blocks += [kit.section("*Lately*"), *(row(one, severities, now) for one in recent)]
    blocks.append(kit.actions([kit.button("Declare an incident", DECLARE)]))
    named = "; ".join(f"{one.label} {one.title}" for one in still_open[:10])
    return Message(kit.escape(f"{head}: {named}." if named else f"{head}."), blocks)


def row(incident: Incident, severities: Severities, now: datetime) -> Block:
    """Return an incident as one line of a list, with the button that shows it."""
    title = f"{icon(incident)} *{incident.label}* {kit.literal(incident.title)}"
    parts = [kit.escape(severities.of(incident.severity).name), state_words(incident)]
    if incident.is_open:
        age = (now - (incident.times.reopened or incident.times.began)).total_seconds()
        lead = f"led by <@{incident.lead}>" if incident.lead else "nobody leads it"
        parts += [f"for {format_duration(age)}", lead]
    else:
        parts.append(_when(incident.times.resolved or incident.times.began))
    details = " · ".join(parts)
    return kit.section(f"{title}\n{details}", accessory=button(incident, Verb.SHOW))


def single_message(card: Message, incident: Incident, place: str | None) -> Message:
    """Return the card for somebody who asked for it, with a way to have it posted where it belongs."""
    blocks = list(card.blocks)
    if place is not None:
        has_one = incident.card_ts is not None
        where = (
            f"Its card stands in <#{place}>." if has_one else f"It has no card in <#{place}> yet."
        )
        label = "Post the card again" if has_one else "Post the card"
        ask = button(incident, Verb.REPOST, label=label)
        blocks.append(kit.section(f"_{where}_", accessory=ask))
    return Message(card.text, blocks)
