"""Tables are written anew only when nobody has to wait long for it."""

from sqlalchemy import text

from bot.storage import ballot, outbox
from bot.storage.database import Database
from tests.storage.outbox_stage import put


def test_it_waits_for_nobody_who_holds_a_table(postgresql_url: str) -> None:
    """Everybody else would wait behind it; it is done when they have finished."""
    database = Database(postgresql_url)
    with database.reading() as session:
        session.execute(text("SELECT count(*) FROM outbox"))
        assert not database.scrub(*ballot.TABLES, outbox.TABLE)
        assert put(database, "promised meanwhile")
    assert database.scrub(*ballot.TABLES, outbox.TABLE)
    database.close()
