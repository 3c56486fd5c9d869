"""Which uses are new: the cases where nothing is come first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.ratchet import (
    DeprecatedUse,
    RatchetFindings,
    Subject,
    WatchedMigration,
    conclusion,
    import_statement,
    new_uses,
    replacement_of,
    split_allowed,
)
from bot.plan.plan import Phase, Plan
from codemods.model.rules import Replacement, Symbol

IMPORT = "from shop.old import Old"


def use(text: str = IMPORT, line: int = 1, path: str = "a.py", kind: str = "import") -> DeprecatedUse:
    return DeprecatedUse(path, line, kind, "shop.old:Old", text)


def plan(*pairs: tuple[Symbol, Symbol], ratchet: str = "neutral") -> Plan:
    rules = tuple(Replacement(old, new) for old, new in pairs)
    made = Plan("t", "t", rules, (Phase(1, "all", ("**",)),))
    return replace(made, ratchet=ratchet)  # type: ignore[arg-type]


def test_an_unchanged_use_is_not_new() -> None:
    assert new_uses([use()], [use()]) == ()


def test_a_line_that_moved_is_not_new() -> None:
    assert new_uses([use(line=3)], [use(line=400)]) == ()


def test_a_line_that_moved_to_another_file_is_not_new() -> None:
    assert new_uses([use(path="a.py")], [use(path="b.py")]) == ()


def test_a_renamed_file_brings_nothing_new() -> None:
    before = [use(path="a.py"), use("x = old.Old(1)", 2, "a.py", "use")]
    after = [use(path="b.py"), use("y = old.Old(2)", 2, "b.py", "use")]
    assert new_uses(before, after, {"b.py": "a.py"}) == ()


def test_a_line_that_was_only_formatted_or_indented_is_not_new() -> None:
    assert new_uses([use("f(Old,1)")], [use("    f(Old, 1)")]) == ()


def test_a_line_that_was_edited_in_place_is_not_new() -> None:
    assert new_uses([use(IMPORT)], [use(IMPORT + ", Other")]) == ()


def test_an_import_split_into_lines_is_not_new() -> None:
    assert new_uses([use("from shop.old import Old, A")], [use("    Old,", 2)]) == ()


def test_fewer_than_before_are_not_new() -> None:
    assert new_uses([use(), use(line=2)], [use(line=9)]) == ()


def test_a_use_in_another_file_is_new() -> None:
    there, copied = use(path="a.py"), use(path="b.py")
    assert new_uses([there], [there, copied]) == (copied,)


def test_a_copy_of_a_line_in_the_same_file_is_new() -> None:
    assert len(new_uses([use()], [use(), use(line=2)])) == 1


def test_of_several_the_one_least_like_the_lost_one_is_new() -> None:
    lost = use("result = engine.Old(config, 1)", 3, kind="use")
    edited = use("result = engine.Old(config, 2)", 3, kind="use")
    fresh = use("return engine.Old()", 9, kind="use")
    assert new_uses([lost], [fresh, edited]) == (fresh,)


def test_another_symbol_is_new_though_the_line_was_there() -> None:
    other = replace(use(), symbol="shop.old:Other")
    assert new_uses([use()], [use(), other]) == (other,)


def test_thousands_of_uses_are_compared_at_once() -> None:
    before = [use(f"x{i} = old.Old()", i, kind="use") for i in range(3000)]
    after = [use(f"y{i} = old.Old()", i, kind="use") for i in range(3001)]
    assert len(new_uses(before, after)) == 1


def test_the_order_in_which_uses_are_found_decides_nothing() -> None:
    before = [use(), use("b(Old)", 5)]
    after = [use(line=7), use("c(Old)", 5), use("d(Old)", 6)]
    assert set(new_uses(before, after)) == set(new_uses(before[::-1], after[::-1]))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x = Old()  # migration: allow the vendor calls it by name", "the vendor calls it by name"),
        ("x = Old()  # noqa: F401  # Migration: Allow #31", "#31"),
        ("x = Old()  # migration: allow", ""),
        ("x = Old()  # migration: allowed", None),
        ("x = Old()  # the migration is not allowed", None),
        ("x = Old()", None),
    ],
)
def test_a_use_is_allowed_by_a_reason_on_its_line(line: str, reason: str | None) -> None:
    assert use(line).allowed == reason


def test_without_a_reason_it_counts() -> None:
    bare, told = use("Old  # migration: allow"), use("Old  # migration: allow it")
    assert split_allowed([bare, told]) == ((bare,), (told,))


def test_one_failing_plan_fails_and_none_with_new_uses_succeeds() -> None:
    gentle, strict = WatchedMigration(1, plan(), ("a",)), WatchedMigration(2, plan(ratchet="fail"), ("b",))
    assert conclusion([]) == "success"
    assert conclusion([RatchetFindings(strict), RatchetFindings(gentle)]) == "success"
    assert conclusion([RatchetFindings(strict), RatchetFindings(gentle, (use(),))]) == "neutral"
    assert conclusion([RatchetFindings(strict, (use(),)), RatchetFindings(gentle, (use(),))]) == "failure"
    assert conclusion([RatchetFindings(strict, (), (use("Old # migration: allow x"),))]) == "success"


def test_what_to_use_instead_follows_the_plan() -> None:
    one = plan((Symbol("m", "Old"), Symbol("n", "New")), (Symbol("p.old"), Symbol("p.new")))
    assert replacement_of(one, "m:Old") == "n:New"
    assert replacement_of(one, "p.old") == "p.new"
    assert replacement_of(one, "p.old:thing") == "p.new:thing"
    assert replacement_of(one, "p.old.deep") == "p.new.deep"
    assert replacement_of(one, "p.older") is None
    assert import_statement("n:New") == "from n import New"
    assert import_statement("p.new") == "import p.new"


def test_a_subject_survives_the_engine() -> None:
    subject = Subject("fix", 7, 1, "o/r", "abc", by="maya", press="d-1")
    assert Subject.from_json(subject.as_json()) == subject
    assert subject.key == "7/abc"
