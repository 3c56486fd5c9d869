"""What calls and members probably become, and where names live now: proposed for people to confirm."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping

import pytest

from bot.audit.audit import audit
from bot.audit.guesses import MOST_COMPARED
from bot.audit.proposal import propose
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from bot.report.audit.sections import sections
from codemods.model.example import in_memory_tree
from codemods.model.rules import ArgumentChange, Replacement, Rules, Symbol

OLD, NEW = Symbol("shop.old", "Engine"), Symbol("shop.new", "UserEngine")
FILES = {
    "shop/__init__.py": "",
    "shop/old.py": """\
import warnings


class Engine:
    def __init__(self, registry, websocket_bridge): ...

    def execute_agent(self, name):
        warnings.warn("Use UserEngine.run() instead", DeprecationWarning)

    def close(self):
        \"\"\"Closes it; use :meth:`~shop.new.UserEngine.aclose`.\"\"\"

    def send_event(self, event, data=None): ...

    def get_status(self, name): ...

    def stop_all(self, force): ...

    def unlike(self): ...

    def same(self): ...
""",
    "shop/new.py": """\
class UserEngine:
    def __init__(self, context): ...

    @classmethod
    async def create_from_legacy(cls, registry, websocket_emitter, context=None): ...

    @classmethod
    def create_other(cls, nothing): ...

    def run(self, name): ...

    async def aclose(self): ...

    def send_event(self, event, payload=None): ...

    def get_status_of(self, name): ...

    def stop_everything(self): ...

    def same(self): ...
""",
    "shop/factory.py": "def make_engine(): ...\n\n\nLIMIT = 3\n",
    "shop/a.py": "class Context: ...\n",
    "shop/b.py": "class Context: ...\n",
    "shop/use.py": "from shop.old import Engine, make_engine, LIMIT\n\nmake_engine(LIMIT, Engine(1, 2).close())\n",
    "shop/odd.py": "from shop.old import Context\nfrom shop.old import Gone as G\n\nContext()\nG()\nprint(G)\n",
}


def proposed() -> str:
    return propose(in_memory_tree(FILES), [Replacement(OLD, NEW, "rename")])


def plan_of(text: str) -> Plan:
    plan = read_plan(text, "plan.yml", slug="plan")
    assert isinstance(plan, Plan), plan
    return plan


def test_guesses_are_comments_that_become_keys_once_they_are_confirmed() -> None:
    text = proposed()
    assert plan_of(text).replace[0] == Replacement(OLD, NEW, "rename")

    confirmed = plan_of(re.sub(r"(?m)^    # (?=calls:|members:|  )", "    ", text)).replace[0]

    assert confirmed.calls is not None
    assert confirmed.calls.to == "UserEngine.create_from_legacy"
    assert confirmed.calls.arguments == {"websocket_bridge": ArgumentChange("websocket_emitter")}
    assert {name: (one.to, dict(one.arguments)) for name, one in confirmed.members.items()} == {
        "execute_agent": ("run", {}),
        "close": ("aclose", {}),
        "send_event": ("", {"data": ArgumentChange("payload")}),
        "get_status": ("get_status_of", {}),
    }


def test_a_guess_says_why() -> None:
    text = proposed()
    assert "execute_agent: run   # the old one says to use run" in text
    assert "get_status: get_status_of   # a similar name, and the same parameters" in text
    assert "calls:   # async, and it takes the arguments of the old constructor" in text


def test_other_arguments_of_a_function_are_guessed() -> None:
    files = {
        "old.py": "def slugify(text, allow_unicode=False, *, sep='-'): ...\n\n\ndef same(text): ...\n",
        "new.py": "def slug(text, unicode=False, *, separator='-'): ...\n\n\ndef same(text): ...\n",
        "use.py": "from old import same, slugify\n\nslugify(same('x'))\n",
    }
    pairs = [("slugify", "slug"), ("same", "same")]
    rules = [Replacement(Symbol("old", old), Symbol("new", new), "rename") for old, new in pairs]
    text = propose(in_memory_tree(files), rules)

    assert text.count("# calls:") == 1
    assert "    # calls:   # the functions' arguments have similar names\n" in text
    assert "    #   arguments: {allow_unicode: unicode, sep: separator}\n" in text
    assert "# 1 file with " in text


def test_a_few_common_letters_are_no_similar_name() -> None:
    old = "class Old:\n    session = 1\n    get_user = 2\n    def open(self, path): ...\n"
    new = "class New:\n    version = 1\n    get_order = 2\n    def save(self, path): ...\n"
    rule = Replacement(Symbol("old", "Old"), Symbol("new", "New"))

    assert "members:" not in propose(in_memory_tree({"old.py": old, "new.py": new}), [rule])


def test_names_that_the_old_module_does_not_define_get_a_rule_where_one_module_does() -> None:
    text = proposed()
    rules = {str(one.old): str(one.new) for one in plan_of(text).replace}
    assert rules == {
        "shop.old:Engine": "shop.new:UserEngine",
        "shop.old:LIMIT": "shop.factory:LIMIT",
        "shop.old:make_engine": "shop.factory:make_engine",
    }
    assert "# imported once, but only shop.factory defines it" in text
    assert (
        "  # shop.old doesn't define Context, and several modules do (shop/odd.py:1). Choose one:\n" in text
    )
    assert '  # - {old: "shop.old:Context", new: "shop.b:Context"}\n' in text
    dead = (
        "# Dead: no module defines Gone. It's imported from shop.old at shop/odd.py:2, and used on 2 lines.\n"
    )
    assert dead in text


def test_one_of_several_modules_is_chosen_by_removing_its_mark() -> None:
    rule = '- {old: "shop.old:Context", new: "shop.b:Context"}'
    chosen = proposed().replace(f"  # {rule}", f"  {rule}")
    assert Replacement(Symbol("shop.old", "Context"), Symbol("shop.b", "Context")) in plan_of(chosen).replace


def test_the_audit_lists_guesses_and_the_uses_of_dead_names() -> None:
    found = audit(in_memory_tree(FILES), Rules((Replacement(OLD, NEW),)))
    tables = {one.title: [tuple(cell.text for cell in row) for row in one.rows] for one in sections(found)}
    assert ("shop.old:Engine", "send_event", "(data → payload)", "arguments with similar names") in tables[
        "Guesses to confirm"
    ]
    assert ("shop/odd.py:2", "Gone", "shop.old", "nowhere; used on lines 5, 6") in tables["Broken imports"]
    missing = [row for row in tables["Interface differences"] if row[1] == "close"]
    assert [row[2:] for row in missing] == [("a method, missing in the new one", "shop/use.py:3")]


def test_odd_names_of_files_stay_in_their_comment() -> None:
    files = {
        "shop/old.py": "class Engine: ...\n",
        "shop/new.py": "class UserEngine: ...\n",
        "shop/x\nevil: 1 #.py": "class Context: ...\n",
        "shop/y\n- evil.py": "from shop.old import Context, Gone\n",
    }
    text = propose(in_memory_tree(files), [Replacement(OLD, NEW)])
    assert [str(one.old) for one in plan_of(text).replace] == ["shop.old:Engine"]
    assert "no module defines Context" in text


@pytest.mark.parametrize("text", ["    def {name}(self): ...\n", "    def __init__(self, {names}): ...\n"])
def test_each_name_is_compared_with_so_many_others_at_most(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def similarity(_: None, one: str, other: str) -> difflib.SequenceMatcher[str]:
        compared.append(one)
        return usual(None, one, other)

    usual = difflib.SequenceMatcher
    monkeypatch.setattr(difflib, "SequenceMatcher", similarity)
    bodies = [members_named(text, f"{module}_{{}}", 400) for module in ("alpha", "bravo")]
    files = {
        "shop/old.py": f"class Engine:\n{bodies[0]}",
        "shop/new.py": f"class UserEngine:\n{bodies[1]}",
    }
    assert guesses_of(files)
    assert len(set(compared)) == 400
    assert max(Counter(compared).values()) == MOST_COMPARED


def members_named(text: str, name: str, number: int) -> str:
    names = [name.format(f"{one:04}x") for one in range(number)]
    return (
        text.format(names=", ".join(names))
        if "{names}" in text
        else "".join(text.format(name=one) for one in names)
    )


def guesses_of(files: Mapping[str, str]) -> str:
    return propose(in_memory_tree(files), [Replacement(OLD, NEW)])


def test_a_name_beside_many_others_is_still_found() -> None:
    others = "".join(f"    def a{number:03}(self): ...\n" for number in range(400))
    files = {
        "shop/old.py": "class Engine:\n    def get_status(self): ...\n",
        "shop/new.py": f"class UserEngine:\n{others}    def get_status_of(self): ...\n{others.replace('a', 'z')}",
    }
    assert "get_status: get_status_of" in guesses_of(files)


def test_endless_names_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difflib, "SequenceMatcher", None)
    files = {
        "shop/old.py": f"class Engine:\n    def {'a' * 5000}(self): ...\n",
        "shop/new.py": f"class UserEngine:\n    def {'a' * 5001}(self): ...\n",
    }
    assert "aaa" not in guesses_of(files)
