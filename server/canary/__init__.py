"""THE CANARY at work: who lets it out (`keeper`), by which channel (`by_mail`, `by_push`, `by_line`; `by_work` is what
comes before all channels), where it arrives (`arriving`), who is told when it does not (`alarm`), how it stands for
whoever watches (`standing`).

What its rows mean: notices/canary/.
"""

from server.settings import Settings


def watched(settings: Settings) -> tuple[str, ...]:
    """The channels that have a canary by these settings; "work" where any has, or somebody is to be told by mail.

    Gateways have none: each call of theirs would be heard.
    """
    round_trip = settings.bounce_domain and settings.bounce_listen
    mail = settings.smtp_url and settings.canary_mail != "off" and (settings.canary_mail or round_trip)
    there = {"mail": mail, "push": settings.canary_push, "line": settings.line_channel_token}
    channels = [channel for channel, set_up in there.items() if set_up]
    return (*channels, "work") if channels or settings.alarm_mail else ()
