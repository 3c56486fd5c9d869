"""An import that only other files need any more is one that the repository's linter may not find."""

from __future__ import annotations

import pytest

from tests.codemods.test_import_placement import RUFF, rewritten

APP = "from shop import carts\n\n\ndef build():\n    return carts.Cart()\n"
OTHER = {"other.py": "import app\n\nprint(app.carts.Basket)\n"}
FINDS = {
    "ruff's own choice": {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"},
    "ruff with exceptions for others": {
        "ruff.toml": 'lint.per-file-ignores = {"__init__.py" = ["F401"], "app.py" = ["E501"]}\n'
    },
    "flake8": {".flake8": "[flake8]\nmax-line-length = 100\n"},
    "flake8 with exceptions for others": {
        "setup.cfg": "[flake8]\nper-file-ignores =\n    __init__.py: F401, F403\n"
    },
}
ALLOWS = {
    "nothing": {"pyproject.toml": ""},
    "ruff without it": {"pyproject.toml": RUFF.replace('"F", ', "")},
    "ruff with an exception": {"ruff.toml": 'lint.per-file-ignores = {"app.py" = ["F"]}\n'},
    "ruff that ignores it": {"ruff.toml": 'lint.ignore = ["F401"]\n'},
    "flake8 that ignores it": {".flake8": "[flake8]\nextend-ignore = E203, F401\n"},
    "flake8 with an exception": {"setup.cfg": "[flake8]\nper-file-ignores = tests/*:E501 app.py:F401,E402\n"},
}


@pytest.mark.parametrize("name", FINDS)
def test_it_says_that_it_is_meant(name: str) -> None:
    assert rewritten(APP, "", files={**FINDS[name], **OTHER}) == (
        "from shop import carts  # noqa: F401\nfrom shop import orders\n\n\ndef build():\n    return orders.Order()\n"
    )


def test_it_says_so_beside_the_names_that_its_sorter_joins_it_with() -> None:
    assert rewritten(APP, RUFF, files=OTHER) == (
        "from shop import (\n    carts,  # noqa: F401\n    orders,\n)\n\n\ndef build():\n    return orders.Order()\n"
    )


@pytest.mark.parametrize("name", ALLOWS)
def test_it_says_nothing_where_nobody_looks(name: str) -> None:
    assert "noqa" not in rewritten(APP, "", files={**ALLOWS[name], **OTHER})


def test_one_that_nobody_needs_goes() -> None:
    assert rewritten(APP) == "from shop import orders\n\n\ndef build():\n    return orders.Order()\n"


def test_one_that_the_file_still_uses_stays_as_it_is() -> None:
    assert rewritten(f"{APP}\n\nprint(carts.Basket)\n", files=OTHER).startswith(
        "from shop import carts, orders\n"
    )


def test_what_a_star_import_passed_on_says_that_it_is_meant() -> None:
    files = {"pkg/base.py": "from shop.carts import Cart\n\n\nclass Special(Cart): ...\n"}

    assert rewritten("from .base import *  # noqa: F403\n", path="pkg/__init__.py", files=files) == (
        "from .base import *  # noqa: F403\nfrom shop.orders import Order as Cart  # noqa: F401\n"
    )


TYPES = '[tool.ruff.lint]\nselect = ["F", "I", "TC"]\n'
FUTURE = "from __future__ import annotations\n\n"
USED = "\n\ndef build(one: Cart) -> Basket:\n    return Basket()\n"


def test_an_import_that_was_passed_over_for_the_others_of_its_module_stays_so() -> None:
    before = f"{FUTURE}from shop.carts import Basket, Cart\n{USED}"

    assert rewritten(before, TYPES) == (
        f"{FUTURE}from shop.carts import Basket\nfrom shop.orders import Order  # noqa: TC001\n"
        f"{USED.replace('Cart', 'Order')}"
    )
    assert rewritten(before, TYPES, new="enum:Enum", style="as") == (
        f"{FUTURE}from enum import Enum as Cart  # noqa: TC003\n\nfrom shop.carts import Basket\n{USED}"
    )


def test_also_in_a_statement_of_its_own() -> None:
    single = f"{TYPES}isort.force-single-line = true\n"
    before = f"{FUTURE}from shop.carts import Basket\nfrom shop.carts import Cart\n{USED}"

    assert rewritten(before, single) == (
        f"{FUTURE}from shop.carts import Basket\nfrom shop.orders import Order  # noqa: TC001\n"
        f"{USED.replace('Cart', 'Order')}"
    )


SAID = "  # noqa: TC001"
UNSAID = {
    "it is read at run time": (FUTURE, USED.replace("Basket()", "Basket(Cart)"), TYPES),
    "its annotation is evaluated": ("", USED, TYPES),
    "its new module is needed anyway": (
        f"{FUTURE}from shop.orders import Line\n",
        USED.replace("Basket()", "Line(Basket)"),
        TYPES,
    ),
    "nobody looks": (FUTURE, USED, RUFF),
    "nobody looks in this file": (FUTURE, USED, f'{TYPES}per-file-ignores = {{"app.py" = ["TCH"]}}\n'),
    "it was found before": (FUTURE, USED.replace("Basket()", "None"), TYPES),
}


@pytest.mark.parametrize("name", UNSAID)
def test_nothing_is_said_where(name: str) -> None:
    above, below, settings = UNSAID[name]

    assert SAID not in rewritten(f"{above}from shop.carts import Basket, Cart\n{below}", settings)


def test_a_name_that_is_read_in_a_class_of_that_name_is_used() -> None:
    before = f"{APP}\n\nclass Build:\n    carts: carts.Cart\n"

    assert "noqa" not in rewritten(before, files={**OTHER, "pyproject.toml": RUFF})
