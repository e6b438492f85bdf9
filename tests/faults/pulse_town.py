"""A practice workspace outside the bot's process, where a pulse survey asks people while the bot is killed and started again."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import clock, settings
from bot.domain.pulse import Terms, Wave, find, plan_wave
from bot.domain.pulse_progress import progress_of
from bot.slack.manifest import manifest
from bot.slack.router import combine
from bot.slack.verdict import POST
from bot.storage import courier as desk
from bot.storage import lease
from bot.storage.database import Database, database_now
from bot.storage.pulse import PulseWaveRow
from bot.vocabulary import Delivery, WaveState
from bot.workspace.message import Message
from bot.workspace.roster import Channel, Person, Roster, Team, Usergroup
from bot.workspace.server import PracticeSlack
from tests.faults.line import Line
from tests.faults.nest import Nest, kill
from tests.front_door import ANA, DESK, ROUTERS, Seen
from tests.pulse_stage import SECRET

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-practice",
    "SLACK_APP_TOKEN": "xapp-practice",
    "STEWARD_SECRET": SECRET,
}
ZONES = ("Europe/Madrid", "Asia/Singapore", "America/Bogota")
TERMS = Terms(
    name="Autumn pulse",
    teams=(),
    count=3,
    own=(),
    asks_enps=True,
    asks_comment=True,
    days=28,
    remind=(),
    least=5,
    grouping="teams",
)

HOUR = timedelta(hours=1)
_LATE_MORNINGS = (11, 12, 13)
_EASTMOST = 12  # hours ahead of UTC
_HOURS_A_DAY = 24


def zones_at_work() -> list[str]:
    """Return three zones where it is late in the morning now, whatever the hour is in UTC; by name, as they are asked."""
    hour = clock.now().hour
    return sorted(_zone(local - hour) for local in _LATE_MORNINGS)


def _zone(ahead: int) -> str:
    """Return a zone whose clocks show so many hours more than UTC's, on the same day or another; its name counts backwards."""
    ahead = _EASTMOST - (_EASTMOST - ahead) % _HOURS_A_DAY
    return f"Etc/GMT{-ahead:+}"


def page_of(groups: Iterable[Usergroup], rate: float, lease: int = 1) -> str:
    """Return the operator's page, with a team for each user group; after a `lease` in seconds another may post."""
    teams = "\n".join(
        f"  {one.handle}: {{role: support_engineer, name: {one.name}, members: {{usergroup: {one.id}}}}}"
        for one in groups
    )
    return f"""
timezone: UTC
managers: [{ANA}]
teams:
{teams}
delivery: {{posts_per_second: {rate}, lease_seconds: {lease}}}
"""


def crowd(
    people: int, teams: int, others: Iterable[Person] = (), zones: Sequence[str] = ZONES
) -> Roster:
    """Return a workspace of a manager and people in teams; the `others` stand among them and are in the first team too."""
    members = [
        Person(f"U1{at:05}", f"p{at}", f"Person {at}", tz=zones[at % len(zones)])
        for at in range(people)
    ]
    groups = [[one.id for one in members[team::teams]] for team in range(teams)]
    strangers = list(others)
    groups[0] += [one.id for one in strangers]
    for at, one in enumerate(strangers):
        members.insert(at * 7 % len(members), one)
    return Roster(
        Team("T0HOME", "Home"),
        (Person(ANA, "ana", "Ana Ruiz", tz="Europe/Madrid"), *members),
        (Channel(DESK, "desk", members=(ANA,)),),
        tuple(
            Usergroup(f"S0T{team:02}", f"team{team}", f"Team {team}", tuple(ids))
            for team, ids in enumerate(groups)
        ),
    )


class PulseTown:
    """The workspace, the bot's replicas on one database, and the manager who looks how far it has come."""

    def __init__(
        self,
        nest: Nest,
        database_url: str,
        folder: Path,
        roster: Roster,
        *,
        rate: float,
        replicas: int = 1,
        has_line: bool = True,
        rate_limits: bool = False,
    ) -> None:
        self.slack = PracticeSlack(roster, retry_delays=(0, 0, 0), rate_limits=rate_limits)
        self.database = Database(database_url)
        self.pids: set[int] = set()
        self.kills = 0
        self.line: Line
        self._nest, self._folder, self._replicas = nest, folder, replicas
        self._has_line = has_line
        self._page = folder / "app.yaml"
        self._page.write_text(page_of(roster.usergroups, rate), encoding="utf-8")
        self._environ = {
            **SECRETS,
            "STEWARD_CONFIG": str(self._page),
            "DATABASE_URL": database_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
        }

    async def __aenter__(self) -> "PulseTown":
        await self.slack.start()
        self.line = Line(self.slack.api_url, self.kill)
        address = await self.line.open()
        self._environ["SLACK_API_URL"] = address if self._has_line else self.slack.api_url
        chosen = settings.load(self._page, self._environ)
        self.slack.install(manifest(chosen, combine(ROUTERS.values())))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill_all()
        await self.line.close()
        await self.slack.stop()
        self.database.close()

    # --- The bot ---

    async def start(self) -> None:
        """Start as many replicas as there are to be."""
        while len(self.pids) < self._replicas:
            log = self._folder / f"{self.kills}-{len(self.pids)}.log"
            self.pids.add(await self._nest.hatch(self._environ, log))

    def kill(self, amid: str = POST) -> bool:
        """End the replica that posts, or amid anything else all of them; False where it is dead already."""
        struck = self.pids & {self.database.read(_holder)} if amid == POST else set(self.pids)
        for pid in struck:
            kill(pid)
        self.pids -= struck
        self.kills += bool(struck)
        return bool(struck)

    def kill_all(self) -> None:
        """End every replica."""
        for pid in self.pids:
            kill(pid)
        self.pids.clear()

    def peak_memory(self) -> int:
        """Return the most that a replica that runs now has held, in megabytes."""
        told = [Path(f"/proc/{pid}/status").read_text("utf-8") for pid in self.pids]
        return max(int(one.split("VmHWM:")[1].split()[0]) for one in told) // 1024

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something; whenever a replica dies another is started."""
        while not await asyncio.to_thread(holds) or len(self.pids) < self._replicas:
            await self.start()
            await asyncio.sleep(0.02)

    def is_over(self, wave: Wave) -> bool:
        """Return whether everybody has been asked who can be."""
        return self.database.read(_is_over, wave.id)

    # --- The survey ---

    def plan(self, **terms: Any) -> Wave:
        """Plan a survey of all teams that should have opened an hour ago; see `plan_for`."""
        return self.database.write(plan_for, self._teams(), **terms)

    def _teams(self) -> tuple[str, ...]:
        return tuple(group.handle for group in self.slack.workspace.usergroups.values())

    def counts(self) -> dict[Delivery, int]:
        """Return how many messages have come how far."""
        return {s: n for s, n in self.database.read(desk.count_by_state).items() if n}

    def letters(self, person: str) -> list[Message]:
        """Return what the bot has written to a person."""
        if not self.slack.workspace.has_direct(person):
            return []
        return list(self.slack.workspace.direct(person).messages.values())

    def asked(self) -> Counter[str]:
        """Return how often each person was asked."""
        people = self.slack.workspace.people
        asked = Counter({one: len(self.letters(one)) for one in people if one != ANA})
        return +asked

    async def status(self) -> str:
        """Return what the manager is told of the survey."""
        await self.until(lambda: self.slack.sockets.count > 0)
        return Seen(await self.slack.acts.command(ANA, DESK, "/pulse status"), ANA).plain()


def plan_for(session: Session, teams: tuple[str, ...], **terms: Any) -> Wave:
    """Plan a survey of some teams that should have opened an hour ago and closes in two.

    People of `zones_at_work` are all asked at once: in working hours, or on a weekend because it closes before any come.
    """
    now = database_now(session)
    chosen = replace(TERMS, teams=teams, **terms)
    wave = plan_wave(session, chosen, ANA, now - HOUR, now)
    closing = update(PulseWaveRow).where(PulseWaveRow.id == wave.id)
    session.execute(closing.values(closes_at=now + 2 * HOUR))
    return wave


def _is_over(session: Session, number: int) -> bool:
    wave = find(session, number)
    return (
        wave.state is WaveState.OPEN and progress_of(session, wave, database_now(session)).is_over
    )


def _holder(session: Session) -> int:
    held = lease.look_at(session, desk.LEASE)
    is_held = held.holder and held.until > database_now(session)
    return int(held.holder.split(":")[1]) if is_held else 0
