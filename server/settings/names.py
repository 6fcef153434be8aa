"""Every setting: its name, default and help."""

from dataclasses import dataclass, field
from typing import Any


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
    circular_domain: str = _setting(
        "",
        "Domain to which the city mails circulars as PDF, taken at KAIRAN_BOUNCE_LISTEN, e.g. `kairan.city.example.jp`: a "
        "mail to `<city id>@` it becomes a draft of the city. Empty: none are taken.",
    )
    circular_senders: str = _setting(
        "",
        "Who may mail circulars, comma-separated: addresses, or `@domain` for all of one.",
    )
    circular_secret: str = _setting(
        "",
        "Secret for senders whose mail has no DKIM signature, 16 letters or digits or more: they write to "
        "`<city id>+<secret>@…`. Empty: only signed mail is taken.",
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
    canary_mail: str = _setting(
        "",
        "A mailbox that passes on what it gets to the address `kairan doctor` shows: the canary, a mail of our own every "
        "five minutes, then takes that way round. Empty: it goes straight to KAIRAN_BOUNCE_DOMAIN where "
        "KAIRAN_BOUNCE_LISTEN takes mail. `off`: no such mail.",
    )
    canary_push: str = _setting(
        "",
        "A push service that Kairan subscribes at as a browser would, e.g. `wss://push.services.mozilla.com/`, and "
        "pushes to every five minutes. Empty: no such push.",
    )
    alarm_mail: str = _setting(
        "",
        "Who is told by mail, comma-separated, when a channel's canary does not arrive. Clerks of the city are told by "
        "push and LINE besides.",
    )
    audit_mail: str = _setting(
        "",
        "Who gets the head of the audit by mail every day, comma-separated: keep those mails where nobody who may write "
        "to the database can delete them. Empty: those who work for the city, at their own addresses.",
    )
    undo_seconds: int = _setting(60, "How long a notice is held, and can be taken back, after the press.")
    keep_texts_days: int = _setting(
        1826, "How long texts and attachments of notices are kept after they were published. 0: for ever."
    )
    keep_messages_days: int = _setting(
        400,
        "How long it is kept to whom a notice was sent, by which address, and what became of it. 0: for ever.",
    )
    keep_proofs_days: int = _setting(
        400, "How long it is kept who stamped and who called at a door; ledgers keep their sums. 0: for ever."
    )
    keep_looks_days: int = _setting(400, "How long it is kept who looked at names. 0: for ever.")
    keep_left_days: int = _setting(
        366, "After how many days somebody who has moved away becomes a number. 0: never."
    )
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

    @property
    def audit_boxes(self) -> tuple[str, ...]:
        return tuple(each.strip() for each in self.audit_mail.split(",") if each.strip())
