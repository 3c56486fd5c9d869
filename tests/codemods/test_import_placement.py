"""What Drover writes is what the repository's own sorter would have written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.rewrite.rewrite import rewrite
from codemods.edit.imports.import_style import ImportStyle
from codemods.edit.imports.isort_runs import sorted_by_isort
from codemods.model.example import in_memory_tree, parsed_symbol
from codemods.model.rules import Replacement, Rules, Style
from codemods.workers.processes import IN_THIS_PROCESS

RUFF = '[tool.ruff.lint]\nselect = ["E4", "E3", "F", "I"]\n'
MODULES = {
    "shop/__init__.py": "",
    "shop/carts.py": "class Cart:\n    pass\n\n\nclass Basket:\n    pass\n\n\ndef total():\n    pass\n",
    "shop/orders.py": "class Order:\n    pass\n\n\nclass Line:\n    pass\n\n\ndef archive():\n    pass\n",
    "billing.py": "class Invoice:\n    pass\n",
}


def rewritten(
    text: str,
    settings: str = RUFF,
    *,
    old: str = "shop.carts:Cart",
    new: str = "shop.orders:Order",
    style: Style = "rename",
    path: str = "app.py",
    files: Mapping[str, str] | None = None,
    off: bool = False,
) -> str:
    tree = {**MODULES, "pyproject.toml": settings, **(files or {}), path: text}
    rules = Rules(
        (Replacement(parsed_symbol(old), parsed_symbol(new), style),), format="off" if off else "auto"
    )
    for result in rewrite(in_memory_tree(tree), rules, processes=IN_THIS_PROCESS):
        if result.path == path:
            assert result.status == "changed", result.reason
            assert result.content is not None
            return result.content.decode()
    raise AssertionError("nothing was rewritten")


def test_a_name_joins_the_import_of_its_new_module() -> None:
    before = "from shop.carts import Cart, total\nfrom shop.orders import Line, archive\n\nCart, total, Line, archive\n"

    assert rewritten(before) == (
        "from shop.carts import total\nfrom shop.orders import Line, Order, archive\n\nOrder, total, Line, archive\n"
    )


def test_a_comment_among_names_on_several_lines_stays_where_it_is() -> None:
    before = (
        "if True:\n    from shop.carts import (Basket, Cart,  # noqa\n                            total)\n"
        "    from shop.utils import uuid\n\nBasket, Cart, total, uuid\n"
    )

    assert rewritten(before, '[tool.isort]\nprofile = "black"\n', style="as") == (
        "if True:\n    from shop.carts import (Basket,  # noqa\n                            total)\n"
        "    from shop.orders import Order as Cart  # noqa\n    from shop.utils import uuid\n\nBasket, Cart, total, uuid\n"
    )


def test_it_stays_where_it_was_if_the_plan_says_so() -> None:
    before = "from shop.carts import Cart, total\nfrom shop.orders import Line\n\nCart, total, Line\n"

    assert rewritten(before, off=True) == (
        "from shop.carts import total\nfrom shop.orders import Order\nfrom shop.orders import Line\n\n"
        "Order, total, Line\n"
    )


def test_it_stays_where_it_was_without_a_sorter() -> None:
    before = "from shop.carts import Cart\nimport os\n\nCart, os\n"

    assert rewritten(before, "") == "from shop.orders import Order\nimport os\n\nOrder, os\n"


def test_another_section_gets_its_blank_line() -> None:
    before = "import os\n\nimport yaml\n\nfrom shop.carts import Cart\n\nCart, os, yaml\n"

    assert (
        rewritten(before, new="enum:Enum")
        == "import os\nfrom enum import Enum\n\nimport yaml\n\nEnum, os, yaml\n"
    )


def test_a_block_in_another_order_keeps_it() -> None:
    before = "import sys\nfrom shop.carts import Cart, total\nimport os\n\nCart, total, os, sys\n"

    assert rewritten(before) == (
        "import sys\nfrom shop.carts import total\nfrom shop.orders import Order\nimport os\n\n"
        "Order, total, os, sys\n"
    )


def test_other_statements_keep_their_layout() -> None:
    before = (
        "from abc import (\n    ABC,  # fast\n    abstractmethod,\n)\n\nfrom shop.carts import Basket, Cart\n\n"
        "ABC, abstractmethod, Basket, Cart\n"
    )

    assert rewritten(before, new="billing:Invoice") == (
        "from abc import (\n    ABC,  # fast\n    abstractmethod,\n)\n\nfrom billing import Invoice\n"
        "from shop.carts import Basket\n\nABC, abstractmethod, Basket, Invoice\n"
    )


def test_a_comment_goes_with_its_name() -> None:
    before = (
        "from shop.carts import (\n    Cart,  # the one in use\n    total,\n)\nfrom shop.orders import Line\n\n"
        "Cart, total, Line\n"
    )

    assert rewritten(before) == (
        "from shop.carts import (\n    total,\n)\nfrom shop.orders import (\n    Line,\n"
        "    Order,  # the one in use\n)\n\nOrder, total, Line\n"
    )


def test_a_pragma_is_kept_when_a_statement_is_split() -> None:
    before = "from shop.carts import Basket, Cart  # noqa: TC001\n\nBasket, Cart\n"

    assert rewritten(before) == (
        "from shop.carts import Basket  # noqa: TC001\nfrom shop.orders import Order  # noqa: TC001\n\n"
        "Basket, Order\n"
    )


UNUSED = ["# noqa: F401", "# NoQA: F401", "# ruff: ignore[F401]", "# ruff: ignore[unused-import]"]


@pytest.mark.parametrize("pragma", UNUSED)
def test_a_pragma_for_unused_names_stays_with_them(pragma: str) -> None:
    before = f"from shop.carts import Basket, Cart  {pragma}\n"

    assert rewritten(f"{before}\nCart\n") == (
        f"from shop.carts import Basket  {pragma}\nfrom shop.orders import Order\n\nOrder\n"
    )
    assert rewritten(before) == (
        f"from shop.carts import Basket  {pragma}\nfrom shop.orders import Order  {pragma}\n"
    )


def test_a_pragma_stays_with_each_name_of_its_statement_where_others_join_them() -> None:
    combined = RUFF + "[tool.ruff.lint.isort]\ncombine-as-imports = true\n"
    before = "from shop.carts import Basket, Cart, total  # noqa: F401\n"

    assert rewritten(before, combined, new="shop.carts:Basket", style="as") == (
        "from shop.carts import (\n    Basket,  # noqa: F401\n    Basket as Cart,  # noqa: F401\n"
        "    total,  # noqa: F401\n)\n"
    )


def test_isort_as_a_hook_takes_the_editors_line_length() -> None:
    hook = "repos:\n- repo: https://github.com/pycqa/isort\n  hooks:\n  - id: isort\n"
    names = "from shop.orders import Line, archive, another_name, and_one_more_name, and_the_last_one"
    before = f"from shop.carts import Cart\n{names}\n\nCart\n"
    files = {
        ".pre-commit-config.yaml": hook,
        ".editorconfig": "root = true\n\n[*]\nmax_line_length = 78\n\n[*.py]\nmax_line_length = 117\n",
        "shop/orders.py": "class Order: ...\nLine = archive = another_name = and_one_more_name = and_the_last_one = 1\n",
    }
    sorted_names = names.replace(
        "Line, archive, another_name, and_one_more_name, and_the_last_one",
        "Line, Order, and_one_more_name, and_the_last_one, another_name, archive",
    )
    before = before.replace(
        "Line, archive, another_name, and_one_more_name, and_the_last_one",
        "Line, and_one_more_name, and_the_last_one, another_name, archive",
    )

    assert rewritten(before, "", files=files) == f"{sorted_names}\n\nOrder\n"


def test_beside_a_star_import_of_its_module_a_name_gets_a_statement_of_its_own() -> None:
    before = "from shop.carts import *\nfrom shop.orders import Line\n\nCart, Line\n"

    assert rewritten(before, new="shop.stock:Rack", style="as", files={"shop/stock.py": "Rack = 1\n"}) == (
        "from shop.carts import *\nfrom shop.orders import Line\nfrom shop.stock import Rack as Cart\n\nCart, Line\n"
    )


def test_a_long_import_is_wrapped_where_only_a_length_is_configured() -> None:
    before = "from shop.carts import Cart\n\nCart\n"
    settings = "[tool.black]\nline-length = 30\n"

    assert rewritten(before, settings, style="as") == (
        "from shop.orders import (\n    Order as Cart,\n)\n\nCart\n"
    )


OPTIONS = (
    "",
    "force-single-line = true",
    "combine-as-imports = true",
    "force-sort-within-sections = true",
    "order-by-type = false",
    "case-sensitive = true",
    "lines-after-imports = 2",
    "lines-between-types = 1",
    'known-third-party = ["shop"]',
    "no-sections = true",
    "from-first = true",
    "length-sort = true",
    'force-to-top = ["shop.orders"]',
    'no-lines-before = ["first-party"]',
    'section-order = ["future", "first-party", "standard-library", "third-party", "local-folder"]',
    "split-on-trailing-comma = false",
    "combine-as-imports = true\nforce-wrap-aliases = true",
)
NEW = ("shop.orders:Order", "billing:Invoice", "enum:Enum", "yaml:YAMLError")
EVERY_SECTION = (
    '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\nimport sys as system\nfrom enum import Flag\n'
    "from typing import TYPE_CHECKING\n\nimport yaml\n\nfrom shop.carts import Cart, total\n"
    "from shop.orders import Line, archive\nfrom shop.orders import Order as Purchase\n\n"
    "if TYPE_CHECKING:\n    from billing import Invoice as Bill\n    from shop.carts import Cart as Wagon\n\n\n"
    "class Uses:\n    cart: Wagon = Cart()\n    bill: Bill\n    rest = (os, system, Flag, yaml, total, Line)\n"
    "    more = (archive, Purchase)\n"
)


def test_a_variable_that_the_linter_would_not_have_is_no_assignment() -> None:
    before = "def sell():\n    from shop.carts import Cart\n    return Cart()\n"
    kept = "def sell():\n    from shop.orders import Order as Cart\n    return Cart()\n"
    line = "    Cart = Order  # kept while uses of the old name are moved\n"
    assigned = f"def sell():\n    from shop.orders import Order\n{line}    return Cart()\n"

    assert rewritten(before, '[tool.ruff.lint]\nselect = ["I", "N"]\n', style="alias") == kept
    assert rewritten(before, '[tool.ruff.lint]\nselect = ["ALL"]\n', style="alias") == kept
    assert rewritten(before, '[tool.ruff.lint]\nextend-select = ["N806"]\n', style="alias") == kept
    assert (
        rewritten(before, '[tool.ruff.lint]\nselect = ["N"]\nignore = ["N806"]\n', style="alias") == assigned
    )
    assert rewritten(before, RUFF, style="alias") == assigned


def test_the_comment_of_an_assignment_is_left_out_where_the_line_would_be_too_long() -> None:
    before = "class Shop:\n    def sell(self):\n        from shop.carts import Cart\n        return Cart()\n"

    def assignment(length: int) -> str:
        after = rewritten(before, f"[tool.ruff]\nline-length = {length}\n", style="alias")
        return after.splitlines()[3]

    line = "        Cart = Order  # kept while uses of the old name are moved"
    assert assignment(len(line)) == line
    assert assignment(len(line) - 1) == "        Cart = Order"


def test_without_a_section_for_it_the_standard_library_is_sorted_with_the_others() -> None:
    settings = '[tool.isort]\nprofile = "black"\nsections = "FUTURE,THIRDPARTY,FIRSTPARTY"\n'
    settings += "force_sort_within_sections = true\n"
    before = "import sys\nfrom yaml import load\n\nfrom shop.carts import Cart\nimport shop.stock\n\nCart, sys, load\n"

    assert rewritten(before, settings) == (
        "import sys\nfrom yaml import load\n\nfrom shop.orders import Order\nimport shop.stock\n\nOrder, sys, load\n"
    )
    assert rewritten(before, settings, new="abc:ABC") == (
        "from abc import ABC\nimport sys\nfrom yaml import load\n\nimport shop.stock\n\nABC, sys, load\n"
    )


def test_names_that_another_has_kept_apart_are_joined_when_it_goes() -> None:
    before = (
        "from shop.carts import Basket\nfrom shop.carts import Cart as Kart  # re-exported\n"
        "from shop.carts import total\nfrom shop.stock import Shelf\n\nBasket, total, Shelf\n"
    )

    assert rewritten(before, '[tool.isort]\nprofile = "black"\n') == (
        "from shop.carts import Basket, total\nfrom shop.orders import Order as Kart  # re-exported\n"
        "from shop.stock import Shelf\n\nBasket, total, Shelf\n"
    )


def test_where_sections_are_off_relative_imports_come_first() -> None:
    settings = f"{RUFF}[tool.ruff.lint.isort]\nno-sections = true\n"
    before = "from .carts import Cart, total\nfrom .orders import Line\n\nCart, total, Line\n"

    assert rewritten(before, settings, new="billing:Invoice", path="shop/sub.py") == (
        "from .carts import total\nfrom .orders import Line\nfrom billing import Invoice\n\nInvoice, total, Line\n"
    )


def test_a_name_that_is_imported_twice_is_written_once() -> None:
    settings = f"{RUFF}[tool.ruff.lint.isort]\nforce-single-line = true\n"
    before = "from shop import carts\nfrom shop import orders\n\ncarts.Cart, orders.Line, carts.total\n"

    assert rewritten(before, settings) == (
        "from shop import carts\nfrom shop import orders\n\norders.Order, orders.Line, carts.total\n"
    )


def test_an_alias_stands_below_the_imports_of_its_own_block() -> None:
    path = "import sys\n\nsys.path.insert(0, '')\n\n"
    before = f"{path}from shop.carts import Cart, total\nfrom shop.orders import Line\n\nCart, total, Line\n"

    assert rewritten(before, new="billing:Invoice", style="alias") == (
        f"{path}from billing import Invoice\nfrom shop.carts import total\nfrom shop.orders import Line\n\n"
        "Cart = Invoice  # kept while uses of the old name are moved\n\nCart, total, Line\n"
    )


def test_imports_are_sorted_above_an_alias_in_a_block() -> None:
    before = "try:\n    from shop.carts import Cart, total\nexcept ImportError:\n    Cart = total = None\n"

    assert rewritten(before, new="billing:Invoice", style="alias") == (
        "try:\n    from billing import Invoice\n    from shop.carts import total\n"
        "    Cart = Invoice  # kept while uses of the old name are moved\n"
        "except ImportError:\n    Cart = total = None\n"
    )


def test_a_single_name_that_is_left_stands_on_its_line_where_a_comma_keeps_none() -> None:
    before = "from shop.carts import (\n    Cart,  # noqa: F401\n    total,  # noqa: F401\n)\n\nCart\n"
    settings = f"{RUFF}\n[tool.ruff.lint.isort]\nsplit-on-trailing-comma = false\n"

    assert rewritten(before, settings) == (
        "from shop.carts import total  # noqa: F401\nfrom shop.orders import Order  # noqa: F401\n\nOrder\n"
    )


def test_in_a_block_of_a_formatted_file_the_import_keeps_the_name_of_an_alias() -> None:
    before = "try:\n    from shop.carts import Cart\nexcept ImportError:\n    Cart = None\n"
    after = before.replace("shop.carts import", "shop.orders import Order as")
    settings = {"black": "[tool.black]\n", "ruff": "[tool.ruff.format]\n"}

    assert {name: rewritten(before, text, style="alias") for name, text in settings.items()} == {
        "black": after,
        "ruff": after,
    }


def test_a_blank_line_stands_above_an_alias_in_a_formatted_file() -> None:
    before = "from shop.carts import Cart\n\nCart()\n"
    line = "Cart = Order  # kept while uses of the old name are moved\n"

    assert rewritten(before, "[tool.black]\n", style="alias") == (
        f"from shop.orders import Order\n\n{line}\nCart()\n"
    )


ISORT_CASES = {
    "names that fit, in the profile of attrs": (
        "profile = attrs\nlines_after_imports = 1",
        "from shop.carts import Basket, Cart, total\n",
        "from shop.carts import Basket, total\nfrom shop.orders import Order\n",
    ),
    "a name with and without `as`": (
        "profile = black",
        "from shop.carts import Cart, total\nfrom shop.orders import Line\n"
        "from shop.orders import Order as Purchase\nfrom shop.orders import archive\n",
        "from shop.carts import total\nfrom shop.orders import Line\nfrom shop.orders import Order\n"
        "from shop.orders import Order as Purchase\nfrom shop.orders import archive\n",
    ),
    "a comment behind the parenthesis": (
        "profile = black",
        "from shop.carts import Cart\nfrom shop.orders import (  # pylint: disable=unused-import\n    Line,\n"
        "    archive,\n)\n",
        "from shop.orders import (  # pylint: disable=unused-import\n    Line,\n    Order,\n    archive,\n)\n",
    ),
    "a list that becomes short beside one that becomes long": (
        "profile = pycharm\nlines_after_imports = 1",
        "from shop.carts import (\n    Cart,\n    total\n)\nfrom shop.orders import Line\n",
        "from shop.carts import total\nfrom shop.orders import (\n    Line,\n    Order\n)\n",
    ),
    "a comment where both kinds are sorted together": (
        "profile = black\nforce_sort_within_sections = true",
        "from shop.carts import Cart  # noqa: TC001\nfrom shop.orders import Line\n",
        "from shop.orders import Line\nfrom shop.orders import Order  # noqa: TC001\n",
    ),
    "both kinds as they are spelled": (
        "profile = open_stack",
        "import os.path\nfrom os import path\n\nfrom shop.carts import Cart\nfrom shop.orders import Line\n",
        "import os.path\nfrom os import path\n\nfrom shop.orders import Line\nfrom shop.orders import Order\n",
    ),
    "both kinds, with capital letters first": (
        "force_sort_within_sections = true",
        "import Zoo\nfrom shop.carts import Cart\nimport shop.parcels\n",
        "import Zoo\nfrom shop.orders import Order\nimport shop.parcels\n",
    ),
    "a comment where each name has a statement": (
        "profile = google",
        "from shop.carts import Cart  # noqa: TC001\nfrom shop.orders import Line\nimport shop.orders as orders\n",
        "from shop.orders import Line\nfrom shop.orders import Order  # noqa: TC001\nimport shop.orders as orders\n",
    ),
}


@pytest.mark.parametrize("name", ISORT_CASES)
def test_an_import_stands_where_isort_has_it(name: str) -> None:
    settings, before, after = ISORT_CASES[name]
    files = {".isort.cfg": f"[settings]\n{settings}\n"}

    assert rewritten(f"{before}\nCart\n", "", files=files) == f"{after}\nOrder\n"


HEADED = {
    ".isort.cfg": "[settings]\nprofile = black\nknown_third_party = billing\nimport_heading_thirdparty = Theirs\n"
    "import_heading_firstparty = Ours\n",
    "pyproject.toml": f'{RUFF}\n[tool.ruff.lint.isort]\nknown-third-party = ["billing"]\n'
    'import-heading = {third-party = "Theirs", first-party = "Ours"}\n',
}


@pytest.mark.parametrize("path", HEADED)
def test_each_section_has_the_comment_that_the_sorter_writes_over_it(path: str) -> None:
    rest, use = "import os\n\n# Ours\nfrom shop.orders import Line\n", "\nos, Line, Cart\n"
    before = rest.replace("# Ours\n", "# Ours\nfrom shop.carts import Cart\n")
    after = rest.replace("# Ours", "# Theirs\nfrom billing import Invoice\n\n# Ours")
    text = {"settings": "", "files": {path: HEADED[path]}, "new": "billing:Invoice"}

    assert rewritten(before + use, **text) == after + use.replace("Cart", "Invoice")  # type: ignore[arg-type]
    assert rewritten(f"import os\n\n# Ours\nfrom shop.carts import Cart\n{use}", **text) == (  # type: ignore[arg-type]
        f"import os\n\n# Theirs\nfrom billing import Invoice\n{use.replace('Cart', 'Invoice')}"
    )


@pytest.mark.parametrize(
    ("extra", "is_sorted"), [("", True), ("extend-select = ['D']", True), ("select = ['E']", False)]
)
def test_a_configuration_of_ruff_extends_another(extra: str, is_sorted: bool) -> None:
    before = "import os\n\nfrom shop.aisles import Aisle\nfrom shop.carts import Cart\n\nAisle, Cart\n"
    text = f'extend = "../pyproject.toml"\nline-length = 100\n[lint]\n{extra}\n'
    after = rewritten(before, new="billing:Invoice", path="tests/unit/a.py", files={"tests/ruff.toml": text})

    assert (after.index("billing") < after.index("aisles")) == is_sorted


@pytest.mark.parametrize("path", ["tests/.flake8", "tests/setup.cfg"])
def test_a_folder_without_a_sorter_is_sorted_as_the_one_around_it(path: str) -> None:
    before = "from shop.aisles import Aisle\nfrom shop.carts import Cart\n\nAisle, Cart\n"
    files = {path: "[flake8]\nmax-line-length = 100\n"}
    after = rewritten(before, new="billing:Invoice", path="tests/unit/a.py", files=files)

    assert after.startswith("from billing import Invoice\nfrom shop.aisles")


@pytest.mark.parametrize("settings", [RUFF, ""], ids=["ruff", "no sorter"])
def test_the_blank_line_of_an_import_goes_with_it(settings: str) -> None:
    before = "from shop.orders import Order\n\nfrom shop.carts import Cart\n\n\nOrder, Cart\n"
    first = f"{settings}\n[tool.ruff.lint.isort]\nknown-third-party = ['shop.orders']\n" if settings else ""

    assert rewritten(before, first) == "from shop.orders import Order\n\n\nOrder, Order\n"


def test_above_other_imports_of_a_block_an_import_keeps_the_name_of_an_alias() -> None:
    before = (
        "def f():\n    from shop.carts import Cart\n    from shop.parcels import Parcel\n    Cart, Parcel\n"
    )

    assert rewritten(before, style="alias") == before.replace("carts import", "orders import Order as")


def test_isort_joins_a_name_with_as_and_a_comment_where_these_are_combined() -> None:
    before = "from shop.carts import Cart  # noqa: TC001\nfrom shop.orders import Line\n\nCart, Line\n"

    assert rewritten(before, "", style="as", files={".isort.cfg": "[settings]\nprofile = django\n"}) == (
        "from shop.orders import Line, Order as Cart  # noqa: TC001\n\nCart, Line\n"
    )


def test_a_package_that_may_only_import_gets_no_assignment() -> None:
    before = "from shop.carts import Cart\n\n__all__ = ['Cart']\n"
    after = rewritten(
        before, '[tool.ruff.lint]\nselect = ["I", "RUF"]\n', style="alias", path="sales/__init__.py"
    )

    assert after == "from shop.orders import Order as Cart\n\n__all__ = ['Cart']\n"


@pytest.mark.parametrize("style", ["as", "alias", "rename"])
def test_ruff_finds_nothing_in_what_is_written(tmp_path: Path, style: Style) -> None:
    settings = [f"{RUFF}\n[tool.ruff.lint.isort]\n{options}\n" for options in OPTIONS]
    for number, text in enumerate(settings):
        write_tree(tmp_path / str(number), {**MODULES, "pyproject.toml": text, "app.py": EVERY_SECTION})
    ruff(tmp_path, "--fix")
    before = [(tmp_path / str(number) / "app.py").read_text() for number in range(len(settings))]

    for number, text in enumerate(settings):
        for new in NEW:
            after = rewritten(before[number], text, new=new, style=style)
            tree = {**MODULES, "pyproject.toml": text, "app.py": after}
            write_tree(tmp_path / "after" / f"{number} {new.partition(':')[0]}", tree)

    assert ruff(tmp_path) == []


def write_tree(folder: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def ruff(folder: Path, *options: str) -> list[str]:
    """What it finds, by file."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "json", *options, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return [f"{one['filename']}:{one['location']['row']}: {one['code']}" for one in json.loads(done.stdout)]


def test_two_statements_of_one_module_on_several_lines_are_told_apart() -> None:
    before = (
        "from shop.carts import (\n    Basket,  # on its way\n)\nfrom shop.carts import (\n    Cart as Trolley,\n)\n"
        "from shop.utils import uuid\n\nBasket, Trolley, uuid\n"
    )

    assert rewritten(before, new="billing:Invoice") == (
        "from billing import (\n    Invoice as Trolley,\n)\nfrom shop.carts import (\n    Basket,  # on its way\n)\n"
        "from shop.utils import uuid\n\nBasket, Trolley, uuid\n"
    )


def test_a_comment_behind_the_parenthesis_stays_there_where_a_name_joins() -> None:
    before = (
        "from shop.carts import Cart\nfrom shop.orders import (  # see below\n    Line,  # on its way\n"
        "    archive,\n)\n\nCart, Line, archive\n"
    )

    assert rewritten(before) == (
        "from shop.orders import (  # see below\n    Line,  # on its way\n    Order,\n    archive,\n)\n\n"
        "Order, Line, archive\n"
    )


def test_a_pragma_makes_no_line_too_long_for_ruff() -> None:
    before = "from shop.carts import Cart, total  # pylint: disable=unused-import\n\nCart, total\n"

    assert rewritten(before, f"line-length = 40\n{RUFF}".replace("line", "[tool.ruff]\nline", 1)) == (
        "from shop.carts import total  # pylint: disable=unused-import\n"
        "from shop.orders import Order  # pylint: disable=unused-import\n\nOrder, total\n"
    )


def test_a_comment_above_and_another_kind_of_import_each_take_their_blank_lines() -> None:
    before = "import os\n\n\n# theirs\nfrom abc import ABC\n\nfrom shop.carts import Cart\n\nos, ABC, Cart\n"

    assert (
        rewritten(before, f"{RUFF}[tool.ruff.lint.isort]\nlines-between-types = 1\n", new="enum:Enum")
        == "import os\n\n\n# theirs\nfrom abc import ABC\nfrom enum import Enum\n\nos, ABC, Enum\n"
    )


def test_what_ruff_keeps_separate_stands_behind_the_rest() -> None:
    settings = f'{RUFF}[tool.ruff.lint.isort]\nforced-separate = ["billing"]\n'
    before = "from shop.carts import Cart\n\nimport billing\nfrom billing import Tax\n\nCart, Tax, billing\n"

    assert rewritten(before, settings) == before.replace(
        "shop.carts import Cart", "shop.orders import Order"
    ).replace("\nCart", "\nOrder")
    assert rewritten(before, settings, new="billing:Invoice") == (
        "import billing\nfrom billing import Invoice, Tax\n\nInvoice, Tax, billing\n"
    )


def test_what_the_sorter_is_told_to_pass_over_parts_a_block() -> None:
    before = (
        "from shop.carts import Cart\nfrom shop.orders import Line\n\n# behind all others\n"
        "from abc import ABC  # isort: skip\n\nCart, Line, ABC\n"
    )

    assert rewritten(before) == (
        "from shop.orders import Line, Order\n\n# behind all others\nfrom abc import ABC  # isort: skip\n\n"
        "Order, Line, ABC\n"
    )


ISORT = "[tool.isort]\nprofile = 'black'\nline_length = 30\n"


def test_a_long_import_is_wrapped_where_isort_would_change_its_block() -> None:
    before = "import sys\nimport abc\nfrom shop.carts import Cart\n\nCart, abc, sys\n"

    assert rewritten(before, ISORT, style="as", new="billing:Invoice") == (
        "import sys\nimport abc\nfrom billing import (\n    Invoice as Cart,\n)\n\nCart, abc, sys\n"
    )


def test_a_folder_of_sources_is_first_party_by_its_own_name() -> None:
    settings = "[tool.isort]\nprofile = 'black'\nsrc_paths = ['tests']\nknown_first_party = ['shop']\n"
    files = {"tests/data/one.py": "", "shop/__init__.py": ""}
    before = "import yaml\n\nfrom shop.carts import Cart\nfrom tests.data import one\n\nCart, one, yaml\n"

    assert rewritten(before, settings, new="abc:ABC", files=files) == (
        "from abc import ABC\n\nimport yaml\n\nfrom tests.data import one\n\nABC, one, yaml\n"
    )


@pytest.mark.parametrize("path", ["app.py", "app.pyi"])
def test_a_stub_is_one_that_isort_leaves_alone(path: str) -> None:
    style = ImportStyle("isort", '{"first_party": [], "profile": "black"}', is_stub=path.endswith(".pyi"))
    stub = b"from shop.carts import Cart\n\nclass Basket(Cart): ...\n"

    assert (sorted_by_isort(stub, style) == stub) == style.is_stub
    assert rewritten(stub.decode(), ISORT, new="billing:Invoice", path=path) == (
        "from billing import Invoice\n\nclass Basket(Invoice): ...\n"
    )
