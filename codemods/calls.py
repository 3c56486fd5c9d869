"""How a call of the old symbol becomes a call of the new one: the callee, and the names of its arguments."""

from __future__ import annotations

from codemods.example import Example
from codemods.file import Called, File
from codemods.replacement import Calls


def decide(file: File) -> None:
    for called in file.called:
        rule = file.links.rule(called.found)
        bind(file, called, dict(rule.calls.arguments) if rule.calls else {})
        if rule.calls is None or called.mention.call is None:
            continue
        adapt(file, called, rule.calls.to, dict(rule.calls.arguments))


def bind(file: File, called: Called, names: dict[str, str]) -> None:
    """Whether the arguments fit what the new symbol takes; a call that was wrong before stays so."""
    old, new = file.links.signatures.get(called.found.rule, (None, None))
    call = called.mention.call
    if new is None or call is None:
        return
    trouble = new.misfit(call, names)
    if trouble and (old is None or not old.misfit(call, {})):
        file.misfits.append(f"line {called.mention.line}: {trouble}")
    file.fits += not trouble


def adapt(file: File, called: Called, to: str, arguments: dict[str, str]) -> None:
    mention, call = called.mention, called.mention.call
    head, _, method = to.partition(".")
    if call is None or head != called.found.name:
        file.site_of(mention, "call", called.found, f"{to} is no attribute of {called.found.name}")
        return
    file.site_of(mention, "call", called.found)
    if method:
        file.lengthen(mention.start, file.chain_end(mention, called.depth), f".{method}")
    for argument in call.arguments:
        if argument.keyword in arguments:
            file.edit(argument.start, argument.keyword_end, arguments[argument.keyword])


LEGACY = Calls("New.create_from_legacy", {"websocket_bridge": "websocket_emitter"})
TAKES = {
    "m.py": "class Old:\n    def __init__(self, a): ...\n",
    "n.py": "class New:\n    def __init__(self, b): ...\n",
}
EXAMPLES = (
    Example(
        "the arguments would not fit what the new one takes",
        "from m import Old\n\nOld(a=1)\n",
        beside=TAKES,
        fails="it has no argument a",
    ),
    Example(
        "arguments that can't be seen are not guessed",
        "from m import Old\n\nOld(*args)\n",
        calls=LEGACY,
        left="can't be adapted",
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
)
