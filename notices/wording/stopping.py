"""PURE: the page behind the link in a mail, in the language of that mail: what is stopped, and what may be stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Stopping:
    title: str
    ask: str
    stopped: str
    wholly: str
    without: str
    """`{}`: topics."""
    again: str
    press_topic: str
    """`{}`: a topic."""
    press_all: str
    press_wholly: str
    press_again: str
    comma: str
    topics: Mapping[str, str]


def stopping_in(lang: str) -> Stopping:
    """Japanese where we do not speak the language yet."""
    return STOPPING.get(lang, STOPPING["ja"])


_TOPICS: Final = ("garbage", "disaster", "events", "children", "obituary", "rules", "money", "other")


def _named(*names: str) -> Mapping[str, str]:
    return dict(zip(_TOPICS, names, strict=True))


STOPPING: Final[Mapping[str, Stopping]] = {
    "ja": Stopping(
        title="メールの受け取り",
        ask="このアドレスへのメールを止めますか。町内会のお知らせは、アプリか紙で受け取れます。",
        stopped="メールを止めました。緊急のお知らせだけは届きます。",
        wholly="緊急のお知らせもふくめて、メールを止めました。",
        without="「{}」のメールを止めています。緊急のお知らせは届きます。",
        again="メールをふたたびお送りします。",
        press_topic="「{}」のメールを止める",
        press_all="緊急のほかは、すべて止める",
        press_wholly="緊急もふくめて、すべて止める",
        press_again="ふたたび受け取る",
        comma="、",
        topics=_named(
            "ごみ・資源",
            "防災・防犯",
            "行事",
            "子ども",
            "訃報",
            "きまり・規約",
            "会費・会計",
            "そのほか",
        ),
    ),
    "ja-easy": Stopping(
        title="メールを もらうか、やめるか",
        ask="この メールアドレスへの メールを やめますか。町内会の お知らせは、アプリか 紙で もらえます。",
        stopped="メールを やめました。緊急（とても 大切で 急ぐこと）の お知らせだけ とどきます。",
        wholly="緊急の お知らせも、ほかの お知らせも、メールを ぜんぶ やめました。",
        without="「{}」の メールを やめています。緊急の お知らせは とどきます。",
        again="メールを また おくります。",
        press_topic="「{}」の メールを やめる",
        press_all="緊急の お知らせだけ もらう",
        press_wholly="緊急の お知らせも やめる",
        press_again="また もらう",
        comma="、",
        topics=_named(
            "ごみ",
            "災害・安全",
            "行事・イベント",
            "子ども",
            "なくなった人の お知らせ",
            "きまり",
            "お金",
            "ほかの こと",
        ),
    ),
    "en": Stopping(
        title="Your mail",
        ask="Stop mail to this address? You still get your association's notices in the app or on paper.",
        stopped="Mail is stopped. Only emergencies still come.",
        wholly="All mail is stopped, emergencies too.",
        without="Mail about {} is stopped. Emergencies still come.",
        again="Mail will be sent again.",
        press_topic="Stop mail about {}",
        press_all="Stop all but emergencies",
        press_wholly="Stop all, emergencies too",
        press_again="Have mail again",
        comma=", ",
        topics=_named(
            "garbage and recycling",
            "disasters and safety",
            "events",
            "children",
            "obituaries",
            "rules",
            "fees and accounts",
            "other things",
        ),
    ),
    "zh": Stopping(
        title="邮件接收设置",
        ask="要停止向此邮箱发送邮件吗？町内会的通知仍可通过应用或纸质方式收到。",
        stopped="已停止发送邮件。紧急通知仍会发送。",
        wholly="已停止发送全部邮件，包括紧急通知。",
        without="已停止发送“{}”的邮件。紧急通知仍会发送。",
        again="将重新发送邮件。",
        press_topic="停止“{}”的邮件",
        press_all="除紧急通知外全部停止",
        press_wholly="全部停止，包括紧急通知",
        press_again="重新接收",
        comma="、",
        topics=_named("垃圾・资源回收", "防灾・防犯", "活动", "儿童", "讣告", "规则", "会费・账目", "其他"),
    ),
    "ko": Stopping(
        title="메일 수신 설정",
        ask="이 주소로 보내는 메일을 중지하시겠습니까? 조나이카이(주민회) 알림은 앱이나 종이로 받으실 수 있습니다.",
        stopped="메일을 중지했습니다. 긴급 알림만 보내 드립니다.",
        wholly="긴급 알림을 포함하여 모든 메일을 중지했습니다.",
        without="‘{}’ 메일을 중지했습니다. 긴급 알림은 보내 드립니다.",
        again="메일을 다시 보내 드립니다.",
        press_topic="‘{}’ 메일 중지",
        press_all="긴급 알림 외에는 모두 중지",
        press_wholly="긴급 알림도 포함하여 모두 중지",
        press_again="다시 받기",
        comma=", ",
        topics=_named(
            "쓰레기·재활용",
            "방재·방범",
            "행사",
            "어린이",
            "부고",
            "규칙·규약",
            "회비·회계",
            "기타",
        ),
    ),
}
