"""Log lines: one line each, and of an exception only its kind and where it happened.

What an exception says may hold what a person typed, a token or a row of the database; it is never written down.
Slack's error codes are: they are words of its own.
"""

import logging
import sys
from collections.abc import Iterator
from types import TracebackType

# These log whole payloads, headers or addresses with tickets in them at their usual levels (slack-platform: 2.1, 10.10).
_TALKATIVE = (
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "asyncio",
    "apscheduler",
    "httpx",
    "sqlalchemy",
    "alembic",
)
_OURS = ("bot.", "handlers.", "kpis.", "agendas.")
_FRAMES = 5


def set_up(level: int = logging.INFO) -> None:
    """Send the program's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class OneLine(logging.Formatter):
    """Writes a record on one line; an exception as its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        line = self.formatMessage(record)
        if record.exc_info and record.exc_info[1]:
            line = f"{line}: {whereabouts(record.exc_info[1])}"
        return " ".join(line.split())


def whereabouts(error: BaseException) -> str:
    """Return the kind of an exception, where it came from and what caused it, without a word it carries."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    places = " < ".join(_places(error.__traceback__))
    story = f"{_kind(error)} at {places}" if places else _kind(error)
    return f"{story}, after {whereabouts(cause)}" if cause else story


def error_code(error: BaseException) -> str:
    """Return the code with which Slack refused, or "" when the exception carries none."""
    data = getattr(getattr(error, "response", None), "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and code.isidentifier() else ""


def _kind(error: BaseException) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    reason = error_code(error) or (f"http_{status}" if isinstance(status, int) else "")
    return f"{type(error).__name__}({reason})" if reason else type(error).__name__


def _places(traceback: TracebackType | None) -> list[str]:
    """Return where it was raised and, before that, the last places in our own code."""
    way = [*_way(traceback)]
    ours = [place for place in way[:-1] if place.startswith(_OURS)]
    return [*way[-1:], *reversed(ours[-_FRAMES:])]


def _way(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
