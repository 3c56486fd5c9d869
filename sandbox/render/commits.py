"""Commits, refs, trees and diffs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

from sandbox.git.objects import CommitInfo, FileChange, Signature, TreeItem
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.model.times import iso
from sandbox.render.accounts import user_or_none
from sandbox.render.node_ids import node_id
from sandbox.render.view import ForgeView


def _node(kind: str, sha: str) -> str:
    return node_id(kind, int(sha, 16))


def signature(one: Signature) -> Json:
    return {"name": one.name, "email": one.email, "date": iso(datetime.fromtimestamp(one.time, UTC))}


def local_time(one: Signature) -> str:
    """Return the time with the committer's UTC offset, as in push payloads."""
    sign = -1 if one.zone.startswith("-") else 1
    zone = timezone(sign * timedelta(hours=int(one.zone[1:3]), minutes=int(one.zone[3:5])))
    return datetime.fromtimestamp(one.time, zone).isoformat()


def verification(commit: CommitInfo) -> Json:
    if commit.signature is None:
        return {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        }
    return {
        "verified": True,
        "reason": "valid",
        "signature": commit.signature,
        "payload": commit.payload,
        "verified_at": iso(datetime.fromtimestamp(commit.committer.time, UTC)),
    }


def git_commit(forge: ForgeView, repo: Repository, commit: CommitInfo) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}/git"
    page = f"{forge.url}/{repo.full_name}/commit"
    return {
        "sha": commit.sha,
        "node_id": _node("C", commit.sha),
        "url": f"{at}/commits/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{at}/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {"sha": sha, "url": f"{at}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in commit.parents
        ],
        "verification": verification(commit),
    }


def commit(forge: ForgeView, repo: Repository, one: CommitInfo) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}"
    page = f"{forge.url}/{repo.full_name}/commit"
    return {
        "sha": one.sha,
        "node_id": _node("C", one.sha),
        "commit": {
            "author": signature(one.author),
            "committer": signature(one.committer),
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{at}/git/trees/{one.tree}"},
            "url": f"{at}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": verification(one),
        },
        "url": f"{at}/commits/{one.sha}",
        "html_url": f"{page}/{one.sha}",
        "comments_url": f"{at}/commits/{one.sha}/comments",
        "author": user_or_none(forge, forge.people.by_email(one.author.email)),
        "committer": user_or_none(forge, forge.people.by_email(one.committer.email)),
        "parents": [
            {"sha": sha, "url": f"{at}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in one.parents
        ],
    }


def commit_with_files(forge: ForgeView, repo: Repository, one: CommitInfo, files: list[FileChange]) -> Json:
    plus, minus = sum(file.additions for file in files), sum(file.deletions for file in files)
    return {
        **commit(forge, repo, one),
        "stats": {"total": plus + minus, "additions": plus, "deletions": minus},
        "files": [diff_entry(forge, repo, one.sha, file) for file in files[:300]],
    }


def diff_entry(forge: ForgeView, repo: Repository, sha: str, file: FileChange) -> Json:
    page, path = f"{forge.url}/{repo.full_name}", quote(file.path)
    out: Json = {
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{page}/blob/{sha}/{path}",
        "raw_url": f"{page}/raw/{sha}/{path}",
        "contents_url": f"{forge.api}/repos/{repo.full_name}/contents/{path}?ref={sha}",
    }
    if file.patch is not None:
        out["patch"] = file.patch
    if file.previous:
        out["previous_filename"] = file.previous
    return out


def ref(forge: ForgeView, repo: Repository, name: str, sha: str, kind: str = "commit") -> Json:
    at = f"{forge.api}/repos/{repo.full_name}/git"
    return {
        "ref": name,
        "node_id": node_id("REF", repo.id)
        + base64.urlsafe_b64encode(name.encode("utf-8", "replace")).decode(),
        "url": f"{at}/{quote(name)}",
        "object": {"sha": sha, "type": kind, "url": f"{at}/{kind}s/{sha}"},
    }


def tree(forge: ForgeView, repo: Repository, sha: str, items: list[TreeItem], truncated: bool) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}/git"
    return {
        "sha": sha,
        "url": f"{at}/trees/{sha}",
        "tree": [_tree_entry(at, item) for item in items],
        "truncated": truncated,
    }


def _tree_entry(at: str, item: TreeItem) -> Json:
    out: Json = {"path": item.path, "mode": item.mode, "type": item.kind, "sha": item.sha}
    if item.size is not None:
        out["size"] = item.size
    if item.kind != "commit":
        out["url"] = f"{at}/{item.kind}s/{item.sha}"
    return out


def blob(forge: ForgeView, repo: Repository, sha: str, content: bytes) -> Json:
    return {
        "sha": sha,
        "node_id": _node("B", sha),
        "size": len(content),
        "url": f"{forge.api}/repos/{repo.full_name}/git/blobs/{sha}",
        "content": _base64_lines(content),
        "encoding": "base64",
    }


def _base64_lines(content: bytes) -> str:
    """Encode as Base64 in lines of 60 characters, as GitHub does."""
    text = base64.b64encode(content).decode()
    return "".join(text[at : at + 60] + "\n" for at in range(0, len(text), 60))


def content(forge: ForgeView, repo: Repository, ref_name: str, item: TreeItem, data: bytes | None) -> Json:
    """Return a file with its content, or a folder's entry without."""
    path = quote(item.path)
    at = f"{forge.api}/repos/{repo.full_name}/contents/{path}?ref={quote(ref_name)}"
    git_url = f"{forge.api}/repos/{repo.full_name}/git/{item.kind}s/{item.sha}"
    page = f"{forge.url}/{repo.full_name}/{item.kind}/{quote(ref_name)}/{path}"
    is_file = item.kind == "blob"
    kind = {"120000": "symlink", "160000": "submodule"}.get(item.mode, "file" if is_file else "dir")
    out: Json = {
        "name": item.path.rpartition("/")[2],
        "path": item.path,
        "sha": item.sha,
        "size": item.size or 0,
        "url": at,
        "html_url": page,
        "git_url": git_url,
        "download_url": f"{forge.url}/{repo.full_name}/raw/{quote(ref_name)}/{path}" if is_file else None,
        "type": kind,
        "_links": {"self": at, "git": git_url, "html": page},
    }
    if data is not None:
        out |= {"content": _base64_lines(data), "encoding": "base64"}
    return out


def push_commit(forge: ForgeView, repo: Repository, one: CommitInfo, files: list[FileChange]) -> Json:
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message.rstrip("\n"),
        "timestamp": local_time(one.committer),
        "url": f"{forge.url}/{repo.full_name}/commit/{one.sha}",
        "author": _push_person(forge, one.author),
        "committer": _push_person(forge, one.committer),
        "added": [f.path for f in files if f.status == "added"]
        + [f.path for f in files if f.status == "renamed"],
        "removed": [f.path for f in files if f.status == "removed"]
        + [f.previous for f in files if f.previous],
        "modified": [f.path for f in files if f.status in ("modified", "changed")],
    }


def _push_person(forge: ForgeView, one: Signature) -> Json:
    person = forge.people.by_email(one.email)
    out = {"name": one.name, "email": one.email}
    return {**out, "username": person.login} if person else out


def simple_commit(one: CommitInfo) -> Json:
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "message": one.message.rstrip("\n"),
        "timestamp": local_time(one.committer),
        "author": {"name": one.author.name, "email": one.author.email},
        "committer": {"name": one.committer.name, "email": one.committer.email},
    }
