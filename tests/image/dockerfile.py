"""A Dockerfile, read as far as ours goes: what is not known here is refused."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

INSTRUCTIONS = {
    *("RUN", "COPY", "WORKDIR", "ENV", "USER", "ENTRYPOINT", "CMD", "HEALTHCHECK", "STOPSIGNAL"),
    *("VOLUME", "EXPOSE"),
}


@dataclass(frozen=True)
class Step:
    instruction: str
    value: str

    @property
    def words(self) -> list[str]:
        """Of a list in JSON, or separated by spaces."""
        value = self.value[self.value.index("[") :] if "[" in self.value else ""
        return list(json.loads(value)) if value else shlex.split(self.value)


@dataclass(frozen=True)
class Stage:
    name: str
    image: str
    steps: tuple[Step, ...]

    def last(self, instruction: str) -> Step:
        return [one for one in self.steps if one.instruction == instruction][-1]


def read_dockerfile(text: str) -> list[Stage]:
    """Raises ValueError for an instruction that is not known."""
    stages: list[Stage] = []
    for step in _steps(text):
        if step.instruction == "FROM":
            image, _, name = step.value.partition(" AS ")
            stages.append(Stage(name or "image", image, ()))
        elif step.instruction in INSTRUCTIONS:
            stages[-1] = Stage(stages[-1].name, stages[-1].image, (*stages[-1].steps, step))
        else:
            raise ValueError(f"{step.instruction} is not known")
    return stages


def _steps(text: str) -> Iterator[Step]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            instruction, _, value = line.partition(" ")
            yield Step(instruction, value.strip())
