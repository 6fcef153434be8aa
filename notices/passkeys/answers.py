"""What a browser answers, read and checked by the library; its exceptions go no further.

What people can do something about (another page, no screen lock, a copied key) is looked at first, and has a sentence of
its own. Whoever needs this module imports it where it is needed: the library takes 8 MB, and most processes check no passkey.
Source: W3C Web Authentication Level 2, §7.1 and §7.2.
"""

from dataclasses import dataclass

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    parse_attestation_object,
    parse_authenticator_data,
    parse_client_data_json,
)
from webauthn.helpers.structs import AuthenticatorData

from notices.models import Passkey
from notices.passkeys.challenges import Page
from notices.passkeys.options import Credential
from notices.passkeys.passkey_errors import PasskeyCopied, PasskeyElsewhere, PasskeyRefused, PasskeyUnverified


@dataclass(frozen=True, slots=True)
class Made:
    """A new credential."""

    id: bytes
    public_key: bytes
    sign_count: int


def challenge_in(credential: Credential) -> bytes:
    """What was signed, by its own word. Raises PasskeyRefused."""
    try:
        return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    except Exception:
        raise PasskeyRefused from None


def id_in(credential: Credential) -> bytes:
    """Raises PasskeyRefused."""
    try:
        return base64url_to_bytes(credential["rawId"])
    except Exception:
        raise PasskeyRefused from None


def made(credential: Credential, page: Page, challenge: bytes) -> Made:
    """Raises PasskeyElsewhere, PasskeyUnverified, PasskeyRefused."""
    _insist_on_page(credential, page)
    try:
        raw = base64url_to_bytes(credential["response"]["attestationObject"])
        data = parse_attestation_object(raw).auth_data
    except Exception:
        raise PasskeyRefused from None
    _insist_on_user(data)
    try:
        found = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=page.name,
            expected_origin=page.origin,
            require_user_verification=True,
        )
    except Exception:
        raise PasskeyRefused from None
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def signed(credential: Credential, page: Page, challenge: bytes, by: Passkey) -> int:
    """→ its counter now. Raises PasskeyElsewhere, PasskeyUnverified, PasskeyCopied, PasskeyRefused."""
    _insist_on_page(credential, page)
    try:
        data = parse_authenticator_data(base64url_to_bytes(credential["response"]["authenticatorData"]))
    except Exception:
        raise PasskeyRefused from None
    _insist_on_user(data)
    if (data.sign_count or by.sign_count) and data.sign_count <= by.sign_count:
        raise PasskeyCopied
    try:
        found = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=page.name,
            expected_origin=page.origin,
            credential_public_key=by.public_key,
            credential_current_sign_count=by.sign_count,
            require_user_verification=True,
        )
    except Exception:
        raise PasskeyRefused from None
    return found.new_sign_count


def _insist_on_page(credential: Credential, page: Page) -> None:
    try:
        said = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    except Exception:
        raise PasskeyRefused from None
    if said.origin != page.origin or said.cross_origin:
        raise PasskeyElsewhere(origin=page.origin)


def _insist_on_user(data: AuthenticatorData) -> None:
    if not data.flags.uv:
        raise PasskeyUnverified
