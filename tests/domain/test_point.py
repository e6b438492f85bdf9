"""What people say for a meeting and in it: points wait, notes follow their authors, and private things stay private."""

from dataclasses import replace

import pytest

from bot.domain import point as points
from bot.domain.point import LONGEST_POINT, STALE
from bot.errors import AlreadyDone, Forbidden, Refused
from bot.vocabulary import MeetingState, PointKind, PointState
from tests.meetingroom import (
    ANA,
    BO,
    CY,
    DESK,
    HAL,
    HOUR,
    LEA,
    LOUNGE,
    MINUTE,
    NOBODY,
    ONE_ON_ONE,
    WEEK,
    MeetingRoom,
    utc,
)

SUNDAY, DUE, START = (utc(f"2026-11-{moment}") for moment in ("22 12:00", "23 08:00", "23 09:00"))
OPEN, DISCUSSED, DROPPED = PointState.OPEN, PointState.DISCUSSED, PointState.DROPPED
GONE = r"^That point is not there any more\.$"


class TestAdding:
    """Something is to be talked about."""

    def test_it_waits_for_the_next_meeting(self, room):
        """Whoever adds it, as they typed it, on one line."""
        series = room.book(SUNDAY)
        said = room.add(series, "  The new\n\n on-call   rota ", SUNDAY, by=BO)
        assert (said.text, said.author, said.kind, said.state) == (
            "The new on-call rota",
            BO.id,
            PointKind.POINT,
            OPEN,
        )
        assert not said.is_new
        assert not said.is_private
        assert room.waiting(series) == ["The new on-call rota"]

    def test_during_a_meeting_it_is_new(self, room):
        """Its agenda was posted before."""
        series = room.book(SUNDAY)
        room.tick(DUE)
        assert room.add(series, "After", DUE + MINUTE).is_new

    @pytest.mark.parametrize("text", ["", "   ", "\n\t\n", "\u2003", "-", "…", "?!"])
    def test_nothing_is_not_a_point(self, room, text):
        """The sentence gives an example; the same press may come again with words."""
        series = room.book(SUNDAY)
        with pytest.raises(Refused, match=r"^What should be talked about\? For example"):
            room.write(points.add_point, series, BO, text, "press 1", SUNDAY)
        room.write(points.add_point, series, BO, "Words", "press 1", SUNDAY)

    def test_a_novel_is_refused(self, room):
        """A thousand characters are taken, one more is not."""
        series = room.book(SUNDAY)
        assert len(room.add(series, "x" * LONGEST_POINT, SUNDAY).text) == LONGEST_POINT
        with pytest.raises(Refused, match="can have 1000 characters; this one has 1,001"):
            room.add(series, "x" * (LONGEST_POINT + 1), SUNDAY)

    def test_the_same_press_adds_one(self, room):
        """Slack delivers a command again."""
        series = room.book(SUNDAY)
        room.write(points.add_point, series, BO, "Once", "press 1", SUNDAY)
        with pytest.raises(AlreadyDone):
            room.write(points.add_point, series, BO, "Once", "press 1", SUNDAY)
        assert room.waiting(series) == ["Once"]

    def test_the_same_words_twice_are_two_points(self, room):
        """Two people may have the same worry."""
        series = room.book(SUNDAY)
        for by in (BO, LEA):
            room.add(series, "The rota", SUNDAY, by=by)
        assert room.waiting(series) == ["The rota", "The rota"]

    @pytest.mark.parametrize("by", [BO, LEA, HAL], ids=lambda by: by.name)
    def test_only_the_owner_adds_private_points(self, room, by):
        """Nobody else could ever read them."""
        series = room.book(SUNDAY)
        with pytest.raises(Forbidden, match="Only the owner of a series can add private points"):
            room.add(series, "Secret", SUNDAY, by=by, private=True)
        assert room.add(series, "Secret", SUNDAY, by=ANA, private=True).is_private


class TestSettling:
    """Discussed, dropped, and open again."""

    def test_ticking_on_and_off(self, room):
        """As often as people like; the sentence tells who was slower."""
        series = room.book(SUNDAY)
        said = room.add(series, "The rota", SUNDAY)
        (posted,) = room.tick(DUE)
        for to, waits in ((DISCUSSED, []), (OPEN, ["The rota"]), (DISCUSSED, [])):
            point, held = room.settle(said, to, START)
            assert (point.state, held and held.id) == (to, posted.id)
            assert room.waiting(series) == waits
            with pytest.raises(Refused, match=f"^That point is {to} already"):
                room.settle(said, to, START)

    def test_dropping(self, room):
        """It is in no agenda and in no minutes; and can be taken up again."""
        series = room.book(SUNDAY)
        said = room.add(series, "Never mind", SUNDAY)
        (posted,) = room.tick(DUE)
        room.settle(said, DROPPED, START)
        assert room.waiting(series) == []
        assert room.close(posted, START + HOUR).discussed == ()
        room.settle(said, OPEN, START + HOUR)
        assert room.waiting(series) == ["Never mind"]

    def test_discussed_before_any_agenda_was_posted(self, room):
        """It is done, and belongs to no meeting."""
        series = room.book(SUNDAY)
        said = room.add(series, "Done already", SUNDAY)
        assert room.discuss(said, SUNDAY) is None
        (posted,) = room.tick(DUE)
        assert room.close(posted, START).discussed == ()

    def test_discussed_after_lunch(self, room):
        """A tired manager tidies up five hours later: the agenda shows it, and the minutes have it."""
        series = room.book(SUNDAY)
        said = room.add(series, "The rota", SUNDAY)
        (posted,) = room.tick(DUE)
        held = room.discuss(said, START + 5 * HOUR)
        assert held is not None
        assert held.id == posted.id
        assert [point.text for point in room.close(posted, START + 6 * HOUR).discussed] == [
            "The rota"
        ]

    def test_discussed_in_a_closed_agenda(self, room):
        """Its button is still there: what was forgotten is ticked, and seen to be."""
        series = room.book(SUNDAY)
        said = room.add(series, "The rota", SUNDAY)
        (posted,) = room.tick(DUE)
        room.close(posted, START + HOUR)
        held = room.discuss(said, START + 2 * HOUR)
        assert held is not None
        assert (held.id, held.state) == (posted.id, MeetingState.CLOSED)

    def test_taken_back_between_two_meetings(self, room):
        """A point for next week has nothing to do with last week's agenda, which is not written again."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.close(posted, START + HOUR)
        said = room.add(series, "For next week", START + 24 * HOUR)
        assert room.settle(said, DROPPED, START + 24 * HOUR)[1] is None

    @pytest.mark.parametrize(
        ("by", "channel", "may"),
        [
            (ANA, DESK, True),
            (BO, NOBODY, True),  # an attendee, wherever he is
            (LEA, DESK, True),  # anybody in the channel
            (LEA, LOUNGE, False),
            (LEA, "", False),
            (HAL, "", True),
        ],
    )
    def test_who_may_in_a_channel(self, room, by, channel, may):
        """Who takes part, who is where its agenda stands, and managers."""
        series = room.book(SUNDAY)
        said = room.add(series, "The rota", SUNDAY)
        if may:
            assert (
                room.settle(said, DISCUSSED, SUNDAY, by=by, channel=channel)[0].state is DISCUSSED
            )
        else:
            with pytest.raises(Refused, match=GONE):
                room.settle(said, DISCUSSED, SUNDAY, by=by, channel=channel)

    def test_where_the_agenda_stood_before_the_series_moved(self, room):
        """Its buttons still work for whoever sees them there."""
        series = room.book(SUNDAY)
        said = room.add(series, "The rota", SUNDAY)
        (posted,) = room.tick(DUE)
        room.stand(posted, DESK)
        room.edit(series, START, target=LOUNGE)
        assert room.settle(said, DISCUSSED, START, by=LEA, channel=DESK)[0].state is DISCUSSED

    @pytest.mark.parametrize("by", [HAL, LEA, CY], ids=lambda by: by.name)
    def test_a_private_series(self, room, by):
        """For everybody else it is as if the point had never been."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        said = room.add(series, "A rise", SUNDAY)
        with pytest.raises(Refused, match=GONE):
            room.settle(said, DISCUSSED, SUNDAY, by=by, channel=NOBODY)
        with pytest.raises(Refused, match=GONE):
            room.settle(replace(said, id=99), DISCUSSED, SUNDAY, by=by, channel=NOBODY)
        room.settle(said, DISCUSSED, SUNDAY, by=BO, channel=NOBODY)

    @pytest.mark.parametrize("by", [BO, HAL], ids=lambda by: by.name)
    def test_a_private_point(self, room, by):
        """It is there for the owner alone."""
        series = room.book(SUNDAY)
        said = room.add(series, "Secret", SUNDAY, by=ANA, private=True)
        with pytest.raises(Refused, match=GONE):
            room.settle(said, DISCUSSED, SUNDAY, by=by)
        assert room.settle(said, DISCUSSED, SUNDAY, by=ANA)[0].state is DISCUSSED

    @pytest.mark.parametrize(("carried", "state", "stale"), [(2, OPEN, False), (3, OPEN, True), (9, OPEN, True), (3, DISCUSSED, False)])  # fmt: skip
    def test_what_was_carried_often_may_be_dropped(self, room, carried, state, stale):
        """From the third time on, as long as it waits."""
        said = room.add(room.book(SUNDAY), "Again", SUNDAY)
        assert replace(said, carried=carried, state=state).is_stale is stale
        assert STALE == 3


class TestReactions:
    """✅ under a reply, or under a point that was told in the thread."""

    @staticmethod
    def point_in_thread(room: MeetingRoom, series):
        """Let a point be told in a thread, and return it and where."""
        said = room.add(series, "The rota", START)
        room.write(points.placed, said.id, DESK, "77.1")
        return said, "77.1"

    def test_on_a_point(self, room):
        """On and off."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        _, ts = self.point_in_thread(room, series)
        held = room.write(points.tick, DESK, ts, BO.id, START, is_on=True)
        assert (held and held.id, room.waiting(series)) == (posted.id, [])
        assert room.write(points.tick, DESK, ts, LEA.id, START, is_on=True) is None
        held = room.write(points.tick, DESK, ts, BO.id, START, is_on=False)
        assert (held and held.id, room.waiting(series)) == (posted.id, ["The rota"])
        assert room.write(points.tick, DESK, ts, BO.id, START, is_on=False) is None

    def test_on_a_point_that_was_dropped(self, room):
        """Taking the ✅ off does not bring it back."""
        series = room.book(SUNDAY)
        room.tick(DUE)
        said, ts = self.point_in_thread(room, series)
        room.settle(said, DROPPED, START)
        for is_on in (True, False):
            assert room.write(points.tick, DESK, ts, BO.id, START, is_on=is_on) is None
        assert room.waiting(series) == []

    def test_on_a_note(self, room):
        """It is marked, stays a note of its meeting, and no agenda changes."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        thread = room.stand(posted)
        ts = room.reply(thread, "We talked", START)
        for is_on, state in ((True, DISCUSSED), (False, OPEN)):
            assert room.write(points.tick, DESK, ts, BO.id, START, is_on=is_on) is None
            assert [row.state for row in room.points(series)] == [state]
        assert [note.text for note in room.close(posted, START + HOUR).notes] == ["We talked"]

    @pytest.mark.parametrize(("channel", "ts"), [(DESK, "1.0"), (LOUNGE, "77.1")])
    def test_on_anything_else(self, room, channel, ts):
        """Another message, or the same number in another channel."""
        series = room.book(SUNDAY)
        room.tick(DUE)
        self.point_in_thread(room, series)
        assert room.write(points.tick, channel, ts, BO.id, START, is_on=True) is None
        assert room.waiting(series) == ["The rota"]


class TestNotes:
    """Replies in an agenda's thread."""

    @pytest.fixture
    def thread(self, room):
        """Where an agenda stands."""
        self.series = room.book(SUNDAY)
        (self.posted,) = room.tick(DUE)
        return room.stand(self.posted)

    def kept(self, room: MeetingRoom) -> list[tuple[str, str]]:
        """Return what was kept."""
        return [(str(row.kind), row.text) for row in room.points(self.series)]

    def test_a_reply_is_kept(self, room, thread):
        """As a note of that meeting, by its author."""
        room.reply(thread, "We  swap\nBo and Lea", START)
        (row,) = room.points(self.series)
        assert (row.kind, row.text, row.author, row.meeting_id) == (
            PointKind.NOTE,
            "We swap Bo and Lea",
            BO.id,
            self.posted.id,
        )

    def test_a_reply_elsewhere_is_not(self, room, thread):
        """Another thread, another channel, and the thread of a message that only looks like it."""
        assert room.read(points.is_kept, DESK, thread)
        for channel, other in ((DESK, "1.0"), (LOUNGE, thread)):
            assert not room.read(points.is_kept, channel, other)
            assert room.write(points.note, channel, other, "2.0", BO.id, "Secret", START) is None
        assert self.kept(room) == []

    def test_delivered_twice_it_is_kept_once(self, room, thread):
        """Slack sends events again."""
        for _ in range(2):
            room.write(points.note, DESK, thread, "2.0", BO.id, "Once", START)
        assert self.kept(room) == [("note", "Once")]

    def test_the_same_words_twice_are_two_notes(self, room, thread):
        """They are two messages."""
        for _ in range(2):
            room.reply(thread, "+1", START)
        assert self.kept(room) == [("note", "+1"), ("note", "+1")]

    @pytest.mark.parametrize("text", ["", "  ", "\n"])
    def test_nothing_is_not_kept(self, room, thread, text):
        """A picture without words."""
        room.reply(thread, text, START)
        assert self.kept(room) == []

    def test_an_edit_is_followed(self, room, thread):
        """Also where it makes a note a decision, and back."""
        ts = room.reply(thread, "We ship", START)
        room.write(points.correct_note, DESK, ts, "Decision: we ship on Friday")
        assert self.kept(room) == [("decision", "we ship on Friday")]
        room.write(points.correct_note, DESK, ts, "We may ship")
        assert self.kept(room) == [("note", "We may ship")]

    def test_an_edit_that_leaves_nothing(self, room, thread):
        """The words are gone, and so is the note."""
        ts = room.reply(thread, "Oops", START)
        room.write(points.correct_note, DESK, ts, "  ")
        assert self.kept(room) == []

    def test_a_deletion_is_followed(self, room, thread):
        """What its author has taken back is forgotten, and nothing else."""
        ts = room.reply(thread, "Oops", START)
        room.reply(thread, "Better", START)
        room.write(points.forget_note, DESK, ts)
        room.write(points.forget_note, DESK, ts)
        room.write(points.forget_note, LOUNGE, ts)
        assert self.kept(room) == [("note", "Better")]

    def test_edits_of_what_was_never_kept(self, room, thread):
        """Nothing comes of them."""
        room.write(points.correct_note, DESK, "1.0", "Something")
        assert (self.kept(room), thread) == ([], thread)

    @pytest.mark.parametrize("what", ["unfurled", "deleted"])
    def test_the_message_that_tells_a_point_is_not_the_point(self, room, thread, what):
        """Slack unfurls its link, which is an edit to it; somebody deletes it. The point waits all the same."""
        said = room.add(self.series, "See https://wiki/rota", START)
        room.write(points.placed, said.id, DESK, "77.1")
        if what == "unfurled":
            told = "New point from @Bo: See https://wiki/rota"
            room.write(points.correct_note, DESK, "77.1", told)
        else:
            room.write(points.forget_note, DESK, "77.1")
        assert self.kept(room) == [("point", "See https://wiki/rota")]
        assert (room.waiting(self.series), thread) == (["See https://wiki/rota"], thread)

    def test_after_the_meeting_was_closed(self, room, thread):
        """Somebody adds what was forgotten: the history has it."""
        room.close(self.posted, START + HOUR)
        room.reply(thread, "I forgot", START + 2 * HOUR)
        assert self.kept(room) == [("note", "I forgot")]

    def test_a_novel_is_cut(self, room, thread):
        """Slack takes forty thousand characters; nobody reads them in minutes."""
        ts = room.reply(thread, "x" * 40_000, START)
        assert [len(text) for _, text in self.kept(room)] == [LONGEST_POINT]
        room.write(points.correct_note, DESK, ts, "Decision: " + "y" * 40_000)
        assert self.kept(room) == [("decision", "y" * LONGEST_POINT)]

    @pytest.mark.parametrize(
        ("typed", "decided"),
        [
            ("Decision: we ship on Friday", "we ship on Friday"),
            ("decision: we ship", "we ship"),
            ("DECISION:we ship", "we ship"),
            ("Decision : we ship", "we ship"),
            ("Decision – we ship", "we ship"),
            ("Decision — we ship", "we ship"),
            ("Decision - we ship", "we ship"),
            ("Decided: we ship", "we ship"),
            ("Agreed: we ship", "we ship"),
            ("*Decision:* we ship", "we ship"),
            ("*Decision*: we ship", "we ship"),
            ("_Decision:_ we ship", "we ship"),
            ("✅ Decision: we ship", "we ship"),
            ("> Decision: we ship", "we ship"),
            ("Decision:\nwe ship\non Friday", "we ship on Friday"),
            ("Decision: -5 % on all plans", "-5 % on all plans"),
            ("Decisions: we ship", "we ship"),
            ("Decision", None),
            ("Decision:", None),
            ("Decision: ", None),
            ("Decision-making takes too long", None),
            ("Agreed-upon hours are not kept", None),
            ("Decided we ship", None),
            ("We agreed: we ship", None),
            ("Undecided: when we ship", None),
            ("No decision: wait", None),
            ("agreed", None),
            ("Indecision: bad", None),
            ("Decision tree: see wiki", None),
        ],
    )
    def test_what_is_a_decision(self, room, thread, typed, decided):
        """A word for it in front, and a colon or a dash behind it."""
        room.reply(thread, typed, START)
        expected = ("note", " ".join(typed.split())) if decided is None else ("decision", decided)
        assert self.kept(room) == [expected]


class TestPrivacy:
    """What the owner alone may see is in nothing that others see."""

    SECRET = "Bo's probation"

    @pytest.mark.parametrize("terms", [{}, ONE_ON_ONE], ids=["channel", "one-on-one"])
    def test_through_a_whole_meeting(self, room, terms):
        """Agenda, its rewriting, minutes, carried points, what is repeated; discussed or not."""
        from bot.blocks import agenda as blocks
        from bot.domain.meeting import preview, sheet_of
        from bot.domain.minutes import minutes, said_often

        series = room.book(SUNDAY, **terms)
        room.add(series, "For all", SUNDAY, by=ANA)
        shown: list[object] = []
        for week in range(4):
            due = DUE + week * WEEK
            said = room.add(series, self.SECRET, due - HOUR, by=ANA, private=True)
            shown += [room.read(preview, room.sources, series, due - MINUTE)]
            (posted,) = room.tick(due)
            if week == 2:
                room.settle(said, DISCUSSED, due + HOUR)
            sheet = room.read(sheet_of, room.sources, posted.id)
            closed = room.close(posted, due + 2 * HOUR)
            shown += [
                sheet,
                closed,
                room.read(minutes, posted.id),
                room.read(said_often, series.id),
            ]
            shown += blocks.agenda_messages(sheet, {})
            shown += [blocks.minutes_message(closed, closed_by=ANA.id)]
        assert len(shown) >= 24
        assert "For all" in str(shown)
        assert self.SECRET not in str(shown)
        assert "Bo's" not in str(shown)
