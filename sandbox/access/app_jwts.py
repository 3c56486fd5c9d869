"""JSON web tokens, by which an App speaks for itself."""

from __future__ import annotations

from collections.abc import Mapping

import jwt

from sandbox.access.refusals import Refusal
from sandbox.controls.clock import Clock
from sandbox.model.accounts import App


def app_of_jwt(text: str, apps: Mapping[int, App], clock: Clock) -> App:
    """Return the App that signed a JWT whose times are valid by GitHub's rules."""
    app = _claimed_app(text, apps)
    if app is None:
        raise Refusal(401, "'Issuer' claim ('iss') must be an Integer assigned to an App")
    options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    try:
        claims = jwt.decode(text, app.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    _check_times(claims, clock.seconds())
    return app


def _claimed_app(text: str, apps: Mapping[int, App]) -> App | None:
    try:
        issuer = str(jwt.decode(text, options={"verify_signature": False}).get("iss"))
    except jwt.InvalidTokenError:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    return next((app for app in apps.values() if issuer in (str(app.id), app.client_id)), None)


def _check_times(claims: Mapping[str, object], now: float) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float):
        raise Refusal(401, "Missing 'issued at' claim ('iat') in assertion")
    if not isinstance(ends, int | float):
        raise Refusal(401, "Missing 'expiration time' claim ('exp') in assertion")
    if issued > now + 1:
        raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing a time in the past")
    if ends <= now:
        raise Refusal(
            401, "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        )
    if ends > now + 600:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
