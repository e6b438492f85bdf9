"""The courier's time in office: one of all machines holds it, and knows when it is over even after it was frozen.

The lease itself runs on the database's clock. What is remembered here runs on a clock that goes on while the process
sleeps, counted from before the database was asked, so that it always ends first.
"""

import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.services import Services
from bot.slack.pace import steady
from bot.storage import lease
from bot.storage.database import give_way

_LONGEST_HOST = 150


def holder_name() -> str:
    """Return a name for this process that no other has had: its machine, its number, and some luck."""
    return f"{socket.gethostname()[:_LONGEST_HOST]}:{os.getpid()}:{secrets.token_hex(4)}"


class Tenure:
    """One process's share in a lease: `seek` takes or keeps it, `is_on` says without asking anybody."""

    def __init__(self, services: Services, name: str, length: timedelta) -> None:
        self.holder = holder_name()
        self.term: int | None = None
        self._services = services
        self._name = name
        self._length = length
        self._ends_at = self._ask_again_at = steady()

    def is_on(self) -> bool:
        """Return whether the lease is still this process's, right now."""
        return self.term is not None and steady() < self._ends_at

    def doubt(self) -> None:
        """Take it that the lease is over, because the database says so, and ask for it anew."""
        self._ends_at = self._ask_again_at = steady()

    async def seek(self) -> bool:
        """Take the lease if it is free and keep it if it is ours, asking no more often than is needed."""
        now = steady()
        if now < self._ask_again_at:
            return self.is_on()
        self.term = await self._ask()
        seconds = self._length.total_seconds()
        if self.term is not None:
            self._ends_at, self._ask_again_at = now + seconds, now + seconds / 3
        else:
            self._ask_again_at = now + min(seconds / 6, 1.0)
        return self.is_on()

    async def _ask(self) -> int | None:
        if self.term is not None:
            return await self._services.write(self._keep)
        if await self._services.read(lease.is_free, self._name):
            return await self._services.write(self._take)
        return None

    def _take(self, session: Session) -> int | None:
        give_way(session, self._length)
        return lease.take(session, self._name, self.holder, self._length)

    def _keep(self, session: Session) -> int | None:
        give_way(session, self._length)
        return lease.keep(session, self._name, self.holder, self._length)

    async def end(self) -> None:
        """Give the lease back, so that the next one need not wait."""
        if self.term is not None:
            self.term = None
            await self._services.write(lease.give_back, self._name, self.holder)
