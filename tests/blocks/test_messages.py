"""Every message and view that the bot can make is one that Slack takes, and nothing in it can ping anybody."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import find_help
from bot.blocks import action as actions
from bot.blocks import action_form, action_news, kit, maintenance
from bot.blocks import kpi as blocks
from bot.blocks.action import Said
from bot.blocks.feedback_pool import kept_message
from bot.blocks.help import help_message
from bot.blocks.home import home_view
from bot.blocks.kit import Message
from bot.blocks.notice import message_window, notice, notice_window
from bot.blocks.plain import plain, table_lines
from bot.blocks.reminder import morning_message
from bot.domain.action import Change
from bot.domain.action_item import ActionItem
from bot.domain.action_list import Mine
from bot.domain.errand import Errand, Verb, parse_errand
from bot.domain.impact import Window
from bot.domain.kpi import Kpi, Source
from bot.domain.maintenance import Maintenance
from bot.domain.period import parse_period
from bot.domain.reminder import Morning
from bot.domain.snapshot import Parts, Snapshot, TeamLine, figure_of
from bot.vocabulary import Status
from bot.workspace.validator import check_message, check_view
from tests.blocks import arbitrary

LONGEST_TEXT = 4_000  # what chat.update takes
# Mentions of people whom Slack has named to us, and dates; any other markup is somebody's words.
OURS = re.compile(
    r"<@U0(?:ANA|LEA)>|<!date\^\d+\^[^|<>]+\|[^<>]+>|<https://home\.slack\.com/[^<>|]+\|[^<>|]+>"
)

wildly = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
teams = st.none() | arbitrary.names
shown_names = teams | st.sampled_from(["", "x" * 10_000])


def marked_up(part: Any) -> Iterator[str]:
    """Yield every text in which Slack looks for markup."""
    if isinstance(part, Mapping):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for value in part.values():
            yield from marked_up(value)
    elif isinstance(part, list):
        for value in part:
            yield from marked_up(value)


def check(message: Message) -> None:
    """Assert that Slack takes a message, and its window, and that it says something to everybody and pings nobody."""
    assert check_message(message.as_payload()) == []
    check_window(message_window(message))
    assert message.text.strip()
    assert len(message.text) <= LONGEST_TEXT
    assert "<" not in OURS.sub("", message.text)
    assert plain(message)


def check_window(view: dict[str, Any]) -> None:
    """Assert that Slack takes a view, and that nothing in it is markup that we did not make."""
    assert check_view(view) == []
    assert not [text for text in marked_up(view) if "<" in OURS.sub("", text)]


@wildly
@given(st.data())
def test_a_card(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """Any KPI, period, figure, target, team and trend; shared or not."""
    team = data.draw(teams)
    card = data.draw(arbitrary.cards(data.draw(st.sampled_from([*kpis.values()])), team))
    name = data.draw(shown_names)
    shared_by = data.draw(st.none() | arbitrary.people)
    check(
        blocks.kpi_card(
            card.snapshot,
            beside=card.beside,
            is_empty=card.is_empty,
            team_name=name,
            shared_by=shared_by,
        )
    )


@settings(wildly, max_examples=25)  # six snapshots each
@given(st.data())
def test_the_list_and_home(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """Any figures side by side, for anybody."""
    team = data.draw(teams)
    snapshots = [data.draw(arbitrary.snapshots(kpi, team)) for kpi in kpis.values()]
    seen = data.draw(st.lists(st.sampled_from(snapshots), min_size=1, max_size=6))
    check(blocks.kpi_list(seen, team_name=team))
    check_window(home_view(data.draw(arbitrary.names), seen))


def test_home_without_figures() -> None:
    """A guest's page."""
    check_window(home_view("<!channel>", []))


@wildly
@given(st.data())
def test_the_incidents_behind_a_figure(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """None to sixty of them, from any place on."""
    others = (Source.TICKETS, Source.PULSE)
    of_incidents = [kpi for kpi in kpis.values() if kpi.source not in others]
    snapshot = data.draw(arbitrary.snapshots(data.draw(st.sampled_from(of_incidents))))
    check(blocks.incidents_listed(snapshot, data.draw(st.sampled_from([0, 20, 40, 10**6]))))


@wildly
@given(st.data())
def test_announced_maintenance(data: st.DataObject) -> None:
    """None to thirty stretches, of services and with reasons by anybody."""
    stretch = st.builds(
        Maintenance,
        st.integers(1, 10**6),
        arbitrary.names,
        st.builds(Window, arbitrary.moments, arbitrary.moments),
        arbitrary.names,
        arbitrary.people,
    )
    found = data.draw(st.lists(stretch, max_size=3)) * data.draw(st.sampled_from([1, 10]))
    numbered = [replace(each, number=number) for number, each in enumerate(found, 1)]
    now = data.draw(arbitrary.moments)
    for news in ("", *map(maintenance.announced_news, found[:1]), *map(maintenance.cancelled_news, found[:1])):  # fmt: skip
        check(
            maintenance.list_message(numbered, now, may_change=data.draw(st.booleans()), news=news)
        )


def test_the_form_for_maintenance() -> None:
    """A menu of services, or a field to type in where there are more than it holds."""
    for many in (1, 100, 101):
        check_window(maintenance.announce_form([f"<!channel> {number}" for number in range(many)]))


@wildly
@given(st.data())
def test_why_and_the_target(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """Any source and history."""
    team = data.draw(teams)
    why = data.draw(arbitrary.whys(data.draw(st.sampled_from([*kpis.values()])), team))
    check(blocks.kpi_why(why, team_name=team))
    check(blocks.target_shown(why))


@wildly
@given(st.data())
def test_a_trend(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """Gaps, one point, nothing, flat lines."""
    team = data.draw(teams)
    trend = data.draw(arbitrary.trends(data.draw(st.sampled_from([*kpis.values()])), team))
    check(blocks.kpi_trend(trend.snapshot, trend.weeks, trend.months, team_name=team))


@wildly
@given(st.data())
def test_teams(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """None to sixty teams, named by anybody."""
    split = data.draw(arbitrary.team_lines(data.draw(st.sampled_from([*kpis.values()]))))
    named = data.draw(
        st.dictionaries(st.just("emea") | arbitrary.names, arbitrary.names, max_size=3)
    )
    check(blocks.kpi_teams(split.whole, split.lines, named))


def test_the_whole_stands_below_however_many_teams_there_are(kpis: dict[str, Kpi]) -> None:
    """A table of Slack's has room for a hundred rows: teams may be left out of it, and are counted, but not the whole."""
    kpi = kpis["csat"]
    some = figure_of(kpi.main, Parts(9, 10))
    today = parse_period("2026-11-23", date(2026, 11, 23))
    snapshot = Snapshot(
        kpi=kpi,
        period=today,
        window=today,
        team=None,
        as_of=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        zone=ZoneInfo("UTC"),
        figure=some,
        target=None,
        status=Status.NO_TARGET,
        compared_with=today,
        previous=some,
    )
    lines = [TeamLine(f"team {number}", some, Status.NO_TARGET, some) for number in range(150)]
    message = blocks.kpi_teams(snapshot, lines, {})
    check(message)
    (table,) = (block for block in message.blocks if block["type"] == "table")
    *_, left_out, whole = table_lines(table)
    assert "more" in left_out
    assert whole.startswith("All ")


@wildly
@given(st.data())
def test_a_changed_target(kpis: dict[str, Kpi], data: st.DataObject) -> None:
    """From anything to anything."""
    check(
        blocks.target_changed(
            data.draw(arbitrary.changes(data.draw(st.sampled_from([*kpis.values()]))))
        )
    )


many_actions = st.lists(arbitrary.action_items(), max_size=4).flatmap(
    lambda items: st.sampled_from([1, 3, 20]).map(lambda times: tuple(items * times))
)
things_said = st.none() | st.builds(
    Said, arbitrary.names.map(kit.escape), st.none() | st.just("done 12")
)


@wildly
@given(
    arbitrary.action_items(),
    st.lists(arbitrary.action_events(), max_size=10),
    arbitrary.persons(),
    things_said,
)
def test_an_action_item(item, events, person, said) -> None:
    """Any words, source, state and history, for anybody; and the forms about it."""
    check(actions.card_message(item, events, person, said))
    check(action_news.given_message(item, person))
    check_window(action_form.edit_form(item))
    check_window(action_form.drop_form(item))
    check_window(action_form.add_form("U0ANA", text=item.text, note=item.text * 9, due=item.due_on))
    assert actions.action_words(item)


@wildly
@given(
    many_actions, many_actions, many_actions, arbitrary.persons(), things_said, st.integers(0, 30)
)
def test_lists_of_action_items(some, others, more, person, said, start) -> None:
    """None to eighty of each kind, from any page on, in a list and in the morning."""
    check(
        actions.mine_message(Mine(some, others, more), person, Errand(Verb.MINE, start=start), said)
    )
    for verb, owner in ((Verb.ALL, "U0ANA"), (Verb.OVERDUE, None)):
        check(actions.list_message(some, person, Errand(verb, owner=owner, start=start), said))
    if some or others or more:
        day = date(2026, 11, 23)
        until = datetime(2026, 11, 23, 17, tzinfo=UTC)
        check(morning_message(Morning("U0ANA", day, until, *distinct(some, others, more)), said))


def distinct(*parts: tuple[ActionItem, ...]) -> list[tuple[ActionItem, ...]]:
    """Number the actions of a morning: nobody hears of one twice in a message."""
    numbers = iter(range(1, 1_000))
    return [tuple(replace(item, id=next(numbers)) for item in part) for part in parts]


@wildly
@given(arbitrary.action_items(), arbitrary.action_items(), arbitrary.persons())
def test_what_was_done_with_an_action_item(before, after, person) -> None:
    """Whatever became of it, in a sentence for whoever did it and a message for its owner."""
    change = Change(before, replace(after, today=before.today))
    for verb in (Verb.DONE, Verb.VERIFY, Verb.REOPEN, Verb.DROP, Verb.SNOOZE, Verb.DUE, Verb.GIVE):
        said = action_news.said_of(verb, change, person)
        check(actions.card_message(after, [], person, said))
        assert said.undo is None or parse_errand(said.undo, before.today)
    check(action_news.changed_message(change, person))


@given(st.sampled_from(arbitrary.HOSTILE) | st.text(max_size=5_000))
def test_a_sentence(sentence: str) -> None:
    """Refusals repeat what people typed."""
    check(notice(sentence))
    check_window(notice_window(sentence))


@pytest.mark.parametrize("page", find_help().values(), ids=find_help())
def test_help(page) -> None:
    """The page of every handler, none of whose sections Slack folds away; nothing of it is lost."""
    message = help_message(page)
    check(message)
    assert_unfolded(message)
    shown = plain(message)
    assert all(does in shown for _, does in page.examples)


def test_how_feedback_is_kept() -> None:
    """What matters most stands first, and no section is folded away."""
    message = kept_message()
    check(message)
    assert_unfolded(message)


def assert_unfolded(message: Message) -> None:
    """Assert that Slack shows each section whole, without “See more”."""
    for block in message.blocks:
        if block["type"] == "section":
            said = block["text"]["text"]
            assert len(said) <= 700, said
            assert said.count("\n") < 14, said
