"""Incidents as files: Markdown for people, CSV that comes back unchanged through an import, JSON for programs.

In Markdown what people typed stays words. Cells of the CSV that a spreadsheet would compute are defused, and an import
takes that back. Files hold times in UTC, to the second, and Markdown those of a zone.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.blocks import markdown
from bot.blocks.figures import show_moment
from bot.blocks.incident import value_name
from bot.domain.action_item import ActionItem
from bot.domain.csv_cell import csv_text
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.incident_dossier import Dossier, Outline
from bot.domain.incident_file import COLUMNS, TIMES
from bot.domain.incident_intake import normal
from bot.domain.rca import Rca
from bot.domain.severity import Severities
from bot.domain.timeline import Correction, Line
from bot.vocabulary import Moment, Void

_PERSON = re.compile(r"<@(\w+)>")
_ACCOUNT = re.compile(r"@([UW][A-Z0-9]{2,})\b")
_UNKNOWN = "unknown"
_NONE = "None."
_MOMENTS = {
    Moment.STARTED: "Started",
    Moment.DETECTED: "Detected",
    Moment.DECLARED: "Declared",
    Moment.ACKNOWLEDGED: "Acknowledged",
    Moment.MITIGATED: "Mitigated",
    Moment.RESOLVED: "Resolved",
    Moment.CLOSED: "Closed",
}


# --- CSV ---


def incidents_csv(outlines: Iterable[Outline]) -> str:
    """Return incidents as a CSV file with the columns that an import reads; restricted ones have no place in a file."""
    return csv_text([COLUMNS, *(_cells(each) for each in outlines)])


def _cells(outline: Outline) -> list[str]:
    incident = outline.incident
    cells = {
        "id": incident.label,
        "title": incident.title,
        "services": "; ".join(incident.services),
        "severity": incident.severity,
        "customers": incident.customers or "",
        "effect": incident.effect or "",
        "noticed": incident.noticed or "",
        **{column: _utc(incident.times.at(moment)) for moment, column in TIMES.items()},
        "lead": incident.lead or "",
        "void": incident.void or "",
        "duplicate_of": outline.duplicate_of or "",
        "repeat_of": _repeat(outline),
        "root_cause": normal(outline.rca.root_cause or "") if outline.rca else "",
    }
    return [cells[column] for column in COLUMNS]


def _repeat(outline: Outline) -> str:
    """Return which incident it repeats, with a question mark where nobody has confirmed it."""
    if outline.repeat_of is None:
        return ""
    return outline.repeat_of + ("" if outline.incident.repeat_is_confirmed else "?")


# --- JSON ---


def incidents_json(dossiers: Iterable[Dossier]) -> str:
    """Return incidents as JSON: instants in UTC, durations in seconds, null for what nobody knows."""
    found = [_as_json(each) for each in dossiers]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _as_json(dossier: Dossier) -> dict[str, Any]:
    incident, outline = dossier.incident, dossier.outline
    times = incident.times
    return {
        "id": incident.label,
        "title": incident.title,
        "state": incident.state.value,
        "severity": incident.severity,
        "services": list(incident.services),
        "customers": incident.customers,
        "effect": incident.effect,
        "noticed": incident.noticed,
        "is_backdated": incident.is_backdated,
        **{column: _utc(times.at(moment)) or None for moment, column in TIMES.items()},
        "fired_at": _utc(times.fired) or None,
        "reopened_at": _utc(times.reopened) or None,
        "reopens": incident.reopens,
        "to_detect": _seconds(times.to_detect),
        "to_acknowledge": _seconds(times.to_acknowledge),
        "to_mitigate": _seconds(times.to_mitigate),
        "to_resolve": _seconds(times.to_resolve),
        "lead": incident.lead,
        "communications": incident.comms,
        "responders": list(incident.responders),
        "void": incident.void,
        "duplicate_of": outline.duplicate_of,
        "repeat_of": outline.repeat_of,
        "repeat_is_confirmed": incident.repeat_is_confirmed and outline.repeat_of is not None,
        "updates": {
            "due": incident.cadence.intervals,
            "in_time": incident.cadence.kept,
            "longest_silence": _seconds(incident.cadence.longest),
        },
        "timeline": [_line_json(line) for line in dossier.timeline],
        "corrections": [_correction_json(one) for one in dossier.corrections],
        "analysis": _analysis_json(outline.rca) if outline.rca else None,
        "actions": [_action_json(item) for item in dossier.actions],
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "at": _utc(line.at),
        "written_at": _utc(line.said_at),
        "kind": line.kind.value,
        "by": line.author,
        "text": line.text,
    }


def _correction_json(one: Correction) -> dict[str, Any]:
    return {
        "at": _utc(one.at),
        "by": one.who,
        "part": one.part,
        "before": one.before,
        "after": one.after,
        "why": one.why,
    }


def _analysis_json(rca: Rca) -> dict[str, Any]:
    return {
        "state": rca.state.value,
        "owner": rca.owner,
        "due_on": rca.due_on.isoformat() if rca.due_on else None,
        "cause_class": rca.cause_class,
        "factors": list(rca.factors),
        **{name: getattr(rca, name) for name, _ in _ANALYSIS},
    }


def _action_json(item: ActionItem) -> dict[str, Any]:
    due = item.due_on.isoformat() if item.due_on else None
    return {
        "number": item.id,
        "text": item.text,
        "owner": item.owner,
        "due_on": due,
        "state": item.state.value,
    }


# --- Markdown ---

_ANALYSIS = (
    ("summary", "Summary"),
    ("impact", "Impact"),
    ("detection", "Detection"),
    ("root_cause", "Root cause"),
    ("went_well", "What went well"),
    ("went_badly", "What went badly"),
    ("lucky", "Where we got lucky"),
    ("no_action", "Why no action is needed"),
)


def incidents_markdown(
    dossiers: Sequence[Dossier], severities: Severities, zone: ZoneInfo, title: str
) -> str:
    """Return several incidents as one Markdown text under a title."""
    if not dossiers:
        return f"# {markdown.escaped(title)}\n\nNo incident.\n"
    parts = [_document(each, severities, zone, level=2) for each in dossiers]
    return "\n".join([f"# {markdown.escaped(title)}\n", *parts])


def incident_markdown(
    dossier: Dossier,
    severities: Severities,
    zone: ZoneInfo,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return everything about an incident as Markdown, its times in a zone; `names` is what people are called, by id."""
    known = {who: f"@{markdown.escaped(name)}" for who, name in (names or {}).items()}
    text = _document(dossier, severities, zone, level=1)
    return _ACCOUNT.sub(lambda found: known.get(found[1], found[0]), text)


def file_name(incident: Incident) -> str:
    """Return what an incident's file is called: inc-007.md."""
    return f"{incident.label.lower()}.md"


def _document(dossier: Dossier, severities: Severities, zone: ZoneInfo, *, level: int) -> str:
    incident = dossier.incident
    below = "#" * (level + 1)
    lines = [
        f"{'#' * level} {incident.label} {markdown.escaped(incident.title)}",
        "",
        *_facts(dossier, severities),
        *_section(f"{below} Times", _times(incident, zone)),
        *_section(f"{below} Timeline", _timeline(dossier.timeline, zone)),
        *_section(f"{below} Corrections", _corrections(dossier.corrections, severities, zone)),
        *_section(f"{below} Root cause analysis", _analysis(dossier.outline.rca)),
        *_section(f"{below} Actions", _actions(dossier.actions)),
    ]
    return "\n".join(lines) + "\n"


def _section(heading: str, lines: Iterable[str]) -> list[str]:
    return ["", heading, "", *(list(lines) or [_NONE])]


def _facts(dossier: Dossier, severities: Severities) -> Iterator[str]:
    incident, outline = dossier.incident, dossier.outline
    severity = severities.of(incident.severity).name
    yield f"- State: {_state(incident)}"
    yield f"- Severity: {markdown.escaped(severity)}"
    yield f"- Affected: {markdown.escaped(', '.join(incident.services)) or 'not said'}"
    if incident.customers and incident.effect:
        yield f"- Customers: {incident.customers}, effect: {incident.effect}"
    yield f"- Noticed by: {incident.noticed or _UNKNOWN}"
    yield f"- Lead: {_person(incident.lead) if incident.lead else 'nobody'}"
    if incident.comms:
        yield f"- Communication: {_person(incident.comms)}"
    if incident.responders:
        yield f"- Responders: {', '.join(map(_person, incident.responders))}"
    if outline.duplicate_of:
        yield f"- The same as {outline.duplicate_of}"
    if outline.repeat_of:
        yield f"- Repeats {outline.repeat_of}, {'confirmed' if incident.repeat_is_confirmed else 'not confirmed'}"
    if incident.is_backdated:
        yield "- Written down afterwards"


def _times(incident: Incident, zone: ZoneInfo) -> list[str]:
    times = incident.times
    rows = [
        (words, show_moment(at, zone) if (at := times.at(moment)) else _UNKNOWN)
        for moment, words in _MOMENTS.items()
    ]
    if times.fired:
        rows.insert(1, ("Its first alert fired", show_moment(times.fired, zone)))
    if times.reopened:
        rows.append(("Came back", f"{show_moment(times.reopened, zone)}, {incident.reopens}×"))
    spans = (
        ("Start to detection", times.to_detect),
        ("Detection to resolution", times.to_resolve),
        ("Start to mitigation", times.to_mitigate),
    )
    rows += [(words, _span(took)) for words, took in spans]
    return markdown.table(("What", "When"), rows)


def _timeline(lines: Iterable[Line], zone: ZoneInfo) -> Iterator[str]:
    for line in lines:
        late = f" (written {show_moment(line.said_at, zone)})" if line.is_backdated else ""
        words = markdown.cell(_named(line.text))
        yield f"- {show_moment(line.at, zone)}{late}, {_person(line.author)}, {line.kind}: {words}"


def _corrections(
    corrections: Iterable[Correction], severities: Severities, zone: ZoneInfo
) -> Iterator[str]:
    for one in corrections:
        why = f"; {markdown.cell(one.why)}" if one.why else ""
        sides = " → ".join(
            _side(one.part, side, severities, zone) for side in (one.before, one.after)
        )
        yield f"- {show_moment(one.at, zone)}, {_person(one.who)}: {markdown.escaped(one.part)} {sides}{why}"


def _side(part: str, text: str | None, severities: Severities, zone: ZoneInfo) -> str:
    """Return one side of a correction; an instant in a zone."""
    if text is None:
        return "nothing"
    if (name := value_name(part, text, severities)) is not None:
        return markdown.cell(name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return markdown.cell(text)
    return show_moment(at, zone) if at.tzinfo else markdown.cell(text)


def _analysis(rca: Rca | None) -> Iterator[str]:
    if rca is None:
        return
    due = f", due {rca.due_on}" if rca.due_on else ""
    yield f"{rca.state.value.replace('_', ' ').capitalize()}, owner {_person(rca.owner)}{due}"
    for name, heading in _ANALYSIS:
        if text := getattr(rca, name):
            yield f"\n**{heading}**\n\n{markdown.paragraph(text)}"
        if name == "detection" and rca.factors:
            factors = "\n".join(f"- {markdown.escaped(factor)}" for factor in rca.factors)
            yield f"\n**Contributing factors**\n\n{factors}"
    if rca.cause_class:
        yield f"\nKind of cause: {rca.cause_class.value.replace('_', ' ')}"


def _actions(items: Iterable[ActionItem]) -> Iterator[str]:
    for item in items:
        due = f", due {item.due_on}" if item.due_on else ""
        yield f"- #{item.id} {markdown.cell(item.text)} ({_person(item.owner)}{due}, {item.state})"


def _state(incident: Incident) -> str:
    match incident.void:
        case Void.DUPLICATE:
            return "duplicate, in no figure"
        case Void.FALSE_ALARM:
            return "false alarm, in no figure"
    return incident.state.value


def _person(who: str) -> str:
    return f"@{markdown.escaped(who)}"


def _named(text: str) -> str:
    """Return the bot's own words with people as a file can name them."""
    return _PERSON.sub(r"@\1", text)


def _span(took: timedelta | None) -> str:
    return format_duration(took.total_seconds()) if took is not None else _UNKNOWN


def _seconds(took: timedelta | None) -> int | None:
    return took // timedelta(seconds=1) if took is not None else None


def _utc(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""
