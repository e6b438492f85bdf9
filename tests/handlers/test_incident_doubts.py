"""What somebody tries who does not trust it: a wrong year, words that are nearly right, half a form, a look from outside."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.front_door import ANA, BO, CY, DEE, DESK, LEA, PARTNERS, Seen
from tests.incident_front import DECLARED, NOON, WITH_CHANNEL, IncidentDoor, fields, good, picked

AGES_AGO, LONG_AGO = (int(datetime(year, 11, 26, tzinfo=UTC).timestamp()) for year in (1999, 2001))
LAST_YEAR = int((NOON - timedelta(days=400)).timestamp())
LATE = {"title": "Mail was late", "customers": "one", "effect": "degraded"}


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


class TestYears:
    """A day in a wrong year is asked about, and one that cannot be is refused wherever it is said."""

    def test_before_2000_is_refused_in_every_form(self, door):
        """Beside its field."""
        late = door.submit(door.command("/incident late", by=BO), **LATE, started=AGES_AGO)
        assert late.outcome.errors == {
            "started": "This is before the year 2000. Is the year right?"
        }
        now = door.submit(
            door.command("/incident", by=BO), **{**DECLARED, "began": "at", "started": AGES_AGO}
        )
        assert "before the year 2000" in now.outcome.errors["started"]
        assert door.every_incident() == []
        door.declare()
        door.press(door.card(), "Take lead", by=LEA)
        times = door.submit(
            door.command("/incident times 1", by=LEA), detected=AGES_AGO, why="A slip"
        )
        assert "before the year 2000" in times.outcome.errors["detected"]
        note = door.submit(door.command("/incident note 1", by=LEA), text="It began", at=AGES_AGO)
        assert "before the year 2000" in note.outcome.errors["at"]

    def test_more_than_a_year_ago_is_asked_about(self, door):
        """For what is declared now; a late log takes it, and so does a correction."""
        form = door.command("/incident", by=BO)
        long_ago = {"began": "at", "started": LAST_YEAR, "detected": LAST_YEAR}
        wrong = door.submit(form, **{**DECLARED, **long_ago}).outcome.errors
        assert set(wrong) == {"started", "detected"}
        assert "Is the year right? `/incident late` takes what is over." in wrong["started"]
        door.submit(door.command("/incident late", by=BO), **LATE, started=LAST_YEAR)
        assert door.incident().times.started == NOON - timedelta(days=400)

    def test_what_a_picker_cannot_show_stays_as_it_is(self, door):
        """Slack's pickers begin in September 2001; a form that opens all the same forgets nothing."""
        door.submit(door.command("/incident late", by=BO), **LATE, started=AGES_AGO + 31_622_400)
        started = door.incident().times.started
        door.press(door.card(), "Take lead", by=LEA)
        form = good(door.command("/incident times 1", by=LEA))
        assert "initial_date_time" not in fields(form)["started"]
        door.submit(form, detected=LONG_AGO, why="An old letter")
        assert door.incident().times.started == started
        assert door.incident().times.detected.year == 2001


class TestForm:
    """What the form asks for, it says, and all that is wrong with it is said at once."""

    def test_the_hints_tell_what_is_needed(self, door):
        """Both are called optional by Slack, for a severity with a reason goes without them."""
        form = good(door.command("/incident", by=BO))
        hints = {
            one["block_id"]: one["hint"]["text"]
            for one in form.view["blocks"]
            if one["block_id"] in ("customers", "effect")
        }
        assert set(hints.values()) == {"Needed, unless you choose a severity below and say why."}
        assert set(hints) == {"customers", "effect"}

    def test_everything_that_is_wrong_is_said_at_once(self, door):
        """What fields say of each other, and what each may not say."""
        seen = door.submit(
            door.command("/incident", by=BO),
            title="x" * 200,
            began="at",
            detected=picked(90),
            noticed="staff",
            named=[LEA],
        )
        wrong = seen.outcome.errors
        assert list(wrong) == ["customers", "effect", "detected", "title", "named", "started"]

    def test_a_severity_alone_needs_a_reason(self, door):
        """It goes past the matrix."""
        form = door.command("/incident", by=BO)
        alone = {**DECLARED, "customers": None, "effect": None, "severity": "sev3"}
        assert "Say why" in door.submit(form, **alone).outcome.errors["why"]
        assert not door.submit(form, why="A feeling").outcome.errors
        assert door.incident().severity == "sev3"


class TestWords:
    """A verb with a number is done, whatever stands behind it: no incident is called "resolve 65 fixed"."""

    @pytest.mark.parametrize(
        ("typed", "field", "words"),
        [
            ("update 1 We are <back>", "text", "We are <back>"),
            ("inc-1 note: Mo called", "text", "Mo called"),
            ("rename 1 API down in Asia", "title", "API down in Asia"),
        ],
    )
    def test_the_words_stand_in_the_form(self, door, typed, field, words):
        """To be sent with one press."""
        door.declare()
        form = good(door.command(f"/incident {typed}", by=LEA))
        assert fields(form)[field]["initial_value"] == words
        assert not door.submit(form).outcome.errors
        assert len(door.every_incident()) == 1

    def test_a_form_without_a_field_for_them_says_so(self, door):
        """Nobody believes that they were told."""
        door.declare()
        door.press(door.card(), "Take lead", by=LEA)
        form = good(door.command("/incident resolve 1 fixed by <Mo>", by=LEA))
        assert "~ “fixed by <Mo>” is not written down by this form" in form.window()
        assert not door.submit(form).outcome.errors
        assert not door.incident().is_open

    def test_lists_and_numbers_with_a_word_behind(self, door):
        """As without it."""
        door.declare()
        assert "# 1 open incident" in door.command("/incident list open", by=BO).plain()
        assert "INC-001 API gateway down" in door.command("/incident 1 please", by=BO).plain()


class TestCorrections:
    """The log tells what was known before and what is known now, by the names that stand elsewhere."""

    def log(self, door: IncidentDoor, number: int, by: str = LEA) -> str:
        """Return the corrections of an incident as somebody reads them."""
        window = good(door.command(f"/incident timeline {number}", by=by)).window()
        return window.partition("# Corrections")[2]

    def test_another_severity_than_the_matrix_says(self, door):
        """It says what the matrix said; where nothing was judged by it, what was chosen."""
        door.declare(severity="sev3", why="A <test> system")
        assert "changed severity from SEV1 critical to SEV3" in self.log(door, 1)
        assert "A <test> system" in self.log(door, 1)
        door.declare(severity="sev1", why="As it says")
        assert self.log(door, 2) == ""
        door.declare(customers=None, effect=None, severity="sev4", why="A feeling")
        assert f"<@{BO}> chose SEV4 low as its severity: A feeling" in self.log(door, 3)

    def test_what_it_repeats_and_what_it_is_not(self, door, frozen):
        """By number, for whoever may know of the other."""
        door.declare()
        frozen.tick(timedelta(minutes=1))
        window = door.press(door.declare(), "Same cause?")
        assert f"<@{BO}> changed what it repeats from nothing to INC-001" in self.log(door, 2)
        window = door.press(window, "No, another cause")
        assert "changed what it repeats from INC-001 to nothing" in self.log(door, 2)
        door.press(window, "It is this one")
        assert "changed void from nothing to duplicate" in self.log(door, 2)
        door.command("/incident export 2", by=LEA)
        assert "repeat of nothing → INC-001" in door.file_sent(LEA)[1]

    def test_what_it_repeats_is_not_named_to_those_who_may_not_know(self, door, frozen):
        """It was restricted since."""
        door.declare()
        frozen.tick(timedelta(minutes=1))
        door.press(door.declare(title="API gateway down again"), "Same cause?")
        door.deliver()
        more = door.press(door.command("/incident more 1", by=BO), "Restrict", by=BO)
        assert not door.submit(more).outcome.errors
        assert "changed what it repeats from nothing to another incident" in self.log(door, 2)


class TestOutsiders:
    """Guests, and people of other companies in a shared channel, are shown no form of the house."""

    @pytest.mark.parametrize("words", ["", "late", "drill fire", "dns is gone"])
    @pytest.mark.parametrize(("who", "where"), [(CY, DESK), (DEE, PARTNERS)])
    def test_a_command(self, door, words, who, where):
        """They are told at once."""
        seen = door.command(f"/incident {words}", by=who, channel=where)
        assert seen.text == "Only members of this workspace can declare incidents."
        assert seen.is_private
        assert seen.outcome.views == []

    def test_shortcuts(self, door):
        """Neither from anywhere nor from a message."""
        said = door.say("The phones are dead", by=BO)
        tries = [door.slack.acts.shortcut(CY, one) for one in ("declare_incident", "late_log")]
        shown = [Seen(door.wait(one), CY) for one in tries]
        for seen in (*shown, door.shortcut_on(said, "file_as_incident", by=CY)):
            assert seen.window() == "| Only members of this workspace can declare incidents."

    def test_a_button(self, door):
        """Under a list that somebody of the house asked for."""
        listed = door.command("/incident list", by=BO)
        assert "Only members" in door.press_as(listed, "Declare an incident", CY)


class TestLookAlikes:
    """What is said of the past was looked for."""

    def test_without_a_service_the_words_tell(self, door, frozen):
        """It would be a lie where nothing was searched."""
        door.declare(title="Mail relay rejects messages")
        frozen.tick(timedelta(minutes=1))
        seen = good(door.declare(title="Mail relay rejects everything", services=[]))
        assert "*INC-001* Mail relay rejects messages" in seen.window()
        seen = door.declare(title="The coffee machine is broken", services=[])
        assert "Nothing like it was declared in the last 90 days." in seen.window()
        seen = good(door.declare(title="Keys leaked", kind="security"))
        assert "Nothing like it" not in seen.window(), "those are not looked through"


class TestClosing:
    """Closing says that the paperwork is done; where it is not, whoever closes it is told, and nothing is blocked."""

    def resolve(self, door: IncidentDoor, **values: object) -> None:
        """Let an incident be declared and resolved."""
        door.declare(**values)
        door.press(door.card(), "Take lead", by=LEA)
        door.fill("Resolve")

    def test_an_analysis_that_is_not_written(self, door):
        """On the card, to whoever pressed alone."""
        self.resolve(door)
        seen = door.press(door.card(), "Close", by=LEA)
        assert seen.is_private
        assert seen.text == (
            "INC-001 is closed. The analysis of INC-001 lacks a summary, the root cause, at least one "
            "contributing factor, an action, or the reason why none is needed. "
            "It is asked for until somebody has reviewed it."
        )
        assert "| Closed" in door.card().plain()

    def test_one_that_needs_none(self, door):
        """Nothing is said."""
        self.resolve(door, effect="cosmetic")
        assert door.press(door.card(), "Close", by=LEA).messages == []


WATCHED = f"{WITH_CHANNEL}incidents: {{restricted_to: [{ANA}]}}\n"


class TestRestricting:
    """Whoever restricts an incident knows beforehand who goes on knowing of it, by name."""

    @pytest.fixture
    def door(self, mode, database_url, tmp_path) -> Iterator[IncidentDoor]:
        """A workspace in which Ana sees every restricted incident, in both modes of delivery."""
        with IncidentDoor(database_url, tmp_path, mode=mode, page=WATCHED) as door:
            yield door

    def test_the_form_names_everybody(self, door):
        """Those who work on it, who writes its analysis, and the managers; so it is then."""
        door.declare()
        door.press(door.card(), "Take lead", by=LEA)
        door.fill("Resolve", owner=ANA)
        form = good(door.command("/incident restrict 1", by=BO))
        assert f"| Who knows of it then: <@{BO}>, <@{LEA}>, <@{ANA}>." in form.window()
        assert not door.submit(form).outcome.errors
        assert set(door.incident().responders) == {BO, LEA, ANA}

    def test_managers_who_see_them_all_are_told_apart(self, door):
        """In the form, and where one is declared."""
        door.declare()
        form = good(door.command("/incident restrict 1", by=BO))
        assert (
            f"| Who knows of it then: <@{BO}>. So do those who see every restricted incident: <@{ANA}>."
            in form.window()
        )
        seen = good(door.declare(title="Keys leaked", kind="security", named=[LEA]))
        assert f"Only you, <@{ANA}> and those named know of SEC-001." in seen.window()

    def test_who_may_not_restrict_it_is_told_before(self, door):
        """No form opens; and one that is restricted is not restricted again."""
        door.declare(by=ANA)
        seen = door.command("/incident restrict 1", by=BO)
        assert "Only the lead of INC-001 and managers can restrict it." in seen.text
        door.submit(door.command("/incident restrict 1", by=ANA))
        assert "restricted already" in door.command("/incident restrict sec-1", by=ANA).text


class TestReport:
    """What a figure leaves out stands beside it."""

    def test_updates_of_what_is_open_are_told_apart(self, door, frozen):
        """Nobody reads "100 %" while those concerned wait for an update that is overdue."""
        door.declare()
        door.press(door.card(), "Take lead", by=LEA)
        door.fill("Update", text="Failing over")
        door.fill("Resolve")
        door.declare(title="DNS down")
        frozen.tick(timedelta(hours=2))
        told = door.command("/report incident", by=BO).plain()
        assert "Updates in time, of incidents resolved: 100.0 % (1 of 1)" in told
        assert "Open, with an update overdue: 1: INC-002" in told
