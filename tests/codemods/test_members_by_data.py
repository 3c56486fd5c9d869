"""Members that stubs describe too, and members that are reached by names which are data."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rewrite.rewrite import FileResult, rewrite
from bot.rewrite.scan import scan
from codemods.model.example import in_memory_tree
from codemods.model.rules import MemberChange, Rules, Symbol
from codemods.workers.processes import IN_THIS_PROCESS

PRICE = Rules(members=(MemberChange(Symbol("shop", "Order"), "price", "total"),))
ORDER = "class Order:\n    def price(self):\n        return 1\n"
USE = "from shop import Order\n\nOrder().price()\n"


def results(files: Mapping[str, str], rules: Rules = PRICE) -> dict[str, FileResult]:
    return {one.path: one for one in rewrite(in_memory_tree(files), rules, processes=IN_THIS_PROCESS)}


def texts(found: Mapping[str, FileResult]) -> dict[str, str]:
    return {path: one.content.decode() for path, one in found.items() if one.content is not None}


def test_a_stub_and_the_module_that_it_describes_change_together() -> None:
    files = {
        "shop.py": ORDER,
        "shop.pyi": "class Order:\n    def price(self) -> int: ...\n\nclass Total:\n    def price(self) -> int: ...\n",
        "app.py": USE,
    }
    assert texts(results(files)) == {
        "shop.py": ORDER.replace("price", "total"),
        "shop.pyi": files["shop.pyi"].replace("price", "total", 1),
        "app.py": USE.replace("price", "total"),
    }


def test_what_only_a_stub_has_may_be_of_the_class() -> None:
    stub = "class Order:\n    def price(self) -> int: ...\n\nclass Described:\n    def price(self) -> int: ...\n\n"
    files = {
        "shop.py": ORDER + "\n\ndef make():\n    return Order()\n",
        "shop.pyi": stub + "def make() -> Described: ...\n",
        "app.py": "from shop import make\n\nmake().price()\n",
    }
    found = results(files)
    assert not texts(found)
    assert "its type isn't known" in found["app.py"].sites[0].note


def test_a_template_keeps_a_member_that_has_no_other_name_yet() -> None:
    files = {"shop.py": ORDER, "app.py": USE, "page.html": "<p>{{ order.price }}</p>\n"}
    found = results(files)

    assert not texts(found)
    assert "page.html:1 needs manual work first" in found["app.py"].reason
    tree = in_memory_tree(files)
    assert {path: len(one.sites) for path, one in scan(tree, PRICE).items()} == {
        "app.py": 1,
        "page.html": 1,
        "shop.py": 1,
    }


def test_documentation_keeps_the_name_of_a_member_that_stays() -> None:
    files = {"shop.py": ORDER, "app.py": USE, "docs/use.md": "Call `shop.Order.price`.\n"}
    docs = Rules(members=PRICE.members, docs=True)

    moved = texts(results(files, docs))
    refused = results({**files, "more.py": "def f(order):\n    return order.price()\n"}, docs)

    assert moved["docs/use.md"] == "Call `shop.Order.total`.\n"
    assert not texts(refused)
    assert "more.py:2 needs manual work first" in refused["docs/use.md"].reason


def test_a_string_is_a_name_only_for_the_function_that_takes_it() -> None:
    taker = "from shop import Order\n\n\ndef show(order, name):\n    return getattr(order, name)\n\n\n"
    both = ORDER + "\n    def total(self):\n        return 1\n"
    told = results({"shop.py": both, "app.py": f'{taker}show(Order(), "price")\n'})
    other = results({"shop.py": both, "app.py": f'{taker}other("price")\nassert Order().total()\n'})

    assert [site.line for site in told["app.py"].sites if not site.safe] == [8]
    assert "app.py" not in other


def test_a_proxy_takes_names_that_are_written_as_attributes() -> None:
    proxy = (
        "from shop import Order\n\n\nclass Proxy:\n    def __init__(self, order: Order):\n        self.order = order\n\n"
        "    def __getattr__(self, name):\n        return getattr(self.order, name)\n\n\n"
        'TITLES = ["price"]\nProxy(Order()).price()\n'
    )
    found = results({"shop.py": ORDER, "app.py": proxy})
    notes = {site.line: site.note for site in found["app.py"].sites if not site.safe}
    assert notes == {13: "its type is Proxy, which doesn't define price itself"}
