"""Members move only on values that the type checker proves to be of their class; everything else is listed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from bot.rewrite.rewrite import FileResult, rewrite
from codemods.model.example import InMemoryTree
from codemods.model.rules import CallChange, MemberChange, Replacement, Rules, Symbol, renamed_arguments
from codemods.scan.survey import survey_tree
from codemods.types import type_server
from codemods.workers.processes import IN_THIS_PROCESS

Files = Mapping[str, str]
ORDER = Symbol("shop.orders", "Order")
TOTAL = MemberChange(ORDER, "total_price", "total")
SHOP = {
    "shop/__init__.py": "",
    "shop/orders.py": """\
from __future__ import annotations


class Order:
    def __enter__(self) -> Order:
        return self

    def __exit__(self, *error: object) -> None: ...

    @classmethod
    def make(cls) -> Order:
        return cls()

    def total_price(self) -> int:
        return self.total()

    def total(self) -> int:
        return 1


class Basket:
    def total_price(self) -> int:
        return 2
""",
}


def results(files: Files, *members: MemberChange, **rules: object) -> dict[str, FileResult]:
    tree = InMemoryTree({path: text.encode() for path, text in files.items()})
    one = Rules(members=members, **rules)  # type: ignore[arg-type]
    return {result.path: result for result in rewrite(tree, one, processes=IN_THIS_PROCESS)}


def text_of(result: FileResult) -> str:
    assert result.content is not None, (result.reason, result.sites)
    return result.content.decode()


def listed(result: FileResult) -> dict[int, str]:
    return {site.line: site.note for site in result.sites if not site.safe}


USES = """\
import asyncio
import typing
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import shop.orders as o
from lib import thing
from shop.orders import Basket, Order

T = TypeVar("T")
Bound = TypeVar("Bound", bound=Order)


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


class Holder:
    def __init__(self, untyped, order: Order) -> None:
        self.untyped, self.order, self.maybe = untyped, order, None

    def sum(self):
        self.untyped.total_price()  # listed
        return self.order.total_price()  # moves


def moves(order: "Order | None", bound: Bound, kind: type[Order], make: Callable[[], Order], *rest: Order):
    assert order
    order.total_price(), bound.total_price(), kind.total_price, make().total_price()
    Box(order).item.total_price(), Box([order]).item[0].total_price(), [x.total_price() for x in rest]
    {"a": order}["a"].total_price(), (lambda: order)().total_price(), o.Order.make().total_price()
    with Order() as entered:
        print(f"{entered.total_price()!r:>{entered.total_price()}} total_price")
    Order.total_price(order)
    typing.cast(Order, thing).total_price()
    if (later := Order.make()) and later.total_price():
        pass
    getattr(order, "total_price"), hasattr(order, "total_price")
    loop = asyncio.new_event_loop()
    return loop.call_soon(order.total_price)


def stays(basket: Basket, baskets: Iterator[Basket], total_price: int, x: dict):
    basket.total_price(), [y.total_price() for y in baskets], getattr(basket, "total_price")
    x["total_price"], x.get("total_price"), dict(total_price=total_price), "total_price".title()
    return {"total_price": 1}, o.total_price


def lists(a: Any, untyped, one: Order | Basket, some: object, *args, **kwargs):
    a.total_price()  # listed
    untyped.total_price()  # listed
    one.total_price()  # listed
    (thing() or Order()).total_price()  # listed
    getattr(untyped, "total_price")  # listed
    some.total_price()  # listed
    kwargs["order"].total_price()  # listed
    thing(Order).total_price()  # listed
"""


@pytest.fixture(scope="module")
def used() -> FileResult:
    return results({**SHOP, "app.py": USES}, TOTAL)["app.py"]


def test_members_move_where_the_type_is_proved(used: FileResult) -> None:
    before, after = USES.splitlines(), text_of(used).splitlines()
    start, end = (
        before.index("    assert order"),
        before.index("    return loop.call_soon(order.total_price)"),
    )
    moved = "\n".join(after[start : end + 1])
    assert ".total_price" not in moved.replace("!r:>", "")
    assert moved.count(".total(") + moved.count(".total,") + moved.count(".total)") == 16
    assert moved.count('"total"') == 2
    assert '} total_price")' in moved


def test_everything_else_of_that_name_stays(used: FileResult) -> None:
    before, after = USES.splitlines(), text_of(used).splitlines()
    start, end = before.index("def stays" + USES.split("def stays")[1].split("\n")[0]), len(before)
    assert after[start:end] == before[start:end]
    assert [line for line in after if "# moves" in line] == ["        return self.order.total()  # moves"]


def test_what_is_not_proved_is_listed_with_the_reason(used: FileResult) -> None:
    marked = {number for number, line in enumerate(USES.splitlines(), 1) if line.endswith("# listed")}
    notes = listed(used)
    assert set(notes) == marked
    assert {note for note in notes.values() if "type isn't known" not in note} == {
        "it may be shop.orders:Order.total_price, and Basket as well",
        "it may be shop.orders:Order.total_price, and something of an unknown type as well",
        "its type is object, which doesn't define total_price itself",
    }


HIERARCHY = {
    "shop/__init__.py": "",
    "shop/orders.py": "class Order:\n    def total_price(self) -> int:\n        return 1\n\n\n"
    "class Mixin:\n    def twice(self):\n        return self.total_price() * 2\n",
    "shop/big.py": "from shop import orders as o\n\n\nclass Big(o.Mixin, o.Order):\n    __slots__ = ('x',)\n\n"
    "    def total_price(self) -> int:\n        return super().total_price()\n\n    alias = total_price\n",
    "app.py": "from shop.big import Big\n\n\ndef f(big: Big) -> int:\n    return big.total_price()\n",
}


def test_a_member_without_another_name_moves_everywhere_or_nowhere() -> None:
    without_mixin = {
        **HIERARCHY,
        "shop/orders.py": HIERARCHY["shop/orders.py"].split("\n\n\nclass Mixin")[0] + "\n",
    }
    without_mixin["shop/big.py"] = HIERARCHY["shop/big.py"].replace("o.Mixin, ", "")

    together = results(without_mixin, TOTAL)
    apart = results(HIERARCHY, TOTAL)

    assert {path: text_of(one).count("total_price") for path, one in together.items()} == {
        "shop/orders.py": 0,
        "shop/big.py": 0,
        "app.py": 0,
    }
    assert "    alias = total\n" in text_of(together["shop/big.py"])
    assert all(one.content is None for one in apart.values())
    assert "shop/big.py:8 needs manual work first: its type is Mixin" in listed(apart["app.py"])[5]


def test_a_definition_moves_before_or_with_those_who_use_it() -> None:
    both = (
        HIERARCHY["shop/orders.py"]
        .replace(
            "        return 1\n",
            "        return self.total()\n\n    def total(self) -> int:\n        return 1\n",
        )
        .split("\n\n\nclass Mixin")[0]
    )
    files = {
        **HIERARCHY,
        "shop/orders.py": both + "\n",
        "shop/big.py": HIERARCHY["shop/big.py"].replace("o.Mixin, ", ""),
    }
    tree = InMemoryTree({path: text.encode() for path, text in files.items()})
    rules = Rules(members=(TOTAL,))

    callers = {one.path: one for one in rewrite(tree, rules, {"app.py"}, processes=IN_THIS_PROCESS)}
    definitions = {one.path: one for one in rewrite(tree, rules, {"shop/big.py"}, processes=IN_THIS_PROCESS)}

    assert callers["app.py"].content is None
    assert listed(callers["app.py"]) == {5: "shop/big.py overrides total_price, and has to change with it"}
    assert "def total(self)" in text_of(definitions["shop/big.py"])


OLD, NEW = "    def total_price(self): ...\n", "    def total(self): ...\n"


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        (f"from lib import Base\nclass Order(Base):\n{OLD}", "Base, which can't be read"),
        ("import threading\nclass Order(threading.Thread):\n    def run(self): ...\n", "Thread, which"),
        (f"class Base:\n{OLD}class Order(Base):\n{OLD}", "has total_price from Base"),
        (
            f"class Base:\n{NEW}class Order(Base):\n{OLD}",
            "Base, which shop.orders:Order is built on, defines",
        ),
        (f"class Order:\n{OLD}class Big(Order):\n{NEW}", "Big defines total already"),
        ("class Order:\n    def other(self): ...\n", "shop.orders:Order doesn't define total_price"),
        (f"from typing import Protocol\nclass Order(Protocol):\n{OLD}", "shop.orders:Order is a protocol"),
        (
            f"from lib import Base\nclass Order:\n{OLD}{NEW}class Big(Base, Order):\n{OLD}",
            "Big overrides total_price and is built on Base too",
        ),
    ],
)
def test_a_hierarchy_that_is_not_whole_stays(orders: str, why: str) -> None:
    rule = MemberChange(ORDER, "run", "go") if "def run" in orders else TOTAL
    files = {
        "shop/__init__.py": "",
        "shop/orders.py": orders,
        "app.py": f"from shop.orders import Order\n\n\ndef f(x: Order):\n    return x.{rule.old}()\n",
    }
    found = results(files, rule)
    assert all(one.content is None for one in found.values())
    assert why in " / ".join(note for one in found.values() for note in listed(one).values())


LIBRARY_BASES = """\
import enum
import optparse


class Color(enum.Enum):
    RED = 1


class Sizes(list):
    def size(self) -> int:
        return len(self)


class Switch(optparse.Option):
    def dest(self) -> int:
        return 1
"""


@pytest.mark.parametrize(
    ("owner", "old", "moves"),
    [("Color", "RED", True), ("Sizes", "size", True), ("Switch", "dest", False)],
)
def test_a_base_class_of_the_standard_library_only_refuses_what_it_has(
    owner: str, old: str, moves: bool
) -> None:
    use = f"from m import {owner}\n\n\ndef f(x: {owner}):\n    return x.{old}\n"
    found = results({"m.py": LIBRARY_BASES, "app.py": use}, MemberChange(Symbol("m", owner), old, "other"))
    assert {path: bool(one.content) for path, one in found.items()} == {"m.py": moves, "app.py": moves}


def test_the_new_member_may_be_built_on_the_old_one() -> None:
    orders = f"class Order:\n{OLD}    def total(self):\n        return self.total_price()\n"
    use = "from shop.orders import Order\n\nOrder().total_price()\n"
    found = results({"shop/__init__.py": "", "shop/orders.py": orders, "app.py": use}, TOTAL)
    assert text_of(found["app.py"]) == use.replace("total_price", "total")
    assert listed(found["shop/orders.py"]) == {4: "total itself is built on it"}


RUN_TO_EXECUTE = (MemberChange(Symbol("m", "Old"), "run", "execute", new_owner=Symbol("n", "New")),)
OLD_TO_NEW = (Replacement(Symbol("m", "Old"), Symbol("n", "New"), "rename", CallChange("New.make")),)


def test_a_class_and_its_members_are_replaced_at_once() -> None:
    files = {
        "m.py": "class Old:\n    def __init__(self, a: int) -> None: ...\n\n"
        "    def run(self, x: int) -> int:\n        return x\n",
        "n.py": "class New:\n    @classmethod\n    async def make(cls, a: int) -> 'New':\n        return cls()\n\n"
        "    def execute(self, x: int, *, y: int = 0) -> int:\n        return x\n",
        "app.py": "from m import Old\n\n\nasync def f(old: Old) -> int:\n    return old.run(1) + Old(2).run(x=2)\n",
    }
    found = results(files, *RUN_TO_EXECUTE, replace=OLD_TO_NEW)
    assert text_of(found["app.py"]) == (
        "from n import New\n\n\nasync def f(old: New) -> int:\n"
        "    return old.execute(1) + (await New.make(2)).execute(x=2)\n"
    )
    proof = found["app.py"].proof
    assert proof is not None
    assert (proof.types_hold.ok, proof.calls_give.ok, proof.calls_bind.ok) == (True, True, True)

    stuck = {**files, "app.py": files["app.py"] + "\n\ndef g() -> Old:\n    return Old(3)\n"}
    found = results(stuck, *RUN_TO_EXECUTE, replace=OLD_TO_NEW)
    assert found["app.py"].content is None
    assert {line: note.partition(",")[0] for line, note in listed(found["app.py"]).items()} == {
        5: "line 9 still has to be migrated to m:Old's replacement",
        9: "New.make is async",
    }


def test_arguments_of_a_method_that_stays() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/orders.py": "class Order:\n    def total(self, vat=None, tax=None) -> int: ...\n",
        "app.py": "from shop.orders import Order\n\n\ndef f(x: Order, y, **kw):\n"
        "    x.total(), x.total(tax=1)\n    y.total(tax=1)\n    x.total(**kw)\n",
    }
    rule = MemberChange(ORDER, "total", "total", CallChange(arguments=renamed_arguments(tax="vat")))
    found = results(files, rule)["app.py"]
    assert text_of(found) == files["app.py"].replace("x.total(tax=1)", "x.total(vat=1)")
    assert listed(found) == {
        6: "its type isn't known, so it can't be told whether it's shop.orders:Order.total",
        7: "it passes * or ** arguments, which can't be mapped automatically",
    }


def test_names_of_files_are_any(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "odd näme #1%.py": "from shop.orders import Order\r\nx = Order().total_price()  # ü\r\n",
        "latin.py": "from shop.orders import Order\nx = 'ü', Order().total_price()\n",
        "pyrefly.toml/x.py": "from shop.orders import Order\nOrder().total_price()\n",
        "broken.py": "from shop.orders import Order\nOrder().total_price(\n",
    }
    data = {path: text.encode() for path, text in files.items()}
    data["latin.py"] = b"# coding: latin-1\n" + files["latin.py"].encode("latin-1")
    found = {
        one.path: one
        for one in rewrite(InMemoryTree(data), Rules(members=(TOTAL,)), processes=IN_THIS_PROCESS)
    }
    moved = {path for path, one in found.items() if one.content and b".total()" in one.content}
    assert moved == {"odd näme #1%.py", "latin.py", "pyrefly.toml/x.py"}
    assert found["latin.py"].content == data["latin.py"].replace(b"total_price", b"total")


def test_without_the_checker_nothing_moves_and_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(type_server, "distribution", missing)
    found = results({**SHOP, "app.py": "from shop.orders import Order\nOrder().total_price()\n"}, TOTAL)
    assert found["app.py"].content is None
    assert "needs the extra `types`" in listed(found["app.py"])[2]


@pytest.mark.parametrize("limit", ["SECONDS", "MEMORY"])
def test_a_checker_that_reaches_a_limit_changes_nothing(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type_server, limit, 0 if limit == "SECONDS" else 1 << 20)
    found = results({**SHOP, "app.py": "from shop.orders import Order\nOrder().total_price()\n"}, TOTAL)
    assert found["app.py"].content is None
    assert "the type checker ended early" in listed(found["app.py"])[2]


def test_the_checker_has_no_secrets_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: dict[str, str] = {}
    start = type_server.TypeServer.types

    def types(server: type_server.TypeServer, questions: object) -> object:
        seen["environment"] = Path(f"/proc/{server.process.pid}/environ").read_text()
        return start(server, questions)  # type: ignore[arg-type]

    monkeypatch.setenv("DROVER_PRIVATE_KEY", "s3cret")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(type_server.TypeServer, "types", types)
    results({**SHOP, "app.py": "from shop.orders import Order\nOrder().total_price()\n"}, TOTAL)
    assert "s3cret" not in seen["environment"]
    assert os.listdir(tmp_path) == []


class CountingIndex(dict[bytes, bytes]):
    """A cache that says what was asked for in vain."""

    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value


def test_types_are_kept_by_the_file_and_what_it_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask: Callable[..., object] = type_server.TypeServer.types

    def types(server: type_server.TypeServer, questions: list[tuple[str, object]]) -> object:
        asked.extend(path for path, _ in questions)
        return ask(server, questions)

    monkeypatch.setattr(type_server.TypeServer, "types", types)
    index, rules = CountingIndex(), Rules(members=(TOTAL,))
    use = "from shop.orders import Order\nOrder().total_price()\n"
    files = {**SHOP, "a.py": use, "b.py": "import c\n" + use, "c.py": "x = 1\n"}

    def survey(changed: Files) -> set[str]:
        asked.clear()
        tree = InMemoryTree({path: text.encode() for path, text in {**files, **changed}.items()})
        found = survey_tree(tree, rules, index)
        assert sorted(found.members.uses) == ["a.py", "b.py"]
        return set(asked)

    assert {"a.py", "b.py"} <= survey({})
    assert survey({}) == set()
    assert survey({"c.py": "x = 2\n"}) == {"b.py"}
    assert survey({"a.py": use + "\n"}) == {"a.py"}
    assert {"a.py", "b.py"} <= survey({"shop/orders.py": SHOP["shop/orders.py"] + "\n"})
