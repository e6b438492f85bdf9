"""What people do with a root cause analysis: appoint its owner, write it page by page, submit, send back, review.

Each works on an incident that its `Work` has locked, so that two people cannot be in each other's way. Whatever the
state comes to be, nothing that was written is lost.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.domain import timeline
from bot.domain.action import ActionDraft, add_action
from bot.domain.action_item import ActionItem, Source
from bot.domain.colleague import remember
from bot.domain.incident import (
    HOUSE,
    Incident,
    Reader,
    find_incident,
    incident_of,
    not_found,
)
from bot.domain.incident_work import Work, mark_repeat
from bot.domain.person import Person
from bot.domain.rca import (
    Deed,
    Rca,
    due_day,
    find_rca,
    may_appoint,
    must_be_able,
    must_be_over,
    source_ref,
)
from bot.domain.severity import Severities
from bot.errors import Forbidden, FormErrors, Refused
from bot.storage import incident as incidents
from bot.storage import rca as rows
from bot.storage.incident import IncidentRow, RcaRow
from bot.vocabulary import Entry, RcaState, Role

LONGEST_TEXT = 3_000
NO_REPEAT = "none"
"""What a form says where somebody says that an incident repeats nothing."""


class Page(StrEnum):
    """The pages of the form, in their order."""

    HAPPENED = "happened"
    DETECTION = "detection"
    CAUSES = "causes"
    LESSONS = "lessons"
    PLAN = "plan"


FIELDS: Mapping[Page, tuple[str, ...]] = {
    Page.HAPPENED: ("summary", "impact"),
    Page.DETECTION: ("detection",),
    Page.CAUSES: ("factors", "cause_class", "root_cause", "repeat"),
    Page.LESSONS: ("went_well", "went_badly", "lucky"),
    Page.PLAN: ("no_action",),
}
"""Which parts of an analysis stand on which page."""

Values = Mapping[str, str | None]
"""What a page holds, by its fields' names; None where a field is empty."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """An analysis whose owner was appointed, and who had it before."""

    rca: Rca
    before: str | None = None


# --- Its owner ---


def appoint(
    session: Session,
    incident: Incident,
    owner: Person,
    by: Person,
    reader: Reader,
    severities: Severities,
    now: datetime,
) -> Appointment:
    """Let somebody analyse a resolved incident; what another has written so far stays.

    `Refused` where they cannot, or `by` may not say so. On a restricted incident they are named, so that they see it.
    """
    row = incidents.locked_row(session, incident.id, reader)
    if row is None:
        raise Refused(not_found("this incident"))
    incident = incident_of(session, row)
    must_be_over(incident)
    before = rows.locked_rca(session, row)
    _must_appoint(incident, owner, by, before)
    remember(session, owner, by)
    if incident.is_restricted:
        incidents.add_responder(session, row, owner.id, now)
    had = before.owner if before else None
    kept = before or rows.add_rca(session, _blank(row, owner))
    kept.owner, kept.reminded_on, kept.escalated_on = owner.id, None, None
    kept.due_on = due_day(row.resolved_at or now, severities.of(row.severity), owner.zone)
    kept.due_zone = owner.zone.key
    if RcaState(kept.state) is not RcaState.DRAFT and had != owner.id:
        _to_draft(kept)
    words = f"appointed <@{owner.id}> to analyse its cause"
    timeline.write(session, row, Entry.STEP, by.id, words, now)
    return Appointment(again(session, row, reader), had if had != owner.id else None)


def _must_appoint(incident: Incident, owner: Person, by: Person, before: RcaRow | None) -> None:
    is_volunteer = before is None and owner.id == by.id and by.may(Role.MEMBER)
    if not (is_volunteer or may_appoint(incident, by)):
        raise Forbidden(
            f"Only the lead of {incident.label}, team leads and managers can appoint somebody. Ask one of them."
        )
    if not owner.may(Role.MEMBER):
        raise FormErrors(
            {"owner": f"{owner.name} is no member of this workspace. Choose somebody who is."}
        )
    if before is not None and before.state == RcaState.REVIEWED:
        raise Refused(f"The analysis of {incident.label} is reviewed; nobody has to write it.")


def _blank(row: IncidentRow, owner: Person) -> RcaRow:
    return RcaRow(incident_id=row.id, state=RcaState.DRAFT, owner=owner.id, no_repeat=False)


# --- Writing ---


def values_of(rca: Rca, page: Page) -> dict[str, str | None]:
    """Return what a page holds as it is kept."""
    every: dict[str, str | None] = {
        "summary": rca.summary,
        "impact": rca.impact,
        "detection": rca.detection,
        "factors": "\n".join(rca.factors) or None,
        "cause_class": rca.cause_class,
        "root_cause": rca.root_cause,
        "repeat": NO_REPEAT if rca.no_repeat else str(rca.repeat.id) if rca.repeat else None,
        "went_well": rca.went_well,
        "went_badly": rca.went_badly,
        "lucky": rca.lucky,
        "no_action": rca.no_action,
    }
    return {name: every[name] for name in FIELDS[page]}


def fingerprint(values: Values) -> str:
    """Return by what a page is recognised as unchanged."""
    said = repr(sorted((name, str(value or "")) for name, value in values.items()))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def save_page(work: Work, page: Page, values: Values, seen: str, reader: Reader) -> Rca | None:
    """Keep what somebody wrote on a page; None, and nothing is kept, where somebody else has changed it since.

    `seen` is the fingerprint of the page as it stood when they began.
    """
    row, rca = _take(work, Deed.WRITE, reader)
    kept = values_of(rca, page)
    if fingerprint(kept) not in (seen, fingerprint(values)):
        return None
    for name, value in values.items():
        if name != "repeat" and value != kept[name]:
            setattr(row, name, value)
    if "repeat" in values and values["repeat"] != kept["repeat"]:
        _set_repeat(work, row, values["repeat"], reader)
    return again(work.session, work.row, reader)


def _set_repeat(work: Work, row: RcaRow, said: str | None, reader: Reader) -> None:
    """Keep what a human says of a repeat: that it is one, that it is none, or that nobody has looked."""
    row.no_repeat = said == NO_REPEAT
    if said is not None and said != NO_REPEAT:
        earlier = find_incident(work.session, int(said) if said.isdecimal() else 0, reader)
        mark_repeat(work, earlier, is_confirmed=True)
    elif work.row.repeat_of is not None and (row.no_repeat or work.row.repeat_is_confirmed):
        mark_repeat(work, None, is_confirmed=False)


def plan_action(
    work: Work,
    draft: ActionDraft,
    owner: Person,
    trigger: str,
    link: str | None,
    audience: Collection[str] | None,
    reader: Reader,
) -> ActionItem:
    """Add an action to the plan; it is chased until somebody has verified it, whatever becomes of the incident."""
    _, rca = _take(work, Deed.WRITE, reader)
    seen_by = None if audience is None else frozenset({*audience, rca.owner})
    label = f"{work.incident.label} {work.incident.title}"
    source = Source(source_ref(work.incident.id), label, link, seen_by)
    return add_action(work.session, draft, owner, work.by, f"rca:{trigger}", source)


def name_owner(session: Session, incident: Incident, now: datetime) -> None:
    """Name whoever analyses an incident on it, so that they see it though it is restricted."""
    row = incidents.locked_row(session, incident.id, HOUSE)
    found = rows.locked_rca(session, row) if row is not None else None
    if row is not None and found is not None:
        incidents.add_responder(session, row, found.owner, now)


# --- How far it is ---


def submit(work: Work, reader: Reader) -> Rca:
    """Let others review it; `Refused` with all that is missing."""
    row, rca = _take(work, Deed.SUBMIT, reader)
    must_be_over(work.incident)
    if missing := rca.missing():
        raise Refused(f"It still lacks {'; '.join(missing)}.")
    row.state, row.submitted_at, row.submitted_by = RcaState.IN_REVIEW, work.now, work.by.id
    work.step("submitted the analysis of its cause for review")
    return again(work.session, work.row, reader)


def take_back(work: Work, reader: Reader) -> Rca:
    """Let it be a draft again, to change something."""
    row, _ = _take(work, Deed.TAKE_BACK, reader)
    _to_draft(row)
    work.step("took the analysis of its cause back")
    return again(work.session, work.row, reader)


def send_back(work: Work, words: str, reader: Reader) -> Rca:
    """Let its owner work on it again, and say why."""
    row, _ = _take(work, Deed.SEND_BACK, reader)
    if not words.strip():
        raise FormErrors({"words": "Say what is missing or unclear."})
    _to_draft(row)
    row.reminded_on = None
    rows.drop_checks(work.session, work.row)
    work.step("sent the analysis of its cause back")
    return again(work.session, work.row, reader)


def review(work: Work, reader: Reader) -> Rca:
    """Say that it holds; it is published after that."""
    row, _ = _take(work, Deed.REVIEW, reader)
    must_be_over(work.incident)
    row.state, row.reviewed_at, row.reviewed_by = RcaState.REVIEWED, work.now, work.by.id
    row.unplanned_since = work.now
    work.step("reviewed the analysis of its cause")
    return again(work.session, work.row, reader)


def reopened(session: Session, row: IncidentRow) -> bool:
    """Let the analysis of a locked incident that goes on be a draft again; return whether it was none."""
    found = rows.locked_rca(session, row)
    if found is None:
        return False
    rows.drop_checks(session, row)
    was_further = RcaState(found.state) is not RcaState.DRAFT
    _to_draft(found)
    return was_further


def _to_draft(row: RcaRow) -> None:
    row.state = RcaState.DRAFT
    row.submitted_at = row.submitted_by = row.reviewed_at = row.reviewed_by = None
    row.unplanned_since = None


# --- Inside ---


def _take(work: Work, deed: Deed, reader: Reader) -> tuple[RcaRow, Rca]:
    """Return the analysis of a locked incident, for a change that this person may make on it now."""
    row = rows.locked_rca(work.session, work.row)
    if row is None:
        raise Refused(f"Nobody analyses {work.incident.label} yet. Appoint somebody first.")
    rca = again(work.session, work.row, reader)
    must_be_able(deed, rca, work.by)
    return row, rca


def again(session: Session, row: IncidentRow, reader: Reader) -> Rca:
    """Return an analysis as it stands after what has been done to its row."""
    session.flush()
    found = find_rca(session, incident_of(session, row), reader)
    if found is None:
        raise AssertionError("it has just been found")
    return found
