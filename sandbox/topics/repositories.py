"""Repositories, their settings and collaborators, and their refs."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.access.permissions import require, role_at_least, role_of
from sandbox.access.refusals import Refusal, invalid, needs_paid_plan, not_found, unprocessable
from sandbox.git.creation import create_repository
from sandbox.git.fast_import import Content, NewCommit, write_commits
from sandbox.git.objects import ZERO, Signature
from sandbox.git.ref_updates import RefUpdate
from sandbox.git.threads import run_in_thread
from sandbox.model.accounts import Actor, By, Role, User
from sandbox.model.json import Json
from sandbox.model.repositories import Protection, Repository, RuleSet
from sandbox.render.accounts import user as user_json
from sandbox.topics.branch_rules import check_move
from sandbox.topics.forge_protocol import ForgeProtocol
from sandbox.topics.pushes import process_ref_updates


class Repositories:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge

    # lifecycle

    async def create(
        self,
        full_name: str,
        files: Mapping[str, Content] | None = None,
        *,
        commits: Sequence[NewCommit] | None = None,
        source: Path | None = None,
        private: bool = False,
        free_plan: bool = False,
        default_branch: str = "main",
        description: str | None = None,
    ) -> Repository:
        """
        Create a repository from files, from commits, or from a local repository; `free_plan` makes it a private one
        without rules and drafts.
        """
        owner_login, _, name = full_name.partition("/")
        owner = self._forge.people.get(owner_login)
        if full_name.lower() in self._forge.by_name:
            raise invalid("Repository", "name", "custom", "name already exists on this account")
        repo = await self._create_empty(owner, name, default_branch)
        repo.private, repo.free_plan, repo.description = private or free_plan, free_plan, description
        if source:
            await repo.git.run(
                "fetch", "--quiet", "--no-write-fetch-head", str(source), "+refs/heads/*:refs/heads/*"
            )
        if commits is None and files is not None:
            commits = [NewCommit("Initial commit", files, self._forge.people.signature(owner))]
        if commits:
            sha = await write_commits(repo.git, commits)
            await repo.git.move([(f"refs/heads/{default_branch}", sha, ZERO)])
        return repo

    async def _create_empty(self, owner: User, name: str, default_branch: str) -> Repository:
        forge = self._forge
        number, now = forge.next_id(), forge.clock.now()
        git = await create_repository(
            forge.home / "repositories" / f"{number}.git", forge.home, default_branch
        )
        repo = Repository(number, owner, name, git, now, now, now, default_branch)
        forge.repositories[number] = repo
        forge.by_name[repo.full_name.lower()] = repo
        forge.moved.pop(repo.full_name.lower(), None)
        return repo

    async def fork(self, repo: str | Repository, by: By) -> Repository:
        source, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, source, "contents:read", "read")
        fork = await self._create_empty(actor.user, source.name, source.default_branch)
        fork.parent, fork.private = source, source.private
        await fork.git.run("fetch", "--quiet", str(source.git.path), "+refs/heads/*:refs/heads/*")
        return fork

    async def rename(self, repo: str | Repository, name: str, by: By) -> None:
        found, actor = self._require_admin(repo, by)
        old = found.name
        self._forget_name(found)
        found.name = name
        self._forge.by_name[found.full_name.lower()] = found
        self._fire(found, actor, "renamed", {"changes": {"repository": {"name": {"from": old}}}})

    async def transfer(self, repo: str | Repository, to: str, by: By) -> None:
        """Transfer a repository to another account, which removes it from the old one's installations."""
        found, actor = self._require_admin(repo, by)
        old, new_owner = found.owner, self._forge.people.get(to)
        self._forget_name(found)
        found.owner = new_owner
        self._forge.by_name[found.full_name.lower()] = found
        source = {"organization" if old.kind == "Organization" else "user": user_json(self._forge, old)}
        self._fire(found, actor, "transferred", {"changes": {"owner": {"from": source}}})
        for one in self._forge.apps.installations_on(found):
            if one.account is not new_owner:
                self._forge.apps.remove_repository(one, found, by=actor.user)

    def _forget_name(self, repo: Repository) -> None:
        del self._forge.by_name[repo.full_name.lower()]
        self._forge.moved[repo.full_name.lower()] = repo.id

    async def archive(self, repo: str | Repository, by: By, archived: bool = True) -> None:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        if not role_at_least(role_of(found, actor.user), "admin"):
            raise Refusal(403, "Must have admin rights to Repository.")
        found.archived = archived
        self._fire(found, actor, "archived" if archived else "unarchived", {})

    async def set_default_branch(self, repo: str | Repository, branch: str, by: By) -> None:
        found, actor = self._require_admin(repo, by)
        if await found.git.ref(f"refs/heads/{branch}") is None:
            raise invalid("Repository", "default_branch", "invalid")
        old, found.default_branch = found.default_branch, branch
        await found.git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._fire(found, actor, "edited", {"changes": {"default_branch": {"from": old}}})

    async def delete(self, repo: str | Repository, by: By) -> None:
        found, actor = self._require_admin(repo, by)
        self._fire(found, actor, "deleted", {})
        for one in self._forge.apps.installations_on(found):
            one.repositories.discard(found.id)
        for issue in found.parent.pulls if found.parent else ():
            if issue.pull and issue.pull.head_repo is found:
                issue.pull.head_repo = None
        del self._forge.by_name[found.full_name.lower()]
        del self._forge.repositories[found.id]
        await run_in_thread(shutil.rmtree, found.git.path)

    def _require_admin(self, repo: str | Repository, by: By) -> tuple[Repository, Actor]:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "administration:write", "admin")
        return found, actor

    def _fire(self, repo: Repository, actor: Actor, action: str, fields: Json) -> None:
        repo.updated_at = self._forge.clock.now()
        self._forge.emit("repository", action, repo, actor, fields)

    # roles and settings

    def set_role(self, repo: str | Repository, login: str | User, role: Role) -> None:
        found, user = self._forge.repo(repo), self._forge.actor(login).user
        if role == "none":
            found.roles.pop(user.login.lower(), None)
        else:
            found.roles[user.login.lower()] = role

    def rename_person(self, login: str, new: str) -> None:
        for repo in self._forge.repositories.values():
            if (role := repo.roles.pop(login.lower(), None)) is not None:
                repo.roles[new.lower()] = role
        self._forge.people.rename(self._forge.people.get(login), new)

    def delete_person(self, login: str) -> None:
        for repo in self._forge.repositories.values():
            repo.roles.pop(login.lower(), None)
        self._forge.people.delete(self._forge.people.get(login))

    def protect(self, repo: str | Repository, branch: str, rules: Protection | None) -> None:
        found = self._forge.repo(repo)
        if found.free_plan:
            raise needs_paid_plan()
        if rules is None:
            found.protections.pop(branch, None)
        else:
            found.protections[branch] = rules

    def add_rule_set(self, repo: str | Repository, rules: RuleSet) -> None:
        found = self._forge.repo(repo)
        if found.free_plan:
            raise needs_paid_plan()
        found.rule_sets.append(rules)

    def allow(self, repo: str | Repository, **settings: bool) -> None:
        """Change merge settings, such as `squash_merge=False` or `auto_merge=True`."""
        found = self._forge.repo(repo)
        for name, value in settings.items():
            attribute = name if name == "delete_branch_on_merge" else f"allow_{name}"
            if attribute not in {one.name for one in dataclasses.fields(found)}:
                raise ValueError(f"no such setting: {name}")
            setattr(found, attribute, value)

    # refs

    async def tip(self, repo: str | Repository, branch: str | None = None) -> str:
        found = self._forge.repo(repo)
        sha = await found.git.ref(f"refs/heads/{branch or found.default_branch}")
        if sha is None:
            raise not_found()
        return sha

    async def push(
        self,
        repo: str | Repository,
        files: Mapping[str, Content],
        message: str,
        *,
        by: By,
        branch: str | None = None,
        onto: str | None = None,
        author: Signature | None = None,
    ) -> str:
        """Push a commit that changes these files; `onto` forces it onto another commit."""
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "contents:write", "write")
        ref = f"refs/heads/{branch or found.default_branch}"
        async with found.lock:
            old = await found.git.ref(ref)
            parent = await self._commit(found, onto) if onto else old or await found.git.ref("HEAD")
            who = author or self._forge.people.signature(actor.user)
            sha = await write_commits(found.git, [NewCommit(message, files, who)], parent)
            await self.move_locked(found, actor, RefUpdate(ref, old or ZERO, sha), force=onto is not None)
        return sha

    async def _commit(self, repo: Repository, name: str) -> str:
        sha = await repo.git.resolve(name)
        if sha is None:
            raise not_found()
        return sha

    async def create_ref(self, repo: str | Repository, ref: str, sha: str, by: By) -> None:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "contents:write", "write")
        if not ref.startswith("refs/") or ref.count("/") < 2 or not await found.git.valid_ref(ref):
            raise unprocessable(
                "Reference name must start with 'refs/' and contain at least one more slash"
                if not ref.startswith("refs/")
                else f"{ref} is not a valid ref name."
            )
        async with found.lock:
            if await found.git.kind(sha) is None:
                raise unprocessable("Object does not exist")
            if await found.git.ref(ref):
                raise unprocessable("Reference already exists")
            await self.move_locked(found, actor, RefUpdate(ref, ZERO, sha))

    async def create_branch(self, repo: str | Repository, branch: str, by: By, at: str | None = None) -> None:
        found = self._forge.repo(repo)
        sha = await self._commit(found, at or found.default_branch)
        await self.create_ref(found, f"refs/heads/{branch}", sha, by)

    async def update_ref(
        self, repo: str | Repository, ref: str, sha: str, by: By, *, force: bool = False
    ) -> None:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "contents:write", "write")
        async with found.lock:
            old = await found.git.ref(ref)
            if old is None:
                raise unprocessable("Reference does not exist")
            if await found.git.kind(sha) is None:
                raise unprocessable("Object does not exist")
            if not force and not await found.git.is_ancestor(old, sha):
                raise unprocessable("Update is not a fast forward")
            await self.move_locked(found, actor, RefUpdate(ref, old, sha), force=force)

    async def delete_ref(self, repo: str | Repository, ref: str, by: By) -> None:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "contents:write", "write")
        async with found.lock:
            old = await found.git.ref(ref)
            if old is None:
                raise unprocessable("Reference does not exist")
            await self.move_locked(found, actor, RefUpdate(ref, old, ZERO))

    async def delete_branch(self, repo: str | Repository, branch: str, by: By) -> None:
        await self.delete_ref(repo, f"refs/heads/{branch}", by)

    async def move_locked(
        self, repo: Repository, actor: Actor, move: RefUpdate, *, force: bool = False, merge: bool = False
    ) -> None:
        """Update a ref while holding the repository's lock. Merges have already checked the branch's rules."""
        if not merge:
            await check_move(repo, actor, move, force)
        if move.old != move.new:
            await repo.git.move([(move.ref, move.new, move.old)])
            await process_ref_updates(self._forge, repo, actor, [move])
