"""The envelope of a bundle: its document is right, and no byte of it can be another."""

import json
import re
from binascii import unhexlify
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.bundles import envelope
from notices.bundles.bundle_errors import BundleForged, BundleUnreadable
from notices.errors import KairanError
from tests.journeys.bundling import framed, from_base45, point, unb64url

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "bundles.md").read_text()
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", DOCUMENT, re.S)
    assert found is not None
    return found[1]


def secret(name: str) -> ec.EllipticCurvePrivateKey:
    found = re.search(rf"{name} secret is\s+```\n([0-9a-f]{{64}})", DOCUMENT)
    assert found is not None
    return ec.derive_private_key(int(found[1], 16), ec.SECP256R1())


def example() -> bytes:
    return unhexlify("".join(re.findall(r"^[0-9a-f]+", block("bundle"), re.M)))


def insist(raw: bytes) -> envelope.Bundle:
    """As the server does."""
    bundle = envelope.read(raw)
    envelope.insist_on_tenant(bundle, "hana")
    envelope.insist_on_time(bundle, NOW)
    envelope.insist_on_signature(bundle, point(secret("device's")))
    return bundle


def test_the_example_of_the_document_is_a_bundle() -> None:
    bundle = insist(example())
    assert (bundle.tenant, bundle.device, bundle.count) == ("hana", "AZqKe8IudpCG8wvT3Vc4Ag", 1)
    assert bundle.expires_at - bundle.issued_at == timedelta(days=7)
    [stated] = [json.loads(line) for line in block("json").splitlines()]
    assert envelope.opened(bundle, secret("house's")) == stated
    for name, key in (("deviceKey", "device's"), ("sealingKey", "house's")):
        said = re.search(rf"its `{name}` `([\w-]+)`", DOCUMENT)
        assert said is not None
        assert unb64url(said[1]) == point(secret(key))
    frame = block("frame").rstrip("\n")
    assert frame == framed(example())
    assert from_base45(frame.split(":", 3)[3]) == example()


def test_the_document_names_what_may_be_carried_and_the_client_has_the_same_list() -> None:
    script = (ROOT / "server" / "web" / "data" / "bundles" / "asking.js").read_text()
    found = re.search(r"KINDS = (\[.*?\])", script)
    assert found is not None
    assert tuple(json.loads(found[1])) == envelope.KINDS
    assert ", ".join(f"`{kind}`" for kind in envelope.KINDS) in DOCUMENT


def test_every_byte_counts() -> None:
    raw = example()
    for place in range(len(raw)):
        for bit in (1, 128):
            altered = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
            with pytest.raises(KairanError):
                insist(altered)


@settings(max_examples=300)
@given(st.data())
def test_a_bundle_that_was_cut_joined_or_filled_is_none(data: st.DataObject) -> None:
    raw = example()
    at = data.draw(st.integers(0, len(raw) - 1))
    other = data.draw(
        st.sampled_from([raw[:at], raw[:at] + raw[at + 1 :], raw + raw[at:], raw[:at] + bytes(len(raw) - at)])
    )
    with pytest.raises(KairanError):
        insist(other)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_do_more_than_be_refused(raw: bytes) -> None:
    for each in (raw, b"\x01" + raw):
        with pytest.raises(KairanError):
            insist(each)


def test_what_one_device_sealed_another_cannot_sign_as_its_own() -> None:
    raw, thief = example(), "AZqKe8IudpCG8wvT3Vc4Aw"
    stolen = envelope.read(raw[:75] + unb64url(thief) + raw[91:])
    with pytest.raises(BundleForged):
        envelope.insist_on_signature(stolen, point(secret("device's")))
    with pytest.raises(BundleUnreadable):
        envelope.opened(stolen, secret("house's"))
