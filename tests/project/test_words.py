"""Words: one word for one thing, the one that people use already: in texts, in docstrings, in names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("bot", "codemods", "sandbox/pages", "sandbox/sample")
PAGES = ("docs", "README.md")
NEVER = {
    r"by hand": "needs manual work",
    r"(needs?|for) a human": "needs manual work",
    r"made anew|makes? anew|anew": "regenerated",
    r"(take|takes|taken|taking|took) (it |this |them |the phase |phase \d+ )?back": "revert",
    r"(put|puts|putting) (it |this |them )?back": "revert",
    r"undo(es|ne|ing)?": "revert",
    r"mend(s|ed|ing)?": "fix",
    r"awaited": "is running",
    r"(checks?|branch) (is|are|turns?|went|goes) (red|green)": "failed, passed",
    r"turns? .{1,30} red": "failed",
    r"Right would be": "Expected",
    r"perhaps .{1,40} is meant": "Did you mean",
}
NEVER_IN_CODE = {
    r"anew": "again, regenerate",
    r"mend(s|ed|ing)?": "fix",
    r"undo(es|ne|ing)?": "revert",
    r"(take|takes|taken|taking|took|put|puts|putting) (\w+ ){0,3}back": "revert, restore",
    r"awaited": "waited for",
    r"(by hand|(an?|the) human)": "manual work",
    r"(is|are|was|were|turns?|went|goes|stays?) (red|green)": "fails, passes",
}
NEVER_IN_NAMES = re.compile(
    r"(?:^|_)(?:anew|mend(?:s|ed|ing)?|undo(?:es|ne|ing)?|awaited|human|green|red)(?:_|$)"
)
COLORS = ("sandbox/pages/filters.py",)
STORED = ("bot/decide/ratchet.py", "bot/cli/results.py")
"""What these name is in a stored or published format."""
_MARKED = re.compile(r"<!-- drover:[^>]*-->")


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module that are no docstrings, f-strings as one."""
    tree = ast.parse(path.read_text())
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node)}
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node.value, str):
            yield node.lineno, node.value


def prose(page: str) -> str:
    """Without blocks of code, in which names are what they are."""
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


def found(text: str) -> list[str]:
    text = _MARKED.sub("", text)
    if not re.search(r"[a-z] [a-z]", text):
        return []
    return [
        f"{match[0]!r}, say {better!r}"
        for words, better in NEVER.items()
        for match in re.finditer(rf"\b(?:{words})\b", text)
    ]


def modules() -> list[str]:
    files = (file for folder in SOURCES for file in (ROOT / folder).rglob("*.py"))
    return sorted(str(file.relative_to(ROOT)) for file in files)


@pytest.mark.parametrize("module", modules())
def test_a_module_uses_the_vocabulary(module: str) -> None:
    said = [f"line {line}: {one}" for line, text in literals(ROOT / module) for one in found(text)]
    assert not said, "\n".join(said)


def pages() -> list[str]:
    files = [
        file for page in PAGES for file in ((ROOT / page).rglob("*.md") if page == "docs" else [ROOT / page])
    ]
    return sorted(str(file.relative_to(ROOT)) for file in files)


@pytest.mark.parametrize("page", pages())
def test_a_page_uses_the_vocabulary(page: str) -> None:
    said = found(prose((ROOT / page).read_text()))
    assert not said, "\n".join(said)


def code_files() -> list[str]:
    folders = ("bot", "codemods", "sandbox", "bench", "tests")
    files = (str(file.relative_to(ROOT)) for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return sorted(
        file for file in files if not file.startswith("tests/data/") and file != "tests/project/test_words.py"
    )


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Docstrings and comments."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.lineno, str(node.value.value).replace("\n", " ")
    for number, line in enumerate(text.splitlines(), 1):
        if "#" in line:
            yield number, line.partition("#")[2]


def test_docstrings_and_comments_use_the_vocabulary() -> None:
    never = re.compile(rf"\b(?:{'|'.join(NEVER_IN_CODE)})\b")
    assert not [
        f"{file}:{line}: {match[0]!r}, say {better!r}"
        for file in code_files()
        if file not in STORED
        for line, text in comments((ROOT / file).read_text())
        if never.search(text)
        for words, better in NEVER_IN_CODE.items()
        for match in re.finditer(rf"\b(?:{words})\b", text)
    ]


def test_names_use_the_vocabulary() -> None:
    names = re.compile(r"\b[A-Za-z_]\w*\b")
    strings = re.compile(r"""\"\"\".*?\"\"\"|"(?:[^"\\\n]|\\.)*"|#[^\n]*""", re.DOTALL)
    assert not [
        f"{file}: {name}"
        for file in code_files()
        if file not in (*COLORS, *STORED)
        for name in sorted(set(names.findall(strings.sub("", (ROOT / file).read_text()))))
        if NEVER_IN_NAMES.search(name)
    ]


OPAQUE = re.compile(
    r"asked|brought|built|cut|described|done|ended|fed|found|given|heard|held|kept|known|left|lost|made|meant"
    r"|moved|said|seen|sent|shown|taken|told|updated|used"
)


def opaque_functions(text: str) -> list[str]:
    """Functions whose whole name is a participle; a property may have one, since it says how something is."""
    return [
        f"line {node.lineno}: {node.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and OPAQUE.fullmatch(node.name.strip("_"))
        and not any("property" in ast.unparse(one) for one in node.decorator_list)
        and ast.unparse(node.returns or ast.Constant(None)) != "bool"
    ]


@pytest.mark.parametrize("folder", ["bot", "codemods"])
def test_no_function_is_named_by_a_participle_alone(folder: str) -> None:
    found = {
        str(file.relative_to(ROOT)): names
        for file in (ROOT / folder).rglob("*.py")
        if (names := opaque_functions(file.read_text()))
    }
    assert not found
