"""Cookies that only this server can read and write, however many processes it has: there is no store of sessions."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.web.requests import cookie, is_https


class SealedCookie:
    def __init__(self, name: str, secret: str, seconds: int, path: str = "/") -> None:
        """Another secret, or another name, and what was sealed before is worth nothing."""
        key = HKDF(SHA256(), 32, salt=None, info=name.encode()).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._name, self._seconds, self._path = name, seconds, path

    def set(self, request: web.Request, answer: web.Response, value: Mapping[str, Any]) -> None:
        sealed = self._fernet.encrypt(json.dumps(dict(value)).encode()).decode()
        answer.set_cookie(
            self._name,
            sealed,
            max_age=self._seconds,
            path=self._path,
            httponly=True,
            samesite="Lax",
            secure=is_https(request),
        )

    def read(self, request: web.Request) -> dict[str, Any]:
        """Empty where there is none, or none that counts any more."""
        sealed = cookie(request, self._name)
        if not sealed:
            return {}
        try:
            opened = self._fernet.decrypt(sealed.encode(), ttl=self._seconds)
        except (InvalidToken, ValueError):
            return {}
        found = json.loads(opened)
        return found if isinstance(found, dict) else {}

    def delete(self, answer: web.Response) -> None:
        answer.del_cookie(self._name, path=self._path)
