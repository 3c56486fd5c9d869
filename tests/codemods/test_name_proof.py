"""The second opinion on names: what CPython's compiler says each of them refers to, before and after a change."""

from __future__ import annotations

import ast
import dis
import random
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from bot.rewrite.folder import folder_tree
from bot.rewrite.rewrite import FileResult, rewrite
from codemods.model.rules import Replacement, Rules, Style, Symbol
from codemods.read.bytecode import NameQuery, all_names, compile_text
from codemods.read.instructions import EXTENDED_ARG, JUMPS, NOTHING_DONE, decode
from codemods.read.name_flow import name_flow

LIBRARY = Path(ast.__file__).parent
OLD, NEW = "class Old:\n    pass\n", "class New:\n    pass\n"


def rewritten(tmp_path: Path, text: str, style: Style = "rename", **more: str) -> FileResult:
    for name, content in {"c.py": text, "m.py": OLD, "n.py": NEW, **more}.items():
        (tmp_path / name).write_text(content)
    rules = Rules((Replacement(Symbol("m", "Old"), Symbol("n", "New"), style),))
    return next(one for one in rewrite(folder_tree(tmp_path), rules) if one.path == "c.py")


MISREAD = {
    "a class body reads the global before a method of that name is defined": (
        "from m import Old\n\n\nclass C:\n    kinds = (Old, int)\n\n    def Old(self):\n        return Old\n"
    ),
    "a default is read in the class body, which binds the name later": (
        "from m import Old\n\n\nclass C:\n    def f(self, k=Old):\n        return k\n\n    Old = 3\n"
    ),
    "a class in a function reads the module's name, not the function's, where it binds it": (
        "from m import Old\n\n\ndef f():\n    from other import Old\n\n    class C:\n        Old = Old\n\n    return C\n"
    ),
    "a function imports into a global": (
        "Old = None\n\n\ndef load():\n    global Old\n    from m import Old\n\n\ndef use():\n    return Old\n"
    ),
}


@pytest.mark.parametrize("text", MISREAD.values(), ids=MISREAD)
def test_where_another_name_would_refer_to_something_else_the_old_name_stays(
    tmp_path: Path, text: str
) -> None:
    result = rewritten(tmp_path, text)
    kept = text.replace("from m import Old", "from n import New as Old")
    assert result.content == kept.encode()
    assert all("keeps its old name" in site.note for site in result.sites)


def test_the_import_of_another_branch_is_no_import_of_this_one(tmp_path: Path) -> None:
    text = "import sys\n\nif sys.argv:\n    from n import New\nif sys.path:\n    from m import Old\n\n    Old()\n"
    assert (rewritten(tmp_path, text).content or b"").count(b"from n import New") == 2


TRUSTED = {
    "a fallback": "try:\n    from m import Old\nexcept ImportError:\n    Old = None\n\n\ndef f():\n    return Old\n",
    "an import in a function": "def f():\n    from m import Old\n\n    return [Old() for _ in range(3)]\n",
    "a closure": "def f():\n    from m import Old\n\n    def g():\n        return Old\n\n    return g\n",
    "a handler and a loop": (
        "from m import Old\n\nfor one in range(3):\n    try:\n        Old()\n    except Old as error:\n"
        "        print(error)\n    else:\n        continue\nelse:\n    Old()\n"
    ),
    "a decorator, a base and a keyword": (
        "import m\n\n\n@m.Old\nclass D(m.Old, metaclass=m.Old):\n    Old: m.Old = m.Old(Old=1)\n"
    ),
    "a module that only type checkers import": (
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import m\n"
        "\n\ndef f(x: m.Old) -> m.Other:\n    return x\n"
    ),
    "a module that is imported in one branch": (
        "import sys\n\nif sys.argv:\n    import m\n\n\ndef f():\n    return m.Old(), m.other\n"
    ),
    "annotations that are not evaluated": (
        "from __future__ import annotations\n\nfrom m import Old\n\n\ndef f(x: Old) -> list[Old]:\n    return [x]\n"
    ),
}


@pytest.mark.parametrize("style", ["as", "alias", "rename"])
@pytest.mark.parametrize("text", TRUSTED.values(), ids=TRUSTED)
def test_a_file_whose_names_keep_their_meaning_is_migrated(tmp_path: Path, text: str, style: Style) -> None:
    result = rewritten(tmp_path, text, style)
    assert (result.status, result.reason) == ("changed", "")
    assert result.proof is not None
    assert result.proof.names_stand.ok is True


def test_what_this_python_cannot_compile_is_said_to_be_unchecked(tmp_path: Path) -> None:
    result = rewritten(tmp_path, "from m import Old\n\nOld()\nreturn Old\n", "as")
    assert result.proof is not None
    assert result.proof.names_stand.ok is None


def test_the_library_of_python_reads_the_same_twice() -> None:
    """Every instruction of real code is understood, and what is read does not depend on the order of sets."""
    files = sorted(LIBRARY.glob("*.py"))
    for path in random.Random(7).sample(files, 25):
        code = compile_text(path.read_bytes())
        assert code is not None
        question = NameQuery(all_names(code), lambda level, module: "." * level + module, lambda _: None)
        once, again = name_flow(code, question), name_flow(code, question)
        assert once == again
        assert sum(len(reads) for reads in once.reads.values()) >= len(code.co_names) // 2


def test_an_import_behind_many_constants_is_understood() -> None:
    """With more than 255 of them, an instruction takes two."""
    many = "".join(f"x{number} = {number}.5\n" for number in range(300))
    code = compile_text(f"{many}import a.b as m\nfrom ..p import Old as Kept\nm, Kept\n".encode())
    assert code is not None
    question = NameQuery(frozenset({"m", "Kept"}), lambda level, module: "." * level + module, lambda _: None)
    read = {one.name: set(one.values) for one in name_flow(code, question).reads[""]}
    assert read == {"m": {("module", "a.b", "")}, "Kept": {("symbol", "..p", "Old")}}


def test_a_handler_knows_what_was_bound_before_it() -> None:
    code = compile_text(b"Old = 1\ntry:\n    f()\nexcept E:\n    Old()\n")
    assert code is not None
    flow = name_flow(code, NameQuery(frozenset({"Old"}), lambda _, module: module, lambda _: None))
    assert [set(one.values) for one in flow.reads[""]] == [{("stored", "", "1")}]


@pytest.mark.parametrize(
    ("text", "compiles"),
    [
        ("from __future__ import annotations\n\nx: Undefined\n", True),
        ("import os\nfrom __future__ import annotations\n", False),
    ],
)
def test_an_import_that_has_to_come_first_is_checked(text: str, compiles: bool) -> None:
    assert (compile_text(text.encode()) is not None) is compiles


def test_instructions_are_those_that_dis_shows() -> None:
    for path in random.Random(5).sample(sorted(LIBRARY.glob("*.py")), 12):
        for code in all_code(compile(path.read_bytes(), "", "exec", dont_inherit=True)):
            shown = [
                (one.opcode, one.argval if one.opcode in JUMPS else one.arg or 0)
                for one in dis.get_instructions(code)
                if one.opcode not in NOTHING_DONE and one.opcode != EXTENDED_ARG
            ]
            takes_none = {one.opcode for one in dis.get_instructions(code) if one.arg is None}
            ours = [(op, 0 if op in takes_none else arg) for _, op, arg in decode(code)]
            assert ours == shown


def all_code(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from all_code(const)
