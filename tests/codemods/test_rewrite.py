"""A tree is rewritten file by file; what can't be is said, and takes nothing else with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.rewrite.rewrite import FileResult, as_json, folder_tree, rewrite
from bot.rewrite.scan import scan
from codemods.model.example import OTHER_FILES, InMemoryTree, in_memory_tree, parsed_symbol
from codemods.model.rules import (
    CallChange,
    Replacement,
    RetiredModule,
    Rules,
    Style,
    Symbol,
    renamed_arguments,
)
from codemods.read.source import parse_python
from codemods.scan import file_facts
from codemods.scan.survey import survey_tree
from codemods.workers import processes
from codemods.workers.isolate import run_isolated
from codemods.workers.processes import CHUNK, IN_THIS_PROCESS, FailedTask, run_in_processes

ROOT = Path(__file__).parents[2]
MOVE = "from m import Old\n\nOld()\n"


def rules(style: Style = "as", old: str = "m:Old", new: str = "n:New", **more: object) -> Rules:
    return Rules((Replacement(parsed_symbol(old), parsed_symbol(new), style),), **more)  # type: ignore[arg-type]


def run(files: dict[str, str | bytes], chosen: Rules, **more: object) -> dict[str, FileResult]:
    whole = {**OTHER_FILES, **files}
    tree = InMemoryTree(
        {path: text.encode() if isinstance(text, str) else text for path, text in whole.items()}
    )
    return {result.path: result for result in rewrite(tree, chosen, **{"processes": IN_THIS_PROCESS, **more})}  # type: ignore[arg-type]


# ---- bytes


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbffrom m import Old\nOld()\n",
        b"from m import Old\r\nOld()\r\n",
        b"from m import Old\r\nx = 1\nOld()\rz = 2\r\n",
        b"# -*- coding: latin-1 -*-\nfrom m import Old\nx = '\xe9'\nOld(x)\n",
        b"from m import Old\n\x0c\nif Old:\n\tOld()",
        "from m import Old\nx = 'é🐍'; Old(x); y = 'é'; Old\n".encode(),
    ],
    ids=["mark", "crlf", "mixed line ends", "latin-1", "form feed, tab, no end", "columns in bytes"],
)
def test_every_other_byte_is_unchanged(text: bytes) -> None:
    content = run({"app.py": text}, rules("rename"))["app.py"].content

    assert content == text.replace(b"from m import Old", b"from n import New").replace(b"Old", b"New")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from m import Old\n\ndef f(:\n", "line 3"),
        (b"from m import Old\nx = '\xe9'\n", "isn't valid utf-8"),
        (b"# coding: nonsense\nfrom m import Old\n", "coding line"),
        (b"from m import Old\n\0\n", "null"),
    ],
)
def test_a_file_that_cannot_be_read_is_skipped_with_the_reason(text: str | bytes, reason: str) -> None:
    results = run({"app.py": text, "b.py": MOVE}, rules())

    assert (results["app.py"].status, results["app.py"].content) == ("skipped", None)
    assert reason in results["app.py"].reason
    assert results["b.py"].status == "changed"


def test_an_empty_tree_has_nothing_to_do() -> None:
    assert list(rewrite(in_memory_tree({}), rules())) == []
    assert scan(in_memory_tree({}), rules()) == {}


@pytest.mark.parametrize("path", ["a b.py", "-x.py", "ü/é.py", "new\nline.py", "x/.hidden.py"])
def test_odd_paths_are_paths(path: str) -> None:
    assert run({path: MOVE}, rules())[path].status == "changed"


def test_only_the_paths_asked_for_change() -> None:
    assert set(run({"x.py": MOVE, "y.py": MOVE}, rules(), paths={"y.py"})) == {"y.py"}


# ---- files that hang together


def test_a_patch_and_its_target_are_renamed_together_or_not_at_all() -> None:
    files: dict[str, str | bytes] = {"c.py": MOVE, "t.py": 'patch("c.Old")\n'}

    both = run(files, rules("rename", strings=True))
    one = run(files, rules("rename", strings=True), paths={"c.py"})

    assert (both["c.py"].content, both["t.py"].content) == (
        b"from n import New\n\nNew()\n",
        b'patch("c.New")\n',
    )
    assert one["c.py"].content == b"from n import New as Old\n\nOld()\n"


CALLS = Rules(
    (
        Replacement(
            parsed_symbol("m:Old"),
            parsed_symbol("n:New"),
            "as",
            CallChange("New.make", renamed_arguments(a="b")),
        ),
    )
)
TAKES = {
    "m.py": "class Old:\n    def __init__(self, a): ...\n",
    "n.py": "class New:\n    def __init__(self, b): ...\n",
}


def test_a_re_export_moves_with_those_who_call_through_it() -> None:
    files: dict[str, str | bytes] = {
        "n.py": "class New:\n    @classmethod\n    def make(cls, b): ...\n",
        "p.py": "from m import Old\n",
        "q.py": "from p import Old\n\nOld(a=1)\n",
    }

    both, first, second = (run(files, CALLS, paths=paths) for paths in (None, {"p.py"}, {"q.py"}))

    assert both["p.py"].content == b"from n import New as Old\n"
    assert both["q.py"].content == second["q.py"].content == b"from n import New as Old\n\nOld.make(b=1)\n"
    assert first["p.py"].content is None
    assert "q.py calls it through this module on line 3" in first["p.py"].reason


def test_a_re_export_stays_where_a_call_through_it_would_not_fit() -> None:
    files: dict[str, str | bytes] = {
        **TAKES,
        "p.py": "from m import Old\n",
        "q.py": "import p\n\np.Old(a=1)\n",
        "r.py": "from m import Old\n\nOld(1)\n",
    }
    results = run(files, rules())

    assert results["r.py"].status == "changed"
    assert results["p.py"].status == "skipped"
    assert (
        "q.py calls it through this module on line 3: the new one has no argument a" in results["p.py"].reason
    )


ALIASES: dict[str, str | bytes] = {
    "p.py": "from n import New as Old\n\nOld()\n",
    "q.py": "from p import Old\n\nOld()\n",
    "s.py": "from q import Old as X\n",
}


def test_importers_of_an_alias_are_settled_with_it() -> None:
    results = run(ALIASES, rules(settle=True))

    settled = b"from n import New\n\nNew()\n"
    assert (results["p.py"].content, results["q.py"].content) == (settled, settled)
    assert results["s.py"].content == b"from n import New as X\n"


def test_an_alias_that_is_a_statement_is_settled_with_its_importers() -> None:
    alias = {**ALIASES, "p.py": "from n import New\nOld = New\n\nOld()\n"}

    assert run(alias, rules(settle=True))["p.py"].content == b"from n import New\n\nNew()\n"


@pytest.mark.parametrize(
    "user", ["import p\np.Old\n", "from p import *\nOld()\n", "from p import Old\nNew = Old\n"]
)
def test_an_alias_stays_for_importers_that_cannot_be_settled(user: str) -> None:
    results = run({**ALIASES, "t.py": user}, rules(settle=True))

    assert results["p.py"].status == "skipped"
    assert "other files use Old through this module" in results["p.py"].reason
    assert results["q.py"].status == "changed"


def test_an_alias_stays_for_importers_of_a_later_phase() -> None:
    assert run(ALIASES, rules(settle=True), paths={"p.py", "q.py"})["q.py"].content is None
    assert run(ALIASES, rules(settle=True), paths={"p.py"})["p.py"].content is None


def test_settling_says_what_is_not_migrated_yet() -> None:
    result = run({"c.py": MOVE}, rules(settle=True))["c.py"]

    assert result.status == "failed"
    assert "aren't migrated yet" in result.reason


def test_an_import_that_would_close_a_cycle_is_left_out() -> None:
    results = run({"n.py": "import c\n\nclass New: ...\n", "c.py": MOVE}, rules())

    assert results["c.py"].status == "failed"
    assert "c.py → n.py → c.py" in results["c.py"].reason


@pytest.mark.parametrize("last", ["from c import x\n", "import c\ny = c.x\n", "import z\n"])
def test_a_module_that_needs_something_of_the_cycle_still_closes_it(last: str) -> None:
    results = run({"n.py": f"class New: ...\n\n{last}", "z.py": "from c import x\n", "c.py": MOVE}, rules())

    assert results["c.py"].status == "failed"


@pytest.mark.parametrize("block", ["def f():", 'if __name__ == "__main__":'])
def test_an_import_that_does_not_run_when_the_file_is_loaded_closes_no_cycle(block: str) -> None:
    late = f"{block}\n    from m import Old\n    Old()\n"

    assert run({"n.py": "import c\n\nclass New: ...\n", "c.py": late}, rules())["c.py"].status == "changed"


@pytest.mark.parametrize(
    "others",
    [
        {"n.py": 'if __name__ == "__main__":\n    import c\n\nclass New: ...\n'},
        {"n.py": "import c\n\nclass New: ...\n", "m.py": "import c\n\nclass Old: ...\n"},
        {"n.py": "class New: ...\n\nimport c\n"},
    ],
    ids=[
        "what runs as a script is not imported",
        "the circle is there through the old module",
        "the new module is complete by then",
    ],
)
def test_these_imports_close_no_new_cycle(others: dict[str, str]) -> None:
    assert run({**others, "c.py": MOVE}, rules())["c.py"].status == "changed"


def test_the_packages_around_the_new_module_are_loaded_as_well() -> None:
    files: dict[str, str | bytes] = {
        "p/__init__.py": "import c\n",
        "p/n.py": "class New: ...\n",
        "c.py": MOVE,
    }

    results = run(files, rules(new="p.n:New"))

    assert results["c.py"].status == "failed"
    assert "c.py → p/__init__.py → c.py" in results["c.py"].reason


@pytest.mark.parametrize("length", [2, 3, 5])
def test_packages_that_reexport_each_other_end_the_search(length: int) -> None:
    names = [f"p{number}" for number in range(length)]
    files: dict[str, str | bytes] = {
        f"{name}/__init__.py": f"from {names[(number + 1) % length]} import mod\n"
        for number, name in enumerate(names)
    }
    files["app.py"] = f"import p0\n\np0.mod.thing.mod\nfrom {names[-1]} import mod\n"
    everywhere = tuple(Replacement(Symbol(f"{name}.mod"), Symbol("lib.mod")) for name in names)

    assert "app.py" in run(files, Rules(everywhere))


def test_a_task_has_a_limit_of_processor_time_and_may_wait_for_a_processor() -> None:
    waiting, computing = (
        dict(run_in_processes(odd_work, "+", iter([task]), 1, seconds=0.3))[task]
        for task in ("waits", "computes")
    )

    assert waiting == "+waits"
    assert computing == FailedTask("it took longer than 0.3 seconds")


def test_a_target_in_a_library_is_accepted_and_marked() -> None:
    proof = run({"app.py": MOVE}, rules(new="lib.n:New"))["app.py"].proof

    assert proof is not None
    assert proof.ok
    assert "lib.n" in proof.imports_resolve.note


def test_one_module_under_two_names_is_one_module() -> None:
    files: dict[str, str | bytes] = {
        "src/shop/__init__.py": "",
        "src/shop/m.py": "class Old: ...\n",
        "src/shop/n.py": "class New: ...\n",
        "x.py": "from src.shop.m import Old\n",
        "y.py": "from shop.m import Old\n",
    }
    results = run(files, rules(old="shop.m:Old", new="shop.n:New"))

    assert results["x.py"].content == results["y.py"].content == b"from shop.n import New as Old\n"


def test_a_namespace_package_below_a_folder_is_found_by_the_plans_names() -> None:
    files: dict[str, str | bytes] = {
        "repos/ns/core/m.py": "class Old: ...\n",
        "repos/ns/core/n.py": "class New: ...\n",
        "repos/ns/core/__init__.py": "from .m import Old\n",
        "x.py": "from ns.core.m import Old\n",
    }
    results = run(files, rules(old="ns.core.m:Old", new="ns.core.n:New"))

    assert results["x.py"].content == b"from ns.core.n import New as Old\n"
    assert results["repos/ns/core/__init__.py"].content == b"from .n import New as Old\n"
    assert results["x.py"].proof is not None
    assert "outside" not in results["x.py"].proof.imports_resolve.note


# ---- what is left


def test_a_scan_finds_what_a_rewrite_changes_and_nothing_after_it() -> None:
    files = {**OTHER_FILES, "a.py": MOVE, "b.py": "import m\nm.Old\n", "c.py": "x = 1\n"}
    before = scan(in_memory_tree(files), rules())
    for result in rewrite(in_memory_tree(files), rules()):
        files[result.path] = (result.content or b"").decode()

    assert set(before) == {"a.py", "b.py"}
    assert scan(in_memory_tree(files), rules()) == {}


class MemoryIndex(dict[bytes, bytes]):
    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value


class CountingTree(InMemoryTree):
    reads = 0

    def read(self, entries):  # type: ignore[no-untyped-def]
        for entry in entries:
            type(self).reads += entry.path.startswith("app")
            yield entry, self.files[entry.path]


def test_a_second_scan_reads_no_file_again() -> None:
    files = {path: text.encode() for path, text in {**OTHER_FILES, "app1.py": MOVE, "app2.py": MOVE}.items()}
    index = MemoryIndex()
    first = scan(CountingTree(files), rules(), index=index)
    CountingTree.reads = 0

    assert scan(CountingTree(files), rules(), index=index) == first
    assert CountingTree.reads == 0


def test_the_json_is_what_the_command_line_promises() -> None:
    made = as_json(run({"app.py": MOVE}, rules()).values())

    assert json.loads(json.dumps(made)) == {
        "files": [
            {
                "path": "app.py",
                "status": "changed",
                "reason": "",
                "sites": [{"line": 1, "kind": "import", "symbol": "m:Old", "safe": True, "note": ""}],
            }
        ],
        "totals": {
            "files": 1,
            "changed": 1,
            "unchanged": 0,
            "skipped": 0,
            "failed": 0,
            "sites": 1,
            "unsafe": 0,
        },
    }


def test_a_folder_is_a_tree_without_what_tools_keep_there(tmp_path: Path) -> None:
    for path in ("app.py", ".git/x.py", ".venv/y.py", "node_modules/z.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(MOVE)
    os.symlink("app.py", tmp_path / "link.py")

    assert [result.path for result in rewrite(folder_tree(tmp_path), rules())] == ["app.py"]


# ---- the end of a module


def test_a_module_becomes_a_redirect_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    retire = (RetiredModule("m", "redirect"),)
    files: dict[str, str | bytes] = {"m.py": "# Licence\n\nclass Old: ...\n"}
    result = run(files, rules(retire=retire))["m.py"]

    assert result.status == "changed"
    assert result.content is not None
    assert result.content.startswith(b"# Licence\n")
    again = run({"m.py": result.content}, rules(retire=retire))
    assert "m.py" not in again
    (tmp_path / "n.py").write_text(OTHER_FILES["n.py"])
    scope: dict[str, object] = {"__name__": "m"}
    monkeypatch.syspath_prepend(str(tmp_path))
    code = compile(result.content, "m.py", "exec")
    with pytest.warns(DeprecationWarning, match="m is deprecated: use n"):
        exec(code, scope)
    assert scope["__all__"] == ["Old"]


def test_a_module_with_a_name_that_nothing_replaces_is_kept() -> None:
    result = run({}, rules(retire=(RetiredModule("m", "redirect"),)))["m.py"]

    assert (result.status, result.content) == ("skipped", None)
    assert "Other" in result.reason


def test_names_that_others_import_through_a_module_stay_available() -> None:
    files: dict[str, str | bytes] = {
        "m.py": "from a.b import keep\nfrom a.c import other as o, unused\nimport a.n as far\n\nclass Old: ...\n",
        "x.py": "from m import keep\n",
        "y.py": "import m\nm.o, m.far.New\n",
    }
    content = run(files, rules(retire=(RetiredModule("m", "redirect"),)))["m.py"].content

    assert content is not None
    assert b"from a import n as far\nfrom a.b import keep\nfrom a.c import other as o\n" in content
    assert b"from n import New as Old\n" in content
    assert b"Moved to `n`;" in content
    assert b'__all__ = ["Old", "far", "keep", "o"]' in content
    again = run({**files, "m.py": content}, rules(retire=(RetiredModule("m", "redirect"),)))
    assert "m.py" not in again


def test_a_module_that_others_star_import_is_kept_and_they_are_listed() -> None:
    files: dict[str, str | bytes] = {
        "m.py": "from a.b import *\n\nclass Old: ...\n",
        "x.py": "from m import keep\n",
    }
    result = run(files, rules(retire=(RetiredModule("m", "redirect"),)))["m.py"]

    assert (result.status, result.content) == ("skipped", None)
    assert "x.py" in result.reason
    assert "keep" in result.reason


def test_a_module_is_removed_only_with_no_reference_left() -> None:
    retire = rules(retire=(RetiredModule("m", "removed"),))

    kept, gone = run({"app.py": "import m\n"}, retire)["m.py"], run({}, retire)["m.py"]

    assert (kept.status, kept.deleted) == ("skipped", False)
    assert "app.py" in kept.reason
    assert (gone.status, gone.deleted) == ("changed", True)


# ---- processes


def odd_work(context: str, task: str) -> str:
    if task == "dies":
        os._exit(7)
    if task == "raises":
        raise IndexError
    while task == "hangs":
        time.sleep(60)
    if task == "waits":
        time.sleep(1)
    while task == "computes":
        pass
    if task == "grows":
        return str(len(bytearray(3 * 2**30)))
    if task == "says":
        return str(os.getpid())
    return context + task


def odd_work_apart(context: None, task: str) -> str:
    return odd_work("", task) + "!"


@pytest.mark.parametrize("processes", [IN_THIS_PROCESS, 1])
def test_an_error_of_drovers_own_fails_one_task_and_is_logged(
    processes: int, caplog: pytest.LogCaptureFixture
) -> None:
    results = dict(run_in_processes(odd_work, "", iter(["a", "raises", "b"]), processes))

    assert results == {
        "a": "a",
        "raises": FailedTask("Drover itself failed on it, with IndexError: please report that"),
        "b": "b",
    }
    assert "raise IndexError" in caplog.text


def test_a_task_that_kills_its_process_fails_alone() -> None:
    tasks = ["a", "dies", *map(str, range(30))]

    results = dict(run_in_processes(odd_work, "+", iter(tasks), 2))

    assert isinstance(results["dies"], FailedTask)
    assert {task: result for task, result in results.items() if task != "dies"} == {
        task: "+" + task for task in tasks if task != "dies"
    }


def test_a_task_that_takes_too_long_is_given_up() -> None:
    results = dict(run_in_processes(odd_work, "+", iter(["a", "hangs", "b"]), 2, seconds=0.5))

    assert isinstance(results["hangs"], FailedTask)
    assert "0.5 seconds" in results["hangs"].reason
    assert (results["a"], results["b"]) == ("+a", "+b")


def test_tasks_that_are_slow_together_leave_each_of_the_others_less_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "SLOW_SECONDS", 0.2)
    tasks = ["computes", "a", "computes", "b"]
    found = run_in_processes(odd_work, "+", iter(tasks), 1, seconds=0.5, together=0.3)

    ends = [end if isinstance(end, str) else (end.reason, end.is_for_others) for _, end in found]

    assert ends == [
        ("it took longer than 0.5 seconds", False),
        "+a",
        ("it took longer than 0.2 seconds, and others before it 0.3", True),
        "+b",
    ]


def test_a_file_that_had_less_time_for_others_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: object, __: object, tasks: Iterator[object], *___: object) -> Iterator[object]:
        return ((task, FailedTask("it took longer than 1 seconds", is_for_others=True)) for task in tasks)

    tree, index = in_memory_tree({"app.py": "from m import Old\n"}), MemoryIndex()
    with monkeypatch.context() as patched:
        patched.setattr(file_facts, "run_in_processes", slow)
        assert survey_tree(tree, rules("as"), index).facts["app.py"].unreadable

    assert not survey_tree(tree, rules("as"), index).facts["app.py"].unreadable


def test_a_single_task_has_a_process_of_its_own_too() -> None:
    results = dict(run_in_processes(odd_work, "+", iter(["dies", "a"]), 1))

    assert isinstance(results["dies"], FailedTask)
    assert results["a"] == "+a"


def test_a_process_has_a_limit_of_memory() -> None:
    results = dict(run_in_processes(odd_work, "+", iter(["grows", "a"]), 1))

    assert results["grows"] == FailedTask("it takes too much memory")
    assert results["a"] == "+a"


@pytest.mark.parametrize(
    ("where", "seconds"), [("bot.rewrite.rewrite", 0.3), ("codemods.scan.file_facts", 0.1)]
)
def test_a_file_that_takes_too_long_is_left_out_even_among_few(
    monkeypatch: pytest.MonkeyPatch, where: str, seconds: float
) -> None:
    monkeypatch.setattr(f"{where}.SECONDS_PER_FILE", seconds)
    uses = (f"def f{number}(): return Old(m.Old, 'Old')\n" for number in range(2_400))
    long = MOVE + "".join(uses) + "def f(): return 1\n" * 80_000

    results = run({"long.py": long, "app.py": MOVE}, rules("rename"), processes=1)

    assert results["long.py"].status in ("failed", "skipped")
    assert f"it took longer than {seconds:g} seconds" in results["long.py"].reason
    assert results["app.py"].status == "changed"


def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\nfrom codemods.workers import processes\n"
        "from codemods.workers.processes import run_in_processes\n"
        "from tests.codemods.test_rewrite import odd_work\n"
        "processes.CHUNK = 1\n"
        "rest = run_in_processes(odd_work, '', iter(['says', 'hangs']), 2)\n"
        "open(sys.argv[1], 'w').write(next(rest)[1])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    said = tmp_path / "process"
    subprocess.run([sys.executable, "-c", program, said], cwd=ROOT, check=False)

    status, deadline = Path("/proc", said.read_text(), "status"), time.monotonic() + 60
    while status.exists() and "zombie" not in status.read_text():
        assert time.monotonic() < deadline, "it goes on alone"
        time.sleep(0.05)


def test_a_process_keeps_no_pipe_open_that_its_tasks_come_through() -> None:
    """As where git is asked for the files while the processes start."""

    def tasks() -> Iterator[str]:
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
            try:
                yield from ["says"] * CHUNK * 2
                cat.communicate(timeout=20)
                yield "says"
            finally:
                cat.kill()

    results = [result for _, result in run_in_processes(odd_work, "", tasks(), 2)]

    assert [isinstance(result, FailedTask) for result in results] == [False] * (CHUNK * 2 + 1)


def test_separate_work_that_crashes_or_hangs_is_reported_and_the_next_runs() -> None:
    ends = [run_isolated(odd_work_apart, task, 1.0) for task in ("a", "dies", "b", "hangs", "c")]

    assert [end.reason if isinstance(end, FailedTask) else end for end in ends] == [
        "a!",
        "its process ended",
        "b!",
        "it took longer than 1 seconds",
        "c!",
    ]


def test_syntax_newer_than_this_python_is_rewritten_all_the_same() -> None:
    chain = " + ".join(["Old()", *["'x'"] * 300])
    text = f"from m import Old\n\ntype X = list[Old]\nclass A[T: Old](Old):\n    def f[*S, **P](self): return {chain}\n"

    result = run({"app.py": text}, rules("rename"))["app.py"]

    assert result.status == "changed", result.reason
    assert result.content == text.replace("m import", "n import").replace("Old", "New").encode()


@pytest.mark.parametrize(
    ("strings", "reason"), [('t"a" t"b"', "syntax"), ('t"a" "b"', ""), ('"a" f"b" t"c"', "syntax")]
)
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="that one reads them itself")
def test_template_strings_side_by_side_are_read_or_the_reason_is_given(strings: str, reason: str) -> None:
    result = run({"app.py": f"from m import Old\n\nx = Old({strings})\n"}, rules())["app.py"]

    assert reason in result.reason
    assert result.status == ("skipped" if reason else "changed")


def test_a_file_that_takes_the_slower_parser_too_long_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("codemods.read.source.SECONDS_PER_TEXT", 0.3)
    slow = "from m import Old\n\nclass A[T]: ...\n\nx = " + "-" * 20_000 + "Old\n"

    results = run({"slow.py": slow, "app.py": MOVE, "new.py": "class A[T]: ...\n" + MOVE}, rules())

    assert (results["slow.py"].status, results["slow.py"].content) == ("skipped", None)
    slower = sys.version_info < (3, 12)
    assert ("it took longer than 0.3 seconds" if slower else "nested") in results["slow.py"].reason
    assert results["app.py"].status == "changed"


def test_what_this_python_would_not_compile_for_its_depth_is_migrated() -> None:
    files: dict[str, str | bytes] = {"deep.py": "from m import Old\nx = Old()" + ".b()" * 5000 + "\n"}
    (result,) = run(files, rules(), processes=1).values()

    refused = (3, 12) <= sys.version_info < (3, 14)  # their parsers end there already
    expected = ("skipped", "it is nested too deeply for the parser") if refused else ("changed", "")
    assert (result.status, result.reason) == expected


def test_a_patch_in_another_file_follows_the_symbol_that_reads_what_it_replaces() -> None:
    body = "import requests\n\ndef {0}():\n    return requests.get()\n"
    fixture = '@fixture\ndef f(monkeypatch):\n    monkeypatch.setattr("m.requests", 1)\n'
    files: dict[str, str | bytes] = {
        "m.py": body.format("Old"),
        "n.py": body.format("New"),
        "conftest.py": fixture,
        "test_x.py": MOVE,
    }
    results = run(files, rules(strings=True))

    assert results["conftest.py"].content == fixture.replace("m.requests", "n.requests").encode()


@pytest.mark.parametrize(
    "patch", ['patch("m.Old")\n', 'import m\n\npatch.object(m, "Old")\n', "import m\n\nm.Old = 1\n"]
)
def test_what_a_patch_of_the_old_module_does_not_reach_keeps_its_way(patch: str) -> None:
    files: dict[str, str | bytes] = {
        "api.py": "from m import Old\n\n__all__ = ['Old']\n",
        "user.py": "import api\n\n\ndef f():\n    return api.Old()\n",
    }

    patched = run({**files, "test_user.py": patch}, rules("rename", strings=True))
    unpatched = run(files, rules("rename", strings=True))

    assert ("user.py" in patched, unpatched["user.py"].status) == (False, "changed")
    assert b"Old" in (patched["api.py"].content or b"")


def test_a_module_that_is_called_like_a_name_of_its_package_is_the_module_where_it_is_imported() -> None:
    files: dict[str, str | bytes] = {
        "p/__init__.py": "from m import *\n",
        "p/Old.py": "Old = 1\n",
        "app.py": "import p.Old\n\np.Old.Old\n",
    }

    assert "app.py" not in run(files, rules("rename"))


def test_a_file_whose_patch_cannot_follow_keeps_the_old_symbol() -> None:
    files: dict[str, str | bytes] = {
        "m.py": "T = 1\n\ndef Old():\n    return T\n\ndef other():\n    return T\n",
        "n.py": "T = 1\n\ndef New():\n    return T\n",
        "test_x.py": f'{MOVE}\npatch("m.T")\n',
        "app.py": MOVE,
    }
    results = run(files, rules(strings=True))

    assert (results["test_x.py"].status, results["app.py"].status) == ("skipped", "changed")
    assert "and so does other beside it" in results["test_x.py"].reason


def test_a_file_that_is_nested_too_deeply_is_left_out() -> None:
    results = run({"deep.py": "from m import Old\nx = Old" + ".b" * 3000 + "\n", "app.py": MOVE}, rules())

    assert (results["deep.py"].status, results["app.py"].status) == ("skipped", "changed")


def test_several_processes_give_the_same_result_as_one() -> None:
    files: dict[str, str | bytes] = {f"f{number}.py": MOVE for number in range(120)}

    assert run(files, rules("rename"), processes=2) == run(files, rules("rename"))


def test_a_large_file_without_references_crashes_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The new name's module is read whole, and followed through what it imports."""
    monkeypatch.setattr("codemods.read.source.SECONDS_PER_TEXT", 0.2)
    monkeypatch.setattr("codemods.read.source.LARGE", 10_000)
    large = "".join(f"def f{number}(one, other=[*range(9)]): return one\n" for number in range(20_000))

    results = run({"n.py": "import huge\nclass New: ...\n", "huge.py": large, "app.py": MOVE}, rules())

    assert results["app.py"].status == "changed"
    assert str(parse_python(large.encode())) == "to read it it took longer than 0.2 seconds"
