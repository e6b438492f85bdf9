"""What a pulse survey of ten thousand people costs: sending at Slack's limits under five kills, opening, closing, memory."""

import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from bot import clock, settings
from bot.app import open_services
from bot.domain import pulse_progress, pulse_roster
from bot.domain.pulse import Wave
from bot.outgoing import pulse as outgoing
from bot.services import Services
from bot.slack.pace import steady
from bot.storage import ballot
from bot.storage import pulse as rows
from bot.storage.ballot import Said
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.storage.pulse import Guest, PulseWaveRow
from bot.vocabulary import Delivery, WaveState
from bot.workspace.feed import News
from tests.faults.nest import Nest
from tests.faults.pulse_town import (
    SECRETS,
    PulseTown,
    crowd,
    page_of,
    plan_for,
    zones_at_work,
)
from tests.front_door import ANA

T = TypeVar("T")

pytestmark = pytest.mark.both_databases

PEOPLE, TEAMS = 10_000, 12
RATE = 100.0  # posts a second, as configured and as Slack allows
BURST_SECONDS = (
    2.0  # the courier's own burst is one second's worth; the other is for what is late on its way
)


class Postmark:
    """When each message to one of those asked arrived, and when the bot was killed."""

    def __init__(self, town: PulseTown) -> None:
        self.at: list[float] = []
        self.killed_at: list[float] = []
        self._manager = town.slack.workspace.direct(ANA).id
        town.slack.parts.feed.listen(self._note)

    def _note(self, news: News) -> None:
        if news.type == "message" and news.body["channel"] != self._manager:
            self.at.append(steady())

    @property
    def seconds(self) -> float:
        """How long it took from the first to the last."""
        return self.at[-1] - self.at[0]

    @property
    def standing_still(self) -> float:
        """For how many seconds nothing came after kills that fell between the first and the last."""
        fallen = [at for at in self.killed_at if self.at[0] < at < self.at[-1]]
        return sum(next(each for each in self.at if each > at + 0.2) - at for at in fallen)


@pytest_asyncio.fixture
async def nest() -> AsyncIterator[Nest]:
    """What replicas are forked from."""
    opened = Nest()
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("kills", [0, 5])
async def test_asking_ten_thousand_people(
    nest: Nest, database_url: str, database_name: str, tmp_path: Path, capsys: Any, kills: int
) -> None:
    """At the rate that is configured and that Slack enforces, by one process: killed once while it gathers, else while it posts."""
    how: dict[str, Any] = {"rate": RATE, "has_line": False, "rate_limits": True}
    roster = crowd(PEOPLE, TEAMS, zones=zones_at_work())
    async with PulseTown(nest, database_url, tmp_path, roster, **how) as town:
        limits = town.slack.limits
        limits.posts_per_minute, limits.post_burst = RATE * 60, BURST_SECONDS / 60
        came = Postmark(town)
        wave = town.plan()
        began = steady()
        await town.until(lambda: town.database.read(_is_gathering, wave.id))
        for nth in range(kills):
            share = PEOPLE * nth // kills
            await town.until(lambda share=share: len(came.at) >= share)
            came.killed_at.append(steady())
            town.kill_all()
        await town.until(lambda: town.is_over(wave))
        memory, asked = town.peak_memory(), town.asked()

    assert asked == Counter({f"U1{at:05}": 1 for at in range(PEOPLE)})
    allowed = PEOPLE / RATE
    still = f", {came.standing_still:.1f} s of it nothing came after a kill" if kills else ""
    tell(
        capsys,
        f"{PEOPLE:,} people on {database_name}, each asked once, with {kills} kills",
        f"  from the start to the first question {came.at[0] - began:.1f} s",
        f"  sending took {came.seconds:.1f} s{still}: {came.seconds / allowed:.3f} of what {RATE:.0f} a second allow (goal ≤ 1.05)",
        f"  Slack said that it was too fast: {dict(limits.refusals)}; the bot held {memory} MB at most",
    )


def _is_gathering(session: Session, number: int) -> bool:
    row = rows.find_wave(session, number)
    return row is not None and row.state == WaveState.GATHERING and bool(row.cursor)


# Opening and closing, in one transaction each, beside somebody else who writes.


class Neighbour:
    """Somebody who wants to write something small every few milliseconds, as every door does, and remembers the longest wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_on)
        self.longest = 0.0

    def __enter__(self) -> "Neighbour":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write_on(self) -> None:
        while not self._stop.wait(0.005):
            began = time.perf_counter()
            in_line(self._database, lambda session: session.execute(_SOMETHING_SMALL))
            self.longest = max(self.longest, time.perf_counter() - began)


def in_line(database: Database, do: Callable[..., T], *args: Any) -> T:
    """Write as `Services.write` does: on SQLite all of a process stand in one line."""
    return database.writers.submit(database.write, do, *args).result()


_SOMETHING_SMALL = text("UPDATE lease SET term = term")


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    """A house with twelve teams."""
    page = tmp_path / "app.yaml"
    page.write_text(page_of(crowd(0, TEAMS).usergroups, RATE), encoding="utf-8")
    made = open_services(settings.load(page, {**SECRETS, "DATABASE_URL": database_url}))
    yield made
    made.database.close()


def test_opening_and_closing(services: Services, database_name: str, capsys: Any) -> None:
    """Twelve teams, four questions, a comment of every third, answered by all."""
    write = partial(in_line, services.database)
    wave = write(plan_for, tuple(services.settings.teams))
    people = write(gather, services, wave)
    spent: dict[str, str] = {}

    @contextmanager
    def timed(what: str, times: int = 1) -> Iterator[None]:
        with Neighbour(services.database) as neighbour:
            began, worked = time.perf_counter(), time.process_time()
            yield
            took, work = time.perf_counter() - began, time.process_time() - worked
        each = f"{1000 * took / times:,.0f} ms ({1000 * work / times:,.0f} ms of work)"
        spent[what] = f"{each}, others waited {1000 * neighbour.longest:,.0f} ms at most"

    with timed("opening: dealing into boxes, freezing cells and groups"):
        write(open_wave, services, wave)
    pages = PEOPLE // 100
    with timed("promising one page of a hundred", pages):
        promise_everything(services)
    with timed("one answer", PEOPLE):
        for start in range(0, PEOPLE, 100):
            write(answer, services, wave, people[start : start + 100])
    with timed("/pulse status", 5):
        for _ in range(5):
            now = clock.now()
            services.database.read(pulse_progress.standing, services.vault, wave.id, now)
    write(let_it_end, wave)
    with timed("closing: emptying the boxes, the audit of 12 groups, keeping the answers"):
        assert write(outgoing.close_one, services)
    with timed("leaving nothing on the disk"):
        services.database.scrub(*ballot.TABLES)
    lines = (f"  {what}: {said}" for what, said in spent.items())
    tell(capsys, f"A survey of {PEOPLE:,} people on {database_name}", *lines)


def gather(session: Session, services: Services, wave: Wave) -> list[str]:
    """Seat everybody, as Slack's list would."""
    pulse_roster.begin(session, services.now(session))
    roster = crowd(PEOPLE, TEAMS, zones=zones_at_work())
    members = {one: group.handle for group in roster.usergroups for one in group.users}
    found = [Guest(one.id, members[one.id], one.tz) for one in roster.people if one.id in members]
    assert pulse_roster.seat(session, wave.id, "", found, pulse_roster.READ)
    return [guest.person for guest in found]


def open_wave(session: Session, services: Services, wave: Wave) -> None:
    """Open it."""
    groups, now = services.groups(wave.terms), services.now(session)
    opened = pulse_roster.open_wave(session, services.vault, wave.id, groups, now)
    assert opened.invited == PEOPLE


def promise_everything(services: Services) -> None:
    """Promise every page, with a courier that is as fast."""

    def send(session: Session) -> int:
        sending = update(OutboxRow).where(OutboxRow.state == Delivery.WAITING)
        at = services.now(session)
        return session.execute(sending.values(state=Delivery.SENT, settled_at=at, body="")).rowcount  # type: ignore[attr-defined]

    write = partial(in_line, services.database)
    while write(outgoing.call_some, services) or write(send):
        pass


def answer(session: Session, services: Services, wave: Wave, people: list[str]) -> None:
    """Let some people answer."""
    row = rows.find_wave(session, wave.id)
    assert row is not None
    chance = Random(people[0])  # noqa: S311 (it only says who likes what)
    for person in people:
        seat = rows.seat_of(session, row, person)
        assert seat is not None
        values = (*(chance.choice((2, 3, 4, 4, 5)) for _ in range(3)), chance.choice((3, 7, 9, 10)))
        note = "I like it here, most days." if chance.random() < 1 / 3 else ""
        assert ballot.cast(session, services.vault, seat, Said(values, note), f"CODE-{person}")


def let_it_end(session: Session, wave: Wave) -> None:
    """Let its time be over."""
    ending = update(PulseWaveRow).where(PulseWaveRow.id == wave.id)
    session.execute(ending.values(closes_at=PulseWaveRow.opens_at))


def tell(capsys: Any, *lines: str) -> None:
    """Say what was measured."""
    with capsys.disabled():
        print("", *lines, sep="\n", end="")
