"""Blocks as text, for terminals and for tests."""

from datetime import UTC, datetime

import pytest

from bot.blocks import kit
from bot.blocks.kit import Message
from bot.blocks.plain import plain, table_lines
from tests.front_door import text

MOMENT = kit.date(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), "{date_short_pretty} {time}", "then")
BUTTON = kit.button("Why", "why")


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        (kit.header("CSAT *now* <b>"), "# CSAT *now* <b>"),
        (kit.section("*94 %*\nup"), "| *94 %*\n| up"),
        (kit.section("*94 %*\nup", accessory=BUTTON), "| *94 %*  [Why]\n| up"),
        (kit.section(fields=["one", "two"]), "| one\n| two"),
        (kit.section("zero", fields=["one"]), "| zero\n| one"),
        (kit.section(""), "| –"),
        (kit.context("small", "print"), "~ small print"),
        (kit.context(kit.image("A face", url="https://example.com/f.png")), "~ A face"),
        (kit.actions([BUTTON, kit.button("Trend", "trend")]), "[Why] [Trend]"),
        (
            kit.actions([kit.static_select("s", [kit.option("A", "a")], placeholder="Which?")]),
            "[Which?]",
        ),
        (kit.divider(), "---"),
        (
            kit.line_chart("CSAT", ["W1", "W2"], [("CSAT", [1, 2]), ("Target", [3, 3])]),
            "(chart: CSAT, CSAT and Target)",
        ),
        (
            kit.table([["Team", "CSAT"], ["EMEA", (94.0, "94.0 %")], ["All", 7], [None]]),
            "| Team | CSAT\n| EMEA | 94.0 %\n| All  | 7\n| –    | –",
        ),
        (kit.rich_text("words\nand more"), "| words\n| and more"),
        ({"type": "file"}, "(file)"),
    ],
    ids=lambda value: value.splitlines()[0] if isinstance(value, str) else "",
)
def test_each_block_is_told_by_its_sign(block, lines):
    """A reader sees at once what is a heading, a section or small print."""
    assert plain(Message("x", [block])) == lines


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        (f"as of {MOMENT}", "as of then"),
        ("<https://example.com|the page>", "the page"),
        ("<https://example.com>", "<https://example.com>"),
        ("<@U0ANA> changed it", "<@U0ANA> changed it"),
        ("&lt;!channel&gt; &amp; co.", "<!channel> & co."),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_markup_is_read_as_people_see_it(marked, read):
    """Dates by their fallback, links by their words, entities once."""
    assert plain(Message("x", [kit.section(marked)])) == f"| {read}"


def test_a_heading_is_not_markup():
    """Slack shows plain text as it stands."""
    assert plain(Message("x", [kit.header("&amp; <https://example.com|x>")])) == (
        "# &amp; <https://example.com|x>"
    )


def test_blocks_follow_one_another():
    """One line under the other, in the order of the message."""
    message = Message("x", [kit.header("A"), kit.section("b"), kit.divider(), kit.context("c")])
    assert plain(message) == text("""
        # A
        | b
        ---
        ~ c
    """)


def test_a_table_lines_up():
    """Columns are as wide as their widest cell, and no line ends in spaces."""
    assert table_lines(kit.table([["Team", "n"], ["Americas", 1_000], ["All", None]])) == [
        "Team     | n",
        "Americas | 1000",
        "All      | –",
    ]


def test_a_message_without_blocks_has_no_lines():
    """Its text is all there is."""
    assert plain(Message("Only words.")) == ""
