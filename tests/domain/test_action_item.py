"""What can be done with an action item, by whom, and who may see it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from bot.domain import action as actions
from bot.domain.action import ActionDraft, Change, DropDraft
from bot.domain.action_item import ActionItem, Deed, Place, Source, deeds, message_source
from bot.domain.action_list import (
    everybody,
    find_actions,
    for_source,
    mine,
    open_for,
    overdue,
    overdue_for,
)
from bot.domain.colleague import Staff
from bot.domain.person import Person
from bot.errors import AlreadyDone, Forbidden, FormErrors, Refused
from bot.storage import audit
from bot.storage.database import Database
from bot.vocabulary import ActionState, Role

pytestmark = pytest.mark.both_databases

MONDAY_0930 = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
UTC_ZONE = ZoneInfo("UTC")

ANA = Person("U0ANA", "Ana", Role.MANAGER, UTC_ZONE)
MAX = Person("U0MAX", "Max", Role.MANAGER, UTC_ZONE)
LEA = Person("U0LEA", "Lea", Role.LEAD, UTC_ZONE, "emea")
BO = Person("U0BO", "Bo", Role.MEMBER, ZoneInfo("Asia/Singapore"), "emea")
TIM = Person("U0TIM", "Tim", Role.MEMBER, UTC_ZONE)
CY = Person("U0CY", "Cy", Role.GUEST, UTC_ZONE)
CAST = {person.name.lower(): person for person in (ANA, MAX, LEA, BO, TIM, CY)}

STAFF = Staff(("U0ANA", "U0MAX"), {"emea": "U0LEA"}, {}, UTC_ZONE)

Do = Callable[..., Change]


@pytest.fixture(autouse=True)
def frozen() -> Iterator[object]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930) as clock:
        yield clock


class Desk:
    """Does things with actions, each with a trigger of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._triggers = iter(range(1, 1_000))

    def add(
        self,
        text: str = "Update the runbook",
        *,
        owner: Person = BO,
        by: Person = TIM,
        due: date | None = FRIDAY,
        source: Source | None = None,
        note: str | None = None,
    ) -> ActionItem:
        """Add an action."""
        draft = ActionDraft(text=text, owner=owner.id, due=due, note=note)
        more = (source,) if source else ()
        return self.database.write(actions.add_action, draft, owner, by, self.trigger(), *more)

    def done(self, number: int, by: Person = BO, remark: str = "") -> Change:
        """Mark it done."""
        write = self.database.write
        return write(actions.mark_done, number, by, self.trigger(), STAFF, remark)

    def verify(self, number: int, by: Person = TIM, remark: str = "") -> Change:
        """Verify it."""
        return self.database.write(actions.verify, number, by, self.trigger(), remark)

    def reopen(self, number: int, by: Person = TIM, remark: str = "") -> Change:
        """Reopen it."""
        return self.database.write(actions.reopen, number, by, self.trigger(), remark)

    def drop(self, number: int, by: Person = TIM, reason: str = "obsolete") -> Change:
        """Drop it."""
        return self.database.write(actions.drop, number, by, self.trigger(), reason)

    def snooze(self, number: int, until: date | None, by: Person = BO) -> Change:
        """Snooze it."""
        return self.database.write(actions.snooze, number, until, by, self.trigger())

    def due(self, number: int, due: date | None, by: Person = BO) -> Change:
        """Move its day."""
        return self.database.write(actions.change_due, number, due, by, self.trigger())

    def give(self, number: int, owner: Person, by: Person = BO) -> Change:
        """Give it to somebody else."""
        return self.database.write(actions.reassign, number, owner, by, self.trigger())

    def find(self, number: int, by: Person = TIM) -> ActionItem:
        """Look at it."""
        return self.database.read(actions.find_action, number, by)

    def trigger(self) -> str:
        """Return a trigger that has not been used."""
        return str(next(self._triggers))


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk on an empty database."""
    return Desk(database)


def in_state(desk: Desk, state: ActionState, owner: Person = BO, by: Person = TIM) -> int:
    """Return the number of an action that has come so far."""
    number = desk.add(owner=owner, by=by).id
    if state is ActionState.DROPPED:
        desk.drop(number, by)
    if state in (ActionState.DONE, ActionState.VERIFIED):
        desk.done(number, owner)
    if state is ActionState.VERIFIED:
        desk.verify(number, ANA)
    return number


DO: dict[str, Callable[[Desk, int, Person], Change]] = {
    "done": lambda desk, number, by: desk.done(number, by),
    "verify": lambda desk, number, by: desk.verify(number, by),
    "reopen": lambda desk, number, by: desk.reopen(number, by),
    "drop": lambda desk, number, by: desk.drop(number, by),
    "snooze": lambda desk, number, by: desk.snooze(number, FRIDAY, by),
    "due": lambda desk, number, by: desk.due(number, date(2026, 12, 4), by),
    "give": lambda desk, number, by: desk.give(number, LEA, by),
}


class TestStates:
    """Open, done, verified; or dropped. Nothing else leads anywhere."""

    def test_it_begins_open(self, desk: Desk) -> None:
        """With all that was said."""
        item = desk.add(
            note="See the wiki", source=Source("series:7", "Weekly, 23 Nov", "https://x")
        )
        assert (item.state, item.text, item.note) == (
            ActionState.OPEN,
            "Update the runbook",
            "See the wiki",
        )
        assert (item.owner, item.created_by, item.due_on) == ("U0BO", "U0TIM", FRIDAY)
        assert item.source == Source("series:7", "Weekly, 23 Nov", "https://x")

    def test_it_is_done_and_then_verified_by_whoever_made_it(self, desk: Desk) -> None:
        """Each step says who and when."""
        number = desk.add().id
        done = desk.done(number).after
        assert (done.state, done.done_by, done.verifier) == (ActionState.DONE, "U0BO", "U0TIM")
        assert done.done_at == MONDAY_0930
        verified = desk.verify(number).after
        assert (verified.state, verified.verified_by) == (ActionState.VERIFIED, "U0TIM")

    @pytest.mark.parametrize("state", ["done", "verified", "dropped"])
    def test_whatever_is_over_can_be_reopened(self, desk: Desk, state: str) -> None:
        """Nothing of how it ended is left, and it can be done again."""
        number = in_state(desk, ActionState(state))
        item = desk.reopen(number).after
        assert item.state is ActionState.OPEN
        assert (item.done_by, item.done_at, item.verifier, item.verified_by, item.reason) == (
            None,
        ) * 5
        assert desk.done(number).after.state is ActionState.DONE

    @pytest.mark.parametrize(
        ("state", "does", "said"),
        [
            ("open", "verify", "#1 is open and has to be done first: `/action done 1`."),
            ("open", "reopen", "#1 is open already."),
            ("done", "done", "#1 is done already and waits to be verified."),
            ("done", "drop", "#1 is done already and waits to be verified. `/action reopen 1` opens it again."),
            ("done", "due", "#1 is done already and waits to be verified. `/action reopen 1` opens it again."),
            ("verified", "done", "#1 is done and verified already."),
            ("verified", "verify", "#1 is done and verified already."),
            ("verified", "snooze", "#1 is done and verified already. `/action reopen 1` opens it again."),
            ("dropped", "drop", "#1 was dropped already. `/action reopen 1` brings it back."),
            ("dropped", "done", "#1 was dropped already. `/action reopen 1` brings it back."),
            ("dropped", "verify", "#1 was dropped already. `/action reopen 1` brings it back."),
            ("dropped", "give", "#1 was dropped. `/action reopen 1` opens it again."),
        ],
    )  # fmt: skip
    def test_what_cannot_be_done_now_is_said(
        self, desk: Desk, state: str, does: str, said: str
    ) -> None:
        """With what would work, and nothing is changed."""
        number = in_state(desk, ActionState(state))
        before = desk.find(number)
        with pytest.raises(Refused) as refused:
            DO[does](desk, number, ANA)
        assert refused.value.sentence == said
        assert desk.find(number) == before

    def test_dropping_needs_a_reason(self, desk: Desk) -> None:
        """An action that vanishes without one is asked for again."""
        number = desk.add().id
        with pytest.raises(
            Refused, match="Say why, for example `/action drop 1 not needed any more`"
        ):
            desk.drop(number, reason="  ")
        assert desk.drop(number, reason="INC-9 does it").after.reason == "INC-9 does it"

    def test_a_trigger_works_once(self, desk: Desk) -> None:
        """A press or command that Slack delivers twice is carried out once, and the second time in silence."""
        draft = ActionDraft(text="x", owner="U0BO")
        desk.database.write(actions.add_action, draft, BO, TIM, "t1")
        with pytest.raises(AlreadyDone):
            desk.database.write(actions.add_action, draft, BO, TIM, "t1")
        desk.database.write(actions.mark_done, 1, BO, "t2", STAFF)
        with pytest.raises(AlreadyDone):
            desk.database.write(actions.mark_done, 1, BO, "t2", STAFF)
        assert len(desk.database.read(actions.history, 1, BO)) == 2

    def test_two_people_at_once(self, desk: Desk, database_url: str) -> None:
        """One of them did it, and the other reads that it is done."""
        for _ in range(5):
            number, start = desk.add().id, threading.Barrier(2)
            other = Desk(Database(database_url))

            def press(one: Desk, by: Person, number: int = number) -> str:
                start.wait(20)  # noqa: B023 (both are over when the loop goes on)
                try:
                    one.database.write(actions.mark_done, number, by, f"{by.id}{number}", STAFF)
                except Refused as refused:
                    return refused.sentence
                return "done"

            with ThreadPoolExecutor(2) as threads:
                said = sorted(threads.map(press, (desk, other), (BO, TIM)))
            other.database.close()
            assert said == [f"#{number} is done already and waits to be verified.", "done"]


class TestPermissions:
    """Who may do what with an action that TIM made for BO."""

    @pytest.mark.parametrize(
        ("does", "state", "may"),
        [
            ("done", "open", {"ana", "max", "lea", "bo", "tim"}),
            ("snooze", "open", {"ana", "max", "lea", "bo", "tim"}),
            ("due", "open", {"ana", "max", "lea", "bo", "tim"}),
            ("give", "open", {"ana", "max", "lea", "bo", "tim"}),
            ("drop", "open", {"ana", "max", "tim"}),
            ("verify", "done", {"ana", "max", "lea", "tim"}),
            ("reopen", "done", {"ana", "max", "lea", "bo", "tim"}),
            ("reopen", "verified", {"ana", "max", "lea", "tim"}),
            ("reopen", "dropped", {"ana", "max", "tim"}),
        ],
    )
    def test_who_may(self, desk: Desk, does: str, state: str, may: set[str]) -> None:
        """Everybody else reads who could, and nothing is changed."""
        stranger = Person("U0ELSE", "Else", Role.MEMBER, UTC_ZONE)
        for name, person in {**CAST, "else": stranger}.items():
            number = in_state(desk, ActionState(state))
            if name in may:
                DO[does](desk, number, person)
            else:
                before = desk.find(number)
                with pytest.raises(Forbidden, match=r"Only|only|Nobody"):
                    DO[does](desk, number, person)
                assert desk.find(number) == before

    def test_nobody_verifies_their_own_work(self, desk: Desk) -> None:
        """Neither an owner, nor a lead or a manager who owns what somebody else made."""
        for owner in (BO, LEA, ANA):
            number = in_state(desk, ActionState.DONE, owner=owner)
            with pytest.raises(Forbidden, match="Nobody verifies their own work"):
                desk.verify(number, owner)

    def test_what_one_made_for_oneself_is_verified_by_the_lead(self, desk: Desk) -> None:
        """Or by a manager where there is no lead, or where one is the lead."""
        for owner, verifier in ((BO, LEA), (TIM, ANA), (LEA, ANA)):
            number = in_state(desk, ActionState.DONE, owner=owner, by=owner)
            assert desk.find(number, owner).verifier == verifier.id
            with pytest.raises(Forbidden):
                desk.verify(number, owner)
            assert desk.verify(number, verifier).after.state is ActionState.VERIFIED

    def test_a_manager_may_verify_what_they_made_for_themself(self, desk: Desk) -> None:
        """Another manager is asked all the same."""
        number = in_state(desk, ActionState.DONE, owner=ANA, by=ANA)
        assert desk.find(number).verifier == "U0MAX"
        assert desk.verify(number, ANA).after.state is ActionState.VERIFIED

    def test_who_has_nobody_above_them_verifies_their_own(self, desk: Desk) -> None:
        """A workspace without managers would else be chased for ever."""
        nobody = Staff((), {}, {}, UTC_ZONE)
        number = desk.add(owner=TIM, by=TIM).id
        desk.database.write(actions.mark_done, number, TIM, "t", nobody)
        assert desk.verify(number, TIM).after.state is ActionState.VERIFIED

    def test_a_guest_is_told_no(self, desk: Desk) -> None:
        """For looking, adding and having."""
        number = desk.add().id
        for ask in (mine, overdue, everybody):
            with pytest.raises(Forbidden, match="Only"):
                desk.database.read(ask, CY)
        with pytest.raises(Forbidden, match="Only members of this workspace can see action items"):
            desk.find(number, CY)
        with pytest.raises(Forbidden, match="Only members of this workspace can add action items"):
            desk.add(by=CY)
        with pytest.raises(FormErrors) as wrong:
            desk.add(owner=CY)
        assert wrong.value.fields["owner"].startswith("Cy is no member of this workspace")
        with pytest.raises(FormErrors):
            desk.give(number, CY)

    def test_deeds_are_what_can_be_done(self, desk: Desk) -> None:
        """So that nobody is shown a button that refuses them."""
        item = desk.add()
        assert deeds(item, TIM) == {Deed.DONE, Deed.DROP, Deed.CHANGE}
        assert deeds(item, BO) == {Deed.DONE, Deed.CHANGE}
        assert deeds(desk.done(item.id).after, TIM) == {Deed.VERIFY, Deed.REOPEN}
        assert deeds(desk.find(item.id), BO) == {Deed.REOPEN}


class TestChanges:
    """Days, owners, words and peace."""

    def test_a_day_is_moved_and_taken_away(self, desk: Desk) -> None:
        """Never into the past, and not to where it is."""
        number = desk.add().id
        assert desk.due(number, date(2026, 12, 4)).after.due_on == date(2026, 12, 4)
        assert desk.due(number, None).after.due_on is None
        for due, said in ((None, "has no due date already"), (date(2026, 11, 22), "is past")):
            with pytest.raises(Refused, match=said):
                desk.due(number, due)

    def test_a_day_is_the_speakers_day(self, desk: Desk) -> None:
        """At 23:30 in Singapore it is Monday; in London too; half an hour later only in one of them."""
        with freeze_time(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)):
            with pytest.raises(FormErrors) as wrong:
                desk.add(by=BO, due=date(2026, 11, 23))
            assert "today is Tue 24 Nov" in wrong.value.fields["due"]
            assert desk.add(by=TIM, due=date(2026, 11, 23)).is_overdue  # for BO it is Tuesday

    def test_a_snooze_ends(self, desk: Desk) -> None:
        """It must lie ahead, and within three months; the due day stays."""
        number = desk.add().id
        item = desk.snooze(number, date(2026, 11, 25)).after
        assert (item.snoozed_until, item.due_on) == (date(2026, 11, 25), FRIDAY)
        for until, said in (
            (date(2026, 11, 25), "is snoozed until then already"),
            (date(2026, 11, 23), "is not later"),
            (date(2027, 3, 1), "Move the due date instead: `/action due 1 2027-03-01`"),
        ):
            with pytest.raises(Refused, match=said):
                desk.snooze(number, until)
        assert desk.snooze(number, None).after.snoozed_until is None
        with pytest.raises(Refused, match="is not snoozed already"):
            desk.snooze(number, None)

    def test_it_is_given_away(self, desk: Desk) -> None:
        """Its snooze was the old owner's; its day stays."""
        number = desk.add().id
        desk.snooze(number, date(2026, 11, 25))
        item = desk.give(number, LEA).after
        assert (item.owner, item.snoozed_until, item.due_on) == ("U0LEA", None, FRIDAY)
        with pytest.raises(Refused, match="is theirs already"):
            desk.give(number, LEA, TIM)

    def test_a_form_changes_what_it_says_differently(self, desk: Desk) -> None:
        """Each part has an entry of its own, and what is the same has none."""
        number = desk.add(note="See the wiki").id
        draft = ActionDraft(text="Rewrite the runbook", owner="U0LEA", due=None)
        change = desk.database.write(actions.edit_action, number, draft, LEA, TIM, "e1")
        item = change.after
        assert (item.text, item.note, item.owner, item.due_on) == (
            "Rewrite the runbook",
            None,
            "U0LEA",
            None,
        )
        events = desk.database.read(actions.history, number, TIM)
        assert [event.part for event in events] == ["owner", "due", "note", "text", "state"]
        desk.database.write(actions.edit_action, number, draft, LEA, TIM, "e2")
        assert len(desk.database.read(actions.history, number, TIM)) == len(events)

    def test_a_form_may_leave_a_day_that_has_passed(self, desk: Desk) -> None:
        """But not set one."""
        number = desk.add().id
        with freeze_time(MONDAY_0930 + timedelta(days=7)):
            draft = ActionDraft(text="Rewrite it", owner="U0BO", due=FRIDAY)
            desk.database.write(actions.edit_action, number, draft, BO, TIM, "e1")
            earlier = ActionDraft(text="Rewrite it", owner="U0BO", due=date(2026, 11, 26))
            with pytest.raises(FormErrors) as wrong:
                desk.database.write(actions.edit_action, number, earlier, BO, TIM, "e2")
        assert wrong.value.fields.keys() == {"due"}

    def test_the_history_tells_everything(self, desk: Desk) -> None:
        """Who, what, from what to what; the newest first, in the audit log."""
        number = desk.add().id
        desk.due(number, None)
        desk.give(number, LEA)
        desk.done(number, LEA, "see wiki")
        desk.reopen(number, TIM)
        told = [
            (event.who, event.part, event.before, event.after)
            for event in desk.database.read(actions.history, number, TIM)
        ]
        assert told == [
            ("U0TIM", "state", "done", "open"),
            ("U0LEA", "state", "open", "done:see wiki"),
            ("U0BO", "owner", "U0BO", "U0LEA"),
            ("U0BO", "due", "2026-11-27", None),
            ("U0TIM", "state", None, "open"),
        ]
        assert len(desk.database.read(audit.history, "action", str(number))) == 5

    def test_drafts_are_no_novels(self) -> None:
        """What does not fit is refused beside its field."""
        for wrong in ({"text": "x" * 501}, {"text": "x", "note": "x" * 2_001}):
            with pytest.raises(ValueError, match="string_too_long"):
                ActionDraft(owner="U0BO", **wrong)
        with pytest.raises(ValueError, match="string_too_long"):
            DropDraft(reason="x" * 501)


SECRET = Source("series:9", "1:1", None, frozenset({"U0LEA", "U0BO"}))


class TestPrivacy:
    """What comes from a private source is for its audience alone."""

    def test_nobody_else_sees_it_anywhere(self, desk: Desk) -> None:
        """Not by its number, in no list, and nothing can be done with it; not even by a manager."""
        number = desk.add(
            "Ask for a raise", owner=BO, by=LEA, due=date(2026, 11, 23), source=SECRET
        ).id
        with freeze_time(MONDAY_0930 + timedelta(days=2)):
            for who in (TIM, ANA):
                with pytest.raises(Refused, match=f"There is no action #{number} that you can see"):
                    desk.find(number, who)
                for do in DO.values():
                    with pytest.raises(Refused, match="There is no action #1 that you can see"):
                        do(desk, number, who)
                assert desk.database.read(find_actions, [number], who) == []
            assert desk.database.read(everybody, ANA) == []
            assert desk.database.read(overdue, ANA) == []
            assert [item.id for item in desk.database.read(everybody, LEA)] == [number]
            assert [item.id for item in desk.database.read(overdue, BO)] == [number]

    @pytest.mark.parametrize(
        ("readers", "sees"),
        [
            (None, False),
            ((), False),
            ({"U0BO"}, True),
            ({"U0BO", "U0LEA"}, True),
            ({"U0BO", "U0TIM"}, False),
            ({"U0B"}, False),
            ({"%"}, False),
            ({"U0BO,U0LEA"}, False),
        ],
    )
    def test_all_readers_must_be_of_the_audience(
        self, desk: Desk, readers: set[str] | None, sees: bool
    ) -> None:
        """A meeting's channel, an incident's report: whoever is not named there reads nothing of it."""
        desk.add(owner=BO, by=LEA, due=date(2026, 11, 23), source=SECRET)
        desk.add("In the open", owner=BO, by=LEA, due=date(2026, 11, 23), source=Source("series:9"))
        seen = {"In the open", *(["Update the runbook"] if sees else [])}
        with freeze_time(MONDAY_0930 + timedelta(days=2)):
            for found in (
                desk.database.read(for_source, "series:9", readers),
                desk.database.read(open_for, ["U0BO"], readers),
                desk.database.read(overdue_for, ["U0BO"], readers),
            ):
                assert {item.text for item in found} == seen

    def test_whoever_is_given_it_sees_it(self, desk: Desk) -> None:
        """And whoever had it before still does."""
        number = desk.add(owner=BO, by=LEA, source=SECRET).id
        desk.give(number, TIM, LEA)
        assert desk.find(number, TIM).owner == "U0TIM"
        assert desk.find(number, BO).source.audience == {"U0LEA", "U0BO", "U0TIM"}

    def test_who_makes_or_has_it_is_of_the_audience(self, desk: Desk) -> None:
        """Whatever the source says."""
        item = desk.add(
            owner=BO, by=TIM, source=Source("message:D0:1", "a message", None, frozenset())
        )
        assert item.source.audience == {"U0BO", "U0TIM"}

    def test_only_who_may_see_it_is_asked_to_verify_it(self, desk: Desk) -> None:
        """A lead who may not is passed over, and where nobody is left, the owner verifies."""
        alone = Source("message:D0:1", "a message", None, frozenset({"U0BO"}))
        number = desk.add(owner=BO, by=BO, source=alone).id
        assert desk.done(number).after.verifier == "U0BO"
        assert desk.verify(number, BO).after.state is ActionState.VERIFIED
        together = Source("series:9", "1:1", None, frozenset({"U0BO", "U0ANA"}))
        number = desk.add(owner=BO, by=BO, source=together).id
        assert desk.done(number).after.verifier == "U0ANA"

    def test_a_message_is_private_unless_everybody_can_read_its_channel(self) -> None:
        """What Slack does not say to be open is not."""
        place = Place("C0DESK", "1.2", link="https://x", channel_name="desk")
        assert message_source(place, "U0BO") == Source(
            "message:C0DESK:1.2", "a message in #desk", "https://x"
        )
        hidden = message_source(Place("D0BO", "1.2"), "U0BO")
        assert hidden == Source("message:D0BO:1.2", "a message", None, frozenset({"U0BO"}))


class TestLists:
    """What is on whose plate."""

    def test_mine_is_what_i_do_what_i_verify_and_what_waits(self, desk: Desk) -> None:
        """In the order of its days, what has none last."""
        late, never, soon = (
            desk.add(text, due=due).id
            for text, due in (
                ("late", date(2026, 12, 24)),
                ("never", None),
                ("soon", date(2026, 11, 24)),
            )
        )
        waiting = in_state(desk, ActionState.DONE)
        in_state(desk, ActionState.VERIFIED)
        in_state(desk, ActionState.DROPPED)
        to_verify = in_state(desk, ActionState.DONE, owner=TIM, by=BO)
        found = desk.database.read(mine, BO)
        assert [item.id for item in found.open] == [soon, late, never]
        assert [item.id for item in found.waiting] == [waiting]
        assert [item.id for item in found.to_verify] == [to_verify]

    def test_overdue_is_everybodys_for_leads_and_ones_own_for_the_rest(self, desk: Desk) -> None:
        """An owner's day ends where the owner is."""
        own = desk.add(owner=BO, due=date(2026, 11, 23)).id
        other = desk.add(owner=TIM, due=date(2026, 11, 23)).id
        with freeze_time(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)):  # Tuesday in Singapore
            assert [item.id for item in desk.database.read(overdue, LEA)] == [own]
        with freeze_time(MONDAY_0930 + timedelta(days=1)):
            assert [item.id for item in desk.database.read(overdue, LEA)] == [own, other]
            assert [item.id for item in desk.database.read(overdue, BO)] == [own]
            assert [item.id for item in desk.database.read(overdue, LEA, "U0TIM")] == [other]
            with pytest.raises(Forbidden, match="other people's"):
                desk.database.read(overdue, BO, "U0TIM")
            assert desk.database.read(overdue, LEA)[0].days_left == -1

    def test_all_is_for_leads_and_managers(self, desk: Desk) -> None:
        """Everybody may look at their own."""
        number = desk.add().id
        for who in (LEA, ANA):
            assert [item.id for item in desk.database.read(everybody, who)] == [number]
        assert [item.id for item in desk.database.read(everybody, BO, "U0BO")] == [number]
        for owner in (None, "U0TIM"):
            with pytest.raises(Forbidden):
                desk.database.read(everybody, BO, owner)

    def test_a_source_is_asked_for_what_came_from_it(self, desk: Desk) -> None:
        """What is not finished, or everything."""
        open_one = desk.add(source=Source("incident:12", "INC-012")).id
        verified = desk.add(source=Source("incident:12", "INC-012")).id
        desk.add(source=Source("incident:13", "INC-013"))
        desk.done(verified)
        desk.verify(verified)
        found = desk.database.read(for_source, "incident:12", None)
        assert [item.id for item in found] == [open_one]
        found = desk.database.read(for_source, "incident:12", None, unfinished=False)
        assert [item.id for item in found] == [open_one, verified]
