"""What can go wrong when something changes in a home: see notices/errors.py."""

from notices.errors import KairanError


class PeopleNotHere(KairanError):
    slug = "people-not-here"
    ja = "選んだ方の中に、この世帯にいない方がいます。名簿を開きなおして、選びなおしてください。"
    en = "Some of these people do not live in this household. Load the roster and choose again."


class SplitLeavesNobody(KairanError):
    slug = "split-leaves-nobody"
    ja = "全員を選ぶと、元の世帯にだれも残りません。家ごと動くときは「班が変わった」か「住所が変わった」を使ってください。"
    en = "Nobody would be left in the old household. To move it as a whole, change its block or its street."


class MergeWithItself(KairanError):
    slug = "merge-with-itself"
    ja = "同じ世帯どうしはまとめられません。まとめる相手の世帯を選びなおしてください。"
    en = "A household cannot be merged with itself. Choose another one."


class LastOfficerLeaves(KairanError):
    slug = "last-officer-leaves"
    ja = "この方が抜けると、会長も役員もいなくなります。先に、次の役員を決めて引き継いでください。"
    en = "The association would be without any officer. Hand the seat over first."


class NotOfOneself(KairanError):
    slug = "not-of-oneself"
    ja = "ご自身が亡くなったという届けは出せません。選んだ方を確かめてください。"
    en = "You cannot report your own death. Check whom you have chosen."


class NobodyMovesIn(KairanError):
    slug = "nobody-moves-in"
    ja = "お名前を、一人以上入れてください。"
    en = "Name at least one person."


class EntryWrong(KairanError):
    """`field`: the word over the field; `why`: what is wrong, in Japanese, as the officer sees it."""

    slug = "entry-wrong"
    ja = "「{field}」を直してください。{why}"
    en = "A field cannot be taken as it is: see `field` and `why`."


class AssociationUnknown(KairanError):
    slug = "association-unknown"
    ja = "移る先の会が見つかりません。選びなおしてください。"
    en = "There is no such other association in this city. Choose again."


class ArrivalUnknown(KairanError):
    slug = "arrival-unknown"
    ja = "この転入の知らせは、もうありません。取り消されたか、ほかの役員が受け入れました。"
    en = "There is no such arrival any more: it was taken back, or another officer has taken it in."


class ChangeUnknown(KairanError):
    slug = "change-unknown"
    ja = "この変更の記録は、もうありません。画面を開きなおしてください。"
    en = "There is no record of this change any more. Load the list again."


class CannotTakeBack(KairanError):
    slug = "cannot-take-back"
    ja = "この変更は取り消せません。取り消せるのは7日のあいだ、一度だけです。名簿で直してください。"
    en = "This change cannot be taken back: only within seven days, and once. Correct it in the roster."


class ChangedSince(KairanError):
    slug = "changed-since"
    ja = "このあとに同じ世帯で別の変更があったため、取り消せません。先に新しいほうを取り消すか、名簿で直してください。"
    en = (
        "The same household was changed since. Take back the later change first, or correct it in the roster."
    )
