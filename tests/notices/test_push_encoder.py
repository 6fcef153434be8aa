"""What is encrypted is opened by others: the sink's reader, pywebpush's http_ece; and RFC 8291's example comes out."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.channels import PushAddress
from notices.channels.push import encoder, reference
from notices.town.address_errors import PushKeysRefused
from server.sinks.decrypt import decrypted

KEY = ec.generate_private_key(ec.SECP256R1())
AUTH = bytes(range(16))


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


POINT = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
ADDRESS = PushAddress("https://push.example.jp/x", b64(POINT), b64(AUTH))


def test_the_example_of_rfc_8291_comes_out_byte_for_byte() -> None:
    assert encoder.proves_itself()
    assert not encoder.proves_itself(lambda _address, _key: bytes(97))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=encoder.PAYLOAD_LIMIT))
def test_two_others_open_what_we_encrypt(payload: bytes) -> None:
    body = encoder.encrypted(ADDRESS, payload)
    assert decrypted(body, KEY, AUTH) == payload
    assert http_ece.decrypt(body, private_key=KEY, auth_secret=AUTH, version="aes128gcm") == payload
    assert len(body) == 86 + len(payload) + 17 <= 4096


def test_the_reference_makes_a_body_of_the_same_form() -> None:
    ours, theirs = (each.encrypted(ADDRESS, b"x" * 600) for each in (encoder, reference))
    assert decrypted(theirs, KEY, AUTH) == b"x" * 600
    assert (len(ours), ours[16:21]) == (len(theirs), theirs[16:21])


def test_no_two_messages_share_an_ephemeral_key_or_a_salt() -> None:
    bodies = [encoder.encrypted(ADDRESS, b"x") for _ in range(100)]
    assert len({body[21:86] for body in bodies}) == 100
    assert len({body[:16] for body in bodies}) == 100


def test_what_does_not_fit_one_record_is_refused() -> None:
    with pytest.raises(ValueError, match="one record"):
        encoder.encrypted(ADDRESS, b"x" * (encoder.PAYLOAD_LIMIT + 1))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", b64(AUTH)),
        (b64(POINT), ""),
        (b64(POINT[:64]), b64(AUTH)),
        (b64(POINT), b64(AUTH[:15])),
        (b64(b"\x04" + b"\xff" * 64), b64(AUTH)),
        (b64(b"\x02" + POINT[1:]), b64(AUTH)),
        (b64(POINT)[:-1] + "!", b64(AUTH)),
        ("あ" * 87, b64(AUTH)),
        (b64(POINT), "A"),
    ],
    ids=[
        "no-key",
        "no-secret",
        "short-key",
        "short-secret",
        "off-the-curve",
        "compressed",
        "not-base64",
        "not-ascii",
        "one-letter",
    ],
)
def test_keys_that_no_browser_makes_encrypt_nothing(p256dh: str, auth: str) -> None:
    with pytest.raises(PushKeysRefused):
        encoder.encrypted(PushAddress(ADDRESS.endpoint, p256dh, auth), b"x")


def test_padded_base64_is_read_as_well() -> None:
    padded = PushAddress(ADDRESS.endpoint, ADDRESS.p256dh + "=", ADDRESS.auth + "==")
    assert decrypted(encoder.encrypted(padded, b"x"), KEY, AUTH) == b"x"
    assert urlsafe_b64decode(padded.auth) == AUTH
