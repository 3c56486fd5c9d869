"""What a tool made of a repository, by a parse of its own: left, broken, altered, comments lost."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.generate import NEW, NEW_MODULE, OLD, OLD_MODULE


@dataclass(frozen=True)
class Verdict:
    files: int
    left: int
    """Files that still refer to the old symbol, or to nothing that exists."""
    broken: int
    altered: int
    comments: int


def judge(before: Path, after: Path, paths: list[Path]) -> Verdict:
    left = broken = altered = comments = 0
    for path in paths:
        one, other = (before / path).read_text(), (after / path).read_text()
        try:
            tree = ast.parse(other)
        except SyntaxError:
            broken += 1
            continue
        left += bool(refers(tree))
        altered += shape(ast.parse(one)) != shape(tree)
        comments += sum((remarks(one) - remarks(other)).values())
    return Verdict(len(paths), left, broken, altered, comments)


def refers(tree: ast.Module) -> bool:
    """An import of the old symbol, a way to it through its module, a patch of it, or a name that nothing binds."""
    bound = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            wrong = (node.module == OLD_MODULE and {OLD, NEW} & names) or (
                node.module == NEW_MODULE and names != {NEW}
            )
            if wrong:
                return True
        elif isinstance(node, ast.Attribute) and node.attr in (OLD, NEW):
            path = ast.unparse(node.value)
            old = path.endswith("execution_engine") and "user_" not in path and not renamed(tree, path)
            if old or path.partition(".")[0] not in bound:
                return True
        elif (isinstance(node, ast.Constant) and node.value == f"{OLD_MODULE}.{OLD}") or (
            isinstance(node, ast.Name) and node.id in (OLD, NEW) and node.id not in bound
        ):
            return True
    return False


def renamed(tree: ast.Module, name: str) -> bool:
    """`from shop.agents import user_execution_engine as execution_engine`."""
    return any(
        alias.asname == name and alias.name.startswith("user_")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )


class WithoutImports(ast.NodeTransformer):
    """The tree without what a move may change."""

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return (
            None
            if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            else self.generic_visit(node)
        )

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("it" if node.id in (OLD, NEW, "Engine") else node.id, ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name("it", ast.Load()) if node.attr in (OLD, NEW) else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("it") if node.value in (f"{OLD_MODULE}.{OLD}", f"{NEW_MODULE}.{NEW}") else node


def shape(tree: ast.Module) -> str:
    return ast.dump(WithoutImports().visit(tree))


def remarks(text: str) -> Counter[str]:
    reader = io.StringIO(text).readline
    return Counter(
        token.string for token in tokenize.generate_tokens(reader) if token.type == tokenize.COMMENT
    )
