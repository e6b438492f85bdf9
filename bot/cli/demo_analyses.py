"""The demo's root cause analyses: written, reviewed and followed in the past by the house's own rules."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot import clock
from bot.domain import action
from bot.domain import rca_work as work
from bot.domain.action import ActionDraft
from bot.domain.action_item import ActionItem
from bot.domain.incident import HOUSE, Incident, find_incident
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.rca import Rca, find_rca
from bot.domain.rca_look import answer, plan
from bot.domain.rca_work import Page, fingerprint, values_of
from bot.services import Services
from bot.vocabulary import CauseClass, Role
from bot.workspace.company import ANA
from bot.workspace.incident_story import Cause

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WRITTEN, _SUBMITTED, _REVIEWED = _DAY, 2 * _DAY, 4 * _DAY  # after the resolution
_DONE, _VERIFIED, _DUE = 9 * _DAY, 12 * _DAY, 14 * _DAY
_LEFT_TO_ASK = 3 * _DAY  # a question younger than this is asked while somebody looks on


def analyse(
    session: Session,
    services: Services,
    incident: Incident,
    cause: Cause,
    now: datetime,
    *,
    is_late: bool = False,
) -> None:
    """Let the lead of a resolved incident analyse its cause, as far as there has been time for it.

    Of one that `is_late` nothing was written yet.
    """
    _Analysis(session, services, incident, cause, now).live(is_late=is_late)


class _Analysis:
    """One analysis, lived through step by step."""

    def __init__(
        self,
        session: Session,
        services: Services,
        incident: Incident,
        cause: Cause,
        now: datetime,
    ) -> None:
        if incident.times.resolved is None:
            raise AssertionError("only what is over is analysed")
        self._session, self._services, self._cause, self._now = session, services, cause, now
        self._incident, self._resolved = incident, incident.times.resolved
        self._owner = _person(incident.lead or ANA)
        self._presses = 0

    def live(self, *, is_late: bool) -> None:
        """Appoint, write, submit, review, and see to what was decided."""
        with clock.stopped_at(self._resolved + _HOUR):
            by, severities = _person("U0MARCUS"), self._services.severities
            at = self._resolved + _HOUR
            work.appoint(self._session, self._incident, self._owner, by, HOUSE, severities, at)
        if is_late or not self._has_passed(_WRITTEN):
            return
        with clock.stopped_at(self._resolved + _WRITTEN):
            item = self._write()
        if self._has_passed(_SUBMITTED):
            work.submit(self._work(self._owner, _SUBMITTED), HOUSE)
        if self._has_passed(_REVIEWED):
            work.review(self._work(_person(ANA), _REVIEWED), HOUSE)
            self._follow(item)

    def _write(self) -> ActionItem:
        cause = self._cause
        self._save(Page.HAPPENED, summary=f"{self._incident.title}. {cause.root}.")
        self._save(
            Page.DETECTION, detection="An alert on what customers feel would halve the time."
        )
        self._save(
            Page.CAUSES,
            factors="\n".join(cause.factors or (cause.root,)),
            cause_class=CauseClass(cause.kind),
            root_cause=cause.root,
        )
        self._save(Page.LESSONS, went_well="Whoever was called came at once.")
        due = (self._resolved + _DUE).date()
        draft = ActionDraft(text=cause.action, owner=cause.owner, due=due)
        doing = self._work(self._owner, _WRITTEN)
        trigger = f"demo:action:{self._incident.id}"
        return work.plan_action(doing, draft, _person(cause.owner), trigger, None, None, HOUSE)

    def _save(self, page: Page, **values: str) -> None:
        doing = self._work(self._owner, _WRITTEN)
        kept = values_of(self._rca(), page)
        wanted = {**kept, **values}
        work.save_page(doing, page, wanted, fingerprint(kept), HOUSE)

    def _follow(self, item: ActionItem) -> None:
        """Let what was decided be done and verified, and answer whether it came back."""
        session, staff = self._session, self._services.staff
        if not self._has_passed(_VERIFIED):
            return
        with clock.stopped_at(self._resolved + _DONE):
            owner = _person(item.owner)
            action.mark_done(session, item.id, owner, f"demo:done:{item.id}", staff)
        with clock.stopped_at(self._resolved + _VERIFIED):
            action.verify(session, item.id, _person(ANA), f"demo:verified:{item.id}")
        plan(session, self._incident.id, staff)
        for look in self._rca().looks:
            asked = datetime.combine(look.due_on, datetime.min.time(), ZoneInfo("UTC")) + 10 * _HOUR
            if asked < self._now - _LEFT_TO_ASK:
                answer(self._work(self._owner, asked - self._resolved), look.days, None, HOUSE)

    def _rca(self) -> Rca:
        incident = find_incident(self._session, self._incident.id, HOUSE)
        found = find_rca(self._session, incident, HOUSE)
        if found is None:
            raise AssertionError("somebody has been appointed")
        return found

    def _has_passed(self, after: timedelta) -> bool:
        return self._resolved + after < self._now

    def _work(self, by: Person, after: timedelta) -> Work:
        self._presses += 1
        press = f"demo:rca:{self._incident.id}:{self._presses}"
        at = self._resolved + after
        return Work(self._session, self._incident.id, by, HOUSE, press, at)


def _person(user_id: str) -> Person:
    return Person(user_id, user_id, Role.MANAGER, ZoneInfo("UTC"))
