"""Who a wave asks: gathered from Slack by pages, then frozen with its groups when the wave opens.

People are dealt into boxes by chance (`bot.domain.pulse_dealing`), so that a box that is rewritten says only that one of
25 people or more has answered. Their answers know the cell of people that they belong to, and the groups that will be
published are unions of cells, frozen here: no other grouping can be made afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from bot.domain.grouping import Cells, coarsen
from bot.domain.pulse import CLOCK, LONGEST_COMMENT, Wave, as_wave, log
from bot.domain.pulse_dealing import deal
from bot.domain.pulse_plan import plan_next
from bot.domain.workday import morning_of, next_working_time, workday_from
from bot.errors import AlreadyDone
from bot.storage import ballot
from bot.storage import pulse as rows
from bot.storage.pulse import Guest, PulseCallRow, PulseWaveRow
from bot.storage.vault import Vault
from bot.vocabulary import WaveState, Withheld

READ = "read"
"""The cursor of a list that has been read to its end."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group whose figures may be published: a union of cells."""

    slug: str
    name: str
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A group that will not be published, why, and with which others it could have been."""

    slug: str
    name: str
    why: Withheld
    beside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a wave can say, frozen when it opens: how many are in each cell, and which cells make a group.

    `asks_all` says whether it asks all teams that there were then; None of one that opened before that was kept.
    """

    cells: tuple[int, ...]
    groups: tuple[Group, ...]
    hidden: tuple[Hidden, ...]
    asks_all: bool | None = None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a wave cannot open: Slack's word for its refusal, and the teams whose user groups it refuses.

    Without teams it is the list of people that it refuses.
    """

    code: str
    teams: tuple[str, ...] = ()


_FRAME = TypeAdapter(Frame)
_ROOM = 100  # characters in which an obstacle is kept


def begin(session: Session, now: datetime) -> Wave | None:
    """Begin to gather the people of the next wave that is due, and plan the one after it; None where none is due."""
    row = rows.take_planned(session, now)
    if row is None:
        return None
    row.state = WaveState.GATHERING
    session.flush()
    plan_next(session, row, now)
    return as_wave(row)


def gathering(session: Session) -> list[tuple[Wave, str]]:
    """Return the waves whose people are being gathered, and how far each has come in Slack's list: its cursor."""
    found = rows.waves(session, WaveState.GATHERING)
    return [(as_wave(row), row.cursor or "") for row in found]


def seat(session: Session, number: int, after: str, guests: Iterable[Guest], cursor: str) -> bool:
    """Keep a page of people and how far the list has been read; False where somebody else has read on meanwhile."""
    row = rows.locked_wave(session, number)
    if row is None or row.state != WaveState.GATHERING or (row.cursor or "") != after:
        return False
    rows.add_guests(session, number, guests)
    row.cursor, row.told = cursor, None
    session.flush()
    return True


def keep_obstacle(session: Session, number: int, obstacle: Obstacle) -> bool:
    """Keep why a wave cannot open until its people can be read on; False where it is known, or the wave is opening no more."""
    row = rows.locked_wave(session, number)
    packed = _packed(obstacle)
    if row is None or row.state != WaveState.GATHERING or row.told == packed:
        return False
    row.told = packed
    session.flush()
    return True


def obstacle_of(row: PulseWaveRow) -> Obstacle | None:
    """Return why a wave cannot open; None where nothing is in its way."""
    if row.state != WaveState.GATHERING or row.told is None:
        return None
    code, *teams = row.told.split()
    return Obstacle(code, tuple(teams))


def open_wave(
    session: Session,
    vault: Vault,
    number: int,
    groups: Mapping[str, tuple[str, Sequence[str]]],
    now: datetime,
    teams: Iterable[str] | None = None,
) -> Wave:
    """Freeze who is asked and in which groups, make the boxes, and plan when people are called, zone by zone.

    `groups` are those wanted, by slug: each one's name and teams; `teams` are all that there are. With too few people the wave is cancelled, since
    nothing could be published; so is one that should have closed by now, because nobody could answer it.
    """
    row = rows.locked_wave(session, number)
    if row is None or row.state != WaveState.GATHERING:
        raise AlreadyDone
    wave, guests = as_wave(row), rows.guests(session, number)
    if row.closes_at <= now:
        return _give_up(session, row, None, now)
    if len(guests) < wave.terms.least:
        return _give_up(session, row, len(guests), now)
    cells = _cells(wave, guests, groups)
    asks_all = None if teams is None else {*teams} <= {*wave.terms.teams}
    row.frame = _FRAME.dump_json(replace(_frame(cells, groups), asks_all=asks_all)).decode()
    row.ballot = _deal(session, vault, wave, cells)
    row.state, row.invited, row.opened_at = WaveState.OPEN, len(guests), now
    rows.add_calls(session, _calls(row, wave, rows.zones_of(session, number), now))
    session.flush()
    opened = as_wave(row)
    log(session, opened, CLOCK, now, "planned", f"opened for {len(guests)} people")
    return opened


def frame_of(row: PulseWaveRow) -> Frame:
    """Return what was frozen when a wave opened; `LookupError` where it has not."""
    if row.frame is None:
        raise LookupError(f"pulse {row.id} has not opened")
    return _FRAME.validate_json(row.frame)


def _cells(
    wave: Wave, guests: Sequence[Guest], groups: Mapping[str, tuple[str, Sequence[str]]]
) -> Cells:
    members = {
        slug: [guest.person for guest in guests if guest.team in teams]
        for slug, (_, teams) in groups.items()
    }
    return coarsen([guest.person for guest in guests], members, wave.terms.least)


def _frame(cells: Cells, groups: Mapping[str, tuple[str, Sequence[str]]]) -> Frame:
    shown = (
        Group(slug, groups[slug][0], tuple(sorted(numbers)))
        for slug, numbers in cells.groups.items()
    )
    hidden = (
        Hidden(
            unfit.group,
            groups[unfit.group][0],
            unfit.why,
            tuple(groups[one][0] for one in unfit.merge),
        )
        for unfit in cells.unfit
    )
    return Frame(tuple(len(cell) for cell in cells.cells), tuple(shown), tuple(hidden))


def _deal(session: Session, vault: Vault, wave: Wave, cells: Cells) -> str:
    """Put everybody into a box by chance, and return the name of the ballot."""
    boxes = deal(cells.cells, wave.terms.least)
    places = ((person, box, cell) for box, people in enumerate(boxes) for person, cell in people)
    rows.deal(session, wave.id, sorted(places))
    longest = LONGEST_COMMENT if wave.terms.asks_comment else 0
    return ballot.make_boxes(session, vault, [*map(len, boxes)], longest)


def _calls(
    row: PulseWaveRow, wave: Wave, zones: Iterable[str], now: datetime
) -> list[PulseCallRow]:
    """Return when the people of each zone are asked and reminded: in their working hours, where these come in time."""
    return [
        PulseCallRow(
            wave_id=row.id, number=number, zone=zone, due_at=due, reached="", is_done=False
        )
        for zone in zones
        for number, due in enumerate(_times(row, wave, ZoneInfo(zone), now))
    ]


def _times(row: PulseWaveRow, wave: Wave, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """Return when people of a zone are called; a reminder whose time was over before anybody was asked is none."""
    asked = next_working_time(row.opens_at, zone)
    first = asked if asked < row.closes_at else row.opens_at
    day = row.opens_at.astimezone(zone).date()
    mornings = (
        morning_of(workday_from(day + timedelta(days=days)), zone) for days in wave.terms.remind
    )
    return [first, *sorted({at for at in mornings if max(first, now) < at < row.closes_at})]


def _packed(obstacle: Obstacle) -> str:
    """Return an obstacle as it is kept: with as many of its teams as there is room for."""
    teams = [*obstacle.teams]
    while len(packed := " ".join((obstacle.code, *teams))) > _ROOM:
        teams.pop()
    return packed


def _give_up(session: Session, row: PulseWaveRow, found: int | None, now: datetime) -> Wave:
    row.state, row.closed_at, row.invited = WaveState.CANCELLED, now, found
    rows.forget_guests(session, row.id)
    session.flush()
    wave = as_wave(row)
    why = "its time was over" if found is None else f"it found {found} people"
    log(session, wave, CLOCK, now, "planned", f"cancelled, for {why}")
    return wave
