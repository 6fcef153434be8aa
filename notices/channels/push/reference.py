"""The same body by pywebpush: what the encoder is compared with, and what is used should it fail its own example."""

from notices.channels import PushAddress


def encrypted(address: PushAddress, payload: bytes) -> bytes:
    """Raises what pywebpush raises."""
    # Not at the top: it takes 5 MB, and hardly any process ever needs it.
    from pywebpush import WebPusher

    keys = {"p256dh": address.p256dh, "auth": address.auth}
    body: bytes = WebPusher({"endpoint": address.endpoint, "keys": keys}).encode(payload)["body"]
    return body
