"""The sample's unit tests."""

from __future__ import annotations

UNIT: dict[str, str] = {
    "tests/unit/__init__.py": "",
    "tests/unit/test_engine.py": """\
from __future__ import annotations

import unittest

from shop.agents.execution_engine import ExecutionEngine
from shop.agents.registry import AgentRegistry, UnknownAgent
from tests.support import Echo


def make() -> "ExecutionEngine":
    return ExecutionEngine(AgentRegistry(Echo()))


class Engine(unittest.TestCase):
    def test_a_run_is_in_the_history(self) -> None:
        engine = make()
        result = engine.run("echo", "hello", "ann")
        self.assertIn(result, engine.history())

    def test_an_unknown_agent_is_an_error(self) -> None:
        with self.assertRaises(UnknownAgent):
            make().run("nobody", "hello")
""",
    "tests/unit/test_factory.py": """\
from __future__ import annotations

import unittest

from shop.agents.factory import create_request_scoped_engine
from shop.agents.registry import AgentRegistry
from tests.support import Echo


class Factory(unittest.TestCase):
    def test_the_engine_belongs_to_its_user(self) -> None:
        engine = create_request_scoped_engine(AgentRegistry(Echo()), "ann")
        self.assertEqual(engine.run("echo", "hello").user, "ann")
""",
    "tests/unit/test_supervisor.py": """\
from __future__ import annotations

import unittest
from unittest import mock

from shop.agents.execution_engine import ExecutionEngine, RunResult
from shop.agents.supervisor import Supervisor


class Supervision(unittest.TestCase):
    def test_the_first_who_knows_answers(self) -> None:
        engine = mock.create_autospec(ExecutionEngine, instance=True)
        engine.run.side_effect = [RunResult("a", "ann", ""), RunResult("b", "ann", "yes")]
        self.assertEqual(Supervisor(engine, ["a", "b"]).ask("?", "ann").agent, "b")
""",
    "tests/unit/test_reports.py": """\
from __future__ import annotations

import unittest

from shop.reports.export import heading


class Export(unittest.TestCase):
    def test_the_heading_names_the_day(self) -> None:
        self.assertIn("2026-01-31", heading("2026-01-31"))
""",
    "tests/unit/test_models.py": """\
from __future__ import annotations

import unittest

from shop.billing.invoices import due, total
from shop.orders.models import Order


class Models(unittest.TestCase):
    def test_a_label_is_readable(self) -> None:
        self.assertEqual(Order(7, "ann", 1250).label, "#7 (12.50 €)")

    def test_only_open_orders_are_due(self) -> None:
        orders = [Order(1, "ann", 100, paid=True), Order(2, "ann", 250)]
        self.assertEqual(total(due(orders)), 250)
""",
    "tests/unit/test_registry.py": """\
from __future__ import annotations

import unittest

from shop.agents import AgentRegistry
from shop.agents.execution_engine import ExecutionEngine
from tests.support import Echo


class Registry(unittest.TestCase):
    def test_names_are_sorted(self) -> None:
        self.assertEqual(AgentRegistry(Echo()).names(), ["echo"])

    def test_the_engine_keeps_its_registry(self) -> None:
        registry = AgentRegistry(Echo())
        self.assertIs(ExecutionEngine(registry).registry, registry)
""",
    "tests/unit/test_plugins.py": """\
from __future__ import annotations

import unittest

from shop.admin.plugins import engine_named


class Plugins(unittest.TestCase):
    def test_an_engine_is_found_by_its_kind(self) -> None:
        self.assertTrue(engine_named("execution").__name__.endswith("ExecutionEngine"))
""",
    "tests/unit/test_bridge_events.py": """\
from __future__ import annotations

import unittest

from shop.bridge.events import missing


class BridgeEvents(unittest.TestCase):
    def test_what_was_not_sent_is_missing(self) -> None:
        self.assertEqual(missing(["agent_started"]), ["agent_completed"])
""",
}
