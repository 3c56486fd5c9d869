"""A question for a class that the old one is built on and the new one isn't: in a file that uses the old one, the change
is refused, and in others it is listed."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.read.class_questions import ASKING, class_questions
from codemods.read.name_walk import last_name


def decide(file: FileRewrite) -> None:
    if file.links.rules.settle:
        return
    for number, bases in file.links.lost_bases.items():
        rule = file.links.rules.replace[number]
        uses = any(site.symbol == str(rule.old) and site.safe for site in file.sites)
        file.compared_interfaces |= uses
        names = {name for _, name in bases}
        for question in class_questions(file.source.tree) if uses and ASKING.search(file.source.text) else ():
            if (name := last_name(question.node)) in names and rule.new.name not in question.beside:
                file.interface_misfits.append(f"line {question.node.lineno}: {note_of(file, number, name)}")
    refused = {int(one.removeprefix("line ").partition(":")[0]) for one in file.interface_misfits}
    for asked in file.links.asked_bases.get(file.path, ()):
        if asked.line not in refused:
            note = f"{note_of(file, asked.rule_number, asked.name)}; ask for that as well"
            old = str(file.links.rules.replace[asked.rule_number].old)
            file.add_site(asked.line, asked.column, "dynamic", old, False, note)


def note_of(file: FileRewrite, number: int, name: str) -> str:
    rule = file.links.rules.replace[number]
    return f"{name} may be asked of an object of {rule.old.dotted}, and {rule.new.dotted} isn't built on it"


ERRORS = {
    "m.py": "class Base(Exception): ...\n\nclass Old(Base): ...\n",
    "n.py": "class New(Exception): ...\n",
}
EXAMPLES = (
    *(
        Example(f"something else is asked for: {title}", before, other_files=ERRORS)
        for title, before in (
            ("what isn't lost", "try:\n    f()\nexcept Exception:\n    pass\n"),
            ("a class of that name", "from o import Base\n\nisinstance(x, Base)\n"),
            ("the new one as well", "from m import Base\nfrom n import New\n\nisinstance(x, (Base, New))\n"),
            ("nothing", "from m import Base\n\nprint(Base), isinstance(Base, x)\n"),
        )
    ),
    Example(
        "an error that is built in, where nothing brings the old class",
        "import other\n\ntry:\n    other.f()\nexcept ValueError:\n    pass\n",
        other_files={"m.py": "class Old(ValueError): ...\n", "n.py": "class New(KeyError): ...\n"},
    ),
    Example(
        "an error that is built in, where another module brings the old class",
        "import other\n\ntry:\n    other.f()\nexcept ValueError:\n    pass\n",
        other_files={
            "m.py": "class Old(ValueError): ...\n",
            "n.py": "class New(KeyError): ...\n",
            "other.py": "from m import Old\n\n\ndef f():\n    raise Old\n",
        },
        note="ValueError may be asked of an object of m.Old, and n.New isn't built on it; ask for that as well",
    ),
    *(
        Example(
            f"a file without the old class asks for it: `{asked.splitlines()[-1].strip()}`",
            f"import q\nfrom m import Base\n\n{asked}\n",
            other_files=ERRORS,
            note="Base may be asked of an object of m.Old, and n.New isn't built on it; ask for that as well",
        )
        for asked in (
            "isinstance(x, q.y) or issubclass(x, (Base, int))",
            "isinstance(x, Base | int)",
            "try:\n    f()\nexcept (KeyError, Base): pass",
            "match x:\n    case Base(): pass",
            "@f.register\ndef g(x: Base): pass",
            "@f.register(Base)\ndef g(x): pass",
            "with pytest.raises(Base): pass",
        )
    ),
    Example(
        "by another name",
        "import p as q\n\nisinstance(x, q.Base)\n",
        other_files={**ERRORS, "p.py": "from m import Base\n"},
        note="Base may be asked of an object of m.Old",
    ),
    Example(
        "both are built on it",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        "from m import Base\nfrom n import New as Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        other_files={**ERRORS, "n.py": "from m import Base\n\nclass New(Base): ...\n"},
    ),
    Example(
        "the base moves with it",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        "from n import Root as Base, New as Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        replace=("m:Old=n:New", "m:Base=n:Root"),
        other_files={**ERRORS, "n.py": "class Root(Exception): ...\n\nclass New(Root): ...\n"},
    ),
    Example(
        "its whole module moves",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        "from n import Base\nfrom o import New as Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        replace=("m:Old=o:New", "m=n"),
        other_files={
            **ERRORS,
            "n.py": "class Base(Exception): ...\n",
            "o.py": "from n import Base\n\nclass New(Base): ...\n",
        },
    ),
    Example(
        "what is built in, and both are built on it",
        "from m import Old\n\ntry:\n    raise Old\nexcept Exception:\n    pass\n",
        "from n import New as Old\n\ntry:\n    raise Old\nexcept Exception:\n    pass\n",
        other_files=ERRORS,
    ),
    Example(
        "the new class is built on something of another package, which may be built on it",
        "from m import Base, Old\n\nisinstance(Old(), Base)\n",
        "from m import Base\nfrom n import New as Old\n\nisinstance(Old(), Base)\n",
        other_files={**ERRORS, "n.py": "from other import Outer\n\nclass New(Outer): ...\n"},
    ),
    Example(
        "an error that is no longer caught",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept (OSError, Base):\n    pass\n",
        other_files=ERRORS,
        proof_failure="line 5: Base may be asked of an object of m.Old, and n.New isn't built on it",
    ),
    Example(
        "a class of the old module of which the new one has its own",
        "import m\n\nassert isinstance(m.Old(), m.Base)\n",
        other_files={
            "m.py": "class Base: ...\n\nclass Old(Base): ...\n",
            "n.py": "class Base: ...\n\nclass New(Base): ...\n",
        },
        proof_failure="n.New isn't built on it",
    ),
    Example(
        "an error that is built in",
        "from m import Old\n\nwith suppress(ValueError):\n    raise Old\n",
        other_files={"m.py": "class Old(ValueError): ...\n", "n.py": "class New(KeyError): ...\n"},
        proof_failure="ValueError may be asked of",
    ),
)
