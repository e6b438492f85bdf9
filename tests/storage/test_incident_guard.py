"""The guard of the tests: no statement finds incidents for itself without saying for whom it does (see `tests.conftest`)."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from bot.storage.database import Database
from bot.storage.incident import HOUSE, IncidentRow, StepRow, for_shown, visible_to
from tests.incident_book import NOON, IncidentBook

pytestmark = pytest.mark.both_databases

STATEMENTS = {
    "select": select(IncidentRow),
    "update": update(IncidentRow).where(IncidentRow.id == 1).values(title="No more"),
    "update of what belongs to one": update(StepRow).values(next_at=None),
    "delete": delete(StepRow).where(StepRow.incident_id == 1),
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_a_statement_says_for_whom_it_is(database: Database, statement) -> None:
    """Also what changes or deletes; with a mark it passes."""
    IncidentBook(database).add(detected=NOON)
    with pytest.raises(AssertionError, match="says not for whom"):
        database.write(lambda session: session.execute(statement))
    database.write(lambda session: session.execute(for_shown(statement)))


def test_a_row_that_was_found_is_written_back(database: Database) -> None:
    """And after that the guard looks again, also where the writing went wrong."""
    IncidentBook(database).add(detected=NOON)

    def rename(session, title) -> None:
        session.scalars(visible_to(select(IncidentRow), HOUSE)).one().title = title

    database.write(rename, "Another title")
    with pytest.raises(IntegrityError):
        database.write(rename, None)
    with pytest.raises(AssertionError, match="says not for whom"):
        database.write(lambda session: session.execute(STATEMENTS["update"]))
