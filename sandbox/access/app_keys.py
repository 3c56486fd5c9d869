"""RSA keys of Apps. Generating them is slow, so a process reuses them."""

from __future__ import annotations

import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.git.signing import _PLAIN


@functools.lru_cache(maxsize=32)
def app_key(number: int) -> tuple[str, str]:
    """Return the private and public PEM of the n-th App's key in this process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, _PLAIN
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
