"""Log lines tell what and where, and not a word of what anybody said."""

import logging
import re
import sys

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.duration import parse_duration
from bot.errors import Refused
from bot.logs import OneLine, error_code, whereabouts


def caught(raise_it: object) -> Exception:
    """Return what a function raises."""
    assert callable(raise_it)
    try:
        raise_it()
    except Exception as error:  # noqa: BLE001 (any kind is wanted)
        return error
    raise AssertionError


def slack_refuses() -> None:
    """Raise what slack_sdk raises."""
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": "not_in_channel"}, headers={}, status_code=200
    )  # fmt: skip
    raise SlackApiError("the secret of a channel", response)


def refuse_a_duration() -> None:
    """Fail in our own code, because of something else that failed."""
    try:
        slack_refuses()
    except SlackApiError as error:
        raise RuntimeError("secret") from error


def test_an_exception_is_told_by_kind_and_place() -> None:
    """The last places in our own code are named, the words are not."""
    place = whereabouts(caught(lambda: parse_duration("my secret plan")))

    assert re.fullmatch(
        r"Refused at bot\.domain\.duration:\d+( < bot\.domain\.duration:\d+)*(, after .*)?", place
    )


def test_slacks_own_code_and_the_cause_are_told() -> None:
    """Slack's error code is a word of Slack's; what caused an exception is told behind it."""
    error = caught(refuse_a_duration)

    assert re.fullmatch(
        r"RuntimeError at test_logs:\d+, after SlackApiError\(not_in_channel\) at test_logs:\d+",
        whereabouts(error),
    )
    assert error_code(Refused("x")) == ""


def test_a_line_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Line breaks cannot forge a second line; a traceback becomes a place."""
    try:
        slack_refuses()
    except SlackApiError:
        record = logging.LogRecord(
            "bot", logging.ERROR, "", 1, "a\nb %s", ("c\r\nd",), sys.exc_info()
        )
    assert not caplog.records

    line = OneLine("%(levelname)s %(message)s").format(record)

    assert re.fullmatch(r"ERROR a b c d: SlackApiError\(not_in_channel\) at test_logs:\d+", line)
