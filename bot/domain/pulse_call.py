"""Calling the people of a wave: asked once, and reminded at set times where they have not answered.

Each call goes through the people of one zone by id, a page at a time, and keeps in the same transaction how far it has
come, so that whoever goes on after a crash leaves nobody out and calls nobody twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from bot.domain.pulse import Wave, as_wave
from bot.storage import ballot
from bot.storage import pulse as rows
from bot.storage.pulse import PulseCallRow, PulseWaveRow
from bot.storage.vault import Vault
from bot.vocabulary import WaveState

_LATER = timedelta(minutes=10)
ASK, RESULT = 0, 100
"""The numbers of the call that asks and of the one that tells what came of it; those between remind."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some people who are called now; `number` says what for, and with the wave and a person it names the message."""

    wave: Wave
    number: int
    people: tuple[str, ...]

    @property
    def what(self) -> Literal["ask", "remind", "result"]:
        """What they are told."""
        return "ask" if self.number == ASK else "result" if self.number == RESULT else "remind"


def next_page(session: Session, vault: Vault, now: datetime, most: int) -> Page | None:
    """Return whom to call now, at most so many; None where nobody is due. It counts as done when this is committed."""
    call = rows.take_due_call(session, now)
    if call is None:
        return None
    row = rows.find_wave(session, call.wave_id)
    if row is None or not _is_wanted(WaveState(row.state), call):
        call.is_done = True
        session.flush()
        return Page(as_wave(row), call.number, ()) if row else None
    if _waits(session, vault, row, call):
        call.due_at = now + _LATER
        session.flush()
        return Page(as_wave(row), call.number, ())
    people = rows.next_in_zone(session, row.id, call.zone, call.reached, most)
    call.reached, call.is_done = (people[-1] if people else call.reached), len(people) < most
    session.flush()
    if row.ballot is not None and ASK < call.number < RESULT:
        answered = ballot.participants(session, vault, row.ballot)
        people = [person for person in people if person not in answered]
    return Page(as_wave(row), call.number, tuple(people))


def _waits(session: Session, vault: Vault, row: PulseWaveRow, call: PulseCallRow) -> bool:
    """Return whether a reminder has to wait for the secret that its wave was sealed with."""
    needs_box = row.ballot is not None and ASK < call.number < RESULT
    return needs_box and not ballot.is_readable(session, vault, row.ballot or "")


def _is_wanted(state: WaveState, call: PulseCallRow) -> bool:
    return state is (WaveState.CLOSED if call.number == RESULT else WaveState.OPEN)
