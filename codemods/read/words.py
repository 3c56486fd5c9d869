"""The words that a run is about: what makes a statement worth parsing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property

from codemods.model.records import record


@record
class SearchedNames:
    """The names that a file is searched for."""

    everywhere: frozenset[str]
    """Names of symbols, and of modules that are migrated as a whole: relevant everywhere."""
    in_imports: frozenset[str] = frozenset()
    """Names of modules: relevant in imports."""
    to_be_bound: frozenset[str] = frozenset()
    """Names that will be bound: files that bind them already must be known."""
    module_roots: frozenset[str] = frozenset()
    """The same, where a module is reached by its name."""
    dotted_modules: frozenset[str] = frozenset()
    """Deprecated modules whose other names a test may patch."""

    @cached_property
    def relevant(self) -> frozenset[str]:
        return self.everywhere | self.in_imports

    def with_further(self, names: frozenset[str]) -> SearchedNames:
        return replace(self, everywhere=self.everywhere | names)

    def cache_key(self, blob: str) -> bytes:
        lists = [
            sorted(self.everywhere),
            sorted(self.in_imports),
            sorted(self.to_be_bound),
            sorted(self.module_roots),
            sorted(self.dotted_modules),
        ]
        text = repr(("facts", blob, lists))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
