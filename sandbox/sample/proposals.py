"""Two pull requests that are open while the migration runs."""

from __future__ import annotations

WISHLIST: dict[str, str | None] = {
    "shop/wishlist/__init__.py": "",
    "shop/wishlist/agent.py": '''\
"""Remembers what a customer would like to have."""

from __future__ import annotations

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry


class WishAgent:
    name = "wishes"

    def answer(self, message: str) -> str:
        return f"Noted: {message}"


def wish(user: str, text: str) -> str:
    engine = ExecutionEngine(AgentRegistry(WishAgent()))
    return engine.run("wishes", text, user).text
''',
    "tests/unit/test_wishlist.py": """\
from __future__ import annotations

import unittest

from shop.wishlist.agent import wish


class Wishes(unittest.TestCase):
    def test_a_wish_is_noted(self) -> None:
        self.assertEqual(wish("ann", "a kite"), "Noted: a kite")
""",
}
WISHLIST_BODY = """\
Customers ask for it every week. An agent that notes what they would like to have; storing it comes next.

- [x] the agent
- [x] a test
- [ ] the page
"""

LOOSE_ENDS: dict[str, str | None] = {
    "shop/admin/plugins.py": '''\
"""Engines by name, as old configuration files write them."""

from __future__ import annotations

from shop.agents.user_execution_engine import UserExecutionEngine

ENGINES = {"execution": UserExecutionEngine}


def engine_named(kind: str) -> type[UserExecutionEngine]:
    return ENGINES[kind]
''',
    "shop/admin/replay.py": '''\
"""Plays a recorded conversation again, in an engine of its own: there is nobody else to forget."""

from __future__ import annotations

from shop.agents.context import UserExecutionContext
from shop.agents.registry import AgentRegistry
from shop.agents.user_execution_engine import UserExecutionEngine
from shop.bridge.websocket import WebSocketBridge


def replay(registry: AgentRegistry, user: str, lines: list[tuple[str, str]]) -> list[str]:
    engine = UserExecutionEngine(UserExecutionContext(user), registry, WebSocketBridge())
    return [engine.run(agent, message).text for agent, message in lines]
''',
    "shop/admin/sessions.py": '''\
"""Engines of a session."""

from __future__ import annotations

from shop.agents.context import UserExecutionContext
from shop.agents.factory import create_request_scoped_engine


def can_open_sessions() -> bool:
    return create_request_scoped_engine is not None and UserExecutionContext is not None
''',
    "tests/integration/test_sessions.py": """\
from __future__ import annotations

import unittest

from shop.agents.factory import create_request_scoped_engine
from shop.dependencies import build_registry


class Sessions(unittest.TestCase):
    def test_a_session_has_an_engine(self) -> None:
        engine = create_request_scoped_engine(build_registry(), "ann")
        self.assertEqual(engine.context.user, "ann")
""",
    "scripts/old_report.py": None,
}
LOOSE_ENDS_BODY = """\
Manual work for #1:

- `plugins.py` put the engine's name together from a string: now a table
- `replay.py` unpacked a dictionary into the constructor, and emptied *everybody's* history on the way
- `sessions.py` and its test imported a helper that moved to `shop.agents.factory` weeks ago; the \
`except ImportError` kept that quiet, and the test was skipped ever since
- `scripts/old_report.py` has not parsed since Python 2, so I removed it
"""
