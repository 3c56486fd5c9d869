"""How a repository's own configuration wants imports written: ruff's, isort's, black's and flake8's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from functools import cached_property
from posixpath import normpath, relpath
from typing import Any

from bot.rewrite.linter_settings.code_length import (
    aligns_continuations,
    formatter_length,
    linter_length,
    pylint_length,
)
from bot.rewrite.linter_settings.found_imports import allowed_in
from bot.rewrite.linter_settings.isort_settings import isort_style
from bot.rewrite.linter_settings.ruff_settings import extend_ruff, ruff_style
from codemods.edit.imports.import_style import NO_STYLE, ImportStyle
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.model.tree import Entry, Tree, read_content

RUFF_FILES = (".ruff.toml", "ruff.toml")
INI_FILES = ("setup.cfg", "tox.ini")
PYLINT_FILES = ("pylintrc", ".pylintrc")
FILES = (
    *PYLINT_FILES,
    *RUFF_FILES,
    "pyproject.toml",
    ".isort.cfg",
    *INI_FILES,
    ".flake8",
    ".editorconfig",
    ".pre-commit-config.yaml",
)
Settings = Mapping[str, Any]
LARGEST, LARGEST_YAML = 256 * 1024, 64 * 1024
"""Bytes of a configuration that is read: these are parsed in the bot's own process."""
DEEPEST = 5
"""Configurations that extend one another."""
MOST_DOTS = 500
"""In a line of TOML: the time for a dotted key grows with the square of its parts."""


@record
class ImportStyles:
    """The style of each folder that has a configuration of its own; it holds for the folders below as well."""

    by_folder: Mapping[str, ImportStyle]

    def of(self, path: str) -> ImportStyle:
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self.by_folder:
                return self.by_folder[folder]
        return NO_STYLE


NO_STYLES = ImportStyles({})


def read_import_styles(tree: Tree, entries: Mapping[str, Entry], paths: Iterable[str]) -> ImportStyles:
    """Of the folders in which these files lie, and of those above."""
    folders = {""}
    for path in paths:
        while path:
            path = path.rpartition("/")[0]
            folders.add(path)
    styles: dict[str, ImportStyle] = {}
    for folder in sorted(folders):
        found = {name: join(folder, name) for name in FILES if join(folder, name) in entries}
        if not found:
            continue
        texts = {
            name: content.decode("utf-8", "replace")
            for name, path in found.items()
            if len(content := read_content(tree, entries[path])) <= LARGEST
        }
        above = ImportStyles(styles).of(folder)
        style = _style_or_none(tree, entries, FolderSettings(folder, texts), above)
        if style is not None:
            styles[folder] = style
    return ImportStyles(styles)


def _style_or_none(
    tree: Tree, entries: Mapping[str, Entry], settings: FolderSettings, above: ImportStyle
) -> ImportStyle | None:
    """`above`: of the folder around it, whose sorter goes on where this one has none."""
    try:
        extended = extended_ruff(tree, entries, settings.folder, settings.own_ruff)
        style = replace(settings, extended=extended).style(entries.keys())
        if style is None or not above.sorter or settings.own_ruff is not None or settings.isort is not None:
            return style
        return replace(
            above,
            code_length=style.code_length,
            aligns_continuations=style.aligns_continuations,
            is_formatted=style.is_formatted,
            allowed_in=style.allowed_in,
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None  # values of another type than any tool takes, or nested as deep as none would read


def extended_ruff(
    tree: Tree, entries: Mapping[str, Entry], folder: str, ruff: Settings | None, depth: int = 0
) -> Settings:
    """What ruff's configuration of a folder takes from another file."""
    path = normpath(join(folder, str((ruff or {}).get("extend", "."))))
    if path not in entries or depth == DEEPEST:
        return {}
    content = read_content(tree, entries[path])
    text = content.decode("utf-8", "replace") if len(content) <= LARGEST else ""
    there, _, name = path.rpartition("/")
    table = FolderSettings(there, {name if name == "pyproject.toml" else RUFF_FILES[0]: text}).own_ruff
    found = extend_ruff(table or {}, extended_ruff(tree, entries, there, table, depth + 1))
    back = relpath(there or ".", folder or ".")
    return {**found, "src": [f"{back}/{one}" for one in found["src"]]} if "src" in found else found


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


@record
class FolderSettings:
    folder: str
    texts: Mapping[str, str]
    """What the configuration files say, by name."""
    extended: Settings = field(default_factory=dict)
    """What ruff's configuration extends."""

    def style(self, paths: Collection[str]) -> ImportStyle | None:
        """None if nothing here is about imports or the length of lines."""
        style = self.import_style(paths)
        length, aligns = (
            self.code_length,
            not self.formatter_length and aligns_continuations(self.pycodestyle),
        )
        allowed = allowed_in(self.ruff, self.flake8)
        if not length and not aligns and not allowed:
            return style
        style = style or ImportStyle(line_length=self.line_length or length)
        return replace(
            style,
            code_length=length,
            aligns_continuations=aligns,
            is_formatted=self.formatter_length > 0,
            allowed_in=allowed,
        )

    def import_style(self, paths: Collection[str]) -> ImportStyle | None:
        ruff, isort = self.ruff, self.isort
        style = None if ruff is None else ruff_style(ruff, self.pyproject, self.folder, paths)
        if style is not None and (style.sorter or isort is None):
            return style
        if isort is not None:
            return isort_style(isort, self.folder, paths)
        length = self.line_length
        return ImportStyle(line_length=length) if length else None

    @cached_property
    def pyproject(self) -> Settings:
        return toml_table(self.texts.get("pyproject.toml", ""))

    @property
    def ruff(self) -> Settings | None:
        own = self.own_ruff
        return own if own is None else extend_ruff(own, self.extended)

    @property
    def own_ruff(self) -> Settings | None:
        for name in RUFF_FILES:
            if name in self.texts:
                return toml_table(self.texts[name])
        found = self.pyproject.get("tool", {}).get("ruff")
        return found if isinstance(found, dict) else None

    @property
    def isort(self) -> Settings | None:
        """As isort looks: the first file that says anything of it counts."""
        tool = self.pyproject.get("tool", {}).get("isort")
        for found in (
            ini_section(self.texts.get(".isort.cfg", ""), "settings", "isort"),
            tool if isinstance(tool, dict) else None,
            *(ini_section(self.texts.get(name, ""), "isort", "tool:isort") for name in INI_FILES),
            self.isort_hook,
        ):
            if found is not None:
                return found
        return None

    @cached_property
    def hooks(self) -> Mapping[str, Settings]:
        """The options of each pre-commit hook, by its id."""
        found = pre_commit_hooks(self.texts.get(".pre-commit-config.yaml", ""))
        return {str(hook.get("id")): dict(options_in(hook.get("args") or [])) for hook in found}

    @property
    def isort_hook(self) -> Settings | None:
        """isort as a pre-commit hook, without a configuration of its own."""
        return {**self.editor_config, **self.hooks["isort"]} if "isort" in self.hooks else None

    @property
    def editor_config(self) -> Settings:
        text = "[root]\n" + self.texts.get(".editorconfig", "")
        said = [ini_section(text, name) or {} for name in ("*.py", "**.py", "*.{py}", "*")]
        longest = next((one["max_line_length"] for one in said if "max_line_length" in one), "")
        return {"line_length": longest} if str(longest).isdecimal() else {}

    @property
    def line_length(self) -> int:
        """That of the formatter, or of the linter; 0 if nobody asks for one."""
        tools = self.pyproject.get("tool", {})
        if self.ruff is not None:
            return int(self.ruff.get("line-length", 88))
        if "black" in tools:
            return int(tools["black"].get("line-length", tools["black"].get("line_length", 88)))
        if self.flake8 is not None:
            longest = str(self.flake8.get("max-line-length", self.flake8.get("max_line_length", 79)))
            return int(longest) if longest.isdecimal() else 79
        return 0

    @property
    def flake8(self) -> Settings | None:
        texts = (self.texts.get(name, "") for name in (".flake8", *INI_FILES))
        return next((found for text in texts if (found := ini_section(text, "flake8")) is not None), None)

    @property
    def code_length(self) -> int:
        """Of the longest line of code that its formatter or linter allows; 0 if none looks at it."""
        linters = (linter_length(self.ruff, self.pycodestyle), pylint_length(self.pylint))
        return self.formatter_length or min(filter(None, linters), default=0)

    @property
    def pylint(self) -> Settings | None:
        """What all of its sections say, from the first file that has any."""
        tables = self.pyproject.get("tool", {}).get("pylint")
        found = [ini_sections(self.texts.get(name, "")) for name in PYLINT_FILES]
        found.append(
            {f"pylint.{key}": one for key, one in tables.items()} if isinstance(tables, dict) else {}
        )
        found += [ini_sections(self.texts.get(name, "")) for name in INI_FILES]
        for number, sections in enumerate(found):
            own = number < len(PYLINT_FILES)
            named = [one for name, one in sections.items() if own or name.lower().startswith("pylint")]
            if named:
                return {
                    key.replace("_", "-"): value
                    for one in named
                    for key, value in (one.items() if isinstance(one, Mapping) else ())
                }
        return None

    @property
    def formatter_length(self) -> int:
        black = self.pyproject.get("tool", {}).get("black")
        return formatter_length(self.ruff, black if isinstance(black, dict) else None, self.hooks)

    @property
    def pycodestyle(self) -> Settings | None:
        """What flake8 or pycodestyle itself is told of it."""
        if self.flake8 is not None:
            return self.flake8
        texts = (self.texts.get(name, "") for name in INI_FILES)
        sections = (ini_section(text, "pycodestyle", "pep8") for text in texts)
        return next((found for found in sections if found is not None), None)


def toml_table(text: str) -> Settings:
    import tomllib  # it takes a while to load; a tree without such files needs none

    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


_SPACES_INSIDE = lazy_pattern(r"(?<=\S)[^\S\n]+")
"""For each of these, configparser's own expression looks at the rest of them."""


def ini_section(text: str, *names: str) -> Settings | None:
    sections = ini_sections(text)
    return next((dict(sections[name]) for name in names if name in sections), None)


def ini_sections(text: str) -> Mapping[str, Settings]:
    """By name; none where the text can't be read."""
    if not text.lstrip().startswith("[") and "\n[" not in text:
        return {}
    import configparser  # it takes a while to load, and is seldom needed

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(_SPACES_INSIDE.sub(" ", text))
    except configparser.Error:
        return {}
    return {name: dict(section) for name, section in parser.items() if name != "DEFAULT"}


def pre_commit_hooks(text: str) -> list[dict[str, Any]]:
    if not text or len(text) > LARGEST_YAML:
        return []
    import yaml  # takes a while to load, and is seldom needed

    try:
        if "*" in text and any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, yaml.SafeLoader)):
            return []  # what names itself again and again is small here, and without end once it is written out
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    repos = read.get("repos") if isinstance(read, dict) else None
    hooks = [hook for repo in repos or [] if isinstance(repo, dict) for hook in repo.get("hooks") or []]
    return [hook for hook in hooks if isinstance(hook, dict)]


def options_in(arguments: Iterable[object]) -> Iterable[tuple[str, str]]:
    """`--profile black`, `--line-length=100`."""
    words = [piece for argument in arguments for piece in str(argument).split("=", 1)]
    for number, word in enumerate(words):
        if word.startswith("-"):
            value = words[number + 1] if number + 1 < len(words) and words[number + 1][:1] != "-" else "true"
            yield word.lstrip("-").replace("-", "_"), value
