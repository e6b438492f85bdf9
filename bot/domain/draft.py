"""Drafts: what somebody filled into a form, checked field by field before anything is done with it."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot.errors import Refused


class Draft(BaseModel):
    """What a form asks for: each field is named as the form's block; a `ValueError`'s sentence goes beside its field."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", str_strip_whitespace=True, hide_input_in_errors=True
    )


def read_by(parse: Callable[[str], Any]) -> BeforeValidator:
    """Let `parse` read a field from text: `Annotated[int, read_by(parse_duration)]`; what it refuses stands beside it."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except Refused as refused:
            raise ValueError(refused.sentence) from None

    return BeforeValidator(read)
