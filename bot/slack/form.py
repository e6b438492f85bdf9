"""Forms: what somebody filled in, read into a draft, or one sentence beside each field that cannot be used."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.draft import Draft
from bot.errors import FormErrors
from bot.slack.knock import Payload

D = TypeVar("D", bound=Draft)

# Under which key each kind of element says what it holds (slack-platform: 4.8).
_PLAIN = (
    *("value", "selected_user", "selected_users", "selected_conversation"),
    *("selected_conversations", "selected_channel", "selected_channels", "selected_date"),
    *("selected_time", "selected_date_time", "rich_text_value", "files"),
)


async def open_form(client: AsyncWebClient, body: Payload, view: Payload) -> None:
    """Open a form for whoever typed or pressed what `body` says; on top of the window in which it was pressed."""
    is_in_window = (body.get("view") or {}).get("type") == "modal"
    opening = client.views_push if is_in_window else client.views_open
    await opening(trigger_id=body["trigger_id"], view=view)


def read_form(view: Payload, draft: type[D]) -> D:
    """Return what was filled in; `FormErrors` where a field does not hold what the draft asks for.

    A field's block has its name. What was left empty counts as not given, so that the draft's default stands.
    """
    given = {name: value for name, value in _filled(view) if name in draft.model_fields}
    try:
        return draft.model_validate(given)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_input=False)
    raise FormErrors(
        {str(error["loc"][0]) if error["loc"] else "": _said(error) for error in found}
    )


def filled(view: Payload) -> dict[str, str]:
    """Return what was filled in as text, by the name of its block, for a form whose fields are made for each occasion."""
    return {name: value for name, value in _filled(view) if isinstance(value, str)}


def _filled(view: Payload) -> Iterator[tuple[str, Any]]:
    """Yield every field that holds something, by the name of its block."""
    values = (view.get("state") or {}).get("values") or {}
    for name, elements in values.items():
        for element in elements.values():
            value = _value(element)
            if value is not None and value != "":
                yield name, value


def _value(element: Mapping[str, Any]) -> Any:
    if "selected_option" in element:
        return _chosen(element["selected_option"])
    if "selected_options" in element:
        return [_chosen(option) for option in element["selected_options"] or ()]
    value = next((element[key] for key in _PLAIN if key in element), None)
    return value.strip() if isinstance(value, str) else value


def _chosen(option: Mapping[str, Any] | None) -> str | None:
    return None if option is None else str(option.get("value"))


def _said(error: ErrorDetails) -> str:
    """Return what is wrong with a field as a person is told."""
    limits = error.get("ctx") or {}
    match error["type"]:
        case "value_error":
            return str(limits["error"])
        case "missing":
            return "Please fill this in."
        case "string_too_long":
            return f"Please use at most {limits['max_length']} characters."
        case "string_too_short":
            return f"Please use at least {limits['min_length']} characters."
        case "too_short":
            return f"Please choose at least {limits['min_length']}."
        case "too_long":
            return f"Please choose at most {limits['max_length']}."
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal" as kind:
            bound = next(iter(limits.values()))
            return f"Please use a number {_BOUNDS[kind]} {bound:g}."
    for beginning, sentence in _NOT_A.items():
        if error["type"].startswith(beginning):
            return sentence
    return "This cannot be used as it is."


_BOUNDS = {
    "greater_than": "above",
    "greater_than_equal": "of at least",
    "less_than": "below",
    "less_than_equal": "of at most",
}
_NOT_A = {
    "int": "Please use a whole number.",
    "float": "Please use a number.",
    "decimal": "Please use a number.",
    "datetime": "Please choose a day and a time.",
    "date": "Please choose a day.",
    "time": "Please choose a time.",
    "bool": "Please choose one of the options.",
    "literal": "Please choose one of the options.",
    "enum": "Please choose one of the options.",
    "url": "Please use a web address such as https://example.com.",
}
