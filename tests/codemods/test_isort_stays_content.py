"""A file that isort leaves alone is one that it leaves alone after the rewriting as well, whatever its settings."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import isort
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.rewrite.rewrite import rewrite
from codemods.model.example import in_memory_tree, parsed_symbol
from codemods.model.rules import Replacement, Rules, Style
from codemods.workers.processes import IN_THIS_PROCESS

Settings = dict[str, object]
CART = parsed_symbol("shop.carts:Cart")
NAMES = {
    "collections": ["OrderedDict", "deque"],
    "yaml": ["YAMLError", "load", "safe_load"],
    "shop.carts": ["Basket", "Cart", "LIMIT", "total"],
    "shop.orders": ["Line", "RATE", "archive"],
    "billing": ["pay"],
}
TREE = {
    "shop/__init__.py": "",
    "shop/carts.py": "class Basket: ...\nclass Cart: ...\nclass Trolley: ...\ndef total(): ...\nLIMIT = 3\n",
    "shop/orders.py": "class Line: ...\nclass Order: ...\ndef archive(): ...\nRATE = 2\n",
    "billing.py": "class Invoice: ...\ndef pay(): ...\n",
}
PROFILES = ("", "black", "google", "plone", "pycharm", "django", "attrs", "hug", "open_stack", "wemake")
OPTIONS = {
    "combine_as_imports": True,
    "force_grid_wrap": 2,
    "force_single_line": True,
    "force_sort_within_sections": True,
    "force_to_top": ["yaml"],
    "from_first": True,
    "import_heading_firstparty": "Ours",
    "known_third_party": ["billing"],
    "length_sort": True,
    "lines_after_imports": 2,
    "lines_between_types": 1,
    "multi_line_output": 5,
    "no_lines_before": ["FIRSTPARTY"],
    "order_by_type": False,
    "reverse_sort": True,
}
COMMENT = st.sampled_from(["", "", "", "", "  # noqa: F401", "  # type: ignore", "  # the one in use"])
SETTINGS = st.fixed_dictionaries(
    {"profile": st.sampled_from(PROFILES), "chosen": st.sets(st.sampled_from(sorted(OPTIONS)), max_size=3)}
).map(lambda one: {"profile": one["profile"]} | {name: OPTIONS[name] for name in one["chosen"]})


@st.composite
def statements(draw: st.DrawFn, module: str) -> str:
    names = draw(st.lists(st.sampled_from(NAMES[module]), min_size=1, max_size=4, unique=True))
    if module == "shop.carts" and "Cart" not in names:
        names.append("Cart")
    if draw(st.integers(0, 3)) == 0:
        lines = "".join(f"    {name},{draw(COMMENT)}\n" for name in names)
        return f"from {module} import (\n{lines})\n"
    return f"from {module} import {', '.join(names)}{draw(COMMENT)}\n"


@st.composite
def programs(draw: st.DrawFn) -> str:
    others = draw(st.lists(st.sampled_from(sorted(NAMES)), max_size=4))
    lines = [draw(statements(module)) for module in [*others, "shop.carts"]]
    lines += draw(st.lists(st.sampled_from(["import os\n", "import shop.orders as orders\n"]), max_size=2))
    above = draw(st.sampled_from(["", '"""Doc."""\n', "#!/usr/bin/env python\n", "# Ours.\n"]))
    inner = draw(statements("shop.carts")) if draw(st.booleans()) else ""
    function = (
        "\n\ndef later():\n" + "".join(f"    {line}\n" for line in inner.splitlines()) + "    return Cart\n"
    )
    return above + "".join(lines) + "\nprint(Cart)\n" + (function if inner else "")


def as_toml(options: Settings) -> str:
    texts = {name: str(one).lower() if isinstance(one, bool) else repr(one) for name, one in options.items()}
    return "[tool.isort]\nquiet = true\n" + "".join(f"{name} = {text}\n" for name, text in texts.items())


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    programs(),
    SETTINGS,
    st.sampled_from(["as", "rename", "alias"]),
    st.sampled_from(["shop.orders:Order", "billing:Invoice", "enum:Enum", "shop.carts:Trolley"]),
)
def test_what_isort_leaves_alone_stays_so(program: str, options: Settings, style: Style, new: str) -> None:
    tree = {**TREE, "pyproject.toml": as_toml(options)}
    with TemporaryDirectory() as folder:
        for name, content in tree.items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_text(content)
        config = isort.Config(settings_path=folder)
        before = isort.code(program, config=config)
        assume(isort.code(before, config=config) == before)

        after = rewritten({**tree, "app.py": before}, Replacement(CART, parsed_symbol(new), style))

        settled = isort.code(after, config=config)
        assert after in (settled, isort.code(settled, config=config))


def rewritten(tree: dict[str, str], rule: Replacement) -> str:
    results = rewrite(in_memory_tree(tree), Rules((rule,)), processes=IN_THIS_PROCESS)
    result = next(one for one in results if one.path == "app.py")
    assert result.status == "changed", result.reason
    assert result.content is not None
    assert result.proof is not None
    assert result.proof.imports_sorted.ok
    return result.content.decode()
