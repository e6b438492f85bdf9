"""The incidents behind a figure as people see them: in a card's lines, and listed one by one."""

import math
from collections.abc import Iterator, Sequence

from bot.blocks import kit
from bot.blocks.figures import show, show_count, show_value
from bot.blocks.kit import Block, Message
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.incident_figures import Cause
from bot.domain.kpi import Kind
from bot.domain.proof import Exhibit, Proof, Reason
from bot.domain.snapshot import Snapshot
from bot.domain.uptime import ServiceUptime
from bot.vocabulary import Unit

INCIDENTS = "kpi.incidents"
PAGE = 20
_A_SECTION = 5  # incidents; titles may be long
_LONGEST_TITLE, _MOST_SERVICES = 80, 3
_NAMED = 3
_MOST_LINES = 12  # services on a card
_MINUTE = 60

_WORDS = {
    Reason.OPEN: ("still open", "still open"),
    Reason.NO_START: ("with an unknown start", "with an unknown start"),
    Reason.NO_SERVICE: ("with no service named", "with no service named"),
    Reason.BEARABLE: ("harmless to customers", "harmless to customers"),
    Reason.MAINTENANCE: ("within announced maintenance", "within announced maintenance"),
    Reason.DRILL: ("drill", "drills"),
    Reason.DUPLICATE: ("duplicate", "duplicates"),
    Reason.FALSE_ALARM: ("false alarm", "false alarms"),
}
_CAUSES = {
    Cause.REPEAT: "confirmed repeat of {}",
    Cause.SUSPECTED: "may repeat {}; not confirmed",
    Cause.LONG_AGO: "same cause as {}, but that was too long ago",
    Cause.NEW: "new cause",
    Cause.UNCLASSIFIED: "not classified",
}


# --- On a card ---


def too_few(snapshot: Snapshot) -> str:
    """Return in words that so few cannot carry a trend (incidents.md D3)."""
    n, then = snapshot.figure.n, snapshot.previous.n
    if n >= snapshot.trend_from:
        return f"{show_count(then, 'incidents')} in {snapshot.compared_with.label} are too few to compare with; it takes {snapshot.trend_from}"
    if n == 0:
        return f"no incidents, and so no trend; it takes {snapshot.trend_from}"
    are = "is" if n == 1 else "are"
    return f"{show_count(n, 'incidents')} {are} too few to carry a trend; it takes {snapshot.trend_from}"


def coverage(snapshot: Snapshot) -> str:
    """Return of how many it is known: "known for 7 of 9"; nothing where there is nothing to know."""
    proof = snapshot.proof
    if proof is None or snapshot.kpi.main.kind is not Kind.DURATION or not proof.of:
        return ""
    return f"known for {proof.known} of {proof.of}"


def left_out(snapshot: Snapshot) -> str:
    """Return how many were left out and why: "1 still open, 2 with detection unknown, 1 drill"."""
    if snapshot.proof is None:
        return ""
    reasons = snapshot.proof.reasons
    told = [_counted(snapshot, reason, reasons[reason]) for reason in Reason if reasons[reason]]
    return ", ".join(told) or "nothing"


def _counted(snapshot: Snapshot, reason: Reason, n: int) -> str:
    if reason is Reason.UNKNOWN:
        return f"{n} with {snapshot.kpi.main.missing}"
    one, many = _WORDS[reason]
    return f"{n} {one if n == 1 else many}"


def proof_lines(snapshot: Snapshot) -> Iterator[str]:
    """Yield what a card tells of its incidents: the average, those still open, the longest, each service's uptime."""
    proof = snapshot.proof
    if proof is None:
        return
    if snapshot.figure.mean is not None:
        yield f"*{show(Unit.SECONDS, snapshot.figure.mean)}* on average (mean)"
    yield from _still_open(snapshot, proof)
    yield from _service_lines(snapshot, proof)
    longest = [each for each in proof.counted[:_NAMED] if each.seconds is not None]
    if longest:
        named = "; ".join(f"{_name(one.incident)} ({_given(one)})" for one in longest)
        yield f"Longest: {named}"


def _still_open(snapshot: Snapshot, proof: Proof) -> Iterator[str]:
    oldest = proof.oldest_open(snapshot.as_of)
    if oldest is not None:
        age = format_duration(max(0, oldest.total_seconds()))
        n = proof.reasons[Reason.OPEN]
        yield f"*{n}* still open, {'for' if n == 1 else 'the oldest for'} {age}"


def _service_lines(snapshot: Snapshot, proof: Proof) -> Iterator[str]:
    for service in proof.services[:_MOST_LINES]:
        yield _service_line(snapshot, service)
    if (more := len(proof.services) - _MOST_LINES) > 0:
        yield f"and {show_count(more, 'services')} more, none worse"


def _service_line(snapshot: Snapshot, service: ServiceUptime) -> str:
    name = kit.escape(service.service)
    if service.share is None:
        return f"{name}: all of it announced maintenance"
    value = show_value(snapshot.kpi, float(service.share * 100), _target(snapshot))
    down = f"{format_duration(service.down)} down" if service.down else "never down"
    parts = [f"*{value}* {name}", down, *_budget(snapshot, service)]
    if service.maintenance:
        parts.append(f"{format_duration(service.maintenance)} of maintenance taken out")
    return " · ".join(parts)


def _budget(snapshot: Snapshot, service: ServiceUptime) -> Iterator[str]:
    """Yield how many minutes of the budget are left: of what has passed, and of the whole period while it runs."""
    target = _target(snapshot)
    if target is None:
        return
    left = _left(service.left(target))
    if service.whole == service.seconds:
        yield f"{left} its budget" if "over" in left else f"{left} of its budget"
        return
    whole = _left(service.left_of_whole(target))
    yield f"budget so far: {left}; of the whole {_unit(snapshot)}: {whole}"


def _left(seconds: float) -> str:
    """Return seconds of a budget in minutes, cut so that they never seem better than they are."""
    minutes = math.floor(10 * seconds / _MINUTE) / 10
    return f"{-minutes:,.1f} min over" if minutes < 0 else f"{minutes:,.1f} min left"


def _unit(snapshot: Snapshot) -> str:
    kind = snapshot.period.kind.value
    return "period" if kind == "range" else kind


def _target(snapshot: Snapshot) -> float | None:
    return snapshot.target.value if snapshot.target else None


# --- One by one ---


def exhibits_message(snapshot: Snapshot, start: int = 0) -> Message:
    """Return the incidents behind a figure from the one at a place on, and those left out with the reason."""
    proof = snapshot.proof or Proof()
    value = show_value(snapshot.kpi, snapshot.figure.value)
    counted, out = len(proof.counted), len(proof.left_out)
    title = f"Behind {snapshot.kpi.short} · {snapshot.when}"
    said = f"{value}: {show_count(counted, 'incidents')} counted, {out} left out"
    blocks = [kit.header(title), kit.context(f"*{said}*"), *_page(snapshot, proof, start)]
    if not proof.exhibits:
        blocks.append(kit.section("No incidents, neither counted nor left out."))
    return Message(f"{title}: {said}.", blocks)


def _page(snapshot: Snapshot, proof: Proof, start: int) -> Iterator[Block]:
    shown = proof.exhibits[start : start + PAGE]
    counted = [each for each in shown if each.reason is None]
    left = [each for each in shown if each.reason is not None]
    for heading, some in (("Counted", counted), ("Left out", left)):
        if some:
            yield kit.context(f"*{heading}*")
            yield from _sections([_line(snapshot, each) for each in some])


def _sections(lines: Sequence[str]) -> Iterator[Block]:
    for place in range(0, len(lines), _A_SECTION):
        yield kit.section("\n".join(lines[place : place + _A_SECTION]))


def pages(snapshot: Snapshot, start: int, words: str) -> list[Block]:
    """Return the buttons that turn the pages of the list; none where all of it is in sight."""
    total = len(snapshot.proof.exhibits) if snapshot.proof else 0
    places = [("Earlier ones", max(0, start - PAGE), start > 0)]
    rest = total - start - PAGE
    places.append((f"{min(rest, PAGE)} more", start + PAGE, rest > 0))
    buttons = [
        kit.button(label, f"{INCIDENTS}:{place}", value=words)
        for label, place, is_there in places
        if is_there
    ]
    return [kit.actions(buttons)] if buttons else []


def _line(snapshot: Snapshot, exhibit: Exhibit) -> str:
    incident = exhibit.incident
    services = ", ".join(kit.escape(one) for one in incident.services[:_MOST_SERVICES])
    more = len(incident.services) - _MOST_SERVICES
    parts = [
        f"• {_name(incident)}",
        services + (f" and {more} more" if more > 0 else "") or "no service",
        f"*{_why_not(snapshot, exhibit.reason) if exhibit.reason else _given(exhibit)}*",
    ]
    if incident.is_open and not exhibit.reason:
        parts.append("still open")
    if incident.is_backdated:
        parts.append("written down afterwards")
    return " · ".join(parts)


def _name(incident: Incident) -> str:
    title = kit.literal(kit.truncate(incident.title, _LONGEST_TITLE))
    return f"*{incident.label}* {title}"


def _given(exhibit: Exhibit) -> str:
    """Return what an incident gave to a figure: a duration, a duration a service, or its cause."""
    if exhibit.services:
        told = exhibit.services[:_MOST_SERVICES]
        if len(exhibit.incident.services) == 1:
            return format_duration(told[0][1])
        return ", ".join(f"{kit.escape(name)} {format_duration(took)}" for name, took in told)
    if exhibit.seconds is not None:
        return format_duration(exhibit.seconds)
    if exhibit.cause is None:
        return kit.NOTHING
    return _CAUSES[exhibit.cause].format(exhibit.earlier.label if exhibit.earlier else "")


def _why_not(snapshot: Snapshot, reason: Reason) -> str:
    return snapshot.kpi.main.missing if reason is Reason.UNKNOWN else _WORDS[reason][0]
