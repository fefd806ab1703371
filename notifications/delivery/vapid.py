"""The key pair this installation signs Web Push with (VAPID, RFC 8292), and whether there is one."""

import base64
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from server.core.settings import Settings, SettingsError


def private_key(settings: Settings, in_keys_file: bytes | None) -> ec.EllipticCurvePrivateKey | None:
    """The private key: of `push_key_file` where that is set, else of the keys file; None where there is none.

    Raises SettingsError for a key file that cannot be used, without repeating any of it.
    """
    if settings.push_key_file is not None:
        return _from_file(settings.push_key_file)
    if in_keys_file is None:
        return None
    try:
        return ec.derive_private_key(int.from_bytes(in_keys_file, "big"), ec.SECP256R1())
    except ValueError:
        raise SettingsError("keys file: its key for Web Push cannot be used") from None


def missing(settings: Settings, in_keys_file: bytes | None) -> str | None:
    """Why there is no Web Push, in words for an operator; None when it is set up."""
    if not settings.push_contact:
        return "push_contact is not set"
    if private_key(settings, in_keys_file) is None:
        return "the keys file has no key for it; set push_key_file"
    return None


def public_key(settings: Settings, in_keys_file: bytes | None) -> str | None:
    """What a browser subscribes with: the uncompressed point in base64url; None when Web Push is not set up."""
    try:
        key = private_key(settings, in_keys_file) if settings.push_contact else None
    except SettingsError:  # check-config and the worker say so; a phone can do without
        return None
    return public_part(key) if key else None


def public_part(key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as 87 letters: the uncompressed point in base64url, without padding."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _from_file(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SettingsError(f"push_key_file: {path}: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(f"push_key_file: {path} is not a private key in PEM without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError(f"push_key_file: {path} is not a key on the curve P-256")
    return key
