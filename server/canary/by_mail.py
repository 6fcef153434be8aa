"""By mail: to our own bounce domain, or to a mailbox that passes it on to there. It arrives at server/bounces/."""

from typing import Final

from notices.canary import address
from notices.channels import Mail, MailAddress
from notices.outcomes import Outcome
from notices.town.mail_address import checked, domain_of
from notices.wording.render import bare_mail_of
from server.canary.flying import let_out
from server.house import House

_TEXT: Final = "Kairan がメールの流れを確かめるための通信です。5分ごとに送られ、自動で受け取られます。"


async def fly(house: House, flight: str) -> Outcome:
    settings, vault = house.settings, house.keys.vault
    domain = settings.bounce_domain
    to = settings.canary_mail or address.made_for(vault, domain, flight)
    token = address.token_of(vault, flight)
    body = bare_mail_of(
        f"Kairan canary {token}", f"{_TEXT}\n{token}\n", origin=settings.origin, sender=settings.mail_from
    )
    mail = Mail(
        id=flight,
        lane=domain_of(checked(to)),
        to=MailAddress(to),
        body=body,
        return_path=address.sender(vault, domain),
    )
    return await let_out(house, "mail", mail)
