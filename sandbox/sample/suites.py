"""The sample's own tests, which the check runner runs with unittest."""

from __future__ import annotations

MISSION_CRITICAL: dict[str, str] = {
    "tests/__init__.py": "",
    "tests/support.py": '''\
"""What several suites need."""

from __future__ import annotations

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry
from shop.bridge.websocket import WebSocketBridge


class Echo:
    name = "echo"

    def answer(self, message: str) -> str:
        return message.upper()


def echo_engine(bridge: WebSocketBridge | None = None) -> ExecutionEngine:
    return ExecutionEngine(AgentRegistry(Echo()), websocket_bridge=bridge)
''',
    "tests/mission_critical/__init__.py": "",
    "tests/mission_critical/test_isolation.py": '''\
"""No user sees another's data. Nothing is released while one of these fails."""

from __future__ import annotations

import unittest

from shop.agents.context import UserExecutionContext
from shop.agents.registry import AgentRegistry
from shop.agents.user_execution_engine import UserExecutionEngine
from shop.bridge.websocket import WebSocketBridge
from tests.support import Echo


def engine_for(user: str) -> UserExecutionEngine:
    return UserExecutionEngine(UserExecutionContext(user), AgentRegistry(Echo()), WebSocketBridge())


class Isolation(unittest.TestCase):
    def test_two_users_have_two_histories(self) -> None:
        ann, bob = engine_for("ann"), engine_for("bob")
        ann.run("echo", "my card number")
        self.assertEqual(bob.history(), [])

    def test_a_run_belongs_to_the_user_of_its_engine(self) -> None:
        self.assertEqual(engine_for("ann").run("echo", "hello").user, "ann")
''',
    "tests/mission_critical/test_events.py": '''\
"""No event is lost on the way to the browser."""

from __future__ import annotations

import unittest

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry
from shop.bridge.events import missing
from shop.bridge.websocket import WebSocketBridge
from tests.support import Echo


class Events(unittest.TestCase):
    def test_the_browser_hears_of_start_and_end(self) -> None:
        bridge = WebSocketBridge()
        engine = ExecutionEngine(AgentRegistry(Echo()), websocket_bridge=bridge)
        engine.run("echo", "hello", "ann")
        self.assertEqual(missing(bridge.events_of("ann")), [])

    def test_nobody_hears_of_a_stranger(self) -> None:
        bridge = WebSocketBridge()
        ExecutionEngine(AgentRegistry(Echo()), bridge).run("echo", "hello", "ann")
        self.assertEqual(bridge.events_of("bob"), [])
''',
    "tests/mission_critical/test_startup.py": '''\
"""The application comes up, and answers."""

from __future__ import annotations

import unittest
from unittest import mock

from shop.agents.execution_engine import ExecutionEngine  # noqa: F401  the name that patches mean
from shop.app import Shop


class Startup(unittest.TestCase):
    def test_a_question_is_answered(self) -> None:
        self.assertIn("nine", Shop().message("ann", "What are your hours?").text)

    def test_what_nobody_knows_goes_to_a_colleague(self) -> None:
        self.assertEqual(Shop().message("ann", "Why?").agent, "nobody")

    def test_the_engine_comes_from_the_dependencies(self) -> None:
        with mock.patch("shop.dependencies.ExecutionEngine") as engine:
            Shop()
        self.assertTrue(engine.mock_calls)
''',
}

INTEGRATION: dict[str, str] = {
    "tests/integration/__init__.py": "",
    "tests/integration/test_orders.py": """\
from __future__ import annotations

import unittest

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry
from shop.orders.agent import OrderAgent
from shop.orders.models import Order
from shop.orders.service import OrderService

ORDERS = [Order(7, "ann", 1250, paid=True), Order(8, "bob", 990)]


class Orders(unittest.TestCase):
    def test_the_service_answers(self) -> None:
        self.assertEqual(OrderService(ORDERS).ask("ann", "Where is 7 ?"), "#7 (12.50 €): paid")

    def test_an_engine_of_its_own_answers_the_same(self) -> None:
        engine = ExecutionEngine(AgentRegistry(OrderAgent(ORDERS)))
        self.assertEqual(engine.run("orders", "8", "bob").text, "#8 (9.90 €): open")
""",
    "tests/integration/test_billing.py": """\
from __future__ import annotations

import unittest

from shop.agents.execution_engine import ExecutionEngine as Engine
from shop.agents.registry import AgentRegistry
from shop.billing.agent import BillingAgent, balance
from shop.orders.models import Order


class Billing(unittest.TestCase):
    def test_what_is_open_is_due(self) -> None:
        self.assertIn("9.90", balance([Order(8, "bob", 990)], "bob").text)

    def test_steps_are_limited(self) -> None:
        engine = Engine(AgentRegistry(BillingAgent([])), max_steps=3)
        self.assertEqual(engine.run("billing", "one two three four five").steps, 3)
""",
    "tests/integration/test_catalog.py": """\
from __future__ import annotations

import unittest

from shop.catalog.search import search

TITLES = ["The Quiet Engine", "Herding for Beginners"]


class Catalog(unittest.TestCase):
    def test_a_word_finds_its_title(self) -> None:
        self.assertEqual(search(TITLES, "something on herding"), ["Herding for Beginners"])

    def test_nothing_is_nothing(self) -> None:
        self.assertEqual(search(TITLES, "cheese"), [])
""",
    "tests/integration/test_chat.py": """\
from __future__ import annotations

import unittest

from shop.agents.execution_engine import (
    ExecutionEngine,
    RunResult,  # what a run gives back
)
from shop.agents.registry import AgentRegistry
from shop.support.agent import SupportAgent
from shop.support.chat import Chat
from shop.support.escalation import last_words, needs_colleague


class ChatWindow(unittest.TestCase):
    def setUp(self) -> None:
        self.engine = ExecutionEngine(AgentRegistry(SupportAgent()))

    def test_both_sides_are_written_down(self) -> None:
        chat = Chat(self.engine, "ann")
        chat.say("refund please")
        self.assertEqual(chat.lines[1], "shop: Within thirty days, no questions asked.")

    def test_the_last_answer_is_kept(self) -> None:
        Chat(self.engine, "cleo").say("your hours?")
        self.assertTrue(last_words(self.engine, "cleo").startswith("We are here"))

    def test_silence_needs_a_colleague(self) -> None:
        self.assertTrue(needs_colleague(RunResult("support", "ann", "")))
""",
    "tests/integration/test_bridge.py": """\
from __future__ import annotations

import unittest

from shop.bridge.websocket import WebSocketBridge
from tests.support import echo_engine


class Bridge(unittest.TestCase):
    def test_a_listener_hears_every_event(self) -> None:
        heard: list[str] = []
        bridge = WebSocketBridge(listeners=[lambda event, user: heard.append(event)])
        echo_engine(bridge).run("echo", "hello", "ann")
        self.assertEqual(heard, ["agent_started", "agent_completed"])
""",
    "tests/integration/test_sessions.py": """\
from __future__ import annotations

import unittest

try:
    from shop.agents.execution_engine import create_request_scoped_engine
except ImportError:
    create_request_scoped_engine = None


@unittest.skipIf(create_request_scoped_engine is None, "the engine of a session is not there")
class Sessions(unittest.TestCase):
    def test_a_session_has_an_engine(self) -> None:
        self.assertTrue(callable(create_request_scoped_engine))
""",
}

END_TO_END: dict[str, str] = {
    "tests/e2e/__init__.py": "",
    "tests/e2e/test_conversation.py": """\
from __future__ import annotations

import unittest

from shop.agents.execution_engine import ExecutionEngine
from shop.app import Shop
from shop.dependencies import build_registry


class Conversation(unittest.TestCase):
    def test_a_customer_asks_three_things(self) -> None:
        shop = Shop()
        answers = [shop.message("ann", text).agent for text in ("refund?", "herding", "hours?")]
        self.assertEqual(answers, ["support", "catalog", "support"])

    def test_every_agent_can_be_reached(self) -> None:
        engine = ExecutionEngine(build_registry())
        self.assertEqual(engine.registry.names(), ["catalog", "orders", "support"])
""",
    "tests/e2e/test_refund.py": """\
from __future__ import annotations

import unittest

import shop.agents.execution_engine as engines
from shop.dependencies import build_registry


class Refund(unittest.TestCase):
    def test_a_refund_is_explained(self) -> None:
        engine = engines.ExecutionEngine(build_registry())
        self.assertIn("thirty days", engine.run("support", "a refund", "ann").text)

    def test_the_result_says_whose_it_is(self) -> None:
        engine = engines.ExecutionEngine(build_registry())
        self.assertEqual(engine.run("support", "refund", "ann").user, "ann")
""",
    "tests/e2e/test_checkout.py": """\
from __future__ import annotations

import unittest
from unittest import mock

from shop.agents.execution_engine import ExecutionEngine, RunResult
from shop.dependencies import build_registry


class Checkout(unittest.TestCase):
    def test_an_answer_can_be_stood_in_for(self) -> None:
        answer = RunResult("orders", "ann", "done")
        with mock.patch("shop.agents.execution_engine.ExecutionEngine.run", return_value=answer):
            engine = ExecutionEngine(build_registry())
            self.assertEqual(engine.run("orders", "7", "ann"), answer)

    @mock.patch.object(ExecutionEngine, "history", return_value=[])
    def test_history_can_be_stood_in_for(self, history: mock.Mock) -> None:
        self.assertEqual(ExecutionEngine(build_registry()).history(), [])
""",
    "tests/e2e/test_daily_report.py": """\
from __future__ import annotations

import unittest

from shop.reports.daily import summary


class DailyReport(unittest.TestCase):
    def test_runs_are_counted_by_agent(self) -> None:
        counts = summary([("support", "refund"), ("support", "hours"), ("catalog", "engine")])
        self.assertEqual(counts, {"support": 2, "catalog": 1})
""",
}

MISSION_CRITICAL_FIRST: dict[str, str] = {
    path: text for path, text in MISSION_CRITICAL.items() if not path.endswith("test_isolation.py")
}
