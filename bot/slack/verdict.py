"""What follows from the way a call to Slack failed: five verdicts, from one table (slack-platform: 8.4).

The table errs on the side of looking: what might have been done is looked up, never simply done again.
"""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.logs import error_code
from bot.slack.connection import Closed, TooLate, pause_asked_by


class Course(StrEnum):
    """What to do next."""

    LATER = "later"  # nothing was done; the same call may succeed another time
    LOOK = "look"  # it may have been done; look before doing it again
    STOP = "stop"  # no call will succeed before the operator has mended something
    GIVE_UP = "give up"  # this call will never succeed; others may
    PLAINER = "plainer"  # Slack takes no such blocks; say it with fewer


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do next, why in Slack's or one own word, and for how many seconds Slack asks to wait (0: it does not)."""

    course: Course
    reason: str
    wait: float = 0.0
    is_too_fast: bool = False


_TOO_FAST = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_LATER = frozenset(
    {
        *("service_unavailable", "team_added_to_org"),
        "request_timeout",  # Slack's word for a call whose end it never received
        "external_channel_migrating",
    }
)
_LOOK = frozenset({"internal_error", "fatal_error"})
_STOP = frozenset(
    {
        *("account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"),
        *("not_allowed_token_type", "ekm_access_denied", "org_login_required"),
        *("team_access_not_granted", "enterprise_is_restricted", "accesslimited"),
        *("access_denied", "two_factor_setup_required"),
    }
)
# About the method: when the bot may not post at all it must stop, but a group that it may not open, or an edit that
# this Slack does not know, is one message's trouble.
_STOP_POSTING = frozenset(
    {
        *("missing_scope", "no_permission", "unknown_method"),
        *("method_deprecated", "deprecated_endpoint"),
    }
)
_PLAINER = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})

POST, EDIT, DELETE = "chat.postMessage", "chat.update", "chat.delete"
OPEN, HISTORY = "conversations.open", "conversations.history"


def judge(error: Exception, method: str = POST) -> Verdict:
    """Return what follows from the failure of a call."""
    if isinstance(error, SlackApiError):
        return _judge_answer(error, method)
    if isinstance(error, _NEVER_SENT):
        return Verdict(Course.LATER, "unreachable")
    if isinstance(error, TimeoutError):
        return Verdict(Course.LOOK, "timeout")
    return Verdict(Course.LOOK, "broken_connection")


# Raised before a byte of the request has left this machine, or by a proxy that did not pass it on.
_NEVER_SENT = (
    Closed,
    TooLate,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


def _judge_answer(error: SlackApiError, method: str) -> Verdict:
    """Judge an answer by its status first: behind an error page anything may have happened."""
    status = _status(error)
    code = error_code(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _TOO_FAST:
        return Verdict(Course.LATER, code or "ratelimited", pause_asked_by(error), is_too_fast=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _LOOK:
        return Verdict(Course.LOOK, code or f"http_{status}", pause_asked_by(error))
    if not code:
        return _judge_foreign_answer(status)
    return Verdict(_course_of(code, method), code, pause_asked_by(error))


def _course_of(code: str, method: str) -> Course:
    if code in _STOP or (code in _STOP_POSTING and method == POST):
        return Course.STOP
    if code in _LATER:
        return Course.LATER
    if code in _PLAINER:
        return Course.PLAINER
    return Course.GIVE_UP


def _judge_foreign_answer(status: int) -> Verdict:
    """Judge what is not Slack's own: a proxy's page refuses; a page that says all is well says nothing."""
    refused = status >= HTTPStatus.BAD_REQUEST
    return Verdict(Course.LATER if refused else Course.LOOK, f"http_{status}")


def _status(error: SlackApiError) -> int:
    """Return the HTTP status; slack_sdk puts its own answer or aiohttp's into the exception."""
    answer = error.response
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    return status if isinstance(status, int) else HTTPStatus.OK.value
