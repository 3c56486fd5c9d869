"""One candidate after the other by a plan and `drover apply`, each on top of what the ones before have done."""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from bench.libraries.candidates import Candidate, members, parsed_files
from bench.libraries.checkout import git
from bench.libraries.edits import (
    CannotBeEdited,
    define_beside,
    functions_named,
    owner_of,
    remove_old,
    rename_parameter,
)
from bench.libraries.receivers import AttributeSite, SeenReceivers, attributes, end_offset, line_starts

TOP = Path(__file__).parents[2]
WHOLE, IN_STEPS, REFUSED, SKIPPED = "migrated", "migrated, the rest as manual work", "refused", "not tried"
NAME_FIRST = "so that both work for a while"
"""What Drover says where a new member beside the old one would help."""
AT_BASE = re.compile(r" from (\w+), where it's defined; name that class")
INHERITS = re.compile(r"(\w+) (?:inherits|passes its arguments on to) this constructor: name")


@dataclass(frozen=True)
class Outcome:
    candidate: Candidate
    result: str = REFUSED
    moved: int = 0
    listed: int = 0
    by_hand: int = 0
    """Of those listed: renamed by this program, as a person would."""
    reasons: tuple[str, ...] = ()
    judged: Mapping[str, int] = field(default_factory=dict)
    """What became of the uses that the tests reach, by what the values were."""
    surprises: tuple[str, ...] = ()
    """Uses of other classes that moved, and of this one that neither moved nor were listed."""
    processor: float = 0.0
    commit: str = ""


@dataclass(frozen=True)
class Applied:
    files: tuple[Mapping[str, Any], ...]
    branch: str
    processor: float

    @property
    def sites(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(one["path"], site) for one in self.files for site in one["sites"]]

    @property
    def listed(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(path, site) for path, site in self.sites if not site["safe"]]

    @property
    def reasons(self) -> tuple[str, ...]:
        failed = [one["reason"] for one in self.files if one["status"] == "failed"]
        return tuple(dict.fromkeys([*failed, *(site["note"] for _, site in self.listed)]))


@dataclass(frozen=True)
class Migration:
    folder: Path
    """The repository, on its branch main."""
    base: Mapping[str, ast.Module]
    """Its files before the first migration."""
    seen: SeenReceivers

    def outcome(self, candidate: Candidate) -> Outcome:
        try:
            if candidate.is_parameter:
                return self.of_parameter(candidate)
            whole = self.of_member(candidate)
            base = self.at_base_class(candidate, whole)
            if base is not None:
                return self.outcome(base)
            if whole.result == REFUSED and any(NAME_FIRST in one for one in whole.reasons):
                if not candidate.is_function:
                    return whole
                steps = self.in_steps(candidate)
                return replace(steps, processor=steps.processor + whole.processor)
        except CannotBeEdited as why:
            self.reset()
            return Outcome(candidate, SKIPPED, reasons=(str(why),))
        return whole

    def at_base_class(self, candidate: Candidate, refused: Outcome) -> Candidate | None:
        """The member where Drover says that it's defined."""
        found = [match[1] for one in refused.reasons if (match := AT_BASE.search(one))]
        root = root_of(candidate)
        for path, tree in self.base.items() if found else ():
            bases = [one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == found[0]]
            for kind, name in (pair for one in bases for pair in members(one)):
                if name == candidate.name and path.startswith(root):
                    return Candidate(kind, path, module_in(root, path), found[0], name)
        return None

    def of_member(self, candidate: Candidate) -> Outcome:
        applied = self.apply(candidate)
        if not applied.branch or applied.listed:
            return Outcome(candidate, REFUSED, reasons=applied.reasons[:9], processor=applied.processor)
        git(self.folder, "merge", "-q", "--ff-only", applied.branch)
        return self.judged(self.described(candidate, WHOLE, applied), candidate, applied)

    def in_steps(self, candidate: Candidate) -> Outcome:
        """The new one is defined beside the old one, uses migrate, what is listed is renamed as well, the old one goes."""
        before = git(self.folder, "rev-parse", "HEAD")
        define_beside(self.folder, candidate)
        self.commit(f"Define {candidate.new_name} beside {candidate.name}")
        applied = self.apply(candidate)
        if applied.branch:
            git(self.folder, "merge", "-q", "--ff-only", applied.branch)
        found = self.judged(self.described(candidate, IN_STEPS, applied), candidate, applied)
        needs_person = self.beyond_program(candidate, applied)
        if needs_person:
            self.reset(before)
            return replace(found, result=REFUSED, moved=0, commit="", reasons=needs_person)
        by_hand = self.finish_by_hand(candidate, applied)
        remove_old(self.folder, candidate)
        self.commit(f"Remove {candidate}")
        return replace(found, by_hand=by_hand, commit=git(self.folder, "rev-parse", "HEAD"))

    def of_parameter(self, candidate: Candidate) -> Outcome:
        rename_parameter(self.folder, candidate)
        self.commit(f"Rename {candidate} in its definition")
        applied = self.apply(candidate)
        heirs = set[str]()
        while new := inheriting_classes(candidate, applied) - heirs:
            heirs |= new
            applied = self.apply(candidate, sorted(heirs))
        if applied.listed or not applied.branch:
            self.reset("HEAD~")
            return Outcome(candidate, REFUSED, 0, len(applied.listed), 0, applied.reasons[:9])
        git(self.folder, "merge", "-q", "--ff-only", applied.branch)
        return self.described(candidate, WHOLE, applied)

    def described(self, candidate: Candidate, result: str, applied: Applied) -> Outcome:
        moved = sum(bool(site["safe"]) for _, site in applied.sites)
        head = git(self.folder, "rev-parse", "HEAD")
        return Outcome(
            candidate,
            result,
            moved,
            len(applied.listed),
            reasons=applied.reasons[:9],
            processor=applied.processor,
            commit=head,
        )

    # ---- what Drover does

    def apply(self, candidate: Candidate, heirs: Sequence[str] = ()) -> Applied:
        self.remove_branches()
        plan = self.folder.parent / f"{self.folder.name}.yml"
        plan.write_text(yaml.safe_dump(plan_of(candidate, heirs), sort_keys=False))
        command = [sys.executable, "app.py", "apply", "--plan", plan, "--root", self.folder]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        before = processor_of_children()
        done = subprocess.run(
            [*map(str, command), "--json", "--no-checks"],
            cwd=TOP,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode not in (0, 1):
            reason = done.stderr.strip()[-600:] or f"ended with {done.returncode}"
            site = {"safe": False, "note": reason, "line": 0, "kind": "", "symbol": ""}
            files = ({"path": candidate.path, "status": "failed", "reason": reason, "sites": [site]},)
            return Applied(files, "", processor_of_children() - before)
        found = json.loads(done.stdout)
        branch = found["phases"][0]["branch"] or ""
        return Applied(tuple(found["files"]), branch, processor_of_children() - before)

    def remove_branches(self) -> None:
        """Those of the migrations before."""
        for branch in git(self.folder, "branch", "--format=%(refname:short)").split():
            if branch != "main":
                git(self.folder, "branch", "-qD", branch)

    def commit(self, message: str) -> None:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-qm", message)

    def reset(self, revision: str = "HEAD") -> None:
        git(self.folder, "reset", "-q", "--hard", revision)

    # ---- what the values were

    def judged(self, found: Outcome, candidate: Candidate, applied: Applied) -> Outcome:
        listed = Counter((path, int(site["line"])) for path, site in applied.listed)
        counts, surprises = Counter[str](), list[str]()
        for path, number, before, after in self.uses(candidate):
            standing = self.seen.standing(AttributeSite(path, number), candidate.symbol)
            moved = after.attr == candidate.new_name
            fate = "moved" if moved else "listed" if (path, after.end_lineno) in listed else "stayed"
            if standing == "unseen" and fate == "stayed":
                continue
            counts[f"{fate}, {standing}"] += 1
            if (fate, standing) in (
                ("moved", "other"),
                ("moved", "both"),
                ("stayed", "own"),
                ("stayed", "both"),
            ):
                surprises.append(f"{path}:{before.lineno} {fate}, {standing}")
        return replace(found, judged=dict(counts), surprises=tuple(surprises))

    def uses(self, candidate: Candidate) -> Iterator[tuple[str, int, ast.Attribute, ast.Attribute]]:
        """Attributes of the old name in the base, each with what it is now."""
        after_files = parsed_files(self.folder)
        for path, tree in self.base.items():
            after = after_files.get(path)
            if after is None:
                continue
            leaving = old_definitions(after, candidate) if path == candidate.path else []
            pairs = zip(attributes(tree), attributes(after, leaving), strict=True)
            for (number, one), (_, other) in pairs:
                if one.attr == candidate.name:
                    yield path, number, one, other

    # ---- manual work

    def beyond_program(self, candidate: Candidate, applied: Applied) -> tuple[str, ...]:
        """What Drover says of places that only a person can change: names as data, values of several classes."""
        standings: dict[tuple[str, int | None], set[str]] = {}
        for path, number, _, after in self.uses(candidate):
            standing = self.seen.standing(AttributeSite(path, number), candidate.symbol)
            standings.setdefault((path, after.end_lineno), set()).add(standing)
        notes = [
            site["note"]
            for path, site in applied.listed
            if "both" in standings.get((path, int(site["line"])), {"both"}) and not is_example(site)
        ]
        return tuple(dict.fromkeys(notes))[:9]

    def finish_by_hand(self, candidate: Candidate, applied: Applied) -> int:
        """Renames what is listed, unless the values there were seen to be of other classes."""
        lines = {(path, int(site["line"])) for path, site in applied.listed}
        wanted: dict[str, list[ast.Attribute]] = {}
        for path, number, _, after in self.uses(candidate):
            standing = self.seen.standing(AttributeSite(path, number), candidate.symbol)
            if (path, after.end_lineno) in lines and standing in ("own", "unseen"):
                wanted.setdefault(path, []).append(after)
        examples = [(path, int(site["line"])) for path, site in applied.listed if is_example(site)]
        for path, line in examples:
            rename_in_line(self.folder / path, candidate, line)
        found = (rename_uses(self.folder / path, candidate, nodes) for path, nodes in wanted.items())
        return sum(found) + len(examples)


def is_example(site: Mapping[str, Any]) -> bool:
    return "doctest" in site["note"]


def rename_in_line(path: Path, candidate: Candidate, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    old, new = candidate.name.encode(), candidate.new_name.encode()
    lines[line - 1] = re.sub(rb"\." + old + rb"\b", b"." + new, lines[line - 1])
    path.write_bytes(b"".join(lines))


def old_definitions(tree: ast.Module, candidate: Candidate) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Where both are defined, those of the old name, which go in the end; the new ones are their copies."""
    body = owner_of(tree, candidate.owner).body
    both = functions_named(body, candidate.name) and functions_named(body, candidate.new_name)
    return functions_named(body, candidate.name) if both else []


def rename_uses(path: Path, candidate: Candidate, nodes: Sequence[ast.Attribute]) -> int:
    text = path.read_bytes()
    starts, old = line_starts(text), candidate.name.encode()
    ends = {end_offset(starts, node) for node in nodes if node.attr == candidate.name}
    exact = sorted({end for end in ends if text[end - len(old) : end] == old}, reverse=True)
    for end in exact:
        text = text[: end - len(old)] + candidate.new_name.encode() + text[end:]
    path.write_bytes(text)
    return len(exact)


def root_of(candidate: Candidate) -> str:
    """The folder where its module's name starts, with a slash."""
    inner = candidate.path.removesuffix(".py").removesuffix("/__init__")
    return inner.removesuffix(candidate.module.replace(".", "/"))


def module_in(root: str, path: str) -> str:
    return path.removeprefix(root).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def inheriting_classes(candidate: Candidate, applied: Applied) -> set[str]:
    """Those that Drover asks to name in the plan too, since they inherit the constructor."""
    found = ((path, INHERITS.match(site["note"])) for path, site in applied.listed)
    return {f"{module_in(root_of(candidate), path)}:{match[1]}" for path, match in found if match}


def plan_of(candidate: Candidate, heirs: Sequence[str] = ()) -> dict[str, Any]:
    """`heirs`: classes that inherit the constructor whose parameter it is."""
    renamed: dict[str, Any] = {"old": str(candidate), "new": f"{candidate.symbol}.{candidate.new_name}"}
    staying = [
        {"old": one, "new": one, "calls": {"arguments": {candidate.name: candidate.new_name}}}
        for one in (candidate.symbol, *heirs)
    ]
    return {
        "title": f"Rename {candidate}"[:100],
        "format": "off",
        "replace": staying if candidate.is_parameter else [renamed],
        "phases": [{"name": "Everything", "paths": ["**"]}],
    }


def processor_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def as_document(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome)


def from_document(document: Mapping[str, Any]) -> Outcome:
    known = {**document, "candidate": Candidate(**document["candidate"])}
    return Outcome(**{**known, "reasons": tuple(known["reasons"]), "surprises": tuple(known["surprises"])})
