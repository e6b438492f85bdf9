"""How a command says what is wrong: plain sentences on standard error, all at once, exit code 2, no traceback."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from sqlalchemy.exc import DatabaseError, OperationalError

from bot.errors import PluginWrong, Refused, SettingsWrong


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what is wrong into sentences; a mistake of the program itself stays what it is."""
    try:
        yield
    except SettingsWrong as wrong:
        leave(wrong.sentences)
    except Refused as refused:
        leave([refused.sentence])
    except PluginWrong as wrong:
        leave([str(wrong)])
    except DatabaseError as error:
        if not _is_out_of_reach(error):
            raise
        leave([f"The database cannot be used ({type(error.orig).__name__}): look at DATABASE_URL."])


def _is_out_of_reach(error: DatabaseError) -> bool:
    """Return whether the database cannot be opened, reached or read, rather than is asked something wrong."""
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # SQL it cannot run
        return False
    return type(error) in (DatabaseError, OperationalError)


def leave(reasons: list[str]) -> NoReturn:
    """Print sentences on standard error and leave with exit code 2."""
    for reason in reasons:
        typer.echo(reason, err=True)
    raise typer.Exit(2)
