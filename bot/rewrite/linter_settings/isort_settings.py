"""What isort's configuration says of imports."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, fields
from posixpath import normpath
from typing import Any

from bot.rewrite.linter_settings.setting_values import as_flag, as_names, as_number, importable_from
from codemods.edit.imports.import_style import ImportStyle

Settings = Mapping[str, Any]
NOT_FOR_TEXTS = {
    "directory",
    "src_paths",
    "virtual_env",
    "conda_env",
    "sources",
    "git_ls_files",
    "skip",
    "extend_skip",
    "skip_glob",
    "extend_skip_glob",
    "skip_gitignore",
    "filter_files",
    "follow_links",
    "formatter",
    "formatting_function",
    "sort_order",
    "add_imports",
    "remove_imports",
    "append_only",
    "force_adds",
    "line_ending",
    "import_headings",
    "import_footers",
    "known_other",
    "verbose",
    "quiet",
    "color_output",
    "format_error",
    "format_success",
    "supported_extensions",
    "blocked_extensions",
    "py_version",
}
"""Which files it takes, where it looks, what it prints, which plugins it loads, and which imports it adds."""
COMMENTS = ("import_heading_", "import_footer_")


def isort_style(given: Settings, folder: str, paths: Collection[str]) -> ImportStyle:
    """isort reads its options where files are rewritten: it matches patterns that the repository chose."""
    import json  # these take a while to load; most trees need none

    from isort.profiles import profiles

    said = {key.replace("-", "_"): value for key, value in given.items()}
    options = dict(options_of(said))
    sources = as_names(said.get("src_paths")) or (".", "src")
    own = importable_from(sources, folder, paths) | folders_named(sources, folder, paths)
    known = {**profiles.get(str(options.get("profile")), {}), **options}
    return ImportStyle(
        sorter="isort",
        isort_settings=json.dumps({**options, "first_party": sorted(own)}, sort_keys=True),
        line_length=as_number(known.get("line_length"), 79),
        lines_after_imports=as_number(known.get("lines_after_imports"), -1),
        headings={key: str(one) for key, one in options.items() if key.startswith(COMMENTS)},
    )


def folders_named(sources: Collection[str], folder: str, paths: Collection[str]) -> frozenset[str]:
    """Such a folder is first party by its own name as well: `from tests.pkgs import …`, where `tests` is one."""
    own = {normpath("/".join(filter(None, (folder, one.strip("/"))))) for one in sources}
    there = {one for one in own if any(path.startswith(f"{one}/") for path in paths)}
    return frozenset(one.rpartition("/")[2] for one in there)


def options_of(said: Settings) -> Iterator[tuple[str, Any]]:
    """As isort's own types; what it doesn't know is left out."""
    import isort
    from isort.wrap_modes import WrapModes

    defaults = {one.name: one.default if one.default is not MISSING else () for one in fields(isort.Config)}
    for key, value in said.items():
        default = defaults.get(key)
        if key.startswith((*COMMENTS, "known_")) and key not in NOT_FOR_TEXTS:
            yield key, as_names(value) if key.startswith("known_") else str(value)
        elif key in NOT_FOR_TEXTS or default is None:
            continue
        elif isinstance(default, WrapModes):
            name = str(value).strip().upper()
            yield key, WrapModes[name].value if name in WrapModes.__members__ else as_number(value, 0)
        elif isinstance(default, bool):
            yield key, as_flag(value)
        elif isinstance(default, int):
            yield key, as_number(value, 2 * as_flag(value))
        elif isinstance(default, tuple | frozenset):
            yield key, as_names(value)
        elif isinstance(default, str):
            yield key, str(value)
