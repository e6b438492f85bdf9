"""Who is knocking: the person behind a Slack id, with role, team and time zone.

People of other workspaces are guests, and no question about them goes to Slack. What Slack says is kept for ten
minutes; when it does not answer, what is already known decides, and then the settings: whom they list keeps their
role, and everybody else is refused, for a guest must not become a member because Slack is slow. Where the app may
not ask at all, the settings decide alone.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import clock
from bot.domain.person import Person
from bot.errors import Refused
from bot.logs import error_code, whereabouts
from bot.settings import Settings, UserGroup
from bot.slack.knock import Payload
from bot.slack.names import NameList
from bot.vocabulary import Role

T = TypeVar("T")

WhoIs = Callable[[str], Awaitable[Person]]
"""What a handler asks with who somebody else is, by their Slack id."""


log = logging.getLogger(__name__)

_KEPT_FOR = timedelta(minutes=10)
_RETRY_AFTER = timedelta(minutes=1)  # what Slack did not answer is asked again no sooner
_RETRY_UNKNOWN_AFTER = timedelta(seconds=5)  # nor this, without which somebody is refused
_MOST_KEPT = 10_000
_PATIENCE_SECONDS = 1.2  # an answer has to leave within three
_BEFORE_FORM_SECONDS = 1.0  # the trigger lives three seconds, and opening takes one of them
_MAY_NOT_ASK = frozenset({"unknown_method", "missing_scope"})
_NOT_SAID = "Slack did not say who you are just now. Please try again in a moment."
_NOT_SAID_OF = "Slack did not say who they are just now. Please try again in a moment."


async def names_of(people: Iterable[str], whois: WhoIs) -> dict[str, str]:
    """Return what people are called, as far as Slack says."""

    async def name_of(person: str) -> tuple[str, str]:
        with suppress(Refused):
            return person, (await whois(person)).name
        return person, person

    return dict(await asyncio.gather(*map(name_of, people)))


async def refuse_guests(person: str, whois: WhoIs, to: str) -> None:
    """Raise `Forbidden` where Slack says that somebody is no member, in time for a form to open.

    Where it says nothing just now, the form opens: whoever sends it is asked about again.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_BEFORE_FORM_SECONDS):
            found = await _known(person, whois)
            if found is not None:
                found.must_be(Role.MEMBER, to)


async def _known(person: str, whois: WhoIs) -> Person | None:
    try:
        return await whois(person)
    except Refused:
        return None


class GroupsRefused(Exception):
    """Slack does not say who is in the user groups of some teams: which, by their slugs, and how it refused."""

    def __init__(self, teams: tuple[str, ...], error: SlackApiError) -> None:
        super().__init__(teams)
        self.teams = teams
        self.error = error


class People:
    """Everybody who has knocked lately."""

    def __init__(self, client: AsyncWebClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self.name_list = NameList(client)
        self._accounts = _Memory[_Account](self._ask_account, _instead_of_account)
        self._groups = _Memory[frozenset[str]](self._ask_group, lambda _: frozenset())
        self._listed: dict[str, tuple[datetime, frozenset[str] | None]] = {}  # for pages of people
        self._groups_of_teams = {
            slug: team.members.usergroup
            for slug, team in settings.teams.items()
            if isinstance(team.members, UserGroup)
        }

    @property
    def client(self) -> AsyncWebClient:
        """The line to Slack over which people are asked about."""
        return self._client

    async def person(self, user_id: str, user_team_id: str, own_team_id: str) -> Person:
        """Return who `user_id` is; the team ids are the person's workspace and ours, empty where unknown.

        `Refused` when neither Slack nor the settings say whether they may be more than a guest.
        """
        if user_team_id and own_team_id and user_team_id != own_team_id:
            return Person(user_id, user_id, Role.GUEST, self._settings.zone)
        account, groups = await self._look_up(user_id)
        is_certain = account is not None and (account.is_guest or bool(own_team_id))
        if not is_certain and not self._lists(user_id):
            raise Refused(_NOT_SAID)
        return self._judge(user_id, account or _Account(), groups, own_team_id)

    async def other(self, user_id: str, own_team_id: str) -> Person:
        """Return who somebody is whom another person has named; whom Slack does not know is a guest."""
        try:
            return await self.person(user_id, "", own_team_id)
        except Refused:
            raise Refused(_NOT_SAID_OF) from None

    async def name(self, user_id: str) -> str:
        """Return what somebody is called, their id where Slack does not say."""
        account = await self._accounts.recall(user_id)
        return (account and account.name) or user_id

    async def page(self, cursor: str, teams: Collection[str]) -> tuple[list[Person], str]:
        """Return some of the workspace's people from a place in Slack's list on, and the next place, "" at its end.

        Guests, bots, closed accounts and people of other workspaces are left out. Slack's refusals are raised, and those
        of the groups of `teams` as `GroupsRefused`: without one of these somebody would be missing. A refused group of
        any other team has nobody, as everywhere else; whoever is in it counts to the next team that lists them.
        """
        groups = await self._groups_for(teams)
        users, following = await self.name_list.page(cursor)
        found = [self._judge(str(user["id"]), _read_account(user), groups, "") for user in users]
        return [person for person in found if person.may(Role.MEMBER)], following

    async def _look_up(self, user_id: str) -> tuple["_Account | None", dict[str, frozenset[str]]]:
        if not self._groups_of_teams:
            return await self._accounts.recall(user_id), {}
        return await asyncio.gather(self._accounts.recall(user_id), self._members_of_teams())

    def _judge(
        self, user_id: str, account: "_Account", groups: dict[str, frozenset[str]], own_team_id: str
    ) -> Person:
        team = self._team_of(user_id, groups)
        zone = (
            account.zone
            or (self._settings.teams[team].zone if team else None)
            or self._settings.zone
        )
        role = (
            Role.GUEST if account.is_outside(own_team_id) else self._role_of(user_id, account.email)
        )
        return Person(
            user_id, account.name or user_id, role, zone, None if role is Role.GUEST else team
        )

    def _lists(self, user_id: str) -> bool:
        """Return whether the settings name this very id."""
        return user_id in self._settings.managers or any(
            team.lead == user_id
            or (not isinstance(team.members, UserGroup) and user_id in team.members)
            for team in self._settings.teams.values()
        )

    def _role_of(self, user_id: str, email: str) -> Role:
        managers = self._settings.managers
        if user_id in managers or (email and email in managers):
            return Role.MANAGER
        if any(team.lead == user_id for team in self._settings.teams.values()):
            return Role.LEAD
        return Role.MEMBER

    def _team_of(self, user_id: str, groups: dict[str, frozenset[str]]) -> str | None:
        """Return the first team that lists the person, or else the first that they lead."""
        teams = self._settings.teams
        for slug, team in teams.items():
            if user_id in (groups[slug] if isinstance(team.members, UserGroup) else team.members):
                return slug
        return next((slug for slug, team in teams.items() if team.lead == user_id), None)

    async def _members_of_teams(self) -> dict[str, frozenset[str]]:
        groups = self._groups_of_teams
        members = await asyncio.gather(*(self._groups.recall(group) for group in groups.values()))
        return {slug: found or frozenset() for slug, found in zip(groups, members, strict=True)}

    async def _ask_account(self, user_id: str) -> "_Account":
        try:
            said = await self._client.users_info(user=user_id)
        except SlackApiError as error:
            if error_code(error) == "user_not_found":
                return _Account(is_guest=True)
            raise
        return _read_account(said["user"])

    async def _groups_for(self, teams: Collection[str]) -> dict[str, frozenset[str]]:
        """Return who is in the user group of each team, none of those of `teams` refused."""
        found: dict[str, frozenset[str]] = {}
        refused: dict[str, SlackApiError] = {}
        for slug, group in self._groups_of_teams.items():
            try:
                found[slug] = await self._members_of(group, is_needed=slug in teams)
            except SlackApiError as error:
                if error_code(error) == "ratelimited":
                    raise
                refused[slug] = error
        if refused:
            first = next(iter(refused.values()))
            alike = (slug for slug in refused if error_code(refused[slug]) == error_code(first))
            raise GroupsRefused(tuple(alike), first)
        return found

    async def _members_of(self, group_id: str, *, is_needed: bool) -> frozenset[str]:
        """Return who is in a user group, asked once for many pages: it may be asked twenty times a minute.

        One that Slack refuses has nobody for a minute, for whom it is not needed; else the refusal is raised.
        """
        until, members = self._listed.get(group_id, (None, None))
        if until is not None and clock.now() < until and (members is not None or not is_needed):
            return members or frozenset()
        try:
            members = await self._ask_group(group_id)
        except SlackApiError as error:
            if is_needed or error_code(error) == "ratelimited":
                raise
            log.warning("Slack did not say who is in a user group (%s)", whereabouts(error))
            members = None
        keep_for = _RETRY_AFTER if members is None else _KEPT_FOR
        self._listed[group_id] = (clock.now() + keep_for, members)
        return members or frozenset()

    async def _ask_group(self, group_id: str) -> frozenset[str]:
        said = await self._client.usergroups_users_list(usergroup=group_id)
        return frozenset(said.get("users") or ())


@dataclass(frozen=True, slots=True)
class _Account:
    """What Slack says about somebody, as far as it matters here; empty where the app may not ask."""

    name: str = ""
    email: str = ""
    zone: ZoneInfo | None = None
    team_id: str = ""
    is_guest: bool = False

    def is_outside(self, own_team_id: str) -> bool:
        """Return whether this is a guest's account, a bot, or somebody of another workspace."""
        return self.is_guest or bool(self.team_id and own_team_id and self.team_id != own_team_id)


def _instead_of_account(refused: str) -> _Account | None:
    """Return what holds without Slack's answer; None when Slack may answer yet."""
    return _Account() if refused in _MAY_NOT_ASK else None


def _read_account(user: Payload) -> _Account:
    profile = user.get("profile") or {}
    marks = (
        "is_restricted",
        "is_ultra_restricted",
        "is_stranger",
        "is_bot",
        "is_workflow_bot",
        "deleted",
    )
    return _Account(
        name=str(
            profile.get("display_name")
            or profile.get("real_name")
            or user.get("real_name")
            or user.get("name")
            or ""
        ),
        email=str(profile.get("email") or "").lower(),
        zone=_zone(user.get("tz")),
        team_id=str(user.get("team_id") or ""),
        is_guest=any(user.get(mark) for mark in marks),
    )


def _zone(name: Any) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError, TypeError):  # an unknown zone is a KeyError
        return None


class _Memory(Generic[T]):
    """Answers of Slack, kept for a while, the longest unused forgotten first."""

    def __init__(
        self, ask: Callable[[str], Awaitable[T]], instead: Callable[[str], T | None]
    ) -> None:
        self._ask = ask
        self._instead = instead  # by Slack's error code, what to believe when nothing is known
        self._kept: OrderedDict[str, tuple[datetime, T | None]] = OrderedDict()

    async def recall(self, key: str) -> T | None:
        """Return what Slack says; what it said before when it does not answer; None when nobody knows."""
        until, known = self._kept.get(key, (None, None))
        if until is not None and clock.now() < until:
            self._kept.move_to_end(key)
            return known
        try:
            known, keep_for = await asyncio.wait_for(self._ask(key), _PATIENCE_SECONDS), _KEPT_FOR
        except Exception as error:  # noqa: BLE001 (whatever is wrong with the answer, somebody is waiting)
            log.warning("Slack did not say who is knocking (%s)", whereabouts(error))
            if known is None:
                known = self._instead(error_code(error))
            keep_for = _RETRY_UNKNOWN_AFTER if known is None else _RETRY_AFTER
        self._keep(key, known, clock.now() + keep_for)
        return known

    def _keep(self, key: str, known: T | None, until: datetime) -> None:
        self._kept[key] = (until, known)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
