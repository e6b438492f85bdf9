"""What the people of the demo company have said in their channels, so that it looks lived in when it opens.

Every message has the working hours of the one who speaks, on a working day before `until`. The bad release is talked of
in the month in which the tickets have it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.workspace.company import roster
from bot.workspace.message import Message
from bot.workspace.state import Workspace
from bot.workspace.ticket_story import A_DAY, story_of

# A line is a day, a local time, a person and what they said; an indented one replies in the thread above it.
# -2 is two working days ago, +1 the first working day of the month of the release.
_SCRIPT = """
#general
-9 10:05 ANA The all-hands is on Thursday at 14:00 UTC. Please put your questions in this thread, the awkward ones first.
    -8 08:30 LIAM Could it be earlier once a quarter? Sydney would like to be awake for it.
    -8 11:10 ANA Fair. The next one is at 07:00 UTC, and Los Angeles may complain.
-4 09:15 INGRID The Oslo office is closed on Friday, somebody is working on the power. I am at home and online.
-2 09:30 ANA New here: *Steward* knows our numbers. Type `/kpi` in any channel to see how we are doing, and `/kpi help` for the rest. Only you see the answer until you share it.
    -2 10:12 CAMILA So no more spreadsheet on Monday mornings? :tada:

#support
+3 09:30 TOMASZ We have half as many tickets again as in any week before. Urgent ones first, and tell people honestly that the rest will wait.
-5 10:41 BO Restoring a snapshot hangs at 97 % for a customer in Rotterdam. Has anybody seen that since the last patch?
    -5 15:58 ANJALI Twice last week. KB-1021 has the way around it: detach the volume first, then restore.
    -4 09:02 BO That was it, thank you. I have linked the article to the ticket.
-3 11:25 WENJIE The queue in APAC is empty for once, so I am taking three of the older EMEA tickets.
-3 08:50 NIAMH You are a hero, <@U0WENJIE>. The DNS ones are yours if you like puzzles.
-2 10:30 DIEGO Heads-up: Quillmoor Foods move their shops to the new region tonight. Expect DNS questions in the morning.
-1 09:10 TOMASZ A good month so far, I think. Try `/kpi csat` and then press *By team*.
    -1 09:48 TANYA `/kpi frt last month team:americas` works as well. Now I know what our reviews will be about.

#incidents
+1 09:20 MARCUS Release 7.0 went live this morning, and the API gateway is slow in all regions since. Rachel leads, Sofia helps; news in this thread.
    +1 11:10 SOFIA The connection pools to the database run full. We roll the gateway back, region by region.
    +1 08:30 RACHEL Gateway rolled back everywhere. Console, billing export and volumes have to stay on 7.0 until there is a fix.
+8 10:00 MARCUS 7.0.3 mends the console. The billing export is next, attaching volumes takes longest. Support: thank you for holding the line.
+18 15:00 HYEJIN 7.0.6 mends attaching volumes. It reaches the last region on Friday.
-3 10:00 MARCUS Drill next Wednesday at 10:00 UTC: we lose one DNS server. It is a drill, nobody needs to get up for it.
    -3 10:45 KOFI I will break it. Who wants to be the one who finds out?
    -2 09:05 JONAS Me. I have never been paged for a drill.

#cloud-engineering
-3 14:20 HYEJIN The new kernel is on all storage nodes in Singapore. Sydney follows tonight, Frankfurt tomorrow.
    -2 10:30 LIAM Sydney done in 14 minutes, no alert fired.
-2 11:00 SOFIA The alert on connection pools now fires at 70 %. Tried it on staging: it does, and it says which pool.
-1 13:15 MATEUS From Monday the backup window in São Paulo begins at 03:00 local time, after the billing run.

#architecture
-5 11:30 FARID The draft for DNS across regions is ready. Objections by Thursday please; praise at any time.
    -4 09:40 MINHANH One objection: what does a region answer while it is cut off from the other two? I have written it into the draft.
    -4 10:15 FARID What it knew last, for an hour. You are right, it has to be said there.

#knowledge-base
-6 14:00 CY I have cut KB-1012 down to one page. The old one had four ways to reset a key, and three of them were wrong. Please tear it apart.
    -6 12:10 LUC Read it and tried it. It works; I mended one typo.
-2 10:25 AMIRA KB-1081 is new: moving a volume from one project to another, with the two mistakes everybody makes.

#managers
-4 15:30 ANA Is an hour for a first reply still a target, or only a habit? We are well below it. Say what you would defend and I will set it: `/kpi target frt 45m`.
    -3 09:20 PRIYA Half a year ago I would have laughed. Today APAC can do 45 minutes.
-2 10:40 CAMILA Our urgent tickets take too long, I know: `/kpi rt team:americas`. Two of us are new to the night rota. Give me until the end of the month.
    -1 09:05 PRIYA Take Kenta for two weeks, he has done it for us and likes it.

#operators
-2 09:45 MARCUS Steward will tell us here when something is wrong with its data. Please do not mute this one.

#shared-quillmoor-foods
-2 09:10 PETRA Good morning! Tonight at 22:00 we move the shops in Ghent and Lille. Is somebody on your side awake then?
    -2 09:32 BO Jonas until midnight, then Tanya. We keep an eye on DNS.
    -1 08:35 PETRA All shops are up. That was our smoothest move so far, thank you both.

#random
-5 10:10 KENTA Who has taught the coffee machine in Singapore to answer 404?
    -5 11:00 WENJIE :innocent:
-2 12:30 JONAS Board games in Berlin on Thursday, six seats, two taken. Remote people may roll the dice.
-1 08:45 RACHEL My cat has found the warm spot on the test rack. It stays there.
"""

_LAST_ZONE = ZoneInfo("America/Los_Angeles")  # where a day of this company ends last
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Announcement:
    """One message by a person; `reply_to` is the key of the message in whose thread it stands."""

    key: str
    channel: str
    person: str
    at: datetime
    text: str
    reply_to: str = ""


def announcements(anchor: date, until: datetime) -> tuple[Announcement, ...]:
    """Return what was said up to `until`, the earliest first."""
    # Yesterday in the west is over everywhere, so that nothing is said in the future.
    today = until.astimezone(_LAST_ZONE).date()
    said = _read_script(today, eve=story_of(anchor).release - A_DAY)
    return tuple(sorted((each for each in said if each.at <= until), key=lambda each: each.at))


def post_announcements(workspace: Workspace, said: Iterable[Announcement]) -> None:
    """Put messages into their channels at the times they were said, read by everybody."""
    stamps: dict[str, str] = {}
    for each in said:
        conversation = workspace.conversations[each.channel]
        stamps[each.key] = stamp = conversation.stamp(each.at)
        author = workspace.people[each.person]
        workspace.post(
            Message(
                channel=each.channel,
                ts=stamp,
                user=each.person,
                text=each.text,
                team_id=author.team_id or workspace.team.id,
                thread_ts=stamps.get(each.reply_to, ""),
            )
        )
        conversation.last_read.update(dict.fromkeys(workspace.people, stamp))


def _read_script(today: date, eve: date) -> Iterator[Announcement]:
    """Yield every line; `eve` is the day before the month of the release."""
    described = roster()
    channels = {f"#{channel.name}": channel.id for channel in described.channels}
    zones = {person.id: ZoneInfo(person.tz) for person in described.people}
    channel = thread = ""
    for number, line in enumerate(filter(None, _SCRIPT.splitlines())):
        if line in channels:
            channel = channels[line]
            continue
        days, clock, name, text = line.split(maxsplit=3)
        key, person, is_reply = f"line-{number}", f"U0{name}", line.startswith(" ")
        thread = thread if is_reply else key
        day = _working_day(eve if days.startswith("+") else today, int(days))
        at = datetime.combine(day, time.fromisoformat(clock), zones[person]).astimezone(UTC)
        yield Announcement(key, channel, person, at, text, thread if is_reply else "")


def _working_day(day: date, count: int) -> date:
    """Return the day that is this many working days later, or earlier where `count` is negative."""
    step = A_DAY if count > 0 else -A_DAY
    for _ in range(abs(count)):
        day += step
        while day.weekday() >= _SATURDAY:
            day += step
    return day
