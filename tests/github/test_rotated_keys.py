"""While the App's key is replaced by another: either is enough, in any order, and whatever the clock says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.github import App, Clock, Unauthorized, WaitPolicy
from sandbox.forge import Forge
from sandbox.model.accounts import App as RegisteredApp
from sandbox.server import serve


def new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


UNKNOWN = new_key()


@asynccontextmanager
async def registered_app(home: Path) -> AsyncIterator[tuple[Forge, RegisteredApp, str]]:
    forge = Forge(home)
    server = await serve(forge)
    forge.people.add("acme", kind="Organization")
    yield forge, forge.apps.register("drover", "acme", permissions={}, events=[]), server.api_url
    await server.close()


@pytest.mark.parametrize("behind", [0, 3_000])
@pytest.mark.parametrize("known_first", [True, False])
async def test_the_key_that_github_knows_is_used(tmp_path: Path, known_first: bool, behind: int) -> None:
    async with registered_app(tmp_path) as (forge, registered, url), aiohttp.ClientSession() as session:
        keys = (registered.private_key, UNKNOWN) if known_first else (UNKNOWN, registered.private_key)
        late = Clock(lambda: forge.clock.seconds() - behind)
        app = App(session, str(registered.id), keys[0], url, previous_private_key=keys[1], clock=late)
        assert (await app.details()).slug == "drover"
        asked = len(forge.log)
        assert (await app.details()).slug == "drover"
        assert len(forge.log) == asked + 1


async def test_two_unknown_keys_are_refused_as_one_is(tmp_path: Path) -> None:
    async with registered_app(tmp_path) as (forge, registered, url), aiohttp.ClientSession() as session:
        clock, patience = Clock(forge.clock.seconds), WaitPolicy(backoff=0.01)
        app = App(
            session,
            str(registered.id),
            UNKNOWN,
            url,
            patience=patience,
            previous_private_key=UNKNOWN,
            clock=clock,
        )
        with pytest.raises(Unauthorized):
            await app.details()
        assert len(forge.log) <= 4
