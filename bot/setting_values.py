"""How the values of settings are read: each raises `InvalidSetting` with one line."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")


class InvalidSetting(ValueError):
    """One line that begins with the name of a setting that is missing or wrong, and says what it should be."""

    @property
    def setting(self) -> str:
        found = re.match(r"[A-Z_]+", str(self))
        return found[0] if found else ""


def require(environ: Mapping[str, str], name: str, what: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise InvalidSetting(f"{name} is not set: {what}")
    return value


def key_text(environ: Mapping[str, str], name: str) -> str:
    """The key, or that of the file that NAME_FILE names; empty if there is neither."""
    text, path = environ.get(name, ""), environ.get(f"{name}_FILE", "").strip()
    if not text.strip():
        if not path:
            return ""
        name = f"{name}_FILE"
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise InvalidSetting(f"{name} can't be read: {reason}") from None
    return _pem(text, name)


def _pem(text: str, name: str) -> str:
    """PEM text, also with its line ends written as \\n, or base64 of the whole."""
    text = text.strip().strip("\"'").replace("\\n", "\n")
    if "-----BEGIN" not in text:
        try:
            text = base64.b64decode("".join(text.split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            text = ""
    if not re.search(r"-----BEGIN (RSA )?PRIVATE KEY-----", text):
        raise InvalidSetting(
            f"{name} is not a private key: PEM text (also with \\n written out), or base64 of it"
        )
    if not _is_whole_key(text):
        raise InvalidSetting(
            f"{name} is cut off or damaged: set the whole file that GitHub gave you, from its BEGIN to its END line"
        )
    return text.strip() + "\n"


@lru_cache(maxsize=4)
def _is_whole_key(text: str) -> bool:
    """The proof that its numbers are primes takes a twentieth of a second: once, however often a process reads it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    return host in LOOPBACK


def server_address(text: str) -> str:
    """`https://host` or `https://host:port`, without a path. Raises `ValueError`."""
    parts = urlsplit(text.strip())
    host, port = parts.hostname or "", parts.port
    rest = (parts.username, parts.password, parts.query, parts.fragment, parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or any(rest):
        raise ValueError(text)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


def number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    return int(_within(environ, name, default, low, high, int, "a whole number"))


def decimal(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    return _within(environ, name, default, low, high, float, "a number")


def _within(
    environ: Mapping[str, str],
    name: str,
    default: float,
    low: float,
    high: float,
    read: Callable[[str], float],
    kind: str,
) -> float:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        value = read(text)
    except ValueError:
        raise InvalidSetting(f"{name} is {text!r}, not {kind} from {low} to {high}") from None
    if not low <= value <= high:
        raise InvalidSetting(f"{name} is {text}, not {kind} from {low} to {high}")
    return value


def folders(environ: Mapping[str, str], name: str) -> tuple[Path, ...]:
    folders = [Path(one) for one in environ.get(name, "").split(os.pathsep) if one.strip()]
    for folder in folders:
        if not folder.is_absolute():
            raise InvalidSetting(f"{name} holds {str(folder)!r}, which is not an absolute path")
    return tuple(folders)


def one_of(
    environ: Mapping[str, str],
    name: str,
    values: tuple[T, ...],
    default: T,
    spell: Callable[[str], str] = str.lower,
) -> T:
    text = environ.get(name, "").strip()
    if not text:
        return default
    for value in values:
        if value == spell(text):
            return value
    raise InvalidSetting(f"{name} is {text!r}, not one of {', '.join(map(str, values))}")
