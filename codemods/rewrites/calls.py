"""How a call of the old symbol becomes a call of the new one: the callee, and the names of its arguments."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite, ReplacedCall
from codemods.model.example import Example
from codemods.model.rules import CallChange


def decide(file: FileRewrite) -> None:
    for called in file.replaced_calls:
        rule = file.links.rule_of(called.match)
        check_arguments(file, called, dict(rule.calls.arguments) if rule.calls else {})
        if rule.calls is None or called.mention.call is None:
            continue
        adapt_call(file, called, rule.calls.to, dict(rule.calls.arguments))


def check_arguments(file: FileRewrite, replaced_call: ReplacedCall, names: dict[str, str]) -> None:
    """Whether the arguments fit the new symbol; a call that was wrong before stays as it is."""
    old, new = file.links.signatures.get(replaced_call.match.rule_number, (None, None))
    call = replaced_call.mention.call
    if new is None or call is None:
        return
    trouble = new.misfit(call, names)
    if trouble and (old is None or not old.misfit(call, {})):
        file.misfits.append(f"line {replaced_call.mention.line}: {trouble}")
    file.fitting_calls += not trouble


def adapt_call(file: FileRewrite, replaced_call: ReplacedCall, to: str, arguments: dict[str, str]) -> None:
    mention, call = replaced_call.mention, replaced_call.mention.call
    method = to.partition(".")[2]
    if call is None:
        return
    file.add_site_at(mention, "call", replaced_call.match)
    if method:
        file.extend(mention.start, file.chain_end(mention, replaced_call.depth), f".{method}")
    for argument in call.arguments:
        if argument.keyword in arguments:
            file.replace(argument.start, argument.keyword_end, arguments[argument.keyword])


LEGACY = CallChange("New.create_from_legacy", {"websocket_bridge": "websocket_emitter"})
TAKES = {
    "m.py": "class Old:\n    def __init__(self, a): ...\n",
    "n.py": "class New:\n    def __init__(self, b): ...\n",
}
EXAMPLES = (
    Example(
        "the arguments would not fit what the new one takes",
        "from m import Old\n\nOld(a=1)\n",
        other_files=TAKES,
        proof_failure="the new one has no argument a",
    ),
    Example(
        "arguments that can't be seen are not guessed",
        "from m import Old\n\nOld(*args)\n",
        calls=LEGACY,
        note="can't be mapped automatically",
    ),
    Example(
        "through the module as well: such a call stays",
        "import m\n\nm.Old(*args)\n",
        calls=LEGACY,
        note="line 3 passes * or ** arguments",
    ),
    Example(
        "a callee that is none of the new symbol's",
        "from m import Old\n\nOld()\n",
        calls=CallChange("Newer.make"),
        note="Newer.make doesn't belong to New",
    ),
    Example(
        "the callee and the arguments' names",
        "from m import Old\n\nOld(1, websocket_bridge=b, other=c)\nisinstance(x, Old)\n",
        "from n import New as Old\n\nOld.create_from_legacy(1, websocket_emitter=b, other=c)\nisinstance(x, Old)\n",
        calls=LEGACY,
    ),
    Example(
        "with the name",
        "from m import Old\n\nOld(websocket_bridge=Old())\n",
        "from n import New\n\nNew.create_from_legacy(websocket_emitter=New.create_from_legacy())\n",
        style="rename",
        calls=LEGACY,
    ),
    Example(
        "through the module",
        "import m\n\nm.Old(websocket_bridge=1)\n",
        "import n\n\nn.New.create_from_legacy(websocket_emitter=1)\n",
        calls=LEGACY,
    ),
    Example(
        "through the module, beside a call that can't be adapted",
        "import a.b\n\na.b.Old(**options), a.b.Old(websocket_bridge=1), isinstance(x, a.b.Old)\n",
        "import a.b\nimport a.n\n\n"
        "a.b.Old(**options), a.n.New.create_from_legacy(websocket_emitter=1), isinstance(x, a.n.New)\n",
        replace=("a.b:Old=a.n:New",),
        calls=LEGACY,
        note="line 3 passes * or ** arguments",
    ),
    Example(
        "a function for a function",
        "from m import old\n\nold(1, size=2, deep=True)\nmap(old, xs)\n",
        "from n import new\n\nnew(1, length=2, deep=True)\nmap(new, xs)\n",
        style="rename",
        replace=("m:old=n:new",),
        calls=CallChange("new", {"size": "length"}),
        other_files={
            "m.py": "def old(x, size, deep): ...\n",
            "n.py": "def new(x, length, deep=False): ...\n",
        },
    ),
    Example(
        "a function for a function that takes something else",
        "from m import old\n\nold(size=2)\n",
        style="rename",
        replace=("m:old=n:new",),
        calls=CallChange("new", {"size": "length"}),
        other_files={"m.py": "def old(size): ...\n", "n.py": "def new(x, length): ...\n"},
        proof_failure="the new one needs x",
    ),
)
