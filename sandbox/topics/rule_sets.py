"""Rule sets: what they refuse, and how the API lists them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from sandbox.git.objects import ZERO
from sandbox.git.ref_updates import RefUpdate
from sandbox.model.json import Json
from sandbox.model.repositories import Repository, RuleSet


def rule_sets_for(repo: Repository, branch: str) -> list[RuleSet]:
    return [one for one in repo.rule_sets if fnmatchcase(branch, one.branches)]


async def violations(repo: Repository, move: RefUpdate) -> list[str]:
    """Return what the rule sets have against a ref update, as GitHub words it."""
    found: list[str] = []
    if move.branch:
        for rules in rule_sets_for(repo, move.branch):
            found += await branch_violations(repo, move, rules)
            if rules.force_pushes and await _is_forced(repo, move):
                found.append("Cannot force-push to this branch")
    if move.new != ZERO:
        found += await _of_push(repo, move)
    return list(dict.fromkeys(found))


async def branch_violations(repo: Repository, move: RefUpdate, rules: RuleSet) -> list[str]:
    """Return what rules have against an update, apart from its being forced."""
    if move.new == ZERO:
        return ["Cannot delete this branch"] if rules.deletion else []
    found: list[str] = []
    if move.old == ZERO and rules.creation:
        found.append("Cannot create ref due to creations being restricted.")
    if rules.pull_request and not await _is_known(repo, move.new):
        found.append("Changes must be made through a pull request.")
    return found


async def _is_forced(repo: Repository, move: RefUpdate) -> bool:
    return ZERO not in (move.old, move.new) and not await repo.git.is_ancestor(move.old, move.new)


async def _is_known(repo: Repository, sha: str) -> bool:
    """Return whether the commit is on the default branch already."""
    tip = await repo.git.ref(f"refs/heads/{repo.default_branch}")
    return tip is not None and await repo.git.kind(sha) == "commit" and await repo.git.is_ancestor(sha, tip)


def largest_file(repo: Repository) -> int:
    """Return the smallest of the limits on a file's size, in bytes; 0 for none."""
    return min((one.largest_file for one in repo.rule_sets if one.largest_file), default=0)


async def _of_push(repo: Repository, move: RefUpdate) -> list[str]:
    """Push rules apply to every ref."""
    restricted = [path for one in repo.rule_sets for path in one.restricted_paths]
    largest = largest_file(repo)
    if not (restricted or largest) or await repo.git.kind(move.new) != "commit":
        return []
    known = move.old if move.old != ZERO else await repo.git.ref(f"refs/heads/{repo.default_branch}")
    base = (await repo.git.merge_base(known, move.new) or known) if known else None
    if base is None:
        return []
    paths = [one.path for one in await repo.git.diff(base, move.new, patches=False)]
    found = [
        f"File path is restricted: {path}" for path in paths for one in restricted if fnmatchcase(path, one)
    ]
    for path in paths if largest else ():
        items = await repo.git.tree(move.new, path=path)
        if items and len(await repo.git.blob(items[0].sha)) > largest:
            found.append(f"File size limit exceeded: {path}")
    return found


def allowed_methods(repo: Repository, branch: str) -> set[str]:
    allowed = {"merge", "squash", "rebase"}
    for one in rule_sets_for(repo, branch):
        if one.linear_history:
            allowed.discard("merge")
        if one.merge_methods:
            allowed &= set(one.merge_methods)
    return allowed


def rules_json(repo: Repository, branch: str) -> list[Json]:
    """List the rules as the API does."""
    kinds: list[Json] = []
    for one in rule_sets_for(repo, branch):
        simple = {
            "creation": one.creation,
            "deletion": one.deletion,
            "non_fast_forward": one.force_pushes,
            "required_linear_history": one.linear_history,
        }
        kinds += [{"type": name} for name, is_set in simple.items() if is_set]
        if one.pull_request or one.merge_methods:
            kinds.append({"type": "pull_request", "parameters": _pull_request(one)})
    return kinds


def _pull_request(rules: RuleSet) -> Json:
    return {
        "allowed_merge_methods": list(rules.merge_methods or ("merge", "squash", "rebase")),
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 0,
        "required_review_thread_resolution": False,
    }
