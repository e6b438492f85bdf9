"""KPIs as people see them in Slack: the card, the list, why, the trend, the teams, and a changed target.

Every message's text tells the whole news in one line, for phones and screen readers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from bot.blocks import kit, survey
from bot.blocks.figures import (
    NO_DATA,
    show,
    show_change,
    show_count,
    show_figure,
    show_interval,
    show_moment,
    show_target,
    show_value,
    sparkline,
    status_icon,
    status_words,
)
from bot.blocks.kit import Block, Message
from bot.blocks.proof import (
    INCIDENTS,
    coverage,
    exhibits_message,
    left_out,
    pages,
    proof_lines,
    too_few,
)
from bot.domain.figure import Figure
from bot.domain.kpi import Kind, Kpi, Source
from bot.domain.period import PeriodKind, trend_step
from bot.domain.question import Question, Verb
from bot.domain.snapshot import Line, Point, Snapshot, TeamLine, Why
from bot.domain.stats import FEW
from bot.domain.survey import Survey
from bot.domain.target import TargetChange, exact
from bot.vocabulary import Status, Unit

SHARE, WHY, TREND, TEAMS, OPEN, UNDO = (
    "kpi.share",
    "kpi.why",
    "kpi.trend",
    "kpi.teams",
    "kpi.open",
    "kpi.target.undo",
)
_NO_TICKETS = "No tickets have come in yet. Whoever runs me brings them in with `python -m bot import tickets FILE.csv`."
_NO_INCIDENTS = "No incident has been written down yet. `/incident` declares one."
_EMPTY = {
    Source.TICKETS: _NO_TICKETS,
    Source.INCIDENTS: _NO_INCIDENTS,
    Source.IMPACT: _NO_INCIDENTS,
    Source.PULSE: survey.NO_SURVEY,
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


_EXAMPLES = {Unit.PERCENT: "92", Unit.SECONDS: "45m", Unit.COUNT: "500", Unit.POINTS: "20"}


def kpi_card(
    snapshot: Snapshot,
    *,
    beside: Snapshot | None = None,
    is_empty: bool = False,
    team_name: str | None = None,
    shared_by: str | None = None,
) -> Message:
    """Return the card of one KPI; `beside` is the last full month, early in a month; `shared_by` a user id.

    `is_empty` says that no record has ever come in.
    """
    blocks = [
        kit.header(_title(snapshot, team_name)),
        kit.section(_headline(snapshot, team_name)),
        *_chart(snapshot),
        *_line_blocks(snapshot),
        kit.context(_footing(snapshot)),
        kit.context(_origin(snapshot)),
    ]
    if snapshot.pending:
        blocks.append(
            kit.context(
                "⏳ Being counted anew for changed definitions or settings; ask again in a moment."
            )
        )
    if is_empty:
        blocks.append(kit.context(_EMPTY[snapshot.kpi.source]))
    if beside is not None:
        blocks.append(kit.context(f"The last full month: {_news(beside)}."))
    if shared_by is not None:
        blocks.append(kit.context(f"Shared by <@{shared_by}>"))
    blocks.append(_buttons(snapshot, shared=shared_by is not None))
    return Message(f"{_news(snapshot, team_name)}.", blocks)


def kpi_list(snapshots: Sequence[Snapshot], *, team_name: str | None = None) -> Message:
    """Return all KPIs, one line each, grouped by key responsibility area."""
    period = snapshots[0].when
    title = f"KPIs · {period}" + (f" · {team_name}" if team_name else "")
    blocks = [kit.header(title), *list_lines(snapshots)]
    blocks.append(kit.context(_list_footing(snapshots)))
    news = "; ".join(
        ", ".join([f"{s.kpi.short} {_told(s)}", *_status_news(s), *_widened(s)]) for s in snapshots
    )
    return Message(kit.escape(f"{title}: {news}."), blocks)


def list_lines(snapshots: Sequence[Snapshot]) -> list[Block]:
    """Return one line a KPI under the name of its area, each with a button that opens its card."""
    blocks: list[Block] = []
    for kra, of_area in groupby(snapshots, key=lambda snapshot: snapshot.kpi.kra):
        blocks.append(kit.context(f"*{kra.value}*"))
        blocks += [_list_line(snapshot) for snapshot in of_area]
    return blocks


def kpi_why(why: Why, *, team_name: str | None = None) -> Message:
    """Return everything that a figure rests on, so that it can be defended."""
    snapshot, kpi = why.snapshot, why.snapshot.kpi
    blocks = [
        kit.header(f"Why: {_title(snapshot, team_name)}"),
        kit.section(f"*{_value(snapshot)}* = {_division(snapshot)}"),
        kit.section(f"*Definition*\n{kpi.definition}\n*Formula*\n{kpi.formula}"),
        kit.section(f"*Counted on*\n{kpi.dated_by}\n*Left out*\n{_left_out(snapshot)}"),
        kit.section(f"*Target*\n{_target_story(why)}"),
        kit.context(f"{_evidence(snapshot)}{_clock(kpi)}"),
        kit.context(f"{_source(why)} · {_as_of(snapshot)}"),
    ]
    return Message(f"Why {_news(snapshot, team_name)}: {_division(snapshot)}.", blocks)


def kpi_trend(
    snapshot: Snapshot,
    weeks: Sequence[Point],
    months: Sequence[Point],
    *,
    team_name: str | None = None,
) -> Message:
    """Return a KPI's last weeks and months, as native charts with the target beside and as figures."""
    kpi = snapshot.kpi
    middle = f",{words}" if (words := _middle(kpi)) else ""
    target = snapshot.target.value if snapshot.target and not kpi.planned else None
    blocks = [
        kit.header(f"Trend: {kpi.name}{_of_team(snapshot, team_name)}"),
        *_chart_of(kpi, f"{kpi.short}, by week", _drawn(snapshot, weeks), target),
        *_chart_of(kpi, f"{kpi.short}, by month", _drawn(snapshot, months), target),
        kit.section(f"*By week{middle}*  {_spark(_drawn(snapshot, weeks))}\n{_points(kpi, weeks)}"),
        kit.section(
            f"*By month{middle}*  {_spark(_drawn(snapshot, months))}\n{_points(kpi, months)}"
        ),
        *_undrawn(snapshot, [*weeks, *months]),
        kit.context(_as_of(snapshot)),
    ]
    known = [point for point in months if point.figure.value is not None]
    ends = (
        f"{known[0].label} {show_value(kpi, known[0].figure.value)}, {known[-1].label} {show_value(kpi, known[-1].figure.value)}"
        if known
        else NO_DATA
    )
    return Message(f"{kpi.short} by month{middle}: {ends}.", blocks)


def kpi_teams(snapshot: Snapshot, teams: Sequence[TeamLine], names: dict[str, str]) -> Message:
    """Return one KPI for every team, with the whole below, because a whole can fall while every team rises."""
    kpi = snapshot.kpi
    title = f"By team: {_title(snapshot, None)}"
    if not teams:
        is_survey = kpi.source is Source.PULSE
        nothing = (
            _nothing(snapshot, None)
            if is_survey
            else f"No {kpi.main.noun} in this period, for any team."
        )
        return Message(f"{kit.escape(title)}: no data.", [kit.header(title), kit.section(nothing)])
    target = snapshot.target.value if snapshot.target and not kpi.planned else None
    room = kit.TABLE_ROWS - 3  # for the head, the teams left out, and the whole
    rows = [_team_row(kpi, line, names, target) for line in teams[:room]]
    if len(teams) > room:
        rows.append([f"… and {len(teams) - room} more", "", "", "", ""])
    rows.append(
        [
            "All",
            _value(snapshot),
            _status(snapshot.status),
            _n(snapshot.figure),
            _change(snapshot) or "–",
        ]
    )
    head = ["Team", kpi.short, "Status", kpi.main.noun.capitalize(), "Change"]
    news = kit.escape("; ".join(f"{row[0]} {row[1]}" for row in rows))
    blocks = [
        kit.header(title),
        kit.table([head, *rows], align=["left", "right", "left", "right", "right"]),
        *(kit.context(words) for words in survey.untold(teams)),
        *(kit.context(f"Left out: {words}") for words in survey.left_out(snapshot)),
        kit.context(f"Change against {snapshot.compared_with.label} · {_as_of(snapshot)}"),
    ]
    return Message(f"{kit.escape(title)}: {news}.", blocks)


def target_changed(change: TargetChange) -> Message:
    """Return what a change of target did, with the way back."""
    kpi = change.kpi
    what = "plan" if kpi.planned else "target"
    before = show_target(kpi, change.before.value) if change.before else "none"
    after = show_target(kpi, change.after.value) if change.after else "none"
    text = f"{kpi.short}: the {what} is now {after} (it was {before})."
    note = "It is in the audit log, and `/kpi why` shows it."
    back = f"{kpi.slug} {exact(kpi, change.before)} instead of {exact(kpi, change.after)}"
    undo = kit.button(f"Back to {before}", UNDO, value=back)
    return Message(text, [kit.section(f"✅ {text}"), kit.context(note), kit.actions([undo])])


def target_shown(why: Why) -> Message:
    """Return a KPI's target and how it came to be."""
    kpi = why.snapshot.kpi
    example = _EXAMPLES[kpi.unit]
    story = _target_story(why)
    hint = f"Managers change it with `/kpi target {kpi.slug} {example}` and return to the default with `/kpi target {kpi.slug} default`."
    return Message(
        f"{kpi.short}: {story.splitlines()[0]}",
        [kit.section(f"*{kpi.name}*\n{story}"), kit.context(hint)],
    )


def in_one_line(snapshot: Snapshot) -> str:
    """Return a KPI's whole news as one plain line, its status first."""
    return ", ".join([f"{status_icon(snapshot.status)} {_news(snapshot)}", *_widened(snapshot)])


def incidents_listed(snapshot: Snapshot, start: int = 0) -> Message:
    """Return the incidents behind a figure one by one, with buttons that turn the pages."""
    message = exhibits_message(snapshot, start)
    turning = pages(snapshot, start, _question(snapshot).words())
    return Message(message.text, [*message.blocks, *turning, kit.context(_as_of(snapshot))])


def _title(snapshot: Snapshot, team_name: str | None) -> str:
    return f"{snapshot.kpi.name} · {snapshot.when}{_of_team(snapshot, team_name)}"


def _of_team(snapshot: Snapshot, team_name: str | None) -> str:
    name = _team_name(snapshot, team_name)
    return f" · {name}" if name else ""


def _team_name(snapshot: Snapshot, team_name: str | None) -> str | None:
    """Return what a team is called, or a role, of which only a survey knows what it is called."""
    return (snapshot.survey and snapshot.survey.group) or team_name


def _value(snapshot: Snapshot) -> str:
    target = snapshot.target.value if snapshot.target else None
    return show_figure(snapshot.kpi, snapshot.figure, target)


def _told(snapshot: Snapshot) -> str:
    """Return the figure, and what it is where its name says another: a "mean time to resolve" shows the median.

    Beside what a survey has told stands how many answered.
    """
    figure = snapshot.figure
    if figure.among is not None:
        return survey.told(snapshot.kpi, figure, f"{_n(figure)} answered")
    return f"{_value(snapshot)}{_middle(snapshot.kpi, figure.value)}"


def _n(figure: Figure) -> str:
    """Return how many were counted, and of how many where not all answer."""
    return f"{figure.n:,}" if figure.among is None else f"{figure.n:,} of {figure.among:,}"


def _middle(kpi: Kpi, value: float | None = 0) -> str:
    is_median = kpi.source is Source.INCIDENTS and kpi.main.kind is Kind.DURATION
    return " median" if is_median and value is not None else ""


def _news(snapshot: Snapshot, team_name: str | None = None) -> str:
    """Return the whole card in one line: "CSAT 92.4 % in October 2026, target 90 %, on target, up 1.2 points"."""
    kpi, team_name = snapshot.kpi, _team_name(snapshot, team_name)
    parts = [
        f"{kpi.short} {_told(snapshot)} {_in_words(snapshot)}"
        + (f" for {kit.escape(team_name)}" if team_name else ""),
        _target_words(snapshot),
        _change(snapshot),
    ]
    return ", ".join(part for part in parts if part)


def _in_words(snapshot: Snapshot) -> str:
    match snapshot.period.kind:
        case PeriodKind.DAY:
            return f"on {snapshot.period.label}"
        case PeriodKind.RANGE:
            return f"over {snapshot.when}"
        case _:
            return f"in {snapshot.when}"


def _target_words(snapshot: Snapshot) -> str:
    if snapshot.status is Status.NO_DATA:
        return ""
    if snapshot.target is None:
        return "" if snapshot.kpi.planned else "no target set"
    target = show_target(snapshot.kpi, snapshot.target.value)
    if snapshot.kpi.planned:
        return f"plan {target}"
    return f"target {target}, {status_words(snapshot.status)}"


def _headline(snapshot: Snapshot, team_name: str | None) -> str:
    if snapshot.status is Status.NO_DATA:
        return f"*No data.* {_nothing(snapshot, team_name)}\n{_comparison(snapshot)}".rstrip()
    return f"*{_told(snapshot)}*   {_standing(snapshot)}\n{_comparison(snapshot)}"


def _nothing(snapshot: Snapshot, team_name: str | None) -> str:
    """Return why there is no figure: nothing has happened, nobody knows when it did, or it is not told."""
    if snapshot.kpi.source is Source.PULSE:
        return survey.nothing(snapshot, _in_words(snapshot), _team_name(snapshot, team_name))
    noun, proof = snapshot.kpi.main.noun, snapshot.proof
    if proof is not None and snapshot.kpi.main.missing and proof.of:
        return f"Of {show_count(proof.of, noun)} {_in_words(snapshot)} none can be told: {snapshot.kpi.main.missing}."
    return f"There are no {noun} {_in_words(snapshot)}."


def _widened(snapshot: Snapshot) -> list[str]:
    if not snapshot.is_widened:
        return []
    is_survey = snapshot.kpi.source is Source.PULSE
    return ["of all who were asked" if is_survey else "for the whole organisation"]


def _status_news(snapshot: Snapshot) -> list[str]:
    return [] if snapshot.kpi.planned else [status_words(snapshot.status)]


def _standing(snapshot: Snapshot) -> str:
    kpi, target = snapshot.kpi, snapshot.target
    if kpi.planned:
        if target is None or snapshot.figure.value is None:
            return "no plan" + (" for a single team" if snapshot.team else " set")
        gap = snapshot.figure.value - target.value
        return f"{abs(gap):,.0f} {'over' if gap >= 0 else 'under'} plan ({show_target(kpi, target.value)})"
    if target is None:
        return f"{status_icon(snapshot.status)} no target set"
    return f"{_status(snapshot.status)} ({show_target(kpi, target.value)})"


def _status(status: Status) -> str:
    return f"{status_icon(status)} {status_words(status)}"


def _comparison(snapshot: Snapshot) -> str:
    if not snapshot.carries_trend:
        return _beside(snapshot) + too_few(snapshot)
    if snapshot.kpi.source is Source.PULSE:
        return survey.comparison(snapshot)
    change = _change(snapshot)
    before = f"{snapshot.compared_with.label} ({show_value(snapshot.kpi, snapshot.previous.value)})"
    words = (
        f"{change} against {before}{_reserve(snapshot)}"
        if change
        else f"nothing to compare with in {snapshot.compared_with.label}"
    )
    return f"{_spark(_drawn(snapshot, snapshot.trend))}  {words}".strip()


def _beside(snapshot: Snapshot) -> str:
    """Return the figure of the period that was asked for by name, though nothing follows from the two."""
    if snapshot.versus is None:
        return ""
    kpi, figure, then = snapshot.kpi, snapshot.previous, snapshot.compared_with.label
    if figure.value is None:
        return f"In {then}: {NO_DATA}. "
    told = f"*{show_value(kpi, figure.value)}{_middle(kpi)}*"
    return f"In {then}: {told} ({show_count(figure.n, kpi.main.noun)}). "


def _change(snapshot: Snapshot) -> str | None:
    if snapshot.survey is not None:
        return survey.moved(snapshot.kpi, snapshot.survey)
    digits = 3 if snapshot.kpi.main.kind is Kind.UPTIME else 1
    return show_change(snapshot.kpi.unit, snapshot.change, digits)


def _drawn(snapshot: Snapshot, points: Sequence[Point]) -> list[Point]:
    """Return the points of a trend with those emptied that have too little behind them to be drawn."""
    few = Figure(None, 0, 0)
    return [
        point if point.figure.n >= snapshot.trend_from else replace(point, figure=few)
        for point in points
    ]


def _undrawn(snapshot: Snapshot, points: Sequence[Point]) -> list[Block]:
    if all(point.figure.n >= snapshot.trend_from for point in points):
        return []
    words = f"Weeks and months of fewer than {snapshot.trend_from} incidents are listed and not drawn: chance alone moves them."
    return [kit.context(words)]


def _reserve(snapshot: Snapshot) -> str:
    """Return what a reader must know before leaning on the comparison."""
    if snapshot.since is not None and snapshot.since > snapshot.compared_with.start:
        first = snapshot.since
        return f"; records begin on {first.day} {first:%B %Y}"
    if snapshot.previous.is_few and snapshot.kpi.main.kind is not Kind.COUNT:
        return f"; only {show_count(snapshot.previous.n, snapshot.kpi.main.noun)} then"
    return ""


def _spark(points: Sequence[Point]) -> str:
    return sparkline([point.figure.value for point in points]).lstrip("·")


def _chart(snapshot: Snapshot) -> list[Block]:
    if not snapshot.carries_trend:
        return []
    kpi, points = snapshot.kpi, _drawn(snapshot, snapshot.trend)
    target = snapshot.target.value if snapshot.target and not kpi.planned else None
    return _chart_of(kpi, f"{kpi.short}, {points[0].label} to {points[-1].label}", points, target)


def _chart_of(kpi: Kpi, title: str, points: Sequence[Point], target: float | None) -> list[Block]:
    """Return a line chart with the target as second series; none where fewer than two points have data.

    A point without data is left out: Slack takes no gaps.
    """
    known = [
        (point.label, point.figure.value) for point in points if point.figure.value is not None
    ]
    if len(known) < 2:
        return []
    divisor, unit = _scale(kpi.unit, [value for _, value in known])
    labels = [label for label, _ in known]
    series = [(kpi.short, [round(value / divisor, 2) for _, value in known])]
    if target is not None:
        series.append(("Target", [round(target / divisor, 2)] * len(known)))
    return [kit.line_chart(title, labels, series, y_label=unit)]


def _scale(unit: Unit, values: Iterable[float]) -> tuple[float, str]:
    """Return what to divide values by and the unit that makes of them."""
    if unit is not Unit.SECONDS:
        return 1, {Unit.PERCENT: "%", Unit.POINTS: "points"}.get(unit, "tickets")
    most = max(values)
    if most < 2 * _HOUR:
        return _MINUTE, "minutes"
    return (_HOUR, "hours") if most < 3 * _DAY else (_DAY, "days")


def _line_blocks(snapshot: Snapshot) -> list[Block]:
    is_survey = snapshot.kpi.source is Source.PULSE  # which says above why it does not tell
    told = [line for line in snapshot.lines if not is_survey or line.figure.value is not None]
    texts = [_line_text(line) for line in told]
    if snapshot.kpi.main.kind is Kind.DURATION and snapshot.figure.p90 is not None:
        texts.insert(
            0, f"*{show(Unit.SECONDS, snapshot.figure.p90)}* is what nine in ten stay under (p90)"
        )
    texts += proof_lines(snapshot)
    return [kit.section("\n".join(f"• {text}" for text in texts))] if texts else []


def _line_text(line: Line) -> str:
    figure, measure = line.figure, line.measure
    if line.pending:
        return f"{measure.label}: being counted anew for the changed target; ask again in a moment"
    if figure.value is None:
        return f"{measure.label}: no {measure.noun} to tell it from"
    match measure.kind:
        case Kind.COUNT:
            return f"*{figure.n:,}* {measure.label}"
        case Kind.PUBLISHED:
            return f"*{show(Unit.PERCENT, figure.value)}* {measure.label} ({_n(figure)})"
        case Kind.SHARE | Kind.UPTIME:
            return f"*{show(Unit.PERCENT, figure.value)}* {measure.label} ({figure.numerator:,} of {figure.n:,})"
        case Kind.DURATION:
            return f"*{show(Unit.SECONDS, figure.value)}* {measure.label} (p90 {show(Unit.SECONDS, figure.p90)}, {show_count(figure.n, measure.noun)})"


def _footing(snapshot: Snapshot) -> str:
    return f"{_evidence(snapshot)}{_clock(snapshot.kpi)} · counted on {snapshot.kpi.dated_by}"


def _evidence(snapshot: Snapshot) -> str:
    figure, kpi = snapshot.figure, snapshot.kpi
    words = f"{show_count(figure.n, kpi.main.noun)}{survey.among(figure)}"
    if kpi.main.kind is Kind.UPTIME:
        return f"{words} hurt customers"
    if figure.is_few and kpi.main.kind is not Kind.COUNT:
        words = f"only {words}, too few to lean on (fewer than {FEW})"
    if known := coverage(snapshot):
        words += f" · {known}"
    if figure.among is not None and figure.n == figure.among:
        words += " · everybody answered, so that there is no margin"
    elif figure.interval is not None:
        words += f" · 95 % interval {show_interval(kpi.unit, figure.interval)}"
    return words


def _clock(kpi: Kpi) -> str:
    return f" · {kpi.clock}" if kpi.clock else ""


def _origin(snapshot: Snapshot) -> str:
    if snapshot.proof is not None:
        return f"Left out: {left_out(snapshot)} · from incident records{_begin(snapshot)}, {_as_of(snapshot)}"
    is_survey = snapshot.kpi.source is Source.PULSE
    records = survey.origin(snapshot) if is_survey else "from ticket records"
    excluded = ", ".join([*snapshot.kpi.excluded, *survey.left_out(snapshot)])
    return f"Left out: {excluded} · {records}, {_as_of(snapshot)}"


def _begin(snapshot: Snapshot) -> str:
    """Return since when there are records, where that is within the period: before, nobody wrote anything down."""
    first = snapshot.since
    if first is None or first <= snapshot.window.start:
        return ""
    return f", which begin on {first.day} {first:%B %Y}"


def _left_out(snapshot: Snapshot) -> str:
    """Return what is left out by definition and, where it can be counted, how many that are."""
    by_definition = ", ".join([*snapshot.kpi.excluded, *survey.left_out(snapshot)])
    return by_definition + (f"\n{_now(snapshot)}" if snapshot.proof is not None else "")


def _now(snapshot: Snapshot) -> str:
    when = _in_words(snapshot)
    return f"{when[0].upper()}{when[1:]}: {left_out(snapshot)}"


def _as_of(snapshot: Snapshot) -> str:
    at = snapshot.as_of
    return f"as of {kit.date(at, '{date_short_pretty} {time}', show_moment(at, snapshot.zone))}"


def _buttons(snapshot: Snapshot, *, shared: bool) -> Block:
    words = _question(snapshot).words()
    buttons = [
        kit.button("Why", WHY, value=words),
        kit.button("Trend", TREND, value=words),
        kit.button("By team", TEAMS, value=words)
        if snapshot.proof is None
        else kit.button("Incidents", INCIDENTS, value=words),
    ]
    if not shared:
        buttons.insert(0, kit.button("Share here", SHARE, value=words, style="primary"))
    return kit.actions(buttons)


def _question(snapshot: Snapshot) -> Question:
    return Question(Verb.SHOW, snapshot.kpi, snapshot.period, snapshot.versus, snapshot.team)


def _list_line(snapshot: Snapshot) -> Block:
    kpi = snapshot.kpi
    moves = (
        (_spark(_drawn(snapshot, snapshot.trend)), _change_listed(snapshot))
        if snapshot.carries_trend
        else ("too few for a trend",)
    )
    rest = "  ·  ".join(part for part in (_standing(snapshot), *moves, *_widened(snapshot)) if part)
    text = f"*{kpi.short}*   *{_told(snapshot)}*\n{rest}"
    return kit.section(text, accessory=kit.button("Open", OPEN, value=_question(snapshot).words()))


def _change_listed(snapshot: Snapshot) -> str | None:
    """Return the change in a list; of a survey with what it is against, which is no period's."""
    is_survey = snapshot.kpi.source is Source.PULSE
    return survey.moved_since(snapshot) if is_survey else _change(snapshot)


def _list_footing(snapshots: Sequence[Snapshot]) -> str:
    snapshot = next((s for s in snapshots if s.kpi.source is not Source.PULSE), snapshots[0])
    step = trend_step(snapshot.period)
    return f"Change against {snapshot.compared_with.label} · trend over {len(snapshot.trend)} {step}s · {_as_of(snapshot)} · `/kpi help`"


def _division(snapshot: Snapshot) -> str:
    figure, kpi = snapshot.figure, snapshot.kpi
    match kpi.main.kind:
        case Kind.SHARE:
            return f"{figure.numerator:,} ÷ {figure.denominator:,} ({kpi.formula})"
        case Kind.DURATION:
            mean = (
                f"; mean {show(Unit.SECONDS, figure.mean)}, p90 {show(Unit.SECONDS, figure.p90)}"
                if figure.n
                else ""
            )
            return f"the median of {figure.n:,} {kpi.main.noun}{mean}"
        case Kind.COUNT:
            return f"{figure.n:,} {kpi.main.noun}"
        case Kind.PUBLISHED:
            return survey.as_published(snapshot)
        case Kind.UPTIME:
            return f"{figure.numerator:,} s ÷ {figure.denominator:,} s of the worst service ({kpi.formula})"


def _target_story(why: Why) -> str:
    kpi, target = why.snapshot.kpi, why.snapshot.target
    lines = [
        "No target is set."
        if target is None
        else f"{show_target(kpi, target.value)}, {_set_by(target.set_by, target.origin, why)}"
    ]
    for entry in why.targets[:5]:
        before, after = (
            show_target(kpi, float(text)) if text else "none"
            for text in (entry.before, entry.after)
        )
        lines.append(
            f"• {kit.date(entry.at, '{date_short_pretty} {time}', show_moment(entry.at, why.snapshot.zone))}: <@{entry.who}> changed it from {before} to {after}"
        )
    return "\n".join(lines)


def _set_by(who: str | None, origin: str, why: Why) -> str:
    target = why.snapshot.target
    if who is None or target is None or target.set_at is None:
        return f"the default ({origin})"
    return f"set by <@{who}> on {kit.date(target.set_at, '{date_long} {time}', show_moment(target.set_at, why.snapshot.zone))}"


def _source(why: Why) -> str:
    if why.snapshot.kpi.source is Source.PULSE:
        return survey.SOURCE
    if why.snapshot.kpi.source is not Source.TICKETS:
        return "Source: the incidents written down here"
    if why.source is None:
        return "No tickets have been imported yet"
    name, at = why.source
    return f"Source: ticket records, last changed by {kit.escape(name)}, {kit.date(at, '{date_short_pretty} {time}', show_moment(at, why.snapshot.zone))}"


def _points(kpi: Kpi, points: Sequence[Point]) -> str:
    """Return points as figures; surveys are far between, so only where one told something there is a point."""
    if kpi.source is Source.PULSE:
        points = [point for point in points if point.figure.value is not None]
    told = [f"{point.label} {show_figure(kpi, point.figure)}{_of(kpi, point)}" for point in points]
    return "  ·  ".join(told) or NO_DATA


def _of(kpi: Kpi, point: Point) -> str:
    """Return how many incidents or answers stand behind a point; tickets are many, and are not told."""
    is_told = kpi.source is not Source.TICKETS and point.figure.n > 0
    return f" ({_n(point.figure)})" if is_told else ""


def _team_row(kpi: Kpi, line: TeamLine, names: dict[str, str], target: float | None) -> list[str]:
    if line.survey is not None:
        return _survey_row(kpi, line, line.survey, target)
    return [
        names.get(line.team, line.team) or "No team",
        show_figure(kpi, line.figure, target),
        _status(line.status),
        _n(line.figure),
        show_change(kpi.unit, line.change) or "–",
    ]


def _survey_row(kpi: Kpi, line: TeamLine, told: Survey, target: float | None) -> list[str]:
    """Return what a survey tells of a group; where it tells nothing there is something all the same, which is kept."""
    if line.figure.value is None:
        return [told.group, "not told", "–", survey.answered(told), "–"]
    value, change = show_figure(kpi, line.figure, target), survey.moved(kpi, told)
    return [told.group, value, _status(line.status), _n(line.figure), change or "–"]
