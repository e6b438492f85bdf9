"""Whatever the bot may have to show: snapshots, trends, teams, histories and changes, as wild as they can get.

Figures are made of parts by the engine's own rule, so that none of them is one that could never happen.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.domain import kpi as kpis
from bot.domain.action import Event
from bot.domain.action_item import ActionItem, Source
from bot.domain.consult import Card, Teams, Trend
from bot.domain.incident import Affected, Incident
from bot.domain.incident_figures import Cause
from bot.domain.incident_times import Times
from bot.domain.kpi import Kind, Kpi, Measure
from bot.domain.period import (
    Period,
    PeriodKind,
    buckets,
    comparable,
    elapsed,
    fairly,
    trend_step,
)
from bot.domain.person import Person
from bot.domain.proof import Exhibit, Proof, Reason
from bot.domain.release import Change
from bot.domain.snapshot import Figure, Line, Parts, Point, Snapshot, TeamLine, Why, figure_of
from bot.domain.span import between, whole
from bot.domain.stats import Interval, judge
from bot.domain.survey import PartSurvey, Survey
from bot.domain.target import Target, TargetChange
from bot.domain.uptime import ServiceUptime
from bot.storage.audit import AuditEntry
from bot.storage.lanes import duration_lane, pack
from bot.vocabulary import ActionState, IncidentKind, Role, Unit, Withheld

HOSTILE = (
    "<!channel>",
    "<!here|here> & <@U0BO> <#C0DESK>",
    "<https://evil.example|Home>",
    "<!subteam^S0ALL>",
    "*bold* _it_ ~no~ `code` ```pre```",
    "\u202eabc\u202c مرحبا שלום",
    "🎫" * 100,
    "x" * 100,
    "| ' OR 1=1; --",
    "&lt;!channel&gt;",
    " \n\t",
)
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati")

names = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=100)
people = st.sampled_from(["U0ANA", "U0LEA"])
moments = st.datetimes(datetime(2006, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds the zone)
_SECONDS = st.sampled_from([0, 1, 59, 3_599, 3_600, 86_400, 315_360_000]) | st.integers(0, 10**6)
_OF_INCIDENTS = (kpis.Source.INCIDENTS, kpis.Source.IMPACT)
_MANY = st.sampled_from([0, 0, 1, 19, 20, 10**9]) | st.integers(0, 2_000)


@st.composite
def periods(draw: st.DrawFn, today: date) -> Period:
    """Draw a period of any kind that has begun."""
    begun = today - timedelta(days=draw(st.integers(0, 1_500)))
    kind = draw(st.sampled_from(PeriodKind))
    if kind is PeriodKind.RANGE:
        return between(begun, begun + timedelta(days=draw(st.integers(0, 1_800))))
    return whole(kind, begun)


@st.composite
def figures(draw: st.DrawFn, measure: Measure) -> Figure:
    """Draw a figure of a measure: nothing, one, few, very many; all hits or none; no time or ten years."""
    if measure.kind is Kind.DURATION:
        counts = draw(st.dictionaries(_SECONDS, st.integers(1, 10**6), max_size=3))
        total = sum(seconds * count for seconds, count in counts.items())
        lanes: dict[int, int] = {}
        for seconds, count in counts.items():
            lane = duration_lane(seconds)
            lanes[lane] = lanes.get(lane, 0) + count
        return figure_of(measure, Parts(total, sum(counts.values()), pack(lanes)))
    if measure.kind is Kind.PUBLISHED:
        return draw(published(-100 if "enps" in measure.question else 0))
    n = draw(_MANY)
    hits = draw(st.sampled_from([0, n]) | st.integers(0, n))
    figure = figure_of(measure, Parts(hits, n))
    return replace(figure, records=draw(_MANY)) if measure.kind is Kind.UPTIME else figure


@st.composite
def published(draw: st.DrawFn, least: int) -> Figure:
    """Draw what a survey has told: nothing, a number, or a span and its middle."""
    if draw(st.booleans()):
        return Figure(None, 0, 0)
    low, high = sorted(draw(st.tuples(st.integers(least, 100), st.integers(least, 100))))
    n = draw(st.integers(3, 10**6))
    among = n + draw(st.integers(0, 10**6))
    span = Interval(low, high)
    return Figure((low + high) / 2, 0, n, span, among=among, span=span if low != high else None)


@st.composite
def surveys(draw: st.DrawFn, kpi: Kpi, figure: Figure) -> Survey | None:
    """Draw the survey that a figure was published by, named by anybody; sometimes none where there is no figure."""
    if kpi.source is not kpis.Source.PULSE or (figure.value is None and draw(st.booleans())):
        return None
    change = st.builds(lambda low, more: Change(low, low + more), st.integers(-200, 0), st.integers(0, 200))  # fmt: skip
    return Survey(
        number=f"#{draw(st.integers(1, 10**9))}",
        name=draw(names),
        closed_on=draw(st.dates(date(2006, 1, 1), date(2099, 12, 31))),
        least=draw(st.integers(3, 10)),
        teams=tuple(draw(st.lists(names, min_size=1, max_size=12))),
        tells_of=draw(st.dictionaries(st.sampled_from(["desk", "cloud"]), names)),
        group=draw(st.just("") | names),
        figure=figure,
        hidden=None if figure.value is not None else draw(st.none() | st.sampled_from(Withheld)),
        answers=figure.n,
        statements=draw(st.integers(0, 5)),
        answered=draw(st.none() | st.just(figure.n)),
        invited=draw(st.none() | st.just(figure.among)),
        margin=draw(st.none() | st.floats(0, 200)),
        before=draw(st.none() | st.just("#1")),
        change=draw(st.none() | change),
        unchanged=draw(st.none() | st.sampled_from(Withheld)),
    )


def part_surveys(kpi: Kpi, team: str | None) -> st.SearchStrategy[tuple[PartSurvey, ...]]:
    """Return what may be left out of a figure of surveys for all teams."""
    if team is not None or kpi.source is not kpis.Source.PULSE:
        return st.just(())
    teams = st.lists(names, min_size=1, max_size=12).map(tuple)
    numbers = st.integers(1, 10**9).map("#{}".format)
    return st.lists(st.builds(PartSurvey, numbers, names, teams), max_size=5).map(tuple)


def values(unit: Unit) -> st.SearchStrategy[float]:
    """Return what a target can be: everything that `read_target` lets in."""
    match unit:
        case Unit.PERCENT:
            return st.sampled_from([0.0, 90.0, 99.9, 99.999, 100.0]) | st.floats(0, 100)
        case Unit.SECONDS:
            return st.integers(1, 3_660 * 86_400).map(float)
        case Unit.POINTS:
            return st.sampled_from([-100.0, 0.0, 100.0]) | st.floats(-100, 100)
        case Unit.COUNT:
            return (st.sampled_from([0, 500, 1_500]) | st.integers(0, 10**9)).map(float)


@st.composite
def targets(draw: st.DrawFn, kpi: Kpi) -> Target | None:
    """Draw a target: none, a default, or one that somebody has set."""
    if draw(st.booleans()):
        return None if kpi.target is None else Target(kpi.target, kpi.target_from)
    return Target(draw(values(kpi.unit)), "set in Slack", draw(people), draw(moments))


@st.composite
def points(draw: st.DrawFn, measure: Measure, steps: Sequence[Period]) -> tuple[Point, ...]:
    """Draw a trend over these steps, its figures repeated from a few: flat lines, gaps, a single point, nothing."""
    few = draw(st.lists(figures(measure), min_size=1, max_size=3))
    chosen = draw(st.lists(st.sampled_from(few), min_size=len(steps), max_size=len(steps)))
    return tuple(Point(step.label, figure) for step, figure in zip(steps, chosen, strict=True))


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    """Draw an incident, named by anybody, of services named by anybody."""
    declared = draw(moments)
    resolved = draw(st.none() | st.just(declared + timedelta(hours=1)))
    named = draw(st.lists(names, max_size=5, unique=True))
    return Incident(
        id=draw(st.integers(1, 10**6)),
        kind=draw(st.sampled_from(IncidentKind)),
        number=draw(st.integers(1, 10**6)),
        title=draw(names),
        severity="sev1",
        times=Times(declared, resolved=resolved),
        declared_by="U0ANA",
        affected=tuple(Affected(name, None, None) for name in named),
        is_backdated=draw(st.booleans()),
    )


@st.composite
def exhibits(draw: st.DrawFn, reason: Reason | None = None) -> Exhibit:
    """Draw what an incident gave to a figure, or why it gave nothing."""
    incident = draw(incidents())
    given_up = Exhibit(incident, reason=reason)
    if reason is not None:
        return given_up
    seconds = draw(_SECONDS)
    services = tuple((name, seconds) for name in incident.services)
    cause = Exhibit(incident, cause=draw(st.sampled_from(Cause)), earlier=draw(incidents()))
    return draw(st.sampled_from([Exhibit(incident, seconds), Exhibit(incident, seconds, services=services), cause]))  # fmt: skip


@st.composite
def proofs(draw: st.DrawFn, kpi: Kpi) -> Proof | None:
    """Draw what stands behind a figure of incidents, a few of them many times over; nothing for tickets."""
    if kpi.source in (kpis.Source.TICKETS, kpis.Source.PULSE):
        return None
    counted = draw(st.lists(exhibits(), max_size=3)) * draw(st.sampled_from([1, 1, 20]))
    left = draw(st.lists(st.sampled_from(Reason).flatmap(exhibits), max_size=3))
    whole_time = draw(st.integers(0, 2_700_000))
    passed = draw(st.integers(0, whole_time))
    service = st.builds(
        ServiceUptime, names, st.just(passed), st.just(whole_time), st.integers(0, passed), _SECONDS
    )
    services = draw(st.lists(service, max_size=15)) if kpi.source is kpis.Source.IMPACT else []
    return Proof(tuple(counted), tuple(left), tuple(services))


@st.composite
def snapshots(draw: st.DrawFn, kpi: Kpi, team: str | None = None) -> Snapshot:
    """Draw a snapshot of a KPI."""
    zone, as_of = ZoneInfo(draw(st.sampled_from(ZONES))), draw(moments)
    today = as_of.astimezone(zone).date()
    period = draw(periods(today))
    versus = draw(st.none() | periods(today))
    steps = buckets(period, trend_step(period), 12, today)
    figure, target = draw(figures(kpi.main)), draw(targets(kpi))
    return Snapshot(
        kpi=kpi,
        period=period,
        window=elapsed(period, today),
        team=team,
        as_of=as_of,
        zone=zone,
        figure=figure,
        target=target,
        status=judge(figure.value, figure.interval, target.value if target else None, kpi.better),
        compared_with=fairly(versus, period, today) if versus else comparable(period, today),
        previous=draw(figures(kpi.main)),
        lines=tuple(Line(each, draw(figures(each)), draw(st.booleans())) for each in kpi.lines),
        trend=draw(points(kpi.main, steps)),
        versus=versus,
        pending=draw(st.booleans()),
        trend_from=draw(st.sampled_from([2, 20])) if kpi.source in _OF_INCIDENTS else 0,
        survey=draw(surveys(kpi, figure)),
        parts=draw(part_surveys(kpi, team)),
        proof=draw(proofs(kpi)),
        is_widened=kpi.source is not kpis.Source.TICKETS and draw(st.booleans()),
        since=draw(st.none() | st.dates(period.start - timedelta(days=400), today)),
    )


@st.composite
def cards(draw: st.DrawFn, kpi: Kpi, team: str | None) -> Card:
    """Draw a card, with or without the month before beside it."""
    beside = draw(st.none() | snapshots(kpi, team))
    return Card(draw(snapshots(kpi, team)), beside, is_empty=draw(st.booleans()))


@st.composite
def whys(draw: st.DrawFn, kpi: Kpi, team: str | None) -> Why:
    """Draw what stands behind a figure: any source, any history of its target."""
    source = draw(st.none() | st.tuples(names, moments))
    kept = st.none() | values(kpi.unit).map(lambda value: f"{value:g}")
    entry = st.builds(
        AuditEntry, moments, people, st.just("kpi target"), st.just(kpi.slug), kept, kept
    )
    return Why(draw(snapshots(kpi, team)), source, draw(st.lists(entry, max_size=10)))


@st.composite
def trends(draw: st.DrawFn, kpi: Kpi, team: str | None) -> Trend:
    """Draw a trend over twelve weeks and thirteen months."""
    snapshot = draw(snapshots(kpi, team))
    today = snapshot.as_of.astimezone(snapshot.zone).date()
    weeks, months = (
        buckets(snapshot.period, step, count, today)
        for step, count in (("week", 12), ("month", 13))
    )
    return Trend(snapshot, draw(points(kpi.main, weeks)), draw(points(kpi.main, months)))


@st.composite
def team_lines(draw: st.DrawFn, kpi: Kpi) -> Teams:
    """Draw up to sixty teams and the whole."""
    figure = figures(kpi.main)
    few = draw(st.lists(st.tuples(figure, figure), min_size=1, max_size=3))
    chosen = draw(st.lists(st.tuples(st.just("") | names, st.sampled_from(few)), max_size=60))
    whole_figure = draw(snapshots(kpi))
    target = whole_figure.target.value if whole_figure.target else None
    lines = (
        TeamLine(
            name,
            now,
            judge(now.value, now.interval, target, kpi.better),
            before,
            draw(surveys(kpi, now)),
        )
        for name, (now, before) in chosen
    )
    return Teams(whole_figure, tuple(lines))


@st.composite
def changes(draw: st.DrawFn, kpi: Kpi) -> TargetChange:
    """Draw a change of a target."""
    return TargetChange(kpi, draw(targets(kpi)), draw(targets(kpi)))


days = st.dates(date(2006, 1, 1), date(2099, 12, 31))
sources = st.builds(
    Source,
    st.just("series:7"),
    st.just("") | names,
    st.none() | st.sampled_from(["https://home.slack.com/archives/C0/p1", "javascript:alert(1)", "https://x|<!channel>"]),
    st.none() | st.just(frozenset({"U0ANA"})),
)  # fmt: skip


@st.composite
def action_items(draw: st.DrawFn) -> ActionItem:
    """Draw an action item in any state, with any words."""
    state, today = draw(st.sampled_from(ActionState)), draw(days)
    near = st.integers(-400, 400).map(lambda ahead: today + timedelta(days=ahead))
    is_done = state in (ActionState.DONE, ActionState.VERIFIED)
    return ActionItem(
        id=draw(st.integers(1, 10**9 - 1)),
        text=draw(names | st.text(min_size=1, max_size=500)),
        note=draw(st.none() | names),
        owner=draw(people),
        due_on=draw(st.none() | near),
        state=state,
        source=draw(sources),
        created_by=draw(people),
        created_at=draw(moments),
        today=today,
        done_by=draw(people) if is_done else None,
        done_at=draw(moments) if is_done else None,
        verifier=draw(people),
        reason=draw(names) if state is ActionState.DROPPED else None,
        snoozed_until=draw(st.none() | near),
    )


_PARTS = st.sampled_from(["state", "due", "owner", "snoozed", "text", "note"])


@st.composite
def action_events(draw: st.DrawFn) -> Event:
    """Draw an entry of an action's history."""
    part = draw(_PARTS)
    of_part = {
        "state": st.builds(lambda state, said: f"{state}:{said}" if said else str(state), st.sampled_from(ActionState), st.just("") | names),
        "due": st.none() | days.map(date.isoformat),
        "snoozed": st.none() | days.map(date.isoformat),
        "owner": people,
    }.get(part, st.none() | names)  # fmt: skip
    return Event(draw(moments), draw(people), part, draw(st.none() | of_part), draw(of_part))


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Draw a person of any role anywhere."""
    role = draw(st.sampled_from(Role))
    return Person(draw(people), draw(names), role, ZoneInfo(draw(st.sampled_from(ZONES))))
