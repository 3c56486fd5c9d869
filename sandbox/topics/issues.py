"""Issues, comments, reactions and tasks, and labels on issues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.access.permissions import may, require
from sandbox.access.refusals import Refusal, invalid, not_found
from sandbox.model.accounts import Actor, By, Role, User
from sandbox.model.comments import REACTIONS, Comment, Edit, Reaction
from sandbox.model.json import Json
from sandbox.model.labels import Label
from sandbox.model.repositories import Issue, IssueEvent, Repository
from sandbox.model.reviews import Review
from sandbox.render import issues as render
from sandbox.render.accounts import user as user_json
from sandbox.topics.labels import Labels
from sandbox.topics.references import named_issues
from sandbox.topics.task_lists import with_task_ticked

LONGEST_TEXT = 65_536
MOST_COMMENTS = 2_500


class Issues(Labels):
    # issues

    async def open(
        self,
        repo: str | Repository,
        title: str,
        body: str | None = None,
        *,
        by: By,
        labels: Iterable[str] = (),
    ) -> Issue:
        found, actor = self._require(repo, by, "issues:write", "read")
        check_text("Issue", "title", title, 256)
        check_text("Issue", "body", body or "", LONGEST_TEXT)
        issue = self.create_record(found, title, body, actor)
        if may(actor, found, "issues:write", "triage"):
            issue.labels = [self.label_for(found, name, actor) for name in labels]
        self.fire(issue, "opened", actor)
        for label in issue.labels:
            self.add_event(issue, "labeled", actor, label=label)
            self.fire(issue, "labeled", actor, {"label": render.label(self._forge, found, label)})
        return issue

    def create_record(self, repo: Repository, title: str, body: str | None, actor: Actor) -> Issue:
        now = self._forge.clock.now()
        number = max([*repo.issues, *repo.left], default=0) + 1
        issue = Issue(
            self._forge.next_id(), repo, number, title, body or None, actor.user, now, now, actor.app
        )
        issue.edits.append(Edit(body or "", actor.user, now))
        repo.issues[number] = issue
        return issue

    async def edit(
        self,
        repo: str | Repository,
        number: int,
        *,
        by: By,
        title: str | None = None,
        body: str | None = None,
    ) -> Issue:
        issue, actor = self._issue(repo, number, by, "write", own=True)
        changes: Json = {}
        if title is not None and title != issue.title:
            check_text("Issue", "title", title, 256)
            changes["title"] = {"from": issue.title}
            self.add_event(issue, "renamed", actor, rename=(issue.title, title))
            issue.title = title
        if body is not None and body != (issue.body or ""):
            check_text("Issue", "body", body, LONGEST_TEXT)
            changes["body"] = {"from": issue.body or ""}
            issue.body = body or None
            issue.edits.append(Edit(body, actor.user, self._forge.clock.now()))
        if changes:
            self._touch(issue)
            self.fire(issue, "edited", actor, {"changes": changes})
        return issue

    async def close(
        self, repo: str | Repository, number: int, *, by: By, reason: str | None = "completed"
    ) -> Issue:
        issue, actor = self._issue(repo, number, by, "triage", own=True)
        if issue.state == "open":
            self.mark_closed(issue, actor, None if issue.pull else reason or "completed")
            self.fire(issue, "closed", actor)
        return issue

    def mark_closed(self, issue: Issue, actor: Actor, reason: str | None = None) -> None:
        issue.state, issue.state_reason = "closed", reason
        issue.closed_at, issue.closed_by = self._forge.clock.now(), actor.user
        self._touch(issue)
        self.add_event(issue, "closed", actor)

    def close_by_keywords(self, repo: Repository, text: str, actor: Actor, commit_id: str) -> None:
        """Close the issues that closing keywords such as `Fixes #7` name."""
        for number, closes in named_issues(text, repo.full_name).items():
            issue = repo.issues.get(number)
            if closes and issue and not issue.pull and issue.state == "open":
                self.mark_closed(issue, actor, "completed")
                issue.events[-1].commit_id = commit_id
                self.fire(issue, "closed", actor)

    def reference(self, repo: Repository, text: str, actor: Actor, commit_id: str) -> None:
        """List a commit on the issues that its message names, for each of its pushes under a new name."""
        for number in named_issues(text, repo.full_name):
            issue = repo.issues.get(number)
            if issue and not any(one.commit_id == commit_id for one in issue.events):
                self.add_event(issue, "referenced", actor, commit_id=commit_id)

    async def reopen(self, repo: str | Repository, number: int, *, by: By) -> Issue:
        issue, actor = self._issue(repo, number, by, "triage", own=True)
        if issue.pull is None:
            self._mark_open(issue, actor)
            return issue
        async with issue.repo.lock:
            if issue.state == "closed":
                await self._forge.pulls.check_reopening(issue, issue.pull)
                self._mark_open(issue, actor)
        return issue

    def _mark_open(self, issue: Issue, actor: Actor) -> None:
        if issue.state == "open":
            return
        issue.state, issue.state_reason = "open", None if issue.pull else "reopened"
        issue.closed_at = issue.closed_by = None
        self._touch(issue)
        self.add_event(issue, "reopened", actor)
        self.fire(issue, "reopened", actor)

    async def assign(self, repo: str | Repository, number: int, logins: Sequence[str], *, by: By) -> Issue:
        issue, actor = self._issue(repo, number, by, "triage")
        before, after = issue.assignees, [self._forge.people.get(login) for login in logins]
        issue.assignees = after
        self._touch(issue)
        for user in [one for one in before if one not in after]:
            self._record_assignment(issue, "unassigned", user, actor)
        for user in [one for one in after if one not in before]:
            self._record_assignment(issue, "assigned", user, actor)
        return issue

    def _record_assignment(self, issue: Issue, action: str, user: User, actor: Actor) -> None:
        self.add_event(issue, action, actor, assignee=user)
        self.fire(issue, action, actor, {"assignee": user_json(self._forge, user)})

    async def lock(self, repo: str | Repository, number: int, *, by: By, locked: bool = True) -> None:
        issue, actor = self._issue(repo, number, by, "write")
        if issue.locked is locked:
            return
        issue.locked = locked
        self.add_event(issue, "locked" if locked else "unlocked", actor)
        self.fire(issue, "locked" if locked else "unlocked", actor)

    # labels on issues

    async def label(self, repo: str | Repository, number: int, *names: str, by: By) -> list[Label]:
        """Add labels. Unknown ones are created, as on GitHub."""
        issue, actor = self._issue(repo, number, by, "triage")
        for name in names:
            label = self.label_for(issue.repo, name, actor)
            if label not in issue.labels:
                issue.labels.append(label)
                self._fire_labelled(issue, "labeled", label, actor)
        return issue.labels

    async def unlabel(self, repo: str | Repository, number: int, name: str, *, by: By) -> list[Label]:
        issue, actor = self._issue(repo, number, by, "triage")
        label = issue.repo.labels.get(name.lower())
        if label is None or label not in issue.labels:
            raise Refusal(404, "Label does not exist")
        issue.labels.remove(label)
        self._fire_labelled(issue, "unlabeled", label, actor)
        return issue.labels

    async def set_labels(
        self, repo: str | Repository, number: int, names: Sequence[str], *, by: By
    ) -> list[Label]:
        issue, actor = self._issue(repo, number, by, "triage")
        wanted = {name.lower() for name in names}
        for label in [one for one in issue.labels if one.name.lower() not in wanted]:
            await self.unlabel(repo, number, label.name, by=actor)
        return await self.label(repo, number, *names, by=actor)

    def _fire_labelled(self, issue: Issue, action: str, label: Label, actor: Actor) -> None:
        self._touch(issue)
        self.add_event(issue, action, actor, label=label)
        self.fire(issue, action, actor, {"label": render.label(self._forge, issue.repo, label)})

    # comments

    async def comment(self, repo: str | Repository, number: int, body: str, *, by: By) -> Comment:
        issue, actor = self._issue(repo, number, by, "read")
        self._check_unlocked(issue, actor, "Unable to create comment because issue is locked.")
        if len(issue.comments) >= MOST_COMMENTS:
            raise Refusal(403, "Commenting is disabled on issues with more than 2500 comments")
        check_comment(body)
        now = self._forge.clock.now()
        comment = Comment(self._forge.next_id(), actor.user, body, now, now, actor.app)
        comment.edits.append(Edit(body, actor.user, now))
        issue.comments.append(comment)
        self._touch(issue)
        self._fire_comment(issue, "created", comment, actor)
        return comment

    async def edit_comment(self, repo: str | Repository, comment_id: int, body: str, *, by: By) -> Comment:
        issue, comment = self.find_comment(repo, comment_id)
        actor = self._may_change(issue, comment, by)
        check_comment(body)
        if body != comment.body:
            old, comment.body = comment.body, body
            comment.updated_at = self._forge.clock.now()
            comment.edits.append(Edit(body, actor.user, comment.updated_at))
            self._fire_comment(issue, "edited", comment, actor, {"changes": {"body": {"from": old}}})
        return comment

    async def delete_comment(self, repo: str | Repository, comment_id: int, *, by: By) -> None:
        issue, comment = self.find_comment(repo, comment_id)
        actor = self._may_change(issue, comment, by)
        issue.comments.remove(comment)
        self._fire_comment(issue, "deleted", comment, actor)

    def find_comment(self, repo: str | Repository, comment_id: int) -> tuple[Issue, Comment]:
        for issue in self._forge.repo(repo).issues.values():
            for comment in issue.comments:
                if comment.id == comment_id:
                    return issue, comment
        raise not_found()

    def _may_change(self, issue: Issue, comment: Comment, by: By) -> Actor:
        """Return the actor if they may edit the comment."""
        role: Role = "read" if comment.user is self._forge.actor(by).user else "write"
        return self._require(issue.repo, by, need_of(issue), role)[1]

    def _fire_comment(
        self, issue: Issue, action: str, comment: Comment, actor: Actor, extra: Json | None = None
    ) -> None:
        fields = {
            "issue": render.issue(self._forge, issue),
            "comment": render.comment(self._forge, issue, comment),
            **(extra or {}),
        }
        self._forge.emit("issue_comment", action, issue.repo, actor, fields, number=issue.number)

    async def tick(
        self,
        repo: str | Repository,
        number: int,
        box: int | str,
        *,
        by: By,
        comment_id: int | None = None,
        on: bool = True,
    ) -> None:
        """Tick a task, by its index or by words of its line."""
        if comment_id is None:
            issue = self._forge.issue(repo, number)
            await self.edit(repo, number, by=by, body=with_task_ticked(issue.body or "", box, on))
        else:
            _, comment = self.find_comment(repo, comment_id)
            await self.edit_comment(repo, comment_id, with_task_ticked(comment.body, box, on), by=by)

    # reactions

    async def react(
        self, repo: str | Repository, number: int, content: str, *, by: By, comment_id: int | None = None
    ) -> tuple[Reaction, bool]:
        """Add a reaction; return it and whether it is new."""
        issue, actor = self._issue(repo, number, by, "read")
        self._check_unlocked(issue, actor, "Unable to create reaction because issue is locked.")
        if content not in REACTIONS:
            raise invalid("Reaction", "content", "invalid")
        comment = None if comment_id is None else self.find_comment(repo, comment_id)[1]
        target = issue.reactions if comment is None else comment.reactions
        known = next((one for one in target if one.user is actor.user and one.content == content), None)
        if known:
            return known, False
        reaction = Reaction(self._forge.next_id(), actor.user, content, self._forge.clock.now())
        target.append(reaction)
        if comment is not None:
            comment.updated_at = reaction.created_at
        self._publish(issue, "reaction")
        return reaction, True

    def _check_unlocked(self, issue: Issue, actor: Actor, message: str) -> None:
        if issue.locked and not may(actor, issue.repo, "issues:write", "write"):
            raise Refusal(403, message)

    async def unreact(
        self, repo: str | Repository, number: int, reaction_id: int, *, by: By, comment_id: int | None = None
    ) -> None:
        issue, actor = self._issue(repo, number, by, "read")
        target = issue.reactions if comment_id is None else self.find_comment(repo, comment_id)[1].reactions
        reaction = next((one for one in target if one.id == reaction_id), None)
        if reaction is None:
            raise not_found()
        if reaction.user is not actor.user:
            raise Refusal(403, "Must be the author of the reaction")
        target.remove(reaction)
        self._publish(issue, "reaction")

    # shared

    def add_event(
        self,
        issue: Issue,
        event: str,
        actor: Actor,
        *,
        label: Label | None = None,
        rename: tuple[str, str] | None = None,
        commit_id: str | None = None,
        reviewer: User | None = None,
        assignee: User | None = None,
        review: Review | None = None,
    ) -> None:
        """Add an event to the issue's timeline."""
        shown = Label(label.id, label.name, label.color) if label else None
        now, number = self._forge.clock.now(), self._forge.next_id()
        issue.events.append(
            IssueEvent(
                *(number, event, actor.user, now, actor.app, shown, commit_id, rename, reviewer),
                assignee=assignee,
                review=review,
            )
        )

    def fire(self, issue: Issue, action: str, actor: Actor, extra: Json | None = None) -> None:
        """Fire an `issues` or `pull_request` event."""
        if issue.pull:
            fields: Json = {
                "number": issue.number,
                "pull_request": self._forge.pulls.payload(issue, issue.pull),
            }
            event = "pull_request"
        else:
            fields, event = {"issue": render.issue(self._forge, issue)}, "issues"
        fields |= extra or {}
        self._forge.emit(event, action, issue.repo, actor, fields, number=issue.number)

    def _publish(self, issue: Issue, what: str) -> None:
        from sandbox.model.changes import ChangeNotice

        self._forge.publish(ChangeNotice(what, None, issue.repo.full_name, issue.number))

    def _touch(self, issue: Issue) -> None:
        issue.updated_at = self._forge.clock.now()

    def _issue(
        self, repo: str | Repository, number: int, by: By, role: Role, *, own: bool = False
    ) -> tuple[Issue, Actor]:
        """Return the issue and the actor, who needs the role unless it's their own issue and `own` is set."""
        actor = self._forge.actor(by)
        require(actor, self._forge.repo(repo), "metadata:read", "read")
        issue = self._forge.issue(repo, number)
        wanted: Role = "read" if own and issue.user is actor.user else role
        self._require(issue.repo, actor, need_of(issue), wanted)
        return issue, actor


def need_of(issue: Issue) -> str:
    return "issues|pull_requests:write" if issue.pull else "issues:write"


def check_text(resource: str, field: str, text: str, longest: int) -> None:
    if field == "title" and not text.strip():
        raise invalid(resource, "title", "missing_field")
    if len(text) > longest:
        raise invalid(resource, field, "custom", f"{field} is too long (maximum is {longest} characters)")


def check_comment(body: str) -> None:
    if not body.strip():
        raise Refusal(
            422,
            "Validation Failed",
            [
                {
                    "resource": "IssueComment",
                    "code": "unprocessable",
                    "field": "data",
                    "message": "Body cannot be blank",
                }
            ],
        )
    if len(body) > LONGEST_TEXT:
        message = f"Body is too long (maximum is {LONGEST_TEXT} characters)"
        raise Refusal(
            422,
            "Validation Failed",
            [{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}],
        )
