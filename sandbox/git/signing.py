"""The key that signs GitHub's own commits."""

from __future__ import annotations

import base64
import functools
import hashlib
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

_PLAIN = serialization.NoEncryption()


@functools.cache
def _web_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def sign(payload: bytes) -> str:
    """Return an SSH signature that git can verify, as `gpg.format=ssh` makes it."""
    key = _web_key()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    digest = hashlib.sha512(payload).digest()
    common = _string(b"git") + _string(b"") + _string(b"sha512")
    signature = key.sign(b"SSHSIG" + common + _string(digest))
    kind = _string(b"ssh-ed25519")
    blob = b"SSHSIG" + struct.pack(">I", 1) + _string(kind + _string(public)) + common
    blob += _string(kind + _string(signature))
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----"])


def web_public_key() -> str:
    """Return the public key in the format of an `allowed_signers` file."""
    return (
        _web_key()
        .public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode()
    )


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
