"""Incidents since the series' last meeting, open ones, and analyses (playbook 4.2 and 4.4: incident review)."""

from collections.abc import Collection, Sequence
from datetime import date

from bot.blocks.kit import truncate
from bot.domain.agenda import Live, Scene, Session
from bot.domain.duration import format_duration
from bot.domain.incident import EVERYBODY, Incident, has_incidents, touched_since
from bot.domain.rca import Rca, find_rcas, waiting
from bot.vocabulary import RcaState

_SERVICES_SHOWN = 2
_LONGEST_CAUSE = 60


def tell(session: Session, scene: Scene) -> Sequence[str]:
    """Return how many there were, then a line for each: what is open first, then the worst."""
    found = touched_since(session, EVERYBODY, scene.since, scene.as_of)
    if not found:
        is_news = has_incidents(session, EVERYBODY)  # where nobody files any, it would say nothing
        return ["No incidents since the last meeting."] if is_news else []
    still_open = sum(_was_open(each, scene) for each in found)
    began = sum(each.times.began > scene.since for each in found)
    summary = (
        f"{began or 'No'} incident{'' if began == 1 else 's'} began since the last meeting, "
        f"{len(found) - still_open or 'none'} resolved; {still_open or 'none'} open."
    )
    rcas = find_rcas(session, found, EVERYBODY)
    in_order = sorted(found, key=lambda each: (not _was_open(each, scene), each.severity, -each.id))
    told = [_line(each, scene) + _analysis(rcas.get(each.id), scene) for each in in_order]
    return [summary, *told, *_overdue(session, scene, {each.id for each in found})]


def _overdue(session: Session, scene: Scene, told: Collection[int]) -> list[str]:
    """Return the analyses of earlier incidents that are late."""
    today = _today(scene)
    late = [rca for rca in waiting(session, EVERYBODY) if rca.is_overdue(today)]
    return [
        f"Analysis of {rca.incident.label} {rca.incident.title}: overdue since {_day(rca)}"
        for rca in late
        if rca.incident.id not in told and rca.incident.times.began <= scene.as_of
    ]


def _analysis(rca: Rca | None, scene: Scene) -> str:
    """Return how far the analysis of a cause has come, as the end of a line."""
    if rca is None:
        return ""
    if rca.reviewed_at is not None and rca.reviewed_at <= scene.as_of:
        return f"; cause: {truncate(rca.root_cause or 'not said', _LONGEST_CAUSE)}"
    if rca.state is not RcaState.DRAFT:
        return "; analysis in review"
    if rca.due_on is None:
        return "; being analysed"
    verb = "overdue since" if rca.is_overdue(_today(scene)) else "due"
    return f"; analysis {verb} {_day(rca)}"


def _today(scene: Scene) -> date:
    return scene.as_of.astimezone(scene.counting.zone).date()


def _day(rca: Rca) -> str:
    return f"{rca.due_on.day} {rca.due_on:%B}" if rca.due_on else "some time"


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
