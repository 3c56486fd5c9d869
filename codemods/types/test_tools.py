"""What the type checker knows of pytest, which no tree has: the exception that `raises` catches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PYTEST = """\
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar, overload

E = TypeVar("E", bound=BaseException)

class ExceptionInfo(Generic[E]):
    type: type[E]
    value: E
    def __getattr__(self, name: str) -> Any: ...

class RaisesContext(Generic[E]):
    def __enter__(self) -> ExceptionInfo[E]: ...
    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool: ...

@overload
def raises(expected_exception: type[E] | tuple[type[E], ...], *, match: Any = ..., check: Any = ...) -> RaisesContext[E]: ...
@overload
def raises(
    expected_exception: type[E] | tuple[type[E], ...], func: Callable[..., Any], *args: Any, **kwargs: Any
) -> ExceptionInfo[E]: ...
@overload
def raises(*args: Any, **kwargs: Any) -> RaisesContext[Any]: ...
def __getattr__(name: str) -> Any: ...
"""
STUBS: Mapping[str, str] = {"pytest.pyi": PYTEST}


def write_stubs(folder: Path) -> None:
    folder.mkdir()
    for name, text in STUBS.items():
        (folder / name).write_text(text, "utf-8")
