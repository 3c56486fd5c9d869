"""The queries and mutations that REST lacks, each answered from the forge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.access.permissions import may_see
from sandbox.controls.limits import RateLimit
from sandbox.forge import Forge
from sandbox.graphql.language import GraphQLError, SelectedField
from sandbox.model.accounts import Actor, User
from sandbox.model.comments import Comment, Edit
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, Repository
from sandbox.model.times import iso
from sandbox.render.issues import issue_url
from sandbox.render.node_ids import node_id, number_of


@dataclass(frozen=True)
class GraphQLRequest:
    forge: Forge
    actor: Actor
    limit: RateLimit

    def root(self, kind: str, wanted: SelectedField) -> Any:
        table: dict[str, Callable[[Json], Any]] = {
            "node": self._node,
            "repository": self._repository,
            "viewer": lambda _: self._user(self.actor.user),
            "rateLimit": lambda _: self._rate_limit(),
        }
        mutations: dict[str, Callable[[Json], Any]] = {
            "enablePullRequestAutoMerge": self._enable_auto_merge,
            "disablePullRequestAutoMerge": self._disable_auto_merge,
            "convertPullRequestToDraft": lambda arguments: self._set_draft(arguments, True),
            "markPullRequestReadyForReview": lambda arguments: self._set_draft(arguments, False),
        }
        resolve = (mutations if kind == "mutation" else table).get(wanted.name)
        if resolve is None:
            self.forge.missing.append(f"GraphQL {kind} {wanted.name}")
            where = "Mutation" if kind == "mutation" else "Query"
            raise GraphQLError(f"Field '{wanted.name}' doesn't exist on type '{where}'", "undefinedField")
        arguments = wanted.arguments
        return resolve(arguments.get("input") or {} if kind == "mutation" else arguments)

    # queries

    def _find(self, node: str) -> Issue | tuple[Issue, Comment]:
        kind_and_id = number_of(node)
        if kind_and_id is not None:
            kind, number = kind_and_id
            for repo in self.forge.repositories.values():
                if not may_see(self.actor, repo):
                    continue
                for issue in repo.issues.values():
                    if kind in ("PR", "I") and issue.id == number:
                        return issue
                    for comment in issue.comments if kind == "IC" else ():
                        if comment.id == number:
                            return issue, comment
        raise GraphQLError(f"Could not resolve to a node with the global id of '{node}'", "NOT_FOUND")

    def _node(self, arguments: Json) -> Json:
        found = self._find(str(arguments.get("id", "")))
        return self._issue(found) if isinstance(found, Issue) else self._comment(*found)

    def _repository(self, arguments: Json) -> Json:
        name = f"{arguments.get('owner')}/{arguments.get('name')}"
        repo = self.forge.by_name.get(name.lower())
        if repo is None or not may_see(self.actor, repo):
            raise GraphQLError(f"Could not resolve to a Repository with the name '{name}'.", "NOT_FOUND")
        return {
            "__typename": "Repository",
            "id": node_id("R", repo.id),
            "databaseId": repo.id,
            "name": repo.name,
            "nameWithOwner": repo.full_name,
            "autoMergeAllowed": repo.allow_auto_merge,
            "defaultBranchRef": {"__typename": "Ref", "name": repo.default_branch},
            "pullRequest": lambda given: self._issue_by_number(repo, given, True),
            "issue": lambda given: self._issue_by_number(repo, given, False),
        }

    def _issue_by_number(self, repo: Repository, arguments: Json, pull: bool) -> Json:
        issue = repo.issues.get(int(arguments.get("number") or 0))
        if issue is None or issue.is_pull is not pull:
            kind = "PullRequest" if pull else "Issue"
            raise GraphQLError(
                f"Could not resolve to {kind} with the number of {arguments.get('number')}.", "NOT_FOUND"
            )
        return self._issue(issue)

    def _issue(self, issue: Issue) -> Json:
        out: Json = {
            "__typename": "PullRequest" if issue.pull else "Issue",
            "id": node_id("PR" if issue.pull else "I", issue.id),
            "databaseId": issue.id,
            "number": issue.number,
            "title": issue.title,
            "body": issue.body or "",
            "url": issue_url(self.forge, issue),
            "state": "MERGED" if issue.pull and issue.pull.merged_at else issue.state.upper(),
            "author": self._user(issue.user),
            "createdAt": iso(issue.created_at),
            "updatedAt": iso(issue.updated_at),
            "lastEditedAt": iso(issue.edits[-1].at) if len(issue.edits) > 1 else None,
            "editor": self._user(issue.edits[-1].editor) if len(issue.edits) > 1 else None,
            "userContentEdits": lambda given: self._edits(issue.edits, given),
        }
        if issue.pull:
            auto_merge = issue.pull.auto_merge
            out |= {
                "isDraft": issue.pull.draft,
                "headRefName": issue.pull.head_ref,
                "headRefOid": issue.pull.head_sha,
                "baseRefName": issue.pull.base_ref,
                "merged": issue.pull.merged_at is not None,
                "autoMergeRequest": auto_merge
                and {
                    "__typename": "AutoMergeRequest",
                    "mergeMethod": auto_merge.method.upper(),
                    "enabledBy": self._user(auto_merge.actor.user),
                },
            }
        return out

    def _comment(self, issue: Issue, comment: Comment) -> Json:
        return {
            "__typename": "IssueComment",
            "id": node_id("IC", comment.id),
            "databaseId": comment.id,
            "body": comment.body,
            "author": self._user(comment.user),
            "createdAt": iso(comment.created_at),
            "updatedAt": iso(comment.updated_at),
            "lastEditedAt": iso(comment.edits[-1].at) if len(comment.edits) > 1 else None,
            "editor": self._user(comment.edits[-1].editor) if len(comment.edits) > 1 else None,
            "userContentEdits": lambda given: self._edits(comment.edits, given),
        }

    def _edits(self, edits: list[Edit], arguments: Json) -> Json:
        """Return the edits, newest first, including the original text; none if it was never edited."""
        newest = list(reversed(edits)) if len(edits) > 1 else []
        first, after = arguments.get("first"), arguments.get("after")
        start = int(after) if after else 0
        chosen = (
            newest[start : start + int(first)] if first is not None else newest[-int(arguments["last"]) :]
        )
        end = start + len(chosen)
        return {
            "__typename": "UserContentEditConnection",
            "totalCount": len(newest),
            "pageInfo": {
                "__typename": "PageInfo",
                "hasNextPage": end < len(newest),
                "endCursor": str(end) if chosen else None,
            },
            "nodes": [self._edit(one) for one in chosen],
        }

    def _edit(self, one: Edit) -> Json:
        return {
            "__typename": "UserContentEdit",
            "createdAt": iso(one.at),
            "editedAt": iso(one.at),
            "updatedAt": iso(one.at),
            "deletedAt": None,
            "diff": one.body,
            "editor": self._user(one.editor),
        }

    def _user(self, user: User) -> Json:
        return {
            "__typename": user.kind,
            "login": user.login.removesuffix("[bot]") if user.kind == "Bot" else user.login,
            "id": node_id("BOT" if user.kind == "Bot" else "U", user.id),
            "databaseId": user.id,
        }

    def _rate_limit(self) -> Json:
        now = self.limit
        reset = iso(datetime.fromtimestamp(now.reset, UTC))
        shown = {
            "limit": now.limit,
            "cost": 1,
            "used": now.used,
            "remaining": now.remaining,
            "resetAt": reset,
        }
        return {"__typename": "RateLimit", **shown}

    # mutations

    def _pull(self, arguments: Json) -> Issue:
        found = self._find(str(arguments.get("pullRequestId", "")))
        if not isinstance(found, Issue) or not found.pull:
            raise GraphQLError("Could not resolve to a PullRequest", "NOT_FOUND")
        return found

    def _mutation_result(self, issue: Issue, arguments: Json) -> Json:
        return {"pullRequest": self._issue(issue), "clientMutationId": arguments.get("clientMutationId")}

    async def _enable_auto_merge(self, arguments: Json) -> Json:
        issue = self._pull(arguments)
        await self.forge.pulls.enable_auto_merge(
            issue.repo,
            issue.number,
            by=self.actor,
            method=str(arguments.get("mergeMethod") or "MERGE").lower(),  # type: ignore[arg-type]
            title=arguments.get("commitHeadline"),
            message=arguments.get("commitBody"),
        )
        return self._mutation_result(issue, arguments)

    async def _disable_auto_merge(self, arguments: Json) -> Json:
        issue = self._pull(arguments)
        await self.forge.pulls.disable_auto_merge(issue.repo, issue.number, by=self.actor)
        return self._mutation_result(issue, arguments)

    async def _set_draft(self, arguments: Json, draft: bool) -> Json:
        issue = self._pull(arguments)
        await self.forge.pulls.set_draft(issue.repo, issue.number, draft, by=self.actor)
        return self._mutation_result(issue, arguments)


def select(value: Any, selection: tuple[SelectedField, ...]) -> Any:
    """Return only the selected fields of an object."""
    if isinstance(value, list):
        return [select(one, selection) for one in value]
    if not isinstance(value, dict) or not selection:
        return value
    out: Json = {}
    for wanted in selection:
        if wanted.on and wanted.on not in (value.get("__typename"), "Node", "Comment"):
            continue
        if wanted.name not in value:
            raise GraphQLError(
                f"Field '{wanted.name}' doesn't exist on type '{value.get('__typename', 'Object')}'",
                "undefinedField",
            )
        inner = value[wanted.name]
        out[wanted.alias] = select(inner(wanted.arguments) if callable(inner) else inner, wanted.selection)
    return out
