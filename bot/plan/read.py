"""Reads a plan strictly: every error with its line, its column, its key, and what is expected.

Only YAML's nodes are made, never objects. A plan has no use for anchors, aliases and tags: they are refused
before anything is built from them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml
from pathspec import GitIgnoreSpec
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)
from yaml.nodes import Node, ScalarNode

from bot.plan.phase_patterns import MOST_STARS, is_slow
from bot.plan.plan import Phase, Plan, PlanChecks, PlanError, PlanErrors, PullRequestOptions
from bot.plan.replacements import dotted_name, read_replacement_keys, read_replacements
from bot.plan.schema import PLAN
from bot.plan.shapes import WRONG, KeyShape, shorten
from codemods.model.rules import CustomCodemod, Replacement, RetiredModule, Style

LARGEST = 64 * 1024
DEEPEST = 12
MOST_ERRORS = 20
YamlLoader = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
FAST_LOADER: YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast: whoever can write an issue can have a plan of 64 KB read."""

FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<words>[^`]*)$")
FIRST_KEYS = re.compile(rf"^(?:{'|'.join(key for key in PLAN.keys if key != 'issue')})\s*:", re.MULTILINE)
"""What makes a block a plan: other YAML may well have a key `issue`."""


def read_plan(text: str, source: str, *, slug: str, first_line: int = 1) -> Plan | PlanErrors:
    """`first_line` is where the text starts in its source, so that a block in an issue is answered with the
    issue's own lines."""
    problems = PlanProblems(source, first_line)
    root = compose_yaml(text, problems)
    keys = PLAN.read(root, "", problems) if root is not None else WRONG
    if isinstance(keys, dict) and not problems.errors:
        plan = plan_from(keys, problems, slug)
        if not problems.errors:
            return plan
    return PlanErrors(tuple(problems.errors[:MOST_ERRORS]))


def read_replacement(text: str, style: Style = "as") -> Replacement | PlanErrors:
    """`package.module:Old=package.module:New`, as on the command line."""
    old, equals, new = (part.strip() for part in text.partition("="))
    problems = PlanProblems("OLD=NEW", 0)
    problems.where |= {"replace[1].old": (1, 1), "replace[1].new": (1, len(old) + 2)}
    if not equals:
        problems.add_at_key("replace[1].new", "there's no `=`", "`package.module:Old=package.module:New`")
        return PlanErrors(tuple(problems.errors))
    parsed = read_replacement_keys({"old": old, "new": new, "style": style}, "replace[1]", problems)
    return PlanErrors(tuple(problems.errors)) if problems.errors else parsed


def plan_block(body: str) -> tuple[str, int] | None:
    """The first fenced YAML block that holds a plan's keys, and the line it starts at, counted from 1."""
    for word, lines, first_line in fenced_blocks(body):
        text = "\n".join(lines) + "\n"
        if word.lower() in {"yaml", "yml"} and FIRST_KEYS.search(text):
            return text, first_line
    return None


def fenced_blocks(body: str) -> Iterator[tuple[str, list[str], int]]:
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = 0
    while number < len(lines):
        opened = FENCE.match(lines[number])
        number += 1
        if not opened:
            continue
        closing = re.compile(rf"^ {{0,3}}{re.escape(opened['fence'][0])}{{{len(opened['fence'])},}}\s*$")
        end = next((at for at in range(number, len(lines)) if closing.match(lines[at])), len(lines))
        word = opened["words"].partition(" ")[0].strip()
        yield word, lines[number:end], number + 1
        number = end + 1


@dataclass
class PlanProblems:
    """Collects errors, and the position of each key."""

    source: str
    first_line: int
    errors: list[PlanError] = field(default_factory=list)
    where: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add_at(self, line: int, column: int, key: str, message: str, right: str) -> None:
        self.errors.append(PlanError(self.source, line + self.first_line, column + 1, key, message, right))

    def add(self, node: Node, key: str, message: str, right: str) -> None:
        self.add_at(node.start_mark.line, node.start_mark.column, key, message, right)

    def add_at_key(self, key: str, message: str, right: str) -> None:
        line, column = self.where[key]
        self.errors.append(PlanError(self.source, line, column, key, message, right))

    def set_position(self, node: Node, key: str) -> None:
        self.where[key] = (node.start_mark.line + self.first_line, node.start_mark.column + 1)

    def add_unknown_key(self, node: Node, key: str, known: Mapping[str, KeyShape]) -> None:
        if not isinstance(node, ScalarNode):
            self.add(
                node, key, "a key must be a plain word", "one of " + ", ".join(f"`{name}`" for name in known)
            )
            return
        name = shorten(node.value)
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        right = f"`{near[0]}`" if near else "one of " + ", ".join(f"`{name}`" for name in known)
        self.add(node, key, f"unknown key `{name}`", right)


def compose_yaml(text: str, problems: PlanProblems) -> Node | None:
    size = len(text.encode(errors="surrogatepass"))
    if size > LARGEST:
        problems.add_at(0, 0, "", f"the plan is too large: {size:,} bytes", f"at most {LARGEST:,} bytes")
        return None
    with suppress(yaml.YAMLError, UnicodeEncodeError):
        return _compose(text, FAST_LOADER, problems)
    try:  # for the words in which it says what is wrong
        return _compose(text, yaml.SafeLoader, problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        problems.add_at(
            line, column, "", f"invalid YAML: {error.problem or error.context}", yaml_right(text, line)
        )
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        problems.add_at(line, 0, "", "invalid YAML: a character that YAML does not allow", "printable text")
    return None


def _compose(text: str, loader: YamlLoader, problems: PlanProblems) -> Node | None:
    return yaml.compose(text, Loader=loader) if is_plain_yaml(text, loader, problems) else None


def yaml_right(text: str, line: int) -> str:
    lines = text.split("\n")
    if line < len(lines) and "\t" in lines[line]:
        return "spaces, where there are tabs"
    return "`key: value`, indented by spaces, with brackets and quotes closed"


def is_plain_yaml(text: str, loader: YamlLoader, problems: PlanProblems) -> bool:
    """One document, without anchors, aliases and tags, and no deeper than a plan can be."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        documents += isinstance(event, DocumentStartEvent)
        refused = yaml_refusal(event, depth, documents)
        if refused:
            mark = event.start_mark
            problems.add_at(mark.line if mark else 0, mark.column if mark else 0, "", *refused)
            return False
    if not documents:
        problems.add_at(0, 0, "", "the plan is empty", PLAN.expected)
    return documents > 0


def yaml_refusal(event: Event, depth: int, documents: int) -> tuple[str, str] | None:
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
        return (
            "anchors (`&`) and aliases (`*`) are not allowed",
            "the value itself, quoted if it starts with one",
        )
    if getattr(event, "tag", None):
        return "tags (`!`) are not allowed", "the plain value, quoted if it starts with one"
    if documents > 1:
        return "there's a second document", "one plan per file, without `---`"
    if depth > DEEPEST:
        return "this is nested too deeply", f"at most {DEEPEST} levels"
    return None


def plan_from(read: Mapping[str, Any], problems: PlanProblems, slug: str) -> Plan:
    checks = read.get("checks", {})
    return Plan(
        title=read["title"],
        slug=slug,
        replace=read_replacements(read.get("replace", []), problems),
        phases=tuple(phase(number, keys, problems) for number, keys in enumerate(read["phases"], 1)),
        also=frozenset(read.get("also", [])),
        checks=PlanChecks(
            tuple(checks["required"]) if "required" in checks else None,
            tuple(checks.get("commands", ())),
            checks.get("each", "phase"),
            checks.get("wait", 60),
        ),
        on_failure=read.get("on_failure", "hold"),
        advance=read.get("advance", "manual"),
        merge=read.get("merge", "manual"),
        ratchet=read.get("ratchet", "neutral"),
        watch_days=read.get("watch", 14),
        codemods=tuple(
            CustomCodemod(one["name"], one.get("options", {})) for one in read.get("codemods", [])
        ),
        roots=roots(read["roots"], problems) if "roots" in read else None,
        public=read.get("public", "keep"),
        format=read.get("format", "auto"),
        pull_requests=pull_requests(read.get("pull_requests", {}), problems),
        issue=read.get("issue"),
        source=problems.source,
        where=problems.where,
    )


def phase(number: int, keys: Mapping[str, Any], problems: PlanProblems) -> Phase:
    key = f"phases[{number}]"
    for at, pattern in enumerate(keys.get("paths", ()), 1):
        wrong = wrong_pattern(pattern)
        if wrong:
            right = "a path from the repository's root, as in .gitignore: `tests/unit/**`"
            problems.add_at_key(f"{key}.paths[{at}]", f"`{shorten(pattern)}` {wrong}", right)
    if not (keys.get("paths") or keys.get("retire") or keys.get("settle")):
        problems.add_at_key(
            f"{key}.settle", "this phase has nothing to do", '`paths: ["…"]`, `retire` or `settle: true`'
        )
    return Phase(
        number=number,
        name=keys["name"],
        paths=tuple(keys.get("paths", ())),
        batch=keys.get("batch", 10),
        retire=tuple(
            retire(one, f"{key}.retire[{at}]", problems) for at, one in enumerate(keys.get("retire", ()), 1)
        ),
        settle=keys.get("settle", False),
        split=keys.get("split"),
    )


def retire(keys: Mapping[str, Any], key: str, problems: PlanProblems) -> RetiredModule:
    if not dotted_name(keys["module"]):
        problems.add_at_key(
            f"{key}.module", f"`{shorten(keys['module'])}` is not a module name", "`package.module`"
        )
    return RetiredModule(keys["module"], keys["to"])


def pull_requests(keys: Mapping[str, Any], problems: PlanProblems) -> PullRequestOptions:
    labels, reviewers = keys.get("labels", []), keys.get("reviewers", [])
    for at, label in enumerate(labels, 1):
        if label.lower().startswith("migration:") or "\n" in label:
            problems.add_at_key(
                f"pull_requests.labels[{at}]",
                f"`{shorten(label)}` is no label for a pull request",
                "a label of the repository's own, or `migration`",
            )
    for at, name in enumerate(reviewers if isinstance(reviewers, list) else (), 1):
        if not REVIEWER.fullmatch(name):
            right = "a login such as `maya`, or a team such as `acme/web`"
            problems.add_at_key(
                f"pull_requests.reviewers[{at}]", f"`{shorten(name)}` is neither a person nor a team", right
            )
    return PullRequestOptions(
        labels=tuple(labels),
        reviewers="owners" if reviewers == "owners" else tuple(name.removeprefix("@") for name in reviewers),
        prefix=keys.get("prefix", ""),
        draft=keys.get("draft", False),
    )


REVIEWER = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9_-]{0,60}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?")


def wrong_pattern(pattern: str) -> str | None:
    if pattern.startswith("#"):
        return "is a comment in .gitignore syntax"
    if ".." in pattern.split("/"):
        return "is outside the repository"
    if "\n" in pattern:
        return "has a line break"
    if is_slow(pattern):
        return f"takes too long to match: at most {MOST_STARS} `*` in a name, and {MOST_STARS} `**`"
    try:
        GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        return "is not a valid pattern"
    return None


def roots(read: list[str], problems: PlanProblems) -> tuple[str, ...]:
    for number, root in enumerate(read, 1):
        if root.startswith("/") or ".." in root.split("/"):
            problems.add_at_key(
                f"roots[{number}]", f"`{shorten(root)}` is outside the repository", '`src`, or "."'
            )
    return tuple("" if root.strip("/") == "." else root.removeprefix("./").strip("/") for root in read)
