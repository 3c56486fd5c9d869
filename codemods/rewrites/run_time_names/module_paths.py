"""A deprecated module's file by its path, and commands that run the module, in strings. They need manual work."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import StringLiteral
from codemods.model.rules import Replacement

CONTEXTS = ("plain", "argument", "part", "code", "item", "code part")


def decide(file: FileRewrite) -> None:
    rules = [rule for rule in file.links.rules.replace if rule.old.name is None]
    covered = {site.line for site in file.sites} if rules else set()
    for text in file.facts.strings if rules else ():
        if text.context in CONTEXTS and text.line not in covered:
            for rule in rules:
                note = note_of(file, text, rule)
                if note:
                    file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)


def note_of(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    module = rule.old.module
    if re.search(rf"(?:^|\s)-m\s+{re.escape(module)}(?![\w.])", text.value):
        return f"a command in a string runs {module}"
    if names_file(file, text, module):
        return f"it is the path of {module}'s file"
    if names_folder_of(file, text, module):
        return f"it is the path of {module}'s folder, or of something in it"
    return ""


def names_file(file: FileRewrite, text: StringLiteral, module: str) -> bool:
    """`"app/tools/old.py"`, `join("app", "tools", "old.py")`, `APP / "tools" / "old.py"`."""
    path = re.sub(r"[\\/]+", "/", text.value)
    folder, _, name = module.replace(".", "/").rpartition("/")
    if not folder or not re.fullmatch(rf"(?:.*/)?{re.escape(name)}(?:\.pyi?|/__init__\.pyi?)", path):
        return False
    start = path.rfind("/", 0, path.rindex(name))
    before = path[:start] if start >= 0 else ""
    if f"/{before}".endswith(f"/{folder}"):
        return True
    return f"/{folder}".endswith(f"/{before}".rstrip("/")) and holds_folder(file, folder, before)


def names_folder_of(file: FileRewrite, text: StringLiteral, module: str) -> bool:
    """`"app/old/data.txt"`, `join("app", "old", "data.txt")`, for a package."""
    modules = file.links.modules
    if not any(modules.is_package(path) for path in modules.paths_by_name.get(module, ())):
        return False
    path, folder = re.sub(r"[\\/]+", "/", text.value), module.replace(".", "/")
    if re.search(rf"(?:^|/){re.escape(folder)}(?:/|$)", path) and "/" in folder:
        return True
    above, _, name = folder.rpartition("/")
    before = rb"[\"']" + re.escape(above.rpartition("/")[2].encode()) + rb"/?[\"']\s*[,/]\s*\Z"
    near = file.source.text[max(0, text.start - len(above) - 40) : text.start]
    return bool(above) and path.partition("/")[0] == name and re.search(before, near) is not None


def holds_folder(file: FileRewrite, folder: str, before: str) -> bool:
    """Whether other strings of the file name the folder, or its last part that the path leaves out."""
    missing = folder.removesuffix(before).strip("/")
    wanted = {missing, missing.rpartition("/")[2], missing.replace("/", ".")}
    named = rf"""["'](?:[^"'\s]*/)?(?:{"|".join(map(re.escape, sorted(wanted)))})/?["']"""
    return re.search(named.encode(), file.source.text) is not None


RULE = ("a.b=a.n",)
EXAMPLES = (
    Example("a file of another folder", 'open("c/b.py")\nopen(join("c", "b.py"))\n', replace=RULE),
    Example("the file of a symbol's module, which stays", 'open("a/b.py")\n', replace=("a.b:Old=a.n:New",)),
    Example("another module's command", 'run("python -m a.b.c")\n', replace=RULE),
    Example(
        "the path of its file", 'open("src/a/b.py")\n', replace=RULE, note="it is the path of a.b's file"
    ),
    Example(
        "a path that is put together",
        'open(ROOT / "a" / "b.py")\n',
        replace=RULE,
        note="it is the path of a.b's file",
    ),
    Example(
        "a file among a package's resources",
        'files("a").joinpath("b.py").read_text()\n',
        replace=RULE,
        note="it is the path of a.b's file",
    ),
    *(
        Example(
            f"the folder of a package: `{line}`",
            f"{line}\n",
            replace=RULE,
            other_files={"a/b/__init__.py": "", "a/n/__init__.py": ""},
            note="it is the path of a.b's folder",
        )
        for line in (
            'open(join(HERE, "a", "b", "x.txt"))',
            'open("a/b/x.txt")',
            '(HERE / "a" / "b/x.txt").open()',
        )
    ),
    Example(
        "the folder of another package",
        'open(join("c", "b", "x.txt"))\nopen("c/a/bb/x.txt")\nf("a", x, "b")\n',
        replace=RULE,
        other_files={"a/b/__init__.py": "", "a/n/__init__.py": ""},
    ),
    Example(
        "a command that runs it",
        'run("python -m a.b --all", shell=True)\n',
        replace=RULE,
        note="a command in a string runs a.b",
    ),
)
