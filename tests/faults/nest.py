"""Starts replicas of the bot in a tenth of the time: this process has imported everything, and each replica is a fork of it.

It is told on standard input, a line a replica, in which environment to run it and where its words go, and answers with
the process id. From there on it is what `python -m bot run` is: a process of its own, that can be killed.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import bot


class Nest:
    """The process that forks, as the tests talk to it."""

    async def open(self) -> None:
        """Start it; the first replica waits until it has imported everything."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, __file__,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(bot.__file__).parents[1])},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._asking = asyncio.Lock()

    async def hatch(self, environ: Mapping[str, str], log: Path) -> int:
        """Start a replica, and return its process id."""
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None
        assert told is not None
        async with self._asking:
            asked.write(json.dumps([dict(environ), str(log)]).encode() + b"\n")
            return int(await told.readline())

    async def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


def kill(pid: int) -> None:
    """End a replica without warning, as a machine does that loses its power, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    try:
        while True:
            os.kill(pid, 0)
    except ProcessLookupError:
        return


def _hatch_all() -> None:
    from bot import app
    from bot.cli import app as command_line

    for find in (app.find_routers, app.find_kpis, app.find_agendas, app.find_lives, app.find_help):
        find()
    app.find_reports()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that who is killed is gone at once
    for line in sys.stdin:
        environ, log = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become_one(environ, log)
            command_line(["run"])
        print(pid, flush=True)


def _become_one(environ: Mapping[str, str], log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environ)
    told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, stream in ((nothing, 0), (told, 1), (told, 2)):
        os.dup2(ours, stream)


if __name__ == "__main__":
    _hatch_all()
