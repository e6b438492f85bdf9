"""What a report tells of a period's incidents beside their figures: causes, plans, how people were told, what is missing.

Read for everybody, as all that a report tells.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.action_item import ActionItem
from bot.domain.action_list import for_sources
from bot.domain.incident import EVERYBODY, Incident, incidents_of
from bot.domain.incident_figures import IncidentFigures, figures_for
from bot.domain.rca import Rca, find_rcas, source_ref
from bot.storage import rca as rca_rows
from bot.storage.incident import IncidentRow, RcaRow
from bot.vocabulary import ActionState, IncidentKind, RcaState

_UNREVIEWED = (RcaState.DRAFT, RcaState.IN_REVIEW)

RELIABLE = 0.8
"""The share of incidents of which something must be known for a figure of it to be relied on."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def percent(self) -> float | None:
        """The share in percent; None where there is nothing to take one of."""
        return 100 * self.hits / self.of if self.of else None

    @property
    def is_reliable(self) -> bool:
        """Whether enough is known for a figure to rest on it."""
        return self.hits >= RELIABLE * self.of


@dataclass(frozen=True, slots=True)
class Quality:
    """Of how many of the resolved incidents it is known when they were noticed and began, why, and what is done."""

    detected: Share
    started: Share
    cause: Share
    plan: Share


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """All that is told of a period's incidents. `listed` began or were resolved in it; `overdue` are analyses, by now."""

    figures: IncidentFigures
    listed: tuple[Incident, ...]
    rcas: Mapping[int, Rca]
    plans: Mapping[int, tuple[ActionItem, ...]]
    overdue: tuple[Rca, ...]

    def cause(self, incident: Incident) -> str | None:
        """Return why it happened, as far as an analysis says."""
        rca = self.rcas.get(incident.id)
        return rca.root_cause if rca else None

    def plan(self, incident: Incident) -> str | None:
        """Return what is done about it, or why nothing has to be; None where nobody has said."""
        if items := self.plans.get(incident.id):
            return "; ".join(item.text for item in items)
        rca = self.rcas.get(incident.id)
        return f"none needed: {rca.no_action}" if rca and rca.no_action else None

    @property
    def reopened(self) -> Share:
        """How many of those resolved had come back before."""
        resolved = self.figures.resolved
        return Share(sum(each.reopens > 0 for each in resolved), len(resolved))

    @property
    def updates(self) -> Share:
        """How many of the updates that were due came in time, while those resolved were going on."""
        told = [each.cadence for each in self.figures.resolved]
        return Share(sum(one.kept for one in told), sum(one.intervals for one in told))

    @property
    def longest_silence(self) -> tuple[Incident, timedelta] | None:
        """In which of those resolved people waited longest for an update, and how long."""
        told = [each for each in self.figures.resolved if each.cadence.longest]
        if not told:
            return None
        worst = max(told, key=lambda each: (each.cadence.longest, -each.id))
        return worst, worst.cadence.longest

    @property
    def quality(self) -> Quality:
        """What is known of those resolved."""
        return Quality(
            self._known(lambda each: each.times.detected is not None),
            self._known(lambda each: each.times.started is not None),
            self._known(lambda each: self.cause(each) is not None),
            self._known(lambda each: self.plan(each) is not None),
        )

    def _known(self, is_known: Callable[[Incident], bool]) -> Share:
        resolved = self.figures.resolved
        return Share(sum(map(is_known, resolved)), len(resolved))


def report_incidents(
    session: Session, start: datetime, end: datetime, repeat_within: timedelta, today: date
) -> IncidentReport:
    """Return what is told of the incidents from `start` up to `end`; what is overdue is so on `today`."""
    figures = figures_for(session, start, end, repeat_within)
    by_id = {each.id: each for each in (*figures.began, *figures.resolved)}
    listed = sorted(by_id.values(), key=lambda each: (each.times.began, each.id))
    return IncidentReport(
        figures,
        tuple(listed),
        find_rcas(session, listed, EVERYBODY),
        plans_of(session, listed),
        overdue_analyses(session, today, end),
    )


def overdue_analyses(session: Session, today: date, end: datetime) -> tuple[Rca, ...]:
    """Return the analyses that nobody has reviewed by their day, of what had been resolved by `end`, the latest first."""
    is_late = (RcaRow.state.in_(_UNREVIEWED), RcaRow.due_on < today, IncidentRow.resolved_at < end)
    counts = (IncidentRow.kind == IncidentKind.REAL, IncidentRow.void.is_(None))
    found = rca_rows.find_incidents_with_rca(session, EVERYBODY, *is_late, *counts)
    return tuple(find_rcas(session, incidents_of(session, found), EVERYBODY).values())


def plans_of(session: Session, shown: Sequence[Incident]) -> dict[int, tuple[ActionItem, ...]]:
    """Return what is done about incidents that everybody may see, without what was dropped, by their ids."""
    refs = {source_ref(each.id): each.id for each in shown}
    return {
        refs[ref]: tuple(item for item in items if item.state is not ActionState.DROPPED)
        for ref, items in for_sources(session, list(refs), None).items()
    }
