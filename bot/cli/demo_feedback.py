"""The demo's feedback: given by the house's own rules, at the times of its story."""

from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.blocks.feedback_pool import digest_messages
from bot.domain import feedback, feedback_pool
from bot.domain.feedback import FeedbackForm
from bot.domain.feedback_pool import Digest
from bot.domain.feedback_questions import prompts_for
from bot.domain.person import Person
from bot.outgoing import feedback as outgoing
from bot.services import Services
from bot.vocabulary import Role
from bot.workspace import company, feedback_story
from bot.workspace.content import read_content
from bot.workspace.feedback_story import PIECES, POSTED, SEALED, Told
from bot.workspace.message import Message as Post
from bot.workspace.server import PracticeSlack

_A_WEEK, _SOON = timedelta(days=7), timedelta(hours=2)


def tell_each_other(session: Session, services: Services, anchor: date) -> None:
    """Let people give feedback in each of its levels, unless an earlier start did."""
    if feedback_pool.is_open(session):
        return
    for number, told in enumerate(PIECES):
        _give(session, told, anchor, number)
    _write_to_leadership(session, services, anchor)


def show_digest(services: Services, slack: PracticeSlack, anchor: date) -> None:
    """Post the digest of the past, which is kept nowhere else, in the managers' channel."""
    channel = services.settings.channels.managers
    if channel is None:
        return
    at, app = feedback_story.digest_at(anchor), slack.app
    kinds = Counter(kind for _, kind, _ in POSTED)
    [message] = digest_messages(Digest(1, kinds, tuple(text for _, _, text in POSTED)))
    post = Post(
        channel,
        f"{int(at.timestamp())}.000001",
        app.bot_user,
        message.text,
        bot_id=app.bot_id,
        app_id=app.app_id,
        team_id=slack.workspace.team.id,
    )
    read_content(message.as_payload(), slack.chaos).fill(post)
    slack.workspace.post(post)
    slack.workspace.conversations[channel].put_in_order()


def _give(session: Session, told: Told, anchor: date, number: int) -> None:
    """Give one piece, and its answer; what the reader of the page is given arrives when the demo begins."""
    people = _people()
    giver, receiver = people[told.giver], people[told.receiver]
    prompts = prompts_for(told.relation, receiver.name)
    answers = feedback.read_answers(prompts, receiver.name, told.said)
    form = FeedbackForm(level=told.level, kind=told.kind, to=receiver.id)
    give = outgoing.give if receiver.id == company.ANA else feedback.give
    at = feedback_story.told_at(anchor, told.days_ago)
    given = give(session, form, giver, receiver, told.relation, answers, f"demo {number}", at)
    if told.answer:
        trigger = f"demo answer {number}"
        feedback.answer(session, given.id, receiver, told.answer, trigger, at + _SOON)


def _write_to_leadership(session: Session, services: Services, anchor: date) -> None:
    zone, posted_at = services.settings.zone, feedback_story.digest_at(anchor)
    feedback_pool.ensure_open(session, services.vault, posted_at - _A_WEEK, zone)
    people = _people()
    for person, kind, text in POSTED:
        feedback_pool.contribute(session, services.vault, people[person], kind, text)
    digest = feedback_pool.release_due(session, services.vault, posted_at, zone)
    if digest is not None:
        feedback_pool.arrived(session, digest.pool, digest.release)
    for person, kind, text in SEALED:
        feedback_pool.contribute(session, services.vault, people[person], kind, text)


def _people() -> dict[str, Person]:
    names = {person.id: person.display_name or person.name for person in company.roster().people}
    roles = {company.ANA: Role.MANAGER, feedback_story.TOMASZ: Role.LEAD}
    return {
        person: Person(person, names[person], roles.get(person, Role.MEMBER), ZoneInfo(zone), team)
        for person, team, zone in company.staff()
    }
