"""A repository of a given size, from a seed: deep packages, long files, tests with patches, comments everywhere."""

from __future__ import annotations

import random
from pathlib import Path

OLD_MODULE, NEW_MODULE = "shop.agents.execution_engine", "shop.agents.user_execution_engine"
OLD, NEW = "ExecutionEngine", "UserExecutionEngine"
LINES = 300
"""Of a file, at least."""
ROOTS = ("shop", "services", "tests")
WORDS = (
    *("order", "basket", "price", "stock", "label", "queue", "event", "ledger"),
    *("parcel", "refund", "invoice", "session", "tenant", "audit", "batch"),
)

IMPORTS = (
    f"from {OLD_MODULE} import {OLD}\n",
    f"from {OLD_MODULE} import {OLD}  # noqa: F401\n",
    f"from {OLD_MODULE} import (  # the engine\n    EngineError,\n    {OLD},  # deprecated\n    run_all,\n)\n",
    f"from {OLD_MODULE} import EngineError, {OLD}\n",
    f"from {OLD_MODULE} import {OLD} as Engine\n",
    "from shop.agents import execution_engine\n",
    f"import {OLD_MODULE}\n",
    f"if TYPE_CHECKING:\n    from {OLD_MODULE} import {OLD}\n",
)
USES = (OLD, OLD, OLD, OLD, "Engine", f"execution_engine.{OLD}", f"{OLD_MODULE}.{OLD}", OLD)


def generate(root: Path, matching: int, others: int, seed: int = 1, lines: int = LINES) -> list[Path]:
    """The files that refer to the old symbol; with `others` beside them that don't."""
    chance = random.Random(seed)
    modules(root)
    written = []
    for number in range(matching + others):
        path = place(root, number, chance)
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in [path.parent, *path.parent.parents]:
            if folder == root:
                break
            (folder / "__init__.py").touch()
        form = number % len(IMPORTS) if number < matching else None
        path.write_text(source(form, lines, chance, path.name.startswith("test_")))
        if form is not None:
            written.append(path)
    return written


def place(root: Path, number: int, chance: random.Random) -> Path:
    top = ROOTS[number % len(ROOTS)]
    depth = chance.randint(1, 4)
    folders = [f"{chance.choice(WORDS)}{chance.randint(0, 9)}" for _ in range(depth)]
    stem = f"{chance.choice(WORDS)}_{number}.py"
    return root.joinpath(top, *folders, f"test_{stem}" if top == "tests" else stem)


def modules(root: Path) -> None:
    agents = root / "shop" / "agents"
    agents.mkdir(parents=True, exist_ok=True)
    (root / "shop" / "__init__.py").touch()
    (agents / "__init__.py").touch()
    made = "    def __init__(self, name=None):\n        self.name = name\n"
    errors = "class EngineError(Exception):\n    pass\n\n\n"
    old = f"{errors}class {OLD}:\n{made}\n\ndef run_all():\n    pass\n"
    (agents / "execution_engine.py").write_text(old)
    (agents / "user_execution_engine.py").write_text(f"class {NEW}:\n{made}")


def source(form: int | None, lines: int, chance: random.Random, test: bool) -> str:
    parts = [f'"""What {chance.choice(WORDS)} does, and why; see the notes on the {OLD.lower()}."""\n']
    parts.append(
        "from __future__ import annotations\n\nimport logging\nfrom typing import TYPE_CHECKING, Any\n"
    )
    parts.append("from unittest import mock\n\n" if test else "\n")
    if form is not None:
        parts.append(IMPORTS[form] + "\n")
    parts.append("log = logging.getLogger(__name__)  # one for each module\n\n")
    count = sum(part.count("\n") for part in parts)
    number = 0
    while count < lines:
        use = USES[form] if form is not None and form != 7 and number % 3 == 0 else None
        part = klass(number, use, chance) if number % 2 else function(number, use, chance, "")
        if test and use and form is not None:
            part += f'\n\n@mock.patch("{OLD_MODULE}.{OLD}")\ndef test_{number}(fake):\n    assert fake\n'
        if form == 7 and number == 0:
            part += f"\n\ndef typed(engine: {OLD}) -> None:\n    log.info(engine)\n"
        parts.append(part + "\n\n")
        count += part.count("\n") + 2
        number += 1
    return "\n".join(parts)


def function(number: int, use: str | None, chance: random.Random, indent: str) -> str:
    name = f"{chance.choice(WORDS)}_{number}"
    rows = [
        f"def {name}({'self, ' if indent else ''}value: Any, *, limit: int = {chance.randint(1, 99)}) -> Any:"
    ]
    rows.append(f'    """Takes a {chance.choice(WORDS)} and gives back what is left of it."""')
    for step in range(chance.randint(4, 12)):
        word = chance.choice(WORDS)
        rows.append(f"    # {word}: step {step}")
        rows.append(f'    {word} = [item for item in value if item.{word} > limit]  # the "{word}" ones')
        rows.append(f"    log.debug('%s: %d of {{}}', {word}, len({word}) + {step})")
    if use:
        rows.append(f"    engine = {use}(limit)  # an {OLD}, one for all")
        rows.append(f"    assert isinstance(engine, {use})")
    rows.append("    return value")
    return "\n".join(indent + row for row in rows)


def klass(number: int, use: str | None, chance: random.Random) -> str:
    rows = [f"class {chance.choice(WORDS).title()}{number}:", f'    """Keeps {chance.choice(WORDS)}s."""', ""]
    for member in range(chance.randint(2, 4)):
        rows.append(function(member, use if member == 0 else None, chance, "    "))
        rows.append("")
    return "\n".join(rows).rstrip()
