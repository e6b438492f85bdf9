"""Turning an incident restricted: nothing of it is left where others read, in Slack and in the outbox."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.blocks.notice import notice
from bot.domain import incident_steps, timeline
from bot.domain import incident_work as work
from bot.domain.action import ActionDraft, add_action, find_action, reassign
from bot.domain.action_item import Source
from bot.domain.incident import HOUSE, Incident
from bot.domain.incident_steps import Done, GivenUp
from bot.domain.person import Person
from bot.errors import Refused
from bot.outgoing import incident as outgoing
from bot.outgoing import incident_room, rca
from bot.outgoing.incident_room import restrict
from bot.services import Place, promise, promise_edit
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Delivery, Moment
from bot.workspace.message import Kind
from tests import front_door
from tests.front_door import DESK, Mode
from tests.helpdesk import MONDAY_0930
from tests.incident_stage import ANA, BO, BREACH, INCIDENT_PAGE, LEA, SMALL, Ward, ward

SECRETS = ("API gateway down", "typo on a page", "passwords")


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def desk(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    """A workspace where incidents happen, over either mode of delivery."""
    with ward(database_url, tmp_path, mode=mode) as made:
        yield made


def everything_seen(desk: Ward, by: str) -> str:
    """Return all that somebody sees in Slack: channels with their names and topics, messages, threads, bookmarks."""
    shown: list[object] = []
    for place in desk.slack.workspace.conversations.values():
        if not desk.slack.workspace.can_see(by, place):
            continue
        shown += [place.name, place.topic, place.purpose, place.bookmarks]
        for message in desk.slack.workspace.seen(by, place.id):
            shown.append(message.as_seen())
            shown += desk.slack.acts.thread(by, place.id, message.ts)
    return json.dumps(shown, ensure_ascii=False, default=str)


def outbox(desk: Ward, but: str = "") -> str:
    """Return all words in the outbox, but for those to one place."""
    return " ".join(row.body for row in desk.outbox() if row.target != but or not but)


def no_secret_in(text: str) -> bool:
    """Return whether a text gives nothing away."""
    return not [secret for secret in (*SECRETS, "INC-001") if secret in text]


def told(desk: Ward, incident: Incident, words: str, key: str) -> None:
    """Say something in the thread of the card."""
    said = notice(words)
    desk.door.write(outgoing.tell, desk.door.services, incident, said, key)


def restricts(desk: Ward, incident: Incident, by=BO, named=frozenset()) -> Incident:
    """Let somebody restrict an incident."""
    return desk.act(by, incident, restrict, frozenset(named))


def test_a_member_sees_nothing_of_it_any_more(desk):
    """The card, its thread, the copy, the channel: gone, and the outbox says nothing either."""
    incident = desk.declare(by=BO)
    told(desk, incident, "All the passwords are in it", "note:1")
    desk.tick(3)
    public = desk.room()
    assert "passwords" in everything_seen(desk, front_door.ANA)

    restricted = restricts(desk, incident, named={front_door.LEA})
    desk.tick(5)

    assert restricted.label == "SEC-001"
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    private = next(room for room in desk.rooms() if room.kind is Kind.PRIVATE)
    assert private.name == "sec-001"
    assert {front_door.BO, front_door.LEA} <= set(private.members)
    assert public.is_archived
    assert [row.error for row in desk.outbox() if row.state == Delivery.FAILED] == []
    assert desk.said() == []
    assert no_secret_in(outbox(desk, but=private.id))
    seen = desk.said(private.id, front_door.BO)
    assert any("API gateway down" in words for words in seen)
    assert any("public channel, which I cannot make private" in words for words in seen)
    assert desk.now(incident).card_channel == private.id


def test_one_without_a_channel_of_its_own(desk):
    """It gets a private one, and its card is there."""
    incident = desk.declare(SMALL)
    desk.tick(2)
    restricts(desk, incident)
    desk.tick(4)
    assert desk.room().kind is Kind.PRIVATE
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    assert not any(
        "cannot make private" in words for words in desk.said(desk.room().id, front_door.BO)
    )
    desk.does(BO, incident, work.take_lead, desk.door.services.severities)
    desk.tick(2)
    assert any(
        "SEC-001 acknowledged" in words for words in desk.said(desk.room().id, front_door.BO)
    )
    assert desk.said() == []


def test_one_that_was_closed_long_ago(desk, now):
    """Its private channel is there to be read for a day, and then archived."""
    incident = desk.declare(SMALL)
    desk.tick(2)
    desk.does(ANA, incident, work.resolve, desk.door.services.severities, {})
    desk.does(ANA, incident, work.close)
    now.tick(timedelta(days=60))
    restricts(desk, incident)
    desk.tick(4)
    assert not desk.room().is_archived
    assert any("SEC-001 closed" in words for words in desk.said(desk.room().id, front_door.BO))
    now.tick(timedelta(days=1, minutes=1))
    desk.tick(2)
    assert desk.room().is_archived
    assert [row.error for row in desk.outbox() if row.state == Delivery.FAILED] == []


def test_what_has_not_left_yet_never_does(desk):
    """A card that still waits is not posted."""
    incident = desk.declare(SMALL)
    told(desk, incident, "All the passwords are in it", "note:1")
    restricts(desk, incident)
    assert no_secret_in(outbox(desk))
    desk.tick(4)
    assert desk.said() == []
    assert no_secret_in(everything_seen(desk, front_door.ANA))


def test_what_the_outbox_has_forgotten_is_found_in_the_thread(desk, now):
    """A month later it is still taken out of Slack."""
    incident = desk.declare(SMALL)
    told(desk, incident, "All the passwords are in it", "note:1")
    desk.tick(3)
    now.tick(timedelta(days=40))
    desk.door.write(lambda session: session.execute(delete(OutboxRow)))
    restricts(desk, incident)
    desk.tick(2)
    now.tick(timedelta(minutes=1))
    desk.tick(2)
    assert no_secret_in(everything_seen(desk, front_door.ANA))


def test_what_only_an_edit_tells_of_is_taken_out_too(desk):
    """A card that was posted anew has left another behind, which says where it went."""
    incident = desk.declare(SMALL)
    desk.door.write(promise, DESK, notice("INC-001 stood here"), "other:1")
    desk.tick(2)
    (ts,) = [m["ts"] for m in desk.door.seen(front_door.ANA) if "stood here" in m["text"]]
    edited = notice("INC-001 has moved")
    desk.door.write(promise_edit, f"incident:{incident.id}:stood:{ts}", edited, at=Place(DESK, ts))
    desk.tick()
    restricts(desk, incident)
    desk.tick(2)
    assert no_secret_in(everything_seen(desk, front_door.ANA))


def test_what_people_wrote_in_the_thread_stays_theirs(desk, now):
    """A bot deletes its own words alone."""
    incident = desk.declare(SMALL)
    desk.tick(2)
    card = desk.now(incident)
    saying = desk.slack.acts.say(front_door.ANA, DESK, "I look at it", card.card_ts)
    desk.door.wait(saying)
    restricts(desk, incident)
    desk.tick(4)
    now.tick(timedelta(minutes=1))
    desk.tick(2)
    assert [row.error for row in desk.outbox() if row.state == Delivery.FAILED] == []
    assert "I look at it" in everything_seen(desk, front_door.ANA)
    assert no_secret_in(everything_seen(desk, front_door.ANA))


def test_slack_away_meanwhile(desk, now):
    """It is taken away as soon as Slack is back, whatever was lost on the way."""
    incident = desk.declare()
    told(desk, incident, "All the passwords are in it", "note:1")
    desk.tick(3)
    for method in (
        *("chat.delete", "conversations.archive", "conversations.create", "conversations.rename"),
        *("conversations.history", "conversations.replies"),
    ):
        desk.slack.chaos.drop(method, 1, processed=False)
        desk.slack.chaos.drop(method, 1, processed=True)
    restricts(desk, incident)
    assert no_secret_in(outbox(desk))
    for _ in range(12):
        desk.tick(2)
        now.tick(timedelta(minutes=1))
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    assert len([room for room in desk.rooms() if room.kind is Kind.PRIVATE]) == 1


def test_its_actions_become_theirs(desk):
    """Who does not see the incident does not see what came from it."""
    incident = desk.declare(SMALL)

    def give(session: Session) -> int:
        source = Source(f"incident:{incident.id}", "INC-001 A typo on a page", None, None)
        return add_action(session, ActionDraft(text="mend it", owner=BO.id), BO, BO, "t", source).id

    number = desk.door.write(give)
    desk.door.services.database.read(find_action, number, ANA)
    restricts(desk, incident)
    with pytest.raises(Refused, match="no action"):
        desk.door.services.database.read(find_action, number, ANA)
    found = desk.door.services.database.read(find_action, number, BO)
    assert found.source.label == "SEC-001 A typo on a page"


def test_who_has_an_action_and_is_not_named_sees_not_whence_it_came(desk):
    """They keep what they have to do; its number, its title and its place are for those who may know of it."""
    incident = desk.declare(SMALL)

    def give(session: Session, owner: Person, by: Person, trigger: str) -> int:
        link = "https://example.com/archives/C0DESK/p1"
        source = Source(f"incident:{incident.id}", "INC-001 A typo on a page", link, None)
        draft = ActionDraft(text="mend it", owner=owner.id)
        return add_action(session, draft, owner, by, trigger, source).id

    of_lea = desk.door.write(give, LEA, BO, "t1")
    made_by_lea = desk.door.write(give, BO, LEA, "t2")
    restricts(desk, incident, BO)
    for number in (of_lea, made_by_lea):
        found = desk.door.services.database.read(find_action, number, LEA)
        assert (found.source.label, found.source.link) == ("", None)

    handed_on = desk.door.write(give, BO, BO, "t3")
    desk.does(BO, incident, work.note, "looked at")
    assert desk.door.services.database.read(find_action, handed_on, BO).source.label
    desk.door.write(reassign, handed_on, LEA, BO, "t4")
    assert desk.door.services.database.read(find_action, handed_on, LEA).source.label == ""

    desk.does(BO, incident, work.join, [LEA.id])
    found = desk.door.services.database.read(find_action, of_lea, LEA)
    assert (found.source.label, found.source.link) == ("SEC-001 A typo on a page", None)


def test_who_joins_or_goes_later_sees_them_or_not(desk):
    """Who sees the actions is who sees the incident."""
    incident = desk.declare(BREACH, BO)

    def give(session: Session) -> int:
        source = Source(f"incident:{incident.id}", "SEC-001", None, frozenset({BO.id}))
        return add_action(session, ActionDraft(text="mend it", owner=BO.id), BO, BO, "t", source).id

    number = desk.door.write(give)
    desk.does(BO, incident, work.join, [LEA.id])
    assert desk.door.services.database.read(find_action, number, LEA).id == number
    desk.does(BO, incident, work.leave, LEA.id)
    with pytest.raises(Refused, match="no action"):
        desk.door.services.database.read(find_action, number, LEA)


def test_a_card_of_which_nobody_knows_where_it_is(desk, now):
    """Its post was not answered: when it is found in Slack it is taken out, and is not the incident's card."""
    desk.slack.chaos.drop("chat.postMessage", 1, processed=True)
    incident = desk.declare(SMALL)
    desk.door.deliver()
    assert no_secret_in(everything_seen(desk, front_door.ANA)) is False
    restricts(desk, incident)
    for _ in range(8):
        now.tick(timedelta(seconds=20))
        desk.tick()
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    assert desk.now(incident).card_channel == desk.room().id


def test_the_channel_that_opens_too_late_is_hidden(desk):
    """A public channel was being opened while it was restricted: it is not left as it is."""
    incident = desk.declare()
    services = desk.door.services
    step, errand = desk.door.write(incident_room.take, services)
    made = desk.slack.workspace.open_conversation(
        Kind.CHANNEL, "inc-001-api-gateway-down", [desk.slack.app.bot_user], desk.slack.app.bot_user
    )
    restricts(desk, incident)
    desk.door.write(incident_room.settle, services, step, errand, Done(made.id))
    desk.tick(4)
    assert made.is_archived
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    assert desk.now(incident).channel != made.id


def test_the_channel_that_opens_too_late_is_never_the_restricted_ones(desk):
    """Another replica is opening the private channel already: the public one is nobody's, whoever is done first."""
    incident = desk.declare()
    services = desk.door.services
    public, errand = desk.door.write(incident_room.take, services)
    bot = desk.slack.app.bot_user
    made = desk.slack.workspace.open_conversation(
        Kind.CHANNEL, "inc-001-api-gateway-down", [bot], bot
    )
    restricts(desk, incident)
    private, asked = desk.door.write(incident_room.take, services)
    assert (errand.is_private, asked.is_private) == (False, True)
    desk.door.write(incident_room.settle, services, public, errand, Done(made.id))
    assert desk.now(incident).channel is None

    own = desk.slack.workspace.open_conversation(Kind.PRIVATE, "sec-001", [bot], bot)
    desk.door.write(incident_room.settle, services, private, asked, Done(own.id))
    desk.tick(5)

    assert desk.now(incident).channel == desk.now(incident).card_channel == own.id
    assert made.is_archived
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    assert desk.said() == []


def test_those_that_have_to_do_with_it_name_it_no_more(desk, now):
    """Neither their cards, nor their timelines and logs, which never did; those who may know are told by its id."""
    incident = desk.declare(SMALL)
    now.tick(timedelta(hours=1))
    repeat, duplicate = desk.declare(SMALL), desk.declare(SMALL)
    started = {Moment.STARTED: MONDAY_0930 - timedelta(hours=1)}
    desk.does(ANA, duplicate, work.correct_times, started, "so it was")
    for one, mark in ((repeat, mark_as_repeat), (duplicate, work.mark_duplicate)):
        desk.does(ANA, one, mark, desk.now(incident))
    desk.tick(2)
    assert "the same cause as INC-001" in everything_seen(desk, front_door.ANA)

    restricts(desk, incident)
    desk.tick(3)

    assert "INC-001" not in everything_seen(desk, front_door.ANA)
    for one in (incident, repeat, duplicate):
        read = desk.door.services.database.read
        lines = read(timeline.timeline, desk.now(one), HOUSE)
        changes = read(timeline.corrections, desk.now(one), HOUSE)
        assert not [line for line in lines if "INC-" in line.text or "SEC-" in line.text]
        assert not [each for each in changes if "INC-" in (each.why or "")]


def test_its_duplicates_go_with_it(desk):
    """They tell of the same: also what is a duplicate of a duplicate, and whoever declared it."""
    incident = desk.declare(by=BO)
    same, again = desk.declare(by=LEA), desk.declare(SMALL, by=LEA)
    desk.does(ANA, again, work.mark_duplicate, same)
    desk.does(ANA, same, work.mark_duplicate, incident)
    told(desk, same, "All the passwords are in it", "note:1")
    desk.tick(4)
    assert not no_secret_in(everything_seen(desk, front_door.ANA))

    restricts(desk, incident, named={front_door.BO})
    desk.tick(5)

    assert [desk.now(one).label for one in (incident, same, again)] == [
        "SEC-001",
        "SEC-002",
        "SEC-003",
    ]
    assert no_secret_in(everything_seen(desk, front_door.ANA))
    private = [room.id for room in desk.rooms() if room.kind is Kind.PRIVATE]
    assert no_secret_in(" ".join(row.body for row in desk.outbox() if row.target not in private))
    listed = desk.door.command("/incident list", by=front_door.ANA).plain()
    assert no_secret_in(listed)
    assert "SEC" not in listed
    assert front_door.BO in desk.now(same).responders


def test_a_duplicate_is_not_restricted_alone(desk):
    """What it is the same as would go on telling of it."""
    incident, same = desk.declare(), desk.declare()
    desk.does(ANA, same, work.mark_duplicate, incident)
    with pytest.raises(Refused, match="Restrict the incident that it is the same as"):
        restricts(desk, same)
    assert desk.now(same).label == "INC-002"


def mark_as_repeat(at_work: work.Work, of: Incident) -> Incident:
    """Say that an incident has the same cause as another."""
    return work.mark_repeat(at_work, of, is_confirmed=False)


def test_who_declared_it_and_is_not_named_hears_nothing_of_it(desk):
    """Neither that it has no channel, nor that its card stands nowhere: whom it names does."""
    incident = desk.declare(SMALL, BO)
    desk.tick(2)
    before = len(desk.door.letters(front_door.BO))
    restricts(desk, incident, by=ANA)
    step, errand = desk.door.write(incident_room.take, desk.door.services)
    desk.door.write(
        incident_room.settle, desk.door.services, step, errand, GivenUp("missing_scope")
    )
    desk.tick(2)
    (told,) = desk.door.letters(front_door.ANA)
    assert "I could not open a channel for SEC-001" in told.text

    desk.door.write(incident_steps.try_again)
    step, errand = desk.door.write(incident_room.take, desk.door.services)
    desk.door.write(incident_room.settle, desk.door.services, step, errand, Done("C0GONE"))
    desk.tick(3)
    assert "could not post its card" in desk.door.letters(front_door.ANA)[-1].text
    assert len(desk.door.letters(front_door.BO)) == before


@pytest.mark.parametrize("watchers", [f"[{front_door.LEA}]", "[]"])
def test_those_who_see_all_of_them_hear_where_nobody_else_can(database_url, tmp_path, watchers):
    """Or, where there are none, whoever it names."""
    page = INCIDENT_PAGE.replace("archive_days: 7", f"archive_days: 7, restricted_to: {watchers}")
    page = page.replace("managers: [U0ANA]", "managers: [U0ANA, U0LEA]")
    with ward(database_url, tmp_path, page=page) as desk:
        incident = restricts(desk, desk.declare(SMALL, BO), by=ANA)
        heard = outgoing.who_hears(desk.door.services, incident)
        assert heard == [front_door.LEA if front_door.LEA in watchers else front_door.ANA]


def test_nobody_leaves_who_is_needed(desk):
    """Whoever leads it, communicates or analyses its cause hands that over first, and is named as long as they do."""
    severities = desk.door.services.severities
    incident = desk.declare(BREACH, BO)
    desk.does(BO, incident, work.take_lead, severities)
    desk.does(BO, incident, work.hand_over, LEA.id, "comms", severities)
    with pytest.raises(Refused, match=r"You lead SEC-001\. Hand it over first\."):
        desk.does(BO, incident, work.leave, BO.id)
    with pytest.raises(Refused, match="has the communication of SEC-001"):
        desk.does(BO, incident, work.leave, LEA.id)
    desk.does(BO, incident, work.hand_over, BO.id, "comms", severities)
    assert LEA.id not in desk.does(BO, incident, work.leave, LEA.id).responders

    ended = desk.does(BO, incident, work.resolve, severities, {})
    services = desk.door.services
    desk.door.write(rca.appoint, services, ended, LEA, BO)
    with pytest.raises(Refused, match=r"You analyse the cause of SEC-001\. Hand it over first\."):
        desk.does(LEA, incident, work.leave, LEA.id)
    desk.door.write(rca.appoint, services, desk.now(incident), BO, BO)
    desk.does(LEA, incident, work.leave, LEA.id)
    desk.tick(2)
    before = len(desk.door.letters(LEA.id))
    said = notice("SEC-001 was sent back")
    desk.door.write(rca.tell_person, services, desk.now(incident), LEA.id, said, "back:1")
    desk.tick(2)
    assert len(desk.door.letters(LEA.id)) == before
