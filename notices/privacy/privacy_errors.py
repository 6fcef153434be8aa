"""What can go wrong where people ask what is known of them. See errors.py for the form."""

from notices.errors import KairanError


class ConsentUnknown(KairanError):
    slug = "consent-unknown"
    ja = "「個人情報のあつかい」の版がちがいます。画面を開きなおして、もう一度お読みください。"
    en = "There is no privacy text {version!r} in {locale!r}. Load the page again and read the newest one."
