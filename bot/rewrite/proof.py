"""The proof of each file's change, without running it and before anything is pushed."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from types import CodeType

from bot.rewrite.call_proof import result_trouble
from bot.rewrite.name_proof import NameComparison, changed_names, compile_held, name_trouble
from codemods.edit.file_rewrite import FileRewrite, NewImport
from codemods.edit.imports.import_headings import heading_lines
from codemods.edit.imports.import_statements import PRAGMA
from codemods.link.import_graph import import_path
from codemods.link.links import Links
from codemods.model.edits import TextEdit, apply_edits, spans_after
from codemods.model.facts import ONLY_AS_SCRIPT, RUNS_LATER, TYPE_CHECKING_ONLY
from codemods.model.records import record
from codemods.read.compare_trees import keeps_shape, unplanned_difference
from codemods.read.source import Source, Unreadable, check_python, parse_python
from codemods.rewrites.retire import Redirect
from codemods.scan.survey import Survey

COMMENT = re.compile(rb"#[^\r\n]*")


@record
class ProofCheck:
    ok: bool | None
    """None: it does not apply."""
    note: str = ""


@record
class FileProof:
    parses: ProofCheck
    only_planned: ProofCheck
    bytes_kept: ProofCheck
    idempotent: ProofCheck
    imports_resolve: ProofCheck
    no_new_cycle: ProofCheck
    calls_bind: ProofCheck
    calls_give: ProofCheck
    uses_fit: ProofCheck
    types_hold: ProofCheck
    names_stand: ProofCheck
    imports_sorted: ProofCheck
    lines_wrapped: ProofCheck

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> list[str]:
        checks = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return [f"{SENTENCES[name]}: {check.note}" for name, check in checks if check.ok is False]


SENTENCES = {
    "parses": "the result would not parse",
    "only_planned": "more than the planned references would change",
    "bytes_kept": "text outside the edits would change",
    "idempotent": "a second run would change the file again",
    "imports_resolve": "an import would not resolve",
    "no_new_cycle": "modules would import each other in a cycle",
    "calls_bind": "a call would not fit the new signature",
    "calls_give": "a call would give something else than its surroundings expect",
    "uses_fit": "the new class wouldn't serve a use",
    "types_hold": "the type checker would find something wrong",
    "names_stand": "a name would refer to something else",
    "lines_wrapped": "a line would be too long",
    "imports_sorted": "an import wouldn't be placed as this repository's configuration requires",
}
UNKNOWN = ProofCheck(None, "it can't be checked")


DOES_NOT_APPLY = ProofCheck(None, "it does not apply")
NOTHING_TO_PROVE = FileProof(*(DOES_NOT_APPLY for _ in fields(FileProof)))


def prove_document(
    path: str, before: bytes, after: bytes, edits: Sequence[TextEdit], second_run: Sequence[TextEdit]
) -> FileProof:
    """Documentation and settings: no syntax tree, but bytes."""
    return replace(
        NOTHING_TO_PROVE,
        parses=still_parses(path, before, after),
        bytes_kept=passed_unless(bytes_trouble(before, after, edits)),
        idempotent=idempotent(second_run),
    )


def still_parses(path: str, before: bytes, after: bytes) -> ProofCheck:
    if not path.endswith(".toml") or toml_trouble(before):
        return DOES_NOT_APPLY
    return passed_unless(toml_trouble(after))


def toml_trouble(text: bytes) -> str:
    import tomllib  # it takes a while to load; a tree without such files needs none

    try:
        tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:  # also a number of too many digits
        return str(error)
    return ""


def prove_redirect(survey: Survey, path: str, redirect: Redirect, stays: bool) -> FileProof:
    """A file that is replaced as a whole: it parses, its imports exist, and they close no import cycle."""
    trouble = check_python(redirect.text)
    new_imports = [NewImport(module, name, 0, 0, 0) for module, name in redirect.imports]
    return replace(
        NOTHING_TO_PROVE,
        parses=ProofCheck(trouble is None, str(trouble or "")),
        idempotent=passed_unless("" if stays else "a second run would write the redirect again"),
        imports_resolve=imports_resolve(survey.links, new_imports),
        no_new_cycle=passed_unless(
            import_cycle_through(survey, path, {module for module, _ in redirect.imports})
        ),
    )


def prove_custom_codemod(after: Source, second_run_trouble: str) -> FileProof:
    """What can be shown of a codemod that only its author knows."""
    trouble = check_python(after.text)
    return replace(
        NOTHING_TO_PROVE,
        parses=ProofCheck(trouble is None, str(trouble or "")),
        idempotent=passed_unless(second_run_trouble),
    )


def import_cycle_through(survey: Survey, path: str, modules: Collection[str]) -> str:
    for module in sorted(modules):
        for start in survey.modules.paths_by_name.get(module, ()):
            loaded_by = survey.import_graph.reachable_from(start, path)
            if path in loaded_by:
                return " → ".join((path, *import_path(loaded_by, path)))
    return ""


def prove_rewrite(
    file: FileRewrite, edits: Sequence[TextEdit], after: Source, second_run: Sequence[TextEdit] | None
) -> FileProof:
    """`second_run`: the edits of a second run over the new text; None if rules contradict each other."""
    compared = [edit for edit in edits if edit not in file.new_branches]
    rest = after.with_text(apply_edits(file.source.text, compared)) if file.new_branches else after
    names = changed_names(file.source, rest, compared, file.removed_arguments)
    held, trouble = compile_held(rest, names)
    trouble = trouble or (check_python(after.text) if file.new_branches else None)
    return FileProof(
        parses=ProofCheck(trouble is None, str(trouble or "")),
        only_planned=UNKNOWN if trouble else passed_unless(tree_trouble(file.source, rest, compared)),
        bytes_kept=passed_unless(
            bytes_trouble(file.source.text, after.text, edits, heading_lines(file.style))
        ),
        idempotent=idempotent(second_run, file.links.rules.settle),
        imports_resolve=imports_resolve(file.links, file.new_imports),
        no_new_cycle=no_new_cycle(file),
        calls_bind=calls_bind(file),
        calls_give=UNKNOWN if trouble else calls_give(file, edits, after),
        uses_fit=uses_fit(file),
        types_hold=DOES_NOT_APPLY,
        names_stand=UNKNOWN if trouble else names_stand(file, rest, names, held),
        imports_sorted=DOES_NOT_APPLY,
        lines_wrapped=DOES_NOT_APPLY,
    )


def imports_sorted(is_sorted: bool | None) -> ProofCheck:
    return DOES_NOT_APPLY if is_sorted is None else passed_unless("" if is_sorted else "out of order")


def lines_wrapped(any_is: bool) -> ProofCheck:
    return ProofCheck(True) if any_is else DOES_NOT_APPLY


def names_stand(file: FileRewrite, after: Source, names: frozenset[str], held: CodeType | None) -> ProofCheck:
    comparison = NameComparison(file.links, file.path, file.loaded_modules)
    found = name_trouble(comparison, file.source, after, names, held)
    return UNKNOWN if found is None else passed_unless(found)


def tree_trouble(before: Source, after: Source, edits: Sequence[TextEdit]) -> str:
    """Statements that no edit touches are the same bytes; those that one touches are parsed and compared."""
    is_all = apply_edits(before.text, edits) == after.text
    shaping = [
        (edit, span)
        for edit, span in zip(edits, spans_after(edits), strict=True)
        if not (is_all and keeps_shape(before.text, edit, after.text, span))
    ]
    if is_all and not shaping:
        return ""
    touched = before.statements.touched_by([(edit.start, edit.end) for edit, _ in shaping])
    written = after.statements.touched_by([span for _, span in shaping])
    old, new = parse_python(touched.text), parse_python(written.text)
    if (
        isinstance(old, ast.Module)
        and isinstance(new, ast.Module)
        and not unplanned_difference(old, new, before, after, edits)
    ):
        return ""
    old, new = parse_python(before.text), parse_python(after.text)
    if isinstance(old, Unreadable) or isinstance(new, Unreadable):
        return "the old or the new text doesn't parse"
    return unplanned_difference(old, new, before, after, edits)


def passed_unless(trouble: str) -> ProofCheck:
    return ProofCheck(not trouble, trouble)


def bytes_trouble(
    before: bytes, after: bytes, edits: Sequence[TextEdit], headings: Collection[bytes] = ()
) -> str:
    """Everything between the edits is the same, and no comment within them is lost but those that a sorter writes."""
    at = new_at = 0
    comments: Counter[bytes] = Counter()
    joined: set[bytes] = set()
    for edit, (start, end) in zip(edits, spans_after(edits), strict=True):
        if before[at : edit.start] != after[new_at:start]:
            return f"bytes {at} to {edit.start} would change"
        at, new_at = edit.end, end
        comments.update(COMMENT.findall(before, edit.start, edit.end))
        written = COMMENT.findall(edit.text)
        comments.subtract(written)
        joined.update(piece.strip(b"# \t") for one in written for piece in one.split(b";"))
    if before[at:] != after[new_at:]:
        return f"the bytes from {at} on would change"
    lost = [one for one, count in comments.items() if count > 0 and not PRAGMA.match(one)]
    lost = [one for one in lost if one not in headings and one.strip(b"# \t") not in joined]
    return f"a comment would be lost: {lost[0].decode(errors='replace')}" if lost else ""


def idempotent(second_run: Sequence[TextEdit] | None, settles: bool = False) -> ProofCheck:
    if second_run is None:
        return ProofCheck(None, "the plan swaps names, so a second run would swap them back")
    if second_run and settles:
        return ProofCheck(False, "its references aren't migrated yet, and settling is for those that are")
    return ProofCheck(not second_run, f"{len(second_run)} more edits" if second_run else "")


def imports_resolve(links: Links, new_imports: Sequence[NewImport]) -> ProofCheck:
    if not new_imports:
        return ProofCheck(None, "it writes no import")
    libraries = set()
    for new in new_imports:
        resolved = resolves(links, new)
        if resolved is False:
            return ProofCheck(
                False,
                f"{new.module} doesn't define {new.name}" if new.name else f"there's no module {new.module}",
            )
        if resolved is None:
            libraries.add(new.module)
    note = f"outside this repository: {', '.join(sorted(libraries))}" if libraries else ""
    return ProofCheck(True, note)


def resolves(links: Links, new: NewImport) -> bool | None:
    """None: the module is a library's, or binds more than can be read."""
    modules = links.modules
    if not modules.is_known(new.module):
        return False if not new.module else None
    if new.name is None or new.name == "*" or modules.is_known(f"{new.module}.{new.name}"):
        return True
    if (new.module, new.name) in links.reexports or (new.module, new.name) in links.symbols:
        return True
    defined = links.module_names.get(new.module)
    return None if defined is None else defined.has(new.name)


def no_new_cycle(file: FileRewrite) -> ProofCheck:
    if not loaded_imports(file):
        return ProofCheck(None, "it imports nothing more while it is loaded")
    return passed_unless(" → ".join(new_cycle(file)))


def new_cycle(file: FileRewrite) -> tuple[str, ...]:
    """The files of the import cycle that it would close, from itself to itself."""
    loaded = (one for new in loaded_imports(file) for one in (new.module, f"{new.module}.{new.name}"))
    cycles = (file.links.import_cycles.get((file.path, module), ()) for module in loaded)
    return next(filter(None, cycles), ())


def loaded_imports(file: FileRewrite) -> list[NewImport]:
    """The new imports that run while the file is loaded."""
    not_then = RUNS_LATER | TYPE_CHECKING_ONLY | ONLY_AS_SCRIPT
    return [new for new in file.new_imports if not new.flags & not_then]


def calls_bind(file: FileRewrite) -> ProofCheck:
    parts = [part for part in (file, file.staying) if part is not None]
    if not any(part.replaced_calls for part in parts):
        return ProofCheck(None, "it calls nothing whose callee changes")
    for part in parts:
        if part.misfits:
            return ProofCheck(False, part.misfits[0])
    fitting = any(part.fitting_calls for part in parts)
    return ProofCheck(True) if fitting else ProofCheck(None, "the signature isn't known")


def uses_fit(file: FileRewrite) -> ProofCheck:
    if not file.compared_interfaces:
        return ProofCheck(None, "the new class has all that the old one has, or that can't be read")
    return passed_unless(next(iter(file.interface_misfits), ""))


def calls_give(file: FileRewrite, edits: Sequence[TextEdit], after: Source) -> ProofCheck:
    parts = [part for part in (file, file.staying) if part is not None]
    found = [result_trouble(part, edits, after) for part in parts]
    troubles = [trouble for trouble in found if trouble is not None]
    if not troubles:
        return ProofCheck(None, "what it calls can't be read, or doesn't change")
    return passed_unless(next(filter(None, troubles), ""))
