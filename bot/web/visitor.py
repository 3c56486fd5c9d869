"""Who looks at a page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from aiohttp import web


@dataclass(frozen=True)
class Visitor:
    login: str
    """Empty where the pages are open and nobody signs in."""
    token: str = field(default="", repr=False)
    """With which GitHub is asked what they may read."""

    @cached_property
    def key(self) -> str:
        """Names the sign-in, and gives nothing away."""
        return hashlib.sha256(self.token.encode()).hexdigest()


OPEN = Visitor("")
SignInMode = Literal["github", "off", "open"]
VISITOR = web.RequestKey("visitor", Visitor)
"""Unset where nobody is signed in."""
SIGN_IN: web.AppKey[SignInMode] = web.AppKey("sign-in")
