"""What ruff's configuration says of imports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from bot.rewrite.linter_settings.setting_values import as_flag, as_names, as_number, importable_from
from codemods.edit.imports.import_style import (
    FIRST_PARTY,
    FUTURE,
    LOCAL_FOLDER,
    SECTIONS,
    STDLIB,
    THIRD_PARTY,
    ImportStyle,
)

Settings = Mapping[str, Any]
SECTION_NAMES = {
    "future": FUTURE,
    "standard-library": STDLIB,
    "third-party": THIRD_PARTY,
    "first-party": FIRST_PARTY,
    "local-folder": LOCAL_FOLDER,
}
KNOWN = {
    "known-first-party": FIRST_PARTY,
    "known-third-party": THIRD_PARTY,
    "known-local-folder": LOCAL_FOLDER,
    "extra-standard-library": STDLIB,
}


def ruff_style(ruff: Settings, pyproject: Settings, folder: str, paths: Collection[str]) -> ImportStyle:
    lint = {**ruff, **ruff.get("lint", {})}
    rules = ImportStyle(
        line_length=as_number(ruff.get("line-length"), 88),
        lowercase_variables=is_selected(lint, "N806"),
        imports_alone_in_packages=is_selected(lint, "RUF067"),
    )
    if not is_selected(lint, "I001"):
        return rules
    isort = lint.get("isort", {})
    sections = [SECTION_NAMES.get(name, name) for name in as_names(isort.get("section-order"))] or [*SECTIONS]
    known = {section: as_names(isort.get(key)) for key, section in KNOWN.items()}
    known.update({name: as_names(modules) for name, modules in isort.get("sections", {}).items()})
    default = isort.get("default-section", "third-party")
    headings = isort.get("import-heading", {})
    return replace(
        rules,
        sorter="ruff",
        comma_keeps_lines=as_flag(isort.get("split-on-trailing-comma"), True),
        wraps_aliases=as_flag(isort.get("force-wrap-aliases")),
        single_lines=as_flag(isort.get("force-single-line")),
        single_line_exclusions=frozenset(as_names(isort.get("single-line-exclusions"))),
        combines_as=as_flag(isort.get("combine-as-imports")),
        mixes_kinds=as_flag(isort.get("force-sort-within-sections")),
        from_first=as_flag(isort.get("from-first")),
        order_by_type=as_flag(isort.get("order-by-type"), True),
        case_sensitive=as_flag(isort.get("case-sensitive")),
        by_length=as_flag(isort.get("length-sort")),
        straight_by_length=as_flag(isort.get("length-sort-straight")),
        to_top=frozenset(as_names(isort.get("force-to-top"))),
        closest_first=isort.get("relative-imports-order") == "closest-to-furthest",
        sections=tuple([FUTURE] if as_flag(isort.get("no-sections")) else sections),
        separate=as_names(isort.get("forced-separate")),
        default_section=SECTION_NAMES.get(default, default),
        known=known,
        headings={SECTION_NAMES.get(name, name): str(text) for name, text in headings.items()},
        first_party=importable_from(as_names(ruff.get("src", [".", "src"])), folder, paths),
        no_lines_before=frozenset(
            SECTION_NAMES.get(one, one) for one in as_names(isort.get("no-lines-before"))
        ),
        lines_after_imports=as_number(isort.get("lines-after-imports"), -1),
        lines_between_types=as_number(isort.get("lines-between-types"), 0),
        constants=frozenset(as_names(isort.get("constants"))),
        classes=frozenset(as_names(isort.get("classes"))),
        variables=frozenset(as_names(isort.get("variables"))),
    )


CHOSEN = ("extend-select", "ignore", "extend-ignore")


def extend_ruff(own: Settings, extended: Settings) -> Settings:
    """What a configuration says, and for the rest the one that it extends. Rules add up, unless it selects its own."""
    if not extended:
        return own
    lint, below = ({**one, **one.get("lint", {})} for one in (own, extended))
    rules = (
        {}
        if "select" in lint
        else {key: (*as_names(below.get(key)), *as_names(lint.get(key))) for key in CHOSEN}
    )
    isort = {**below.get("isort", {}), **lint.get("isort", {})}
    return {**extended, **own, "lint": {**below, **lint, **rules, "isort": isort}}


def is_selected(lint: Settings, code: str) -> bool:
    """The longest prefix of the code decides, and of the same one what is ignored."""
    chosen = (*as_names(lint.get("select")), *as_names(lint.get("extend-select")))
    ignored = (*as_names(lint.get("ignore")), *as_names(lint.get("extend-ignore")))
    wanted, unwanted = (
        max(
            (0 if one == "ALL" else len(one) for one in codes if one == "ALL" or code.startswith(one)),
            default=-1,
        )
        for codes in (chosen, ignored)
    )
    return wanted > unwanted
