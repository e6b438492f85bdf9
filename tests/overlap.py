"""Two transactions at once on PostgreSQL, put together by hand: the first stands still half-way while the second runs.

Nothing waits for a number of seconds: the first goes on when the second has ended or the server says that it waits for
a lock.
"""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from bot.storage.database import Database

T, U = TypeVar("T"), TypeVar("U")

_AT_MOST = 30.0
_END = "its end"


def overlap(
    database: Database,
    first: Callable[[Session], T],
    second: Callable[[Session], U],
    *,
    after: str = _END,
) -> tuple[Future[T], Future[U]]:
    """Run `first` until it has sent a statement like `after`, then `second`; return how both ended."""
    stands, may_go = threading.Event(), threading.Event()

    def pause() -> None:
        stands.set()
        may_go.wait(_AT_MOST)

    def run_first() -> T:
        with _pausing(database, re.compile(after, re.DOTALL), pause), database.writing() as session:
            done = first(session)
            session.flush()
            if after == _END:
                pause()
            return done

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(run_first)
        one.add_done_callback(lambda _: stands.set())
        assert stands.wait(_AT_MOST)
        assert not one.done(), f"it never came to {after}: {one.exception()}"
        other = threads.submit(database.write, second)
        while not other.done() and not _somebody_waits(database):
            pass
        may_go.set()
    return one, other


@contextmanager
def _pausing(
    database: Database, after: re.Pattern[str], pause: Callable[[], None]
) -> Iterator[None]:
    """Pause this thread once, after a statement like `after`."""
    mine, left = threading.get_ident(), [pause]

    def look(_conn: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == mine and left and after.search(statement):
            left.pop()()

    event.listen(database.engine, "after_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(database.engine, "after_cursor_execute", look)


def _somebody_waits(database: Database) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with database.reading() as session:
        return bool(session.scalar(waiting))
