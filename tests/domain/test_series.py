"""Series of meetings: who may know of one, finding it by what people type, and what it looks like from outside."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy.event import listen, remove

from bot.domain import schedule
from bot.domain import series as known
from bot.domain.recurrence import Repeat
from bot.domain.series import Series
from bot.errors import Forbidden, Refused
from bot.vocabulary import MeetingState
from tests.meetingroom import (
    ANA,
    BO,
    CY,
    DESK,
    HAL,
    HOUR,
    LEA,
    LOUNGE,
    NOBODY,
    ONE_ON_ONE,
    MeetingRoom,
    calendar,
    event,
    utc,
)

SUNDAY, DUE = utc("2026-11-22 12:00"), utc("2026-11-23 08:00")
OUTSIDER = replace(BO, id="U0OUT")
NEITHER = "No series of meetings is called "


def _keep(said: list[str], _connection: object, _cursor: object, words: str, *_: object) -> None:
    said.append(words)


def numbers(found: list[Series]) -> list[int]:
    """Return the numbers of series."""
    return [series.id for series in found]


class TestWhoMayKnow:
    """What is listed for whom."""

    @pytest.mark.parametrize(
        ("person", "channel", "sees"),
        [
            (ANA, NOBODY, True),  # its owner
            (BO, NOBODY, True),  # takes part
            (HAL, NOBODY, True),  # manages
            (LEA, NOBODY, False),
            (LEA, DESK, True),  # stands where it is posted
            (OUTSIDER, DESK, True),
            (OUTSIDER, LOUNGE, False),
            (OUTSIDER, "", False),
        ],
    )
    def test_a_series_of_a_channel(self, room, person, channel, sees):
        """Who takes part, who is in the channel, and managers."""
        series = room.book(SUNDAY)
        found = room.read(known.seen_by, person, channel)
        assert numbers(found) == ([series.id] if sees else [])

    @pytest.mark.parametrize(("person", "sees"), [(ANA, True), (BO, True), (HAL, False), (LEA, False), (OUTSIDER, False)])  # fmt: skip
    def test_a_private_series(self, room, person, sees):
        """Its people, and no manager besides."""
        series = room.book(SUNDAY, **ONE_ON_ONE)
        for channel in (NOBODY, DESK, ""):
            found = room.read(known.seen_by, person, channel)
            assert numbers(found) == ([series.id] if sees else [])

    @pytest.mark.parametrize("more", [{}, ONE_ON_ONE], ids=["channel", "one-on-one"])
    def test_by_its_number(self, room, more):
        """As a form or a button carries it: who may not know of it reads that there is none."""
        series = room.book(SUNDAY, **more)
        assert room.read(known.find_seen, series.id, BO, NOBODY) == series
        said = []
        for number in (series.id, 99):
            with pytest.raises(Refused) as refused:
                room.read(known.find_seen, number, LEA, LOUNGE)
            said.append(refused.value.sentence.replace(str(number), "99"))
        assert said[0] == said[1]
        with pytest.raises(Forbidden, match="Only members"):
            room.read(known.find_seen, series.id, CY, DESK)

    def test_a_guest(self, room):
        """They see no meetings at all, and are told so."""
        room.book(SUNDAY, attendees=(CY.id,))
        with pytest.raises(Forbidden, match="Only members of this workspace can see meetings"):
            room.read(known.seen_by, CY, DESK)

    def test_a_series_that_became_private(self, room):
        """Its old agenda stands in the channel; that does not tell the channel what it is now."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.stand(posted, DESK)
        room.edit(series, DUE, **ONE_ON_ONE)
        for person in (LEA, HAL, OUTSIDER):
            assert room.read(known.seen_by, person, DESK) == []
            with pytest.raises(Refused, match=NEITHER):
                room.read(known.pick, person, DESK, f"#{series.id}")
        assert numbers(room.read(known.seen_by, BO, DESK)) == [series.id]

    def test_a_series_that_moved_to_another_channel(self, room):
        """Both know of it."""
        series = room.book(SUNDAY)
        (posted,) = room.tick(DUE)
        room.stand(posted, DESK)
        room.edit(series, DUE, target=LOUNGE)
        for channel in (DESK, LOUNGE):
            assert numbers(room.read(known.seen_by, OUTSIDER, channel)) == [series.id]

    def test_who_was_taken_out_of_a_one_on_one(self, room):
        """They read nothing of it from then on, though its messages still stand in their conversation."""
        three = {"target": "U0ANA,U0BO,U0LEA", "attendees": ("U0BO", "U0LEA")}
        series = room.book(SUNDAY, **{**ONE_ON_ONE, **three})
        (posted,) = room.tick(DUE)
        room.stand(posted, "G0THREE")
        room.edit(series, DUE, **{**ONE_ON_ONE, "target": "U0ANA,U0LEA", "attendees": ("U0LEA",)})
        assert room.read(known.seen_by, BO, "G0THREE") == []
        assert numbers(room.read(known.seen_by, LEA, NOBODY)) == [series.id]


class TestPicking:
    """A series by what people type."""

    @pytest.fixture
    def several(self, room):
        """A few series, and in which channel."""
        self.desk = room.book(SUNDAY, title="Support weekly")
        self.retro = room.book(SUNDAY, title="Desk retrospective", target=LOUNGE)
        self.cloud = room.book(SUNDAY, title="Cloud weekly", target=LOUNGE)
        return room

    @pytest.mark.parametrize(
        ("typed", "which"),
        [
            ("#{desk}", "desk"),
            ("{desk}", "desk"),
            (" #{desk} ", "desk"),
            ("Support weekly", "desk"),
            ("support WEEKLY", "desk"),
            ("“Support weekly”", "desk"),
            ('"Support weekly"', "desk"),
            ("support", "desk"),
            ("retro", "retro"),
            ("cloud weekly", "cloud"),
        ],
    )
    def test_by_number_and_title(self, several, typed, which):
        """Forgivingly."""
        words = typed.format(desk=self.desk.id)
        assert several.read(known.pick, ANA, NOBODY, words) == getattr(self, which)

    def test_a_whole_title_wins_over_a_part_of_another(self, room):
        """There is "Weekly" and "Weekly for the cloud"."""
        weekly = room.book(SUNDAY, title="Weekly")
        room.book(SUNDAY, title="Weekly for the cloud")
        assert room.read(known.pick, ANA, NOBODY, "weekly") == weekly

    def test_a_number_is_the_number(self, room):
        """Also where another title has it in it."""
        first = room.book(SUNDAY, title="Team of 99")
        numbered = room.book(SUNDAY, title=f"Meeting {first.id}")
        assert room.read(known.pick, ANA, NOBODY, f"#{first.id}") == first
        assert numbered.id != first.id

    def test_which_one(self, several):
        """The sentence lists what it could be, with the numbers that would work."""
        with pytest.raises(Refused) as refused:
            several.read(known.pick, ANA, NOBODY, "weekly")
        assert refused.value.sentence == (
            f"“weekly” could be #{self.desk.id} Support weekly, #{self.cloud.id} Cloud weekly. Use the number."
        )

    def test_none_is_named(self, several):
        """The only one of this channel; else the sentence asks which."""
        assert several.read(known.pick, ANA, DESK, "") == self.desk
        for channel in (LOUNGE, NOBODY):
            with pytest.raises(Refused, match=r"^Which one\? #.*Use the number\.$"):
                several.read(known.pick, ANA, channel, "")

    def test_no_such_series(self, several):
        """The nearest one is named, or where the list is."""
        with pytest.raises(Refused, match=r"called “Suport wekly”\. Did you mean “Support weekly”"):
            several.read(known.pick, ANA, NOBODY, "Suport wekly")
        with pytest.raises(Refused, match=r"called “#99”\. `/agenda list` shows what there is"):
            several.read(known.pick, ANA, NOBODY, "#99")

    def test_nothing_yet(self, room):
        """How to make one."""
        for do in (known.pick, known.choices):
            with pytest.raises(Refused, match="There is no series of meetings here yet"):
                room.read(do, ANA, DESK, "")

    @pytest.mark.parametrize(
        "typed", ["#{number}", "{number}", "Ana and Bo", "ana and", "Ana und Bo"]
    )
    @pytest.mark.parametrize("person", [HAL, LEA], ids=lambda person: person.name)
    @pytest.mark.parametrize("do", [known.pick, known.choices], ids=["pick", "choices"])
    def test_a_private_series_reads_as_if_it_were_not_there(self, room, typed, person, do):
        """The same sentence, to the letter, whether it exists or not."""

        def said(room: MeetingRoom, number: int) -> str:
            with pytest.raises(Refused) as refused:
                room.read(do, person, DESK, typed.format(number=number))
            return refused.value.sentence

        room.book(SUNDAY, title="Support weekly")
        without = said(room, 99)
        hidden = room.book(SUNDAY, **ONE_ON_ONE)
        assert said(room, hidden.id) == without.replace("99", str(hidden.id))
        assert "Bo" not in without.replace(typed, "")

    def test_a_cancelled_series_is_found_only_by_who_asks_for_it(self, room):
        """To bring it back, or to read its history."""
        series = room.book(SUNDAY)
        room.cancel(series, SUNDAY)
        with pytest.raises(Refused, match=NEITHER):
            room.read(known.pick, ANA, DESK, "support")
        assert room.read(lambda session: known.pick(session, ANA, DESK, "support", gone=True)).id == series.id  # fmt: skip

    def test_what_may_be_meant(self, several):
        """For a point: those of this channel, else all that one knows of."""
        assert numbers(several.read(known.choices, ANA, LOUNGE, "")) == [
            self.retro.id,
            self.cloud.id,
        ]
        assert len(several.read(known.choices, ANA, NOBODY, "")) == 3
        assert several.read(known.choices, ANA, LOUNGE, "support") == [self.desk]


class TestLooking:
    """The list, the next meeting and the past."""

    def test_those_of_this_channel_stand_first(self, room):
        """Each with its next meeting."""
        desk, lounge = room.book(SUNDAY), room.book(SUNDAY, target=LOUNGE, first="2026-11-24")
        for channel, order in ((DESK, [desk, lounge]), (LOUNGE, [lounge, desk])):
            listed = room.read(known.listed, ANA, channel, SUNDAY)
            assert numbers([each.series for each in listed]) == numbers(order)
        assert [each.next.local.day for each in listed if each.next] == [24, 23]
        assert {each.calendar_error for each in listed} == {None}

    def test_one_that_is_over_and_one_that_is_paused(self, room):
        """They have no next meeting, or one that waits."""
        once = room.book(SUNDAY, repeat=Repeat.ONCE)
        room.tick(DUE)
        paused = room.book(SUNDAY)
        room.pause(paused, SUNDAY)
        cancelled = room.book(SUNDAY)
        room.cancel(cancelled, SUNDAY)
        out, waits = room.read(known.listed, ANA, DESK, DUE)
        assert (out.series.id, waits.series.id) == (once.id, paused.id)
        assert out.next
        assert out.next.state is MeetingState.POSTED
        assert waits.next
        over, _ = room.read(known.listed, ANA, DESK, DUE + HOUR)
        assert over.next is None

    def test_many_take_no_more_statements_than_one(self, room):
        """The list of a manager is that of the whole workspace, at Home too."""

        def cost() -> int:
            said: list[str] = []
            count = partial(_keep, said)
            listen(room.database.engine, "before_cursor_execute", count)
            assert len(room.write(known.listed, ANA, DESK, SUNDAY)) == booked
            remove(room.database.engine, "before_cursor_execute", count)
            return len(said)

        booked = 1
        room.book(SUNDAY)
        alone = cost()
        for _ in range(5):
            room.book(SUNDAY)
        booked = 6
        assert cost() == alone

    def test_why_a_calendar_cannot_be_read_is_its_owner_s_business(self, room):
        """The reason may name their other meetings; everybody else is told that it is so."""
        weekly = event("2026-11-23T09:00", rule="FREQ=WEEKLY")
        series = room.book(SUNDAY, calendar=calendar(weekly))
        others = [
            event("2026-11-23T09:00", uid=uid).replace("Support weekly", title)
            for uid, title in (("a", "My appraisal"), ("b", "Doctor"))
        ]
        with pytest.raises(Refused, match="My appraisal") as refused:
            room.calendar_says(series, calendar(*others), SUNDAY)
        room.write(schedule.keep_failure, series.id, refused.value.sentence, SUNDAY)
        for person, told in (
            (ANA, refused.value.sentence),
            (BO, "Its calendar cannot be read."),
            (HAL, "Its calendar cannot be read."),
        ):
            [listed] = room.read(known.listed, person, DESK, SUNDAY)
            assert listed.calendar_error == told

    def test_the_past_newest_first(self, room):
        """Whatever became of each; what is to come is not among it."""
        series = room.book(SUNDAY, holidays="2026-12-07")
        room.tick(DUE)
        room.skip(series, DUE + HOUR)
        past = room.read(known.past, series)
        assert [(each.local.day, str(each.state)) for each in past] == [
            (7, "skipped"),
            (30, "skipped"),
            (23, "posted"),
        ]
        assert [each.local.day for each in room.read(known.upcoming, series)] == [14]

    def test_the_places_in_use(self, room):
        """Where the series that run post, each with its series; a paused one needs none."""
        first, second, private = (
            room.book(SUNDAY),
            room.book(SUNDAY),
            room.book(SUNDAY, **ONE_ON_ONE),
        )
        room.pause(room.book(SUNDAY, target=LOUNGE), SUNDAY)
        used = room.read(known.places_in_use)
        assert used[DESK] == [first.id, second.id]
        assert LOUNGE not in used
        assert used[private.terms.target] == [private.id]

    def test_a_number_that_is_not_there(self, room):
        """A button of something that is gone."""
        with pytest.raises(Refused, match="called “#99”"):
            room.read(known.find, 99)
