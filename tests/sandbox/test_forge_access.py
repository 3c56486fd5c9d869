"""Authentication and permissions."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
import pytest

from sandbox.access.refusals import Refusal
from tests.sandbox_client import PERMISSIONS, Client, Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"iat": int(time.time()) + 86400}, "'Issued at' claim"),
        ({"exp": int(time.time()) - 5}, "'Expiration time' claim"),
        ({"exp": int(time.time()) + 86400}, "too far in the future"),
        ({"exp": None}, "Missing 'expiration time'"),
        ({"iat": None}, "Missing 'issued at'"),
        ({"iss": "999999"}, "'Issuer' claim"),
    ],
)
async def test_a_jwt_is_refused_by_its_claims(shop: Shop, claims: dict[str, object], says: str) -> None:
    reply = await shop.as_app(**claims)("GET", "/app")
    assert reply.status == 401
    assert says in reply.body["message"]


async def test_a_jwt_signed_with_another_key_is_refused(shop: Shop) -> None:
    other = shop.forge.apps.register("Other", "alice", permissions={})
    shop.app.public_key = other.public_key
    assert (await shop.as_app()("GET", "/app")).status == 401


async def test_the_client_id_is_an_issuer_too(shop: Shop) -> None:
    assert (await shop.as_app(iss=shop.app.client_id).get("/app"))["id"] == shop.app.id


async def test_an_installation_token_expires_after_an_hour(shop: Shop) -> None:
    await shop.api.get(shop.at)
    shop.forge.clock.advance(minutes=59)
    await shop.api.get(shop.at)
    shop.forge.clock.advance(minutes=1, seconds=1)
    reply = await shop.api("GET", shop.at)
    assert (reply.status, reply.body["message"]) == (401, "Bad credentials")


async def test_a_token_can_have_fewer_permissions_but_never_more(shop: Shop) -> None:
    at = f"/app/installations/{shop.installation.id}/access_tokens"
    narrow = await shop.as_app().post(at, {"permissions": {"issues": "read"}})
    client = Client(shop.session, shop.server.api_url, narrow["token"])
    await client.get(f"{shop.at}/issues")
    refused = await client("POST", f"{shop.at}/issues", {"title": "x"})
    assert (refused.status, refused.body["message"]) == (403, "Resource not accessible by integration")
    assert (await shop.as_app()("POST", at, {"permissions": {"administration": "write"}})).status == 422
    assert (await shop.as_app()("POST", at, {"repository_ids": [1]})).status == 422


async def test_a_suspended_installation_can_do_nothing(shop: Shop) -> None:
    shop.forge.apps.suspend(shop.installation)
    assert (await shop.api("GET", shop.at)).status == 403
    at = f"/app/installations/{shop.installation.id}/access_tokens"
    assert (await shop.as_app()("POST", at, {})).status == 403
    shop.forge.apps.unsuspend(shop.installation)
    await shop.api.get(shop.at)


async def test_an_uninstalled_app_has_no_access(shop: Shop) -> None:
    shop.forge.apps.uninstall(shop.installation)
    assert (await shop.api("GET", shop.at)).status == 401
    assert (await shop.as_app()("GET", f"{shop.at}/installation")).status == 404


async def test_an_app_can_read_public_repositories_but_not_write(shop: Shop) -> None:
    await shop.forge.repos.create("alice/open", {"a": "1"})
    await shop.api.get("/repos/alice/open/issues")
    assert (await shop.api("POST", "/repos/alice/open/issues", {"title": "x"})).status == 403
    await shop.forge.repos.create("alice/closed", {"a": "1"}, private=True)
    assert (await shop.api("GET", "/repos/alice/closed")).status == 404


async def test_a_permission_that_was_not_granted_is_refused(tmp_path: Path) -> None:
    some = {name: level for name, level in PERMISSIONS.items() if name != "checks"}
    async with open_shop(tmp_path, permissions=some) as shop:
        reply = await shop.api("GET", f"{shop.at}/commits/main/check-runs")
        assert (reply.status, reply.body["message"]) == (403, "Resource not accessible by integration")


async def test_a_private_repository_is_not_found_without_access(tmp_path: Path) -> None:
    async with open_shop(tmp_path, private=True) as shop:
        for client in (shop.anonymous(), shop.as_user("sam")):
            assert (await client("GET", shop.at)).status == 404
            assert (await client("GET", f"{shop.at}/issues")).status == 404
        assert (await shop.as_user("rita").get(shop.at))["private"]
        with pytest.raises(Refusal, match="Not Found"):
            await shop.forge.issues.open(shop.repo, "Hello", by="sam")


async def test_everyone_can_read_a_public_repository(shop: Shop) -> None:
    assert (await shop.anonymous().get(f"{shop.at}/contents/README.md"))["name"] == "README.md"
    assert (await shop.anonymous()("POST", f"{shop.at}/issues", {"title": "x"})).status == 401


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("alice", "admin", "admin"),
        ("wendy", "write", "write"),
        ("tom", "read", "triage"),
        ("rita", "read", "read"),
        ("sam", "read", "read"),
    ],
)
async def test_a_permission_has_its_legacy_name_and_its_role(
    shop: Shop, login: str, permission: str, role: str
) -> None:
    told = await shop.api.get(f"{shop.at}/collaborators/{login}/permission")
    assert (told["permission"], told["role_name"]) == (permission, role)


async def test_the_permission_of_an_unknown_user_is_not_found(shop: Shop) -> None:
    assert (await shop.api("GET", f"{shop.at}/collaborators/nobody/permission")).status == 404


async def test_wrong_credentials_are_refused(shop: Shop) -> None:
    for token in ("ghs_wrong", "a.b.c", ""):
        reply = await Client(shop.session, shop.server.api_url, token or " ")("GET", "/user")
        assert reply.status == 401


async def test_an_archived_repository_is_read_only(shop: Shop) -> None:
    await shop.forge.repos.archive(shop.repo, by="alice")
    assert (await shop.api.get(shop.at))["archived"]
    reply = await shop.api("POST", f"{shop.at}/issues", {"title": "x"})
    assert (reply.status, reply.body["message"]) == (403, "Repository was archived so is read-only.")


async def test_a_renamed_repository_is_found_under_its_old_name(shop: Shop) -> None:
    await shop.forge.repos.rename(shop.repo, "store", by="alice")
    moved = await shop.api("GET", "/repos/alice/shop/issues")
    assert moved.status == 301
    there = moved.headers["Location"].removeprefix(shop.server.api_url)
    assert there == f"/repositories/{shop.repo.id}/issues"
    assert await shop.api.get(there) == []
    written = await shop.api("POST", "/repos/alice/shop/issues", {"title": "x"})
    assert (written.status, written.body["message"]) == (307, "Moved Permanently")
    assert shop.repo.issues == {}


async def test_a_renamed_private_repository_does_not_redirect_without_access(tmp_path: Path) -> None:
    async with open_shop(tmp_path, private=True) as shop:
        await shop.forge.repos.rename(shop.repo, "store", by="alice")
        old = "/repos/alice/shop"
        assert (await shop.api("GET", old)).status == 301
        assert (await shop.as_user("sam")("GET", old)).status == 404
        assert (await shop.anonymous()("GET", old)).status == 404


async def test_a_manifest_becomes_an_app_once_within_the_hour(shop: Shop) -> None:
    manifest = {"name": "My App", "url": "https://example.com", "default_permissions": {"issues": "write"}}
    code = shop.forge.apps.submit_manifest(manifest, by="alice")
    made = await shop.anonymous().post(f"/app-manifests/{code}/conversions")
    assert made["slug"] == "my-app"
    assert "RSA PRIVATE KEY" in made["pem"]
    assert (await shop.anonymous()("POST", f"/app-manifests/{code}/conversions")).status == 404
    late = shop.forge.apps.submit_manifest({**manifest, "name": "Later"}, by="alice")
    shop.forge.clock.advance(minutes=61)
    assert (await shop.anonymous()("POST", f"/app-manifests/{late}/conversions")).status == 404


async def test_requests_for_missing_routes_are_recorded(shop: Shop) -> None:
    assert (await shop.api("GET", f"{shop.at}/milestones")).status == 404
    assert shop.forge.missing == ["GET /repos/alice/shop/milestones"]


async def test_an_unknown_version_of_the_api_is_refused(shop: Shop) -> None:
    known = await shop.api("GET", shop.at, headers={"X-GitHub-Api-Version": "2022-11-28"})
    unknown = await shop.api("GET", shop.at, headers={"X-GitHub-Api-Version": "1999-01-01"})
    assert (known.status, unknown.status) == (200, 400)


async def test_the_issuer_may_be_a_number(shop: Shop) -> None:
    now = int(time.time())
    claims = {"iss": shop.app.id, "iat": now - 60, "exp": now + 500}
    token = jwt.api_jws.encode(json.dumps(claims).encode(), shop.app.private_key, algorithm="RS256")
    assert (await Client(shop.session, shop.server.api_url, token).get("/app"))["slug"] == "drover"
