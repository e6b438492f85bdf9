"""The channels of incidents: opened, filled, kept and archived, whatever Slack refuses and whenever somebody dies."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot import clock
from bot.blocks.notice import notice
from bot.domain import incident_steps
from bot.domain import incident_work as work
from bot.domain.declaration import Declaration
from bot.domain.incident import Incident
from bot.outgoing import incident as outgoing
from bot.outgoing import incident_room
from bot.slack.doctor import examine
from bot.workspace.message import Kind
from tests import front_door
from tests.front_door import Mode
from tests.helpdesk import MONDAY_0930
from tests.incident_stage import ANA, BO, BREACH, DOWN, INCIDENTS, LEA, SMALL, Ward, ward

METHODS = (
    "conversations.create",
    "conversations.setTopic",
    "conversations.setPurpose",
    "conversations.invite",
    "bookmarks.add",
    "chat.getPermalink",
    "pins.add",
)


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def desk(own_mode: Mode, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    """A workspace where incidents happen."""
    with ward(database_url, tmp_path, mode=own_mode) as made:
        yield made


def settle(desk: Ward, now: FrozenDateTimeFactory, minutes: int = 40) -> None:
    """Let enough time pass for everything to be tried again a few times."""
    for _ in range(minutes):
        desk.tick(2)
        now.tick(timedelta(minutes=1))


def lead(desk: Ward, incident: Incident, by: Any = LEA) -> Incident:
    """Let somebody take the lead."""
    return desk.does(by, incident, work.take_lead, desk.door.services.severities)


def resolve(desk: Ward, incident: Incident, by: Any = ANA) -> Incident:
    """Let somebody say that it is over."""
    return desk.does(by, incident, work.resolve, desk.door.services.severities, {})


class TestOpening:
    """An incident that is bad enough gets a channel."""

    def test_a_bad_one_gets_a_channel_with_all_that_belongs_to_it(self, desk):
        """Name, topic, purpose, who declared it, the card pinned and pointed to, and a word in the thread."""
        incident = desk.declare()
        desk.tick(3)

        room = desk.room()
        assert (room.name, room.kind) == ("inc-001-api-gateway-down", Kind.CHANNEL)
        assert room.topic == "INC-001 · SEV1 critical · detected · API gateway down"
        assert room.purpose == "Work on INC-001: API gateway down"
        assert front_door.BO in room.members
        (card,) = [m for m in desk.door.seen(front_door.BO, room.id) if "INC-001" in m["text"]]
        assert room.pins == [card["ts"]]
        (bookmark,) = room.bookmarks.values()
        assert bookmark["title"] == "Incident card"
        assert desk.now(incident).card_ts.replace(".", "") in bookmark["link"]
        assert f"Work on INC-001 goes on in <#{room.id}>." in desk.said()
        assert set(desk.steps(incident).values()) == {"done"}

    def test_one_that_is_not_bad_gets_none(self, desk):
        """Nor what is written down afterwards; nor are drills different from the real."""
        small = desk.declare(SMALL)
        late = Declaration(
            "It was down", customers=DOWN.customers, effect=DOWN.effect, is_late=True
        )
        past = desk.declare(late)
        desk.tick(2)
        assert desk.rooms() == []
        assert desk.steps(small) == desk.steps(past) == {}

    def test_it_gets_one_when_it_turns_out_to_be_bad(self, desk):
        """A changed severity opens it."""
        incident = desk.declare(SMALL)
        desk.does(
            ANA,
            incident,
            work.change_severity,
            desk.door.services.severities,
            "sev1",
            "all are hit",
        )
        desk.tick(2)
        assert desk.room().name == "inc-001-a-typo-on-a-page"

    def test_who_comes_later_is_let_in_and_the_topic_follows(self, desk):
        """The lead, the communication and responders; the topic says how far it is."""
        incident = desk.declare()
        desk.tick(2)
        incident = lead(desk, incident)
        desk.does(ANA, incident, work.join, [front_door.ANA])
        desk.tick(2)
        assert {front_door.BO, front_door.LEA, front_door.ANA} <= set(desk.room().members)
        assert desk.room().topic == "INC-001 · SEV1 critical · acknowledged · API gateway down"

    def test_the_copy_in_the_channel_follows_the_card(self, desk):
        """The pinned card says what the card says."""
        incident = desk.declare()
        desk.tick(2)
        lead(desk, incident)
        desk.tick()
        assert any("INC-001 acknowledged" in words for words in desk.said(desk.room().id))

    def test_a_copy_that_somebody_deletes_is_posted_again(self, desk):
        """With the next change, once; the card elsewhere is left alone."""
        incident = desk.declare()
        desk.tick(3)
        for act in (partial(lead, by=LEA), partial(resolve, by=ANA)):
            room = desk.room()
            (copy,) = [m for m in room.messages.values() if "INC-001" in m.text]
            desk.slack.workspace.remove(copy)
            act(desk, incident)
            desk.tick(3)
            if act.func is resolve:
                assert not [m for m in room.messages.values() if "INC-001" in m.text]
            else:
                (again,) = [m for m in room.messages.values() if "INC-001" in m.text]
                assert "INC-001 acknowledged" in again.text
                assert again.pinned
        assert len([one for one in desk.door.seen(front_door.ANA) if "INC-001" in one["text"]]) == 1

    def test_names_are_slacks(self, desk):
        """Small letters, digits and dashes, 80 at most; the title is cut, never the number."""
        long = Declaration("Ünïcode & <!channel> " + "x" * 120, (), DOWN.customers, DOWN.effect)
        desk.declare(long)
        desk.tick(2)
        assert len(desk.room().name) == 80
        assert desk.room().name.startswith("inc-001-n-code-channel-xxx")
        assert "<" not in desk.room().topic

    def test_a_name_that_somebody_has_gets_a_counter(self, desk):
        """An archived channel keeps its name, and one of another is left alone."""
        slack = desk.slack.workspace
        slack.open_conversation(
            Kind.CHANNEL, "inc-001-api-gateway-down", [front_door.ANA], front_door.ANA
        )
        desk.declare()
        desk.tick(2)
        assert desk.room().name == "inc-001-api-gateway-down-2"

    def test_a_bookmark_is_made_when_its_message_has_come(self, desk, now):
        """Each look comes a little later than the one before."""
        incident = desk.declare()
        desk.tick(2)
        incident = desk.now(incident)
        desk.door.write(incident_steps.bookmark, incident, "rca")
        said = notice("Root cause: a typo")
        desk.door.write(outgoing.tell, desk.door.services, incident, said, "rca")
        settle(desk, now, 2)
        titles = [one["title"] for one in desk.room().bookmarks.values()]
        assert titles == ["Incident card", "Analysis"]


class TestEnding:
    """A closed incident's channel is archived."""

    def test_it_is_archived_some_days_after_closing(self, desk, now):
        """And not before; and stays what it is for those who read."""
        incident = desk.declare()
        desk.tick(2)
        resolve(desk, incident)
        desk.does(ANA, incident, work.close)
        desk.tick(2)
        now.tick(timedelta(days=6, hours=23))
        desk.tick(2)
        assert not desk.room().is_archived
        now.tick(timedelta(hours=2))
        desk.tick(2)
        assert desk.room().is_archived
        assert "closed" in desk.room().topic

    def test_reopening_in_time_keeps_it(self, desk, now):
        """What is to be archived next week is not, if it comes back before."""
        incident = desk.declare()
        desk.tick(2)
        resolve(desk, incident)
        desk.does(ANA, incident, work.close)
        now.tick(timedelta(days=1))
        desk.does(ANA, incident, work.reopen, clock.now(), desk.door.services.severities)
        now.tick(timedelta(days=20))
        desk.tick(2)
        assert not desk.room().is_archived

    @pytest.mark.parametrize("may_unarchive", [True, False])
    def test_reopening_later_opens_it_again_or_another(self, desk, now, may_unarchive):
        """Where Slack lets nobody into the old one, a new one takes its place."""
        incident = desk.declare()
        desk.tick(2)
        resolve(desk, incident)
        desk.does(ANA, incident, work.close)
        now.tick(timedelta(days=8))
        desk.tick(2)
        if not may_unarchive:
            desk.slack.chaos.forget_methods("conversations.unarchive")
        desk.does(ANA, incident, work.reopen, clock.now(), desk.door.services.severities)
        desk.tick(3)
        rooms = desk.rooms()
        assert [room.is_archived for room in rooms] == ([False] if may_unarchive else [True, False])
        assert rooms[-1].id == desk.now(incident).channel
        assert "reopened" in rooms[-1].topic


class TestTrouble:
    """Each step may fail alone, and an incident needs none of them."""

    @pytest.mark.parametrize("method", METHODS)
    def test_declaring_and_resolving_work_without_it(self, desk, method, now):
        """Slack does not know the method: the step is given up with its reason, the others are done."""
        desk.slack.chaos.forget_methods(method)
        incident = desk.declare()
        settle(desk, now, 3)
        incident = lead(desk, incident)
        resolve(desk, incident)
        settle(desk, now, 3)

        failed = {step: end for step, end in desk.steps(incident).items() if end != "done"}
        assert set(failed.values()) == {"unknown_method"}, failed
        assert any("INC-001 resolved" in words for words in desk.said())
        if method != "conversations.create":
            assert len(failed) < len(desk.steps(incident))

    def test_all_of_them_fail(self, desk, now):
        """Whoever declared it hears why there is no channel, and what would mend it."""
        desk.slack.chaos.forget_methods(*METHODS)
        incident = desk.declare()
        settle(desk, now, 3)
        resolve(desk, lead(desk, incident))
        settle(desk, now, 2)
        assert any("INC-001 resolved" in words for words in desk.said())
        (told,) = desk.door.letters(front_door.BO)
        assert told.text == (
            "I could not open a channel for INC-001: Slack says “unknown_method”. Everything else works without one."
        )

    def test_a_missing_scope_is_told_and_mended_by_the_next_start(self, desk, now):
        """The sentence says what the operator does; a new process tries again."""
        app = desk.slack.workspace.installed
        few = {"scopes": {"bot": sorted(app.scopes - {"channels:manage"})}}
        may_less = replace(app, manifest={**app.manifest, "oauth_config": few})
        desk.slack.workspace.app = may_less
        incident = desk.declare()
        settle(desk, now, 2)
        assert desk.steps(incident) == {"channel": "missing_scope"}
        (told,) = desk.door.letters(front_door.BO)
        assert "update the app with it and install it again" in told.text

        found = desk.door.wait(examine(desk.door.services, None, 5.0)).findings
        (told,) = [one for one in found if one.name == "Incident channels"]
        assert "1 × missing_scope" in told.words

        desk.slack.workspace.app = app
        settle(desk, now, 2)
        assert desk.rooms() == []
        desk.door.write(incident_steps.try_again)  # as a process does when it starts
        desk.tick(2)
        assert desk.room().name == "inc-001-api-gateway-down"

    @pytest.mark.parametrize("processed", [True, False])
    @pytest.mark.parametrize("method", METHODS)
    def test_a_process_that_dies_in_a_step_leaves_nothing_doubled(
        self, desk, method, processed, now
    ):
        """Whether Slack had done it or not: it is found, or done then."""
        desk.slack.chaos.drop(method, 2, processed=processed)
        incident = desk.declare()
        settle(desk, now, 12)
        room = desk.room()
        assert set(desk.steps(incident).values()) == {"done"}
        assert room.topic.startswith("INC-001")
        assert room.purpose.startswith("Work on INC-001")
        assert front_door.BO in room.members
        assert len(room.bookmarks) == 1
        assert len(room.pins) == 1
        assert sum("INC-001 detected" in words for words in desk.said(room.id)) == 1
        assert sum("goes on in" in words for words in desk.said()) == 1

    def test_a_process_that_never_comes_back(self, desk, now):
        """It had opened the channel and died before it could say so: whoever looks later finds it."""
        incident = desk.declare()
        desk.door.write(incident_room.take, desk.door.services)
        bot = desk.slack.app.bot_user
        made = desk.slack.workspace.open_conversation(
            Kind.CHANNEL, "inc-001-api-gateway-down", [bot], bot
        )
        desk.tick(2)
        assert desk.now(incident).channel is None
        now.tick(incident_steps.LEASE + timedelta(seconds=1))
        desk.tick(2)
        assert desk.now(incident).channel == made.id
        assert desk.room().topic.startswith("INC-001")

    def test_an_old_channel_of_ours_is_not_taken_for_it(self, desk, now):
        """One of another database had the same number: it is older than the incident."""
        bot = desk.slack.app.bot_user
        name = "inc-001-api-gateway-down"
        old = desk.slack.workspace.open_conversation(Kind.CHANNEL, name, [bot], bot)
        now.tick(timedelta(days=1))
        incident = desk.declare()
        desk.tick(2)
        assert desk.now(incident).channel != old.id
        assert [room.name for room in desk.rooms()] == [name, f"{name}-2"]

    def test_slack_is_down_for_ten_minutes(self, desk, now):
        """What is to be done waits, and is done once when it is back; the incident goes on meanwhile."""
        everything = (*METHODS, "chat.postMessage", "chat.update", "users.conversations")
        for method in everything:
            desk.slack.chaos.fail(method, 1_000)
        incident = desk.declare()
        settle(desk, now, 5)
        incident = lead(desk, incident)
        settle(desk, now, 5)
        assert desk.rooms() == []
        desk.slack.chaos.clear()
        settle(desk, now, 20)
        assert set(desk.steps(incident).values()) == {"done"}
        assert front_door.LEA in desk.room().members
        assert "acknowledged" in desk.room().topic
        assert len([words for words in desk.said() if "INC-001 acknowledged" in words]) == 1

    def test_a_renamed_incident_finds_the_channel_that_was_opened_before(self, desk, now):
        """What is looked for is the number, not the title."""
        desk.slack.chaos.drop("conversations.create", 1, processed=True)
        incident = desk.declare()
        desk.tick()
        desk.does(BO, incident, work.change_title, "Something else")
        settle(desk, now, 5)
        assert desk.room().id == desk.now(incident).channel

    def test_slacks_pause_is_kept(self, desk):
        """After a 429 nothing is asked before its time, and it is no failed try."""
        desk.slack.chaos.rate_limit("conversations.create", 1, retry_after=30)
        incident = desk.declare()
        desk.tick(3)
        assert desk.rooms() == []
        assert desk.steps(incident) == {"channel": "waits"}

    def test_who_cannot_come_keeps_nobody_out(self, desk, now):
        """A partner of another workspace is not let in; the others are."""
        incident = desk.declare()
        desk.does(ANA, incident, work.join, [front_door.DEE, front_door.ANA])
        settle(desk, now, 3)
        assert {front_door.BO, front_door.ANA} <= set(desk.room().members)
        assert desk.steps(incident)[f"invite:{front_door.DEE}"] == "cant_invite"

    def test_what_was_resolved_before_it_was_opened_is_left(self, desk):
        """Nobody needs a channel for what is over."""
        incident = desk.declare()
        resolve(desk, incident)
        desk.tick(2)
        assert desk.rooms() == []


class TestRestricted:
    """A restricted incident's channel is private, and its name says nothing."""

    def test_it_gets_a_private_channel_and_its_card_there(self, desk):
        """Those it names are let in; nobody else sees anything of it."""
        incident = desk.declare(BREACH, BO)
        desk.tick(3)
        room = desk.room()
        assert (room.name, room.kind) == ("sec-001", Kind.PRIVATE)
        assert set(room.members) == {front_door.BO, desk.slack.app.bot_user}
        assert room.topic == "SEC-001 · SEV2 high · detected"
        assert any("Customer data leaked" in words for words in desk.said(room.id, front_door.BO))
        assert desk.now(incident).card_channel == room.id
        assert len(room.pins) == 1
        assert set(desk.steps(incident).values()) == {"done"}
        assert all("SEC" not in words and "leaked" not in words for words in desk.said())
        assert desk.door.seen(front_door.ANA, room.id) == []

    def test_its_card_follows_there(self, desk):
        """Edited in place, in the private channel."""
        incident = desk.declare(BREACH, BO)
        desk.tick(2)
        lead(desk, incident, BO)
        desk.tick(2)
        assert any(
            "SEC-001 acknowledged" in words for words in desk.said(desk.room().id, front_door.BO)
        )

    def test_who_is_let_go_has_to_leave(self, desk):
        """Who may not see it any more is not in its channel either."""
        incident = desk.declare(BREACH, BO)
        desk.does(BO, incident, work.join, [front_door.LEA])
        desk.tick(2)
        assert front_door.LEA in desk.room().members
        desk.does(BO, incident, work.leave, front_door.LEA)
        desk.tick(2)
        assert front_door.LEA not in desk.room().members
        desk.does(BO, incident, work.join, [front_door.LEA])
        desk.tick(2)
        assert front_door.LEA in desk.room().members

    def test_without_a_channel_whoever_declared_it_is_told(self, desk, now):
        """Its card stands nowhere then."""
        desk.slack.chaos.forget_methods("conversations.create")
        desk.declare(BREACH, BO)
        settle(desk, now, 2)
        (told,) = desk.door.letters(front_door.BO)
        assert "its card stands nowhere" in told.text
        assert desk.said() == []


def test_two_that_look_after_the_same_step_open_one_channel(database_url, tmp_path):
    """Whoever comes late finds what the other has opened."""
    with ward(database_url, tmp_path) as desk:
        desk.declare()
        run = desk.door.house.clockwork.jobs["incident rooms"].run
        desk.door.wait_all([run(), run(), run()])
        desk.tick(3)
        assert desk.room().name == "inc-001-api-gateway-down"
        assert len(desk.room().bookmarks) == 1
        assert desk.door.services.settings.channels.incidents == INCIDENTS
