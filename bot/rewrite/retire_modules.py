"""The end of a module: a redirect in its place, or no file at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.rewrite.file_result import FileResult, unreadable
from bot.rewrite.proof import NOTHING_TO_PROVE, prove_redirect
from codemods.model.rules import RetiredModule
from codemods.model.site import Site
from codemods.read.source import Unreadable, read_source, write_source
from codemods.rewrites.retire import RetirementRefusal, names_imported_from, redirect_text, references_to
from codemods.scan.survey import Survey, read_content, whole_facts


def retire_modules(found: Survey, chosen: frozenset[str] | None) -> Iterator[FileResult]:
    for one in found.rules.retire:
        paths = [path for path in found.modules.paths_by_name.get(one.module, ()) if path in found.entries]
        for path in paths:
            if chosen is None or path in chosen:
                yield from (
                    remove_module(found, one, path, paths)
                    if one.to == "removed"
                    else redirect_module(found, one, path)
                )


def remove_module(found: Survey, one: RetiredModule, path: str, paths: Sequence[str]) -> Iterator[FileResult]:
    """Only with no reference left; what this very run moves is left until then."""
    below = [name for name in found.modules.paths_by_name if name.startswith(one.module + ".")]
    if below:
        yield FileResult(
            path, "skipped", f"{one.module} is a package with modules below it: {below[0]}", (), None
        )
        return
    left = list(references_to(one.module, paths, found.facts, found.modules))
    if left:
        files = sorted({where for where, _ in left})
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        reason = f"{len(left)} references are left, in {', '.join(files[:3])}{more}"
        yield FileResult(path, "skipped", reason, tuple(site for _, site in left[:50]), None)
        return
    yield FileResult(
        path, "changed", "", (Site(1, 0, "module", one.module, True),), None, True, NOTHING_TO_PROVE
    )


def redirect_module(found: Survey, one: RetiredModule, path: str) -> Iterator[FileResult]:
    data = read_content(found.tree, found.entries[path])
    source, facts = read_source(data), whole_facts(data)
    if isinstance(source, Unreadable) or facts.unreadable:
        reason = str(source) if isinstance(source, Unreadable) else unreadable(facts)
        yield FileResult(path, "skipped", reason, (), None)
        return
    paths = found.modules.paths_by_name.get(one.module, ())
    taken = names_imported_from(paths, found.facts, found.modules, one.module)
    made = redirect_text(one, path, source, facts, found.links, taken)
    if made is None:
        return
    site = Site(
        1,
        0,
        "module",
        one.module,
        not isinstance(made, RetirementRefusal),
        made.reason if isinstance(made, RetirementRefusal) else "",
    )
    if isinstance(made, RetirementRefusal):
        yield FileResult(path, "skipped", made.reason, (site,), None)
        return
    after = source.with_text(made.text)
    again = redirect_text(one, path, after, whole_facts(made.text), found.links, taken)
    proof = prove_redirect(found, path, made, again is None)
    if proof.ok:
        yield FileResult(path, "changed", "", (site,), write_source(after), proof=proof)
    else:
        yield FileResult(path, "failed", "; ".join(proof.failures), (site,), None, proof=proof)
