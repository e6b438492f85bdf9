"""The elements that people choose and type in: whatever is said in them, Slack takes them, and nothing is cut in silence."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import kit
from bot.workspace.validator import check_message, check_view

TEXTS = st.text(max_size=40) | st.sampled_from(["", " ", "<!channel>", "&" * 3_100, "😀" * 1_600])
VALUES = st.lists(st.text(min_size=1, max_size=150), min_size=1, max_size=5, unique=True)
DAY, HOUR = dt.date(2026, 11, 27), dt.time(9, 5)
MOMENT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@settings(max_examples=60, deadline=None, database=None)
@given(TEXTS, VALUES)
def test_whatever_is_offered_slack_takes_it(text: str, values: list[str]) -> None:
    """In a form, in a row of a message and beside a section."""
    options = [kit.option(text, value, description=text) for value in values]
    first = values[0]
    menus = [
        kit.static_select("a", options, placeholder=text, initial=first),
        kit.multi_static_select("b", options, placeholder=text, initial=values, most=3),
        kit.external_select("c", placeholder=text, initial=options[0]),
        kit.users_select("d", placeholder=text, initial="U0BO"),
        kit.multi_users_select("e", placeholder=text, initial=["U0BO", "U0ANA"], most=5),
        kit.conversations_select("f", placeholder=text, is_here=True, only=["im", "public"]),
        kit.conversations_select("g", placeholder=text, initial="C0DESK", bots=False),
        kit.datepicker("h", placeholder=text, initial=DAY),
        kit.timepicker("i", placeholder=text, initial=HOUR, zone="Europe/Berlin"),
        kit.datetimepicker("j", initial=MOMENT),
        kit.checkboxes("k", options, initial=values[:2]),
        kit.radio_buttons("l", options, initial=first),
    ]
    typed = [
        kit.number_input("m", initial="7.5", least=-1, most=10, is_decimal=True, placeholder=text),
        kit.url_input("n", initial="https://example.com", placeholder=text),
    ]
    more = kit.overflow("o", options, confirm=kit.confirm(text, text))
    fields = [kit.input_block(text, one, block_id=one["action_id"]) for one in [*menus, *typed]]

    assert check_view(kit.modal(text, [*fields, kit.section(text, accessory=more)])) == []
    row = [kit.actions([*menus, more]), kit.section(text, accessory=more)]
    assert check_message(kit.Message(text, row).as_payload()) == []


def test_nothing_is_chosen_at_first_unless_it_is_said() -> None:
    """No key is sent for what was not given: Slack refuses nulls and empty lists."""
    options = [kit.option("One", "1")]
    bare = [
        kit.static_select("a", options, initial="2"),
        kit.multi_static_select("a", options),
        kit.external_select("a"),
        kit.users_select("a"),
        kit.multi_users_select("a"),
        kit.conversations_select("a"),
        kit.datepicker("a"),
        kit.timepicker("a"),
        kit.datetimepicker("a"),
        kit.checkboxes("a", options),
        kit.radio_buttons("a", options),
        kit.overflow("a", options),
        kit.number_input("a"),
        kit.url_input("a"),
    ]
    own = {"type", "action_id", "placeholder", "options"}
    needed = {"external_select": {"min_query_length"}, "number_input": {"is_decimal_allowed"}}
    for element in bare:
        assert element.keys() - own == needed.get(element["type"], set())


CHOSEN: dict[str, tuple[Callable[[], kit.Block], dict[str, Any]]] = {
    "day": (lambda: kit.datepicker("a", initial=DAY), {"initial_date": "2026-11-27"}),
    "time": (lambda: kit.timepicker("a", initial=HOUR), {"initial_time": "09:05"}),
    "moment": (lambda: kit.datetimepicker("a", initial=MOMENT), {"initial_date_time": 1795435200}),
    "here": (
        lambda: kit.conversations_select("a", is_here=True),
        {"default_to_current_conversation": True},
    ),
    "kinds": (
        lambda: kit.conversations_select("a", only=["public"], bots=False),
        {"filter": {"include": ["public"], "exclude_bot_users": True}},
    ),
    "number": (lambda: kit.number_input("a", least=0, most=99.5), {"min_value": "0", "max_value": "99.5"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_chosen_at_first_is_said_as_slack_wants_it(name: str) -> None:
    """Days and times in Slack's own spelling."""
    make, said = CHOSEN[name]
    assert make().items() >= said.items()


MISTAKES: dict[str, Callable[[], object]] = {
    "no option": lambda: kit.overflow("a", []),
    "six in the dots": lambda: kit.overflow("a", [kit.option("x", str(n)) for n in range(6)]),
    "eleven boxes": lambda: kit.checkboxes("a", [kit.option("x", str(n)) for n in range(11)]),
    "a hundred and one": lambda: kit.static_select(
        "a", [kit.option("x", str(n)) for n in range(101)]
    ),
    "more than a hundred hundreds": lambda: kit.multi_static_select(
        "a", [kit.option("x", str(n)) for n in range(10_001)]
    ),
    "no action id": lambda: kit.users_select(""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_does_not_fit_is_a_mistake_of_ours(mistake: str) -> None:
    """An option left out in silence would be one that nobody can choose."""
    with pytest.raises(ValueError, match=r"\w"):
        MISTAKES[mistake]()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*down* again", "*·down* again"),
        ("_now_ (*all*) ~gone~", "_·now_ (*·all*) ~·gone~"),
        ("*_both_*", "*·_·both_*"),
        ("disk_full on db_1 at 5*3", "disk_full on db_1 at 5*3"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("`rm` & <!here>", "\u02cbrm\u02cb &amp; &lt;!here&gt;"),
    ],
)
def test_somebodys_words_format_nothing(typed: str, shown: str) -> None:
    """A sign that a space follows opens nothing, be the space without width (here: "·"); inside a word none is needed."""
    assert kit.literal(typed).replace(kit.UNSEEN, "·") == shown
