"""git, as values and functions; nothing outside this package starts it."""

from .objects import (
    EMPTY_TREE,
    EXECUTABLE,
    FILE,
    SUBMODULE,
    SYMLINK,
    Blob,
    Change,
    Commit,
    DiffStat,
    Merged,
    NewCommit,
    Person,
)
from .process import MINIMUM, GitFailed, GitStopped, GitTimeout, UnknownRevision, git_version
from .remote import Pushed, Rejected, Remote, RemoteFailed
from .repository import Repository

__all__ = [
    "EMPTY_TREE",
    "EXECUTABLE",
    "FILE",
    "MINIMUM",
    "SUBMODULE",
    "SYMLINK",
    "Blob",
    "Change",
    "Commit",
    "DiffStat",
    "GitFailed",
    "GitStopped",
    "GitTimeout",
    "Merged",
    "NewCommit",
    "Person",
    "Pushed",
    "Rejected",
    "Remote",
    "RemoteFailed",
    "Repository",
    "UnknownRevision",
    "git_version",
]
