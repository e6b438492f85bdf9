"""What a form holds and what Slack's own client refuses to send, case by case."""

from typing import Any

import pytest
from workspace_stage import button, field

from bot.workspace.inputs import SHAPES, state_of, troubles, value_part, without_inputs

Payload = dict[str, Any]
REQUIRED = "Please complete this required field."


def element(kind: str, **more: Any) -> Payload:
    """Return an element of a kind."""
    return {"type": kind, "action_id": "it", **more}


@pytest.mark.parametrize(
    ("given", "value", "sentence"),
    [
        (element("plain_text_input"), None, REQUIRED),
        (element("plain_text_input"), "", REQUIRED),
        (element("plain_text_input"), "x", None),
        (element("plain_text_input", min_length=3), "xy", "Enter at least 3 characters."),
        (element("plain_text_input", max_length=3), "wxyz", "Enter at most 3 characters."),
        (element("plain_text_input"), "x" * 3001, "Enter at most 3000 characters."),
        (element("checkboxes"), [], REQUIRED),
        (element("checkboxes"), [{"value": "a"}], None),
        (element("email_text_input"), "ana@example.com", None),
        (element("email_text_input"), "ana", "Enter a valid email address."),
        (element("url_text_input"), "https://example.com/x", None),
        (element("url_text_input"), "example", "Enter a valid URL."),
        (element("number_input", is_decimal_allowed=False), "7", None),
        (element("number_input", is_decimal_allowed=False), "7.5", "Enter a whole number."),
        (element("number_input", is_decimal_allowed=True), "-7.5", None),
        (element("number_input", is_decimal_allowed=True), "many", "Enter a number."),
        (element("number_input", min_value="1"), "0", "Enter a number that is at least 1."),
        (element("number_input", max_value="9"), "10", "Enter a number that is at most 9."),
        (element("datetimepicker"), 1795426200, None),
    ],
)
def test_what_the_client_refuses(given: Payload, value: object, sentence: str | None) -> None:
    """Each wrong value has its sentence; a right one none."""
    said = {"block": {"it": {"type": given["type"], SHAPES[given["type"]].key: value}}}
    expected = {"block": sentence} if sentence else {}
    assert troubles([field("block", given)], said) == expected


def test_an_optional_field_may_stay_empty() -> None:
    """Only required fields are asked for."""
    assert troubles([field("block", optional=True)], {}) == {}


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_an_untouched_element_is_in_the_state(kind: str) -> None:
    """Every stateful element says its type and Slack's empty value."""
    shape = SHAPES[kind]
    state = state_of([field("block", element(kind))], {})
    assert state == {"block": {"it": {"type": kind, shape.key: [] if shape.is_many else None}}}


def test_the_state_holds_more_than_inputs() -> None:
    """Accessories and actions are in it, buttons are not; view_closed leaves the inputs out."""
    chooser = element("users_select", initial_user="U1")
    section = {"type": "section", "block_id": "who", "accessory": chooser}
    blocks = [field("title"), section, button(), {"type": "divider", "block_id": "line"}]
    state = state_of(blocks, {})
    assert list(state) == ["title", "who"]
    assert without_inputs(blocks, state) == {
        "who": {"it": {"type": "users_select", "selected_user": "U1"}}
    }


def test_a_value_of_another_type_is_forgotten() -> None:
    """An update that turns a text field into a select keeps nothing of it."""
    chosen = {"block": {"it": {"type": "plain_text_input", "value": "x"}}}
    state = state_of([field("block", element("users_select"))], chosen)
    assert state["block"]["it"] == {"type": "users_select", "selected_user": None}


def test_an_option_is_chosen_by_value_or_label() -> None:
    """Groups are searched too; what is not offered is a mistake that names the offer."""
    option = {"text": {"type": "plain_text", "text": "High"}, "value": "h"}
    select = element("static_select", option_groups=[{"label": {}, "options": [option]}])
    assert value_part(select, "h") == value_part(select, "High") == {"selected_option": option}
    with pytest.raises(LookupError, match="it offers: h"):
        value_part(select, "low")
