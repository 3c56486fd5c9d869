"""Registering, installing and suspending Apps."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence

from sandbox.access.app_keys import app_key
from sandbox.access.permissions import LEVELS, is_granted, role_of
from sandbox.access.refusals import Refusal, not_found, unprocessable
from sandbox.access.tokens import Token
from sandbox.model.accounts import Actor, App, Installation, User
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.render.accounts import installation as installation_json
from sandbox.render.accounts import installation_repository, user_or_none
from sandbox.topics.app_manifests import LONGEST_NAME, ManifestCodes, read_manifest
from sandbox.topics.forge_protocol import ForgeProtocol


class Apps:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge
        self.registered: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self._codes = ManifestCodes(forge.clock)

    def register(
        self,
        name: str,
        owner: str | User,
        *,
        permissions: Mapping[str, str],
        events: Sequence[str] = (),
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        description: str = "",
        external_url: str = "https://example.com",
    ) -> App:
        forge = self._forge
        slug = slug_of(name)
        private, public = app_key(len(self.registered) + 1)
        number = forge.next_id()
        app = App(
            id=number,
            slug=slug,
            name=name,
            owner=forge.actor(owner).user,
            bot=forge.people.add(f"{slug}[bot]", kind="Bot"),
            permissions={"metadata": "read", **permissions},
            events=list(events),
            webhook_url=webhook_url,
            webhook_secret=webhook_secret or secrets.token_hex(20),
            private_key=private,
            public_key=public,
            client_id=f"Iv23li{number:014d}",
            client_secret=secrets.token_hex(20),
            created_at=forge.clock.now(),
            description=description,
            external_url=external_url,
        )
        self.registered[number] = app
        return app

    # manifest flow

    def submit_manifest(self, given: Json, by: str | User, owner: str | User | None = None) -> str:
        """Create an App from a manifest and return the code that is exchanged for its secrets."""
        manifest, actor = read_manifest(given), self._forge.actor(by)
        account = self._forge.actor(owner or by).user
        if not self.administers(actor.user, account):
            raise not_found()
        self._check_name(manifest.name)
        app = self.register(
            manifest.name,
            account,
            permissions=manifest.permissions,
            events=manifest.events,
            webhook_url=manifest.hook_url,
            description=manifest.description,
            external_url=manifest.url,
        )
        app.setup_url, app.public = manifest.setup_url, manifest.public
        app.callback_urls = list(manifest.callback_urls)
        return self._codes.create(app)

    def _check_name(self, name: str) -> None:
        wrong = ""
        if not name.strip():
            wrong = "Name can't be blank"
        elif len(name) > LONGEST_NAME:
            wrong = f"Name is too long (maximum is {LONGEST_NAME} characters)"
        elif slug_of(name) in {app.slug for app in self.registered.values()}:
            wrong = "Name is already taken"
        if wrong:
            raise Refusal(422, "Invalid GitHub App configuration", [{"message": wrong}])

    def convert_manifest(self, code: str) -> App:
        return self._codes.redeem(code)

    def administers(self, user: User, account: User) -> bool:
        """Return whether a user administers an account: their own, or an organization whose repositories they administer."""
        if user is account:
            return True
        repos = [repo for repo in self._forge.repositories.values() if repo.owner is account]
        return any(role_of(repo, user) == "admin" for repo in repos)

    # installations

    def install(self, app: App, *repos: str | Repository, by: str | User | None = None) -> Installation:
        """Install the App, or add the repositories to its installation."""
        chosen = [self._forge.repo(repo) for repo in repos]
        account = chosen[0].owner
        actor = self._forge.actor(by or account)
        found = next((one for one in self.installations_of(app) if one.account is account), None)
        if found:
            self._change_repositories(found, actor, added=chosen)
            return found
        return self._install(app, account, chosen, actor)

    def _install(self, app: App, account: User, repos: list[Repository], actor: Actor) -> Installation:
        now = self._forge.clock.now()
        number = self._forge.next_id()
        one = Installation(number, app, account, dict(app.permissions), list(app.events), now, now)
        one.repositories = {repo.id for repo in repos}
        self.installations[number] = one
        self._fire(one, "created", actor, repositories=[installation_repository(repo) for repo in repos])
        return one

    def add_repository(self, one: Installation, repo: str | Repository, by: str | User | None = None) -> None:
        actor = self._forge.actor(by or one.account)
        self._change_repositories(one, actor, added=[self._forge.repo(repo)])

    def remove_repository(
        self, one: Installation, repo: str | Repository, by: str | User | None = None
    ) -> None:
        actor = self._forge.actor(by or one.account)
        self._change_repositories(one, actor, removed=[self._forge.repo(repo)])

    def _change_repositories(
        self,
        one: Installation,
        actor: Actor,
        added: Sequence[Repository] = (),
        removed: Sequence[Repository] = (),
    ) -> None:
        one.repositories |= {repo.id for repo in added}
        one.repositories -= {repo.id for repo in removed}
        fields: Json = {
            "installation": installation_json(self._forge, one),
            "repository_selection": "selected",
            "repositories_added": [installation_repository(repo) for repo in added],
            "repositories_removed": [installation_repository(repo) for repo in removed],
            "requester": None,
        }
        action = "added" if added else "removed"
        self._forge.hooks.fire_installation("installation_repositories", action, one, actor.user, fields)

    def suspend(self, one: Installation, by: str | User | None = None) -> None:
        actor = self._forge.actor(by or one.account)
        one.suspended_at, one.suspended_by = self._forge.clock.now(), actor.user
        self._fire(one, "suspend", actor)

    def unsuspend(self, one: Installation, by: str | User | None = None) -> None:
        one.suspended_at = one.suspended_by = None
        self._fire(one, "unsuspend", self._forge.actor(by or one.account))

    def uninstall(self, one: Installation, by: str | User | None = None) -> None:
        repos = [installation_repository(repo) for repo in self.repositories_of(one)]
        del self.installations[one.id]
        self._fire(one, "deleted", self._forge.actor(by or one.account), repositories=repos)

    def accept_permissions(self, one: Installation, by: str | User | None = None) -> None:
        """Accept the App's current permissions and events."""
        one.permissions, one.events = dict(one.app.permissions), list(one.app.events)
        self._fire(one, "new_permissions_accepted", self._forge.actor(by or one.account))

    def _fire(
        self, one: Installation, action: str, actor: Actor, repositories: Iterable[Json] | None = None
    ) -> None:
        one.updated_at = self._forge.clock.now()
        fields: Json = {"installation": installation_json(self._forge, one)}
        if repositories is None:
            repositories = [installation_repository(repo) for repo in self.repositories_of(one)]
        fields["repositories"] = list(repositories)
        if action == "created":
            fields["requester"] = user_or_none(self._forge, None)
        self._forge.hooks.fire_installation("installation", action, one, actor.user, fields)

    # queries

    def installations_of(self, app: App) -> list[Installation]:
        return [one for one in self.installations.values() if one.app is app]

    def installations_on(self, repo: Repository) -> list[Installation]:
        """Return the active installations on a repository."""
        return [
            one
            for one in self.installations.values()
            if repo.id in one.repositories and one.suspended_at is None
        ]

    def repositories_of(self, one: Installation) -> list[Repository]:
        return [
            self._forge.repositories[number]
            for number in sorted(one.repositories & set(self._forge.repositories))
        ]

    def token(
        self,
        one: Installation,
        permissions: Mapping[str, str] | None = None,
        repositories: Iterable[int] | None = None,
    ) -> Token:
        permissions_asked = dict(permissions or one.permissions)
        for name, level in permissions_asked.items():
            if level not in LEVELS or not is_granted(one.permissions, f"{name}:{level}"):
                raise unprocessable("The permissions requested are not granted to this installation.")
        repository_ids = frozenset(repositories if repositories is not None else one.repositories)
        if not repository_ids <= one.repositories:
            raise unprocessable(
                "There is at least one repository that does not exist or is not accessible to the parent installation."
            )
        return self._forge.tokens.for_installation(one, permissions_asked, repository_ids)


def slug_of(name: str) -> str:
    """Return the App's name in addresses."""
    return "-".join(re.findall(r"[^\W_]+", name.lower())) or "app"
