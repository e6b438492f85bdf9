"""What is asked of `/report`: which report, for which days, and what is said of words that name none."""

from datetime import date

import pytest

from bot.domain.report import Gathered, Report, name_reports, read_request
from bot.errors import PluginWrong, Refused

TODAY = date(2026, 11, 23)
REPORTS = name_reports(
    {
        slug: Report(name, "About it.", lambda *_: Gathered("Nothing.", ()), aliases)
        for slug, name, aliases in (
            ("customer_support", "Customer support report", ("support",)),
            ("incident", "Incident report", ("incidents", "incident management")),
        )
    }
)


@pytest.mark.parametrize(
    ("typed", "slug", "days"),
    [
        ("incident", "incident", None),
        ("Incidents", "incident", None),
        ("incident report", "incident", None),
        ("incident management", "incident", None),
        ("incident last month", "incident", "October 2026"),
        ("incident q3", "incident", "Q3 2026"),
        ("q3 incident", "incident", "Q3 2026"),
        ("incident report for october", "incident", "October 2026"),
        ("show me incident 2026-W40", "incident", "week 40 of 2026 (28 Sep–4 Oct)"),
        ("incident, 2026-10-01..2026-10-15", "incident", "1–15 October 2026"),
        ("incident 30d?", "incident", "25 October–23 November 2026"),
        ("customer-support", "customer_support", None),
        ("customer support ytd", "customer_support", "2026"),
        ("“support” yesterday", "customer_support", "22 November 2026"),
    ],
)
def test_a_report_and_its_days_are_read_forgivingly(
    typed: str, slug: str, days: str | None
) -> None:
    """By any of its names, before or after any period that `/kpi` reads too."""
    request = read_request(typed, REPORTS, TODAY)
    assert request.report is REPORTS[slug]
    assert (request.period.label if request.period else None) == days


@pytest.mark.parametrize("typed", ["", "  ", "list", "All"])
def test_nothing_named_asks_for_the_list(typed: str) -> None:
    """`/report` alone says which there are."""
    request = read_request(typed, REPORTS, TODAY)
    assert (request.report, request.is_help) == (None, False)


@pytest.mark.parametrize("typed", ["help", "Help?", "?"])
def test_help_is_help(typed: str) -> None:
    """As behind every command."""
    assert read_request(typed, REPORTS, TODAY).is_help


THERE_ARE = "There are: `customer-support`, `incident`."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("incidnt", f"No report is called “incidnt”. Did you mean `incident`? {THERE_ARE}"),
        ("incidnt last month", f"No report is called “incidnt last month”. Did you mean `incident`? {THERE_ARE}"),
        ("xyzzy", f"No report is called “xyzzy”. {THERE_ARE}"),
        ("last month", f"Which report? For example `/report customer-support last month`. {THERE_ARE}"),
        ("incident next month", "December 2026 has not begun yet"),
        ("incident soonish", "“soonish” is not a period I know"),
        ("incident 2031", "2031 has not begun yet"),
        ("incident " + "x" * 300, "That is too long."),
    ],
)  # fmt: skip
def test_words_that_name_nothing_get_a_sentence(typed: str, sentence: str) -> None:
    """What was not understood, and what would have worked."""
    with pytest.raises(Refused) as refused:
        read_request(typed, REPORTS, TODAY)
    assert refused.value.sentence.startswith(sentence)


def test_two_reports_cannot_answer_to_one_word() -> None:
    """The file that comes later is named."""
    twice = {"incident": REPORTS["incident"], "outage": REPORTS["incident"]}
    with pytest.raises(PluginWrong, match=r"kpis/reports/outage.py: .* already means incident"):
        name_reports(twice)
