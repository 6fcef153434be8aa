"""PURE: the envelope sender of each mail. A bounce comes to it, so it says of which message, whatever the text claims.

`b-<token>@<domain>`; the token is the message's id under a MAC of ours, in letters that survive servers which change
the case (RFC 5321 §2.4 lets a local part have one, many do not care), and at most 64 octets with the `b-` (§4.5.3.1.1).
"""

from typing import Final

from notices.vault import Vault

_MARK: Final = "b-"


def made_for(vault: Vault, domain: str, tenant: str, message: str) -> str:
    return f"{_MARK}{vault.return_path_token(tenant, message)}@{domain}"


def message_of(vault: Vault, domain: str, address: str) -> tuple[str, str] | None:
    """→ (tenant, message id), or None where we did not make this address. Angle brackets are taken off."""
    local, _, host = address.strip(" <>").lower().rpartition("@")
    if not domain or host != domain.lower() or not local.startswith(_MARK):
        return None
    return vault.return_path_message(local.removeprefix(_MARK))
