"""Root cause analyses on their way out: one transaction decides, shows and promises.

Every message about the analysis of the incident with the id 12, to a person or in its thread, has a key that begins
with "incident:12:rca:". Of a restricted incident only those hear who may know of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.blocks import rca as blocks
from bot.blocks import rca_form as forms
from bot.blocks import rca_look as look_blocks
from bot.blocks import rca_news as news
from bot.blocks.action_news import given_message
from bot.blocks.kit import Block, Message
from bot.blocks.rca_form import Choices
from bot.domain import incident_steps
from bot.domain import rca_look as looks
from bot.domain import rca_reminder as reminders
from bot.domain import rca_work as work
from bot.domain.action import ActionDraft
from bot.domain.action_item import ActionItem
from bot.domain.blame import Hint
from bot.domain.colleague import bosses_of, zone_of
from bot.domain.declaration import look_alikes
from bot.domain.incident import EVERYBODY, HOUSE, Incident, find_incident, who_sees
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.rca import (
    Deed,
    Rca,
    earlier_incidents,
    find_rca,
    is_required,
    may_appoint,
    must_be_able,
    must_be_over,
    repeats_of,
    waiting,
)
from bot.domain.rca_work import Page, Values
from bot.domain.reminder import ESCALATE_AFTER
from bot.domain.workday import next_working_time, workdays_between
from bot.errors import Forbidden, FormErrors, Refused
from bot.outgoing.incident import card_at, card_key, keep_private, plan, refresh, tell
from bot.services import Services, forget_words, promise, promise_edit, promise_removal
from bot.storage import outbox
from bot.vocabulary import Priority, RcaState, Role


def appoint(
    session: Session,
    services: Services,
    incident: Incident,
    owner: Person,
    by: Person,
    *,
    is_told: bool = True,
) -> Rca:
    """Let somebody analyse a resolved incident: they are told, and so are those who follow it.

    To be called in the transaction that resolves it or later; `Refused` where it cannot be. Who sees the form at once
    need not be told (`is_told`).
    """
    now, reader = services.now(session), services.reader(by)
    made = work.appoint(session, incident, owner, by, reader, services.severities, now)
    rca, today, stamp = made.rca, now.astimezone(owner.zone).date(), _stamp(now)
    if is_told:
        message = news.appointed_message(rca, by.id, today)
        tell_person(session, services, rca.incident, owner.id, message, f"owner:{stamp}")
    if made.before is not None and made.before != by.id:
        relieved = news.relieved_message(rca, by.id)
        tell_person(session, services, rca.incident, made.before, relieved, f"relieved:{stamp}")
    announced = news.announced_message(rca, today)
    tell(session, services, rca.incident, announced, f"rca:owner:{stamp}")
    refresh(session, services, rca.incident)
    return rca


def tell_person(
    session: Session,
    services: Services,
    incident: Incident,
    person: str,
    message: Message,
    key: str,
) -> None:
    """Promise a person a message about an analysis, if they may know of it; `key` says what it is about."""
    audience = who_sees(incident, services.settings.incidents.restricted_to)
    if audience is None or person in audience:
        promise(session, person, message, f"{_key(incident, key)}:{person}")


def today_of(session: Session, services: Services, person: str, now: datetime) -> date:
    """Return which day it is where a person is."""
    return now.astimezone(zone_of(session, person, services.staff)).date()


def _key(incident: Incident, part: str) -> str:
    return f"{card_key(incident.id)}:rca:{part}"


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}"


# --- What people are shown ---


def look(
    session: Session, services: Services, incident_id: int, by: Person, said: str = ""
) -> Block:
    """Return the window of an analysis, or the one that says that nobody writes it."""
    incident, rca = _find(session, services, incident_id, by)
    if rca is not None:
        today = services.now(session).astimezone(by.zone).date()
        return blocks.analysis_window(rca, by, today, said)
    by.must_be(Role.MEMBER, "analyse incidents")
    must_be_over(incident)
    severity = services.severities.of(incident.severity)
    needs = is_required(incident, severity)
    return blocks.nobody_window(incident, by, severity.name, is_required=needs)


def page(
    session: Session,
    services: Services,
    incident_id: int,
    number: Page,
    by: Person,
    *,
    typed: Values | None = None,
    hints: Sequence[Hint] = (),
    note: str = "",
) -> Block:
    """Return a page of the form, for somebody who may write."""
    incident, rca = _find(session, services, incident_id, by)
    if rca is None:
        raise Refused(f"Nobody analyses {incident.label} yet. Open it and say who does.")
    must_be_able(Deed.WRITE, rca, by)
    choices = Choices()
    if number is Page.CAUSES:
        reader = services.reader(by)
        alike = look_alikes(session, incident, services.now(session))
        earlier = [each for each in alike if each.times.began < incident.times.began]
        choices = Choices(earlier, earlier_incidents(session, incident, reader))
    return forms.page_form(rca, number, by.zone, choices, typed=typed, hints=hints, note=note)


def find_for(session: Session, services: Services, incident_id: int, by: Person, deed: Deed) -> Rca:
    """Return an analysis with which a person may do something now."""
    incident, rca = _find(session, services, incident_id, by)
    if rca is None:
        raise Refused(f"Nobody analyses {incident.label} yet. Open it and say who does.")
    must_be_able(deed, rca, by)
    return rca


def find_to_appoint(
    session: Session, services: Services, incident_id: int, by: Person
) -> tuple[Incident, Rca | None]:
    """Return an incident and its analysis for somebody who may say who writes it."""
    incident, rca = _find(session, services, incident_id, by)
    must_be_over(incident)
    if rca is not None:
        must_be_able(Deed.APPOINT, rca, by)
    elif not may_appoint(incident, by):
        raise Forbidden(
            f"Only the lead of {incident.label}, team leads and managers can appoint somebody. Ask one of them."
        )
    return incident, rca


def find_shown(session: Session, services: Services, incident_id: int, by: Person) -> Rca:
    """Return an analysis that a person may read."""
    incident, rca = _find(session, services, incident_id, by)
    if rca is None:
        raise Refused(f"Nobody analyses {incident.label} yet.")
    return rca


def waiting_for(session: Session, services: Services, by: Person) -> Message:
    """Return the analyses that are not reviewed yet, as far as a person may know of them."""
    by.must_be(Role.MEMBER, "see root cause analyses")
    today = services.now(session).astimezone(by.zone).date()
    return blocks.waiting_message(waiting(session, services.reader(by)), today)


def _find(
    session: Session, services: Services, incident_id: int, by: Person
) -> tuple[Incident, Rca | None]:
    by.must_be(Role.MEMBER, "see root cause analyses")
    reader = services.reader(by)
    incident = find_incident(session, incident_id, reader)
    return incident, find_rca(session, incident, reader)


# --- What people do ---


def appoint_by_form(
    session: Session,
    services: Services,
    incident_id: int,
    owner: Person,
    by: Person,
    trigger: str,
    *,
    is_told: bool = True,
) -> Rca:
    """Let somebody analyse an incident, as a form or a press of a button says."""
    doing = _work(session, services, incident_id, by, trigger)
    return appoint(session, services, doing.incident, owner, by, is_told=is_told)


def save(
    session: Session,
    services: Services,
    incident_id: int,
    number: Page,
    values: Values,
    seen: str,
    by: Person,
    trigger: str,
) -> bool:
    """Keep a page; return False, and keep nothing, where somebody else has changed it meanwhile."""
    doing = _work(session, services, incident_id, by, trigger)
    rca = work.save_page(doing, number, values, seen, services.reader(by))
    if rca is not None and rca.incident.repeat_of != doing.incident.repeat_of:
        refresh(session, services, rca.incident)
    return rca is not None


def plan_action(
    session: Session,
    services: Services,
    incident_id: int,
    draft: ActionDraft,
    owner: Person,
    link: str | None,
    by: Person,
    trigger: str,
) -> ActionItem:
    """Add an action to the plan, and promise its owner a word about it."""
    doing = _work(session, services, incident_id, by, trigger)
    audience = who_sees(doing.incident, services.settings.incidents.restricted_to)
    if audience is not None and owner.id not in {*audience, by.id}:
        raise FormErrors(
            {
                "owner": f"{owner.name} may not know of {doing.incident.label}. Name them on it first."
            }
        )
    item = work.plan_action(doing, draft, owner, trigger, link, audience, services.reader(by))
    if owner.id != by.id:
        key = f"{_key(doing.incident, 'action')}:{item.id}:{owner.id}"
        promise(session, owner.id, given_message(item, by), key)
    return item


def submit(session: Session, services: Services, incident_id: int, by: Person, trigger: str) -> str:
    """Submit an analysis; those who can review it are asked to. Return what to say."""
    doing = _work(session, services, incident_id, by, trigger)
    rca = work.submit(doing, services.reader(by))
    stamp, asked = _stamp(doing.now), _reviewers(session, services, rca)
    for person in asked:
        message = news.submitted_message(rca, by.id)
        tell_person(session, services, rca.incident, person, message, f"review:{stamp}")
    tell(session, services, rca.incident, news.in_review_message(rca), f"rca:review:{stamp}")
    names = ", ".join(f"<@{person}>" for person in asked)
    return f"✅ Submitted. {f'I have asked {names} to review it.' if names else 'A team lead or manager can review it.'}"


def take_back(
    session: Session, services: Services, incident_id: int, by: Person, trigger: str
) -> str:
    """Let an analysis be a draft again. Return what to say."""
    work.take_back(_work(session, services, incident_id, by, trigger), services.reader(by))
    return "It is a draft again."


def send_back(
    session: Session, services: Services, incident_id: int, words: str, by: Person, trigger: str
) -> str:
    """Let its owner work on it again, and tell them why. Return what to say."""
    doing = _work(session, services, incident_id, by, trigger)
    rca = work.send_back(doing, words, services.reader(by))
    message = news.sent_back_message(rca, by.id, words)
    tell_person(session, services, rca.incident, rca.owner, message, f"back:{_stamp(doing.now)}")
    return f"Sent back to <@{rca.owner}>, with what you wrote."


def review(session: Session, services: Services, incident_id: int, by: Person, trigger: str) -> str:
    """Say that an analysis holds, and publish it in the incident's thread. Return what to say."""
    doing = _work(session, services, incident_id, by, trigger)
    rca = work.review(doing, services.reader(by))
    _publish(session, services, _published(session, rca))
    message = news.reviewed_message(rca, by.id)
    key = f"reviewed:{_stamp(doing.now)}"
    tell_person(session, services, rca.incident, rca.owner, message, key)
    return "✅ Reviewed and published in the incident’s thread."


def answer(
    session: Session,
    services: Services,
    incident_id: int,
    days: int,
    returned_as: int | None,
    by: Person,
    trigger: str,
) -> Message:
    """Keep whether an incident came back, and let the return be its repeat. Return what is left of the question."""
    others, reader = [] if returned_as is None else [returned_as], services.reader(by)
    doing = _work(session, services, incident_id, by, trigger, others)
    rca = looks.answer(doing, days, returned_as, reader)
    if returned_as is None:
        return look_blocks.answered_message(rca.incident, None)
    other = _work(session, services, returned_as, by, f"{trigger}:return")
    returned = looks.mark_return(other, rca.incident, reader)
    refresh(session, services, returned)
    return look_blocks.answered_message(rca.incident, returned)


def restricted(session: Session, services: Services, incident: Incident) -> None:
    """Name whoever writes the analysis of an incident that has become restricted on it, so that they go on seeing it.

    To be called in the transaction that restricts it.
    """
    work.name_owner(session, incident, services.now(session))
    named = find_incident(session, incident.id, HOUSE)
    keep_private(session, services, named)
    plan(session, services, named)


def reopened(session: Session, services: Services, incident: Incident) -> None:
    """Let the analysis of an incident that goes on be a draft again, and tell its owner.

    To be called in the transaction that reopens it; where it is not, the next tick does the same.
    """
    change = reminders.take_change(session, incident.id, services.severities, services.staff)
    if change is not None:
        _tell_change(session, services, change, services.now(session))


def _work(
    session: Session,
    services: Services,
    incident_id: int,
    by: Person,
    trigger: str,
    others: Sequence[int] = (),
) -> Work:
    now = services.now(session)
    return Work(session, incident_id, by, services.reader(by), f"rca:{trigger}", now, others)


def _publish(session: Session, services: Services, rca: Rca) -> None:
    """Promise an analysis under the incident's card; promising it again is promising it once."""
    for part, message in _publication(rca).items():
        tell(session, services, rca.incident, message, part)


def _publication(rca: Rca) -> dict[str, Message]:
    """Return the messages of a reviewed analysis, by what follows the incident in their keys."""
    stamp = _stamp(rca.reviewed_at) if rca.reviewed_at else ""
    messages = enumerate(blocks.thread_messages(rca), 1)
    return {f"rca:text:{stamp}:{number}": message for number, message in messages}


def name_no_more(session: Session, services: Services, before: Incident) -> None:
    """Let no published analysis of another incident name one that has become restricted.

    What is out is said anew without it, and so is the file. What is no more the last that was published, or belongs to
    an analysis that is being written again, is taken back.
    """
    words = f"{before.label} "
    naming: dict[int, list[str]] = defaultdict(list)
    for key in outbox.keys_saying(session, "incident", words):
        _, number, *part = key.split(":")
        if part[:2] == ["rca", "text"]:
            naming[int(number)].append(key)
    repeats = [one.id for one in repeats_of(session, before, HOUSE) if one.repeat_is_confirmed]
    for other in sorted({*naming, *repeats}):
        _say_without(session, services, other, naming[other], words)


def _say_without(
    session: Session, services: Services, incident_id: int, naming: list[str], words: str
) -> None:
    incident, rca = find_incident(session, incident_id, HOUSE), find_published(session, incident_id)
    key = card_key(incident_id)
    fresh = {f"{key}:{part}": message for part, message in _publication(rca).items()} if rca else {}
    last = {one.rpartition(":")[0] for one in fresh}
    known = outbox.keys_under(session, f"{key}:rca:text")
    for each in known:
        if each in fresh:
            promise_edit(session, each, fresh[each])
            forget_words(session, each)
        elif each in naming or each.rpartition(":")[0] in last:
            promise_removal(session, each)
    incident_steps.unshare(session, incident_id)
    if not known and (card := card_at(incident)):  # the outbox has forgotten where it stands
        incident_steps.blot(session, incident_id, card, words)
    if rca is None:
        return
    _publish(session, services, rca)  # what the outbox knows nothing of; the file follows on that
    if fresh.keys() <= {*known}:
        incident_steps.share_analysis(session, incident_id, _stamp(services.now(session)))


def find_published(session: Session, incident_id: int) -> Rca | None:
    """Return the analysis of an incident as everybody may read it, None where it is not published, or not any more."""
    rca = find_rca(session, find_incident(session, incident_id, HOUSE), HOUSE)
    is_out = rca is not None and rca.state is RcaState.REVIEWED
    return _published(session, rca) if rca is not None and is_out else None


def _published(session: Session, rca: Rca) -> Rca:
    """Return an analysis as everybody may read it; that of a restricted incident stays in its own channel."""
    if rca.incident.is_restricted:
        return replace(rca, repeat=None)
    return find_rca(session, rca.incident, EVERYBODY) or rca


def _reviewers(session: Session, services: Services, rca: Rca) -> list[str]:
    """Return who is asked for a review: the lead of the owner's team, or else the managers."""
    found = _bosses(session, services, rca)
    leads = [each for each in found if each not in services.staff.managers]
    return [each for each in leads or found if each != rca.submitted_by]


def _bosses(session: Session, services: Services, rca: Rca) -> list[str]:
    """Return to whom the owner of an analysis reports, as far as they may know of the incident."""
    bosses = bosses_of(session, rca.owner, services.staff)
    audience = who_sees(rca.incident, services.settings.incidents.restricted_to)
    if audience is None:
        return bosses
    others = [*bosses, *services.settings.incidents.restricted_to]
    return [each for each in dict.fromkeys(others) if each in audience and each != rca.owner]


# --- What the clock does ---


def remind(session: Session, services: Services, incident_id: int, now: datetime) -> None:
    """Remind an owner of their analysis, and tell managers of one that is late; once a day."""
    morning = reminders.take_morning(session, incident_id, services.staff, now)
    if morning is None:
        return
    rca, day = morning.rca, morning.day
    message = news.reminder_message(rca, day)
    key = f"{_key(rca.incident, 'due')}:{day}:{rca.owner}"
    promise(session, rca.owner, message, key, priority=Priority.SCHEDULED, until=morning.until)
    for boss in _managers(session, services, rca) if morning.is_escalated else ():
        zone = zone_of(session, boss, services.staff)
        promise(
            session,
            boss,
            news.late_message(rca, day),
            f"{_key(rca.incident, 'late')}:{day}:{boss}",
            due=next_working_time(now, zone),
            priority=Priority.SCHEDULED,
        )


def follow(session: Session, services: Services, incident_id: int, now: datetime) -> None:
    """Let an analysis fit its incident again, which was reopened, or became worse, and tell its owner."""
    change = reminders.take_change(session, incident_id, services.severities, services.staff)
    if change is not None:
        _tell_change(session, services, change, now)


def find_unasked(session: Session, services: Services, now: datetime) -> list[tuple[int, str]]:
    """Return for which incidents nobody writes an analysis, and who is still to be asked whom to appoint."""
    found = reminders.find_unappointed(session, services.severities, now)
    asked = {
        _nobody_key(services, incident, person, now): (incident.id, person)
        for incident in found
        for person in _who_appoints(services, incident, now)
    }
    told = outbox.promised(session, asked)
    return [who for key, who in asked.items() if key not in told]


def ask_whom(
    session: Session, services: Services, incident_id: int, person: str, now: datetime
) -> None:
    """Ask somebody who is to analyse an incident."""
    incident = find_incident(session, incident_id, HOUSE)
    severity = services.severities.of(incident.severity)
    zone = zone_of(session, person, services.staff)
    promise(
        session,
        person,
        news.nobody_message(incident, severity.name),
        _nobody_key(services, incident, person, now),
        due=next_working_time(now, zone),
        priority=Priority.SCHEDULED,
    )


def ask_whether_it_came_back(
    session: Session, services: Services, incident_id: int, now: datetime
) -> None:
    """Ask whoever is to know it whether an incident came back."""
    watchers = services.settings.incidents.restricted_to
    question = looks.take_question(session, incident_id, services.staff, now, watchers)
    if question is not None:
        rca, one = question.rca, question.look
        key = f"{_key(rca.incident, 'look')}:{one.days}:{one.asks + 1}:{question.to}:{one.due_on}"
        message = look_blocks.question_message(question)
        promise(session, question.to, message, key, priority=Priority.SCHEDULED)


def _tell_change(
    session: Session, services: Services, change: reminders.Change, now: datetime
) -> None:
    rca, stamp = change.rca, _stamp(now)
    if change.is_reopened:
        message = news.back_to_draft_message(rca)
        tell_person(session, services, rca.incident, rca.owner, message, f"draft:{stamp}")
        return
    today = today_of(session, services, rca.owner, now)
    message = news.required_message(rca, today)
    tell_person(session, services, rca.incident, rca.owner, message, f"moved:{stamp}")


def _managers(session: Session, services: Services, rca: Rca) -> list[str]:
    managers = {*services.staff.managers, *services.settings.incidents.restricted_to}
    found = _bosses(session, services, rca)
    return [each for each in found if each in managers] or found


def _who_appoints(services: Services, incident: Incident, now: datetime) -> list[str]:
    """Return who is asked to appoint somebody: the lead, some days later the managers too; they alone without a lead."""
    audience = who_sees(incident, services.settings.incidents.restricted_to)
    managers = [
        each for each in services.staff.managers if audience is None or each in audience
    ] or [*services.settings.incidents.restricted_to]
    if incident.lead is None:
        return managers
    is_again = _round(services, incident, now) > 0
    return list(dict.fromkeys([incident.lead, *(managers if is_again else [])]))


def _nobody_key(services: Services, incident: Incident, person: str, now: datetime) -> str:
    return f"{_key(incident, 'nobody')}:{_round(services, incident, now)}:{person}"


def _round(services: Services, incident: Incident, now: datetime) -> int:
    """Return the how-manieth time it is asked: every third working day after the resolution."""
    zone = services.staff.zone
    resolved = (incident.times.resolved or now).astimezone(zone).date()
    return workdays_between(resolved, now.astimezone(zone).date()) // ESCALATE_AFTER
