"""Makes the bodies of pushes, wherever they are carried: in a thread of the house, or in a process beside it."""

import logging
from collections.abc import Sequence
from typing import Final

from notices.channels import PushAddress
from notices.channels.push import encoder, reference
from notices.channels.push.ahead import KeysAhead
from notices.channels.push.transport import Post

log = logging.getLogger(__name__)

PREPARED_AT_ONCE: Final = 200


class Sealing:
    """One for each process that sends: keys that were made ahead are in its memory alone. Safe from several threads."""

    def __init__(self) -> None:
        self._ahead = KeysAhead()
        self._by_hand = encoder.proves_itself()
        if not self._by_hand:
            log.error("this cryptography does not give the example of RFC 8291; pywebpush encrypts instead")

    def body(self, post: Post) -> bytes:
        """Under a key of its own; for an emergency under the one that was made ahead, where there is one."""
        if not self._by_hand:
            return reference.encrypted(post.to, post.payload)
        key = self._ahead.take(post.to) if post.urgent else None
        return encoder.encrypted(post.to, post.payload) if key is None else encoder.sealed(key, post.payload)

    def prepare(self, addresses: Sequence[PushAddress]) -> int:
        """Makes up to 200 keys; how many it made."""
        return self._ahead.prepare(addresses, PREPARED_AT_ONCE)
