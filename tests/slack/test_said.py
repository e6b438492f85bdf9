"""What somebody wrote in Slack, as words that people read and that cannot act again."""

import asyncio
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.person import Person
from bot.errors import Refused
from bot.slack.said import as_said
from bot.vocabulary import Role

NAMES = {"U0ANA": "Ana Ruiz", "U0BO": "Bo Chen", "U0EVE": "<!channel> <@U0BO>", "U0NIL": ""}


class Directory:
    """Who is who, as far as Slack says; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, user_id: str) -> Person:
        """Return somebody; nobody knows others."""
        self.asked.append(user_id)
        if user_id not in NAMES:
            raise Refused("Slack did not say who they are just now.")
        return Person(user_id, NAMES[user_id], Role.MEMBER, ZoneInfo("UTC"))


def said_by(written: str, whois: Directory | None = None) -> str:
    """Return a message's text as it reads."""
    return asyncio.run(as_said(written, whois or Directory()))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        ("The new rota", "The new rota"),
        ("*bold* _it_ `code` ~no~", "*bold* _it_ `code` ~no~"),
        ("two\nlines", "two\nlines"),
        # People
        ("<@U0BO> takes it", "@Bo Chen takes it"),
        ("<@U0BO|bo> takes it", "@Bo Chen takes it"),
        ("<@U0BO> and <@U0ANA>", "@Bo Chen and @Ana Ruiz"),
        ("<@U0BO><@U0BO>", "@Bo Chen@Bo Chen"),
        ("<@U0GONE> left", "@U0GONE left"),
        ("<@U0GONE|gone> left", "@gone left"),
        ("<@U0NIL> is shy", "@U0NIL is shy"),
        # Channels, groups and everybody
        ("<#C0OPS|ops>", "#ops"),
        ("<#C0OPS>", "#C0OPS"),
        ("<#C0OPS|>", "#C0OPS"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!here|here>", "here"),
        ("<!subteam^S0ALL|@emea>", "@emea"),
        ("<!subteam^S0ALL>", "@S0ALL"),
        ("<!date^1795597200^{date_short}|25 November>", "25 November"),
        # Links
        ("<https://wiki.example/a?b=1>", "https://wiki.example/a?b=1"),
        ("<https://wiki.example|the wiki>", "the wiki (https://wiki.example)"),
        ("<https://wiki.example|https://wiki.example>", "https://wiki.example"),
        ("<http://wiki.example|wiki.example>", "wiki.example"),
        ("<https://wiki.example/|wiki.example/>", "wiki.example/"),
        ("<mailto:bo@x.example|bo@x.example>", "bo@x.example"),
        ("<mailto:bo@x.example|write to Bo>", "write to Bo (mailto:bo@x.example)"),
        ("<tel:+4930123|+4930123>", "+4930123"),
        # What was typed as a sign
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("&lt;@U0BO&gt;", "<@U0BO>"),
        ("a < b", "a < b"),
        ("<>", ""),
        ("<@>", "@"),
    ],
)
def test_as_it_reads(written, read):
    """As it stands in Slack."""
    assert said_by(written) == read


def test_a_name_is_words_too():
    """Somebody who calls themselves a mention is none."""
    said = said_by("<@U0EVE> &lt;!here&gt;")
    assert said == "@<!channel> <@U0BO> <!here>"


def test_each_person_is_asked_for_once():
    """However often they are named."""
    whois = Directory()
    said_by("<@U0BO> <@U0ANA> <@U0BO> <@U0GONE>", whois)
    assert sorted(whois.asked) == ["U0ANA", "U0BO", "U0GONE"]


def test_nobody_is_asked_for_without_a_mention():
    """Channels and groups are no people."""
    whois = Directory()
    said_by("<#C0OPS|ops> <!here> <https://x.example>", whois)
    assert whois.asked == []


marks = st.sampled_from(["<@U0BO>", "<!channel>", "<#C0|x>", "<https://x|y>", "&lt;", "&amp;", "<", ">", "|", "^"])  # fmt: skip


@given(st.lists(marks | st.text(max_size=5), max_size=8).map("".join))
def test_whatever_is_written(written):
    """No mention of Slack's is left, and what had none is as it was typed."""
    said = said_by(written)
    if not re.search("[<>&]", written):
        assert said == written
    if "&" not in written:
        assert not re.search(r"<[@!#][^<>]*>", said)
