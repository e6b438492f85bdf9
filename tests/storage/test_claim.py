"""Claims: one of all who ask is the first, and nobody waits for what others claim."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.storage.claim import KEPT_FOR, ClaimRow, claim, forget_claims
from bot.storage.database import Database
from tests.overlap import overlap

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOON - KEPT_FOR - timedelta(seconds=1)


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Database]:
    """A database on PostgreSQL."""
    database = Database(postgresql_url)
    yield database
    database.close()


def test_nobody_waits_for_another_s_claim(server: Database) -> None:
    """Also while old ones are dropped: whoever waited here with a series locked would block the other."""
    assert server.write(claim, "old", LONG_AGO)

    def impatient(session: Session) -> bool:
        session.execute(text("SET LOCAL lock_timeout = '1ms'"))
        forget_claims(session, NOON)
        return claim(session, "another", NOON)

    def other_one(session: Session) -> bool:
        forget_claims(session, NOON)
        return claim(session, "one", NOON)

    one, other = overlap(server, other_one, impatient)
    assert one.result()
    assert other.result()


@pytest.mark.both_databases
def test_old_claims_are_dropped(database: Database) -> None:
    """What was claimed two days ago is not delivered again; claiming itself drops nothing, and so is quick."""
    database.write(claim, "old", LONG_AGO)
    database.write(claim, "new", NOON)
    assert not database.write(claim, "old", NOON)
    database.write(forget_claims, NOON)
    with database.reading() as session:
        assert session.scalars(select(ClaimRow.key)).all() == ["new"]
