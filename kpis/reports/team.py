"""The team performance report (playbook 3.4): what people say of their work and how the team does it, against the targets."""

from collections.abc import Iterator, Sequence

from bot.blocks import survey
from bot.blocks.figures import show_change, show_figure, show_target, status_words
from bot.domain.day import show_day
from bot.domain.report import Fact, Facts, Gathered, Report, Scope, Session, Table
from bot.domain.snapshot import Snapshot, take_snapshot
from bot.domain.survey import Survey
from bot.vocabulary import Kra

_NONE = "none"


def gather(session: Session, scope: Scope) -> Gathered:
    """Return the team's KPIs over a period, of everybody together, and the survey behind them."""
    counting = scope.counting
    told = [
        take_snapshot(session, counting, kpi, scope.period, as_of=scope.as_of)
        for kpi in counting.kpis.values()
        if kpi.kra is Kra.TEAM_PERFORMANCE
    ]
    columns = ("KPI", "Target", "Actual", "Status", "Change")
    figures = Table("Against the targets", columns, tuple(map(_row, told)))
    return Gathered(_headline(told), (figures, _behind(told, scope)), _NOTES)


def _row(snapshot: Snapshot) -> tuple[str, ...]:
    target = snapshot.target and show_target(snapshot.kpi, snapshot.target.value)
    status = status_words(snapshot.status)
    return snapshot.kpi.name, target or _NONE, _actual(snapshot), status, _change(snapshot)


def _actual(snapshot: Snapshot) -> str:
    figure, target = snapshot.figure, snapshot.target.value if snapshot.target else None
    if figure.value is None or figure.among is None:
        return show_figure(snapshot.kpi, figure, target)
    return survey.told(snapshot.kpi, figure, f"{figure.n:,} of {figure.among:,} answered")


def _change(snapshot: Snapshot) -> str:
    if snapshot.survey is not None:
        return survey.moved(snapshot.kpi, snapshot.survey) or "not compared"
    return show_change(snapshot.kpi.unit, snapshot.change) or "–"


def _headline(told: Sequence[Snapshot]) -> str:
    known = [each for each in told if each.figure.value is not None]
    if not known:
        return "Nothing was counted, and no survey of all teams closed."
    return f"{'; '.join(f'{each.kpi.short} {_actual(each)}' for each in known)}."


def _behind(told: Sequence[Snapshot], scope: Scope) -> Facts:
    """Return which survey the figures are from, how many answered, and which do not speak for everybody."""
    found = [each.survey for each in told if each.survey is not None]
    nothing = Fact("Last survey of all teams", "none closed")
    facts = [*_survey_facts(found[0], scope)] if found else [nothing]
    parts = {part.number: part.name for each in told for part in each.parts}
    if parts:
        named = ", ".join(f"{number} {name}" for number, name in parts.items())
        facts.append(Fact("Left out, for they asked some teams alone", named))
    return Facts("Pulse survey", tuple(facts))


def _survey_facts(found: Survey, scope: Scope) -> Iterator[Fact]:
    closed = show_day(found.closed_on, scope.today)
    yield Fact("Last survey of all teams", f"{found.number} {found.name}, closed {closed}")
    if found.answered is not None and found.invited:
        share = found.answered / found.invited
        words = f"{found.answered:,} of {found.invited:,} ({share:.1%})".replace("%", " %")
        yield Fact("Answered", words)


_NOTES = (
    "Satisfaction: the share of answers 4 and 5 as the survey published it, of everybody together; figures of single groups are for leads and managers (`/kpi teams esat`).",
    "Resolution rate: SLA targets met ÷ SLA targets that fell due. Hours of training are not recorded yet.",
)

REPORT = Report(
    name="Team performance report",
    about="Employee satisfaction and eNPS with the response rate, and the resolution rate, against their targets.",
    aliases=("team performance", "people"),
    gather=gather,
)
