"""Whether what is sent arrives, as the canaries tell; whether anybody would hear of it if not."""

from collections.abc import Iterator, Sequence
from typing import Final

from notices.canary import address
from server.canary import watched
from server.canary.standing import Standing, standings
from server.doctor import Finding, Patient, fail, ok, warn
from server.doctor.lanes import MORE
from server.doctor.post import WHY
from server.house import utc_now
from server.processes import ready
from server.settings import Settings

_CHECK: Final = "canary"
_WHY: Final = (
    WHY
    | MORE
    | {
        "canary-late": "comes, but more than ten minutes after it left",
        "canary-stuck": "does not get out within two minutes",
        "canary-deaf": "cannot be listened for: the push service's line does not open",
        "canary-unreadable": "comes, but cannot be opened",
        "came-back": "comes back as undeliverable",
        "lane-paused": "waits: its destination rests",
        "line-quota": "is refused: this month's messages on LINE are used up",
        "line-webhook": "does not come: LINE gets no 200 from our webhook",
        "line-refused": "is refused: LINE does not take our access token",
        "endpoint-refused": "is refused by ourselves: add that push service to KAIRAN_PUSH_HOSTS",
        "vapid": "is refused: the push service does not take our key",
    }
)

_BEHIND: Final = {
    "canary-due": "a row of work that is due fails each time, or nobody does it",
    "canary-plan": "a notice cannot be planned",
    "canary-claim": "messages that are due are not claimed",
}


async def canary(patient: Patient) -> Sequence[Finding]:
    settings = patient.settings
    async with patient.db.read() as session:
        now = await patient.db.now(session, utc_now)
        found = [_of_channel(settings, each) for each in await standings(session, settings, now)]
    return [*found, *_around(settings)]


def _of_channel(settings: Settings, standing: Standing) -> Finding:
    name, row = standing.channel, standing.row
    if name == "work" and standing.state in ("well", "waiting", "red"):
        return _of_work(standing)
    minutes = int(standing.age.total_seconds()) // 60 if standing.age is not None else 0
    match standing.state:
        case "well":
            return ok(_CHECK, f"The canary of {name} arrived {minutes} minutes ago.")
        case "waiting":
            return ok(_CHECK, f"The canary of {name} has been let out, and is awaited.")
        case "held":
            return ok(_CHECK, f"The canary of {name} stays at home: every city is on hold.")
        case "unwatched":
            said = f"The canary of {name} is not let out: no worker runs, or it stands still."
            return fail(_CHECK, said, "Start `kairan serve`, or `kairan work`; look at its log.")
    said = f"The canary of {name} has not arrived for {minutes} minutes"
    reason = row.reason if row is not None else None
    why = f": it {_WHY.get(reason, reason)}" if reason else ": it left, and nobody knows where it is"
    return fail(_CHECK, f"{said}{why}.", _remedy(settings, name))


def _of_work(standing: Standing) -> Finding:
    """What comes before all channels: done, planned, claimed."""
    if not standing.red:
        return ok(_CHECK, "What must leave is done, planned and claimed in time.")
    minutes = int(standing.age.total_seconds()) // 60 if standing.age is not None else 0
    reason = standing.row.reason if standing.row is not None else None
    said = f"What must leave has been behind for {minutes} minutes: {_BEHIND.get(reason or '', 'nobody knows why')}."
    return fail(_CHECK, said, "The worker's log says what fails, each time it is tried.")


def _remedy(settings: Settings, channel: str) -> str:
    if channel == "push":
        return "See whether this machine reaches KAIRAN_CANARY_PUSH, and the findings of `push` and `lanes`."
    if channel == "line":
        return "Let the webhook in the LINE Developers console be <KAIRAN_ORIGIN>/line/webhook, and switch it on."
    if settings.canary_mail:
        return (
            f"See whether the mail server takes mail, and whether {settings.canary_mail} still passes it on."
        )
    where = f"{settings.bounce_domain} to {settings.bounce_listen}"
    return f"See whether the mail server takes mail, and whether the MX record brings mail for {where}."


def _around(settings: Settings) -> Iterator[Finding]:
    there = watched(settings)
    if "mail" in there and settings.canary_mail:
        home = address.home(ready.kept_keys(settings).vault, settings.bounce_domain)
        yield ok(_CHECK, f"{settings.canary_mail} must pass on what it gets to {home}.")
    if there and not settings.alarm_mail:
        said = (
            "When a canary does not arrive nobody is told by mail, only the city's clerks by push and LINE."
        )
        yield warn(_CHECK, said, "Set KAIRAN_ALARM_MAIL.")
    if settings.smtp_url and "mail" not in there and settings.canary_mail != "off":
        said = "Mail has no canary: that it is taken and then lost would not be noticed."
        yield warn(_CHECK, said, "Set KAIRAN_BOUNCE_DOMAIN and KAIRAN_BOUNCE_LISTEN, or KAIRAN_CANARY_MAIL.")
