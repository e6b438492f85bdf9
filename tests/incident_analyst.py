"""Whoever analyses the incidents of the tests: root causes and plans, written by the house's own rules."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import rca_work
from bot.domain.action import ActionDraft
from bot.domain.incident import Incident, find_incident
from bot.domain.incident_work import Work
from bot.domain.rca import find_rca
from bot.domain.severity import Severities, Severity
from bot.storage.database import Database
from bot.storage.incident import Reader
from tests.incident_book import MANAGER

_DUE = Severities({"sev3": Severity("sev3", "SEV3", 0, rca_workdays=5)}, {})
_SEES_ALL = Reader(MANAGER.id, sees_restricted=True)


def analyse(
    database: Database,
    incident: Incident,
    now: datetime,
    *,
    cause: str | None = None,
    plan: str = "",
) -> None:
    """Appoint the manager to a resolved incident and let them write its cause and a plan, as far as they are given."""

    def write(session: Session) -> None:
        shown = find_incident(session, incident.id, _SEES_ALL)
        rca_work.appoint(session, shown, MANAGER, MANAGER, _SEES_ALL, _DUE, now)
        page = rca_work.Page.CAUSES
        if cause is not None:
            rca = find_rca(session, shown, _SEES_ALL)
            assert rca is not None
            before = rca_work.values_of(rca, page)
            seen = rca_work.fingerprint(before)
            said = {**before, "root_cause": cause}
            rca_work.save_page(_work(session, shown, "cause", now), page, said, seen, _SEES_ALL)
        if plan:
            draft, work = (
                ActionDraft(text=plan, owner=MANAGER.id),
                _work(session, shown, "plan", now),
            )
            rca_work.plan_action(work, draft, MANAGER, f"{incident.id}", None, None, _SEES_ALL)

    database.write(write)


def _work(session: Session, incident: Incident, what: str, now: datetime) -> Work:
    return Work(session, incident.id, MANAGER, _SEES_ALL, f"analyse:{what}:{incident.id}", now)
