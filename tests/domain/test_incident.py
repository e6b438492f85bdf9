"""Incidents from declaring to closing: numbers, who sees what, and what is done once (incidents.md D, E4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from sqlalchemy.orm import Session

from bot.domain import declaration, timeline
from bot.domain import incident_work as work
from bot.domain.declaration import Declaration
from bot.domain.incident import (
    EVERYBODY,
    Incident,
    Reader,
    find_incident,
    find_named,
    open_incidents,
    read_label,
)
from bot.domain.incident_work import Work
from bot.domain.person import Person
from bot.domain.severity import Severities, Severity
from bot.errors import AlreadyDone, Forbidden, FormErrors, Refused
from bot.storage.database import Database
from bot.vocabulary import (
    Customers,
    Effect,
    Entry,
    IncidentKind,
    IncidentState,
    Moment,
    Role,
    Void,
)

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))
BO = Person("U0BO", "Bo", Role.MEMBER, ZoneInfo("Europe/Berlin"))
CY = Person("U0CY", "Cy", Role.MEMBER, ZoneInfo("UTC"))
GUEST = Person("U0GUEST", "Gus", Role.GUEST, ZoneInfo("UTC"))
SEVERITIES = Severities(
    {
        "sev1": Severity("sev1", "SEV1", 0, timedelta(minutes=30), rca_workdays=3),
        "sev3": Severity("sev3", "SEV3", 1, timedelta(hours=4)),
    },
    {Customers.MANY: {Effect.DOWN: "sev1", Effect.DEGRADED: "sev3"}},
)
DOWN = Declaration("API gateway down", ("api-gateway",), Customers.MANY, Effect.DOWN)
SEEN = replace(DOWN, detected=NOON)


def at(minutes: float) -> datetime:
    """Return an instant so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


class Desk:
    """Declares incidents and works on them, each in a transaction of its own, at a time that the test says."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self._presses = database, NOON, 0

    def declare(self, said: Declaration = DOWN, by: Person = BO, trigger: str = "") -> Incident:
        """Declare an incident."""
        with freeze_time(self.now):
            return self.database.write(
                declaration.declare, said, by, SEVERITIES, trigger or self._press(), self.now
            )

    def does(
        self,
        by: Person,
        incident: Incident,
        act: Callable[..., Incident],
        *args: Any,
        press: str = "",
    ) -> Incident:
        """Let somebody do something with an incident."""
        reader = Reader(by.id)
        press = press or self._press()

        def carry_out(session: Session) -> Incident:
            return act(Work(session, incident.id, by, reader, press, self.now), *args)

        with freeze_time(self.now):
            return self.database.write(carry_out)

    def after(self, minutes: float) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    def _press(self) -> str:
        self._presses += 1
        return f"press {self._presses}"


@pytest.fixture
def desk(database: Database) -> Desk:
    """A place where incidents are worked on."""
    return Desk(database)


# --- Declaring ---


def test_declaring_takes_the_next_number(desk: Desk) -> None:
    """Each kind counts by itself."""
    first, second = desk.declare(), desk.declare()
    drill = desk.declare(Declaration("Fire!", severity="sev3", kind=IncidentKind.DRILL))
    assert [each.label for each in (first, second, drill)] == ["INC-001", "INC-002", "DRILL-001"]
    assert first.times.declared == NOON


def test_what_is_not_said_is_unknown(desk: Desk) -> None:
    """Declaring is not detecting: a time that nobody said is in no figure, and never nought."""
    made = desk.declare(replace(DOWN, started=at(-30)))
    assert (made.times.detected, made.times.to_detect) == (None, None)
    told = desk.declare(replace(DOWN, started=at(-30), detected=at(-12)))
    assert told.times.to_detect == timedelta(minutes=18)
    desk.after(10)
    ended = desk.does(ANA, made, work.resolve, SEVERITIES, {Moment.DETECTED: at(-20)})
    assert (ended.times.to_detect, ended.times.to_resolve) == (
        timedelta(minutes=10),
        timedelta(minutes=30),
    )


def test_the_same_form_again_declares_nothing(desk: Desk) -> None:
    """Slack and people send things twice."""
    desk.declare(trigger="view")
    with pytest.raises(AlreadyDone):
        desk.declare(trigger="view")
    assert desk.declare().label == "INC-002"


def test_declaring_at_once_gives_each_a_number_of_its_own(desk: Desk) -> None:
    """None is used twice, none is left out."""
    write = desk.database.write

    def declare(number: int) -> Incident:
        return write(declaration.declare, DOWN, BO, SEVERITIES, f"view {number}", NOON)

    with ThreadPoolExecutor(6) as threads:
        made = [*threads.map(declare, range(12))]
    assert sorted(each.number for each in made) == list(range(1, 13))


def test_a_guest_declares_nothing(desk: Desk) -> None:
    """They are told who can."""
    with pytest.raises(Forbidden, match="members"):
        desk.declare(by=GUEST)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Declaration("", severity="sev1"), "title"),
        (Declaration("x" * 151, severity="sev1"), "title"),
        (Declaration("Down", (), None, Effect.DOWN), "customers"),
        (Declaration("Down", (), Customers.MANY), "effect"),
        (Declaration("Down", severity="sev9"), "severity"),
        (Declaration("Down", (), Customers.MANY, Effect.DOWN, severity="sev3"), "why"),
        (Declaration("Down", severity="sev1", started=at(5)), "started"),
        (Declaration("Down", severity="sev1", started=at(-5), detected=at(-6)), "detected"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(desk: Desk, said: Declaration, field: str) -> None:
    """Nothing is written, and no number is used."""
    with pytest.raises(FormErrors) as wrong:
        desk.declare(said)
    assert list(wrong.value.fields) == [field]
    assert desk.declare().label == "INC-001"


def test_an_override_is_kept_with_its_reason(desk: Desk) -> None:
    """The matrix says SEV1; somebody knows better, and says why."""
    said = Declaration("Down", (), Customers.MANY, Effect.DOWN, "sev3", "a test system")
    made = desk.declare(said)
    log = desk.database.read(timeline.corrections, made, EVERYBODY)
    assert (made.severity, log[0].before, log[0].after) == ("sev3", "sev1", "sev3")
    assert log[0].why == "a test system"


def test_a_reason_for_what_the_matrix_says_corrects_nothing(desk: Desk) -> None:
    """The log tells of no correction where none was made."""
    said = Declaration("Down", (), Customers.MANY, Effect.DOWN, "sev1", "it is")
    assert desk.database.read(timeline.corrections, desk.declare(said), EVERYBODY) == []


def test_look_alikes_have_the_service_and_similar_words(desk: Desk) -> None:
    """Newest first among equals; neither another service, nor what is long ago, nor what is restricted."""
    old = desk.declare(Declaration("API gateway down", ("api-gateway",), severity="sev1"))
    desk.after(60 * 24 * 91)
    like = desk.declare(
        Declaration("Gateway of the API is down", ("api-gateway",), severity="sev1")
    )
    desk.declare(Declaration("API gateway down", ("dns",), severity="sev1"))
    desk.declare(
        Declaration(
            "API gateway down", ("api-gateway",), severity="sev1", kind=IncidentKind.SECURITY
        )
    )
    new = desk.declare(Declaration("API gateway is down", ("api-gateway", "dns"), severity="sev1"))
    found = desk.database.read(declaration.look_alikes, new, desk.now)
    assert [each.label for each in found] == ["INC-003", like.label]
    assert old.id not in {each.id for each in found}


def test_a_short_title_is_like_a_long_one_that_names_the_same_thing(desk: Desk) -> None:
    """Half of its words are enough; that both are broken is not."""
    like, _ = (
        desk.declare(Declaration(title, ("console",), severity="sev3"))
        for title in ("Search in the console finds nothing new", "Billing page is broken for some")
    )
    new = desk.declare(Declaration("Search broken", ("console",), severity="sev3"))
    found = desk.database.read(declaration.look_alikes, new, desk.now)
    assert [each.label for each in found] == [like.label]


# --- Numbers ---


@pytest.mark.parametrize("text", ["inc-7", "INC-007", "#7", "7", "Inc 7", "incident 7", "inc7."])
def test_a_number_is_written_in_many_ways(text: str) -> None:
    """All of them mean INC-007."""
    assert read_label(text) == (IncidentKind.REAL, 7)


@pytest.mark.parametrize("text", ["", "0", "inc-", "inc-7x", "-7", "7.5", "drill"])
def test_anything_else_is_no_number(text: str) -> None:
    """The sentence shows how to write one."""
    with pytest.raises(Refused, match="INC-7"):
        read_label(text)


# --- Working ---


def test_taking_the_lead_acknowledges(desk: Desk) -> None:
    """The first who takes it; who takes it over changes no time, and it is recorded."""
    made = desk.declare()
    desk.after(5)
    taken = desk.does(BO, made, work.take_lead, SEVERITIES)
    desk.after(5)
    over = desk.does(CY, made, work.take_lead, SEVERITIES)
    assert (taken.lead, taken.times.acknowledged, taken.state) == (
        BO.id,
        at(5),
        IncidentState.ACKNOWLEDGED,
    )
    assert (over.lead, over.times.acknowledged) == (CY.id, at(5))
    assert over.responders == (BO.id, CY.id)
    told = [line.text for line in desk.database.read(timeline.timeline, made, EVERYBODY)]
    assert told == ["declared it", "took the lead", f"took the lead from <@{BO.id}>"]


def test_two_resolve_at_once(desk: Desk, database_url: str) -> None:
    """Six people, each on a machine of their own, at the same moment: one of them does, and the others are told so."""
    made = desk.does(BO, desk.declare(SEEN), work.take_lead, SEVERITIES)
    desk.after(60)
    start = Barrier(6)

    def press(number: int) -> Incident | str:
        by = replace(ANA, id=f"U0ANA{number}")

        def carry_out(session: Session) -> Incident:
            at_work = Work(session, made.id, by, Reader(by.id), f"at once {number}", desk.now)
            return work.resolve(at_work, SEVERITIES, {})

        machine = Database(database_url)
        start.wait()
        try:
            return machine.write(carry_out)
        except Refused as refused:
            return refused.sentence
        finally:
            machine.close()

    with ThreadPoolExecutor(6) as people:
        came = list(people.map(press, range(6)))
    assert [one.times.resolved for one in came if isinstance(one, Incident)] == [at(60)]
    assert came.count("INC-001 is resolved already.") == 5
    told = desk.database.read(timeline.timeline, made, EVERYBODY)
    assert [line.text for line in told].count("it is resolved") == 1


def test_whoever_resolves_second_is_told_so(desk: Desk) -> None:
    """And the time stays."""
    made = desk.does(BO, desk.declare(SEEN), work.take_lead, SEVERITIES)
    desk.after(60)
    done = desk.does(BO, made, work.resolve, SEVERITIES, {})
    desk.after(1)
    with pytest.raises(Refused, match="resolved already"):
        desk.does(ANA, made, work.resolve, SEVERITIES, {})
    again = desk.database.read(find_incident, made.id, EVERYBODY)
    assert (again.times.resolved, done.times.to_resolve) == (at(60), timedelta(minutes=60))


def test_only_its_lead_and_managers_resolve(desk: Desk) -> None:
    """Everybody else is told who can; the sentence names nobody by id."""
    made = desk.does(BO, desk.declare(), work.take_lead, SEVERITIES)
    with pytest.raises(Forbidden, match="INC-001") as no:
        desk.does(CY, made, work.resolve, SEVERITIES, {})
    assert "U0" not in no.value.sentence


def test_reopening_keeps_the_history_and_the_last_end_counts(desk: Desk) -> None:
    """Down 12:00 to 12:30, back at 13:00 until 13:20: resolved 13:20, fifty minutes of impact, one incident."""
    made = desk.does(BO, desk.declare(SEEN), work.take_lead, SEVERITIES)
    desk.after(30)
    desk.does(BO, made, work.resolve, SEVERITIES, {Moment.STARTED: NOON})
    desk.after(40)
    back = desk.does(CY, made, work.reopen, at(60), SEVERITIES)
    desk.after(10)
    done = desk.does(BO, made, work.resolve, SEVERITIES, {})
    assert (back.state, back.reopens, back.times.resolved) == (IncidentState.REOPENED, 1, None)
    assert back.cadence.next_at is not None
    assert done.times.to_resolve == timedelta(minutes=80)
    assert [(s.started_at, s.ended_at) for s in done.spells] == [(NOON, at(30))]
    log = desk.database.read(timeline.corrections, made, EVERYBODY)
    assert [(c.part, c.before) for c in log if c.why == "it was reopened"] == [
        ("resolved", at(30).isoformat())
    ]


def test_what_came_back_began_before_its_first_end(desk: Desk) -> None:
    """Down 12:00 to 12:30, back at 13:00: detected 12:40 would lose half an hour of impact."""
    made = desk.does(BO, desk.declare(), work.take_lead, SEVERITIES)
    desk.after(30)
    desk.does(BO, made, work.resolve, SEVERITIES, {})
    desk.after(40)
    desk.does(BO, made, work.reopen, at(60), SEVERITIES)
    said = {Moment.DETECTED: at(40), Moment.ACKNOWLEDGED: at(45)}
    with pytest.raises(FormErrors) as wrong:
        desk.does(BO, made, work.correct_times, said, "typo")
    assert list(wrong.value.fields) == ["detected"]


def test_what_counts_in_no_figure_is_not_reopened(desk: Desk) -> None:
    """First somebody has to take back that it was a false alarm."""
    made = desk.declare()
    desk.after(30)
    desk.does(ANA, made, work.resolve, SEVERITIES, {})
    desk.does(ANA, made, work.false_alarm)
    with pytest.raises(Refused, match=r"INC-001 was a false alarm\. Take that back first\."):
        desk.does(ANA, made, work.reopen, at(30), SEVERITIES)
    desk.does(ANA, made, work.unvoid, SEVERITIES)
    assert desk.does(ANA, made, work.reopen, at(30), SEVERITIES).is_open


def test_correcting_a_time_is_logged_and_changes_the_figure(desk: Desk) -> None:
    """Who, when, what it was, and why; a wrong order is refused and changes nothing."""
    made = desk.does(BO, desk.declare(SEEN), work.take_lead, SEVERITIES)
    desk.after(60)
    desk.does(BO, made, work.resolve, SEVERITIES, {Moment.STARTED: at(-10)})
    with pytest.raises(FormErrors) as wrong:
        desk.does(BO, made, work.correct_times, {Moment.STARTED: at(10)}, "typo")
    after = desk.does(BO, made, work.correct_times, {Moment.STARTED: at(-30)}, "the logs say so")
    assert list(wrong.value.fields) == ["started"]
    assert after.times.to_detect == timedelta(minutes=30)
    unknown = desk.does(BO, made, work.correct_times, {Moment.STARTED: None}, "nobody knows")
    assert unknown.times.to_detect is None
    last = desk.database.read(timeline.corrections, made, EVERYBODY)[-2]
    assert (last.who, last.part, last.before, last.after, last.why) == (
        BO.id,
        "started",
        at(-10).isoformat(),
        at(-30).isoformat(),
        "the logs say so",
    )


def test_updates_are_counted_as_kept_or_missed(desk: Desk) -> None:
    """Every 30 min: told after 20 (kept), then after 70 (two missed), resolved 10 later (nothing was due)."""
    made = desk.does(BO, desk.declare(), work.take_lead, SEVERITIES)
    desk.after(20)
    desk.does(BO, made, work.tell, "We look into it.", SEVERITIES)
    desk.after(70)
    desk.does(BO, made, work.tell, "Still looking.", SEVERITIES)
    desk.after(10)
    done = desk.does(BO, made, work.resolve, SEVERITIES, {})
    assert (done.cadence.intervals, done.cadence.kept) == (3, 1)
    assert done.cadence.longest == timedelta(minutes=70)
    assert done.cadence.next_at is None


@pytest.mark.parametrize(
    ("over", "intervals", "longest"),
    [(-5, 1, 20), (10, 1, 20), (45, 1, 25), (75, 2, 55), (140, 5, 120), (141, 5, 121)],
)
def test_no_update_is_owed_after_the_stated_end(
    desk: Desk, over: int, intervals: int, longest: int
) -> None:
    """Every 30 min, told after 20 (kept); resolved at 12:00 + 141 min by saying when it was over, also before that."""
    made = desk.does(BO, desk.declare(), work.take_lead, SEVERITIES)
    desk.after(20)
    desk.does(BO, made, work.tell, "We look into it.", SEVERITIES)
    desk.after(121)
    said = {Moment.ACKNOWLEDGED: None} if over < 0 else {}
    done = desk.does(BO, made, work.resolve, SEVERITIES, {**said, Moment.RESOLVED: at(over)})
    assert (done.cadence.intervals, done.cadence.kept) == (intervals, 1)
    assert done.cadence.longest == timedelta(minutes=longest)


def test_a_duplicate_leaves_the_figures_and_gives_its_beginning(desk: Desk) -> None:
    """The original inherits the earliest start and detection; undo brings the duplicate back."""
    original = desk.declare()
    desk.after(10)
    twin = desk.declare(
        Declaration("Gateway", ("api-gateway",), severity="sev1", started=at(-20), detected=at(-5))
    )
    gone = desk.does(ANA, twin, work.mark_duplicate, original)
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert (gone.void, gone.counts, gone.is_open) == (Void.DUPLICATE, False, False)
    assert (kept.times.started, kept.times.detected, kept.times.began) == (at(-20), at(-5), at(-20))
    with pytest.raises(Refused, match="itself"):
        desk.does(BO, original, work.mark_duplicate, original)
    assert desk.does(ANA, twin, work.unvoid, SEVERITIES).counts


EARLIER = (-20, -30, -40)


@pytest.mark.parametrize(
    ("acts", "began"),
    [
        ("+1", -20),
        ("+1 -1", 0),
        ("+1 +2", -30),
        ("+1 +2 -2", -20),
        ("+1 +2 -1", -30),
        ("+1 +2 -1 -2", 0),
        ("+1 +2 -2 -1", 0),
        ("+2 +1 -2", 0),  # the first said nothing earlier then, and so gave nothing that could stay
        ("+1 -1 +1 -1", 0),
        ("+1 -1 +3 -3", 0),
        ("+1 +2 +3 -2 -3", -20),
        ("+1 +2 +3 -1 -3 -2", 0),
        ("+1 ! -1", -25),
        ("+1 ! +2 -1 -2", -25),
        ("! +2 -2", -25),
        ("+1 1:-35", -35),
        ("+1 1:-35 1:-5", -5),
        ("+1 1:-35 1:1", 0),
        ("+1 1:-35 -1", 0),
        ("+1 +2 1:-35", -35),
        ("+1 +2 1:-25 -2", -25),
        ("+1 +2 2:1 1:-22", -22),
        ("+1 1:1 1:-7", -7),
        ("+1 ! 1:-35", -25),
        ("+1 ! 1:-35 +2", -30),
        ("1:-35", 0),
    ],
)
def test_a_beginning_comes_from_the_earliest_of_a_family(desk: Desk, acts: str, began: int) -> None:
    """In whatever order duplicates join ("+1"), are corrected ("1:-35") and are parted from it ("-1").

    What somebody has corrected of the original since stays ("!": to 25 minutes before).
    """
    original = desk.declare(replace(DOWN, started=NOON))
    twins = [desk.declare(replace(DOWN, started=at(one))) for one in EARLIER]
    for act in acts.split():
        desk.after(1)
        if act == "!":
            desk.does(
                ANA, original, work.correct_times, {Moment.STARTED: at(-25)}, "The log says so"
            )
        elif act[0] == "+":
            desk.does(ANA, twins[int(act[1]) - 1], work.mark_duplicate, original)
        elif act[0] == "-":
            desk.does(ANA, twins[int(act[1]) - 1], work.unvoid, SEVERITIES)
        else:
            number, _, minutes = act.partition(":")
            said = {Moment.STARTED: at(int(minutes))}
            desk.does(ANA, twins[int(number) - 1], work.correct_times, said, "Its log says so")
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert (kept.times.started, kept.times.began) == (at(began), at(began))


def test_an_alert_gives_its_original_a_detection_and_no_start(desk: Desk) -> None:
    """Of the alert nobody has said when it started, whoever joins and leaves; of a customer's call neither."""
    alert = replace(DOWN, fired=at(-20), detected=at(-20))
    original, twin = desk.declare(SEEN), desk.declare(alert)
    called = desk.declare(replace(DOWN, detected=at(-30)))

    def known(of: Incident) -> tuple[datetime | None, datetime | None, datetime]:
        times = desk.database.read(find_incident, of.id, EVERYBODY).times
        return times.started, times.detected, times.began

    desk.does(ANA, twin, work.mark_duplicate, original)
    assert known(original) == (None, at(-20), at(-20))
    desk.does(ANA, twin, work.unvoid, SEVERITIES)
    assert known(original) == (None, NOON, NOON)
    desk.does(ANA, called, work.mark_duplicate, twin)
    assert known(twin) == (None, at(-30), at(-30))
    desk.does(ANA, called, work.unvoid, SEVERITIES)
    assert known(twin) == (None, at(-20), at(-20))


def test_a_corrected_duplicate_corrects_the_times_of_no_other_lead(desk: Desk) -> None:
    """It tells them, and what is a duplicate of a duplicate reaches the first of them all."""
    original = desk.does(CY, desk.declare(), work.take_lead, SEVERITIES)
    twin = desk.does(BO, desk.declare(), work.take_lead, SEVERITIES)
    again = desk.declare()
    desk.after(10)
    desk.does(ANA, again, work.mark_duplicate, twin)
    desk.does(BO, twin, work.mark_duplicate, original)
    desk.does(BO, twin, work.correct_times, {Moment.STARTED: at(-30)}, "The log says so")
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert kept.times.started is None
    told = [line.text for line in desk.database.read(timeline.timeline, kept, EVERYBODY)]
    assert "started earlier, at 11:30 UTC" in told[-1]
    desk.does(ANA, again, work.correct_times, {Moment.STARTED: at(-40)}, "The log says so")
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert (kept.times.started, kept.times.began) == (at(-40), at(-40))
    log = desk.database.read(timeline.corrections, kept, EVERYBODY)
    assert [(one.who, one.part, one.why) for one in log if one.part == "started"] == [
        (ANA.id, "started", "its duplicate began earlier")
    ]


def test_both_instants_go_back_together_or_as_far_as_they_fit(desk: Desk) -> None:
    """What was corrected since in between keeps the one that would contradict it; every step is in the log."""
    original = desk.declare(replace(SEEN, started=at(-10)))
    twin = desk.declare(replace(DOWN, started=at(-40), detected=at(-30)))
    desk.after(10)
    desk.does(ANA, twin, work.mark_duplicate, original)
    desk.after(10)
    desk.does(ANA, twin, work.unvoid, SEVERITIES)
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert (kept.times.started, kept.times.detected) == (at(-10), at(0))
    log = desk.database.read(timeline.corrections, kept, EVERYBODY)
    assert [(one.at, one.who, one.part, one.before, one.after) for one in log[2:]] == [
        (at(20), ANA.id, "started", at(-40).isoformat(), at(-10).isoformat()),
        (at(20), ANA.id, "detected", at(-30).isoformat(), at(0).isoformat()),
    ]
    desk.does(ANA, twin, work.mark_duplicate, original)
    taken = {Moment.ACKNOWLEDGED: at(-15)}
    desk.does(ANA, original, work.correct_times, taken, "The pager says so")
    desk.does(ANA, twin, work.unvoid, SEVERITIES)
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert (kept.times.started, kept.times.detected) == (at(-40), at(-30))


def test_whose_duplicate_it_is_says_so_and_takes_it_back(desk: Desk) -> None:
    """Who declared it, its lead and managers; everybody else is told who can."""
    original, twin = desk.declare(by=CY), desk.declare(by=BO)
    with pytest.raises(Forbidden, match="INC-002"):
        desk.does(CY, twin, work.mark_duplicate, original)
    desk.does(BO, twin, work.mark_duplicate, original)
    with pytest.raises(Forbidden, match=r"can take that back\. Ask one of them"):
        desk.does(CY, twin, work.unvoid, SEVERITIES)
    assert desk.does(BO, twin, work.unvoid, SEVERITIES).counts


def test_a_false_alarm_is_taken_back_by_those_who_can_call_it_one(desk: Desk) -> None:
    """A member does not overrule a manager."""
    made = desk.declare()
    desk.does(ANA, made, work.false_alarm)
    with pytest.raises(Forbidden, match="INC-001"):
        desk.does(BO, made, work.unvoid, SEVERITIES)
    assert desk.does(ANA, made, work.unvoid, SEVERITIES).counts


def test_a_duplicate_corrects_the_times_of_no_other_lead(desk: Desk) -> None:
    """The original's timeline says what the duplicate knows, and its own lead corrects it."""
    original = desk.does(CY, desk.declare(), work.take_lead, SEVERITIES)
    said = Declaration("Gateway", severity="sev1", started=at(-20), detected=at(-5))
    desk.does(BO, desk.declare(said), work.mark_duplicate, original)
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert kept.times == original.times
    told = [line.text for line in desk.database.read(timeline.timeline, kept, EVERYBODY)]
    ending = "; whoever leads this incident can correct its times"
    assert told[2:] == [
        f"says that another incident is the same and started earlier, at 11:40 UTC on 23 November 2026{ending}",
        f"says that another incident is the same and was detected earlier, at 11:55 UTC on 23 November 2026{ending}",
    ]
    desk.does(CY, desk.declare(said, CY), work.mark_duplicate, original)
    kept = desk.database.read(find_incident, original.id, EVERYBODY)
    assert (kept.times.started, kept.times.detected) == (at(-20), at(-5))


def test_what_somebody_has_confirmed_no_press_of_a_button_undoes(desk: Desk) -> None:
    """A window that stood open since it was declared still offers both; the recurrence rate rests on the link."""
    first = desk.declare()
    desk.after(30)
    made = desk.declare()
    desk.does(CY, made, work.suspect_repeat, first)
    desk.does(CY, made, partial(work.mark_repeat, is_confirmed=True), first)
    for other in (first, None):
        with pytest.raises(Refused, match="Its analysis can change that"):
            desk.does(BO, made, work.suspect_repeat, other)
    kept = desk.database.read(find_incident, made.id, EVERYBODY)
    assert (kept.repeat_of, kept.repeat_is_confirmed) == (first.id, True)


def test_who_takes_what_is_mitigated_already_did_not_take_it_then(desk: Desk) -> None:
    """Mitigated at 12:05, taken at 12:10: nobody knows when somebody first looked, and it can be resolved."""
    made = desk.declare()
    desk.after(5)
    desk.does(CY, made, work.mitigate)
    desk.after(5)
    taken = desk.does(BO, made, work.take_lead, SEVERITIES)
    assert (taken.lead, taken.state) == (BO.id, IncidentState.MITIGATED)
    assert taken.times.acknowledged is None
    desk.after(5)
    done = desk.does(BO, made, work.resolve, SEVERITIES, {})
    assert (done.times.mitigated, done.times.resolved) == (at(5), at(15))


def test_what_counts_after_all_is_told_of_again(desk: Desk) -> None:
    """The next update of one that goes on is due an interval later; one that is over needs none."""
    made = desk.does(BO, desk.declare(), work.take_lead, SEVERITIES)
    desk.after(10)
    assert desk.does(ANA, made, work.false_alarm).cadence.next_at is None
    desk.after(600)
    back = desk.does(ANA, made, work.unvoid, SEVERITIES)
    assert (back.cadence.next_at, back.cadence.longest) == (at(640), timedelta())
    desk.does(BO, made, work.resolve, SEVERITIES, {})
    desk.does(ANA, made, work.false_alarm)
    assert desk.does(ANA, made, work.unvoid, SEVERITIES).cadence.next_at is None


# --- Who sees what ---


def test_a_restricted_incident_exists_for_those_it_names_alone(desk: Desk) -> None:
    """For the others, and where many read, it is as absent as a number that was never used."""
    said = Declaration(
        "Keys leaked", severity="sev1", kind=IncidentKind.SECURITY, named=frozenset({CY.id})
    )
    made = desk.declare(said)
    read = desk.database.read
    for reader in (Reader(BO.id), Reader(CY.id), Reader(ANA.id, sees_restricted=True)):
        assert read(find_named, "SEC-1", reader).id == made.id
    for reader in (EVERYBODY, Reader("U0NOBODY"), Reader("U0")):
        with pytest.raises(Refused) as no:
            read(find_named, "sec-1", reader)
        with pytest.raises(Refused) as never:
            read(find_named, "sec-2", reader)
        assert no.value.sentence.replace("SEC-001", "SEC-002") == never.value.sentence
        assert read(open_incidents, reader) == []


def test_restricting_gives_a_number_of_its_own(desk: Desk) -> None:
    """Its old number names nothing any more, for nobody, and is not used again."""
    made = desk.declare()
    closed = desk.does(BO, made, work.restrict, [CY.id])
    assert (closed.label, closed.is_restricted, closed.counts) == ("SEC-001", True, False)
    assert set(closed.responders) == {BO.id, CY.id}
    with pytest.raises(Refused):
        desk.database.read(find_named, "INC-1", Reader(BO.id, sees_restricted=True))
    with pytest.raises(Refused):
        desk.does(ANA, made, work.take_lead, SEVERITIES)
    assert desk.declare().label == "INC-002"


def test_a_backdated_note_says_so(desk: Desk) -> None:
    """The timeline is in the order in which things happened."""
    made = desk.declare()
    desk.after(30)
    desk.does(CY, made, work.note, "Restarted the node", at(-10))
    first = desk.database.read(timeline.timeline, made, EVERYBODY)[0]
    assert (first.kind, first.at, first.is_backdated) == (Entry.NOTE, at(-10), True)
