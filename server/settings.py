"""Every setting: its name, default and help. Read once at the edge; a wrong one fails at the start with a sentence.

Sources, strongest first: environment `KAIRAN_…`, then `kairan.toml` in the working directory.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?")
_LINE_ACCOUNT = re.compile("@[a-z0-9._-]{2,30}")

# 64 octets before the @ and 190 behind it: the whole path stays below the 256 of RFC 5321 §4.5.3.1.3.
_DOMAIN = re.compile(
    r"(?=.{1,190}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


class WrongSetting(Exception):
    """A sentence for the operator."""


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = _setting(
        "sqlite+aiosqlite:///kairan.db",
        "Where everything is kept: `sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://…`.",
    )
    replica_url: str = _setting(
        "",
        "A streaming replica of the PostgreSQL database (`postgresql+asyncpg://…`), which takes the long reads of "
        "phones: first copies above all. Empty: none.",
    )
    secret_file: str = _setting(
        "kairan.secret", "The keys, made at first start. Keep a copy apart from the backups of the database."
    )
    files_url: str = _setting(
        "files",
        "Where the attachments are kept: a folder, or `s3://bucket/prefix` of any S3-compatible store.",
    )
    files_endpoint: str = _setting(
        "",
        "Address of the S3-compatible store, e.g. `https://s3.example.jp`; empty: Amazon's. Credentials and region "
        "are read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.",
    )
    origin: str = _setting(
        "http://localhost:8000",
        "The address people use, without a slash at the end. Links are made of it alone.",
    )
    host: str = _setting("127.0.0.1", "Interface to listen on.")
    port: int = _setting(8000, "Port to listen on.")
    smtp_url: str = _setting(
        "",
        "Mail server: `smtps://user:password@host`, `smtp+starttls://…`, or `smtp+plain://…` without TLS. "
        "Empty: no mail.",
    )
    mail_from: str = _setting("", "Sender of all mail, e.g. `kairan@city.example.jp`.")
    dkim_key_file: str = _setting(
        "",
        "Private key (RSA, PEM) that signs our mail for the domain of mail_from; `kairan doctor` shows the DNS record "
        "to publish. Empty: the mail server signs, or nobody.",
    )
    dkim_selector: str = _setting("", "Name of that key in the DNS, e.g. `kairan`.")
    bounce_domain: str = _setting(
        "",
        "Domain that mail which cannot be delivered comes back to, e.g. `bounce.city.example.jp`: each mail then has an "
        "envelope sender of its own there. Empty: all mail has KAIRAN_MAIL_FROM, and what comes back is not noticed.",
    )
    bounce_listen: str = _setting(
        "",
        "Where to take such mail by SMTP or LMTP: `host:port`, or the path of a socket. Empty: nowhere.",
    )
    bounce_secret: str = _setting(
        "",
        "Secret of the webhook by which a mail provider reports what came back, 16 characters or more. Empty: none.",
    )
    push_contact: str = _setting(
        "", "`mailto:` or `https:` address that push services may complain to. Empty: made of mail_from."
    )
    push_hosts: str = _setting(
        "",
        "Further push services, comma-separated: a host (https only), or a full origin such as "
        "`http://127.0.0.1:8899`, which is trusted as it stands.",
    )
    line_channel_token: str = _setting(
        "", "Access token of the official account's Messaging API channel on LINE. Empty: no LINE."
    )
    line_channel_secret: str = _setting(
        "", "The same channel's secret, by which its webhook (`/line/webhook`) is told from a forged one."
    )
    line_account: str = _setting("", "The official account's id, such as `@123abcde`, which residents add.")
    line_api: str = _setting(
        "https://api.line.me", "Where the Messaging API is; another address is for tests alone."
    )
    gateway_hosts: str = _setting(
        "",
        "Origins of gateways inside your own network, comma-separated, such as `http://10.1.2.3:8080`, which are "
        "trusted as they stand. All others must be https on the open internet.",
    )
    undo_seconds: int = _setting(60, "How long a notice is held, and can be taken back, after the press.")
    worker: bool = _setting(True, "Whether `kairan serve` also delivers. Always so on SQLite.")
    live_connections: int = _setting(
        10_000,
        "How many phones one process tells at once, by an open connection, that something is new. Further ones ask "
        "by themselves. Never more than three quarters of the files the system lets the process open.",
    )
    requests_at_once: int = _setting(
        400,
        "Requests one process works on at once. From half of it on, phones that fetch files and first copies are "
        "told to come later, from three quarters on those that ask for news, then those that bring what people wrote.",
    )
    metrics_token: str = _setting(
        "",
        "Whoever shows it as a bearer token may read `/metrics`. Empty: nobody may.",
    )
    device_requests: int = _setting(
        3000,
        "Requests one device may make in a row faster than ten a second; a loop without a pause is then told to "
        "wait. 0: no limit.",
    )


def load(environment: Mapping[str, str] = os.environ, file: Path = Path("kairan.toml")) -> Settings:
    """Raises WrongSetting."""
    given: dict[str, Any] = _from_file(file)
    known = {each.name for each in fields(Settings)}
    for name in given.keys() - known:
        raise WrongSetting(f"{file} has a setting that does not exist: {name}")
    for name in known:
        if (text := environment.get(f"KAIRAN_{name.upper()}")) is not None:
            given[name] = text
    values = {name: _typed(name, value) for name, value in given.items()}
    return checked(Settings(**values))


def checked(settings: Settings) -> Settings:
    origin = urlsplit(settings.origin)
    if origin.scheme not in ("http", "https") or not origin.netloc or origin.path or origin.query:
        raise WrongSetting(f"KAIRAN_ORIGIN must be like https://kairan.example.jp, not {settings.origin!r}")
    if origin.scheme == "http" and origin.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise WrongSetting(
            "KAIRAN_ORIGIN must begin with https:// (phones refuse push and offline use without it)"
        )
    if settings.smtp_url and not settings.mail_from:
        raise WrongSetting("KAIRAN_SMTP_URL is set, but KAIRAN_MAIL_FROM, the sender of the mail, is not")
    if bool(settings.dkim_key_file) != bool(settings.dkim_selector):
        raise WrongSetting("KAIRAN_DKIM_KEY_FILE and KAIRAN_DKIM_SELECTOR go together: set both, or none")
    if settings.dkim_key_file and not settings.mail_from:
        raise WrongSetting(
            "KAIRAN_DKIM_KEY_FILE is set, but KAIRAN_MAIL_FROM, whose domain it signs for, is not"
        )
    if settings.metrics_token and len(settings.metrics_token) < 16:
        raise WrongSetting("KAIRAN_METRICS_TOKEN is short enough to be guessed: take 16 characters or more")
    _check_bounces(settings)
    if not 0 <= settings.undo_seconds <= 3600:
        raise WrongSetting("KAIRAN_UNDO_SECONDS must be between 0 and 3600")
    for name in ("live_connections", "requests_at_once", "device_requests"):
        if getattr(settings, name) < (1 if name == "requests_at_once" else 0):
            raise WrongSetting(f"KAIRAN_{name.upper()} cannot be {getattr(settings, name)}")
    if _driver(settings.database_url) not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        raise WrongSetting(
            "KAIRAN_DATABASE_URL must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"
        )
    drivers = {_driver(settings.database_url), _driver(settings.replica_url)}
    if settings.replica_url and drivers != {"postgresql+asyncpg"}:
        raise WrongSetting(
            "KAIRAN_REPLICA_URL must begin with postgresql+asyncpg://, as KAIRAN_DATABASE_URL then must"
        )
    _check_files(settings)
    _check_line(settings)
    return settings


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


def _driver(url: str) -> str:
    try:
        return make_url(url).drivername
    except (ArgumentError, ValueError):
        return ""


def _from_file(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{file} cannot be read: {error}") from error


def _typed(name: str, value: Any) -> Any:
    kind = type(getattr(Settings, name))
    if kind is bool and isinstance(value, str):
        if value.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
            raise WrongSetting(f"KAIRAN_{name.upper()} must be yes or no, not {value!r}")
        return value.lower() in ("1", "true", "yes", "on")
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise WrongSetting(f"KAIRAN_{name.upper()} must be a number, not {value!r}") from error
