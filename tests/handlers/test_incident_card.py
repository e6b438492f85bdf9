"""What is done with an incident from its card: forms, windows, the timeline and its pushpins."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.impact import impact_windows
from bot.domain.timeline import write
from bot.storage.incident import HOUSE, EntryRow, IncidentRow, find_row, for_shown
from bot.vocabulary import Entry, IncidentState, Void
from tests.front_door import ANA, BO, CY, LEA, text
from tests.incident_front import INC, NOON, WITH_CHANNEL, IncidentDoor, after, fields, good, picked

_TEXTS = for_shown(select(EntryRow.text))


@pytest.fixture(autouse=True)
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock at noon in UTC on a Monday."""
    with freeze_time(NOON, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def door(mode, database_url, tmp_path) -> Iterator[IncidentDoor]:
    """A practice workspace with an incident that LEA leads, once over Socket Mode and once over signed HTTP."""
    with IncidentDoor(database_url, tmp_path, mode=mode) as door:
        begin(door)
        yield door


def begin(door: IncidentDoor) -> None:
    """Let an incident be declared and taken."""
    door.declare()
    door.press(door.card(), "Take lead", by=LEA)


def told(door: IncidentDoor, who: str) -> str:
    """Return what somebody was told last in the channel."""
    return str(door.seen(who, INC)[-1]["text"])


def timeline(door: IncidentDoor, by: str = BO) -> list[str]:
    """Return the lines of the timeline as somebody reads them."""
    return good(door.command("/incident timeline 1", by=by)).window().splitlines()


class TestLead:
    """Whose it is."""

    def test_taking_it_twice_says_so(self, door):
        """A button acts on how it stands."""
        door.press(door.card(), "Take lead", by=LEA)
        assert told(door, LEA) == "You lead INC-001 already."

    def test_it_can_be_taken_from_somebody(self, door):
        """After a question, and the timeline tells from whom."""
        assert (
            door.card().button("Take lead")["confirm"]["text"]["text"] == f"<@{LEA}> leads it now."
        )
        door.press(door.card(), "Take lead", by=ANA)
        assert door.incident().lead == ANA
        assert f"took the lead from <@{LEA}>" in "\n".join(timeline(door))

    @pytest.mark.parametrize(
        ("label", "part", "line"),
        [
            ("Hand over lead", "lead", f"gave the lead to <@{BO}>"),
            ("Hand over", "comms", f"gave the communication to <@{BO}>"),
        ],
    )
    def test_handing_over(self, door, label, part, line):
        """The window shows the card as it stands afterwards."""
        form = good(door.more(label))
        assert "is no member" in door.submit(form, to=CY).outcome.errors["to"]
        door.submit(form, to=BO)
        assert getattr(door.incident(), part) == BO
        assert BO in door.incident().responders
        assert line in "\n".join(timeline(door))
        assert f"<@{BO}>" in door.card().plain()

    def test_joining_leaving_and_bringing_in(self, door):
        """Who works on it stands on the card."""
        assert (
            f"with <@{BO}>" in door.press(door.press(door.card(), "More", by=BO), "Join").window()
        )
        assert f"with <@{BO}>" in door.card().plain()
        door.press(door.press(door.card(), "More", by=BO), "Leave")
        assert BO not in door.incident().responders
        door.submit(good(door.more("Bring in")), people=[BO, ANA])
        assert set(door.incident().responders) == {LEA, BO, ANA}


class TestUpdates:
    """What those concerned are told."""

    def test_an_update_stands_on_the_card_and_in_its_thread(self, door, frozen):
        """With when to expect the next."""
        frozen.tick(timedelta(minutes=10))
        assert door.fill("Update", text="Failing over\nto Frankfurt").outcome.views == []
        assert door.thread() == ["INC-001: Failing over\nto Frankfurt"]
        assert "~ Next update due 23 November 2026, 12:40 UTC" in door.card().plain()
        assert door.card().text.endswith("Last update: Failing over\nto Frankfurt")
        assert "| > Failing over" in timeline(door)

    def test_the_next_one_can_be_moved(self, door):
        """To a time that has not passed."""
        form = good(door.more("Move"))
        assert fields(form)["until"]["initial_date_time"] == picked(60)
        assert door.submit(form, until=picked(-5)).outcome.errors == {
            "until": "That time has passed."
        }
        door.submit(form, until=picked(120))
        assert "Next update due 23 November 2026, 14:00 UTC" in door.card().plain()

    def test_a_long_one_is_cut_on_the_card_alone(self, door):
        """In the thread and the timeline it is whole enough to be read."""
        door.fill("Update", text="word " * 500)
        assert len(door.card().plain()) < 1_500
        assert len(door.thread()[0]) > 2_000


class TestSeverity:
    """How bad it is."""

    def test_it_is_changed_with_a_reason(self, door):
        """Everybody reads why."""
        form = good(door.press(door.card(), "Change severity", by=BO))
        same = door.submit(form, severity="sev1", why="x")
        assert same.outcome.errors == {"severity": "It is SEV1 critical already."}
        door.submit(form, severity="sev3", why="Only <one> customer")
        assert "| SEV3 medium" in door.card().plain()
        assert door.thread() == [f"INC-001 is SEV3 medium now, says <@{BO}>."]
        shown = "\n".join(timeline(door))
        assert "changed severity from SEV1 critical to SEV3 medium: Only <one> customer" in shown


class TestWho:
    """What every member may do with an incident that somebody else leads, and what its lead and managers alone."""

    def test_every_member_judges_and_says_that_it_is_mitigated(self, door):
        """Whoever sees first that it is worse, wider or better says so; their name stands in the timeline."""
        door.fill("Change severity", by=BO, severity="sev2", why="Only in Asia")
        door.submit(good(door.more("Change", by=BO)), title="Down", services=["dns"])
        door.press(door.command("/incident more 1", by=BO), "Mitigated")
        incident = door.incident()
        assert (incident.severity, incident.services) == ("sev2", ("dns",))
        assert (incident.state, incident.lead) == (IncidentState.MITIGATED, LEA)
        shown = "\n".join(timeline(door))
        assert f"<@{BO}> changed the severity from SEV1 critical to SEV2 high" in shown
        assert f"it is mitigated, says <@{BO}>" in shown
        assert f"<@{BO}> changed services from “api-gateway” to “dns”" in shown

    @pytest.mark.parametrize("verb", ["resolve", "times", "close"])
    def test_its_lead_and_managers_end_it(self, door, verb):
        """What figures are made of; the help says so."""
        said = told_by(door, f"/incident {verb} 1", BO)
        assert said.startswith("Only the lead of INC-001 and managers can ")
        assert (
            "Its lead and managers resolve, close and correct times."
            in door.command("/incident help", by=BO).plain()
        )

    @pytest.mark.parametrize("verb", ["mitigated", "severity", "title", "update"])
    def test_a_guest_does_nothing(self, door, verb):
        """Nor learns more than that."""
        assert told_by(door, f"/incident {verb} 1", CY) == (
            "Only members of this workspace can see incidents."
        )


class TestTimes:
    """Corrections, which append to a log."""

    def test_times_are_corrected_and_made_unknown(self, door, frozen):
        """With a reason; what nobody touched keeps its seconds."""
        frozen.tick(timedelta(minutes=3, seconds=20))
        door.press(door.more("Mitigated"), "Times")
        form = good(door.press(door.card(), "Times", by=LEA))
        shown = fields(form)
        assert shown["mitigated"]["initial_date_time"] == int(
            door.incident().times.mitigated.timestamp()
        )
        assert "resolved" not in shown
        assert door.submit(form, why="x").outcome.errors == {
            "why": "Nothing is different from what is known."
        }
        wrong = door.submit(form, started=picked(2), why="x")
        assert "This is after somebody took it" in wrong.outcome.errors["started"]
        both = door.submit(form, started=picked(-10), nobody_knows=["started"], why="x")
        assert "Keep one of the two" in both.outcome.errors["started"]
        door.submit(form, nobody_knows=["acknowledged"], why="Seen in the <graph>")
        times = door.incident().times
        assert (times.started, times.acknowledged) == (after(-10), None)
        assert times.mitigated == NOON + timedelta(minutes=3, seconds=20)
        lines = "\n".join(timeline(door, by=LEA))
        assert "# Corrections" in lines
        assert (
            "changed started from 23 November 2026, 13:00 CET to 23 November 2026, 12:50 CET: Seen in the <graph>"
            in lines
        )
        assert "changed acknowledged from 23 November 2026, 13:00 CET to unknown" in lines

    def test_a_time_that_is_taken_away_is_unknown(self, door):
        """As if it had been ticked."""
        door.fill("Times", started=None, why="Nobody knows")
        assert door.incident().times.started is None
        assert "~ Start unknown, known since" in door.card().plain()

    def test_restricting_promises_no_more_than_it_can(self, door):
        """Only the bot's own messages can go."""
        said = good(door.more("Restrict")).window()
        assert "*What people wrote there themselves stays*: ask them to delete it." in said
        assert "What was shared elsewhere before, a report, a figure or a file, stays" in said
        assert "*Its duplicates go with it*: they tell of the same." in said

    def test_the_next_update_cannot_be_moved_for_ever(self, door):
        """A day, or four intervals, whichever is longer."""
        form = door.more("Move")
        seen = door.submit(form, until=picked(400 * 24 * 60))
        assert "at most 24 h from now" in seen.outcome.errors["until"]
        door.submit(form, until=picked(23 * 60))
        assert door.incident().cadence.next_at == after(23 * 60)

    def test_a_card_says_since_when_an_update_is_overdue(self, door, frozen):
        """When its lead is reminded."""
        frozen.tick(timedelta(minutes=31))
        door.tick("incident reminders")
        assert "~ ⏰ Update overdue since 23 November 2026, 12:30 UTC" in door.card().plain()

    def test_only_lead_and_managers_correct(self, door):
        """Everybody else learns so before they fill anything in."""
        door.press(door.card(), "Times", by=BO)
        assert told(door, BO) == (
            "Only the lead of INC-001 and managers can correct its times. Take the lead, or ask them."
        )

    def test_what_somebody_else_corrected_meanwhile_stays(self, door):
        """A form changes only what was changed in it."""
        mine, theirs = (door.press(door.card(), "Times", by=who) for who in (LEA, ANA))
        door.submit(theirs, started=picked(-30), why="The graph")
        door.submit(mine, mitigated=picked(0), why="The log")
        assert door.incident().times.started == after(-30)
        assert door.incident().times.mitigated == NOON


class TestEnding:
    """Resolving, closing, reopening."""

    def test_an_honest_start_is_asked_for(self, mode, database_url, tmp_path, frozen):
        """Where nobody knew it when it was declared; and who analyses the cause, where the severity asks for it."""
        with IncidentDoor(database_url, tmp_path, mode=mode) as door:
            door.declare(began="unknown")
            door.press(door.card(), "Take lead", by=LEA)
            frozen.tick(timedelta(minutes=30))
            form = good(door.press(door.card(), "Resolve", by=LEA))
            asked = ["resolved", "started", "detected", "mitigated", "owner"]
            assert list(fields(form)) == asked
            hints = [block.get("hint", {}).get("text", "") for block in form.view["blocks"]]
            assert any("It was declared on 23 November 2026, 13:00 CET." in one for one in hints)
            assert fields(form)["owner"]["initial_user"] == LEA
            assert "is no member" in door.submit(form, owner=CY).outcome.errors["owner"]
            wrong = door.submit(form, owner=BO, started=picked(5))
            assert "This is after somebody took it" in wrong.outcome.errors["started"]
            wrong = door.submit(form, owner=BO, detected=picked(5))
            assert list(wrong.outcome.errors) == ["detected"]
            assert "This is after somebody took it" in wrong.outcome.errors["detected"]
            door.submit(form, started=picked(-6), detected=picked(-2), mitigated=picked(20))
            times = door.incident().times
            assert times.to_detect == timedelta(minutes=4)
            assert (times.started, times.mitigated, times.resolved) == (
                after(-6),
                after(20),
                after(30),
            )
            assert door.thread()[-1].startswith(
                f"<@{BO}> writes the root cause analysis of INC-001"
            )

    def test_a_mild_one_needs_no_analysis(self, door):
        """So nobody is asked for it."""
        door.fill("Change severity", severity="sev4", why="Nobody noticed")
        form = good(door.press(door.card(), "Resolve", by=LEA))
        assert "owner" not in fields(form)
        door.submit(form)
        assert door.thread()[-1] == "🟢 INC-001 is resolved."

    def test_two_people_resolve_at_once(self, door):
        """One of them does; the other is told that it is done."""
        forms = [door.press(door.card(), "Resolve", by=who) for who in (ANA, LEA)]
        acts = door.slack.acts
        came = door.wait_all([acts.submit(one.by, one.view["id"], {}) for one in forms])
        errors = [list(one.errors.values()) for one in came if one.errors]
        assert errors == [["INC-001 is resolved already."]]
        ends = [line for line in timeline(door) if "it is resolved, says <@" in line]
        assert len(ends) == 1
        assert len([said for said in door.thread() if "is resolved" in said]) == 1

    def test_one_that_was_mitigated_before_anybody_took_it(
        self, mode, database_url, tmp_path, frozen
    ):
        """Whoever takes it then can resolve it."""
        with IncidentDoor(database_url, tmp_path, mode=mode) as door:
            door.declare()
            frozen.tick(timedelta(minutes=5))
            door.more("Mitigated", by=BO)
            frozen.tick(timedelta(minutes=5))
            door.press(door.card(), "Take lead", by=LEA)
            assert door.fill("Resolve").outcome.errors == {}
            assert door.incident().times.resolved == after(10)

    def test_only_lead_and_managers_resolve(self, door):
        """BO declared it, and still has to ask or take it."""
        door.press(door.card(), "Resolve", by=BO)
        assert "Only the lead of INC-001 and managers can resolve it." in told(door, BO)
        assert door.incident().is_open

    def test_closing_and_reopening(self, door, frozen):
        """Its last end counts; the stretch before is kept."""
        door.fill("Resolve")
        stale = door.card()
        door.press(stale, "Close", by=LEA)
        assert door.incident().state is IncidentState.CLOSED
        door.press(stale, "Close", by=LEA)
        assert told(door, LEA) == "INC-001 is closed; only a resolved one is closed."
        assert door.card().plain().endswith("[Reopen] [Times] [Timeline] [Analysis] [More]")

        frozen.tick(timedelta(hours=5))
        form = good(door.press(door.card(), "Reopen", by=BO))
        early = door.submit(form, since=picked(-60))
        assert "before it was resolved" in early.outcome.errors["since"]
        door.submit(form, since=picked(270))
        found = door.incident()
        assert (found.state, found.reopens, found.times.reopened) == (
            IncidentState.REOPENED,
            1,
            after(270),
        )
        assert door.thread()[-1] == f"🔴 INC-001 is back, says <@{BO}>."
        assert "~ Reopened once." in door.card().plain()
        assert "~ Back since 23 November 2026, 16:30 UTC" in door.card().plain()
        late = door.press_as(stale, "Reopen", BO)
        assert late == "INC-001 is reopened; there is nothing to reopen."

    def test_what_is_over_takes_no_updates(self, door):
        """A card that somebody still has open says so."""
        stale = door.card()
        door.fill("Resolve")
        door.press(stale, "Update", by=BO)
        assert told(door, BO) == "INC-001 is resolved. Reopen it to go on."


def test_two_updates_at_the_same_moment_are_both_told(door):
    """The clock stands still here."""
    door.fill("Update", text="Failing over")
    door.fill("Update", by=ANA, text="Done")
    assert door.thread()[-2:] == ["INC-001: Failing over", "INC-001: Done"]


def told_by(door: IncidentDoor, command: str, by: str = LEA) -> str:
    """Return what a command is answered with."""
    return door.command(command, by=by).text


class TestWhatItIs:
    """Title, services, false alarms and duplicates."""

    def test_title_and_services(self, door):
        """Both in one form, and both in the log."""
        form = good(door.more("Change"))
        assert fields(form)["title"]["initial_value"] == "API gateway down"
        door.submit(form, title="Gateway & DNS down", services=["api-gateway", "dns"])
        assert door.card().plain().startswith("# 🟠 INC-001 Gateway & DNS down")
        assert "| api-gateway, dns" in door.card().plain()
        assert "changed services from “api-gateway” to “api-gateway, dns”" in "\n".join(
            timeline(door)
        )

    def test_one_service_is_hurt_for_less_time(self, door, frozen):
        """Uptime counts its own times; they stand in the log, and what cannot be stands beside its field."""
        frozen.tick(timedelta(hours=1))
        assert told_by(door, "/incident service 1") == (
            "INC-001 affects no second service. Correct its own times instead."
        )
        door.submit(good(door.more("Change")), title="Down", services=["api-gateway", "dns"])
        form = good(door.more("Service times"))
        for began, ended, field, said in (
            (20, 10, "ended", "It cannot have ended before it began."),
            (90, None, "began", "This lies in the future."),
            (-60 * 24 * 40, 10, "began", "This is more than 31 days away from the incident."),
            (None, None, "why", "Nothing is different from what is known."),
        ):
            times = {
                "began": picked(began) if began else None,
                "ended": picked(ended) if ended else None,
            }
            came = door.submit(form, service="dns", why="the logs", **times).outcome
            assert came.errors == {field: said}
        door.submit(form, service="dns", began=picked(10), ended=picked(20), why="the logs say so")
        hurt = impact_windows(door.incident(), after(60))
        assert hurt == {"api-gateway": [(after(0), after(60))], "dns": [(after(10), after(20))]}
        form = good(door.more("Service times"))
        assert "dns was hurt from 23 November 2026, 12:10 UTC until" in form.window()
        door.submit(form, service="dns", began=picked(10), why="it goes on")
        log = "\n".join(timeline(door))
        assert "changed start of dns from that of the incident to" in log
        assert "changed end of dns from 23 November 2026" in log
        assert "to that of the incident: it goes on" in log

    @pytest.mark.both_databases
    def test_a_service_with_a_long_name_is_named_in_full(
        self, mode, database_url, tmp_path, frozen
    ):
        """In the log, which has a short column for what was corrected."""
        long = "backend-for-the-customers-of-our-oldest-shop-in-the-east-and-the-west"
        page = WITH_CHANNEL.replace("dns]", f"dns, {long}]")
        with IncidentDoor(database_url, tmp_path, mode=mode, page=page) as door:
            begin(door)
            frozen.tick(timedelta(hours=1))
            door.submit(good(door.more("Change")), title="Down", services=["dns", long])
            form = good(door.more("Service times"))
            door.submit(form, service=long, began=picked(10), why="the logs say so")
            log = "\n".join(timeline(door))
            assert "changed start of a service from that of the incident to" in log
            assert f": {long}: the logs say so" in log

    def test_only_lead_and_managers_correct_a_service(self, door):
        """As with the incident's own times."""
        door.submit(good(door.more("Change")), title="Down", services=["api-gateway", "dns"])
        said = told_by(door, "/incident service 1", BO)
        assert said.startswith("Only the lead of INC-001 and managers can correct its times.")

    def test_a_false_alarm_is_taken_back(self, door):
        """It counts in no figure, until it does after all."""
        door.more("False alarm")
        assert door.incident().void is Void.FALSE_ALARM
        assert door.card().plain().endswith("[It counts after all] [Timeline]")
        door.press(door.card(), "It counts after all", by=LEA)
        assert door.incident().is_open

    def test_a_false_alarm_is_not_reopened(self, door):
        """Neither by a command nor by a button, until it counts again."""
        door.fill("Resolve")
        door.more("False alarm")
        said = door.command("/incident reopen 1", by=LEA).text
        assert said == "INC-001 was a false alarm. Take that back first."
        assert "[Reopen]" not in good(door.command("/incident more 1", by=LEA)).window()

    def test_only_lead_and_managers_call_it_false(self, door):
        """The window stays, and they are told in front of it."""
        seen = door.more("False alarm", by=BO)
        assert "Only the lead of INC-001 and managers" in seen.window()
        assert door.incident().void is None

    def test_a_duplicate_by_its_number(self, door, frozen):
        """Both cards say so; what cannot be stands beside the field."""
        frozen.tick(timedelta(minutes=1))
        door.declare(title="Nothing works", services=["dns"])
        first = door.cards()[0]
        form = good(door.press(door.press(first, "More", by=ANA), "Choose"))
        for typed, said in (
            ("inc-9", "I know of no INC-009."),
            ("gateway", "“gateway” is no incident."),
            ("inc-1", "INC-001 cannot be a duplicate of itself."),
        ):
            assert said in door.submit(form, of=typed).outcome.errors["of"]
        door.submit(form, of="2")
        door.deliver()
        assert "~ The same as INC-002; look there." in door.cards()[0].plain()
        assert door.incident(2).times.started == NOON


def write_notes(session: Session, number: int, count: int) -> None:
    """Write many long lines into a timeline."""
    row = find_row(session, number, HOUSE)
    for note in range(count):
        words = f"{note} " + "一 & 二 " * 400
        write(session, row, Entry.NOTE, BO, words, after(note / 60))


class TestTimeline:
    """What happened, in order."""

    def test_it_runs_over_midnight(self, door, frozen):
        """With a heading for each day, in the reader's own zone: what was noon here was eight in the evening there."""
        frozen.tick(timedelta(hours=5))
        door.fill("Update", by=BO, text="Still <down>")
        form = good(door.press(door.command("/incident timeline 1", by=BO), "Add an entry"))
        assert door.submit(form, text="x", at=picked(400)).outcome.errors == {
            "at": "This lies in the future."
        }
        window = good(door.submit(form, text="A cable was cut", at=picked(-30)))
        assert window.window() == text(f"""
            | 🟠 *INC-001* API gateway down
            # Monday, 23 November 2026
            | 19:30 +08 📝 <@{BO}> _(written down 5 h 30 min later)_
            | > A cable was cut
            | 20:00 +08 • <@{BO}> declared it
            | 20:00 +08 • <@{LEA}> took the lead
            # Tuesday, 24 November 2026
            | 01:00 +08 📣 <@{BO}>
            | > Still <down>
            [Add an entry]
        """)

    def test_a_long_one_fits(self, door):
        """The last entries are shown, and how many are not."""
        door.write(write_notes, 1, 400)
        window = good(door.press(door.card(), "Timeline", by=BO))
        assert "399 一" in window.window()
        assert re.search(r"~ \d\d\d earlier entries are not shown here.", window.window())


def give_channel(session: Session, number: int, channel: str) -> None:
    """Let an incident have a channel of its own."""
    found = update(IncidentRow).where(IncidentRow.id == number)
    session.execute(for_shown(found.values(channel=channel)))


class TestExport:
    """Everything about an incident as a file, for whoever asks."""

    def test_whoever_asks_gets_it_alone(self, door, frozen):
        """In their own zone, with people by their names, from the window behind "More" and by words."""
        door.fill("Update", text="We <!here> fail over")
        frozen.tick(timedelta(minutes=5))
        window = good(door.more("Export", by=ANA))
        assert window.window().startswith(
            text("""
            | 🟠 *INC-001* API gateway down
            ~ 📄 I have sent you inc-001.md in a direct message.
        """)
        )
        name, content = door.file_sent(ANA)
        assert name == "inc-001.md"
        assert content.startswith("# INC-001 API gateway down\n")
        assert "- Lead: @Lea Novak" in content
        assert (
            "- 23 November 2026, 13:00 CET, @Lea Novak, update: We \\<!here\\> fail over" in content
        )

        told = door.command("/incident export 1", by=BO)
        assert [one["text"] for one in told.messages] == [
            "Here is INC-001, as it stands now.",
            "I have sent you inc-001.md in a direct message.",
        ]
        assert "20:00 +08" in door.file_sent(BO)[1]
        assert [len(door.letters(who)) for who in (ANA, BO, LEA)] == [1, 1, 0]

    def test_a_press_that_arrives_again_sends_one_file(self, door):
        """Slack may repeat itself."""
        more = door.press(door.card(), "More", by=BO)
        door.slack.chaos.duplicate()
        door.press(more, "Export")
        assert len(door.letters(BO)) == 1

    def test_a_restricted_one_goes_to_those_who_see_it(self, door):
        """To the others it is not there; nor is a guest sent anything."""
        door.declare(kind="security", named=[LEA], title="Keys leaked")
        door.command("/incident export sec-1", by=LEA)
        assert "SEC-001 Keys leaked" in door.file_sent(LEA)[1]
        absent = door.command("/incident export sec-9", by=ANA).text
        assert door.command("/incident export sec-1", by=ANA).text == absent.replace("9", "1")
        door.command("/incident export 1", by=CY)
        assert door.letters(ANA) == door.letters(CY) == []


class TestPins:
    """A 📌 on a message takes it into the timeline."""

    def say(self, door: IncidentDoor, words: str, by: str = LEA) -> str:
        """Let somebody write in the thread of the card, and return the message's place."""
        door.deliver()
        root = door.seen(BO, INC)[0]["ts"]
        door.wait(door.slack.acts.say(by, INC, words, root))
        return door.place.thread_seen_by(BO, root)[-1].ts

    def react(
        self, door: IncidentDoor, ts: str, by: str, name: str = "pushpin", *, off: bool = False
    ) -> None:
        """Put an emoji on a message, or take it off."""
        acts = door.slack.acts
        door.wait((acts.unreact if off else acts.react)(by, INC, ts, name))

    def pins(self, door: IncidentDoor) -> list[str]:
        """Return what is in the timeline by pushpin."""
        lines = timeline(door)
        return [f"{line} {lines[at + 1]}" for at, line in enumerate(lines) if "📌" in line]

    def test_a_message_goes_in_once_and_out_with_the_last_pushpin(self, door, frozen):
        """At the time it was written, as its writer's, however many pin it."""
        frozen.tick(timedelta(minutes=3))
        ts = self.say(door, "@bo the <disk> is full")
        frozen.tick(timedelta(minutes=9))
        self.react(door, ts, BO)
        self.react(door, ts, ANA, "round_pushpin")
        self.react(door, ts, LEA)
        kept = [f"| 20:03 +08 📌 <@{LEA}> | > @bo the <disk> is full"]
        assert [line.replace("@Bo Chen", "@bo") for line in self.pins(door)] == kept
        self.react(door, ts, BO, off=True)
        self.react(door, ts, LEA, off=True)
        assert len(self.pins(door)) == 1
        self.react(door, ts, ANA, "round_pushpin", off=True)
        assert self.pins(door) == []
        self.react(door, ts, BO)
        assert len(self.pins(door)) == 1

    def test_what_belongs_to_no_incident_is_left_alone(self, door):
        """Other emoji, other threads, the card itself, and guests."""
        ts = self.say(door, "nothing to see")
        self.react(door, ts, BO, "eyes")
        self.react(door, ts, CY)
        self.react(door, door.seen(BO, INC)[0]["ts"], BO)
        door.wait(door.slack.acts.say(BO, INC, "by itself"))
        self.react(door, door.seen(BO, INC)[-1]["ts"], BO)
        assert self.pins(door) == []

    def test_in_an_incidents_own_channel_every_message_can_be_pinned(self, door):
        """Also in a private one, for those alone who may know of it."""
        kind = type(door.place.kind).PRIVATE
        room = door.slack.workspace.open_conversation(kind, "sec-1", [BO, LEA, ANA], BO)
        door.slack.invite_app(room.id)
        door.declare(kind="security", named=[LEA], title="Keys leaked")
        door.write(give_channel, 2, room.id)
        for words in ("the key is out", "which key?"):
            door.wait(door.slack.acts.say(LEA, room.id, words))
        first, second = [one["ts"] for one in door.seen(BO, room.id) if one["user"] == LEA]
        door.wait(door.slack.acts.react(LEA, room.id, first, "pushpin"))
        door.wait(door.slack.acts.react(ANA, room.id, second, "pushpin"))
        window = door.command("/incident timeline sec-1", by=BO).window()
        assert "> the key is out" in window
        assert "which key?" not in window, "ANA is in the room, but not named"

    def test_the_same_news_twice_is_once(self, door):
        """Slack may repeat itself."""
        ts = self.say(door, "the disk is full")
        door.slack.chaos.duplicate()
        self.react(door, ts, BO)
        assert len(self.pins(door)) == 1

    def test_a_pinned_message_says_what_its_author_lets_it_say(self, door, frozen):
        """Edited it is marked, and its earlier words are kept nowhere; without an edit nothing changes."""
        acts = door.slack.acts
        ts = self.say(door, "the key is hunter2, @bo")
        self.react(door, ts, BO)
        frozen.tick(timedelta(minutes=7))
        door.wait(acts.edit(LEA, INC, ts, "the key was <b>out</b>, @bo"))
        kept = [f"| 20:00 +08 📌 <@{LEA}> | > the key was <b>out</b>, @Bo Chen (edited)"]
        assert self.pins(door) == kept
        door.wait(acts.edit(LEA, INC, ts, "never mind"))
        assert self.pins(door) == [f"| 20:00 +08 📌 <@{LEA}> | > never mind (edited)"]
        self.react(door, ts, BO, off=True)
        self.react(door, ts, BO)
        assert self.pins(door) == [f"| 20:00 +08 📌 <@{LEA}> | > never mind (edited)"]
        kept = door.services.database.read(lambda session: [*session.scalars(_TEXTS)])
        assert not [text for text in kept if "hunter2" in text]

    def test_a_pinned_message_that_is_deleted_says_so(self, door):
        """Its line stays at its time, as its author's, without the words."""
        ts, other = self.say(door, "the key is hunter2"), self.say(door, "it is not pinned")
        self.react(door, ts, BO)
        for each in (other, ts):
            door.wait(door.slack.acts.delete(LEA, INC, each))
        assert self.pins(door) == [f"| 20:00 +08 📌 <@{LEA}> | > (this message was deleted)"]

    def test_one_with_answers_and_one_in_a_channel_of_its_own(self, door):
        """Slack leaves a sign of a message that was answered; it is as gone as any other."""
        room = door.slack.workspace.open_conversation(
            type(door.place.kind).PRIVATE, "inc-1", [BO, LEA, ANA], BO
        )
        door.slack.invite_app(room.id)
        door.write(give_channel, 1, room.id)
        acts = door.slack.acts
        for words in ("One", "Two", "Three"):
            door.wait(acts.say(LEA, room.id, words))
        stamps = [one["ts"] for one in door.seen(BO, room.id) if one["user"] == LEA]
        for ts in stamps:
            door.wait(acts.react(BO, room.id, ts, "pushpin"))
        door.wait(acts.say(BO, room.id, "What?", stamps[0]))
        door.wait(acts.delete(LEA, room.id, stamps[0]))
        door.wait(acts.delete(LEA, room.id, stamps[1]))
        door.wait(acts.edit(LEA, room.id, stamps[2], "3"))
        said = [line.rpartition("> ")[2] for line in self.pins(door)]
        assert said == ["(this message was deleted)"] * 2 + ["3 (edited)"]

    def test_edits_that_arrive_twice_late_or_while_slack_is_away(self, door):
        """What counts is how the message stands when it is looked at."""
        ts = self.say(door, "One")
        self.react(door, ts, BO)
        door.slack.chaos.duplicate()
        door.wait(door.slack.acts.edit(LEA, INC, ts, "Two"))
        late = {"message": {"ts": ts, "text": "One"}, "channel": INC, "channel_type": "channel"}
        late |= {"type": "message", "subtype": "message_changed"}
        door.wait(door.slack.acts.event(late))
        assert [line.rpartition("> ")[2] for line in self.pins(door)] == ["Two (edited)"]
        door.slack.chaos.fail("conversations.replies", 1)
        door.wait(door.slack.acts.edit(LEA, INC, ts, "Three"))
        door.wait_until(lambda: "> Three (edited)" in self.pins(door)[0])

    def test_edits_of_what_is_in_no_timeline_ask_slack_for_nothing(self, door):
        """Neither who nor what it was."""
        ts = self.say(door, "@bo the disk is full")
        asked = len(door.slack.traffic.entries)
        door.wait(door.slack.acts.edit(LEA, INC, ts, "@bo it was"))
        door.wait(door.slack.acts.delete(LEA, INC, ts))
        calls = [one.name for one in list(door.slack.traffic.entries)[asked:]]
        assert not {"conversations.replies", "users.info"}.intersection(calls)

    def test_slack_not_answering_delays_it(self, door):
        """The news is not acknowledged, so that it comes again."""
        ts = self.say(door, "the disk is full")
        door.slack.chaos.fail("conversations.replies", 1)
        self.react(door, ts, BO)
        door.wait_until(lambda: len(self.pins(door)) == 1)
