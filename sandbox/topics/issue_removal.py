"""Deleting and transferring issues. Their numbers are not reused."""

from __future__ import annotations

from dataclasses import replace

from sandbox.access.permissions import require
from sandbox.model.accounts import By
from sandbox.model.repositories import Issue, Repository
from sandbox.render import issues as render
from sandbox.render.repositories import repository as repository_json
from sandbox.topics.forge_protocol import ForgeProtocol


class IssueRemoval:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge

    async def delete(self, repo: str | Repository, number: int, *, by: By) -> None:
        actor, issue = self._forge.actor(by), self._forge.issue(repo, number)
        require(actor, issue.repo, "issues:write", "admin")
        del issue.repo.issues[number]
        issue.repo.left[number] = None
        self._forge.issues.fire(issue, "deleted", actor)

    async def transfer(self, repo: str | Repository, number: int, destination: str, *, by: By) -> Issue:
        """Transfer an issue with its comments, and with the labels that the target has."""
        actor, issue, target = (
            self._forge.actor(by),
            self._forge.issue(repo, number),
            self._forge.repo(destination),
        )
        for repository in (issue.repo, target):
            require(actor, repository, "issues:write", "write")
        there = self._forge.issues.create_record(target, issue.title, issue.body, actor)
        there.user, there.app, there.created_at = issue.user, issue.app, issue.created_at
        there.comments = [replace(one, id=self._forge.next_id()) for one in issue.comments]
        there.labels = [
            target.labels[one.name.lower()] for one in issue.labels if one.name.lower() in target.labels
        ]
        del issue.repo.issues[number]
        issue.repo.left[number] = there
        self._fire(issue, there, by)
        return there

    def _fire(self, issue: Issue, there: Issue, by: By) -> None:
        actor, forge = self._forge.actor(by), self._forge
        destination = {
            "new_issue": render.issue(forge, there),
            "new_repository": repository_json(forge, there.repo),
        }
        origin = {
            "old_issue": render.issue(forge, issue),
            "old_repository": repository_json(forge, issue.repo),
        }
        forge.issues.fire(issue, "transferred", actor, {"changes": destination})
        forge.issues.fire(there, "opened", actor, {"changes": origin})
