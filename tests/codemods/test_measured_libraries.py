"""What `bench.libraries` does around a migration: it may not change what a library does."""

from __future__ import annotations

import ast
from pathlib import Path

from bench.libraries.candidates import Candidate
from bench.libraries.edits import define_beside, remove_old, rename_parameter
from bench.libraries.receivers import AttributeSite, with_recorder

ORDER = """\
class Order:
    @property
    def total(self):
        return 1

    @total.setter
    def total(self, value): ...

    def send(self, to, *, retry=False):
        return [to for to in (1, 2)], lambda to: to, to, retry
"""
SOURCE = "x = (a.total.total, super().total, ('ü', b).total)\nfor self.total in [(yield y).total]: ...\n"


def test_receivers_are_noted_and_everything_else_stays() -> None:
    sites: list[AttributeSite] = []
    seen: list[int] = []

    after = with_recorder("m.py", SOURCE.encode(), ast.parse(SOURCE), frozenset({"total"}), sites).decode()

    class Plain(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id == "bench_receiver":
                number, value = node.args
                seen.append(ast.literal_eval(number))
                return value
            return node

    assert ast.dump(Plain().visit(ast.parse(after))) == ast.dump(ast.parse(SOURCE))
    assert sorted(seen) == list(range(len(sites))) == list(range(6))


def test_a_property_is_copied_beside_and_the_old_one_removed(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(ORDER)
    total = Candidate("property", "m.py", "m", "Order", "total")

    define_beside(tmp_path, total)
    remove_old(tmp_path, total)

    assert (tmp_path / "m.py").read_text() == ORDER.replace("total", "total_renamed")


def test_a_parameter_is_renamed_where_it_is_meant(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(ORDER)
    rename_parameter(tmp_path, Candidate("method parameter", "m.py", "m", "Order", "retry", "send"))
    assert (tmp_path / "m.py").read_text() == ORDER.replace("retry", "retry_renamed")
