"""Methods, properties and attributes with another name, on values that a type checker proves to be of their class."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.rules import CallChange, MemberChange, Symbol, renamed_arguments


def decide(file: FileRewrite) -> None:
    for use in file.links.members.get(file.path, ()):
        rule = file.links.rules.members[use.rule_number]
        trouble = use.trouble or (kept_owner(file, rule.owner) if rule.new_owner else "")
        file.add_site(use.line, use.column, use.kind, str(rule), not trouble, trouble)
        if not trouble:
            file.edits += use.edits
            file.removed_arguments.update(use.removed)
            file.moved_members.append(use)


def kept_owner(file: FileRewrite, owner: Symbol) -> str:
    """Why values here may still be of the class that another one replaces."""
    kept = [site.line for site in file.sites if site.symbol == str(owner) and not site.safe]
    return f"line {kept[0]} still has to be migrated to {owner}'s replacement" if kept else ""


ORDER = """\
class Order:
    def total_price(self) -> int:
        return self.total()

    def total(self) -> int:
        return 1


class Basket:
    def total_price(self) -> int:
        return 2
"""
OWNER = Symbol("m", "Order")
TOTAL = (MemberChange(OWNER, "total_price", "total"),)
FILES = {"m.py": ORDER}


def member_example(
    title: str,
    before: str,
    after: str | None = None,
    *,
    note: str = "",
    members: tuple[MemberChange, ...] = TOTAL,
    other_files: Mapping[str, str] = MappingProxyType(FILES),
    path: str = "app.py",
    strings: bool = False,
    docs: bool = False,
) -> Example:
    return Example(
        title,
        before,
        after,
        replace=(),
        note=note,
        members=members,
        other_files=other_files,
        path=path,
        strings=strings,
        docs=docs,
    )


EXAMPLES = (
    member_example(
        "an unrelated class, a builtin of the same name, a keyword, a key",
        "from m import Basket\n\n\ndef f(basket: Basket, total_price: int):\n"
        '    return basket.total_price(), {}.get("x"), dict(total_price=1), {"total_price": total_price}\n',
    ),
    member_example(
        "an argument without a type",
        "def f(order):\n    return order.total_price()\n",
        note="its type isn't known",
    ),
    member_example(
        "one class or another",
        "from m import Basket, Order\n\n\ndef f(one: Order | Basket):\n    return one.total_price()\n",
        note="it may be m:Order.total_price, and Basket as well",
    ),
    member_example(
        "a protocol",
        "from typing import Protocol\n\n\nclass Priced(Protocol):\n    def total_price(self) -> int: ...\n\n\n"
        "def f(priced: Priced):\n    return priced.total_price()\n",
        note="its type is the protocol Priced",
    ),
    member_example(
        "a property that became a method",
        "from m import Order\n\n\ndef f(order: Order):\n    return order.total_price\n",
        other_files={"m.py": ORDER.replace("    def total_price", "    @property\n    def total_price", 1)},
        note="total_price is an attribute or a property, and total is a method",
    ),
    member_example(
        "a parameter of the name of a field, where the constructor is written",
        "from dataclasses import dataclass\n\n\n@dataclass(init=False)\nclass Order:\n    size: int\n\n"
        "    def __init__(self, *, size: int) -> None:\n        self.size = size\n\n\nOrder(size=1)\n",
        "from dataclasses import dataclass\n\n\n@dataclass(init=False)\nclass Order:\n    length: int\n\n"
        "    def __init__(self, *, size: int) -> None:\n        self.length = size\n\n\nOrder(size=1)\n",
        members=(MemberChange(OWNER, "size", "length"),),
        other_files={},
        path="m.py",
    ),
    member_example(
        "a class that is built on one of a library that can't be read",
        "from m import Order\n\n\ndef f(order: Order):\n    return order.total_price()\n",
        other_files={"m.py": ORDER.replace("class Order:", "from lib import Base\n\n\nclass Order(Base):")},
        note="m:Order is built on Base, which can't be read",
    ),
    member_example(
        "every file of a class whose member has no other name yet, or none",
        "from m import Order\n\n\ndef f(order: Order, other):\n    return order.total_price(), other.total_price()\n",
        members=(MemberChange(OWNER, "total_price", "price"),),
        note="define price beside total_price, so that both work for a while",
    ),
    member_example(
        "values whose type is proved: `Optional`, a loop, a result, an attribute, a mock with a `spec`, a string",
        "from unittest.mock import Mock, patch\n\nfrom m import Order\n\n\ndef make() -> Order:\n    return Order()\n\n\n"
        "def f(order: Order | None, orders: list[Order]):\n    if order:\n        order.total_price()\n"
        '    [one.total_price() for one in orders], make().total_price(), f"{orders[0].total_price()}"\n'
        "    mock = Mock(spec=Order)\n    mock.total_price.return_value = 3\n"
        '    with patch.object(Order, "total_price"):\n        return getattr(order, "total_price")\n',
        "from unittest.mock import Mock, patch\n\nfrom m import Order\n\n\ndef make() -> Order:\n    return Order()\n\n\n"
        "def f(order: Order | None, orders: list[Order]):\n    if order:\n        order.total()\n"
        '    [one.total() for one in orders], make().total(), f"{orders[0].total()}"\n'
        "    mock = Mock(spec=Order)\n    mock.total.return_value = 3\n"
        '    with patch.object(Order, "total"):\n        return getattr(order, "total")\n',
    ),
    member_example(
        "overrides with it; the old definition stays until somebody removes it",
        ORDER + "\n\nclass Big(Order):\n    def total_price(self) -> int:\n"
        "        return super().total_price() + self.total_price()\n",
        ORDER
        + "\n\nclass Big(Order):\n    def total(self) -> int:\n        return super().total() + self.total()\n",
        path="m.py",
    ),
    member_example(
        "a field of a dataclass, its definition with it",
        "from dataclasses import dataclass, replace\n\n\n@dataclass\nclass Order:\n    size: int\n\n\n"
        "def f(order: Order):\n    return replace(Order(size=1), size=order.size)\n",
        "from dataclasses import dataclass, replace\n\n\n@dataclass\nclass Order:\n    length: int\n\n\n"
        "def f(order: Order):\n    return replace(Order(length=1), length=order.length)\n",
        members=(MemberChange(OWNER, "size", "length"),),
        other_files={},
        path="m.py",
    ),
    member_example(
        "a slot that is set by its name",
        "class Order:\n    __slots__ = ('size',)\n\n    def __init__(self, size: int) -> None:\n"
        "        object.__setattr__(self, 'size', size)\n\n\n"
        "def f(order: Order, name: dict):\n    return order.size, object.__getattribute__(name, 'size')\n",
        "class Order:\n    __slots__ = ('length',)\n\n    def __init__(self, size: int) -> None:\n"
        "        object.__setattr__(self, 'length', size)\n\n\n"
        "def f(order: Order, name: dict):\n    return order.length, object.__getattribute__(name, 'size')\n",
        members=(MemberChange(OWNER, "size", "length"),),
        other_files={},
        path="m.py",
    ),
    member_example(
        "a method that became async, and takes other arguments",
        "from m import Bus\n\n\nasync def f(bus: Bus):\n    bus.send(1, data=2)\n    return bus.send(3).ok\n",
        "from m import Bus\n\n\nasync def f(bus: Bus):\n    await bus.emit(1, payload=2)\n"
        "    return (await bus.emit(3)).ok\n",
        members=(
            MemberChange(
                Symbol("m", "Bus"), "send", "emit", CallChange(arguments=renamed_arguments(data="payload"))
            ),
        ),
        other_files={
            "m.py": "class Result:\n    ok = True\n\n\nclass Bus:\n"
            "    def send(self, to: int, data: int = 0) -> Result:\n        return Result()\n\n"
            "    async def emit(self, to: int, payload: int = 0) -> Result:\n        return Result()\n"
        },
    ),
    member_example(
        "`Model.dict()` beside the builtin `dict`, and dictionaries",
        "from m import Model\n\n\ndef f(model: Model, data: dict):\n"
        "    return model.dict(), dict(model.dict()), dict(data), data.copy()\n",
        "from m import Model\n\n\ndef f(model: Model, data: dict):\n"
        "    return model.model_dump(), dict(model.model_dump()), dict(data), data.copy()\n",
        members=(MemberChange(Symbol("m", "Model"), "dict", "model_dump"),),
        other_files={
            "m.py": "class Model:\n    def dict(self) -> int:\n        return 1\n\n"
            "    def model_dump(self) -> int:\n        return 1\n"
        },
    ),
    member_example(
        "`Any`, a name that is read by a string",
        "from operator import attrgetter\nfrom typing import Any\n\n\ndef f(one: Any, some):\n"
        '    return one.total_price(), getattr(some, "total_price"), map(attrgetter("total_price"), some)\n',
        note="its type isn't known",
    ),
    member_example(
        "arguments that are passed through with `**`",
        "from m import Bus\n\n\ndef f(bus: Bus, **options):\n    return bus.send(1, **options)\n",
        members=(
            MemberChange(
                Symbol("m", "Bus"), "send", "emit", CallChange(arguments=renamed_arguments(data="payload"))
            ),
        ),
        other_files={
            "m.py": "class Bus:\n    def send(self, to: int, data: int = 0) -> None: ...\n\n"
            "    def emit(self, to: int, payload: int = 0) -> None: ...\n"
        },
        note="it passes * or ** arguments",
    ),
    member_example(
        "an override that is one of a library's class too",
        "import threading\n\nfrom m import Order\n\n\nclass Worker(threading.Thread, Order):\n"
        "    def start(self) -> None: ...\n\n\ndef f(order: Order):\n    order.start()\n",
        members=(MemberChange(OWNER, "start", "begin"),),
        other_files={
            "m.py": "class Order:\n    def start(self) -> None: ...\n\n    def begin(self) -> None: ...\n"
        },
        note="Worker overrides start of Thread too, which is of a library",
    ),
    member_example(
        "a member of an enum, by its name and as a pattern",
        "import enum\n\n\nclass Color(enum.Enum):\n    RED = 1\n    WARM = RED\n\n\n"
        'def f(color: Color, data: dict):\n    match color:\n        case Color.RED:\n            return Color["RED"]\n'
        '    return getattr(Color, "RED"), data["RED"], color.name\n',
        "import enum\n\n\nclass Color(enum.Enum):\n    CRIMSON = 1\n    WARM = CRIMSON\n\n\n"
        "def f(color: Color, data: dict):\n    match color:\n        case Color.CRIMSON:\n"
        '            return Color["CRIMSON"]\n    return getattr(Color, "CRIMSON"), data["RED"], color.name\n',
        members=(MemberChange(Symbol("m", "Color"), "RED", "CRIMSON"),),
        other_files={},
        path="m.py",
    ),
    member_example(
        "`__slots__`, and keywords in patterns",
        "class Order:\n    __slots__ = ('size', 'rest')\n\n    def __init__(self, size: int) -> None:\n"
        "        self.size = size\n\n\ndef f(order: object):\n    match order:\n"
        '        case Order(size=Order(size=1)):\n            return 1\n        case {"size": 1}:\n            return 2\n',
        "class Order:\n    __slots__ = ('length', 'rest')\n\n    def __init__(self, size: int) -> None:\n"
        "        self.length = size\n\n\ndef f(order: object):\n    match order:\n"
        "        case Order(length=Order(length=1)):\n            return 1\n"
        '        case {"size": 1}:\n            return 2\n',
        members=(MemberChange(OWNER, "size", "length"),),
        other_files={},
        path="m.py",
    ),
    member_example(
        "a field of a `NamedTuple`, its copies and its dictionaries",
        "from typing import NamedTuple\n\n\nclass Order(NamedTuple):\n    size: int\n\n\n"
        "def f(order: Order, data: dict):\n"
        '    order._replace(size=1), order._asdict()["size"], Order(**{"size": 1})\n'
        '    return dict(size=1)["size"], data["size"]\n',
        "from typing import NamedTuple\n\n\nclass Order(NamedTuple):\n    length: int\n\n\n"
        "def f(order: Order, data: dict):\n"
        '    order._replace(length=1), order._asdict()["length"], Order(**{"length": 1})\n'
        '    return dict(size=1)["size"], data["size"]\n',
        members=(MemberChange(OWNER, "size", "length"),),
        other_files={},
        path="m.py",
    ),
    member_example(
        "mocks and patches, by keyword too",
        "from unittest.mock import Mock, create_autospec, patch\n\nfrom m import Basket, Order\n\n\ndef f(monkeypatch):\n"
        "    one, other = 1, Mock(spec=Order, total_price=3)\n    patch.multiple(Order, total_price=1)\n"
        '    patch.object(Order, attribute="total_price")\n    monkeypatch.setattr(Order, "total_price", 1)\n'
        "    auto = create_autospec(Order)\n    auto.total_price()\n    Mock(spec=Basket, total_price=3)\n",
        "from unittest.mock import Mock, create_autospec, patch\n\nfrom m import Basket, Order\n\n\ndef f(monkeypatch):\n"
        "    one, other = 1, Mock(spec=Order, total=3)\n    patch.multiple(Order, total=1)\n"
        '    patch.object(Order, attribute="total")\n    monkeypatch.setattr(Order, "total", 1)\n'
        "    auto = create_autospec(Order)\n    auto.total()\n    Mock(spec=Basket, total_price=3)\n",
    ),
    member_example(
        "what is patched by a string, which is not asked for",
        'from unittest.mock import patch\n\n\n@patch("m.Order.total_price")\ndef f(x):\n    return "m.Order.total_price"\n',
        note="strings are left alone",
    ),
    member_example(
        "strings and documentation with the whole dotted name",
        'from unittest.mock import patch\n\n\n@patch("m.Order.total_price")\ndef f(x):\n    """As m.Order.total_price."""\n'
        '    return "m.Order.total_price", "m.Basket.total_price", "total_price"  # m.Order.total_price\n',
        'from unittest.mock import patch\n\n\n@patch("m.Order.total")\ndef f(x):\n    """As m.Order.total."""\n'
        '    return "m.Order.total", "m.Basket.total_price", "total_price"  # m.Order.total\n',
        strings=True,
        docs=True,
    ),
)
