"""Every request of the client, each made by the method that makes it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

from bot.github import Repo
from bot.github.issues import comment
from bot.github.pulls import pull
from tests.asked import asked
from tests.github_server import FakeGitHub

ClientCall = Callable[[FakeGitHub], Awaitable[Any]]
AT = "/repos/o/r"
SHA = "a" * 40


def _repo(at: FakeGitHub) -> Repo:
    return at.installation.repo("o", "r")


CALLS: Mapping[str, ClientCall] = {
    "GET /app": lambda at: at.app.details(),
    "GET /app/hook/config": lambda at: at.app.webhook(),
    "GET /app/hook/deliveries": lambda at: at.app.deliveries(),
    "GET /app/hook/deliveries/1": lambda at: at.app.delivery(1),
    "POST /app/hook/deliveries/1/attempts": lambda at: at.app.redeliver(1),
    "GET /app/installations": lambda at: at.app.installations(),
    "POST /app/installations/7/access_tokens": lambda at: at.installation.token(),
    "GET /installation/repositories": lambda at: at.installation.repositories(),
    "GET /repositories/1": lambda at: at.installation.repo_by_id(1),
    f"GET {AT}": lambda at: _repo(at).details(),
    f"GET {AT}/collaborators/maya/permission": lambda at: _repo(at).permission("maya"),
    f"GET {AT}/rules/branches/main": lambda at: _repo(at).branches.rules("main"),
    "GET /users/maya": lambda at: _repo(at).user("maya"),
    f"GET {AT}/branches/main": lambda at: _repo(at).branches.required_checks("main"),
    f"GET {AT}/commits": lambda at: _repo(at).commits.newest_on("a.py", "main"),
    f"GET {AT}/commits/main": lambda at: _repo(at).commits.get("main"),
    f"GET {AT}/compare/main...b": lambda at: _repo(at).commits.compare("main", "b"),
    f"GET {AT}/git/ref/heads/b": lambda at: _repo(at).refs.get("refs/heads/b"),
    f"GET {AT}/git/matching-refs/heads/b": lambda at: _repo(at).refs.under("refs/heads/b"),
    f"POST {AT}/git/commits": lambda at: _repo(at).commits.create("message", SHA, [SHA]),
    f"POST {AT}/git/refs": lambda at: _repo(at).refs.create("refs/heads/b", SHA),
    f"PATCH {AT}/git/refs/heads/b": lambda at: _repo(at).refs.update("refs/heads/b", SHA),
    f"DELETE {AT}/git/refs/heads/b": lambda at: _repo(at).refs.delete("refs/heads/b"),
    f"GET {AT}/issues": lambda at: _repo(at).issues.find(label="migration", state="all"),
    f"POST {AT}/issues": lambda at: _repo(at).issues.create("title", "body"),
    f"GET {AT}/issues/1": lambda at: _repo(at).issues.get(1),
    f"PATCH {AT}/issues/1": lambda at: _repo(at).issues.close(1),
    f"GET {AT}/issues/1/events": lambda at: _repo(at).issues.events(1),
    f"GET {AT}/issues/1/comments": lambda at: _repo(at).comments.of(1),
    f"POST {AT}/issues/1/comments": lambda at: _repo(at).comments.create(1, "text"),
    f"GET {AT}/issues/comments/5": lambda at: _repo(at).reactions.to_comment(5, "eyes"),
    f"PATCH {AT}/issues/comments/5": lambda at: _repo(at).comments.update(5, "text"),
    f"POST {AT}/issues/comments/5/reactions": lambda at: _repo(at).reactions.to_comment(5, "eyes"),
    f"POST {AT}/issues/1/labels": lambda at: _repo(at).issues.add_labels(1, "migration"),
    f"DELETE {AT}/issues/1/labels/migration": lambda at: _repo(at).issues.remove_label(1, "migration"),
    f"GET {AT}/labels": lambda at: _repo(at).labels.all(),
    f"GET {AT}/labels/migration": lambda at: _repo(at).labels.get("migration"),
    f"POST {AT}/labels": lambda at: _repo(at).labels.create("migration", "ffffff"),
    f"GET {AT}/pulls": lambda at: _repo(at).pulls.find(head="b", state="all"),
    f"POST {AT}/pulls": lambda at: _repo(at).pulls.create("title", "b", "main"),
    f"GET {AT}/pulls/3": lambda at: _repo(at).pulls.get(3),
    f"PATCH {AT}/pulls/3": lambda at: _repo(at).pulls.update(3, title="title"),
    f"GET {AT}/pulls/3/commits": lambda at: _repo(at).pulls.commits(3),
    f"GET {AT}/pulls/3/reviews": lambda at: _repo(at).pulls.reviews(3),
    f"POST {AT}/pulls/3/requested_reviewers": lambda at: _repo(at).pulls.request_reviewers(3, ["maya"]),
    f"GET {AT}/check-runs/9": lambda at: _repo(at).check_runs.get(9),
    f"POST {AT}/check-runs": lambda at: _repo(at).check_runs.create("drover / proof", SHA),
    f"PATCH {AT}/check-runs/9": lambda at: _repo(at).check_runs.update(9, status="in_progress"),
    f"GET {AT}/check-runs/9/annotations": lambda at: _repo(at).check_runs.annotations(9),
    f"GET {AT}/commits/main/check-runs": lambda at: _repo(at).check_runs.of("main"),
    f"POST {AT}/check-suites/8/rerequest": lambda at: _repo(at).check_suites.rerequest(8),
    f"GET {AT}/commits/main/status": lambda at: _repo(at).statuses.combined("main"),
    f"GET {AT}/actions/runs": lambda at: _repo(at).workflow_runs.of(SHA),
    f"POST {AT}/actions/runs/4/rerun-failed-jobs": lambda at: _repo(at).workflow_runs.rerun_failed(4),
}

_END = {"ref": "b", "sha": SHA, "repo": {"id": 1}}
PULL = pull({"number": 3, "id": 3, "title": "t", "state": "open", "head": _END, "base": _END})
COMMENT = comment({"id": 5, "body": "x"})
GRAPHQL_CALLS: Mapping[str, ClientCall] = {
    "enablePullRequestAutoMerge": lambda at: _repo(at).pulls.auto_merge(PULL),
    "convertPullRequestToDraft": lambda at: _repo(at).pulls.set_draft(PULL, True),
    "markPullRequestReadyForReview": lambda at: _repo(at).pulls.set_draft(PULL, False),
    "userContentEdits": lambda at: _repo(at).comments.edits(COMMENT),
}


def template_of(call: str) -> str:
    """`GET /repos/{}/{}/issues/{}` of `GET /repos/o/r/issues/1`: the one with the fewest parts that are not fixed."""
    matching = [text for text, pattern in _templates().items() if pattern.fullmatch(call)]
    return min(matching, key=lambda text: text.count("{}"))


@cache
def _templates() -> Mapping[str, re.Pattern[str]]:
    return {f"{one.method} {one.template}": _pattern(f"{one.method} {one.template}") for one in asked()}


def _pattern(template: str) -> re.Pattern[str]:
    """Only a ref has slashes in it."""
    part = ".+" if "ref" in template.rpartition("git/")[2] else "[^/]+"
    return re.compile(re.escape(template).replace(r"\{\}", part))
