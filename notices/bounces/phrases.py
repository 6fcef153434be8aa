"""PURE: what servers write for people to read, in English and Japanese, where no code says enough.

Collected from the carriers' and common servers' own words; nothing is taken from it but what kind of failure it was.
"""

import re
from typing import Final

_NOBODY: Final = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient|address)|does ?n[o']t exist|not exist\b"
    r"|unknown (?:recipient|mailbox|address|local part)|(?:invalid|bad) (?:recipient|mailbox|address)"
    r"|recipient ?not ?found|(?:recipient|address|user) (?:was |could )?not (?:be )?found|no mailbox here"
    r"|mailbox (?:is )?(?:unavailable|disabled|unknown|not found)|account (?:is |has been )?disabled"
    r"|recipient address rejected|host (?:or domain name )?not found|domain not found"
    r"|(?:宛先|あて先|アドレス|ユーザー?|利用者)[^。\n]{0,24}(?:存在し|見つか|みつか|不明|誤って|使われていま|使用されていま)"
    r"|(?:存在しない|不明な)[^。\n]{0,12}(?:アドレス|宛先|あて先|ユーザー?)",
    re.IGNORECASE,
)
_FULL: Final = re.compile(
    r"mailbox (?:is )?full|over ?quota|quota (?:is )?exceeded|exceed(?:s|ed)? (?:the |its )?(?:storage|quota)"
    r"|insufficient (?:disk|system|storage)|out of storage|too many messages"
    r"|メールボックス[^。\n]{0,16}(?:いっぱい|一杯|満杯|容量|超)|容量[^。\n]{0,8}(?:超|不足|オーバー|いっぱい)",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\bspam\b|policy|blocked|blacklist|reputation|access denied|not accepted|dmarc|\bspf\b"
    r"|迷惑メール|受信拒否|指定受信|拒否設定|拒否されました",
    re.IGNORECASE,
)
_UNDELIVERED: Final = re.compile(
    r"undeliver|could not be delivered|delivery (?:has )?failed|delivery failure|returned mail|permanent fatal error"
    r"|could not be reached|unable to deliver|was not delivered"
    r"|(?:送信|配信|配送|転送)(?:することが)?でき(?:ません|なかった)|お?届け(?:することが)?できません|届きませんでした",
    re.IGNORECASE,
)
_COPY: Final = re.compile(
    r"^-{3,20}[^\n]{0,80}?(?:copy|original|below|follows|元のメッセージ|原文|以下)|^(?:Received|Return-Path):",
    re.MULTILINE,
)
_AWAY: Final = re.compile(
    r"out of (?:the )?office|auto(?:matic)?[ -]?(?:reply|response)|vacation|on holiday"
    r"|自動(?:返信|応答|送信)|不在(?:の|に|通知|連絡|で)|休暇|お休みをいただ",
    re.IGNORECASE,
)


def says_nobody(text: str) -> bool:
    return _NOBODY.search(text) is not None


def says_full(text: str) -> bool:
    return _FULL.search(text) is not None


def says_refused(text: str) -> bool:
    return _REFUSED.search(text) is not None


def says_undelivered(text: str) -> bool:
    return _UNDELIVERED.search(text) is not None


def says_away(text: str) -> bool:
    return _AWAY.search(text) is not None


def said_by_the_server(text: str) -> str:
    """Without the copy of what was sent: a notice may itself speak of addresses that do not exist."""
    cut = _COPY.search(text)
    return text[: cut.start()] if cut and cut.start() else text
