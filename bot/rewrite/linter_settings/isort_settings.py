"""What isort's configuration says of imports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.rewrite.linter_settings.setting_values import as_flag, as_names, as_number, importable_from
from codemods.edit.imports.import_style import FUTURE, SECTIONS, THIRD_PARTY, ImportStyle

Settings = Mapping[str, Any]
BLACK: Settings = {
    "multi_line_output": 3,
    "include_trailing_comma": True,
    "split_on_trailing_comma": True,
    "use_parentheses": True,
    "ensure_newline_before_comments": True,
    "line_length": 88,
}
PROFILES: Mapping[str, Settings] = {
    "black": BLACK,
    "django": {
        "combine_as_imports": True,
        "include_trailing_comma": True,
        "multi_line_output": 5,
        "line_length": 79,
    },
    "pycharm": {"multi_line_output": 3, "force_grid_wrap": 2, "lines_after_imports": 2},
    "google": {
        "force_single_line": True,
        "force_sort_within_sections": True,
        "lexicographical": True,
        "line_length": 1000,
        "single_line_exclusions": ("collections.abc", "six.moves", "typing", "typing_extensions"),
        "order_by_type": False,
        "group_by_package": True,
    },
    "open_stack": {"force_single_line": True, "force_sort_within_sections": True, "lexicographical": True},
    "plone": {
        **BLACK,
        "force_alphabetical_sort": True,
        "force_single_line": True,
    },
    "attrs": {
        "include_trailing_comma": True,
        "lines_after_imports": 2,
        "lines_between_types": 1,
        "multi_line_output": 3,
        "use_parentheses": True,
    },
    "hug": {
        **BLACK,
        "split_on_trailing_comma": False,
        "ensure_newline_before_comments": False,
        "line_length": 100,
    },
    "wemake": {
        "multi_line_output": 3,
        "include_trailing_comma": True,
        "use_parentheses": True,
        "line_length": 80,
    },
    "appnexus": {
        **BLACK,
        "force_sort_within_sections": True,
        "order_by_type": False,
        "reverse_relative": True,
        "sort_relative_in_force_sorted_sections": True,
        "sections": (FUTURE, "STDLIB", THIRD_PARTY, "FIRSTPARTY", "APPLICATION", "LOCALFOLDER"),
        "no_lines_before": "LOCALFOLDER",
    },
}
MODES = (
    "GRID",
    "VERTICAL",
    "HANGING_INDENT",
    "VERTICAL_HANGING_INDENT",
    "VERTICAL_GRID",
    "VERTICAL_GRID_GROUPED",
)


def isort_style(given: Settings, folder: str, paths: Collection[str]) -> ImportStyle:
    said = {key.replace("-", "_"): value for key, value in given.items()}
    settings = {**PROFILES.get(str(said.get("profile", "")), {}), **said}
    alphabetical = as_flag(settings.get("force_alphabetical_sort"))
    one_section = alphabetical or as_flag(settings.get("no_sections"))
    sections = as_names(settings.get("sections")) or SECTIONS
    return ImportStyle(
        sorter="" if any(key.startswith("import_footer_") for key in settings) else "isort",
        headings={
            key.removeprefix("import_heading_").upper(): str(value)
            for key, value in settings.items()
            if key.startswith("import_heading_")
        },
        line_length=as_number(settings.get("line_length"), 79),
        wrapping=wrapping(settings.get("multi_line_output")),
        parentheses=as_flag(settings.get("use_parentheses")),
        trailing_comma=as_flag(settings.get("include_trailing_comma")),
        comma_keeps_lines=as_flag(settings.get("split_on_trailing_comma")),
        wraps_from=as_number(settings.get("force_grid_wrap"), 0),
        single_lines=as_flag(settings.get("force_single_line")),
        single_line_exclusions=frozenset(as_names(settings.get("single_line_exclusions"))),
        combines_as=as_flag(settings.get("combine_as_imports")),
        mixes_kinds=as_flag(settings.get("force_sort_within_sections")),
        groups_packages=as_flag(settings.get("group_by_package")),
        lexicographical=as_flag(settings.get("lexicographical")),
        relative_by_dots=as_flag(settings.get("sort_relative_in_force_sorted_sections")),
        from_first=as_flag(settings.get("from_first"), alphabetical),
        order_by_type=as_flag(settings.get("order_by_type"), True) and not alphabetical,
        case_sensitive=as_flag(settings.get("case_sensitive")),
        by_length=as_flag(settings.get("length_sort")),
        straight_by_length=as_flag(settings.get("length_sort_straight")),
        to_top=frozenset(as_names(settings.get("force_to_top"))),
        closest_first=as_flag(settings.get("reverse_relative")),
        sections=(FUTURE,) if one_section else tuple(name.upper() for name in sections),
        default_section=str(settings.get("default_section", THIRD_PARTY)).upper(),
        known=known_modules(settings),
        first_party=importable_from(as_names(settings.get("src_paths")) or (".", "src"), folder, paths),
        no_lines_before=frozenset(name.upper() for name in as_names(settings.get("no_lines_before"))),
        lines_after_imports=as_number(settings.get("lines_after_imports"), -1),
        lines_between_types=as_number(settings.get("lines_between_types"), int(alphabetical)),
        lines_between_sections=as_number(settings.get("lines_between_sections"), 1),
        line_before_comments=as_flag(settings.get("ensure_newline_before_comments")),
        constants=frozenset(as_names(settings.get("constants"))),
        classes=frozenset(as_names(settings.get("classes"))),
        variables=frozenset(as_names(settings.get("variables"))),
    )


def wrapping(value: Any) -> int:
    text = str(value).strip().upper()
    return MODES.index(text) if text in MODES else as_number(value, 0)


def known_modules(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for key, value in settings.items():
        if key.startswith(("known_", "extra_")):
            section = key.partition("_")[2].upper()
            section = {"STANDARD_LIBRARY": "STDLIB", "THIRD_PARTY": "THIRDPARTY"}.get(section, section)
            section = {"FIRST_PARTY": "FIRSTPARTY", "LOCAL_FOLDER": "LOCALFOLDER"}.get(section, section)
            known[section] = (*known.get(section, ()), *as_names(value))
    return known
