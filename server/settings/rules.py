"""What settings must be, each by itself and with each other; a wrong one fails at the start with a sentence."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from notices.town import mail_address
from notices.town.address_errors import MailAddressRefused
from server.settings.names import Settings, WrongSetting

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?")
_LINE_ACCOUNT = re.compile("@[a-z0-9._-]{2,30}")

# 64 octets before the @ and 190 behind it: the whole path stays below the 256 of RFC 5321 §4.5.3.1.3.
_DOMAIN = re.compile(
    r"(?=.{1,190}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


def checked(settings: Settings) -> Settings:
    _check_origin(settings.origin)
    _check_mail(settings)
    if settings.metrics_token and len(settings.metrics_token) < 16:
        raise WrongSetting("KAIRAN_METRICS_TOKEN is short enough to be guessed: take 16 characters or more")
    _check_bounces(settings)
    _check_circulars(settings)
    _check_numbers(settings)
    _check_databases(settings)
    _check_files(settings)
    _check_line(settings)
    _check_canary(settings)
    _check_audit(settings)
    return settings


def _check_origin(named: str) -> None:
    origin = urlsplit(named)
    if origin.scheme not in ("http", "https") or not origin.netloc or origin.path or origin.query:
        raise WrongSetting(f"KAIRAN_ORIGIN must be like https://kairan.example.jp, not {named!r}")
    if origin.scheme == "http" and origin.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise WrongSetting(
            "KAIRAN_ORIGIN must begin with https:// (phones refuse push and offline use without it)"
        )


def _check_mail(settings: Settings) -> None:
    if settings.smtp_url and not settings.mail_from:
        raise WrongSetting("KAIRAN_SMTP_URL is set, but KAIRAN_MAIL_FROM, the sender of the mail, is not")
    if bool(settings.dkim_key_file) != bool(settings.dkim_selector):
        raise WrongSetting("KAIRAN_DKIM_KEY_FILE and KAIRAN_DKIM_SELECTOR go together: set both, or none")
    if settings.dkim_key_file and not settings.mail_from:
        raise WrongSetting(
            "KAIRAN_DKIM_KEY_FILE is set, but KAIRAN_MAIL_FROM, whose domain it signs for, is not"
        )


def _check_numbers(settings: Settings) -> None:
    if not 0 <= settings.undo_seconds <= 3600:
        raise WrongSetting("KAIRAN_UNDO_SECONDS must be between 0 and 3600")
    for what in ("texts", "messages", "proofs", "looks", "left"):
        if 0 != getattr(settings, f"keep_{what}_days") < 30:
            raise WrongSetting(f"KAIRAN_KEEP_{what.upper()}_DAYS must be 0 (for ever), or 30 or more")
    for name in ("live_connections", "requests_at_once", "device_requests"):
        if getattr(settings, name) < (1 if name == "requests_at_once" else 0):
            raise WrongSetting(f"KAIRAN_{name.upper()} cannot be {getattr(settings, name)}")


def _check_databases(settings: Settings) -> None:
    if _driver(settings.database_url) not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise WrongSetting(
            "KAIRAN_DATABASE_URL must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"
        )
    drivers = {_driver(settings.database_url), _driver(settings.replica_url)}
    if settings.replica_url and drivers != {"postgresql+asyncpg"}:
        raise WrongSetting(
            "KAIRAN_REPLICA_URL must begin with postgresql+asyncpg://, as KAIRAN_DATABASE_URL then must"
        )


def listen_at(text: str) -> Path | tuple[str, int]:
    """Of KAIRAN_BOUNCE_LISTEN: the path of a socket, or host and port. Raises WrongSetting."""
    if "/" in text:
        return Path(text)
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise WrongSetting(
            f"KAIRAN_BOUNCE_LISTEN must be like 127.0.0.1:2525 or /run/kairan/bounce.sock, not {text!r}"
        )
    return host.strip("[]"), int(port)


def _check_bounces(settings: Settings) -> None:
    domain = settings.bounce_domain
    if domain and not _DOMAIN.fullmatch(domain):
        raise WrongSetting(
            f"KAIRAN_BOUNCE_DOMAIN must be a domain such as bounce.city.example.jp, not {domain!r}"
        )
    if settings.bounce_listen:
        listen_at(settings.bounce_listen)
        if not domain:
            raise WrongSetting(
                "KAIRAN_BOUNCE_LISTEN is set, but KAIRAN_BOUNCE_DOMAIN, whose mail it takes, is not"
            )
    if settings.bounce_secret and len(settings.bounce_secret) < 16:
        raise WrongSetting("KAIRAN_BOUNCE_SECRET must have 16 characters or more")


def _check_circulars(settings: Settings) -> None:
    domain, secret = settings.circular_domain, settings.circular_secret
    if not domain:
        return
    if not _DOMAIN.fullmatch(domain) or domain == settings.bounce_domain:
        raise WrongSetting(
            "KAIRAN_CIRCULAR_DOMAIN must be a domain of its own, such as kairan.city.example.jp, "
            f"not {domain!r}"
        )
    if not settings.bounce_listen or not settings.circular_senders:
        raise WrongSetting(
            "KAIRAN_CIRCULAR_DOMAIN is set: KAIRAN_BOUNCE_LISTEN must say where its mail is taken, and "
            "KAIRAN_CIRCULAR_SENDERS from whom"
        )
    if secret and not (len(secret) >= 16 and secret.isascii() and secret.isalnum()):
        raise WrongSetting("KAIRAN_CIRCULAR_SECRET must have 16 letters or digits, or more")


def names_a_bucket(files_url: str) -> bool:
    return files_url.startswith("s3://")


def _check_files(settings: Settings) -> None:
    endpoint = urlsplit(settings.files_endpoint)
    bucket = names_a_bucket(settings.files_url)
    if "://" in settings.files_url and not bucket:
        raise WrongSetting(
            f"KAIRAN_FILES_URL must be a folder or s3://bucket/prefix, not {settings.files_url!r}"
        )
    if bucket and not _BUCKET.fullmatch(settings.files_url):
        raise WrongSetting("KAIRAN_FILES_URL must name a bucket, and a prefix in it: s3://bucket/prefix")
    if not settings.files_endpoint:
        return
    if endpoint.scheme not in ("http", "https") or not endpoint.netloc or "@" in endpoint.netloc:
        raise WrongSetting(
            "KAIRAN_FILES_ENDPOINT must be like https://s3.example.jp, without a password in it"
        )
    if not bucket:
        raise WrongSetting("KAIRAN_FILES_ENDPOINT is set, but KAIRAN_FILES_URL names no bucket (s3://bucket)")


def _check_line(settings: Settings) -> None:
    given = (settings.line_channel_token, settings.line_channel_secret, settings.line_account)
    if any(given) and not all(given):
        raise WrongSetting(
            "LINE needs all three: KAIRAN_LINE_CHANNEL_TOKEN, KAIRAN_LINE_CHANNEL_SECRET and KAIRAN_LINE_ACCOUNT"
        )
    if settings.line_account and not _LINE_ACCOUNT.fullmatch(settings.line_account):
        raise WrongSetting(f"KAIRAN_LINE_ACCOUNT must be like @123abcde, not {settings.line_account!r}")
    api = urlsplit(settings.line_api)
    if api.scheme != "https" and api.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise WrongSetting("KAIRAN_LINE_API must begin with https://")


def _check_canary(settings: Settings) -> None:
    if settings.canary_mail not in ("", "off"):
        _check_mailbox("KAIRAN_CANARY_MAIL", settings.canary_mail)
        ways_in = settings.bounce_listen or settings.bounce_secret
        if not (settings.smtp_url and settings.bounce_domain and ways_in):
            raise WrongSetting(
                "KAIRAN_CANARY_MAIL is set, but not how its mail leaves and comes back: KAIRAN_SMTP_URL, "
                "KAIRAN_BOUNCE_DOMAIN, and KAIRAN_BOUNCE_LISTEN or KAIRAN_BOUNCE_SECRET"
            )
    push = urlsplit(settings.canary_push)
    local = push.scheme == "ws" and push.hostname in ("localhost", "127.0.0.1", "::1")
    if settings.canary_push and not (local or (push.scheme == "wss" and push.hostname)):
        raise WrongSetting(
            f"KAIRAN_CANARY_PUSH must be like wss://push.services.mozilla.com/, not {settings.canary_push!r}"
        )
    for address in filter(None, settings.alarm_mail.split(",")):
        _check_mailbox("KAIRAN_ALARM_MAIL", address.strip())


def _check_audit(settings: Settings) -> None:
    for address in settings.audit_boxes:
        _check_mailbox("KAIRAN_AUDIT_MAIL", address)
    if settings.audit_boxes and not settings.mail_from:
        raise WrongSetting("KAIRAN_AUDIT_MAIL is set, but KAIRAN_MAIL_FROM, the sender of the mail, is not")


def _check_mailbox(name: str, address: str) -> None:
    try:
        mail_address.checked(address)
    except MailAddressRefused:
        raise WrongSetting(f"{name} must be a mail address, not {address!r}") from None


def _driver(url: str) -> str:
    try:
        return make_url(url).drivername
    except (ArgumentError, ValueError):
        return ""
