"""Whether mail and push can leave. The mail server is asked for TLS and login; no mail is sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from notices.channels.push_hosts import PushHosts
from notices.channels.smtp import Connection
from notices.channels.smtp_opening import Line, NotConnected, Timeouts
from notices.channels.smtp_url import relay_of
from notices.town.address_errors import MailAddressRefused
from notices.town.mail_address import checked
from notices.wording.letter import host_of
from server.doctor import Finding, Patient, fail, ok, warn
from server.doctor.machine import others_may_read
from server.keys import KeysMissing
from server.processes import ready
from server.work.post import signer_of

_WAIT: Final = 10.0
WHY: Final = {
    "tls-missing": "offers no encryption, and none is sent without",
    "tls-failed": "shows a certificate that cannot be trusted",
    "login-refused": "refuses the user name or password",
    "server-silent": "does not answer in time",
    "server-unreachable": "cannot be reached",
    "server-busy": "is busy",
}


async def mail(patient: Patient) -> Sequence[Finding]:
    url, sender = patient.settings.smtp_url, patient.settings.mail_from
    if not url:
        return [
            warn(
                "mail", "No mail server is set: no mail leaves.", "Set KAIRAN_SMTP_URL and KAIRAN_MAIL_FROM."
            )
        ]
    try:
        checked(sender)
        relay = relay_of(url)
    except MailAddressRefused:
        return [fail("mail", "KAIRAN_MAIL_FROM is not a mail address.", "Write e.g. kairan@city.example.jp.")]
    except ValueError as error:
        return [fail("mail", str(error), "Correct KAIRAN_SMTP_URL.")]
    timeouts = Timeouts(_WAIT, _WAIT, _WAIT, _WAIT)
    try:
        connection = await Connection.opened(Line(relay, host_of(patient.settings.origin), timeouts))
    except NotConnected as refused:
        why = WHY.get(refused.outcome.reason, refused.outcome.reason)
        return [
            fail("mail", f"The mail server {relay.host} {why}.", "Correct KAIRAN_SMTP_URL, or ask its owner.")
        ]
    connection.quit()
    if relay.security == "plain" and relay.host not in ("localhost", "127.0.0.1", "::1"):
        said = f"Mail goes to {relay.host} without encryption."
        return [warn("mail", said, "Use smtps:// or smtp+starttls:// in KAIRAN_SMTP_URL.")]
    return [ok("mail", f"The mail server {relay.host} answers, with TLS and login as set.")]


async def mail_signature(patient: Patient) -> Sequence[Finding]:
    file = Path(patient.settings.dkim_key_file)
    try:
        signer = signer_of(patient.settings)
    except MailAddressRefused:
        return []  # said already
    except ValueError as error:
        remedy = "Make one: openssl genrsa -out dkim.pem 2048"
        return [fail("mail signature", str(error), remedy)]
    if signer is None:
        return []
    if others_may_read(file):
        return [fail("mail signature", f"Others on this machine can read {file}.", f"chmod 600 {file}")]
    said = f"Mail is signed. The DNS must hold: {signer.name}. IN TXT {_in_strings(signer.record)}"
    return [ok("mail signature", said)]


def _in_strings(record: str) -> str:
    """As a zone file has it: a string of the DNS holds 255 bytes (RFC 1035 §3.3)."""
    return " ".join(f'"{record[start : start + 250]}"' for start in range(0, len(record), 250))


async def push(patient: Patient) -> Sequence[Finding]:
    settings = patient.settings
    try:
        keys = ready.kept_keys(settings)
        PushHosts.extended(settings.push_hosts.split(","))
    except (KeysMissing, ready.NotReady):
        return []  # said already
    except ValueError as error:
        return [fail("push", str(error), "Correct KAIRAN_PUSH_HOSTS.")]
    if not (settings.push_contact or settings.mail_from):
        said = "Push services are told no address to complain to; some refuse pushes without one."
        return [warn("push", said, "Set KAIRAN_PUSH_CONTACT (mailto:…) or KAIRAN_MAIL_FROM.")]
    return [ok("push", f"The push key is there ({keys.push_key[:8]}…).")]
