"""What each command of the command line does, and the status that it ends with."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.audit.audit import Audit, audit, plan_rules
from bot.audit.outlines import Outlines
from bot.audit.proposal import propose, slug_of
from bot.cli import results
from bot.cli.local_checks import Ran, run_commands
from bot.cli.local_phases import Applied, Refused, make_phases, plan_errors, set_branch
from bot.cli.local_repository import Local, opened
from bot.cli.local_revert import NothingToRevert, Reverted, What, revert_phase
from bot.cli.terminal import Terminal
from bot.interrupts import uninterrupted
from bot.plan.phase_files import check_plan
from bot.plan.plan import Plan, PlanErrors
from bot.plan.read import read_plan
from bot.publish.phase_commits import BuiltPhase
from bot.report.audit import page as audit_page
from bot.report.audit import sections as audit_sections
from bot.report.pull_request import phase_body, phase_title
from bot.report.slices import slice_title
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.folder import Folder
from bot.rewrite.in_place import PendingFile, SpooledContents, replace_files, spooled
from bot.rewrite.rewrite import FileResult, folder_tree, rewrite
from bot.settings import cache_folder
from codemods.link.modules import find_modules
from codemods.model.rules import Replacement, Rules, Style, modules_of
from codemods.model.tree import Tree

DONE, HUMAN, WRONG = 0, 1, 2


def audit_command(options: Namespace, out: Terminal) -> int:
    plan = plan_file(options.plan) if options.plan else None
    if isinstance(plan, str):
        return wrong(out, plan)
    asked = Rules(replace=tuple(options.replace or ()), strings=True, docs=True)
    rules = replace(
        plan_rules(plan) if plan else asked, roots=options.roots or (plan.roots if plan else None)
    )
    with opened(options.root, options.rev) as local, the_index() as index:
        if isinstance(local, str):
            return wrong(out, local)
        with out.progress("Reading") as progress:
            found = audit(
                local.tree,
                rules,
                plan,
                commit=local.commit,
                owners=local.owners(),
                processes=options.processes,
                progress=progress,
                index=index,
            )
        errors = plan_errors(local, plan, [phase.number for phase in plan.phases], index) if plan else None
    if options.html:
        options.html.write_text(audit_page.page(found), "utf-8")
    show_audit(out, found, errors, as_json=options.json)
    return HUMAN if found.needs_manual_work or errors else DONE


def show_audit(out: Terminal, found: Audit, errors: PlanErrors | None, *, as_json: bool) -> None:
    if as_json:
        out.json(results.audit_json(found, errors))
        return
    out.print(found.title)
    out.print(f"{audit_sections.headline(found)} At {found.commit[:12]}, in {found.seconds:.1f} s.")
    out.print()
    for section in audit_sections.sections(found):
        out.section(section)
    if errors:
        out.print(str(errors))


def plan_command(options: Namespace, out: Terminal) -> int:
    with opened(options.root, options.rev) as local, the_index() as index:
        if isinstance(local, str):
            return wrong(out, local)
        replacements = styled(options.replace, options.style)
        missing = missing_targets(local.tree, replacements, options.roots, index)
        if missing:
            return wrong(out, missing)
        with out.progress("Reading") as progress:
            text = propose(
                local.tree,
                replacements,
                roots=options.roots,
                owners=local.owners(),
                processes=options.processes,
                progress=progress,
                index=index,
            )
    out.print(text.rstrip("\n"))
    return DONE


def missing_targets(
    tree: Tree,
    replacements: tuple[Replacement, ...],
    roots: tuple[str, ...] | None,
    index: BlobIndex | None = None,
) -> str:
    paths = [entry.path for entry in tree.entries()]
    outlines = Outlines(tree, find_modules(paths, roots, modules_of(replacements)), index)
    errors = check_plan(Plan("", "", replacements, (), source="--replace"), paths, outlines.is_defined)
    return "; ".join(error.message for error in errors.errors) if errors else ""


def apply_command(options: Namespace, out: Terminal) -> int:
    plan = plan_file(options.plan)
    if isinstance(plan, str):
        return wrong(out, plan)
    numbers = [phase.number for phase in plan.phases if options.phase in ("all", phase.number)]
    if not numbers:
        return wrong(out, f"{plan.source} has {len(plan.phases)} phases, and no phase {options.phase}")
    with opened(options.root, options.rev) as local, the_index() as index:
        if isinstance(local, str):
            return wrong(out, local)
        errors = plan_errors(local, plan, numbers, index)
        if errors:
            return wrong(out, str(errors))
        with out.progress("Rewriting") as progress:
            made = make_phases(
                local,
                plan,
                numbers,
                processes=options.processes,
                index=index,
                progress=lambda phase: progress,
            )
        if isinstance(made, Refused):
            return wrong(out, made.why)
        ran = [] if options.no_checks else list(checked(out, local, plan, made))
        with uninterrupted():
            applied = [set_branch(local, plan, built) for built in made]
    show_applied(out, plan, applied, ran, as_json=options.json)
    left = any(one.built.made.manual or one.built.made.unchanged_files for one in applied)
    return HUMAN if left or any(one.status for one in ran) else DONE


def checked(out: Terminal, local: Local, plan: Plan, made: Iterable[BuiltPhase]) -> Iterator[Ran]:
    """Before any branch is set, so that whoever stops here has everything as it was."""
    for one in made:
        commits = one.commits if plan.checks.each == "batch" else one.commits[-1:]
        for commit in commits if plan.checks.commands else ():
            where = f"a temporary checkout of {commit[:12]} (phase {one.made.phase.number})"
            for command in plan.checks.commands:
                out.say(f"Runs `{command}` in {where}, as you, with no sandbox around it")
            for ran in run_commands(local.repository, commit, plan.checks.commands):
                ending = "is green" if ran.status == 0 else f"ended with {ran.status}"
                out.say(f"`{ran.command}` {ending}" + (f":\n{ran.output.rstrip()}" if ran.status else ""))
                yield ran


def show_applied(
    out: Terminal, plan: Plan, applied: Iterable[Applied], ran: Collection[Ran], *, as_json: bool
) -> None:
    if as_json:
        out.json(results.apply_json(plan, tuple(applied), ran))
        return
    for one in applied:
        made = one.built.made
        if one.built.commits:
            out.print(f"{one.branch}  {one.built.head}  ({one.ending})")
            out.print()
            out.print(f"# {phase_title(made)}")
            out.print()
            out.print(phase_body(made))
        else:
            name = f"{one.phase.name}{slice_title(made.slice)}"
            out.print(f"Phase {one.phase.number}, {name}: {one.ending}")
            for line in results.left_lines(one.built.results):
                out.print(f"  {line}")


def rewrite_command(options: Namespace, out: Terminal) -> int:
    root: Path = options.root
    if not root.is_dir():
        return wrong(out, f"there is no folder {root}")
    tree = folder_tree(root)
    chosen = chosen_paths(root, options.paths, tree)
    if isinstance(chosen, str):
        return wrong(out, chosen)
    rules = Rules(
        replace=styled(options.replace, options.style),
        strings="strings" in options.also,
        docs="docs" in options.also,
        roots=options.roots,
    )
    missing = missing_targets(tree, rules.replace, rules.roots)
    if missing:
        return wrong(out, missing)
    try:
        with spooled() as spool:
            return _rewrite(options, out, tree, chosen, rules, spool)
    except BrokenPipeError:
        raise  # whoever reads what is printed has seen enough
    except OSError as error:
        return wrong(
            out, f"it can't be written: {error}. Mend that and run it again: what is done is left as it is"
        )


def _rewrite(
    options: Namespace,
    out: Terminal,
    tree: Folder,
    chosen: Collection[str] | None,
    rules: Rules,
    spool: SpooledContents,
) -> int:
    root, only_looking = tree.root, options.check or options.diff
    contents: dict[str, Callable[[], bytes]] = {}
    found: list[FileResult] = []
    with out.progress("Rewriting") as progress:
        for result in rewrite(tree, rules, chosen, processes=options.processes, progress=progress):
            if result.content is not None:
                contents[result.path] = spool.keep(result.content)
            found.append(replace(result, content=None))
    changed = [result for result in found if result.status == "changed"]
    if options.diff and not options.json:
        for result in changed:
            after = contents[result.path]() if result.path in contents else b""
            out.print(results.diff_text((root / result.path).read_bytes(), after, result).rstrip("\n"))
    if not only_looking:
        found = written(tree, found, contents)
    show_rewritten(out, found, only_looking=only_looking, as_json=options.json)
    return HUMAN if (options.check and changed) or any(map(results.wants_human, found)) else DONE


def written(
    tree: Folder, found: list[FileResult], contents: Mapping[str, Callable[[], bytes]]
) -> list[FileResult]:
    """Only where nobody has written them, or put a link in their place, while others were rewritten."""
    listed = {entry.path: entry for entry in tree.entries()}
    put = replace_files(
        tree.root,
        [
            PendingFile(one.path, partial(tree.is_unchanged, listed[one.path]), contents.get(one.path))
            for one in found
            if one.status == "changed"
        ],
    )
    why = "another program wrote it meanwhile"
    return [
        replace(result, status="failed", reason=why) if result.path in put.changed_meanwhile else result
        for result in found
    ]


def show_rewritten(out: Terminal, found: list[FileResult], *, only_looking: bool, as_json: bool) -> None:
    if as_json:
        out.json(results.rewrite_json(found))
        return
    verb = "would change" if only_looking else "changed"
    for line in results.rewrite_lines(found, verb):
        out.say(line)


def revert_command(options: Namespace, out: Terminal) -> int:
    plan = plan_file(options.plan) if options.plan else None
    if isinstance(plan, str):
        return wrong(out, plan)
    with opened(options.root, options.rev) as local:
        if isinstance(local, str):
            return wrong(out, local)
        slug = plan.slug if plan else only_slug(local, options.phase)
        if slug is None:
            return wrong(out, "which plan? Several have been applied here, or none: say it by --plan")
        ending = revert_phase(local, slug, What(options.phase, options.batch, options.slice))
    if options.json:
        out.json(results.revert_json(ending))
    else:
        show_reverted(out, ending)
    if isinstance(ending, NothingToRevert):
        return WRONG
    return HUMAN if ending.conflicts else DONE


def show_reverted(out: Terminal, ending: Reverted | NothingToRevert) -> None:
    if isinstance(ending, NothingToRevert):
        out.wrong(ending.why)
        return
    out.print(f"{ending.branch}  {ending.head}")
    out.print(f"{len(ending.files):,} files are as they were before, later work kept.")
    for path in ending.conflicts:
        out.print(f"left as it is, others have changed the same lines since: {path}")


def only_slug(local: Local, phase: int) -> str | None:
    """The one plan whose phase has a branch here."""
    found = {
        ref.split("/")[3]
        for ref in local.repository.refs("refs/heads/drover/")
        if re.fullmatch(rf"refs/heads/drover/[^/]+/phase-{phase}(-[^/]+)?", ref)
    }
    return found.pop() if len(found) == 1 else None


def plan_file(file: Path) -> Plan | str:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return f"{file} can't be read: {error.strerror}"
    except UnicodeDecodeError:
        return f"{file} is not UTF-8 text"
    read = read_plan(text, str(file), slug=slug_of(file.name))
    return str(read) if isinstance(read, PlanErrors) else read


def chosen_paths(root: Path, paths: list[Path], tree: Tree) -> Collection[str] | str | None:
    """The tree's files that are these, or lie below them; or what is wrong."""
    if not paths:
        return None
    known = [entry.path for entry in tree.entries()]
    chosen: set[str] = set()
    for path in paths:
        inside = os.path.relpath(os.path.abspath(path), os.path.abspath(root)).replace(os.sep, "/")
        below = (
            known
            if inside == "."
            else [one for one in known if one == inside or one.startswith(f"{inside}/")]
        )
        if not below:
            return (
                f"{path} is not a file or folder of {root}"
                if not path.exists()
                else f"{path} is not among its files"
            )
        chosen.update(below)
    return chosen


def styled(replacements: Iterable[Replacement], style: Style) -> tuple[Replacement, ...]:
    return tuple(replace(one, style=style) for one in replacements)


@contextmanager
def the_index() -> Iterator[BlobIndex]:
    with BlobIndex(cache_folder(os.environ) / "index.sqlite") as index:
        yield index


def wrong(out: Terminal, why: str) -> int:
    out.wrong(f"drover: {why}" if "\n" not in why else why)
    if out.quiet:
        out.json(failure(why))
    return WRONG


def failure(why: str) -> dict[str, Any]:
    return {"files": [], "totals": {}, "error": why}
