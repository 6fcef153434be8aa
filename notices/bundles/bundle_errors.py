"""What is wrong with a bundle that was carried here: a sentence for the neighbour who carried it."""

from notices.errors import KairanError


class BundleTooLarge(KairanError):
    slug = "bundle-too-large"
    ja = "預かった束が大きすぎるため、受け付けられませんでした。渡した方に、もう一度作ってもらってください。"
    en = "A bundle has at most {most} bytes. Make smaller ones."


class BundleCut(KairanError):
    slug = "bundle-cut"
    ja = "預かった束が途中で切れています。渡した方の画面を、もう一度読みとってください。"
    en = "The bundle is cut: it names another length than it has. Read it again, whole."


class BundleTooNew(KairanError):
    slug = "bundle-too-new"
    ja = "預かった束は、新しいアプリで作られたものです。サーバーが新しくなってから、もう一度お試しください。"
    en = "This server reads bundles of version {known} alone."


class BundleForeign(KairanError):
    slug = "bundle-foreign"
    ja = "預かった束は、ほかの市のものです。ここには届けられません。"
    en = "The bundle is of another tenant than its carrier."


class BundleExpired(KairanError):
    slug = "bundle-expired"
    ja = "預かった束は期限が切れています。渡した方に、スマホの日づけと時刻をたしかめて、もう一度作ってもらってください。"
    en = "The bundle has expired. Its owner makes a new one."


class BundleFromTheFuture(KairanError):
    slug = "bundle-from-the-future"
    ja = "預かった束の日づけが先の日になっています。渡した方のスマホの日づけと時刻を直して、作りなおしてもらってください。"
    en = "The bundle was issued in the future. Set the clock of the phone that made it, and make it again."


class BundleForged(KairanError):
    slug = "bundle-forged"
    ja = "預かった束の署名を確かめられませんでした。途中で書きかえられたか、登録のないスマホのものです。何も届けていません。"
    en = "The signature is not that of the device's registered key over these bytes. Nothing was done."


class BundleOfRevokedDevice(KairanError):
    slug = "bundle-of-revoked-device"
    ja = "預かった束を作ったスマホは、登録が取り消されています。渡した方に、役員へ声をかけるようお伝えください。"
    en = "The device that made the bundle was revoked. Nothing was done."


class BundleUnreadable(KairanError):
    slug = "bundle-unreadable"
    ja = "預かった束の中身を読み取れませんでした。渡した方に、電波のあるところで一度アプリを開いてもらってください。"
    en = "The bundle cannot be opened: {why}. Get the sealing key anew (PUT /api/v1/me/device-key) and make it again."


class TooManyBundles(KairanError):
    slug = "too-many-bundles"
    ja = (
        "預かった束が続いています。10分ほど待ってから、もう一度お試しください。預かったものは消えていません。"
    )
    en = "Too many bundles from this device. Keep them, and go on after the time in Retry-After."
