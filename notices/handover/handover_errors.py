"""What can go wrong when seats change hands. See notices/errors.py for the form."""

from notices.errors import KairanError


class HandoverPast(KairanError):
    slug = "handover-past"
    ja = "引き継ぎの日がもう過ぎています。今日か、これからの日を選んでください。"
    en = "The day of the handover has passed. Choose today or a later day."


class HandoverFar(KairanError):
    slug = "handover-far"
    ja = "引き継ぎの日が先すぎます。{most}日以内の日を選んでください。"
    en = "The day of the handover is too far ahead. Choose one within {most} days."


class OverlapWrong(KairanError):
    slug = "overlap-wrong"
    ja = "いっしょに務める期間は、0週間から{most}週間までで選んでください。"
    en = "The overlap is 0 to {most} weeks."


class HandoverOfNothing(KairanError):
    slug = "handover-of-nothing"
    ja = "引き継ぐ役職が選ばれていません。かえる役職の、次の方を選んでください。"
    en = "No seat changes hands. Choose at least one seat and its successor."


class HandoverToNobody(KairanError):
    """`seats`: the titles of those for which nobody is chosen."""

    slug = "handover-to-nobody"
    ja = "次の方が選ばれていない役職があります（{seats}）。次の方を選ぶか、その役職をかえないままにしてください。"
    en = "Nobody is chosen for: {seats}. Choose a successor, or leave the seat out of the handover."


class SeatUnknown(KairanError):
    slug = "seat-unknown"
    ja = "この会にない役職が選ばれています。画面を開きなおして、選びなおしてください。"
    en = "One of the seats is not of this association, or has ended. Load the seats again."


class SeatTwice(KairanError):
    slug = "seat-twice"
    ja = "「{seat}」が二度選ばれています。ひとつにしてください。"
    en = "The seat {seat} stands twice in the handover. Name it once, with all who will hold it."


class SuccessorTwice(KairanError):
    slug = "successor-twice"
    ja = "「{seat}」に同じ方が二度選ばれています。ひとりにしてください。"
    en = "The same person is chosen twice for the seat {seat}."


class SuccessorForeign(KairanError):
    """`people`: ids of those who neither live here nor hold a seat here."""

    slug = "successor-foreign"
    ja = "この会の名簿にいない方が選ばれています。転出していないか、名簿を確かめて、選びなおしてください。"
    en = "Somebody chosen neither lives in this association nor holds a seat of it. Look at the roster, choose again."


class TooManyHolders(KairanError):
    slug = "too-many-holders"
    ja = "「{seat}」を務めるのは{most}人までです。"
    en = "At most {most} people hold the seat {seat}."


class HandoverPending(KairanError):
    slug = "handover-pending"
    ja = "{begins}の引き継ぎが、もう決まっています。変えるときは、先にそれを取り消してください。"
    en = "A handover is scheduled for {begins} already. Cancel it first, then make the new one."


class NoHandoverPending(KairanError):
    slug = "no-handover-pending"
    ja = "取り消せる引き継ぎはありません。もう始まったか、ほかの役員の方が取り消しました。画面を開きなおしてください。"
    en = (
        "No handover is to come: it has begun, or was cancelled already. A new handover gives the seats back."
    )


class OnlyThePresident(KairanError):
    slug = "only-the-president"
    ja = (
        "引き継ぎを決めるのは会長です。会長にお願いしてください。会長がいないときは、役員の方が決められます。"
    )
    en = "The president decides a handover. Where there is no president, any officer may."


# --- an association that has lost its officers ----------------------------------------------------------


class NobodyOfThatName(KairanError):
    slug = "nobody-of-that-name"
    ja = "「{named}」という名前や番号の方は、{place}の名簿にいません。名簿どおりの名前か、住民番号を入れてください。"
    en = "Nobody called {named!r}, and no number {named!r}, lives in {place}."


class SeveralOfThatName(KairanError):
    slug = "several-of-that-name"
    ja = "「{named}」という名前の方が{count}人います。住民番号（{numbers}）を入れてください。"
    en = "{count} people are called {named!r}: give the number instead ({numbers})."


class HoldsAlready(KairanError):
    slug = "holds-already"
    ja = "この方は、もう「{seat}」を務めています（{since}から）。"
    en = "This person holds the seat {seat} already, since {since}."


class AssociationHasOfficers(KairanError):
    slug = "association-has-officers"
    ja = (
        "この会には役員がいて、スマホも使われています。会長をかえるのは会の役員です。"
        "スマホがないだけなら、登録の紙をつくりなおしてください。"
    )
    en = "This association has officers whose phones are in use: they hand over themselves. For a lost phone make a slip."


class NoOfficerHere(KairanError):
    slug = "no-officer-here"
    ja = "この方は、いまこの会の役員ではありません。画面を開きなおしてください。"
    en = "This person is no officer of the association today. Load the list again."
