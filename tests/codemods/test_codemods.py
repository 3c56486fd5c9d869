"""Every example of every codemod holds, and holds again when it is run on its own result."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from bot.rewrite.rewrite import FileResult, rewrite
from codemods.catalog.order import DOCUMENTED
from codemods.model.example import Example, in_memory_tree
from codemods.rewrites.call_changes import async_calls
from codemods.workers.processes import IN_THIS_PROCESS
from tests.scan_agreement import assert_scan_agrees

CASES = [
    pytest.param(example, id=f"{module.__name__.removeprefix('codemods.')}: {example.title}")
    for module in DOCUMENTED
    for example in module.EXAMPLES
]


def result_of(example: Example, text: str | None = None) -> FileResult | None:
    files = dict(example.files)
    if text is not None:
        files[example.path] = text
    return next(
        (
            found
            for found in rewrite(in_memory_tree(files), example.rules, processes=IN_THIS_PROCESS)
            if found.path == example.path
        ),
        None,
    )


def text_of(result: FileResult | None, before: str) -> str:
    return before if result is None or result.content is None else result.content.decode()


def failed(result: FileResult) -> str:
    return result.reason if result.status == "failed" else ""


@pytest.mark.parametrize("example", CASES)
def test_an_example_holds(example: Example) -> None:
    result = result_of(example)

    assert (
        (example.proof_failure in result.reason if example.proof_failure else not failed(result))
        if result
        else not example.proof_failure
    )
    assert text_of(result, example.before) == (example.before if example.after is None else example.after)
    notes = " / ".join(site.note for site in result.sites if not site.safe) if result else ""
    expected = example.note or example.proof_failure
    assert (expected in notes) if expected else not notes


@pytest.mark.parametrize("example", CASES)
def test_a_scan_says_what_a_rewrite_does(example: Example) -> None:
    assert_scan_agrees(in_memory_tree(example.files), example.rules)


@pytest.mark.parametrize("example", CASES)
def test_a_second_run_changes_nothing(example: Example) -> None:
    if any(
        pair.partition("=")[2] in {p.partition("=")[0] for p in example.replace} for pair in example.replace
    ):
        return
    after = example.before if example.after is None else example.after

    assert text_of(result_of(example, after), after) == after


def test_a_call_in_a_formatted_string_changes_where_python_says_where_it_stands() -> None:
    before = 'from m import Old\n\nasync def f():\n    return f"{Old()}"\n'
    after = 'from n import New as Old\n\nasync def f():\n    return f"{await Old.create()}"\n'
    example = async_calls.stays("", before, "")
    result = result_of(example)

    assert result is not None
    notes = " / ".join(site.note for site in result.sites if not site.safe)
    if sys.version_info >= (3, 12):
        assert (text_of(result, before), notes) == (after, "")
    else:
        assert text_of(result, before) == before
        assert "in a formatted string" in notes


def test_the_untouched_come_first() -> None:
    def untouched(module: ModuleType) -> list[bool]:
        return [example.after is None for example in module.EXAMPLES]

    for module in DOCUMENTED:
        assert untouched(module)[0], f"{module.__name__} has no example where nothing changes"
