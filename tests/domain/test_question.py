"""What people type after `/kpi`: which words are understood, and what is said of those that are not."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.kpi import Kpi
from bot.domain.period import query
from bot.domain.question import Question, Verb, parse_question
from bot.errors import Refused
from tests.blocks import arbitrary

TODAY = date(2026, 11, 23)


def asked(text: str, kpis: dict[str, Kpi], today: date = TODAY) -> str:
    """Return what is understood, in one line: verb, KPI, period, comparison, team, value."""
    question = parse_question(text, kpis, today)
    parts = [
        question.verb.value,
        question.kpi.slug if question.kpi else "–",
        query(question.period) if question.period else "",
        f"vs {query(question.versus)}" if question.versus else "",
        f"team {question.team}" if question.team else "",
        f"= {question.value}" if question.value is not None else "",
        f"not {question.instead_of}" if question.instead_of is not None else "",
    ]
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        # The verb at the front, at the end, or left out
        ("", "list –"),
        ("all", "list –"),
        ("list last month", "list – 2026-10"),
        ("october", "list – 2026-10"),
        ("csat", "show csat"),
        ("show csat", "show csat"),
        ("why csat", "why csat"),
        ("csat why", "why csat"),
        ("Why: csat", "why csat"),
        ("explain csat", "why csat"),
        ("trend csat q3", "trend csat 2026-Q3"),
        ("csat q3 trend", "trend csat 2026-Q3"),
        ("chart csat", "trend csat"),
        ("teams csat yesterday", "teams csat 2026-11-22"),
        ("csat teams", "teams csat"),
        ("help", "help –"),
        ("?", "help –"),
        ("csat ?", "help csat"),
        ("csat why october", "why csat 2026-10"),
        ("csat trend team:emea", "trend csat team emea"),
        ("why csat?", "why csat"),
        # Names
        ("CSAT", "show csat"),
        ("customer satisfaction", "show csat"),
        ("Customer-Satisfaction last month", "show csat 2026-10"),
        ("frt", "show first_response"),
        ("first response", "show first_response"),
        ("first_response", "show first_response"),
        ('"first response"', "show first_response"),
        ("first response time 30d", "show first_response 2026-10-25..2026-11-23"),
        ("response time q3", "show first_response 2026-Q3"),
        ("rt", "show resolution_time"),
        ("sla", "show resolution_rate"),
        ("resolved within sla", "show resolution_rate"),
        ("kb", "show knowledge_usage"),
        ("volume", "show ticket_volume"),
        ("tickets today", "show ticket_volume 2026-11-23"),
        # Periods, comparisons, teams
        ("csat 2026-W40", "show csat 2026-W40"),
        ("csat 1 to 15 october", "show csat 2026-10-01..2026-10-15"),
        ("csat vs 2025-10", "show csat vs 2025-10"),
        ("csat october vs. september", "show csat 2026-10 vs 2026-09"),
        ("csat october versus q3", "show csat 2026-10 vs 2026-Q3"),
        ("csat october compared to 2025-10", "show csat 2026-10 vs 2025-10"),
        ("csat compared with last year", "show csat vs 2025"),
        ("q3 vs q2", "list – 2026-Q3 vs 2026-Q2"),
        ("csat team:emea", "show csat team emea"),
        ("team:EMEA csat october", "show csat 2026-10 team emea"),
        ("csat team: emea october", "show csat 2026-10 team emea"),
        ("csat october team=emea vs september", "show csat 2026-10 vs 2026-09 team emea"),
        ("team:emea", "list – team emea"),
        ('csat team:"Support EMEA" october', "show csat 2026-10 team support emea"),
        ("why frt q3 team:emea", "why first_response 2026-Q3 team emea"),
        # Targets
        ("target csat", "target csat"),
        ("csat target", "target csat"),
        ("csat target 92", "target csat = 92"),
        ("target csat 92", "target csat = 92"),
        ("target csat to 92 %", "target csat = 92 %"),
        ("target csat = 92", "target csat = 92"),
        ("target: first response 1 h 30 min", "target first_response = 1 h 30 min"),
        ("target frt default", "target first_response = default"),
        ("target csat 90 instead of 92", "target csat = 90 not 92"),
        ('target "ticket volume" 500', "target ticket_volume = 500"),
    ],
)  # fmt: skip
def test_what_is_understood(kpis: dict[str, Kpi], typed: str, understood: str) -> None:
    """Words in the order in which they come to mind."""
    assert asked(typed, kpis) == understood


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("cast", "No KPI is called “cast”. Did you mean `csat`?"),
        ("why", "Which KPI? For example `/kpi why csat`."),
        ("trend october", "Which KPI? For example `/kpi trend csat`."),
        ("why cast", "Did you mean `csat`?"),
        ("csat octobr", "“october”"),
        ("csat 2027-01", "January 2027 has not begun yet"),
        ("csat vs", "Compare with which period? For example `/kpi csat vs 2025-10`."),
        ("csat vs nothing", "“nothing” is not a period I know"),
        ("csat team:", "Which team? Write it right after the colon"),
        ("target", "Which KPI's target?"),
        ("target cast 92", "Did you mean `csat`?"),
        ("target csat 92 team:emea", "Targets are for the whole organisation; leave the team out."),
        ("csat 92", "“92” is not a period I know"),
    ],
)
def test_what_is_refused(kpis: dict[str, Kpi], typed: str, said: str) -> None:
    """The sentence names the word that was not understood, and what would work."""
    with pytest.raises(Refused) as refused:
        parse_question(typed, kpis, TODAY)
    assert said in refused.value.sentence
    assert len(refused.value.sentence) < 300


def test_every_name_of_every_kpi_means_it(kpis: dict[str, Kpi]) -> None:
    """Slug, name, short name and aliases, in any letters."""
    for slug, kpi in kpis.items():
        for name in (slug, kpi.name, kpi.short, *kpi.aliases):
            assert asked(name.upper(), kpis) == f"show {slug}"
            assert asked(f"why {name} october", kpis) == f"why {slug} 2026-10"


# What helpdesks call their teams; a name with double quotes in it can be shown, but not typed.
teams = arbitrary.names.map(lambda name: name.replace('"', "").casefold().strip()).filter(bool)


@st.composite
def questions(draw: st.DrawFn, kpis: dict[str, Kpi]) -> tuple[Question, date]:
    """Draw a question, and the day on which it is asked."""
    today = draw(st.dates(date(2006, 1, 1), date(2100, 12, 31)))
    verb = draw(st.sampled_from(Verb))
    kpi = draw(st.sampled_from([*kpis.values()]))
    if verb is Verb.TARGET:
        value = draw(st.none() | st.sampled_from(["92", "45 min", "default", "1 h 30 min", "500"]))
        instead = draw(st.none() | st.sampled_from(["90", "2700s", "default"])) if value else None
        return Question(verb, kpi, value=value, instead_of=instead), today
    if verb in (Verb.LIST, Verb.HELP):
        kpi = None
    team = draw(st.none() | st.sampled_from(["why", "vs", "team:x", "2026-10", "q3 emea"]) | teams)
    period, versus = (draw(st.none() | arbitrary.periods(today)) for _ in range(2))
    return Question(verb, kpi, period, versus, team), today


@given(st.data())
def test_words_come_back_as_the_same_question(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """What a button carries is the question that it was made for."""
    question, today = data.draw(questions(kpis))
    assert parse_question(question.words(), kpis, today) == question


PIECES = re.findall(
    r"\S+",
    "csat frt first response why trend teams target show list all help ? team:emea team: team = vs versus compared "
    "to october 2026-10 q3 30d 92 % 45m default - .. \" ' ` : <!channel> 1 31 week last",
)
texts = (
    st.text(max_size=80)
    | st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)
    | st.text("csatwhyteam:vs 0123456789-./", max_size=30)
)


@given(texts, st.dates(date(2006, 1, 1), date(2100, 12, 31)))
def test_any_text_is_read_or_refused(kpis: dict[str, Kpi], text: str, today: date) -> None:
    """Nothing that anybody types raises anything else, and what is read can be asked again."""
    try:
        question = parse_question(text, kpis, today)
    except Refused:
        return
    again = parse_question(question.words(), kpis, today)
    assert (again.kpi, again.period, again.versus, again.team) == (
        question.kpi,
        question.period,
        question.versus,
        question.team,
    )


@pytest.mark.parametrize("text", ["a" * 10_000, "\x00 " * 5_000, "csat " * 2_000, "vs " * 3_000])
def test_very_long_text_is_refused_in_a_short_sentence(kpis: dict[str, Kpi], text: str) -> None:
    """Slack lets thousands of characters through; a sentence repeats a few of them."""
    with pytest.raises(Refused) as refused:
        parse_question(text, kpis, TODAY)
    assert len(refused.value.sentence) < 300
