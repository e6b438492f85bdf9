"""The incident management report (playbook 3.2 and 5.2): each incident in a line, and what they add up to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.domain.day import show_day
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.incident_figures import Case, Cause, Durations, LeftOut, bounds
from bot.domain.incident_report import IncidentReport, Share, report_incidents
from bot.domain.report import Fact, Facts, Gathered, Report, Scope, Session, Table

NONE = "none"
_UNKNOWN = "unknown"
_UNRELIABLE = "not reliable"
_MOST_NAMED = 10


def gather(session: Session, scope: Scope) -> Gathered:
    """Return what there is to tell of a period's incidents."""
    start, end = bounds(scope.period, scope.zone)
    found = report_incidents(session, start, end, scope.counting.repeat_within, scope.today)
    told = (
        _numbers(found, scope),
        _times(found),
        _recurrence(found, scope),
        _longest(found),
        _communication(found, scope),
        _quality(found),
    )
    parts = (
        _incidents(found),
        *(told if found.listed else ()),
        _open(found, scope),
        _analyses(found, scope),
    )
    return Gathered(_headline(found, scope), parts, _notes(scope))


def _headline(found: IncidentReport, scope: Scope) -> str:
    figures = found.figures
    began, resolved = len(figures.began), len(figures.resolved)
    if not began and not resolved:
        news = "No incident began or was resolved."
    else:
        news = f"{_count(began, 'incident')} began, {resolved:,} {_were(resolved)} resolved."
    if resolved:
        detected, ended = _median(figures.detection), _median(figures.resolution)
        news += f" MTTD {detected}, MTTR {ended} (medians)."
    if figures.open:
        age = _age(figures.open[0], scope)
        news += f" {len(figures.open):,} {_are(len(figures.open))} open, oldest {age}."
    return news


def _incidents(found: IncidentReport) -> Table:
    """Return the playbook's table."""
    rows = [
        (
            each.label,
            each.title,
            _took(each.times.to_detect),
            "open" if each.is_open else _took(each.times.to_resolve),
            found.cause(each) or "not known yet",
            found.plan(each) or NONE,
        )
        for each in found.listed
    ]
    columns = ("Incident ID", "Description", "MTTD", "MTTR", "Root Cause", "Action Plan")
    amounts = (
        ("MTTD in seconds", tuple(_seconds(each.times.to_detect) for each in found.listed)),
        (
            "MTTR in seconds",
            tuple(
                _seconds(None if each.is_open else each.times.to_resolve) for each in found.listed
            ),
        ),
    )
    return Table("Incidents", columns, tuple(rows), amounts=amounts)


def _numbers(found: IncidentReport, scope: Scope) -> Facts:
    began = found.figures.began
    hits, known = found.figures.noticed_by_customers
    facts = (
        Fact("All", f"{len(began):,}" if began else NONE),
        Fact("By severity", _by_severity(began, scope)),
        Fact("By service", _tally(service for each in began for service in each.services)),
        Fact(
            "Noticed first by a customer",
            _share(Share(hits, known)) + _doubt(Share(known, len(began))),
        ),
        Fact("In no figure", _left_out(found.figures.left_out)),
    )
    return Facts("Number of incidents", facts)


def _times(found: IncidentReport) -> Facts:
    figures = found.figures
    return Facts(
        "How long they took",
        (
            Fact("MTTD", _spread(figures.detection)),
            Fact("MTTR", _spread(figures.resolution)),
        ),
    )


def _recurrence(found: IncidentReport, scope: Scope) -> Facts:
    figures = found.figures
    resolved, repeats = len(figures.resolved), figures.caused(Cause.REPEAT)
    unknown = len(figures.caused(Cause.UNCLASSIFIED))
    suspected, old = figures.caused(Cause.SUSPECTED), figures.caused(Cause.LONG_AGO)
    days = scope.counting.repeat_within.days
    confirmed = _share(Share(len(repeats), resolved)) + _named(_links(repeats))
    doubt = _doubt(Share(resolved - unknown, resolved))
    return Facts(
        "Recurrence",
        (
            Fact("Confirmed repeats", confirmed + doubt),
            Fact("Suspected, not counted", _listed(_links(suspected))),
            Fact(f"Same cause more than {days} days before, not counted", _listed(_links(old))),
            Fact("Cause not judged yet", f"{unknown:,} of {resolved:,}" if unknown else NONE),
            Fact("Reopened", _share(found.reopened)),
        ),
    )


def _links(cases: Sequence[Case]) -> list[str]:
    return [f"{case.incident.label} of {case.earlier.label}" for case in cases if case.earlier]


def _longest(found: IncidentReport) -> Table:
    rows = [
        (took.incident.label, took.incident.title, format_duration(took.seconds))
        for took in found.figures.resolution.longest
    ]
    columns = ("Incident ID", "Description", "MTTR")
    seconds = tuple(f"{took.seconds:.0f}" for took in found.figures.resolution.longest)
    return Table(
        "Longest to resolve", columns, tuple(rows), amounts=(("MTTR in seconds", seconds),)
    )


def _open(found: IncidentReport, scope: Scope) -> Table:
    rows = [
        (each.label, each.title, scope.severities.of(each.severity).name, _age(each, scope))
        for each in found.figures.open
    ]
    oldest = f", oldest {rows[0][3]}" if rows else ""
    columns = ("Incident ID", "Description", "Severity", "Open for")
    seconds = tuple(_seconds(scope.as_of - each.times.began) for each in found.figures.open)
    amounts = (("Open for, in seconds", seconds),)
    return Table(f"Open{oldest}", columns, tuple(rows), amounts=amounts)


def _communication(found: IncidentReport, scope: Scope) -> Facts:
    silence = found.longest_silence
    longest = f"{_took(silence[1])} ({silence[0].label})" if silence else NONE
    facts = [
        Fact("Updates in time, of incidents resolved", _share(found.updates)),
        Fact("Longest silence, of incidents resolved", longest),
    ]
    if found.figures.open:
        late = [each.label for each in found.figures.open if _is_silent(each, scope)]
        facts.append(Fact("Open, with an update overdue", _listed(late)))
    return Facts("Communication", tuple(facts))


def _is_silent(incident: Incident, scope: Scope) -> bool:
    due = incident.cadence.next_at
    return due is not None and due < scope.as_of


def _analyses(found: IncidentReport, scope: Scope) -> Facts:
    late = [
        f"{rca.incident.label} since {show_day(rca.due_on, scope.today)}"
        for rca in found.overdue
        if rca.due_on
    ]
    return Facts("Root cause analyses", (Fact("Overdue", _listed(late)),))


def _quality(found: IncidentReport) -> Facts:
    quality = found.quality
    shares = {
        "Detection time": quality.detected,
        "Started time": quality.started,
        "Root cause": quality.cause,
        "Actions": quality.plan,
    }
    facts = tuple(Fact(name, _share(share) + _mark(share)) for name, share in shares.items())
    return Facts("How much is known of those resolved", facts)


def _notes(scope: Scope) -> tuple[str, ...]:
    days = scope.counting.repeat_within.days
    return (
        "The number of incidents goes by the day on which they began; MTTD, MTTR, recurrence, communication and what is known by the day of their last resolution. The table has both.",
        "MTTD: from the start to the detection. MTTR: from the detection to the last resolution; what is open is left out.",
        f"Recurrence: confirmed repeats ÷ incidents resolved; a repeat has the same cause as one resolved at most {days} days before.",
        "Not reliable: known for less than 80 % of them. Open incidents and overdue analyses are as of now.",
    )


# --- Words ---


def _spread(took: Durations) -> str:
    """Return a distribution in words; whether to rely on it says how many of them it knows."""
    if not took.of:
        return NONE
    known = Share(took.n, took.of)
    words = f"median {_span(took.median)}, mean {_span(took.mean)}, p90 {_span(took.p90)}, "
    coverage = f"n {known.hits:,} of {known.of:,} ({known.percent:.1f} %)"
    return f"{words if took.n else ''}{coverage}{_mark(known)}"


def _median(took: Durations) -> str:
    if took.median is None:
        return _UNKNOWN
    is_reliable = Share(took.n, took.of).is_reliable
    return format_duration(took.median) if is_reliable else _UNRELIABLE


def _share(share: Share) -> str:
    if share.percent is None:
        return NONE
    return f"{share.percent:.1f} % ({share.hits:,} of {share.of:,})"


def _doubt(known: Share) -> str:
    """Return that something is not to be relied on where too little is known of it."""
    return "" if known.is_reliable else f"; {_UNRELIABLE}, known for {known.hits:,} of {known.of:,}"


def _mark(share: Share) -> str:
    return "" if share.is_reliable else f"; {_UNRELIABLE}"


def _by_severity(incidents: Sequence[Incident], scope: Scope) -> str:
    found = Counter(each.severity for each in incidents)
    worst_first = sorted((scope.severities.of(slug) for slug in found), key=lambda one: one.rank)
    return " · ".join(f"{one.name} {found[one.slug]:,}" for one in worst_first) or NONE


def _tally(words: Iterable[str]) -> str:
    found = sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))
    return " · ".join(f"{word} {count:,}" for word, count in found) or NONE


def _left_out(left: LeftOut) -> str:
    counts = (
        (len(left.drills), "drill"),
        (len(left.duplicates), "duplicate"),
        (len(left.false_alarms), "false alarm"),
    )
    return ", ".join(_count(count, noun) for count, noun in counts if count) or NONE


def _named(each: Sequence[str]) -> str:
    if not each:
        return ""
    more = f" and {len(each) - _MOST_NAMED:,} more" if len(each) > _MOST_NAMED else ""
    return f": {', '.join(each[:_MOST_NAMED])}{more}"


def _listed(each: Sequence[str]) -> str:
    return f"{len(each):,}{_named(each)}" if each else NONE


def _took(duration: timedelta | None) -> str:
    return _UNKNOWN if duration is None else format_duration(duration.total_seconds())


def _seconds(duration: timedelta | None) -> str:
    """Return a duration as a spreadsheet adds it up; nothing where it is unknown."""
    return "" if duration is None else f"{duration.total_seconds():.0f}"


def _span(seconds: float | None) -> str:
    return _UNKNOWN if seconds is None else format_duration(seconds)


def _age(incident: Incident, scope: Scope) -> str:
    return format_duration((scope.as_of - incident.times.began).total_seconds())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


REPORT = Report(
    name="Incident report",
    about="Every incident with its times, root cause and action plan, and what they add up to.",
    aliases=("incidents", "incident management", "inc"),
    gather=gather,
)
