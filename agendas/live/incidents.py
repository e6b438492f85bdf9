"""Incidents since the series' last meeting, and those that are open (playbook 4.2 and 4.4: incident review)."""

from collections.abc import Sequence

from bot.domain.agenda import Live, Scene, Session
from bot.domain.duration import format_duration
from bot.domain.incident import EVERYBODY, Incident, has_incidents, touched_since

_SERVICES_SHOWN = 2


def tell(session: Session, scene: Scene) -> Sequence[str]:
    """Return how many there were, then a line for each: what is open first, then the worst."""
    found = touched_since(session, EVERYBODY, scene.since, scene.as_of)
    if not found:
        is_news = has_incidents(session, EVERYBODY)  # where nobody files any, it would say nothing
        return ["No incidents since the last meeting."] if is_news else []
    still_open = sum(_was_open(each, scene) for each in found)
    count = f"{len(found)} incident{'' if len(found) == 1 else 's'} since the last meeting"
    summary = f"{count}, {still_open} still open." if still_open else f"{count}, all resolved."
    in_order = sorted(found, key=lambda each: (not _was_open(each, scene), each.severity, -each.id))
    return [summary, *(_line(each, scene) for each in in_order)]


def _line(incident: Incident, scene: Scene) -> str:
    affected = f" ({', '.join(incident.services[:_SERVICES_SHOWN])})" if incident.services else ""
    return f"{incident.label} {incident.severity.upper()} {incident.title}{affected}: {_course(incident, scene)}"


def _course(incident: Incident, scene: Scene) -> str:
    times = incident.times
    if _was_open(incident, scene):
        return f"open for {format_duration((scene.as_of - times.began).total_seconds())}"
    parts = ["came back, resolved" if incident.reopens else "resolved"]
    if times.to_resolve is not None:
        parts.append(f"in {format_duration(times.to_resolve.total_seconds())}")
    if times.to_detect is not None:
        parts.append(f"after {format_duration(times.to_detect.total_seconds())} to detect")
    return " ".join(parts)


def _was_open(incident: Incident, scene: Scene) -> bool:
    ended = incident.times.resolved
    return ended is None or ended > scene.as_of


LIVE = Live(heading="Incidents", tell=tell)
