"""What is said to the leadership without a name: pooled in a sealed box, and posted among others once a week, or not yet.

Nothing but the box is written when somebody says something. A pool is emptied when its time has come and at least `LEAST`
different people have written; else it stays sealed and is carried over to the next week. Until its digest stands in Slack,
its texts, and nobody's name, lie sealed in another box: a digest that does not get there is made again from it. Which
questions somebody was asked depends on their team, so that no text tells its question.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.feedback import Answered
from bot.domain.mention import Mentions
from bot.domain.person import Person
from bot.domain.receipt import RECEIPT, new_code, read_receipt
from bot.domain.walltime import to_utc
from bot.errors import FormErrors, Refused
from bot.storage import ballot
from bot.storage import feedback as rows
from bot.storage.ballot import Said, Seat
from bot.storage.feedback import FeedbackPoolRow
from bot.storage.vault import SealBroken, Vault
from bot.vocabulary import FeedbackKind, Role

LEAST = 5
"""So many different people have written before anything is posted (surveys-and-privacy.md B2)."""
SEATS = 100
LONGEST = 1000
_AT = time(10)
_DAYS_A_WEEK = 7
_KINDS = tuple(FeedbackKind)
HAS_WRITTEN = "You have written to this pool already, and what you wrote first stands. To change it or take it back, type “/feedback change” or “/feedback withdraw” with your receipt code at hand; after the next digest you can write again."  # fmt: skip
_READS = "You are one of the managers who read what is said to the leadership: your text would make four others look like five. Say it to them with your name."  # fmt: skip
_READS_THERE = "You are in the channel in which what is said to the leadership is posted: your text would make four others look like five. Say it to them with your name, or leave that channel first."  # fmt: skip
_NOT_KNOWN = "I could not find out from Slack who reads the channel in which this is posted, and whoever reads it cannot write. Nothing was sent, and your words stand here still: try again in a moment. If it stays so, tell whoever runs me that I have to be in the managers' channel and may have to be installed again."  # fmt: skip
_FULL = f"This pool is full: {SEATS} people have written. It is posted on Monday; from then on you can write to the next one."  # fmt: skip
_NO_SUCH = "I do not know this code. It may be mistyped, or what it was for has been posted already, and that cannot be taken back any more."  # fmt: skip
_JUST_POSTED = "The digest was made this very moment, and what was in it cannot be changed or taken back any more. What you send from now on goes into the next one."  # fmt: skip
_SEALED_ELSEWHERE = "The pool was sealed with another secret than the one I have. Tell whoever runs me to set STEWARD_SECRET as it was."  # fmt: skip


@dataclass(frozen=True, slots=True)
class Digest:
    """What came out of a pool, shuffled: how often each kind, and the texts. `release` names this time of several."""

    pool: int
    kinds: Mapping[FeedbackKind, int]
    texts: tuple[str, ...]
    release: str = ""


def next_due(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next Monday morning at ten by the clocks of a zone."""
    day = now.astimezone(zone).date()
    monday = day + timedelta(days=-day.weekday() % _DAYS_A_WEEK)
    due = to_utc(datetime.combine(monday, _AT), zone)
    later = to_utc(datetime.combine(monday + timedelta(days=_DAYS_A_WEEK), _AT), zone)
    return due if due > now else later


def ensure_open(session: Session, vault: Vault, now: datetime, zone: ZoneInfo) -> None:
    """Make a pool where none is open."""
    if rows.open_pool(session) is not None:
        return
    name = ballot.make_boxes(session, vault, [SEATS], LONGEST)
    row = FeedbackPoolRow(
        id=rows.next_pool(session),
        ballot=name,
        seats=SEATS,
        opened_at=now,
        due_at=next_due(now, zone),
    )
    if not rows.add_pool(session, row):
        ballot.destroy(session, name)


def is_open(session: Session) -> bool:
    """Return whether people can write."""
    return rows.open_pool(session) is not None


def must_be_allowed(by: Person, readers: Collection[str] | None = ()) -> None:
    """Raise unless somebody may write to the leadership: a member, and none of those who read it.

    A reader who writes knows one of the texts, and would make four others look like five. Besides managers, `readers`
    read it: who is in the digest's channel; while nobody knows (None), nobody may write.
    """
    by.must_be(Role.MEMBER, "write to the leadership")
    if readers is None and not by.may(Role.MANAGER):
        raise FormErrors({"level": _NOT_KNOWN})
    if reads := _how_they_read(by, readers or ()):
        raise FormErrors({"level": reads})


def must_not_read_it(by: Person, readers: Collection[str] | None = ()) -> None:
    """Raise before a form opens for somebody who may not send it, so that they type nothing in vain.

    While nobody knows who the `readers` are, the form opens: whoever sends it is looked at again.
    """
    if reads := _how_they_read(by, readers or ()):
        raise Refused(reads)


def _how_they_read(by: Person, readers: Collection[str]) -> str:
    """Return the sentence for somebody who reads what is said to the leadership, "" for everybody else."""
    if by.may(Role.MANAGER):
        return _READS
    return _READS_THERE if by.id in readers else ""


def pooled_text(answers: Sequence[Answered]) -> str:
    """Return answers as one text; `FormErrors` where it is too long."""
    text = "\n".join(each.text for each in answers)
    if not text:
        raise FormErrors({answers[0].slug: "Write something."})
    if len(text) > LONGEST:
        sentence = f"To the leadership there is room for {LONGEST:,} characters in all; this is {len(text):,}."
        raise FormErrors({answers[0].slug: sentence})
    return text


def contribute(
    session: Session, vault: Vault, by: Person, kind: FeedbackKind, text: str
) -> str | None:
    """Put a text into the pool and return its receipt code; None, and nothing changed, where the person has written."""
    must_be_allowed(by)
    with _while_open():
        pool = _pool(session)
        ballot.hold(session, pool.ballot)
        people, code = ballot.participants(session, vault, pool.ballot), new_code()
        if by.id not in people and len(people) >= pool.seats:
            raise Refused(_FULL)
        is_first = ballot.cast(session, vault, _seat(pool, by), _said(kind, text), code)
    return code if is_first else None


def change(
    session: Session, vault: Vault, by: Person, kind: FeedbackKind, text: str, receipt: str
) -> None:
    """Put a text in the place of the one that a receipt names; the receipt stays good."""
    code = read_receipt(receipt)
    with _while_open():
        seat = _seat(_pool(session), by)
        is_done = ballot.replace(session, vault, seat, _said(kind, text), code)
    if not is_done:
        raise FormErrors({RECEIPT: _NO_SUCH})


def withdraw(session: Session, vault: Vault, by: Person, receipt: str) -> None:
    """Take back the text that a receipt names; then the person may write anew."""
    code = read_receipt(receipt)
    with _while_open():
        is_done = ballot.withdraw(session, vault, _seat(_pool(session), by), code)
    if not is_done:
        raise FormErrors({RECEIPT: _NO_SUCH})


def release_due(
    session: Session, vault: Vault, now: datetime, zone: ZoneInfo, names: Iterable[str] = ()
) -> Digest | None:
    """Empty the pool whose time has come and open the next; None where none is due, or too few have written yet.

    Texts lose the people's `names` where they stand after an @. What comes out is sealed anew, and in no other place than what is returned, until `arrived` destroys it; after
    `wait_again` it is due another time.
    """
    pool = rows.take_due_pool(session, now)
    if pool is None:
        return None
    ballot.hold(session, pool.ballot)
    if not _may_be_emptied(session, vault, pool):
        pool.due_at = next_due(now, zone)
        session.flush()
        return None
    out = ballot.empty(session, vault, pool.ballot)
    pool.ballot = ballot.seal_anew(session, vault, out, LONGEST)
    pool.released_at, pool.swept_at = now, None
    session.flush()
    ensure_open(session, vault, now, zone)
    kinds = Counter(_KINDS[each.values[0] or 0] for each in out.ballots)
    mentions = Mentions(names)
    texts = tuple(mentions.taken_out(note.text) for note in out.notes)
    counted = {kind: kinds[kind] for kind in _KINDS if kinds[kind]}
    return Digest(pool.id, counted, texts, _release_of(pool))


def is_due(session: Session, now: datetime) -> bool:
    """Return whether the time of a pool has come, however many have written."""
    return rows.is_any_pool_due(session, now)


def arrived(session: Session, number: int, release: str) -> None:
    """Destroy what is still sealed of a pool: a digest of it stands in Slack."""
    pool = rows.locked_pool(session, number)
    if pool is None or pool.released_at is None or _release_of(pool) != release:
        return
    ballot.destroy(session, pool.ballot)
    pool.due_at, pool.swept_at = pool.released_at, None
    session.flush()


def wait_again(session: Session, number: int, release: str, now: datetime, zone: ZoneInfo) -> bool:
    """Let a pool whose digest did not get into Slack be due again next week; return False where it is, or another has arrived."""
    pool = rows.locked_pool(session, number)
    if pool is None or pool.released_at is None or _release_of(pool) != release:
        return False
    if pool.due_at > pool.released_at or not ballot.is_kept(session, pool.ballot):
        return False
    pool.due_at, pool.swept_at = next_due(now, zone), None
    session.flush()
    return True


def _may_be_emptied(session: Session, vault: Vault, pool: FeedbackPoolRow) -> bool:
    """Return whether enough have written, now or when it was emptied before; what was sealed with another secret waits until that is back."""
    try:
        people = ballot.participants(session, vault, pool.ballot)
    except SealBroken:
        return False
    return pool.released_at is not None or len(people) >= LEAST


def _release_of(pool: FeedbackPoolRow) -> str:
    return f"{pool.released_at:%Y%m%dT%H%M%S}"


def _said(kind: FeedbackKind, text: str) -> Said:
    return Said((_KINDS.index(kind),), text)


def _seat(pool: FeedbackPoolRow, by: Person) -> Seat:
    return Seat(pool.ballot, 0, by.id, 0)


def _pool(session: Session) -> FeedbackPoolRow:
    pool = rows.open_pool(session)
    if pool is None:
        raise ballot.BallotGone
    return pool


@contextmanager
def _while_open() -> Iterator[None]:
    """Say what is wrong where the pool is emptied just now, or cannot be opened."""
    try:
        yield
    except ballot.BallotGone:
        raise Refused(_JUST_POSTED) from None
    except SealBroken:
        raise Refused(_SEALED_ELSEWHERE) from None
