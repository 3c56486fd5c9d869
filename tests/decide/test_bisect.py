"""The search for the files that make the checks fail: all of them found, no other left out, in few pushes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, log2

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.decide.bisect import (
    GIVE_UP_AFTER,
    TIME_LIMIT,
    all_passed,
    first_trial,
    next_trial,
    push_limit,
)
from bot.markers.trailers import (
    BatchTrial,
    ExcludedFile,
    is_same_but_for_trial,
    left_out_in,
    left_out_trailers,
    trial_in,
    trial_trailer,
)

NOW = 1_000_000.0


@dataclass
class Search:
    """A search to its end: the checks fail with a guilty file, or with both files of a pair."""

    guilty: frozenset[int]
    ends: tuple[int, ...]
    pairs: frozenset[tuple[int, int]] = frozenset()
    pushes: int = 0
    out: tuple[int, ...] = ()

    def run(self, limit: int = 5000) -> Search:
        trial, known = first_trial(self.ends, NOW), False
        while not (known := all_passed(trial, self.passes(trial))):
            assert self.pushes < limit
            trial = self._next(trial, known)
        self.pushes += 1
        return self

    def _next(self, trial: BatchTrial, known: bool) -> BatchTrial:
        self.pushes += 1
        course = next_trial(trial, self.passes(trial), self.ends, NOW, len(self.out))
        self.out += (*course.excluded, *course.untried)
        read = trial_in(trial_trailer(course.trial))
        assert read == course.trial
        return course.trial

    def shipped(self, trial: BatchTrial) -> set[int]:
        return set(range(trial.tried)) - set(self.out)

    def passes(self, trial: BatchTrial) -> bool:
        there = self.shipped(trial)
        return not there & self.guilty and not any(set(pair) <= there for pair in self.pairs)


def batches_of(whole: int, size: int) -> tuple[int, ...]:
    return (*range(size, whole, size), whole)


lines = st.integers(1, 120).flatmap(
    lambda whole: st.tuples(
        st.just(whole), st.integers(1, whole), st.frozensets(st.integers(0, whole - 1), max_size=6)
    )
)


@given(lines)
def test_exactly_the_files_that_fail_are_left_out(case: tuple[int, int, frozenset[int]]) -> None:
    whole, size, guilty = case
    assume(not guilty.issuperset(range(GIVE_UP_AFTER)))
    assert set(Search(guilty, batches_of(whole, size)).run().out) == guilty


@given(lines)
def test_each_failing_file_costs_the_halving_of_its_batch(case: tuple[int, int, frozenset[int]]) -> None:
    whole, size, guilty = case
    ends = batches_of(whole, size)
    assert Search(guilty, ends).run().pushes <= len(ends) + len(guilty) * (ceil(log2(size)) + 1)


def test_without_a_failing_file_each_batch_is_pushed_once() -> None:
    assert Search(frozenset(), batches_of(40, 10)).run().pushes == 4


def test_two_failing_files_among_forty_are_found() -> None:
    found = Search(frozenset({7, 31}), batches_of(40, 10)).run()
    assert set(found.out) == {7, 31}
    assert found.pushes <= 4 + 2 * 5


@given(st.integers(2, 60), st.integers(1, 60), st.data())
def test_of_two_that_only_fail_together_one_is_left_out(whole: int, size: int, data: st.DataObject) -> None:
    pair = data.draw(st.lists(st.integers(0, whole - 1), min_size=2, max_size=2, unique=True))
    found = Search(frozenset(), batches_of(whole, min(size, whole)), frozenset({(pair[0], pair[1])})).run()
    assert found.out == (max(pair),)


@given(st.integers(1, 200), st.integers(1, 50))
def test_the_search_ends_early_where_every_file_fails(whole: int, size: int) -> None:
    found = Search(frozenset(range(whole)), batches_of(whole, min(size, whole))).run()
    assert set(found.out) == set(range(whole))
    assert found.pushes <= 1 + GIVE_UP_AFTER * (ceil(log2(min(size, whole))) + 1)


@given(st.integers(2, 200), st.integers(1, 50))
def test_pushes_are_bounded_also_where_nearly_every_file_fails(whole: int, size: int) -> None:
    ends = batches_of(whole, min(size, whole))
    found = Search(frozenset(range(1, whole)), ends).run()
    assert set(found.out) >= set(range(1, whole))
    assert found.pushes <= push_limit(ends) + len(ends) + 1


def test_when_the_time_is_up_the_rest_is_left_out() -> None:
    trial = BatchTrial(good=10, tried=20, bad=None, whole=40, pushes=2, since=int(NOW))
    ends, late = (10, 20, 30, 40), NOW + TIME_LIMIT + 1
    course = next_trial(trial, True, ends, late, 0)
    assert (course.trial.complete, course.excluded, course.untried) == (True, range(0), range(20, 40))
    course = next_trial(trial, False, ends, late, 0)
    assert (course.trial.complete, course.excluded, course.untried) == (True, range(10, 20), range(20, 40))


paths = st.text(st.characters(exclude_characters="\0"), min_size=1)


@given(paths, st.text(), st.sampled_from(["", "https://x/1?a=b c"]), st.integers(1, 99))
def test_what_is_left_out_is_read_back_from_a_commit(path: str, check: str, url: str, among: int) -> None:
    path = path.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    one = ExcludedFile(path, " ".join(check.split()), url, among)
    message = f"Subject\n\nBody.\n\nDrover-Phase: 1\n{left_out_trailers([one, replace(one, path='b')])}\n"
    assert left_out_in(message) == (one, replace(one, path="b"))


def test_a_commit_is_the_same_whatever_was_known_when_it_was_made() -> None:
    message = "Subject\n\nDrover-Phase: 1"
    trial = BatchTrial(0, 10, None, 40, 1, 5)
    assert is_same_but_for_trial(f"{message}\n{trial_trailer(trial)}\n", message)


def test_an_impossible_trailer_is_not_read() -> None:
    for text in (
        "Drover-BatchTrial: 5/4/-/10/1/1",
        "Drover-BatchTrial: 1/5/5/10/1/1",
        "Drover-BatchTrial: 1/2",
        "",
    ):
        assert trial_in(text) is None
