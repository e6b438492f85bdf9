"""Meeting templates: the playbook's and those that managers make of them, and what is live for a meeting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agenda import (
    Agenda,
    Live,
    Scene,
    Section,
    drop_own,
    every_agenda,
    find_agenda,
    gather,
    keep_own,
    read_sections,
    write_sections,
)
from bot.errors import Forbidden, FormErrors, Refused
from bot.storage import audit
from bot.vocabulary import Kra
from tests.meetingroom import AGENDAS, ANA, BO, CY, HAL, LEA, SOURCES, MeetingRoom, utc

NOW = utc("2026-11-22 12:00")
BASE = AGENDAS["support_team"]
OURS = "What went well\n- What do we keep?\nTicket review\n- Which were hard?\n- Which were fun?"


def keep(room: MeetingRoom, name: str = "Ours", text: str = OURS, *, base: Agenda = BASE, by=ANA, is_new=True) -> Agenda:  # fmt: skip
    """Make a template of another, or change it."""
    return room.write(keep_own, AGENDAS, base, name, text, by, NOW, is_new=is_new)


def found(room: MeetingRoom, text: str) -> Agenda:
    """Return the template that somebody means."""
    return room.read(find_agenda, AGENDAS, text)


class TestText:
    """A template's sections as text."""

    def test_as_people_read_it(self):
        """A line a heading, its questions below it."""
        assert write_sections(BASE) == (
            "Ticket review\n"
            "- Review ticket volume and resolution times.\n"
            "Process improvements\n"
            "- Discuss any process improvements or automation opportunities.\n"
            "Training needs\n"
            "- Identify any training needs for the team.\n"
            "Feedback\n"
            "- What feedback do you have for me or the team?"
        )

    @pytest.mark.parametrize("slug", AGENDAS)
    def test_a_template_that_is_not_changed_stays_the_same(self, slug):
        """With its topics."""
        agenda = AGENDAS[slug]
        assert read_sections(write_sections(agenda), agenda) == agenda.sections

    @pytest.mark.parametrize(
        ("typed", "sections"),
        [
            ("One", [Section("One")]),
            ("One\n- a\n* b\n• c\n– d\n-e", [Section("One", ("a", "b", "c", "d", "e"))]),
            ("  One  \n\n\n   -   a   \n\n", [Section("One", ("a",))]),
            ("# One\n## Two", [Section("One"), Section("Two")]),
            ("One:\n- a:", [Section("One", ("a:",))]),
            ("One :\n- a", [Section("One", ("a",))]),
            ("One\n-\n- \n- a", [Section("One", ("a",))]),
            ("One\r\n- a\r\nTwo", [Section("One", ("a",)), Section("Two")]),
            ("One\n- a\nOne\n- b", [Section("One", ("a",)), Section("One", ("b",))]),
            ("One\n- - a", [Section("One", ("- a",))]),
            ("ticket REVIEW:\n- a", [Section("ticket REVIEW", ("a",), ("tickets",))]),
            ("#\nOne\n- a", [Section("One", ("a",))]),
            ("One\n:::\n- a", [Section("One", ("a",))]),
            ("# - One\n- a", [Section("One", ("a",))]),
        ],
    )
    def test_what_is_read(self, typed, sections):
        """Forgivingly; a heading that is known keeps its topics."""
        assert read_sections(typed, BASE) == tuple(sections)

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("", "Write at least one heading: a line without a dash."),
            (" \n\n ", "Write at least one heading: a line without a dash."),
            ("#\n##", "Write at least one heading: a line without a dash."),
            ("- a", "Begin with a heading: a line without a dash."),
            ("\n".join("abcdefghijklm"), "At most 12 headings with 10 questions each."),
            ("One\n" + "- a\n" * 11, "At most 12 headings with 10 questions each."),
            ("x" * 151, "A heading can have 150 characters. Do the questions begin with a dash?"),
            ("One\n- " + "x" * 301, "A question can have 300 characters."),
        ],
    )
    def test_what_is_refused(self, typed, sentence):
        """Beside the field, and what would work."""
        with pytest.raises(FormErrors) as errors:
            read_sections(typed, BASE)
        assert errors.value.fields == {"sections": sentence}

    @pytest.mark.parametrize("typed", ["\n".join("abcdefghijkl"), "One\n" + "- a\n" * 10, "x" * 150, "One\n- " + "x" * 300])  # fmt: skip
    def test_what_just_fits(self, typed):
        """The most that there may be."""
        assert read_sections(typed, BASE)

    lines = st.text("ab#:-*•– \t", max_size=8) | st.text(max_size=12)

    @given(st.lists(lines, max_size=8).map("\n".join))
    def test_there_and_back(self, typed):
        """Whatever somebody has typed: opened again and saved, it is what it was."""
        try:
            sections = read_sections(typed, BASE)
        except FormErrors:
            return
        assert all(part.title.strip() == part.title != "" for part in sections)
        assert all(question.strip() for part in sections for question in part.questions)
        written = write_sections(replace(BASE, sections=sections))
        assert read_sections(written, BASE) == sections


class TestOwn:
    """A manager's own template."""

    def test_made_of_another(self, room):
        """With its own words; what belongs to the meeting is the same, and known headings keep what is live."""
        made = keep(room, "  Our   weekly ")
        own = found(room, "our weekly")
        assert (made.slug, own.slug, own.name, own.base) == (
            "our_weekly",
            "our_weekly",
            "Our weekly",
            "support_team",
        )
        assert own.sections == (
            Section("What went well", ("What do we keep?",)),
            Section("Ticket review", ("Which were hard?", "Which were fun?"), ("tickets",)),
        )
        assert (own.kras, own.topics, own.is_one_on_one) == (BASE.kras, BASE.topics, False)
        assert own.about == "Made from “Team meeting with support engineers”."

    def test_of_a_one_on_one(self, room):
        """It is one too."""
        keep(room, base=AGENDAS["manager_one_on_one"])
        assert found(room, "ours").is_one_on_one

    def test_of_an_own_one(self, room):
        """Its root is the file."""
        keep(room)
        keep(room, "Theirs", base=found(room, "ours"))
        assert found(room, "theirs").base == "support_team"

    def test_changed(self, room):
        """The same template with new words and a new name; its series need not be touched."""
        keep(room)
        keep(room, "Ours, better", "New words", base=found(room, "ours"), is_new=False)
        own = room.read(every_agenda, AGENDAS)["ours"]
        assert (own.name, own.sections) == ("Ours, better", (Section("New words"),))
        assert [*room.read(every_agenda, AGENDAS)] == [*AGENDAS, "ours"]

    def test_changed_without_a_new_name(self, room):
        """Its own name is not taken by somebody else."""
        keep(room)
        assert keep(room, text="New words", base=found(room, "ours"), is_new=False).name == "Ours"

    def test_the_playbooks_own_stay(self, room):
        """The sentence says what to do instead."""
        with pytest.raises(Refused, match="own templates stay as they are; make your own from one"):
            keep(room, is_new=False)

    @pytest.mark.parametrize(
        "name",
        [
            "Retrospective",
            "retrospective",
            "RETROSPECTIVE!",
            "support team",
            "Support_Team",
            "Team meeting with support engineers",
            "Ours",
            "ours",
            "Ours?",
        ],
    )
    @pytest.mark.parametrize("is_new", [True, False], ids=["new", "renamed"])
    def test_a_name_that_is_taken(self, room, name, is_new):
        """Nobody could tell the two apart in the menu; a slug counts as a name."""
        keep(room)
        mine = keep(room, "Mine")
        with pytest.raises(FormErrors) as errors:
            keep(room, name, base=BASE if is_new else mine, is_new=is_new)
        assert errors.value.fields == {
            "name": "There is a template with this name; choose another."
        }

    @pytest.mark.parametrize("name", ["", "   ", "!!!", "🎉", "___"])
    @pytest.mark.parametrize("is_new", [True, False], ids=["new", "renamed"])
    def test_a_name_without_letters(self, room, name, is_new):
        """Nobody could type it."""
        mine = keep(room)
        with pytest.raises(FormErrors) as errors:
            keep(room, name, base=BASE if is_new else mine, is_new=is_new)
        assert errors.value.fields == {"name": "Give it a name with letters or digits."}

    @pytest.mark.parametrize(
        "name", ["Планёрка", "週次会議", "Überblick & Ausblick", "2026", "x" * 75]
    )
    def test_names_of_all_kinds(self, room, name):
        """They are found again by what one reads."""
        keep(room, name)
        assert found(room, name).name == name

    @pytest.mark.parametrize(("by", "may"), [(ANA, True), (LEA, True), (BO, False), (CY, False)])
    def test_who_may(self, room, by, may):
        """Team leads and managers."""
        if may:
            keep(room, by=by)
            room.write(drop_own, AGENDAS, "ours", by, NOW)
            return
        with pytest.raises(Forbidden, match="Only team leads and managers can make templates"):
            keep(room, by=by)
        keep(room)
        with pytest.raises(Forbidden, match="Only team leads and managers can remove templates"):
            room.write(drop_own, AGENDAS, "ours", by, NOW)

    def test_a_lead_changes_and_removes_their_own_alone(self, room):
        """A manager all; it stays whose it was."""
        keep(room, "Hers", by=LEA)
        his = keep(room, "His", by=HAL)
        only = "Only whoever made “His” or a manager can change or remove it"
        with pytest.raises(Forbidden, match=only):
            keep(room, "Mine", base=his, by=LEA, is_new=False)
        with pytest.raises(Forbidden, match=only):
            room.write(drop_own, AGENDAS, "his", LEA, NOW)
        changed = keep(room, "Hers, better", base=found(room, "hers"), by=HAL, is_new=False)
        assert changed.made_by == found(room, "hers").made_by == LEA.id
        room.write(drop_own, AGENDAS, "hers", LEA, NOW)
        assert found(room, "his").made_by == HAL.id

    def test_changed_while_another_removes_it(self, room):
        """It does not come back."""
        mine = keep(room)
        room.write(drop_own, AGENDAS, "ours", HAL, NOW)
        with pytest.raises(Refused, match="not there any more"):
            keep(room, "Better", base=mine, is_new=False)

    def test_dropped(self, room):
        """Its series fall back to the template that it was made from; others are left alone."""
        keep(room)
        series = room.book(NOW, template="ours")
        other = room.book(NOW, template="retrospective")
        room.write(drop_own, AGENDAS, "ours", HAL, NOW)
        assert "ours" not in room.read(every_agenda, AGENDAS)
        assert [each.template for each in self.templates_of(room, series, other)] == [
            "support_team",
            "retrospective",
        ]
        with pytest.raises(Refused, match="not there any more"):
            room.write(drop_own, AGENDAS, "ours", HAL, NOW)

    @staticmethod
    def templates_of(room, *series):
        """Return what series agree on now."""
        from bot.domain.series import find

        return [room.read(find, each.id).terms for each in series]

    def test_a_file_cannot_be_dropped(self, room):
        """It is not in the database."""
        with pytest.raises(Refused, match="not there any more"):
            room.write(drop_own, AGENDAS, "support_team", ANA, NOW)

    def test_all_of_it_is_in_the_audit_log(self, room):
        """Who made, changed and removed it."""
        mine = keep(room)
        keep(room, "Better", base=mine, by=HAL, is_new=False)
        room.write(drop_own, AGENDAS, "ours", HAL, NOW)
        entries = room.read(audit.history, "meeting template", "ours")
        assert [(entry.who, entry.before, entry.after) for entry in entries] == [
            ("U0HAL", "Better", None),
            ("U0HAL", "Ours", "Better"),
            ("U0ANA", None, "Ours"),
        ]

    def test_a_base_whose_file_is_gone(self, room):
        """Its own words are still there."""
        keep(room)
        without = {slug: agenda for slug, agenda in AGENDAS.items() if slug != "support_team"}
        own = room.read(every_agenda, without)["ours"]
        assert [part.title for part in own.sections] == ["What went well", "Ticket review"]

    def test_nothing_is_kept_of_what_was_refused(self, room):
        """Name and sections are checked before anything is written."""
        for name, text in (("Ours", "- a"), ("!!!", OURS)):
            with pytest.raises(FormErrors):
                keep(room, name, text)
        assert [*room.read(every_agenda, AGENDAS)] == [*AGENDAS]


class TestFinding:
    """A template by what people type."""

    @pytest.mark.parametrize("slug", AGENDAS)
    def test_by_slug_and_name(self, room, slug):
        """However it is written."""
        agenda = AGENDAS[slug]
        for typed in (slug, agenda.name, slug.upper(), slug.replace("_", " "), f" {slug}! "):
            assert found(room, typed) == agenda

    def test_by_its_beginning(self, room):
        """Where no other one begins so."""
        assert found(room, "retro") == AGENDAS["retrospective"]
        keep(room, "Retro of the desk", OURS)
        with pytest.raises(Refused, match="No template is called “retro”"):
            found(room, "retro")

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("retrospectve", "No template is called “retrospectve”. Did you mean `retrospective`?"),
            ("suport team", "Did you mean `support_team`?"),
            ("xyz", "No template is called “xyz”. There are: architect_one_on_one, cloud_team,"),
            ("", "No template is called “”. There are:"),
        ],
    )
    def test_no_such_template(self, room, typed, sentence):
        """The nearest is named, and all there are."""
        with pytest.raises(Refused) as refused:
            found(room, typed)
        assert sentence in refused.value.sentence


class TestGathering:
    """What is live."""

    SCENE = Scene(SOURCES.counting, (Kra.CUSTOMER_SUPPORT,), "emea", NOW, NOW)

    def test_each_topic_is_told_once(self):
        """Above all sections and in them, in that order; what nobody tells is left out."""
        told: list[str] = []

        def live(name: str) -> Live:
            def tell(_, scene):
                assert scene is self.SCENE
                told.append(name)
                return (f"{name} news",)

            return Live(name, tell)

        agenda = Agenda(
            "x", "x", (Section("A", (), ("b", "c")), Section("B", (), ("c", "a"))), topics=("a",)
        )
        lives = {name: live(name) for name in ("c", "a", "unused")}
        facts = gather(None, agenda, self.SCENE, lives)  # type: ignore[arg-type]
        assert facts == {"a": ["a news"], "c": ["c news"]}
        assert told == ["a", "c"]
