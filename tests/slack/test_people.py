"""Who is knocking: roles from the settings and from Slack, and what holds when Slack does not answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from freezegun import freeze_time
from slack_stage import (
    ANA,
    BO,
    BROKEN,
    CY,
    DI,
    HAL,
    LEA,
    OURS,
    PEOPLE,
    THEIRS,
    SlackStandIn,
    refusal,
    settings,
)

from bot.errors import Refused
from bot.slack.connection import Connection
from bot.slack.people import GroupsRefused, People
from bot.vocabulary import Role

pytestmark = pytest.mark.asyncio

Meet = Callable[..., People]
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest_asyncio.fixture
async def meet(slack: SlackStandIn, tmp_path: Path) -> AsyncIterator[Meet]:
    """Make a register of people, with settings by name."""
    connections: list[Connection] = []

    def make(**chosen: Any) -> People:
        its = settings(slack, tmp_path, **chosen)
        connections.append(Connection("xoxb-test", its.slack_api_url))
        return People(connections[-1].client, its)

    yield make
    for connection in connections:
        await connection.close()


@pytest.mark.parametrize(
    ("user", "name", "role", "zone", "team"),
    [
        (ANA, "Ana", Role.MANAGER, "Europe/Berlin", None),
        (HAL, "Hal Noor", Role.MANAGER, "Asia/Tokyo", None),
        (LEA, "Lea Moss", Role.LEAD, "Europe/Lisbon", "desk"),  # her own zone is none that exists
        (BO, "bo", Role.MEMBER, "Europe/Lisbon", "desk"),
        (CY, "Cy", Role.GUEST, "UTC", None),
        ("U0STRANGER", "U0STRANGER", Role.GUEST, "UTC", None),  # Slack does not know them
    ],
)
async def test_a_person_has_a_role_a_team_and_a_zone(
    meet: Meet, user: str, name: str, role: Role, zone: str, team: str | None
) -> None:
    """Managers as listed, leads as named by a team, guests as Slack says."""
    person = await meet().person(user, OURS, OURS)

    assert (person.id, person.name, person.role, str(person.zone), person.team) == (
        user,
        name,
        role,
        zone,
        team,
    )


@pytest.mark.parametrize(
    "mark", ["is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted"]
)
async def test_a_guest_account_stays_a_guest_even_when_listed(
    meet: Meet, slack: SlackStandIn, mark: str
) -> None:
    """What Slack says about an account weighs more than a list that may be old."""
    slack.answers["users.info"] = {"ok": True, "user": {**PEOPLE[ANA], mark: True}}

    assert (await meet().person(ANA, OURS, OURS)).role is Role.GUEST


async def test_nobody_asks_slack_about_another_workspace(meet: Meet, slack: SlackStandIn) -> None:
    """Whoever comes from elsewhere is a guest, even with a manager's id."""
    people = meet()

    assert (await people.person(DI, THEIRS, OURS)).role is Role.GUEST
    assert (await people.person(ANA, THEIRS, OURS)).role is Role.GUEST
    assert not slack.calls


async def test_an_account_that_slack_places_elsewhere_is_a_guest(
    meet: Meet, slack: SlackStandIn
) -> None:
    """A payload may not name the person's workspace; the account does."""
    slack.answers["users.info"] = {"ok": True, "user": {"team_id": THEIRS}}

    assert (await meet().person(ANA, "", OURS)).role is Role.GUEST


async def test_slack_is_asked_once_in_ten_minutes(meet: Meet, slack: SlackStandIn) -> None:
    """What Slack said is kept for ten minutes, then asked again."""
    people = meet()
    with freeze_time(MONDAY, real_asyncio=True) as time:
        for _ in range(3):
            await people.person(BO, OURS, OURS)
        assert len(slack.asked("users.info")) == 1
        time.tick(timedelta(minutes=10))
        await people.person(BO, OURS, OURS)
        assert len(slack.asked("users.info")) == 2


@pytest.mark.parametrize("code", ["unknown_method", "missing_scope"])
async def test_where_the_app_may_not_ask_the_settings_decide(
    meet: Meet, slack: SlackStandIn, code: str
) -> None:
    """Listed people have their roles, everybody else of our workspace is a member."""
    slack.answers["users.info"] = refusal(code)
    people = meet()

    assert [(await people.person(user, OURS, OURS)).role for user in (ANA, LEA, BO, HAL)] == [
        Role.MANAGER,
        Role.LEAD,
        Role.MEMBER,
        Role.MEMBER,  # a manager by an address that nobody may read
    ]
    assert (await people.person(DI, THEIRS, OURS)).role is Role.GUEST


NO_ANSWERS: dict[str, Any] = {
    "error": refusal("internal_error"),
    "rate": refusal("ratelimited"),
    "strange": {"ok": True, "user": ["strange"]},
    "empty": {"ok": True},
    "not found": lambda _: web.Response(status=404, text="not found"),
    "words": lambda _: web.Response(text="hello"),
    "page": lambda _: web.Response(status=502, text="<html>", content_type="text/html"),
    "broken": BROKEN,
}


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_when_slack_does_not_answer_only_listed_people_come_in(
    meet: Meet, slack: SlackStandIn, answer: Any
) -> None:
    """Whom the settings list keeps their role; a guest does not become a member because Slack is down."""
    slack.answers["users.info"] = answer
    people = meet()

    assert [(await people.person(user, OURS, OURS)).role for user in (ANA, LEA, BO)] == [
        Role.MANAGER,
        Role.LEAD,
        Role.MEMBER,
    ]
    for nobody_knows in (CY, HAL):
        with pytest.raises(Refused, match="Please try again in a moment"):
            await people.person(nobody_knows, OURS, OURS)
    assert (await people.person(DI, THEIRS, OURS)).role is Role.GUEST


async def test_an_account_that_takes_too_long_is_no_member(meet: Meet, slack: SlackStandIn) -> None:
    """Silence is no answer either."""
    silence = asyncio.Event()
    slack.wait_for["users.info"] = silence

    with pytest.raises(Refused):
        await meet().person(CY, OURS, OURS)
    silence.set()


async def test_whoever_was_refused_is_soon_known(meet: Meet, slack: SlackStandIn) -> None:
    """Slack is asked again after seconds, not minutes, while somebody is kept out."""
    people, answer = meet(), slack.answers["users.info"]
    with freeze_time(MONDAY, real_asyncio=True) as time:
        slack.answers["users.info"] = refusal("internal_error")
        for _ in range(3):
            with pytest.raises(Refused):
                await people.person(HAL, OURS, OURS)
        assert len(slack.asked("users.info")) == 1
        slack.answers["users.info"] = answer
        time.tick(timedelta(seconds=5))
        assert (await people.person(HAL, OURS, OURS)).role is Role.MANAGER


async def test_while_our_own_workspace_is_unknown_only_listed_people_come_in(
    meet: Meet, slack: SlackStandIn
) -> None:
    """A person of elsewhere cannot be told from one of ours, so neither becomes a member."""
    slack.answers["users.info"] = lambda call: {
        "ok": True,
        "user": {"team_id": THEIRS if call["user"] == DI else OURS, **PEOPLE.get(call["user"], {})},
    }
    people = meet()

    for user in (DI, HAL):
        with pytest.raises(Refused):
            await people.person(user, "", "")
    assert [(await people.person(user, OURS, "")).role for user in (ANA, BO, CY)] == [
        Role.MANAGER,
        Role.MEMBER,
        Role.GUEST,
    ]


async def test_what_was_known_outlives_a_failure(meet: Meet, slack: SlackStandIn) -> None:
    """A guest does not become a member because Slack is down, and Slack is not asked at every press."""
    people = meet()
    with freeze_time(MONDAY, real_asyncio=True) as time:
        assert (await people.person(CY, OURS, OURS)).role is Role.GUEST
        slack.answers["users.info"] = refusal("internal_error")
        time.tick(timedelta(minutes=11))
        for _ in range(3):
            assert (await people.person(CY, OURS, OURS)).role is Role.GUEST
        assert len(slack.asked("users.info")) == 2


async def test_a_team_can_be_a_user_group(meet: Meet, slack: SlackStandIn) -> None:
    """Who is in the group is in the team; Slack is asked about the group, once for everybody."""
    slack.answers["usergroups.users.list"] = {"ok": True, "users": [BO, ANA]}
    people = meet(
        teams={
            "cloud": {"role": "cloud_engineer", "members": ["U0X"]},
            "desk": {"role": "support_engineer", "members": {"usergroup": "S0DESK"}},
        }
    )

    assert [(await people.person(user, OURS, OURS)).team for user in (BO, ANA, LEA)] == [
        "desk",
        "desk",
        None,
    ]
    assert slack.asked("usergroups.users.list") == [{"usergroup": "S0DESK"}]


async def test_a_group_that_cannot_be_read_has_nobody(meet: Meet, slack: SlackStandIn) -> None:
    """Without the scope, or on a free plan, people are in no team, and everything else works."""
    slack.answers["usergroups.users.list"] = refusal("plan_upgrade_required")
    people = meet(
        teams={
            "desk": {"role": "support_engineer", "lead": LEA, "members": {"usergroup": "S0DESK"}}
        }
    )

    assert (await people.person(BO, OURS, OURS)).team is None
    assert (await people.person(LEA, OURS, OURS)).team == "desk"


PAGE_OF_GROUPS = {
    "cloud": {"role": "cloud_engineer", "members": {"usergroup": "S0CLOUD"}},
    "desk": {"role": "support_engineer", "members": {"usergroup": "S0DESK"}},
}


async def test_a_page_of_people_needs_the_groups_of_the_teams_that_matter(
    meet: Meet, slack: SlackStandIn
) -> None:
    """Without one of these it is refused, never shorter; another's counts where Slack tells it, and is not asked at every page."""
    groups: dict[str, Any] = {
        "S0CLOUD": {"ok": True, "users": [ANA]},
        "S0DESK": {"ok": True, "users": [BO, ANA]},
    }
    listed = [{"id": BO, **PEOPLE[BO]}, {"id": ANA, **PEOPLE[ANA]}]
    slack.answers["users.list"] = {"ok": True, "members": listed}
    slack.answers["usergroups.users.list"] = lambda call: groups[call["usergroup"]]

    async def teams_in(people: People, *teams: str) -> dict[str, str | None]:
        found, _ = await people.page("", teams)
        return {person.id: person.team for person in found}

    assert await teams_in(meet(teams=PAGE_OF_GROUPS), "desk") == {BO: "desk", ANA: "cloud"}
    groups["S0CLOUD"] = refusal("no_such_subteam")
    people = meet(teams=PAGE_OF_GROUPS)
    for _ in range(3):
        assert await teams_in(people, "desk") == {BO: "desk", ANA: "desk"}
    assert len(slack.asked("usergroups.users.list")) == 2 + 2
    for _ in range(2):
        with pytest.raises(GroupsRefused) as refused:
            await people.page("", ["desk", "cloud"])
        assert refused.value.teams == ("cloud",)
    groups["S0CLOUD"] = {"ok": True, "users": [ANA]}
    assert await teams_in(people, "cloud") == {BO: "desk", ANA: "cloud"}
