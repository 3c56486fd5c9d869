"""Pull requests and their reviews."""

from __future__ import annotations

from sandbox.access.permissions import author_association
from sandbox.model.json import Json
from sandbox.model.repositories import AutoMerge, Issue, PullRequest, PullSize, Repository
from sandbox.model.reviews import Review
from sandbox.model.times import iso, iso_or_none
from sandbox.render.accounts import user, user_or_none
from sandbox.render.issues import issue_url, labels
from sandbox.render.node_ids import node_id
from sandbox.render.repositories import merge_settings, repository
from sandbox.render.view import ForgeView


def _end(forge: ForgeView, repo: Repository | None, ref: str, sha: str, webhook: bool) -> Json:
    owner = repo.owner if repo else None
    shown = {**repository(forge, repo), **(merge_settings(repo) if webhook else {})} if repo else None
    return {
        "label": f"{owner.login if owner else 'unknown'}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_or_none(forge, owner),
        "repo": shown,
    }


def _links(forge: ForgeView, one: Issue, pull: PullRequest) -> dict[str, str]:
    at = f"{forge.api}/repos/{one.repo.full_name}"
    return {
        "url": f"{at}/pulls/{one.number}",
        "html_url": issue_url(forge, one),
        "issue_url": f"{at}/issues/{one.number}",
        "comments_url": f"{at}/issues/{one.number}/comments",
        "review_comments_url": f"{at}/pulls/{one.number}/comments",
        "review_comment_url": f"{at}/pulls/comments{{/number}}",
        "commits_url": f"{at}/pulls/{one.number}/commits",
        "statuses_url": f"{at}/statuses/{pull.head_sha}",
    }


def _auto_merge(forge: ForgeView, one: AutoMerge | None) -> Json | None:
    if one is None:
        return None
    return {
        "enabled_by": user(forge, one.actor.user),
        "merge_method": one.method,
        "commit_title": one.title,
        "commit_message": one.message,
    }


def simple_pull(forge: ForgeView, one: Issue, pull: PullRequest, *, webhook: bool = False) -> Json:
    links = _links(forge, one, pull)
    names = {"self": "url"} | {name: f"{name}_url" for name in ("html", "issue", "comments", "commits")}
    names |= {name: f"{name}_url" for name in ("review_comments", "review_comment", "statuses")}
    return {
        **links,
        "id": one.id,
        "node_id": node_id("PR", one.id),
        "diff_url": f"{links['html_url']}.diff",
        "patch_url": f"{links['html_url']}.patch",
        "number": one.number,
        "state": one.state,
        "locked": one.locked,
        "title": one.title,
        "user": user(forge, one.user),
        "body": one.body,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "closed_at": iso_or_none(one.closed_at),
        "merged_at": iso_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": user(forge, one.assignees[0]) if one.assignees else None,
        "assignees": [user(forge, who) for who in one.assignees],
        "requested_reviewers": [user(forge, who) for who in pull.reviewers],
        "requested_teams": [],
        "labels": labels(forge, one.repo, one.labels),
        "milestone": None,
        "draft": pull.draft,
        "head": _end(forge, pull.head_repo, pull.head_ref, pull.head_sha, webhook),
        "base": _end(forge, one.repo, pull.base_ref, pull.base_sha, webhook),
        "_links": {name: {"href": links[key]} for name, key in names.items()},
        "author_association": author_association(one.repo, one.user),
        "auto_merge": _auto_merge(forge, pull.auto_merge),
        "active_lock_reason": None,
    }


def full_pull(
    forge: ForgeView, one: Issue, pull: PullRequest, size: PullSize, state: str, *, webhook: bool = False
) -> Json:
    test = pull.merge_test if state != "unknown" else None
    return {
        **simple_pull(forge, one, pull, webhook=webhook),
        "merged": pull.merged_at is not None,
        "mergeable": None if test is None or one.state == "closed" else test.tree is not None,
        "rebaseable": None if test is None or one.state == "closed" else test.rebases,
        "mergeable_state": state,
        "merged_by": user_or_none(forge, pull.merged_by),
        "comments": len(one.comments),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": size.commits,
        "additions": size.additions,
        "deletions": size.deletions,
        "changed_files": size.files,
    }


def minimal_pull(forge: ForgeView, one: Issue, pull: PullRequest) -> Json:
    """Return the short form of a pull request in check runs."""

    def end(repo: Repository, ref: str, sha: str) -> Json:
        at = f"{forge.api}/repos/{repo.full_name}"
        return {"ref": ref, "sha": sha, "repo": {"id": repo.id, "url": at, "name": repo.name}}

    return {
        "url": f"{forge.api}/repos/{one.repo.full_name}/pulls/{one.number}",
        "id": one.id,
        "number": one.number,
        "head": end(pull.head_repo or one.repo, pull.head_ref, pull.head_sha),
        "base": end(one.repo, pull.base_ref, pull.base_sha),
    }


def review(forge: ForgeView, on: Issue, one: Review) -> Json:
    page = f"{issue_url(forge, on)}#pullrequestreview-{one.id}"
    pull_url = f"{forge.api}/repos/{on.repo.full_name}/pulls/{on.number}"
    return {
        "id": one.id,
        "node_id": node_id("PRR", one.id),
        "user": user(forge, one.user),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": author_association(on.repo, one.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
        "submitted_at": iso(one.submitted_at),
        "commit_id": one.commit_id,
    }
