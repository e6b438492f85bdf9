"""What people do with incidents at the surface: each function is one transaction, or one look.

It finds the incident for whoever asks, does what the verb says, and brings the card up to date.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, cast

from sqlalchemy.orm import Session

from bot.blocks import incident as blocks
from bot.blocks import incident_form as forms
from bot.blocks import incident_window as windows
from bot.blocks.incident_export import file_name
from bot.blocks.kit import Block, Message
from bot.domain import declaration, timeline
from bot.domain import incident_form as filled
from bot.domain import incident_work as work
from bot.domain.action_item import Place
from bot.domain.draft import Draft
from bot.domain.incident import (
    HOUSE,
    Affected,
    Incident,
    count_open,
    duplicates_of,
    find_at,
    find_incident,
    find_named,
    must_run,
    open_incidents,
    originals_of,
    recent_incidents,
)
from bot.domain.incident_dossier import Dossier, dossiers, readable
from bot.domain.incident_form import DeclareForm, Shown, shown_times
from bot.domain.incident_request import Verb
from bot.domain.incident_work import CORRECTABLE, Work
from bot.domain.person import Person
from bot.domain.rca import find_rca, unfinished
from bot.errors import AlreadyDone, FormErrors, Refused
from bot.outgoing import incident as outgoing
from bot.outgoing import incident_reminder, rca
from bot.outgoing import incident_room as room
from bot.services import Services
from bot.vocabulary import IncidentKind, Moment, Role

_MOST_OPEN, _MOST_RECENT = 25, 8
_USUAL_INTERVAL = timedelta(hours=1)


class Asked(NamedTuple):
    """A verb, the incident it is about, perhaps another one, and the words that somebody has typed behind it."""

    verb: Verb
    number: int
    other: int | None = None
    words: str = ""


# --- Declaring ---


def declare(
    session: Session,
    services: Services,
    form: DeclareForm,
    by: Person,
    trigger: str,
    place: Place | None = None,
    *,
    is_late: bool = False,
    owner: Person | None = None,
) -> Block:
    """Write an incident down and promise its card; return the window that says so, with what is like it.

    Whoever sends the form again, because the answer to the first was lost, sees the same.
    """
    now = services.now(session)
    said = form.declaration(now, is_late=is_late)
    if wrong := form.wrong(now, is_late=is_late):
        raise FormErrors(declaration.wrong(said, services.severities, now) | wrong)
    try:
        incident = outgoing.declare(session, services, said, by, trigger, now)
    except AlreadyDone:
        if (before := declaration.declared_before(session, said, by)) is None:
            raise
        return declared(session, services, before, now)
    if place is not None:
        at = min(filled.instant(place.ts), now)
        words = f"Filed from a message: {place.link or 'its link is not known'}"
        work.note(Work(session, incident.id, by, services.reader(by), trigger, now), words, at)
    if incident.times.resolved is not None:
        _ended(session, services, incident, owner or by, by)
    return declared(session, services, incident, now)


def _ended(
    session: Session, services: Services, incident: Incident, owner: Person, by: Person
) -> None:
    """Tell that an incident is over; where its severity asks for it, `owner` analyses the cause."""
    outgoing.resolved(session, services, incident)
    if _needs_rca(services, incident):
        rca.appoint(session, services, incident, owner, by)


def declared(session: Session, services: Services, incident: Incident, now: datetime) -> Block:
    """Return the window that follows on declaring, as it stands now."""
    card = outgoing.card_place(services, incident)
    alike = declaration.look_alikes(session, incident, now)
    watchers = services.settings.incidents.restricted_to
    return windows.declared_window(incident, card, alike, services.severities, watchers)


# --- Looking ---


def named(session: Session, services: Services, label: str, by: Person) -> Incident:
    """Return the incident that somebody typed."""
    by.must_be(Role.MEMBER, "see incidents")
    return find_named(session, label, services.reader(by))


def listed(session: Session, services: Services, by: Person) -> Message:
    """Return the open incidents, the worst first, and those that ended last."""
    by.must_be(Role.MEMBER, "see incidents")
    reader, severities = services.reader(by), services.severities
    found = open_incidents(session, reader, _MOST_OPEN)
    found.sort(key=lambda one: (severities.of(one.severity).rank, one.times.began))
    more = count_open(session, reader) - len(found)
    recent = recent_incidents(session, reader, _MOST_RECENT)
    return blocks.list_message(found, recent, severities, services.now(session), more)


def shown(session: Session, services: Services, number: int, by: Person) -> Message:
    """Return an incident's card for somebody alone."""
    incident = _find(session, services, number, by)
    card = outgoing.card(session, services, incident, services.reader(by))
    return blocks.single_message(card, incident, outgoing.card_place(services, incident))


def window(session: Session, services: Services, asked: Asked, by: Person, origin: str) -> Block:
    """Return the window or form that a verb opens; `Refused` where it cannot be done as the incident stands."""
    incident = _find(session, services, asked.number, by)
    match asked.verb:
        case Verb.SHOW:
            return windows.card_window(shown(session, services, asked.number, by), incident)
        case Verb.MORE:
            return windows.more_window(incident, by.id)
        case Verb.EXPORT:
            told = f"📄 I have sent you {file_name(incident)} in a direct message."
            return windows.more_window(incident, by.id, told)
        case Verb.TIMELINE:
            reader = services.reader(by)
            lines = timeline.timeline(session, incident, reader)
            changes = readable(session, timeline.corrections(session, incident, reader), reader)
            return windows.timeline_window(incident, lines, changes, services.severities, by.zone)
    view = _form(session, services, asked.verb, incident, by, origin)
    return forms.with_words(view, asked.verb, asked.words)


def dossier(session: Session, services: Services, number: int, by: Person) -> Dossier:
    """Return everything that somebody may know of an incident, to take it out."""
    found = [_find(session, services, number, by)]
    return dossiers(session, found, services.reader(by))[0]


def _form(
    session: Session, services: Services, verb: Verb, incident: Incident, by: Person, origin: str
) -> Block:
    _must_fit(verb, incident, by)
    now = services.now(session)
    match verb:
        case Verb.UPDATE:
            return forms.update_form(incident, origin)
        case Verb.NOTE:
            return forms.note_form(incident, origin)
        case Verb.SEVERITY:
            return forms.severity_form(incident, origin, services.severities)
        case Verb.TIMES:
            return forms.times_form(incident, origin, _correctable(incident))
        case Verb.RESOLVE:
            owner = (incident.lead or by.id) if _needs_rca(services, incident) else None
            ending = _ending(incident, now)
            return forms.resolve_form(incident, origin, ending, by.zone, owner=owner)
        case Verb.REOPEN:
            return forms.reopen_form(incident, origin, now)
        case Verb.LEAD | Verb.COMMS:
            return forms.hand_over_form(incident, origin, verb)
        case Verb.PEOPLE:
            return forms.people_form(incident, origin)
        case Verb.WHAT:
            return forms.what_form(incident, origin, services.settings.services)
        case Verb.SNOOZE:
            every = services.severities.of(incident.severity).update_every or _USUAL_INTERVAL
            due = max(incident.cadence.next_at or now, now) + every
            return forms.snooze_form(incident, origin, due)
        case Verb.DUPLICATE:
            return forms.duplicate_form(incident, origin)
        case Verb.RESTRICT:
            watchers = services.settings.incidents.restricted_to
            knowing = _who_will_know(session, services, incident, by)
            return forms.restrict_form(incident, origin, knowing, watchers)
        case Verb.SERVICE:
            return forms.service_form(incident, origin)
    raise AssertionError(f"{verb} has no form")


def _who_will_know(
    session: Session, services: Services, incident: Incident, by: Person
) -> list[str]:
    """Return whom an incident names once somebody has restricted it, if they name nobody else."""
    analysis = find_rca(session, incident, services.reader(by))
    owner = analysis.owner if analysis else None
    people = (by.id, incident.lead, *incident.responders, owner)
    return list(dict.fromkeys(one for one in people if one is not None))


def _must_fit(verb: Verb, incident: Incident, by: Person) -> None:
    """Raise `Refused` before somebody fills in what cannot be done."""
    if verb is Verb.DUPLICATE:
        work.must_know(incident, by)
    if verb is Verb.RESTRICT:
        work.must_restrict(incident, by)
    if verb is Verb.SERVICE and len(incident.affected) < 2:
        raise Refused(f"{incident.label} affects no second service. Correct its own times instead.")
    if verb in (Verb.RESOLVE, Verb.TIMES, Verb.SERVICE):
        must_run(incident, by, "resolve it" if verb is Verb.RESOLVE else "correct its times")
    work.must_fit(incident, needs_open=verb in _WHILE_OPEN, needs_end=verb is Verb.REOPEN)


_WHILE_OPEN = (Verb.UPDATE, Verb.RESOLVE, Verb.LEAD, Verb.COMMS, Verb.SNOOZE)


def _correctable(incident: Incident) -> Shown:
    over = (Moment.RESOLVED, Moment.CLOSED)
    asked = [one for one in CORRECTABLE if one not in over or incident.times.at(one)]
    return shown_times(incident.times, asked)


def _ending(incident: Incident, now: datetime) -> Shown:
    asked = (Moment.STARTED, Moment.DETECTED, Moment.MITIGATED)
    unknown = [one for one in asked if incident.times.at(one) is None]
    return Shown({Moment.RESOLVED: now, **dict.fromkeys(unknown)})


def _needs_rca(services: Services, incident: Incident) -> bool:
    is_drill = incident.kind is IncidentKind.DRILL
    return services.severities.of(incident.severity).needs_rca and not is_drill


# --- Doing at once ---


def do(session: Session, services: Services, asked: Asked, by: Person, trigger: str) -> Incident:
    """Do what a button says, and bring the card up to date."""
    if asked.verb is Verb.REPOST:
        incident = _find(session, services, asked.number, by)
        outgoing.repost(session, services, incident)
        return incident
    now = services.now(session)
    others = _touched(session, services, asked, by)
    at_work = Work(session, asked.number, by, services.reader(by), trigger, now, others)
    if asked.verb is Verb.PUSH:
        return incident_reminder.push(session, services, at_work)
    other = _other(session, services, asked, by)
    incident = _done(at_work, services, asked.verb, other)
    outgoing.refresh(session, services, incident)
    for one in others:
        outgoing.refresh(session, services, find_incident(session, one, HOUSE))
    return incident


def _touched(session: Session, services: Services, asked: Asked, by: Person) -> list[int]:
    """Return the other incident that a button names, or that begins when it did before once the two are parted."""
    if asked.verb is Verb.UNVOID:
        return _originals(session, services, asked, by)
    return [] if asked.other is None else [asked.other]


def _originals(session: Session, services: Services, asked: Asked, by: Person) -> list[int]:
    """Return what an incident is a duplicate of, and so begins with it."""
    incident = _find(session, services, asked.number, by)
    return [one.id for one in originals_of(session, incident, HOUSE)]


def _other(session: Session, services: Services, asked: Asked, by: Person) -> Incident | None:
    if asked.other is None:
        return None
    return find_incident(session, asked.other, services.reader(by))


def _done(at_work: Work, services: Services, verb: Verb, other: Incident | None) -> Incident:
    match verb:
        case Verb.TAKE:
            return work.take_lead(at_work, services.severities)
        case Verb.JOIN:
            return work.join(at_work, [at_work.by.id])
        case Verb.LEAVE:
            return work.leave(at_work, at_work.by.id)
        case Verb.MITIGATE:
            return work.mitigate(at_work)
        case Verb.CLOSE:
            return work.close(at_work)
        case Verb.FALSE_ALARM:
            return work.false_alarm(at_work)
        case Verb.UNVOID:
            return work.unvoid(at_work, services.severities)
        case Verb.NO_REPEAT:
            return work.suspect_repeat(at_work, None)
        case Verb.REPEAT if other:
            return work.suspect_repeat(at_work, other)
        case Verb.SAME if other:
            return work.mark_duplicate(at_work, other)
    raise Refused("That cannot be done from here.")


def left_open(session: Session, services: Services, number: int, by: Person) -> str | None:
    """Return what is missing of the analysis of an incident that has been closed all the same."""
    incident, reader = _find(session, services, number, by), services.reader(by)
    analysis = find_rca(session, incident, reader)
    return unfinished(incident, analysis, services.severities.of(incident.severity))


# --- Doing what a form says ---


def fill(
    session: Session,
    services: Services,
    verb: Verb,
    carried: forms.Carried,
    form: Draft,
    by: Person,
    trigger: str,
    people: Mapping[str, Person],
) -> Incident:
    """Do what a form says, bring the card up to date, and tell in its thread what everybody has to know.

    `people` are those whom the form names.
    """
    now = services.now(session)
    others = _others(session, services, Asked(verb, carried.number), form, by)
    at_work = Work(session, carried.number, by, services.reader(by), trigger, now, others)
    return _FILLED[verb](
        _Filling(session, services, at_work, verb, form, carried.shown, people, trigger)
    )


def _others(
    session: Session, services: Services, asked: Asked, form: Draft, by: Person
) -> list[int]:
    """Return the other incidents that a form changes: the one that it names, the duplicates of a restricted one, or what a duplicate gives its times."""
    if isinstance(form, filled.DuplicateForm):
        try:
            return [named(session, services, form.of, by).id]
        except Refused as refused:
            raise FormErrors({"of": refused.sentence}) from None
    if asked.verb is Verb.RESTRICT:
        incident = _find(session, services, asked.number, by)
        return [one.id for one in duplicates_of(session, incident, HOUSE)]
    if asked.verb is Verb.TIMES:
        return _originals(session, services, asked, by)
    return []


class _Filling(NamedTuple):
    """A form that came back, and what it is about."""

    session: Session
    services: Services
    work: Work
    verb: Verb
    form: Draft
    shown: Shown
    people: Mapping[str, Person]
    trigger: str

    def refreshed(self, incident: Incident) -> Incident:
        outgoing.refresh(self.session, self.services, incident)
        return incident

    def told(self, incident: Incident, message: Message, key: str) -> Incident:
        outgoing.tell(self.session, self.services, incident, message, key)
        return incident

    @property
    def key(self) -> str:
        """What tells this act from others in the keys of messages, however close they follow on each other."""
        return f"{self.verb.value}:{sha256(self.trigger.encode()).hexdigest()[:16]}"


def _update(filling: _Filling) -> Incident:
    form = cast(filled.UpdateForm, filling.form)
    incident = work.tell(filling.work, form.text, filling.services.severities)
    filling.refreshed(incident)
    message = blocks.update_message(incident, form.text, filling.work.by.id)
    return filling.told(incident, message, filling.key)


def _note(filling: _Filling) -> Incident:
    form = cast(filled.NoteForm, filling.form)
    return filling.refreshed(work.note(filling.work, form.text, form.at))


def _severity(filling: _Filling) -> Incident:
    form, severities = cast(filled.SeverityForm, filling.form), filling.services.severities
    incident = work.change_severity(filling.work, severities, form.severity, form.why)
    filling.refreshed(incident)
    message = blocks.severity_message(incident, severities, form.why, filling.work.by.id)
    return filling.told(incident, message, filling.key)


def _times(filling: _Filling) -> Incident:
    form = cast(filled.TimesForm, filling.form)
    changes = form.changes(filling.shown)
    incident = filling.refreshed(work.correct_times(filling.work, changes, form.why))
    for one in originals_of(filling.session, incident, HOUSE):
        filling.refreshed(one)
    return incident


def _resolve(filling: _Filling) -> Incident:
    form, services = cast(filled.ResolveForm, filling.form), filling.services
    if _needs_rca(services, filling.work.incident) and form.owner is None:
        raise FormErrors({"owner": "Its severity asks for an analysis. Say who writes it."})
    times = form.times(filling.shown)
    incident = work.resolve(filling.work, services.severities, times)
    owner = filling.people[form.owner] if form.owner else filling.work.by
    _ended(filling.session, services, incident, owner, filling.work.by)
    return incident


def _reopen(filling: _Filling) -> Incident:
    form = cast(filled.ReopenForm, filling.form)
    since = filled.not_before(form.since, filling.work.incident.times.resolved)
    incident = work.reopen(filling.work, since, filling.services.severities)
    rca.reopened(filling.session, filling.services, incident)
    filling.refreshed(incident)
    message = blocks.reopened_message(incident, filling.work.by.id)
    return filling.told(incident, message, filling.key)


def _hand_over(filling: _Filling) -> Incident:
    form = cast(filled.HandOverForm, filling.form)
    role = "lead" if filling.verb is Verb.LEAD else "comms"
    return filling.refreshed(
        work.hand_over(filling.work, form.to, role, filling.services.severities)
    )


def _people(filling: _Filling) -> Incident:
    form = cast(filled.PeopleForm, filling.form)
    return filling.refreshed(work.join(filling.work, form.people))


def _what(filling: _Filling) -> Incident:
    form, before = cast(filled.WhatForm, filling.form), filling.work.incident
    known = {each.service: each for each in before.affected}
    after = [known.get(one) or Affected(one, None, None) for one in dict.fromkeys(form.services)]
    work.change_title(filling.work, form.title)
    return filling.refreshed(work.change_services(filling.work, after))


def _service(filling: _Filling) -> Incident:
    form = cast(filled.ServiceForm, filling.form)
    own = Affected(form.service, form.began, form.ended)
    return filling.refreshed(work.correct_service_times(filling.work, own, form.why))


def _snooze(filling: _Filling) -> Incident:
    form = cast(filled.SnoozeForm, filling.form)
    severity = filling.services.severities.of(filling.work.incident.severity)
    return filling.refreshed(work.snooze(filling.work, form.until, severity))


def _duplicate(filling: _Filling) -> Incident:
    form, by = cast(filled.DuplicateForm, filling.form), filling.work.by
    reader = filling.services.reader(by)
    try:
        other = find_named(filling.session, form.of, reader)
        incident = filling.refreshed(work.mark_duplicate(filling.work, other))
    except Refused as refused:
        raise FormErrors({"of": refused.sentence}) from None
    filling.refreshed(find_incident(filling.session, other.id, reader))
    return incident


def _restrict(filling: _Filling) -> Incident:
    form = cast(filled.RestrictForm, filling.form)
    return room.restrict(filling.session, filling.services, filling.work, frozenset(form.named))


_FILLED: dict[Verb, Callable[[_Filling], Incident]] = {
    Verb.UPDATE: _update,
    Verb.NOTE: _note,
    Verb.SEVERITY: _severity,
    Verb.TIMES: _times,
    Verb.RESOLVE: _resolve,
    Verb.REOPEN: _reopen,
    Verb.LEAD: _hand_over,
    Verb.COMMS: _hand_over,
    Verb.PEOPLE: _people,
    Verb.WHAT: _what,
    Verb.SNOOZE: _snooze,
    Verb.DUPLICATE: _duplicate,
    Verb.RESTRICT: _restrict,
    Verb.SERVICE: _service,
}


# --- Pushpins ---


class Pinned(NamedTuple):
    """A message as Slack has it now: where and in whose thread it stands, whose it is, what it says, whether it is marked."""

    channel: str
    ts: str
    thread: str
    author: str
    text: str
    is_marked: bool


def pinned(session: Session, services: Services, message: Pinned, by: Person, trigger: str) -> None:
    """Take a message into the timeline of the incident it belongs to, or out of it again, as it is marked now."""
    incident = find_at(session, message.channel, message.thread, services.reader(by))
    place = (message.channel, message.ts)
    if incident is None or outgoing.card_at(incident) == place:
        return
    now = services.now(session)
    at_work = Work(session, incident.id, by, services.reader(by), f"pin:{trigger}", now)
    if message.is_marked:
        at = min(filled.instant(message.ts), now)
        work.pin(at_work, place, message.author, message.text, at)
    else:
        work.unpin(at_work, place)


def _find(session: Session, services: Services, number: int, by: Person) -> Incident:
    by.must_be(Role.MEMBER, "see incidents")
    return find_incident(session, number, services.reader(by))
