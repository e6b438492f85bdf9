"""Sealed boxes: one answer a person, changed and withdrawn with its receipt alone, and nothing to be read without the secret."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.storage import ballot
from bot.storage.ballot import Ballot, BallotBoxRow, BallotKeyRow, Note, Said, Seat
from bot.storage.database import Database
from bot.storage.vault import SealBroken, Vault

pytestmark = pytest.mark.both_databases

VAULT = Vault("a secret of the tests, long enough")
BO, CY = "U0BO", "U0CY"
LONGEST = 500


@pytest.fixture
def name(database: Database) -> str:
    """A ballot with two boxes."""
    return database.write(ballot.make_boxes, VAULT, [25, 30], LONGEST)


def seat(name: str, person: str = BO, box: int = 0, cell: int = 3) -> Seat:
    """Return where a person's answer goes."""
    return Seat(name, box, person, cell)


def cast(database: Database, where: Seat, *values: int | None, note: str = "", code: str) -> bool:
    """Answer."""
    return database.write(ballot.cast, VAULT, where, Said(values, note), code)


def sealed(session: Session) -> list[tuple[bytes, bytes]]:
    """Return all boxes as they stand in the database."""
    rows = session.scalars(select(BallotBoxRow).order_by(BallotBoxRow.number))
    return [(row.answers, row.notes) for row in rows]


def test_what_was_said_comes_out_without_who_said_it(database, name):
    """Participants, answers and words are three sets; the boxes and their keys are gone afterwards."""
    assert cast(database, seat(name), 5, None, 10, note="More tea.", code="one")
    assert cast(database, seat(name, CY, box=1, cell=0), 1, 2, 0, code="two")

    out = database.write(ballot.empty, VAULT, name)

    assert out.participants == {BO, CY}
    assert sorted(out.ballots) == [Ballot(0, (1, 2, 0)), Ballot(3, (5, None, 10))]
    assert out.notes == (Note(3, "More tea."),)
    with database.reading() as session:
        assert not session.scalars(select(BallotKeyRow)).all()
        assert not session.scalars(select(BallotBoxRow)).all()


def test_the_first_answer_stays(database, name):
    """A second press, or a form that is sent again, changes nothing."""
    assert cast(database, seat(name), 5, code="one")
    before = database.read(sealed)
    assert not cast(database, seat(name), 1, code="two")
    assert database.read(sealed) == before
    assert database.write(ballot.empty, VAULT, name).ballots == (Ballot(3, (5,)),)


def test_a_receipt_changes_its_answer(database, name):
    """The old one and its words are gone."""
    cast(database, seat(name), 1, note="Dreadful.", code="one")
    assert database.write(ballot.replace, VAULT, seat(name), Said((4,)), "one")
    out = database.write(ballot.empty, VAULT, name)
    assert out.ballots == (Ballot(3, (4,)),)
    assert out.notes == ()


def test_what_is_withdrawn_may_be_answered_anew(database, name):
    """Afterwards the person has not answered."""
    cast(database, seat(name), 1, note="Dreadful.", code="one")
    assert database.read(ballot.has_answered, VAULT, seat(name))
    assert database.write(ballot.withdraw, VAULT, seat(name), "one")
    assert not database.read(ballot.has_answered, VAULT, seat(name))
    assert database.read(ballot.participants, VAULT, name) == frozenset()
    assert cast(database, seat(name), 2, code="three")
    out = database.write(ballot.empty, VAULT, name)
    assert (out.ballots, out.notes) == ((Ballot(3, (2,)),), ())


@pytest.mark.parametrize("person", [BO, CY])
def test_a_receipt_is_good_for_one_answer_of_one_person(database, name, person):
    """Neither a wrong code nor somebody else's does anything."""
    cast(database, seat(name), 1, code="bo's")
    cast(database, seat(name, CY), 2, code="cy's")
    wrong = {BO: "cy's", CY: "bo's"}[person]
    before = database.read(sealed)
    for code in (wrong, "", "nonsense"):
        assert not database.write(ballot.withdraw, VAULT, seat(name, person), code)
        assert not database.write(ballot.replace, VAULT, seat(name, person), Said((5,)), code)
    assert database.read(sealed) == before


def test_both_parts_are_rewritten_and_keep_their_size(database, name):
    """Whether somebody wrote anything, and how much, does not show; nor does the box of others change."""
    (before, untouched), said = database.read(sealed), Said((5, 5), "x" * LONGEST)
    database.write(ballot.cast, VAULT, seat(name), said, "one")
    after, still = database.read(sealed)
    database.write(ballot.cast, VAULT, seat(name, CY), Said((1,)), "two")
    last, _ = database.read(sealed)

    assert still == untouched
    sizes = [[len(part) for part in box] for box in (before, after, last)]
    assert sizes[0] == sizes[1] == sizes[2]
    for part in (0, 1):
        assert len({box[part] for box in (before, after, last)}) == 3


@pytest.mark.parametrize("sign", ["\N{ROCKET}", '"', "\\", "\n"])
def test_a_box_holds_all_that_its_people_can_say(database, sign):
    """Everybody writes as much as they may, in signs that take the most room, with ids as long as Slack's may be."""
    name = database.write(ballot.make_boxes, VAULT, [30], LONGEST)
    for number in range(30):
        where = seat(name, f"U{number:049}", cell=9999)
        assert cast(database, where, 5, 5, 5, 5, 5, 10, note=sign * LONGEST, code=f"{number}")
    assert len(database.write(ballot.empty, VAULT, name).notes) == 30


def test_without_the_secret_nothing_is_read(database, name):
    """Another secret opens nothing, and says so; what was said stays."""
    cast(database, seat(name), 5, code="one")
    with pytest.raises(SealBroken):
        database.write(ballot.empty, Vault("quite another secret of the tests"), name)
    assert database.write(ballot.empty, VAULT, name).ballots == (Ballot(3, (5,)),)


def test_a_box_cannot_stand_in_for_another(database, name):
    """Somebody who may write to the database cannot show one box in another's place."""
    cast(database, seat(name), 5, code="one")

    def exchange(session: Session) -> None:
        first, second = session.scalars(select(BallotBoxRow).order_by(BallotBoxRow.number))
        second.answers = first.answers

    database.write(exchange)
    with pytest.raises(SealBroken):
        database.write(ballot.empty, VAULT, name)


def test_many_press_at_once(database, name):
    """Twenty people answer at the same moment, each three times over; each has one answer."""
    start = Barrier(20)

    def answer(number: int) -> list[bool]:
        start.wait(20)
        where = seat(name, f"U{number}", box=number % 2)
        return [
            cast(database, where, number % 5 + 1, code=f"{number}:{press}") for press in range(3)
        ]

    with ThreadPoolExecutor(20) as threads:
        presses = list(threads.map(answer, range(20)))

    assert all(sum(made) == 1 for made in presses)
    out = database.write(ballot.empty, VAULT, name)
    assert len(out.participants) == len(out.ballots) == 20
