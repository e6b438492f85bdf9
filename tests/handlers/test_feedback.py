"""Feedback at the front door: read by the two alone, told to the leadership by nobody's name, and gone when it is erased."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from sqlalchemy import inspect, select, text, update

from bot.blocks import feedback as blocks
from bot.outgoing import feedback as outgoing
from bot.services import Receipt
from bot.slack.knock import Kind
from bot.slack.router import combine
from bot.storage.audit import AuditRow
from bot.storage.feedback import FeedbackPoolRow
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Delivery
from bot.workspace.outcome import Outcome
from bot.workspace.validator import check_message
from tests.feedback_stage import MANAGERS, TEAMS, FeedbackDoor
from tests.front_door import ANA, CAST, DESK, ROUTERS, Mode, Seen
from tests.pulse_stage import (
    AWAY,
    CLOUDS,
    DESKS,
    GUEST,
    MONDAY,
    PulseDoor,
    code_in,
    later,
    well_made,
)

DAN, EVE, FAY = DESKS[:3]
SECRET_WORD = "zyxwvut"
ONE_ON_ONE = {
    "template": "architect_one_on_one",
    "title": "Ana and Dan",
    "people": [DAN],
    "repeat": "weekly",
    "first": "2026-11-25",
    "at": "10:00",
    "zone": {"text": {"type": "plain_text", "text": "Europe/Madrid"}, "value": "Europe/Madrid"},
    "lead": "60",
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """It is Monday noon."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace with two teams and their manager, who reads what is said to the leadership; in both modes."""
    with FeedbackDoor(database_url, tmp_path, mode=mode) as opened:
        yield opened


def checked(seen: Seen) -> Seen:
    """Assert that Slack takes a message."""
    assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    return seen


def blank(door: PulseDoor, typed: str, by: str) -> Seen:
    """Return the form that a command opens."""
    form = door.command(f"/feedback {typed}", by=by)
    assert form.outcome.views, form.text
    return well_made(form)


def name_of(person: str) -> str:
    """Return how somebody is mentioned."""
    return "ana" if person == ANA else person.lower()


def give(door: PulseDoor, by: str, to: str, words: str, **values: object) -> str:
    """Give somebody feedback, let it arrive, and return what the form turned into."""
    form = blank(door, f"@{name_of(to)} {words}", by)
    return send(door, form, **{"level": "two", "kind": "suggestion", "to": to, **values})


def send(door: PulseDoor, form: Seen, **values: object) -> str:
    """Send a form, let what follows arrive, and return what it turned into, closed."""
    done = door.submit(form, **values)
    assert not done.outcome.errors, done.outcome.errors
    door.deliver()
    shown = well_made(done).window()
    door.wait(door.slack.acts.close(form.by, done.view["id"], whole_stack=True))
    return shown


def letter(door: PulseDoor, person: str) -> Seen:
    """Return the last message to somebody."""
    return checked(door.letters(person)[-1])


# --- Between two ---


def test_it_goes_to_the_other_who_answers(door):
    """By direct message, whose words are gone from the outbox when it has come; both see both."""
    assert "Only the two of you" in give(door, DAN, EVE, "Shorter *notes* & <!here>, please.")
    came = letter(door, EVE)
    assert came.plain().splitlines()[:2] == [
        "| *💡 Suggestion from <@U0DESK0>, between the two of you*",
        "| Shorter *notes* & <!here>, please.",
    ]
    assert "&lt;!here&gt;" in came.text
    assert bodies(door, "feedback:1") == [""]

    form = well_made(door.press(came, "Answer", by=EVE))
    assert "Only the two of you" in send(door, form, words="I will try.")
    assert "answers your feedback #1" in letter(door, DAN).plain()
    assert bodies(door, "feedback") == ["", ""]
    for person in (DAN, EVE):
        shown = checked(door.command("/feedback", by=person)).plain()
        assert "*#1* suggestion" in shown
        assert "*#2* answer" in shown
    one = checked(door.command("/feedback #1", by=EVE))
    assert "Shorter *notes*" in one.plain()
    assert "wrote feedback #1 yourself" in door.press_as(one, "Answer", DAN)


def test_a_note_is_for_whoever_writes_it(door):
    """Nothing is sent, and whom it is about does not see it."""
    form = blank(door, f"note @{EVE.lower()} is good with angry customers", DAN)
    assert "Only you read it" in send(door, form, level="note", kind="praise", to=EVE)
    door.tick()
    assert not door.letters(EVE)
    assert "your note about <@U0DESK1>" in door.command("/feedback", by=DAN).plain()
    assert "none yet" in door.command("/feedback", by=EVE).text
    assert "no feedback #1" in door.command("/feedback 1", by=EVE).text

    send(door, blank(door, "note", DAN), level="note", kind="praise", words="Breathe.")
    assert "#2* your note (praise)" in door.command("/feedback", by=DAN).plain()


def test_the_questions_follow_whoever_is_chosen(door):
    """What was typed stays."""
    form = blank(door, "give you were quick", DAN)
    assert "What feedback do you have for them?" in form.window()
    choose = door.slack.acts.press
    door.wait(choose(DAN, form.view, blocks.TO, CLOUDS[0], block_id="to"))
    view = door.slack.acts.press(DAN, form.view, blocks.LEVEL, "note", block_id="level")
    seen = well_made(Seen(door.wait(view), DAN))
    assert f"What do you want to remember about {CLOUDS[0].title()}?" in seen.window()
    assert "Which processes could be improved" in seen.window()
    assert "Noted" in send(door, seen, kind="concern", processes="Handovers.")
    shown = door.command("/feedback 1", by=DAN).plain()
    assert "you were quick" in shown
    assert "~ Which processes could be improved or automated?\n| Handovers." in shown


def test_a_note_to_oneself_asks_for_nobody(door):
    """What is to be remembered, and it is kept; so too where the person chosen is oneself."""
    form = blank(door, "note", DAN)
    assert "What do you want to remember?" in form.window()
    assert "leadership team" not in form.window()
    assert form.view["submit"]["text"] == "Keep"
    door.wait(door.slack.acts.close(DAN, form.view["id"]))
    form = blank(door, f"@{DAN.lower()} breathe", DAN)
    assert "What do you want to remember?" in form.window()
    assert form.view["submit"]["text"] == "Give"


def test_who_is_above_is_not_asked_what_they_ask(door):
    """The manager who gives is asked what she sees, and not what the other would tell her."""
    assert "What training would help U0Desk1?" in blank(door, f"@{EVE.lower()}", ANA).window()
    assert "What training does the team need?" in blank(door, "@ana", DAN).window()


def test_others_in_the_words_are_told_by_name(door):
    """Whom it begins with receives it, alone, as the form says; the others are words."""
    form = blank(door, f"@{EVE.lower()} @{FAY.lower()} you both rock", DAN)
    shown = json.dumps(form.view, ensure_ascii=False)
    assert '"U0Desk2 you both rock"' in shown
    assert "One person at a time" in shown


def test_nobody_is_chosen_for_the_leadership(door):
    """The field is hidden at that level, and comes back with whom it held; a form sent before that is refused there."""
    form = blank(door, f"@{EVE.lower()} hello", DAN)
    said = door.submit(form, level="pool", kind="praise").outcome.errors
    assert "To the leadership nobody is chosen" in said["to"]
    press = door.slack.acts.press
    hidden = Seen(door.wait(press(DAN, form.view, blocks.LEVEL, "pool", block_id="level")), DAN)
    assert "For whom?" not in well_made(hidden).window()
    again = Seen(door.wait(press(DAN, hidden.view, blocks.LEVEL, "two", block_id="level")), DAN)
    assert f"What feedback do you have for {EVE.title()}?" in again.window()
    assert "Sent to <@U0DESK1>" in send(door, again, kind="praise")


def test_a_long_history_has_pages(door):
    """The newest first; between two alone where that is asked."""
    for number in range(7):
        give(door, DAN, (EVE, FAY)[number % 2], f"word {number}")
    first = checked(door.command("/feedback", by=DAN))
    assert re.findall(r"word \d", first.plain()) == [f"word {n}" for n in (6, 5, 4, 3, 2)]
    second = checked(door.press(first, "Older", by=DAN))
    assert re.findall(r"word \d", second.plain()) == ["word 1", "word 0"]
    first = door.press(second, "Newer", by=DAN)
    assert "word 6" in first.plain()
    between = checked(door.command(f"/feedback with @{FAY.lower()}", by=DAN)).plain()
    assert re.findall(r"word \d", between) == ["word 5", "word 3", "word 1"]
    assert "word 6" in checked(door.press(first, "Open", by=DAN)).plain()
    assert (
        "How is my feedback kept?" in checked(door.press(first, "How is it kept?", by=DAN)).plain()
    )


def test_an_action_made_from_it_is_for_the_two(door):
    """Nobody else sees it, and the manager who sees all actions does not."""
    give(door, DAN, EVE, "Write the runbook.")
    form = well_made(door.press(letter(door, EVE), "Make an action", by=EVE))
    assert "Write the runbook" not in form.window()
    assert "feedback #1" in send(door, form, text="Write the runbook", owner=EVE)
    assert "Write the runbook" in door.command("/action 1", by=DAN).plain()
    for person in (ANA, FAY):
        assert "no action #1" in door.command("/action 1", by=person).text
    assert "Write the runbook" not in door.command("/action all", by=ANA).text


def test_an_action_for_somebody_else_tells_no_word_of_it(door):
    """The form says who reads it and holds no word; whom it is given to sees neither the words nor that they are feedback."""
    give(door, DAN, EVE, f"Your {SECRET_WORD} was late.")
    form = well_made(door.press(letter(door, EVE), "Make an action", by=EVE))
    asked = json.dumps(form.view)
    assert SECRET_WORD not in asked
    assert "Others who get this action read what you write here" in asked
    before = door.slack.traffic.entries[-1].number
    assert "a private talk" in send(door, form, text="Print the rota", owner=FAY)
    card = checked(door.command("/action 1", by=FAY)).plain()
    assert "Print the rota" in card
    assert "from a private talk" in card
    assert "eedback" not in card + letter(door, FAY).plain()
    assert SECRET_WORD not in str([one.payload for one in door.slack.traffic.after(before)])
    door.command(f"/action give 1 @{DESKS[3].lower()}", by=FAY)
    assert "eedback" not in checked(door.command("/action 1", by=DESKS[3])).plain()


class TestTheirAgenda:
    """What two people have in their one-on-one."""

    def test_a_point_names_it_and_says_no_word(self, door, clock):
        """Where they have none, a sentence says so."""
        give(door, DAN, ANA, f"The {SECRET_WORD} rota is unfair.")
        came = letter(door, ANA)
        assert "no one-on-one" in door.press(came, "Put on our agenda", by=ANA).text
        self.schedule(door)
        told = door.press(came, "Put on our agenda", by=ANA)
        assert "It waits for “Ana and Dan”" in told.text
        agenda = self.posted(door, clock)
        assert "Feedback #1 (suggestion)" in agenda.plain()
        assert SECRET_WORD not in agenda.plain()

    def test_it_stands_there_once(self, door, clock):
        """Whoever of the two presses again hears that it waits; once it was discussed it can come back."""
        give(door, DAN, ANA, "The rota is unfair.")
        came = letter(door, ANA)
        self.schedule(door)
        assert "It waits for" in door.press(came, "Put on our agenda", by=ANA).text
        card = door.command("/feedback 1", by=DAN)
        for seen, person in ((came, ANA), (card, DAN)):
            again = door.press(seen, "Put on our agenda", by=person).text
            assert again == "Feedback #1 stands on the agenda of “Ana and Dan” already, still open."
        agenda = self.posted(door, clock)
        assert agenda.plain().count("Feedback #1 (suggestion)") == 1
        door.press(agenda, "✅ Discussed", by=DAN)
        assert "already" not in door.press(card, "Put on our agenda", by=DAN).text

    def test_it_offers_to_give_feedback(self, door, clock):
        """To the other of the two; other meetings do not."""
        self.schedule(door)
        form = well_made(door.press(self.posted(door, clock), "Give feedback", by=DAN))
        assert "What feedback do you have for Ana Ruiz?" in form.window()
        team = {**ONE_ON_ONE, "template": "support_team", "title": "Weekly", "channel": DESK}
        door.wait(door.slack.acts.close(DAN, form.view["id"]))
        send(door, door.command("/agenda schedule", by=ANA), **{**team, "people": []})
        clock.move_to(later(days=8, hours=20, minutes=1))
        door.tick()
        [agenda] = [one for one in door.seen(DAN) if one["text"].startswith("Agenda for Weekly")]
        assert "Give feedback" not in str(agenda["blocks"])

    def schedule(self, door: PulseDoor) -> None:
        """Let them have one."""
        send(door, door.command("/agenda schedule", by=ANA), **ONE_ON_ONE)

    def posted(self, door: PulseDoor, clock: Any) -> Seen:
        """Return its agenda, as Dan sees it."""
        clock.move_to(later(days=1, hours=20, minutes=1))
        door.tick()
        place = door.slack.workspace.group([ANA, DAN]).id
        [message] = [one for one in door.seen(DAN, place) if "Agenda for" in one["text"]]
        assert check_message({"text": message["text"], "blocks": message["blocks"]}) == []
        return Seen(Outcome(messages=[{**message, "channel": place}]), DAN)


class TestErasing:
    """Either of the two can; it is gone for both."""

    @pytest.mark.parametrize("who", [DAN, EVE])
    def test_it_is_gone_for_both(self, door, who):
        """From here, from Slack, and from the audit log's words; its number is not used again."""
        give(door, DAN, EVE, f"{SECRET_WORD}!")
        send(door, door.press(letter(door, EVE), "Answer", by=EVE), words="Oh.")
        asked = checked(door.command("/feedback erase 1", by=who))
        assert "gone for whoever reads it" in asked.plain()
        assert "is erased" in door.press(asked, "Erase", by=who).text
        door.deliver()
        assert not [one for one in door.letters(EVE) if SECRET_WORD in str(one.message)]
        for person in (DAN, EVE):
            assert "no feedback #1" in door.command("/feedback 1", by=person).text
            assert "*#2* answer" in door.command("/feedback", by=person).plain()
        assert SECRET_WORD not in kept(door)
        with door.services.database.reading() as session:
            [entry] = session.scalars(select(AuditRow).where(AuditRow.what == "feedback"))
        role = {DAN: "giver", EVE: "receiver"}[who]
        assert (entry.who, entry.subject, entry.after) == (who, "1", f"erased by its {role}")
        door.press(door.command("/feedback erase #2", by=DAN), "Erase", by=DAN)
        give(door, DAN, EVE, "Again.")
        assert "*#3*" in door.command("/feedback", by=DAN).plain()
        assert "Again." in letter(door, EVE).plain()

    def test_a_note_was_nobody_elses(self, door):
        """Its sentences speak of nobody else, whoever it is about."""
        send(door, blank(door, f"note @{EVE.lower()} hm", DAN), level="note", kind="praise")
        asked = checked(door.command("/feedback erase 1", by=DAN))
        assert "Your note is gone then; nobody else had it." in asked.plain()
        told = door.press(asked, "Erase", by=DAN).text
        assert told == "Your note #1 is gone. Nobody else had it."
        shown = json.dumps(asked.message["blocks"])
        assert "both" not in shown
        assert "the other" not in shown

    def test_what_has_not_left_yet_never_comes(self, door):
        """Its words are gone from the outbox at once."""
        form = blank(door, f"@{EVE.lower()} {SECRET_WORD}", DAN)
        done = door.submit(form, level="two", kind="praise", to=EVE)
        door.wait(door.slack.acts.close(DAN, done.view["id"]))
        door.press(door.command("/feedback erase 1", by=DAN), "Erase", by=DAN)
        assert SECRET_WORD not in kept(door)
        door.tick()
        assert not door.letters(EVE)

    def test_it_is_erased_when_its_time_is_over(self, door, clock):
        """After a year."""
        give(door, DAN, EVE, "Old news.")
        clock.move_to(later(days=366))
        door.tick("old feedback")
        assert "none yet" in door.command("/feedback", by=DAN).text


def test_an_export_holds_what_is_ones_own(door):
    """A note of the other's about the same person is not in it; the times are by the reader's clocks."""
    give(door, DAN, EVE, "# Notes are *long*")
    give(door, EVE, DAN, f"{SECRET_WORD} about Dan", level="note")
    give(door, FAY, EVE, f"{SECRET_WORD} to Eve")
    assert "feedback.md" in door.command("/feedback export", by=DAN).messages[-1]["text"]
    [shared] = door.letters(DAN)[-1].message["files"]
    text = door.slack.workspace.files[shared["id"]].content.decode()
    assert "## #1 Suggestion to U0Desk1" in text
    assert "23 November 2026, 13:00 CET · suggestion" in text
    assert "\\# Notes are \\*long\\*" in text
    assert SECRET_WORD not in text
    door.command("/feedback export", by=ANA)
    [shared] = door.letters(ANA)[-1].message["files"]
    assert "Nothing yet" in door.slack.workspace.files[shared["id"]].content.decode()


def test_the_giver_hears_where_it_cannot_be_sent(door):
    """And the receiver finds it all the same."""
    give(door, DAN, EVE, "Hello.")
    failed = Receipt("feedback:1", Delivery.FAILED, None, None, "messages_tab_disabled", MONDAY)
    door.write(outgoing.settled, door.services, failed)
    door.deliver()
    assert "does not let me write to <@U0DESK1>" in letter(door, DAN).plain()


REFUSED: list[tuple[str, str, str]] = [
    (DAN, "with", "With whom?"),
    (DAN, "erase", "Type its number, for example `/feedback erase 12`"),
    (DAN, "erase it", "“it” is no number of feedback"),
    (ANA, "leadership I, too", "You are one of the managers who read what is said"),
    (DAN, "erase 12", "You have no feedback #12"),
    (DAN, "77", "You have no feedback #77"),
    (DAN, "exprot", "Did you mean `/feedback export`?"),
    (DAN, "hm", "put an @ before the name and choose them: `/feedback @hm …`"),
]
WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"to": DAN}, "to", "That is you"),
    ({"to": None}, "to", "Choose whom it is for"),
    ({"to": GUEST}, "to", "no member of this workspace"),
    ({"to": AWAY}, "to", "no member of this workspace"),
    ({"feedback": " \n "}, "feedback", "Write something"),
]


def test_what_cannot_be(door):
    """A sentence each, beside the field where there is one."""
    for who, typed, sentence in REFUSED:
        assert sentence in door.command(f"/feedback {typed}", by=who).text, typed
    door.slack.workspace.conversations[DESK].members.append(GUEST)
    assert "members of this workspace" in door.command("/feedback", by=GUEST).text
    for values, field, sentence in WRONG:
        form = blank(door, "give hello", DAN)
        filled = {"level": "two", "kind": "praise", "to": EVE, **values}
        said = door.submit(form, **filled).outcome.errors
        assert sentence in said[field], said
        door.wait(door.slack.acts.close(DAN, form.view["id"]))
    give(door, EVE, DAN, "A note about Dan.", level="note")
    note = door.command("/feedback 1", by=EVE)
    assert "Put on our agenda" not in note.plain()
    assert door.press_as(letter_like(note), "Answer", DAN).startswith("You have no feedback #1")


def letter_like(seen: Seen) -> Seen:
    """Return a message with a button to answer what it shows."""
    button = {"type": "button", "action_id": "feedback.answer:1", "value": "1", "text": {"type": "plain_text", "text": "Answer"}}  # fmt: skip
    shown = {**seen.message, "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}]}
    seen.outcome.messages[:] = [shown]
    return seen


# --- To the leadership, without a name ---

NEXT_MONDAY = later(days=6, hours=22)  # ten by the organisation's clocks, which are UTC
WRITERS = (*DESKS[1:], *CLOUDS)


def write(door: PulseDoor, by: str, words: str, kind: str = "concern") -> Seen:
    """Write to the leadership, and return what the form turns into."""
    form = blank(door, "leadership", by)
    return door.submit(form, level="pool", kind=kind, feedback=words)


def sealed(door: PulseDoor, by: str, words: str, kind: str = "concern") -> str:
    """Write to the leadership, and return the receipt."""
    done = write(door, by, words, kind)
    assert not done.outcome.errors, done.outcome.errors
    code = code_in(well_made(done))
    door.wait(door.slack.acts.close(by, done.view["id"]))
    return code


def digests(door: PulseDoor) -> list[dict[str, Any]]:
    """Return what the managers' channel has been told."""
    said = door.seen(ANA, MANAGERS)
    told = [one for one in said if one["text"].startswith("Feedback to the leadership")]
    assert all(check_message({"text": m["text"], "blocks": m["blocks"]}) == [] for m in told)
    return told


class TestLeadership:
    """What is said without a name."""

    def test_nothing_but_the_box_is_written(self, door):
        """No claim, outbox, audit or log; the receipt is shown once, and the text is nowhere."""
        door.tick()
        before = tables(door)
        code = sealed(door, DAN, f"{SECRET_WORD} rota")
        after = tables(door)
        assert {name for name in after if after[name] != before[name]} == {"ballot_box"}
        assert len(after["ballot_box"]) == 1
        assert code not in kept(door)
        assert SECRET_WORD not in kept(door)
        assert "none yet" in door.command("/feedback", by=DAN).text
        said = write(door, DAN, "More.").outcome.errors["level"]
        assert "have written to this pool already" in said
        assert "type “/feedback change”" in said
        assert "`" not in said  # beside a field Slack shows marks as they are

    def test_it_is_posted_when_enough_have_written(self, door, clock, tmp_path):
        """Not on the first Monday, for four; on the second all five together, once, and then it is nowhere."""
        door.tick()
        for number in range(4):
            sealed(door, WRITERS[number], f"{SECRET_WORD} {number} <@U0ANA> @ana ruiz", "praise")
        clock.move_to(NEXT_MONDAY)
        door.advance()
        assert digests(door) == []
        sealed(door, WRITERS[4], f"{SECRET_WORD} 4")
        clock.move_to(later(days=13, hours=21, minutes=59))
        door.advance()
        assert digests(door) == []
        clock.move_to(later(days=13, hours=22))
        door.advance()
        [told] = digests(door)
        shown = Seen(Outcome(messages=[told]), ANA).plain()
        assert sorted(re.findall(rf"{SECRET_WORD} (\d)", shown)) == ["0", "1", "2", "3", "4"]
        assert shown.startswith("| *Feedback to the leadership: 4 praise, 1 concern*")
        assert "(somebody) (somebody)" in shown
        assert "U0ANA" not in shown
        assert "ruiz" not in shown
        assert not re.search(r"\d:\d\d|November|December", shown)
        assert SECRET_WORD not in kept(door)
        for _ in range(2):  # a restart, or another machine, finds nothing to do
            door.tick()
        assert len(digests(door)) == 1
        assert [row.swept_at is None for row in pools(door)] == [False, True]
        on_disk = b"".join(one.read_bytes() for one in tmp_path.glob("steward.db*"))
        assert SECRET_WORD.encode() not in on_disk
        sealed(door, WRITERS[0], "In the next pool.")

    def test_slack_does_not_say_what_people_are_called(self, door, clock):
        """The digest waits for the names that go out of its texts, and ten minutes at most."""
        for who in WRITERS[:5]:
            sealed(door, who, "@ana ruiz listens")
        door.slack.chaos.rate_limit("users.list", retry_after=600)
        clock.move_to(later(days=6, hours=22, minutes=9))
        door.advance()
        assert digests(door) == []
        clock.move_to(later(days=6, hours=22, minutes=10))
        door.advance()
        [told] = digests(door)
        assert told["text"].count("(somebody) ruiz listens") == 5

    def test_a_receipt_changes_and_withdraws(self, door, clock):
        """What was there before is gone; a wrong code does nothing; after the digest nothing can be taken back."""
        codes = [sealed(door, who, f"old {who}") for who in WRITERS[:6]]
        form = well_made(door.command("/feedback change", by=WRITERS[0]))
        assert (
            "no receipt code"
            in door.submit(form, receipt="x", kind="praise", text="n").outcome.errors["receipt"]
        )
        assert (
            "I do not know this code"
            in door.submit(form, receipt=codes[1], kind="praise", text="n").outcome.errors[
                "receipt"
            ]
        )
        assert "Changed" in send(
            door, form, receipt=codes[0].lower(), kind="praise", text="new words"
        )
        form = well_made(door.command("/feedback withdraw", by=WRITERS[1]))
        assert (
            "I do not know this code"
            in door.submit(form, receipt=codes[0]).outcome.errors["receipt"]
        )
        assert "Withdrawn" in send(door, form, receipt=codes[1])
        clock.move_to(NEXT_MONDAY)
        door.advance()
        [told] = digests(door)
        assert "new words" in told["text"]
        assert f"old {WRITERS[0]}" not in told["text"]
        assert f"old {WRITERS[1]}" not in told["text"]
        form = door.command("/feedback withdraw", by=WRITERS[2])
        assert (
            "cannot be taken back" in door.submit(form, receipt=codes[2]).outcome.errors["receipt"]
        )

    def test_who_is_named_in_it_is_among_its_words(self, door):
        """Nobody is chosen for it, so that whoever it begins with is its subject and not its receiver."""
        typed = "leadership @u0desk1 is too strict, unlike @u0cloud0"
        form = blank(door, typed, DAN)
        shown = json.dumps(form.view, ensure_ascii=False)
        assert "U0Desk1 is too strict, unlike U0Cloud0" in shown
        assert "initial_user" not in shown

    def test_what_cannot_be_written(self, door):
        """By those who read it; too much; into a pool that is full."""
        form = blank(door, f"@{DAN.lower()} Me too.", ANA)
        said = door.submit(form, level="pool", kind="praise").outcome.errors["level"]
        assert "You are one of the managers who read" in said
        form = blank(door, "leadership", DAN)
        said = door.submit(form, level="pool", kind="praise", feedback="x" * 600, words="y" * 600)
        assert "1,201" in said.outcome.errors["feedback"]
        sealed(door, EVE, "First.")
        with door.services.database.writing() as session:
            session.execute(update(FeedbackPoolRow).values(seats=1))
        door.wait(door.slack.acts.close(DAN, form.view["id"]))
        assert "pool is full" in str(write(door, DAN, "Second.").outcome.errors)
        assert "already" in str(write(door, EVE, "Again.").outcome.errors)

    def test_who_reads_the_channel_cannot_write(self, door):
        """Neither is the form opened for them, nor is it taken from them; once they have left, it is."""
        form = blank(door, "leadership", DAN)
        place = door.slack.workspace.conversations[MANAGERS]
        place.members.append(DAN)
        said = door.submit(form, level="pool", kind="praise", feedback="I read it, too.")
        assert "You are in the channel in which" in said.outcome.errors["level"]
        assert (
            "You are in the channel in which" in door.command("/feedback leadership", by=DAN).text
        )
        place.members.remove(DAN)
        done = door.submit(form, level="pool", kind="praise", feedback="I no longer do.")
        assert "receipt code" in well_made(done).window()

    def test_slack_does_not_say_who_reads_it(self, door):
        """The form opens all the same; it is not taken, and says that nothing is lost."""
        door.slack.chaos.forget_methods("conversations.members")
        form = blank(door, "leadership", DAN)
        filled = {"level": "pool", "kind": "praise", "feedback": "Hello."}
        assert "your words stand here still" in door.submit(form, **filled).outcome.errors["level"]
        door.slack.chaos.clear()
        door.slack.chaos.delay("conversations.members", 1.5)
        assert "your words stand here still" in door.submit(form, **filled).outcome.errors["level"]
        assert "receipt code" in well_made(door.submit(form, **filled)).window()

    def test_a_channel_of_many_is_read_to_its_end(self, door):
        """Who stands on a later page reads it as well."""
        place = door.slack.workspace.conversations[MANAGERS]
        place.members += [*(f"U1{number}" for number in range(1000)), DAN]
        assert (
            "You are in the channel in which" in door.command("/feedback leadership", by=DAN).text
        )

    def test_without_a_channel_each_manager_is_told(self, mode, database_url, tmp_path, clock):
        """In a long digest what does not fit stands in the thread."""
        page = re.sub("(?m)^channels: .*$", "", TEAMS)
        with FeedbackDoor(database_url, tmp_path, mode=mode, page=page) as door:
            for who in (DAN, *WRITERS[:5]):
                sealed(door, who, f"{who} says so.")
            clock.move_to(NEXT_MONDAY)
            door.advance()
            told = letter(door, ANA)
            assert "6 concerns" in told.text
            assert bodies(door, "feedback-digest") == [""]

    def test_without_the_secret(self, mode, database_url, tmp_path):
        """It says so, and nothing that was typed is lost; the other levels work."""
        with FeedbackDoor(
            database_url, tmp_path, mode=mode, environ={"STEWARD_SECRET": ""}
        ) as door:
            assert "STEWARD_SECRET" in blank(door, "leadership", DAN).window()
            said = write(door, DAN, "Hello.").outcome.errors
            assert "STEWARD_SECRET" in said["level"]
            give(door, EVE, DAN, "Hello.")
            door.tick()
            assert "Hello." in letter(door, DAN).plain()


def tables(door: PulseDoor) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with door.services.database.reading() as session:
        names = inspect(session.get_bind()).get_table_names()
        return {name: [*session.execute(text(f'SELECT * FROM "{name}"'))] for name in names}  # noqa: S608


def pools(door: PulseDoor) -> list[FeedbackPoolRow]:
    """Return the pools there are."""
    with door.services.database.reading() as session:
        return [*session.scalars(select(FeedbackPoolRow).order_by(FeedbackPoolRow.id))]


# --- Nobody else ---


def test_nobody_else_reads_a_word(door, caplog):
    """Neither a colleague nor the manager above, by typing, pressing, sending forms, at Home, in exports or in logs."""
    caplog.set_level("DEBUG")
    give(door, DAN, EVE, f"{SECRET_WORD} between two")
    give(door, DAN, ANA, f"{SECRET_WORD} noted about Ana", level="note")
    door.tick()
    for person in (FAY, ANA):
        before = door.slack.traffic.entries[-1].number
        for typed in (
            *("", "1", "2", "erase 1", "erase 2", "export", f"with @{DAN.lower()}"),
            *(f"with @{EVE.lower()}", "give 1", "how", "help"),
        ):
            door.command(f"/feedback {typed}", by=person)
        for typed in ("/action all", "/agenda", "/playbook deliveries", "/report", "/pulse"):
            door.command(typed, by=person)
        for payload in forged(person):
            door.wait(door.slack.acts.deliver("interactive", payload))
        door.wait(door.slack.acts.open_home(person))
        door.tick()
        said = [
            json.dumps(entry.payload, ensure_ascii=False)
            for entry in door.slack.traffic.after(before)
        ]
        assert not [one for one in said if SECRET_WORD in one]
        files = [door.slack.workspace.files.values()]
        assert SECRET_WORD not in str([one.content for each in files for one in each])
    assert SECRET_WORD not in caplog.text
    assert "*#1*" in door.command("/feedback", by=DAN).plain()  # nor did anybody else erase it


def forged(person: str) -> Iterator[dict[str, Any]]:
    """Return every press and form of feedback about other people's numbers."""
    who = {"team": {"id": CAST.team.id}, "user": {"id": person, "team_id": CAST.team.id}}
    routes = combine(ROUTERS.values())
    place = {"type": "message", "channel_id": DESK, "message_ts": "1.1"}
    for number in ("1", "2", "feedback:1", f"0:{EVE}"):
        for name in routes.names(Kind.ACTION):
            if name.startswith(("feedback", "action")):
                press = {"type": "button", "action_id": f"{name}:{number}", "value": number, "block_id": "b", "action_ts": "1.1"}  # fmt: skip
                yield {**who, "type": "block_actions", "trigger_id": f"1.{name}.{number}", "container": place, "channel": {"id": DESK}, "actions": [press]}  # fmt: skip
        for name in routes.names(Kind.VIEW):
            if name.startswith(("feedback", "action")):
                values = {
                    "text": {"x": {"type": "plain_text_input", "value": "x"}},
                    "words": {"x": {"type": "plain_text_input", "value": "x"}},
                    "owner": {"x": {"type": "users_select", "selected_user": person}},
                }
                view = {"id": "V1", "hash": f"{name}{number}", "type": "modal", "callback_id": name, "private_metadata": number, "state": {"values": values}, "blocks": [], "title": {"type": "plain_text", "text": "x"}}  # fmt: skip
                yield {**who, "type": "view_submission", "trigger_id": "1.2.x", "view": view}


def bodies(door: PulseDoor, prefix: str) -> list[str]:
    """Return what the outbox keeps of the words of messages."""
    with door.services.database.reading() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [row.body for row in rows if f"{row.key}:".startswith(f"{prefix}:")]


def kept(door: PulseDoor) -> str:
    """Return everything that the database's tables hold."""
    return str(tables(door))
