"""A world as an older version left it: what GitHub holds of it, its store and its cache, from `tests/data`."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.model.accounts import App, User
from sandbox.model.checks import Annotation, CheckRun, CheckRunAction, CheckSuite
from sandbox.model.comments import Comment, Edit, Reaction
from sandbox.model.labels import Label
from sandbox.model.repositories import Issue, IssueEvent, PullRequest, Repository
from tests.world import REPO, World

DATA = Path(__file__).parent / "data"
Json = Mapping[str, Any]


async def leave_as(version: str, here: World) -> None:
    """The forge gets what the version had written there, and the bot's folder what it kept."""
    folder = DATA / version
    held: Json = json.loads((folder / "github.json").read_text())
    repo = here.forge.repo(REPO)
    ids = (repo.id, here.app.id, here.installation.id)
    assert ids == (held["repo"], held["app"], held["installation"]), "the store names them by these ids"
    bundle = str(folder / "repository.bundle")
    await repo.git.run("fetch", "--quiet", "--force", "--update-head-ok", bundle, "+refs/*:refs/*")
    RestoredRepository(here, repo, held).all()
    settings = here.settings()
    settings.data_dir.mkdir(parents=True)
    with sqlite3.connect(settings.data_dir / "drover.db") as database:
        database.executescript((folder / "drover.sql").read_text())
    database.close()
    shutil.copy(folder / "index.db", settings.data_dir)


@dataclass(frozen=True)
class RestoredRepository:
    here: World
    repo: Repository
    held: Json

    def all(self) -> None:
        self.repo.labels |= {one["name"].lower(): self.label(one) for one in self.held["labels"]}
        self.repo.issues |= {one["number"]: self.issue(one) for one in self.held["issues"]}
        self.repo.suites |= {one["id"]: self.suite(one) for one in self.held["suites"]}
        self.repo.check_runs |= {one["id"]: self.run(one) for one in self.held["runs"]}
        while self.here.forge.next_id() < self.held["last_id"]:
            pass

    def user(self, login: str) -> User:
        return self.here.forge.people.get(login)

    def app(self, by_app: bool) -> App | None:
        return self.here.app if by_app else None

    def moment(self, text: str) -> datetime:
        """As long ago as it was when the version was stopped."""
        return datetime.fromisoformat(text) + self.since

    @property
    def since(self) -> timedelta:
        last = max(datetime.fromisoformat(one["updated"]) for one in self.held["issues"])
        return self.here.forge.clock.now() - last

    def label(self, held: Json) -> Label:
        return Label(held["id"], held["name"], held["color"], held["description"])

    def issue(self, held: Json) -> Issue:
        return Issue(
            held["id"],
            self.repo,
            held["number"],
            held["title"],
            held["body"],
            self.user(held["user"]),
            self.moment(held["created"]),
            self.moment(held["updated"]),
            self.app(held["by_app"]),
            labels=[self.repo.labels[name.lower()] for name in held["labels"]],
            comments=[self.comment(one) for one in held["comments"]],
            events=[self.event(one) for one in held["events"]],
            pull=self.pull(held["pull"]) if held["pull"] else None,
        )

    def comment(self, held: Json) -> Comment:
        created, updated = self.moment(held["created"]), self.moment(held["updated"])
        comment = Comment(
            held["id"], self.user(held["user"]), held["body"], created, updated, self.app(held["by_app"])
        )
        comment.edits += [
            Edit(one["body"], self.user(one["editor"]), self.moment(one["at"])) for one in held["edits"]
        ]
        comment.reactions += [
            Reaction(one["id"], self.user(one["user"]), one["content"], self.moment(one["at"]))
            for one in held["reactions"]
        ]
        return comment

    def event(self, held: Json) -> IssueEvent:
        return IssueEvent(
            held["id"],
            held["event"],
            self.user(held["actor"]),
            self.moment(held["at"]),
            self.app(held["by_app"]),
            self.label(held["label"]) if held["label"] else None,
            held["commit"],
        )

    def pull(self, held: Json) -> PullRequest:
        return PullRequest(self.repo, **held)

    def suite(self, held: Json) -> CheckSuite:
        app = next(one for one in self.here.forge.apps.registered.values() if one.slug == held["app"])
        times = (self.moment(held["created"]), self.moment(held["updated"]))
        return CheckSuite(held["id"], app, held["sha"], held["branch"], *times, held["before"])

    def run(self, held: Json) -> CheckRun:
        names = ("status", "conclusion", "external_id", "title", "summary", "text")
        return CheckRun(
            held["id"],
            self.repo.suites[held["suite"]],
            held["name"],
            self.moment(held["started"]),
            completed_at=self.moment(held["completed"]) if held["completed"] else None,
            annotations=[Annotation(**one) for one in held["annotations"]],
            actions=[CheckRunAction(**one) for one in held["actions"]],
            **{name: held[name] for name in names},
        )
