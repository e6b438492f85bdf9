"""Targets: who may change them, what is kept of a change, and what is counted anew because of it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from bot import clock
from bot.blocks.kpi import target_changed
from bot.domain.count import record_tickets, recount
from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, read_target
from bot.domain.period import parse_period
from bot.domain.person import Person
from bot.domain.question import parse_question
from bot.domain.snapshot import Snapshot, take_snapshot
from bot.domain.target import (
    Counting,
    Target,
    TargetChange,
    set_target,
    target_history,
    targets_in_force,
    thresholds,
)
from bot.domain.ticket import Ticket
from bot.errors import AlreadyDone, Forbidden, Refused
from bot.storage.claim import forget_claims
from bot.storage.database import Database
from bot.vocabulary import Role

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANA = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))
HAL = Person("U0HAL", "Hal", Role.MANAGER, ZoneInfo("UTC"))
PATIENCE = 20  # seconds after which a thread that should have been let go on is given up


class Office:
    """Where targets are kept and changed."""

    def __init__(self, database: Database, counting: Counting) -> None:
        self.database, self.counting = database, counting
        self._triggers = map("trigger {}".format, count(1))

    def change(
        self, slug: str, value: float | None, *, by: Person = ANA, trigger: str | None = None
    ) -> TargetChange:
        """Change a target, each time with a trigger of its own unless one is given."""
        kpi, once = self.counting.kpis[slug], trigger or next(self._triggers)
        return self.database.write(set_target, self.counting, kpi, value, by, once)

    def undo(self, change: TargetChange) -> TargetChange:
        """Press the button under a change, read as the handler reads it."""
        (button,) = target_changed(change).blocks[-1]["elements"]
        words = f"target {button['value']}"
        question = parse_question(words, self.counting.kpis, NOON.date())
        kpi, typed = question.kpi, question.value
        assert kpi is not None
        assert typed is not None
        value = None if typed == "default" else read_target(kpi, typed)
        return self.database.write(
            set_target, self.counting, kpi, value, ANA, next(self._triggers), question.instead_of
        )

    def target(self, slug: str) -> Target | None:
        """Return the target that holds now."""
        return self.database.read(targets_in_force, self.counting)[slug]

    def history(self, slug: str) -> list[tuple[str, str | None, str | None]]:
        """Return who changed what to what, the newest first."""
        entries = self.database.read(target_history, self.counting.kpis[slug])
        return [(entry.who, entry.before, entry.after) for entry in entries]

    def tickets(self, *tickets: Ticket) -> None:
        """Let tickets come in."""
        self.database.write(record_tickets, self.counting, tickets, "test.csv")

    def ask(self, slug: str) -> Snapshot:
        """Ask for today's figure."""
        period = parse_period("today", NOON.date())
        kpi = self.counting.kpis[slug]
        return self.database.read(take_snapshot, self.counting, kpi, period, as_of=NOON)


@pytest.fixture
def office(database: Database, kpis: dict[str, Kpi]) -> Callable[..., Office]:
    """Open an office: `office(csat=92)` with what `app.yaml` asks for."""

    def open_office(**defaults: float) -> Office:
        counting = Counting(kpis, ZoneInfo("UTC"), frozenset({"urgent"}), defaults)
        recount(database, counting)
        return Office(database, counting)

    return open_office


class TestChanging:
    """What a manager can do, and nobody else."""

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.MANAGER])
    def test_nobody_but_a_manager(self, office, role):
        """A clear no, and nothing is kept of it: the same trigger may come again from a manager."""
        here = office()
        with pytest.raises(Forbidden, match=r"^Only managers can change targets\.$"):
            here.change("csat", 92, by=replace(ANA, role=role), trigger="t")
        assert here.target("csat") == Target(90, "playbook 2.1")
        assert here.history("csat") == []
        here.change("csat", 92, trigger="t")

    def test_a_change_says_what_it_did(self, office):
        """Before and after, and from now on everybody goes by it."""
        with freeze_time(NOON):
            change = office().change("csat", 92)
        assert change.before == Target(90, "playbook 2.1")
        assert change.after == Target(92, "set in Slack", "U0ANA", NOON)

    def test_what_is_kept_is_what_was_set(self, office):
        """Fractions, and who and when."""
        here = office()
        with freeze_time(NOON):
            here.change("csat", 92.125)
            here.change("first_response", 630)
        assert here.target("csat") == Target(92.125, "set in Slack", "U0ANA", NOON)
        assert here.database.read(thresholds, here.counting)["first_response"] == 630

    def test_the_same_target_again_is_refused(self, office):
        """And is not in the log; but to set a default by hand is a change: it stays when the default moves."""
        here = office()
        with pytest.raises(Refused, match="Nothing to change: that is CSAT's target already"):
            here.change("csat", None)
        here.change("csat", 90)
        with pytest.raises(Refused, match="Nothing to change"):
            here.change("csat", 90)
        assert here.history("csat") == [("U0ANA", "90", "90")]

    def test_a_refused_change_can_be_sent_again(self, office):
        """Only what was done is remembered as done."""
        here = office()
        with pytest.raises(Refused):
            here.change("csat", None, trigger="t")
        here.change("csat", 92, trigger="t")

    def test_the_same_trigger_changes_once(self, office):
        """A command that is delivered twice, even when the target has been set back meanwhile."""
        here = office()
        here.change("csat", 92, trigger="t")
        here.change("csat", None)
        with pytest.raises(AlreadyDone):
            here.change("csat", 92, trigger="t")
        assert here.target("csat") == Target(90, "playbook 2.1")

    def test_a_trigger_is_remembered_for_two_days(self, office):
        """Slack delivers nothing again after that."""
        here = office()
        with freeze_time(NOON) as now:
            here.change("csat", 92, trigger="t")
            now.tick(timedelta(hours=47))
            with pytest.raises(AlreadyDone):
                here.change("csat", 93, trigger="t")
            now.tick(timedelta(hours=2))
            here.database.write(forget_claims, clock.now())
            here.change("csat", 94, trigger="t")
        assert [after for _, _, after in here.history("csat")] == ["94", "92"]


class TestDefaults:
    """What holds while nobody has set anything."""

    def test_the_playbook_asks_for_it(self, office):
        """The KPI's own figure, and where it is from."""
        here = office()
        assert here.target("csat") == Target(90, "playbook 2.1")
        assert here.target("knowledge_usage") is None
        assert here.target("ticket_volume") is None

    def test_app_yaml_wins_over_the_playbook_and_a_manager_over_both(self, office):
        """And `default` leads back to `app.yaml`."""
        here = office(csat=92, ticket_volume=500)
        assert here.target("csat") == Target(92, "app.yaml")
        assert here.target("ticket_volume") == Target(500, "app.yaml")
        here.change("csat", 95)
        assert here.change("csat", None).after == Target(92, "app.yaml")
        assert here.target("csat") == Target(92, "app.yaml")

    def test_a_kpi_without_a_default_can_lose_its_target_again(self, office):
        """None stands for no target at all."""
        here = office()
        here.change("knowledge_usage", 40)
        assert here.change("knowledge_usage", None).after is None
        assert here.history("knowledge_usage") == [("U0ANA", "40", None), ("U0ANA", None, "40")]


class TestAudit:
    """Every change is in the log."""

    def test_the_newest_stands_first(self, office):
        """Who, from what, to what; each KPI has its own."""
        here = office()
        here.change("csat", 92)
        here.change("first_response", 2_700)
        here.change("csat", 95.5, by=HAL)
        here.change("csat", None)
        assert here.history("csat") == [
            ("U0ANA", "95.5", "90"),
            ("U0HAL", "92", "95.5"),
            ("U0ANA", "90", "92"),
        ]

    @pytest.mark.parametrize(
        ("slug", "value"),
        [("ticket_volume", 1_234_567), ("csat", 99.98765), ("resolution_time", 1_234_567)],
    )
    def test_it_keeps_the_figure_that_was_set(self, office, slug, value):
        """However many digits it has."""
        here = office()
        here.change(slug, value)
        (entry,) = here.history(slug)
        assert float(entry[2] or 0) == value

    def test_the_log_shows_the_last_ten(self, office):
        """The rest is kept."""
        here = office()
        for value in range(12):
            here.change("csat", value)
        assert [after for _, _, after in here.history("csat")] == [
            str(value) for value in range(11, 1, -1)
        ]


class TestUndoing:
    """The button under a change leads back to what was before."""

    @pytest.mark.parametrize(
        ("slug", "first", "then"),
        [
            ("csat", None, 92),
            ("csat", 92, 95),
            ("csat", 99.95, 95),
            ("csat", 92, None),
            ("first_response", 2_700, 3_000),
            ("first_response", 630, 3_000),
            ("ticket_volume", 500, 600),
            ("ticket_volume", 1_000, 600),
            ("ticket_volume", 1_500, None),
            ("knowledge_usage", None, 40),
        ],
    )
    def test_it_leads_back(self, office, slug, first, then):
        """To the very figure, or to the default where nobody had set one."""
        here = office()
        if first is not None:
            here.change(slug, first)
        before = here.target(slug)
        change = here.change(slug, then)
        here.undo(change)
        after = here.target(slug)
        assert (after and after.value) == (before and before.value)
        assert bool(after and after.set_by) == bool(before and before.set_by)

    def test_it_does_not_undo_what_somebody_else_has_done_since(self, office):
        """The button is about one change; when another has followed, it says so."""
        here = office()
        change = here.change("csat", 92)
        here.change("csat", 95, by=HAL)
        with pytest.raises(Refused, match="CSAT's target has been changed since"):
            here.undo(change)
        assert here.history("csat")[0] == ("U0HAL", "92", "95")

    def test_it_can_be_undone_itself(self, office):
        """There and back again."""
        here = office()
        undone = here.undo(here.change("csat", 92))
        assert here.undo(undone).after == here.target("csat")
        assert [after for _, _, after in here.history("csat")] == ["92", "90", "92"]


class TestReading:
    """Targets as people type them."""

    @pytest.mark.parametrize(
        ("slug", "typed", "value"),
        [
            ("csat", "92", 92),
            ("csat", "92 %", 92),
            ("csat", "92,5%", 92.5),
            ("csat", "0", 0),
            ("csat", "100", 100),
            ("first_response", "45m", 2_700),
            ("first_response", "1 h 30 min", 5_400),
            ("first_response", "1:30", 5_400),
            ("ticket_volume", "500", 500),
            ("ticket_volume", "1000", 1_000),
            ("ticket_volume", "1,000", 1_000),
            ("ticket_volume", "12,500", 12_500),
        ],
    )
    def test_what_is_read(self, kpis, slug, typed, value):
        """In the KPI's own unit; a comma parts thousands in a count and decimals in a share."""
        assert read_target(kpis[slug], typed) == value

    @pytest.mark.parametrize(
        ("slug", "typed", "said"),
        [
            ("csat", "101", "a percentage from 0 to 100, for example 92"),
            ("csat", "-1", "a percentage from 0 to 100"),
            ("csat", "nan", "a percentage from 0 to 100"),
            ("csat", "1e9999", "a percentage from 0 to 100"),
            ("csat", "ninety", "“ninety” cannot be a target for CSAT"),
            ("csat", "", "a percentage"),
            ("first_response", "45", "has no unit: did you mean 45 min or 45 h?"),
            ("first_response", "0m", "no useful duration"),
            ("first_response", "soon", "not a duration"),
            ("ticket_volume", "-5", "a whole number, for example 500"),
            ("ticket_volume", "1.5", "a whole number"),
            ("ticket_volume", "infinity", "a whole number"),
            ("ticket_volume", "9" * 400, "a whole number"),
        ],
    )
    def test_what_is_refused(self, kpis, slug, typed, said):
        """The sentence says what would work."""
        with pytest.raises(Refused) as refused:
            read_target(kpis[slug], typed)
        assert said in refused.value.sentence
        assert len(refused.value.sentence) < 200


# Counting anew.


def replied(*minutes: int) -> list[Ticket]:
    """Return tickets that were answered this morning after these waits."""
    return [
        Ticket(f"T-{wait}", NOON - 3 * HOUR, first_response_at=NOON - 3 * HOUR + wait * MINUTE)
        for wait in minutes
    ]


class Turnstile:
    """A KPI whose counting stops at the first ticket of each count until the test lets it go on.

    It stands for a count that takes long: what happens between `wait` and `go_on` happens in the middle of it.
    """

    def __init__(self, stops: int) -> None:
        self._arrived = [threading.Event() for _ in range(stops)]
        self._may_go_on = [threading.Event() for _ in range(stops)]
        self._left = iter(range(stops))
        self.counts = 0

    def kpi(self, like: Kpi) -> Kpi:
        """Return the KPI; a new target is a reason to count it anew."""
        measure = Measure(Kind.COUNT, self._count, noun="tickets", uses_target=True)
        return replace(like, main=measure, lines=(), slug="slow", digest="slow")

    def wait(self, stop: int) -> None:
        """Wait until that count has begun."""
        assert self._arrived[stop].wait(PATIENCE)

    def go_on(self, stop: int) -> None:
        """Let that count go on."""
        self._may_go_on[stop].set()

    def _count(self, ticket: Ticket, _: Rules) -> Counted:
        if ticket.id == "T-1":
            self.counts += 1
            stop = next(self._left, None)
            if stop is not None:
                self._arrived[stop].set()
                assert self._may_go_on[stop].wait(PATIENCE)
        return Counted(ticket.created_at)


@pytest.fixture
def elsewhere():
    """A thread beside the test's own: `elsewhere(function, …)` returns what will come of it."""
    with ThreadPoolExecutor() as threads:
        yield threads.submit


@pytest.mark.both_databases
class TestRecount:
    """A share within target is of the target that holds."""

    def test_a_new_threshold_is_pending_until_it_is_counted(self, office):
        """Until then the card says so, and new tickets are counted by the old one, never by a mixture."""
        here = office()
        here.tickets(*replied(10, 20, 30))
        here.change("first_response", 15 * 60)
        (line,) = here.ask("first_response").lines
        assert (line.pending, line.figure.numerator, line.figure.n) == (True, 3, 3)
        here.tickets(*replied(40))
        (line,) = here.ask("first_response").lines
        assert (line.pending, line.figure.numerator, line.figure.n) == (True, 4, 4)

        assert recount(here.database, here.counting) == 1

        (line,) = here.ask("first_response").lines
        assert (line.pending, line.figure.numerator, line.figure.n) == (False, 1, 4)
        assert recount(here.database, here.counting) == 0

    def test_back_before_it_was_counted_is_no_work(self, office):
        """A target that was set and set back has changed nothing."""
        here = office()
        here.tickets(*replied(10, 20))
        here.change("first_response", 15 * 60)
        here.change("first_response", None)
        assert here.ask("first_response").lines[0].pending is False
        assert recount(here.database, here.counting) == 0

    def test_a_target_that_nothing_is_counted_by_is_no_work(self, office):
        """A share is compared with its target when it is shown."""
        here = office()
        here.change("csat", 95)
        assert recount(here.database, here.counting) == 0

    def test_tickets_that_come_in_meanwhile_are_counted(self, office, kpis, elsewhere):
        """The count is thrown away and begun again."""
        turnstile = Turnstile(stops=1)
        here = office()
        here.tickets(*replied(1, 2))
        slow = with_slow(here, turnstile.kpi(kpis["ticket_volume"]))

        counting: Future[int] = elsewhere(recount, here.database, slow.counting)
        turnstile.wait(0)
        here.tickets(*replied(3))
        turnstile.go_on(0)

        assert counting.result(PATIENCE) == 1
        assert turnstile.counts == 2
        assert slow.ask("slow").figure.n == 3

    def test_the_last_attempt_keeps_writers_out(self, office, kpis, elsewhere):
        """Tickets that never cease do not keep a count from ending, and none of them is lost."""
        turnstile = Turnstile(stops=3)
        here = office()
        here.tickets(*replied(1))
        slow = with_slow(here, turnstile.kpi(kpis["ticket_volume"]))

        counting: Future[int] = elsewhere(recount, here.database, slow.counting)
        for stop in (0, 1):
            turnstile.wait(stop)
            here.tickets(*replied(stop + 2))
            turnstile.go_on(stop)
        turnstile.wait(2)
        last = elsewhere(slow.tickets, *replied(9))
        assert not wait([last], timeout=0.2).done
        turnstile.go_on(2)

        assert counting.result(PATIENCE) == 1
        last.result(PATIENCE)
        assert turnstile.counts == 3
        assert slow.ask("slow").figure.n == 4

    def test_a_target_that_changes_meanwhile_is_the_one_that_counts(self, office, kpis, elsewhere):
        """What was counted by the old one is thrown away."""
        turnstile = Turnstile(stops=1)
        here = office()
        here.tickets(*replied(1, 20))
        slow = with_slow(here, turnstile.kpi(kpis["ticket_volume"]))
        here.change("first_response", 30 * 60)

        counting: Future[int] = elsewhere(recount, here.database, slow.counting)
        turnstile.wait(0)
        here.change("first_response", 10 * 60)
        turnstile.go_on(0)

        assert counting.result(PATIENCE) == 2
        (line,) = here.ask("first_response").lines
        assert (line.pending, line.figure.numerator, line.figure.n) == (False, 1, 2)

    def test_two_counts_at_once_count_once(self, office, kpis, elsewhere):
        """Two replicas start; whoever is second finds the work done."""
        turnstile = Turnstile(stops=2)
        here = office()
        here.tickets(*replied(1, 2))
        slow = with_slow(here, turnstile.kpi(kpis["ticket_volume"]))

        both: Sequence[Future[int]] = [
            elsewhere(recount, here.database, slow.counting) for _ in range(2)
        ]
        for stop in (0, 1):
            turnstile.wait(stop)
        for stop in (0, 1):
            turnstile.go_on(stop)

        assert sorted(each.result(PATIENCE) for each in both) == [0, 1]
        assert slow.ask("slow").figure.n == 2


@pytest.mark.both_databases
class TestAtOnce:
    """Two people, one moment."""

    def test_the_same_trigger_twice_at_once_changes_once(self, office, elsewhere):
        """Two replicas receive the same command."""
        here = office()
        both = at_once(elsewhere, *(lambda: here.change("csat", 92, trigger="t") for _ in range(2)))
        errors = [each.exception(PATIENCE) for each in both]
        assert sorted(type(error).__name__ for error in errors) == ["AlreadyDone", "NoneType"]
        assert here.history("csat") == [("U0ANA", "90", "92")]

    def test_two_managers_at_once_follow_one_another(self, office, elsewhere):
        """Both changes are made, and the log tells them in one order, however often they meet."""
        here = office()
        for _ in range(5):
            ana, hal = at_once(
                elsewhere,
                lambda: here.change("csat", 92, by=ANA),
                lambda: here.change("csat", 95, by=HAL),
            )
            assert (ana.exception(PATIENCE), hal.exception(PATIENCE)) == (None, None)
            (_, before, last), (_, first, between), *_ = here.history("csat")
            assert (first, before) == ("90", between)
            target = here.target("csat")
            assert target is not None
            assert f"{target.value:g}" == last
            here.change("csat", None)


def with_slow(office: Office, kpi: Kpi) -> Office:
    """Return the same office after a new KPI was put into the house: it has not been counted yet."""
    return Office(
        office.database, replace(office.counting, kpis={**office.counting.kpis, "slow": kpi})
    )


def at_once(
    elsewhere: Callable[..., Future[TargetChange]], *acts: Callable[[], TargetChange]
) -> list[Future[TargetChange]]:
    """Do several things at the same moment."""
    start = threading.Barrier(len(acts))

    def act(do: Callable[[], TargetChange]) -> TargetChange:
        start.wait(PATIENCE)
        return do()

    return [elsewhere(act, do) for do in acts]
