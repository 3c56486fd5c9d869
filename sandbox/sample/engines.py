"""The package `shop.agents`: the deprecated engine, its replacement, and what both use."""

from __future__ import annotations

PACKAGE = '''\
"""Agents answer customers. The engine runs them."""

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry
from shop.agents.results import RunResult

__all__ = ["AgentRegistry", "ExecutionEngine", "RunResult"]
'''

BASE = '''\
"""What every agent can do."""

from __future__ import annotations

from typing import Protocol


class Agent(Protocol):
    name: str

    def answer(self, message: str) -> str:
        """One message of a customer's, one answer."""
'''

RESULTS = """\
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunResult:
    agent: str
    user: str
    text: str
    steps: int = 1

    @property
    def empty(self) -> bool:
        return not self.text.strip()
"""

REGISTRY = '''\
from __future__ import annotations

from shop.agents.base import Agent


class UnknownAgent(LookupError):
    """Nobody registered an agent of this name."""


class AgentRegistry:
    def __init__(self, *agents: Agent) -> None:
        self._agents = {agent.name: agent for agent in agents}

    def add(self, agent: Agent) -> None:
        self._agents[agent.name] = agent

    def get(self, name: str) -> Agent:
        try:
            return self._agents[name]
        except KeyError:
            raise UnknownAgent(name) from None

    def names(self) -> list[str]:
        return sorted(self._agents)
'''

CONTEXT = '''\
"""Who a run belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4


@dataclass(frozen=True)
class UserExecutionContext:
    user: str
    run_id: str = field(default_factory=lambda: uuid4().hex)
    max_steps: int = 8
'''

LEGACY_FIRST = '''\
"""Runs agents."""

from __future__ import annotations

from shop.agents.registry import AgentRegistry
from shop.agents.results import RunResult
from shop.bridge.websocket import WebSocketBridge

_results: list[RunResult] = []


class ExecutionEngine:
    def __init__(
        self, registry: AgentRegistry, websocket_bridge: WebSocketBridge | None = None, max_steps: int = 8
    ) -> None:
        self.registry = registry
        self.websocket_bridge = websocket_bridge or WebSocketBridge()
        self.max_steps = max_steps

    def run(self, agent: str, message: str, user: str = "anonymous") -> RunResult:
        self.websocket_bridge.send("agent_started", user)
        text = self.registry.get(agent).answer(message)
        result = RunResult(agent, user, text, min(len(message.split()), self.max_steps))
        _results.append(result)
        self.websocket_bridge.send("agent_completed", user)
        return result

    def history(self) -> list[RunResult]:
        return list(_results)

    def forget_everyone(self) -> None:
        _results.clear()


def create_request_scoped_engine(registry: AgentRegistry) -> ExecutionEngine:
    return ExecutionEngine(registry)
'''

LEGACY = '''\
"""Runs agents. Deprecated: every user's results lie in one list, and users saw each other's data.

Use shop.agents.user_execution_engine.UserExecutionEngine. What is left to move: the tracking issue.
"""

from __future__ import annotations

from shop.agents.registry import AgentRegistry
from shop.agents.results import RunResult
from shop.bridge.websocket import WebSocketBridge

_results: list[RunResult] = []  # everybody's


class ExecutionEngine:
    """One engine for all users."""

    def __init__(
        self, registry: AgentRegistry, websocket_bridge: WebSocketBridge | None = None, max_steps: int = 8
    ) -> None:
        self.registry = registry
        self.websocket_bridge = websocket_bridge or WebSocketBridge()
        self.max_steps = max_steps

    def run(self, agent: str, message: str, user: str = "anonymous") -> RunResult:
        self.websocket_bridge.send("agent_started", user)
        text = self.registry.get(agent).answer(message)
        result = RunResult(agent, user, text, min(len(message.split()), self.max_steps))
        _results.append(result)
        self.websocket_bridge.send("agent_completed", user)
        return result

    def history(self) -> list[RunResult]:
        return list(_results)

    def forget_everyone(self) -> None:
        _results.clear()
'''

REPLACEMENT = '''\
"""Runs agents for one user, and keeps what it knows to itself."""

from __future__ import annotations

from shop.agents.context import UserExecutionContext
from shop.agents.registry import AgentRegistry
from shop.agents.results import RunResult
from shop.bridge.websocket import WebSocketBridge


class UserExecutionEngine:
    """One engine for one user's requests: nothing of it is shared."""

    def __init__(
        self, context: UserExecutionContext, registry: AgentRegistry, emitter: WebSocketBridge
    ) -> None:
        self.context = context
        self.registry = registry
        self.emitter = emitter
        self._results: list[RunResult] = []

    @classmethod
    def create_from_legacy(
        cls, registry: AgentRegistry, websocket_emitter: WebSocketBridge | None = None, max_steps: int = 8
    ) -> UserExecutionEngine:
        """Takes what the deprecated engine took."""
        context = UserExecutionContext("anonymous", max_steps=max_steps)
        return cls(context, registry, websocket_emitter or WebSocketBridge())

    def run(self, agent: str, message: str, user: str | None = None) -> RunResult:
        owner = user or self.context.user
        self.emitter.send("agent_started", owner)
        text = self.registry.get(agent).answer(message)
        result = RunResult(agent, owner, text, min(len(message.split()), self.context.max_steps))
        self._results.append(result)
        self.emitter.send("agent_completed", owner)
        return result

    def history(self) -> list[RunResult]:
        return list(self._results)
'''

FACTORY = '''\
"""Engines for one request each."""

from __future__ import annotations

from shop.agents.context import UserExecutionContext
from shop.agents.registry import AgentRegistry
from shop.agents.user_execution_engine import UserExecutionEngine
from shop.bridge.websocket import WebSocketBridge


def create_request_scoped_engine(
    registry: AgentRegistry, user: str, emitter: WebSocketBridge | None = None
) -> UserExecutionEngine:
    return UserExecutionEngine(UserExecutionContext(user), registry, emitter or WebSocketBridge())
'''

SUPERVISOR = '''\
"""Tries one agent after another until somebody has an answer."""

from __future__ import annotations

from collections.abc import Sequence

from .execution_engine import (  # the shared one, see docs/architecture.md
    ExecutionEngine,  # runs them
    RunResult,
)


class Supervisor:
    def __init__(self, engine: "ExecutionEngine", order: Sequence[str]) -> None:
        self.engine = engine
        self.order = order

    def ask(self, message: str, user: str) -> RunResult:
        for name in self.order:
            result = self.engine.run(name, message, user)
            if not result.empty:
                return result
        return RunResult("nobody", user, "I could not find that out. A colleague will write to you.")


def supervise(engine: ExecutionEngine, *order: str) -> Supervisor:
    return Supervisor(engine, order)
'''

BRIDGE = '''\
"""What the browser hears about a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Listener = Callable[[str, str], None]


@dataclass
class WebSocketBridge:
    sent: list[tuple[str, str]] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)

    def send(self, event: str, user: str) -> None:
        self.sent.append((event, user))
        for listener in self.listeners:
            listener(event, user)

    def events_of(self, user: str) -> list[str]:
        return [event for event, owner in self.sent if owner == user]
'''

BRIDGE_EVENTS = '''\
from __future__ import annotations

STARTED = "agent_started"
COMPLETED = "agent_completed"
CRITICAL = (STARTED, COMPLETED)


def missing(events: list[str]) -> list[str]:
    """The events that a user must see, and did not."""
    return [event for event in CRITICAL if event not in events]
'''

LEGACY_PATH = "shop/agents/execution_engine.py"
REPLACEMENT_PATH = "shop/agents/user_execution_engine.py"

FOUNDATION: dict[str, str] = {
    "shop/__init__.py": '"""A shop whose customers talk to agents."""\n',
    "shop/agents/__init__.py": PACKAGE,
    "shop/agents/base.py": BASE,
    "shop/agents/registry.py": REGISTRY,
    "shop/agents/results.py": RESULTS,
    "shop/bridge/__init__.py": "",
    "shop/bridge/events.py": BRIDGE_EVENTS,
    "shop/bridge/websocket.py": BRIDGE,
}
ISOLATION: dict[str, str] = {
    "shop/agents/context.py": CONTEXT,
    REPLACEMENT_PATH: REPLACEMENT,
}
