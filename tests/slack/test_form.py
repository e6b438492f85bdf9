"""Forms are read as Slack sends them, and each mistake is told beside its field."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, field_validator

from bot.blocks import kit
from bot.domain.draft import Draft, read_by
from bot.domain.duration import parse_duration
from bot.errors import FormErrors
from bot.slack.form import read_form
from bot.workspace.inputs import state_of, value_part
from bot.workspace.validator import check_view


class Colour(StrEnum):
    """A closed set."""

    RED = "red"
    BLUE = "blue"


class Everything(Draft):
    """One field of every kind that a form can have."""

    text: str | None = None
    number: int | None = None
    address: str | None = None
    pick: Colour | None = None
    picks: tuple[Colour, ...] = ()
    search: str | None = None
    ticks: tuple[Literal["red", "blue"], ...] = ()
    radio: Colour = Colour.BLUE
    who: str | None = None
    whom: tuple[str, ...] = ()
    where: str | None = None
    day: dt.date | None = None
    hour: dt.time | None = None
    moment: dt.datetime | None = None
    more: str = "nothing more"


OPTIONS = [kit.option("Red", "red"), kit.option("Blue", "blue")]
FIELDS = {
    "text": kit.text_input("typed"),
    "number": kit.number_input("typed", least=0, most=9),
    "address": kit.url_input("typed"),
    "pick": kit.static_select("chosen", OPTIONS),
    "picks": kit.multi_static_select("chosen", OPTIONS, most=2),
    "search": kit.external_select("chosen"),
    "ticks": kit.checkboxes("chosen", OPTIONS),
    "radio": kit.radio_buttons("chosen", OPTIONS),
    "who": kit.users_select("chosen"),
    "whom": kit.multi_users_select("chosen", most=3),
    "where": kit.conversations_select("chosen", is_here=True, only=["public"], bots=False),
    "day": kit.datepicker("chosen"),
    "hour": kit.timepicker("chosen", zone="Europe/Berlin"),
    "moment": kit.datetimepicker("chosen"),
}
FORM = kit.modal(
    "Everything",
    [kit.input_block(name, element, block_id=name, optional=True) for name, element in FIELDS.items()],
    callback_id="everything",
)  # fmt: skip


def filled(form: dict[str, Any] = FORM, **values: object) -> dict[str, Any]:
    """Return a form as Slack sends it back, filled in by plain values."""
    chosen: dict[str, Any] = {}
    for name, value in values.items():
        block = next(block for block in form["blocks"] if block.get("block_id") == name)
        element = block["element"]
        said = {"type": element["type"], **value_part(element, value)}
        chosen[name] = {element["action_id"]: said}
    return {**form, "state": {"values": state_of(form["blocks"], chosen)}}


def test_slack_takes_the_form() -> None:
    """Every element of it."""
    assert check_view(FORM) == []


def test_everything_that_can_be_filled_in_is_read() -> None:
    """Each element says what it holds in its own way; the draft says what is meant."""
    view = filled(
        text="  the runbook ",
        number="7",
        address="https://example.com",
        pick="red",
        picks=["red", "blue"],
        search={"text": {"type": "plain_text", "text": "Prague"}, "value": "Europe/Prague"},
        ticks=["blue"],
        radio="red",
        who="U0BO",
        whom=["U0BO", "U0ANA"],
        where="C0DESK",
        day="2026-11-27",
        hour="09:30",
        moment=1795435200,
    )
    assert read_form(view, Everything) == Everything(
        text="the runbook",
        number=7,
        address="https://example.com",
        pick=Colour.RED,
        picks=(Colour.RED, Colour.BLUE),
        search="Europe/Prague",
        ticks=("blue",),
        radio=Colour.RED,
        who="U0BO",
        whom=("U0BO", "U0ANA"),
        where="C0DESK",
        day=dt.date(2026, 11, 27),
        hour=dt.time(9, 30),
        moment=dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC),
    )


def test_what_was_left_empty_is_as_the_draft_has_it() -> None:
    """Nulls, empty lists and spaces are nothing."""
    assert read_form(filled(), Everything) == Everything()
    assert read_form(filled(text="  "), Everything) == Everything()


@pytest.mark.parametrize("view", [{}, {"state": None}, {"state": {"values": None}}])
def test_a_form_without_a_state_is_empty(view: dict[str, Any]) -> None:
    """Whatever sent it."""
    assert read_form(view, Everything) == Everything()


def test_what_the_draft_does_not_ask_for_is_left_out() -> None:
    """A menu beside a section has a block of its own, which Slack named."""
    view = filled()
    view["state"]["values"]["x7Yq"] = {"sort": {"type": "static_select", "selected_option": None}}
    view["state"]["values"]["z"] = {"typed": {"type": "plain_text_input", "value": "words"}}
    assert read_form(view, Everything) == Everything()


class Strict(Draft):
    """A draft that is hard to please."""

    text: Annotated[str, Field(min_length=3, max_length=5)]
    number: Annotated[int, Field(ge=1, le=9)] = 1
    many: Annotated[tuple[str, ...], Field(min_length=1)] = ("x",)
    pick: Colour = Colour.RED
    day: dt.date | None = None
    moment: dt.datetime | None = None
    length: Annotated[int, read_by(parse_duration)] = 60
    colour: str = ""

    @field_validator("colour")
    @classmethod
    def _only_red(cls, colour: str) -> str:
        if colour != "red":
            raise ValueError("Red or nothing.")
        return colour


def state(**elements: dict[str, Any]) -> dict[str, Any]:
    """Return a form's state as it is."""
    return {"state": {"values": {name: {"a": element} for name, element in elements.items()}}}


OK = {"text": {"value": "four"}}


@pytest.mark.parametrize(
    ("elements", "field", "sentence"),
    [
        ({}, "text", "Please fill this in."),
        ({"text": {"value": "ab"}}, "text", "Please use at least 3 characters."),
        ({"text": {"value": "abcdef"}}, "text", "Please use at most 5 characters."),
        ({**OK, "number": {"value": "12"}}, "number", "Please use a number of at most 9."),
        ({**OK, "number": {"value": "0"}}, "number", "Please use a number of at least 1."),
        ({**OK, "number": {"value": "many"}}, "number", "Please use a whole number."),
        ({**OK, "many": {"selected_users": []}}, "many", "Please choose at least 1."),
        ({**OK, "pick": {"selected_option": {"value": "pink"}}}, "pick", "Please choose one of the options."),
        ({**OK, "day": {"selected_date": "soon"}}, "day", "Please choose a day."),
        ({**OK, "moment": {"selected_date_time": "soon"}}, "moment", "Please choose a day and a time."),
        ({**OK, "length": {"value": "45 min"}, "colour": {"value": "blue"}}, "colour", "Red or nothing."),
        ({**OK, "length": {"value": "soon"}}, "length", "“soon” is not a duration I can read. Try 45 min, 1 h 30 min, 1.5 h or 2 d."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_beside_its_field(
    elements: dict[str, Any], field: str, sentence: str
) -> None:
    """One plain sentence, and nothing of what was typed unless the sentence is ours."""
    with pytest.raises(FormErrors) as wrong:
        read_form(state(**elements), Strict)
    assert wrong.value.fields == {field: sentence}


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody submits three times to hear three sentences."""
    with pytest.raises(FormErrors) as wrong:
        read_form(state(text={"value": "ab"}, number={"value": "x"}), Strict)
    assert wrong.value.fields.keys() == {"text", "number"}


def test_a_field_is_read_by_a_function_of_its_own() -> None:
    """The same words as everywhere else."""
    assert read_form(state(**OK, length={"value": "1 h 30 min"}), Strict).length == 5_400
