"""`x._Old__value`: the name of the class is part of the name of a private attribute. It needs manual work."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example


def decide(file: FileRewrite) -> None:
    for rule in file.links.rules.replace:
        old, new = (rule.old.name or "").lstrip("_"), (rule.new.name or "").lstrip("_")
        if not old or old == new or rule.old.module in file.module_names:
            continue
        for one in file.facts.loose_attributes:
            if one.name.startswith(f"_{old}__"):
                note = f"a private name of {rule.old.dotted}; in {rule.new.dotted} it begins with _{new}__"
                file.add_site(one.line, one.column, "dynamic", str(rule.old), False, note)


EXAMPLES = (
    Example("a private name of another class", "x._Older__value, x._Old_value, x.Old__value\n"),
    Example("a name with two underscores at its end is not private", "x._Old__init__\n"),
    Example("the new class has the same name", "x._Old__value\n", replace=("m:Old=n:Old",)),
    Example("as an attribute", "x._Old__value\n", note="in n.New it begins with _New__"),
    Example(
        "in a string, of a class that begins with an underscore",
        'monkeypatch.setattr(x, "_Old__value", 1)\n',
        replace=("m:_Old=n:_New",),
        note="in n._New it begins with _New__",
    ),
)
