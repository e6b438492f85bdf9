"""Two people at once who have to do with each other's action items, on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from bot.domain import action
from bot.domain.action import ActionDraft
from bot.domain.person import Person
from bot.storage.database import Database
from tests.meetingroom import ANA, BO
from tests.overlap import overlap


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Database]:
    """A database on PostgreSQL."""
    database = Database(postgresql_url)
    yield database
    database.close()


def give(session: Session, by: Person, to: Person) -> int:
    """Give somebody something to do."""
    draft = ActionDraft(text="Water the plants", owner=to.id)
    return action.add_action(session, draft, to, by, f"{by.id} to {to.id}").id


def test_two_give_each_other_something_to_do(server: Database) -> None:
    """Nobody has been seen before."""
    one, other = overlap(
        server,
        lambda session: give(session, ANA, BO),
        lambda session: give(session, BO, ANA),
        after="INSERT INTO colleague",
    )
    assert {one.result(), other.result()} == {1, 2}


def test_two_pass_each_other_what_they_have_to_do(server: Database) -> None:
    """Everybody has been seen a moment ago."""
    mine, theirs = server.write(give, BO, ANA), server.write(give, ANA, BO)
    one, other = overlap(
        server,
        lambda session: action.reassign(session, mine, BO, ANA, "one"),
        lambda session: action.reassign(session, theirs, ANA, BO, "other"),
        after="FOR UPDATE OF action",
    )
    assert (one.result().after.owner, other.result().after.owner) == (BO.id, ANA.id)
