"""Which phase has which file, and what is wrong with a plan once the tree is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from pathspec import GitIgnoreSpec

from bot.plan.plan import Phase, Plan, PlanError, PlanErrors
from codemods.model.modules import find_modules
from codemods.model.rules import Symbol, modules_of

DefinedCheck = Callable[[Symbol], bool | None]
"""True or False for what the tree knows of; None for a module outside it, a library's."""

EVERYTHING = ("**",)


def assign_phases(plan: Plan, paths: Iterable[str]) -> Mapping[str, int]:
    """Each file's phase: the first whose patterns match it. A settling phase comes after the others have run,
    and so it takes files of its own choice, by `settling`."""
    return first_match([phase for phase in plan.phases if phase.paths and not phase.settle], paths)


def assign_settling_phases(plan: Plan, paths: Iterable[str]) -> Mapping[str, int]:
    return first_match([phase for phase in plan.phases if phase.settle], paths)


def first_match(phases: Iterable[Phase], paths: Iterable[str]) -> dict[str, int]:
    specs = [(phase.number, matcher(phase.paths or EVERYTHING)) for phase in phases]
    matched = ((path, next((number for number, has in specs if has(path)), None)) for path in sorted(paths))
    return {path: number for path, number in matched if number is not None}


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    patterns = tuple(patterns)
    if patterns == EVERYTHING:
        return lambda path: True
    return GitIgnoreSpec.from_lines(patterns).match_file


def phase_files(plan: Plan, phase: Phase, paths: Iterable[str]) -> tuple[str, ...]:
    """What the phase may change, without the modules that it retires."""
    phases = assign_settling_phases(plan, paths) if phase.settle else assign_phases(plan, paths)
    return tuple(path for path, number in phases.items() if number == phase.number)


def unmatched_files(plan: Plan, paths: Iterable[str]) -> tuple[str, ...]:
    """The given files that belong to no phase."""
    paths = tuple(paths)
    phases = assign_phases(plan, paths)
    return tuple(sorted(path for path in paths if path not in phases))


def check_plan(
    plan: Plan, paths: Collection[str], defined: DefinedCheck, phases: Collection[int] | None = None
) -> PlanErrors | None:
    """What only the tree can tell. `phases` are those that still have to run: what an earlier one did, the
    removal of a module above all, is no mistake of the plan."""
    left = [phase for phase in plan.phases if phases is None or phase.number in phases]
    errors = (
        *wrong_targets(plan, defined),
        *wrong_phases(plan, left, paths),
        *wrong_retirements(plan, left, defined),
    )
    return PlanErrors(errors) if errors else None


def wrong_targets(plan: Plan, defined: DefinedCheck) -> Iterator[PlanError]:
    for number, replacement in enumerate(plan.replace, 1):
        new, key = replacement.new, f"replace[{number}].new"
        if replacement.is_of_member:
            new = Symbol(new.module, (new.name or "").partition(".")[0])
        if defined(new) is not False:
            continue
        if new.name and defined(Symbol(new.module)):
            message, right = (
                f"`{new.module}` doesn't define `{new.name}`",
                "a name that the module defines at its top level",
            )
        else:
            message, right = (
                f"there's no module `{new.module}`",
                "a module of this repository or of a library",
            )
        yield error_at(plan, key, message, right)


def wrong_phases(plan: Plan, left: Iterable[Phase], paths: Collection[str]) -> Iterator[PlanError]:
    phases_by_kind = {True: assign_settling_phases(plan, paths), False: assign_phases(plan, paths)}
    for phase in left:
        twice = list(patterns_twice(plan, phase))
        yield from twice
        if phase.paths and not twice and phase.number not in phases_by_kind[phase.settle].values():
            matched = list(filter(matcher(phase.paths), paths))
            yield error_at(
                plan, f"phases[{phase.number}].paths", *no_files_left(phases_by_kind[phase.settle], matched)
            )


def no_files_left(phases: Mapping[str, int], matched: Collection[str]) -> tuple[str, str]:
    if not matched:
        return "this phase matches no file", "the path of a file in the repository"
    earlier = sorted({phases[path] for path in matched})
    whose = " and ".join(f"phase {number}" for number in earlier)
    files = (
        "its only file already belongs"
        if len(matched) == 1
        else f"all of its {len(matched)} files already belong"
    )
    return (
        f"this phase gets no files: {files} to {whose}",
        "the narrower phase first: a file belongs to the first phase that matches it",
    )


def patterns_twice(plan: Plan, phase: Phase) -> Iterator[PlanError]:
    """A pattern that an earlier phase has as well takes nothing here, unless that one excepts some (`!`)."""
    for earlier in plan.phases[: phase.number - 1]:
        if earlier.settle != phase.settle or any(pattern.startswith("!") for pattern in earlier.paths):
            continue
        for number, pattern in enumerate(phase.paths, 1):
            if pattern in earlier.paths:
                message = f"phase {earlier.number} already has `{pattern}`"
                key = f"phases[{phase.number}].paths[{number}]"
                yield error_at(
                    plan,
                    key,
                    message,
                    "each pattern in one phase: a file belongs to the first phase that matches it",
                )


def wrong_retirements(plan: Plan, left: Iterable[Phase], defined: DefinedCheck) -> Iterator[PlanError]:
    for phase in left:
        for number, retire in enumerate(phase.retire, 1):
            if not defined(Symbol(retire.module)):
                key = f"phases[{phase.number}].retire[{number}].module"
                yield error_at(
                    plan, key, f"there's no module `{retire.module}`", "a module of this repository"
                )


def error_at(plan: Plan, key: str, message: str, right: str) -> PlanError:
    line, column = plan.where.get(key, (1, 1))
    return PlanError(plan.source, line, column, key, message, right)


def files_of(plan: Plan, phase: Phase, paths: Sequence[str]) -> tuple[str, ...]:
    """The files that the phase may change: its own, and the modules that it retires."""
    if phase.settle:
        settled = assign_settling_phases(plan, paths)
        return tuple(path for path in paths if settled.get(path) == phase.number)
    own_files = phase_files(plan, phase, paths) if phase.paths else ()
    return tuple(dict.fromkeys((*own_files, *retired_files(plan, phase, paths))))


def retired_files(plan: Plan, phase: Phase, paths: Sequence[str]) -> tuple[str, ...]:
    if not phase.retire:
        return ()
    modules = find_modules(paths, plan.roots, modules_of(plan.replace))
    return tuple(path for one in phase.retire for path in modules.paths_by_name.get(one.module, ()))
