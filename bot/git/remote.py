"""The server that a repository comes from. The token goes through the environment only."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from .objects import checked_ref, is_sha
from .process import Credential, Git, GitFailed, GitResult, GitStopped, GitTimeout, encode
from .repository import Repository

_PATIENCE = 1800.0
_DEEPEN = (50, 200, 1000, 5000)

Reason = Literal["missing", "unauthorized", "denied", "unreachable", "corrupt", "other"]
_SAID: tuple[tuple[str, Reason], ...] = (
    (r"couldn't find remote ref|not our ref|unadvertised object", "missing"),
    (r"Authentication failed|could not read Username|returned error: 401", "unauthorized"),
    (r"returned error: 403|Permission .* denied", "denied"),
    (
        r"Repository not found|repository '.*' not found|returned error: 404|does not appear to be a git",
        "missing",
    ),
    (
        r"Could not resolve|Connection (refused|reset|timed)|Failed to connect|Couldn't connect|timed out",
        "unreachable",
    ),
    (
        r"returned error: (5\d\d|429|30\d)|RPC failed|early EOF|hung up|unexpected disconnect|Empty reply"
        r"|messages without end",
        "unreachable",
    ),
    (r"corrupt|bad object|unable to read|is empty|missing (blob|tree|commit)|bad (pack|tree)", "corrupt"),
)


class RemoteFailed(GitFailed):
    """The server could not be reached, or refused. `reason` says which."""

    def __init__(self, failed: GitFailed) -> None:
        super().__init__(failed.command, failed.status, failed.text)
        self.reason: Reason = reason_of(failed.text)


@dataclass(frozen=True)
class AcceptedPush:
    refs: tuple[str, ...]


@dataclass(frozen=True)
class RejectedPush:
    """Nothing was pushed. `stale`: a ref is not where it was expected; `declined`: the rules say no."""

    ref: str
    kind: Literal["stale", "declined", "denied", "missing"]
    reason: str


def reason_of(text: str) -> Reason:
    return next((reason for pattern, reason in _SAID if re.search(pattern, text, re.IGNORECASE)), "other")


T = TypeVar("T")
Turn = Callable[[], AbstractContextManager[Sequence[int]]]
"""Waits until nobody else fetches; gives the lock files that git shall hold meanwhile."""


class Remote:
    """One repository's server side. `sleep` waits between the tries over a bad connection."""

    def __init__(
        self,
        repository: Repository,
        url: str,
        token: str | None,
        turn: Turn = lambda: nullcontext(()),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.repository = repository
        self.url = checked_url(url)
        self._git: Git = repository.git
        self._credential = (
            Credential(self.url, token) if token and urlsplit(self.url).scheme != "file" else None
        )
        self._turn, self._sleep = turn, sleep

    def ls_remote(self, *patterns: str) -> dict[str, str]:
        """The server's refs, `HEAD` among them."""
        done = self._run("ls-remote", "--quiet", "--end-of-options", self.url, *patterns)
        lines = [line.partition("\t") for line in done.out.decode("utf-8", "surrogateescape").splitlines()]
        return {ref: sha for sha, _, ref in lines if not ref.endswith("^{}")}

    def default_branch(self) -> str | None:
        """The branch that the server's HEAD points to, as `refs/heads/…`."""
        said = self._run(
            "ls-remote", "--quiet", "--symref", "--end-of-options", self.url, "HEAD"
        ).out.decode()
        found = re.match(r"ref: (\S+)\tHEAD", said)
        return found[1] if found else None

    def fetch(
        self,
        refspecs: Sequence[str],
        depth: int | None = None,
        deepen: int | None = None,
        unshallow: bool = False,
    ) -> None:
        """`refspecs`: `sha`, `ref`, or `[+]from:to`. Without a depth: all that is new since what is here."""
        options = [
            *([f"--depth={depth}"] if depth else []),
            *([f"--deepen={deepen}"] if deepen else []),
            *(["--unshallow"] if unshallow else []),
        ]
        always = (
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
        )
        wanted = "".join(f"{_checked_refspec(refspec)}\n" for refspec in refspecs)
        # No `--end-of-options` with `--stdin`; the address is checked to start with its scheme.
        arguments = ("fetch", *always, "--update-shallow", *options, "--stdin", self.url)
        with self._turn() as held:
            self._run(*arguments, input=encode(wanted), held=held)

    def push(
        self, refspecs: Sequence[str], force_with_lease: Mapping[str, str | None] | None = None
    ) -> AcceptedPush | RejectedPush:
        """All or none of `[+]from:to`, `:to`. A ref with a lease moves only from that sha (None: it is new)."""
        leases = [
            f"--force-with-lease={checked_ref(ref)}:{sha or ''}"
            for ref, sha in (force_with_lease or {}).items()
        ]
        checked = [_under_lease(_checked_refspec(refspec), force_with_lease or {}) for refspec in refspecs]
        options = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
        atomic = ("--atomic",) if len(checked) > 1 else ()
        arguments = ("push", *options, *atomic, *leases, "--end-of-options", self.url, *checked)
        try:
            pushed = self._retry(lambda: _parse_push_result(self._once(*arguments, ok=(0, 1)), checked))
        except RemoteFailed as failed:
            if failed.reason in ("denied", "missing"):
                return RejectedPush("", failed.reason, failed.text)
            raise
        if isinstance(pushed, RejectedPush) and pushed.kind == "stale" and self._is_there(checked):
            return AcceptedPush(_targets(checked))
        return pushed

    def _is_there(self, refspecs: Sequence[str]) -> bool:
        """Whether the refs are as requested: an earlier try may have succeeded, with its answer lost."""
        there = self.ls_remote(*_targets(refspecs))
        wanted = {_targets([one])[0]: one.removeprefix("+").partition(":")[0] for one in refspecs}
        return all(
            there.get(ref) == (self.repository.resolve(source) if source else None)
            for ref, source in wanted.items()
        )

    def ensure(self, *shas: str) -> None:
        """Fetch the commits that are missing here, at least without history (a shallow repository stays shallow)."""
        missing = [sha for sha in dict.fromkeys(shas) if not self.repository.has(sha)]
        if missing:
            self.fetch(missing, depth=1)

    def merge_base(self, one: str, other: str) -> str | None:
        """The merge base; more history is fetched until there is one, or all of it is here."""
        self.ensure(one, other)
        for deepen in _DEEPEN:
            base = self.repository.merge_base(one, other)
            if base or not self.repository.shallow:
                return base
            self.fetch([one, other], deepen=deepen)
        if self.repository.shallow and not self.repository.merge_base(one, other):
            self.fetch([one, other], unshallow=True)
        return self.repository.merge_base(one, other)

    def _run(self, *arguments: str, input: bytes = b"", held: Sequence[int] = ()) -> GitResult:
        return self._retry(lambda: self._once(*arguments, input=input, held=held))

    def _once(
        self, *arguments: str, input: bytes = b"", held: Sequence[int] = (), ok: Sequence[int] = (0,)
    ) -> GitResult:
        credential = self._credential
        return self._git.run(
            *arguments, input=input, credential=credential, held=held, timeout=_PATIENCE, ok=ok
        )

    def _retry(self, do: Callable[[], T]) -> T:
        for attempt in (1, 2, 3):
            try:
                return do()
            except (GitTimeout, GitStopped):
                raise
            except GitFailed as failed:
                if attempt == 3 or reason_of(failed.text) != "unreachable":
                    raise RemoteFailed(failed) from None
                self._sleep(random.uniform(0, 2.0**attempt))
        raise AssertionError("the third try returns or raises")


def checked_url(url: str) -> str:
    """The address, if git may have it: of a known kind, and without a password."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "file") or any(mark in url for mark in "\n\0 "):
        raise ValueError(f"not an address to fetch from: {parts.scheme}://{parts.hostname}")
    if parts.username or parts.password:
        raise ValueError(f"the address of {parts.hostname} holds a user or password")
    return url


def _checked_refspec(refspec: str) -> str:
    source, colon, target = refspec.removeprefix("+").partition(":")
    if source and not is_sha(source) and source != "HEAD":
        checked_ref(source.replace("*", "x", 1))
    if colon:
        checked_ref(target.replace("*", "x", 1))
    if not source and not colon:
        raise ValueError("an empty refspec")
    return refspec


def _under_lease(refspec: str, leases: Mapping[str, str | None]) -> str:
    """Without its `+`, which would force the ref past its lease."""
    return refspec.removeprefix("+") if refspec.rpartition(":")[2] in leases else refspec


def _targets(refspecs: Sequence[str]) -> tuple[str, ...]:
    return tuple(refspec.removeprefix("+").rpartition(":")[2] for refspec in refspecs)


def _parse_push_result(done: GitResult, refspecs: Sequence[str]) -> AcceptedPush | RejectedPush:
    """Porcelain: `flag TAB from:to TAB summary (reason)`."""
    lines = [line.split("\t") for line in done.out.decode("utf-8", "replace").splitlines()]
    rejected = [line for line in lines if len(line) == 3 and line[0] == "!"]
    if not rejected:
        if done.status:
            raise GitFailed("push", done.status, done.err.decode("utf-8", "replace"))
        return AcceptedPush(_targets(refspecs))
    first = next((line for line in rejected if "atomic" not in line[2]), rejected[0])
    stale = re.search(r"stale info|fetch first|non-fast-forward|already exists|cannot lock ref", first[2])
    said = " ".join(
        line.removeprefix("remote:").strip() for line in done.err.decode("utf-8", "replace").splitlines()
    )
    return RejectedPush(
        first[1].rpartition(":")[2], "stale" if stale else "declined", f"{first[2]} {said}".strip()
    )
