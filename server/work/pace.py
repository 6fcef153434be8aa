"""PURE: how much of a lane a worker takes at a time, and whether it takes more before it is through.

A transaction costs nearly the same for few messages as for many, so a lane that is quick is claimed in larger pieces, and
the next while one is being sent. What waits in hand is not looked at again and is not overtaken, so it never waits long.
"""

from typing import Final

from notices.deliver.claim import BATCH

MOST: Final = {"mail": 512, "push": 1_000, "line": 500}
FIRST: Final = 128
"""Of a lane that opens, at most: the first push leaves when so many are claimed and put into words, not a thousand."""
TOGETHER: Final = {"push": 2}
"""Batches of a lane on their way at once, where that is more than one: web push bounds what is in doubt for all of them,
and has always something left to carry while the next are claimed, which holds up its settlements, too."""
QUICK: Final = 1.0
"""Seconds for a batch."""


class Pace:
    def __init__(self, channel: str) -> None:
        self._least, self._largest = BATCH[channel], MOST[channel]
        self.together = TOGETHER.get(channel, 1)
        self.most = min(self._least, FIRST)
        """Messages in the next batch."""
        self.steady = False
        """Whether the last batch was quick and a whole one: then the next need not wait until half of it is through."""

    def quick(self, seconds: float) -> bool:
        """Learns how long a batch takes; whether the next may be claimed before it is through."""
        self.steady = seconds <= QUICK and self.most >= self._least and self.together > 1
        if self.most < self._least:
            self.most = self._least
        elif seconds < QUICK / 2:
            self.most = min(self.most * 2, self._largest)
        elif seconds > QUICK:
            self.most = max(self.most // 2, self._least)
        return seconds <= QUICK
