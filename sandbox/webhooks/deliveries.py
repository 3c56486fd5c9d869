"""Webhook deliveries: signed, posted in order for each App, and listed for three days."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import aiohttp

from sandbox.access.permissions import is_granted
from sandbox.access.refusals import Refusal, not_found
from sandbox.controls.clock import Clock
from sandbox.controls.exchanges import KEPT_EXCHANGES
from sandbox.controls.faults import Faults
from sandbox.model.accounts import App, Installation, User
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.render.accounts import user as user_json
from sandbox.render.node_ids import node_id
from sandbox.render.repositories import webhook_organization, webhook_repository
from sandbox.render.view import ForgeView
from sandbox.webhooks.events import EVENT_NEEDS
from sandbox.webhooks.payloads import Payloads

LARGEST_PAYLOAD = 25 * 1024 * 1024
LISTED_FOR = timedelta(days=3)


@dataclass
class Delivery:
    id: int
    guid: str
    app: App
    event: str
    action: str | None
    body: bytes
    installation_id: int | None
    repository_id: int | None
    at: datetime
    redelivery: bool = False
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str | None = None

    @property
    def payload(self) -> Json:
        found: Json = json.loads(self.body)
        return found

    @property
    def attempted(self) -> bool:
        return self.status != "pending"

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status_code < 300


@dataclass
class _AppQueue:
    """The deliveries that wait for one App."""

    waiting: deque[Delivery] = field(default_factory=deque)
    held: list[tuple[int, Delivery]] = field(default_factory=list)
    worker: asyncio.Task[None] | None = None


class InstalledApps(Protocol):
    def installations_on(self, repo: Repository) -> list[Installation]: ...


class WebhooksForge(ForgeView, Protocol):
    """What webhooks need of the forge."""

    @property
    def clock(self) -> Clock: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def apps(self) -> InstalledApps: ...

    def next_id(self) -> int: ...


class Webhooks:
    def __init__(self, forge: WebhooksForge) -> None:
        self._forge = forge
        self._lines: dict[int, _AppQueue] = {}
        self._session: aiohttp.ClientSession | None = None
        self._late: set[asyncio.Task[None]] = set()
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_EXCHANGES)
        self.fired = Payloads()
        self.timeout = 10.0
        self.paused = False

    # firing

    def fire(
        self,
        event: str,
        action: str | None,
        repo: Repository,
        sender: User,
        fields: Json,
        *,
        only: App | None = None,
    ) -> None:
        guid = str(uuid.uuid4())
        for one in self._forge.apps.installations_on(repo):
            if (only is None or one.app is only) and _is_subscribed(one, event, action, only):
                payload = self._payload(event, action, repo, sender, fields, one)
                self._enqueue(one, event, action, payload, repo.id, guid)

    def _payload(
        self, event: str, action: str | None, repo: Repository, sender: User, fields: Json, one: Installation
    ) -> Json:
        forge = self._forge
        head: Json = {"action": action} if action else {}
        return {
            **head,
            **fields,
            "repository": {**webhook_repository(forge, repo), **fields.get("repository", {})},
            **webhook_organization(forge, repo),
            "sender": user_json(forge, sender),
            "installation": {"id": one.id, "node_id": node_id("MDIz", one.id)},
        }

    def fire_installation(
        self, event: str, action: str, one: Installation, sender: User, fields: Json
    ) -> None:
        payload = {"action": action, **fields, "sender": user_json(self._forge, sender)}
        self._enqueue(one, event, action, payload, None, str(uuid.uuid4()))

    def _enqueue(
        self,
        one: Installation,
        event: str,
        action: str | None,
        payload: Json,
        repository_id: int | None,
        guid: str,
    ) -> None:
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "surrogateescape"
        )
        self.fired.add(event, action, body)
        if one.app.webhook_url is None or len(body) > LARGEST_PAYLOAD:
            return
        forge = self._forge
        number = forge.next_id()
        now = forge.clock.now()
        delivery = Delivery(number, guid, one.app, event, action, body, one.id, repository_id, now)
        self.deliveries.append(delivery)
        self._send_later(delivery)

    # listing

    def recent(self, app: App) -> list[Delivery]:
        """Return the attempted deliveries of the last three days, newest first."""
        since = self._forge.clock.now() - LISTED_FOR
        return [
            one for one in reversed(self.deliveries) if one.app is app and one.at > since and one.attempted
        ]

    def find(self, app: App, number: int) -> Delivery:
        found = next((one for one in self.recent(app) if one.id == number), None)
        if found is None:
            raise not_found()
        return found

    def redeliver(self, app: App, number: int) -> Delivery:
        old = self.find(app, number)
        if app.webhook_url is None:
            raise Refusal(422, "Validation Failed")
        again = Delivery(
            self._forge.next_id(),
            old.guid,
            app,
            old.event,
            old.action,
            old.body,
            old.installation_id,
            old.repository_id,
            self._forge.clock.now(),
            redelivery=True,
        )
        self.deliveries.append(again)
        self._send_later(again, faulty=False)
        return again

    # sending

    def _send_later(self, delivery: Delivery, faulty: bool = True) -> None:
        line = self._lines.setdefault(delivery.app.id, _AppQueue())
        for one, behind in self._apply_faults(delivery) if faulty else [(delivery, 0)]:
            if behind:
                line.held.append((behind, one))
            else:
                line.waiting.append(one)
        self._wake(line)

    def _apply_faults(self, delivery: Delivery) -> Iterable[tuple[Delivery, int]]:
        """Apply the ordered faults: return the copies to send, and how many deliveries overtake each."""
        faults = self._forge.faults.deliveries
        if not faults.applies_to(delivery.event):
            return [(delivery, 0)]
        if faults.occurs(faults.drop):
            delivery.status, delivery.status_code = "failed to connect to host", 502
            return []
        copies = 2 if faults.occurs(faults.repeat) else 1
        return [
            (delivery, faults.dice.randint(1, 8) if faults.occurs(faults.reorder) else 0)
            for _ in range(copies)
        ]

    def _wake(self, line: _AppQueue) -> None:
        if line.worker is None and not self.paused and (line.waiting or line.held):
            line.worker = asyncio.get_running_loop().create_task(self._work(line))

    async def _work(self, line: _AppQueue) -> None:
        try:
            while (delivery := _next(line)) and not self.paused:
                await self._attempt(delivery)
        finally:
            line.worker = None

    async def _attempt(self, delivery: Delivery) -> None:
        faults = self._forge.faults.deliveries
        if faults.delay and faults.applies_to(delivery.event):
            task = asyncio.get_running_loop().create_task(
                self._post_late(delivery, faults.dice.uniform(0, faults.delay))
            )
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return
        await self._post(delivery)

    async def _post_late(self, delivery: Delivery, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._post(delivery)

    async def _post(self, delivery: Delivery) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout))
        delivery.request_headers = self._headers(delivery)
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with self._session.post(
                delivery.app.webhook_url or "",
                data=delivery.body,
                headers=delivery.request_headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                text = await response.text(errors="replace")
                delivery.status_code, delivery.response_body = response.status, text[:100_000]
                delivery.response_headers = dict(response.headers)
                delivery.status = "OK" if delivery.succeeded else f"Invalid HTTP Response: {response.status}"
        except TimeoutError:
            delivery.status, delivery.status_code = "timed out", 504
        except aiohttp.ClientError:
            delivery.status, delivery.status_code = "failed to connect to host", 502
        delivery.duration = round(loop.time() - start, 2)

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        key = delivery.app.webhook_secret.encode()
        return {
            "User-Agent": "GitHub-Hookshot/5ea4e28",
            "Accept": "*/*",
            "Content-Type": "application/json",
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Hook-ID": str(delivery.app.id * 10),
            "X-GitHub-Hook-Installation-Target-ID": str(delivery.app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": "sha1=" + hmac.new(key, delivery.body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(key, delivery.body, hashlib.sha256).hexdigest(),
        }

    # waiting

    @property
    def busy(self) -> bool:
        return bool(self._running())

    def _running(self) -> list[asyncio.Task[None]]:
        return [line.worker for line in self._lines.values() if line.worker] + list(self._late)

    async def drained(self) -> None:
        while running := self._running():
            await asyncio.wait(running)

    def resume(self) -> None:
        """Send the deliveries that accumulated while paused."""
        self.paused = False
        for line in self._lines.values():
            self._wake(line)

    async def close(self) -> None:
        self.paused = True
        running = self._running()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None


def _next(line: _AppQueue) -> Delivery | None:
    """Return the next delivery. A reordered one comes after enough others, or last."""
    for at, (behind, delivery) in enumerate(line.held):
        if behind <= 0 or not line.waiting:
            del line.held[at]
            return delivery
    if not line.waiting:
        return None
    line.held = [(behind - 1, delivery) for behind, delivery in line.held]
    return line.waiting.popleft()


def _is_subscribed(one: Installation, event: str, action: str | None, only: App | None) -> bool:
    if event not in one.events and not (event.startswith("check_") and only):
        return False
    return is_granted(one.permissions, EVENT_NEEDS.get(event, "metadata:read"))
