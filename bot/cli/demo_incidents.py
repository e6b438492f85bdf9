"""The demo's incidents: lived through in the past by the house's own rules, and shown in the practice Slack at each start."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.cli.demo_analyses import analyse
from bot.domain import declaration
from bot.domain import incident_work as work
from bot.domain.declaration import Declaration
from bot.domain.incident import EVERYBODY, HOUSE, Incident, find_incident, find_incidents
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.rca import is_required
from bot.outgoing import incident as outgoing
from bot.services import Services
from bot.storage import incident as rows
from bot.vocabulary import Customers, Effect, IncidentKind, Moment, Noticed, Role
from bot.workspace import incident_story as story
from bot.workspace.content import read_content
from bot.workspace.message import Message as Post
from bot.workspace.server import PracticeSlack

_UPDATE = timedelta(minutes=25)
_NAMED = frozenset({"U0MARCUS", "U0SOFIA"})
_UPDATES = (
    "We know what it is and work on it.",
    "The mend is being rolled out; most customers are well again.",
)


def live_through(session: Session, services: Services, anchor: date, now: datetime) -> None:
    """Let the company have its incidents up to now, unless an earlier start did."""
    if find_incidents(session, HOUSE, most=1):
        return
    known: dict[str, Incident] = {}
    for told in story.incidents(anchor, now):
        known[told.key] = _Life(session, services, told, now).live(known)
        _analyse(session, services, told, known[told.key], now)


def _analyse(
    session: Session, services: Services, told: story.Told, incident: Incident, now: datetime
) -> None:
    """Let the cause be analysed where that is asked for; of one incident nobody has got to it."""
    is_asked = is_required(incident, services.severities.of(incident.severity))
    if told.cause and is_asked and incident.times.resolved is not None:
        cause = story.CAUSES[told.cause]
        analyse(session, services, incident, cause, now, is_late=told.is_late)


def show_cards(session: Session, services: Services, slack: PracticeSlack) -> None:
    """Post the cards that everybody may see, each at the time it was declared."""
    channel = services.settings.channels.incidents
    if channel is None:
        return
    for post in _cards(session, services, slack, channel):
        slack.workspace.post(post)
    slack.workspace.conversations[channel].put_in_order()


def _cards(
    session: Session, services: Services, slack: PracticeSlack, channel: str
) -> Iterator[Post]:
    for incident in reversed(find_incidents(session, EVERYBODY)):
        ts = f"{int(incident.times.declared.timestamp())}.{incident.id:06d}"
        rows.keep_card(session, incident.id, channel, ts)
        shown = find_incident(session, incident.id, EVERYBODY)
        app, message = slack.app, outgoing.card(session, services, shown)
        post = Post(
            channel,
            ts,
            app.bot_user,
            message.text,
            bot_id=app.bot_id,
            app_id=app.app_id,
            team_id=slack.workspace.team.id,
        )
        read_content(message.as_payload(), slack.chaos).fill(post)
        yield post


class _Life:
    """One incident of the story, lived through step by step at the times it had."""

    def __init__(
        self, session: Session, services: Services, told: story.Told, now: datetime
    ) -> None:
        self._session, self._services, self._told, self._now = session, services, told, now
        self._severities = services.severities
        self._presses = 0

    def live(self, known: dict[str, Incident]) -> Incident:
        """Carry out everything that the story tells of it."""
        told = self._told
        incident = declaration.declare(
            self._session,
            self._declaration(),
            _person(told.declarer),
            self._severities,
            f"demo:{told.key}",
            self._at(told.detected + 1),
        )
        if told.duplicate_of:
            work.mark_duplicate(self._work(incident, told.detected + 4), known[told.duplicate_of])
        elif told.is_false_alarm:
            work.false_alarm(self._work(incident, told.resolved or told.detected))
        else:
            self._work_on(incident)
        if told.repeat_of:
            later = self._work(incident, (told.resolved or told.detected) + 60)
            work.mark_repeat(later, known[told.repeat_of], is_confirmed=told.is_confirmed)
        return self._again(incident)

    def _declaration(self) -> Declaration:
        told = self._told
        kind = IncidentKind.REAL
        if told.is_drill or told.is_security:
            kind = IncidentKind.DRILL if told.is_drill else IncidentKind.SECURITY
        return Declaration(
            told.title,
            told.services,
            Customers(told.customers),
            Effect(told.effect),
            noticed=Noticed(told.noticed),
            started=told.at if told.knows_start else None,
            detected=self._at(told.detected),
            kind=kind,
            named=_NAMED if told.is_security else frozenset(),
        )

    def _work_on(self, incident: Incident) -> None:
        told = self._told
        if told.acknowledged is not None:
            work.take_lead(self._work(incident, told.acknowledged), self._severities)
        for number, words in enumerate(_UPDATES, 1):
            at = (told.acknowledged or 0) + number * _UPDATE // timedelta(minutes=1)
            if at < (told.resolved or 0) or (told.resolved is None and self._at(at) < self._now):
                work.tell(self._work(incident, at), words, self._severities)
        if told.mitigated is not None:
            work.mitigate(self._work(incident, told.mitigated))
        if told.resolved is not None:
            work.resolve(self._work(incident, told.resolved), self._severities, {})
            self._come_back(incident, told.resolved)
        if not told.knows_detection:
            later = self._work(incident, (told.resolved or 0) + 4 * 24 * 60)
            work.correct_times(later, {Moment.DETECTED: None}, "Nobody remembers who saw it first")

    def _come_back(self, incident: Incident, resolved: int) -> None:
        """Let an incident come back and be resolved again, or else be closed some days later."""
        back = self._told.back_after
        if back is not None:
            since = self._at(resolved + back)
            work.reopen(self._work(incident, resolved + back + 2), since, self._severities)
            times = {Moment.MITIGATED: self._at(resolved + back + 20)}
            work.resolve(self._work(incident, resolved + back + 26), self._severities, times)
        elif self._at(resolved) < self._now - timedelta(days=10):
            work.close(self._work(incident, resolved + 3 * 24 * 60))

    def _work(self, incident: Incident, minutes: int) -> Work:
        self._presses += 1
        press = f"demo:{self._told.key}:{self._presses}"
        by = _person(self._told.lead)
        at = self._at(minutes)
        return Work(self._session, incident.id, by, HOUSE, press, at)

    def _again(self, incident: Incident) -> Incident:
        return find_incident(self._session, incident.id, HOUSE)

    def _at(self, minutes: int) -> datetime:
        return self._told.at + timedelta(minutes=minutes)


def _person(user_id: str) -> Person:
    return Person(user_id, user_id, Role.MANAGER, ZoneInfo("UTC"))
