"""What rendering reads of the forge: its addresses, its repositories and its people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sandbox.access.people import People
from sandbox.model.repositories import Repository


class ForgeView(Protocol):
    @property
    def url(self) -> str: ...
    @property
    def api(self) -> str: ...
    @property
    def repositories(self) -> Mapping[int, Repository]: ...
    @property
    def people(self) -> People: ...
