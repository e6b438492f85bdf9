"""Calling the people of a wave: asked once, and reminded at set times where they have not answered.

Each call goes through the people of one zone by id, a page at a time, and keeps in the same transaction how far it has
come, so that whoever goes on after a crash leaves nobody out and calls nobody twice.

Nobody is called outside their working hours, however late the bot comes to it: what is left in the evening goes on the
next working morning. Only where the wave would be closed by then are people asked at once, since late is better than
never; a reminder is dropped instead. So is one whose time came before all of its zone had been promised what came before
it; and any leaves out whoever had not heard the question by its time. What is promised and has not left in the evening
is of no use any more, and whoever it was for is called again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.pulse import Wave, as_wave
from bot.domain.workday import evening_of, is_working_time, next_working_time
from bot.storage import ballot, outbox
from bot.storage import pulse as rows
from bot.storage.pulse import PulseCallRow, PulseWaveRow
from bot.storage.vault import Vault
from bot.vocabulary import WaveState

_LATER = timedelta(minutes=10)
ASK, RESULT = 0, 100
"""The numbers of the call that asks and of the one that tells what came of it; those between remind."""


What = Literal["ask", "remind", "result"]


@dataclass(frozen=True, slots=True)
class Page:
    """Some people who are called now, and `until` when that is of use.

    `number` says what for, and with the wave and a person it names the message.
    """

    wave: Wave
    number: int
    people: tuple[str, ...]
    until: datetime

    @property
    def what(self) -> What:
        """What they are told."""
        return what_for(self.number)


@dataclass(frozen=True, slots=True)
class Turn:
    """When somebody is called, and until when that is of use."""

    at: datetime
    until: datetime


def next_page(session: Session, vault: Vault, now: datetime, most: int) -> Page | None:
    """Return whom to call now, at most so many; None where nobody is due. It counts as done when this is committed.

    A page without people says that a call was put off, or is not wanted any more, and that others may be due.
    """
    call = rows.take_due_call(session, now)
    row = rows.find_wave(session, call.wave_id) if call is not None else None
    if call is None or row is None:
        return None
    people, due = list[str](), call.due_at
    match _time_of(session, vault, row, call, now):
        case None:
            call.is_done = True
        case at if at > now:
            call.due_at = at
        case _:
            people = _turn_page(session, call, now, most)
    session.flush()
    if people and is_reminder(call.number):
        people = _to_remind(session, vault, row, people, due)
    until = _end(call.number, ZoneInfo(call.zone), row.closes_at, now)
    return Page(as_wave(row), call.number, tuple(people), until)


def call_key(wave: int, number: int, person: str) -> str:
    """Return the key of what a person is sent by a call of this number."""
    return f"pulse:{wave}:{number}:{person}"


def what_for(number: int) -> What:
    """Return what people are told by a call of this number."""
    return "ask" if number == ASK else "result" if number == RESULT else "remind"


def is_reminder(number: int) -> bool:
    """Return whether a call of this number goes to those alone who have not answered."""
    return ASK < number < RESULT


def next_turn(session: Session, wave: Wave, number: int, person: str, now: datetime) -> Turn | None:
    """Return when somebody is called again whose day was over before their message left.

    None where that is of no use any more; nobody is reminded again, who may answer until the morning.
    """
    zone = rows.zone_of(session, wave.id, person)
    if zone is None or is_reminder(number) or not _is_wanted(wave.state, number):
        return None
    at = time_to_call(number, ZoneInfo(zone), wave.closes_at, now)
    return None if at is None else Turn(at, _end(number, ZoneInfo(zone), wave.closes_at, at))


def time_to_call(
    number: int, zone: ZoneInfo, closes_at: datetime, now: datetime
) -> datetime | None:
    """Return when people of a zone may be called whose turn it is: `now`, their next working time, or None for never.

    A result has time. Of a wave that closes before their next working time they are still asked, at once, and are not
    reminded; of one whose time is over they hear no more.
    """
    at = next_working_time(now, zone)
    if number == RESULT or at < closes_at:
        return at
    return now if number == ASK and now < closes_at else None


def _end(number: int, zone: ZoneInfo, closes_at: datetime, at: datetime) -> datetime:
    """Return until when what people of a zone are told at an instant is of use."""
    if not is_working_time(at, zone):
        return closes_at
    evening = evening_of(at.astimezone(zone).date(), zone)
    return evening if number == RESULT else min(evening, closes_at)


def _time_of(
    session: Session, vault: Vault, row: PulseWaveRow, call: PulseCallRow, now: datetime
) -> datetime | None:
    """Return when a call that is due goes on; None where it is not wanted any more."""
    if not _is_wanted(WaveState(row.state), call.number) or _is_overtaken(session, call):
        return None
    at = time_to_call(call.number, ZoneInfo(call.zone), row.closes_at, now)
    return now + _LATER if at == now and _waits(session, vault, row, call) else at


def _turn_page(session: Session, call: PulseCallRow, now: datetime, most: int) -> list[str]:
    """Return the next people of a call, and keep how far it has come, and at its end when that was."""
    people = rows.next_in_zone(session, call.wave_id, call.zone, call.reached, most)
    call.reached = people[-1] if people else call.reached
    if len(people) < most:
        call.is_done, call.due_at = True, now
    return people


def _to_remind(
    session: Session, vault: Vault, row: PulseWaveRow, people: list[str], due: datetime
) -> list[str]:
    """Return who of some people had heard the question when a reminder was due, and has not answered it.

    The question's message is looked for of all of them, so that no look tells who has answered.
    """
    asked = {call_key(row.id, ASK, person): person for person in people}
    gone = {asked[key] for key in outbox.unended(session, asked, due)}
    if row.ballot is not None:
        gone |= set(ballot.participants(session, vault, row.ballot))
    return [person for person in people if person not in gone]


def _is_overtaken(session: Session, call: PulseCallRow) -> bool:
    """Return whether a reminder's time came before its zone had heard what came before it: two in one breath annoy."""
    before = rows.calls_before(session, call) if is_reminder(call.number) else ()
    return any(not one.is_done or one.due_at >= call.due_at for one in before)


def _waits(session: Session, vault: Vault, row: PulseWaveRow, call: PulseCallRow) -> bool:
    """Return whether a reminder has to wait for the secret that its wave was sealed with."""
    needs_box = row.ballot is not None and is_reminder(call.number)
    return needs_box and not ballot.is_readable(session, vault, row.ballot or "")


def _is_wanted(state: WaveState, number: int) -> bool:
    return state is (WaveState.CLOSED if number == RESULT else WaveState.OPEN)
