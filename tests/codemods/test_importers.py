"""What a run searches grows with the files of a tree, however many of them take something of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

import pytest

from bot.rewrite.cached_tree import CachedTree
from codemods.model import contents
from codemods.model.contents import holds_any_word
from codemods.model.example import in_memory_tree
from codemods.model.modules import find_modules
from codemods.model.rules import Replacement, Rules, Symbol
from codemods.model.tree import Entry, Tree
from codemods.scan.importers import possible_importers
from codemods.scan.survey import survey_tree
from codemods.workers.processes import IN_THIS_PROCESS

RULES = Rules((Replacement(Symbol("pkg.old", "Old"), Symbol("pkg.new", "New"), "as"),))
MODULES = {
    "pkg/__init__.py": "",
    "pkg/old.py": "class Old:\n    pass\n",
    "pkg/new.py": "class New:\n    pass\n",
}
FEW, MANY = 40, 160
Files = Callable[[int], Mapping[str, str]]


@dataclass
class CountingTree:
    """A tree that counts the bytes that are searched: as often as there are words to look for one by one."""

    tree: Tree
    sizes: Mapping[str, int]
    searched: int = field(default=0, init=False)

    def entries(self) -> Sequence[Entry]:
        return self.tree.entries()

    def count(self, entries: Iterable[Entry], times: int = 1) -> None:
        self.searched += times * sum(self.sizes[entry.path] for entry in entries)

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        self.count(self.entries() if entries is None else entries, len(words))
        return self.tree.grep(words, entries)

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        self.count(entries)
        return self.tree.grep_words(words, entries)

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        wanted = list(entries)
        self.count(wanted)
        return self.tree.read(wanted)


def star(count: int) -> Mapping[str, str]:
    return {f"m{number}.py": "from pkg import old\n\nold.Old\n" for number in range(count)}


def packages(count: int) -> Mapping[str, str]:
    return {f"p{number}/__init__.py": "from pkg import old\n\nold.Old\n" for number in range(count)}


def chain(count: int) -> Mapping[str, str]:
    before = ["pkg", *(f"m{number}" for number in range(count))]
    return {f"m{number}.py": f"from {before[number]} import old\n\nold.Old\n" for number in range(count)}


def chain_of_a_further_name(count: int) -> Mapping[str, str]:
    first = {"m0.py": "from pkg.old import Old as Kept\n"}
    return first | {f"m{number}.py": f"from m{number - 1} import Kept\n" for number in range(1, count)}


@pytest.mark.parametrize("files", [star, packages, chain, chain_of_a_further_name])
def test_what_is_searched_grows_with_the_files_alone(files: Files) -> None:
    assert searched(files(MANY)) < searched(files(FEW)) * MANY / FEW * 1.5


def searched(files: Mapping[str, str]) -> int:
    whole = {**MODULES, **files}
    tree = CountingTree(in_memory_tree(whole), {path: len(text) for path, text in whole.items()})
    survey_tree(tree, RULES, processes=IN_THIS_PROCESS)
    return tree.searched


def test_every_file_is_found_that_takes_a_module_of_another() -> None:
    files = {
        **MODULES,
        "a/__init__.py": "from pkg import old as o\n",
        "a/inner.py": "from . import o\n\no.Old\n",
        "b.py": "import a\n\na.o.Old\n",
        "c.py": "from a import o\n\no.Old\n",
        "d.py": "from mock import patch\n\npatch('a.o.Old')\n",
        "e.py": "def f(o):\n    return o.Other\n",
    }
    survey = survey_tree(in_memory_tree(files), RULES, processes=IN_THIS_PROCESS)
    assert sorted(path for path in survey.facts if survey.sites_in(path, survey.links)) == [
        *("a/inner.py", "b.py", "c.py", "d.py"),
    ]


def test_what_a_file_was_searched_for_is_kept_with_its_content() -> None:
    files = {**MODULES, **star(FEW)}
    kept: dict[bytes, bytes] = {}
    first, again = (searched_with(files, kept) for _ in range(2))
    assert first > 0
    assert again == 0
    assert searched_with({**files, "new.py": "import m0\n\nm0.old.Old\n"}, kept) < first / 4


def searched_with(files: Mapping[str, str], kept: dict[bytes, bytes]) -> int:
    """What is searched for the files that could import from others, with answers from before."""
    tree = CountingTree(in_memory_tree(files), {path: len(text) for path, text in files.items()})
    through = {f"m{number}" for number in range(FEW)}
    cached = CachedTree(tree, KeptInMemory(kept))
    possible_importers(cached, cached.entries(), find_modules(list(files)), through)
    return tree.searched


@dataclass
class KeptInMemory:
    """An index that lives as long as a test."""

    kept: dict[bytes, bytes]

    def get(self, key: bytes) -> bytes | None:
        return self.kept.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value


@pytest.mark.parametrize("further", [(), (b"x%d" % number for number in range(contents.FEW))])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"Old", True),
        (b"a.Old()", True),
        (b"Older Old_ _Old \xc3\x84Old Old\xc3\x84", False),
        (b"Older\nOld\n", True),
        (b"", False),
    ],
)
def test_a_word_is_found_as_a_whole_among_few_and_among_many(
    further: Iterable[bytes], content: bytes, found: bool
) -> None:
    assert holds_any_word(content, {b"Old", *further}) == found
