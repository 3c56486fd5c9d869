"""Codemods of the operator's own: LibCST codemods, registered by an entry point in the group `drover.codemods`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from codemods.model.records import record
from codemods.model.rules import CustomCodemod
from codemods.read.source import Source

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

GROUP = "drover.codemods"


@record
class ChangedText:
    text: bytes


@record
class CodemodRefusal:
    """Why a codemod did nothing to a file: it raised, or it is not there."""

    reason: str
    skipped: bool = False
    """The codemod itself skipped the file."""


def registered_codemods() -> EntryPoints:
    from importlib.metadata import entry_points  # takes a while to load, and is seldom needed

    return entry_points(group=GROUP)


def installed_codemods() -> tuple[str, ...]:
    """The names that a plan may use."""
    return tuple(sorted(point.name for point in registered_codemods()))


def codemod_folders() -> tuple[str, ...]:
    """Where their packages are, also those of an editable install, which are on no path."""
    from importlib.util import find_spec

    found: list[str] = []
    for package in {point.module.partition(".")[0] for point in registered_codemods()}:
        with suppress(ImportError, ValueError):
            spec = find_spec(package)
            if spec is not None:
                found += spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
    return tuple(found)


def run_codemod(codemod: CustomCodemod, path: str, source: Source) -> ChangedText | CodemodRefusal | None:
    """The changed text, why there is none, or None if nothing changed. Exceptions become a refusal."""
    import libcst
    from libcst.codemod import CodemodContext, SkipFile

    codemod_class = load_codemod(codemod.name)
    if isinstance(codemod_class, CodemodRefusal):
        return codemod_class
    try:
        module = libcst.parse_module(source.text)
        context = CodemodContext(filename=path)
        after = codemod_class(context, **dict(codemod.options)).transform_module(module)
    except SkipFile as skipped:
        return CodemodRefusal(str(skipped), True)
    except libcst.ParserSyntaxError as error:
        return CodemodRefusal(f"line {error.raw_line}: {error.message}")
    except Exception as error:  # the codemod is somebody else's code
        return CodemodRefusal(f"{codemod.name} raised {type(error).__name__}: {error}")
    text = after.code.encode("utf-8", "surrogatepass")
    return ChangedText(text) if text != source.text else None


def load_codemod(name: str) -> Any | CodemodRefusal:
    for point in registered_codemods():
        if point.name == name:
            try:
                return point.load()
            except Exception as error:  # the codemod is somebody else's code
                return CodemodRefusal(f"the codemod {name} can't be loaded: {error}")
    listed = ", ".join(installed_codemods()) or "none"
    return CodemodRefusal(f"no codemod {name} is installed (installed: {listed})")
