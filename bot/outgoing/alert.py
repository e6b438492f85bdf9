"""What Alertmanager pushes: each push is taken in one transaction, and opens, feeds or ends incidents.

An alert that is not known opens an incident, unless another of the same push belongs to one that is open: then it joins
that. What ends with its alerts is an incident that nobody leads; where somebody does, they are told.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.blocks import incident_alert as blocks
from bot.domain import incident_work, timeline
from bot.domain.alert import (
    WATCHMAN,
    Alert,
    Push,
    Unreadable,
    declaration_of,
    read_push,
    stated_start,
)
from bot.domain.incident import EVERYBODY, HOUSE, Incident, find_incident, incident_of
from bot.domain.incident_work import Work
from bot.hook import Hook
from bot.outgoing import incident as outgoing
from bot.services import Services
from bot.storage import incident as incidents
from bot.storage import incident_alert as rows
from bot.storage.database import is_in_the_way
from bot.storage.incident_alert import AlertRow
from bot.vocabulary import Entry, Moment, Role

PATH = "/hooks/alertmanager"

_RACES = 5
_AGAIN_AFTER = timedelta(minutes=1)  # sooner, it is the same push once more
_LATE = timedelta(minutes=2)  # a push that was overtaken by the one that ended its alert
_MOST_LINES = 20
_TOO_BUSY = "Others are telling me of the same alerts just now; tell me again."


class Overtaken(Exception):
    """Another push has opened an incident for the same alert meanwhile, or somebody has said that one is another."""


@dataclass(slots=True)
class Count:
    """What became of the alerts of one push."""

    opened: int = 0
    known: int = 0
    ended: int = 0
    ignored: int = 0

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"{self.opened} new, {self.known} known, {self.ended} ended, {self.ignored} ignored."


def hook(services: Services) -> Hook:
    """Return what takes Alertmanager's pushes."""

    async def take(_: Mapping[str, str], body: Any) -> tuple[int, str]:
        try:
            push = read_push(body)
        except Unreadable as unreadable:
            return 400, unreadable.sentence
        for _race in range(_RACES):
            try:
                return 200, str(await services.write(take_push, services, push))
            except Overtaken:
                continue
            except DBAPIError as error:  # the server ends one of two that wait for each other
                if not is_in_the_way(error):
                    raise
        return 503, _TOO_BUSY

    return take


def take_push(session: Session, services: Services, push: Push) -> Count:
    """Let a push open, feed and end incidents; `Overtaken` where another did the same at the same moment."""
    return _Push(session, services, push).take()


class _Push:
    """One push, in one transaction."""

    def __init__(self, session: Session, services: Services, push: Push) -> None:
        self.session, self.services, self.push = session, services, push
        self.now = services.now(session)
        self.alerts = push.by_fingerprint()
        self.known = rows.firing(session, [alert.fingerprint for alert in self.alerts])
        self.ended = self._ended_before()
        self.count = Count()
        self._lock()

    def _ended_before(self) -> dict[str, AlertRow]:
        """Return how the alerts that fire anew ended last."""
        new = [one for one in self.alerts if one.is_firing and one.fingerprint not in self.known]
        ended = (rows.last_ended(self.session, alert.fingerprint) for alert in new)
        return {row.fingerprint: row for row in ended if row is not None}

    def _lock(self) -> None:
        """Keep others from changing what the alerts are about, in the order in which people lock two incidents at once.

        `Overtaken` where somebody has made one the duplicate of another before all were locked.
        """
        concerned = self._concerned()
        for one in sorted(concerned):
            incidents.locked_row(self.session, one, HOUSE)
        if not self._concerned() <= concerned:
            raise Overtaken

    def _concerned(self) -> set[int]:
        """Return the incidents that the alerts have or had, and which of them is meant by a duplicate."""
        own = {row.incident_id for row in (*self.known.values(), *self.ended.values())}
        return own | {self._meant(one).id for one in own}

    def take(self) -> Count:
        """Deal with every alert."""
        firing = [alert for alert in self.alerts if alert.is_firing]
        new = [alert for alert in firing if self._is_new(alert)]
        self._hear_again([one for one in firing if one.fingerprint in self.known])
        if new:
            self._keep(new)
        self._end([alert for alert in self.alerts if not alert.is_firing])
        return self.count

    # --- New ones ---

    def _is_new(self, alert: Alert) -> bool:
        """Return whether an alert has to have an incident; one that fired before its incident ended and again now has."""
        row = self.known.get(alert.fingerprint)
        if row is None:
            is_late = self._is_late(alert)
            self.count.ignored += is_late
            return not is_late
        incident, began = self._meant(row.incident_id), alert.began(self.now)
        over = incident.times.resolved if incident.void is None else None
        if incident.is_open or began <= max(over or row.started_at, row.started_at):
            return False
        ended = max(over or row.heard_at, row.started_at)
        row.is_firing, row.ended_at = False, ended  # nobody told us of its end
        self.session.flush()
        self.ended[alert.fingerprint] = self.known.pop(alert.fingerprint)
        return True

    def _is_late(self, alert: Alert) -> bool:
        row = self.ended.get(alert.fingerprint)
        is_same = row is not None and row.started_at == alert.began(self.now)
        return row is not None and is_same and row.heard_at > self.now - _LATE

    def _keep(self, new: Sequence[Alert]) -> None:
        """Let new alerts join the open incident of their group, or open one."""
        joined = self._open_one()
        incident = joined or self._declare(new)
        for alert in new:
            began = alert.began(self.now)
            args = (self.session, incident.id, alert.fingerprint, began, self.now)
            if not rows.add_firing(*args):
                raise Overtaken
        self.count.opened += len(new)
        work = self._work(incident.id)
        if joined is not None:
            fired = min(alert.began(self.now) for alert in new)
            incident_work.hear_alert(work, fired, stated_start(new, fired, self.now))
        for alert in new[:_MOST_LINES]:
            line = alert.line.replace(alert.title, self.push.name(alert), 1)
            self._write(work, f"firing: {line}", alert.began(self.now))
        if len(new) > _MOST_LINES:
            self._write(work, f"and {len(new) - _MOST_LINES} more alerts", self.now)
        outgoing.refresh(self.session, self.services, work.done())

    def _open_one(self) -> Incident | None:
        """Return the open incident of another alert of the group; one that is restricted takes in nothing new."""
        ids = sorted({row.incident_id for row in self.known.values()})
        found = map(self._meant, ids)
        return next((one for one in found if one.is_open and not one.is_restricted), None)

    def _declare(self, new: Sequence[Alert]) -> Incident:
        services = self.services
        said = declaration_of(
            self.push, new, services.settings.services, services.severities, self.now
        )
        before = self._before(new)
        incident = outgoing.declare(
            self.session, services, said, WATCHMAN, f"alert:{_token()}", self.now
        )
        if before is not None and before.times.began < incident.times.began:
            work = self._work(incident.id)
            incident = incident_work.mark_repeat(work, before, is_confirmed=False)
        return incident

    def _before(self, new: Sequence[Alert]) -> Incident | None:
        """Return the incident that the same alert opened last, if that was not long ago and everybody may see it."""
        since = self.now - timedelta(days=self.services.settings.incidents.repeat_days)
        for alert in new:
            row = self.ended.get(alert.fingerprint)
            if row is None or row.ended_at is None or row.ended_at < since:
                continue
            found = self._seen_by_all(row.incident_id)
            if found is not None and found.duplicate_of is not None:
                found = self._seen_by_all(found.duplicate_of)
            if found is not None and found.void is None:
                return found
        return None

    # --- Known ones ---

    def _hear_again(self, alerts: Sequence[Alert]) -> None:
        """Count alerts that fire still; their timelines say so."""
        self.count.known += len(alerts)
        for incident_id, some in self._by_incident(alerts):
            again = [one for one in some if self._count_again(self.known[one.fingerprint])]
            if not again:
                continue
            work = self._work(incident_id)
            for alert in again[:_MOST_LINES]:
                times = self.known[alert.fingerprint].times
                self._write(
                    work, f"still firing ({times} times): {self.push.name(alert)}", self.now
                )
            if work.incident.void is None and not work.incident.is_open:
                self._tell_that_it_fires(work.incident, again[0])

    def _count_again(self, row: AlertRow) -> bool:
        """Count that an alert was heard of; return False where it is the same push once more."""
        is_news = row.heard_at <= self.now - _AGAIN_AFTER
        row.times, row.heard_at = row.times + 1, self.now
        return is_news

    def _tell_that_it_fires(self, incident: Incident, alert: Alert) -> None:
        row = self.known[alert.fingerprint]
        message = blocks.still_message(incident, alert.title)
        key = f"still:{row.id}:{row.times}"
        outgoing.tell(self.session, self.services, incident, message, key, broadcast=True)

    # --- Those that have ended ---

    def _end(self, alerts: Sequence[Alert]) -> None:
        known = [alert for alert in alerts if alert.fingerprint in self.known]
        self.count.ended += len(known)
        self.count.ignored += len(alerts) - len(known)
        for incident_id, some in self._by_incident(known):
            work = self._work(incident_id)
            for alert in some:
                row, at = self.known[alert.fingerprint], alert.ended(self.now)
                row.is_firing, row.ended_at, row.heard_at = False, max(at, row.started_at), self.now
            self.session.flush()
            for alert in some[:_MOST_LINES]:
                self._write(work, f"ended: {self.push.name(alert)}", alert.ended(self.now))
            if not rows.fire_still(self.session, incident_id):
                self._all_over(work.done())

    def _all_over(self, incident: Incident) -> None:
        """Resolve an incident whose alerts have all ended, if nobody leads it; else tell whoever does."""
        if not incident.is_open:
            return
        at = rows.ended_last_at(self.session, incident.id) or self.now
        if incident.lead is not None:
            key = f"alerts-over:{at.timestamp():.0f}"
            message = blocks.over_message(incident)
            outgoing.tell(self.session, self.services, incident, message, key)
            return
        if incident.times.but({Moment.RESOLVED: at}).wrong(self.now):
            at = self.now  # somebody has said something that happened after the alerts' end
        # What nobody but monitoring has touched, monitoring may end.
        work = self._work(incident.id, may_end=True)
        severities = self.services.severities
        done = incident_work.resolve(work, severities, {Moment.RESOLVED: at})
        outgoing.refresh(self.session, self.services, done)

    # --- All ---

    def _by_incident(self, alerts: Sequence[Alert]) -> list[tuple[int, list[Alert]]]:
        found: dict[int, list[Alert]] = {}
        for alert in alerts:
            found.setdefault(self.known[alert.fingerprint].incident_id, []).append(alert)
        return sorted(found.items())

    def _work(self, incident_id: int, *, may_end: bool = False) -> Work:
        by = replace(WATCHMAN, role=Role.MANAGER) if may_end else WATCHMAN
        return Work(self.session, incident_id, by, HOUSE, f"alert:{_token()}", self.now)

    def _write(self, work: Work, text: str, at: datetime) -> None:
        timeline.write(self.session, work.row, Entry.ALERT, WATCHMAN.id, text, self.now, at=at)

    def _incident(self, incident_id: int) -> Incident:
        return find_incident(self.session, incident_id, HOUSE)

    def _meant(self, incident_id: int) -> Incident:
        """Return an incident or, where it is a duplicate, the one that it is the same as."""
        incident = self._incident(incident_id)
        while incident.duplicate_of is not None:
            incident = self._incident(incident.duplicate_of)
        return incident

    def _seen_by_all(self, incident_id: int) -> Incident | None:
        row = incidents.find_row(self.session, incident_id, EVERYBODY)
        return incident_of(self.session, row) if row else None


def _token() -> str:
    return secrets.token_hex(8)
