"""What people do with an incident: take it, tell of it, correct it, end it, and say what it has to do with others.

Each is carried out once for its trigger, on the incident as it stands, with the row locked; a second press of the same
button finds it done and says so. Corrections go to a log that only grows. What is written of another incident does not
name it: whoever reads may not know of that one, now or when it is restricted, and the relation is kept by its id.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import incident_family, timeline
from bot.domain.colleague import remember
from bot.domain.impact import APART
from bot.domain.incident import (
    EVERYBODY,
    HOUSE,
    OPEN,
    Affected,
    Incident,
    Reader,
    Spell,
    incident_of,
    label,
    must_run,
    not_found,
    runs,
    times_of,
)
from bot.domain.incident_family import INHERITABLE
from bot.domain.incident_times import EARLIEST, TOO_EARLY, Times
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.severity import Severities, Severity
from bot.domain.timeline import LONGEST_ENTRY, correct
from bot.errors import FormErrors, Refused
from bot.storage import incident as rows
from bot.storage import rca as rcas
from bot.vocabulary import (
    Entry,
    IncidentKind,
    IncidentState,
    Moment,
    RcaState,
    Role,
    Void,
)

_COLUMNS = {
    Moment.STARTED: "started_at",
    Moment.DETECTED: "detected_at",
    Moment.ACKNOWLEDGED: "acknowledged_at",
    Moment.MITIGATED: "mitigated_at",
    Moment.RESOLVED: "resolved_at",
    Moment.CLOSED: "closed_at",
}  # the time of declaring is the bot's own and cannot be corrected
_LONGEST_SNOOZE = timedelta(hours=24)
CORRECTABLE = tuple(_COLUMNS)
"""The instants that people may correct."""
SERVICE_PARTS = ("start of ", "end of ")
"""How the log calls a service's own times, before its name."""
_LONGEST_PART = 50


class Work:
    """One change of one incident: claimed, locked, and read as it stands.

    `incident` is how it stood before; `done` returns how it stands after. What changes `others` too says so, for they are
    locked with it in an order in which two people cannot block each other.
    """

    def __init__(
        self,
        session: Session,
        incident_id: int,
        by: Person,
        reader: Reader,
        trigger: str,
        now: datetime,
        others: Iterable[int] = (),
    ) -> None:
        by.must_be(Role.MEMBER, "work on incidents")
        once(session, f"incident:{trigger}")
        remember(session, by)
        every = sorted({incident_id, *others})
        row = {one: rows.locked_row(session, one, reader) for one in every}[incident_id]
        if row is None:
            raise Refused(not_found("this incident"))
        self.session, self.row, self.by, self.now = session, row, by, now
        self.incident, self.trigger = incident_of(session, row), trigger

    def on_duplicate(self, duplicate: Incident) -> "Work":
        """Return the same change of what is the same as this incident; whoever may make one may make the other."""
        trigger = f"{self.trigger}:{duplicate.id}"
        return Work(self.session, duplicate.id, self.by, HOUSE, trigger, self.now)

    def must_be_open(self) -> None:
        """Raise `Refused` where nobody works on it any more."""
        must_fit(self.incident, needs_open=True)

    def step(self, words: str, at: datetime | None = None) -> None:
        """Write one of the bot's own lines into the timeline; people stand in it as Slack writes them."""
        timeline.write(self.session, self.row, Entry.STEP, self.by.id, words, self.now, at=at)

    def change(self, part: str, before: object, after: object, why: str | None = None) -> None:
        """Add a correction to the log."""
        correct(self.session, self.row, self.by.id, part, before, after, why, self.now)

    def set_times(self, times: Times) -> None:
        """Keep instants, and the state and beginning that follow from them."""
        for moment, column in _COLUMNS.items():
            setattr(self.row, column, times.at(moment))
        self.row.reopened_at, self.row.fired_at = times.reopened, times.fired
        self.row.began_at, self.row.state = times.began, times.state()

    def done(self) -> Incident:
        """Return the incident after the change."""
        self.session.flush()
        return incident_of(self.session, self.row)


def must_fit(incident: Incident, *, needs_open: bool = False, needs_end: bool = False) -> None:
    """Raise `Refused` where nobody works on it any more, or (`needs_end`) where it has not come to an end that counts."""
    if needs_open and not incident.is_open:
        raise Refused(f"{incident.label} {_stands(incident)}. {_reopen(incident)}".strip())
    if needs_end and incident.void is not None:
        raise Refused(f"{incident.label} {_stands(incident)}. {_reopen(incident)}")
    if needs_end and incident.state not in (IncidentState.RESOLVED, IncidentState.CLOSED):
        raise Refused(f"{incident.label} {_stands(incident)}; there is nothing to reopen.")


# --- Whose it is ---


def take_lead(work: Work, severities: Severities) -> Incident:
    """Make somebody the lead; taking an incident that nobody has is acknowledging it."""
    work.must_be_open()
    before = work.incident.lead
    if before == work.by.id:
        raise Refused(f"You lead {work.incident.label} already.")
    work.row.lead = work.by.id
    work.change("lead", before, work.by.id)
    work.step("took the lead" + (f" from <@{before}>" if before else ""))
    _acknowledge(work, severities)
    return work.done()


def hand_over(work: Work, to: str, role: str, severities: Severities) -> Incident:
    """Give the lead ("lead") or the communication ("comms") to somebody else; it is recorded."""
    work.must_be_open()
    before = work.row.lead if role == "lead" else work.row.comms
    if before == to:
        raise Refused("They have it already.")
    setattr(work.row, role, to)
    work.change(role, before, to)
    what = "the lead" if role == "lead" else "the communication"
    work.step(f"gave {what} to <@{to}>")
    rows.add_responder(work.session, work.row, to, work.now)
    if role == "lead":
        _acknowledge(work, severities)
    return work.done()


def join(work: Work, people: Iterable[str]) -> Incident:
    """Let people work on an incident; those who do already are left alone."""
    for person in people:
        if rows.add_responder(work.session, work.row, person, work.now):
            work.step("joined" if person == work.by.id else f"brought in <@{person}>")
    return work.done()


def leave(work: Work, person: str) -> Incident:
    """Let somebody work on it no more; `Refused` where it would be left without whom it needs."""
    if needed := _why_needed(work, person):
        whose = "You" if person == work.by.id else f"<@{person}>"
        raise Refused(f"{whose} {needed}. Hand it over first.")
    rows.drop_responder(work.session, work.row, person)
    work.step("left" if person == work.by.id else f"let <@{person}> go")
    return work.done()


def _why_needed(work: Work, person: str) -> str:
    """Return what somebody still has to do with an incident, so that they cannot leave it."""
    label, is_them = work.incident.label, person == work.by.id
    if work.incident.is_open and person == work.incident.lead:
        return f"{'lead' if is_them else 'leads'} {label}"
    if work.incident.is_open and person == work.incident.comms:
        return f"{'have' if is_them else 'has'} the communication of {label}"
    kept = rcas.rcas_of(work.session, [work.incident.id]).get(work.incident.id)
    if kept is not None and kept.owner == person and kept.state != RcaState.REVIEWED:
        return f"{'analyse' if is_them else 'analyses'} the cause of {label}"
    return ""


def _acknowledge(work: Work, severities: Severities) -> None:
    times = times_of(work.row)
    taken = times.but({Moment.ACKNOWLEDGED: work.now})
    # Whoever takes what is mitigated already did not take it then: when somebody did stays unknown
    if times.acknowledged is None and not taken.wrong(work.now):
        work.set_times(taken)
    rows.add_responder(work.session, work.row, work.row.lead or work.by.id, work.now)
    if work.row.told_at is None:
        timeline.begun(work.row, severities.of(work.row.severity), work.now)


# --- What people are told ---


def tell(work: Work, text: str, severities: Severities) -> Incident:
    """Keep an update for those concerned; the next is due an interval later."""
    work.must_be_open()
    _write(work, Entry.UPDATE, text, None)
    timeline.told(work.row, severities.of(work.row.severity), work.now)
    return work.done()


def note(work: Work, text: str, at: datetime | None = None) -> Incident:
    """Add a line to the timeline, perhaps of something that happened earlier."""
    if at is not None and at > work.now:
        raise FormErrors({"at": "This lies in the future."})
    if at is not None and at < EARLIEST:
        raise FormErrors({"at": TOO_EARLY})
    _write(work, Entry.NOTE, text, at)
    return work.done()


def pin(work: Work, place: tuple[str, str], author: str, text: str, at: datetime) -> bool:
    """Take a message into the timeline, at the time it was written; return False where it is there already."""
    return timeline.write(
        work.session, work.row, Entry.PIN, author, text, work.now, at=at, place=place
    )


def unpin(work: Work, place: tuple[str, str]) -> bool:
    """Take a message out of the timeline again; return whether it was there."""
    return rows.drop_entry_at(work.session, work.row, *place)


def snooze(work: Work, until: datetime, severity: Severity) -> Incident:
    """Promise the next update for a later time, and ask for none before; within a day or four intervals."""
    work.must_be_open()
    if until <= work.now:
        raise FormErrors({"until": "That time has passed."})
    longest = max(_LONGEST_SNOOZE, 4 * (severity.update_every or timedelta()))
    if until > work.now + longest:
        hours = longest / timedelta(hours=1)
        why = f"Those concerned cannot wait so long: at most {hours:g} h from now. Is it over? Then resolve it."
        raise FormErrors({"until": why})
    work.change("next update", work.row.next_update_at, until)
    work.row.next_update_at = until
    return work.done()


def _write(work: Work, kind: Entry, text: str, at: datetime | None) -> None:
    text = text.strip()
    if not text:
        raise FormErrors({"text": "Say something."})
    if len(text) > LONGEST_ENTRY:
        raise FormErrors({"text": f"Please use at most {LONGEST_ENTRY:,} characters."})
    timeline.write(work.session, work.row, kind, work.by.id, text, work.now, at=at)


def hear_alert(work: Work, fired: datetime, stated: datetime | None) -> Incident:
    """Take from an alert that joins what it knows of the beginning; what people have said of it stays.

    `fired` is when it began to fire, `stated` since when customers suffered, as it says.
    """
    before = work.incident.times
    known = replace(before, fired=min(fired, before.fired or fired))
    said: dict[Moment, datetime | None] = {}
    if before.detected is not None and before.detected == before.fired:
        said[Moment.DETECTED] = known.fired
    if before.started is None:
        said[Moment.STARTED] = stated
    for moment, at in said.items():
        told = known.but({moment: at})
        if at != known.at(moment) and not told.wrong(work.now):
            work.change(moment.value, known.at(moment), at, "says an alert that joined it")
            known = told
    work.set_times(known)
    return work.done()


# --- How far it is ---


def mitigate(work: Work, at: datetime | None = None) -> Incident:
    """Say that customers suffer no more."""
    work.must_be_open()
    if work.incident.times.mitigated is not None:
        raise Refused(f"{work.incident.label} is mitigated already.")
    at = at or work.now
    work.set_times(_sound(work, {Moment.MITIGATED: at}))
    work.step("it is mitigated", at)
    return work.done()


def resolve(
    work: Work,
    severities: Severities,
    times: Mapping[Moment, datetime | None],
    why: str | None = None,
) -> Incident:
    """Say that the service is steady again, with what is known by now of the times; a second press says so."""
    must_run(work.incident, work.by, "resolve it")
    if work.incident.state in (IncidentState.RESOLVED, IncidentState.CLOSED):
        raise Refused(f"{work.incident.label} {_stands(work.incident)} already.")
    work.must_be_open()
    ended = {Moment.RESOLVED: work.now, **times}
    before = work.incident.times
    work.set_times(_sound(work, ended))
    for moment, at in times.items():
        if before.at(moment) is not None and before.at(moment) != at:
            work.change(moment.value, before.at(moment), at, why)
    over = min(work.row.resolved_at or work.now, work.now)
    timeline.ended(work.row, severities.of(work.row.severity), over)
    work.step("it is resolved", work.row.resolved_at)
    return work.done()


def close(work: Work) -> Incident:
    """Say that its paperwork is done."""
    must_run(work.incident, work.by, "close it")
    if work.incident.state is not IncidentState.RESOLVED:
        raise Refused(
            f"{work.incident.label} {_stands(work.incident)}; only a resolved one is closed."
        )
    work.set_times(work.incident.times.but({Moment.CLOSED: work.now}))
    work.step("it is closed")
    return work.done()


def reopen(work: Work, since: datetime, severities: Severities) -> Incident:
    """Let a resolved incident go on: its last end counts in the figures, and what was before is kept.

    The stretch of impact that was over stays one of its own, so that the time in between counts as up.
    """
    must_fit(work.incident, needs_end=True)
    times = work.incident.times
    if since > work.now:
        raise FormErrors({"since": "This lies in the future."})
    if times.resolved and since < times.resolved:
        raise FormErrors({"since": "This is before it was resolved. Correct its times instead."})
    began = times.reopened or times.began
    if times.impact_ended and began < times.impact_ended:
        rows.add_spell(work.session, work.row, Spell(began, times.impact_ended))
    ended = (Moment.MITIGATED, Moment.RESOLVED, Moment.CLOSED)
    for moment in ended:
        if times.at(moment):
            work.change(moment.value, times.at(moment), None, "it was reopened")
    work.set_times(replace(times.but(dict.fromkeys(ended)), reopened=since))
    work.row.reopens += 1
    timeline.begun(work.row, severities.of(work.row.severity), work.now)
    work.step("it came back and is open again", since)
    return work.done()


def correct_times(work: Work, said: Mapping[Moment, datetime | None], why: str) -> Incident:
    """Correct when things happened; None makes an instant unknown. `FormErrors` beside those that cannot be."""
    must_run(work.incident, work.by, "correct its times")
    before = work.incident.times
    changed = {moment: at for moment, at in said.items() if before.at(moment) != at}
    if not changed:
        raise FormErrors({"why": "Nothing is different from what is known."})
    if not why.strip():
        raise FormErrors({"why": "Say why, for whoever reads the report."})
    over = (Moment.RESOLVED, Moment.CLOSED)
    if gone := [one for one in over if one in changed and changed[one] is None]:
        raise FormErrors({gone[0].value: "To say that it is not over, reopen it."})
    work.set_times(_sound(work, changed))
    for moment, at in changed.items():
        work.change(moment.value, before.at(moment), at, why)
    if beginning := [one for one in INHERITABLE if one in changed]:
        _pass_on(work, beginning)
    return work.done()


def _pass_on(work: Work, moments: Collection[Moment]) -> None:
    """Let what an incident is a duplicate of begin with it."""
    incident_family.inherit(
        work.session, work.row, moments, work.by.id, work.now, lambda one: runs(one, work.by)
    )


def correct_service_times(work: Work, own: Affected, why: str) -> Incident:
    """Correct when one service was hurt; None is as the incident. `FormErrors` beside what cannot be."""
    must_run(work.incident, work.by, "correct its times")
    known = {each.service: each for each in work.incident.affected}
    if own.service not in known:
        raise FormErrors({"service": f"{work.incident.label} does not affect it any more."})
    before = known[own.service]
    if own == before:
        raise FormErrors({"why": "Nothing is different from what is known."})
    if not why.strip():
        raise FormErrors({"why": "Say why, for whoever reads the report."})
    if wrong := _wrong_of_service(own, work.incident.times, work.now):
        raise FormErrors(wrong)
    rows.set_services(work.session, work.row, {**known, own.service: own}.values())
    sides = ((before.started_at, own.started_at), (before.ended_at, own.ended_at))
    for part, (was, now) in zip(SERVICE_PARTS, sides, strict=True):
        if was != now:
            whole = f"{part}{own.service}"
            if len(whole) <= _LONGEST_PART:
                work.change(whole, was, now, why)
            else:  # the reason has room for a name that the part has not
                work.change(f"{part}a service", was, now, f"{own.service}: {why}")
    return work.done()


def _wrong_of_service(own: Affected, times: Times, now: datetime) -> dict[str, str]:
    """Return what cannot be of a service's own times beside its incident's, by field."""
    began = own.started_at or times.started or times.detected
    ended = own.ended_at or times.impact_ended
    said = {"began": own.started_at, "ended": own.ended_at}
    wrong = {field: "This lies in the future." for field, at in said.items() if at and at > now}
    if not wrong and began and ended and ended < began:
        field = "ended" if own.ended_at else "began"
        wrong[field] = "It cannot have ended before it began."
    first, last = times.began - APART, (times.resolved or now) + APART
    for field, at in said.items():
        if at and not first <= at <= last:
            wrong.setdefault(field, f"This is more than {APART.days} days away from the incident.")
    return wrong


def _sound(work: Work, changes: Mapping[Moment, datetime | None]) -> Times:
    """Return the incident's times with changes; `FormErrors` where they cannot be."""
    times = work.incident.times.but(changes)
    if wrong := times.wrong(work.now, changes):
        raise FormErrors({moment.value: why for moment, why in wrong.items()})
    return times


# --- What it is ---


def change_severity(work: Work, severities: Severities, slug: str, why: str) -> Incident:
    """Judge it anew, with a reason; the next update is due as the new severity asks."""
    if slug not in severities.all:
        raise FormErrors({"severity": f"Choose one of {', '.join(severities.all)}."})
    if slug == work.row.severity:
        raise FormErrors({"severity": f"It is {severities.of(slug).name} already."})
    if not why.strip():
        raise FormErrors({"why": "Say why, for whoever reads the report."})
    before, after = severities.of(work.row.severity), severities.of(slug)
    work.change("severity", before.slug, after.slug, why)
    work.row.severity = slug
    work.step(f"changed the severity from {before.name} to {after.name}")
    if work.incident.is_open and (told_at := work.row.told_at) is not None:
        work.row.next_update_at = told_at + after.update_every if after.update_every else None
    return work.done()


def change_title(work: Work, title: str) -> Incident:
    """Say in other words what is wrong."""
    title = " ".join(title.split())
    if not title:
        raise FormErrors({"title": "Say in a few words what is wrong."})
    if title != work.row.title:
        work.change("title", work.row.title, title)
        work.row.title = title
    return work.done()


def change_services(work: Work, affected: Collection[Affected]) -> Incident:
    """Say anew what it affects, each service perhaps with times of its own."""
    for each in affected:
        if each.started_at and each.ended_at and each.ended_at < each.started_at:
            raise FormErrors({"services": f"{each.service} cannot have ended before it began."})
    before = ", ".join(work.incident.services)
    after = ", ".join(each.service for each in affected)
    rows.set_services(work.session, work.row, affected)
    if before != after:
        work.change("services", before or None, after or None)
    return work.done()


def must_restrict(incident: Incident, by: Person) -> None:
    """Raise `Refused` where it cannot be restricted, or not by a person; its duplicates always go with an incident."""
    if incident.is_restricted:
        raise Refused(f"{incident.label} is restricted already.")
    if incident.duplicate_of is not None:
        what_then = "Restrict the incident that it is the same as, and this one goes with it."
        raise Refused(f"{incident.label} {_stands(incident)}. {what_then}")
    if by.id != incident.declared_by:
        must_run(incident, by, "restrict it")


def restrict(work: Work, named: Iterable[str]) -> Incident:
    """Let only those it names know of it: it gets a number of the restricted kind, and its old number names nothing."""
    people = {*named, work.by.id, *([work.row.lead] if work.row.lead else [])}
    for person in sorted(people):
        rows.add_responder(work.session, work.row, person, work.now)
    _renumber(work, IncidentKind.SECURITY)
    work.row.is_restricted = True
    work.row.card_channel = work.row.card_ts = None
    work.step("restricted it to those it names")
    return work.done()


def _renumber(work: Work, kind: IncidentKind) -> None:
    before = label(IncidentKind(work.row.kind), work.row.number)
    work.row.kind, work.row.number = kind, rows.next_number(work.session, kind)
    work.change("number", before, label(kind, work.row.number))


# --- What it has to do with others ---


def mark_duplicate(work: Work, of: Incident) -> Incident:
    """Say that it is another incident, which takes over the earlier beginning; it counts in no figure any more.

    `of` is one of those that `work` changes too: it is looked at as it stands once it is locked.
    """
    if of.id == work.row.id:
        raise Refused(f"{of.label} cannot be a duplicate of itself.")
    must_know(work.incident, work.by)
    reader = _of(work) if of.is_restricted else EVERYBODY
    original = rows.locked_row(work.session, of.id, reader)
    if original is None:
        raise Refused(not_found("this incident"))
    of = incident_of(work.session, original)
    if of.void is Void.DUPLICATE:
        raise Refused(f"{of.label} is a duplicate itself; choose the one it belongs to.")
    if of.is_restricted != work.incident.is_restricted:
        raise Refused("A restricted incident and one that is not cannot be the same.")
    _void(work, Void.DUPLICATE, "it is the same as another incident")
    work.row.duplicate_of = of.id
    _pass_on(work, INHERITABLE)
    return work.done()


def must_know(incident: Incident, by: Person) -> None:
    """Raise `Forbidden` unless a person may say that an incident is a duplicate: who declared it may, too."""
    if by.id != incident.declared_by:
        must_run(incident, by, "say that it is a duplicate")


def false_alarm(work: Work) -> Incident:
    """Say that nothing was wrong; it counts in no figure any more."""
    must_run(work.incident, work.by, "call it a false alarm")
    _void(work, Void.FALSE_ALARM, "it was a false alarm")
    return work.done()


def unvoid(work: Work, severities: Severities) -> Incident:
    """Take back that it is a duplicate or a false alarm; where it goes on, people are told of it again.

    The other incident begins when it did before, unless somebody has corrected that since.
    """
    if work.incident.void is None:
        raise Refused(f"{work.incident.label} counts already.")
    if work.by.id != _voided_by(work):
        must_run(work.incident, work.by, "take that back")
    original = work.row.duplicate_of
    work.change("void", work.row.void, None)
    work.row.void = work.row.duplicate_of = None
    if original is not None:
        incident_family.part(work.session, original, work.by.id, work.now)
    if work.incident.state in OPEN:
        timeline.begun(work.row, severities.of(work.row.severity), work.now)
    work.step("it counts after all")
    return work.done()


def _voided_by(work: Work) -> str | None:
    changes = rows.changes_of(work.session, work.row)
    return next((one.who for one in reversed(changes) if one.part == "void"), None)


def _void(work: Work, why: Void, words: str) -> None:
    if work.incident.void is not None:
        raise Refused(f"{work.incident.label} {_stands(work.incident)} already.")
    work.change("void", None, why)
    work.row.void, work.row.next_update_at = why, None
    work.step(words)


def suspect_repeat(work: Work, of: Incident | None) -> Incident:
    """Say that it may have the same cause as an earlier one, or (None) that it has not, until somebody has looked.

    What an analysis has confirmed is changed there alone: figures rest on it.
    """
    if work.incident.repeat_is_confirmed:
        raise Refused(
            f"Somebody has confirmed already what {work.incident.label} repeats. Its analysis can change that."
        )
    return mark_repeat(work, of, is_confirmed=False)


def mark_repeat(work: Work, of: Incident | None, *, is_confirmed: bool) -> Incident:
    """Say that it has the same cause as an earlier one, or (None) that it has not; a human confirms it in the analysis."""
    if of is not None:
        if of.id == work.row.id:
            raise Refused(f"{of.label} cannot be a repeat of itself.")
        if of.times.began >= work.incident.times.began:
            raise Refused(f"{of.label} began later; a repeat comes after what it repeats.")
        if of.is_restricted and not work.incident.is_restricted:
            raise Refused(not_found("this incident"))
    work.change("repeat of", work.row.repeat_of, of.id if of else None)
    work.row.repeat_of = of.id if of else None
    work.row.repeat_is_confirmed = is_confirmed and of is not None
    if of is not None:
        work.step(f"it {'has' if is_confirmed else 'may have'} the same cause as another incident")
    return work.done()


def _of(work: Work) -> Reader:
    return Reader(work.by.id, sees_restricted=True)


def _stands(incident: Incident) -> str:
    match incident.void:
        case Void.DUPLICATE:
            return "is a duplicate"
        case Void.FALSE_ALARM:
            return "was a false alarm"
    return f"is {incident.state.value}"


def _reopen(incident: Incident) -> str:
    if incident.void is not None:
        return "Take that back first."
    return "Reopen it to go on." if incident.state not in OPEN else ""
