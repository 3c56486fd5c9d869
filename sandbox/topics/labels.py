"""A repository's labels."""

from __future__ import annotations

import re

from sandbox.access.permissions import require
from sandbox.access.refusals import Refusal, invalid, not_found
from sandbox.model.accounts import Actor, By, Role
from sandbox.model.json import Json
from sandbox.model.labels import Label
from sandbox.model.repositories import Repository
from sandbox.render import issues as render
from sandbox.topics.forge_protocol import ForgeProtocol


class Labels:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge

    def label_for(self, repo: Repository, name: str, actor: Actor) -> Label:
        known = repo.labels.get(name.lower())
        return known or self._make_label(repo, name, "ededed", None, actor)

    def create_label(
        self,
        repo: str | Repository,
        name: str,
        *,
        by: By,
        color: str = "ededed",
        description: str | None = None,
    ) -> Label:
        found, actor = self._require(repo, by, "issues|pull_requests:write", "write")
        if name.lower() in found.labels:
            raise Refusal(
                422, "Validation Failed", [{"resource": "Label", "code": "already_exists", "field": "name"}]
            )
        return self._make_label(found, name, color, description, actor)

    def _make_label(
        self, repo: Repository, name: str, color: str, description: str | None, actor: Actor
    ) -> Label:
        check_label(name, color, description)
        label = Label(self._forge.next_id(), name, color.lower(), description)
        repo.labels[name.lower()] = label
        self._fire_label(repo, "created", label, actor)
        return label

    def update_label(
        self,
        repo: str | Repository,
        name: str,
        *,
        by: By,
        new_name: str | None = None,
        color: str | None = None,
        description: str | None = None,
    ) -> Label:
        found, actor = self._require(repo, by, "issues|pull_requests:write", "write")
        label = self._label(found, name)
        changes: Json = {}
        for field, value in (("name", new_name), ("color", color), ("description", description)):
            if value is not None and value != getattr(label, field):
                changes[field] = {"from": getattr(label, field) or ""}
        check_label(new_name or label.name, color or label.color, description or label.description)
        del found.labels[label.name.lower()]
        label.name, label.color = new_name or label.name, (color or label.color).lower()
        label.description = description if description is not None else label.description
        found.labels[label.name.lower()] = label
        if changes:
            self._fire_label(found, "edited", label, actor, {"changes": changes})
        return label

    def delete_label(self, repo: str | Repository, name: str, *, by: By) -> None:
        found, actor = self._require(repo, by, "issues|pull_requests:write", "write")
        label = self._label(found, name)
        del found.labels[name.lower()]
        for issue in found.issues.values():
            if label in issue.labels:
                issue.labels.remove(label)
        self._fire_label(found, "deleted", label, actor)

    def _label(self, repo: Repository, name: str) -> Label:
        label = repo.labels.get(name.lower())
        if label is None:
            raise not_found()
        return label

    def _fire_label(
        self, repo: Repository, action: str, label: Label, actor: Actor, extra: Json | None = None
    ) -> None:
        fields = {"label": render.label(self._forge, repo, label), **(extra or {})}
        self._forge.emit("label", action, repo, actor, fields)

    def _require(self, repo: str | Repository, by: By, need: str, role: Role) -> tuple[Repository, Actor]:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, need, role)
        return found, actor


def check_label(name: str, color: str, description: str | None) -> None:
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > 50:
        raise invalid("Label", "name", "custom", "name is too long (maximum is 50 characters)")
    if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        raise invalid("Label", "color", "invalid")
    if description and len(description) > 100:
        raise invalid("Label", "description", "custom", "description is too long (maximum is 100 characters)")
