"""What can go wrong where people ask what is known of them. See errors.py for the form."""

from notices.errors import KairanError


class ConsentUnknown(KairanError):
    slug = "consent-unknown"
    ja = "「個人情報のあつかい」の版がちがいます。画面を開きなおして、もう一度お読みください。"
    en = "There is no privacy text {version!r} in {locale!r}. Load the page again and read the newest one."


class StillInOffice(KairanError):
    slug = "still-in-office"
    ja = "役についている間は、記録を消せません。先に役を引き継いでから、もう一度お申し出ください。"
    en = "Nobody who holds a seat, or will hold one, can be erased. Hand the seat over first, then ask again."
