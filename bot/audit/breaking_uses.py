"""What would break when a module is retired: calls and members that its replacement can't serve, file by file."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.audit.interfaces import CALLABLE_KINDS, kind_word, parameters_of_call
from bot.audit.member_uses import instance_names, is_old, made_by, names_of_class
from bot.audit.outline import EITHER, KEYWORDS, POSITIONAL, REST, Member, Parameter, dotted_name
from bot.audit.outlines import Outlines
from bot.decide.facts import BreakingUse
from bot.plan.plan import Phase, Plan
from bot.rewrite.blob_index import BlobIndex
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.links import Links
from codemods.link.symbol_match import SymbolMatch
from codemods.model.facts import BASE_CLASS, Call
from codemods.model.modules import find_modules
from codemods.model.rules import Replacement, Rules, Symbol, modules_of, resolve_chains
from codemods.model.tree import Tree
from codemods.read.source import Unreadable, parse_python, read_source
from codemods.scan.joint_changes import link_joint_changes
from codemods.scan.survey import survey_tree


@dataclass(frozen=True)
class RetirementUses:
    """What still uses the modules that a phase retires."""

    references: tuple[tuple[str, int], ...] = ()
    """File and line of what still refers to what they replace."""
    breaking: tuple[BreakingUse, ...] = ()
    """What would fail."""


def retirement_uses(
    tree: Tree,
    plan: Plan,
    phase: Phase,
    index: BlobIndex | None = None,
    files_with_references: Collection[str] | None = None,
) -> RetirementUses:
    """`files_with_references`: those that still use something deprecated, if they are known already."""
    modules = {one.module: one.to for one in phase.retire}
    rules = [replace(one, calls=None) for one in resolve_chains(plan.replace) if one.old.module in modules]
    paths = [entry.path for entry in tree.entries()]
    outlines = Outlines(tree, find_modules(paths, plan.roots, modules_of(plan.replace)), index)
    own = {path for module in modules for path in outlines.modules.paths_by_name.get(module, ())}
    references: list[tuple[str, int]] = []
    found: list[BreakingUse] = []
    if files_with_references is None or not own.issuperset(files_with_references):
        references, found = uses_left(tree, Rules(tuple(rules), roots=plan.roots), index, own)
    for rule in rules:
        found += [use for use in member_misfits(tree, outlines, rule) if use.path not in own]
    by_place = sorted(set(found), key=lambda use: (use.path, use.line, use.problem))
    return RetirementUses(tuple(sorted(set(references))), tuple(by_place))


def uses_left(
    tree: Tree, rules: Rules, index: BlobIndex | None, own: Collection[str]
) -> tuple[list[tuple[str, int]], list[BreakingUse]]:
    """A redirect adapts no calls: each has to fit the new symbol as it is."""
    survey = survey_tree(tree, rules, index, check=index is not None)
    links = link_joint_changes(survey)
    references: list[tuple[str, int]] = []
    found: list[BreakingUse] = []
    for path in sorted(survey.facts.keys() - own):
        if survey.facts[path].unreadable or not (sites := survey.sites_in(path, links)):
            continue
        references += [(path, site.line) for site in sites]
        file = survey.decide(path, links)
        found += misfits_in(file)
    return references, found


def misfits_in(file: FileRewrite) -> Iterator[BreakingUse]:
    for misfit in (*file.misfits, *file.class_tests):
        where, _, problem = misfit.partition(": ")
        yield BreakingUse(file.path, int(where.removeprefix("line ")), problem)
    for called in file.replaced_calls:
        if has_hidden_arguments(called.mention.call) and takes_other_arguments(file.links, called.match):
            problem = "its * or ** arguments may not fit the new one"
            yield BreakingUse(file.path, called.mention.line, problem)
    calling = {
        (one.line, one.column)
        for one in file.facts.mentions
        if one.call is not None or one.flags & BASE_CLASS
    }
    for site in file.sites:
        if not site.safe and (site.line, site.column) in calling:
            yield BreakingUse(file.path, site.line, site.note)


def has_hidden_arguments(call: Call | None) -> bool:
    return call is not None and any(argument.starred for argument in call.arguments)


def takes_other_arguments(links: Links, match: SymbolMatch) -> bool:
    pair = links.callees.get(match.rule_number)
    return pair is not None and pair.old.signature != pair.new.signature


# Members


@dataclass(frozen=True)
class ChangedMember:
    """A member of the old class that is another one in the new class, or missing there."""

    old: Member
    new: Member | None


def member_misfits(tree: Tree, outlines: Outlines, rule: Replacement) -> Iterator[BreakingUse]:
    """Of the old class and of the new one under whatever name: a style may have left the uses as they were."""
    changed = changed_members(outlines, rule)
    if not changed or rule.old.name is None or rule.new.name is None:
        return
    python = [entry for entry in tree.entries() if entry.path.endswith(".py")]
    naming = tree.grep([rule.old.name.encode(), rule.new.name.encode()], python)
    named = [entry for entry in python if entry.path in naming]
    holding = tree.grep([f".{name}".encode() for name in changed], named)
    for entry, data in tree.read(entry for entry in named if entry.path in holding):
        for line, problem in misused_members(data, (rule.old, rule.new), changed):
            yield BreakingUse(entry.path, line, problem)


def changed_members(outlines: Outlines, rule: Replacement) -> dict[str, ChangedMember]:
    old, new = outlines.definition_of(rule.old), outlines.definition_of(rule.new)
    if old is None or new is None or old.member.kind != "class" or new.member.kind != "class":
        return {}
    before, _ = outlines.members_with_inherited(old)
    after, outside = outlines.members_with_inherited(new)
    return {
        name: ChangedMember(member, after.get(name))
        for name, member in before.items()
        if not name.startswith("_")
        if (name not in after and not outside) or (name in after and differs(member, after[name]))
    }


def differs(old: Member, new: Member) -> bool:
    both = (old.kind in CALLABLE_KINDS) + (new.kind in CALLABLE_KINDS)
    same_call = old.is_async == new.is_async and parameters_of_call(old) == parameters_of_call(new)
    return both == 1 or (both == 2 and not same_call)


def misused_members(
    data: bytes, symbols: Sequence[Symbol], changed: Mapping[str, ChangedMember]
) -> Iterator[tuple[int, str]]:
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    if isinstance(tree, Unreadable):
        return
    nodes = list(ast.walk(tree))
    calls = {id(node.func): node for node in nodes if isinstance(node, ast.Call)}
    parents = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
    for node in members_of_instances(nodes, symbols, changed):
        call = calls.get(id(node))
        problem = misuse(changed[node.attr], call, parents.get(id(call)))
        if problem:
            yield node.lineno, f"{node.attr} of {symbols[-1].name} {problem}"


def members_of_instances(
    nodes: Sequence[ast.AST], symbols: Sequence[Symbol], names: Collection[str]
) -> Iterator[ast.Attribute]:
    """Judged by the names that a file gives the classes and their instances."""
    for symbol in symbols:
        bound = names_of_class(nodes, symbol)
        instances = set(instance_names(nodes, symbol, bound)) - {"", "?"}
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in names:
                of = dotted_name(node.value)
                created_here = isinstance(node.value, ast.Call) and is_old(made_by(node.value), symbol, bound)
                if created_here or of in instances or is_old(of, symbol, bound):
                    yield node


TAKES_RESULT = (
    *(
        ast.Expr,
        ast.Attribute,
        ast.Subscript,
        ast.BinOp,
        ast.BoolOp,
        ast.UnaryOp,
        ast.Compare,
        ast.If,
        ast.While,
    ),
    *(ast.IfExp, ast.For, ast.comprehension, ast.FormattedValue, ast.Starred),
)
"""What can only work with a call's own result, not with a coroutine."""


def misuse(changed: ChangedMember, call: ast.Call | None, parent: ast.AST | None) -> str:
    """Why a use of the member fails with the new class; empty if it works, or can't be seen."""
    old, new = changed.old, changed.new
    if new is None:
        return "doesn't exist"
    if (old.kind in CALLABLE_KINDS) != (new.kind in CALLABLE_KINDS):
        return f"is {kind_word(new)}, not {kind_word(old)}"
    if call is None:
        return ""
    if new.is_async and not old.is_async and isinstance(parent, TAKES_RESULT):
        return "needs await"
    if old.is_async and not new.is_async and isinstance(parent, ast.Await):
        return "gives nothing to await"
    trouble = argument_trouble(call, parameters_of_call(new))
    return "" if argument_trouble(call, parameters_of_call(old)) else trouble


def argument_trouble(call: ast.Call, parameters: Sequence[Parameter]) -> str:
    if any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    ):
        return ""
    named = {one.name for one in parameters if one.kind not in (REST, KEYWORDS, POSITIONAL)}
    by_position = [one.name for one in parameters if one.kind in (POSITIONAL, EITHER)]
    takes_any = any(one.kind == KEYWORDS for one in parameters)
    given = [one.arg for one in call.keywords if one.arg]
    unknown = [one for one in given if one not in named and not takes_any]
    if unknown:
        return f"takes no {unknown[0]}"
    if len(call.args) > len(by_position) and not any(one.kind == REST for one in parameters):
        return f"takes {len(by_position)} positional arguments"
    passed = {*by_position[: len(call.args)], *given}
    needed = [one.name for one in parameters if not one.optional and one.name not in passed]
    return f"needs {needed[0]}" if needed else ""
