"""Names that are made of a class's own, by which something finds it: `def visit_Old`, `HANDLERS["old"]`. They are listed
where they stand, in any file."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example


def decide(file: FileRewrite) -> None:
    listed = {(site.line, site.column) for site in file.sites}
    for one in file.links.named_elsewhere.get(file.path, ()):
        if (one.line, one.column) in listed:
            continue
        rule = file.links.rules.replace[one.rule_number]
        what = f"a key of {one.table}" if one.table else "a name"
        note = f"{one.name} is {what} that is made of the name of {rule.old.dotted}, which becomes {rule.new.name}"
        file.add_site(one.line, one.column, "dynamic", str(rule.old), False, note)


VISITOR = "def visit(self, node):\n    return getattr(self, {0})(node)\n"
TABLE = "def look(x):\n    return HANDLERS[{0}](x)\n"


def listed(title: str, before: str, other: str, note: str = "made of the name of m.Old") -> Example:
    return Example(title, before, other_files={"q.py": other}, note=note)


EXAMPLES = (
    *(
        listed(f"nothing is found by it: {title}", before, other, "")
        for title, before, other in (
            ("no such name is made", "def visit_Old(): ...\n", 'getattr(x, "visit_" + name)\n'),
            ("a message", "class OldError: ...\n", 'f"{type(x).__name__}Error"\n'),
            ("a new class", "class OldTable: ...\n", 'type(f"{x.__name__}Table", (), {})\ngetattr(x, y)\n'),
            ("the same as before", "HANDLERS = {'other': 1}\n", TABLE.format("type(x).__name__.lower()")),
            ("another table", "OTHERS = {'old': 1}\n", TABLE.format("type(x).__name__.lower()")),
            ("a longer name", "def visit_Older(): ...\n", VISITOR.format('"visit_" + type(node).__name__')),
        )
    ),
    *(
        listed(
            f"a method of a visitor: `{made}`",
            "class A:\n    def visit_Old(self): ...\n",
            VISITOR.format(made),
        )
        for made in (
            '"visit_" + type(node).__name__',
            'f"visit_{node.__class__.__name__}"',
            '"visit_%s" % type(node).__name__',
            '"visit_{}".format(type(node).__name__)',
        )
    ),
    listed(
        "a method, with the name in small letters",
        "class A:\n    def handle_old(self): ...\n",
        VISITOR.format('f"handle_{type(node).__name__.lower()}"'),
        "handle_old is a name that is made of the name of m.Old, which becomes New",
    ),
    listed(
        "another class that is found by it",
        "class OldHandler: ...\n",
        'globals()[cls.__name__ + "Handler"]\n',
    ),
    *(
        listed(
            f"a key of a table: `{before}`",
            f"from q import HANDLERS\n\n{before}\n",
            TABLE.format(made),
            "a key of HANDLERS",
        )
        for before, made in (
            ('HANDLERS["Old"]', "type(x).__name__"),
            ('HANDLERS = {"Old": 1}', "type(x).__name__"),
            ('HANDLERS.get("old")', "x.__class__.__name__.lower()"),
            ('"old" in HANDLERS', "cls.__name__.casefold()"),
            ('HANDLERS["OLD"]', "type(x).__name__.upper()"),
        )
    ),
    *(
        Example(
            f"a key that is made of several words: `{made}`",
            f"from q import REGISTER\n\nREGISTER[{key!r}]\n",
            replace=("m:OldHandler=n:NewHandler",),
            other_files={
                "m.py": "class OldHandler: ...\n",
                "n.py": "class NewHandler: ...\n",
                "q.py": f"REGISTER[{made}] = cls\n",
            },
            note="a key of REGISTER",
        )
        for key, made in (
            ("old", 'cls.__name__.removesuffix("Handler").lower()'),
            ("old_handler", 're.sub("(?<!^)(?=[A-Z])", "_", cls.__name__).lower()'),
            ("old-handler", "kebab(cls.__name__)"),
        )
    ),
)
