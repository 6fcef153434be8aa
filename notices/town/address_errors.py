"""What can go wrong with where messages go, and with what comes back: see notices/errors.py."""

from notices.errors import KairanError


class PushEndpointRefused(KairanError):
    slug = "push-endpoint-refused"
    ja = "このブラウザの通知サービスには対応していません。メールでの受け取りをご利用ください。"
    en = "We do not send to this push service. Use mail, or ask the operator about KAIRAN_PUSH_HOSTS."


class PushKeysRefused(KairanError):
    slug = "push-keys-refused"
    ja = "通知の登録情報が正しくありません。アプリを開きなおして、もう一度通知をオンにしてください。"
    en = (
        "The subscription's keys are not valid (p256dh: 65-byte point on P-256, auth: 16 bytes, base64url). "
        "Subscribe again."
    )


class PushEndpointTaken(KairanError):
    slug = "push-endpoint-taken"
    ja = (
        "この通知の登録は、ほかの端末で使われています。通知をいったんオフにして、もう一度オンにしてください。"
    )
    en = "This endpoint belongs to another device and the keys differ. Unsubscribe in the browser and subscribe again."


class GatewayRefused(KairanError):
    slug = "gateway-refused"
    ja = "この宛先には送れません。https:// で始まる、インターネット上の宛先を指定してください。"
    en = (
        "A gateway is https:// on its usual port, by name, on the open internet; an origin inside is named in "
        "KAIRAN_GATEWAY_HOSTS."
    )


class MailAddressRefused(KairanError):
    slug = "mail-address-refused"
    ja = "メールアドレスの形が正しくありません。半角の英数字で「名前@ドメイン」の形か確かめてください。"
    en = "This is not a mail address we can send to. Check that it reads name@domain in plain ASCII letters."


class HeaderTextRefused(KairanError):
    slug = "header-text-refused"
    ja = "題名や名前に使えない文字（改行や制御文字、文字の向きを変える記号）があります。取り除いてください。"
    en = (
        "A title or name contains line breaks, control characters or marks that turn the direction of text. "
        "Remove them."
    )


class BounceTooSoon(KairanError):
    slug = "bounce-too-soon"
    ja = "このメールは、まだ送っている途中です。少し待ってから、もう一度送ってください。"
    en = (
        "The message this is about is still being sent. Bring the report again after the time in Retry-After."
    )
