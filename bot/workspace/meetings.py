"""The meetings of the demo company: five series, one of each template, and what was said in the last ones."""

from dataclasses import dataclass
from datetime import time
from typing import Literal

Repeats = Literal["weekly", "fortnightly", "monthly"]


@dataclass(frozen=True, slots=True)
class Said:
    """A point or a note: so many meetings ago (0 is for the next one), by whom, and what.

    A point that was `talked` about was marked discussed in that meeting; the others are carried over.
    """

    ago: int
    by: str
    text: str
    talked: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """An action item from the last meeting: whose, what, and in how many days it is due; late where negative."""

    by: str
    owner: str
    text: str
    due_in: int
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its template and place (`people` in the place of a channel), when it meets, and what was said."""

    template: str
    title: str
    owner: str
    zone: str
    repeats: Repeats
    weekday: int
    at: time
    lead: int  # minutes
    channel: str = ""
    people: tuple[str, ...] = ()
    team: str | None = None
    holidays: str = ""
    skipped: int = 0  # the meeting so many ago was skipped
    points: tuple[Said, ...] = ()
    notes: tuple[Said, ...] = ()
    tasks: tuple[Task, ...] = ()


SUPPORT = Series(
    template="support_team",
    title="Support weekly",
    owner="U0ANA",
    channel="C0SUPPORT",
    people=("U0TOMASZ", "U0CAMILA", "U0PRIYA", "U0BO", "U0TANYA", "U0ANJALI"),
    zone="Europe/Lisbon",
    repeats="weekly",
    weekday=3,
    at=time(14, 0),
    lead=5,
    points=(
        Said(3, "U0TANYA", "Who takes the night rota over Thanksgiving?", talked=True),
        Said(3, "U0BO", "One macro for snapshot restores instead of four"),
        Said(2, "U0ANJALI", "KB-1021 needs a picture, customers detach the wrong volume", talked=True),
        Said(1, "U0CAMILA", "Two of us are new to the night rota and urgent tickets take too long", talked=True),
        Said(0, "U0PRIYA", "APAC can lend Kenta for two weeks: from when?"),
        Said(0, "U0TOMASZ", "DNS questions of Quillmoor Foods: one thread or one ticket each?"),
    ),
    notes=(
        Said(3, "U0TOMASZ", "Volume is back to normal after the release; reopenings are not yet."),
        Said(3, "U0ANA", "Decision: the night rota gets a second person until the new year."),
        Said(2, "U0ANJALI", "Luc draws the picture for KB-1021."),
        Said(2, "U0PRIYA", "Training: the new storage console, one hour each, before December."),
        Said(1, "U0ANA", "Decision: urgent tickets of the Americas go to whoever is awake, not to a region."),
        Said(1, "U0TANYA", "First replies are quick now. It is the solving that waits for cloud engineering."),
    ),
    tasks=(
        Task("U0ANA", "U0BO", "Bring the four macros for snapshot restores down to one", -2),
        Task("U0ANA", "U0TANYA", "Write up how urgent tickets are handed over at night", 2),
        Task("U0ANA", "U0ANJALI", "Add Luc's picture to KB-1021", 1, is_done=True),
    ),
)  # fmt: skip

SERIES = (
    SUPPORT,
    Series(
        template="cloud_team",
        title="Cloud engineering weekly",
        owner="U0MARCUS",
        channel="C0CLOUD",
        people=("U0SOFIA", "U0KOFI", "U0RACHEL", "U0MATEUS", "U0HYEJIN", "U0LIAM"),
        zone="Europe/London",
        repeats="weekly",
        weekday=1,
        at=time(9, 30),
        lead=30,
        holidays="GB-ENG",
        skipped=2,
        points=(
            Said(3, "U0KOFI", "The DNS drill: who plays the customer?", talked=True),
            Said(1, "U0SOFIA", "The alert on connection pools fires at 70 %: too early?", talked=True),
            Said(0, "U0LIAM", "Kernel roll-out in Sydney went well; Frankfurt next"),
        ),
        notes=(
            Said(3, "U0MARCUS", "Support waits for us on volumes. We answer in #support within the hour."),
            Said(1, "U0RACHEL", "Decision: 70 % stays, but it pages nobody at night."),
            Said(1, "U0MATEUS", "The backup window in São Paulo has moved; billing is happy."),
        ),
    ),
    Series(
        template="manager_one_on_one",
        title="Ana and Camila",
        owner="U0ANA",
        people=("U0CAMILA",),
        team="americas",
        zone="America/Sao_Paulo",
        repeats="weekly",
        weekday=2,
        at=time(11, 0),
        lead=120,
        points=(
            Said(3, "U0CAMILA", "Access requests for new people take two weeks"),
            Said(2, "U0ANA", "How are the two new ones doing on the night rota?", talked=True),
            Said(0, "U0CAMILA", "I would like to go to the storage course in January"),
        ),
        notes=(
            Said(3, "U0CAMILA", "Access requests for new people are still open after ten days."),
            Said(2, "U0CAMILA", "The new ones are brave. They need a second pair of eyes on urgent tickets."),
            Said(1, "U0CAMILA", "Access requests again: Diego waited for the console until Friday."),
            Said(1, "U0ANA", "Decision: Camila gets a say in the rota of the whole night, not only of her region."),
        ),
        tasks=(Task("U0CAMILA", "U0ANA", "Ask IT why access requests take two weeks", 0),),
    ),
    Series(
        template="architect_one_on_one",
        title="Ana and Ingrid",
        owner="U0ANA",
        people=("U0INGRID",),
        zone="Europe/Oslo",
        repeats="fortnightly",
        weekday=4,
        at=time(10, 0),
        lead=60,
        points=(
            Said(1, "U0INGRID", "Support should see the draft for DNS across regions before it is built", talked=True),
            Said(0, "U0ANA", "What would make volumes attach faster: design, or people?"),
        ),
        notes=(Said(1, "U0INGRID", "Farid shows the draft in the support weekly next month."),),
    ),
    Series(
        template="retrospective",
        title="Release retrospective",
        owner="U0ANA",
        channel="C0GENERAL",
        people=("U0MARCUS", "U0TOMASZ", "U0CAMILA", "U0PRIYA", "U0RACHEL", "U0SOFIA"),
        zone="Europe/Lisbon",
        repeats="monthly",
        weekday=3,
        at=time(15, 30),
        lead=1440,
        points=(
            Said(2, "U0MARCUS", "Three people rolled back at once and nobody wrote it down", talked=True),
            Said(2, "U0SOFIA", "Connection pools have no owner"),
            Said(1, "U0TOMASZ", "Customers heard of the release from our status page, not from us", talked=True),
        ),
        notes=(
            Said(2, "U0RACHEL", "Decision: one person leads, and only that person rolls back."),
            Said(1, "U0PRIYA", "We try a customer letter two days before the next release."),
        ),
    ),
)  # fmt: skip
