"""Real libraries with their own tests, as PyPI has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    name: str
    version: str
    package: str
    """The folder of its code, in the unpacked source distribution."""
    tests: tuple[str, ...] = ("tests",)
    root: str = "src"
    """Where its imports start."""
    options: tuple[str, ...] = ()
    """For pytest."""

    @property
    def folder(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"


LIBRARIES = (
    Library("boltons", "26.2.0", "boltons", root="."),
    Library("cachetools", "8.0.2", "src/cachetools"),
    Library(
        "click",
        "8.5.1",
        "src/click",
        tests=(
            "tests/test_arguments.py",
            "tests/test_basic.py",
            "tests/test_chain.py",
            "tests/test_commands.py",
            "tests/test_context.py",
            "tests/test_formatting.py",
            "tests/test_info_dict.py",
            "tests/test_parser.py",
            "tests/test_shell_completion.py",
            "tests/test_termui.py",
            "tests/test_testing.py",
            "tests/test_types.py",
        ),
    ),
    Library("h11", "0.16.0", "h11", tests=("h11/tests",), root="."),
    Library("itsdangerous", "2.2.0", "src/itsdangerous"),
    Library("jinja2", "3.1.6", "src/jinja2"),
    Library("marshmallow", "4.4.0", "src/marshmallow"),
    Library(
        "packaging",
        "26.4",
        "src/packaging",
        tests=tuple(
            f"tests/test_{one}.py"
            for one in (
                "elffile",
                "licenses",
                "markers",
                "metadata",
                "musllinux",
                "requirements",
                "tags",
                "utils",
            )
        ),
    ),
    Library("pluggy", "1.7.0", "src/pluggy", tests=("testing",)),
    Library("pyjwt", "2.15.1", "jwt", root="."),
    Library("structlog", "26.1.0", "src/structlog"),
    Library("tabulate", "0.10.0", "tabulate", tests=("test",), root="."),
    Library("tomlkit", "0.15.2", "tomlkit", root="."),
    Library("werkzeug", "3.1.9", "src/werkzeug", options=("--ignore=tests/test_serving.py",)),
    Library("wtforms", "3.3.2", "src/wtforms"),
)
PACKAGES = (
    *("pytest", "pytest-asyncio", "pytest-timeout", "pytest-mock", "hypothesis", "pretend", "freezegun"),
    *("time-machine", "tomli-w", "trio", "babel", "email-validator", "cryptography", "simplejson"),
    *("ephemeral-port-reserve", "watchdog", "wcwidth", "rich", "greenlet"),
)
"""What their tests need beside themselves."""
