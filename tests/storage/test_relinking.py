"""Whoever has everything stored, at every moment, but not the secret, matches answers to people no better than by chance.

Everything: the rows with what the database keeps beside them, the pages of all files, the log, before and after the
close. Besides, the adversary is given what is not stored: in which order people answered. Every order in which answers
are found after the close is laid beside every order of the people, cell by cell. How many then match, and how many pairs
stand in the same order, has an exact mean and variance under a fair shuffle; over all games it has to be within six
standard deviations. Plain tables with the same rows are the control: there the same adversary re-links nearly all.
Comments are laid beside the people, and beside the answers, in the same way; and each beside the answer that it stands
nearest to, in the files and in the log of the close.

Out of reach are copies elsewhere: backups, archives of PostgreSQL's log, and its `pg_wal` until the server has recycled
it. What lies there is sealed, and the wrapped key beside it opens nothing without the secret.
"""

import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt
from operator import attrgetter
from secrets import token_hex

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.domain.grouping import EVERYBODY
from bot.storage.ballot import TABLES, BallotBoxRow, BallotKeyRow
from bot.storage.database import Database
from tests.storage.everything_stored import (
    Change,
    ServerWatcher,
    Watcher,
    firsts,
    places,
    watching,
)
from tests.storage.pulse_game import Game, Told, in_some_order, play

pytestmark = pytest.mark.both_databases

Piece = Callable[[Told], str]
ANSWER: Piece = attrgetter("said")
COMMENT: Piece = attrgetter("comment")
SIGMAS = 6
NEARLY_ALL = 0.95


@pytest.fixture
def watcher(database: Database) -> Iterator[Watcher]:
    """Somebody who has everything but the secret."""
    yield from watching(database)


@dataclass
class Tally:
    """How much was right, and how much would be by chance."""

    found: float = 0
    mean: float = 0
    variance: float = 0

    def add(self, found: float, mean: float, variance: float) -> None:
        """Count one game more."""
        self.found += found
        self.mean += mean
        self.variance += variance

    @property
    def is_chance(self) -> bool:
        """Whether the bound is kept."""
        return abs(self.found - self.mean) <= SIGMAS * sqrt(self.variance)


def test_an_answer_changes_its_row_and_nothing_else(database, watcher):
    """Answering, changing and withdrawing are alike: one row anew, always of one size; no person, no receipt, no number."""
    game = play(database)
    sizes = database.read(box_sizes)
    watcher.changed_rows()

    for told in some_acts(game):
        change = watcher.changed_rows()
        assert change.tables == {"ballot_box"}
        assert len(change.gone) == len(change.new) == 1
        assert not readable(change, traces(told, *game.seats))
        assert database.read(box_sizes) == sizes

    if isinstance(watcher, ServerWatcher):
        assert not any(person in watcher.spoken() for person in game.seats)


@pytest.mark.parametrize("is_planned", [True, False], ids=["planned", "unplanned"])
def test_an_answer_changes_the_pages_of_its_box_and_nothing_else(database, watcher, is_planned):
    """Not even a bit beside a person's row says that somebody has looked for them, however a server finds them."""
    plan = "ANALYZE" if is_planned and isinstance(watcher, ServerWatcher) else "SELECT 1"
    game = play(database, 600, before_asking=lambda: watcher.ask(plan))
    allowed = watcher.pages_of_boxes()
    game.answer(
        next(iter(game.seats))
    )  # whoever is first reads the wave and the keys, which are everybody's
    watcher.changed_pages()

    changes = [watcher.changed_pages() for _ in some_acts(game)]

    assert all(changes)
    assert set().union(*changes) <= allowed


def test_the_close_leaves_no_box_and_no_key(database, watcher):
    """Not in any file: not in free pages, not in what the server knows of its tables for planning; other waves live on."""
    game, other = play(database), play(database)
    old = database.read(pieces)
    for person in in_some_order(game.seats)[:12]:
        game.answer(person)
        old |= database.read(pieces, game.ballot)
    if isinstance(watcher, ServerWatcher):
        watcher.ask("ANALYZE")
    secrets = {trace for told in game.truth.values() for trace in traces(told)}
    assert watcher.holds(database.read(pieces, game.ballot)), "what is there must be found"
    assert not watcher.holds(secrets)

    game.close()
    assert database.scrub(*TABLES)

    said = {told.said.encode() for told in game.truth.values()}
    assert not watcher.holds(old - database.read(pieces))
    assert not watcher.holds(
        secrets - said - {told.comment.encode() for told in game.truth.values()}
    )
    assert len(watcher.holds(said)) == len(said)
    assert rows_that_name(game.seats, watcher) == {"pulse_seat"}
    other.answer(min(other.seats))


@pytest.mark.parametrize("games", [3, pytest.param(12, marks=pytest.mark.long)])
def test_sealed_boxes_are_matched_by_chance_alone(database, watcher, games):
    """Nothing stored has an order that comes from who answered, or when, or in which box."""
    tallies: defaultdict[tuple[str, str, str], Tally] = defaultdict(Tally)
    for number in range(games):
        game = play(database, grouping="teams" if number % 3 == 2 else "none")
        answer_all(game)
        game.close()
        found = watcher.orders("pulse_answer", "said", f"wave_id = {game.wave}")
        for by, answers in found.items():
            for known, people in game.people().items():
                for what, *figures in compare(game, people, answers):
                    tallies[by, known, what].add(*figures)

    assert len(tallies) >= 18
    assert not {name: tally for name, tally in tallies.items() if not tally.is_chance}


@pytest.mark.parametrize("games", [3, pytest.param(12, marks=pytest.mark.long)])
def test_comments_are_matched_by_chance_alone(database, watcher, games):
    """Neither with people nor with their answers: not by the order in which they are told, nor by what stands near."""
    tallies: defaultdict[tuple[str, str, str], Tally] = defaultdict(Tally)
    for number in range(games):
        game = play(database, grouping="teams" if number % 3 == 2 else "none")
        answer_all(game)
        watcher.new_log()
        game.close()
        stored = {"log": watcher.new_log(), "files": b"".join(watcher.files())}
        said = watcher.orders("pulse_answer", "said", f"wave_id = {game.wave}")
        asked = game.people() | {f"answers by {by}": owners(game, said[by]) for by in said}
        for by, comments in comment_orders(game, watcher, stored).items():
            for known, people in asked.items():
                for what, *figures in compare(game, people, comments, COMMENT):
                    tallies[by, known, what].add(*figures)
        for where, everything in stored.items():
            for figures in nearness(game, everything):
                tallies[where, "nearest answer", "matches"].add(*figures)

    assert len(tallies) >= 2 * 2 * 6
    assert not {name: tally for name, tally in tallies.items() if not tally.is_chance}


def test_plain_tables_are_relinked(database, watcher):
    """Two ordinary tables, written in one transaction an answer: their log and their order tell nearly all."""
    game = play(database, grouping="none")
    database.write(make_plain_tables)
    watcher.new_log()
    log = []
    for person in in_some_order(game.seats):
        told = game.answer(person)
        watcher.new_log()
        database.write(write_plainly, person, told)
        log.append(watcher.new_log())

    at = firsts(log, [*game.truth, *(told.said for told in game.truth.values())])
    people = watcher.orders("plain_participant", "person")
    answers = watcher.orders("plain_answer", "said")
    by_log = {person: said for person in game.truth for said in at if said[0] == "[" and at[said] == at.get(person)}  # fmt: skip
    shares = {by: share(game, dict(zip(people[by], answers[by], strict=True))) for by in answers}
    comments = watcher.orders("plain_comment", "said")
    by_people = {
        by: share(game, dict(zip(people[by], comments[by], strict=True)), COMMENT)
        for by in comments
    }
    by_answers = {
        by: share(game, dict(zip(owners(game, answers[by]), comments[by], strict=True)), COMMENT)
        for by in comments
    }
    near = {
        one: other for guesses in nearest(game, b"".join(log)) for one, other in guesses.items()
    }

    assert share(game, by_log) >= NEARLY_ALL
    assert {by for by, found in shares.items() if found >= NEARLY_ALL} >= {*answers} - {"key", "bytes"}  # fmt: skip
    assert shares["key"] < 1 / 2  # as it should be
    for found in (by_people, by_answers):
        assert {by for by, right in found.items() if right >= NEARLY_ALL} >= {*comments} - {
            "key",
            "bytes",
        }
    assert sum(one == other for one, other in near.items()) >= NEARLY_ALL * len(game.truth)


def some_acts(game: Game) -> Iterator[Told]:
    """Let people answer, change their answers and take them back, one after another; give what was sent."""
    people = in_some_order(game.seats.keys() - game.truth.keys())[:12]
    yield from map(game.answer, people)
    yield from map(game.change, people[:3])
    for person in people[2:4]:
        yield game.withdraw(person)
        yield game.answer(person)


def answer_all(game: Game) -> None:
    """Let everybody answer, and some change their answers or take them back and answer anew."""
    for place, person in enumerate(in_some_order(game.seats)):
        for act in (game.answer, *{0: [game.change], 1: [game.withdraw, game.answer]}.get(place % 8, [])):  # fmt: skip
            act(person)


def comment_orders(
    game: Game, watcher: Watcher, stored: Mapping[str, bytes]
) -> dict[str, list[str]]:
    """Return the comments in every order in which they stand somewhere after the close.

    All stand in one row, so that whatever the database keeps beside rows is the same for all. PostgreSQL compresses what is
    so long: its files and its log have the comments in no other order than that in which they are told.
    """
    theirs = list(map(COMMENT, game.truth.values()))
    [row] = [row for _, row in watcher.rows() if any(one in repr(row) for one in theirs)]
    assert all(one in repr(row) for one in theirs)
    [(result,)] = watcher.ask(f"SELECT result FROM pulse_wave WHERE id = {game.wave}")  # noqa: S608
    told = json.loads(result)["comments"]
    everybody = told.pop(EVERYBODY)
    assert sorted(everybody) == sorted(theirs)
    by_group = [comment for comments in told.values() for comment in comments]
    orders = {where: list(places(everything, theirs)) for where, everything in stored.items()}
    return {"told": everybody, "told by group": by_group, **orders}


def owners(game: Game, pieces: Iterable[str], piece: Piece = ANSWER) -> list[str]:
    """Return whose some answers are, or comments."""
    whose = {piece(told): person for person, told in game.truth.items()}
    return [whose[one] for one in pieces]


def nearest(game: Game, stored: bytes) -> Iterator[dict[str, str]]:
    """Yield, cell by cell, whose the answer is that each comment stands nearest to, by whose comment it is."""
    comments = places(stored, map(COMMENT, game.truth.values()))
    answers = places(stored, map(ANSWER, game.truth.values()))
    for cell in {seat.cell for seat in game.seats.values()}:
        mine = {
            person: told for person, told in game.truth.items() if game.seats[person].cell == cell
        }
        there = {
            person: answers[told.said] for person, told in mine.items() if told.said in answers
        }
        at = {
            person: comments[told.comment]
            for person, told in mine.items()
            if told.comment in comments
        }
        yield {
            one: min(there, key=lambda other: abs(there[other] - at[one])) for one in at if there
        }


def nearness(game: Game, stored: bytes) -> Iterator[tuple[float, float, float]]:
    """Yield how many comments stand nearest to the answer of whoever wrote them, with mean and variance by chance.

    Of n people each is right with 1 / n, two of different guesses with 1 / (n (n - 1)), and two of the same never.
    """
    cells = Counter(game.seats[person].cell for person in game.truth)
    for guesses in nearest(game, stored):
        if not guesses:
            continue
        n, m = cells[game.seats[next(iter(guesses))].cell], len(guesses)
        differ = m * m - sum(times * times for times in Counter(guesses.values()).values())
        right = sum(one == other for one, other in guesses.items())
        yield right, m / n, m / n - (m / n) ** 2 + differ / (n * (n - 1))


def compare(
    game: Game, people: Sequence[str], found: Sequence[str], piece: Piece = ANSWER
) -> Iterator[tuple[str, float, float, float]]:
    """Lay people beside answers, or comments, cell by cell; give what was right, with its mean and variance by chance.

    Matches are the fixed points of a permutation: mean and variance are 1. Pairs in the same order are Kendall's count of
    n (n - 1) / 2 pairs: half of them, with variance n (n - 1) (2 n + 5) / 72.
    """
    for cell in {seat.cell for seat in game.seats.values()}:
        mine = [person for person in people if game.seats[person].cell == cell]
        theirs = [piece(game.truth[person]) for person in mine]
        rank = {one: place for place, one in enumerate(one for one in theirs if one in {*found})}
        order = [rank[one] for one in found if one in rank]
        n = len(order)
        assert piece is COMMENT or n == len(mine) > 1
        if n < 2:
            continue  # comments that stand in no such order
        yield "matches", sum(place == one for place, one in enumerate(order)), 1, 1
        pairs = sum(first < second for first, second in combinations(order, 2))
        yield "order", pairs, comb(n, 2) / 2, n * (n - 1) * (2 * n + 5) / 72


def share(game: Game, guesses: Mapping[str, str], piece: Piece = ANSWER) -> float:
    """Return how many of all people were matched with what they said, or with their comment."""
    right = sum(piece(game.truth[person]) == one for person, one in guesses.items())
    return right / len(game.truth)


def traces(told: Told, *people: str) -> set[bytes]:
    """Return everything that would betray an answer or its receipt, or who has answered."""
    code = told.code.encode()
    bare = told.code.replace("-", "").encode()
    hashes = [hashlib.sha256(one) for one in (code, bare)]
    marks = [hmac.digest(code, person.encode(), hashlib.sha256) for person in people]
    made = [*(one.digest() for one in hashes), *marks]
    texts = (told.comment, told.said, *people)
    return {code, bare, *made, *(one.hex().encode() for one in made), *(one.encode() for one in texts)}  # fmt: skip


def readable(change: Change, needles: Iterable[bytes]) -> set[bytes]:
    """Return which of some pieces a change has in its log, or in the rows it wrote."""
    written = change.log + repr(sorted(change.new | change.gone, key=repr)).encode()
    return {one for one in needles if one in written}


def rows_that_name(people: Iterable[str], watcher: Watcher) -> set[str]:
    """Return the tables with rows that name somebody."""
    every = [(table, repr(row)) for table, row in watcher.rows()]
    return {table for table, row in every for person in people if person in row}


def box_sizes(session: Session) -> list[tuple[str, int, int, int]]:
    """Return how large all boxes are."""
    rows = session.scalars(select(BallotBoxRow).order_by(BallotBoxRow.ballot, BallotBoxRow.number))
    return [(row.ballot, row.number, len(row.answers), len(row.notes)) for row in rows]


def pieces(session: Session, ballot: str = "") -> set[bytes]:
    """Return some of each box as it stands now, and of the wrapped keys; of all ballots or of one."""
    rows = [*session.scalars(select(BallotBoxRow)), *session.scalars(select(BallotKeyRow))]
    sealed = [part for row in rows if ballot in row.ballot for part in (row.answers, row.notes)]
    return {part[at : at + 16] for part in sealed for at in {0, 40, len(part) // 2, len(part) - 16}}


def make_plain_tables(session: Session) -> None:
    """Make what one would make without thinking: who has answered, what was answered, and the comments, under keys from chance."""
    session.execute(text("CREATE TABLE plain_participant (key text PRIMARY KEY, person text)"))
    session.execute(text("CREATE TABLE plain_answer (key text PRIMARY KEY, said text)"))
    session.execute(text("CREATE TABLE plain_comment (key text PRIMARY KEY, said text)"))


def write_plainly(session: Session, person: str, told: Told) -> None:
    """Keep an answer and its comment in the plain tables."""
    keep = "INSERT INTO plain_{} VALUES (:key, :it)"
    for table, it in (("participant", person), ("answer", told.said), ("comment", told.comment)):
        session.execute(text(keep.format(table)), {"key": token_hex(16), "it": it})
