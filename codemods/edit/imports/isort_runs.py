"""isort itself, as a library, by the settings that a repository gives it: no copy of its rules stays as exact."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from codemods.edit.imports.import_style import ImportStyle

if TYPE_CHECKING:
    import isort

ELSEWHERE = "ELSEWHERE"


def sorted_by_isort(text: bytes, style: ImportStyle) -> bytes | None:
    """None where isort can't say. Its settings are its options as JSON, with what can be imported from the tree's own
    folders as `first_party`, since isort can't look for it here."""
    import isort  # it takes a while to load; most trees need none

    config = config_of(style.isort_settings)
    if config is None:
        return None
    read = text.decode("utf-8", "surrogatepass")
    try:
        result = isort.code(read, "pyi" if style.is_stub else "py", config, disregard_skip=True)
    except Exception:  # a file that isn't to be sorted, or one that it can't read: it says so in many ways
        return None
    return result.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=64)
def config_of(settings: str) -> isort.Config | None:
    """None where isort refuses the options."""
    import json

    import isort

    options = json.loads(settings)
    own = options.pop("first_party")
    known = checked_config({**options, "default_section": ELSEWHERE})
    if known is None:
        return None
    own = [name for name in own if isort.place_module(name, known) == ELSEWHERE]
    return checked_config({**options, "known_first_party": [*options.get("known_first_party", ()), *own]})


def checked_config(options: Mapping[str, Any]) -> isort.Config | None:
    import isort
    from isort.exceptions import ISortError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return isort.Config(**{**options, "src_paths": (), "directory": "/", "quiet": True})
        except (ISortError, ValueError, TypeError):
            return None
