"""WebAuthn's two ceremonies, making a passkey and signing with one, as the library does them.

`server/people/passkeys.py` loads this with the first passkey: the library brings its makers' certificates, several
megabytes that a process without passkeys never needs.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from server.people.challenges import Site, checked
from server.people.models import Passkey

_VERIFIED = UserVerificationRequirement.REQUIRED


def to_register(
    site: Site, staff_id: bytes, email: str, name: str, known: Sequence[bytes]
) -> PublicKeyCredentialCreationOptions:
    """What `credentials.create` is asked for; `known` are the person's passkeys, which are not made twice."""
    return generate_registration_options(
        rp_id=site.host,
        rp_name="Handrail",
        user_id=staff_id,
        user_name=email,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )


def to_sign(site: Site, known: Sequence[bytes]) -> PublicKeyCredentialRequestOptions:
    """What `credentials.get` is asked for: one of the `known`, or any where none is."""
    return generate_authentication_options(
        rp_id=site.host,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        user_verification=_VERIFIED,
    )


def registered(site: Site, challenge: bytes, credential: dict[str, Any]) -> VerifiedRegistration | None:
    """The passkey that was made for this challenge, or None."""
    return checked(
        verify_registration_response,
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        require_user_verification=True,
    )


def signed(
    site: Site, challenge: bytes, credential: dict[str, Any], by: Passkey
) -> VerifiedAuthentication | None:
    """The signature of a passkey under this challenge, or None."""
    return checked(
        verify_authentication_response,
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=site.host,
        expected_origin=site.origin,
        credential_public_key=by.public_key,
        credential_current_sign_count=by.sign_count,
        require_user_verification=True,
    )


def as_json(
    options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions,
) -> dict[str, Any]:
    """The options as plain data, as browsers read them."""
    return msgspec.json.decode(options_to_json(options), type=dict[str, Any])
