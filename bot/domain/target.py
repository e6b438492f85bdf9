"""Targets: what is asked for, who asks for it, and changing it.

A manager's change in Slack wins over `app.yaml`, and that over the KPI's own default (the playbook's figure).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot import clock
from bot.domain.kpi import Kpi, Source
from bot.domain.once import once
from bot.domain.person import Person
from bot.errors import Refused
from bot.storage import audit
from bot.storage import target as targets
from bot.storage.ticket import TARGETS, lock_ledger
from bot.vocabulary import Role, Unit

_WHAT = "kpi target"


@dataclass(frozen=True, slots=True)
class Counting:
    """What the organisation counts by: its KPIs, the zone that decides what a day is, the critical priorities.

    `defaults` are the targets that `app.yaml` names, in each KPI's own unit. For incidents: the `services` there are,
    how many incidents a trend needs, and within which time the same cause makes a repeat. For surveys: the `teams`.
    """

    kpis: Mapping[str, Kpi]
    zone: ZoneInfo
    critical: frozenset[str]
    defaults: Mapping[str, float]
    services: tuple[str, ...] = ()
    trend_from: int = 20
    repeat_within: timedelta = timedelta(days=90)
    teams: tuple[str, ...] = ()

    @property
    def tallied(self) -> Iterable[Kpi]:
        """The KPIs that are counted into tallies."""
        return (kpi for kpi in self.kpis.values() if kpi.source is Source.TICKETS)


@dataclass(frozen=True, slots=True)
class Target:
    """A target in its KPI's own unit; set by a person in Slack, or a default that `origin` names."""

    value: float
    origin: str
    set_by: str | None = None
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TargetChange:
    """What a change did; None stands for no target at all."""

    kpi: Kpi
    before: Target | None
    after: Target | None


def targets_in_force(session: Session, counting: Counting) -> dict[str, Target | None]:
    """Return the target of every KPI as it is now."""
    kept = targets.read_targets(session)
    return {
        slug: _from_slack(kept[slug]) if slug in kept else _default(kpi, counting)
        for slug, kpi in counting.kpis.items()
    }


def thresholds(session: Session, counting: Counting) -> dict[str, int | None]:
    """Return the targets that durations are counted against, in whole seconds."""
    in_force = targets_in_force(session, counting)
    return {slug: threshold_of(counting.kpis[slug], target) for slug, target in in_force.items()}


def threshold_of(kpi: Kpi, target: Target | None) -> int | None:
    """Return what durations are counted against, in whole seconds; None for a KPI that is no duration."""
    return round(target.value) if target and kpi.unit is Unit.SECONDS else None


def set_target(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    value: float | None,
    by: Person,
    trigger: str,
    instead_of: str | None = None,
) -> TargetChange:
    """Set a target, or return to the default with None; the change is in the audit log.

    Raises `Forbidden` for anybody but a manager, `Refused` where nothing would change or where `instead_of` (as
    `exact` tells a target) is not what stands there now, and `AlreadyDone` when the same `trigger` has set it before.
    """
    by.must_be(Role.MANAGER, "change targets")
    once(session, f"target:{trigger}")
    lock_ledger(session, TARGETS)  # so that nobody changes it between reading and writing
    before = targets_in_force(session, counting)[kpi.slug]
    after = (
        _default(kpi, counting)
        if value is None
        else Target(value, "set in Slack", by.id, clock.now())
    )
    if instead_of is not None and instead_of != exact(kpi, before):
        raise Refused(
            f"{kpi.short}'s target has been changed since. Look at it with `/kpi target {kpi.slug}`."
        )
    if _same(before, after):
        raise Refused(f"Nothing to change: that is {kpi.short}'s target already.")
    _keep(session, kpi, after)
    _log(session, kpi, before, after, by)
    return TargetChange(kpi, before, after)


def target_history(session: Session, kpi: Kpi) -> list[audit.AuditEntry]:
    """Return the last changes of a KPI's target, the newest first."""
    return list(audit.history(session, _WHAT, kpi.slug))


def exact(kpi: Kpi, target: Target | None) -> str:
    """Return a target as a button carries it: `read_target` reads the very same figure from it."""
    if target is None or target.set_by is None:
        return "default"
    return f"{target.value:.15g}{'s' if kpi.unit is Unit.SECONDS else ''}"


def _from_slack(kept: targets.KeptTarget) -> Target:
    return Target(kept.value, "set in Slack", kept.set_by, kept.set_at)


def _default(kpi: Kpi, counting: Counting) -> Target | None:
    if kpi.slug in counting.defaults:
        return Target(counting.defaults[kpi.slug], "app.yaml")
    return None if kpi.target is None else Target(kpi.target, kpi.target_from)


def _same(before: Target | None, after: Target | None) -> bool:
    if before is None or after is None:
        return before is after
    return before.value == after.value and (before.set_by is None) == (after.set_by is None)


def _keep(session: Session, kpi: Kpi, after: Target | None) -> None:
    if after is None or after.set_by is None or after.set_at is None:
        targets.drop_target(session, kpi.slug)
    else:
        targets.keep_target(session, kpi.slug, after.value, after.set_by, after.set_at)


def _log(
    session: Session, kpi: Kpi, before: Target | None, after: Target | None, by: Person
) -> None:
    entry = audit.AuditEntry(clock.now(), by.id, _WHAT, kpi.slug, _plain(before), _plain(after))
    audit.record(session, entry)


def _plain(target: Target | None) -> str | None:
    return None if target is None else f"{target.value:.15g}"
