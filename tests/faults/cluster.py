"""Replicas of the bot as an operator starts them, on one database: started, killed without warning, frozen, thawed."""

import asyncio
import os
import re
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy.orm import Session

import bot
from bot.blocks.kit import Message
from bot.services import promise
from bot.storage import courier as desk
from bot.storage import lease
from bot.storage.database import Database, database_now
from bot.storage.lease import Lease
from bot.vocabulary import SETTLED, Delivery, Priority

_LISTENS = re.compile(r"listening on (\S+:\d+)")
LEAD = timedelta(seconds=1)  # so that all is promised when the first falls due

PAGE = """
managers: [U0ANA]
delivery: {{posts_per_second: {rate}, lease_seconds: {lease_seconds}}}
"""


class Cluster:
    """Replicas on one database, and the lease that says which of them posts."""

    def __init__(
        self, database_url: str, api_url: str, folder: Path, *, rate: float, lease_seconds: float
    ) -> None:
        self.database = Database(database_url)
        self._replicas: dict[int, asyncio.subprocess.Process] = {}
        self._told = folder / "replicas.log"
        self._log = self._told.open("ab")
        page = folder / "app.yaml"
        page.write_text(PAGE.format(rate=rate, lease_seconds=lease_seconds), encoding="utf-8")
        self._environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(bot.__file__).parents[1]),
            "STEWARD_CONFIG": str(page),
            "DATABASE_URL": database_url,
            "SLACK_API_URL": api_url,
            "SLACK_BOT_TOKEN": "xoxb-faults",
            "SLACK_SIGNING_SECRET": "0" * 32,
            "HOST": "127.0.0.1",
            "PORT": "0",
        }

    async def start(self, many: int = 1) -> None:
        """Start replicas; they find out by themselves who of them acts."""
        for _ in range(many):
            replica = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run",
                env=self._environ, stdout=self._log, stderr=self._log,
            )  # fmt: skip
            self._replicas[replica.pid] = replica

    async def stop(self) -> None:
        """End everything that was started."""
        for replica in self._replicas.values():
            if replica.returncode is None:
                replica.kill()
            await replica.wait()
        self._log.close()
        self.database.close()

    async def started(self) -> None:
        """Wait until all replicas that were started say that they are ready; none has ended yet."""
        async with aiohttp.ClientSession() as session:
            while not await self._are_ready(session):  # noqa: ASYNC110 (nobody calls when they are)
                await asyncio.sleep(0.02)

    async def _are_ready(self, session: aiohttp.ClientSession) -> bool:
        listening = _LISTENS.findall(self._told.read_text("utf-8"))
        if len(listening) < len(self._replicas):
            return False
        asked = [session.get(f"http://{place}/readyz") for place in listening]
        return all([(await answer).ok for answer in asked])

    async def courier(self) -> int:
        """Wait until a living replica holds the lease, and return its process id."""
        while True:
            held = await self._look(lambda session: (_lease(session), database_now(session)))
            pid = int(held[0].holder.split(":")[1]) if held[0].holder else 0
            if pid in self._replicas and held[0].until > held[1]:
                return pid
            await asyncio.sleep(0.02)

    async def kill(self, pid: int) -> None:
        """End a replica without warning, as a machine does that loses its power."""
        replica = self._replicas.pop(pid)
        replica.kill()
        await replica.wait()

    def freeze(self, pid: int) -> None:
        """Let a replica stand still, as a machine does that is moved or sleeps."""
        self._replicas[pid].send_signal(signal.SIGSTOP)

    async def wait_for_another(self, than: int) -> None:
        """Wait until another replica has taken over."""
        while await self.courier() == than:  # noqa: ASYNC110 (the news is in the database)
            await asyncio.sleep(0.02)

    def thaw(self, pid: int) -> None:
        """Let it go on as if no time had passed."""
        self._replicas[pid].send_signal(signal.SIGCONT)

    def promise(self, posts: int, channels: int, over: timedelta) -> None:
        """Promise posts that fall due one after another over a time, spread over channels."""
        self.database.write(_promise, posts, channels, over)

    async def counts(self) -> dict[Delivery, int]:
        """Return how many messages are in each state."""
        return await self._look(desk.count_by_state)

    async def settled(self) -> dict[Delivery, int]:
        """Wait until every message has ended, and return how."""
        while True:
            counts = await self.counts()
            if not any(many for state, many in counts.items() if state not in SETTLED):
                return {state: many for state, many in counts.items() if many}
            await asyncio.sleep(0.05)

    async def _look(self, do):  # type: ignore[no-untyped-def]
        return await asyncio.to_thread(self.database.read, do)


def _lease(session: Session) -> Lease:
    return lease.look_at(session, desk.LEASE)


def _promise(session: Session, posts: int, channels: int, over: timedelta) -> None:
    begin: datetime = database_now(session) + LEAD
    for number in range(posts):
        due = begin + over * number / posts
        words = Message(f"post {number}")
        to = f"C0FAULT{number % channels}"
        promise(session, to, words, f"fault:{number}", due=due, priority=Priority.SCHEDULED)
