"""`/kpi` from the front door: what people type and press, and what they see."""

from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from bot.storage import audit
from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, CY, DEE, DESK, LEA, PARTNERS, text
from tests.helpdesk import HOUR, MONDAY_0930

pytestmark = pytest.mark.usefixtures("frozen")

SEPTEMBER = datetime(2026, 9, 9, 12, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 14, 12, tzinfo=UTC)


@pytest.fixture
def frozen():
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True):
        yield


def test_a_card_shows_value_target_and_change(slack, helpdesk):
    """A person asking for a KPI sees its value, its target, which way it moves, and what it rests on."""
    helpdesk.answers(satisfied=90, unsatisfied=10, on=SEPTEMBER)
    helpdesk.answers(satisfied=912, unsatisfied=88, on=OCTOBER)
    helpdesk.answers(satisfied=940, unsatisfied=60)

    seen = slack.command("/kpi csat", by=BO)

    assert seen.is_private
    assert (
        seen.text == "CSAT 94.0 % in November 2026 so far, target 90 %, on target, up 2.8 points."
    )
    assert seen.plain() == text("""
        # Customer satisfaction · November 2026 so far
        | *94.0 %*   ✅ on target (90 %)
        | ▁····█·····  up 2.8 points against 1–23 October 2026 (91.2 %)
        (chart: CSAT, W36 to W47, CSAT and Target)
        ~ 1,000 ratings · 95 % interval 92.4 to 95.3 % · counted on the day of the rating
        ~ Left out: surveys that nobody answered, deleted tickets · from ticket records, as of 23 November 2026, 09:30 UTC
        [Share here] [Why] [Trend] [By team]
    """)


def test_a_duration_shows_its_clock_and_its_long_end(slack, helpdesk):
    """The median, what nine in ten stay under, the share within target, and which clock was used."""
    helpdesk.replies(*(timedelta(minutes=minutes) for minutes in (10, 20, 30, 40, 90)))
    helpdesk.opens(1, on=MONDAY_0930 - 2 * HOUR, team="emea")

    plain = slack.command("/kpi frt", by=BO).plain()

    assert "| *30 min*   🟡 too close to call (1 h)" in plain
    assert "is what nine in ten stay under (p90)" in plain
    assert (
        "*66.7 %* answered within target (4 of 6)" in plain
    )  # the unanswered one is a miss by time alone
    assert "calendar hours" in plain
    assert "only 5 first replies, too few to lean on" in plain


def test_the_list_groups_all_kpis_by_area(slack, helpdesk):
    """`/kpi` alone shows every KPI, one line each."""
    helpdesk.answers(satisfied=940, unsatisfied=60)

    plain = slack.command("/kpi", by=BO).plain()

    headings = [line for line in plain.splitlines() if line.startswith(("# ", "~ *"))]
    assert headings == [
        "# KPIs · November 2026 so far",
        "~ *Customer support*",
        "~ *Team performance*",
        "~ *Incident management*",
        "~ *Cloud infrastructure*",
        "~ *Process optimisation*",
    ]
    assert "| *CSAT*   *94.0 %*  [Open]\n| ✅ on target (90 %)" in plain
    assert plain.count("[Open]") == 12


def test_a_line_of_the_list_opens_its_card(slack, helpdesk):
    """The button carries the question, with its period made absolute."""
    helpdesk.answers(satisfied=9, on=OCTOBER)
    listed = slack.command("/kpi october", by=BO)
    assert slack.press(listed, "Open").text.startswith("CSAT 100.0 % in October 2026, target 90 %")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("today", "23 November 2026"),
        ("yesterday", "22 November 2026"),
        ("last week", "(16–22 Nov)"),
        ("2026-W40", "(28 Sep–4 Oct)"),
        ("october", "October 2026"),
        ("2026-10", "October 2026"),
        ("q3", "2026"),
        ("last quarter", "2026"),
        ("30d", "25 October–23 November 2026"),
        ("2026-10-01..2026-10-15", "1–15 October 2026"),
        ("mtd", "November 2026 so far"),
        ("ytd", "2026 so far"),
        ("Last Month", "October 2026"),
    ],
)
def test_periods_as_people_write_them(slack, typed, title):
    """Every period of the help is understood."""
    assert title in slack.command(f"/kpi csat {typed}", by=BO).plain().splitlines()[0]


def test_a_team_and_a_comparison(slack, helpdesk):
    """One team, against another period than the one before."""
    helpdesk.answers(satisfied=8, unsatisfied=2, on=OCTOBER - timedelta(days=365))
    helpdesk.answers(satisfied=9, unsatisfied=1, on=OCTOBER)
    helpdesk.answers(satisfied=0, unsatisfied=50, on=OCTOBER, team="apac")

    plain = slack.command("/kpi csat october team:EMEA vs 2025-10", by=BO).plain()

    assert plain.splitlines()[0] == "# Customer satisfaction · October 2026 · EMEA desk"
    assert "*90.0 %*" in plain
    assert "up 10.0 points against October 2025 (80.0 %)" in plain


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/kpi cast", ["No KPI is called “cast”.", "Did you mean `csat`?", "first_response"]),
        ("/kpi csat octobr", ["october"]),
        ("/kpi csat team:emae", ["No team is called “emae”.", "Did you mean `team:emea`?"]),
        ("/kpi csat vs", ["Compare with which period?"]),
        ("/kpi target csat 900", ["cannot be a target", "from 0 to 100"]),
        ("/kpi target frt soon", ["not a duration", "45 min"]),
        ("/kpi why", ["Which KPI?"]),
        ("/kpi csat 2031-01", ["January 2031 has not begun yet"]),
    ],
)
def test_a_refusal_says_what_would_have_worked(slack, typed, said):
    """One sentence, with the nearest match or an example, to the asker alone."""
    seen = slack.command(typed, by=ANA)
    assert seen.is_private
    assert all(word in seen.text for word in said), seen.text


@pytest.mark.parametrize(
    "typed",
    ["/kpi FRT", "/kpi first  response", "/kpi First-Response", "/kpi “frt”", "/kpi frt\xa0mtd"],
)
def test_names_are_forgiving(slack, typed):
    """Short names, capitals, spaces, smart quotes and hard spaces all mean the same."""
    assert "First response" in slack.command(typed, by=BO).text


def test_a_partial_month_is_never_compared_with_a_full_one(slack, helpdesk):
    """Also not when the other month is named."""
    helpdesk.opens(10, on=OCTOBER)
    helpdesk.opens(7, on=datetime(2026, 10, 30, tzinfo=UTC))
    helpdesk.opens(12)
    plain = slack.command("/kpi volume vs 2026-10", by=BO).plain()
    assert "up 2 against 1–23 October 2026 (10)" in plain


def test_early_in_a_month_the_last_full_month_stands_beside(slack, helpdesk):
    """Three days of a month are too few to stand alone."""
    helpdesk.answers(satisfied=95, unsatisfied=5, on=OCTOBER)
    with freeze_time("2026-11-03 09:30", real_asyncio=True):
        plain = slack.command("/kpi csat", by=BO).plain()
        asked = slack.command("/kpi csat this month", by=BO).plain()
    assert "~ The last full month: CSAT 95.0 % in October 2026, target 90 %, " in plain
    assert "The last full month" not in asked


def test_an_empty_helpdesk_says_how_to_begin(slack):
    """Before the first import there is no figure, and the way to one."""
    plain = slack.command("/kpi csat", by=BO).plain()
    assert "*No data.* There are no ratings in November 2026 so far." in plain
    assert "python -m bot import tickets FILE.csv" in plain


def test_help_lists_what_can_be_typed(slack):
    """And each example in it works."""
    plain = slack.command("/kpi help", by=BO).plain()
    assert "`/kpi csat last month`" in plain
    assert "managers: change the target" in plain


class TestButtons:
    """What is under a card."""

    def test_share_here_posts_the_card_for_all(self, slack, helpdesk):
        """Everybody sees it, with the name of who shared it, and nobody can share it again from there."""
        helpdesk.answers(satisfied=940, unsatisfied=60)
        shared = slack.press(slack.command("/kpi csat", by=BO), "Share here")
        assert not shared.is_private
        assert f"~ Shared by <@{BO}>" in shared.plain()
        assert "[Why] [Trend] [By team]" in shared.plain()
        assert shared.text in [message["text"] for message in slack.seen(LEA)]

    def test_the_same_press_delivered_twice_shares_once(self, slack, helpdesk):
        """Slack, or a finger, may repeat itself."""
        helpdesk.answers(satisfied=940, unsatisfied=60)
        card = slack.command("/kpi csat", by=BO)
        slack.slack.chaos.duplicate()
        slack.press(card, "Share here")
        assert len([m for m in slack.seen(LEA) if m["text"].startswith("CSAT")]) == 1

    def test_a_card_is_shared_once(self, slack, helpdesk):
        """A second press says so instead of posting again."""
        helpdesk.answers(satisfied=940, unsatisfied=60)
        card = slack.command("/kpi csat", by=BO)
        slack.press(card, "Share here")
        again = slack.press(card, "Share here")
        assert again.is_private
        assert again.text == "You have shared this card already. Ask again for a fresh one."
        assert len([m for m in slack.seen(LEA) if m["text"].startswith("CSAT")]) == 1

    def test_why_shows_what_the_figure_rests_on(self, slack, helpdesk):
        """Numerator, denominator, definition, exclusions, source and target."""
        helpdesk.answers(satisfied=940, unsatisfied=60)
        plain = slack.press(slack.command("/kpi csat", by=BO), "Why").plain()
        assert "| *94.0 %* = 940 ÷ 1,000 (positive ratings ÷ answered ratings)" in plain
        assert "surveys that nobody answered" in plain
        assert "| 90 %, the default (playbook 2.1)" in plain
        assert (
            "Source: ticket records, last changed by helpdesk.csv, 23 November 2026, 09:30 UTC"
            in plain
        )

    def test_trend_draws_weeks_and_months_with_the_target(self, slack, helpdesk):
        """Two native charts, which is all that Slack takes, each with the target as second series."""
        for weeks in range(13):
            helpdesk.answers(satisfied=9, unsatisfied=1, on=MONDAY_0930 - timedelta(weeks=weeks))
        seen = slack.press(slack.command("/kpi csat", by=BO), "Trend")
        charts = [b["chart"] for b in seen.message["blocks"] if b["type"] == "data_visualization"]
        assert [len(chart["series"]) for chart in charts] == [2, 2]
        assert {point["value"] for point in charts[0]["series"][1]["data"]} == {90}
        assert "By week" in seen.plain()

    def test_by_team_puts_teams_beside_the_whole(self, slack, helpdesk):
        """A total can fall while every team rises, so the split is one press away."""
        helpdesk.answers(satisfied=9, unsatisfied=1, team="emea")
        helpdesk.answers(satisfied=1, unsatisfied=1, team="apac")
        helpdesk.answers(satisfied=1, team=None)
        seen = slack.press(slack.command("/kpi csat", by=BO), "By team")
        rows = [
            [cell.get("text") for cell in row][:2]
            for block in seen.message["blocks"]
            if block["type"] == "table"
            for row in block["rows"]
        ]
        assert rows == [
            ["Team", "CSAT"],
            ["APAC desk", "50.0 %"],
            ["EMEA desk", "90.0 %"],
            ["No team", "100.0 %"],
            ["All", "84.6 %"],
        ]


class TestTargets:
    """Changing what is asked for."""

    def test_a_manager_changes_a_target_and_why_tells(self, slack, helpdesk):
        """Who set it and when is there for all to see."""
        helpdesk.answers(satisfied=91, unsatisfied=9)
        assert (
            slack.command("/kpi target csat 92", by=ANA).text
            == "CSAT: the target is now 92 % (it was 90 %)."
        )
        assert "(92 %)" in slack.command("/kpi csat", by=BO).plain()
        why = slack.command("/kpi why csat", by=BO).plain()
        assert f"| 92 %, set by <@{ANA}> on 23 November 2026, 09:30 UTC" in why
        assert f"<@{ANA}> changed it from 90 % to 92 %" in why
        entries = slack.services.database.read(audit.history, "kpi target", "csat")
        assert [(entry.who, entry.before, entry.after) for entry in entries] == [(ANA, "90", "92")]

    @pytest.mark.parametrize("who", [BO, LEA])
    def test_nobody_but_a_manager_changes_targets(self, slack, who):
        """A clear no, and nothing changes."""
        assert (
            slack.command("/kpi target csat 50", by=who).text == "Only managers can change targets."
        )
        assert "90 %" in slack.command("/kpi target csat", by=who).text

    def test_a_change_can_be_undone(self, slack):
        """The button goes back to what was there before."""
        changed = slack.command("/kpi target csat 92", by=ANA)
        undone = slack.press(changed, "Back to 90 %")
        assert undone.text == "CSAT: the target is now 90 % (it was 92 %)."
        assert "the default (playbook 2.1)" in slack.command("/kpi target csat", by=ANA).plain()

    def test_an_old_button_does_not_undo_a_newer_change(self, slack):
        """A colleague's later decision stands."""
        first = slack.command("/kpi target csat 91", by=ANA)
        slack.command("/kpi target csat 95", by=ANA)
        assert "has been changed since" in slack.press(first, "Back to 90 %").text
        assert "95 %" in slack.command("/kpi target csat", by=ANA).text

    def test_targets_are_for_all_teams(self, slack):
        """Nobody changes the whole organisation's target by naming a team."""
        assert "whole organisation" in slack.command("/kpi target csat team:emea 92", by=ANA).text
        assert "90 %" in slack.command("/kpi target csat", by=ANA).text

    def test_the_same_command_delivered_twice_changes_once(self, slack):
        """One entry in the audit log."""
        slack.slack.chaos.duplicate()
        slack.command("/kpi target csat 92", by=ANA)
        assert len(slack.services.database.read(audit.history, "kpi target", "csat")) == 1

    def test_a_new_duration_target_is_counted_anew(self, slack, helpdesk):
        """The share within target follows the target."""
        helpdesk.replies(*(timedelta(minutes=minutes) for minutes in (10, 20, 30, 40, 50)))
        slack.command("/kpi target frt 25m", by=ANA)
        slack.wait_until(
            lambda: "being counted anew" not in slack.command("/kpi frt", by=BO).plain()
        )
        assert (
            "*40.0 %* answered within target (2 of 5)" in slack.command("/kpi frt", by=BO).plain()
        )

    def test_a_plan_is_shown_and_never_coloured(self, slack, helpdesk):
        """Volume stands beside the part of the monthly plan that has passed."""
        helpdesk.opens(400)
        plain = slack.command("/kpi volume", by=BO).plain()
        assert "| *400*   17 over plan (383)" in plain  # 500 × 23 ÷ 30
        assert not any(sign in plain for sign in "✅🔴")
        assert slack.command("/kpi target volume 300", by=ANA).text.endswith(
            "the plan is now 300 (it was 500)."
        )


class TestStrangers:
    """People who are not of this workspace, or only half."""

    def test_a_guest_is_told_no(self, slack):
        """Figures are for members."""
        assert slack.command("/kpi", by=CY).text == "Only members of this workspace can see KPIs."
        assert (
            slack.command("/kpi csat", by=CY).text
            == "Only members of this workspace can see Customer satisfaction."
        )

    def test_a_guest_pressing_a_managers_button(self, slack):
        """A visible button is not a permission."""
        changed = slack.command("/kpi target csat 92", by=ANA)
        payload = slack.press_as(changed, "Back to 90 %", CY)
        assert payload == "Only managers can change targets."

    def test_a_person_of_another_workspace_pressing_a_shared_card(self, slack, helpdesk):
        """In a shared channel everybody sees the buttons; what they show stays here."""
        helpdesk.answers(satisfied=9)
        shared = slack.press(slack.command("/kpi csat", by=BO, channel=PARTNERS), "Share here")
        assert (
            slack.press(shared, "Why", by=DEE).text
            == "Only members of this workspace can see Customer satisfaction."
        )


HOSTILE = [
    "<!channel>",
    "<!channel> <@U0ANA> *bold* `code`",
    "x" * 10_000,
    "🎫" * 300,
    "\u202eabc\u202c مرحبا שלום",
    "'; DROP TABLE ticket; --",
    "team:<!here>",
    "csat vs ' OR 1=1",
    "target csat <!everyone>",
    "csat \x00\x07",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_ends_in_a_sentence(slack, typed):
    """Nothing typed can ping anybody or break a layout, and everybody gets an answer."""
    seen = slack.command(f"/kpi {typed}", by=ANA)
    message = {"channel": DESK, "text": seen.text, "blocks": seen.message["blocks"]}
    assert not check_message(message)
    assert not any(ping in str(message) for ping in ("<!channel", "<!here", "<!everyone", "<@"))
    assert len(seen.text) < 1_000


def test_slack_refusing_charts_still_shows_the_card(slack, helpdesk):
    """The same message without the chart."""
    for weeks in range(4):
        helpdesk.answers(satisfied=9, unsatisfied=1, on=MONDAY_0930 - timedelta(weeks=weeks))
    assert "data_visualization" in slack.command("/kpi csat", by=BO).kinds()
    slack.slack.chaos.refuse_blocks("data_visualization")
    seen = slack.command("/kpi csat", by=BO)
    assert "data_visualization" not in seen.kinds()
    assert "*90.0 %*" in seen.plain()
