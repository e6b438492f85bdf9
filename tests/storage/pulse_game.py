"""A wave whose truth a test knows: who said what, in which order, through the domain's own functions."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from secrets import token_hex
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain import pulse, pulse_answer, pulse_call, pulse_close, pulse_roster
from bot.domain.person import Person
from bot.domain.pulse import Grouping, WaveForm
from bot.storage import pulse as rows
from bot.storage.ballot import Seat
from bot.storage.database import Database
from bot.storage.pulse import Guest
from bot.storage.vault import Vault
from bot.vocabulary import Role

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEXT_DAY = NOON + timedelta(days=1)
VAULT = Vault("a secret of the tests, long enough")
TEAMS = {"desk": "Desk", "cloud": "Cloud", "core": "Core"}
_ANA = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))
_ZONES = ("Madrid", "Lisbon", "Prague", "Vienna", "Athens", "Riga", "Sofia")
_chance = random.SystemRandom()
_sheets = list(product(*5 * [range(1, 6)], range(11)))
_chance.shuffle(_sheets)


class Told(NamedTuple):
    """What one person sends, and the receipt they get; no two send the same numbers or words in all of a run."""

    values: tuple[int, ...]
    comment: str
    code: str = ""

    @property
    def said(self) -> str:
        """The numbers as they stand in the results."""
        return json.dumps(self.values, separators=(",", ":"))

    @property
    def given(self) -> dict[str, str]:
        """The form."""
        numbers = {f"statement{place}": str(value) for place, value in enumerate(self.values[:-1])}
        return {**numbers, "enps": str(self.values[-1]), "comment": self.comment}


@dataclass
class Game:
    """One wave; `truth` is who said what, in the order in which they did."""

    database: Database
    wave: int
    seats: dict[str, Seat]
    truth: dict[str, Told] = field(default_factory=dict)

    @property
    def ballot(self) -> str:
        """The name of its boxes."""
        return next(iter(self.seats.values())).ballot

    def answer(self, person: str) -> Told:
        """Let a person answer, in a transaction of its own."""
        told = _told()
        write = self.database.write
        _, code = write(pulse_answer.answer, VAULT, self.wave, person, told.given, NEXT_DAY)
        assert code is not None
        self.truth[person] = told._replace(code=code)
        return self.truth[person]

    def change(self, person: str) -> Told:
        """Let a person answer something else with their receipt; the order in which they stand is not theirs to change."""
        told = _told()._replace(code=self.truth[person].code)
        given = {**told.given, "receipt": told.code}
        self.database.write(pulse_answer.change, VAULT, self.wave, person, given, NEXT_DAY)
        self.truth[person] = told
        return told

    def withdraw(self, person: str) -> Told:
        """Let a person take back what they said."""
        told = self.truth.pop(person)
        given = {"receipt": told.code}
        self.database.write(pulse_answer.withdraw, VAULT, self.wave, person, given, NEXT_DAY)
        return told

    def close(self) -> None:
        """Close it, as the clock does."""
        closed = self.database.write(pulse_close.close_due, VAULT, NOON + timedelta(days=8))
        assert closed is not None
        assert closed.id == self.wave

    def people(self) -> dict[str, list[str]]:
        """Return who answered in every order that somebody may guess by."""
        came = list(self.truth)
        by_box = sorted(came, key=lambda person: self.seats[person].box)
        return {"time": came, "box and time": by_box, "id": sorted(came)}


def play(
    database: Database,
    people: int = 56,
    grouping: Grouping = "teams",
    before_asking: Callable[[], object] = lambda: None,
) -> Game:
    """Open a wave for some people, in three teams and some time zones, and ask them."""
    form = WaveForm(name="Autumn", teams=[*TEAMS], count=5, extras=["enps", "comment"], grouping=grouping)  # fmt: skip
    wave = database.write(pulse.start, form, _ANA, TEAMS, token_hex(8), NOON).id
    assert database.write(pulse_roster.begin, NOON)
    ids = sorted(f"U0{token_hex(5).upper()}" for _ in range(people))
    guests = [
        Guest(one, [*TEAMS][number % 3], f"Europe/{_ZONES[number % 7]}")
        for number, one in enumerate(ids)
    ]
    assert database.write(pulse_roster.seat, wave, "", guests, pulse_roster.READ)
    seats = database.write(_open, wave, grouping, ids)
    before_asking()
    while database.write(pulse_call.next_page, VAULT, NEXT_DAY, 100):
        pass  # the practice workspace is not needed: what they are sent is the courier's
    return Game(database, wave, seats)


def in_some_order(things: Iterable[str]) -> list[str]:
    """Return things shuffled."""
    order = list(things)
    _chance.shuffle(order)
    return order


def _told() -> Told:
    return Told(_sheets.pop(), f"word{token_hex(8)}")


def _open(
    session: Session, wave: int, grouping: Grouping, people: Iterable[str]
) -> dict[str, Seat]:
    """Open a wave, and return who sits where: read before the end, for a server marks what somebody comes by later."""
    groups = {} if grouping == "none" else {slug: (name, [slug]) for slug, name in TEAMS.items()}
    pulse_roster.open_wave(session, VAULT, wave, groups, NOON)
    row = rows.find_wave(session, wave)
    assert row is not None
    found = {person: rows.seat_of(session, row, person) for person in people}
    return {person: seat for person, seat in found.items() if seat is not None}
