"""Which endpoints and keys are accepted, when a phone presents them and again when they are used."""

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notices.channels.push_hosts import PushHosts, check_keys, is_public
from notices.town.address_errors import PushEndpointRefused, PushKeysRefused

POINT = (
    ec.derive_private_key(2026, ec.SECP256R1())  # the same key in every run: it names the tests below
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:APA91", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/fcm/send/abc", "https://fcm.googleapis.com"),
        ("https://FCM.googleapis.com/fcm/send/abc", "https://fcm.googleapis.com"),
        (
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://updates.push.services.mozilla.com",
        ),
        ("https://wns2-par02p.notify.windows.com/w/?token=B%2f", "https://wns2-par02p.notify.windows.com"),
        ("https://web.push.apple.com/QGuQ", "https://web.push.apple.com"),
        ("https://api.push.apple.com/x", "https://api.push.apple.com"),
    ],
)
def test_the_push_services_of_the_browsers_are_allowed(endpoint: str, origin: str) -> None:
    assert PushHosts().check(endpoint) == origin


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "nonsense",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:0/x",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com.example.jp/x",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://evilnotify.windows.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://user:pass@fcm.googleapis.com/x",
        "https://@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@example.jp/x",
        "https://example.jp\\@fcm.googleapis.com/x",
        "https://example.jp#@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\t/x",
        "https://fcm.googleapis.com /x",
        "https://fcm.googleapis.com\r\nHost: x/",
        "https://ｆcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/x",
        "https://localhost/x",
        "http://127.0.0.1:8899/x",
        "ftp://fcm.googleapis.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/" + "x" * 3000,
    ],
)
def test_every_other_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(PushEndpointRefused):
        PushHosts().check(endpoint)


def test_a_full_origin_of_the_operator_allows_exactly_that_origin() -> None:
    hosts = PushHosts.extended(["http://127.0.0.1:8899"])
    assert hosts.check("http://127.0.0.1:8899/push/x") == "http://127.0.0.1:8899"
    assert hosts.check("https://web.push.apple.com/x") == "https://web.push.apple.com"
    assert hosts.exempt_hosts() == {"127.0.0.1"}
    for other in (
        "http://127.0.0.1:8898/x", "https://127.0.0.1:8899/x", "http://127.0.0.1/x", "http://127.0.0.2:8899/x",
        "http://u@127.0.0.1:8899/x",
    ):  # fmt: skip
        with pytest.raises(PushEndpointRefused):
            hosts.check(other)


def test_hosts_and_suffixes_of_the_operator_are_https_only() -> None:
    hosts = PushHosts.extended(["ntfy.example.jp", "*.push.example.jp", " ", ""])
    assert hosts.check("https://ntfy.example.jp/up/x") == "https://ntfy.example.jp"
    assert hosts.check("https://a.push.example.jp/x") == "https://a.push.example.jp"
    for other in ("http://ntfy.example.jp/x", "https://push.example.jp/x", "https://x.ntfy.example.jp/"):
        with pytest.raises(PushEndpointRefused):
            hosts.check(other)


@pytest.mark.parametrize(
    "entry", ["*", "*.", "com", "http://", "ftp://a.example.jp", "http://a.example.jp/x", "a b.jp"]
)
def test_a_wrong_entry_fails_with_a_sentence(entry: str) -> None:
    with pytest.raises(ValueError, match="KAIRAN_PUSH_HOSTS"):
        PushHosts.extended([entry])


def test_the_keys_of_a_browser_are_accepted() -> None:
    check_keys(b64(POINT), b64(bytes(16)))
    check_keys(b64(POINT) + "=", b64(bytes(16)) + "==")


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        (b64(POINT), ""),
        (b64(POINT), b64(bytes(15))),
        (b64(POINT), b64(bytes(17))),
        (b64(POINT[:64]), b64(bytes(16))),
        (b64(b"\x02" + POINT[1:33]), b64(bytes(16))),
        (b64(b"\x04" + bytes(64)), b64(bytes(16))),
        (b64(b"\x04" + b"\xff" * 64), b64(bytes(16))),
        (b64(POINT)[:-1] + "!", b64(bytes(16))),
        (b64(POINT)[:-2], b64(bytes(16))),
        (b64(POINT), "あ" * 22),
        (b64(POINT), "A" * 21),
    ],
)
def test_keys_that_no_browser_makes_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(PushKeysRefused):
        check_keys(p256dh, auth)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("142.250.199.106", True),
        ("2404:6800:4004:820::200a", True),
        ("64:ff9b::8efa:c76a", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:db8::1", False),
    ],
)
def test_only_addresses_of_the_open_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
