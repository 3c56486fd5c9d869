"""What every turn of this process shares."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from bot.git.author import Identity
from bot.git.mirror import Mirrors
from bot.github import App
from bot.migration.commit_cache import CommitCache
from bot.rewrite.blob_index import BlobIndex
from bot.settings import Settings
from bot.store import Store


@dataclass(frozen=True)
class SharedState:
    settings: Settings
    store: Store
    github: App
    mirrors: Mirrors
    index: BlobIndex
    cache: CommitCache = field(default_factory=CommitCache)
    identities: dict[str, Identity] = field(default_factory=dict)
    """Whose name commits bear, by the App's login."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the process stops: long work is given up, for the next process to begin again."""
