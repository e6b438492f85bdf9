"""What Slack holds of a published analysis: its messages, its file, the bookmark that points to it; and what must go."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot import clock
from bot.domain import incident_work as work
from bot.domain import rca_work
from bot.domain.incident import Incident
from bot.domain.incident_work import Work
from bot.domain.rca import find_rca
from bot.domain.rca_work import Page
from bot.outgoing import incident_room, rca
from bot.outgoing.incident_room import restrict
from bot.slack.files import upload
from bot.storage.outbox import OutboxRow
from bot.workspace.message import Kind
from tests import front_door
from tests.front_door import CAST, Mode
from tests.helpdesk import MONDAY_0930
from tests.incident_stage import ANA, BO, INCIDENTS, LEA, Ward, ward

NAME = "INC-001-analysis.md"
UPLOAD = ("files.getUploadURLExternal", "files.completeUploadExternal")


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def desk(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    """A workspace where incidents happen and are analysed."""
    with ward(database_url, tmp_path, mode=mode) as made:
        yield made


def written(desk: Ward, incident: Incident, **said: str) -> Incident:
    """Resolve an incident, let Bo analyse its cause and submit that."""
    severities = desk.door.services.severities
    ended = desk.does(ANA, incident, work.resolve, severities, {})
    desk.door.write(rca.appoint, desk.door.services, ended, BO, ANA)
    words = {"summary": "A certificate ran out", "root_cause": "Nobody renewed it"}
    words |= {"factors": "No alert on expiry", "no_action": "It is replaced", **said}

    def write(session: Session) -> None:
        services = desk.door.services
        reader = services.reader(BO)
        for page in Page:
            known = desk.now(incident)
            found = find_rca(session, known, reader)
            assert found is not None
            before = rca_work.values_of(found, page)
            press = f"{page} {incident.id} {known.reopens}"
            doing = Work(session, incident.id, BO, reader, press, services.now(session))
            new = {name: words.get(name, value) for name, value in before.items()}
            rca_work.save_page(doing, page, new, rca_work.fingerprint(before), reader)

    desk.door.write(write)
    press = f"submit {incident.id} {ended.reopens}"
    desk.door.write(rca.submit, desk.door.services, incident.id, BO, press)
    desk.door.deliver()
    return desk.now(incident)


def review(desk: Ward) -> None:
    """Let Ana press that it holds, and the messages be posted."""
    (letter, *_) = [
        one for one in reversed(desk.door.letters(ANA.id)) if "waits for your review" in one.text
    ]
    seen = desk.door.press(desk.door.press(letter, "Read it"), "Mark as reviewed")
    assert f"Reviewed by <@{ANA.id}>" in seen.window()
    desk.door.deliver()


def published(desk: Ward, incident: Incident, **said: str) -> Incident:
    """Return an incident whose analysis is written and reviewed."""
    done = written(desk, incident, **said)
    review(desk)
    return desk.now(done)


def reopen(desk: Ward, incident: Incident) -> Incident:
    """Let an incident go on, and its analysis be a draft again."""
    severities = desk.door.services.severities
    reopened = desk.does(ANA, incident, work.reopen, clock.now(), severities)
    desk.door.write(rca.reopened, desk.door.services, reopened)
    return reopened


def thread(desk: Ward, incident: Incident, by: str = ANA.id) -> list[dict[str, Any]]:
    """Return the answers under an incident's card."""
    where = desk.now(incident)
    found: list[dict[str, Any]] = desk.slack.acts.thread(by, where.card_channel, where.card_ts)
    return found[1:]


def files(desk: Ward, incident: Incident) -> list[str]:
    """Return the names of the files under an incident's card."""
    shown = [file for message in thread(desk, incident) for file in message.get("files") or ()]
    return [str(file["name"]) for file in shown]


def stored(desk: Ward) -> list[str]:
    """Return what every file says that was shared."""
    kept = desk.slack.workspace.files.values()
    return [each.content.decode() for each in kept if each.is_complete]


def settle(desk: Ward, now: FrozenDateTimeFactory, minutes: int = 10) -> None:
    """Let enough time pass for everything to be tried again."""
    for _ in range(minutes):
        desk.tick(2)
        now.tick(timedelta(minutes=1))


class TestTheFile:
    """The analysis stands under the card as a file, too."""

    @pytest.mark.both_databases
    def test_it_follows_on_the_last_message(self, desk):
        """Named after the incident, with people by their names, once."""
        incident = published(desk, desk.declare())
        desk.tick(4)
        *_, text, file = thread(desk, incident)
        assert text["text"] == "Root cause analysis of INC-001: Nobody renewed it"
        assert [each["title"] for each in file["files"]] == ["Root cause analysis of INC-001"]
        assert files(desk, incident) == [NAME]
        (said,) = stored(desk)
        assert said.startswith("# INC-001: API gateway down\n\nRoot cause analysis. Reviewed.")
        assert "- Owner: Bo Chen" in said
        assert "- Reviewed by: Ana Ruiz" in said

    def test_a_long_one_has_it_below_all_of_its_messages(self, desk):
        """Also where they take several."""
        long = "".join(f"Line {number} of the story.\n" for number in range(260))
        incident = published(desk, desk.declare(), summary=long, impact=long)
        desk.tick(4)
        shown = thread(desk, incident)
        assert len([one for one in shown if "Root cause analysis of" in one["text"]]) > 1
        assert shown[-1]["files"]
        assert files(desk, incident) == [NAME]

    @pytest.mark.parametrize("method", UPLOAD)
    @pytest.mark.parametrize("processed", [False, True])
    @pytest.mark.parametrize("trouble", ["drop", "fail"])
    def test_it_is_shared_once_whatever_slack_answers(self, desk, now, method, processed, trouble):
        """What may have arrived is looked for before it is sent again; nothing else suffers meanwhile."""
        getattr(desk.slack.chaos, trouble)(method, 1, processed=processed)
        incident = published(desk, desk.declare())
        settle(desk, now, 4)
        assert files(desk, incident) == [NAME]
        assert len(stored(desk)) == 1

    def test_a_process_that_is_killed_when_it_has_shared_it(self, desk, now):
        """Nobody wrote down that it was done: the next one finds it, and shares none."""
        incident = published(desk, desk.declare())
        desk.tick(3)
        services = desk.door.services
        (step,) = [one for one in desk.steps(incident) if one.startswith("file:")]
        (shared,) = [one for one in desk.steps(incident) if one.startswith("shared:")]

        def forget(session: Session) -> None:
            incident_room.steps.rows.drop_steps(session, incident.id, [step, shared])
            incident_room.steps.share_analysis(session, incident.id, step.partition(":")[2])

        desk.door.write(forget)
        desk.door.write(incident_room.take, services)
        now.tick(timedelta(minutes=3))
        desk.tick(2)
        assert files(desk, incident) == [NAME]
        assert desk.steps(incident)[shared] == "done"

    def test_a_slack_that_takes_no_files(self, desk, now):
        """The text is there all the same; when it is allowed the next start shares the file."""
        desk.slack.chaos.forget_methods(*UPLOAD)
        incident = published(desk, desk.declare())
        settle(desk, now, 3)
        assert files(desk, incident) == []
        assert "Nobody renewed it" in thread(desk, incident)[-1]["text"]
        desk.slack.chaos.clear()
        desk.door.write(incident_room.steps.try_again)
        desk.tick()
        assert files(desk, incident) == [NAME]

    def test_one_that_is_taken_up_again_before_it_was_shared(self, desk, now):
        """A draft is given to nobody; when it is reviewed again the new one is."""
        incident = published(desk, desk.declare())
        reopened = reopen(desk, incident)
        desk.tick(3)
        assert files(desk, incident) == []
        now.tick(timedelta(hours=1))
        published(desk, reopened, root_cause="The renewal failed")
        desk.tick(3)
        assert files(desk, incident) == [NAME]
        assert "The renewal failed" in stored(desk)[0]


class TestTheBookmark:
    """An incident's own channel points to the analysis."""

    def bookmarks(self, desk: Ward) -> dict[str, str]:
        """Return the links of the incident's own channel by their titles."""
        (room,) = [one for one in desk.rooms() if one.kind is Kind.CHANNEL]
        found = [(each["title"], each["link"]) for each in room.bookmarks.values()]
        assert len(found) == len(dict(found))
        return dict(found)

    def test_it_points_to_the_last_one_published(self, desk, now):
        """And to nothing else, when it was reviewed again."""
        incident = desk.declare()
        desk.tick(3)
        incident = published(desk, incident)
        desk.tick(4)
        first = self.bookmarks(desk)
        (text,) = [one for one in thread(desk, incident) if "Root cause" in one["text"]]
        assert list(first) == ["Incident card", "Analysis"]
        assert text["ts"].replace(".", "") in first["Analysis"]

        now.tick(timedelta(hours=1))
        reopened = reopen(desk, incident)
        published(desk, reopened)
        desk.tick(4)
        second = self.bookmarks(desk)
        assert list(second) == ["Incident card", "Analysis"]
        assert second["Analysis"] != first["Analysis"]

    def test_one_without_a_channel_has_none(self, desk, now):
        """The thread is enough."""
        severities = desk.door.services.severities
        small = desk.does(ANA, desk.declare(), work.change_severity, severities, "sev3", "small")
        incident = published(desk, small)
        settle(desk, now, 2)
        assert not [one for one in desk.steps(incident) if one.startswith("bookmark:rca")]


class TestRestricting:
    """Nothing of it is left where others read."""

    def test_its_file_is_deleted(self, desk, now):
        """With the message that shared it, wherever its card stood."""
        incident = published(desk, desk.declare())
        desk.tick(4)
        assert len(stored(desk)) == 1
        card = incident.card_ts
        desk.act(ANA, incident, restrict, frozenset())
        desk.tick(4)
        assert stored(desk) == []
        now.tick(timedelta(minutes=1))
        desk.tick(2)
        assert desk.slack.acts.thread(ANA.id, INCIDENTS, card) == []
        assert not [one for one in desk.slack.seen(CAST.people[3].id, INCIDENTS) if "files" in one]

    def test_one_that_waits_is_never_shared(self, desk):
        """What was to follow does not."""
        incident = published(desk, desk.declare())
        desk.act(ANA, incident, restrict, frozenset())
        desk.tick(4)
        assert stored(desk) == []

    def test_one_that_was_on_its_way(self, desk):
        """It arrives after that, and goes again."""
        incident = published(desk, desk.declare())
        services = desk.door.services
        while True:
            taken, errand = desk.door.write(incident_room.take, services)
            if errand.kind == "file":
                break
        desk.act(ANA, incident, restrict, frozenset())
        client = desk.door.house.connection.client
        words = {"name": NAME, "text": "secret", "title": NAME, "thread": incident.card_ts}
        file = desk.door.wait(upload(client, INCIDENTS, **words))
        assert stored(desk) == ["secret"]
        done = incident_room.steps.Done(file=file)
        desk.door.write(incident_room.settle, services, taken, errand, done)
        desk.tick(3)
        assert stored(desk) == []

    def test_its_own_channel_has_the_file_of_a_restricted_one(self, desk):
        """Those who may know of it read it there; it stays when nothing changes."""
        incident = desk.act(ANA, desk.declare(), restrict, frozenset({BO.id, LEA.id}))
        desk.tick(4)
        published(desk, incident)
        desk.tick(4)
        (room,) = [one for one in desk.rooms() if one.kind is Kind.PRIVATE]
        assert desk.now(incident).card_channel == room.id
        assert [file["name"] for m in room.messages.values() for file in m.files] == [
            "SEC-001-analysis.md"
        ]
        assert "Analysis" in [one["title"] for one in room.bookmarks.values()]
        assert front_door.CY not in room.members


def everything(desk: Ward, by: str = LEA.id) -> str:
    """Return what somebody sees of both incidents: their cards, what stands under them, and all files."""
    shown = [str(one) for one in desk.door.seen(by, INCIDENTS)]
    for message in desk.door.seen(by, INCIDENTS):
        shown += map(str, desk.slack.acts.thread(by, INCIDENTS, message["ts"]))
    return " ".join([*shown, *stored(desk)])


class TestAnother:
    """An analysis that named an incident names it no more when that becomes restricted."""

    @pytest.fixture
    def first(self, desk: Ward, now: FrozenDateTimeFactory) -> Incident:
        """An incident that is restricted later."""
        incident = desk.declare()
        now.tick(timedelta(hours=1))
        return incident

    @pytest.mark.both_databases
    def test_it_is_said_anew_where_it_stands(self, desk, now, first):
        """The messages are edited, the file is another one; nothing is posted again."""
        repeat = published(desk, desk.declare(), repeat=str(first.id))
        settle(desk, now, 2)
        assert "the same cause as INC-001" in everything(desk)
        before = [one["ts"] for one in thread(desk, repeat) if one["text"]]

        desk.act(ANA, first, restrict, frozenset())
        settle(desk, now, 2)
        assert "INC-001" not in everything(desk)
        assert "SEC-001" not in everything(desk)
        assert [one["ts"] for one in thread(desk, repeat) if one["text"]] == before
        assert "A certificate ran out" in everything(desk)
        assert files(desk, repeat) == ["INC-002-analysis.md"]
        rows = [one for one in desk.outbox() if one.key.startswith(f"incident:{repeat.id}:rca")]
        assert not [one for one in rows if "INC-001" in one.body]

    def test_one_that_was_published_long_ago(self, desk, now, first):
        """What the outbox knows no more is found under the card, and said anew below."""
        repeat = published(desk, desk.declare(), repeat=str(first.id))
        settle(desk, now, 2)
        now.tick(timedelta(days=40))
        desk.door.write(lambda session: session.execute(delete(OutboxRow)))
        assert "the same cause as INC-001" in everything(desk)
        desk.act(ANA, first, restrict, frozenset())
        settle(desk, now, 3)
        assert "INC-001" not in everything(desk)
        said = [one["text"] for one in thread(desk, repeat) if "Root cause" in one["text"]]
        assert said == ["Root cause analysis of INC-002: Nobody renewed it"]
        assert files(desk, repeat) == ["INC-002-analysis.md"]

    def test_one_that_is_being_written_again(self, desk, now, first):
        """What was published is taken back, since nobody has read over what is written now."""
        repeat = published(desk, desk.declare(), repeat=str(first.id))
        settle(desk, now, 2)
        reopen(desk, repeat)
        desk.act(ANA, first, restrict, frozenset())
        settle(desk, now, 2)
        assert "INC-001" not in everything(desk)
        assert "A certificate ran out" not in everything(desk)
        assert files(desk, repeat) == []

    def test_one_that_has_nothing_to_do_with_it_is_left_alone(self, desk, now, first):
        """Not a word of it changes, nor its file."""
        other = published(desk, desk.declare(), repeat=rca_work.NO_REPEAT)
        settle(desk, now, 2)
        before = thread(desk, other)
        desk.act(ANA, first, restrict, frozenset())
        settle(desk, now, 2)
        assert thread(desk, other) == before
