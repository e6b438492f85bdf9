"""The demo company is complete and consistent, and its channels look lived in."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.settings import Page, UserGroup
from bot.workspace.chatter import Announcement, announcements, post_announcements
from bot.workspace.company import ANA, CUSTOMER, GUEST, roster, settings_document
from bot.workspace.server import PracticeSlack
from bot.workspace.ticket_story import DESKS, story_of

ANCHORS = (date(2026, 11, 23), date(2027, 3, 1), date(2027, 7, 5), date(2028, 2, 29))

every_anchor = pytest.mark.parametrize("anchor", ANCHORS, ids=str)


# The people, the channels, the settings.


def test_twenty_four_people_and_two_visitors():
    """The company has the playbook's four roles and their manager; visitors are counted beside them and say so."""
    staff = [person for person in roster().people if not (person.is_guest or person.team_id)]
    visitors = {person.id: person for person in roster().people if person not in staff}
    assert Counter(person.role for person in staff) == {
        "Senior Tech Support Manager": 1,
        "Reporting manager": 4,
        "Support engineer": 10,
        "Cloud engineer": 6,
        "Architect": 3,
    }
    assert len(staff) == 24
    assert set(visitors) == {GUEST, CUSTOMER}
    assert visitors[GUEST].is_guest
    assert visitors[CUSTOMER].team_id
    assert all("not one of the 24" in person.title for person in visitors.values())


def test_nobody_is_mistaken_for_somebody_else():
    """Ids, handles, names and addresses are each one person's; every address is made up."""
    people = roster().people
    for names in zip(
        *((p.id, p.name, p.real_name, p.display_name, p.email) for p in people), strict=True
    ):
        assert len(set(names)) == len(people)
    assert all(person.email.endswith(".example") for person in people)
    assert all(person.name.isascii() for person in people)


def test_the_day_goes_round_the_world():
    """People work in zones that exist, in three regions."""
    zones = {person.tz for person in roster().people}
    assert all(ZoneInfo(zone) for zone in zones)
    assert {"Europe", "America", "Asia"} <= {zone.split("/")[0] for zone in zones}


def test_everybody_but_one_has_a_manager_who_exists():
    """The free text on a person's page names a colleague."""
    names = {person.real_name for person in roster().people}
    bosses = [
        person.manager for person in roster().people if person.id not in (ANA, GUEST, CUSTOMER)
    ]
    assert set(bosses) <= names


def test_channels_hold_people_who_exist():
    """Members are known, names and ids are single; visitors see only what they were asked into."""
    described = roster()
    known = {person.id for person in described.people}
    assert all(set(channel.members) <= known for channel in described.channels)
    assert all(len(set(channel.members)) == len(channel.members) for channel in described.channels)
    assert len({channel.name for channel in described.channels}) == len(described.channels)
    assert [c.name for c in described.channels if CUSTOMER in c.members] == [
        "shared-quillmoor-foods"
    ]
    assert [c.name for c in described.channels if c.is_ext_shared] == ["shared-quillmoor-foods"]
    assert [c.name for c in described.channels if c.is_private] == ["managers"]
    assert not [
        c.name
        for c in described.channels
        if GUEST in c.members and c.name in ("managers", "general")
    ]


def test_the_settings_are_the_companys():
    """The page of settings is valid, and every id on it is one of the workspace."""
    described, page = roster(), Page.model_validate(settings_document())
    people = {person.id for person in described.people}
    groups = {group.id: group.users for group in described.usergroups}
    named = {*page.managers, *(team.lead for team in page.teams.values())}
    for team in page.teams.values():
        named |= set(
            groups[team.members.usergroup] if isinstance(team.members, UserGroup) else team.members
        )
    staff = people - {GUEST, CUSTOMER}
    assert named == staff  # nobody is left out, and no visitor is in
    assert set(page.channels.model_dump().values()) <= {
        channel.id for channel in described.channels
    }
    assert page.zone == ZoneInfo("UTC")
    assert {desk.team: desk.zone for desk in DESKS} == {
        slug: team.zone for slug, team in page.teams.items() if team.zone is not None
    }


# What they have said.


@every_anchor
@pytest.mark.parametrize("hour", [0, 7, 16, 23])
def test_channels_look_lived_in(anchor: date, hour: int):
    """There is something to read in each open channel, by its members, in their working hours, never in the future."""
    until = datetime.combine(anchor, time(hour, 5), UTC)
    said, described = announcements(anchor, until), roster()
    zones = {person.id: ZoneInfo(person.tz) for person in described.people}
    members = {channel.id: channel.members for channel in described.channels}
    assert {each.channel for each in said} == {
        c.id for c in described.channels if not c.is_archived
    }
    for each in said:
        local = each.at.astimezone(zones[each.person])
        assert each.person in members[each.channel]
        assert each.at <= until
        assert local.weekday() < 5
        assert 8 <= local.hour < 19


@every_anchor
def test_replies_come_after_what_they_answer(anchor: date):
    """A thread reads in order, on days with and without summer time."""
    said = {
        each.key: each for each in announcements(anchor, datetime.combine(anchor, time(12), UTC))
    }
    replies = [each for each in said.values() if each.reply_to]
    assert replies
    for reply in replies:
        parent = said[reply.reply_to]
        assert (parent.channel, parent.reply_to) == (reply.channel, "")
        assert parent.at < reply.at


@every_anchor
def test_the_bad_release_is_talked_of_in_its_month(anchor: date):
    """What people said fits what the tickets show."""
    story = story_of(anchor)
    said = announcements(anchor, datetime.combine(anchor, time(12), UTC))
    of_release = [each for each in said if "7.0" in each.text]
    assert of_release
    assert all(story.release <= each.at.date() < story.calm for each in of_release)


def test_messages_stand_in_the_workspace():
    """Posted, they stand at their own times, threads hold their replies, and nobody has anything unread."""
    anchor = ANCHORS[0]
    workspace = PracticeSlack(roster()).workspace
    said = announcements(anchor, datetime.combine(anchor, time(12), UTC))

    post_announcements(workspace, said)

    support = workspace.conversations["C0SUPPORT"]
    seen = workspace.seen(ANA, "C0SUPPORT")
    first, last = seen[0], seen[-1]
    assert [message.text for message in seen] == [
        each.text for each in said if each.channel == "C0SUPPORT" and not each.reply_to
    ]
    assert float(first.ts) == min(
        each.at.timestamp() for each in said if each.channel == "C0SUPPORT"
    )
    assert [reply.text for reply in support.replies_to(last.ts)] == [said_last(said, "C0SUPPORT")]
    assert workspace.unread(ANA, support) == (0, False)
    shared = workspace.seen(CUSTOMER, "C0QUILLMOOR")
    assert shared[0].team_id == "T0QUILLMOOR"


def said_last(said: Iterable[Announcement], channel: str) -> str:
    """Return the last thing said in a channel."""
    return [each.text for each in said if each.channel == channel][-1]
