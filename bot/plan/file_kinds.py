"""What kind of file a path is, for the phases of a proposed plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

APPLICATION, INTEGRATION, END_TO_END, OTHER_TESTS, EXAMPLES, DOCUMENTATION = (
    "Application",
    "Integration tests",
    "End-to-end tests",
    "Tests",
    "Examples and benchmarks",
    "Documentation and configuration",
)
KINDS = (APPLICATION, INTEGRATION, END_TO_END, OTHER_TESTS, EXAMPLES, DOCUMENTATION)
TEST_KINDS = (INTEGRATION, END_TO_END, OTHER_TESTS)

TEST_FOLDERS = {"test", "tests", "testing", "e2e", "qa"}
TEST_FILES = ("test_*.py", "conftest.py", "*_test.py", "*_tests.py")
TOP_FOLDERS = {
    **dict.fromkeys(("benchmark", "benchmarks", "example", "examples", "sample", "samples"), EXAMPLES),
    **dict.fromkeys(("doc", "docs"), DOCUMENTATION),
}
"""What lies in these folders at the top, unless it is a test."""
WORDS = {
    END_TO_END: re.compile(
        r"(?:^|[_.-])(?:e2e|end_?to_?end|end2end|acceptance|functional|system|selenium|playwright)(?![a-z])"
    ),
    INTEGRATION: re.compile(r"(?:^|[_.-])(?:integration|integ|contract)(?![a-z])"),
}


def kind_of_file(path: str) -> str:
    if not path.endswith((".py", ".pyi")):
        return DOCUMENTATION
    words = test_words(path)
    if not words:
        return TOP_FOLDERS.get(path.partition("/")[0].lower(), APPLICATION) if "/" in path else APPLICATION
    return next((kind for kind, word in WORDS.items() if any(map(word.search, words))), OTHER_TESTS)


def test_words(path: str) -> list[str]:
    """The parts of a path that say what it tests, without what only says that it does; empty if it is no test.

    A folder above the tests is what is tested: `integrations/slack/tests` holds no integration tests.
    """
    parts = [part.lower() for part in PurePosixPath(path).parts]
    first = next((place for place, part in enumerate(parts[:-1]) if is_test_folder(part)), None)
    if first is None:
        if not is_test_file(parts[-1]):
            return []
        first = len(parts) - 1
    return [part.removeprefix("test_").removeprefix("tests_") for part in parts[first:]]


def is_test_folder(name: str) -> bool:
    """`tests`, and `integration_tests`, which says both at once."""
    return name in TEST_FOLDERS or bool(re.search(r"[_-]tests?$|^tests?[_-]", name))


def is_test_file(name: str) -> bool:
    return name.startswith(("test_", "conftest.")) or name.endswith(("_test.py", "_tests.py"))


def test_patterns(path: str) -> Iterator[str]:
    """What takes it wherever such tests lie; nothing for a file that is no test."""
    parts = PurePosixPath(path).parts
    folder = next((part for part in parts[:-1] if is_test_folder(part.lower())), None)
    if folder is not None:
        yield f"**/{folder}/**"
        return
    name = parts[-1]
    endings = {"_test.py": "*_test.py", "_tests.py": "*_tests.py"}
    if name.startswith("test_"):
        yield f"test_*{PurePosixPath(name).suffix}"
    elif name.startswith("conftest."):
        yield name
    else:
        yield from (pattern for ending, pattern in endings.items() if name.endswith(ending))
