"""Receiving a push. Its effects are complete before git hears that it succeeded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from sandbox.forge import Forge
from sandbox.git.objects import ZERO
from sandbox.git.ref_updates import RefUpdate
from sandbox.git_http.backend import CHUNK, HttpBackend
from sandbox.model.accounts import Actor
from sandbox.model.repositories import Repository
from sandbox.topics.branch_rules import may_write_workflows, rules_apply_to, rules_for
from sandbox.topics.check_runs import Checks
from sandbox.topics.pushes import process_ref_updates
from sandbox.topics.rule_sets import branch_violations, largest_file, rule_sets_for


async def receive_push(forge: Forge, request: web.Request, repo: Repository, actor: Actor) -> web.Response:
    start, moves, rest = await _read_ref_updates(request)
    async with repo.lock:
        before = await repo.git.refs()
        backend = await HttpBackend.start(
            forge, request, repo, await _hook_environment(forge.checks, repo, actor, moves)
        )
        try:
            feeding = asyncio.create_task(backend.feed(_prepend(start, rest)))
            status, headers = await backend.head()
            body = b"".join([chunk async for chunk in backend.body()])
            await asyncio.gather(feeding, return_exceptions=True)
        finally:
            await backend.end()
        after = await repo.git.refs()
        await process_ref_updates(forge, repo, actor, changes(before, after))
    return web.Response(status=status, headers=headers, body=body)


def changes(before: dict[str, str], after: dict[str, str]) -> list[RefUpdate]:
    return [
        RefUpdate(ref, before.get(ref, ZERO), after.get(ref, ZERO))
        for ref in dict.fromkeys([*before, *after])
        if before.get(ref) != after.get(ref)
    ]


async def _read_ref_updates(request: web.Request) -> tuple[bytes, list[RefUpdate], AsyncIterator[bytes]]:
    """Parse the ref updates before the pack; also return the bytes read and the rest of the body."""
    chunks = request.content.iter_chunked(CHUNK)
    buffer, at = b"", 0
    moves: list[RefUpdate] = []
    async for chunk in chunks:
        buffer += chunk
        while len(buffer) >= at + 4:
            size = int(buffer[at : at + 4], 16)
            if size == 0:
                return buffer, moves, chunks
            if len(buffer) < at + size:
                break
            line = buffer[at + 4 : at + size].split(b"\0")[0].decode("utf-8", "surrogateescape").strip()
            at += size
            if line.count(" ") >= 2:
                old, new, ref = line.split(" ", 2)
                moves.append(RefUpdate(ref, old, new))
    return buffer, moves, chunks


async def _prepend(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk


async def _hook_environment(
    checks: Checks, repo: Repository, actor: Actor, moves: list[RefUpdate]
) -> dict[str, str]:
    """Return the environment that tells the `update` hook what to refuse."""
    refused, no_force = [], []
    for move in moves:
        rules = rules_for(repo, move.ref)
        if rules is None or not rules_apply_to(repo, actor, rules):
            continue
        if not rules.allow_force_pushes:
            no_force.append(move.ref)
        if move.new == ZERO:
            if not rules.allow_deletions:
                refused.append(f"{move.ref} Cannot delete this protected branch")
        elif move.old != ZERO:
            refused += [f"{move.ref} {why}" for why in _unmet_rules(checks, repo, move)]
    violations, ruled_no_force = await _rule_violations(repo, moves)
    return {
        "FORGE_VIOLATIONS": "\n".join(violations),
        "FORGE_RULED_NO_FORCE": "\n".join(ruled_no_force),
        "FORGE_PATHS": "\n".join(path for one in repo.rule_sets for path in one.restricted_paths),
        "FORGE_LARGEST": str(largest_file(repo)),
        "FORGE_REFUSED": "\n".join(refused),
        "FORGE_NO_FORCE": "\n".join(no_force),
        "FORGE_WORKFLOWS": "yes" if may_write_workflows(actor) else "no",
        "FORGE_DEFAULT": f"refs/heads/{repo.default_branch}",
    }


async def _rule_violations(repo: Repository, moves: list[RefUpdate]) -> tuple[list[str], list[str]]:
    """Return what rule sets refuse whatever is pushed, and the refs that can't be forced."""
    refused, no_force = [], []
    for move in moves:
        for rules in rule_sets_for(repo, move.branch) if move.branch else ():
            refused += [f"{move.ref} {why}" for why in await branch_violations(repo, move, rules)]
            if rules.force_pushes:
                no_force.append(move.ref)
    return refused, no_force


def _unmet_rules(checks: Checks, repo: Repository, move: RefUpdate) -> list[str]:
    rules = rules_for(repo, move.ref)
    if rules is None:
        return []
    if rules.pull_request_required or rules.approvals:
        return ["Changes must be made through a pull request."]
    missing = [
        name for name in rules.required_checks if checks.required_state(repo, move.new, name) != "success"
    ]
    return [f'Required status check "{name}" is expected.' for name in missing]
