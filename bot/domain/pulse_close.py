"""Closing a wave: all boxes opened at once, what may be told decided, everything else destroyed, in one transaction.

What is published is kept as it was published and never computed anew: not when the code changes, not when answers are
deleted after their time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from bot.domain.grouping import EVERYBODY
from bot.domain.mention import Mentions
from bot.domain.pulse import CLOCK, Grouping, Wave, as_wave, find, log
from bot.domain.pulse_answer import ENPS
from bot.domain.pulse_call import RESULT
from bot.domain.pulse_roster import Frame, frame_of
from bot.domain.release import OVERALL, Cell, Change, Figure, Release, compare, release
from bot.domain.release import Wave as Counts
from bot.domain.workday import next_working_time
from bot.errors import Refused
from bot.storage import ballot, outbox
from bot.storage import pulse as rows
from bot.storage.ballot import Ballot, Note
from bot.storage.pulse import PulseCallRow, PulseWaveRow
from bot.storage.vault import Vault
from bot.vocabulary import Scale, WaveState, Withheld


@dataclass(frozen=True, slots=True)
class Trend:
    """How a figure moved against the wave before: its change, or why none is told."""

    group: str
    question: str
    change: Change | None
    why: Withheld | None
    asked_others: bool = False
    """Whether all statements are compared with all of the wave before, and these were others."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was published of a wave. `names` and `questions` give the words by slug; `comments` are by group, shuffled."""

    release: Release
    names: dict[str, str]
    questions: dict[str, str]
    comments: dict[str, tuple[str, ...]]
    trends: tuple[Trend, ...]
    left_out: dict[str, Withheld]
    """Why groups that were wanted, by name, could not be told of from the start."""
    before: int | None
    """The number of the wave that trends are against."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A wave that has closed: when, what it could say, and what was published of it."""

    wave: Wave
    at: datetime
    frame: Frame
    result: Result


NO_CELL = -1
"""In the place of a cell, where answers are kept without."""


_RESULT = TypeAdapter(Result)


def close_due(
    session: Session,
    vault: Vault,
    now: datetime,
    names: Iterable[str] = (),
    late: timedelta = timedelta(),
) -> Wave | None:
    """Close the next wave that has been due for so long, and return it; None where none is.

    Comments lose the people's `names` where they stand after an @. A wave that was sealed with another secret waits for
    its own, and keeps no other from closing.
    """
    for row in rows.take_all_due(session, WaveState.OPEN, now - late):
        if row.ballot is not None and ballot.is_readable(session, vault, row.ballot):
            return _close(session, vault, row, now, Mentions(names))
    return None


def result_of(session: Session, number: int) -> tuple[Wave, Result]:
    """Return what was published of a wave; `Refused` where nothing is, or not yet."""
    over = find_closed(session, number)
    return over.wave, over.result


def closed_between(session: Session, start: datetime, end: datetime) -> list[Closed]:
    """Return the waves that closed from one instant to before another, the first first."""
    return [_as_closed(row) for row in rows.closed_between(session, start, end)]


def find_closed(session: Session, number: int) -> Closed:
    """Return a wave that has closed; `Refused` where none of this number has, or nothing was told of it."""
    wave, row = find(session, number), rows.find_wave(session, number)
    if row is None or row.result is None:
        raise Refused(_no_result(wave))
    return _as_closed(row)


def _as_closed(row: PulseWaveRow) -> Closed:
    if row.closed_at is None or row.result is None:
        raise LookupError(f"pulse {row.id} has not closed")
    return Closed(as_wave(row), row.closed_at, frame_of(row), _RESULT.validate_json(row.result))


def _close(
    session: Session, vault: Vault, row: PulseWaveRow, now: datetime, mentions: Mentions
) -> Wave:
    if row.ballot is None:
        raise LookupError(f"pulse {row.id} is open and has no ballot")
    wave, frame = as_wave(row), frame_of(row)
    out = ballot.empty(session, vault, row.ballot)
    without = _without_mentions(out, mentions)
    row.result = _published(session, row, wave, frame, without)
    row.state, row.closed_at, row.answered = WaveState.CLOSED, now, len(out.ballots)
    row.ballot = None
    rows.forget_calls(session, row.id)
    outbox.delete_under(session, f"pulse:{row.id}")
    rows.add_calls(session, _result_calls(session, row.id, now))
    session.flush()
    closed = as_wave(row)
    log(session, closed, CLOCK, now, "open", f"closed, {row.answered} of {row.invited} answered")
    return closed


def _without_mentions(out: ballot.Emptied, mentions: Mentions) -> ballot.Emptied:
    notes = tuple(note._replace(text=mentions.taken_out(note.text)) for note in out.notes)
    return replace(out, notes=notes)


def _published(
    session: Session, row: PulseWaveRow, wave: Wave, frame: Frame, out: ballot.Emptied
) -> str | None:
    """Keep the answers and return what is told of them; where the audit refuses, neither is kept and nothing is told."""
    try:
        result = _result(session, row, wave, frame, out)
    except Refused:
        return None
    rows.add_answers(session, row.id, _kept(out.ballots, wave.terms.least))
    return _RESULT.dump_json(result).decode()


def _kept(ballots: Sequence[Ballot], least: int) -> Sequence[Ballot]:
    """Return answers as they are kept: with their cells, unless one has so few that who is in it could be told.

    Who had answered by a reminder's time may be known from a copy of the database; then a cell's only answer is theirs.
    """
    counts = Counter(said.cell for said in ballots)
    if not counts or min(counts.values()) >= least:
        return ballots
    return [said._replace(cell=NO_CELL) for said in ballots]


def _result(
    session: Session, row: PulseWaveRow, wave: Wave, frame: Frame, out: ballot.Emptied
) -> Result:
    told = release(_counts(wave, frame, out))
    before = _before(session, row)
    return Result(
        told,
        {group.slug: group.name for group in frame.groups},
        {statement.slug: statement.text for statement in wave.statements},
        {group: _comments(frame, group, out.notes) for group in told.comments},
        _trends(session, row, told, before),
        {hidden.name: hidden.why for hidden in frame.hidden},
        before.id if before else None,
    )


def _counts(wave: Wave, frame: Frame, out: ballot.Emptied) -> Counts:
    """Return what the release needs to know: answers by cell and question, untied from each other."""
    questions = {statement.slug: Scale.STATEMENT for statement in wave.statements}
    if wave.terms.asks_enps:
        questions[ENPS] = Scale.ENPS
    cells = tuple(
        _cell(number, invited, tuple(questions), out) for number, invited in enumerate(frame.cells)
    )
    groups = {group.slug: frozenset(group.cells) for group in frame.groups}
    return Counts(wave.terms.least, cells, groups, questions)


def _cell(number: int, invited: int, questions: Sequence[str], out: ballot.Emptied) -> Cell:
    own = [said for said in out.ballots if said.cell == number]
    answers = {slug: _given(own, place) for place, slug in enumerate(questions)}
    comments = sum(note.cell == number for note in out.notes)
    return Cell(invited, len(own), answers, comments)


def _given(ballots: Sequence[Ballot], place: int) -> list[int]:
    return [value for said in ballots if (value := said.values[place]) is not None]


def _comments(frame: Frame, slug: str, notes: Sequence[Note]) -> tuple[str, ...]:
    """Return the comments of a group, of everybody where it is none that was declared."""
    cells = {group.slug: set(group.cells) for group in frame.groups}
    own = cells.get(slug, set(range(len(frame.cells))))
    return tuple(note.text for note in notes if note.cell in own)


def forget_guests(session: Session) -> None:
    """Forget who was asked in waves whose people have all heard the result and that none to come is compared with.

    One has not heard it while it is on its way: what does not leave by the evening is promised anew to those who are known.
    """
    compared: set[_Chain] = set()
    for row in rows.closed_with_guests(session):
        is_last = row.result is not None and _chain(row) not in compared
        if is_last:
            compared.add(_chain(row))
        elif not _is_telling(session, row.id):
            rows.forget_guests(session, row.id)


def _is_telling(session: Session, wave: int) -> bool:
    """Return whether somebody has still to hear a result."""
    return rows.is_calling(session, wave) or outbox.is_any_to_end(session, f"pulse:{wave}:{RESULT}")


_Chain = tuple[int | None, frozenset[str], Grouping]


def _chain(row: PulseWaveRow) -> _Chain:
    """Return what waves have in common that are compared: their plan or none, the teams they ask, how these are grouped."""
    terms = as_wave(row).terms
    return row.plan_id, frozenset(terms.teams), terms.grouping


def _before(session: Session, row: PulseWaveRow) -> PulseWaveRow | None:
    """Return the wave to compare with, the last of its chain that told something: others asked other people."""
    closed = rows.closed_of(session, row.plan_id)
    return next((one for one in closed if _chain(one) == _chain(row)), None)


def _trends(
    session: Session, row: PulseWaveRow, told: Release, before: PulseWaveRow | None
) -> tuple[Trend, ...]:
    if before is None or before.result is None:
        others = bool(rows.closed_of(session, row.plan_id))
        untold = (Trend(*of, None, Withheld.ASKED_OTHERS) for of in _compared(told))
        return tuple(untold) if others else ()
    last = _RESULT.validate_json(before.result)
    were, are = _members(session, before), _members(session, row)
    others = last.questions.keys() != {one.slug for one in as_wave(row).statements}
    return tuple(
        replace(
            _trend(last.release, told, group, question, were.get(group), are.get(group)),
            asked_others=others and question == OVERALL,
        )
        for group, question in _compared(told)
    )


def _compared(told: Release) -> list[tuple[str, str]]:
    """Return of which groups and questions it is said how they moved."""
    return [
        (group, question)
        for group in dict.fromkeys(figure.group for figure in told.figures)
        for question in (OVERALL, ENPS)
        if told.find(group, question) is not None
    ]


def _trend(
    last: Release,
    told: Release,
    group: str,
    question: str,
    were: frozenset[str] | None,
    are: frozenset[str] | None,
) -> Trend:
    if not were or not are:  # who was asked is forgotten by now
        return Trend(group, question, None, Withheld.NO_FIGURE)
    earlier, now = last.find(group, question), told.find(group, question)
    if any(isinstance(one, Figure) and one.is_word for one in (earlier, now)):
        return Trend(group, question, None, Withheld.WORD)  # a change would tell the number
    found = compare(earlier, now, were, are, max(last.k, told.k))
    if isinstance(found, Change):
        return Trend(group, question, found, None)
    return Trend(group, question, None, found)


def _members(session: Session, row: PulseWaveRow) -> Mapping[str, frozenset[str]]:
    """Return who was asked, by group; everybody as `EVERYBODY`."""
    by_cell = rows.people_by_cell(session, row.id)
    everybody = frozenset(person for people in by_cell.values() for person in people)
    groups = {
        group.slug: frozenset(person for cell in group.cells for person in by_cell.get(cell, ()))
        for group in frame_of(row).groups
    }
    return {EVERYBODY: everybody, **groups}


def _result_calls(session: Session, wave: int, now: datetime) -> list[PulseCallRow]:
    """Return when those who were asked are told what came of it: in their next working hours."""
    return [
        PulseCallRow(
            wave_id=wave,
            number=RESULT,
            zone=zone,
            due_at=next_working_time(now, ZoneInfo(zone)),
            reached="",
            is_done=False,
        )
        for zone in rows.zones_of(session, wave)
    ]


def _no_result(wave: Wave) -> str:
    if wave.state is WaveState.CANCELLED:
        return f"Pulse {wave.number} was cancelled; there is no result."
    if wave.state is WaveState.CLOSED:
        return f"Nothing could be told of pulse {wave.number} without singling people out; all its answers are destroyed."
    return f"Pulse {wave.number} has no result before it closes; nobody sees any figure until then."
