"""How far a wave has come: sent, failed and why, and how many have answered. Counts alone, and only for those who ask.

How many have answered is counted in the open boxes when somebody asks; it is written nowhere, and nothing follows from it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.pulse import Wave, as_wave, find
from bot.domain.pulse_call import ASK, is_reminder
from bot.domain.pulse_plan import plan_of
from bot.domain.pulse_roster import Frame, Obstacle, frame_of, obstacle_of
from bot.storage import ballot, outbox
from bot.storage import pulse as rows
from bot.storage.vault import Vault
from bot.vocabulary import Delivery, WaveState

_FAILED = (Delivery.FAILED, Delivery.EXPIRED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the question has come: `failed` by Slack's word for it; `unsure` may or may not have arrived."""

    invited: int
    sent: int
    waiting: int
    unsure: int
    failed: Mapping[str, int]

    @property
    def later(self) -> int:
        """How many are still to be asked, in their own working hours."""
        done = self.sent + self.unsure + sum(self.failed.values())
        return max(self.invited - done - self.waiting, 0)

    @property
    def in_short(self) -> str:
        """What its owner is told, as it is kept."""
        return f"{self.sent} {self.waiting} {self.unsure} {sum(self.failed.values())}"

    @property
    def is_over(self) -> bool:
        """Whether everybody has been asked who can be."""
        return not self.waiting and not self.later


@dataclass(frozen=True, slots=True)
class Standing:
    """What a manager is told of a wave; `answered` is None before it opens, and where its boxes cannot be read; `reminders` are when those who have not answered are still called."""

    wave: Wave
    progress: Progress | None
    answered: int | None
    frame: Frame | None
    reminders: tuple[datetime, ...]
    rhythm: str = ""
    """When a series comes that goes on; empty of any other wave."""
    turns: Mapping[datetime, int] = field(default_factory=dict)
    """How many are still to be asked, by when their turn comes, the first first."""
    obstacle: Obstacle | None = None
    """Why it cannot open, where something is in its way."""


def standing(session: Session, vault: Vault, number: int, now: datetime) -> Standing:
    """Return how a wave stands."""
    wave = find(session, number)
    row = rows.find_wave(session, number)
    plan = plan_of(session, number)
    rhythm = plan.rhythm if plan is not None and plan.is_active else ""
    if row is None or wave.state not in (WaveState.OPEN, WaveState.CLOSED):
        obstacle = obstacle_of(row) if row else None
        return Standing(wave, None, None, None, (), rhythm, obstacle=obstacle)
    answered = wave.answered
    if row.ballot is not None and ballot.is_readable(session, vault, row.ballot):
        answered = len(ballot.participants(session, vault, row.ballot))
    coming = {
        call.due_at
        for call in rows.calls(session, number)
        if is_reminder(call.number) and not call.is_done
    }
    turns = _turns(session, number, now)
    progress, frame = progress_of(session, wave, now), frame_of(row)
    return Standing(wave, progress, answered, frame, tuple(sorted(coming)), rhythm, turns)


def _turns(session: Session, number: int, now: datetime) -> dict[datetime, int]:
    """Return how many are still to be asked, by when: those not called yet, and those called again for another day."""
    turns = Counter(rows.count_uncalled(session, number, ASK))
    turns.update(outbox.count_later(session, _asks(number), now))
    return dict(sorted(turns.items()))


def progress_of(session: Session, wave: Wave, now: datetime) -> Progress:
    """Return how far the question of a wave that is open has come; who is called again for another day is not on their way."""
    sent = waiting = unsure = 0
    failed: Counter[str] = Counter()
    for state, error, count in outbox.count_under(session, _asks(wave.id)):
        if state is Delivery.SENT:
            sent += count
        elif state is Delivery.UNCERTAIN:
            unsure += count
        elif state in _FAILED:
            failed[error or "too late"] += count
        else:
            waiting += count
    if waiting:
        waiting -= sum(outbox.count_later(session, _asks(wave.id), now).values())
    return Progress(wave.invited or 0, sent, waiting, unsure, failed)


def _asks(wave: int) -> str:
    """Return with what the keys of a wave's questions begin."""
    return f"pulse:{wave}:{ASK}"


def news(session: Session, now: datetime) -> list[tuple[Wave, Progress]]:
    """Return the waves that are open and whose owners do not know how far the asking has come."""
    found = []
    for row in rows.waves(session, WaveState.OPEN):
        wave = as_wave(row)
        progress = progress_of(session, wave, now)
        if row.told != progress.in_short:
            found.append((wave, progress))
    return found


def keep_told(session: Session, wave: Wave, progress: Progress) -> bool:
    """Keep how far the owner has been told that the asking has come; False where they know."""
    row = rows.locked_wave(session, wave.id)
    if row is None or row.state != WaveState.OPEN or row.told == progress.in_short:
        return False
    row.told = progress.in_short
    session.flush()
    return True
