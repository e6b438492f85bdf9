"""What a pulse survey has published as the card of a KPI tells it: beside how many answered, and never finer."""

from collections.abc import Iterator, Sequence

from bot.blocks import kit
from bot.blocks.figures import show_change, show_figure, show_span, show_value, signed
from bot.blocks.pulse_result import why_hidden, why_left_out
from bot.domain.figure import Figure
from bot.domain.kpi import Kpi
from bot.domain.snapshot import Snapshot, TeamLine
from bot.domain.span import PeriodKind, whole
from bot.domain.stats import Interval
from bot.domain.survey import Survey
from bot.vocabulary import Unit, Withheld

NO_SURVEY = "No pulse survey has closed yet. Managers start one with `/pulse start`."
_PARTS_SHOWN, _TEAMS_SHOWN = 3, 4
SOURCE = "Source: what pulse surveys published when they closed"


def moved(kpi: Kpi, survey: Survey) -> str | None:
    """Return how a figure has changed against the survey before, as it was published; None where it was not."""
    if survey.change is None:
        return None
    low, high = survey.change.low, survey.change.high
    if low == high:
        return show_change(kpi.unit, low, 0)
    return f"between {signed(low)} and {signed(high)} points"


def told(kpi: Kpi, figure: Figure, answered: str) -> str:
    """Return a figure with how many answered beside it, and the span where it is the middle of one."""
    span = [] if figure.span is None else [show_span(kpi.unit, figure.span)]
    return f"{show_value(kpi, figure.value)} ({', '.join([*span, answered])})"


def moved_since(snapshot: Snapshot) -> str | None:
    """Return the change against the survey before in a few words, or that its group is another one now."""
    if (survey := snapshot.survey) is None or survey.figure.value is None:
        return None
    if (change := moved(snapshot.kpi, survey)) is not None:
        return f"{change} against pulse {survey.before}"
    is_other = survey.unchanged is Withheld.GROUP_CHANGED
    return "group changed, no comparison" if is_other else None


def comparison(snapshot: Snapshot) -> str:
    """Return how a figure compares with the survey before, or why it is not compared."""
    survey = snapshot.survey
    if survey is None or survey.figure.value is None:
        return ""
    if (change := moved(snapshot.kpi, survey)) is not None:
        was = show_figure(snapshot.kpi, snapshot.previous)
        return f"{change} against pulse {survey.before} of {snapshot.compared_with.label} ({was})"
    if survey.unchanged is Withheld.GROUP_CHANGED:
        return f"group changed, no comparison with pulse {survey.before}"
    if survey.unchanged is Withheld.ASKED_OTHERS:
        return "no comparison, for the survey before asked other teams, or grouped them otherwise"
    if survey.unchanged is not None:
        return f"no comparison with pulse {survey.before}"
    if snapshot.versus is not None:
        return f"no comparison with {snapshot.compared_with.label}: a survey is compared with the one before it alone"
    return "no survey before it to compare with"


def nothing(snapshot: Snapshot, when: str, team_name: str | None) -> str:
    """Return why there is no figure: no survey closed, or it tells nothing of this group."""
    survey, team = snapshot.survey, kit.escape(team_name or "")
    if survey is None and snapshot.parts:
        return f"No pulse survey that asked all teams closed {when}. Left out: {'; '.join(left_out(snapshot))}."
    if survey is None:
        asked = f" and asked {team}" if team else f" and asked for {snapshot.kpi.short}"
        return f"No pulse survey closed {when}{asked}. Managers start one with `/pulse start`."
    whom = f" of {team}" if team else ""
    return f"Pulse {survey.number} tells nothing{whom}: {_why_not(survey)}."


def left_out(snapshot: Snapshot) -> list[str]:
    """Return the last surveys that are left out of a figure for all teams, and why."""
    parts = snapshot.parts[-_PARTS_SHOWN:]
    named = [
        f"pulse {one.number} ({kit.escape(one.name)}), which asked {_few(one.teams)} alone"
        for one in parts
    ]
    earlier = len(snapshot.parts) - len(parts)
    return [*named, f"{earlier} more that asked some teams alone"] if earlier else named


def _few(teams: Sequence[str]) -> str:
    """Return the names of some teams, and how many there are beside them."""
    more = [f"{len(teams) - _TEAMS_SHOWN} more teams"] if len(teams) > _TEAMS_SHOWN else []
    return kit.escape(" and ".join([", ".join(teams[:_TEAMS_SHOWN]), *more]))


def _why_not(survey: Survey) -> str:
    if survey.hidden is None:
        groups = [f"{kit.escape(name)} (`team:{slug}`)" for slug, name in survey.tells_of.items()]
        return f"it tells of {', '.join(groups) or 'everybody together alone'}"
    if survey.invited is None:
        return why_left_out(survey.hidden, survey.least)
    return why_hidden(survey.hidden, survey.least)


def answered(survey: Survey) -> str:
    """Return how many of a group answered, of how many; "–" where that is not told."""
    if survey.answered is None or survey.invited is None:
        return "–"
    return f"{survey.answered:,} of {survey.invited:,}"


def among(figure: Figure) -> str:
    """Return of how many people the answers are: "21 answers of 24 people asked"."""
    return "" if figure.among is None else f" of {figure.among:,} people asked"


def origin(snapshot: Snapshot) -> str:
    """Return which survey a figure was published by, and whom it asked."""
    if (survey := snapshot.survey) is None:
        return "from published surveys"
    teams = ", ".join(kit.escape(one) for one in survey.teams)
    return f"as published by {_named(survey)}, which asked {teams}"


def as_published(snapshot: Snapshot) -> str:
    """Return a figure as it was published: "as published: 64 % of 21 people of 24 asked, pulse #3, closed …"."""
    survey, figure = snapshot.survey, snapshot.figure
    if survey is None or figure.value is None:
        return "as published: no figure"
    told = Interval(figure.value, figure.value) if figure.span is None else figure.span
    value = _ends(snapshot.kpi.unit, told)
    margin = "" if survey.margin is None or figure.span is not None else f" ± {survey.margin:.0f}"
    several = "" if survey.statements < 2 or snapshot.kpi.unit is Unit.POINTS else f"{survey.answers:,} answers by "  # fmt: skip
    people = f"{several}{figure.n:,} people of {figure.among:,} asked"
    return f"as published: {value}{margin} of {people}, {_named(survey)}"


def untold(lines: Sequence[TeamLine]) -> Iterator[str]:
    """Yield why a survey tells nothing of some groups."""
    reasons: dict[str, list[str]] = {}
    for line in lines:
        if line.survey is not None and line.survey.figure.value is None:
            reasons.setdefault(_why_not(line.survey), []).append(line.survey.group)
    for why, names in reasons.items():
        yield f"Not told: {kit.escape(', '.join(names))}, {why}"


def _ends(unit: Unit, told: Interval) -> str:
    if told.low != told.high:
        return show_span(unit, told)
    return f"{told.low:g} %" if unit is Unit.PERCENT else signed(told.low)


def _named(survey: Survey) -> str:
    day = whole(PeriodKind.DAY, survey.closed_on).label
    return f"pulse {survey.number} ({kit.escape(survey.name)}), closed on {day}"
