"""What `/feedback` asks, by who gives it to whom."""

from itertools import product
from typing import get_args

import pytest

from bot.app import find_agendas
from bot.domain.feedback_questions import (
    LEADERSHIP,
    Party,
    Relation,
    goes_down,
    note_prompts,
    prompts_for,
    relation_of,
)
from bot.settings import TeamRole
from bot.vocabulary import Role

MANAGER = Party(Role.MANAGER)
LEAD = Party(Role.LEAD, "support_engineer")
REPORTING = Party(Role.MEMBER, "reporting_manager")
CLOUD, SUPPORT, ARCHITECT = (
    Party(Role.MEMBER, work) for work in ("cloud_engineer", "support_engineer", "architect")
)
TEAMLESS, GUEST = Party(Role.MEMBER), Party(Role.GUEST)
EVERYBODY = [MANAGER, LEAD, REPORTING, CLOUD, SUPPORT, ARCHITECT, TEAMLESS, GUEST]
OF_LEADS, OF_CLOUD, OF_SUPPORT, OF_ARCHITECTS, OF_ANYBODY = Relation


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        (MANAGER, LEAD, OF_LEADS),
        (MANAGER, REPORTING, OF_LEADS),
        (MANAGER, CLOUD, OF_CLOUD),
        (MANAGER, SUPPORT, OF_SUPPORT),
        (MANAGER, ARCHITECT, OF_ARCHITECTS),
        (MANAGER, TEAMLESS, OF_ANYBODY),
        (MANAGER, MANAGER, OF_LEADS),
        (LEAD, REPORTING, OF_LEADS),
        (LEAD, SUPPORT, OF_SUPPORT),
        (LEAD, ARCHITECT, OF_ARCHITECTS),
        (REPORTING, CLOUD, OF_CLOUD),
        (ARCHITECT, CLOUD, OF_ARCHITECTS),
        (ARCHITECT, SUPPORT, OF_ARCHITECTS),
        (ARCHITECT, ARCHITECT, OF_ARCHITECTS),
        (SUPPORT, SUPPORT, OF_SUPPORT),
        (SUPPORT, TEAMLESS, OF_SUPPORT),
        (GUEST, TEAMLESS, OF_ANYBODY),
    ],
)
def test_whichever_way_it_goes(one, other, relation):
    """It is the meeting of whoever is led, whether they give or receive; architects' among equals."""
    assert relation_of(one, other) is relation_of(other, one) is relation


def test_two_engineers():
    """Equals of two kinds are asked the questions of whoever gives."""
    assert relation_of(CLOUD, SUPPORT) is OF_CLOUD
    assert relation_of(SUPPORT, CLOUD) is OF_SUPPORT


@pytest.mark.parametrize(
    ("giver", "relation"),
    [(MANAGER, OF_LEADS), (LEAD, OF_LEADS), (REPORTING, OF_LEADS), (CLOUD, OF_CLOUD), (ARCHITECT, OF_ARCHITECTS), (TEAMLESS, OF_ANYBODY)],
)  # fmt: skip
def test_to_the_leadership(giver, relation):
    """Everybody answers the questions of their own meeting, about the leadership team."""
    assert relation_of(giver, None) is relation
    assert prompts_for(relation)[0].text == "What feedback do you have for the leadership team?"


def test_every_role_of_a_team_has_questions():
    """Whatever `app.yaml` calls a team's role, there is a meeting for it."""
    assert {*get_args(TeamRole)} == {*Relation} - {Relation.ANYBODY}
    for giver, receiver in product(EVERYBODY, [*EVERYBODY, None]):
        assert prompts_for(relation_of(giver, receiver))


@pytest.mark.parametrize("relation", Relation)
def test_questions_read_well(relation):
    """One question each, each once, short enough for a choice in a form, and the receiver is named as they are."""
    prompts = prompts_for(relation, "Bo {them} & Co")
    assert prompts[0].text == "What feedback do you have for Bo {them} & Co?"
    assert len({each.slug for each in prompts}) == len(prompts)
    for each in prompts_for(relation):
        assert each.text.endswith("?")
        assert len(each.text) <= 75  # a choice in one of Slack's menus
        assert "{" not in each.text


@pytest.mark.parametrize(
    ("relation", "agenda"),
    [
        (OF_LEADS, "manager_one_on_one"),
        (OF_CLOUD, "cloud_team"),
        (OF_SUPPORT, "support_team"),
        (OF_ARCHITECTS, "architect_one_on_one"),
    ],
)
def test_stand_under_the_playbooks_headings(relation, agenda):
    """Every heading of the meeting is asked about, and no other."""
    headings = {section.title for section in find_agendas()[agenda].sections}
    assert {each.heading for each in prompts_for(relation)} == headings


def test_leadership_is_named():
    """Without a receiver the questions are about the leadership team."""
    assert prompts_for(Relation.ARCHITECT) == prompts_for(Relation.ARCHITECT, LEADERSHIP)


def test_whoever_is_above_is_asked_the_other_way_round():
    """The same questions by slug and heading, and none that only those below could answer."""
    assert goes_down(MANAGER, LEAD)
    assert goes_down(LEAD, SUPPORT)
    assert not any(
        goes_down(*pair) for pair in [(LEAD, MANAGER), (CLOUD, SUPPORT), (LEAD, REPORTING)]
    )
    assert not goes_down(SUPPORT, None)
    for relation in Relation:
        up, down = prompts_for(relation, "Bo"), prompts_for(relation, "Bo", down=True)
        assert [(one.slug, one.heading) for one in up] == [(one.slug, one.heading) for one in down]
    said = [each.text for each in prompts_for(OF_LEADS, "Bo", down=True)]
    assert "Which blockers or challenges do you see for Bo?" in said
    assert "How is the team performing?" not in said


def test_notes_are_asked_nothing_for_anybody():
    """What is to be remembered, about somebody with the questions of the two, about nobody by itself."""
    assert [each.text for each in note_prompts(OF_LEADS, "")] == ["What do you want to remember?"]
    first, *rest = note_prompts(OF_LEADS, "Bo")
    assert first.text == "What do you want to remember about Bo?"
    assert tuple(rest) == prompts_for(OF_LEADS, "Bo")[1:]
