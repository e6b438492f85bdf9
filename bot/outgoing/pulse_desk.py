"""What people ask of surveys at the surface: the list, how one stands, the bank; each in one look."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.blocks import pulse_manager as blocks
from bot.blocks import pulse_result
from bot.blocks.kit import Message
from bot.domain import pulse, pulse_answer, pulse_plan
from bot.domain.person import Person
from bot.domain.pulse import Wave, read_number
from bot.domain.pulse_close import Result, result_of
from bot.domain.pulse_progress import standing
from bot.errors import Refused
from bot.outgoing.pulse import why_stuck
from bot.services import Services
from bot.vocabulary import Role, WaveState

_CANCELLED_SHOWN = timedelta(days=1)


def listed(session: Session, person: Person, now: datetime) -> Message:
    """Return the surveys that ask a person, and for managers all of them: what was cancelled last, and not for long."""
    waves = pulse.recent(session)
    mine = [wave for wave in waves if pulse_answer.is_asked(session, wave, person.id, now)]
    if not person.may(Role.MANAGER):
        return blocks.list_message([], mine, may_start=False)
    old = pulse_plan.cancelled_before(session, now - _CANCELLED_SHOWN)
    kept = [wave for wave in waves if wave.id not in old]
    kept.sort(key=lambda wave: wave.state is WaveState.CANCELLED)
    plans = {wave.id: pulse_plan.plan_of(session, wave.id) for wave in kept if wave.is_planned}
    rhythms = {number: plan.rhythm for number, plan in plans.items() if plan and plan.is_active}
    return blocks.list_message(kept, mine, may_start=True, rhythms=rhythms)


def status(
    session: Session,
    services: Services,
    text: str,
    person: Person,
    to: str = "see how a survey stands",
) -> Message:
    """Return how a survey stands: the one that is named, or else the latest that is not over; `to` is what it is shown for."""
    person.must_be(Role.MANAGER, to)
    number = read_number(text) if text.strip() else _latest(session)
    now = services.now(session)
    found = standing(session, services.vault, number, now)
    stuck = why_stuck(services, found.obstacle) if found.obstacle else ""
    coming = pulse_plan.next_opening(session, number, now)
    return blocks.status_message(found, stuck, coming)


def may_end(session: Session, text: str, person: Person) -> Message:
    """Return the question whether the series of a survey shall end."""
    return blocks.end_question(pulse_plan.series_of(session, read_number(text), person))


def one(session: Session, services: Services, text: str, person: Person) -> Message:
    """Return what there is to do with one survey: how it stands for managers, and for others the button to answer or its result."""
    if person.may(Role.MANAGER):
        return status(session, services, text, person)
    wave = pulse.find(session, read_number(text))
    if wave.state is WaveState.CLOSED:
        return result(session, text, person)
    if not pulse_answer.is_asked(session, wave, person.id, services.now(session)):
        raise Refused(f"Pulse {wave.number} does not ask you now. `/pulse` shows those that do.")
    return blocks.list_message([], [wave], may_start=False)


def result(session: Session, text: str, person: Person) -> Message:
    """Return what was published of a survey, the last one where none is named: to those it asked in short, all to managers.

    `Refused` to anybody else, and where it is forgotten whom it asked.
    """
    if person.may(Role.MANAGER):
        return pulse_result.result_message(*find_result(session, text))
    number = _last_that_asked(session, person) if _means_last(text) else read_number(text)
    wave, published = result_of(session, number)
    if not pulse_answer.was_asked(session, wave, person.id):
        raise Refused(
            f"Pulse {wave.number} did not ask you, or I have forgotten by now whom it asked. Its result is for those it asked, in my message to them, and for managers; ask one of them to share it with you."
        )
    return pulse_result.short_message(wave, published)


def find_result(session: Session, text: str) -> tuple[Wave, Result]:
    """Return a survey and what was published of it."""
    if not _means_last(text):
        return result_of(session, read_number(text))
    closed = pulse.recent(session, WaveState.CLOSED)
    if not closed:
        raise Refused("No survey has closed yet, and nobody sees any figure before one does.")
    return result_of(session, closed[0].id)


def questions(session: Session) -> Message:
    """Return the question bank, with when each statement was last asked."""
    asked: dict[str, datetime] = {}
    for wave in reversed(pulse.recent(session)):
        if wave.state in (WaveState.OPEN, WaveState.CLOSED):
            asked |= {statement.slug: wave.opens_at for statement in wave.statements}
    return blocks.questions_message(asked)


def _last_that_asked(session: Session, person: Person) -> int:
    for wave in pulse.recent(session, WaveState.CLOSED):
        if pulse_answer.was_asked(session, wave, person.id):
            return wave.id
    raise Refused("No survey that asked you has closed of late. Nobody sees any figure before one does; what came of an older one stands in my message to you.")  # fmt: skip


def _means_last(text: str) -> bool:
    return text.strip().casefold() in ("", "latest", "last")


def _latest(session: Session) -> int:
    coming = pulse.recent(session, WaveState.GATHERING, WaveState.PLANNED)
    waves = [*pulse.recent(session, WaveState.OPEN), *reversed(coming), *pulse.recent(session)]
    if not waves:
        raise Refused("There has been no survey yet. `/pulse start` starts one.")
    return waves[0].id
