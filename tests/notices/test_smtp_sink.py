"""The table of mail's outcomes once more, against a server of somebody else: Postfix's smtp-sink, on a real socket."""

import pytest

from notices.channels.smtp_opening import Timeouts
from notices.outcomes import Gone, Later, Outcome, Refused, Sent, Unknown
from tests.notices.letters import Ledger, mail, mails
from tests.notices.test_mail import channel_to
from tests.smtp_sink import sink

pytestmark = pytest.mark.slow
ROOMY = Timeouts(connect=5, command=5, data=5, end=5)
UNKNOWN, SPAM, FULL = "550 5.1.1 unknown", "554 5.7.1 spam", "452 4.3.1 disk"


@pytest.mark.parametrize("plain", [(), ("-p",)], ids=["pipelining", "one by one"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), Sent(250)),
        (("-r", "rcpt"), Later(450, "mailbox-busy")),
        (("-f", "rcpt", "-B", UNKNOWN), Gone(550, "mailbox-unknown")),
        (("-f", "rcpt", "-B", SPAM), Refused(554, "mailbox-refused")),
        (("-f", "data", "-B", SPAM), Refused(554, "content-refused")),
        (("-r", ".", "-b", FULL), Later(452, "server-busy")),
        (("-f", ".", "-B", SPAM), Refused(554, "content-refused")),
        (("-q", "rcpt"), Later(None, "server-hung-up")),
        (("-q", "data"), Later(None, "server-hung-up")),
        (("-q", "."), Unknown("unanswered")),
    ],
)
async def test_what_postfix_answers_is_understood_stage_by_stage(
    plain: tuple[str, ...], options: tuple[str, ...], expected: Outcome
) -> None:
    async with (
        sink(*plain, *options) as port,
        channel_to(f"smtp+plain://127.0.0.1:{port}", timeouts=ROOMY) as channel,
    ):
        assert await Ledger().take(channel, mail(1)) == [expected]


@pytest.mark.parametrize("plain", [(), ("-p",)], ids=["pipelining", "one by one"])
async def test_postfix_takes_two_hundred_mails(plain: tuple[str, ...]) -> None:
    async with (
        sink(*plain) as port,
        channel_to(f"smtp+plain://127.0.0.1:{port}", timeouts=ROOMY) as channel,
    ):
        assert await Ledger().take(channel, *mails(200)) == [Sent(250)] * 200
