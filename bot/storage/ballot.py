"""Sealed ballot boxes: who has answered and what was answered, with nothing that ties the one to the other.

Rows of their own for participants and answers would tie them, in whatever order and under whatever keys they stand:
PostgreSQL keeps the transaction of every row, SQLite's log every page of a commit. So a box is one row for 25
people or more, rewritten whole at every answer: a set of participants and a set of answers in one sealed text, and the
free words in another under an unrelated key. Both are padded to a size that never changes and rewritten together,
whatever of them has changed. The set of participants is the only claim of an answer; no other row is written near it.

An answer knows its cell and its mark. The mark is a keyed hash of the receipt code and the person, under the code
itself: without the code it says nothing about the person, with it only they can change or withdraw what they said.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Integer, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.storage.database import Row, overwrite_deleted
from bot.storage.vault import SEAL_BYTES, SealBroken, Vault, new_key, seal, unseal

T = TypeVar("T")

TABLES = ("ballot_key", "ballot_box")
"""Where everything about ballots is, to be scrubbed when one is over."""

_MARK_BYTES = 16
_PERSON_BYTES = 56  # Slack's ids, in quotes and with a comma, and room
_BALLOT_BYTES = 96  # mark, cell and at most six small numbers
_NOTE_BYTES = 64  # mark and cell
_SIGN_BYTES = 4  # the most that UTF-8, or a sign with an escape, takes
_FRAME_BYTES = 64


class BallotGone(Exception):
    """The ballot's boxes were emptied or destroyed meanwhile."""


class BallotKeyRow(Row):
    """The wrapped keys of one ballot; once they are deleted its boxes stay shut, wherever a copy of them may be."""

    __tablename__ = "ballot_key"

    ballot: Mapped[str] = mapped_column(String(32), primary_key=True)
    answers: Mapped[bytes] = mapped_column(LargeBinary)
    notes: Mapped[bytes] = mapped_column(LargeBinary)


class BallotBoxRow(Row):
    """One sealed box."""

    __tablename__ = "ballot_box"

    ballot: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    answers: Mapped[bytes] = mapped_column(LargeBinary)
    notes: Mapped[bytes] = mapped_column(LargeBinary)


class Said(NamedTuple):
    """What one person says: in the order of the questions, None where one was passed over, and in free words."""

    values: tuple[int | None, ...]
    note: str = ""


class Ballot(NamedTuple):
    """One answer in a box, and the cell of people that it belongs to."""

    cell: int
    values: tuple[int | None, ...]


class Seat(NamedTuple):
    """Where a person's answer goes: into which box of a ballot, and to which cell it will belong."""

    ballot: str
    box: int
    person: str
    cell: int


class Note(NamedTuple):
    """What one person wrote."""

    cell: int
    text: str


@dataclass(frozen=True, slots=True)
class Emptied:
    """What was in some boxes, shuffled: nothing in it says who answered what, or when."""

    participants: frozenset[str]
    ballots: tuple[Ballot, ...]
    notes: tuple[Note, ...]


@dataclass(slots=True)
class _Box:
    """An open box: marks lead to what was said, and nothing to who said it."""

    participants: set[str] = field(default_factory=set)
    ballots: dict[str, Ballot] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)


class _Keys(NamedTuple):
    answers: bytes
    notes: bytes


class _Sizes(NamedTuple):
    answers: int
    notes: int


def make_boxes(session: Session, vault: Vault, seats: Sequence[int], longest_note: int) -> str:
    """Make a ballot with a box for each number of people in `seats`, and return its name; `longest_note` in characters."""
    return _make(session, vault, [(_Box(), _sizes(people, longest_note)) for people in seats])


def seal_anew(session: Session, vault: Vault, out: Emptied, longest_note: int) -> str:
    """Make a ballot of what came out of another, and return its name: one box, under new keys and marks, of nobody."""
    box = _Box(
        ballots={_chance(): each for each in out.ballots},
        notes={_chance(): each for each in out.notes},
    )
    return _make(session, vault, [(box, _sizes(len(out.ballots), longest_note))])


def cast(session: Session, vault: Vault, seat: Seat, said: Said, code: str) -> bool:
    """Put an answer into its box under a receipt code; return False, and change nothing, where the person has answered.

    `BallotGone` here and below where the boxes are gone.
    """
    row, box, keys = _open(session, vault, seat)
    if seat.person in box.participants:
        return False
    box.participants.add(seat.person)
    _put(box, seat, said, code)
    _close(row, box, keys, _same_sizes(row))
    return True


def replace(session: Session, vault: Vault, seat: Seat, said: Said, code: str) -> bool:
    """Put an answer in the place of the one that its receipt code names; return False where that names none of theirs."""
    row, box, keys = _open(session, vault, seat)
    if not _take(box, seat, code):
        return False
    _put(box, seat, said, code)
    _close(row, box, keys, _same_sizes(row))
    return True


def withdraw(session: Session, vault: Vault, seat: Seat, code: str) -> bool:
    """Take back the answer that a receipt code names, so that the person may answer anew; False where it names none."""
    row, box, keys = _open(session, vault, seat)
    if not _take(box, seat, code):
        return False
    box.participants.discard(seat.person)
    _close(row, box, keys, _same_sizes(row))
    return True


def hold(session: Session, ballot: str) -> None:
    """Keep others from answering a ballot until this transaction ends."""
    locked = select(BallotBoxRow).where(BallotBoxRow.ballot == ballot).with_for_update()
    session.scalars(locked.execution_options(populate_existing=True)).all()


def has_answered(session: Session, vault: Vault, seat: Seat) -> bool:
    """Return whether a person's answer is in their box."""
    row = session.scalars(select(BallotBoxRow).where(*_is_of(seat))).one_or_none()
    if row is None:
        raise BallotGone
    return seat.person in _read(row, _unwrapped(session, vault, seat.ballot)).participants


def participants(session: Session, vault: Vault, ballot: str) -> frozenset[str]:
    """Return who has answered."""
    key = _unwrapped(session, vault, ballot).answers
    found = select(BallotBoxRow.number, BallotBoxRow.answers).where(BallotBoxRow.ballot == ballot)
    opened = (
        _opened(key, sealed, _about(ballot, "answers", at)) for at, sealed in session.execute(found)
    )
    return frozenset(person for content in opened for person in content["who"])


def is_kept(session: Session, ballot: str) -> bool:
    """Return whether a ballot is there, and has not been destroyed."""
    return session.get(BallotKeyRow, ballot, populate_existing=True) is not None


def is_readable(session: Session, vault: Vault, ballot: str) -> bool:
    """Return whether a ballot was sealed with this vault's secret."""
    try:
        _unwrapped(session, vault, ballot)
    except SealBroken:
        return False
    return True


def empty(session: Session, vault: Vault, ballot: str) -> Emptied:
    """Return what is in all boxes of a ballot, and destroy them and their keys in this transaction."""
    keys = _unwrapped(session, vault, ballot)
    locked = select(BallotBoxRow).where(BallotBoxRow.ballot == ballot).with_for_update()
    boxes = [_read(row, keys) for row in session.scalars(locked.order_by(BallotBoxRow.number))]
    destroy(session, ballot)
    return Emptied(
        frozenset(person for box in boxes for person in box.participants),
        _shuffled(ballot for box in boxes for ballot in box.ballots.values()),
        _shuffled(note for box in boxes for note in box.notes.values()),
    )


def destroy(session: Session, ballot: str) -> None:
    """Delete a ballot's boxes and keys, whatever is in them; SQLite writes noughts over them."""
    overwrite_deleted(session)
    session.execute(delete(BallotBoxRow).where(BallotBoxRow.ballot == ballot))
    session.execute(delete(BallotKeyRow).where(BallotKeyRow.ballot == ballot))


def _make(session: Session, vault: Vault, boxes: Iterable[tuple[_Box, _Sizes]]) -> str:
    ballot, keys = secrets.token_hex(16), _Keys(new_key(), new_key())
    wrapped = {kind: vault.wrap(key, _about(ballot, kind)) for kind, key in keys._asdict().items()}
    session.add(BallotKeyRow(ballot=ballot, **wrapped))
    for number, (box, sizes) in enumerate(boxes):
        row = BallotBoxRow(ballot=ballot, number=number)
        _close(row, box, keys, sizes)
        session.add(row)
    session.flush()
    return ballot


def _chance() -> str:
    """Return a mark that no receipt code leads to."""
    return secrets.token_hex(_MARK_BYTES)


def _open(session: Session, vault: Vault, seat: Seat) -> tuple[BallotBoxRow, _Box, _Keys]:
    """Return a box that nobody else can open until this transaction ends."""
    locked = select(BallotBoxRow).where(*_is_of(seat)).with_for_update()
    row = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise BallotGone
    keys = _unwrapped(session, vault, seat.ballot)
    return row, _read(row, keys), keys


def _is_of(seat: Seat) -> tuple[ColumnElement[bool], ...]:
    return BallotBoxRow.ballot == seat.ballot, BallotBoxRow.number == seat.box


def _unwrapped(session: Session, vault: Vault, ballot: str) -> _Keys:
    row = session.scalars(select(BallotKeyRow).where(BallotKeyRow.ballot == ballot)).one_or_none()
    if row is None:
        raise BallotGone
    wrapped = {"answers": row.answers, "notes": row.notes}
    return _Keys(**{kind: vault.unwrap(key, _about(ballot, kind)) for kind, key in wrapped.items()})


def _put(box: _Box, seat: Seat, said: Said, code: str) -> None:
    box.ballots[_mark("answer", seat, code)] = Ballot(seat.cell, said.values)
    if said.note:
        box.notes[_mark("note", seat, code)] = Note(seat.cell, said.note)


def _take(box: _Box, seat: Seat, code: str) -> bool:
    if box.ballots.pop(_mark("answer", seat, code), None) is None:
        return False
    box.notes.pop(_mark("note", seat, code), None)
    return True


def _mark(kind: str, seat: Seat, code: str) -> str:
    about = f"{kind}:{seat.ballot}:{seat.person}".encode()
    return hmac.digest(code.encode(), about, hashlib.sha256)[:_MARK_BYTES].hex()


def _read(row: BallotBoxRow, keys: _Keys) -> _Box:
    answers = _opened(keys.answers, row.answers, _about(row.ballot, "answers", row.number))
    notes = _opened(keys.notes, row.notes, _about(row.ballot, "notes", row.number))
    return _Box(
        set(answers["who"]),
        {mark: Ballot(cell, tuple(values)) for mark, cell, values in answers["said"]},
        {mark: Note(cell, text) for mark, cell, text in notes["said"]},
    )


def _opened(key: bytes, sealed: bytes, about: str) -> Any:
    return json.loads(unseal(key, sealed, about))


def _close(row: BallotBoxRow, box: _Box, keys: _Keys, sizes: _Sizes) -> None:
    """Seal both parts of a box anew, each sorted by what came from chance alone, so that no order tells of another."""
    answers = {
        "who": sorted(box.participants),
        "said": sorted((mark, *said) for mark, said in box.ballots.items()),
    }
    notes = {"said": sorted((mark, *note) for mark, note in box.notes.items())}
    row.answers = seal(
        keys.answers, _padded(answers, sizes.answers), _about(row.ballot, "answers", row.number)
    )
    row.notes = seal(
        keys.notes, _padded(notes, sizes.notes), _about(row.ballot, "notes", row.number)
    )


def _padded(content: object, size: int) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > size:
        raise ValueError("a box is too small for what its people said")
    return text.ljust(size)


def _sizes(people: int, longest_note: int) -> _Sizes:
    """Return how large a box must be for the most that its people can say."""
    answers = people * (_PERSON_BYTES + _BALLOT_BYTES)
    notes = people * (_NOTE_BYTES + _SIGN_BYTES * longest_note)
    return _Sizes(_FRAME_BYTES + answers, _FRAME_BYTES + notes)


def _same_sizes(row: BallotBoxRow) -> _Sizes:
    return _Sizes(len(row.answers) - SEAL_BYTES, len(row.notes) - SEAL_BYTES)


def _about(ballot: str, *what: object) -> str:
    return ":".join((ballot, *map(str, what)))


def _shuffled(things: Iterable[T]) -> tuple[T, ...]:
    kept = list(things)
    secrets.SystemRandom().shuffle(kept)
    return tuple(kept)
