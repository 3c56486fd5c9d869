"""Signing in through an App: codes that work once, and tokens that act for a person where the App is installed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.access.refusals import Refusal
from sandbox.access.tokens import Token
from sandbox.model.accounts import App, User
from sandbox.topics.forge_protocol import ForgeProtocol

CODE_GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Authorization:
    """What a person has agreed to, until its code is exchanged."""

    app: App
    user: User
    redirect_uri: str
    challenge: str
    at: datetime


class OAuth:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge
        self._codes: dict[str, Authorization] = {}

    def app(self, client_id: str) -> App:
        for app in self._forge.apps.registered.values():
            if app.client_id == client_id:
                return app
        raise Refusal(404, "Not Found")

    def redirect_uri(self, app: App, asked: str) -> str:
        """The callback that was asked for, which must be one of the App's; else its first."""
        if not app.callback_urls or (asked and asked not in app.callback_urls):
            raise Refusal(422, "The redirect_uri is not associated with this application.")
        return asked or app.callback_urls[0]

    def authorize(self, app: App, user: User, redirect_uri: str, challenge: str) -> str:
        """A code for the App's server."""
        code = secrets.token_hex(10)
        uri = self.redirect_uri(app, redirect_uri)
        self._codes[code] = Authorization(app, user, uri, challenge, self._forge.clock.now())
        return code

    def exchange(self, fields: Mapping[str, str]) -> Token | str:
        """The person's token, or the name of the error: GitHub answers 200 to both."""
        app = self.app(fields.get("client_id", ""))
        if not hmac.compare_digest(fields.get("client_secret", ""), app.client_secret):
            return "incorrect_client_credentials"
        found = self._codes.pop(fields.get("code", ""), None)
        if found is None or found.app is not app or self._forge.clock.now() - found.at > CODE_GOOD_FOR:
            return "bad_verification_code"
        if found.challenge and not _proves(fields.get("code_verifier", ""), found.challenge):
            return "bad_verification_code"
        if fields.get("redirect_uri", found.redirect_uri) != found.redirect_uri:
            return "redirect_uri_mismatch"
        return self._forge.tokens.for_user_of(app, found.user)


def _proves(verifier: str, challenge: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(digest, challenge)
