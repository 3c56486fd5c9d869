"""The rules of a branch that can stop Drover from creating, moving or deleting it, as GitHub's settings name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .replies import Json

BLOCKING: Mapping[str, str] = {
    "creation": "Restrict creations",
    "update": "Restrict updates",
    "deletion": "Restrict deletions",
    "non_fast_forward": "Block force pushes",
    "pull_request": "Require a pull request before merging",
    "required_signatures": "Require signed commits",
    "required_status_checks": "Require status checks to pass",
    "commit_message_pattern": "Restrict commit metadata",
    "commit_author_email_pattern": "Restrict commit metadata",
    "committer_email_pattern": "Restrict commit metadata",
    "branch_name_pattern": "Restrict branch names",
    "file_path_restriction": "Restrict file paths",
    "file_extension_restriction": "Restrict file extensions",
    "max_file_path_length": "Restrict file path length",
    "max_file_size": "Restrict file size",
}


@dataclass(frozen=True)
class BlockingRule:
    name: str
    """As in GitHub's settings."""
    source: str
    """The repository or organization that has it."""


def blocking_rules(rules: Sequence[Json]) -> tuple[BlockingRule, ...]:
    found = (
        BlockingRule(BLOCKING[rule["type"]], str(rule.get("ruleset_source") or ""))
        for rule in rules
        if rule["type"] in BLOCKING
    )
    return tuple(dict.fromkeys(found))
