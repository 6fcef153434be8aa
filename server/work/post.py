"""The channels this house sends by, put together from the settings."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from notices.channels import Channel
from notices.channels.dkim import Signer
from notices.channels.line import LineChannel
from notices.channels.mail import MailChannel
from notices.channels.push_hosts import PushHosts
from notices.channels.smtp_url import relay_of
from notices.channels.vapid import Vapid
from notices.channels.webpush import WebPushChannel
from notices.town.mail_address import checked, domain_of
from notices.wording.letter import host_of
from server.keys import Keys
from server.sending.beside import Beside
from server.settings import Settings


def channels(
    settings: Settings, keys: Keys, clock: Callable[[], datetime], tls: ssl.SSLContext | None = None
) -> Mapping[str, Channel]:
    """By name. Mail only where a server is set: what cannot leave stays due, and `doctor` says so."""
    sending: dict[str, Channel] = {}
    hosts = PushHosts.extended(settings.push_hosts.split(","))
    contact = settings.push_contact or (
        f"mailto:{settings.mail_from}" if settings.mail_from else "mailto:nobody@example.jp"
    )
    sending["push"] = WebPushChannel(Vapid(keys.vapid, contact, clock), hosts=hosts, now=clock, line=Beside)
    if settings.line_channel_token:
        from notices.channels.line_api import LineApi  # and aiohttp with it, 8 MB: where LINE is spoken

        sending["line"] = LineChannel(LineApi(settings.line_channel_token, settings.line_api))
    if settings.smtp_url:
        sending["mail"] = MailChannel(
            relay_of(settings.smtp_url),
            sender=settings.mail_from,
            helo=host_of(settings.origin),
            now=clock,
            tls=tls,
            signer=signer_of(settings),
        )
    return sending


def signer_of(settings: Settings) -> Signer | None:
    """None where no key is set. Raises ValueError with a sentence for the operator."""
    if not settings.dkim_key_file:
        return None
    try:
        key = Path(settings.dkim_key_file).read_bytes()
    except OSError as error:
        raise ValueError(
            f"KAIRAN_DKIM_KEY_FILE: {settings.dkim_key_file} cannot be read ({error.strerror})."
        ) from None
    try:
        return Signer(key, settings.dkim_selector, domain_of(checked(settings.mail_from)))
    except ValueError as error:
        raise ValueError(f"KAIRAN_DKIM_KEY_FILE: {error}") from None
