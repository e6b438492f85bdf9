"""Agendas on their way out: what is promised to whom, written again, and told when it never arrived."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.blocks.kit import Message
from bot.blocks.plain import plain
from bot.domain.agenda import Live
from bot.domain.series import Meeting, Series
from bot.errors import Refused
from bot.outgoing import agenda as outgoing
from bot.services import Receipt
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Delivery, MeetingState, PointState, Priority
from bot.workspace.validator import check_message
from tests.meetingroom import (
    ANA,
    BO,
    DESK,
    HAL,
    HOUR,
    LOUNGE,
    MINUTE,
    ONE_ON_ONE,
    WEEK,
    MeetingRoom,
    utc,
)

SUNDAY, DUE, START = (utc(f"2026-11-{moment}") for moment in ("22 12:00", "23 08:00", "23 09:00"))
FINAL = [state for state in Delivery if state not in (Delivery.HELD, Delivery.WAITING, Delivery.SENDING)]  # fmt: skip


class Desk:
    """Where messages wait for the courier, as far as one looks at it."""

    def __init__(self, room: MeetingRoom) -> None:
        self.room = room

    def post_due(self, now: datetime = DUE) -> Meeting:
        """Promise the one agenda that is due."""
        posted = self.room.write(outgoing.post_due, self.room.sources, now)
        assert posted is not None
        assert self.room.write(outgoing.post_due, self.room.sources, now) is None
        return posted

    def rows(self) -> dict[str, OutboxRow]:
        """Return all that is promised, in order, by its key."""
        with self.room.database.reading() as session:
            return {
                row.key: row for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            }

    def body(self, key: str) -> dict[str, Any]:
        """Return what a message says, as Slack is told."""
        return json.loads(self.rows()[key].body)

    def text(self, key: str) -> str:
        """Return a message as people read it."""
        body = self.body(key)
        return plain(Message(body["text"], body["blocks"]))

    def arrive(self, key: str, ts: str, channel: str = DESK) -> None:
        """Let a message arrive in Slack, as the courier records it."""

        def record(session: Session) -> None:
            row = session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()
            row.state, row.channel, row.ts = Delivery.SENT, channel, ts
            held = update(OutboxRow).where(
                OutboxRow.parent == key, OutboxRow.state == Delivery.HELD
            )
            session.execute(held.values(state=Delivery.WAITING, channel=channel, thread_ts=ts))
            outgoing.settled(session, Receipt(key, Delivery.SENT, channel, ts, None, START))

        self.room.write(record)

    def fail(
        self, key: str, error: str, at: datetime = DUE, state: Delivery = Delivery.FAILED
    ) -> None:
        """Let a message fail, as the courier records it."""

        def record(session: Session) -> None:
            row = session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()
            row.state, row.error, row.settled_at = state, error, at
            outgoing.settled(session, Receipt(key, state, None, None, error, at))

        self.room.write(record)

    def rewrite(self, posted: Meeting) -> None:
        """Bring an agenda up to date."""
        self.room.write(outgoing.rewrite, self.room.sources, posted.id)


@pytest.fixture
def desk(room: MeetingRoom) -> Desk:
    """The desk of the courier."""
    return Desk(room)


def facts(room: MeetingRoom, told: Sequence[str]) -> None:
    """Let something be live: a line for each, in every section too."""
    lives = {
        topic: Live(topic.capitalize(), lambda *_: told)
        for topic in ("kpis", "tickets", "training", "improvements")
    }
    room.sources = replace(room.sources, lives=lives)


class TestPromising:
    """What is due becomes a promise."""

    def test_an_agenda(self, room, desk):
        """To its channel, at its time, of no use once the meeting has begun, before what may take its time."""
        room.book(SUNDAY)
        posted = desk.post_due()
        (row,) = desk.rows().values()
        assert (row.key, row.target, row.priority) == (
            f"agenda:{posted.id}",
            DESK,
            Priority.SCHEDULED,
        )
        assert (row.due_at, row.next_at, row.until) == (DUE, DUE, START)
        assert (row.state, row.is_private, row.is_edit) == (Delivery.WAITING, False, False)
        assert "# Support weekly" in desk.text(row.key)
        assert check_message(desk.body(row.key)) == []
        assert room.meetings(room.read(_series, posted))[0].parts == 1

    def test_a_lead_of_nothing(self, room, desk):
        """It has five minutes to arrive."""
        room.book(SUNDAY, lead=0)
        posted = desk.post_due(START)
        assert desk.rows()[f"agenda:{posted.id}"].until == START + 5 * MINUTE

    def test_taken_early_it_is_still_due_at_its_time(self, room, desk):
        """By a machine whose clock is a little fast."""
        room.book(SUNDAY)
        desk.room.write(outgoing.post_due, room.sources, DUE.replace(hour=7, minute=59, second=58))
        (row,) = desk.rows().values()
        assert row.next_at == DUE

    def test_too_late_promises_nothing(self, room, desk):
        """It is recorded, and that is all."""
        room.book(SUNDAY)
        assert desk.post_due(START).state is MeetingState.SKIPPED
        assert desk.rows() == {}

    def test_nothing_due(self, room, desk):
        """Nothing happens."""
        room.book(SUNDAY)
        assert room.write(outgoing.post_due, room.sources, DUE - MINUTE) is None
        assert desk.rows() == {}

    def test_post_now(self, room, desk):
        """Somebody waits for it: at once, and for as long as it is of use."""
        series = room.book(SUNDAY)
        posted = room.write(outgoing.post_now, room.sources, series.id, ANA, SUNDAY)
        (row,) = desk.rows().values()
        assert (row.key, row.priority, row.until) == (
            f"agenda:{posted.id}",
            Priority.INTERACTIVE,
            START,
        )
        assert row.next_at.year == 1970
        assert room.write(outgoing.post_due, room.sources, DUE) is None

    def test_what_is_refused_promises_nothing(self, room, desk):
        """Neither a message nor a brief."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        with pytest.raises(Refused):
            room.write(outgoing.post_now, room.sources, series.id, HAL, SUNDAY)
        assert desk.rows() == {}

    def test_each_meeting_has_its_own(self, room, desk):
        """Week after week."""
        room.book(SUNDAY)
        numbers = [desk.post_due(DUE + week * WEEK).id for week in range(3)]
        assert list(desk.rows()) == [f"agenda:{number}" for number in numbers]


def _series(session: Session, posted: Meeting) -> Series:
    from bot.domain.series import find

    return find(session, posted.series_id)


class TestOneOnOnes:
    """To both by direct message, and to the owner before."""

    def test_the_brief_goes_first_and_to_the_owner_alone(self, room, desk):
        """It leaves at once; the agenda at its time, to both."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        room.add(series, "A rise", SUNDAY)
        room.add(series, "Bo's exam", SUNDAY, by=ANA, private=True)
        posted = desk.post_due()
        brief, agenda = desk.rows().values()
        assert (brief.key, brief.target) == (f"brief:{posted.id}", ANA.id)
        assert (agenda.key, agenda.target) == (f"agenda:{posted.id}", "U0ANA,U0BO")
        assert brief.is_private
        assert agenda.is_private
        assert brief.next_at < agenda.next_at
        assert (brief.until, agenda.until) == (START, START)
        assert "🔒 Bo's exam" in desk.text(brief.key)
        assert "Bo's exam" not in agenda.body
        assert "A rise" in agenda.body

    def test_nothing_private_is_in_any_other_message(self, room, desk):
        """The agenda, written again, continued, the points told in the thread, the minutes."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        secret = room.add(series, "Bo's exam", SUNDAY, by=ANA, private=True)
        posted = desk.post_due()
        desk.arrive(f"agenda:{posted.id}", "1.0", "D0BOTH")
        said = room.add(series, "In it", START)
        room.write(outgoing.tell_point, room.sources, posted, said, DUE)
        room.settle(secret, PointState.DISCUSSED, START)
        desk.rewrite(posted)
        room.write(outgoing.close, room.sources, posted.id, ANA, START + HOUR, "D0BOTH")
        rows = desk.rows()
        assert rows.keys() == {f"{kind}:{posted.id}" for kind in ("brief", "agenda", "minutes")} | {f"agenda:{posted.id}:edit", f"point:{said.id}"}  # fmt: skip
        for key, row in rows.items():
            assert ("exam" in row.body) == (key == f"brief:{posted.id}"), key
            assert row.target == (ANA.id if key == f"brief:{posted.id}" else "U0ANA,U0BO")

    def test_the_owner_of_a_team_meeting_reads_private_points_too(self, room, desk):
        """“Only I see it, in the brief before the meeting”, says the box that was ticked."""
        series = room.book(SUNDAY)
        room.add(series, "The reorganisation", SUNDAY, by=ANA, private=True)
        posted = desk.post_due()
        assert list(desk.rows()) == [f"brief:{posted.id}", f"agenda:{posted.id}"]
        assert desk.rows()[f"brief:{posted.id}"].target == ANA.id
        assert "🔒 The reorganisation" in desk.text(f"brief:{posted.id}")
        assert "reorganisation" not in desk.rows()[f"agenda:{posted.id}"].body

    def test_no_brief_before_a_team_meeting_without_any(self, room, desk):
        """Nobody has asked for one."""
        series = room.book(SUNDAY)
        room.add(series, "The rota", SUNDAY, by=ANA)
        posted = desk.post_due()
        assert list(desk.rows()) == [f"agenda:{posted.id}"]


class TestLongAgendas:
    """What does not fit goes on in the thread."""

    @pytest.fixture
    def long(self, room: MeetingRoom, desk: Desk) -> Meeting:
        """An agenda with a hundred points."""
        self.series = room.book(SUNDAY)
        self.points = [room.add(self.series, f"Point {number}", SUNDAY) for number in range(100)]
        facts(room, [f"Fact {number}" for number in range(40)])
        return desk.post_due()

    def parts(self, desk: Desk, posted: Meeting) -> list[str]:
        """Return the keys of an agenda's messages."""
        return [key for key in desk.rows() if key.startswith(f"agenda:{posted.id}") and not key.endswith("edit")]  # fmt: skip

    def test_it_is_continued_in_its_thread(self, room, desk, long):
        """In order, held until the head is in Slack, and each message one that Slack takes."""
        head = f"agenda:{long.id}"
        assert self.parts(desk, long) == [head, f"{head}:2", f"{head}:3"]
        rows = desk.rows()
        assert [row.state for row in rows.values()] == ["waiting", "held", "held"]
        assert {row.parent for key, row in rows.items() if key != head} == {head}
        assert [check_message(desk.body(key)) for key in rows] == [[], [], []]
        assert room.at(self.series, "2026-11-23T09:00").parts == 3
        told = "".join(desk.text(key) for key in rows)
        assert [told.count(f"• Point {number}\n") + told.count(f"• Point {number}  [") for number in range(100)] == [1] * 100  # fmt: skip
        assert "[Add a point] [Close meeting]" in desk.text(head)

    def test_written_again_with_fewer(self, room, desk, long):
        """What stands in Slack is emptied, not left to be read twice."""
        head = f"agenda:{long.id}"
        for number, key in enumerate(self.parts(desk, long)):
            desk.arrive(key, f"{number}.0")
        for said in self.points[3:]:
            room.settle(said, PointState.DROPPED, START)
        desk.rewrite(long)
        assert self.parts(desk, long) == [head, f"{head}:2", f"{head}:3"]
        assert desk.text(f"{head}:edit").count("• Point") == 3
        assert desk.text(f"{head}:3:edit") == "| (This part has moved up.)"
        assert "moved up" in desk.text(f"{head}:2:edit")
        edits = {key: (row.channel, row.ts, row.is_edit) for key, row in desk.rows().items() if "edit" in key}  # fmt: skip
        assert edits == {
            f"{head}:edit": (DESK, "0.0", True),
            f"{head}:2:edit": (DESK, "1.0", True),
            f"{head}:3:edit": (DESK, "2.0", True),
        }
        assert room.at(self.series, "2026-11-23T09:00").parts == 3

    def test_written_again_with_fewer_and_then_with_more(self, room, desk, long):
        """The emptied parts are filled again, and a new one follows."""
        head = f"agenda:{long.id}"
        for number, key in enumerate(self.parts(desk, long)):
            desk.arrive(key, f"{number}.0")
        for said in self.points[3:]:
            room.settle(said, PointState.DROPPED, START)
        desk.rewrite(long)
        for number in range(120):
            room.add(self.series, f"More {number}", START)
        desk.rewrite(long)
        assert self.parts(desk, long)[:4] == [head, f"{head}:2", f"{head}:3", f"{head}:4"]
        assert "More 119" in "".join(desk.text(key) for key in desk.rows())
        assert "moved up" not in "".join(row.body for row in desk.rows().values())
        assert room.at(self.series, "2026-11-23T09:00").parts == len(self.parts(desk, long))

    def test_written_again_with_more_before_it_has_left(self, room, desk):
        """The promise itself is changed, and what is new is promised beside it."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        for number in range(60):
            room.add(series, f"Point {number}", DUE)
        desk.rewrite(posted)
        rows = desk.rows()
        assert list(rows) == [f"agenda:{posted.id}", f"agenda:{posted.id}:2"]
        assert rows[f"agenda:{posted.id}"].revision == 2
        assert "Point 59" in rows[f"agenda:{posted.id}:2"].body
        assert rows[f"agenda:{posted.id}:2"].state == Delivery.HELD

    def test_the_newest_words_count(self, room, desk):
        """Written again and again before the courier comes: one edit."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        desk.arrive(f"agenda:{posted.id}", "1.0")
        for number in range(3):
            room.add(series, f"Point {number}", START)
            desk.rewrite(posted)
        rows = desk.rows()
        assert list(rows) == [f"agenda:{posted.id}", f"agenda:{posted.id}:edit"]
        assert desk.text(f"agenda:{posted.id}:edit").count("• Point") == 3

    def test_after_the_outbox_has_forgotten_it(self, room, desk, long):
        """Months later somebody closes it: the head is edited where it stands, and the minutes go to its thread."""
        desk.arrive(f"agenda:{long.id}", "1.0")
        room.write(lambda session: session.execute(OutboxRow.__table__.delete()))
        room.write(outgoing.close, room.sources, long.id, ANA, START + HOUR, DESK)
        rows = desk.rows()
        edit, minutes = rows[f"agenda:{long.id}:edit"], rows[f"minutes:{long.id}"]
        assert (edit.channel, edit.ts, edit.is_edit) == (DESK, "1.0", True)
        assert (minutes.channel, minutes.thread_ts) == (DESK, "1.0")


class TestTellingPoints:
    """A point that is added during a meeting."""

    def test_in_the_agenda_and_in_its_thread(self, room, desk):
        """Once; ✅ on the message marks it discussed."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        desk.arrive(f"agenda:{posted.id}", "1.0")
        said = room.add(series, "The <!channel> rota", START)
        room.write(outgoing.tell_point, room.sources, posted, said, DUE)
        row = desk.rows()[f"point:{said.id}"]
        assert (row.target, row.channel, row.thread_ts) == (DESK, DESK, "1.0")
        assert desk.body(row.key)["text"] == "New point from <@U0BO>: The &lt;!channel&gt; rota"
        assert "The <!channel> rota" in desk.text(f"agenda:{posted.id}:edit")
        desk.arrive(f"point:{said.id}", "2.0")
        (kept,) = room.points(series)
        assert (kept.channel, kept.ts) == (DESK, "2.0")


class TestClosing:
    """What came of a meeting is posted under its agenda."""

    @pytest.mark.parametrize(("more", "shown"), [({}, True), (ONE_ON_ONE, False)], ids=["channel", "one-on-one"])  # fmt: skip
    def test_minutes_and_the_agenda(self, room, desk, more, shown):
        """In the thread and, in a channel, below it; the agenda says that it is closed, and by whom."""
        room.book(SUNDAY, **more)
        posted = desk.post_due()
        desk.arrive(f"agenda:{posted.id}", "1.0")
        room.write(outgoing.close, room.sources, posted.id, BO, START, DESK)
        assert desk.body(f"minutes:{posted.id}").get("reply_broadcast", False) is shown
        assert desk.rows()[f"minutes:{posted.id}"].thread_ts == "1.0"
        assert "✔️ This meeting was closed by <@U0BO>." in desk.text(f"agenda:{posted.id}:edit")
        assert "[Close meeting]" not in desk.text(f"agenda:{posted.id}:edit")

    def test_twice(self, room, desk):
        """The minutes are promised once."""
        room.book(SUNDAY)
        posted = desk.post_due()
        room.write(outgoing.close, room.sources, posted.id, BO, START, DESK)
        before = {key: row.body for key, row in desk.rows().items()}
        with pytest.raises(Refused, match="closed already"):
            room.write(outgoing.close, room.sources, posted.id, ANA, START, DESK)
        assert {key: row.body for key, row in desk.rows().items()} == before


class TestSettling:
    """How a message ended."""

    @pytest.mark.parametrize("state", FINAL)
    def test_an_agenda(self, room, desk, state):
        """Kept where it stands, or what became of the meeting; the owner is told once where it is lost for sure."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        is_there = state is Delivery.SENT
        place = (DESK, "1.0") if is_there else (None, None)
        receipt = Receipt(f"agenda:{posted.id}", state, *place, None if is_there else "x_y", DUE)
        for _ in range(2):
            room.write(outgoing.settled, receipt)
        kept = room.at(series, "2026-11-23T09:00")
        assert (kept.channel, kept.ts) == place
        became = {
            Delivery.SENT: MeetingState.POSTED,
            Delivery.UNCERTAIN: MeetingState.POSTED,
            Delivery.EXPIRED: MeetingState.SKIPPED,
            Delivery.FAILED: MeetingState.FAILED,
        }
        assert kept.state is became[state]
        told = [key for key in desk.rows() if key.startswith("lost:")]
        assert len(told) == (state in (Delivery.EXPIRED, Delivery.FAILED))
        assert all(desk.rows()[key].target == ANA.id for key in told)

    @pytest.mark.parametrize("state", FINAL)
    @pytest.mark.parametrize("key", ["agenda:{}:2", "agenda:{}:edit", "agenda:{}:2:edit"])
    def test_what_hangs_on_an_agenda(self, room, desk, state, key):
        """It shares the fate of its head, and moves nothing."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        before = room.meetings(series)
        receipt = Receipt(key.format(posted.id), state, DESK, "9.9", "x", DUE)
        room.write(outgoing.settled, receipt)
        assert room.meetings(series) == before
        assert list(desk.rows()) == [f"agenda:{posted.id}"]

    @pytest.mark.parametrize("state", FINAL)
    def test_a_point(self, room, desk, state):
        """Kept where it stands; one that was not told still is on the agenda, and nobody is bothered."""
        series = room.book(SUNDAY)
        said = room.add(series, "The rota", SUNDAY)
        place = (DESK, "1.0") if state is Delivery.SENT else (None, None)
        room.write(outgoing.settled, Receipt(f"point:{said.id}", state, *place, "x", DUE))
        (kept,) = room.points(series)
        assert (kept.channel, kept.ts) == place
        assert room.waiting(series) == ["The rota"]
        assert desk.rows() == {}

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            ("not_in_channel", "I am not in <#C0DESK>. Type `/invite` there and choose me."),
            ("channel_not_found", "I am not in <#C0DESK>, or it is gone. Type `/invite` there and choose me."),
            ("is_archived", "<#C0DESK> is archived. Choose another channel with `/agenda edit #{}`."),
            ("restricted_action", "I may not post in <#C0DESK>. Ask who runs this workspace."),
            ("fatal_error", "Slack refused it (fatal_error)."),
            (None, "Slack refused it (no reason)."),
        ],
    )  # fmt: skip
    def test_the_owner_is_told_why(self, room, desk, error, sentence):
        """And what would help; the channel is named as Slack names it, and a title pings nobody."""
        series = room.book(SUNDAY, title="Desk <!channel>")
        posted = desk.post_due()
        desk.fail(f"agenda:{posted.id}", error)
        (key,) = (key for key in desk.rows() if key.startswith("lost:"))
        body = desk.body(key)
        assert body["text"].startswith(
            f"I could not post the agenda for “Desk &lt;!channel&gt;” (#{series.id}): {sentence.format(series.id)} "
            f"Then `/agenda post now #{series.id}` posts it, until <!date^{START.timestamp():.0f}^"
        )
        assert body["blocks"][0]["text"]["text"] == body["text"]

    def test_the_owner_is_told_when_the_meeting_has_begun_meanwhile(self, room, desk):
        """Slack refused a whole hour; there is no meeting any more to post an agenda for."""
        room.book(SUNDAY)
        posted = desk.post_due()
        desk.fail(f"agenda:{posted.id}", "fatal_error", START)
        (key,) = (key for key in desk.rows() if key.startswith("lost:"))
        assert desk.text(key).endswith(
            "Slack refused it (fatal_error). Its points wait for the next meeting."
        )

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            ("channel_not_found", "I cannot write to one of you. Change it with `/agenda edit #{}`."),
            ("user_disabled", "one of you has left this workspace. Change it with `/agenda edit #{}`."),
        ],
    )  # fmt: skip
    def test_a_one_on_one_is_no_channel(self, room, desk, error, sentence):
        """Nobody can be invited into it."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        posted = desk.post_due()
        desk.fail(f"agenda:{posted.id}", error)
        (key,) = (key for key in desk.rows() if key.startswith("lost:"))
        assert sentence.format(series.id) in desk.text(key)
        assert "<#" not in desk.body(key)["text"]

    def test_the_owner_is_told_when_it_came_too_late(self, room, desk):
        """Nothing is to be done but to know it."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        desk.fail(f"agenda:{posted.id}", "expired", START, Delivery.EXPIRED)
        (key,) = (key for key in desk.rows() if key.startswith("lost:"))
        assert desk.body(key)["text"] == (
            f"I could not post the agenda for “Support weekly” (#{series.id}): Slack did not take it before it "
            "began. Its points wait for the next meeting."
        )
        assert room.reasons(series) == {"2026-11-23T09:00": "Slack did not take it before it began"}

    def test_after_an_invitation(self, room, desk):
        """It failed, the owner asks again, and it is promised anew, with all its parts; a second failure is told again."""
        series = room.book(SUNDAY)
        for number in range(60):
            room.add(series, f"Point {number}", SUNDAY)
        posted = desk.post_due()
        for key in [*desk.rows()][::-1]:
            desk.fail(key, "not_in_channel" if key.count(":") == 1 else "parent")
        again = room.write(outgoing.post_now, room.sources, series.id, ANA, DUE + MINUTE)
        rows = desk.rows()
        assert again.id == posted.id
        assert {key: row.state for key, row in rows.items() if key.startswith("agenda")} == {
            f"agenda:{posted.id}": Delivery.WAITING,
            f"agenda:{posted.id}:2": Delivery.HELD,
        }
        desk.fail(f"agenda:{posted.id}", "not_in_channel", DUE + 2 * MINUTE)
        assert len([key for key in desk.rows() if key.startswith("lost:")]) == 2

    def test_post_now_does_not_double_what_is_on_its_way(self, room, desk):
        """It is posted already, as far as anybody knows; the one after it is meant."""
        series = room.book(SUNDAY)
        posted = desk.post_due()
        again = room.write(outgoing.post_now, room.sources, series.id, ANA, DUE + MINUTE)
        assert again.id != posted.id
        assert list(desk.rows()) == [f"agenda:{posted.id}", f"agenda:{again.id}"]

    def test_the_brief_is_not_sent_twice(self, room, desk):
        """When the agenda failed and the owner asks for it again."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        posted = desk.post_due()
        desk.fail(f"agenda:{posted.id}", "user_disabled")
        room.write(outgoing.post_now, room.sources, series.id, ANA, DUE + MINUTE)
        assert [key for key in desk.rows() if key.startswith("brief")] == [f"brief:{posted.id}"]


def test_a_series_that_moved_meanwhile(room, desk):
    """The agenda that stands in the old channel is written again there."""
    series = room.book(SUNDAY)
    posted = desk.post_due()
    desk.arrive(f"agenda:{posted.id}", "1.0")
    room.edit(series, DUE, target=LOUNGE)
    desk.rewrite(posted)
    edit = desk.rows()[f"agenda:{posted.id}:edit"]
    assert (edit.channel, edit.ts) == (DESK, "1.0")
