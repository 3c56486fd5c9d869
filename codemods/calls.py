"""How a call of the old symbol becomes a call of the new one: the callee, and the names of its arguments."""

from __future__ import annotations

from codemods.example import Example
from codemods.file import Called, File
from codemods.replacement import Calls


def decide(file: File) -> None:
    for called in file.called:
        rule = file.links.rule(called.found)
        if rule.calls is None or called.mention.call is None:
            continue
        adapt(file, called, rule.calls.to, dict(rule.calls.arguments))


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
EXAMPLES = (
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
