"""Webhooks: signatures, order, redelivery and ordered faults."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.controls.faults import DeliveryFaults
from tests.sandbox_client import PERMISSIONS, Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def open_issues(shop: Shop, count: int) -> None:
    for number in range(count):
        await shop.forge.issues.open(shop.repo, f"Issue {number}", by="alice")
    await shop.forge.drained()


def numbers(shop: Shop) -> list[int]:
    return [body["issue"]["number"] for body in shop.received.of("issues", "opened")]


async def test_a_delivery_has_both_signatures_of_its_body(shop: Shop) -> None:
    await open_issues(shop, 1)
    event, body, headers = shop.received.events[-1]
    (delivery,) = [one for one in shop.forge.hooks.deliveries if one.event == "issues"]
    key = shop.app.webhook_secret.encode()
    assert (
        headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(key, delivery.body, hashlib.sha256).hexdigest()
    )
    assert headers["X-Hub-Signature"] == "sha1=" + hmac.new(key, delivery.body, hashlib.sha1).hexdigest()
    assert json.loads(delivery.body) == body
    assert (event, headers["X-GitHub-Delivery"]) == ("issues", delivery.guid)
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(shop.app.id)
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert body["installation"]["id"] == shop.installation.id


async def test_deliveries_arrive_in_order(shop: Shop) -> None:
    await open_issues(shop, 12)
    assert numbers(shop) == list(range(1, 13))


async def test_the_first_delivery_is_the_installation(shop: Shop) -> None:
    await shop.forge.drained()
    (payload,) = shop.received.of("installation", "created")
    assert [one["full_name"] for one in payload["repositories"]] == ["alice/shop"]


async def test_a_failed_delivery_is_sent_again_only_on_request(shop: Shop) -> None:
    await shop.forge.drained()
    shop.received.status = 500
    await open_issues(shop, 1)
    assert len(numbers(shop)) == 1
    (failed, *_) = await shop.as_app().get("/app/hook/deliveries")
    assert (failed["status_code"], failed["event"], failed["action"]) == (500, "issues", "opened")
    assert not failed["redelivery"]
    shop.received.status = 202
    await shop.as_app().post(f"/app/hook/deliveries/{failed['id']}/attempts")
    await shop.forge.drained()
    assert numbers(shop) == [1, 1]
    (again, *_) = await shop.as_app().get("/app/hook/deliveries")
    assert (again["guid"], again["redelivery"], again["status"]) == (failed["guid"], True, "OK")
    assert again["id"] != failed["id"]


async def test_deliveries_cannot_be_redelivered_after_three_days(shop: Shop) -> None:
    await open_issues(shop, 1)
    (last, *_) = await shop.as_app().get("/app/hook/deliveries")
    shop.forge.clock.advance(days=3, seconds=1)
    assert await shop.as_app().get("/app/hook/deliveries") == []
    assert (await shop.as_app()("POST", f"/app/hook/deliveries/{last['id']}/attempts", {})).status == 404


async def test_deliveries_are_paged_by_cursor(shop: Shop) -> None:
    await open_issues(shop, 7)
    seen: list[int] = []
    path = "/app/hook/deliveries?per_page=3"
    while path:
        reply = await shop.as_app()("GET", path)
        seen += [one["id"] for one in reply.body]
        link = reply.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix("<").removeprefix(shop.server.api_url)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 8


async def test_a_refused_connection_is_recorded_as_a_failure(shop: Shop) -> None:
    shop.app.webhook_url = "http://127.0.0.1:9/webhook"
    await open_issues(shop, 1)
    (failed, *_) = await shop.as_app().get("/app/hook/deliveries")
    assert (failed["status"], failed["status_code"]) == ("failed to connect to host", 502)


async def test_a_slow_answer_is_recorded_as_a_timeout(shop: Shop) -> None:
    async def sit_still(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(sit_still, "127.0.0.1", 0)
    shop.app.webhook_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    shop.forge.hooks.timeout = 0.05
    await open_issues(shop, 1)
    server.close()
    (failed, *_) = await shop.as_app().get("/app/hook/deliveries")
    assert (failed["status"], failed["status_code"]) == ("timed out", 504)


async def test_an_app_receives_only_subscribed_and_permitted_events(tmp_path: Path) -> None:
    some = {name: level for name, level in PERMISSIONS.items() if name != "issues"}
    async with open_shop(tmp_path, permissions=some, events=("issues", "push")) as shop:
        await open_issues(shop, 1)
        await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy")
        shop.forge.issues.create_label(shop.repo, "x", by="alice")
        await shop.forge.drained()
        assert shop.received.names() == ["installation.created", "push", "check_suite.requested"]


async def test_a_suspended_app_receives_no_events(shop: Shop) -> None:
    shop.forge.apps.suspend(shop.installation)
    await open_issues(shop, 1)
    assert shop.received.names() == ["installation.created", "installation.suspend"]


async def test_an_event_has_the_same_guid_for_every_app(shop: Shop) -> None:
    other = shop.forge.apps.register(
        "Other", "alice", permissions={"issues": "read"}, events=["issues"], webhook_url=shop.received.url
    )
    shop.forge.apps.install(other, shop.repo)
    await open_issues(shop, 1)
    guids = [one.guid for one in shop.forge.hooks.deliveries if one.event == "issues"]
    assert len(guids) == 2
    assert len(set(guids)) == 1


async def test_dropped_deliveries_can_be_found_and_redelivered(shop: Shop) -> None:
    await shop.forge.drained()
    shop.forge.faults.deliveries = DeliveryFaults(drop=1.0)
    await open_issues(shop, 3)
    assert numbers(shop) == []
    failed = await shop.as_app().get("/app/hook/deliveries?status=failure")
    assert len(failed) == 3
    for one in failed:
        await shop.as_app().post(f"/app/hook/deliveries/{one['id']}/attempts")
    await shop.forge.drained()
    assert sorted(numbers(shop)) == [1, 2, 3]


async def shuffled(folder: Path, seed: int) -> list[int]:
    async with open_shop(folder) as shop:
        await shop.forge.drained()
        shop.forge.hooks.paused = True
        shop.forge.faults.deliveries = DeliveryFaults(drop=0.1, repeat=0.2, reorder=0.4, seed=seed)
        await open_issues(shop, 30)
        shop.forge.hooks.resume()
        await shop.forge.drained()
        return numbers(shop)


async def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    first, same, other = [await shuffled(tmp_path / str(at), seed) for at, seed in enumerate((1, 1, 2))]
    assert first == same != other
    assert first != sorted(first)
    counts = Counter(first)
    assert max(counts.values()) == 2
    assert len(counts) < 30


async def test_delayed_deliveries_all_arrive(shop: Shop) -> None:
    shop.forge.faults.deliveries = DeliveryFaults(delay=0.05)
    await open_issues(shop, 10)
    assert sorted(numbers(shop)) == list(range(1, 11))


async def test_deliveries_wait_while_paused(shop: Shop) -> None:
    await shop.forge.drained()
    shop.forge.hooks.paused = True
    await open_issues(shop, 2)
    assert numbers(shop) == []
    shop.forge.hooks.resume()
    await shop.forge.drained()
    assert numbers(shop) == [1, 2]


async def test_a_payload_over_25_megabytes_is_not_sent(shop: Shop) -> None:
    await shop.forge.drained()
    message = "x" * (14 * 1024 * 1024)
    await shop.forge.repos.push(shop.repo, {"a": "1"}, message, by="wendy")
    await shop.forge.drained()
    assert "push" not in shop.received.names()
    assert not [one for one in shop.forge.hooks.deliveries if one.event == "push"]
