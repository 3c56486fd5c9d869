"""The application by area. Each uses the deprecated engine in its own way."""

from __future__ import annotations

from sandbox.sample.engines import SUPERVISOR

ORDERS: dict[str, str] = {
    "shop/orders/__init__.py": "",
    "shop/orders/models.py": """\
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    number: int
    user: str
    cents: int
    paid: bool = False

    @property
    def label(self) -> str:
        return f"#{self.number} ({self.cents / 100:.2f} €)"
""",
    "shop/orders/agent.py": """\
from __future__ import annotations

from collections.abc import Iterable

from shop.orders.models import Order


class OrderAgent:
    name = "orders"

    def __init__(self, orders: Iterable[Order] = ()) -> None:
        self._orders = {str(order.number): order for order in orders}

    def answer(self, message: str) -> str:
        found = [self._orders[word] for word in message.split() if word in self._orders]
        return "; ".join(f"{order.label}: {'paid' if order.paid else 'open'}" for order in found)
""",
    "shop/orders/service.py": '''\
"""Questions about orders, from the shop's page."""

from __future__ import annotations

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry
from shop.bridge.websocket import WebSocketBridge
from shop.orders.agent import OrderAgent
from shop.orders.models import Order


class OrderService:
    def __init__(self, orders: list[Order], bridge: WebSocketBridge | None = None) -> None:
        registry = AgentRegistry(OrderAgent(orders))
        self.engine = ExecutionEngine(registry, websocket_bridge=bridge)  # one for the whole service

    def ask(self, user: str, message: str) -> str:
        return self.engine.run("orders", message, user).text
''',
}

CATALOG: dict[str, str] = {
    "shop/catalog/__init__.py": "",
    "shop/catalog/agent.py": """\
from __future__ import annotations


class CatalogAgent:
    name = "catalog"

    def __init__(self, titles: list[str]) -> None:
        self._titles = titles

    def answer(self, message: str) -> str:
        words = {word.lower() for word in message.split()}
        return ", ".join(title for title in self._titles if words & set(title.lower().split()))
""",
    "shop/catalog/search.py": '''\
"""Search in plain words."""

from __future__ import annotations

import shop.agents.execution_engine
from shop.agents.registry import AgentRegistry
from shop.catalog.agent import CatalogAgent


def search(titles: list[str], question: str, user: str = "anonymous") -> list[str]:
    registry = AgentRegistry(CatalogAgent(titles))
    engine = shop.agents.execution_engine.ExecutionEngine(registry)
    found = engine.run("catalog", question, user).text
    return found.split(", ") if found else []
''',
}

BILLING: dict[str, str] = {
    "shop/billing/__init__.py": "",
    "shop/billing/invoices.py": """\
from __future__ import annotations

from shop.orders.models import Order


def total(orders: list[Order]) -> int:
    return sum(order.cents for order in orders)


def due(orders: list[Order]) -> list[Order]:
    return [order for order in orders if not order.paid]
""",
    "shop/billing/agent.py": '''\
"""Answers about invoices."""

from __future__ import annotations

from shop.agents.execution_engine import ExecutionEngine as Engine, RunResult
from shop.agents.registry import AgentRegistry
from shop.billing.invoices import due, total
from shop.orders.models import Order


class BillingAgent:
    name = "billing"

    def __init__(self, orders: list[Order]) -> None:
        self._orders = orders

    def answer(self, message: str) -> str:
        cents = total(due(self._orders))
        return f"You owe {cents / 100:.2f} €." if cents else "Everything is paid."


def balance(orders: list[Order], user: str) -> RunResult:
    return Engine(AgentRegistry(BillingAgent(orders)), max_steps=2).run("billing", "How much?", user)
''',
}

SUPPORT: dict[str, str] = {
    "shop/support/__init__.py": "",
    "shop/support/agent.py": """\
from __future__ import annotations

ANSWERS = {"hours": "We are here from nine to five.", "refund": "Within thirty days, no questions asked."}


class SupportAgent:
    name = "support"

    def answer(self, message: str) -> str:
        return " ".join(answer for word, answer in ANSWERS.items() if word in message.lower())
""",
    "shop/support/chat.py": '''\
"""The chat window in the corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.agents.execution_engine import ExecutionEngine, RunResult


class Chat:
    def __init__(self, engine: ExecutionEngine, user: str) -> None:
        self.engine = engine
        self.user = user
        self.lines: list[str] = []

    def say(self, message: str) -> RunResult:
        result = self.engine.run("support", message, self.user)
        self.lines += [f"{self.user}: {message}", f"shop: {result.text}"]
        return result
''',
    "shop/support/escalation.py": '''\
"""When no agent knows, a colleague does."""

from __future__ import annotations

from shop.agents import ExecutionEngine, RunResult


def needs_colleague(result: RunResult) -> bool:
    return result.empty or result.agent == "nobody"


def last_words(engine: ExecutionEngine, user: str) -> str:
    own = [result.text for result in engine.history() if result.user == user]
    return own[-1] if own else ""
''',
}

REPORTS: dict[str, str] = {
    "shop/reports/__init__.py": "",
    "shop/reports/daily.py": '''\
"""What the agents did today."""

from __future__ import annotations

from collections import Counter


def summary(messages: list[tuple[str, str]]) -> dict[str, int]:
    from shop.agents.execution_engine import ExecutionEngine
    from shop.dependencies import build_registry

    engine = ExecutionEngine(build_registry())
    return dict(Counter(engine.run(agent, message).agent for agent, message in messages))
''',
    "shop/reports/export.py": '''\
"""The engine that an export names in its first line."""

from __future__ import annotations

ENGINE = "shop.agents.execution_engine.ExecutionEngine"


def heading(day: str) -> str:
    return f"# runs of {day}, by {ENGINE}"
''',
}

ADMIN: dict[str, str] = {
    "shop/admin/__init__.py": "",
    "shop/admin/replay.py": '''\
"""Plays a recorded conversation again. Nobody has written a test for it yet."""

from __future__ import annotations

from typing import Any

from shop.agents.execution_engine import ExecutionEngine


def replay(options: dict[str, Any], lines: list[tuple[str, str]]) -> list[str]:
    engine = ExecutionEngine(**options)
    engine.forget_everyone()
    return [engine.run(agent, message).text for agent, message in lines]
''',
    "shop/admin/plugins.py": '''\
"""Engines by name, as old configuration files write them."""

from __future__ import annotations

from typing import Any

from shop.agents import execution_engine


def engine_named(kind: str) -> Any:
    return getattr(execution_engine, kind.title() + "Engine")
''',
    "shop/admin/sessions.py": '''\
"""Engines of a session: the helper has moved, and nobody noticed, because of the fallback."""

from __future__ import annotations

try:
    from shop.agents.execution_engine import UserExecutionContext, create_request_scoped_engine
except ImportError:
    UserExecutionContext = create_request_scoped_engine = None


def can_open_sessions() -> bool:
    return create_request_scoped_engine is not None and UserExecutionContext is not None
''',
}

TOP: dict[str, str] = {
    "shop/dependencies.py": '''\
"""What the application is put together from."""

from __future__ import annotations

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry
from shop.agents.supervisor import Supervisor, supervise
from shop.bridge.websocket import WebSocketBridge
from shop.catalog.agent import CatalogAgent
from shop.orders.agent import OrderAgent
from shop.support.agent import SupportAgent

TITLES = ["The Quiet Engine", "A History of Queues", "Herding for Beginners"]


def build_registry() -> AgentRegistry:
    return AgentRegistry(OrderAgent(), CatalogAgent(TITLES), SupportAgent())


def build_engine(bridge: WebSocketBridge | None = None) -> ExecutionEngine:
    return ExecutionEngine(build_registry(), bridge)


def build_supervisor(bridge: WebSocketBridge | None = None) -> Supervisor:
    return supervise(build_engine(bridge), "orders", "catalog", "support")
''',
    "shop/app.py": '''\
"""The shop's front: one message in, one answer out."""

from __future__ import annotations

from shop.agents.execution_engine import RunResult
from shop.bridge.websocket import WebSocketBridge
from shop.dependencies import build_supervisor


class Shop:
    def __init__(self) -> None:
        self.bridge = WebSocketBridge()
        self.supervisor = build_supervisor(self.bridge)

    def message(self, user: str, text: str) -> RunResult:
        return self.supervisor.ask(text, user)
''',
    "shop/agents/supervisor.py": SUPERVISOR,
}

SCRIPTS: dict[str, str] = {
    "scripts/old_report.py": """\
# Ran every night, in another age.
from shop.agents.execution_engine import ExecutionEngine

engine = ExecutionEngine(None)
for result in engine.history():
    print "%s: %s" % (result.user, result.text)
""",
    "scripts/load.py": '''\
"""Asks a few hundred questions and says how long that took."""

from __future__ import annotations

import time

from shop.agents.execution_engine import *
from shop.dependencies import build_registry


def main(questions: int = 300) -> None:
    engine = ExecutionEngine(build_registry())
    start = time.perf_counter()
    for number in range(questions):
        engine.run("support", f"refund {number}")
    print(f"{questions} questions: {time.perf_counter() - start:.3f} s")


if __name__ == "__main__":
    main()
''',
}
