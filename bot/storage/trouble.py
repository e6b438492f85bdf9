"""Why a database cannot be used, in words.

What a driver says may hold names and addresses, and is never repeated; it is only recognised.
"""

import re

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_LOOK = "look at DATABASE_URL"
_KNOWN = tuple(
    (re.compile(pattern, re.IGNORECASE), words, fix)
    for pattern, words, fix in (
        (
            "password authentication failed|no password supplied",
            "refuses the user or the password",
            _LOOK,
        ),
        ("role .* does not exist", "refuses the user or the password", _LOOK),
        (
            "database .* does not exist",
            "the server has no such database",
            f"create it, or {_LOOK}",
        ),
        ("pg_hba.conf", "the server lets nobody in from here", "look at its pg_hba.conf"),
        ("too many (clients|connections)", "takes no more connections", "raise max_connections"),
        (
            "timeout expired|could not translate|failed to resolve|refused|no route|unreachable|no such file",
            "cannot be reached",
            f"look whether it runs, and {_LOOK}",
        ),
        (
            "permission denied for",
            "keeps its tables from this user",
            "grant the user what is there",
        ),
        (
            "permission denied|readonly|unable to open",
            "may not be opened",
            f"look at the permissions of the file and its folder, and {_LOOK}",
        ),
        ("not a database|malformed", "is no database, or a broken one", f"{_LOOK}, and restore"),
        ("is full|disk i/o", "cannot write to its disk", "make room"),
        ("locked", "is locked by somebody else", "look again in a minute"),
    )
)


def in_words(error: SQLAlchemyError) -> tuple[str, str]:
    """Return what is wrong and what would help."""
    said = str(error.orig) if isinstance(error, DBAPIError) else ""
    for pattern, words, fix in _KNOWN:
        if pattern.search(said):
            return words, fix
    kind = type(error.orig) if isinstance(error, DBAPIError) else type(error)
    return f"cannot be used ({kind.__name__})", _LOOK
