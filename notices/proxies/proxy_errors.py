"""What can go wrong where somebody speaks for another: see notices/errors.py."""

from notices.errors import KairanError


class ProxyForNothing(KairanError):
    slug = "proxy-for-nothing"
    ja = "たのむことを、一つ以上選んでください。"
    en = "Choose at least one thing that the other person may do."


class ProxyDatesWrong(KairanError):
    slug = "proxy-dates-wrong"
    ja = "いつからいつまでかを確かめてください。終わりの日は、始まりの日から3年までです。"
    en = "Look at the dates. The last day is not before the first one, nor today, and at most three years after it."


class HearAfterWrong(KairanError):
    slug = "hear-after-wrong"
    ja = "知らせるまでの時間を、30分から24時間の中から選びなおしてください。"
    en = "Choose after how long they hear: 30, 60, 180, 360, 720 or 1440 minutes."


class TooManyProxies(KairanError):
    slug = "too-many-proxies"
    ja = "たのめるのは10人までです。もうたのまない方を終わりにしてから、もう一度お試しください。"
    en = "One person can have ten proxies. End one that is not needed any more, and try again."


class ProxyHasNoHome(KairanError):
    slug = "proxy-has-no-home"
    ja = "この方は、いま会の世帯に入っていないので、代理を決められません。"
    en = "Nobody can speak for somebody who lives in no household of an association."


class ProxyForOneself(KairanError):
    slug = "proxy-for-oneself"
    ja = "同じ世帯の方は、代理にならなくても印を押せます。"
    en = "People of one household need no proxy: each of them speaks for it already."


class WitnessIsProxy(KairanError):
    slug = "witness-is-proxy"
    ja = "紙の同意に立ち会った方は、その代理になれません。ほかの役員かヘルパーの方に立ち会ってもらってください。"
    en = "Whoever witnessed the paper cannot be the proxy. Ask another officer or helper to be the witness."


class NotTheirLeader(KairanError):
    slug = "not-their-leader"
    ja = "「班長」としての代理は、その世帯の班の、いまの班長だけがなれます。"
    en = "As block leader only the present leader of that household's block can be the proxy."


class InvitationRefused(KairanError):
    slug = "invitation-refused"
    ja = "この番号は使えません。期限が切れたか、もう使われたか、取り消されています。たのんだ方に、新しい番号をもらってください。"
    en = "This code is of no use: it is over, was used or was taken back. Ask for a new one."


class ProxyUnknown(KairanError):
    slug = "proxy-unknown"
    ja = "この代理は見つかりません。もう終わっているかもしれません。画面を開きなおしてください。"
    en = "There is no such proxy that you may see. It may have ended; load the page again."


class NoLongerProxy(KairanError):
    slug = "no-longer-proxy"
    ja = "この方の代理は終わっているので、この印や返事は数えられませんでした。必要なときは、ご本人か役員の方に連絡してください。"
    en = "You speak for this person no longer, so this did not count. Tell them or an officer if it matters."


class NotAskedForThis(KairanError):
    slug = "not-asked-for-this"
    ja = "この方から、ここまではたのまれていません。必要なときは、たのまれることを増やしてもらってください。"
    en = "You speak for this person, but were not asked to do this for them."


class GreetingOff(KairanError):
    slug = "greeting-off"
    ja = "「お元気ですか」は使わない設定になっています。「家族・代理」の画面で始められます。"
    en = "The daily greeting is switched off. It can be switched on at the page of family and proxies."


class GreetingDayWrong(KairanError):
    slug = "greeting-day-wrong"
    ja = "この日の「元気です」は受け付けられません。スマートフォンの日付を確かめてください。"
    en = "A greeting is for today, or for one of the seven days before. Look at the date of the phone."
