"""`/incident` from the front door: what people type, press and fill in, and what stands in the channel afterwards."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import Engine, event

from bot.vocabulary import IncidentKind, IncidentState, Void
from tests.front_door import ANA, BO, CY, LEA, PAGE, Seen, text
from tests.incident_book import IncidentBook
from tests.incident_front import (
    DECLARED,
    INC,
    NOON,
    SERVICES,
    IncidentDoor,
    after,
    fields,
    good,
    picked,
)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock at noon in UTC on a Monday."""
    with freeze_time(NOON, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def door(mode, database_url, tmp_path) -> Iterator[IncidentDoor]:
    """A practice workspace whose incidents have a channel, once over Socket Mode and once over signed HTTP."""
    with IncidentDoor(database_url, tmp_path, mode=mode) as door:
        yield door


def test_a_declaration_asks_little_of_the_database(sqlite_url, tmp_path):
    """Nothing is read that has just been written, old claims wait for their hour, and the courier knows of the card.

    PostgreSQL is asked for its clock too.
    """
    with IncidentDoor(sqlite_url, tmp_path) as door:
        door.declare()
        form = door.command("/incident", by=BO)
        with asked() as written:
            door.submit(form, **{**DECLARED, "services": ["dns"]})
        with asked() as sent:
            door.deliver()
        assert len(door.cards()) == 2
    assert len(written) <= 9, "\n".join(written)
    assert not [one for one in written if one.startswith("DELETE")]
    assert len(sent) <= 18, "\n".join(sent)


@contextmanager
def asked() -> Iterator[list[str]]:
    """Give the statements that the database is asked meanwhile, transactions and savepoints aside."""
    statements: list[str] = []

    def listen(_connection, _cursor, statement, _parameters, _context, _many):
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    yield statements
    event.remove(Engine, "before_cursor_execute", listen)


def test_an_incident_from_declaring_to_resolving(door, frozen):
    """Declared in ten seconds, taken, told of, resolved; everybody follows it on one card."""
    seen = door.declare()
    assert good(seen).window() == text("""
        | 🔴 *INC-001* is written down as SEV1 critical: API gateway down
        ~ Its card is in <#C0INCIDENTS>; `/incident INC-001` shows it anywhere.
        ---
        | Nothing like it was declared for the same service in the last 90 days.
        [Take lead]
    """)
    assert door.card().plain() == text(f"""
        # 🔴 INC-001 API gateway down
        | *State*
        | Detected
        | *Severity*
        | SEV1 critical
        | *Affected*
        | api-gateway
        | *Impact*
        | Many customers, down or data at risk
        | *Lead*
        | nobody yet
        | *Communication*
        | the lead
        ~ Since 23 November 2026, 12:00 UTC · noticed by monitoring, when is unknown · declared by <@{BO}>
        ~ Next update due 23 November 2026, 12:30 UTC
        [Take lead] [Update] [Change severity] [Times] [Resolve] [Timeline] [More]
    """)
    assert door.card().text == (
        "INC-001 detected, SEV1 critical: API gateway down. Lead: nobody yet."
    )

    frozen.tick(timedelta(minutes=4))
    door.press(door.card(), "Take lead", by=LEA)
    assert f"| *Lead*\n| <@{LEA}>" in door.card().plain()
    assert "~ Next update due 23 November 2026, 12:30 UTC" in door.card().plain()

    frozen.tick(timedelta(minutes=6))
    door.fill("Update", text="We <!here> fail over")
    assert door.thread() == ["INC-001: We &lt;!here&gt; fail over"]
    assert f"| *Last update* 23 November 2026, 12:10 UTC by <@{LEA}>" in door.card().plain()
    assert "| > We <!here> fail over" in door.card().plain()

    frozen.tick(timedelta(minutes=50))
    assert door.fill("Resolve").outcome.views == []
    assert door.incident().times.resolved == after(60)
    assert "resolved 23 November 2026, 13:00 UTC" in door.card().plain()
    assert door.card().plain().endswith("[Reopen] [Times] [Timeline] [Close] [Analysis] [More]")
    assert door.thread()[-2:] == [
        "🟢 INC-001 is resolved.",
        f"<@{LEA}> writes the root cause analysis of INC-001, due Thu 26 Nov.",
    ]


class TestTyping:
    """What follows `/incident`."""

    def test_the_form_opens_also_where_slack_does_not_say_who_asks(self, door):
        """Whoever types it may be unknown, and Slack slow: the trigger lives three seconds."""
        door.slack.chaos.fail("users.info", 5)
        form = good(door.command("/incident", by=BO))
        assert list(fields(form)) == [
            *("title", "services", "customers", "effect", "began", "started"),
            *("detected", "noticed"),
            *("severity", "why", "kind", "named"),
        ]

    def test_words_are_the_title_and_name_the_service(self, door):
        """With the services chosen that they name."""
        form = good(door.command("/incident API gateway & “db” down", by=BO))
        assert fields(form)["title"]["initial_value"] == 'API gateway & "db" down'
        chosen = fields(form)["services"]["initial_options"]
        assert [one["value"] for one in chosen] == ["api-gateway"]

    def test_a_drill_is_a_drill(self, door):
        """It has its own number, and says so on its card."""
        form = good(door.command("/incident drill the database is gone", by=BO))
        assert fields(form)["kind"]["initial_option"]["value"] == "drill"
        assert fields(form)["title"]["initial_value"] == "the database is gone"
        seen = door.submit(form, customers="all", effect="down", began="now", noticed="staff")
        assert "*DRILL-001* is written down" in seen.window()
        assert "| Drill, detected" in door.card().plain()
        assert "DRILL-001" in door.command("/incident drill-1", by=LEA).text

    def test_a_slip_is_told_in_the_form(self, door):
        """A word that may have been another one does no harm."""
        form = door.command("/incident lsit", by=BO)
        assert "~ Did you mean `/incident list`? This form declares “lsit”." in form.window()

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("inc-", "“inc-” is no incident. Write `INC-7` or `7`; `/incident list` has them."),
            ("#abc", "“#abc” is no incident."),
            ("inc-7x", "“inc-7x” is no incident."),
            ("0", "“0” is no incident."),
            ("resolve", "Which one? `/incident resolve 7` works; `/incident list` has them."),
            ("12", "I know of no INC-012."),
            ("resolve drill-3", "I know of no DRILL-003."),
        ],
    )
    def test_what_cannot_be_meant_is_refused_with_what_works(self, door, words, said):
        """To the asker alone."""
        seen = door.command(f"/incident {words}", by=BO)
        assert seen.is_private
        assert said in seen.text

    @pytest.mark.parametrize("typed", ["1", "#1", "inc-1", "INC-001", "inc 1", "show 1"])
    def test_an_incident_by_its_number(self, door, typed):
        """As an answer to the asker, with the same buttons."""
        door.declare()
        seen = door.command(f"/incident {typed}", by=LEA)
        assert seen.is_private
        assert seen.plain() == "\n".join(
            [door.card().plain(), f"| _Its card stands in <#{INC}>._  [Post the card again]"]
        )

    def test_what_is_done_from_ones_own_copy_is_seen_there(self, door):
        """The copy gives way to how it stands, and everybody's card follows."""
        door.declare()
        seen = door.press(door.command("/incident 1", by=LEA), "Take lead")
        assert f"| <@{LEA}>" in seen.plain()
        assert f"| <@{LEA}>" in door.card().plain()
        form = good(door.press(seen, "Update"))
        window = door.submit(form, text="Failing over")
        assert "| > Failing over" in good(window).window()
        again = door.press(window, "Change severity")
        assert again.view["id"] == window.view["id"], "windows take each other's place"

    def test_words_do_what_buttons_do(self, door):
        """For whoever would rather type."""
        door.declare()
        assert f"| <@{LEA}>" in door.command("/incident take 1", by=LEA).plain()
        assert "Resolve" in str(door.command("/incident resolve inc-1", by=LEA).view["title"])
        assert "timeline" in str(door.command("/incident 1 timeline", by=LEA).view["title"])

    def test_help(self, door):
        """How it is typed."""
        assert "/incident late" in door.command("/incident help", by=BO).plain()


class TestList:
    """`/incident list`."""

    def test_nothing_is_open(self, door):
        """It says so, and how to declare one."""
        seen = door.command("/incident list", by=BO)
        assert seen.is_private
        assert seen.plain() == text("""
            # No open incident
            | Nothing is wrong that I know of. Something is? Declare it.
            [Declare an incident]
        """)
        assert "title" in fields(door.press(seen, "Declare an incident"))

    def test_one_of_them_is_shown(self, door):
        """To whoever presses, as its card shows it."""
        door.declare(title="DNS is slow")
        seen = door.press(door.command("/incident list", by=LEA), "Show")
        assert seen.is_private
        assert "# 🔴 INC-001 DNS is slow" in seen.plain()
        assert f"| <@{LEA}>" in door.press(seen, "Take lead").plain()

    def test_the_worst_come_first_and_those_that_ended_last(self, door, frozen):
        """With age, severity and lead."""
        door.declare(title="DNS is slow", effect="degraded")
        door.declare(title="Old", effect="cosmetic")
        frozen.tick(timedelta(minutes=25))
        door.declare(title="API <down>")
        door.press(door.cards()[2], "Take lead", by=LEA)
        door.submit(door.press(door.cards()[1], "Resolve", by=ANA))
        seen = door.command("/incident list", by=BO)
        assert seen.plain() == text(f"""
            # 2 open incidents
            | 🟠 *INC-003* API <down>  [Show]
            | SEV1 critical · acknowledged · for 0 s · led by <@{LEA}>
            | 🔴 *INC-001* DNS is slow  [Show]
            | SEV2 high · detected · for 25 min · nobody leads it
            | *Lately*
            | 🟢 *INC-002* Old  [Show]
            | SEV4 low · resolved · 23 November 2026, 12:25 UTC
            [Declare an incident]
        """)
        assert seen.text == "2 open incidents: INC-003 API &lt;down&gt;; INC-001 DNS is slow."


class TestDeclaring:
    """The form, what comes of it, and what it does not take."""

    def test_the_same_form_three_times_writes_once(self, door):
        """However often Slack or a finger repeats itself; everybody sees one card."""
        form = door.command("/incident", by=BO)
        door.submit(form, **DECLARED)
        (sent,) = [
            one.payload
            for one in door.slack.traffic.entries
            if one.direction == "to_app" and "view_submission" in str(one.payload)
        ]
        payload = sent.get("request", sent)
        for _ in range(2):
            door.wait(door.slack.acts.deliver("interactive", payload))
        door.deliver()
        assert [one.label for one in door.every_incident()] == ["INC-001"]
        assert len(door.cards()) == 1

    def test_whoever_sends_the_form_again_is_told_the_number(self, door):
        """The answer to the first was lost on its way: the second is answered as that was."""
        door.submit(door.command("/incident", by=BO), **DECLARED)
        (sent,) = [
            one.payload
            for one in door.slack.traffic.entries
            if one.direction == "to_app" and "view_submission" in str(one.payload)
        ]
        payload = sent.get("request", sent)
        answer = door.wait(door.slack.acts.deliver("interactive", payload))
        assert answer.body["response_action"] == "update"
        assert "*INC-001* is written down" in str(answer.body["view"]["blocks"])

    def test_what_is_wrong_stands_beside_its_field(self, door):
        """Nothing is lost, and nothing written."""
        form = door.command("/incident", by=BO)
        future = {"began": "at", "started": picked(90)}
        assert door.submit(form, **{**DECLARED, **future}).outcome.errors == {
            "started": "This lies in the future."
        }
        no_time = door.submit(form, **{**DECLARED, "began": "at", "started": None})
        assert "Say at what time" in no_time.outcome.errors["started"]
        both = door.submit(form, **{**DECLARED, "began": "unknown", "started": picked(-5)})
        assert "“nobody knows” and a time" in both.outcome.errors["started"]
        free = {"customers": None, "effect": None, "started": None}
        unjudged = door.submit(form, **{**DECLARED, **free})
        assert "or choose a severity" in unjudged.outcome.errors["customers"]
        other = door.submit(form, **{**DECLARED, "started": None, "severity": "sev4"})
        assert "Say why it is another" in other.outcome.errors["why"]
        nothing = door.submit(form, **{**DECLARED, "severity": None, "why": "They sleep"})
        assert "no other severity is chosen" in nothing.outcome.errors["why"]
        named = door.submit(
            form, **{**DECLARED, "severity": "sev4", "why": "They sleep", "named": [LEA]}
        )
        assert "Only a security incident" in named.outcome.errors["named"]
        long = door.submit(form, **{**DECLARED, "title": "x" * 200, "named": []})
        assert "under 150 characters" in long.outcome.errors["title"]
        assert door.every_incident() == []
        door.submit(form, title="API gateway down")
        assert door.incident().severity == "sev4"

    def test_when_it_started_is_now_a_time_or_unknown(self, door):
        """Never a guess of the bot's."""
        door.declare(began="now")
        door.declare(began="at", started=picked(-20))
        door.declare(began="unknown")
        started = [one.times.started for one in reversed(door.every_incident())]
        assert sorted(started, key=str) == sorted([NOON, after(-20), None], key=str)
        assert {one.times.detected for one in door.every_incident()} == {None}

    def test_when_it_was_noticed_is_what_somebody_says(self, door):
        """Nothing stands in the field; what is said is on the card's side, and so is that nobody said it."""
        door.declare(began="at", started=picked(-20), detected=picked(-8))
        assert door.incident().times.to_detect == timedelta(minutes=12)
        assert " · noticed by monitoring · declared by" in door.card().plain()
        form = door.command("/incident", by=BO)
        assert "initial_date_time" not in fields(form)["detected"]
        early = door.submit(
            form, **{**DECLARED, "began": "at", "started": picked(-5), "detected": picked(-9)}
        )
        assert "before it started" in early.outcome.errors["detected"]

    def test_a_guest_gets_a_clear_no(self, door):
        """No form opens, and so it is for everything else."""
        assert "declare incidents" in door.command("/incident", by=CY).text
        assert "see incidents" in door.command("/incident list", by=CY).text
        door.declare()
        assert "see incidents" in door.command("/incident 1", by=CY).text
        door.press(door.card(), "Take lead", by=CY)
        assert "work on incidents" in door.seen(CY, INC)[-1]["text"]
        assert door.incident().lead is None

    def test_without_a_channel_it_works_and_says_so(self, mode, database_url, tmp_path):
        """The card is what `/incident 1` shows."""
        with IncidentDoor(database_url, tmp_path, mode=mode, page=f"{PAGE}{SERVICES}") as door:
            seen = door.declare()
            assert (
                "`app.yaml` names no channel for incidents (`channels: incidents:`)"
                in seen.window()
            )
            assert door.cards() == []
            shown = door.command("/incident 1", by=LEA)
            assert "Post the card" not in shown.plain()
            assert f"| <@{LEA}>" in door.press(shown, "Take lead").plain()

    def test_without_services_the_form_says_what_would_help(self, mode, database_url, tmp_path):
        """And everything else works."""
        with IncidentDoor(database_url, tmp_path, mode=mode, page=PAGE) as door:
            form = good(door.command("/incident dns gone", by=BO))
            assert "`app.yaml` lists no services yet (`services:`)." in form.window()
            seen = door.submit(
                form, customers="one", effect="down", began="now", noticed="customer"
            )
            assert "*INC-001* is written down as SEV2 high" in seen.window()

    def test_a_great_many_services(self, mode, database_url, tmp_path):
        """The form shows a hundred, and always the one that the title names."""
        many = ", ".join(f"srv-{number}" for number in range(150))
        with IncidentDoor(
            database_url, tmp_path, mode=mode, page=f"{PAGE}services: [{many}]\n"
        ) as door:
            form = good(door.command("/incident srv-149 is gone", by=BO))
            offered = [one["value"] for one in fields(form)["services"]["options"]]
            assert len(offered) == 100
            assert offered[0] == "srv-149"

    def test_look_alikes_are_shown_and_marked(self, door, frozen):
        """Perhaps the same cause, or the very same incident; either is taken back with one press."""
        door.declare(title="API gateway is down in Europe")
        frozen.tick(timedelta(hours=1))
        seen = good(door.declare(title="API gateway down in Asia"))
        assert "| 🔴 *INC-001* API gateway is down in Europe" in seen.window()
        assert "[Same cause?] [It is this one]" in seen.window()

        seen = good(door.press(seen, "Same cause?"))
        assert "~ INC-002 may have the same cause; the analysis will tell." in seen.window()
        assert (door.incident(2).repeat_of, door.incident(2).repeat_is_confirmed) == (1, False)
        door.deliver()
        assert "~ May have the same cause as INC-001." in door.cards()[1].plain()
        seen = door.press(seen, "No, another cause")
        assert door.incident(2).repeat_of is None

        seen = good(door.press(seen, "It is this one"))
        assert door.incident(2).void is Void.DUPLICATE
        door.deliver()
        assert "~ The same as INC-001; look there." in door.cards()[1].plain()
        assert door.cards()[1].plain().endswith("[It counts after all] [Timeline]")
        seen = door.press(seen, "No, it is another")
        assert door.incident(2).void is None
        assert "[Same cause?] [It is this one]" in seen.window()

    def test_what_goes_on_is_no_part_of_what_has_ended_without_a_question(self, door, frozen):
        """It would leave the list of what is open; beside one that is open too nothing is asked."""
        door.declare(title="API gateway is down in Europe")
        door.press(door.card(), "Take lead", by=LEA)
        door.fill("Resolve", owner=LEA)
        frozen.tick(timedelta(hours=1))
        seen = door.declare(title="API gateway down in Asia")
        (same,), (cause,) = (buttons(seen, each) for each in ("It is this one", "Same cause?"))
        question = same["confirm"]["text"]["text"]
        assert question.startswith("INC-001 is resolved. INC-002 leaves the list of what is open")
        assert "confirm" not in cause
        frozen.tick(timedelta(hours=1))
        third = door.declare(title="API gateway down in Africa")
        asks = {str(one["value"]): "confirm" in one for one in buttons(third, "It is this one")}
        assert asks == {"3:1": True, "3:2": False}

    def test_a_window_that_stood_open_undoes_no_confirmed_repeat(self, door, frozen):
        """Whoever still has it is told where it can be changed."""
        door.declare(title="API gateway is down in Europe")
        frozen.tick(timedelta(hours=1))
        seen = door.declare(title="API gateway down in Asia")
        book = IncidentBook(door.services.database, after(61))
        book.repeat(door.incident(2), door.incident(1))
        door.press(seen, "Same cause?")
        assert door.incident(2).repeat_is_confirmed

    def test_what_a_duplicate_gave_goes_with_it(self, door, frozen):
        """The other begins as it did before, on its card and in its log."""
        door.declare(by=ANA)
        frozen.tick(timedelta(minutes=5))
        seen = door.declare(by=ANA, began="at", started=picked(-30))
        seen = door.press(seen, "It is this one")
        assert door.incident(1).times.started == after(-30)

        frozen.tick(timedelta(minutes=5))
        door.press(seen, "No, it is another")
        assert door.incident(1).times.started == after(0)
        door.deliver()
        assert "~ Since 23 November 2026, 12:00 UTC" in door.cards()[0].plain()
        log = door.command("/incident timeline 1", by=ANA).window().partition("# Corrections")[2]
        early, late = "23 November 2026, 12:30 CET", "23 November 2026, 13:00 CET"
        assert (
            f"23 November 2026, 13:10 CET <@{ANA}> changed started from {early} to {late}: "
            "what began earlier is another incident"
        ) in log

    def test_what_is_corrected_of_a_duplicate_reaches_the_other(self, door, frozen):
        """On its card, and in its log."""
        door.declare(by=ANA)
        frozen.tick(timedelta(minutes=5))
        door.press(door.declare(by=ANA), "It is this one")
        times = door.command("/incident times 2", by=ANA)
        done = door.submit(times, started=picked(-45), why="The log says so")
        assert done.outcome.errors == {}
        door.deliver()
        assert "~ Since 23 November 2026, 11:15 UTC" in door.cards()[0].plain()
        log = door.command("/incident timeline 1", by=ANA).window()
        assert "its duplicate began earlier" in log

    def test_the_lead_is_taken_where_it_was_declared(self, door):
        """Without looking for the card."""
        seen = door.press(door.declare(), "Take lead")
        assert door.incident().lead == BO
        assert "Take lead" not in seen.window()


ODD = "*down* _now_ ~all~ `rm`"


def buttons(seen: Seen, words: str) -> list[dict[str, Any]]:
    """Return the buttons of a window that say this."""
    rows = [block["elements"] for block in seen.view["blocks"] if block["type"] == "actions"]
    return [one for row in rows for one in row if one["text"]["text"] == words]


def formatted(said: object) -> list[str]:
    """Return every mrkdwn text in which a part of the odd title would be formatted."""
    if isinstance(said, list):
        return [text for part in said for text in formatted(part)]
    if not isinstance(said, dict):
        return []
    own = str(said["text"]) if said.get("type") == "mrkdwn" else ""
    found = [own] if any(part in own for part in ODD.split()) else []
    return found + [text for part in said.values() for text in formatted(part)]


class TestOddTitles:
    """What people type formats nothing: a title is words wherever it stands."""

    def test_signs_stay_signs(self, door, frozen):
        """In lists, windows, forms, the report and the analysis, while it is open and afterwards."""
        door.declare(title=ODD, severity="sev1", why="x")
        door.press(door.card(), "Take lead", by=ANA)
        frozen.tick(timedelta(minutes=20))
        door.declare(title=ODD)
        door.submit(door.command("/incident title 1", by=ANA), title=f"{ODD} again")
        for words in ("list", "timeline 1", "1", "severity 1", "more 1"):
            door.command(f"/incident {words}", by=ANA)
        report = door.command("/report incident", by=ANA).plain()
        assert "*down* _now_ ~all~ \u02cbrm\u02cb again" in report
        door.submit(door.command("/incident resolve 1", by=ANA))
        door.deliver()
        door.command("/report incident", by=ANA)
        door.press(door.cards()[0], "Analysis", by=ANA)
        traffic = door.slack.traffic.entries
        told = [entry.payload for entry in traffic if entry.direction == "from_app"]
        assert sum("*down*" in json.dumps(one) for one in told) > 10
        assert formatted(told) == []


class TestShortcuts:
    """From Slack's own menus."""

    def test_from_anywhere(self, door):
        """The same form."""
        seen = door.wait(door.slack.acts.shortcut(BO, "declare_incident"))
        assert seen.views[-1]["callback_id"] == "incident.declare"
        seen = door.wait(door.slack.acts.shortcut(BO, "late_log"))
        assert seen.views[-1]["title"]["text"] == "Late log"

    def test_from_a_message(self, door, frozen):
        """Its first words are the title, its time is when it was noticed, and its link begins the timeline."""
        said = door.say("customers say dns <b>fails</b> " + "again and again " * 20, by=LEA)
        frozen.tick(timedelta(minutes=7))
        form = good(door.shortcut_on(said, "file_as_incident", by=BO))
        title = fields(form)["title"]["initial_value"]
        assert title.startswith("customers say dns <b>fails</b> again and again")
        assert title.endswith(" …")
        assert len(title) <= 100
        assert fields(form)["detected"]["initial_date_time"] == int(float(said["ts"]))
        door.submit(form, customers="many", effect="down", began="unknown", noticed="customer")
        found = door.incident()
        assert (found.times.started, found.times.detected) == (None, NOON)
        window = door.command("/incident timeline 1", by=BO).window()
        assert "Filed from a message: http" in window
        assert window.index("📝") < window.index("declared it"), "it stands where it was said"

    def test_a_late_log_needs_one_time(self, door):
        """Or it would have begun when it was written down."""
        form = door.command("/incident late", by=BO)
        said = {"title": "Mail was late", "customers": "one", "effect": "degraded"}
        wrong = door.submit(form, **said, resolved=picked(-60))
        assert wrong.outcome.errors == {"started": "Say at least when it started or was noticed."}
        assert not door.submit(form, detected=picked(-90)).outcome.errors
        assert door.incident().times.began == after(-90)

    def test_a_late_log_tells_of_the_past(self, door):
        """With its times, what nobody knows left empty; it is marked as written down afterwards."""
        form = good(door.command("/incident late", by=BO))
        assert "began" not in fields(form)
        values = {
            "title": "Mail was late",
            "customers": "many",
            "effect": "degraded",
            "started": picked(-300),
            "detected": picked(-240),
            "resolved": picked(-180),
        }
        wrong = door.submit(form, **values, mitigated=picked(-310))
        assert "This is before" in wrong.outcome.errors["mitigated"]
        door.submit(form, mitigated=None)
        found = door.incident()
        assert found.is_backdated
        assert found.state is IncidentState.RESOLVED
        assert found.times.to_detect == timedelta(hours=1)
        assert "declared afterwards by" in door.card().plain()
        assert door.thread() == [
            "🟢 INC-001 is resolved.",
            f"<@{BO}> writes the root cause analysis of INC-001, due Mon 30 Nov.",
        ]
        assert "detected after 1 h · resolved 1 h after detection" in door.card().plain()


class TestRestricted:
    """Security incidents exist for those they name alone."""

    def declare(self, door, by=BO):
        """Let somebody declare one that LEA may know of."""
        return door.declare(by, kind="security", named=[LEA], title="Keys leaked")

    def test_only_those_named_know_of_it(self, door):
        """Nothing stands in the channel; for everybody else it reads as what is not there."""
        seen = good(self.declare(door))
        assert "Only you and those named know of SEC-001." in seen.window()
        assert door.cards() == []
        assert "# 🔒 🔴 SEC-001 Keys leaked" in door.command("/incident sec-1", by=LEA).plain()
        hidden = door.command("/incident sec-1", by=ANA).text
        absent = door.command("/incident sec-2", by=ANA).text
        assert hidden.replace("SEC-001", "SEC-002") == absent == "I know of no SEC-002."
        assert "Keys" not in door.command("/incident list", by=ANA).plain()
        assert "Keys leaked" in door.command("/incident list", by=LEA).plain()
        for verb in ("resolve", "take", "timeline", "times", "note", "update"):
            assert door.command(f"/incident {verb} sec-1", by=ANA).text == "I know of no SEC-001."

    def test_its_buttons_pressed_by_others_read_as_absent_ones(self, door):
        """Forged or found in a copy."""
        self.declare(door)
        shown = door.command("/incident sec-1", by=LEA)
        for label in ("Take lead", "Update", "Times", "Resolve", "Timeline", "More"):
            told = door.press_as(shown, label, ANA)
            assert told == "I know of no such incident.", label
        assert door.incident().lead is None

    def test_whom_it_names_must_be_a_member(self, door):
        """A guest could do nothing with it."""
        form = door.command("/incident", by=BO)
        seen = door.submit(form, **{**DECLARED, "kind": "security", "named": [CY]})
        assert "Cy Guest is no member" in seen.outcome.errors["named"]

    def test_a_duplicate_is_restricted_with_its_original(self, door):
        """Neither is left in the channel or the list."""
        door.declare(title="Strange logins")
        door.press(door.declare(title="Strange logins again"), "It is this one")
        done = door.submit(door.press(door.press(door.cards()[0], "More", by=BO), "Restrict"))
        assert done.outcome.errors == {}
        door.deliver()
        assert door.cards() == []
        assert "ogins" not in door.command("/incident list", by=ANA).plain()
        assert [one.label for one in door.every_incident()] == ["SEC-002", "SEC-001"]

    def test_restricting_takes_everything_out_of_the_channel(self, door):
        """The card, and all that was said under it; its old number names nothing any more."""
        door.declare(title="Strange logins")
        door.press(door.card(), "Take lead", by=LEA)
        door.fill("Update", text="Somebody has our keys")
        door.deliver()
        door.submit(good(door.more("Restrict")), named=[BO])
        door.deliver()
        gone = ["This message was deleted."]  # Slack's own words for what others had answered
        assert [one["text"] for one in door.seen(ANA, INC)] == gone
        assert door.incident().kind is IncidentKind.SECURITY
        assert door.command("/incident 1", by=ANA).text == "I know of no INC-001."
        shown = door.command("/incident sec-1", by=LEA)
        assert "SEC-001 Strange logins" in shown.plain()
        door.submit(door.press(shown, "Update"), text="All keys are changed")
        door.deliver()
        assert [one["text"] for one in door.seen(ANA, INC)] == gone
