"""The forms of action items: a new one, one that changes, and the reason for dropping one."""

from datetime import date

from bot.blocks import kit
from bot.blocks.kit import Block
from bot.domain.action import LONGEST_NOTE
from bot.domain.action_item import ActionItem
from bot.domain.errand import LONGEST_TEXT

ADD_FORM, EDIT_FORM, DROP_FORM = "action.add", "action.change", "action.dropped"


def add_form(
    owner: str,
    *,
    text: str = "",
    note: str = "",
    due: date | None = None,
    place: str = "",
    hint: str | None = None,
) -> Block:
    """Return the form for a new action; `place` says what it is made from, `hint` who reads what is typed."""
    return _form("New action item", "Add", ADD_FORM, place, text, owner, due, note, hint)


def edit_form(item: ActionItem) -> Block:
    """Return the form that changes an action."""
    note = item.note or ""
    return _form(
        f"Action #{item.id}",
        "Save",
        EDIT_FORM,
        str(item.id),
        item.text,
        item.owner,
        item.due_on,
        note,
    )


def drop_form(item: ActionItem) -> Block:
    """Return the form that asks why an action is dropped."""
    why = kit.text_input("reason", placeholder="Not needed any more", max_length=LONGEST_TEXT)
    return kit.modal(
        f"Drop action #{item.id}",
        [kit.section(kit.plain(item.text)), kit.input_block("Why?", why, block_id="reason")],
        callback_id=DROP_FORM,
        submit="Drop it",
        private_metadata=str(item.id),
    )


def _form(
    title: str,
    submit: str,
    callback_id: str,
    metadata: str,
    text: str,
    owner: str,
    due: date | None,
    note: str,
    hint: str | None = None,
) -> Block:
    words = kit.text_input("text", initial=text, multiline=True, max_length=LONGEST_TEXT)
    remark = kit.text_input("note", initial=note, multiline=True, max_length=LONGEST_NOTE)
    return kit.modal(
        title,
        [
            kit.input_block("What is to be done?", words, block_id="text", hint=hint),
            kit.input_block(
                "Who does it?", kit.users_select("owner", initial=owner), block_id="owner"
            ),
            kit.input_block(
                "By when?", kit.datepicker("due", initial=due), block_id="due", optional=True
            ),
            kit.input_block("Note", remark, block_id="note", optional=True),
        ],
        callback_id=callback_id,
        submit=submit,
        private_metadata=metadata or None,
    )
