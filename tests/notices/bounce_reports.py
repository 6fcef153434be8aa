"""Mail that comes back, as servers write it. All names and addresses are invented."""

from base64 import b64encode
from collections.abc import Callable
from email.header import Header

ORIGINAL = """Received: from kairan.example.jp
From: =?UTF-8?B?44GV44GP44KJ?= <kairan@example.jp>
Subject: Notice about an address that does not exist, 550 5.1.1 user unknown

text
"""


def postfix(to: str, status: str = "5.1.1", action: str = "failed", said: str = "") -> bytes:
    """Its text, its fields and its Auto-Submitted, which a human's machine would write too."""
    said = said or f"{status.replace('.', '')}; <sachi@example.jp>: Recipient address rejected: User unknown"
    return f"""Return-Path: <>
Date: Sun, 22 Nov 2026 10:00:00 +0900 (JST)
From: MAILER-DAEMON@mx.example.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1A02C0DE.1795312800/mx.example.jp"

This is a MIME-encapsulated message.

--4F1A02C0DE.1795312800/mx.example.jp
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.jp.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

--4F1A02C0DE.1795312800/mx.example.jp
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp
X-Postfix-Queue-ID: 4F1A02C0DE
Arrival-Date: Sun, 22 Nov 2026 09:59:58 +0900 (JST)

Final-Recipient: rfc822; sachi@example.jp
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.jp
Diagnostic-Code: smtp; {said}

--4F1A02C0DE.1795312800/mx.example.jp
Content-Description: Undelivered Message
Content-Type: message/rfc822

{ORIGINAL}
--4F1A02C0DE.1795312800/mx.example.jp--
""".encode()


def exchange(to: str) -> bytes:
    """Its words are HTML in base64, its report has a folded diagnosis and a status of its own."""
    html = b64encode("<html><body><p>次の宛先に配信できませんでした。</p></body></html>".encode()).decode()
    return f"""From: <postmaster@tenant.example.jp>
To: <{to}>
Subject: =?utf-8?B?{b64encode("配信不能: 秋の清掃".encode()).decode()}?=
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="a1b2_tenant"

--a1b2_tenant
Content-Type: multipart/alternative; differences=Content-Type; boundary="c3d4"

--c3d4
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

{html}
--c3d4--

--a1b2_tenant
Content-Type: message/delivery-status

Reporting-MTA: dns;mbx.tenant.example.jp

Final-recipient: RFC822;ken@tenant.example.jp
Action: failed
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient
 not found by SMTP address lookup
X-Display-Name: ken

--a1b2_tenant
Content-Type: message/rfc822

{ORIGINAL}
--a1b2_tenant--
""".encode()


def _worded(to: str, sender: str, subject: str, words: str, charset: str, declared: str = "") -> bytes:
    """A bounce of words alone, in a Japanese charset, without a MIME report."""
    head = (
        f"From: {sender}\nTo: {to}\nSubject: {Header(subject, charset).encode()}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset={declared or charset}\n\n"
    )
    return head.encode() + words.encode(charset)


def docomo(to: str) -> bytes:
    words = (
        "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n"
        "送信先メールアドレスが見つかりませんでした。\n"
        "<hanako..y@docomo.example.jp>:\n550 Unknown user hanako..y@docomo.example.jp\n\n"
        "----- 元のメッセージ -----\n本文\n"
    )
    return _worded(
        to, "mail-daemon@docomo.example.jp", "Mail System Error - Returned Mail", words, "iso-2022-jp"
    )


def au(to: str) -> bytes:
    """Says that it is ASCII, and is not."""
    words = (
        "The following addresses had permanent fatal errors:\n<ichiro@ezweb.example.jp>\n\n"
        "あて先のメールアドレスは使われていません。\n550 5.1.1 <ichiro@ezweb.example.jp>... User unknown\n"
    )
    sender = "Mail Delivery Subsystem <MAILER-DAEMON@ezweb.example.jp>"
    return _worded(to, sender, "Returned mail: User unknown", words, "iso-2022-jp", "us-ascii")


def softbank(to: str) -> bytes:
    words = (
        "メールを配信できませんでした。\n宛先: ume@softbank.example.jp\n"
        "理由: メールボックスの容量がいっぱいのため、受信できません。\n"
    )
    return _worded(to, "postmaster@softbank.example.jp", "メール配信エラー", words, "shift_jis")


def qmail(to: str) -> bytes:
    return f"""From: MAILER-DAEMON@old.example.jp
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at old.example.jp.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<makoto@old.example.jp>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{ORIGINAL}""".encode()


def vacation(to: str) -> bytes:
    words = (
        "ただいま休暇をいただいております。\nこのアドレスは11月末で使われていませんので、ご注意ください。\n"
        "配信できませんでした、とお返事するかもしれません。"
    )
    return _worded(to, "ken.takahashi@example.jp", "自動返信: 不在のお知らせ", words, "iso-2022-jp")


def vacation_of_a_server(to: str) -> bytes:
    """Some providers answer for their people from an address of their own, with RFC 3834's mark."""
    raw = _worded(
        to, "postmaster@example.jp", "不在通知", "休暇中です。担当者が見つからないときは窓口へ。", "utf-8"
    )
    return b"Auto-Submitted: auto-replied (vacation)\n" + raw


def answer_of_a_person(to: str) -> bytes:
    words = "読みました。隣の伊藤さんのアドレスは使われていませんよ。 550 user unknown と出ました。"
    return _worded(to, "sachi.ito@example.jp", "Re: 回覧", words, "utf-8")


def read_receipt(to: str) -> bytes:
    return f"""From: sachi.ito@example.jp
To: {to}
Subject: Read: notice
Content-Type: multipart/report; report-type=disposition-notification; boundary=r

--r
Content-Type: text/plain

Your message was read.
--r
Content-Type: message/disposition-notification

Final-Recipient: rfc822;sachi.ito@example.jp
Disposition: manual-action/MDN-sent-manually; displayed
--r--
""".encode()


def complaint(to: str) -> bytes:
    """RFC 5965."""
    return f"""From: <abuse@isp.example.jp>
To: <{to}>
Subject: FW: notice
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1

--part
Content-Type: message/rfc822

{ORIGINAL}
--part--
""".encode()


def nested(to: str, depth: int = 20_000) -> bytes:
    levels = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return b"From: MAILER-DAEMON@example.jp\nTo: " + to.encode() + b"\n" + levels + postfix(to)


def huge(to: str, size: int = 5_000_000) -> bytes:
    """Lines as short as they come: what costs memory is their number."""
    return postfix(to) + b"\n" * size


def of_no_known_charset(to: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@example.jp\nTo: {to}\nSubject: =?x-nowhere?B?gg==?=\n"
        "Content-Type: text/plain; charset=punycode\n\n"
    ).encode() + bytes(range(128, 256)) * 200


NO_FAILURE: dict[str, Callable[[str], bytes]] = {
    "vacation": vacation,
    "vacation of a server": vacation_of_a_server,
    "answer of a person": answer_of_a_person,
    "read receipt": read_receipt,
    "nested": nested,
    "of no known charset": of_no_known_charset,
}
