"""Root cause analyses from the front door: appointed, written page by page, reviewed, chased, and asked after."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from sqlalchemy.orm import Session

from bot.blocks.kit import Message, actions
from bot.blocks.rca_news import appoint_button, open_button, write_button
from bot.domain import declaration, incident_work
from bot.domain.colleague import remember
from bot.domain.declaration import Declaration
from bot.domain.incident import HOUSE, Incident, find_incident
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.rca import Rca, find_rca
from bot.outgoing import rca as outgoing
from bot.outgoing.incident import post_card
from bot.services import Services, promise
from bot.vocabulary import (
    ActionState,
    CauseClass,
    Customers,
    Effect,
    IncidentKind,
    Moment,
    Noticed,
    RcaState,
    Role,
)
from bot.workspace.validator import check_message, check_view
from tests.front_door import ANA, BO, CAST, CY, DESK, LEA, PAGE, FrontDoor, Mode, Seen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
BO_MORNING = datetime(2026, 11, 24, 1, tzinfo=UTC)  # nine in Singapore
PAGE_HERE = f"""{PAGE}
channels: {{incidents: {DESK}}}
incidents: {{restricted_to: [{ANA}]}}
"""
ZONES = {person.id: person.tz for person in CAST.people}
ROLES = {ANA: Role.MANAGER, LEA: Role.LEAD, BO: Role.MEMBER}
DOWN = Declaration(
    "API gateway down",
    ("api-gateway",),
    Customers.MANY,
    Effect.DOWN,
    noticed=Noticed.CUSTOMER,
    started=NOON - timedelta(minutes=12),
    detected=NOON,
)
SENT = ("type", "title", "blocks", "submit", "close", "callback_id", "private_metadata")
TO_THE_PLAN = (
    {"summary": "The gateway lost its certificate.", "impact": "83 minutes, 40 tickets"},
    {"detection": "A customer called."},
    {
        "factors": "- Renewal was manual\n- No alert on expiry",
        "cause_class": CauseClass.PROCESS.value,
        "root_cause": "The renewal was manual.",
        "repeat": "none",
    },
    {"went_well": "Failover", "went_badly": "Paging", "lucky": "It was a quiet day"},
)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    """Stop the clock on a Monday at noon."""
    with freeze_time(NOON, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def slack(mode: Mode, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A workspace whose incidents are told at the desk."""
    with FrontDoor(database_url, tmp_path, mode=mode, page=PAGE_HERE) as door:
        yield door


def person(who: str) -> Person:
    """Return one of the cast as the domain knows them."""
    team = {BO: "emea", LEA: "apac"}.get(who)
    return Person(who, who, ROLES[who], ZoneInfo(ZONES[who] or "UTC"), team)


class Stage:
    """Incidents as others leave them: declared and resolved."""

    def __init__(self, slack: FrontDoor, frozen: Any) -> None:
        self.slack, self.frozen, self._presses = slack, frozen, 0

    @property
    def services(self) -> Services:
        """The house's shared things."""
        return self.slack.services

    def declare(self, said: Declaration = DOWN, by: str = BO) -> Incident:
        """Declare an incident, with its card."""

        def carry_out(session: Session) -> Incident:
            services, now = self.services, self.services.now(session)
            made = declaration.declare(
                session, said, person(by), services.severities, self._press(), now
            )
            post_card(session, services, made)
            return made

        made = self.slack.write(carry_out)
        self.slack.deliver()
        return made

    def resolve(self, incident: Incident, owner: str = "", by: str = ANA) -> Incident:
        """Resolve an incident, and appoint somebody in the same transaction."""

        def carry_out(session: Session) -> Incident:
            services, doer = self.services, person(by)
            now, reader = services.now(session), services.reader(person(by))
            doing = Work(session, incident.id, doer, reader, self._press(), now)
            done = incident_work.resolve(doing, services.severities, {})
            if owner:
                outgoing.appoint(session, services, done, person(owner), doer)
            return done

        done = self.slack.write(carry_out)
        self.slack.deliver()
        return done

    def resolved(self, owner: str = BO, said: Declaration = DOWN) -> Incident:
        """Return an incident that was resolved 83 minutes after it was declared."""
        made = self.declare(said)
        self.frozen.tick(timedelta(minutes=83))
        return self.resolve(made, owner)

    def work(self, incident: Incident, do: Any, *args: Any, by: str = ANA) -> Any:
        """Do something with an incident, without its card."""

        def carry_out(session: Session) -> Any:
            services = self.services
            now, reader = services.now(session), services.reader(person(by))
            return do(Work(session, incident.id, person(by), reader, self._press(), now), *args)

        return self.slack.write(carry_out)

    def rca(self, incident: Incident) -> Rca:
        """Return the analysis as the house has it."""

        def find(session: Session) -> Rca:
            found = find_rca(session, find_incident(session, incident.id, HOUSE), HOUSE)
            assert found is not None
            return found

        return self.services.database.read(find)

    def button_for(self, who: str, *buttons: dict[str, Any]) -> Seen:
        """Give somebody a message with buttons, as other features do."""
        news = f"buttons {self._press()}"
        self.slack.write(promise, who, Message(news, [actions(list(buttons))]), f"test:{news}")
        self.slack.deliver()
        return next(seen for seen in self.slack.letters(who) if seen.text == news)

    def open(self, incident: Incident, by: str = BO) -> Seen:
        """Open an incident's analysis by its button."""
        seen = self.slack.press(self.button_for(by, open_button(incident)), "Open it")
        self.check(seen)
        return seen

    def write(self, incident: Incident, by: str = BO) -> Seen:
        """Open the form's first page."""
        return self.slack.press(self.button_for(by, write_button(incident)), "Write it")

    def check(self, seen: Seen) -> None:
        """Assert that Slack takes the window in front."""
        view = seen.view
        assert check_view({key: view[key] for key in SENT if view.get(key)}) == []

    def written(self, incident: Incident, by: str = BO, action: bool = True) -> Seen:
        """Fill in the whole form, and return the window after it."""
        seen = self.write(incident, by)
        for values in TO_THE_PLAN:
            self.check(seen)
            seen = self.slack.submit(seen, **values)
        self.check(seen)
        if action:
            form = self.slack.press(seen, "Add an action")
            self.check(form)
            seen = self.slack.submit(
                form,
                text="Renew certificates by machine",
                owner=BO,
                due="2026-12-04",
                remedy="preventive",
            )
            return self.slack.submit(seen)
        return self.slack.submit(seen, no_action="The system is being replaced.")

    def reviewed(
        self, incident: Incident, action: bool = True, by: str = BO, reviewer: str = LEA
    ) -> None:
        """Write, submit and review."""
        written = self.written(incident, by, action)
        assert "Submitted" in self.slack.press(written, "Submit for review").window()
        seen = self.slack.press(self.open(incident, by=reviewer), "Mark as reviewed")
        assert "Reviewed and published" in seen.window()
        self.slack.deliver()

    def move_to(self, at: datetime) -> None:
        """Let it be another time, and wake the job."""
        self.frozen.move_to(at)
        self.slack.tick("rca")

    def _press(self) -> str:
        self._presses += 1
        return f"stage {self._presses}"


@pytest.fixture
def stage(slack: FrontDoor, frozen: Any) -> Stage:
    """Where incidents come from."""
    return Stage(slack, frozen)


def told(seen: Seen) -> str:
    """Return what somebody is told who pressed a button: in a window, or beside the message."""
    return seen.text if seen.messages else seen.window()


def letters(slack: FrontDoor, who: str, words: str) -> list[Seen]:
    """Return the direct messages to somebody that hold some words, all of them sound."""
    found = [seen for seen in slack.letters(who) if words in seen.text]
    for seen in found:
        assert check_message({"text": seen.text, "blocks": seen.message["blocks"]}) == []
    return found


def thread(slack: FrontDoor, who: str = BO) -> list[dict[str, Any]]:
    """Return the replies under the last card at the desk."""
    card = next(m for m in reversed(slack.seen(who)) if not m.get("ephemeral"))
    return slack.slack.acts.thread(who, DESK, card["ts"])[1:]


class TestAppointing:
    """Whose it is."""

    @pytest.mark.both_databases
    def test_whoever_is_appointed_at_resolve_is_told(self, slack: FrontDoor, stage: Stage) -> None:
        """By a message with a button, and so is the thread."""
        incident = stage.resolved()
        (letter,) = letters(slack, BO, "asks you to write")
        assert "INC-001 “API gateway down”, due Thu 26 Nov." in letter.text
        assert "What happened" in slack.press(letter, "Write it").window()
        assert f"<@{BO}> writes the root cause analysis of INC-001" in thread(slack)[-1]["text"]
        rca = stage.rca(incident)
        assert (rca.due_on, rca.owner, rca.state) == (
            date(2026, 11, 26),
            BO,
            RcaState.DRAFT,
        )

    def test_where_nobody_was_appointed_the_lead_or_managers_are_asked(
        self, slack: FrontDoor, stage: Stage
    ) -> None:
        """Once, and again after three working days; until somebody is."""
        incident = stage.resolved(owner="")
        stage.move_to(NOON + timedelta(hours=2))
        stage.move_to(NOON + timedelta(hours=20))
        (asked,) = letters(slack, ANA, "nobody writes it yet")
        stage.move_to(NOON + timedelta(days=3))
        assert len(letters(slack, ANA, "nobody writes it yet")) == 2
        seen = slack.submit(slack.press(asked, "Appoint somebody"), owner=BO)
        assert f"✅ <@{BO}> writes it." in seen.window()
        slack.deliver()
        assert len(letters(slack, BO, "asks you to write")) == 1
        stage.move_to(NOON + timedelta(days=9))
        assert len(letters(slack, ANA, "nobody writes it yet")) == 2
        assert stage.rca(incident)

    def test_a_guest_cannot_be_appointed(self, slack: FrontDoor, stage: Stage) -> None:
        """It is said beside the field, and the form stays."""
        stage.resolved(owner="")
        stage.move_to(NOON + timedelta(hours=2))
        form = slack.press(letters(slack, ANA, "nobody writes")[0], "Appoint somebody")
        wrong = slack.submit(form, owner=CY)
        assert wrong.outcome.errors == {
            "owner": "Cy Guest is no member of this workspace. Choose somebody who is."
        }

    def test_a_member_appoints_nobody_but_may_volunteer(
        self, slack: FrontDoor, stage: Stage
    ) -> None:
        """The window has what they may do."""
        incident = stage.resolved(owner="")
        seen = stage.open(incident)
        assert "As SEV1 critical it needs one." in seen.window()
        assert "Appoint somebody" not in seen.window()
        refused = slack.press(stage.button_for(BO, appoint_button(incident)), "Appoint somebody")
        assert "Only the lead of INC-001, team leads and managers" in told(refused)
        mine = slack.press(stage.open(incident), "I write it")
        assert "✅ You write it." in mine.window()
        assert "Still missing" in mine.window()

    def test_one_that_needs_none_may_be_begun_and_become_needed(
        self, slack: FrontDoor, stage: Stage
    ) -> None:
        """When its severity is raised later."""
        incident = stage.resolved(owner="", said=Declaration("Slow pages", (), severity="sev4"))
        stage.move_to(NOON + timedelta(hours=2))
        assert letters(slack, ANA, "nobody writes") == []
        seen = slack.press(stage.open(incident), "I write it")
        assert "no due date" in seen.window()
        severities = stage.services.severities
        stage.work(incident, incident_work.change_severity, severities, "sev2", "data was lost")
        stage.move_to(NOON + timedelta(hours=3))
        stage.move_to(NOON + timedelta(hours=4))
        (letter,) = letters(slack, BO, "is needed by")
        assert "Mon 30 Nov" in letter.text

    def test_somebody_else_takes_over_what_was_written(
        self, slack: FrontDoor, stage: Stage
    ) -> None:
        """Both are told."""
        incident = stage.resolved()
        slack.submit(stage.write(incident), summary="Half a story")
        form = slack.press(stage.open(incident, by=LEA), "Appoint somebody")
        seen = slack.submit(form, owner=LEA)
        assert f"<@{LEA}> · due Thu 26 Nov" in seen.window()
        assert "Half a story" in seen.window()
        slack.deliver()
        assert len(letters(slack, BO, f"<@{LEA}> writes the root cause analysis")) == 1

    def test_an_open_incident_is_not_analysed_yet(self, slack: FrontDoor, stage: Stage) -> None:
        """A sentence says so."""
        incident = stage.declare()
        seen = slack.press(stage.button_for(BO, open_button(incident)), "Open it")
        assert "INC-001 is not resolved yet." in told(seen)


class TestWriting:
    """Page by page."""

    @pytest.mark.both_databases
    def test_from_the_first_page_to_the_review(self, slack: FrontDoor, stage: Stage) -> None:
        """Every page, the plan, submitted, reviewed by somebody else, published under the card."""
        incident = stage.resolved()
        seen = stage.written(incident)
        assert "✅ Saved." in seen.window()
        assert "Still missing" not in seen.window()
        for words in ("Renewal was manual", "Process", "The renewal was manual.", "#1 Renew"):
            assert words in seen.window(), words
        seen = slack.press(seen, "Submit for review")
        assert f"I have asked <@{LEA}> to review it." in seen.window()
        slack.deliver()
        (asked,) = letters(slack, LEA, "waits for your review")
        theirs = slack.press(slack.press(asked, "Read it"), "Mark as reviewed")
        assert f"Reviewed by <@{LEA}>" in theirs.window()
        slack.deliver()
        said = " ".join(str(m["blocks"]) for m in thread(slack))
        for words in ("The gateway lost its certificate", "It was a quiet day", "#1 Renew"):
            assert words in said, words
        assert len(letters(slack, BO, f"<@{LEA}> reviewed")) == 1

    def test_the_record_fills_in_what_it_knows(self, slack: FrontDoor, stage: Stage) -> None:
        """Minutes, customers, services, times; in the reader's zone."""
        incident = stage.resolved()
        seen = stage.write(incident)
        fields = {b["block_id"]: b["element"] for b in seen.view["blocks"] if "element" in b}
        impact = fields["impact"]["initial_value"]
        assert "95 minutes, 23 November 2026, 19:48 to 21:23 +08" in impact
        assert "Customers: many customers, down\nServices: api-gateway" in impact
        assert "Time to detect: 12 min\nTime to resolve: 1 h 23 min" in impact
        seen = slack.submit(seen)
        fields = {b["block_id"]: b["element"] for b in seen.view["blocks"] if "element" in b}
        assert (
            fields["detection"]["initial_value"]
            == "Noticed by: a customer, 12 min after it started\nTo halve that: "
        )

    def test_closing_in_the_middle_loses_nothing(self, slack: FrontDoor, stage: Stage) -> None:
        """What was sent with Next or Back is there again."""
        incident = stage.resolved()
        seen = slack.submit(stage.write(incident), summary="It <b>broke</b>")
        slack.wait(slack.slack.acts.close(BO, seen.view["id"]))
        again = stage.write(incident)
        fields = {b["block_id"]: b["element"] for b in again.view["blocks"] if "element" in b}
        assert fields["summary"]["initial_value"] == "It <b>broke</b>"
        assert "Still missing" in stage.open(incident).window()

    def test_back_and_next(self, slack: FrontDoor, stage: Stage) -> None:
        """Back keeps the page too."""
        incident = stage.resolved()
        second = slack.submit(stage.write(incident), summary="One")
        assert "How it was noticed* · 2 of 5" in second.window()
        first = slack.press(second, "Back")
        assert "What happened* · 1 of 5" in first.window()

    def test_the_same_page_sent_twice(self, slack: FrontDoor, stage: Stage) -> None:
        """Is kept once, and leads on."""
        incident = stage.resolved()
        form = stage.write(incident)
        slack.slack.chaos.duplicate()
        assert "2 of 5" in slack.submit(form, summary="One").window()
        rca = stage.rca(incident)
        assert rca.summary == "One"

    def test_two_people_on_one_page(self, slack: FrontDoor, stage: Stage) -> None:
        """The second is told, keeps what they typed, and may send it again."""
        incident = stage.resolved()
        mine, theirs = stage.write(incident), stage.write(incident, by=LEA)
        slack.submit(theirs, summary="Lea's words")
        seen = slack.submit(mine, summary="Bo's words")
        assert "Somebody else has changed this page" in seen.window()
        fields = {b["block_id"]: b["element"] for b in seen.view["blocks"] if "element" in b}
        assert fields["summary"]["initial_value"] == "Bo's words"
        assert "2 of 5" in slack.submit(seen, summary="Both our words").window()
        rca = stage.rca(incident)
        assert rca.summary == "Both our words"

    def test_words_that_blame_are_pointed_out_once(self, slack: FrontDoor, stage: Stage) -> None:
        """They are kept all the same, and neutral ones are proposed."""
        incident = stage.resolved()
        seen = slack.submit(
            stage.write(incident), summary="Human error: the admin forgot to renew."
        )
        stage.check(seen)
        assert "“Human error” →" in seen.window()
        assert "“the admin forgot” →" in seen.window()
        rca = stage.rca(incident)
        assert rca.summary == "Human error: the admin forgot to renew."
        assert "2 of 5" in slack.press(seen, "Keep as it is").window()
        again = slack.submit(stage.write(incident), impact="few")
        assert "“Human error” →" in again.window()
        assert "2 of 5" in slack.submit(again).window()

    def test_gaps_are_told_in_one_list(self, slack: FrontDoor, stage: Stage) -> None:
        """And nothing is submitted."""
        incident = stage.resolved()
        seen = slack.press(stage.open(incident), "Submit for review")
        assert (
            "It still lacks a summary; the root cause; at least one contributing factor; "
            "an action, or the reason why none is needed." in seen.window()
        )
        rca = stage.rca(incident)
        assert rca.state is RcaState.DRAFT

    def test_no_action_needs_a_reason(self, slack: FrontDoor, stage: Stage) -> None:
        """Then it can be submitted without any."""
        seen = stage.written(stage.resolved(), action=False)
        assert "No action is needed: The system is being replaced." in seen.window()
        assert "Submitted" in slack.press(seen, "Submit for review").window()

    def test_a_bystander_only_reads(self, stage: Stage) -> None:
        """The button of another's message says why."""
        incident = stage.resolved(owner=LEA)
        seen = stage.open(incident)
        labels = re.findall(r"\[([^]]+)]", seen.window())
        assert labels == ["Markdown"]
        refused = stage.write(incident)
        assert "Only its owner, the incident's lead, team leads and managers" in told(refused)

    def test_a_guest_reads_nothing(self, slack: FrontDoor, stage: Stage) -> None:
        """It is refused like everything else."""
        stage.resolved()
        (letter,) = letters(slack, BO, "asks you to write")
        assert "member" in slack.press_as(letter, "Open it", CY)

    def test_a_repeat_is_confirmed_here(self, slack: FrontDoor, stage: Stage) -> None:
        """By a human who chooses the earlier incident, or says that there is none."""
        first = stage.resolved()
        stage.frozen.tick(timedelta(days=1))
        second = stage.resolved(said=Declaration("API gateway down again", ("api-gateway",), Customers.MANY, Effect.DOWN))  # fmt: skip
        seen = slack.submit(slack.submit(stage.write(second)))
        menu = next(b for b in seen.view["blocks"] if b.get("block_id") == "repeat")["element"]
        assert [o["text"]["text"] for o in menu["options"]] == [
            "No, it repeats nothing",
            "INC-001 API gateway down",
        ]
        slack.submit(seen, repeat=str(first.id))
        rca = stage.rca(second)
        assert rca.repeat is not None
        assert rca.repeat.label == "INC-001"
        assert rca.incident.repeat_is_confirmed
        seen = slack.submit(slack.submit(stage.write(second)))
        slack.submit(seen, repeat="none")
        rca = stage.rca(second)
        assert (rca.no_repeat, rca.incident.repeat_of) == (True, None)

    def test_an_action_of_the_plan_is_the_houses(self, slack: FrontDoor, stage: Stage) -> None:
        """It comes from the incident, with what it is good for, and its owner is told."""
        incident = stage.resolved(owner=LEA)
        seen = stage.written(incident, by=LEA)
        assert f"#1 Renew certificates by machine · <@{BO}> · due Fri 4 Dec" in seen.window()
        slack.deliver()
        assert len(letters(slack, BO, "gave you an action item: #1 Renew certificates")) == 1
        card = slack.command("/action 1", by=BO).plain()
        assert "INC-001 API gateway down" in card
        assert "| Preventive" in card


class TestReview:
    """By somebody else."""

    def test_its_owner_reviews_nothing(self, slack: FrontDoor, stage: Stage) -> None:
        """Not even a team lead their own."""
        incident = stage.resolved(owner=LEA)
        seen = slack.press(stage.written(incident, by=LEA), "Submit for review")
        assert "Mark as reviewed" not in seen.window()
        theirs = stage.open(incident, by=ANA)
        refused = slack.press(theirs, "Mark as reviewed", by=ANA)
        assert "Reviewed by" in told(refused)

    def test_a_forged_press_by_its_owner_is_refused(self, slack: FrontDoor, stage: Stage) -> None:
        """The domain decides, not the button."""
        incident = stage.resolved(owner=LEA)
        slack.press(stage.written(incident, by=LEA), "Submit for review")
        button = {
            "type": "button",
            "action_id": f"rca.review:{incident.id}",
            "text": {"type": "plain_text", "text": "Review"},
            "value": str(incident.id),
        }
        seen = slack.press(stage.button_for(LEA, button), "Review")
        assert "Nobody reviews their own analysis" in told(seen)
        seen = slack.press(stage.button_for(BO, button), "Review")
        assert "Only team leads and managers can review" in told(seen)

    def test_it_is_sent_back_with_words(self, slack: FrontDoor, stage: Stage) -> None:
        """Its owner reads them, and it is a draft again."""
        incident = stage.resolved()
        slack.press(stage.written(incident), "Submit for review")
        form = slack.press(stage.open(incident, by=LEA), "Send back")
        seen = slack.submit(form, words="Why was there <no alert>?")
        assert "Draft" in seen.window()
        slack.deliver()
        (letter,) = letters(slack, BO, "sent the root cause analysis")
        assert "Why was there &lt;no alert&gt;?" in letter.text
        assert "Submit for review" in stage.open(incident).window()

    def test_it_is_taken_back(self, slack: FrontDoor, stage: Stage) -> None:
        """While it is in review nobody writes in it."""
        incident = stage.resolved()
        seen = slack.press(stage.written(incident), "Submit for review")
        refused = stage.write(incident)
        assert "is in review. Take it back to change it." in told(refused)
        seen = slack.press(stage.open(incident), "Take back")
        assert "It is a draft again." in seen.window()

    def test_a_long_one_is_published_in_several_messages(
        self, slack: FrontDoor, stage: Stage
    ) -> None:
        """Nothing is cut."""
        incident = stage.resolved()
        seen = stage.write(incident)
        for values in TO_THE_PLAN:
            long = {
                name: words
                if name in ("cause_class", "repeat")
                else f"{name} " + "w" * 2_900 + " end"
                for name, words in values.items()
            }
            seen = slack.submit(seen, **long)
        slack.press(slack.submit(seen, no_action="None"), "Submit for review")
        slack.press(stage.open(incident, by=LEA), "Mark as reviewed")
        slack.deliver()
        published = [m for m in thread(slack) if "Root cause analysis of" in m["text"]]
        assert len(published) > 2
        for message in published:
            assert check_message({"text": message["text"], "blocks": message["blocks"]}) == []
        assert str([m["blocks"] for m in published]).count("www end") == 8

    def test_a_markdown_file_is_sent_to_whoever_asks(self, slack: FrontDoor, stage: Stage) -> None:
        """With names instead of ids."""
        incident = stage.resolved()
        seen = slack.press(stage.written(incident), "Markdown")
        assert "I have sent you the file." in seen.window()
        sent = [m for m in slack.letters(BO) if m.message.get("files")]
        assert sent[-1].message["files"][0]["name"] == "INC-001-analysis.md"
        assert incident

    def test_reopening_makes_it_a_draft_again(self, slack: FrontDoor, stage: Stage) -> None:
        """Nothing is lost, and its owner hears of it."""
        incident = stage.resolved()
        stage.reviewed(incident)
        stage.move_to(NOON + timedelta(hours=5))
        since = NOON + timedelta(hours=5)
        stage.work(incident, incident_work.reopen, since, stage.services.severities)
        stage.move_to(NOON + timedelta(hours=6))
        stage.move_to(NOON + timedelta(hours=7))
        assert len(letters(slack, BO, "was reopened. Its root cause analysis is a draft")) == 1
        rca = stage.rca(incident)
        assert (rca.state, bool(rca.summary), rca.looks) == (RcaState.DRAFT, True, ())
        stage.resolve(incident)
        stage.move_to(NOON + timedelta(days=1))
        assert "Submit for review" in stage.open(incident).window()


class TestReminders:
    """Once a day, on working mornings."""

    @pytest.mark.both_databases
    def test_its_owner_is_reminded_once_a_day(self, slack: FrontDoor, stage: Stage) -> None:
        """From the working day before; on the third day overdue a manager hears of it."""
        stage.resolved()  # due on Thursday 26
        days = []
        for hour in range(24 * 12):  # until Saturday 5 December
            stage.move_to(NOON + timedelta(hours=2 + hour))
            stage.move_to(NOON + timedelta(hours=2 + hour, minutes=1))
            found = letters(slack, BO, "The root cause analysis of INC-001")
            if len(found) > len(days):
                days.append(datetime.now(ZoneInfo("Asia/Singapore")).strftime("%a %d %H"))
                assert len(found) == len(days)
        assert days == [
            "Wed 25 09",
            "Thu 26 09",
            "Fri 27 09",
            "Mon 30 09",
            "Tue 01 09",
            "Wed 02 09",
            "Thu 03 09",
            "Fri 04 09",
        ]
        first, second = letters(slack, BO, "INC-001 “API gateway down” is")[:2]
        assert "is due tomorrow. It still lacks" in first.text
        assert "is due today." in second.text
        (late,) = letters(slack, ANA, "is 5 days overdue")
        assert "Appoint somebody" in late.plain()

    @pytest.mark.both_databases
    def test_two_replicas_remind_once(
        self, slack: FrontDoor, stage: Stage, database_url: str, tmp_path: Path
    ) -> None:
        """Whoever comes second finds it done."""
        stage.resolved()
        folder = tmp_path / "second"
        folder.mkdir()
        with FrontDoor(database_url, folder, page=PAGE_HERE) as other:
            stage.frozen.move_to(BO_MORNING + timedelta(days=1))
            slack.wait_all([slack.house.clockwork.wake("rca")])
            other.wait_all([other.house.clockwork.wake("rca")])
            other.wait_all([other.house.clockwork.wake("rca")])
        slack.deliver()
        assert len(letters(slack, BO, "is due tomorrow")) == 1

    def test_reviewed_it_is_quiet(self, slack: FrontDoor, stage: Stage) -> None:
        """Nobody is reminded any more."""
        stage.reviewed(stage.resolved())
        for day in range(8):
            stage.move_to(BO_MORNING + timedelta(days=day))
        assert letters(slack, BO, "The root cause analysis of INC-001 “API gateway down” is") == []

    def test_what_is_not_finished_is_listed(self, slack: FrontDoor, stage: Stage) -> None:
        """With what is overdue."""
        stage.resolved()
        stage.frozen.move_to(NOON + timedelta(days=5))
        button = {
            "type": "button",
            "action_id": "rca.list",
            "text": {"type": "plain_text", "text": "List"},
        }
        seen = slack.press(stage.button_for(BO, button), "List")
        assert seen.text == "1 analysis is not reviewed, 1 overdue: INC-001."
        assert "🔴 overdue" in seen.plain()


class TestDidItWork:
    """Weeks later."""

    def verified(self, slack: FrontDoor, stage: Stage) -> Incident:
        """Return an incident whose only action was verified on 24 November."""
        incident = stage.resolved()
        stage.reviewed(incident)
        stage.frozen.move_to(NOON + timedelta(days=1))
        slack.command("/action done 1", by=BO)
        stage.move_to(NOON + timedelta(days=1, minutes=5))
        rca = stage.rca(incident)
        assert rca.looks == ()
        slack.command("/action verify 1", by=LEA)
        stage.move_to(NOON + timedelta(days=1, minutes=10))
        rca = stage.rca(incident)
        assert [look.due_on for look in rca.looks] == [
            date(2026, 12, 24),
            date(2027, 1, 23),
            date(2027, 2, 22),
        ]
        assert [item.state for item in rca.actions] == [ActionState.VERIFIED]
        return incident

    @pytest.mark.both_databases
    def test_it_has_not_come_back(self, slack: FrontDoor, stage: Stage) -> None:
        """The answer is kept, and the next question comes a month later."""
        incident = self.verified(slack, stage)
        stage.move_to(datetime(2026, 12, 24, 0, tzinfo=UTC))  # eight in Singapore
        assert letters(slack, BO, "Has it come back?") == []
        stage.move_to(datetime(2026, 12, 24, 1, tzinfo=UTC))
        stage.move_to(datetime(2026, 12, 24, 2, tzinfo=UTC))
        (asked,) = letters(slack, BO, "Has it come back?")
        slack.press(asked, "No, it has not")
        assert "Thank you: INC-001 has not come back." in slack.letters(BO)[-1].text
        rca = stage.rca(incident)
        assert rca.looks[0].came_back is False
        assert "answered already" in _pressed_again(slack, asked)
        stage.move_to(datetime(2027, 1, 25, 1, tzinfo=UTC))  # the first working day after
        assert len(letters(slack, BO, "60 days ago")) == 1

    def test_it_has_come_back(self, slack: FrontDoor, stage: Stage) -> None:
        """As another incident, which is a confirmed repeat from then on."""
        incident = self.verified(slack, stage)
        stage.frozen.move_to(datetime(2026, 12, 20, 1, tzinfo=UTC))
        again = stage.declare(Declaration("Gateway down", ("api-gateway",), Customers.MANY, Effect.DOWN))  # fmt: skip
        stage.move_to(datetime(2026, 12, 24, 1, tzinfo=UTC))
        (asked,) = letters(slack, BO, "Has it come back?")
        slack.choose(asked, "INC-002 Gateway down")
        assert "INC-001 came back as INC-002." in slack.letters(BO)[-1].text
        found = stage.services.database.read(find_incident, again.id, HOUSE)
        assert (found.repeat_of, found.repeat_is_confirmed) == (incident.id, True)
        stage.move_to(datetime(2027, 1, 25, 1, tzinfo=UTC))
        assert letters(slack, BO, "60 days ago") == []

    def test_without_an_answer_it_is_asked_once_more(self, slack: FrontDoor, stage: Stage) -> None:
        """A week later, and then not until the next."""
        self.verified(slack, stage)
        for day in range(29):
            stage.move_to(datetime(2026, 12, 24, 1, tzinfo=UTC) + timedelta(days=day))
        assert len(letters(slack, BO, "Has it come back?")) == 2

    def test_what_is_suspected_is_said(self, slack: FrontDoor, stage: Stage) -> None:
        """The bot has looked before it asks."""
        incident = self.verified(slack, stage)
        again = stage.declare(Declaration("Gateway down", ("api-gateway",), Customers.MANY, Effect.DOWN))  # fmt: skip
        stage.work(again, lambda work: incident_work.mark_repeat(work, incident, is_confirmed=False))  # fmt: skip
        stage.move_to(datetime(2026, 12, 24, 1, tzinfo=UTC))
        (asked,) = letters(slack, BO, "Has it come back?")
        assert "INC-002 “Gateway down” may have the same cause." in asked.text

    def test_without_actions_it_begins_at_the_review(self, stage: Stage) -> None:
        """On the day that it is for its owner."""
        incident = stage.resolved()
        stage.reviewed(incident, action=False)
        stage.move_to(NOON + timedelta(hours=3))
        rca = stage.rca(incident)
        assert rca.looks[0].due_on == date(2026, 12, 23)


class TestRestricted:
    """Only those whom it names know of it."""

    def test_no_button_shows_it_to_others(self, slack: FrontDoor, stage: Stage) -> None:
        """What is forbidden reads like what is not there."""
        secret = Declaration(
            "Key leaked", ("dns",), Customers.MANY, Effect.DOWN, kind=IncidentKind.SECURITY
        )
        incident = stage.declare(secret, by=ANA)
        stage.frozen.tick(timedelta(minutes=83))
        stage.resolve(incident, LEA)
        stage.written(incident, by=LEA, action=False)
        names = (
            *("open", "write", "submit", "take_back", "review", "send_back", "appoint"),
            *("volunteer", "markdown", "plan", "gone"),
        )
        for number in (incident.id, 999):
            buttons = [
                {
                    "type": "button",
                    "action_id": f"rca.{name}:{number}{':30' if name == 'gone' else ''}",
                    "text": {"type": "plain_text", "text": name},
                    "value": str(number),
                }
                for name in names
            ]
            shown = stage.button_for(BO, *buttons)
            for name in names:
                seen = slack.press(shown, name)
                assert seen.text == "I know of no such incident.", (name, number)
        for message in [*slack.seen(BO), *[one.message for one in slack.letters(BO)]]:
            assert not re.search("Key leaked|SEC-001", str(message))
        assert "Key leaked" in stage.open(incident, by=ANA).window()

    def test_its_actions_are_for_those_it_names(self, slack: FrontDoor, stage: Stage) -> None:
        """And nobody else can be given one."""
        secret = Declaration(
            "Key leaked", ("dns",), Customers.MANY, Effect.DOWN, kind=IncidentKind.SECURITY
        )
        incident = stage.declare(secret, by=ANA)
        stage.resolve(incident, LEA)
        seen = stage.write(incident, by=LEA)
        for values in TO_THE_PLAN:
            seen = slack.submit(seen, **values)
        form = slack.press(seen, "Add an action")
        filled = {"text": "Rotate keys", "due": "2026-12-04", "remedy": "corrective"}
        wrong = slack.submit(form, **filled, owner=BO)
        assert wrong.outcome.errors is not None
        assert "may not know of SEC-001" in wrong.outcome.errors["owner"]
        slack.submit(form, **filled, owner=LEA)
        assert "There is no action #1" in slack.command("/action 1", by=BO).text
        assert "Rotate keys" in slack.command("/action 1", by=ANA).plain()

    @pytest.mark.both_databases
    @pytest.mark.parametrize(("lead", "asked"), [(None, ANA), (BO, BO)])
    def test_whoever_left_is_not_asked_later_and_somebody_else_is(
        self, slack: FrontDoor, stage: Stage, lead: str | None, asked: str
    ) -> None:
        """Its lead, or whoever sees all of them, who can answer in the owner's place."""
        secret = Declaration(
            "Key leaked", ("dns",), Customers.MANY, Effect.DOWN, kind=IncidentKind.SECURITY
        )
        incident = stage.declare(secret, by=BO)
        if lead is not None:
            stage.work(incident, incident_work.take_lead, stage.services.severities, by=lead)
        stage.resolve(incident, LEA)
        stage.reviewed(incident, action=False, by=LEA, reviewer=ANA)
        stage.move_to(NOON + timedelta(hours=3))
        stage.work(incident, incident_work.leave, LEA)
        for hour in (1, 9, 12):
            stage.move_to(datetime(2026, 12, 23, hour, tzinfo=UTC))
        told = {who: letters(slack, who, "Has it come back?") for who in (ANA, BO, LEA)}
        assert {who for who, found in told.items() if found} == {asked}
        (question,) = told[asked]
        slack.press(question, "No, it has not")
        assert "Thank you: SEC-001 has not come back." in slack.letters(asked)[-1].text


def _pressed_again(slack: FrontDoor, asked: Seen) -> str:
    """Press a button of a message that has been replaced meanwhile, as a phone with an old picture does."""
    return slack.press_as(asked, "No, it has not", BO)


def test_times_are_corrected_and_the_day_moves(slack: FrontDoor, stage: Stage) -> None:
    """When the resolution was another day, the analysis is due on another."""
    incident = stage.resolved()
    stage.frozen.move_to(NOON + timedelta(days=1))
    later = {Moment.RESOLVED: NOON + timedelta(hours=22)}
    stage.work(incident, incident_work.correct_times, later, "it went on")
    stage.move_to(NOON + timedelta(days=1, minutes=1))
    assert "is needed by Fri 27 Nov" in letters(slack, BO, "is needed by")[-1].text


def test_that_its_owner_moves_moves_no_day(slack: FrontDoor, stage: Stage) -> None:
    """It was resolved on a Tuesday in Singapore, which was still a Monday in London."""
    stage.frozen.move_to(NOON + timedelta(hours=5))
    incident = stage.resolve(stage.declare(), BO)
    before = stage.rca(incident).due_on
    london = replace(person(BO), zone=ZoneInfo("Europe/London"))
    slack.write(remember, london)
    stage.move_to(NOON + timedelta(hours=6))
    assert stage.rca(incident).due_on == before == date(2026, 11, 27)
    assert not [one for one in slack.letters(BO) if "is needed by" in one.text]
