"""The incidents of the demo company over fourteen months, told day by day before the anchor.

What the tickets have as the bad release, the incidents have too. Some came back, one was reopened, of some nobody knows
when they began, two overlapped, one was reported twice, and one is for few eyes only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.workspace.ticket_story import story_of

_UTC = ZoneInfo("UTC")
_LEADS = {
    "S": "U0SOFIA", "K": "U0KOFI", "R": "U0RACHEL", "M": "U0MATEUS", "H": "U0HYEJIN",
    "L": "U0LIAM", "I": "U0INGRID",
}  # fmt: skip
_DECLARERS = ("U0BO", "U0TANYA", "U0ANJALI", "U0JONAS", "U0WENJIE", "U0DIEGO", "U0NIAMH", "U0KENTA")
_SERVICES = {
    "gw": "api-gateway", "cp": "compute", "st": "storage", "db": "database", "dns": "dns", "con": "console",
}  # fmt: skip
_NOTICED = {"m": "monitoring", "c": "customer", "s": "staff"}
_CUSTOMERS = {"a": "all", "m": "many", "o": "one", "n": "none"}
_EFFECT = {"D": "down", "d": "degraded", "w": "workaround", "c": "cosmetic"}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it happened, what else played a part, and what is done about it by whom."""

    kind: str
    root: str
    factors: tuple[str, ...]
    action: str
    owner: str


@dataclass(frozen=True, slots=True)
class Told:
    """One incident: minutes count from its start; None is what nobody knows, or what has not come yet."""

    key: str
    at: datetime
    customers: str
    effect: str
    services: tuple[str, ...]
    noticed: str
    detected: int
    acknowledged: int | None
    mitigated: int | None
    resolved: int | None
    lead: str
    declarer: str
    title: str
    knows_start: bool = True
    knows_detection: bool = True
    repeat_of: str | None = None
    is_confirmed: bool = False
    duplicate_of: str | None = None
    back_after: int | None = None  # minutes after it was resolved
    is_drill: bool = False
    is_security: bool = False
    is_false_alarm: bool = False
    cause: str | None = None
    is_late: bool = False  # with its analysis


# key, days ago, time, customers and effect, services, noticed by; minutes from the start to detected, taken, mitigated and
# resolved ("?" before them: nobody knows the start; "-": not yet); lead; title; what else there is to say.
_LINES = """
d1  418 03:12 od db       m 6 9 40 95      S  Read replica in Frankfurt lags by ten minutes | cause=replica
c1  411 09:40 md con      c ?22 25 - 140   R  Console logs people out every few minutes | cause=session
s1  402 14:05 md st       s 35 41 150 330  H  Attaching volumes takes minutes in Singapore | cause=attach
k1  396 22:31 oD cp       m 2 6 31 44      L  Compute node 14 in Sydney rebooted by itself | cause=kernel
n1  389 08:15 mD dns      m 4 7 28 61      K  Resolvers in Frankfurt answer SERVFAIL | cause=resolver
g1  380 16:48 md gw       c 30 36 95 120   R  API requests time out for customers in Brazil | cause=peering
c2  371 11:02 ow con      c ?60 75 - 400   R  Invoices cannot be downloaded as PDF | cause=fonts undetected
d2  364 02:20 md db       m 5 9 72 160     S  Failover of the billing database took twelve minutes | cause=failover
s2  355 07:33 od st       m 8 15 55 90     H  Snapshots hang at 97 % in Rotterdam | cause=snapshot
k2  349 19:10 oD cp       m 3 8 22 37      L  Compute node 9 in Sydney rebooted by itself | cause=kernel repeat=k1
n2  338 10:25 nc dns      s 300 310 - 500  K  Zone editor shows an old serial number | cause=editor
g2  331 13:57 md gw       m 3 5 21 33      R  Gateway in Dallas drops one request in twenty | cause=card
c3  322 08:44 mw con      c 45 50 170 260  R  Search in the console finds nothing | cause=index
d3  314 01:05 od db       m 7 12 48 130    S  Read replica in Frankfurt lags by ten minutes | cause=replica repeat=d1
s3  305 15:20 md st       c 50 55 210 390  H  Attaching volumes takes minutes in Singapore | cause=attach repeat=s1
k3  297 04:41 mD cp       m 1 4 39 58      L  No new instances in Tokyo: image store full | cause=images
n3  288 12:30 od dns      c ?90 100 150 200 K  Reverse lookups fail for one customer | cause=reverse
g3  279 17:15 aD gw       m 2 4 18 47      R  API down in all regions: expired certificate | cause=certificate
g3b 279 17:21 aD gw       c 8 9 - 40       K  Nobody can reach the API | duplicate=g3
c4  268 09:05 oc con      s 120 130 - 240  R  Wrong currency shown in one dashboard | cause=currency
d4  259 23:50 md db       m 9 15 80 175    S  Backups of Tuesday night missing | cause=backup
s4  251 06:12 od st       m 10 18 60 110   H  Snapshots hang at 97 % in Rotterdam | cause=snapshot repeat=s2
k4  243 20:08 oD cp       m 2 7 29 41      L  Compute node 21 in Osaka lost its network | cause=cable
n4  236 05:55 mD dns      m 3 6 25 52      K  Resolvers in Frankfurt answer SERVFAIL | cause=resolver repeat=n1
g4  228 10:40 md gw       m 4 6 35 70      R  Rate limits counted twice after a deploy | cause=limits
c5  219 14:22 mw con      c 25 31 95 150   R  New keys cannot be created | cause=keys
d5  208 03:33 od db       m 6 11 50 95     S  Slow queries on the metering database | cause=queries
s5  199 11:47 md st       m 12 20 75 140   H  Object storage in Dallas answers slowly | cause=disk
k5  192 02:02 oD cp       m 2 9 33 49      L  Compute node 3 in Lagos rebooted by itself | cause=kernel repeat=k1
n5  184 18:36 nw dns      s ?40 60 - 90    K  Internal names resolve slowly in the office | cause=office undetected
R1  0r 08:55 aD gw,db     m 11 14 165 540  R  API slow in all regions after release 7.0 | cause=pools
R2  0r 09:20 md con,gw    c 40 44 400 3000 R  Console errors after release 7.0 | cause=release
R2b 0r 09:41 md con       c 20 22 - 60     S  Console shows an error page | duplicate=R2
R3  1r 10:10 md st        c 55 60 600 2900 H  Attaching volumes fails on 7.0 | cause=attach repeat=s3 open_repeat
R4  2r 07:40 md gw        m 9 12 70 150    R  Gateway pools full again in Dallas | cause=pools repeat=R1
R5  4r 13:30 mw db        c 120 130 300 900 S  Billing export empty after 7.0 | cause=release
R6  7r 09:15 md gw        m 6 8 45 88      R  Gateway pools full again in Frankfurt | cause=pools repeat=R1
k6  121 16:20 oD cp       m 2 5 20 31      L  Compute node 7 in Osaka lost its network | cause=cable repeat=k4
d6  113 00:48 md db       m 5 10 42 88     S  Failover of the metering database took nine minutes | cause=failover repeat=d2
n6  106 12:12 od dns      m 4 9 38 66      K  Delegation of one customer zone lost | cause=delegation
s6  97 08:26 od st        m 9 16 44 82     H  Snapshots slow in Rotterdam | cause=snapshot repeat=s4
g5  89 15:03 md gw        m 3 5 19 28      R  Gateway in Dallas drops one request in fifty | cause=card repeat=g2
c6  82 10:31 mw con       c 33 39 80 125   R  Search in the console finds nothing new | cause=index
fa  76 21:17 md dns       m 2 6 - 15       K  Resolvers in Singapore unreachable | false_alarm
k7  69 05:38 oD cp        m 1 6 24 36      L  Compute node 17 in Frankfurt ran out of memory | cause=memory
d7  62 02:55 od db        m 6 9 37 71      S  Read replica in Singapore lags | cause=replica repeat=d3 open_repeat
s7  54 13:49 md st        m 7 12 48 96     H  Attaching volumes slow in Singapore | cause=attach repeat=R3
g6  47 09:27 md gw        m 4 6 26 41      R  Requests from one network refused | cause=peering repeat=g1
n7  41 17:58 mD dns       m 3 5 22 47      K  Resolvers in Dallas answer SERVFAIL | cause=resolver repeat=n4
c7  36 08:13 oc con       s ?200 220 - 420 R  Time zone wrong on the audit page | cause=zone
k8  31 19:44 oD cp        m 2 5 21 33      L  Compute node 12 in Sydney rebooted by itself | cause=kernel repeat=k5
d8  27 01:22 md db        m 5 8 33 69      S  Billing database read-only for half an hour | cause=failover repeat=d6
dr1 24 10:00 aD dns       s 3 8 25 40      K  Drill: we lose one DNS server | drill
s8  23 14:36 od st        m 8 14 40 77     H  Object storage in Tokyo answers slowly | cause=disk
g7  19 11:08 md gw        m 3 5 17 29      R  Gateway deploy in Frankfurt rolled back | cause=limits repeat=g4 back=95
c8  16 16:52 mw con       c 28 33 70 110   R  New keys cannot be created in the Americas | cause=keys repeat=c5
sec 13 20:15 od con       s 18 20 60 190   I  Access keys of a contractor found in a public repository | security
n8  12 06:47 od dns       m 4 7 29 51      K  Zone transfers to one customer fail | cause=delegation
k9  10 03:19 oD cp        m 2 6 20 32      L  Compute node 30 in Dublin lost a disk | cause=disk
d9  8 22:06 md db         m 5 9 35 74      S  Read replica in Frankfurt lags by twelve minutes | cause=replica repeat=d7 late
dr2 6 10:00 aD gw         s 2 6 20 35      R  Drill: the gateway certificate expires | drill
s9  5 12:24 md st         m 9 13 52 101    H  Attaching volumes slow in Sydney | cause=attach repeat=s7 open_repeat
g8  3 15:41 md gw         m 3 5 24 38      R  API requests time out for customers in Chile | cause=peering repeat=g6 open_repeat
c9  2 09:12 md con        c 24 29 85 -     R  Console slow for large projects
n9  0h 01:10 md dns       m 4 7 - -        K  Resolvers in São Paulo answer late
"""  # fmt: skip


CAUSES = {
    "replica": Cause("capacity", "Nightly billing run saturates the replication link", ("One link for billing and replication", "The lag alert fires at ten minutes"), "Give replication a link of its own", "U0SOFIA"),
    "session": Cause("software", "Session store evicts under memory pressure", ("No alert on evictions",), "Alert on evictions of the session store", "U0RACHEL"),
    "attach": Cause("software", "The volume scheduler locks a whole rack for each attach", ("Support found out from customers", "The lock has no time limit"), "Lock one host, not the rack, when attaching", "U0HYEJIN"),
    "kernel": Cause("software", "Kernel bug in the driver of the network card", ("Nodes differ in their kernels",), "Roll the mended kernel out to all nodes", "U0LIAM"),
    "resolver": Cause("capacity", "Resolver caches are cold after a restart and time out upstream", ("Both resolvers of a region restart together",), "Restart resolvers one at a time, warmed", "U0KOFI"),
    "peering": Cause("third_party", "A peering partner withdrew routes", ("One partner carries the region",), "Second peering for South America", "U0KOFI"),
    "fonts": Cause("change", "A base image without fonts", ("No test renders an invoice",), "Render an invoice in the tests", "U0RACHEL"),
    "failover": Cause("process", "The runbook of the failover was not followed in order", ("The runbook is twelve pages long", "It was last drilled a year ago"), "Make the failover one command", "U0SOFIA"),
    "snapshot": Cause("software", "Snapshots wait for a lock that a detached volume keeps", ("The workaround is known to support alone",), "Release the lock when a volume is detached", "U0HYEJIN"),
    "editor": Cause("software", "The editor reads a cached serial", (), "Read the serial from the primary", "U0KOFI"),
    "card": Cause("hardware", "A network card drops frames under load", ("The card reports no errors",), "Replace the cards of that series", "U0LIAM"),
    "index": Cause("capacity", "The search index ran out of disk", ("Disk alerts go to a list that nobody reads",), "Send disk alerts to the on-call", "U0RACHEL"),
    "images": Cause("capacity", "Old images are never deleted", ("The quota was a guess",), "Delete images that nobody has used for a year", "U0LIAM"),
    "reverse": Cause("configuration", "A reverse zone was left out of a migration", (), "Compare zones before and after a migration", "U0KOFI"),
    "certificate": Cause("process", "The gateway certificate expired", ("Renewal was a note in a calendar", "The owner of the note had left"), "Renew certificates by themselves and alert 30 days before", "U0RACHEL"),
    "currency": Cause("configuration", "A default of the wrong region", (), "Take the currency from the account", "U0RACHEL"),
    "backup": Cause("process", "The backup job was paused for maintenance and not resumed", ("No alert on a missing backup",), "Alert when a backup is a day late", "U0MATEUS"),
    "cable": Cause("hardware", "A loose cable after rack work", ("Rack work is not checked by a second person",), "A second person checks rack work", "U0LIAM"),
    "limits": Cause("change", "Two versions of the gateway count the same request", ("A deploy takes forty minutes",), "Count in one place during a deploy", "U0RACHEL"),
    "keys": Cause("software", "The key service keeps a stale leader after a failover", (), "Ask for the leader again after an error", "U0RACHEL"),
    "queries": Cause("software", "A report without an index", ("Reports run on the primary",), "Run reports on the replica", "U0SOFIA"),
    "disk": Cause("hardware", "A failing disk slowed its whole group", ("Slow disks are not taken out",), "Take slow disks out by themselves", "U0HYEJIN"),
    "office": Cause("network", "The office router was updated at noon", (), "Update the router at night", "U0KOFI"),
    "pools": Cause("change", "Release 7.0 opens three times as many database connections", ("The load test had one region", "The alert on pools fired at 95 %", "The release went to all regions at once"), "Release region by region, with pools watched", "U0RACHEL"),
    "release": Cause("change", "Release 7.0 changed an answer that others read", ("No contract test between console and API",), "Contract tests between console and API", "U0RACHEL"),
    "delegation": Cause("configuration", "Delegation records were edited by hand", (), "Check delegations every hour", "U0KOFI"),
    "memory": Cause("software", "An agent leaks memory", ("The agent has no limit",), "Limit the agent's memory", "U0LIAM"),
    "zone": Cause("software", "Local time written without its zone", (), "Write UTC, show local time", "U0RACHEL"),
}  # fmt: skip
"""What the analyses found."""


def incidents(anchor: date, now: datetime) -> Iterator[Told]:
    """Return every incident of the story that has begun by `now`, the oldest first."""
    release = story_of(anchor).release
    told = [
        _read(number, line, anchor, release, now)
        for number, line in enumerate(_LINES.split("\n"))
        if line.strip()
    ]
    yield from sorted((each for each in told if each.at <= now), key=lambda each: each.at)


def _read(number: int, line: str, anchor: date, release: date, now: datetime) -> Told:
    head, _, tail = line.partition(" | ")
    key, ago, at, kind, services, noticed, *rest = head.split()
    detected, acknowledged, mitigated, resolved, lead, *title = rest
    said = dict(part.partition("=")[::2] for part in tail.split())
    return Told(
        key=key,
        at=_when(ago, at, anchor, release, now),
        customers=_CUSTOMERS[kind[0]],
        effect=_EFFECT[kind[1]],
        services=tuple(_SERVICES[each] for each in services.split(",")),
        noticed=_NOTICED[noticed],
        detected=int(detected.lstrip("?")),
        acknowledged=_minutes(acknowledged),
        mitigated=_minutes(mitigated),
        resolved=_minutes(resolved),
        lead=_LEADS[lead],
        declarer=_DECLARERS[number % len(_DECLARERS)],
        title=" ".join(title),
        knows_start=not detected.startswith("?"),
        knows_detection="undetected" not in said,
        repeat_of=said.get("repeat"),
        is_confirmed="repeat" in said and "open_repeat" not in said,
        duplicate_of=said.get("duplicate"),
        back_after=_minutes(said.get("back", "-")),
        is_drill="drill" in said,
        is_security="security" in said,
        is_false_alarm="false_alarm" in said,
        cause=said.get("cause"),
        is_late="late" in said,
    )


def _when(ago: str, at: str, anchor: date, release: date, now: datetime) -> datetime:
    """Read "12" as days before the anchor, "2r" as days after the release, and "0h" as so long before now."""
    hour, minute = map(int, at.split(":"))
    if ago.endswith("h"):
        return now.replace(second=0, microsecond=0) - timedelta(hours=hour, minutes=minute)
    day = (
        release + timedelta(days=int(ago[:-1]))
        if ago.endswith("r")
        else anchor - timedelta(days=int(ago))
    )
    return datetime.combine(day, time(hour, minute), _UTC)


def _minutes(text: str) -> int | None:
    return None if text == "-" else int(text)
