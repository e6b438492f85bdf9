"""Ticket volume and resolution times since the last meeting (playbook 4.3: review ticket volume and resolution times)."""

from collections.abc import Sequence
from datetime import date

from bot.blocks.figures import show_change, show_count
from bot.domain.agenda import Live, Scene, Session
from bot.domain.duration import format_duration
from bot.domain.period import Period
from bot.domain.snapshot import Snapshot, take_snapshot
from bot.domain.span import between

_LONGEST_DAYS = 92


def tell(session: Session, scene: Scene) -> Sequence[str]:
    """Return how many tickets came in and how long solving took, over the days since the last meeting."""
    period = _since(scene)
    told = []
    for slug, sentence in (("ticket_volume", _volume), ("resolution_time", _resolution)):
        kpi = scene.counting.kpis.get(slug)
        if kpi is not None:
            shot = take_snapshot(
                session, scene.counting, kpi, period, as_of=scene.as_of, team=scene.team
            )
            told += sentence(shot)
    return told


def _since(scene: Scene) -> Period:
    """Return the days from that of the last meeting to yesterday; yesterday alone where they met then or later."""
    zone = scene.counting.zone
    today = scene.as_of.astimezone(zone).date()
    first = max(
        scene.since.astimezone(zone).date(), date.fromordinal(today.toordinal() - _LONGEST_DAYS)
    )
    last = date.fromordinal(today.toordinal() - 1)
    return between(min(first, last), last)


def _volume(shot: Snapshot) -> list[str]:
    if not shot.figure.n:
        return []
    change = show_change(shot.kpi.unit, shot.change)
    days = shot.compared_with.length
    before = "the day before that" if days == 1 else f"the {days} days before"
    against = f", {change} against {before}" if change else ""
    return [f"{show_count(shot.figure.n, 'tickets')} created {_over(shot)}{against}"]


def _resolution(shot: Snapshot) -> list[str]:
    told = []
    if shot.figure.value is not None:
        change = show_change(shot.kpi.unit, shot.change)
        told.append(
            f"Critical tickets solved in {format_duration(shot.figure.value)} (median of {shot.figure.n:,})"
            + (f", {change}" if change else "")
        )
    for part in shot.lines:
        if part.measure.name == "all" and part.figure.value is not None:
            told.append(
                f"All tickets solved in {format_duration(part.figure.value)} (median of {part.figure.n:,})"
            )
        if part.measure.name == "open" and part.figure.n and not part.pending:
            told.append(
                f"{show_count(part.figure.n, 'critical tickets')} past the target and still open"
            )
    return told


def _over(shot: Snapshot) -> str:
    days = shot.window.length
    return "on the day before" if days == 1 else f"in the last {days} days"


LIVE = Live(heading="Tickets", tell=tell)
