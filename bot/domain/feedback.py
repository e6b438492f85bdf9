"""Feedback: what one person gives another, or notes for themselves; who may read it, answering and erasing it.

The giver reads what they gave, the receiver what was given to them, and nobody else anything: for everybody else its number
is one that was never used. What is said to the leadership without a name is no piece of feedback here (see
`bot.domain.feedback_pool`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from bot.domain.action_item import Source
from bot.domain.draft import Draft
from bot.domain.feedback_questions import Prompt, Relation, prompts_for
from bot.domain.once import once
from bot.domain.person import Person
from bot.domain.words import quoted, readable
from bot.errors import FormErrors, Refused
from bot.storage import audit
from bot.storage import feedback as rows
from bot.storage.feedback import FeedbackRow
from bot.vocabulary import FeedbackKind, FeedbackLevel, Role

LONGEST_ANSWER = 2000
WORDS, OPENING = "words", "feedback"
"""The field of the form that no question of the playbook asks, and that of its first, which all relations have."""
_WHAT = "feedback"
_REF = "feedback:"
_OF_OTHERS = "a private talk"


class FeedbackForm(Draft):
    """What the form asks beside its questions; `to` is a person's id."""

    level: FeedbackLevel
    kind: FeedbackKind
    to: str = ""


class Answered(NamedTuple):
    """One question as it was asked, and what was said to it; free words have no question."""

    slug: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One piece of feedback. A note has no receiver, or one who never reads it."""

    id: int
    giver: str
    receiver: str | None
    relation: Relation
    kind: FeedbackKind
    level: FeedbackLevel
    answers: tuple[Answered, ...]
    given_at: datetime
    reply_to: int | None = None
    channel: str | None = None
    ts: str | None = None

    @property
    def number(self) -> str:
        """How people call it."""
        return f"#{self.id}"

    @property
    def people(self) -> frozenset[str]:
        """Who reads it."""
        if self.level is FeedbackLevel.TWO and self.receiver:
            return frozenset((self.giver, self.receiver))
        return frozenset((self.giver,))

    @property
    def words(self) -> str:
        """All that was said, under its questions."""
        return "\n\n".join(
            f"{question}\n{text}" if question else text for question, text in self.parts
        )

    @property
    def parts(self) -> list[tuple[str, str]]:
        """What was said to which question; feedback alone says for itself what it answers."""
        if len(self.answers) == 1 and self.answers[0].slug == OPENING:
            return [("", self.answers[0].text)]
        return [(each.question, each.text) for each in self.answers]

    def other(self, person: str) -> str | None:
        """Return who else it is about: whom `person` gave it to, or who gave it to them."""
        return self.receiver if person == self.giver else self.giver


# --- Giving ---


def give(
    session: Session,
    form: FeedbackForm,
    by: Person,
    to: Person | None,
    relation: Relation,
    answers: Sequence[Answered],
    trigger: str,
    now: datetime,
) -> Feedback:
    """Keep a note, or what one person gives another; `FormErrors` where that cannot be given to them."""
    by.must_be(Role.MEMBER, "give feedback")
    if form.level is FeedbackLevel.TWO:
        _must_reach(by, to)
    once(session, f"feedback:{trigger}")
    row = FeedbackRow(
        giver=by.id,
        receiver=to.id if to and to.id != by.id else None,
        relation=relation,
        kind=form.kind,
        level=form.level,
        answers=rows.packed(answers),
        given_at=now,
    )
    return _feedback(rows.add_row(session, row))


def answer(
    session: Session, number: int, by: Person, text: str, trigger: str, now: datetime
) -> Feedback:
    """Answer what was given to somebody: their answer is for the same two."""
    given = find_received(session, number, by)
    words = readable(text)
    _check({WORDS: words})
    once(session, f"feedback:{trigger}")
    row = FeedbackRow(
        giver=by.id,
        receiver=given.giver,
        relation=given.relation,
        kind=given.kind,
        level=FeedbackLevel.TWO,
        answers=rows.packed([Answered(WORDS, "", words)]),
        given_at=now,
        reply_to=given.id,
    )
    return _feedback(rows.add_row(session, row))


def read_answers(
    prompts: Sequence[Prompt], them: str, given: Mapping[str, str]
) -> tuple[Answered, ...]:
    """Return what was filled in, by field, in the order of the questions; `FormErrors` where it is nothing, or too long.

    What was said to a question that is not among the `prompts` (somebody else was chosen meanwhile) is kept all the same.
    """
    asked = {prompt.slug: prompt for prompt in prompts}
    for each in Relation:
        for prompt in prompts_for(each, them):
            asked.setdefault(prompt.slug, prompt)
    said = {slug: readable(given.get(slug, "")) for slug in (*asked, WORDS)}
    _check(said)
    questions = {slug: prompt.text for slug, prompt in asked.items()}
    return tuple(
        Answered(slug, questions.get(slug, ""), text) for slug, text in said.items() if text
    )


def _check(said: Mapping[str, str]) -> None:
    if not any(said.values()):
        raise FormErrors({next(iter(said)): "Write something; any question may be left out."})
    if long := [slug for slug, text in said.items() if len(text) > LONGEST_ANSWER]:
        raise FormErrors(dict.fromkeys(long, f"Please use at most {LONGEST_ANSWER} characters."))


def _must_reach(by: Person, to: Person | None) -> None:
    if to is None:
        raise FormErrors({"to": "Choose whom it is for."})
    if to.id == by.id:
        raise FormErrors({"to": "That is you. Choose somebody else, or “Note to myself”."})
    if not to.may(Role.MEMBER):
        raise FormErrors(
            {"to": f"{to.name} is no member of this workspace. Choose somebody who is."}
        )


# --- Reading ---


def read_number(text: str) -> int:
    """Return which piece of feedback `12` or `#12` means."""
    digits = text.strip().removeprefix("#")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise Refused(f"{quoted(text)} is no number of feedback. `/feedback` lists yours.")
    return int(digits)


def find(session: Session, number: int, by: Person) -> Feedback:
    """Return a piece of feedback that somebody gave or was given; `Refused` alike where it is another's and where there is none."""
    by.must_be(Role.MEMBER, "read feedback")
    row = rows.find_row(session, number, by.id)
    if row is None:
        raise Refused(
            f"You have no feedback #{number}. `/feedback` lists what you gave and were given."
        )
    return _feedback(row)


def find_received(session: Session, number: int, by: Person) -> Feedback:
    """Return a piece of feedback that was given to somebody."""
    given = find(session, number, by)
    if given.giver == by.id:
        raise Refused(f"You wrote feedback #{number} yourself; whom it was given to can answer it.")
    return given


def history(
    session: Session, by: Person, other: str = "", start: int = 0, most: int | None = None
) -> list[Feedback]:
    """Return what somebody gave and was given, the newest first; with `other`, between the two alone."""
    by.must_be(Role.MEMBER, "read feedback")
    return [_feedback(row) for row in rows.rows_of(session, by.id, other, start, most)]


def source_of(session: Session, ref: str, by: Person, owner: str) -> Source | None:
    """Return a piece of feedback as the source of an action; None where `ref` is of none.

    Those who read it see such an action, and its owner. An owner who is none of them is not told that there is feedback.
    """
    if not ref.startswith(_REF):
        return None
    given = find(session, read_number(ref.removeprefix(_REF)), by)
    label = f"feedback {given.number}" if owner in given.people else _OF_OTHERS
    return Source(ref_of(given.id), label, audience=given.people)


def ref_of(number: int) -> str:
    """Return what a form carries to say that it is about a piece of feedback."""
    return f"{_REF}{number}"


# --- Erasing ---


def erase(session: Session, number: int, by: Person, now: datetime) -> Feedback:
    """Delete a piece of feedback for whoever reads it, and log that it was done, without who the other was and what it said."""
    given = find(session, number, by)
    rows.erase_one(session, number)
    role: Literal["giver", "receiver"] = "giver" if by.id == given.giver else "receiver"
    entry = audit.AuditEntry(now, by.id, _WHAT, str(number), None, f"erased by its {role}")
    audit.record(session, entry)
    return given


def _feedback(row: FeedbackRow) -> Feedback:
    return Feedback(
        row.id,
        row.giver,
        row.receiver,
        Relation(row.relation),
        FeedbackKind(row.kind),
        FeedbackLevel(row.level),
        tuple(Answered(*each) for each in rows.unpacked(row.answers)),
        row.given_at,
        row.reply_to,
        row.channel,
        row.ts,
    )
