"""What can go wrong at the edge itself, in the same form as the domain's errors."""

from notices.errors import KairanError


class NotSignedIn(KairanError):
    slug = "not-signed-in"
    ja = "この端末はまだ登録されていません。お手元の紙の番号かQRコードで登録してください。"
    en = "This device is not enrolled. Enrol with a ticket, and send its token as `Authorization: Bearer`."


class DeviceRevoked(KairanError):
    slug = "device-revoked"
    ja = "この端末の登録は取り消されました。続けて使うときは、役員の方に新しい番号をもらってください。"
    en = "This device was revoked. Wipe what it holds; enrol again with a new ticket."


class StrangeOrigin(KairanError):
    slug = "strange-origin"
    ja = "ほかのページからの操作は受け付けません。アプリを開きなおしてください。"
    en = "A write with a cookie must come from our own page (Origin or Sec-Fetch-Site). Other clients send a bearer token."


class SignatureWrong(KairanError):
    slug = "signature-wrong"
    ja = "この知らせの署名を確かめられませんでした。市の担当者に知らせてください。"
    en = (
        "Neither `Authorization: Bearer <secret>` nor `X-Kairan-Signature: sha256=<HMAC of the body>` is right. "
        "Compare the secret with KAIRAN_BOUNCE_SECRET."
    )


class BodyUnreadable(KairanError):
    slug = "body-unreadable"
    ja = "送られた内容を読み取れませんでした。アプリを開きなおして、もう一度お試しください。"
    en = "The body is not the JSON this route takes: {why}."


class BodyTooLarge(KairanError):
    slug = "body-too-large"
    ja = "送られた内容が大きすぎます。小さくして、もう一度お試しください。"
    en = "The body is larger than this route takes."


class LineSignatureWrong(KairanError):
    slug = "line-signature-wrong"
    ja = "送り主を確かめられないため、受け付けませんでした。"
    en = "The signature (X-Line-Signature) is not that of this body under our channel secret. Nothing was done."


class Busy(KairanError):
    slug = "busy"
    ja = "ただいま混みあっています。少し待ってから、もう一度お試しください。書いたものは消えていません。"
    en = "The database is busy. Nothing was changed; try again after the time in Retry-After."


class ClientTooOld(KairanError):
    slug = "client-too-old"
    ja = "アプリが古くなりました。新しいアプリに入れかえてください。書いたものは消えません。"
    en = "This client speaks schema {spoken}; the oldest one understood is {minimum}. Update it; keep what is yet to be pushed."


class LinesFull(KairanError):
    slug = "lines-full"
    ja = "ただいま混みあっています。お知らせは、しばらくしてから届きます。"
    en = "This server holds no more live connections. Pull with wait=, and try again after {retryAfter} seconds."


class Crowded(KairanError):
    slug = "crowded"
    ja = "ただいま混みあっています。{retryAfter}秒ほど待ってから、もう一度お試しください。書いたものは消えていません。"
    en = "The server has all it can do. Nothing was changed; try again after {retryAfter} seconds."


class TooEager(KairanError):
    slug = "too-eager"
    ja = "この端末からの操作が続きすぎています。{retryAfter}秒ほど待ってから、もう一度お試しください。"
    en = "This device asks far too often. Wait {retryAfter} seconds, and look for a loop without a pause."


class StorageFull(KairanError):
    slug = "storage-full"
    ja = "保存する場所がいっぱいです。市の担当者に知らせてください。"
    en = "The disk is full. Nothing was changed; free some space and try again."


class StoreAway(KairanError):
    """`why`: for the operator's eyes; it is no fact, so that it stays out of the answer."""

    slug = "store-away"
    ja = "ただいま添付ファイルの置き場所につながりません。少し待ってから、もう一度お試しください。"
    en = "The place where attachments are kept does not answer. Nothing was changed; try again after Retry-After."

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why


class RangeNowhere(KairanError):
    slug = "range-not-satisfiable"
    ja = "添付ファイルの続きを受け取れませんでした。もう一度、最初から開いてください。"
    en = "The range lies outside the file, which has {size} bytes. Ask for a part of it, or for all of it."

    def __init__(self, size: int) -> None:
        super().__init__(size=size)
        self.headers = {"Content-Range": f"bytes */{size}"}


class UploadWrong(KairanError):
    slug = "upload-request-wrong"
    ja = "送られた内容を読み取れませんでした。アプリを新しくして、もう一度お試しください。"
    en = "This is not how an upload goes on: {why}."


class PartTypeWrong(KairanError):
    slug = "part-type-wrong"
    ja = "この形では受け取れません。アプリを新しくして、もう一度お試しください。"
    en = "Send the bytes as they are, without Content-Encoding; a part as Content-Type: application/partial-upload."


class RouteMissing(KairanError):
    slug = "route-missing"
    ja = "このページはありません。最初の画面にもどってください。"
    en = "There is no such route."


class MethodWrong(KairanError):
    slug = "method-wrong"
    ja = "この操作は受け付けていません。画面を開きなおしてください。"
    en = "This route does not take this method."


class Unexpected(KairanError):
    slug = "unexpected"
    ja = "こちらの不具合で、うまくいきませんでした。少し待ってから、もう一度お試しください。"
    en = "Something went wrong on our side, and was noted. Try again in a while."
