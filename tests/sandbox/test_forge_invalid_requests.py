"""Invalid requests are refused and never cause a server error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sandbox.rest.routes import ROUTES
from tests.sandbox_client import Shop, open_shop

NAMES = (
    *(
        "actions",
        "annotations",
        "assignees",
        "author",
        "base",
        "base_tree",
        "body",
        "color",
        "commit_title",
        "committer",
    ),
    *(
        "completed_at",
        "conclusion",
        "content",
        "context",
        "default_branch",
        "description",
        "draft",
        "encoding",
        "event",
    ),
    *(
        "force",
        "head",
        "head_sha",
        "labels",
        "merge_method",
        "message",
        "name",
        "new_name",
        "output",
        "parents",
    ),
    *("permission", "permissions", "ref", "repositories", "repository_ids", "required_pull_request_reviews"),
    *(
        "required_status_checks",
        "reviewers",
        "sha",
        "state",
        "state_reason",
        "status",
        "target_url",
        "title",
        "tree",
    ),
)
ASKED = (
    *(
        "page",
        "per_page",
        "since",
        "sha",
        "ref",
        "state",
        "head",
        "base",
        "labels",
        "sort",
        "direction",
        "cursor",
    ),
    *("status", "filter", "path", "recursive"),
)
PLACES = (
    "contents",
    "commits",
    "git/ref/heads",
    "git/trees",
    "git/blobs",
    "branches",
    "labels",
    "git/commits",
)
ODD = ("%00", "%0a", "--help", "..", "%2e%2e%2f", "%FF", "a" * 3000, "refs%2Fheads%2Fmain", "@%7B-1%7D")
VALUES: tuple[Any, ...] = (None, 7, True, "x", "é\n" * 9, [], [None], [{}], {"x": 1})
IDS = {"number": "1", "ref": "main", "path": "README.md", "basehead": "main...main", "branch": "main"}


def bodies(value: Any, sha: str) -> tuple[Any, ...]:
    """Return bodies with the value at every level."""
    note = dict.fromkeys(("path", "start_line", "end_line", "annotation_level", "message", "title"), value)
    button = dict.fromkeys(("label", "identifier", "description"), value)
    deep = {"title": "t", "summary": value, "text": value, "annotations": value}
    return (
        value,
        dict.fromkeys(NAMES, value),
        {"name": "n", "head_sha": sha, "output": deep, "actions": value},
        {"name": "n", "head_sha": sha, "output": {**deep, "summary": "s", "annotations": [note]}},
        {"name": "n", "head_sha": sha, "actions": [button]},
        {"tree": [dict.fromkeys(("path", "mode", "type", "sha", "content"), value)]},
        {
            "message": "m",
            "tree": sha,
            "parents": [sha],
            "author": {"name": value, "email": value, "date": value},
        },
        {"required_status_checks": {"checks": value, "contexts": value}},
    )


def filled(shop: Shop, template: str, run_id: int, comment_id: int) -> str:
    given = {
        "owner": "alice",
        "repo": shop.repo.name,
        "run_id": str(run_id),
        "comment_id": str(comment_id),
        **IDS,
    }
    given["installation_id"] = "0"
    return re.sub(r"\{(\w+)\}", lambda match: given.get(match[1], "1" if "id" in match[1] else "x"), template)


async def test_no_body_causes_a_server_error(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
        await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
        comment = await shop.forge.issues.comment(shop.repo, 1, "hello", by="alice")
        sha = await shop.forge.repos.tip(shop.repo)
        run = await shop.api.post(f"{shop.at}/check-runs", {"name": "x", "head_sha": sha})
        writes = [one for one in ROUTES if one.method in ("POST", "PATCH", "PUT") and one.auth == "token"]
        for route in writes:
            path = filled(shop, route.template, run["id"], comment.id)
            client = shop.as_user("alice") if "administration" in route.need else shop.api
            for value in VALUES:
                for body in bodies(value, sha):
                    reply = await client(route.method, path, body)
                    assert reply.status < 500, f"{route.method} {path} {body!r}\n{shop.forge.crashes[-1]}"


async def test_no_query_causes_a_server_error(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
        await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
        for route in [one for one in ROUTES if one.method == "GET"]:
            path = filled(shop, route.template, 1, 1)
            for value in ("", "-1", "9" * 30, "--all"):
                query = "&".join(f"{name}={value}" for name in ASKED)
                reply = await (shop.as_app() if route.auth == "jwt" else shop.api)("GET", f"{path}?{query}")
                assert reply.status < 500, f"{path}?{query}\n{shop.forge.crashes[-1]}"


async def test_no_path_causes_a_server_error(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        for odd in ODD:
            for place in PLACES:
                reply = await shop.api("GET", f"{shop.at}/{place}/{odd}")
                assert reply.status < 500, f"{place}/{odd}\n{shop.forge.crashes[-1]}"
