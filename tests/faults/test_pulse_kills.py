"""The bot is killed while it gathers whom a pulse survey asks, promises and posts: everybody is asked exactly once."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.slack.verdict import POST
from bot.vocabulary import Delivery
from bot.workspace.roster import Person, Roster
from tests.faults.line import Blow
from tests.faults.nest import Nest
from tests.faults.pulse_town import PulseTown, crowd, zones_at_work
from tests.front_door import ANA, text

pytestmark = pytest.mark.asyncio

PEOPLE = 60
OTHERS = (
    Person("U2CLOSED", "closed", "Closed Account", deleted=True),
    Person("U2ROBOT", "robot", "A Robot", is_bot=True),
    Person("U2GUEST", "guest", "Gil Guest", is_restricted=True),
    Person("U2NARROW", "narrow", "Nat Narrow", is_ultra_restricted=True),
    Person("U2AWAY", "away", "Abe Away", team_id="T0AWAY"),
)
LEAVES, DISABLED = (
    "U100056",
    "U100059",
)  # among the last to be asked, when nothing is in doubt any more


@pytest.fixture
def roster() -> Roster:
    """Everybody is at work somewhere, unless it is a weekend there."""
    return crowd(PEOPLE, 3, OTHERS, zones_at_work())


def is_asking(said: dict[str, Any]) -> bool:
    """Say whether a message asks somebody, and is not for the manager."""
    return said["channel"] != ANA


@pytest_asyncio.fixture
async def nest() -> AsyncIterator[Nest]:
    """What replicas are forked from."""
    opened = Nest()
    await opened.open()
    yield opened
    await opened.close()


def who_is_reached() -> list[str]:
    """Return the people of the teams whose accounts are open."""
    ids = [f"U1{at:05}" for at in range(PEOPLE)]
    return [one for one in ids if one not in (LEAVES, DISABLED)]


BEFORE_ANY_IS_ASKED = Blow(POST, "before", 1, is_asking)
SOME = (Blow("users.list", "after", 2), BEFORE_ANY_IS_ASKED, Blow(POST, "after", 8, is_asking))
MANY = (Blow("users.list", "before", 2), *SOME, Blow(POST, "before", 15, is_asking))


async def play(town: PulseTown, blows: Sequence[Blow]) -> None:
    """Kill it while it reads who there is, when it has promised and not yet posted, and while it posts."""
    town.slack.limits.people_a_page = 20
    town.line.refusals[DISABLED] = "user_disabled"
    town.line.blows = [replace(blow) for blow in blows]
    wave = town.plan()
    await town.until(lambda: bool(town.counts()))
    town.slack.workspace.deactivate(LEAVES)
    await town.until(lambda: town.is_over(wave))
    town.kill_all()  # who starts again tells the manager at once how far it has come
    await town.until(lambda: "was sent" in town.letters(ANA)[0].text)

    assert (town.kills, town.line.blows) == (len(blows), [])
    assert town.asked() == Counter(who_is_reached())
    assert town.counts()[Delivery.FAILED] == len((LEAVES, DISABLED))
    (progress,) = town.letters(ANA)
    assert progress.text == "Pulse #1 was sent: 58 of 60 asked, 2 could not be."
    told = await town.status()
    assert text(TOLD) in told, told


TOLD = """
    | `███████████████████░` 58 of 60 asked
    | ⚠️ 1 could not be asked: Slack does not know them any more
    | ⚠️ 1 could not be asked: their account is closed
"""


async def test_killed_and_started_again(nest, sqlite_url, tmp_path, roster):
    """One process on one machine."""
    async with PulseTown(nest, sqlite_url, tmp_path, roster, rate=1000) as town:
        await play(town, SOME)


@pytest.mark.long
async def test_one_of_two_replicas_killed(nest, postgresql_url, tmp_path, roster):
    """The other takes over, and a third is started."""
    async with PulseTown(nest, postgresql_url, tmp_path, roster, rate=1000, replicas=2) as town:
        await play(town, MANY)
