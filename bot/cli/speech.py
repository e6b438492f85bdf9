"""How a command says what is wrong: plain sentences on standard error, all at once, exit code 2, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from sqlalchemy.exc import OperationalError

from bot.errors import PluginWrong, Refused, SettingsWrong


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what is wrong into sentences."""
    try:
        yield
    except SettingsWrong as wrong:
        leave(wrong.sentences)
    except Refused as refused:
        leave([refused.sentence])
    except PluginWrong as wrong:
        leave([str(wrong)])
    except OperationalError as error:
        leave([f"The database cannot be used ({type(error.orig).__name__}): look at DATABASE_URL."])


def leave(reasons: list[str]) -> NoReturn:
    """Print sentences on standard error and leave with exit code 2."""
    for reason in reasons:
        typer.echo(reason, err=True)
    raise typer.Exit(2)
