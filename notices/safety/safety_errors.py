"""What can be wrong with an answer to a safety check."""

from notices.errors import KairanError


class NoSafetyAsked(KairanError):
    slug = "no-safety-asked"
    ja = "このお知らせは安否の確認ではないので、答えられません。"
    en = "This notice is no safety check, so there is nothing to answer."


class NotOfThisHome(KairanError):
    slug = "not-of-this-home"
    ja = "この方は、このお宅には登録されていません。"
    en = "This person is not registered in this household."
