"""Spellings: the ways in which people write one kind of thing, one rule each."""

import re
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

Asked = TypeVar("Asked")
Meant = TypeVar("Meant")
Rule: TypeAlias = Callable[[re.Match[str], Asked], Meant | None]


class Spellings(Generic[Asked, Meant]):
    """Rules in the order in which they are tried: a pattern, and what that means to who asked."""

    def __init__(self) -> None:
        self._rules: list[tuple[re.Pattern[str], Rule[Asked, Meant]]] = []

    def rule(self, pattern: str) -> Callable[[Rule[Asked, Meant]], Rule[Asked, Meant]]:
        """Add a rule for what is written wholly like `pattern`."""

        def register(read: Rule[Asked, Meant]) -> Rule[Asked, Meant]:
            self._rules.append((re.compile(pattern), read))
            return read

        return register

    def read(self, plain: str, asked: Asked) -> Meant | None:
        """Return what the first rule says that fits and finds a meaning; None where none does."""
        for pattern, read in self._rules:
            found = pattern.fullmatch(plain)
            meant = read(found, asked) if found else None
            if meant is not None:
                return meant
        return None
