"""The page with the tables: what moved, what the tests say without the old members, what was refused, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from bench.libraries.migrate import IN_STEPS, REFUSED, SKIPPED, WHOLE, Outcome
from bench.libraries.study import BROKEN, Study

KINDS = (
    (r"can't be mapped automatically", "a call passes `*` or `**` arguments"),
    (r"its type isn't known", "a receiver's type isn't known"),
    (r"it may be .* as well", "a receiver may be of another class too"),
    (r"where it's defined; name that class", "the member is a base class's: the plan has to name that class"),
    (r"inherits this constructor", "a class that inherits the constructor has to be in the plan too"),
    (r"is a protocol", "a protocol's member"),
    (r"is a TypedDict", "a key of a `TypedDict`"),
    (r"can't be read", "a base class can't be read"),
    (r"is of a library and has", "a base class of the standard library has a member of that name"),
    (r"defines .* already", "the new name is there already"),
    (r"doesn't define", "a receiver's class doesn't define it itself, or it is a protocol"),
    (r"its type is the protocol", "a receiver's class doesn't define it itself, or it is a protocol"),
    (r"it's a mock", "a mock without a `spec`"),
    (r"the type checker would find", "the type checker would find something new"),
    (
        r"may name|passed on together with",
        "a string is the member's name, and members are taken by such names",
    ),
    (r"all fields by their names", "a dictionary has the fields by their names"),
    (r"put together when it runs", "a name that is put together when it runs may be the member's"),
    (r"template or code in a string", "a template or a format string may read it"),
    (r"doctest", "an example in a docstring may use it"),
    (r"is told the name", "a descriptor is told the member's name"),
    (r"takes its place", "a test puts something else in its place, which has the parameter"),
    (r"names .* by a string", "`attrgetter` and the like name it"),
    (r"class that is built on this one", "a class calls itself as `cls(…)`"),
    (r"other base classes", "which constructor `super()` calls can't be told"),
    (r"it's passed on here", "a function is passed on, and called where that can't be seen"),
)


def page(studies: Sequence[Study], each: int, seed: int) -> str:
    outcomes = [one for study in studies for one in study.outcomes]
    return "\n".join(
        [
            f"# Members and parameters of {len(studies)} real libraries",
            "",
            *introduction(studies, each, seed),
            "",
            *library_table(studies),
            "",
            *runtime_sentences(outcomes),
            "",
            *kind_table(outcomes),
            "",
            "## Why the others were refused",
            "",
            *reason_table(outcomes),
            "",
            *broken_section(outcomes),
            "## Each of them",
            "",
            *every_outcome(studies),
            "",
        ]
    )


def introduction(studies: Sequence[Study], each: int, seed: int) -> list[str]:
    total = sum(len(one.outcomes) for one in studies)
    options = f"--each {each} --seed {seed}"
    command = f"python -m bench.libraries --work FOLDER {options} --write docs/members-measured.md"
    return [
        f"`{command}` wrote this page, with pyrefly {version('pyrefly')}.",
        f"It draws {total} members and parameters by chance from source distributions of PyPI, and renames each by a plan",
        "of its own and `drover apply`, one after the other in one repository. A parameter's definition is renamed first;",
        "a member's definition is Drover's to rename. If Drover refuses a method or a property because a receiver can't be",
        "told, the new one is defined beside the old one, and the plan is applied again; what it then lists, the program",
        "renames in place of a person, and the old definition is removed. Where that would take more than renaming",
        "attributes and examples in docstrings (a string that may be the name, a value of several classes), it counts as",
        "refused. The program does what Drover asks for: it names the base class that defines a member, and the classes",
        "that inherit a constructor. In the end nothing has the old names, and the library's own tests run once more.",
    ]


def library_table(studies: Iterable[Study]) -> Iterator[str]:
    results = "migrated | with manual work | refused | not tried | broken"
    yield f"| library | drawn | {results} | references moved | tests before | after |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"
    columns: list[Counter[str]] = []
    for one in studies:
        counts = Counter(outcome.result for outcome in one.outcomes)
        counts["moved"] = sum(outcome.moved for outcome in one.outcomes if outcome.commit)
        columns.append(counts)
        same = "the same" if one.after == one.before else one.after
        yield f"| {one.library} {one.version} | {len(one.outcomes)} | {cells(counts)} | {one.before} | {same} |"
    total = sum(columns, Counter[str]())
    drawn = sum(total[one] for one in (WHOLE, IN_STEPS, REFUSED, SKIPPED, BROKEN))
    yield f"| together | {drawn} | {cells(total)} | | |"


def cells(counts: Counter[str]) -> str:
    return " | ".join(str(counts[one]) for one in (WHOLE, IN_STEPS, REFUSED, SKIPPED, BROKEN, "moved"))


def runtime_sentences(outcomes: Sequence[Outcome]) -> list[str]:
    judged = sum((Counter(one.judged) for one in outcomes), Counter[str]())
    moved = {name: judged[f"moved, {name}"] for name in ("own", "other", "both", "unseen")}
    listed = {name: judged[f"listed, {name}"] for name in ("own", "other", "both", "unseen")}
    stayed = {name: judged[f"stayed, {name}"] for name in ("own", "other", "both")}
    wrong, missed = moved["other"] + moved["both"], stayed["own"] + stayed["both"]
    return [
        "What the values are was noted while the tests ran on the unchanged library, for every attribute of one of these",
        f"names that they reach. Of those that moved, {moved['own']} were always of the class, {wrong} were of another,",
        f"and {moved['unseen']} were not reached. Of those that stayed, {stayed['other']} were always of another class, and",
        f"{missed} were of the class without being listed. Listed for manual work: {listed['own']} of the class,",
        f"{listed['other'] + listed['both']} of others or of both, {listed['unseen']} not reached.",
    ]


def kind_table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    counts = Counter((one.candidate.kind, one.result) for one in outcomes)
    yield "| what | migrated | with manual work | refused | not tried | broken |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for kind in sorted({kind for kind, _ in counts}):
        numbers = (counts[(kind, one)] for one in (WHOLE, IN_STEPS, REFUSED, SKIPPED, BROKEN))
        yield f"| {kind} | {' | '.join(map(str, numbers))} |"


def reason_table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    counts = Counter(reason_of(one) for one in outcomes if one.result in (REFUSED, SKIPPED))
    yield "| reason | |"
    yield "| --- | ---: |"
    yield from (f"| {reason} | {count} |" for reason, count in counts.most_common())


def reason_of(outcome: Outcome) -> str:
    """Of a refusal, the first that needs work, not those that follow from it."""
    direct = [one for one in outcome.reasons if "needs manual work first" not in one] or list(outcome.reasons)
    text = direct[0] if direct else "nothing was found"
    if outcome.result == SKIPPED:
        return f"not tried, since the program can't rename the definition: {text}"
    return next((kind for pattern, kind in KINDS if re.search(pattern, text)), text[:120].replace("|", "/"))


def broken_section(outcomes: Sequence[Outcome]) -> list[str]:
    broken = [one for one in outcomes if one.result == BROKEN]
    if not broken:
        return []
    lines = [f"- `{one.candidate}`: {failed_test(one)}" for one in broken]
    return [
        "## What broke tests",
        "",
        "Found by bisection, and taken out before the others went on:",
        "",
        *lines,
        "",
    ]


def failed_test(outcome: Outcome) -> str:
    errors = re.findall(r"^E +(\w+(?:Error|Exception)[^\n]*)", "\n".join(outcome.reasons), re.MULTILINE)
    test = outcome.reasons[0].splitlines()[0][:120] if outcome.reasons else ""
    return f"`{test}`" + (f" ({errors[-1][:110]})" if errors else "")


def every_outcome(studies: Sequence[Study]) -> Iterator[str]:
    yield "| member or parameter | what | outcome | moved | listed |"
    yield "| --- | --- | --- | ---: | ---: |"
    for one in (outcome for study in studies for outcome in study.outcomes):
        result = f"refused: {reason_of(one)}" if one.result == REFUSED else one.result
        yield f"| `{one.candidate}` | {one.candidate.kind} | {result} | {one.moved} | {one.listed} |"
