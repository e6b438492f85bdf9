"""The windows of incidents that are read and pressed in: what was declared, what else can be done, the timeline."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.incident import button, icon, quote, state_words, value_name
from bot.blocks.kit import Block, Message
from bot.blocks.notice import message_window
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.incident_request import Verb
from bot.domain.incident_work import SERVICE_PARTS
from bot.domain.severity import Severities
from bot.domain.timeline import Correction, Line
from bot.vocabulary import Entry, IncidentState

DECLARED = "declared"
"""What the window that follows on declaring carries, before the incident's id."""

_LONGEST_LINE = 500
_LONGEST_SECTION = 2_800
_MOST_LINES = 250
_ROOM, _ROOM_FOR_CORRECTIONS = 140_000, 60_000  # of a window's 250 kB
_MOST_CORRECTIONS = 50
_PARTS = {"repeat of": "what it repeats", "duplicate of": "what it duplicates"}
_NONE_IS_NOTHING = ("services", "void", "duplicate of", "repeat of")
_IN_STEPS = ("lead", "comms")  # the timeline tells of them already
_SIGNS = {
    Entry.STEP: "•",
    Entry.UPDATE: "📣",
    Entry.NOTE: "📝",
    Entry.PIN: "📌",
    Entry.ALERT: "🚨",
}


def card_window(card: Message, incident: Incident) -> Block:
    """Return the card in a window."""
    return message_window(card, incident.label)


# --- What follows on declaring ---


def declared_window(
    incident: Incident,
    card: str | None,
    alike: Sequence[Incident],
    severities: Severities,
    watchers: Sequence[str],
) -> Block:
    """Return the number, where the card is, and what the incident may have to do with others.

    `watchers` see every restricted incident.
    """
    severity = kit.escape(severities.of(incident.severity).name)
    said = f"*{incident.label}* is written down as {severity}: {kit.literal(incident.title)}"
    blocks = [
        kit.section(f"{icon(incident)} {said}"),
        kit.context(_where(incident, card, watchers)),
        *([] if incident.is_restricted else [kit.divider()]),
        *_alike(incident, alike),
    ]
    if incident.is_open and incident.lead is None:
        blocks.append(kit.actions([button(incident, Verb.TAKE, style="primary")]))
    metadata = f"{DECLARED}:{incident.id}"
    return kit.modal(incident.label, blocks, close="Close", private_metadata=metadata)


def _where(incident: Incident, card: str | None, watchers: Sequence[str]) -> str:
    show = f"`/incident {incident.label}`"
    if incident.is_restricted:
        managers = "".join(f", <@{one}>" for one in watchers)
        return (
            f"Only you{managers} and those named know of {incident.label}. {show} shows it to them."
        )
    if card is None:
        return (
            f"`app.yaml` names no channel for incidents (`channels: incidents:`), so no card is posted. "
            f"{show} shows it, with everything that can be done."
        )
    return f"Its card is in <#{card}>; {show} shows it anywhere."


def _alike(incident: Incident, alike: Sequence[Incident]) -> Iterator[Block]:
    if incident.is_restricted:
        return  # nobody looks through those that only some may know of
    if not alike:
        where = "for the same service " if incident.services else ""
        yield kit.section(f"Nothing like it was declared {where}in the last 90 days.")
        return
    yield kit.section("*Has this happened before?* These are like it, from the last 90 days:")
    for one in alike:
        yield from _look_alike(incident, one)


def _look_alike(incident: Incident, other: Incident) -> Iterator[Block]:
    since = _moment(other.times.began)
    yield kit.section(
        f"{icon(other)} *{other.label}* {kit.literal(other.title)}\n{state_words(other)}, {since}"
    )
    if incident.duplicate_of == other.id:
        yield kit.context(f"{incident.label} is the same as {other.label}: it counts in no figure.")
        yield kit.actions([button(incident, Verb.UNVOID, label="No, it is another")])
    elif incident.void is None and incident.repeat_of == other.id:
        yield kit.context(f"{incident.label} may have the same cause; the analysis will tell.")
        yield kit.actions([button(incident, Verb.NO_REPEAT, label="No, another cause")])
    elif incident.void is None:
        sure = None if other.is_open else _is_over(incident, other)
        same = button(incident, Verb.SAME, other=other.id, confirm=sure)
        yield kit.actions([button(incident, Verb.REPEAT, other=other.id), same])


def _is_over(incident: Incident, other: Incident) -> Block:
    """Return the question before what goes on becomes a part of what has ended."""
    words = (
        f"{other.label} is {other.state.value}. {incident.label} leaves the list of what is open, nobody is asked for"
        f" updates, and it counts in no figure. Is it back? Then reopen {other.label} as well."
    )
    return kit.confirm("The same, although it has ended?", words, yes="It is this one")


# --- What else can be done ---


def more_window(incident: Incident, by: str, told: str = "") -> Block:
    """Return everything that fits how the incident stands and has no button on its card; `told` is news about it."""
    blocks = [
        kit.section(f"{icon(incident)} *{incident.label}* {kit.literal(incident.title)}"),
        *([kit.context(kit.escape(told))] if told else []),
        *(_choice(incident, verb, words) for verb, words in _choices(incident, by)),
    ]
    return kit.modal(f"More for {incident.label}", blocks, close="Close")


def _choices(incident: Incident, by: str) -> Iterator[tuple[Verb, str]]:
    if incident.is_open:
        if incident.times.mitigated is None:
            yield (
                Verb.MITIGATE,
                "*It is mitigated*\nCustomers suffer no more, even if the mend is a temporary one.",
            )
        yield Verb.LEAD, "*Hand over the lead*"
        yield Verb.COMMS, "*Hand over the communication*\nWho tells customers and the house."
        if by in incident.responders:
            yield Verb.LEAVE, "*You work on it*"
        else:
            yield Verb.JOIN, "*Join*\nYou work on it too."
        known = "\nThey may know of it then." if incident.is_restricted else ""
        yield Verb.PEOPLE, f"*Bring people in*{known}"
        yield Verb.SNOOZE, "*Move the next update*\nPromise it for a later time."
    yield Verb.NOTE, "*Add to the timeline*\nAlso what happened earlier."
    yield Verb.WHAT, "*Title and services*"
    if len(incident.affected) > 1:
        yield (
            Verb.SERVICE,
            "*Times of one service*\nIt was hurt later, or for less time, than others.",
        )
    if incident.void is None:
        yield Verb.DUPLICATE, "*It is the same as another incident*"
        yield Verb.FALSE_ALARM, "*It was a false alarm*\nIt counts in no figure then."
    if not incident.is_restricted:
        yield Verb.RESTRICT, "*Restrict it*\nOnly those named know of it then; its card goes."
    is_over = incident.state in (IncidentState.RESOLVED, IncidentState.CLOSED)
    if is_over and incident.void is None:
        yield Verb.REOPEN, "*Reopen it*\nIt has come back."
    yield Verb.EXPORT, "*Export it*\nEverything about it as a file, to you in a direct message."


def _choice(incident: Incident, verb: Verb, words: str) -> Block:
    sure = None
    if verb is Verb.FALSE_ALARM:
        sure = kit.confirm("A false alarm?", "It counts in no figure then. This can be taken back.")
    return kit.section(words, accessory=button(incident, verb, confirm=sure))


# --- The timeline ---


def timeline_window(
    incident: Incident,
    lines: Sequence[Line],
    changes: Sequence[Correction],
    severities: Severities,
    zone: ZoneInfo,
) -> Block:
    """Return what happened, in order, a heading for each day, and at the end what was corrected."""
    days = [(line.at.astimezone(zone).date(), _line(line, zone)) for line in lines]
    shown = _fitting([text for _, text in days], _MOST_LINES, _ROOM)
    blocks: list[Block] = [
        kit.section(f"{icon(incident)} *{incident.label}* {kit.literal(incident.title)}")
    ]
    if shown < len(lines):
        words = f"{len(lines) - shown:,} earlier entries are not shown here."
        blocks.append(kit.context(words))
    for day, of_day in groupby(days[len(days) - shown :], lambda pair: pair[0]):
        blocks.append(kit.header(f"{day:%A}, {day.day} {day:%B %Y}"))
        blocks += _sections(text for _, text in of_day)
    if not lines:
        blocks.append(kit.section("Nothing is written down yet."))
    blocks.append(kit.actions([button(incident, Verb.NOTE)]))
    blocks += _corrections(changes, severities, zone)
    return kit.modal(f"{incident.label} timeline", blocks, close="Close")


def _corrections(
    changes: Sequence[Correction], severities: Severities, zone: ZoneInfo
) -> list[Block]:
    told = [_change(one, severities, zone) for one in changes if one.part not in _IN_STEPS]
    shown = _fitting(told, _MOST_CORRECTIONS, _ROOM_FOR_CORRECTIONS)
    return [kit.header("Corrections"), *_sections(told[len(told) - shown :])] if shown else []


def _fitting(texts: Sequence[str], most: int, room: int) -> int:
    """Return how many of the last texts a window holds: Slack counts its bytes, as JSON."""
    kept = 0
    while kept < min(len(texts), most):
        room -= len(json.dumps(texts[-1 - kept]))
        if room < 0:
            break
        kept += 1
    return kept


def _line(line: Line, zone: ZoneInfo) -> str:
    clock = kit.date(line.at, "{time}", f"{line.at.astimezone(zone):%H:%M %Z}")
    late = ""
    if line.is_backdated:
        behind = format_duration((line.said_at - line.at).total_seconds())
        late = f" _(written down {behind} later)_"
    who = _who(line.author)
    if line.kind is Entry.STEP:
        is_whole = line.text.startswith(
            "it "
        )  # "it is resolved": nobody does that, somebody says so
        said = f"{line.text}, says {who}" if is_whole else f"{who} {line.text}"
        return f"{clock} {_SIGNS[line.kind]} {said}{late}"
    text = kit.truncate(line.text, _LONGEST_LINE)
    return f"{clock} {_SIGNS[line.kind]} {who}{late}\n{quote(text)}"


def _change(change: Correction, severities: Severities, zone: ZoneInfo) -> str:
    when = kit.date(change.at, "{date_short_pretty} at {time}", show_moment(change.at, zone))
    why = f": {kit.literal(kit.truncate(change.why, _LONGEST_LINE))}" if change.why else ""
    sides = [_value(change.part, side, severities, zone) for side in (change.before, change.after)]
    before, after = sides
    if change.part == "severity" and change.before is None:
        return f"{when} {_who(change.who)} chose {after} as its severity{why}"
    part = kit.escape(_PARTS.get(change.part, change.part))
    return f"{when} {_who(change.who)} changed {part} from {before} to {after}{why}"


def _value(part: str, value: str | None, severities: Severities, zone: ZoneInfo) -> str:
    if value is None:
        if part.startswith(SERVICE_PARTS):
            return "that of the incident"
        return "nothing" if part in _NONE_IS_NOTHING else "unknown"
    if (name := value_name(part, value, severities)) is not None:
        return kit.escape(name)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return f"“{kit.literal(kit.truncate(value, _LONGEST_LINE))}”"
    return kit.date(at, "{date_short_pretty} at {time}", show_moment(at, zone))


def _sections(texts: Iterable[str]) -> list[Block]:
    """Return texts as few sections: a window holds only so many blocks."""
    parts: list[str] = []
    for text in texts:
        if parts and len(parts[-1]) + len(text) < _LONGEST_SECTION:
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
    return [kit.section(part) for part in parts]


def _moment(at: datetime) -> str:
    return kit.date(at, "{date_short_pretty} at {time}", show_moment(at, ZoneInfo("UTC")))


def _who(person: str) -> str:
    return f"<@{person}>" if person[:1] in ("U", "W") else kit.escape(person)
