"""Pulse surveys at the front door: asked, answered once, changed with a receipt, and never told before the close."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.domain.pulse_call import RESULT
from bot.storage import outbox
from bot.storage import pulse as rows
from bot.workspace.validator import check_message
from tests.front_door import ANA, CAST, DESK, Mode, Seen, text
from tests.pulse_stage import (
    ANSWER,
    AWAY,
    CLOUDS,
    DESKS,
    GUEST,
    MONDAY,
    STARTED,
    TEAMS,
    PulseDoor,
    code_in,
    later,
    well_made,
)

DAN = DESKS[0]


@pytest.fixture(autouse=True)
def clock() -> Iterator[object]:
    """It is Monday noon, and working time in Madrid and not in Singapore."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace with two teams, in each mode of delivery."""
    with PulseDoor(database_url, tmp_path, mode=mode) as opened:
        yield opened


def test_a_manager_starts_one_and_people_are_asked_in_their_own_hours(door, clock):
    """Madrid is asked at once, Singapore when its morning comes; guests are not."""
    form = well_made(door.command("/pulse start", by=ANA))
    assert form.view["title"]["text"] == "Start a pulse survey"
    shown = door.start()
    assert "Autumn pulse" in shown.window()

    assert all(len(door.letters(one)) == 1 for one in DESKS)
    assert "without your name" in door.asked(DAN).plain()
    assert f"<@{ANA}> asks you; answering is voluntary and confidential" in door.asked(DAN).plain()
    assert not any(door.letters(one) for one in (*CLOUDS, GUEST))

    clock.move_to(later(hours=14))  # ten in the morning in Singapore
    door.advance()
    assert all(len(door.letters(one)) == 1 for one in (*DESKS, *CLOUDS))


def test_an_answer_turns_the_form_into_its_receipt(door):
    """Nothing else happens: no message, and nothing for the courier to send."""
    door.start()
    before = [one.text for one in door.letters(DAN)]
    thanks = door.answer(DAN)
    assert "Thanks, recorded" in thanks.window()
    assert len(code_in(thanks)) == 19
    door.tick()
    assert [one.text for one in door.letters(DAN)] == before


class TestAnswering:
    """What somebody can do with an answer, and what they are told when they cannot."""

    def test_the_first_answer_stays(self, door):
        """A second press says so."""
        door.start()
        door.answer(DAN)
        assert "first answer stands" in door.press(door.asked(DAN), "Answer", by=DAN).window()
        assert status(door) == "1 of 12"

    def test_a_receipt_changes_it(self, door):
        """Typed as a tired person types it."""
        door.start()
        code = code_in(door.answer(DAN))
        window = door.press(door.asked(DAN), "Answer", by=DAN)
        form = well_made(door.press(window, "Change it", by=DAN))
        typed = code.lower().replace("-", " ")
        assert "as a whole" in form.window().splitlines()[0]
        changed = well_made(door.submit(form, receipt=typed, statement0="1"))
        assert "Changed" in changed.window()
        assert "3 questions are unanswered now" in changed.window()
        assert left_after_closing(door, changed) == []
        assert status(door) == "1 of 12"

    def test_a_receipt_withdraws_it(self, door):
        """And then one may answer again."""
        door.start()
        code = code_in(door.answer(DAN))
        window = door.press(door.asked(DAN), "Answer", by=DAN)
        form = well_made(door.press(window, "Withdraw it", by=DAN))
        withdrawn = well_made(door.submit(form, receipt=code))
        assert "Withdrawn" in withdrawn.window()
        assert left_after_closing(door, withdrawn) == []
        assert status(door) == "0 of 12"
        assert "Thanks, recorded" in door.answer(DAN).window()

    def test_somebody_elses_receipt_does_nothing(self, door):
        """Nor does one that was never given."""
        door.start()
        code = code_in(door.answer(DAN))
        door.answer(DESKS[1])
        window = door.press(door.asked(DESKS[1]), "Answer", by=DESKS[1])
        form = door.press(window, "Withdraw it", by=DESKS[1])
        assert "no answer of yours" in door.submit(form, receipt=code).outcome.errors["receipt"]
        assert "four groups of four" in door.submit(form, receipt="hello").outcome.errors["receipt"]
        assert status(door) == "2 of 12"

    def test_an_empty_form_is_no_answer(self, door):
        """It stays open, and says what would be one."""
        door.start()
        form = door.press(door.asked(DAN), "Answer", by=DAN)
        assert "at least one question" in door.submit(form).outcome.errors["statement0"]
        assert status(door) == "0 of 12"

    def test_the_receipt_says_where_it_is_used(self, door):
        """So does whoever is asked for it by name."""
        door.start()
        assert "press *Answer* again" in door.answer(DAN).window()
        for typed in ("change", "withdraw", "withdraw 1"):
            assert "press *Answer* again" in door.command(f"/pulse {typed}", by=CLOUDS[0]).plain()
        assert "press Answer again" in door.command("/pulse help", by=CLOUDS[0]).plain()

    def test_the_list_does_not_claim_that_one_has_not_answered(self, door):
        """It cannot know."""
        door.start()
        assert "asks or asked you" in door.command("/pulse", by=DAN).plain()


def left_after_closing(door: PulseDoor, seen: Seen) -> list[dict[str, Any]]:
    """Press the window's close button, and return what is still open."""
    left: list[dict[str, Any]] = door.wait(door.slack.acts.close(seen.by, seen.view["id"])).views
    return left


class TestByNumber:
    """What a survey's number alone leads to, and other words that people try."""

    @pytest.mark.parametrize("typed", ["1", "#1"])
    def test_how_it_stands_or_the_answer(self, door, typed):
        """Managers see how it stands, those it asks have the button, and others hear that it does not ask them."""
        door.start(teams=["desk"])
        assert "0 of 6* have answered" in door.command(f"/pulse {typed}", by=ANA).plain()
        shown = door.command(f"/pulse {typed}", by=DAN)
        assert "Pulse survey" in door.press(shown, "Answer").view["title"]["text"]
        assert "does not ask you" in door.command(f"/pulse {typed}", by=CLOUDS[0]).text
        assert "no pulse #9" in door.command("/pulse 9", by=ANA).text

    def test_the_latest_result(self, door, clock):
        """That of the last one that closed; its number leads to it as well."""
        door.start(remind="")
        clock.move_to(later(days=7, seconds=1))
        door.advance()
        for typed in ("result latest", "result last", "result", "1"):
            assert "0 of 12 answered" in door.command(f"/pulse {typed}", by=DAN).plain()
        assert "0 of 12 answered" in door.command("/pulse result latest", by=ANA).plain()

    @pytest.mark.parametrize("verb", ["start", "schedule"])
    def test_a_name_that_is_typed_stands_in_the_form(self, door, verb):
        """It need not be typed twice."""
        form = well_made(door.command(f"/pulse {verb} Team mood", by=ANA))
        [name] = [one for one in form.view["blocks"] if one["block_id"] == "name"]
        assert name["element"]["initial_value"] == "Team mood"


RATINGS = [
    "5431",
    "4432",
    "5555",
    "2234",
    "4154",
    "3345",
    "5525",
    "4444",
    "2313",
    "5452",
    "3544",
    "4533",
]


def answer_all(door: PulseDoor, comment: str = "") -> None:
    """Let everybody answer: three statements, and how likely they recommend us; with words of their own, or the same."""
    for person, given in zip((*DESKS, *CLOUDS), RATINGS, strict=True):
        values = {f"statement{place}": given[place] for place in range(3)}
        door.answer(
            person, **values, enps=str(2 * int(given[3])), comment=comment or f"{person} likes it."
        )


def test_nobody_is_told_anything_before_it_closes(door, clock):
    """Then the managers are, in their channel, with what each group says and nobody in it.

    By hand: of the first statement 8 of 12 are favourable; of the second 5 of 6 in Cloud, which would tell on the one who
    was not, so that a word stands there, and a span in whatever it is part of.
    """
    door.start(remind="")
    clock.move_to(later(hours=14))
    door.advance()
    answer_all(door)
    assert "no result before it closes" in door.command("/pulse result 1", by=ANA).text

    clock.move_to(later(days=7, seconds=1))
    door.advance()
    told = [one for one in door.seen(ANA) if "eNPS" in one["text"]]
    assert len(told) == 1
    assert check_message({"text": told[0]["text"], "blocks": told[0]["blocks"]}) == []
    shown = door.command("/pulse result 1", by=ANA).plain()
    assert shown.startswith(
        text("""
        # Autumn pulse: result
        | *61 to 64 %* satisfied
        | *−17* ± 0 eNPS
        | 12 of 12 answered (100 %)
        | Group     | Answered         | Satisfied  | eNPS | S1   | S2         | S3
        | Everybody | 12 of 12 (100 %) | 61 to 64 % | −17  | 67 % | 67 to 75 % | 50 %
        | Desk      | 6 of 6 (100 %)   | 56 %       | 0    | 67 % | 50 %       | 50 %
        | Cloud     | 6 of 6 (100 %)   | 67 to 72 % | −33  | 67 % | high       | 50 %
        """)
    ), shown
    sheet = published(door, "CSV").splitlines()
    assert sheet[0] == "group,question,invited,answered,answers,low,high,value,hidden"
    assert "Cloud,I know what is expected of me at work.,6,6,6,,,high," in sheet
    assert "Everybody,all statements,12,12,36,61,64,61 to 64 %," in sheet
    assert "Everybody,eNPS,12,12,12,-17,-17,−17," in sheet
    assert "- U0DESK0 likes it." in published(door, "Markdown")


def test_nobody_is_mentioned_in_a_comment(door, clock):
    """Neither as Slack writes it, nor by a whole name that was typed: not somebody on this survey, and no guest either."""
    door.start(remind="")
    clock.move_to(later(hours=14))
    door.advance()
    answer_all(
        door, comment="<@U0ANA>, \uff20ana ruiz and @Gil Guest; ana@example.com; U0Desk0 > all"
    )
    clock.move_to(later(days=7, seconds=1))
    door.advance()
    [told] = [one for one in door.seen(ANA) if "eNPS" in one["text"]]
    shown = json.dumps(told["blocks"], ensure_ascii=False)
    assert "(somebody), (somebody) and (somebody); (an address); U0Desk0 > all" in shown
    assert "- (somebody), (somebody) and (somebody); (an address); U0Desk0" in published(door, "Markdown")  # fmt: skip


def published(door: PulseDoor, kind: str) -> str:
    """Return the file that a manager has sent to herself."""
    door.press(door.command("/pulse result 1", by=ANA), kind)
    (shared,) = door.letters(ANA)[-1].message["files"]
    return door.slack.workspace.files[shared["id"]].content.decode()


def test_those_who_were_asked_hear_what_came_of_it(door, clock):
    """Once, in their own working hours, without the groups; and no message about it is left that names who was reminded."""
    door.start(remind="1")
    clock.move_to(later(hours=14))
    door.advance()
    door.answer(DAN)
    clock.move_to(later(days=1, hours=20))
    door.advance()
    assert len(door.letters(DAN)) == 1
    assert len(door.letters(DESKS[1])) == 2
    assert "still open" in door.asked(DESKS[1]).plain()
    assert sent_and_planned(door) == ({0}, {0, 1})  # a reminder is erased as soon as it has ended

    clock.move_to(later(days=7, seconds=1))
    door.advance()
    assert sent_and_planned(door) == ({RESULT}, {RESULT})
    told = door.command("/pulse status 1", by=ANA).plain()
    assert "Next reminder" not in told  # though Singapore has still to hear the result
    clock.move_to(later(days=8))
    door.advance()
    heard = [one for one in door.letters(DAN) if "has closed" in one.plain()]
    assert len(heard) == 1
    assert "No satisfaction is shown: fewer than 5 answered" in heard[0].plain()
    assert "Desk" not in heard[0].plain()


def sent_and_planned(door: PulseDoor) -> tuple[set[int], set[int]]:
    """Return the numbers of the calls of which messages are kept, and of those that are kept themselves."""
    with door.services.database.reading() as session:
        keys = outbox.keys_under(session, "pulse:1")
        calls = rows.calls(session, 1)
        return {int(key.split(":")[2]) for key in keys}, {call.number for call in calls}


def test_each_hears_what_came_of_it_when_they_work(door, clock):
    """It closes in Madrid's afternoon and Singapore's evening, and hears nothing more of either a day later."""
    door.start(remind="")
    clock.move_to(later(hours=14))
    door.advance()
    heard = {}
    for when in (later(days=7, seconds=1), later(days=7, hours=12), later(days=7, hours=14), later(days=9)):  # fmt: skip
        clock.move_to(when)
        door.advance()
        heard[when] = [
            sum("has closed" in one.plain() for one in door.letters(person))
            for person in (DAN, CLOUDS[0])
        ]
    assert [*heard.values()] == [[1, 0], [1, 0], [1, 1], [1, 1]]


WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("count", "at least one statement", {"count": "0", "extras": []}),
    ("own", "At most 5 statements", {"own": "\n".join(["I like it here very much."] * 3)}),
    ("own", "stands there twice", {"own": "I like it here very much.\nI like it here very much."}),
    ("own", "statement rather than a question", {"own": "Do you like your work?"}),
    ("days", "at most 28", {"days": "40"}),
    ("remind", "such as 3, 5", {"remind": "tomorrow"}),
    ("remind", "from day 1 to 6", {"remind": "9"}),
    ("opens", "has passed", {"opens": int(later(days=-1).timestamp())}),
    ("opens", "more than a year", {"opens": int(later(days=400).timestamp())}),
]


SCHEDULED = {**STARTED, "rhythm": "1m", "first": "2026-11-23", "at": "14:00"}


def scheduled(door: PulseDoor) -> None:
    """Let the manager schedule a series, and close the window that says so."""
    seen = door.submit(door.command("/pulse schedule", by=ANA), **SCHEDULED)
    door.wait(door.slack.acts.close(ANA, seen.view["id"]))


class TestASeries:
    """Surveys that come again and again."""

    def test_each_asks_what_was_asked_longest_ago(self, door, clock):
        """The next is planned when one opens, on the same weekday of the next month, by the clocks of who planned it."""
        form = well_made(door.command("/pulse schedule", by=ANA))
        shown = door.submit(form, **SCHEDULED).window()
        assert "On the fourth Monday of every month at 14:00, Madrid time" in shown
        clock.move_to(later(hours=1))  # two in the afternoon in Madrid
        door.advance()
        assert len(door.letters(DAN)) == 1

        coming = door.command("/pulse status 2", by=ANA).plain()
        assert "opens 28 December 2026, 13:00 UTC" in coming
        first = door.command("/pulse status 1", by=ANA).plain()
        assert not set(statements(first)) & set(statements(coming))
        assert "One of a series: on the fourth Monday" in coming

    def test_it_can_be_ended(self, door):
        """What is planned of it goes, and what is open goes on."""
        scheduled(door)
        asked = door.command("/pulse end 1", by=ANA)
        assert "will be cancelled; nobody has been asked yet" in asked.plain()
        assert "planned" in door.command("/pulse status 1", by=ANA).text
        ended = door.press(asked, "End the series")
        assert "The series of pulse #1 Autumn pulse has ended" in ended.plain()
        assert "#1, planned for 23 November 2026, 13:00 UTC, is cancelled" in ended.plain()
        assert "cancelled" in door.command("/pulse status 1", by=ANA).text
        assert "ended already" in door.command("/pulse end 1", by=ANA).text
        door.start()
        assert "belongs to no series" in door.command("/pulse end 2", by=ANA).text

    def test_what_is_open_of_it_goes_on(self, door, clock):
        """Only the one that is planned goes with the series."""
        scheduled(door)
        clock.move_to(later(hours=1))
        door.advance()
        ended = door.press(door.command("/pulse end 1", by=ANA), "End the series").plain()
        assert "#2, planned for 28 December 2026, 13:00 UTC, is cancelled" in ended
        assert "#1 has begun, and goes on to its close" in ended
        assert "open" in door.command("/pulse status 1", by=ANA).text

    def test_managers_alone_end_it(self, door):
        """And nobody else is even asked."""
        scheduled(door)
        asked = door.command("/pulse end 1", by=ANA)
        assert "Only managers can end a series" in door.command("/pulse end 1", by=DAN).text
        assert "Only managers can end a series" in door.press_as(asked, "End the series", DAN)
        assert "planned" in door.command("/pulse status 1", by=ANA).text

    def test_cancelling_one_says_that_the_series_goes_on(self, door, clock):
        """And that nobody has been asked, or that what has been answered goes."""
        scheduled(door)
        warned = warning(door.command("/pulse cancel 1", by=ANA))
        assert "Nobody has been asked yet" in warned
        assert "Only this one is cancelled: the next of the series opens" in warned
        assert "28 December 2026" in warned
        assert "`/pulse end 1` ends the series" in warned
        clock.move_to(later(hours=1))
        door.advance()
        standing = door.command("/pulse cancel 1", by=ANA)
        assert "destroyed unread" in warning(standing)
        assert "28 December 2026" in warning(standing)
        gone = door.press(standing, "Cancel it").plain()
        assert "cancelled" in gone
        assert "the next opens 28 December 2026" in gone
        assert "`/pulse end 1` ends the series" in gone

    def test_cancelling_one_that_stands_by_itself_speaks_of_no_series(self, door):
        """Nothing comes after it."""
        door.start()
        warned = warning(door.command("/pulse cancel 1", by=ANA))
        assert "destroyed unread" in warned
        assert "series" not in warned

    def test_one_of_it_can_be_left_out(self, door):
        """The one after it is planned."""
        scheduled(door)
        gone = door.press(door.command("/pulse cancel 1", by=ANA), "Cancel it").plain()
        assert "the next opens 28 December 2026" in gone
        assert "28 December 2026" in door.command("/pulse status", by=ANA).plain()

    def test_a_rhythm_that_cannot_be(self, door):
        """One would still be open when the next opens; or it would begin in the past."""
        form = door.command("/pulse schedule", by=ANA)
        said = door.submit(form, **{**SCHEDULED, "rhythm": "1w"}).outcome.errors
        assert "still be open" in said["days"]
        said = door.submit(form, **{**SCHEDULED, "first": "2026-11-22"}).outcome.errors
        assert "has passed" in said["first"]
        for weekend in ("2026-11-28", "2026-11-29"):
            said = door.submit(form, **{**SCHEDULED, "first": weekend}).outcome.errors
            assert "from Monday to Friday" in said["first"]

    def test_the_list_says_which_come_again(self, door, clock):
        """And a cancelled one stands last in it, for a day."""
        scheduled(door)
        door.start(name="By itself")
        door.press(door.command("/pulse cancel 2", by=ANA), "Cancel it")
        listed = door.command("/pulse", by=ANA)
        shown = listed.plain()
        assert "🔁 on the fourth Monday of every month at 14:00" in shown
        assert shown.index("#1 Autumn pulse") < shown.index("#2 By itself")
        assert shown.count("🔁") == 1
        clock.move_to(later(days=1, minutes=1))
        assert "By itself" not in door.command("/pulse", by=ANA).plain()
        form = door.press(listed, "Schedule one")
        assert form.view["title"]["text"] == "Schedule a survey"


def warning(seen: Seen) -> str:
    """Return what Slack asks before it passes on that a survey is cancelled."""
    return str(seen.button("Cancel it")["confirm"]["text"]["text"])


def statements(shown: str) -> list[str]:
    """Return what a survey asks, as its status lists it."""
    return [
        line
        for line in shown.splitlines()
        if "• " in line and "eNPS" not in line and "comment" not in line
    ]


class TestRefusals:
    """What is asked in vain gets a sentence."""

    @pytest.mark.parametrize("typed", ["start", "status", "cancel 1"])
    def test_managers_alone(self, door, typed):
        """Somebody who works the desk may look, and not start."""
        door.start()
        assert "manager" in door.command(f"/pulse {typed}", by=DAN).text

    def test_what_managers_alone_can_do_is_named(self, door):
        """Whoever wanted to cancel hears of cancelling."""
        door.start()
        assert "Only managers can cancel a survey" in door.command("/pulse cancel 1", by=DAN).text

    def test_whose_result_it_is(self, door, clock):
        """Somebody it did not ask hears who can share it."""
        door.start(teams=["desk"], remind="")
        clock.move_to(later(days=7, seconds=1))
        door.advance()
        said = door.command("/pulse result 1", by=CLOUDS[0]).text
        assert "did not ask you" in said
        assert "ask one of them to share it" in said

    def test_guests_hear_that_they_are_not_asked(self, door):
        """They are members of the workspace to themselves."""
        assert "Guests" in door.command("/pulse", by=GUEST).text
        assert "are not asked" in door.command("/pulse", by=GUEST).text

    def test_who_is_not_asked(self, door):
        """The manager is in no team of theirs; a guest never is."""
        door.start(teams=["desk"])
        answering = door.asked(DAN)
        assert "you were not among those asked" in door.press_as(answering, "Answer", ANA)
        assert "not among those asked" in door.press_as(answering, "Answer", CLOUDS[0])
        assert "are not asked by our surveys" in door.press_as(answering, "Answer", GUEST)
        assert "are not asked by our surveys" in door.press_as(answering, "Answer", AWAY)

    def test_after_the_close(self, door, clock):
        """The button still stands there, and says that it is over; so does a form that was open."""
        door.start()
        form = door.press(door.asked(DAN), "Answer", by=DAN)
        clock.move_to(later(days=7))
        assert "has closed" in door.submit(form, **ANSWER).outcome.errors["statement0"]
        assert "has closed" in door.press(door.asked(DAN), "Answer", by=DAN).text

    def test_after_it_was_cancelled(self, door):
        """What had been answered is gone."""
        door.start()
        door.answer(DAN)
        standing = door.command("/pulse cancel #1", by=ANA)
        assert "open" in standing.text
        door.press(standing, "Cancel it")
        assert "was cancelled" in door.press(door.asked(DAN), "Answer", by=DAN).text
        assert "cancelled" in door.command("/pulse cancel 1", by=ANA).text
        door.deliver()
        assert "destroyed unread" in door.letters(ANA)[-1].plain()

    def test_who_was_reminded_is_forgotten_with_a_cancelled_one(self, door, clock):
        """Whoever was not reminded had answered."""
        door.start(remind="1")
        door.answer(DAN)
        clock.move_to(later(days=1, hours=20))
        door.advance()
        assert sent_and_planned(door) == (
            {0},
            {0, 1},
        )  # a reminder is erased as soon as it has ended
        door.press(door.command("/pulse cancel 1", by=ANA), "Cancel it")
        assert sent_and_planned(door) == (set(), set())

    def test_a_form_that_says_what_cannot_be(self, door):
        """Beside the field, and nothing is lost: the form stays as it is until it can be."""
        form = door.command("/pulse start", by=ANA)
        for field, sentence, values in WRONG:
            said = door.submit(form, **{**STARTED, **values}).outcome.errors
            assert sentence in said[field], said
        assert "no survey yet" in door.command("/pulse", by=ANA).plain()

    @pytest.mark.parametrize("form", ["start", "schedule"])
    def test_an_own_statement_that_names_a_colleague(self, door, form):
        """Refused beside its field, without a question to Slack while somebody waits; other words go through."""
        door.tick("names")
        opened = door.command(f"/pulse {form}", by=ANA)
        before = door.slack.traffic.entries[-1]
        named = {
            **(STARTED if form == "start" else SCHEDULED),
            "own": "Ana Ruiz helps me with my work.\nGil listens to me.",
        }
        said = door.submit(opened, **named).outcome.errors["own"]
        assert said.startswith("“Ana Ruiz helps me with my work.”: A statement names nobody: leave out Ana Ruiz")  # fmt: skip
        named["own"] = "Gil listens to me."
        assert "leave out Gil" in door.submit(opened, **named).outcome.errors["own"]
        calls = [one.name for one in door.slack.traffic.entries]
        assert "users.list" not in calls[door.slack.traffic.entries.index(before) + 1 :]
        named["own"] = "My lead helps me with my work here."
        assert "Autumn pulse" in door.submit(opened, **named).window()

    def test_too_few_people(self, door):
        """Nobody is asked, for nothing could be shown; the owner hears why."""
        door.start(teams=["desk"], least="7")
        told = door.letters(ANA)[-1]
        assert "not opened · it found 6 people" in told.plain()
        assert (
            "asks more teams, or choose a smaller group to show, from 3 people up" in told.plain()
        )
        assert "not opened" in told.text
        assert "cancelled" not in told.plain() + told.text
        assert "not opened" in door.command("/pulse", by=ANA).plain()
        assert not door.letters(DAN)

    def test_mistyped_words(self, door):
        """The nearest that would have worked; never one that destroys."""
        for typed in ("remind 4", "ende 4", "cancle 4", "delet 4"):
            said = door.command(f"/pulse {typed}", by=ANA).text
            assert "/pulse end" not in said
            assert "/pulse cancel" not in said
        assert "/pulse status" in door.command("/pulse stauts", by=ANA).text
        assert "no number" in door.command("/pulse status three", by=ANA).text
        assert "no pulse #9" in door.command("/pulse result 9", by=ANA).text


def test_without_the_secret_nobody_is_asked(mode, database_url, tmp_path):
    """And who runs the bot is told what to set."""
    with PulseDoor(database_url, tmp_path, mode=mode, environ={"STEWARD_SECRET": ""}) as door:
        assert "STEWARD_SECRET" in door.command("/pulse start", by=ANA).text


@pytest.mark.parametrize("verb", ["start", "schedule"])
def test_without_the_secret_no_form_is_taken(mode, database_url, tmp_path, verb):
    """Also where it was opened before the bot came back without the secret."""
    with PulseDoor(database_url, tmp_path, mode=mode) as door:
        view = door.command(f"/pulse {verb}", by=ANA).view
    with PulseDoor(database_url, tmp_path, mode=mode, environ={"STEWARD_SECRET": ""}) as door:
        payload = {
            "type": "view_submission",
            "team": {"id": CAST.team.id},
            "user": {"id": ANA, "team_id": CAST.team.id},
            "trigger_id": "1.2.3",
            "view": {**view, "state": {"values": {}}},
        }
        answer = door.wait(door.slack.acts.deliver("interactive", payload))
        assert "STEWARD_SECRET" in str(answer.body)


class TestWhoIsTold:
    """Managers are told all of any result, and those who were asked a shorter one."""

    @pytest.fixture(autouse=True)
    def surveys(self, door: PulseDoor, clock: FrozenDateTimeFactory) -> None:
        """Let one of the desk and then one of a series of the cloud come and go; nobody answers."""
        door.start(name="Desk pulse", teams=["desk"], remind="")
        form = door.command("/pulse schedule", by=ANA)
        door.submit(form, **{**SCHEDULED, "name": "Cloud pulse", "teams": ["cloud"], "remind": ""})
        for hours in (1, 2, 7 * 24 + 1, 7 * 24 + 2):
            clock.move_to(later(hours=hours))
            door.advance()

    def test_those_who_were_asked(self, door):
        """By number, and the last that asked them where they name none."""
        for words in ("/pulse result 1", "/pulse result"):
            assert "*Desk pulse* has closed" in door.command(words, by=DAN).plain()
        assert "*Cloud pulse* has closed" in door.command("/pulse result", by=CLOUDS[0]).plain()

    def test_those_who_were_not(self, door):
        """A sentence, whatever they type."""
        assert "#1 did not ask you" in door.command("/pulse result 1", by=CLOUDS[0]).text
        assert "#2 did not ask you" in door.command("/pulse result 2", by=DAN).text
        door.write(rows.forget_guests, 1)
        assert "have forgotten" in door.command("/pulse result 1", by=DAN).text
        assert "No survey that asked you" in door.command("/pulse result", by=DAN).text

    def test_managers(self, door):
        """Whomever it asked."""
        assert "Desk pulse: result" in door.command("/pulse result 1", by=ANA).plain()
        assert "Cloud pulse: result" in door.command("/pulse result", by=ANA).plain()


def status(door: PulseDoor) -> str:
    """Return how many have answered, as the manager is told."""
    said = door.command("/pulse status", by=ANA).plain()
    return said.split("*")[1].split("*")[0] if "*" in said else said


def test_the_progress_outlasts_what_is_kept_of_deliveries(mode, database_url, tmp_path, clock):
    """Whoever was asked weeks ago, and whoever could not be, stays counted; and what was told is edited at the close."""
    page = f"{TEAMS}retention: {{deliveries: 1}}\n"
    with PulseDoor(database_url, tmp_path, mode=mode, page=page) as door:
        door.start(days="28", remind="")
        door.slack.workspace.deactivate(CLOUDS[0])
        clock.move_to(later(hours=14))
        door.advance()
        before = door.command("/pulse status 1", by=ANA).plain()
        assert "11 of 12 asked" in before
        assert "1 could not be asked" in before

        clock.move_to(later(days=20))
        door.wait(door.house.courier.tidy())
        door.advance()
        assert door.command("/pulse status 1", by=ANA).plain() == before
        assert "11 of 12 asked" in door.letters(ANA)[-1].text
        clock.move_to(later(days=28, seconds=1))
        door.advance()
        assert "closed" in door.letters(ANA)[-1].text
        clock.move_to(later(days=30))
        door.advance()
        clock.move_to(later(days=32))
        door.wait(door.house.courier.tidy())
        with door.services.database.reading() as session:
            assert outbox.keys_under(session, "pulse:1") == []


class TestWhenSomethingIsWrong:
    """What becomes of a survey whose bot was away, or has another secret now."""

    def test_its_time_was_over_before_it_opened(self, mode, database_url, tmp_path, clock):
        """Nobody is told of a survey that nobody could answer; its owner is."""
        with PulseDoor(database_url, tmp_path, mode=mode) as door:
            opens = int(later(hours=1).timestamp())
            seen = door.submit(door.command("/pulse start", by=ANA), **STARTED, opens=opens)
            door.wait(door.slack.acts.close(ANA, seen.view["id"]))
            clock.move_to(later(days=8, hours=1))
            door.advance()
            assert not door.letters(DAN)
            assert "it never opened" in door.letters(ANA)[-1].plain()

    def test_slack_does_not_say_what_people_are_called(self, mode, database_url, tmp_path, clock):
        """The close waits for the names that go out of comments, and ten minutes at most; then what is known goes."""
        with PulseDoor(database_url, tmp_path, mode=mode) as door:
            door.start(remind="")
            clock.move_to(later(hours=14))
            door.advance()
            answer_all(door, comment="@Ana Ruiz listens")
        with PulseDoor(
            database_url, tmp_path, mode=mode
        ) as door:  # it was started anew, and knows nobody
            door.slack.chaos.rate_limit("users.list", retry_after=600)
            clock.move_to(later(days=7, minutes=9))
            door.advance()
            assert "no result before it closes" in door.command("/pulse result 1", by=ANA).text
            clock.move_to(later(days=7, minutes=10))
            door.advance()
            assert "- (somebody) Ruiz listens" in published(door, "Markdown")

    def test_another_secret(self, mode, database_url, tmp_path, clock):
        """Everybody is told so; other surveys go on, and this one waits until its secret is back."""
        with PulseDoor(database_url, tmp_path, mode=mode) as door:
            door.start()
            door.answer(DAN)
        other = {"STEWARD_SECRET": "another secret of the tests, long enough"}
        with PulseDoor(database_url, tmp_path, mode=mode, environ=other) as door:
            told = door.command("/pulse status 1", by=ANA)
            assert "sealed with another secret" in told.plain()
            door.start(name="Second", days="3", remind="")
            assert "sealed with another secret" in door.press_by_number(DAN, 1).text
            clock.move_to(later(days=7, hours=1))
            door.advance()
            assert "closed" in door.command("/pulse status 2", by=ANA).text
            assert "sealed with another" in door.command("/pulse status 1", by=ANA).plain()
        with PulseDoor(database_url, tmp_path, mode=mode) as door:
            door.advance()
            assert "1 of 12" in door.command("/pulse status 1", by=ANA).plain()

    def test_a_result_that_slack_does_not_take(self, door, clock):
        """Its owner hears where it is to be seen."""
        door.start(remind="")
        door.slack.workspace.conversations[DESK].is_archived = True
        clock.move_to(later(days=7, seconds=1))
        for _ in range(2):
            door.advance()
        assert "could not post the result of pulse #1" in door.letters(ANA)[-1].text
        assert "/pulse result 1" in door.letters(ANA)[-1].text
