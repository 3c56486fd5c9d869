"""An import that would close an import cycle: it's written in the functions that use the name, where all uses are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from codemods.edit.file_rewrite import FileRewrite, NewImport, split_level
from codemods.edit.file_view import ImportBinding
from codemods.edit.function_bodies import Function, statement_edit
from codemods.edit.imports.import_statements import NewAlias
from codemods.link.symbol_match import SymbolMatch
from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.facts import IMPORT, IN_COMMENT, IN_STRING, LOAD, RUNS_LATER, Mention
from codemods.read.run_time_names.evaluated_names import reads_by_strings
from codemods.read.source import Unreadable, parse_python
from codemods.rewrites.rename import is_public, is_reexported, rename_trouble

NOTE = "imported in the functions that use it, since at the top it would close an import cycle"


def import_late(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> bool:
    """Whether the import could be written where it is used."""
    uses = [use for use in file.mentions(binding.scope, binding.name) if use.role != IMPORT]
    if not closes_cycle(file, binding, match) or not only_used_later(file, binding, uses):
        return False
    functions = list(functions_around(file, uses))
    renamed = file.links.rule_of(match).style == "rename" and not rename_trouble(file, binding, match, uses)
    local = (match.new_name or "") if renamed else binding.name
    new = NewAlias(
        file.module_as_written(match.new_module, file.statement(binding)), match.new_name or "", local
    )
    edits = [statement_edit(file.source, one, new.statement) if one else None for one in functions]
    if not edits or None in edits:
        return False
    file.add_alias_site(binding, match, "", NOTE)
    file.set_outcome(binding, "drop")
    write_imports(file, [edit for edit in edits if edit is not None], new)
    for use in uses if local != binding.name else ():
        file.add_site_at(use, "use", match)
        file.replace(use.start, use.end, local)
    file.add_calls(uses, match)
    return True


def closes_cycle(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> bool:
    statement = file.statement(binding)
    at_top = statement.scope == 0 and statement.column == 0 and statement.module is not None
    cycles = file.links.import_cycles
    return at_top and bool(cycles) and (file.path, match.new_module) in cycles


def only_used_later(file: FileRewrite, binding: ImportBinding, uses: Sequence[Mention]) -> bool:
    name = binding.name
    needed = (
        name in file.links.names_of_frames
        or is_reexported(file, name)
        or is_public(file, name)
        or reads_by_strings(file.source.text)
    )
    named = any((module, name) in file.links.named_in_strings for module in file.module_names)
    alone = file.roles(0, name) == {IMPORT} and len(file.bindings_by_name[(0, name)]) == 1
    later = all(use.role == LOAD and use.flags & RUNS_LATER for use in uses)
    plain = not any(use.flags & (IN_STRING | IN_COMMENT) or use.position_unknown for use in uses)
    return alone and later and plain and not needed and not named


def functions_around(file: FileRewrite, uses: Iterable[Mention]) -> Iterator[Function | None]:
    """The outermost function around each use."""
    tree = parse_python(file.source.text)
    functions = [] if isinstance(tree, Unreadable) else list(outer_functions(tree))
    for use in uses:
        yield next((one for one in functions if contains(file, one, use)), None)


def outer_functions(node: ast.AST) -> Iterator[Function]:
    """The functions of a module and of its classes, not those within functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield child
        elif not isinstance(child, ast.expr):
            yield from outer_functions(child)


def contains(file: FileRewrite, function: Function, use: Mention) -> bool:
    first = function.body[0]
    start = file.source.offset(first.lineno, first.col_offset)
    return start <= use.start < file.source.offset(function.end_lineno or 0, function.end_col_offset or 0)


def write_imports(file: FileRewrite, edits: Iterable[TextEdit], new: NewAlias) -> None:
    module = file.links.modules.absolute(file.path, *split_level(new.module or ""))
    for edit in dict.fromkeys(edits):
        file.edits.append(edit)
        line, _ = file.source.position(edit.start)
        file.new_imports.append(NewImport(module or "", new.name, RUNS_LATER, 0, line))


CYCLE = {"n.py": "import app\n\nclass New: ...\n"}
LATE = "    from n import New as Old\n"
USES = (
    'from m import Old, keep\n\ndef f():\n    """Doc."""\n    return Old()\n\n'
    "class C:\n    def g(self):\n        keep()\n        return [Old for x in self]\n"
)
EXAMPLES = (
    Example(
        "it closes no cycle",
        "from m import Other\n\ndef f(): return Other()\n",
    ),
    Example(
        "the name is used while the module is loaded",
        "from m import Old\n\nx = Old()\n",
        other_files=CYCLE,
        proof_failure="cycle",
    ),
    Example(
        "other files import it from here",
        "from m import Old\n\ndef f():\n    return Old()\n",
        other_files={**CYCLE, "q.py": "from app import Old\n"},
        proof_failure="cycle",
    ),
    Example(
        "all uses are in functions",
        USES,
        USES.replace("Old, ", "")
        .replace("    return Old", f"{LATE}    return Old")
        .replace("    keep", f"{LATE}        keep"),
        other_files=CYCLE,
    ),
    Example(
        "a function of one line",
        "from m import Old, keep\n\ndef f(): return Old(keep)\n",
        "from m import keep\n\ndef f():\n    from n import New as Old\n    return Old(keep)\n",
        other_files=CYCLE,
    ),
    Example(
        "with the new name",
        "from m import Old\n\ndef f():\n    return Old(), Old.x\n",
        "\ndef f():\n    from n import New\n    return New(), New.x\n",
        style="rename",
        other_files=CYCLE,
    ),
)
