"""What the secret opens: one copy of a box does not say who said what, two copies do, and the bot says so.

Somebody who has the secret and the wrapped keys reads here what they open, by the format alone.
"""

import json
from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb, sqrt
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.blocks.plain import plain
from bot.blocks.pulse import kept_message
from bot.domain.receipt import new_code
from bot.storage import ballot
from bot.storage.ballot import BallotBoxRow, BallotKeyRow, Said, Seat
from bot.storage.database import Database
from bot.storage.vault import unseal
from tests.storage.pulse_game import VAULT, in_some_order

SIGMAS = 6
PEOPLE = tuple(f"U0{number:04}" for number in range(30))


def opened(session: Session, name: str) -> dict[str, dict[str, Any]]:
    """Return what is in the first box of a ballot, answers and words, as whoever has the secret reads it."""
    keys = session.scalars(select(BallotKeyRow).where(BallotKeyRow.ballot == name)).one()
    box = session.scalars(select(BallotBoxRow).where(BallotBoxRow.ballot == name)).one()
    return {
        kind: json.loads(
            unseal(
                VAULT.unwrap(getattr(keys, kind), f"{name}:{kind}"),
                getattr(box, kind),
                f"{name}:{kind}:0",
            )
        )
        for kind in ("answers", "notes")
    }


def said_by(number: int) -> Said:
    """Return what one of the people says, which nobody else does."""
    return Said((number // 5 % 5 + 1, number % 5 + 1, number % 11), f"words {number}")


Act = Callable[[Session, str], object]


def acts_of(number: int, code: str, course: str) -> list[Act]:
    """Return what one person does in their order: answer, perhaps after another try, or after having it back."""

    def do(how: Callable[..., bool], *what: object) -> Act:
        return lambda session, name: how(session, VAULT, Seat(name, 0, PEOPLE[number], number % 2), *what)  # fmt: skip

    last = do(ballot.cast, said_by(number), code)
    match course:
        case "changed":
            return [do(ballot.cast, Said((1, 1, 1), "first"), code), do(ballot.replace, said_by(number), code)]  # fmt: skip
        case "anew":
            return [do(ballot.cast, Said((1, 1, 1), "first"), "other"), do(ballot.withdraw, "other"), last]  # fmt: skip
    return [last]


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[int], list[int], dict[int, str]]:
    """Draw who answers and how, and the same acts in two orders; each person's own acts stay in theirs."""
    courses = draw(
        st.dictionaries(
            st.integers(0, 29), st.sampled_from(["at once", "changed", "anew"]), max_size=8
        )
    )
    turns = [one for one, course in courses.items() for _ in acts_of(one, "", course)]
    return draw(st.permutations(turns)), draw(st.permutations(turns)), courses


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(two_orders())
def test_a_box_is_the_same_whoever_answers_first(database: Database, orders) -> None:
    """With the same receipts two orders leave the same content, byte for byte; so an order is nowhere in it."""
    *turns, courses = orders
    codes = {number: new_code() for number in courses}
    contents = []
    with Session(database.engine) as session:  # nothing of it is kept
        name = ballot.make_boxes(session, VAULT, [30], 500)
        for order in turns:
            waiting = {number: acts_of(number, codes[number], courses[number]) for number in courses}  # fmt: skip
            for number in order:
                assert waiting[number].pop(0)(session, name)
            contents.append(json.dumps(opened(session, name)))
            for number in courses:
                where = Seat(name, 0, PEOPLE[number], number % 2)
                assert ballot.withdraw(session, VAULT, where, codes[number])
    assert contents[0] == contents[1]


def test_one_copy_matches_by_chance_alone(database):
    """People stand by their ids, answers and words each by their own marks, whatever came when: all pairs of lists."""
    found = {kind: [0.0, 0.0, 0.0] for kind in ("time", "id", "words")}
    with Session(database.engine) as session:
        for _ in range(20):
            name = ballot.make_boxes(session, VAULT, [30], 500)
            came = in_some_order(PEOPLE)
            for person in came:
                said = said_by(PEOPLE.index(person))
                assert ballot.cast(session, VAULT, Seat(name, 0, person, 0), said, new_code())
            box = opened(session, name)
            answers = [tuple(values) for _, _, values in box["answers"]["said"]]
            words = [int(text.removeprefix("words ")) for _, _, text in box["notes"]["said"]]
            truth = [PEOPLE[number] for said in answers for number in range(30) if said_by(number).values == said]  # fmt: skip
            assert box["answers"]["who"] == sorted(came)
            lists = {"time": came, "id": sorted(came), "words": [PEOPLE[number] for number in words]}  # fmt: skip
            for kind, order in lists.items():
                count(found[kind], [order.index(person) for person in truth])
    for in_order, mean, variance in found.values():
        assert abs(in_order - mean) <= SIGMAS * sqrt(variance)


def test_one_copy_and_the_secret_tell_what_all_of_a_part_have_said_alike(database):
    """This remains possible too, and `/pulse how` says so: with their parts of the company known, as the seats have them."""
    name = database.write(ballot.make_boxes, VAULT, [30], 500)
    for number in range(10):
        seat = Seat(name, 0, PEOPLE[number], cell=number % 2)
        said = Said((1,)) if seat.cell else said_by(number)
        assert database.write(ballot.cast, VAULT, seat, said, new_code())
    box = database.read(opened, name)["answers"]
    assert set(PEOPLE[1:10:2]) < set(box["who"])
    assert {tuple(values) for _, cell, values in box["said"] if cell == 1} == {(1,)}
    assert "as long as all there of your part have said the same" in plain(kept_message())


def count(tally: list[float], ranks: Sequence[int]) -> None:
    """Count the pairs that stand in the same order in two lists, with the mean and variance of chance (Kendall)."""
    n = len(ranks)
    tally[0] += sum(first < second for first, second in combinations(ranks, 2))
    tally[1] += comb(n, 2) / 2
    tally[2] += n * (n - 1) * (2 * n + 5) / 72


def test_two_copies_and_the_secret_tell_who_said_what(database):
    """This remains possible, for whoever has the secret too, and `/pulse how` says so: what is new belongs together."""
    name = database.write(ballot.make_boxes, VAULT, [30], 500)
    matched = {}
    for number in range(30):
        before = database.read(opened, name)
        seat = Seat(name, 0, PEOPLE[number], 0)
        assert database.write(ballot.cast, VAULT, seat, said_by(number), new_code())
        after = database.read(opened, name)
        (person,) = set(after["answers"]["who"]) - set(before["answers"]["who"])
        (answer,) = [one for one in after["answers"]["said"] if one not in before["answers"]["said"]]  # fmt: skip
        (note,) = [one for one in after["notes"]["said"] if one not in before["notes"]["said"]]
        matched[person] = Said(tuple(answer[2]), note[2])

    assert matched == {person: said_by(number) for number, person in enumerate(PEOPLE)}
    told = plain(kept_message())
    assert "has the secret that seals the boxes, and copies the database before and after" in told
    assert "one copy is enough while you are the first in your box to answer" in told
