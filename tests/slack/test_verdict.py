"""How a call to Slack failed says what to do next."""

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict, CIMultiDictProxy
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from bot.slack.connection import Closed, TooLate
from bot.slack.verdict import EDIT, OPEN, POST, Course, judge

# Every error that any call can return, and what chat.postMessage and chat.update add (slack-platform: 8.4).
CODES = {
    Course.LATER: [
        *("ratelimited", "rate_limited", "message_limit_exceeded"),
        *("service_unavailable", "team_added_to_org", "request_timeout"),
        "external_channel_migrating",
    ],
    Course.LOOK: ["internal_error", "fatal_error"],
    Course.STOP: [
        *("not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"),
        *("not_allowed_token_type", "ekm_access_denied", "org_login_required"),
        *("missing_scope", "no_permission", "access_denied", "accesslimited"),
        *("enterprise_is_restricted", "team_access_not_granted", "two_factor_setup_required"),
        *("unknown_method", "method_deprecated", "deprecated_endpoint"),
    ],
    Course.GIVE_UP: [
        *("channel_not_found", "user_not_found", "user_disabled", "is_archived", "not_in_channel"),
        *("restricted_action", "restricted_action_read_only_channel", "messages_tab_disabled"),
        *("cannot_dm_bot", "user_is_bot", "thread_not_found", "message_not_found"),
        *("edit_window_closed", "cant_update_message", "msg_too_long", "no_text"),
        *("invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset"),
        *("invalid_form_data", "invalid_post_type", "missing_post_type"),
        *("invalid_metadata_format", "metadata_too_large", "a_word_of_tomorrow"),
    ],
    Course.PLAINER: ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"],
}


def answered(code: str | None, status: int = 200, **headers: str) -> SlackApiError:
    """Return what slack_sdk raises when Slack, or somebody in its place, answers so."""
    data = {} if code is None else {"ok": False, "error": code}
    answer = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data=data,
        headers={name.replace("_", "-"): text for name, text in headers.items()},
        status_code=status,
    )
    return SlackApiError("refused", answer)


@pytest.mark.parametrize(
    ("code", "course"), [(code, course) for course, codes in CODES.items() for code in codes]
)
def test_every_word_of_slack(code: str, course: Course) -> None:
    """One word, one course; the word is kept as the reason."""
    verdict = judge(answered(code))

    assert (verdict.course, verdict.reason) == (course, code)


@pytest.mark.parametrize("method", [EDIT, OPEN])
def test_what_stops_all_posts_may_be_one_message_s_trouble(method: str) -> None:
    """A group that may not be opened, or an edit that this Slack does not know, stops nobody else."""
    assert judge(answered("missing_scope"), method).course is Course.GIVE_UP
    assert judge(answered("unknown_method"), method).course is Course.GIVE_UP
    assert judge(answered("token_revoked"), method).course is Course.STOP


@pytest.mark.parametrize(
    ("status", "code", "course", "reason"),
    [
        (429, "ratelimited", Course.LATER, "ratelimited"),
        (429, None, Course.LATER, "ratelimited"),
        (500, None, Course.LOOK, "http_500"),
        (502, None, Course.LOOK, "http_502"),
        (503, "service_unavailable", Course.LOOK, "service_unavailable"),
        (504, None, Course.LOOK, "http_504"),
        (200, None, Course.LOOK, "http_200"),  # somebody's page, where Slack's JSON should be
        (403, None, Course.LATER, "http_403"),  # a proxy's
        (404, None, Course.LATER, "http_404"),
        (413, None, Course.LATER, "http_413"),
    ],
)
def test_behind_an_error_page_anything_may_have_happened(
    status: int, code: str | None, course: Course, reason: str
) -> None:
    """The status decides before the word does."""
    verdict = judge(answered(code, status))

    assert (verdict.course, verdict.reason) == (course, reason)


def test_slack_says_how_long_to_wait() -> None:
    """With 429 always, with others sometimes."""
    too_fast = judge(answered("ratelimited", 429, Retry_After="7"))
    busy = judge(answered("service_unavailable", 503, Retry_After="3"))

    assert (too_fast.wait, too_fast.is_too_fast) == (7.0, True)
    assert (busy.wait, busy.is_too_fast) == (3.0, False)


NOBODY = ConnectionKey("slack.example", 443, True, True, None, None, None)
PROXY = aiohttp.RequestInfo(
    URL("http://proxy"), "CONNECT", CIMultiDictProxy(CIMultiDict()), URL("http://proxy")
)


@pytest.mark.parametrize(
    ("error", "course", "reason"),
    [
        (aiohttp.ClientConnectorError(NOBODY, OSError(111, "")), Course.LATER, "unreachable"),
        (aiohttp.ConnectionTimeoutError(), Course.LATER, "unreachable"),
        (aiohttp.ClientHttpProxyError(PROXY, ()), Course.LATER, "unreachable"),
        (Closed(), Course.LATER, "unreachable"),
        (TooLate(), Course.LATER, "unreachable"),
        (aiohttp.ServerDisconnectedError(), Course.LOOK, "broken_connection"),
        (aiohttp.ClientOSError(104, "reset"), Course.LOOK, "broken_connection"),
        (aiohttp.ClientPayloadError(), Course.LOOK, "broken_connection"),
        (aiohttp.SocketTimeoutError(), Course.LOOK, "timeout"),
        (TimeoutError(), Course.LOOK, "timeout"),
        (ConnectionError("not Slack"), Course.LOOK, "broken_connection"),
        (ValueError("a surprise"), Course.LOOK, "broken_connection"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_never_left_is_safe_to_send_again(
    error: Exception, course: Course, reason: str
) -> None:
    """All else may have arrived."""
    verdict = judge(error, POST)

    assert (verdict.course, verdict.reason) == (course, reason)
