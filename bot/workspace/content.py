"""What an app may put into a message or a view: read, checked against Slack's limits, and completed as Slack completes it."""

import json
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.chaos import Chaos
from bot.workspace.feed import Payload
from bot.workspace.message import Message
from bot.workspace.refusal import ApiError
from bot.workspace.validator import (
    check_message,
    check_view,
    normalise_message_blocks,
    normalise_view,
)

TEXT_LIMIT = 40_000  # longer text is cut, not refused (slack-platform.md §7.5)
METADATA_LIMIT = 8_000
ATTACHMENT_LIMIT = 100
VIEW_BYTES = 250_000


@dataclass(frozen=True, slots=True)
class Content:
    """What one message says. None means that the caller said nothing about that part."""

    text: str | None = None
    blocks: list[Payload] | None = None
    attachments: list[Payload] | None = None
    metadata: Payload | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not (self.text or self.blocks or self.attachments)

    def fill(self, message: Message) -> None:
        """Write it into a message; parts that were not given stay as they are."""
        message.text = message.text if self.text is None else self.text
        message.blocks = message.blocks if self.blocks is None else self.blocks
        message.attachments = message.attachments if self.attachments is None else self.attachments
        if self.metadata is not None:
            message.metadata = self.metadata or None


def read_content(payload: Payload, chaos: Chaos) -> Content:
    """Return the content of a message, or refuse it with Slack's error."""
    text, warnings = _read_text(payload)
    blocks = _read_list(payload, "blocks", "invalid_blocks_format")
    attachments = _read_list(payload, "attachments", "invalid_attachments")
    if payload.get("markdown_text"):
        text, blocks = _from_markdown(payload)
    if len(attachments or ()) > ATTACHMENT_LIMIT:
        raise ApiError("too_many_attachments")
    _refuse_wrong_blocks(blocks, attachments, chaos)
    return Content(
        text=text,
        blocks=None if blocks is None else normalise_message_blocks(blocks),
        attachments=None if attachments is None else [_complete(item) for item in attachments],
        metadata=_read_metadata(payload),
        warnings=warnings,
    )


def read_view(view: object, chaos: Chaos, surface: str) -> Payload:
    """Return a view completed as Slack completes it, or refuse it with Slack's error."""
    if not isinstance(view, dict):
        raise ApiError("invalid_arguments", ["[ERROR] must provide an object [json-pointer:/view]"])
    if view.get("type") != surface:
        raise ApiError(
            "invalid_arguments", [f"[ERROR] must be a {surface} view [json-pointer:/view/type]"]
        )
    if len(json.dumps(view)) > VIEW_BYTES:
        raise ApiError("view_too_large")
    problems = [
        f"[ERROR] {problem.message} [json-pointer:/view{problem.pointer}]"
        for problem in check_view(view)
    ]
    problems = problems or _chaotic(view["blocks"], chaos, "/view/blocks")
    if problems:
        raise ApiError("invalid_arguments", problems)
    return normalise_view(view)


def _read_text(payload: Payload) -> tuple[str | None, list[str]]:
    text = payload.get("text")
    if text is None:
        return None, []
    if len(str(text)) > TEXT_LIMIT:
        return str(text)[:TEXT_LIMIT], ["message_truncated"]
    return str(text), []


def _from_markdown(payload: Payload) -> tuple[str, list[Payload]]:
    if payload.get("text") or payload.get("blocks"):
        raise ApiError("markdown_text_conflict")
    text = str(payload["markdown_text"])
    return text, [{"type": "markdown", "text": text}]


def _read_list(payload: Payload, key: str, refusal: str) -> list[Payload] | None:
    value = _unpacked(payload.get(key), refusal)
    if value is None:
        return None
    if not isinstance(value, list):
        raise ApiError(refusal)
    return value


def _refuse_wrong_blocks(
    blocks: list[Payload] | None, attachments: list[Payload] | None, chaos: Chaos
) -> None:
    payload: Payload = {"blocks": blocks or [], "attachments": attachments or []}
    messages = [problem.sentence for problem in check_message(payload)]
    messages = messages or _chaotic(blocks or [], chaos, "/blocks")
    if messages:
        raise ApiError("invalid_blocks", messages)


def _chaotic(blocks: list[Payload], chaos: Chaos, pointer: str) -> list[str]:
    return [
        f"unsupported type: {block.get('type')} [json-pointer:{pointer}/{number}/type]"
        for number, block in enumerate(blocks)
        if block["type"] in chaos.refused_blocks
    ]


def _complete(attachment: Payload) -> Payload:
    if not attachment.get("blocks"):
        return attachment
    return attachment | {"blocks": normalise_message_blocks(attachment["blocks"])}


def _read_metadata(payload: Payload) -> Payload | None:
    metadata = _unpacked(payload.get("metadata"), "invalid_metadata_format")
    if metadata is None:
        return None
    if metadata == {}:
        return {}  # an empty one takes the old one away
    if not isinstance(metadata, dict) or not metadata.get("event_type"):
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata)) > METADATA_LIMIT:
        raise ApiError("metadata_too_large")
    return dict(metadata)


def _unpacked(value: Any, refusal: str) -> Any:  # JSON, or JSON inside a text
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise ApiError(refusal) from None
