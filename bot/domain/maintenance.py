"""Maintenance that was announced: the time in which a service may be down, so that it counts in no uptime.

It is announced before it begins, because what is announced afterwards would hide an outage. What is over stays: figures
rest on it. Every announcement and cancellation is in the audit log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from bot.domain.draft import Draft
from bot.domain.impact import Window
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.words import quoted, suggest
from bot.errors import FormErrors, Refused
from bot.storage import audit
from bot.storage import maintenance as rows
from bot.storage.incident import MaintenanceRow
from bot.vocabulary import Role

LONGEST_REASON = 300
_LONGEST = timedelta(days=7)
_AHEAD = timedelta(days=366)
_GRACE = timedelta(minutes=5)  # for whoever fills in the form while it begins
_FOR_EVER = timedelta(days=10_000)
_WHAT = "maintenance"


class MaintenanceDraft(Draft):
    """What the form asks for."""

    service: str
    starts: AwareDatetime
    ends: AwareDatetime
    reason: str


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One announced stretch; `number` names it."""

    number: int
    service: str
    window: Window
    reason: str
    made_by: str

    def is_running(self, now: datetime) -> bool:
        """Whether it goes on now."""
        return self.window.start <= now < self.window.end


def announce(
    session: Session,
    draft: MaintenanceDraft,
    by: Person,
    services: Sequence[str],
    trigger: str,
    now: datetime,
) -> Maintenance:
    """Keep a stretch of maintenance of one of the organisation's services; `FormErrors` where it cannot be."""
    by.must_be(Role.LEAD, "announce maintenance")
    if wrong := dict(_wrong(session, draft, services, now)):
        raise FormErrors(wrong)
    once(session, f"maintenance:{trigger}")
    row = MaintenanceRow(
        service=draft.service,
        starts_at=draft.starts,
        ends_at=draft.ends,
        reason=draft.reason,
        made_by=by.id,
        made_at=now,
    )
    made = _made(rows.add_row(session, row))
    _log(session, made, by, now, None, _words(made))
    return made


def cancel(session: Session, number: int, by: Person, trigger: str, now: datetime) -> Maintenance:
    """Take an announcement back; one that goes on ends now, and one that is over stays."""
    by.must_be(Role.LEAD, "cancel maintenance")
    once(session, f"maintenance:{trigger}")
    row = rows.locked_row(session, number)
    if row is None or row.ends_at <= row.starts_at:
        raise Refused(f"No maintenance #{number} is announced. `/maintenance` lists what is.")
    before = _made(row)
    if row.ends_at <= now:
        raise Refused(f"Maintenance #{number} is over, and figures rest on it; it stays.")
    row.ends_at = max(now, row.starts_at)  # an empty stretch keeps its number, and hides nothing
    session.flush()
    after = _made(row)
    _log(session, before, by, now, _words(before), _words(after) if row.starts_at < now else None)
    return after


def announced(session: Session, now: datetime) -> list[Maintenance]:
    """Return what is announced and not over yet, the first first."""
    return [_made(row) for row in rows.between(session, now, now + _FOR_EVER)]


def windows(session: Session, start: datetime, end: datetime) -> dict[str, list[Window]]:
    """Return when each service had maintenance between two instants."""
    found: dict[str, list[Window]] = {}
    for row in rows.between(session, start, end):
        found.setdefault(row.service, []).append(Window(row.starts_at, row.ends_at))
    return found


def read_number(text: str) -> int:
    """Return which announcement `3` or `#3` means."""
    digits = text.strip().removeprefix("#")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise Refused(f"{quoted(text)} is no number of an announcement. `/maintenance` lists them.")
    return int(digits)


def _wrong(
    session: Session, draft: MaintenanceDraft, services: Sequence[str], now: datetime
) -> list[tuple[str, str]]:
    """Return what cannot be, with the field beside which it is said."""
    wrong = []
    if draft.service not in services:
        near = suggest(draft.service, services)
        hint = f" Did you mean {near}?" if near else f" There are: {', '.join(services)}."
        wrong.append(("service", f"{quoted(draft.service)} is no service of ours.{hint}"))
    if draft.starts < now - _GRACE:
        wrong.append(("starts", "This has passed. Maintenance is announced before it begins; what was down unannounced counts as down."))  # fmt: skip
    elif draft.starts > now + _AHEAD:
        wrong.append(("starts", "This is more than a year away."))
    if draft.ends <= draft.starts:
        wrong.append(("ends", "It has to end after it begins."))
    elif draft.ends - draft.starts > _LONGEST:
        wrong.append(("ends", "At most seven days at a time; announce the rest by itself."))
    if not draft.reason:
        wrong.append(("reason", "Say in a few words what is done."))
    elif len(draft.reason) > LONGEST_REASON:
        wrong.append(("reason", f"Please use at most {LONGEST_REASON} characters."))
    if not wrong and (taken := rows.between(session, draft.starts, draft.ends, [draft.service])):
        wrong.append(("starts", f"{draft.service} has maintenance then already, #{taken[0].id}. Cancel that first."))  # fmt: skip
    return wrong


def _made(row: MaintenanceRow) -> Maintenance:
    window = Window(row.starts_at, row.ends_at)
    return Maintenance(row.id, row.service, window, row.reason, row.made_by)


def _words(made: Maintenance) -> str:
    start, end = (at.isoformat() for at in made.window)
    return f"{made.service} {start} to {end}: {made.reason}"


def _log(
    session: Session,
    made: Maintenance,
    by: Person,
    now: datetime,
    before: str | None,
    after: str | None,
) -> None:
    entry = audit.AuditEntry(now, by.id, _WHAT, str(made.number), before, after)
    audit.record(session, entry)
