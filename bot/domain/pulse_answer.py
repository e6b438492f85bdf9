"""Answering a pulse: once, in confidence; changed or taken back with the receipt alone, while the wave is open.

Nothing but the sealed box is written: no claim of the press, no log, no tally, no message. The set of participants in the
box is what makes a second press do nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.pulse import LONGEST_COMMENT, Wave, as_wave
from bot.domain.question_bank import ENPS_SCALE, LIKERT
from bot.domain.receipt import RECEIPT, new_code, read_receipt
from bot.domain.words import readable
from bot.errors import FormErrors, Refused
from bot.storage import ballot
from bot.storage import pulse as rows
from bot.storage.ballot import Said, Seat
from bot.storage.pulse import PulseWaveRow
from bot.storage.vault import SealBroken, Vault
from bot.vocabulary import WaveState

ENPS, COMMENT = "enps", "comment"
"""The fields of the form beside those of the statements, which are numbered from 0: `statement0`, `statement1` and so on."""

ANSWERED = "You have answered this one already, and your first answer stands. With your receipt code you can change or withdraw it while the survey is open."  # fmt: skip
SEALED_ELSEWHERE = "The answers to this survey were sealed with another secret than the one I have now, so that I can neither read nor change anything. Whoever runs me can bring STEWARD_SECRET back."  # fmt: skip
CHANGING = "To change or withdraw your answer, press *Answer* again, under my message or in `/pulse`, and have your receipt code at hand. It can be done while the survey is open."  # fmt: skip
_CLOSED = "This survey has closed. Nothing more can be answered or changed."
_NO_SUCH = "With this code I find no answer of yours in this survey. Look at it once more: it was shown when you answered, and it stays the same after a change."  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a person is asked, and whether they have answered."""

    wave: Wave
    is_answered: bool


def look(session: Session, vault: Vault, number: int, person: str, now: datetime) -> Sheet:
    """Return what a person is asked; `Refused` where the survey is not open, or not for them."""
    row, seat = _seat(session, number, person, now)
    with _while_open():
        return Sheet(as_wave(row), ballot.has_answered(session, vault, seat))


def answer(
    session: Session,
    vault: Vault,
    number: int,
    person: str,
    given: Mapping[str, str],
    now: datetime,
) -> tuple[Wave, str | None]:
    """Keep an answer and return its receipt code; None where the person has answered, and the first answer stays."""
    row, seat = _seat(session, number, person, now)
    wave, code = as_wave(row), new_code()
    with _while_open():
        is_first = ballot.cast(session, vault, seat, read_said(wave, given), code)
    return wave, code if is_first else None


def change(
    session: Session,
    vault: Vault,
    number: int,
    person: str,
    given: Mapping[str, str],
    now: datetime,
) -> int:
    """Put an answer in the place of the one that the receipt names, and return how many questions it leaves out.

    The receipt stays good. A comment is no question.
    """
    row, seat = _seat(session, number, person, now)
    said, code = read_said(as_wave(row), given), read_receipt(given.get(RECEIPT, ""))
    with _while_open():
        is_done = ballot.replace(session, vault, seat, said, code)
    if not is_done:
        raise FormErrors({RECEIPT: _NO_SUCH})
    return said.values.count(None)


def withdraw(
    session: Session,
    vault: Vault,
    number: int,
    person: str,
    given: Mapping[str, str],
    now: datetime,
) -> None:
    """Take the answer back that the receipt names, so that the person may answer anew."""
    _, seat = _seat(session, number, person, now)
    code = read_receipt(given.get(RECEIPT, ""))
    with _while_open():
        is_done = ballot.withdraw(session, vault, seat, code)
    if not is_done:
        raise FormErrors({RECEIPT: _NO_SUCH})


def is_asked(session: Session, wave: Wave, person: str, now: datetime) -> bool:
    """Return whether a wave is open and asks a person."""
    if wave.state is not WaveState.OPEN or wave.closes_at <= now:
        return False
    row = rows.find_wave(session, wave.id)
    return row is not None and rows.seat_of(session, row, person) is not None


def was_asked(session: Session, wave: Wave, person: str) -> bool:
    """Return whether a wave is known to have asked a person; whom it asked is forgotten some time after its close."""
    return rows.zone_of(session, wave.id, person) is not None


def read_said(wave: Wave, given: Mapping[str, str]) -> Said:
    """Return what was filled in, by field; `FormErrors` where nothing was, or a comment is too long."""
    numbers = [
        _number(given.get(f"statement{place}"), LIKERT) for place in range(len(wave.statements))
    ]
    if wave.terms.asks_enps:
        numbers.append(_number(given.get(ENPS), ENPS_SCALE))
    if all(number is None for number in numbers):
        raise FormErrors(
            {"": "Nothing was chosen. Answer at least one question; any other may be left out."}
        )
    words = readable(given.get(COMMENT, "")) if wave.terms.asks_comment else ""
    if len(words) > LONGEST_COMMENT:
        raise FormErrors({COMMENT: f"Please use at most {LONGEST_COMMENT} characters."})
    return Said(tuple(numbers), words)


def _number(text: str | None, scale: Mapping[int, str] | range) -> int | None:
    """Return a number that was chosen; whatever the form did not offer counts as not chosen."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 3 else None
    return number if number in scale else None


def _seat(session: Session, number: int, person: str, now: datetime) -> tuple[PulseWaveRow, Seat]:
    row = rows.find_wave(session, number)
    if row is None or row.state in (WaveState.PLANNED, WaveState.GATHERING):
        raise Refused("This survey is not open yet.")
    if row.state == WaveState.CANCELLED:
        raise Refused("This survey was cancelled; what had been answered was destroyed unread.")
    if row.state == WaveState.CLOSED or row.closes_at <= now:
        raise Refused(_CLOSED)
    seat = rows.seat_of(session, row, person)
    if seat is None:
        raise Refused(
            "This survey asks other teams; you were not among those asked when it opened."
        )
    return row, seat


@contextmanager
def _while_open() -> Iterator[None]:
    """Say that a survey has closed where it does so just now, or that nobody can open its boxes at present."""
    try:
        yield
    except ballot.BallotGone:
        raise Refused(_CLOSED) from None
    except SealBroken:
        raise Refused(SEALED_ELSEWHERE) from None
