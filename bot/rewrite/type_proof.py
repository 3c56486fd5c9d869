"""What the type checker says of a change of members: nothing new is wrong, and no use of theirs is left behind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.rewrite.file_result import FileResult, refused
from bot.rewrite.proof import SENTENCES, ProofCheck
from codemods.link.links import Links
from codemods.model.overlay import OverlayTree
from codemods.model.rules import Rules
from codemods.scan.members import find_members
from codemods.scan.survey import Survey
from codemods.types.findings import TypeFinding, type_findings
from codemods.types.source_folder import SourceFolder
from codemods.types.type_server import TypesUnavailable

ABOUT_ASSIGNMENT = frozenset({"bad-argument-type", "bad-assignment", "bad-return", "bad-typed-dict-key"})
"""Where a class replaces another in phases, values of both meet for a while."""
Contents = Mapping[str, bytes]


def with_type_proof(
    survey: Survey, links: Links, results: Sequence[FileResult], others: Contents
) -> list[FileResult]:
    """The results; those with members that can't be proved have failed. `others`: what else is changed in this run."""
    paths = [one.path for one in results if one.status == "changed" and moves_members(links, one.path)]
    if not paths:
        return list(results)
    contents = {**others, **contents_of(results)}
    try:
        troubles = type_troubles(survey, contents, paths)
    except TypesUnavailable as unavailable:
        troubles = dict.fromkeys(paths, str(unavailable))
    return [with_check(one, troubles.get(one.path, "")) if one.path in paths else one for one in results]


def moves_members(links: Links, path: str) -> bool:
    return any(not use.trouble for use in links.members.get(path, ()))


def contents_of(results: Sequence[FileResult]) -> dict[str, bytes]:
    return {one.path: one.content for one in results if one.content is not None}


def with_check(result: FileResult, trouble: str) -> FileResult:
    check = ProofCheck(not trouble, trouble)
    proof = replace(result.proof, types_hold=check) if result.proof else None
    if not trouble:
        return replace(result, proof=proof)
    reason = f"{SENTENCES['types_hold']}: {trouble}"
    return refused(replace(result, status="failed", reason=reason, content=None, proof=proof))


def type_troubles(survey: Survey, contents: Contents, paths: Sequence[str]) -> dict[str, str]:
    after = OverlayTree(survey.tree, contents)
    entries = {entry.path: entry for entry in after.entries() if entry.path in survey.entries}
    left = find_members(after, survey.rules, entries, survey.modules, survey.index, frozenset(paths))
    troubles = {}
    for path in paths:
        use = next((one for one in left.uses.get(path, ()) if not one.trouble), None)
        if use is not None:
            rule = survey.rules.members[use.rule_number]
            troubles[path] = f"line {use.line}: {rule} would still be used"
    found = findings_in(SourceFolder(after, entries, survey.modules, survey.index), paths)
    if any(found.values()):
        before = findings_in(SourceFolder(survey.tree, survey.entries, survey.modules, survey.index), paths)
        for path in paths:
            new = new_findings(survey.rules, before.get(path, Counter()), found.get(path, Counter()))
            if new and path not in troubles:
                troubles[path] = f"{new[0].text} ({new[0].kind})"
    return troubles


def findings_in(sources: SourceFolder, paths: Sequence[str]) -> Mapping[str, Counter[TypeFinding]]:
    try:
        return type_findings(sources, paths)
    finally:
        sources.remove()


def new_findings(
    rules: Rules, before: Counter[TypeFinding], after: Counter[TypeFinding]
) -> list[TypeFinding]:
    names = {rule.old: rule.new for rule in rules.members}
    names |= {rule.old.name: rule.new.name for rule in rules.replace if rule.old.name and rule.new.name}
    known = Counter[TypeFinding]()
    for finding, count in before.items():
        known[TypeFinding(finding.kind, rename_in_message(finding.text, names))] += count
    new = (
        Counter(
            {TypeFinding(one.kind, rename_in_message(one.text, names)): count for one, count in after.items()}
        )
        - known
    )
    replaces = any(rule.new_owner is not None for rule in rules.members)
    return sorted(one for one in new if not (replaces and one.kind in ABOUT_ASSIGNMENT))


def rename_in_message(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda word: names.get(word.group(), word.group()), text)
