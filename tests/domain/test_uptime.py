"""Uptime by arithmetic on stretches of time against a count of every single minute."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.domain.impact import Window, has_known_start, hurts_customers, impact_windows, impacts
from bot.domain.incident import HOUSE, Affected, Incident, Spell
from bot.domain.incident_figures import bounds
from bot.domain.incident_times import Times
from bot.domain.period import Period, PeriodKind
from bot.domain.span import whole
from bot.domain.uptime import ServiceUptime, harms, uptimes
from bot.storage import incident as rows
from bot.storage.database import Database, Row
from bot.storage.incident import IncidentRow, ServiceRow, SpellRow
from bot.vocabulary import Customers, Effect, IncidentKind, Void
from tests.incident_book import NOON, IncidentBook

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SERVICES = ("api", "dns")
OCTOBER = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))

Life = list[tuple[int, int | None]]
"""The stretches in which an incident hurt, in minutes after an instant; the last may have no end."""
Drawn = tuple[Life, dict[str, tuple[int | None, int | None]]]
"""A life, and the services that were hurt, each perhaps with a start and an end of its own."""


def on(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return an instant of October."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def incident(**more: object) -> Incident:
    """Return an incident that took the API from 10:00 to 11:00 on 10 October."""
    usual = {
        "id": 1, "kind": IncidentKind.REAL, "number": 1, "title": "Down", "severity": "sev1", "declared_by": "U0BO",
        "times": Times(NOON, started=on(10, 10), detected=on(10, 10, 5), resolved=on(10, 11)),
        "affected": (Affected("api", None, None),), "customers": Customers.MANY, "effect": Effect.DOWN,
    }  # fmt: skip
    return Incident(**{**usual, **more})  # type: ignore[arg-type]


def of_api(
    *incidents: Incident, maintenance: Iterable[Window] = (), now: datetime = NOON
) -> ServiceUptime:
    """Return October's uptime of the API."""
    found = uptimes(["api"], harms(incidents, now), {"api": list(maintenance)}, *OCTOBER, now)
    return next(each for each in found if each.service == "api")


def times(*parts: datetime | None, **more: datetime) -> Times:
    """Return the times of an incident: started, detected, mitigated, resolved."""
    started, detected, mitigated, resolved = parts
    return Times(NOON, started, detected, mitigated=mitigated, resolved=resolved, **more)


A_MONTH = 31 * 24 * 60
MANY = [
    ("nothing", [], 0),
    ("an hour", [incident()], 60),
    ("two that overlap: 10:00 to 11:00 and 10:30 to 11:30", [incident(), incident(id=2, times=times(on(10, 10, 30), None, None, on(10, 11, 30)))], 90),
    ("one within another", [incident(), incident(id=2, times=times(on(10, 10, 30), None, None, on(10, 10, 40)))], 60),
    ("one after another without a gap", [incident(), incident(id=2, times=times(on(10, 11), None, None, on(10, 12)))], 120),
    ("mitigated before it was resolved", [incident(times=times(on(10, 10), None, on(10, 10, 20), on(10, 11)))], 20),
    ("start unknown: from the detection", [incident(times=times(None, on(10, 10, 15), None, on(10, 11)))], 45),
    ("neither start nor detection known", [incident(times=times(None, None, None, on(10, 11)))], 0),
    ("begun in September", [incident(times=times(on(1) - HOUR, None, None, on(1, 2)))], 120),
    ("over in November", [incident(times=times(on(31, 23), None, None, on(31, 23) + 5 * HOUR))], 60),
    ("open since 31 October", [incident(times=times(on(31, 22), None, None, None))], 120),
    ("degraded counts as well", [incident(effect=Effect.DEGRADED)], 60),
    ("a workaround does not", [incident(effect=Effect.WORKAROUND)], 0),
    ("nor looks", [incident(effect=Effect.COSMETIC)], 0),
    ("nor what touches no customer", [incident(customers=Customers.NONE)], 0),
    ("what nobody has said is taken for the worse", [incident(customers=None, effect=None)], 60),
    ("a drill", [incident(kind=IncidentKind.DRILL)], 0),
    ("a duplicate", [incident(void=Void.DUPLICATE)], 0),
    ("a false alarm", [incident(void=Void.FALSE_ALARM)], 0),
    ("a restricted one", [incident(is_restricted=True)], 0),
    ("another service", [incident(affected=(Affected("dns", None, None),))], 0),
    ("no service named", [incident(affected=())], 0),
    ("the service's own times", [incident(affected=(Affected("api", on(10, 9, 30), on(10, 9, 50)),))], 20),
    ("its own end alone", [incident(affected=(Affected("api", None, on(10, 10, 10)),))], 10),
    ("reopened: 10:00 to 10:20, and 10:50 to 11:00",
     [incident(times=times(on(10, 10), None, None, on(10, 11), reopened=on(10, 10, 50)), spells=(Spell(on(10, 10), on(10, 10, 20)),), reopens=1)], 30),
    ("reopened, then its start corrected to 9:50",
     [incident(times=times(on(10, 9, 50), None, None, on(10, 11), reopened=on(10, 10, 50)), spells=(Spell(on(10, 10), on(10, 10, 20)),), reopens=1)], 40),
]  # fmt: skip


@pytest.mark.parametrize(("incidents", "minutes"), [each[1:] for each in MANY], ids=[each[0] for each in MANY])  # fmt: skip
def test_minutes_down(incidents: list[Incident], minutes: int) -> None:
    """What each sort of incident takes away from October, in minutes worked out by hand."""
    api = of_api(*incidents)
    assert (api.down, api.seconds) == (60 * minutes, 60 * A_MONTH)


def test_maintenance_is_in_neither_part() -> None:
    """Down 10:00 to 11:00, announced 10:30 to 12:30: thirty minutes of a month that is two hours shorter."""
    api = of_api(incident(), maintenance=[Window(on(10, 10, 30), on(10, 12, 30))])
    assert (api.down, api.seconds) == (30 * 60, (A_MONTH - 120) * 60)
    assert api.maintenance == 120 * 60


def test_an_incident_within_maintenance_hurts_nothing() -> None:
    """It was announced."""
    api = of_api(incident(), maintenance=[Window(on(10, 9), on(10, 12))])
    assert (api.down, api.hurt) == (0, ())


def test_all_of_it_maintenance_has_no_uptime() -> None:
    """Nothing divided by nothing is not 100 %."""
    assert of_api(incident(), maintenance=[Window(on(1), on(31) + timedelta(days=9))]).share is None


def test_the_budget_of_what_has_passed_and_of_the_whole_month() -> None:
    """On the 11th at midnight ten days have passed: 14.4 of 14,400 minutes are the budget, 44.64 of the month's."""
    early = of_api(incident(), now=on(11))
    assert early.left(99.9) / 60 == pytest.approx(14.4 - 60)
    assert early.left_of_whole(99.9) / 60 == pytest.approx(44.64 - 60)
    assert early.share == Fraction(14_340, 14_400)


def test_the_worst_stands_first() -> None:
    """Of three services, one with an hour down, one with ten minutes, one with none."""
    both = incident(affected=(Affected("api", None, None), Affected("dns", None, on(10, 10, 10))))
    found = uptimes(["mail", "dns", "api"], harms([both], NOON), {}, *OCTOBER, NOON)
    assert [(each.service, each.down // 60) for each in found] == [("api", 60), ("dns", 10), ("mail", 0)]  # fmt: skip


def test_fractions_of_seconds_never_make_it_better() -> None:
    """Down for 0.2 s is down for a second."""
    short = incident(times=times(on(10, 10), None, None, on(10, 10) + timedelta(milliseconds=200)))
    assert of_api(short).down == 1


@pytest.mark.parametrize(
    ("known", "affected"),
    [(False, (None, None)), (True, (on(1), on(2))), (False, (on(1), None))],
)
def test_whether_the_start_is_known(known: bool, affected: tuple[datetime | None, ...]) -> None:
    """Where neither start nor detection is, each service needs its own."""
    own = tuple(Affected(f"s{place}", at, None) for place, at in enumerate(affected))
    assert has_known_start(incident(times=times(None, None, None, on(3)), affected=own)) is known
    assert has_known_start(incident(affected=own))


# --- Against every minute ---

PLACES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago")
# The clocks change in each of them on some of these days; a month ends after the last
DAYS = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 9, 6), date(2026, 10, 4), date(2026, 10, 25), date(2026, 10, 31), date(2026, 11, 1)]  # fmt: skip
SPAN = 4 * 24 * 60


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw when an incident hurt: once, or again after it had been over; the last stretch may still go on."""
    marks = draw(st.lists(st.integers(0, SPAN), min_size=2, max_size=6, unique=True).map(sorted))
    marks = marks[: len(marks) // 2 * 2]
    life: Life = list(zip(marks[::2], marks[1::2], strict=True))
    if draw(st.booleans()):
        life[-1] = (life[-1][0], None)
    return life


@st.composite
def owns(draw: st.DrawFn) -> tuple[int | None, int | None]:
    """Draw a service's own times: both, one or none of them."""
    start, end = sorted(draw(st.tuples(st.integers(0, SPAN), st.integers(0, SPAN))))
    return draw(st.sampled_from([(None, None), (start, None), (None, end), (start, end)]))


def services_hurt() -> st.SearchStrategy[dict[str, tuple[int | None, int | None]]]:
    """Return what draws the services that an incident hurt, each perhaps with times of its own."""
    return st.dictionaries(st.sampled_from(SERVICES), owns(), min_size=1)


@st.composite
def incidents_in(draw: st.DrawFn) -> list[Drawn]:
    """Draw several incidents, each with the services it affects."""
    return draw(st.lists(st.tuples(lives(), services_hurt()), max_size=5))


@settings(max_examples=80, deadline=None)
@given(
    drawn=incidents_in(),
    maintenance=st.lists(st.tuples(st.sampled_from(SERVICES), st.integers(0, SPAN), st.integers(1, 900)), max_size=4),
    place=st.sampled_from(PLACES),
    day=st.sampled_from(DAYS),
    kind=st.sampled_from([PeriodKind.DAY, PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH]),
    now=st.integers(0, SPAN + 40_000),
)  # fmt: skip
def test_uptime_equals_a_count_of_every_minute(
    drawn: list[Drawn],
    maintenance: list[tuple[str, int, int]],
    place: str,
    day: date,
    kind: PeriodKind,
    now: int,
) -> None:
    """Overlapping, open, reopened, across borders of days and months, clock changes, maintenance."""
    zone, period = ZoneInfo(place), whole(kind, day)
    zero = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    made = [_made(number, life, own, zero) for number, (life, own) in enumerate(drawn, 1)]
    announced: dict[str, list[Window]] = {}
    for service, start, minutes in maintenance:
        window = Window(zero + start * MINUTE, zero + (start + minutes) * MINUTE)
        announced.setdefault(service, []).append(window)
    instant = zero + now * MINUTE
    found = uptimes(SERVICES, harms(made, instant), announced, *bounds(period, zone), instant)
    days = _minutes(period, zone, zero)
    for each in found:
        down = _down(each.service, drawn, now)
        hidden = {
            minute
            for service, start, minutes in maintenance
            if service == each.service
            for minute in range(start, start + minutes)
        }
        passed = {minute for minute in days if minute < now}
        assert each.whole == 60 * len(days - hidden)
        assert each.seconds == 60 * len(passed - hidden)
        assert each.down == 60 * len((passed & down) - hidden)
        assert each.maintenance == 60 * len(passed & hidden)
    shares = [1 if each.share is None else each.share for each in found]
    assert shares == sorted(shares)


def _made(
    number: int, life: Life, own: dict[str, tuple[int | None, int | None]], zero: datetime
) -> Incident:
    def at(minute: int | None) -> datetime | None:
        return None if minute is None else zero + minute * MINUTE

    *earlier, last = life
    spells = tuple(Spell(zero + a * MINUTE, zero + (b or 0) * MINUTE) for a, b in earlier)
    reopened = {"reopened": zero + last[0] * MINUTE} if earlier else {}
    return incident(
        id=number,
        times=times(at(life[0][0]), None, at(last[1]), at(last[1]), **reopened),
        spells=spells,
        reopens=len(spells),
        affected=tuple(Affected(name, at(a), at(b)) for name, (a, b) in own.items()),
    )


def _down(service: str, drawn: list[Drawn], now: int) -> set[int]:
    """Return the minutes in which a service was down: from its first to its last, but for the gaps in between."""
    down: set[int] = set()
    for life, own in drawn:
        if service not in own:
            continue
        start, end = own[service]
        first = life[0][0] if start is None else start
        last = end if end is not None else life[-1][1] if life[-1][1] is not None else now
        gaps = {
            minute for (_, over), (again, _) in pairwise(life) for minute in range(over or 0, again)
        }
        down |= set(range(first, min(last, now))) - gaps
    return down


def _minutes(period: Period, zone: ZoneInfo, zero: datetime) -> set[int]:
    """Return every minute that lies on one of the period's days by the clocks of the zone."""
    around = range(-33 * 24 * 60, 36 * 24 * 60)
    local = ((minute, (zero + minute * MINUTE).astimezone(zone).date()) for minute in around)
    return {minute for minute, day in local if period.start <= day < period.end}


# --- From the database ---


@pytest.mark.both_databases
def test_what_may_have_hurt_in_a_period_is_found(database: Database) -> None:
    """What overlaps it, open ones, and a service's own earlier start; nothing that is over, void or restricted."""
    book = IncidentBook(database)
    inside = book.add(started=on(10), resolved=on(11))
    across = book.add(started=on(1) - HOUR, resolved=on(1) + HOUR)
    still = book.add(started=on(5))
    book.add(started=on(1) - 60 * 24 * HOUR, resolved=on(1) - 50 * 24 * HOUR)
    book.void(book.add(started=on(5)))
    book.add(started=on(5), kind=IncidentKind.SECURITY)
    book.add(started=on(5), kind=IncidentKind.DRILL)
    found = database.read(impacts, *OCTOBER)
    assert [each.label for each in found] == [across.label, still.label, inside.label]


@pytest.mark.both_databases
def test_what_hurt_apart_from_its_incident_is_found(database: Database) -> None:
    """A service that came back late, and one that was down early, both a few days away from the incident itself."""
    book = IncidentBook(database)
    before = book.add(started=on(1) - 30 * HOUR, resolved=on(1) - 20 * HOUR)
    after = book.add(started=OCTOBER[1] + 20 * HOUR, resolved=OCTOBER[1] + 30 * HOUR)
    book.add(started=on(1) - 30 * HOUR, resolved=on(1) - 20 * HOUR)
    assert not database.read(impacts, *OCTOBER)
    late = Affected("api-gateway", None, on(1) + HOUR)
    early = Affected("api-gateway", OCTOBER[1] - HOUR, None)
    for made, own in ((before, late), (after, early)):
        database.write(_give_own_times, made, own)
    found = database.read(impacts, *OCTOBER)
    assert [each.label for each in found] == [before.label, after.label]


def _give_own_times(session: Session, made: Incident, own: Affected) -> None:
    row = rows.find_row(session, made.id, HOUSE)
    assert row is not None
    rows.set_services(session, row, [own])


@pytest.mark.both_databases
def test_an_incident_that_came_back_hurts_twice(database: Database) -> None:
    """Down from 9:00 to 9:30, back from 10:00 to 10:20: fifty minutes, and its start corrected by ten is sixty."""
    book = IncidentBook(database)
    made = book.add(started=on(10, 9), detected=on(10, 9), resolved=on(10, 9, 30))
    book.reopen(made, on(10, 10))
    book.resolve(made, on(10, 10, 20))
    (found,) = database.read(impacts, *OCTOBER)
    assert hurts_customers(found)
    assert impact_windows(found, NOON) == {
        "api-gateway": [
            Window(on(10, 9), on(10, 9, 30)),
            Window(on(10, 10), on(10, 10, 20)),
        ]
    }


@pytest.mark.both_databases
def test_a_duplicate_tells_of_services_that_its_original_does_not_name(database: Database) -> None:
    """The gateway 10:00 to 11:00, DNS with it from 10:15, by another also 10:50 to 11:20; looks alone hurt nothing.

    What the original says of its own service counts, also where a duplicate says otherwise.
    """
    book = IncidentBook(database)
    made = book.add(started=on(10, 10), resolved=on(10, 11))
    both = ("api-gateway", "dns")
    first = book.add(services=both, started=on(10, 10, 15))
    again = book.add(services=both, started=on(10, 10, 50), resolved=on(10, 11, 20))
    looks = book.add(services=("mail",), started=on(10, 10), effect=Effect.COSMETIC)
    book.void(looks, of=made)
    book.void(again, of=first)
    book.void(first, of=made)
    found = database.read(impacts, *OCTOBER)
    assert [each.label for each in found] == [made.label]
    assert impact_windows(found[0], NOON) == {
        "api-gateway": [Window(on(10, 10), on(10, 11))],
        "dns": [Window(on(10, 10, 15), on(10, 11)), Window(on(10, 10, 50), on(10, 11, 20))],
    }
    down = {
        each.service: each.down // 60
        for each in uptimes([], harms(found, NOON), {}, *OCTOBER, NOON)
    }
    assert down == {"dns": 65, "api-gateway": 60}


def _kept(incident: Incident, calm: int, *, is_start_known: bool) -> list[Row]:
    """Return the rows of an incident that was resolved so many minutes after it was mitigated."""
    times, hurt_until = incident.times, incident.times.mitigated
    resolved = hurt_until + calm * MINUTE if hurt_until else None
    row = IncidentRow(
        **{name: getattr(incident, name) for name in _SAME},
        number=incident.id,
        state=times.state(),
        repeat_is_confirmed=False,
        began_at=times.began,
        declared_at=times.declared,
        started_at=times.started if is_start_known else None,
        detected_at=None if is_start_known else times.started,
        mitigated_at=hurt_until,
        resolved_at=resolved,
        reopened_at=times.reopened,
        intervals=0,
        intervals_kept=0,
        longest_silence=0,
    )
    services = [ServiceRow(incident_id=row.id, **own._asdict()) for own in incident.affected]
    spells = [SpellRow(incident_id=row.id, **spell._asdict()) for spell in incident.spells]
    return [row, *services, *spells]


_SAME = ("id", "kind", "title", "severity", "customers", "effect", "is_restricted", "is_backdated", "reopens", "source", "declared_by")  # fmt: skip


@pytest.mark.both_databases
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=st.lists(st.tuples(lives(), services_hurt(), st.integers(0, 2 * SPAN), st.booleans()), max_size=4),
    day=st.sampled_from(DAYS),
    kind=st.sampled_from([PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH]),
    place=st.sampled_from(PLACES),
)  # fmt: skip
def test_what_is_found_gives_the_same_count_of_every_minute(
    database: Database,
    drawn: list[tuple[Life, dict[str, tuple[int | None, int | None]], int, bool]],
    day: date,
    kind: PeriodKind,
    place: str,
) -> None:
    """Mitigated before it was resolved, reopened, open, across borders of months: what the query leaves out hurt nobody."""
    zone, period, now = ZoneInfo(place), whole(kind, day), 40_000
    zero = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    start, end = bounds(period, zone)
    made = [
        _kept(_made(number, life, own, zero), calm, is_start_known=known)
        for number, (life, own, calm, known) in enumerate(drawn, 1)
    ]

    def look(session: Session) -> list[Incident]:
        with session.begin_nested() as point:  # so that every example begins with none
            for row, *parts in made:
                session.add(row)
                session.flush()
                session.add_all(parts)
            found = impacts(session, start, end)
            point.rollback()
        return found

    instant = zero + now * MINUTE
    found = uptimes(SERVICES, harms(database.write(look), instant), {}, start, end, instant)
    days = _minutes(period, zone, zero)
    lived = [(life, own) for life, own, *_ in drawn]
    for each in found:
        assert each.down == 60 * len(days & _down(each.service, lived, now))
