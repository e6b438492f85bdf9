"""Meeting templates: what is talked about, and which live topics belong to it.

A file in `agendas/` makes one `Agenda`; its name is the slug. Managers make their own of one of these, as plain text.
A section names topics; a file in `agendas/live/` tells one of them. A topic that nobody tells yet is left out, so that
a later source is one more file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.person import Person
from bot.domain.target import Counting
from bot.domain.words import quoted, suggest
from bot.errors import Forbidden, FormErrors, Refused
from bot.storage import audit, series
from bot.storage import template as templates
from bot.vocabulary import Kra, Role

__all__ = ["Agenda", "Facts", "Live", "Scene", "Section", "Session"]  # what a plug-in is made with

_LONGEST_TITLE, _LONGEST_QUESTION = 150, 300
_MOST_SECTIONS, _MOST_QUESTIONS = 12, 10
_WHAT = "meeting template"
_TAKEN = "There is a template with this name; choose another."
_GONE = "That template is not there any more."


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a meeting: its heading, what is asked, and the topics whose news stand under it."""

    title: str
    questions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agenda:
    """One template. `topics` stand above all sections; `kras` say whose KPIs belong to the meeting."""

    name: str
    about: str
    sections: tuple[Section, ...]
    kras: tuple[Kra, ...] = ()
    topics: tuple[str, ...] = ("kpis",)
    is_one_on_one: bool = False
    slug: str = ""
    base: str = ""  # the file a manager's own template was made from
    made_by: str = ""

    def may_be_changed_by(self, person: Person) -> bool:
        """Return whether somebody may change or remove it: who made it, and managers; nobody the playbook's own."""
        if not self.base:
            return False
        return person.may(Role.MANAGER) or (person.may(Role.LEAD) and person.id == self.made_by)

    def must_be_changed_by(self, person: Person) -> None:
        """Raise `Refused` unless somebody may change or remove it."""
        if not self.base:
            raise Refused("The playbook's own templates stay as they are; make your own from one.")
        if not self.may_be_changed_by(person):
            raise Forbidden(
                f"Only whoever made “{self.name}” or a manager can change or remove it. Make your own from it."
            )


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when something live is told: for which areas and team, and what has passed since the last meeting.

    `since` is when the last meeting of the series began, or a week ago for the first one.
    """

    counting: Counting
    kras: tuple[Kra, ...]
    team: str | None
    since: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """One topic: `tell` returns its news as plain sentences, none where there is nothing to say."""

    heading: str
    tell: Callable[[Session, Scene], Sequence[str]]


Facts = Mapping[str, Sequence[str]]
"""What was live for a meeting, by topic."""


def name_agendas(found: Mapping[str, Agenda]) -> dict[str, Agenda]:
    """Give each template of a file its slug."""
    return {slug: replace(agenda, slug=slug) for slug, agenda in found.items()}


def gather(session: Session, agenda: Agenda, scene: Scene, lives: Mapping[str, Live]) -> Facts:
    """Return what is live for a meeting now, as far as somebody tells it."""
    topics = (*agenda.topics, *(topic for section in agenda.sections for topic in section.topics))
    return {
        topic: list(lives[topic].tell(session, scene))
        for topic in dict.fromkeys(topics)
        if topic in lives
    }


def every_agenda(session: Session, files: Mapping[str, Agenda]) -> dict[str, Agenda]:
    """Return all templates by slug: those of the files, then the managers' own."""
    own = {row.slug: _own(row, files) for row in templates.every_template(session)}
    return {**files, **own}


def find_agenda(session: Session, files: Mapping[str, Agenda], text: str) -> Agenda:
    """Return the template that `text` names, by slug or name or as one alone begins; `Refused` with the nearest otherwise."""
    agendas = every_agenda(session, files)
    names = {
        _plain(word): agenda for agenda in agendas.values() for word in (agenda.slug, agenda.name)
    }
    if _plain(text) in names:
        return names[_plain(text)]
    begun = {agenda.slug for name, agenda in names.items() if name.startswith(_plain(text))}
    if _plain(text) and len(begun) == 1:
        return agendas[begun.pop()]
    near = suggest(_plain(text), names)
    hint = f" Did you mean `{names[near].slug}`?" if near else ""
    raise Refused(f"No template is called {quoted(text)}.{hint} There are: {', '.join(agendas)}.")


def keep_own(
    session: Session,
    files: Mapping[str, Agenda],
    base: Agenda,
    name: str,
    text: str,
    by: Person,
    now: datetime,
    *,
    is_new: bool,
) -> Agenda:
    """Keep a manager's own template: a new one made from `base`, or new words for `base` itself.

    `FormErrors` beside `name` and `sections` where they cannot be used.
    """
    by.must_be(Role.LEAD, "make templates")
    if not is_new:
        base.must_be_changed_by(by)
    sections = read_sections(text, base)
    slug = _free_slug(session, files, name, own="" if is_new else base.slug)
    made = replace(
        base,
        name=" ".join(name.split()),
        sections=sections,
        slug=slug if is_new else base.slug,
        base=base.base or base.slug,
        made_by=by.id if is_new else base.made_by,
    )
    words = {"name": made.name, "base": made.base, "body": write_sections(made)}
    if is_new and not templates.add(session, made.slug, words, by.id, now):
        raise FormErrors({"name": _TAKEN})
    if not is_new and not templates.change(session, made.slug, words):
        raise Refused(_GONE)
    before = None if is_new else base.name
    audit.record(session, audit.AuditEntry(now, by.id, _WHAT, made.slug, before, made.name))
    return made


def drop_own(
    session: Session, files: Mapping[str, Agenda], slug: str, by: Person, now: datetime
) -> None:
    """Remove a manager's own template; series that were made with it go on with the one it was made from."""
    by.must_be(Role.LEAD, "remove templates")
    row = session.get(templates.TemplateRow, slug, with_for_update=True)
    if row is None:
        raise Refused(_GONE)
    _own(row, files).must_be_changed_by(by)
    audit.record(session, audit.AuditEntry(now, by.id, _WHAT, slug, row.name, None))
    series.change_template(session, slug, row.base)
    session.delete(row)


def write_sections(agenda: Agenda) -> str:
    """Return a template's sections as text: a line a heading, its questions below it after a dash."""
    lines = [
        line
        for part in agenda.sections
        for line in (part.title, *(f"- {q}" for q in part.questions))
    ]
    return "\n".join(lines)


def read_sections(text: str, base: Agenda) -> tuple[Section, ...]:
    """Return the sections that `write_sections` wrote and somebody changed; known headings keep their topics."""
    topics = {_plain(part.title): part.topics for part in base.sections}
    sections: list[Section] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        question = re.match(r"[-*•–]\s*(.*)", line)
        if question is None:
            title = re.sub(r"^[#\s*•–-]+|[:\s]+$", "", line)
            if title:
                sections.append(Section(title, (), topics.get(_plain(title), ())))
        elif not sections:
            raise FormErrors({"sections": "Begin with a heading: a line without a dash."})
        elif question[1]:
            sections[-1] = replace(sections[-1], questions=(*sections[-1].questions, question[1]))
    _check(sections)
    return tuple(sections)


def _check(sections: Sequence[Section]) -> None:
    problem = None
    if not sections:
        problem = "Write at least one heading: a line without a dash."
    elif len(sections) > _MOST_SECTIONS or any(
        len(part.questions) > _MOST_QUESTIONS for part in sections
    ):
        problem = f"At most {_MOST_SECTIONS} headings with {_MOST_QUESTIONS} questions each."
    elif any(len(part.title) > _LONGEST_TITLE for part in sections):
        problem = (
            f"A heading can have {_LONGEST_TITLE} characters. Do the questions begin with a dash?"
        )
    elif any(len(question) > _LONGEST_QUESTION for part in sections for question in part.questions):
        problem = f"A question can have {_LONGEST_QUESTION} characters."
    if problem:
        raise FormErrors({"sections": problem})


def _own(row: templates.TemplateRow, files: Mapping[str, Agenda]) -> Agenda:
    base = files.get(row.base) or Agenda(row.name, "", ())
    sections = read_sections(row.body, base)
    about = f"Made from “{base.name}”."
    return replace(
        base,
        name=row.name,
        about=about,
        sections=sections,
        slug=row.slug,
        base=row.base,
        made_by=row.made_by,
    )


def _free_slug(session: Session, files: Mapping[str, Agenda], name: str, own: str) -> str:
    """Return the slug for a name that no template has but the one whose slug is `own`."""
    slug = re.sub(r"[\W_]+", "_", name.casefold()).strip("_")[:60]
    if not slug:
        raise FormErrors({"name": "Give it a name with letters or digits."})
    others = [one for one in every_agenda(session, files).values() if one.slug != own]
    taken = {_plain(word) for other in others for word in (other.slug, other.name)}
    if taken & {_plain(name), _plain(slug)}:
        raise FormErrors({"name": _TAKEN})
    return slug


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
