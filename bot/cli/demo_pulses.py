"""The demo's pulse surveys: lived through in the past by the house's own rules, as its incidents are."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import pulse, pulse_answer, pulse_call, pulse_close, pulse_roster
from bot.domain.pulse import Terms, Wave
from bot.outgoing import pulse as outgoing
from bot.services import Services
from bot.storage import pulse as rows
from bot.storage.pulse import Guest
from bot.workspace import company, pulse_story
from bot.workspace.pulse_story import Told

_SOON = timedelta(minutes=5)
_EVERYBODY = 100


def ask_around(session: Session, services: Services, anchor: date, now: datetime) -> None:
    """Let the company have its surveys, unless an earlier start did; of the last one nobody knows anything yet.

    Who was at work since that opened is asked: by the bot, as soon as it runs.
    """
    if pulse.recent(session):
        return
    for told in pulse_story.surveys(anchor):
        _live(session, services, told, now)


def _live(session: Session, services: Services, told: Told, now: datetime) -> None:
    wave = pulse.plan_wave(
        session, _terms(services, told), company.ANA, told.opens_at, told.opens_at
    )
    opened = _open(session, services, wave, told.opens_at)
    people = [guest.person for guest in rows.guests(session, wave.id)]
    if told.closes_at > now:
        people.remove(company.ANA)  # so that whoever tries the demo can answer
    at = min(told.opens_at + _SOON, now)
    for person, given in pulse_story.answers(told, people, len(wave.statements)):
        pulse_answer.answer(session, services.vault, opened.id, person, given, at)
    if told.closes_at <= now:
        pulse_close.close_due(session, services.vault, told.closes_at)
        rows.forget_calls(session, wave.id)  # everybody has read what came of it
    else:
        _call(session, services, wave, now)


def _call(session: Session, services: Services, wave: Wave, now: datetime) -> None:
    """Ask whoever has been at work since it opened; of those who were reminded, nobody wants to be so now."""
    while due := [
        one.due_at for one in rows.calls(session, wave.id) if not one.is_done and one.due_at <= now
    ]:
        page = pulse_call.next_page(session, services.vault, min(due), _EVERYBODY)
        if page is not None and page.what == "ask":
            # It leaves when the bot runs, though the evening of the day on which it was due has passed
            outgoing.tell_page(session, replace(page, until=wave.closes_at))


def _open(session: Session, services: Services, wave: Wave, at: datetime) -> Wave:
    """Open a survey for the whole company, without asking Slack who that is."""
    pulse_roster.begin(session, at)
    guests = [Guest(person, team, zone) for person, team, zone in company.staff()]
    pulse_roster.seat(session, wave.id, "", guests, pulse_roster.READ)
    groups, teams = services.groups(wave.terms), services.settings.teams
    return pulse_roster.open_wave(session, services.vault, wave.id, groups, at, teams)


def _terms(services: Services, told: Told) -> Terms:
    return Terms(
        name=told.name,
        teams=tuple(services.settings.teams),
        count=3,
        own=(),
        asks_enps=True,
        asks_comment=True,
        days=7,
        remind=(3, 6),
        least=5,
        grouping="roles",
    )
